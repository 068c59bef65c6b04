use super::{assert_sound, clean};

#[test]
fn h33_scripts_are_gone() {
    for html in [
        "a<script>alert(1)</script>b",
        "a<SCRIPT/x>alert(1)</sCript >b",
        "a<script src=//evil></script>b",
        "a<style>*{}</style>b",
    ] {
        assert_eq!(clean(html), "ab", "{html}");
    }
    assert_eq!(clean("<scr<script>ipt>alert(1)</script>"), "ipt&gt;alert(1)");
    assert_eq!(clean("a<script>never closed"), "a");
    assert_eq!(clean("<p>a<plaintext>b"), "<p>a</p>");
}

#[test]
fn h34_event_attributes_are_gone() {
    for html in [
        "<p onclick=alert(1)>x</p>",
        "<p ONCLICK='alert(1)'>x</p>",
        "<p/onmouseover=alert(1)>x</p>",
        "<p onanimationstart=\"x\" style=\"animation:x\" class=c id=i name=n>x</p>",
    ] {
        assert_eq!(clean(html), "<p>x</p>", "{html}");
    }
    assert_eq!(clean("<img src=x onerror=alert(1)>"), "<img src=\"https://example.org/news/x\">");
    assert_eq!(clean("<svg onload=alert(1)><image href=x></svg>"), "");
    for event in EVENTS {
        for (html, left) in [
            ("<p §>x</p>", "<p>x</p>"),
            ("<img src=/i §>", "<img src=\"https://example.org/i\">"),
            (
                "<details §><summary>s</summary>x</details>",
                "<details><summary>s</summary>x</details>",
            ),
            ("<svg §><a xlink:href=x §>x</a></svg>y", "y"),
            ("<body §>x", "x"),
        ] {
            for written in [
                format!("{event}=alert(1)"),
                format!("{}='alert(1)'", event.to_uppercase()),
                format!("/{event}=\"alert&lpar;1)\""),
                format!("x=\"\"{event}=alert(1)"),
            ] {
                assert_eq!(clean(&html.replace('§', &written)), left, "{written} in {html}");
            }
        }
    }
}

/// Events that browsers know.
const EVENTS: &[&str] = &[
    "onabort",
    "onafterprint",
    "onanimationcancel",
    "onanimationend",
    "onanimationiteration",
    "onanimationstart",
    "onauxclick",
    "onbeforecopy",
    "onbeforecut",
    "onbeforeinput",
    "onbeforematch",
    "onbeforepaste",
    "onbeforeprint",
    "onbeforetoggle",
    "onbeforeunload",
    "onbegin",
    "onblur",
    "onbounce",
    "oncancel",
    "oncanplay",
    "oncanplaythrough",
    "onchange",
    "onclick",
    "onclose",
    "oncommand",
    "oncontentvisibilityautostatechange",
    "oncontextlost",
    "oncontextmenu",
    "oncopy",
    "oncuechange",
    "oncut",
    "ondblclick",
    "ondrag",
    "ondragend",
    "ondragenter",
    "ondragleave",
    "ondragover",
    "ondragstart",
    "ondrop",
    "ondurationchange",
    "onemptied",
    "onend",
    "onended",
    "onerror",
    "onfinish",
    "onfocus",
    "onfocusin",
    "onfocusout",
    "onformdata",
    "onfullscreenchange",
    "ongotpointercapture",
    "onhashchange",
    "oninput",
    "oninvalid",
    "onkeydown",
    "onkeypress",
    "onkeyup",
    "onload",
    "onloadeddata",
    "onloadedmetadata",
    "onloadstart",
    "onmessage",
    "onmousedown",
    "onmouseenter",
    "onmouseleave",
    "onmousemove",
    "onmouseout",
    "onmouseover",
    "onmouseup",
    "onmousewheel",
    "onpagehide",
    "onpagereveal",
    "onpageshow",
    "onpaste",
    "onpause",
    "onplay",
    "onplaying",
    "onpointercancel",
    "onpointerdown",
    "onpointerenter",
    "onpointerleave",
    "onpointermove",
    "onpointerout",
    "onpointerover",
    "onpointerrawupdate",
    "onpointerup",
    "onpopstate",
    "onprogress",
    "onratechange",
    "onrepeat",
    "onreset",
    "onresize",
    "onscroll",
    "onscrollend",
    "onscrollsnapchange",
    "onsearch",
    "onsecuritypolicyviolation",
    "onseeked",
    "onseeking",
    "onselect",
    "onselectionchange",
    "onselectstart",
    "onslotchange",
    "onstalled",
    "onstart",
    "onstorage",
    "onsubmit",
    "onsuspend",
    "ontimeupdate",
    "ontoggle",
    "ontouchcancel",
    "ontouchend",
    "ontouchmove",
    "ontouchstart",
    "ontransitioncancel",
    "ontransitionend",
    "ontransitionrun",
    "ontransitionstart",
    "onunhandledrejection",
    "onunload",
    "onvolumechange",
    "onwaiting",
    "onwebkitanimationstart",
    "onwebkitfullscreenchange",
    "onwheel",
];

