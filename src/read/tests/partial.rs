//! Documents that end in the middle: refused by `feed`, shown by `feed_as_far_as_it_goes`.

use url::Url;

use super::{atom, item, rss, said};
use crate::read::{Input, Partial, ReadError, feed, feed_as_far_as_it_goes};

fn partial(text: &str) -> (Vec<String>, Option<ReadError>) {
    let base = Url::parse("https://partner.example/feed").unwrap();
    let input = Input { bytes: text.as_bytes(), content_type: None, base: &base, zone: None };
    let Partial { document, error } = feed_as_far_as_it_goes(&input);
    // The two agree on what is an error.
    assert_eq!(feed(&input).err(), error);
    let entries = document.map(|document| document.entries).unwrap_or_default();
    (entries.iter().map(|entry| said(entry.title.as_ref()).to_owned()).collect(), error)
}

/// How many entries are whole before a place: as many as end before it.
#[track_caller]
fn cut_everywhere(whole: &str, end: &str, safe: usize) {
    for at in (0..safe).filter(|at| whole.is_char_boundary(*at)) {
        let cut = whole.get(..at).unwrap();
        let (titles, error) = partial(cut);
        if error != Some(ReadError::Truncated) {
            assert!(titles.is_empty() && error.is_some(), "at {at}: {titles:?} {error:?}");
            continue;
        }
        let ended = cut.matches(end).count();
        assert_eq!(titles.len(), ended, "at {at}: {titles:?}");
    }
}

#[test]
fn h30_entries_before_a_cut_are_shown_wherever_it_falls() {
    let whole = rss(&item("Bread &amp; Roses", "<![CDATA[<p>one</p>]]>"));
    cut_everywhere(&whole, "</item>", whole.find("</channel>").unwrap());
    let whole = atom("<entry><id>2</id><title>Second</title></entry>");
    cut_everywhere(&whole, "</entry>", whole.find("</feed>").unwrap());
}

#[test]
fn a_cut_json_feed_shows_its_whole_items() {
    let whole = r#"{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[
        {"id":"1","title":"First","content_text":"a } b \" ] c","tags":["x"]},
        {"id":"2","title":"Second","content_text":"x","authors":[{"name":"A"}]}]}"#;
    let second = whole.find("{\"id\":\"2\"").unwrap();
    let (titles, error) = partial(whole.get(..second + 20).unwrap());
    assert_eq!((titles, error), (vec!["First".to_owned()], Some(ReadError::Truncated)));
    let (titles, error) = partial(whole.get(..whole.len() - 1).unwrap());
    assert_eq!(titles, ["First", "Second"]);
    assert_eq!(error, Some(ReadError::Truncated));
    assert_eq!(partial(whole).1, None);
}
