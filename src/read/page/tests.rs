//! Listing pages as organisations make them.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use url::Url;

use super::page;
use crate::model::{Format, RawContent, RawDocument, Select};
use crate::read::{Input, ReadError};

fn select() -> Select {
    Select {
        item: "article.teaser".into(),
        title: "h2".into(),
        link: "h2 a".into(),
        summary: Some(".teaser__text".into()),
        date: Some("time, .date".into()),
        date_format: Some("%d %B %Y".into()),
        image: Some("img".into()),
        min_items: 1,
        ..Select::default()
    }
}

fn read(html: &str, select: &Select) -> Result<RawDocument, ReadError> {
    let base = Url::parse("https://www.union.example/el/news?page=1").unwrap();
    let input = Input {
        bytes: html.as_bytes(),
        content_type: Some("text/html; charset=utf-8"),
        base: &base,
        zone: Some(Tz::Europe__Athens),
    };
    page(&input, select)
}

fn teaser(link: &str, title: &str, date: &str) -> String {
    format!(
        "<article class='teaser big'><img data-src='/i/1.jpg' src='data:x'><h2><a href='{link}'>{title}</a></h2><p class=teaser__text>Some <b>words</b>.</p>{date}</article>"
    )
}

fn date(year: i32, month: u32, day: u32, hour: u32) -> Option<DateTime<Utc>> {
    Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).single()
}

#[test]
fn items_are_read_with_everything_that_the_selectors_name() {
    let html = format!(
        "<html lang=el><title>Νέα &amp; λόγια</title><base href=/el/>{}{}",
        teaser(
            "a/1",
            "  Απεργία\n στον Πειραιά ",
            "<time datetime='2026-11-02T10:00:00+02:00'>χθες</time>"
        ),
        teaser("../b", "Δεύτερο", "<span class=date>2 Νοεμβρίου 2026</span>"),
    );
    let document = read(&html, &select()).unwrap();
    assert_eq!((document.format, document.language.as_deref()), (Format::Page, Some("el")));
    assert_eq!(document.title, Some(RawContent::Text("Νέα & λόγια".into())));
    let [first, second] = &document.entries[..] else { panic!("{document:?}") };
    assert_eq!(first.title, Some(RawContent::Text("Απεργία στον Πειραιά".into())));
    assert_eq!(first.link.as_deref(), Some("https://www.union.example/el/a/1"));
    assert_eq!(first.summary, Some(RawContent::Html("Some <b>words</b>.".into())));
    assert_eq!(first.image.as_deref(), Some("/i/1.jpg"));
    assert_eq!(first.published, date(2026, 11, 2, 8));
    assert_eq!(second.link.as_deref(), Some("https://www.union.example/b"));
    // Midnight in Athens.
    assert_eq!(second.published, date(2026, 11, 1, 22));
}

#[test]
fn dates_are_read_in_the_partners_languages_and_by_their_format() {
    for (written, format, expected) in [
        ("2 November 2026", "%d %B %Y", date(2026, 11, 1, 22)),
        ("2. Dezember 2026", "%d. %B %Y", date(2026, 12, 1, 22)),
        ("2 novembre 2026", "%d %B %Y", date(2026, 11, 1, 22)),
        ("2 de noviembre de 2026", "%d %B %Y", date(2026, 11, 1, 22)),
        ("2 ноября 2026", "%d %B %Y", date(2026, 11, 1, 22)),
        ("2 Kasım 2026", "%d %B %Y", date(2026, 11, 1, 22)),
        ("Published: 2 November 2026", "%d %B %Y", date(2026, 11, 1, 22)),
        // Which number is the month, the format says.
        ("03/02/2026", "%d/%m/%Y", date(2026, 2, 2, 22)),
        ("03/02/2026", "%m/%d/%Y", date(2026, 3, 1, 22)),
        ("02.11.2026 14:00", "%d.%m.%Y %H:%M", date(2026, 11, 2, 12)),
        // What cannot be is none.
        ("31 February 2026", "%d %B %Y", None),
        ("soon", "%d %B %Y", None),
    ] {
        let select = Select { date_format: Some(format.into()), ..select() };
        let html = teaser("/1", "One", &format!("<span class=date>{written}</span>"));
        let document = read(&html, &select).unwrap();
        assert_eq!(document.entries[0].published, expected, "{written}");
        let unread = document.entries[0].unread_date.as_deref();
        assert_eq!(unread, expected.is_none().then_some(written));
    }
}

#[test]
fn what_stands_twice_or_has_no_link_is_left_out_and_said() {
    let html = teaser("/1", "One", "")
        + &teaser("/1", "One again", "")
        + "<article class=teaser><h2>No link</h2></article>"
        + &teaser("javascript:x()", "Hostile", "");
    let document = read(&html, &select()).unwrap();
    assert_eq!(document.entries.len(), 1);
    assert_eq!(
        document.repairs,
        [
            "2 items without a title or a link were left out",
            "1 items whose link stands on the page twice were left out"
        ]
    );
}

#[test]
fn a_whole_teaser_may_be_the_link() {
    let html = "<a class=card href=/1><h3>One</h3></a><a class=card href=/2><h3>Two</h3></a>";
    let select = Select {
        item: "a.card".into(),
        title: "h3".into(),
        link: "a".into(),
        min_items: 1,
        ..Select::default()
    };
    let document = read(html, &select).unwrap();
    assert_eq!(document.entries[1].link.as_deref(), Some("https://www.union.example/2"));
}

#[test]
fn a_page_that_changed_says_which_selector_found_nothing() {
    let html = "<div class=post><h2><a href=/1>One</a></h2></div><div class=post><h2><a href=/2>Two</a></h2></div>";
    let error = read(html, &select()).unwrap_err().to_string();
    for part in [
        "`item = \"article.teaser\"`",
        "`summary = \".teaser__text\"`",
        "found nothing",
        "`title` 2",
        "`link` 2",
        "[source.select]",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let few = Select { min_items: 3, ..select() };
    let error = read(&teaser("/1", "One", ""), &few).unwrap_err().to_string();
    assert!(error.starts_with("1 items were found where min_items asks for 3"), "{error}");
    // None is fine only where feeds.toml says so.
    let none = Select { min_items: 0, ..select() };
    assert_eq!(read(html, &none).unwrap().entries, []);
}

#[test]
fn h25_h45_a_hostile_page_is_read_in_bounds() {
    let deep = format!("{}{}", teaser("/1", "One", ""), "<div>".repeat(100_000));
    assert_eq!(read(&deep, &select()).unwrap().entries.len(), 1);
    let many: String = (0..20_000).map(|n| teaser(&format!("/{n}"), "T", "")).collect();
    let document = read(&many, &select()).unwrap();
    assert_eq!(document.entries.len(), super::MOST_ITEMS);
    assert!(document.repairs[0].contains("more than are read"), "{:?}", document.repairs);
    assert!(matches!(read("%PDF-1.7", &select()), Err(ReadError::NotAFeed { .. })));
    assert_eq!(read("  ", &select()), Err(ReadError::Empty));
}