#[test]
fn h35_script_urls_are_dropped() {
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#x09;script:alert(1)",
        "java&Tab;script:alert(1)",
        "&#1;javascript:alert(1)",
        "  javascript:alert(1)",
        "javascript&colon;alert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "http://user@evil/",
        "&#x1f;javascript:alert(1)",
        "jav&#x0A;ascript:alert(1)",
        "&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58alert(1)",
        "feed:javascript:alert(1)",
        "view-source:javascript:alert(1)",
        "jar:https://e.example/x.zip!/",
        "blob:https://e.example/x",
        "filesystem:https://e.example/x",
        "file:///etc/passwd",
        "ftp://e.example/",
        "about:blank",
        "x:y",
    ] {
        assert_eq!(clean(&format!("<a href=\"{url}\">x</a>")), "x", "{url}");
        assert_eq!(clean(&format!("<img src=\"{url}\">")), "", "{url}");
        assert_eq!(clean(&format!("<img srcset=\"{url} 2x\">")), "", "{url}");
        assert_eq!(
            clean(&format!("<video poster=\"{url}\" src=/v></video>")),
            "<video src=\"https://example.org/v\" controls=\"\" preload=\"none\"></video>"
        );
    }
    // A character that cannot be is another one, and so no scheme begins here, for us and browsers.
    assert!(
        clean("<a href='&#0;javascript:x'>x</a>").contains("https://example.org/news/%EF%BF%BDj")
    );
    for html in [
        "<form action=javascript:x><button formaction=javascript:y>b</button></form>",
        "<svg><a xlink:href=javascript:x><text>t</text></a></svg>",
        "<object data=javascript:x></object><embed src=javascript:x>",
        "<link rel=stylesheet href=javascript:x><base href=javascript:x>",
        "<audio><source src=javascript:x></audio>",
        "<input type=image src=javascript:x><isindex action=javascript:x>",
    ] {
        assert_eq!(clean(html), "", "{html}");
    }
    assert_eq!(
        clean("<q cite=javascript:x>q</q><table background=javascript:x><td>t"),
        "<q>q</q><table><tbody><tr><td>t</td></tr></tbody></table>"
    );
    assert_eq!(
        clean("<a href='mailto:a@b.org'>x</a>"),
        "<a href=\"mailto:a@b.org\" rel=\"noopener noreferrer\">x</a>"
    );
}

#[test]
fn h36_markup_that_parsers_read_differently_stays_inert() {
    for html in [
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<template><p onclick=x>y</template>",
        "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<p><a><p><a href=x><table><a href=y><tr><td><a href=z>deep",
        "<table><p>one<tr>two<td>three<table><tr>four",
        "<b><p><i></b>x</p></i>",
        "<a href=x>1<div>2<a href=y>3</div>4</a>",
        "<pre>\n\n\nx</pre>",
        "<ul><p>x<li>y<table><li>z</table></ul>",
        "<h2><p><h3>x</h2>y",
        "<![CDATA[<p>x</p>]]>",
        "<textarea></textarea><title></title>x",
        "<select><option>a<img src=x></select>",
    ] {
        assert_sound(html);
    }
}

#[test]
fn h37_frames_forms_and_document_parts_are_dropped() {
    for html in [
        "<iframe srcdoc='<script>'></iframe>",
        "<iframe src=//evil>x</iframe>",
        "<object data=x></object><embed src=x>",
        "<base href=//evil><meta http-equiv=refresh content=0><link rel=stylesheet href=x>",
        "<input name=a><button formaction=javascript:x>b</button>",
        "<iframe src=javascript:alert(1)></iframe><iframe src='data:text/html,x'></iframe>",
        "<applet code=x></applet><frameset><frame src=x></frameset><portal src=x></portal>",
        "<meta http-equiv=refresh content='0;url=javascript:x'><meta http-equiv=set-cookie content=x>",
        "<select autofocus onfocus=x><option>o</select><textarea autofocus>t</textarea><keygen autofocus>",
    ] {
        assert_eq!(clean(html), "", "{html}");
    }
    assert_eq!(clean("<form action=//evil>text</form>"), "<div>text</div>");
    assert_eq!(
        clean("<iframe title='A film' src='https://www.youtube.com/embed/abc'></iframe>"),
        "<p><a href=\"https://www.youtube.com/watch?v=abc\" rel=\"noopener noreferrer\">A film</a></p>"
    );
}

