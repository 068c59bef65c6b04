//! What feeds say beyond what the wire stores and publishes: shown by `preview`, kept nowhere.
//!
//! The same types serve `read`, which fills them with what is written, and `clean`, which makes
//! text plain and leaves only web addresses. What is not said is left out of the JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// What a feed says of itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FeedDetails {
    /// WebSub hubs, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hubs: Vec<String>,
    /// How long to wait between polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u64>,
    /// RSS `skipHours`, GMT.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`, 0 is Monday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_days: Vec<u8>,
    /// Links to the feed itself and to other parts of it (RFC 5005): self, first, last, next,
    /// previous, current, prev-archive, next-archive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Related>,
    /// It lists all of its entries: one that is missing is gone (RFC 5005 `fh:complete`).
    #[serde(skip_serializing_if = "is_false")]
    pub complete: bool,
    /// It is an archive that changes no more (RFC 5005 `fh:archive`).
    #[serde(skip_serializing_if = "is_false")]
    pub archive: bool,
    /// Entries that are gone (RFC 6721).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Tombstone>,
    /// Whether search engines may index it, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_index: Option<bool>,
    /// Addresses of licences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<String>,
    /// Names of contributors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<String>,
    /// The program that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct EntryDetails {
    /// The feed that it says it was taken from: a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_source: Option<ClaimedSource>,
    /// What `isPermaLink` says of the guid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_permalink: Option<bool>,
    /// Language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Rights in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
    /// Addresses of licences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<String>,
    /// Names of contributors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<String>,
    /// Categories with more than a label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_terms: Vec<CategoryTerm>,
    /// Recordings and pictures with what is said of them; those of one group are alternatives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Medium>,
    /// Length of the recording in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// Number of the episode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u64>,
    /// Number of the season.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<u64>,
    /// Transcripts of the recording.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transcripts: Vec<Related>,
    /// Chapters of the recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chapters: Option<Related>,
    /// Ids of the entries that it answers (RFC 4685).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_reply_to: Vec<String>,
    /// The page of its comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// The feed of its comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments_feed: Option<String>,
    /// How many comments it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment_count: Option<u64>,
    /// Links to other pages: via, related, canonical, editions in other languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Related>,
    /// Where it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// A feed that an entry names as its origin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ClaimedSource {
    /// Its title.
    pub title: Option<String>,
    /// Its address: the feed's (RSS) or the site's (Atom).
    pub url: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// A link with what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The relation, or the media type of a transcript.
    pub rel: String,
    /// Where it leads.
    pub url: String,
    /// The language of what is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// An entry that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tombstone {
    /// Its id.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Since when.
    pub when: Option<DateTime<Utc>>,
}

/// A category with its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CategoryTerm {
    /// The term, for programs.
    pub term: String,
    /// The label, for people.
    pub label: Option<String>,
    /// The vocabulary that the term is from.
    pub scheme: Option<String>,
}

/// A recording or a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Medium {
    /// Where it is.
    pub url: String,
    /// Media type; empty where unknown.
    #[serde(rename = "type")]
    pub media_type: String,
    /// The group it belongs to, counted from 1; those of one group show the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<usize>,
    /// Whether the feed prefers it to the others of its group.
    #[serde(skip_serializing_if = "is_false")]
    pub is_default: bool,
    /// Length in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// Width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u64>,
    /// Height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A place on Earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// North is positive.
    pub latitude: f64,
    /// East is positive.
    pub longitude: f64,
}

fn is_false(value: &bool) -> bool {
    !value
}
