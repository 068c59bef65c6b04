//! Articles as they are stored: read from invented pages, and made safe.

use url::Url;

use crate::clean;
use crate::model::{CleanArticle, Select};
use crate::read::{Input, Known, ReadError, article};

fn read(page: &str, select: Option<&Select>) -> CleanArticle {
    let base = Url::parse("https://partner.example/news/1/").unwrap();
    let input = Input { bytes: page.as_bytes(), content_type: None, base: &base, zone: None };
    clean::article(article(&input, select, Known::default()).unwrap())
}

const PAGE: &str = r##"<!DOCTYPE html><html lang="en"><head>
<title>Dockers refuse to load arms - Harbour Union</title>
<meta property="og:site_name" content="Harbour Union">
<link rel="canonical" href="https://partner.example/news/1/?utm_source=x">
<link rel="alternate" hreflang="el" href="/el/1/"><link rel="alternate" hreflang="x-default" href="/1/">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
 {"@type":"WebSite","name":"Harbour Union"},
 {"@type":["NewsArticle"],"headline":"Dockers refuse to load arms","datePublished":"2026-11-02T10:00:00+02:00",
  "dateModified":"2026-11-03","author":[{"@id":"#eleni"},{"@type":"Person","name":"Nikos P."}],
  "description":"The union has voted.","image":{"@type":"ImageObject","url":"/i/1.jpg"}},
 {"@type":"Person","@id":"#eleni","name":"Eleni K."}]}</script>
</head><body><nav><a href="/">Home</a> <a href="/news">News</a></nav>
<div class="cookie-banner">We use cookies.</div>
<article><h1>Dockers refuse to load arms</h1>
<div class="entry-content"><p>The dockers of Piraeus have voted, with a large majority, not to load arms for any war, and they ask others to do the same.</p>
<p>“We will not have blood on our hands,” says the union's president, who has worked in this harbour, as her father did, for thirty years.<img src="/i/2.jpg" onerror="alert(1)"></p>
<script>alert(1)</script>
<p>The shipping company has announced that it will go to court, and that it hopes for the government's help in doing so.</p>
<div class="sharedaddy"><a href="https://social.example/share">Share this</a></div>
<form class="newsletter">Get our newsletter <input name="email"></form></div></article>
<aside class="related"><a href="/2">Another story that you may like, about something else</a></aside>
<footer>Harbour Union, Piraeus</footer></body></html>"##;

#[test]
fn a_page_gives_its_text_and_what_it_says_to_machines() {
    let article = read(PAGE, None);
    assert_eq!(article.title.as_deref(), Some("Dockers refuse to load arms"));
    assert_eq!(article.standfirst, "The union has voted.");
    assert_eq!(article.authors, ["Eleni K.", "Nikos P."]);
    assert_eq!(article.published.unwrap().to_rfc3339(), "2026-11-02T08:00:00+00:00");
    assert_eq!(article.updated.unwrap().to_rfc3339(), "2026-11-03T00:00:00+00:00");
    assert_eq!(article.image.as_deref(), Some("https://partner.example/i/1.jpg"));
    assert_eq!(article.language.as_deref(), Some("en"));
    let canonical = article.canonical.unwrap();
    assert_eq!(canonical.url, "https://partner.example/news/1/?utm_source=x");
    assert!(!canonical.is_claim);
    let greek = ("el".to_owned(), "https://partner.example/el/1/".to_owned());
    assert_eq!(article.editions, [greek]);
    let text = clean::text::from_html(&article.content_html);
    assert!(text.contains("not to load arms") && text.contains("go to court"), "{text}");
    for around in ["Home", "cookies", "Share this", "newsletter", "you may like", "alert"] {
        assert!(!article.content_html.contains(around), "{around} in {}", article.content_html);
    }
}

#[test]
fn selectors_of_the_source_come_first() {
    let select = Select {
        content: Some(".entry-content".into()),
        drop: vec!["p:first-child".into(), ".sharedaddy, .newsletter".into()],
        ..Select::default()
    };
    let article = read(PAGE, Some(&select));
    let text = clean::text::from_html(&article.content_html);
    assert!(text.starts_with("“We will not have blood"), "{text}");
    assert!(text.ends_with("help in doing so."), "{text}");
    let gone = Select { content: Some(".gone".into()), ..Select::default() };
    let article = read(PAGE, Some(&gone));
    assert!(article.content_html.contains("not to load arms"));
    let is_told = |repair: &String| repair.contains(".gone");
    assert!(article.repairs.iter().any(is_told), "{:?}", article.repairs);
}

