mod hostile;
#[allow(dead_code, unreachable_pub, missing_docs, reason = "shared with the targets of fuzzing")]
#[path = "../../../../fuzz/src/judge.rs"]
mod judge;
mod promise;
mod properties;
mod work;

use super::*;

fn base() -> Url {
    Url::parse("https://example.org/news/feed.xml").unwrap()
}

fn clean(html: &str) -> String {
    sanitise(html, &base())
}

/// What is published keeps the promise of `docs/SAFE-HTML.md`, and sanitising it, or what a parser
/// makes of it, changes nothing.
#[track_caller]
fn assert_sound(input: &str) {
    let once = clean(input);
    if let Err(why) = judge::judge(&once) {
        let input: String = input.chars().take(3000).collect();
        panic!("{why}\nin {}\nfrom {input:?}", once.chars().take(3000).collect::<String>());
    }
    // As it is, and as a program leaves it that parses it and writes it again.
    for twice in [clean(&once), clean(&judge::rewritten(&once))] {
        if once == twice {
            continue;
        }
        // Pages are long: what is around the difference says enough.
        let at = once.bytes().zip(twice.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| {
            let bytes = &text.as_bytes()[at.saturating_sub(100)..text.len().min(at + 60)];
            String::from_utf8_lossy(bytes).into_owned()
        };
        let input: String = input.chars().take(300).collect();
        panic!("no fixed point:\n{:?}\n{:?}\nfrom {input:?}", around(&once), around(&twice));
    }
}

#[test]
fn ordinary_markup_stays_as_it_is() {
    for html in [
        "<p>One <b>two</b> <em>three</em><br>four</p>",
        "<h2>Title</h2><p lang=\"el\" dir=\"ltr\">Αλληλεγγύη</p>",
        "<ul><li>a</li><li>b<ol start=\"3\"><li>c</li></ol></li></ul>",
        "<blockquote cite=\"https://a.org/\"><p>said</p></blockquote>",
        "<figure><img src=\"https://a.org/i.jpg\" alt=\"A &quot;b&quot;\" width=\"3\" height=\"4\">\
         <figcaption>c</figcaption></figure>",
        "<table><caption>t</caption><thead><tr><th scope=\"col\">h</th></tr></thead>\
         <tbody><tr><td colspan=\"2\">d</td><td></td></tr></tbody></table>",
        "<pre><code>if a &lt; b &amp;&amp; c</code></pre>",
        "<video src=\"https://a.org/v.mp4\" controls=\"\" preload=\"none\"></video>",
        "<audio controls=\"\" preload=\"none\"><source src=\"https://a.org/a.mp3\" type=\"audio/mpeg\"></audio>",
        "<dl><dt>t</dt><dd>d</dd></dl><hr><p>x<sup>2</sup> <time datetime=\"2024-02-14\">then</time></p>",
        "<details><summary>s</summary>more</details>",
    ] {
        assert_eq!(clean(html), html);
    }
}

#[test]
fn o13_what_says_nothing_is_empty() {
    for html in [
        "",
        " \n",
        "<p></p>",
        "<p>&nbsp;</p><div><br></div>",
        "<p><a href=/x> </a></p>",
        "<table><tr><td> ",
    ] {
        assert_eq!(clean(html), "", "{html}");
    }
    assert_eq!(clean("<p>a</p><p>&nbsp;</p><p><b></b></p>"), "<p>a</p>");
    assert_eq!(clean("a<b> </b>c"), "a c");
    assert_eq!(clean("a<div></div>c"), "a c");
}

#[test]
fn o15_every_url_is_absolute() {
    assert_eq!(
        clean("<a href='story?a=1&amp;b=2'>x</a>"),
        "<a href=\"https://example.org/news/story?a=1&amp;b=2\" rel=\"noopener noreferrer\">x</a>"
    );
    assert_eq!(
        clean("<img src=//cdn.net/a srcset='a,b.jpg 1x, /c 2x,javascript:x 3x, d'>"),
        "<img src=\"https://cdn.net/a\" srcset=\"https://example.org/news/a%2Cb.jpg 1x, \
         https://example.org/c 2x, https://example.org/news/d\">"
    );
    // A link within a page that is not ours leads nowhere.
    assert_eq!(clean("see <a href='#note'>1</a>"), "see 1");
    assert_eq!(clean("<q cite=/x>y</q>"), "<q cite=\"https://example.org/x\">y</q>");
}

#[test]
fn pictures_that_a_script_would_load_are_shown_once() {
    assert_eq!(
        clean(
            "<img src='data:image/gif;base64,R0' data-src=/a.jpg><noscript><img src=/a.jpg></noscript>"
        ),
        "<img src=\"https://example.org/a.jpg\">"
    );
    assert_eq!(clean("<img class=wp-smiley src=/e.png alt=🙂>"), "🙂");
    assert_eq!(
        first_image("<p>a<img alt=\"\" src=\"https://a.org/i?a=1&amp;b\">").as_deref(),
        Some("https://a.org/i?a=1&b")
    );
    assert_eq!(first_image("<p>none</p>"), None);
}

#[test]
fn h52_template_syntax_is_literal() {
    for text in ["{{7*7}}", "{% include 'x' %}", "${x}", "&lt;% x %&gt;"] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn line_breaks_are_written_one_way() {
    assert_eq!(clean("a\r\nb\rc\r\n\r\nd\n\r\n\re"), "a\nb\nc\n\nd\n\n\ne");
    assert_eq!(clean("a\r&#10;b é\r\n&amp; c"), "a\nb é\n&amp; c");
}

#[test]
fn what_is_too_long_is_cut_within_plain_text_too() {
    let cut = clean(&format!("<p>{}", "ab ".repeat(MAX_CONTENT / 2)));
    assert_eq!(cut.len(), MAX_CONTENT);
    assert!(cut.ends_with("</p>"));
}
