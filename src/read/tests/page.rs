//! Pages that list stories.

use std::time::{Duration, Instant};

use chrono_tz::Europe::Athens;
use url::Url;

use super::said;
use crate::model::{Format, RawDocument, Select};
use crate::read::{Input, ReadError, page};

const LISTING_EN: &str = include_str!("../../../fixtures/pages/listing.en.html");
const LISTING_DE: &str = include_str!("../../../fixtures/pages/listing.de.html");

fn select(item: &str, title: &str, link: &str) -> Select {
    Select {
        item: item.to_owned(),
        title: title.to_owned(),
        link: link.to_owned(),
        min_items: 1,
        ..Select::default()
    }
}

fn teasers() -> Select {
    Select {
        summary: Some(".teaser__text".to_owned()),
        date: Some("time, .teaser__date".to_owned()),
        date_format: Some("%d. %B %Y".to_owned()),
        image: Some("img".to_owned()),
        min_items: 3,
        ..select("article.teaser", "h2", "h2 a")
    }
}

fn read(html: impl AsRef<[u8]>, select: &Select) -> Result<RawDocument, ReadError> {
    let base = Url::parse("https://archive.harbour.example/en/news").unwrap();
    let input = Input { bytes: html.as_ref(), content_type: None, base: &base, zone: Some(Athens) };
    page(&input, select)
}

fn links(document: &RawDocument) -> Vec<&str> {
    document.entries.iter().map(|entry| entry.link.as_deref().unwrap()).collect()
}

#[test]
fn a_listing_is_read() {
    let document = read(LISTING_EN, &teasers()).unwrap();
    assert_eq!(document.format, Format::Page);
    assert_eq!(said(document.title.as_ref()), "Harbour Archive");
    assert_eq!(document.site.as_deref(), Some("https://archive.harbour.example/en/news"));
    assert_eq!(document.language.as_deref(), Some("en"));
    assert_eq!(document.entries.len(), 4);
    let first = &document.entries[0];
    assert_eq!(said(first.title.as_ref()), "Crane drivers end their strike after nine days");
    assert_eq!(
        first.link.as_deref(),
        Some("https://archive.harbour.example/en/news/crane-drivers-strike")
    );
    assert!(said(first.summary.as_ref()).starts_with("The night shift goes back"));
    assert_eq!(first.image.as_deref(), Some("https://archive.harbour.example/media/cranes.jpg"));
    // Midnight in the zone of the source.
    assert_eq!(first.published.unwrap().to_rfc3339(), "2026-10-27T22:00:00+00:00");
    assert_eq!(document.entries[2].image, None);
    assert_eq!(document.repairs, ["1 items with the link of an earlier one were passed over"]);
}

#[test]
fn dates_in_words_are_read_in_the_language_of_the_page() {
    let document = read(LISTING_DE, &teasers()).unwrap();
    let days: Vec<String> = document
        .entries
        .iter()
        .map(|entry| entry.published.unwrap().with_timezone(&Athens).date_naive().to_string())
        .collect();
    assert_eq!(days, ["2026-10-28", "2026-10-20", "2026-03-03"]);
    let undated = LISTING_DE.replace("3. März 2026", "demnächst");
    let document = read(undated, &teasers()).unwrap();
    assert_eq!(document.entries[2].published, None);
    assert_eq!(document.entries[2].unread_date.as_deref(), Some("demnächst"));
}

#[test]
fn dates_are_taken_from_the_attributes_that_pages_use() {
    for date in [
        "<time datetime=2026-11-02>soon</time>",
        "<span class=d><time datetime='2026-11-02T00:00+02:00'></time></span>",
        "<meta class=d content=2026-11-02>",
        "<time title='2 November 2026'>yesterday</time>",
        "<span class=d>Posted on 2 November 2026 by Ada</span>",
        "<span class=d>2 Νοεμβρίου 2026</span>",
    ] {
        let select = Select { date: Some("time, .d".to_owned()), ..select("li", "a", "a") };
        let document = read(format!("<ul><li><a href=/x>X</a> {date}</li></ul>"), &select).unwrap();
        let published = document.entries[0].published.unwrap().to_rfc3339();
        assert_eq!(published, "2026-11-01T22:00:00+00:00", "{date}");
    }
}

