//! No bytes make reading panic, and what is read twice is the same.

use proptest::prelude::*;

use super::{atom, item, read, read_as, rss};

/// Pieces of which feeds, good and bad, are made.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "&",
    ";",
    "\"",
    "'",
    "=",
    " ",
    "é",
    "\u{0}",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<description>",
    "</description>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "<!DOCTYPE",
    "[",
    "]>",
    "<link",
    "<guid isPermaLink=",
    "&#",
    "&eacute;",
    "&#x110000;",
    "<content:encoded>",
    "<media:group>",
    "</media:group>",
    "<entry>",
    "</entry>",
    "<author>",
    "a@b.cd",
    "«",
    "<channel>",
    "</channel>",
    "</rss>",
    "xml:base=\"http://[\"",
    "xmlns=\"\"",
    "xmlns:xml=\"x\"",
    "xmlns:a=\"",
    "<rss version=\"2.0\">",
    "<a:b>",
    "</a:b>",
    "<feed>",
    "</feed>",
    "<content type=\"xhtml\">",
    "</content>",
    "<pubDate>",
    "99999999999999999999",
    "<itunes:duration>",
];

fn samples() -> Vec<String> {
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","title":"\ud83d\ude00"}]}"#;
    vec![
        rss(&item("Second & <b>last</b>", "<![CDATA[<p>x</p>]]>")),
        atom("<entry><id>2</id><content type=\"xhtml\"><div><p>x</p></div></content></entry>"),
        json.to_owned(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), header in ".{0,30}") {
        let _ = read_as(&bytes, Some(&header));
    }

    #[test]
    fn feeds_with_pieces_put_in_are_read_or_refused(
        sample in 0usize..3,
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..PIECES.len(), 0usize..40), 1..8),
    ) {
        let mut bytes = samples()[sample].clone().into_bytes();
        for (at, piece, removed) in cuts {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, PIECES[piece].bytes());
        }
        prop_assert_eq!(read(&bytes), read(&bytes));
    }

    #[test]
    fn soups_of_pieces_are_read_or_refused(pieces in proptest::collection::vec(0usize..PIECES.len(), 0..60)) {
        let soup: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let _ = read(&soup);
        let _ = read(format!("<rss version=\"2.0\"><channel>{soup}</channel></rss>"));
        let _ = read(rss(&format!("<item>{soup}</item>")));
        let _ = read(atom(&format!("<entry>{soup}</entry>")));
    }

    #[test]
    fn words_survive_as_they_were_written(words in "[^\\u{0}-\\u{8}\\u{b}\\u{c}\\u{d}-\\u{1f}\\u{feff}\\u{fffe}\\u{ffff}]{0,60}") {
        let escaped = quick_xml::escape::escape(words.as_str());
        let document = read(rss(&item("Second", &escaped))).unwrap();
        prop_assert_eq!(super::said(document.entries[1].summary.as_ref()), words.trim());
        prop_assert!(document.repairs.is_empty());
    }
}
