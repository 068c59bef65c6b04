//! The store as lines: one JSON value for each record, in words that do not depend on the engine.
//!
//! What can be derived (members, parts, sums) is not in them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decisions::Cleansing;
use super::keys::{self, TreeName};
use super::ledger::{Ledger, weight};
use super::migrate::format_1;
use super::pages::{ReadArticle, SavedPage, Waiting};
use super::values::{Counters, Job, OutputRecord, Place, PublishedFile, Seen};
use super::{Result, View, record};
use crate::model::{
    Decision, Entry, EntryNumber, HostState, PollRecord, Removed, SourceState, Stopped, Story,
    StoryNumber, Text,
};

/// One record of the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// Numbers that only grow.
    Counters(Counters),
    /// The newest time that was told to the store, and the latest at which a story entered, in
    /// milliseconds since 1970.
    Times { newest: i64, entered: i64 },
    /// Authority and date of `tag:` URIs.
    TagAuthority(String),
    /// Digest of the tag rules by which the stories are tagged.
    Rules(Hash),
    /// Until when everything that the outputs lack of a source is known to be old.
    Horizon { source: String, until: DateTime<Utc> },
    /// An entry that waits for its article.
    Waiting { source: String, identity: Hash, waiting: Box<Waiting> },
    /// How the article of an entry was read.
    Article { entry: EntryNumber, article: Box<ReadArticle> },
    /// What repeats in the articles of a source.
    Repetition { source: String, known: String },
    /// The last good page of a source.
    Page { source: String, page: SavedPage },
    /// The identity of an output, by its directory.
    Output { directory: String, output: OutputRecord },
    /// Ids of the outputs of feeds.toml that carry a story.
    Selected { story: StoryNumber, outputs: Vec<String> },
    /// An organisation's name and the id that was made from it.
    Organisation { name: String, id: String },
    /// An id and the name that it was made from.
    OrganisationId { id: String, name: String },
    /// What is remembered of a source.
    Source { id: String, state: Box<SourceState> },
    /// What is remembered of a host.
    Host { host: String, state: HostState },
    /// A poll record, and the time in milliseconds since 1970 that is its place among others.
    Poll { source: String, place: i64, poll: Box<PollRecord> },
    /// An identity that a source listed.
    Seen { source: String, identity: Hash, seen: Seen },
    /// The facts of an entry.
    Entry { number: EntryNumber, entry: Box<Entry> },
    /// The words of an entry's revision.
    Text { entry: EntryNumber, revision: u32, text: Box<Text> },
    /// A story.
    Story { number: StoryNumber, story: Box<Story> },
    /// A name of a story.
    Alias { kind: u8, name: Hash, story: StoryNumber },
    /// A story's place on the wire.
    Wire { sequence: u64, story: StoryNumber },
    /// What editors decided about the story of an entry.
    Decision { source: String, identity: Hash, decision: Decision },
    /// A story that was removed from the outputs.
    Removed { story: StoryNumber, removed: Removed },
    /// Words of a story that was taken down.
    TakenWords { words: Hash, story: StoryNumber },
    /// A source that was taken down.
    Stopped { source: String, stopped: Stopped },
    /// What is left to do of a take-down.
    Cleansing(Cleansing),
    /// Something that the hub is to be told.
    Job { path: String, job: Job },
    /// A published file.
    File { place: Place, path: String, file: PublishedFile },
}

