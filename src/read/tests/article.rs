//! Stories' own pages.

use std::time::{Duration, Instant};

use chrono_tz::Europe::Berlin;
use url::Url;

use crate::clean::{self, html, text};
use crate::model::{RawArticle, Select};
use crate::read::{Input, Known, ReadError, article};

const STRIKE_EN: &str = include_str!("../../../fixtures/pages/crane-drivers-strike.html");
const STRIKE_DE: &str = include_str!("../../../fixtures/pages/streik-der-kranfuehrer.html");
const LETTERS_EN: &str = include_str!("../../../fixtures/pages/letters-from-pier-seven.html");
const LETTERS_DE: &str = include_str!("../../../fixtures/pages/briefe-von-pier-sieben.html");

const STRIKE_URL: &str = "https://archive.harbour.example/en/news/crane-drivers-strike";

fn read_at(
    bytes: impl AsRef<[u8]>,
    url: &str,
    select: Option<&Select>,
) -> Result<RawArticle, ReadError> {
    let base = Url::parse(url).unwrap();
    let input =
        Input { bytes: bytes.as_ref(), content_type: None, base: &base, zone: Some(Berlin) };
    article(&input, select, Known::default())
}

fn read(bytes: impl AsRef<[u8]>) -> Result<RawArticle, ReadError> {
    read_at(bytes, STRIKE_URL, None)
}

/// The words as subscribers see them.
fn shown(article: &RawArticle) -> String {
    text::from_html(&html::sanitise(&article.content, &article.base))
}

/// A page with that in its head and a long enough text.
fn with_head(head: &str) -> String {
    page(head, "")
}

fn page(head: &str, before: &str) -> String {
    let text = "<p>The assembly of the crane drivers voted, by a large majority, to accept the \
                offer that their delegates had brought from the town hall, and went home.</p>";
    format!(
        "<html><head>{head}</head><body><main><article>{before}{}</article></main></body></html>",
        text.repeat(4)
    )
}

#[test]
fn an_article_is_read_with_what_its_page_says_of_it() {
    let article = read(STRIKE_EN).unwrap();
    assert_eq!(article.title.as_deref(), Some("Crane drivers end their strike after nine days"));
    assert_eq!(article.authors, ["Ada Winter"]);
    assert_eq!(article.published.unwrap().to_rfc3339(), "2026-10-28T08:00:00+00:00");
    assert_eq!(article.updated.unwrap().to_rfc3339(), "2026-10-28T16:30:00+00:00");
    assert_eq!(article.language.as_deref(), Some("en"));
    assert_eq!(article.site_name.as_deref(), Some("Harbour Archive"));
    assert_eq!(article.image.as_deref(), Some("https://archive.harbour.example/media/cranes.jpg"));
    assert_eq!(
        article.standfirst.as_deref(),
        Some("The night shift goes back with a contract that counts breaks as work.")
    );
    let canonical = article.canonical.clone().unwrap();
    assert_eq!((canonical.url.as_str(), canonical.is_claim), (STRIKE_URL, false));
    assert_eq!(
        article.editions,
        [(
            "de".to_owned(),
            "https://archive.harbour.example/de/aktuelles/streik-der-kranfuehrer".to_owned()
        )]
    );
    assert!(article.repairs.iter().any(|repair| repair == "authors: from JSON-LD"));
}

#[test]
fn the_text_is_all_of_the_article_and_nothing_else() {
    for (page, wanted, unwanted) in [
        (
            STRIKE_EN,
            ["For nine days no container", "“We did not get the fourth", "the end of the year."],
            [
                "cookies",
                "Share this",
                "Sign up",
                "night tour",
                "My uncle",
                "dockers and historians",
            ],
        ),
        (
            STRIKE_DE,
            ["Neun Tage lang", "„Die vierte Urlaubswoche", "im Lesesaal abgeben."],
            ["Cookies", "Teilen", "Newsletter", "Frauen am Kai", "Mein Onkel", "ein Verein"],
        ),
        (
            LETTERS_EN,
            ["The letters lay in a tin box", "what they did to Paul", "without a single name."],
            [
                "cookies",
                "Share this",
                "Sign up",
                "night tour",
                "My uncle",
                "dockers and historians",
            ],
        ),
        (
            LETTERS_DE,
            ["Die Briefe lagen", "was sie mit Paul", "einen einzigen Namen."],
            ["Cookies", "Teilen", "Newsletter", "Frauen am Kai", "Mein Onkel", "ein Verein"],
        ),
    ] {
        let article = read(page).unwrap();
        let words = shown(&article);
        for wanted in wanted {
            assert!(words.contains(wanted), "missing: {wanted}\n{words}");
        }
        for unwanted in unwanted {
            assert!(!words.contains(unwanted), "there: {unwanted}\n{words}");
        }
        let title = article.title.unwrap();
        assert!(!words.contains(&title), "the title stands above the text already: {words}");
    }
}

