//! Tests of the room, in groups.

mod any_bytes;
mod article;
mod corpus;
mod damage;
mod details;
mod evaluation;
mod hostile;
mod json;
mod meaning;
mod page;
mod partial;
mod safe_article;

use url::Url;

use super::{Input, ReadError, feed};
use crate::model::{RawContent, RawDocument};

fn read(bytes: impl AsRef<[u8]>) -> Result<RawDocument, ReadError> {
    read_as(bytes, None)
}

fn read_as(bytes: impl AsRef<[u8]>, content_type: Option<&str>) -> Result<RawDocument, ReadError> {
    let base = Url::parse("https://partner.example/feed/").unwrap();
    feed(&Input { bytes: bytes.as_ref(), content_type, base: &base, zone: None })
}

/// The words, whether text or HTML.
fn said(content: Option<&RawContent>) -> &str {
    match content {
        Some(RawContent::Text(words) | RawContent::Html(words)) => words,
        None => "",
    }
}

/// An RSS feed of three items, the second of which is given.
fn rss(second: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Partner</title><link>https://partner.example/</link><description>News</description>
<item><title>First</title><link>https://partner.example/1</link><guid>https://partner.example/1</guid><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate><description>One</description></item>
{second}
<item><title>Third</title><link>https://partner.example/3</link><guid>https://partner.example/3</guid><description>Three</description></item>
</channel></rss>"#
    )
}

/// An item with the given title and description.
fn item(title: &str, description: &str) -> String {
    format!(
        "<item><title>{title}</title><link>https://partner.example/2</link>\
         <guid>https://partner.example/2</guid><description>{description}</description></item>"
    )
}

/// An Atom feed of three entries, the second of which is given.
fn atom(second: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Partner</title><id>urn:feed</id><updated>2026-11-02T10:00:00Z</updated>
<entry><id>urn:1</id><title>First</title><link href="https://partner.example/1"/><updated>2026-11-02T10:00:00Z</updated><content type="html">&lt;p&gt;One&lt;/p&gt;</content></entry>
{second}
<entry><id>urn:3</id><title>Third</title><link href="https://partner.example/3"/><updated>2026-11-02T10:00:00Z</updated></entry>
</feed>"#
    )
}