/// A hash, written in hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(pub(super) u128);

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        u128::from_str_radix(&digits, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

impl View {
    /// Walks through every record, compares its checksum, and gives the sums over all of them.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`] names the tree in which something is altered; what `visit`
    /// gives ends the walk.
    pub(super) fn walk<E: From<super::StoreError>>(
        &self,
        mut visit: impl FnMut(TreeName, &[u8], &[u8]) -> std::result::Result<(), E>,
    ) -> std::result::Result<Ledger, E> {
        let mut found = Ledger::default();
        for (name, word) in TreeName::ALL {
            for pair in self.scan(name, &[]) {
                let (key, record) = pair?;
                if name != TreeName::Part && !record::is_whole(&key, &record) {
                    return Err(self
                        .damaged(format!(
                            "a record of {word} does not have the checksum that it was written with"
                        ))
                        .into());
                }
                if let Some(weight) = weight(name, &key, &record) {
                    found.tree(name).add(weight);
                }
                visit(name, &key, &record)?;
            }
        }
        Ok(found)
    }

    /// Compares the sums over all records with those of the ledger.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`] names the tree in which something is missing or older than it
    /// was.
    pub(super) fn compare(&self, found: &Ledger) -> Result<()> {
        match self.ledger()?.difference(found) {
            None => Ok(()),
            Some((word, promised, found)) if promised.records != found.records => Err(self
                .damaged(format!(
                    "{word} has {} records and had {}",
                    found.records, promised.records
                ))),
            Some((word, ..)) => {
                Err(self.damaged(format!("{word} has records that are not its newest")))
            }
        }
    }

    /// Reads every record and compares it with its checksum, and all of them with the ledger.
    ///
    /// # Errors
    /// As [`View::walk`] and [`View::compare`].
    pub(super) fn verify(&self) -> Result<()> {
        let found = self.walk::<super::StoreError>(|_, _, _| Ok(()))?;
        self.compare(&found)
    }

    /// The line that a record becomes; `None` where it can be derived from others.
    pub(super) fn line(&self, name: TreeName, key: &[u8], record: &[u8]) -> Result<Option<Line>> {
        let odd = || self.damaged(format!("a key of {name:?} is not what belongs there"));
        let words = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| odd());
        let number = |bytes: &[u8]| keys::number(bytes).ok_or_else(odd);
        Ok(Some(match name {
            TreeName::Meta => return self.meta_line(key, record),
            TreeName::Member | TreeName::Part => return Ok(None),
            // Nothing is written there yet.
            TreeName::Band => return Err(odd()),
            TreeName::Gone => return self.gone_line(key, record).map(Some),
            TreeName::Decision => {
                let (source, hash) = keys::split_seen(key).ok_or_else(odd)?;
                let decision = self.decode(name, key, record)?;
                Line::Decision { source, identity: Hash(hash), decision }
            }
            TreeName::Source => {
                Line::Source { id: words(key)?, state: self.decode(name, key, record)? }
            }
            TreeName::Host => {
                let state = if self.format()? < super::FORMAT {
                    self.decode::<format_1::HostState>(name, key, record)?.into()
                } else {
                    self.decode(name, key, record)?
                };
                Line::Host { host: words(key)?, state }
            }
            TreeName::Poll => {
                let (source, _) = keys::split_name(key).ok_or_else(odd)?;
                Line::Poll {
                    source: words(source)?,
                    place: keys::time_of_poll(key).ok_or_else(odd)?,
                    poll: self.decode(name, key, record)?,
                }
            }
            TreeName::Seen => {
                let (source, hash) = keys::split_name(key).ok_or_else(odd)?;
                let hash = hash.first_chunk().ok_or_else(odd)?;
                Line::Seen {
                    source: words(source)?,
                    identity: Hash(u128::from_be_bytes(*hash)),
                    seen: self.decode(name, key, record)?,
                }
            }
            TreeName::Entry => Line::Entry {
                number: EntryNumber(number(key)?),
                entry: self.decode(name, key, record)?,
            },
            TreeName::Text => Line::Text {
                entry: EntryNumber(number(key)?),
                revision: key
                    .last_chunk()
                    .map(|revision| u32::from_be_bytes(*revision))
                    .ok_or_else(odd)?,
                text: self.decode(name, key, record)?,
            },
            TreeName::Story => Line::Story {
                number: StoryNumber(number(key)?),
                story: self.decode(name, key, record)?,
            },
            TreeName::Alias => {
                let (kind, hash) = key.split_first().ok_or_else(odd)?;
                let hash = hash.first_chunk().ok_or_else(odd)?;
                Line::Alias {
                    kind: *kind,
                    name: Hash(u128::from_be_bytes(*hash)),
                    story: self.decode(name, key, record)?,
                }
            }
            TreeName::Wire => {
                Line::Wire { sequence: number(key)?, story: self.decode(name, key, record)? }
            }
            TreeName::Job => Line::Job { path: words(key)?, job: self.decode(name, key, record)? },
            // In format 1 the place was not told.
            TreeName::File if self.format()? < super::FORMAT => Line::File {
                place: Place::UNKNOWN,
                path: words(key)?,
                file: self.decode(name, key, record)?,
            },
            TreeName::File => {
                let (place, path) = key.split_first_chunk().ok_or_else(odd)?;
                Line::File {
                    place: Place(u64::from_be_bytes(*place)),
                    path: words(path)?,
                    file: self.decode(name, key, record)?,
                }
            }
        }))
    }

    fn gone_line(&self, key: &[u8], record: &[u8]) -> Result<Line> {
        let odd = || self.damaged("a key of what is gone is not what belongs there");
        let rest = key.get(1..).unwrap_or_default();
        if key.starts_with(keys::TAKEN_WORDS) {
            let words = *rest.first_chunk().ok_or_else(odd)?;
            let story = self.decode(TreeName::Gone, key, record)?;
            Ok(Line::TakenWords { words: Hash(u128::from_be_bytes(words)), story })
        } else if key.starts_with(keys::REMOVED) {
            let number = keys::number(rest).ok_or_else(odd)?;
            let removed = self.decode(TreeName::Gone, key, record)?;
            Ok(Line::Removed { story: StoryNumber(number), removed })
        } else {
            Err(odd())
        }
    }

    fn format(&self) -> Result<u32> {
        Ok(self.get(TreeName::Meta, keys::FORMAT)?.unwrap_or(super::FORMAT))
    }

    fn meta_line(&self, key: &[u8], record: &[u8]) -> Result<Option<Line>> {
        let decode_words = || self.decode::<String>(TreeName::Meta, key, record);
        let rest = |prefix: &[u8]| {
            let rest = key.strip_prefix(prefix)?;
            String::from_utf8(rest.to_vec()).ok()
        };
        Ok(Some(
            if [keys::FORMAT, keys::BACKUP_TRIED, keys::SWEEP].contains(&key)
                || key.starts_with(keys::TOLD)
                || key.starts_with(keys::PRINTED)
            {
                return Ok(None);
            } else if key == keys::LEDGER {
                let ledger: Ledger = self.decode(TreeName::Meta, key, record)?;
                Line::Times { newest: ledger.newest_time, entered: ledger.newest_entered }
            } else if key == keys::COUNTERS {
                Line::Counters(self.decode(TreeName::Meta, key, record)?)
            } else if key == keys::TAG_AUTHORITY {
                Line::TagAuthority(decode_words()?)
            } else if key == keys::RULES {
                Line::Rules(Hash(self.decode(TreeName::Meta, key, record)?))
            } else if let Some(source) = rest(keys::HORIZON) {
                Line::Horizon { source, until: self.decode(TreeName::Meta, key, record)? }
            } else if let Some((source, hash)) = keys::split_waiting(key) {
                let waiting = self.decode(TreeName::Meta, key, record)?;
                Line::Waiting { source, identity: Hash(hash), waiting }
            } else if let Some(entry) = keys::split_article(key) {
                Line::Article { entry, article: self.decode(TreeName::Meta, key, record)? }
            } else if let Some(source) = rest(keys::REPETITION) {
                Line::Repetition { source, known: self.decode(TreeName::Meta, key, record)? }
            } else if let Some(source) = rest(keys::STOPPED) {
                Line::Stopped { source, stopped: self.decode(TreeName::Meta, key, record)? }
            } else if key == keys::CLEANSING {
                Line::Cleansing(self.decode(TreeName::Meta, key, record)?)
            } else if let Some(source) = rest(keys::PAGE) {
                Line::Page { source, page: self.decode(TreeName::Meta, key, record)? }
            } else if let Some(story) = keys::split_selected(key) {
                Line::Selected { story, outputs: self.decode(TreeName::Meta, key, record)? }
            } else if let Some(directory) = rest(keys::OUTPUT) {
                Line::Output { directory, output: self.decode(TreeName::Meta, key, record)? }
            } else if let Some(name) = rest(keys::ORGANISATION) {
                Line::Organisation { name, id: decode_words()? }
            } else if let Some(id) = rest(keys::ORGANISATION_ID) {
                Line::OrganisationId { id, name: decode_words()? }
            } else {
                return Err(self.damaged("meta has a key that does not belong there"));
            },
        ))
    }
}