#[test]
fn the_selectors_of_the_maintainers_come_first() {
    let select = Select {
        content: Some(".story__body".to_owned()),
        drop: vec![".related".to_owned(), ".standfirst".to_owned()],
        ..Select::default()
    };
    let words = shown(&read_at(STRIKE_EN, STRIKE_URL, Some(&select)).unwrap());
    assert!(words.starts_with("Photograph: the archive\nFor nine days"), "{words}");
    assert!(words.ends_with("Sign up for our newsletter."), "what is not dropped stays: {words}");
    assert!(!words.contains("night tour"));
    let wrong = Select { content: Some(".body".to_owned()), ..select };
    let article = read_at(STRIKE_EN, STRIKE_URL, Some(&wrong)).unwrap();
    assert!(shown(&article).contains("For nine days"));
    let is_told = |repair: &String| repair.starts_with("`content` \".body\" found nothing");
    assert!(article.repairs.iter().any(is_told), "{:?}", article.repairs);
}

#[test]
fn the_data_of_the_page_is_its_text_only_where_it_is_the_better_one() {
    let body = "The whole text of the story, as its page gives it to search engines. ".repeat(8);
    let data = |body: &str| {
        format!(
            "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"T\",\
             \"articleBody\":\"{body}\"}}</script>"
        )
    };
    let walled =
        format!("<html><head>{}</head><body><p>Please log in.</p></body></html>", data(&body));
    let article = read(walled).unwrap();
    assert!(shown(&article).starts_with("The whole text of the story"));
    assert!(article.repairs.iter().any(|repair| repair.contains("articleBody")));
    // Line breaks within strings are no JSON, and common.
    let broken = data(&format!("{body}\n\n{body}"));
    let article = read(format!("<html><head>{broken}</head><body>x</body></html>")).unwrap();
    assert_eq!(shown(&article).lines().count(), 2);
    let article = read(with_head(&data("A short version of it."))).unwrap();
    assert!(shown(&article).starts_with("The assembly of the crane drivers"));
}

#[test]
fn h26_data_that_is_none_does_no_harm() {
    for data in [
        "{",
        "[]",
        "null",
        "{\"@graph\":1}",
        "{\"@type\":[],\"author\":[[[]]]}",
        "{\"@type\":\"Article\",\"author\":{\"@id\":\"#a\"},\"@id\":\"#a\"}",
        "{\"@type\":\"Article\",\"datePublished\":17,\"image\":[],\"headline\":{}}",
        &"[".repeat(100_000),
        &format!("{{\"@type\":\"Article\",\"headline\":\"{}\"}}", "x".repeat(900_000)),
    ] {
        let head = format!("<title>T</title><script type='application/ld+json'>{data}</script>");
        let article = read(with_head(&head)).unwrap();
        assert!(shown(&article).starts_with("The assembly"));
    }
}

#[test]
fn dates_are_found_in_many_places() {
    for (head, before, expected) in [
        (
            "<meta property=article:published_time content=2026-11-02T10:00+01:00>",
            "",
            "2026-11-02T09:00",
        ),
        ("<meta name=DC.date.issued content=2026-11-02>", "", "2026-11-01T23:00"),
        ("", "<time datetime=2026-11-02>x</time>", "2026-11-01T23:00"),
        ("", "<span itemprop=datePublished content=2026-11-02></span>", "2026-11-01T23:00"),
        ("", "<p class=entry-date>2. November 2026</p>", "2026-11-01T23:00"),
        ("", "<p class=byline>By Ada Winter, 2 November 2026</p>", "2026-11-01T23:00"),
        // Absurd ones are passed over.
        (
            "<meta name=date content=1970-01-01>",
            "<time datetime=2026-11-02></time>",
            "2026-11-01T23:00",
        ),
    ] {
        let article = read(page(head, before)).unwrap();
        let date = article.published.map(|date| date.format("%Y-%m-%dT%H:%M").to_string());
        assert_eq!(date.as_deref(), Some(expected), "{head}{before}");
    }
    let by_path = read_at(page("", ""), "https://a.example/2017/06/12/story", None).unwrap();
    assert_eq!(by_path.published.unwrap().to_rfc3339(), "2017-06-12T00:00:00+00:00");
}

