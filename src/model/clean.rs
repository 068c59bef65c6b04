//! A document whose text is safe, whose URLs are absolute, and whose entries have identities.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Enclosure, EntryDetails, FeedDetails, Format, Hints};

/// A [`super::RawDocument`] made safe; every string is free of characters that XML forbids.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanDocument {
    /// The kind of document.
    pub format: Format,
    /// The feed's title as plain text.
    pub title: Option<String>,
    /// The feed's own id.
    pub id: Option<String>,
    /// The web site that the feed belongs to; http or https.
    pub site: Option<String>,
    /// Language tag, well-formed, lower case.
    pub language: Option<String>,
    /// WebSub hub; http or https.
    pub hub: Option<String>,
    /// Rights of the whole feed.
    pub rights: Option<String>,
    /// Newest of the feed's own dates.
    pub updated: Option<DateTime<Utc>>,
    /// What the document says about polling it.
    pub hints: Hints,
    /// What it says beyond that.
    pub details: FeedDetails,
    /// Entries in document order; no two have the same identity.
    pub entries: Vec<CleanEntry>,
    /// What was mended, in words for maintainers.
    pub repairs: Vec<String>,
}

/// One item, safe to store, compare and publish.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CleanEntry {
    /// What identifies the item within its source: guid or id, else link, else a hash.
    pub identity: String,
    /// Every further name under which the same item may be known: its link, its hash.
    pub other_identities: Vec<String>,
    /// guid or id when it may serve as published id: it occurs once in its document.
    pub guid: Option<String>,
    /// The item's permalink, absolute, http or https.
    pub url: Option<String>,
    /// The form of `url` that is equal for equal pages; `None` where the link identifies nothing
    /// (a bare home page, or a link that several items of the document share).
    pub canonical_link: Option<String>,
    /// The same of the page on another site that its own page names as the original: a claim, by
    /// which it may join a story and never name one.
    pub claimed_link: Option<String>,
    /// The same of pages that are named as its translations.
    pub editions: Vec<String>,
    /// Plain text; never empty (an excerpt of the text where the source gives no title).
    pub title: String,
    /// Plain text, at most a few sentences; may be empty.
    pub summary: String,
    /// Sanitised HTML of all that the source syndicates of the item; may be empty.
    pub content_html: String,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date, plausible but not yet compared with the time of first sight.
    pub published: Option<DateTime<Utc>>,
    /// Date of the last change.
    pub updated: Option<DateTime<Utc>>,
    /// Category labels, trimmed, each once.
    pub categories: Vec<String>,
    /// Picture; http or https.
    pub image: Option<String>,
    /// Enclosures with http or https URLs.
    pub enclosures: Vec<Enclosure>,
    /// Language tag of the item, where the source gives one.
    pub language: Option<String>,
    /// Rights or licence.
    pub rights: Option<String>,
    /// What was mended in this item, in words for maintainers.
    pub repairs: Vec<String>,
    /// What it says beyond that; shown by `preview` alone.
    #[serde(skip)]
    pub details: EntryDetails,
}