#[test]
fn dates_are_read_in_the_partners_languages_and_by_their_format() {
    let midnight = |day| Some(format!("2026-{day}T22:00:00+00:00"));
    for (written, format, expected) in [
        ("2 November 2026", "%d %B %Y", midnight("11-01")),
        ("2. Dezember 2026", "%d. %B %Y", midnight("12-01")),
        ("2 novembre 2026", "%d %B %Y", midnight("11-01")),
        ("2 de noviembre de 2026", "%d %B %Y", midnight("11-01")),
        ("2 ноября 2026", "%d %B %Y", midnight("11-01")),
        ("2 Kasım 2026", "%d %B %Y", midnight("11-01")),
        ("Published: 2 November 2026", "%d %B %Y", midnight("11-01")),
        // Which number is the month, the format says.
        ("03/02/2026", "%d/%m/%Y", midnight("02-02")),
        ("03/02/2026", "%m/%d/%Y", midnight("03-01")),
        ("02.11.2026 14:00", "%d.%m.%Y %H:%M", Some("2026-11-02T12:00:00+00:00".to_owned())),
        // What cannot be is none.
        ("31 February 2026", "%d %B %Y", None),
        ("soon", "%d %B %Y", None),
    ] {
        let select = Select {
            date: Some(".date".to_owned()),
            date_format: Some(format.to_owned()),
            ..select("li", "a", "a")
        };
        let html = format!("<li><a href=/1>One</a><span class=date>{written}</span></li>");
        let entry = &read(html, &select).unwrap().entries[0];
        assert_eq!(entry.published.map(|date| date.to_rfc3339()), expected, "{written}");
        let unread = expected.is_none().then_some(written);
        assert_eq!(entry.unread_date.as_deref(), unread, "{written}");
    }
}

#[test]
fn links_are_found_where_pages_put_them() {
    for (item, selectors) in [
        ("<li><h2><a href=/x>X</a></h2></li>", select("li", "h2", "h2")),
        ("<li><a href=/x><h2>X</h2></a></li>", select("li", "h2", "h2")),
        ("<li><a href=/x><h2>X</h2></a></li>", select("li", "h2", "h2 a, a")),
        ("<a class=t href=/x><h2>X</h2></a>", select("a.t", "h2", "a.t")),
        ("<a class=t href=/x>X</a>", select("a.t", ":scope", ":scope")),
        ("<a class=t href=/x>X</a>", select("a.t", "a", "a")),
        ("<a href=/x><div class=t><h2>X</h2></div></a>", select(".t", "h2", "h2")),
        (
            "<li><a href=#>+</a><a href='javascript:x()'>o</a><a href=/x>X</a></li>",
            select("li", "a[href='/x']", "a"),
        ),
        ("<li><a href=/x><img alt=X src=/i></a></li>", select("li", "a", "a")),
    ] {
        let document = read(format!("<div>{item}</div>"), &selectors).unwrap();
        assert_eq!(links(&document), ["https://archive.harbour.example/x"], "{item}");
        assert_eq!(said(document.entries[0].title.as_ref()), "X", "{item}");
    }
}

#[test]
fn relative_links_follow_the_base_of_the_page() {
    let html = "<head><base href='/archive/2026/'></head><li><a href=x hreflang=de>X</a><li lang=fr><a href=../y>Y</a>";
    let document = read(html, &select("li", "a", "a")).unwrap();
    assert_eq!(
        links(&document),
        [
            "https://archive.harbour.example/archive/2026/x",
            "https://archive.harbour.example/archive/y"
        ]
    );
    assert_eq!(document.entries[0].language.as_deref(), Some("de"));
    assert_eq!(document.entries[1].language.as_deref(), Some("fr"));
    // A base that is no web address is none.
    let html = "<base href='javascript:1'><li><a href=x>X</a>";
    assert_eq!(
        links(&read(html, &select("li", "a", "a")).unwrap()),
        ["https://archive.harbour.example/en/x"]
    );
}

