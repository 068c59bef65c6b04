//! What `read` found in the bytes of a source, before anything is judged or made safe.

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::{Enclosure, EntryDetails, FeedDetails};

/// The kind of document that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RSS 0.9x and 2.0.
    Rss,
    /// Atom 0.3 and 1.0.
    Atom,
    /// RSS 0.90, 1.0 and 1.1 in RDF.
    Rdf,
    /// JSON Feed.
    Json,
    /// An HTML page read with selectors.
    Page,
    /// An article's own page.
    Article,
}

/// A document as its source gave it. Text may hold HTML and hostile characters.
#[derive(Debug, Clone, PartialEq)]
pub struct RawDocument {
    /// The kind of document.
    pub format: Format,
    /// The feed's title.
    pub title: Option<RawContent>,
    /// The feed's own id (Atom `id`).
    pub id: Option<String>,
    /// The web site that the feed belongs to, absolute.
    pub site: Option<String>,
    /// Language tag as declared.
    pub language: Option<String>,
    /// WebSub hub.
    pub hub: Option<String>,
    /// Rights of the whole feed.
    pub rights: Option<String>,
    /// Newest of the feed's own dates.
    pub updated: Option<DateTime<Utc>>,
    /// Authors of the whole feed; they hold for entries without any.
    pub authors: Vec<String>,
    /// Picture of the whole feed.
    pub image: Option<String>,
    /// What the document says about polling it.
    pub hints: Hints,
    /// What it says beyond that.
    pub details: FeedDetails,
    /// Entries in document order.
    pub entries: Vec<RawEntry>,
    /// What had to be mended to read it, in words for maintainers.
    pub repairs: Vec<String>,
}

/// What a document says about when to poll it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Hints {
    /// RSS `ttl`, or `sy:updatePeriod` divided by `sy:updateFrequency`.
    pub interval: Option<Duration>,
    /// RSS `skipHours`, 0 to 23, GMT.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`, 0 (Monday) to 6, GMT.
    pub skip_days: Vec<u8>,
}

/// Words with the knowledge of whether they are markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawContent {
    /// Plain text: `<` means `<`.
    Text(String),
    /// HTML, to be made safe.
    Html(String),
}

/// One item as its source gave it. Dates are parsed, not judged; URLs may be relative to `base`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawEntry {
    /// guid, Atom id or JSON Feed id; empty ones are `None`.
    pub guid: Option<String>,
    /// The item's own link (Atom: rel=alternate).
    pub link: Option<String>,
    /// Title.
    pub title: Option<RawContent>,
    /// Summary or description.
    pub summary: Option<RawContent>,
    /// Full content.
    pub content: Option<RawContent>,
    /// Names, without e-mail addresses.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: Option<DateTime<Utc>>,
    /// Date of the last change.
    pub updated: Option<DateTime<Utc>>,
    /// Category labels.
    pub categories: Vec<String>,
    /// Picture of the item.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// Language tag of the item.
    pub language: Option<String>,
    /// Rights or licence of the item.
    pub rights: Option<String>,
    /// What relative URLs of this item are resolved against.
    pub base: Option<Url>,
    /// A date that was there and could not be read, as written.
    pub unread_date: Option<String>,
    /// What it says beyond that.
    pub details: EntryDetails,
}