#[test]
fn h33_h40_nothing_of_a_page_runs() {
    for payload in [
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<a href='java&#x09;script:alert(1)'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<p style='position:fixed;inset:0' id=x class=y>z</p>",
        "<math><mtext><mglyph><style><img src=x onerror=alert(1)>",
        "</article></body><form action=//evil.example><button formaction=x>",
    ] {
        let page = PAGE.replace("<script>alert(1)</script>", payload);
        let html = read(&page, None).content_html;
        for bad in ["alert", "onerror", "javascript", "style=", "<form", "<iframe", "id=", "class="]
        {
            assert!(!html.contains(bad), "{bad} of {payload} in {html}");
        }
    }
}

#[test]
fn a_page_without_an_article_is_no_article() {
    let base = Url::parse("https://partner.example/").unwrap();
    for page in ["<html><body></body></html>", "<title>Not found</title>"] {
        let input = Input { bytes: page.as_bytes(), content_type: None, base: &base, zone: None };
        assert!(article(&input, None, Known::default()).is_err(), "{page}");
    }
}

#[test]
fn h25_h45_a_hostile_page_is_read_in_bounds() {
    let nested = |times: usize| PAGE.replace("<nav>", &"<div><b><font>".repeat(times));
    assert!(read(&nested(25), None).content_html.contains("not to load arms"));
    // Deeper than anything is read there may be no article any more.
    let (deep, base) = (nested(30_000), Url::parse("https://partner.example/news/1/").unwrap());
    let input = Input { bytes: deep.as_bytes(), content_type: None, base: &base, zone: None };
    let read_deep = article(&input, None, Known::default());
    assert!(matches!(read_deep, Ok(_) | Err(ReadError::NoArticle { .. })), "{read_deep:?}");
    // What its data says is bounded as well: many authors with one long name, deep or wide markup.
    let data = |data: &str| {
        PAGE.replace("{\"@context\"", &format!("{{\"@type\":\"X\"}}</script><script type=\"application/ld+json\">{data}</script><script type=\"application/ld+json\">{{\"@context\""))
    };
    let name = "n".repeat(60_000);
    let authors = vec!["{\"@id\":\"#n\"}"; 40_000].join(",");
    let many = read(
        &data(&format!(
            "[{{\"@id\":\"#n\",\"name\":\"{name}\"}},{{\"@type\":\"NewsArticle\",\"author\":[{authors}]}}]"
        )),
        None,
    );
    assert!(many.authors.iter().all(|author| author.len() <= clean::MAX_NAME), "{many:?}");
    let unclosed: String = (0..3_000).map(|number| format!("<b c={number}>")).collect();
    for body in [
        format!("<p>{unclosed}</p>{}", "<p>x".repeat(20_000)),
        format!("{}<br>", "<div>".repeat(150_000)),
    ] {
        let _ = read(
            &data(&format!(
                "{{\"@type\":\"NewsArticle\",\"articleBody\":{}}}",
                serde_json::json!(body)
            )),
            None,
        );
    }
    // html5ever writes the escaped characters of one text in quadratic time.
    for text in ["&", "a&nbsp;", "&lt;x", "\u{a0}"] {
        let text = text.repeat(3_000_000);
        assert!(read(&PAGE.replace("<nav>", &format!("<p>{text}</p><nav>")), None).title.is_some());
    }
    let bylines = format!(
        "<div class='{}'>{}{}</div>",
        "x ".repeat(100_000),
        "<div class=b>".repeat(100),
        "<span class=byline>By A</span>".repeat(20_000)
    );
    let _ = read(&PAGE.replace("<nav>", &format!("{bylines}<nav>")), None);
    let data = format!("<script type=application/ld+json>{}</script>", "[".repeat(100_000));
    assert!(read(&PAGE.replace("<nav>", &data.repeat(3)), None).title.is_some());
}