#[test]
fn authors_are_names_and_nothing_else() {
    for (head, before, expected) in [
        ("<meta name=author content='Ada Winter'>", "", &["Ada Winter"][..]),
        (
            "<meta name=author content=admin>",
            "<p class=byline>By Ada Winter and Jo Feld</p>",
            &["Ada Winter", "Jo Feld"],
        ),
        (
            "<meta property=article:author content='https://f.example/ada'>",
            "<a rel=author>Ada Winter</a>",
            &["Ada Winter"],
        ),
        (
            "<meta name=DC.creator content='Ada Winter'><meta name=DC.creator content='Jo Feld'>",
            "",
            &["Ada Winter", "Jo Feld"],
        ),
        (
            "",
            "<p class=byline>Geschrieben von<b>Ada Winter</b> am 2. November 2026</p>",
            &["Ada Winter"],
        ),
        ("", "<span itemprop=author><span itemprop=name>Ada Winter</span></span>", &["Ada Winter"]),
        ("", "<p class=byline>Von Ada Winter | 2.11.2026</p>", &["Ada Winter"]),
        ("", "", &[]),
    ] {
        assert_eq!(read(page(head, before)).unwrap().authors, expected, "{head}{before}");
    }
}

#[test]
fn titles_come_without_the_name_of_the_site() {
    for (head, before, expected) in [
        (
            "<title>Strike ends - Harbour Archive</title><meta property=og:site_name content='Harbour Archive'>",
            "",
            "Strike ends",
        ),
        (
            "<title>Harbour Archive | Strike ends</title>",
            "<a href=/>Harbour Archive</a>",
            "Strike ends",
        ),
        ("<title>Strike ends - archive.harbour</title>", "", "Strike ends"),
        ("<title>Strike - at last - ends</title>", "", "Strike - at last - ends"),
        (
            "<title>Harbour &raquo; News &raquo; Strike ends</title>",
            "<h1><a href=/>Harbour</a></h1><h2>Strike ends</h2>",
            "Strike ends",
        ),
        ("<meta property=og:title content='STRIKE ENDS'>", "<h1>Strike ends</h1>", "Strike ends"),
    ] {
        let article = read(page(head, before)).unwrap();
        assert_eq!(article.title.as_deref(), Some(expected), "{head}{before}");
    }
}

#[test]
fn h56_a_canonical_link_to_another_site_is_a_claim() {
    for (href, expected) in [
        ("https://archive.harbour.example/other", Some(false)),
        ("/other", Some(false)),
        ("https://www.archive.harbour.example/other", Some(false)),
        ("https://news.archive.harbour.example/other", Some(false)),
        ("https://harbour.example/other", Some(false)),
        ("https://diem25.example/story", Some(true)),
        ("https://notharbour.example/other", Some(true)),
        ("https://archive.harbour.example.evil.example/other", Some(true)),
        // No address of a story at all.
        ("https://archive.harbour.example/", None),
        ("javascript:alert(1)", None),
    ] {
        let article = read(with_head(&format!("<link rel=canonical href='{href}'>"))).unwrap();
        let is_claim = article.canonical.as_ref().map(|canonical| canonical.is_claim);
        assert_eq!(is_claim, expected, "{href}");
        let told = article.repairs.iter().any(|repair| repair.contains("on another site"));
        assert_eq!(told, expected == Some(true), "{href}");
        let clean = clean::article(article).canonical.map(|canonical| canonical.is_claim);
        assert_eq!(clean, expected, "{href}");
    }
}

#[test]
fn a_page_without_an_article_is_told() {
    let error =
        read("<html><title>Log in</title><body><form>Name</form></body></html>").unwrap_err();
    assert_eq!(error, ReadError::NoArticle { title: Some("Log in".to_owned()) });
    assert!(matches!(read("%PDF-1.7"), Err(ReadError::NotAPage { .. })));
    assert_eq!(read(""), Err(ReadError::Empty));
}

#[test]
fn h33_to_h40_hostile_articles_are_inert() {
    let base = Url::parse(STRIKE_URL).unwrap();
    for attack in [
        "<script>alert(1)</script><scr<script>ipt>alert(1)</script>",
        "<img src=x onerror=alert(1)><svg onload=alert(1)><animate onbegin=alert(1)></svg>",
        "<a href='java&#x09;script:alert(1)'>x</a><a href=' &#1;javascript:alert(1)'>y</a>",
        "<svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><base href=https://evil.example/><form action=https://evil.example/><button formaction=javascript:alert(1)>",
        "<p style='position:fixed;inset:0' id=body class=x name=y>cover</p><style>*{display:none}</style>",
        "</article></body></html>--><p title='>unclosed",
        "<template><img src=x onerror=alert(1)></template><plaintext>",
    ] {
        let html = page("", &format!("<p>Before it.</p>{attack}"));
        let Ok(article) = read(html) else { continue };
        let content = &clean::article(article).content_html;
        let lower = content.to_lowercase();
        for bad in [
            "<script",
            "onerror",
            "onload",
            "javascript:",
            "<style",
            "style=",
            "<iframe",
            "<form",
            "<base",
            "<svg",
            " id=",
            "alert(1)\"",
        ] {
            assert!(!lower.contains(bad), "{bad} in {content}");
        }
        assert_eq!(&html::sanitise(content, &base), content, "a fixed point");
    }
}

