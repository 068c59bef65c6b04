//! JSON Feed, as it is specified and as it is written.

use super::{read, said};
use crate::model::{Format, RawContent};
use crate::read::ReadError;

const FEED: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Partner","home_page_url":"https://partner.example/",
"feed_url":"https://partner.example/feed.json","icon":"/icon.png","language":"el","authors":[{"name":"«x@y.org»"},{"name":"Editors"}],
"hubs":[{"type":"WebSub","url":"https://hub.example/"}],
"items":[{"id":"1","url":"https://partner.example/1","title":"a < b","content_html":"<p>One</p>","summary":"S","date_published":"2026-11-02T10:00:00+02:00",
"tags":["peace","peace","bread"],"authors":[{"name":"Jane"}],"image":"https://partner.example/1.png","language":"de",
"attachments":[{"url":"https://partner.example/1.mp3","mime_type":"audio/mpeg","size_in_bytes":7}]},
{"id":2,"url":"/2","content_text":"plain & simple"},
{"id":"3","external_url":"https://other.example/3","title":"Third"}]}"#;

#[test]
fn a_json_feed_is_read_whole() {
    let document = read(FEED).unwrap();
    assert_eq!(document.format, Format::Json);
    assert_eq!(document.site.as_deref(), Some("https://partner.example/"));
    assert_eq!(document.hub.as_deref(), Some("https://hub.example/"));
    assert_eq!(document.language.as_deref(), Some("el"));
    assert_eq!(document.image.as_deref(), Some("https://partner.example/icon.png"));
    assert_eq!(document.authors, ["Editors"]);
    let [first, second, third] = document.entries.as_slice() else { panic!("not three") };
    assert_eq!(first.title, Some(RawContent::Text("a < b".into())));
    assert_eq!(first.content, Some(RawContent::Html("<p>One</p>".into())));
    assert_eq!(first.published.unwrap().to_rfc3339(), "2026-11-02T08:00:00+00:00");
    assert_eq!(first.categories, ["peace", "bread"]);
    assert_eq!(first.enclosures[0].length, 7);
    assert_eq!(first.language.as_deref(), Some("de"));
    assert_eq!(second.guid.as_deref(), Some("2"));
    assert_eq!(second.link.as_deref(), Some("https://partner.example/2"));
    assert_eq!(second.content, Some(RawContent::Text("plain & simple".into())));
    assert_eq!(third.link.as_deref(), Some("https://other.example/3"));
}

#[test]
fn json_that_is_nearly_right_is_read() {
    for text in [
        FEED.replace("https://jsonfeed.org/version/1.1", "https://jsonfeed.org/version/1"),
        FEED.replace("\"version\":\"https://jsonfeed.org/version/1.1\",", ""),
        format!("\u{FEFF}{FEED}"),
        FEED.replace("plain & simple", "plain\n\t& simple"),
        FEED.replace("\"Third\"}]}", "\"Third\",},]} trailing"),
        FEED.replace("simple", r"sim\'ple\x"),
        FEED.replace("\"size_in_bytes\":7", "\"size_in_bytes\":\"7\"")
            .replace("[{\"name\":\"Jane\"}]", "\"Jane\""),
        FEED.replace("\"tags\":[", "\"tags\":[null,5,"),
    ] {
        assert_eq!(read(&text).unwrap().entries.len(), 3, "{text}");
    }
}

#[test]
fn json_that_was_cut_is_refused() {
    for at in (1..FEED.len()).filter(|at| FEED.is_char_boundary(*at)) {
        assert_eq!(read(FEED.get(..at).unwrap()), Err(ReadError::Truncated), "at {at}");
    }
}

#[test]
fn entries_that_are_no_objects_are_no_entries() {
    let text = r#"{"version":"https://jsonfeed.org/version/1","title":"x","items":[1,"2",null]}"#;
    assert_eq!(read(text), Err(ReadError::NoEntries));
    let text = r#"{"version":"https://jsonfeed.org/version/1","title":"x","items":[]}"#;
    assert_eq!(said(read(text).unwrap().title.as_ref()), "x");
}