#[test]
fn an_item_that_leads_to_a_part_of_its_own_page_is_told_from_one_without_link() {
    let html = "<li><a href='#one'>One</a><li><a href='#'>A button</a><section id=one>1</section>";
    let error = read(html, &select("li", "a", "a")).unwrap_err().to_string();
    // The parts of a page are often numbered, and the next statement takes the number of this one.
    let told = "(2 more have no title, or no link that leads to a page of its own)";
    assert!(error.contains(told), "{error}");
}

#[test]
fn items_that_all_lead_to_one_page_are_not_taken_for_one() {
    let items = |titles: &[&str], link: &str| -> String {
        titles.iter().map(|title| format!("<li>{title} <a href={link}>Read more</a>")).collect()
    };
    let titled = select("li", "li", "a");
    let error = read(items(&["One", "Two", "Three"], "/archive"), &titled).unwrap_err().to_string();
    assert!(error.contains("3 items lead to https://archive.harbour.example/archive"), "{error}");
    assert!(error.contains("`link = \"a\"`"), "{error}");
    // The same statement twice, as a teaser and in the list, is no such page.
    let twice = items(&["One"], "/1") + &items(&["One"], "/1") + &items(&["Two"], "/2");
    assert_eq!(read(twice, &titled).unwrap().entries.len(), 2);
    let teaser =
        items(&["A longer teaser"], "/1") + &items(&["One"], "/1") + &items(&["Two"], "/2");
    assert_eq!(read(teaser, &titled).unwrap().entries.len(), 2);
}

#[test]
fn the_charset_of_the_page_is_believed() {
    let html = b"<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-7\"></head><li><a href=/x>\xcd\xdd\xe1</a></li>";
    let document = read(html, &select("li", "a", "a")).unwrap();
    assert_eq!(said(document.entries[0].title.as_ref()), "Νέα");
}

#[test]
fn a_changed_page_says_which_selector_finds_nothing() {
    let changed = LISTING_EN.replace("class=\"teaser\"", "class=\"card\"");
    let error = read(&changed, &teasers()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "no items were found: `item = \"article.teaser\"` found nothing; elements found by the \
             other selectors: `title` 5, `link` 5, `summary` 4, `date` 4, `image` 3; the page has \
             changed"
        ),
        "{error}"
    );
    assert!(error.contains("preview --saved") && error.ends_with("[source.select]"), "{error}");
    let changed = LISTING_EN.replace("h2", "h3");
    let error = read(&changed, &teasers()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "no items were found (5 more have no title, or no link that leads to a page of its own): `title = \"h2\"` and `link = \
             \"h2 a\"` found nothing; elements found by the other selectors: `item` 5"
        ),
        "{error}"
    );
    let fewer = Select { min_items: 5, ..teasers() };
    let error = read(LISTING_EN, &fewer).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "4 items were found where min_items asks for 5: elements found by the other"
        ),
        "{error}"
    );
    // None is fine only where feeds.toml says so.
    let none = Select { min_items: 0, ..teasers() };
    assert_eq!(read("<html><body>Nothing</body></html>", &none).unwrap().entries.len(), 0);
}

#[test]
fn items_without_title_or_link_are_passed_over_and_told() {
    let html = "<ul><li><a href=/x>X</a><li>An advertisement<li><a href=/y></a>\
                <li><a href='javascript:x()'>Hostile</a><li><a href=/x>X again</a></ul>";
    let document = read(html, &select("li", "a", "a")).unwrap();
    assert_eq!(links(&document).len(), 1);
    assert_eq!(
        document.repairs,
        [
            "3 items without title, or without link to a page of their own, were passed over",
            "1 items with the link of an earlier one were passed over"
        ]
    );
}

