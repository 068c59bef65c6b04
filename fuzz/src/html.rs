//! HTML: what is sanitised keeps the promise, and sanitising it again changes nothing, also after
//! another program has parsed it and written it anew.

use std::collections::BTreeSet;

use samizdat::clean::{html, text};
use scraper::Node;
use url::Url;

use super::judge::{judge, parsed, rewritten};

/// What hostile markup is made of.
pub const WORDS: &[&str] = &[
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<i>",
    "<a href=x>",
    "<a href=\"javascript:alert(1)\">",
    "</a>",
    "<ul>",
    "<ol>",
    "<li>",
    "</ul>",
    "<dl>",
    "<dt>",
    "<dd>",
    "<table>",
    "</table>",
    "<caption>",
    "<tr>",
    "<td>",
    "<th>",
    "<tbody>",
    "<colgroup>",
    "<col>",
    "<pre>",
    "\n",
    "<h1>",
    "<h3>",
    "</h2>",
    "<blockquote>",
    "<figure>",
    "<figcaption>",
    "<img src=y>",
    "<img src=x onerror=alert(1)>",
    "<img srcset='a 1x, b 2x'>",
    "<br>",
    "</br>",
    "<hr>",
    "<ruby>",
    "<rt>",
    "<rp>",
    "<details open ontoggle=alert(1)>",
    "<summary>",
    "<audio src=z>",
    "<video><source src=s>",
    "</video>",
    "<svg>",
    "<svg/onload=alert(1)>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<malignmark>",
    "<annotation-xml encoding=text/html>",
    "<foreignObject>",
    "<desc>",
    "<title>",
    "</title>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "</template>",
    "<textarea>",
    "</textarea>",
    "<select>",
    "<option>",
    "<iframe srcdoc='<p>'>",
    "<iframe src='https://player.vimeo.com/video/1'>",
    "</iframe>",
    "<object>",
    "<embed>",
    "<form>",
    "</form>",
    "<button>",
    "<input>",
    "<isindex>",
    "<frameset>",
    "<body onload=alert(1)>",
    "</body>",
    "</html>",
    "<plaintext>",
    "<xmp>",
    "<noembed>",
    "<noframes>",
    "<listing>",
    "<nobr>",
    "<font>",
    "<marquee>",
    "<menu>",
    "<dialog>",
    "<!--",
    "-->",
    "--!>",
    "<!-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<!DOCTYPE html>",
    ">",
    "<",
    "</",
    "/>",
    "=",
    "'",
    "\"",
    "`",
    "&",
    ";",
    "&lt;",
    "&gt;",
    "&amp;",
    "&quot;",
    "&nbsp;",
    "&#13;",
    "&#0;",
    "&#x3c;",
    "&copy",
    "&notit;",
    "&ampamp;",
    "\r",
    "\t",
    "\u{c}",
    "\u{a0}",
    "\u{202e}",
    "\u{301}",
    "\u{200d}",
    "\0",
    "é",
    "title=\"</p>\"",
    "alt='\"<>&'",
    "style=x",
    "id=body",
    "lang=el",
    "dir=rtl",
    "colspan=3",
    "width=1",
    "http-equiv=refresh",
    "x",
    " ",
];

/// Sanitises, judges, sanitises again.
pub fn target(data: &[u8]) -> u64 {
    let written = String::from_utf8_lossy(data);
    let base = Url::parse("https://example.org/news/feed.xml").unwrap();
    let once = html::sanitise(&written, &base);
    if let Err(why) = judge(&once) {
        panic!("{why}\nin {once:?}");
    }
    assert_eq!(html::sanitise(&once, &base), once, "no fixed point");
    assert_eq!(html::sanitise(&rewritten(&once), &base), once, "no fixed point after parsing");
    // Its addresses are absolute: they mean the same wherever it is published.
    let elsewhere = Url::parse("https://other.example/").unwrap();
    assert_eq!(html::sanitise(&once, &elsewhere), once, "it depends on its place");
    if let Some(image) = html::first_image(&once) {
        assert!(image.starts_with("http://") || image.starts_with("https://"), "{image}");
    }
    let words = text::from_html(&once);
    assert_eq!(words.is_empty() && !once.contains("<img") && !has_media(&once), once.is_empty());
    let tree = parsed(&once, true);
    let mut elements = BTreeSet::new();
    let mut deepest = 0;
    for node in tree.root_element().descendants() {
        if let Node::Element(element) = node.value() {
            elements.insert(element.name().to_owned());
            deepest = deepest.max(node.ancestors().count());
        }
    }
    let some: Vec<_> = elements.iter().rev().take(4).collect();
    super::kind((
        some,
        super::about(elements.len()),
        super::about(deepest),
        super::about(once.len()),
    ))
}

fn has_media(html: &str) -> bool {
    html.contains("<audio") || html.contains("<video")
}
