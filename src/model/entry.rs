//! An entry: one item as one source gave it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Number of an entry, given once and never reused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct EntryNumber(pub u64);

/// The facts about an entry; its words are in [`Text`], by number and revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The source that gave it.
    pub source: String,
    /// What identifies it within the source.
    pub identity: String,
    /// The story that it belongs to.
    pub story: super::StoryNumber,
    /// When we saw it first.
    pub first_seen: DateTime<Utc>,
    /// Publication date as the source gave it.
    pub published: Option<DateTime<Utc>>,
    /// Date of the last change as the source gave it.
    pub updated: Option<DateTime<Utc>>,
    /// Its permalink.
    pub url: Option<String>,
    /// The form of `url` that is equal for equal pages.
    pub canonical_link: Option<String>,
    /// Raised with every substantive change; names the current [`Text`].
    pub revision: u32,
    /// Hash of everything that subscribers would see, to tell a change from a repetition; or
    /// [`RECALLED`], or [`TAKEN_DOWN`].
    pub fingerprint: u128,
    /// What was mended, in words for maintainers.
    pub repairs: Vec<String>,
}

/// The fingerprint of an entry that is known from our own outputs alone: its words may be less than
/// its source gave, so that reading it again is no news.
pub const RECALLED: u128 = 0;

/// The fingerprint of an entry that was taken down: nothing that its source gives under its names is
/// taken any more.
pub const TAKEN_DOWN: u128 = 1;

/// Begins the identity of an entry of which only the hash of its identity is known.
const HASHED_IDENTITY: &str = "samizdat-hashed:";

impl Entry {
    /// An identity of which only the hash is known.
    pub fn hashed_identity(hash: u128) -> String {
        format!("{HASHED_IDENTITY}{hash:032x}")
    }

    /// What is left of it once its words are gone for good: when it was seen, and of what it is
    /// known by nothing but the hash.
    pub fn taken_down(self) -> Self {
        Self {
            identity: Self::hashed_identity(self.identity_hash()),
            published: None,
            updated: None,
            url: None,
            canonical_link: None,
            revision: self.revision.saturating_add(1),
            fingerprint: TAKEN_DOWN,
            repairs: Vec::new(),
            ..self
        }
    }

    /// Whether its words are gone for good.
    pub fn is_taken_down(&self) -> bool {
        self.fingerprint == TAKEN_DOWN
    }

    /// The hash of its identity: what the store and the outputs know it by.
    pub fn identity_hash(&self) -> u128 {
        let hash = self.identity.strip_prefix(HASHED_IDENTITY);
        let hash = hash.and_then(|digits| u128::from_str_radix(digits, 16).ok());
        hash.unwrap_or_else(|| xxhash_rust::xxh3::xxh3_128(self.identity.as_bytes()))
    }
}

/// The words of one revision of an entry; all of it sanitised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Text {
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Sanitised HTML.
    pub content_html: String,
    /// Names.
    pub authors: Vec<String>,
    /// Category labels.
    pub categories: Vec<String>,
    /// Picture.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// Language: primary subtag, lower case; empty where unknown.
    pub language: String,
    /// Rights or licence.
    pub rights: Option<String>,
}

impl Text {
    /// Whether nothing is left of it but what stays for ever: title, credits, categories, rights.
    pub fn is_bare(&self) -> bool {
        self.summary.is_empty()
            && self.content_html.is_empty()
            && self.image.is_none()
            && self.enclosures.is_empty()
    }

    /// Whether words may be lost that it had: those of old entries go, and of an entry that is known
    /// from our own outputs only what they showed is there.
    pub fn is_partial(&self, entry: &Entry) -> bool {
        entry.fingerprint == RECALLED || self.is_bare()
    }

    /// What stays for ever.
    pub fn without_words(self) -> Self {
        Self {
            summary: String::new(),
            content_html: String::new(),
            image: None,
            enclosures: Vec::new(),
            ..self
        }
    }
}

/// A file that belongs to an item, such as a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Enclosure {
    /// Absolute URL.
    pub url: String,
    /// Media type; empty where unknown.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Size in bytes; 0 where unknown.
    pub length: u64,
}
