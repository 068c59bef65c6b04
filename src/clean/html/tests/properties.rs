#![expect(clippy::print_stdout, reason = "says what was tried, and what was not there to try")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use proptest::prelude::*;

use super::{assert_sound, clean, text};

fn data(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../shared/data", "../../shared/data"]
        .iter()
        .map(|data| root.join(data).join(name))
        .find(|path| path.exists())
}

#[test]
fn h33_to_h39_known_attacks_come_to_nothing() {
    let mut tried = 0;
    for (file, key) in
        [("xss/dompurify-expect.json", "payload"), ("xss/html5lib-sanitizer-tests1.json", "input")]
    {
        let Some(path) = data(file) else {
            println!("{file} is not here; its attacks were not tried");
            continue;
        };
        let text = std::fs::read_to_string(path).unwrap();
        let attacks: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for attack in &attacks {
            assert_sound(attack[key].as_str().unwrap());
            tried += 1;
        }
    }
    println!("{tried} attacks tried");
}

#[test]
fn real_pages_are_sanitised_to_fixed_points() {
    let Some(folder) = data("html/trafilatura") else {
        println!("html/trafilatura is not here; no page was tried");
        return;
    };
    let mut bytes = 0;
    let started = Instant::now();
    for file in std::fs::read_dir(folder).unwrap() {
        let Ok(page) = std::fs::read_to_string(file.unwrap().path()) else { continue };
        bytes += page.len();
        assert_sound(&page);
    }
    println!("{bytes} bytes of pages in {:?}", started.elapsed());
}

/// Pieces out of which most trouble is made.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<a href=x>",
    "<a>",
    "</a>",
    "<ul>",
    "<ol>",
    "</ul>",
    "</ol>",
    "<li>",
    "</li>",
    "<dl>",
    "<dt>",
    "<dd>",
    "</dl>",
    "<table>",
    "</table>",
    "<caption>",
    "</caption>",
    "<thead>",
    "<tbody>",
    "</tbody>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
    "<th>",
    "<pre>",
    "\n",
    "</pre>",
    "<h1>",
    "</h1>",
    "<h3>",
    "</h2>",
    "<blockquote>",
    "</blockquote>",
    "<figure>",
    "<figcaption>",
    "</figure>",
    "<img src=y>",
    "<img alt='\"<>&'>",
    "<br>",
    "<hr>",
    "</br>",
    "<span lang=el>",
    "</span>",
    "<ruby>",
    "<rt>",
    "<rp>",
    "</ruby>",
    "<details>",
    "<summary>",
    "</details>",
    "<audio>",
    "<audio src=z>",
    "</audio>",
    "<video>",
    "<source src=s>",
    "</video>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "<textarea>",
    "<select>",
    "<option>",
    "<iframe src='https://vimeo.com/'>",
    "<iframe src='https://player.vimeo.com/video/1'>",
    "</iframe>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    ">",
    "<",
    "&",
    "&lt;",
    "&amp;",
    "&nbsp;",
    "&#13;",
    "&copy",
    ";",
    "x",
    " ",
    "é",
    "\u{202e}",
    "<p title='</p>'>",
    "<code>",
    "</code>",
    "<em>",
    "</em>",
    "<u>",
    "<sub>",
    "</sub>",
    "<q>",
    "</q>",
    "<frameset>",
    "<body>",
    "</body>",
    "<object>",
    "<button>",
    "<form>",
    "</form>",
    "<nobr>",
    "<font>",
    "<plaintext",
    "<marquee>",
    "<img src=t width=1>",
    "<wbr>",
    "<time>",
    "\r",
];

/// Elements where parsers change their ways, and some that are published.
const NAMES: &[&str] = &[
    "p",
    "div",
    "a",
    "b",
    "i",
    "table",
    "tr",
    "td",
    "caption",
    "ul",
    "li",
    "pre",
    "h2",
    "figure",
    "audio",
    "video",
    "details",
    "ruby",
    "rt",
    "svg",
    "math",
    "mtext",
    "mi",
    "mglyph",
    "malignmark",
    "annotation-xml",
    "foreignObject",
    "desc",
    "title",
    "style",
    "script",
    "noscript",
    "template",
    "textarea",
    "select",
    "option",
    "iframe",
    "noembed",
    "noframes",
    "xmp",
    "plaintext",
    "form",
    "button",
    "object",
    "frameset",
    "body",
    "html",
    "head",
    "nobr",
    "font",
    "marquee",
    "applet",
    "dialog",
    "menu",
    "listing",
    "image",
    "isindex",
    "keygen",
    "x-y",
];