#[test]
fn h38_h39_styles_classes_and_names_are_gone() {
    assert_eq!(
        clean(
            "<div style='position:fixed;inset:0' class=x id=body name=y>a<img name=body src=/b></div>"
        ),
        "<div>a<img src=\"https://example.org/b\"></div>"
    );
    for style in [
        "position:fixed;inset:0",
        "background:url(//evil)",
        "width:expression(alert(1))",
        "behavior:url(x.htc)",
        "-moz-binding:url(x.xml)",
        "@import '//evil'",
        "opacity:0",
    ] {
        assert_eq!(clean(&format!("<p style=\"{style}\">x</p>")), "<p>x</p>", "{style}");
        assert_eq!(
            clean(&format!("<style>{style}</style><svg><style>{style}</style></svg>x")),
            "x"
        );
    }
    for name in
        ["body", "cookie", "attributes", "forms", "getElementById", "parentNode", "location", "x"]
    {
        for html in [
            "<img name=§ src=/b>",
            "<a id=§ name=§ href=/b>x</a>",
            "<form id=§><input name=§></form>x",
        ] {
            let left = clean(&html.replace('§', name));
            assert!(!left.contains("name=") && !left.contains("id="), "{left}");
        }
    }
    assert_eq!(
        clean("<p is=x slot=y part=z itemprop=a data-x=b xml:lang=c aria-label=d>x</p>"),
        "<p>x</p>"
    );
}

#[test]
fn h40_what_is_open_is_closed_within() {
    assert_eq!(clean("</article></body></html>--><p>a<b>b"), "--&gt;<p>a<b>b</b></p>");
    assert_eq!(clean("<p>a<a href=\"x>rest"), "<p>a</p>");
    assert_eq!(clean("a<!-- b"), "a");
    assert_eq!(clean("a<!--x--->b<!-->c"), "abc");
}

#[test]
fn h30_remains_of_cdata_are_no_text() {
    assert_eq!(clean("<![CDATA[<p>a</p>]]>"), "<p>a</p>");
    assert_eq!(clean("a ]]&gt; b"), "a ]]&gt; b");
}

#[test]
fn h43_trackers_are_gone_and_links_tell_nothing() {
    for html in [
        "<img src=/t width=1 height=1>",
        "<img src=/t width='1px'>",
        "<img src=/t height=0>",
        "<img src=/t style='display: none'>",
        "<p><img src=/t width=1></p>",
    ] {
        assert_eq!(clean(html), "", "{html}");
    }
    assert_eq!(
        clean("<a href=/x ping=//evil target=_blank rel=opener>x</a>"),
        "<a href=\"https://example.org/x\" rel=\"noopener noreferrer\">x</a>"
    );
    assert_eq!(
        clean("<video autoplay src=/v></video>"),
        "<video src=\"https://example.org/v\" controls=\"\" preload=\"none\"></video>"
    );
    assert_eq!(
        clean("<audio autoplay=autoplay loop muted preload=auto src=/a></audio>"),
        "<audio src=\"https://example.org/a\" controls=\"\" preload=\"none\"></audio>"
    );
    // What is really a picture stays, and loads nothing from the reader's own network.
    assert_eq!(
        clean("<img src=/t width=10 height=1000 srcset='/u 2x, http://192.168.1.1/v 3x'>"),
        "<img src=\"https://example.org/t\" srcset=\"https://example.org/u 2x\" width=\"10\" height=\"1000\">"
    );
}

#[test]
fn h44_hidden_characters_are_gone_from_content() {
    assert_eq!(clean("<p>a&#x202e;b&#0;c\u{200b}d\u{1}&#8;&#xfffe;e</p>"), "<p>ab\u{fffd}cde</p>");
    assert_eq!(clean(&format!("a{}", "\u{301}".repeat(100_000))).chars().count(), 7);
}

#[test]
fn h44_marks_that_come_in_pieces_are_counted_together() {
    let marks = "\u{301}".repeat(5);
    for between in
        ["<font>", "<!-- -->", "<b></b>", "<audio>", "<", "<svg></svg>", "<span>", "</x>"]
    {
        let html = format!("<p>a{marks}{between}{marks}{between}{marks}</p>");
        assert_sound(&html);
        assert!(clean(&html).matches('\u{301}').count() <= 15);
    }
    assert_eq!(clean(&format!("a{marks}<font>{marks}")).matches('\u{301}').count(), 6);
}

#[test]
fn h40_words_that_end_like_an_attribute_are_no_address() {
    // A quote that was never closed leaves half of another tag in `alt`.
    assert_eq!(clean("a<img alt='A chart <script src=' width=9>"), "a");
    assert_eq!(clean("a<img alt='x' title='y src='>"), "a");
    assert_eq!(clean("a<video><source title='x src='></video>b"), "ab");
    assert_eq!(clean("a<video title='x src='>b</video>"), "ab");
    assert_eq!(clean("a<a title='x href='>b</a>"), "ab");
    // With an address of its own the words stay words.
    assert_eq!(
        clean("<img alt='x src=' src=/i>"),
        "<img src=\"https://example.org/i\" alt=\"x src=\">"
    );
}
