//! What the store keeps besides the model's own types.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::model::{EntryNumber, FileRecord};

/// Numbers that only ever grow; part of every commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Number of the newest commit.
    pub commit: u64,
    /// The next entry's number is one more.
    pub next_entry: u64,
    /// The next story's number is one more.
    pub next_story: u64,
    /// The next public story's place on the wire is one more.
    pub next_sequence: u64,
    /// Stories that are public now.
    pub public_stories: u64,
}

/// What is remembered of an identity that a source once listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its entry; `None` where it was remembered without being taken.
    pub entry: Option<EntryNumber>,
    /// When the source listed it last, to the day.
    pub last_listed: DateTime<Utc>,
}

/// The identity of an output, made once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// Atom id of the output.
    pub feed_id: String,
    /// When it was made; the `updated` of an output without stories.
    pub created: DateTime<Utc>,
}

/// What is known of a published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFile {
    /// Digest of everything that the file was made from.
    pub digest: u128,
    /// The file as it was when it was written or last compared.
    pub file: FileRecord,
}

/// How far the sweep has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sweep {
    /// When it last came to its end.
    pub at: Option<DateTime<Utc>>,
    /// Entries up to this one have been looked at.
    pub entries: EntryNumber,
    /// Where it goes on among identities; empty for the first.
    pub seen: Vec<u8>,
}

/// An identity, as the store names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenKey(pub(super) Vec<u8>);

/// Something that the hub is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Not before this.
    pub due: DateTime<Utc>,
    /// How often it failed.
    pub tries: u32,
    /// Since when it is to be told.
    pub since: DateTime<Utc>,
}

/// An output directory, as the store tells such directories apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub(super) u64);

impl Place {
    /// Where files lie that were published before directories were told apart (format 1).
    pub(super) const UNKNOWN: Self = Self(0);

    /// The place of a directory; its path is absolute.
    pub fn of(directory: &Path) -> Self {
        Self(xxh3_64(directory.as_os_str().as_encoded_bytes()))
    }
}