/// Attributes, some of which run.
const ATTRIBUTES: &[&str] = &[
    "",
    " onload=alert(1)",
    " onerror='alert(1)'",
    " href=javascript:alert(1)",
    " href=/x",
    " src=x",
    " srcdoc='<p>'",
    " style=\"x:y\"",
    " id=body",
    " name=forms",
    " title=\"</p><script>\"",
    " title='--><img src=x onerror=alert(1)>'",
    " encoding=text/html",
    " type=hidden",
    " xlink:href=javascript:x",
    " xmlns=\"http://www.w3.org/1999/xhtml\"",
    " <",
    " =",
    " \"",
    " `",
    "/",
    " a=\"",
    " lang=el",
    " width=1",
];

/// Elements in elements, some not closed, some closed in another order.
fn hostile_tree() -> impl Strategy<Value = String> {
    let text = proptest::sample::select(
        &[
            "x",
            "",
            " ",
            "<!--",
            "-->",
            "]]>",
            "<![CDATA[",
            "&lt;b&gt;",
            "</",
            "<",
            "&#0;",
            "<img src=y onerror=alert(1)>",
            "<source src=s>",
            "<col>",
            "</p>",
            "</table>",
            "</svg>",
            "<!doctype html>",
        ][..],
    )
    .prop_map(str::to_owned);
    text.prop_recursive(6, 40, 4, |inner| {
        let name = proptest::sample::select(NAMES);
        let attribute = proptest::sample::select(ATTRIBUTES);
        let end = proptest::sample::select(NAMES);
        (name, attribute, proptest::collection::vec(inner, 0..4), 0_u8..6, end).prop_map(
            |(name, attribute, inner, ending, end)| {
                let inner = inner.concat();
                match ending {
                    0 => format!("<{name}{attribute}>{inner}"),
                    1 => format!("<{name}{attribute}>{inner}</{end}>"),
                    2 => format!("<{name}{attribute}/>{inner}"),
                    _ => format!("<{name}{attribute}>{inner}</{name}>"),
                }
            },
        )
    })
}

/// More where there is time: `SANITISE_CASES=200000`.
fn cases() -> u32 {
    option_env!("SANITISE_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn h36_sanitising_is_a_fixed_point(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..30)
    ) {
        assert_sound(&pieces.concat());
    }

    #[test]
    fn h36_sanitising_trees_of_hostile_elements_is_a_fixed_point(tree in hostile_tree()) {
        assert_sound(&tree);
    }

    #[test]
    fn h40_any_bytes_are_sanitised_to_a_fixed_point(
        bytes in proptest::collection::vec(any::<u8>(), 0..400)
    ) {
        assert_sound(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn h36_the_guard_is_passed_by_only_where_it_changes_nothing(text in "[ -~\u{80}-\u{2030}\n\t\r\u{0}\u{1b}\u{fffe}]{0,60}") {
        for once in [clean(&text), clean(&text.replace('<', "&lt;").replace('&', "&amp;"))] {
            if crate::clean::html::is_plain(&once) {
                prop_assert_eq!(crate::clean::html::GUARD.clean(&once).to_string(), once);
            }
        }
    }

    #[test]
    fn h36_no_words_are_lost(
        pieces in proptest::collection::vec(
            proptest::sample::select(&["<p>", "<b>", "</b>", "<table>", "<tr>", "<td>", "</td>",
                "</table>", "<ul>", "<li>", "</ul>", "<a href=x>", "</a>", "<div>", "</div>",
                "<h2>", "</p>", "w "][..]),
            0..30)
    ) {
        let input = pieces.concat();
        let words = |html: &str| text::from_html(html).matches('w').count();
        prop_assert_eq!(words(&clean(&input)), words(&input), "{}", input);
    }

    #[test]
    fn h40_nothing_panics(html in "[<>/a-c!&;#x\"'= \\-\\PC]{0,60}") {
        assert_sound(&html);
    }
}