#[test]
fn what_is_no_page_is_refused() {
    let select = select("li", "a", "a");
    assert_eq!(read("", &select), Err(ReadError::Empty));
    assert_eq!(read("%PDF-1.4 x", &select), Err(ReadError::NotAPage { what: "a PDF" }));
    assert_eq!(read("{\"a\":1}", &select), Err(ReadError::NotAPage { what: "JSON" }));
    let feed = super::rss("");
    assert!(
        matches!(read(feed, &select), Err(ReadError::NotAPage { what }) if what.contains("kind"))
    );
    let bad = Select { item: "li[".to_owned(), ..select };
    assert!(matches!(read("<li>", &bad), Err(ReadError::Selector { name: "item", .. })));
}

#[test]
fn h25_h45_pages_cost_no_more_than_their_length() {
    let item = "<li><a href=/x>X</a><p>words</p></li>";
    let deep = |name: &str| {
        format!(
            "{}{item}{}",
            format!("<{name}>").repeat(49_000),
            format!("</{name}>").repeat(49_000)
        )
    };
    let tables = format!("{}{item}", "<table><tr><td>".repeat(30_000));
    let attributes: String = (0..1_000_000).map(|number| format!(" a{number}=x")).collect();
    let formatting: String = (0..20_000).map(|number| format!("<p><b a={number}>x")).collect();
    let wide = format!("<li>{}<a href=/x>X</a></li>", "<p>words</p>".repeat(49_000));
    for selectors in [
        select("li", "a", "a"),
        select("div, b, li", "p a, div a, a", "a"),
        select("li:nth-child(odd), p ~ p", "a", "a"),
    ] {
        for html in [
            deep("div"),
            deep("b"),
            tables.clone(),
            format!("{}{item}", "<p><section>".repeat(40_000)),
            format!("<div{attributes}></div>{item}"),
            format!("<div x=\"{}\"></div>{item}", "y".repeat(8 << 20)),
            format!("{formatting}{item}"),
            wide.clone(),
            format!("{}{item}", "<li>".repeat(90_000)),
            format!("{item}{}", "&amp;<".repeat(1 << 20)),
            format!("{item}{}", "<a ".repeat(1 << 20)),
            format!("{item}{}", "<!--".repeat(1 << 20)),
            format!("<div>{}</div>{item}", "<div><a></div>".repeat(30_000)),
        ] {
            let start = Instant::now();
            let result = std::thread::Builder::new()
                .stack_size(1 << 20)
                .spawn({
                    let (html, selectors) = (html.clone(), selectors.clone());
                    move || read(html, &selectors).map(|document| document.entries.len())
                })
                .unwrap()
                .join()
                .unwrap();
            let took = start.elapsed();
            let head: String = html.chars().take(60).collect();
            assert!(took < Duration::from_secs(8), "{took:?}: {head} {}", selectors.item);
            // What is nested too deep is no item any more.
            let is_told = matches!(result, Ok(_) | Err(ReadError::PageChanged { .. }));
            assert!(is_told, "{result:?} {head}");
        }
    }
    assert!(matches!(
        read("<p>".repeat(200_000), &select("p", "p", "p")),
        Err(ReadError::PageTooLarge { .. })
    ));
    let many: String = (0..15_000).map(|n| format!("<li><a href=/{n}>T</a></li>")).collect();
    let document = read(many, &select("li", "a", "a")).unwrap();
    assert_eq!(document.entries.len(), 1000);
    assert_eq!(document.repairs, ["only the first 1000 items were read"]);
}

#[test]
fn places_of_one_page_are_items_and_other_ways_to_a_story_are_not() {
    let page = "<ul><li><a href='/agenda#a'>Workshop</a><li><a href='/agenda#b'>Reading group</a>\
        <li><a href='/agenda#b'>Once more</a><li><a href='/agenda#c'>Workshop</a>\
        <li><a href='/1'>One</a><li><a href='/1#comments'>3 comments</a><li><a href='/1?utm_source=x'>One, again</a></ul>";
    let document = read(page, &select("li", "a", "a")).unwrap();
    let base = "https://archive.harbour.example";
    let expected = ["/agenda#a", "/agenda#b", "/1"].map(|path| format!("{base}{path}"));
    assert_eq!(links(&document), expected);
}