#[test]
fn h25_h45_articles_cost_no_more_than_their_length() {
    let p = "<p>Some words, and more of them, to fill a paragraph with text that counts.</p>";
    let deep = |name: &str| {
        format!("{}{p}{}", format!("<{name}>").repeat(50_000), format!("</{name}>").repeat(50_000))
    };
    for body in [
        deep("div"),
        deep("b"),
        deep("blockquote"),
        p.repeat(90_000),
        format!("<div>{}</div>", "<br>x".repeat(95_000)),
        "<a href=x>y</a> ".repeat(99_000),
        "<div class=share><span>x</span></div>".repeat(45_000),
        format!("<h1>T</h1>{}", "<h2>T</h2>".repeat(90_000)),
        format!("<table>{}</table>", "<tr><td>word, word".repeat(45_000)),
        format!("<ul>{}</ul>", "<li>word, word".repeat(90_000)),
        "<time datetime=x>y</time>".repeat(90_000),
        "<span class=author>y</span>".repeat(90_000),
        format!("<div{}>{p}</div>", " a=b".repeat(1_000_000)),
        "word, ".repeat((8 << 20) / 6),
        "<i><p>".repeat(40_000),
        format!("{}{}", "<div class=date>".repeat(110), "<div class=date>x</div>".repeat(90_000)),
    ] {
        let start = Instant::now();
        let page = format!("<html><body><article>{body}</article></body></html>");
        let head: String = page.chars().take(60).collect();
        let result = std::thread::Builder::new()
            .stack_size(1 << 20)
            .spawn(move || {
                let article = read(page);
                article.map(|article| shown(&article).len())
            })
            .unwrap()
            .join();
        let took = start.elapsed();
        assert!(result.is_ok(), "{head}");
        assert!(took < Duration::from_secs(10), "{took:?}: {head}");
    }
}

/// Pieces of pages, whole and broken.
const PIECES: &[&str] = &[
    "<div>",
    "</div>",
    "<p>",
    "</p>",
    "<article class='post'>",
    "</article>",
    "<table><tr><td>",
    "</table>",
    "<a href='/x'>",
    "</a>",
    "<br>",
    "<br><br>",
    "<img src='data:x' data-src='/i.jpg'>",
    "<figure>",
    "</figure>",
    "<h1>",
    "</h1>",
    "<h2 id=",
    "<ul><li>",
    "</ul>",
    "<b>",
    "</i>",
    "<iframe src='https://www.youtube.com/embed/x'>",
    "<video><source src=x>",
    "<!--",
    "-->",
    "<noscript><img src=x></noscript>",
    "<span style='display:none'>",
    "<time datetime='2026'>",
    "<div class='share comment sidebar'>",
    "<p hidden>",
    "&nbsp;",
    "&#0;",
    "\u{e9}\u{301}",
    "ß»«",
    "Some words, and more of them, to fill a paragraph with text, that counts for something. ",
    "Τα γράμματα βρέθηκαν σε ένα κουτί, και κανείς δεν μπορούσε να τα διαβάσει, ώσπου ήρθαν. ",
    "<meta property='og:title' content='A » B | C — D'>",
    "<title>x: y » z</title>",
    "<base href='/b/'>",
    "<link rel=canonical href='//x'>",
    "<script type='application/ld+json'>{\"@type\":\"Article\"",
    "</script>",
    "<font>",
    "<svg><style>",
    "</svg>",
    "<select><option>",
    "<template>",
    "<p/",
    "<",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn h40_no_page_panics(pieces in proptest::collection::vec(0..PIECES.len(), 0..120)) {
        let html: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        let base = Url::parse(STRIKE_URL).unwrap();
        if let Ok(article) = read(&html) {
            let content = &clean::article(article).content_html;
            proptest::prop_assert_eq!(&html::sanitise(content, &base), content);
            let known = clean::Repetition::default();
            let cleaned = clean::without_repetition(content, "x", "en", &known);
            proptest::prop_assert_eq!(&cleaned.html, content);
        }
        let select = Select {
            item: "div, p, li".to_owned(),
            title: ":scope".to_owned(),
            link: "a".to_owned(),
            ..Select::default()
        };
        let input = Input { bytes: html.as_bytes(), content_type: None, base: &base, zone: None };
        let _ = crate::read::page(&input, &select);
    }
}
