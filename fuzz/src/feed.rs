//! Feeds: any bytes are read or refused with a reason, and read twice they are the same.

use samizdat::read::{self, Input};
use url::Url;

/// What feeds are made of.
pub const WORDS: &[&str] = &[
    "<?xml version=\"1.0\" encoding=\"",
    "utf-8",
    "iso-8859-1",
    "windows-1251",
    "utf-16",
    "utf-7",
    "?>",
    "<!DOCTYPE rss [",
    "<!ENTITY x \"",
    "]>",
    "<rss version=\"2.0\">",
    "</rss>",
    "<rdf:RDF>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
    "<channel>",
    "</channel>",
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "<title type=\"html\">",
    "<link>",
    "</link>",
    "<link href=\"/x\" rel=\"",
    "alternate",
    "enclosure",
    "<guid isPermaLink=\"false\">",
    "</guid>",
    "<id>",
    "</id>",
    "<description>",
    "</description>",
    "<content:encoded>",
    "</content:encoded>",
    "<content type=\"xhtml\">",
    "<content type=\"html\">",
    "</content>",
    "<summary>",
    "<pubDate>",
    "</pubDate>",
    "Mon, 02 Nov 2026 10:00:00 +0000",
    "<updated>",
    "<published>",
    "<dc:creator>",
    "<dc:date>",
    "<author>",
    "<name>",
    "a@b.org (A)",
    "<category term=\"x\"/>",
    "<category>",
    "<enclosure url=\"/a.mp3\" length=\"1\" type=\"audio/mpeg\"/>",
    "<media:group>",
    "<media:content url=\"/i.jpg\"/>",
    "<itunes:duration>",
    "99999999999999999999",
    "<source url=\"/s\">",
    "<atom:link rel=\"hub\" href=\"/h\"/>",
    "<ttl>",
    "<skipHours>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "xml:base=\"../\"",
    "xml:lang=\"el\"",
    "xmlns=\"\"",
    "xmlns:a=\"",
    "xmlns:media=\"http://search.yahoo.com/mrss/\"",
    "<div>",
    "</div>",
    "<p>",
    "&lt;p&gt;",
    "&amp;",
    "&amp;amp;",
    "&eacute;",
    "&#0;",
    "&#x1F54A;",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "\0",
    "\u{1b}",
    "\u{feff}",
    "\u{fffe}",
    "é",
    "\r\n",
    "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[",
    "{\"id\":\"1\",",
    "\"title\":",
    "\"content_html\":",
    "\"url\":",
    "\"date_published\":",
    "\"attachments\":[",
    "\"authors\":[{\"name\":",
    "]}",
    "null",
    "1e400",
    "\\ud800",
    "\\u0000",
];

/// A header may stand before the body: `Content-Type: …` and a line feed.
pub(crate) fn header(data: &[u8]) -> (Option<&str>, &[u8]) {
    let rest = data.strip_prefix(b"Content-Type: ").unwrap_or_default();
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return (None, data) };
    let (value, body) = rest.split_at(end);
    match std::str::from_utf8(value) {
        Ok(value) => (Some(value), body.get(1..).unwrap_or_default()),
        Err(_) => (None, data),
    }
}

/// Reads a feed twice.
pub fn target(data: &[u8]) -> u64 {
    let (content_type, bytes) = header(data);
    let base = Url::parse("https://partner.example/feed/").unwrap();
    let input = Input { bytes, content_type, base: &base, zone: None };
    let read = read::feed(&input);
    // NaN equals nothing, but nothing of a feed is a floating number; so what differs, differs.
    assert_eq!(format!("{read:?}"), format!("{:?}", read::feed(&input)), "read twice it differs");
    match read {
        Err(refused) => {
            let told = refused.to_string();
            assert!(told.len() > 10, "a refusal says why: {told:?}");
            super::kind(("refused", without_particulars(&told)))
        }
        Ok(document) => {
            let entries = document.entries.iter().take(3).map(|entry| {
                (
                    (entry.guid.is_some(), entry.link.is_some(), entry.title.is_some()),
                    (entry.content.is_some(), entry.summary.is_some(), entry.published.is_some()),
                    (
                        !entry.authors.is_empty(),
                        !entry.categories.is_empty(),
                        !entry.enclosures.is_empty(),
                    ),
                    (entry.image.is_some(), entry.language.is_some(), entry.base.is_some()),
                )
            });
            let entries: std::collections::BTreeSet<_> = entries.collect();
            let repairs: Vec<String> =
                document.repairs.iter().map(|repair| without_particulars(repair)).collect();
            super::kind((format!("{:?}", document.format), entries, repairs))
        }
    }
}

/// A message without numbers and what it quotes.
fn without_particulars(told: &str) -> String {
    let unquoted: String = told.split('"').step_by(2).collect();
    unquoted.chars().filter(|c| !c.is_ascii_digit()).take(120).collect()
}
