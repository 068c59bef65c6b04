//! Reading the store: one method for each question, in the words of the model.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::changes::AliasKind;
use super::engine::Pair;
use super::keys::{self, TreeName};
use super::ledger::Ledger;
use super::record::{self, Unreadable};
use super::values::{Counters, Job, Seen, SeenKey, Sweep};
use super::{Result, StoreError, View};
use crate::model::{
    Entry, EntryNumber, HostState, PollRecord, SourceState, Story, StoryNumber, Text,
};

impl View {
    pub(super) fn raw(&self, name: TreeName, key: &[u8]) -> Result<Option<sled::IVec>> {
        self.engine.get(name, key).map_err(|error| self.engine_error(error))
    }

    pub(super) fn get<T: DeserializeOwned>(&self, name: TreeName, key: &[u8]) -> Result<Option<T>> {
        let found = self.raw(name, key)?;
        found.map(|record| self.decode(name, key, &record)).transpose()
    }

    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        name: TreeName,
        key: &[u8],
        record: &[u8],
    ) -> Result<T> {
        let part = |index| match self.raw(TreeName::Part, &keys::part(name, key, index)) {
            Ok(part) => Ok(part.map(|part| part.to_vec())),
            Err(error) => Err(Undecoded::Store(error)),
        };
        record::decode(key, record, part).map_err(|undecoded| match undecoded {
            Undecoded::Store(error) => error,
            Undecoded::Record(unreadable) => {
                let what = match unreadable {
                    Unreadable::Short => "is cut short",
                    Unreadable::Version(_) => "has an unknown version",
                    Unreadable::Checksum => "does not have the checksum that it was written with",
                    Unreadable::Shape => "is not what belongs there",
                    Unreadable::Part => "is not complete",
                };
                self.damaged(format!("a record of {name:?} {what}"))
            }
        })
    }

    /// What the store holds by its own account.
    pub(super) fn ledger(&self) -> Result<Ledger> {
        let found = self.get(TreeName::Meta, keys::LEDGER)?;
        found.ok_or_else(|| self.damaged("its ledger is missing"))
    }

    /// The error for something that must be there because something else refers to it.
    pub fn missing(&self, what: &str, number: u64) -> StoreError {
        self.damaged(format!("{what} {number} is missing"))
    }

    fn referred<T>(&self, found: Option<T>, what: &str, number: u64) -> Result<T> {
        found.ok_or_else(|| self.missing(what, number))
    }

    /// The counters.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], as for every method that reads.
    pub fn counters(&self) -> Result<Counters> {
        Ok(self.get(TreeName::Meta, keys::COUNTERS)?.unwrap_or_default())
    }

    /// The authority and date of `tag:` URIs, given to this store once.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn tag_authority(&self) -> Result<Option<String>> {
        self.get(TreeName::Meta, keys::TAG_AUTHORITY)
    }

    /// Digest of the tag rules by which the stories were tagged.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn rules(&self) -> Result<Option<u128>> {
        self.get(TreeName::Meta, keys::RULES)
    }

    /// How far the sweep has come.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn sweep(&self) -> Result<Sweep> {
        Ok(self.get(TreeName::Meta, keys::SWEEP)?.unwrap_or_default())
    }

    /// What the hub is to be told: paths of feeds below the output directory.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn jobs(&self) -> Result<Vec<(String, Job)>> {
        self.scan(TreeName::Job, &[])
            .map(|pair| {
                let (key, record) = pair?;
                let path = String::from_utf8_lossy(&key).into_owned();
                Ok((path, self.decode(TreeName::Job, &key, &record)?))
            })
            .collect()
    }

    /// When the maintainers were last told of something that lasts.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn told(&self, what: &str) -> Result<Option<DateTime<Utc>>> {
        self.get(TreeName::Meta, &keys::told(what))
    }

    /// Identities that were not taken, and not listed since `before`, among the next `most` from
    /// a place on; and the place where to go on, empty at the end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn stale_seen(
        &self,
        from: &[u8],
        most: usize,
        before: DateTime<Utc>,
    ) -> Result<(Vec<SeenKey>, Vec<u8>)> {
        let mut stale = Vec::new();
        let mut next = Vec::new();
        let all = self.engine.from(TreeName::Seen, from);
        for (index, pair) in all.enumerate() {
            let (key, record) = pair.map_err(|error| self.engine_error(error))?;
            if index >= most {
                next = key.to_vec();
                break;
            }
            let seen: Seen = self.decode(TreeName::Seen, &key, &record)?;
            if seen.entry.is_none() && seen.last_listed < before {
                stale.push(SeenKey(key.to_vec()));
            }
        }
        Ok((stale, next))
    }

    /// Every entry behind one, in the order of numbers.
    ///
    /// # Errors
    /// Each item may be [`StoreError::Damaged`].
    pub fn entries_after(
        &self,
        number: EntryNumber,
    ) -> impl Iterator<Item = Result<(EntryNumber, Entry)>> + '_ {
        self.engine.from(TreeName::Entry, &keys::after(&keys::entry(number))).map(|pair| {
            let (key, record) = pair.map_err(|error| self.engine_error(error))?;
            let number =
                keys::number(&key).ok_or_else(|| self.damaged("an entry has no number"))?;
            Ok((EntryNumber(number), self.decode(TreeName::Entry, &key, &record)?))
        })
    }

    /// When a daily backup was last begun, whatever came of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn backup_tried(&self) -> Result<Option<DateTime<Utc>>> {
        self.get(TreeName::Meta, keys::BACKUP_TRIED)
    }

    /// The id that was once made from an organisation's name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn organisation_id(&self, name: &str) -> Result<Option<String>> {
        self.get(TreeName::Meta, &keys::organisation(name))
    }

    /// The name from which an organisation's id was once made.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn organisation_name(&self, id: &str) -> Result<Option<String>> {
        self.get(TreeName::Meta, &keys::organisation_id(id))
    }

    /// What is remembered about a source.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn source(&self, id: &str) -> Result<SourceState> {
        Ok(self.get(TreeName::Source, id.as_bytes())?.unwrap_or_default())
    }

    /// What is remembered of a host.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn host(&self, name: &str) -> Result<HostState> {
        Ok(self.get(TreeName::Host, name.as_bytes())?.unwrap_or_default())
    }

    /// What is remembered about all hosts.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn hosts(&self) -> Result<Vec<(String, HostState)>> {
        self.scan(TreeName::Host, &[])
            .map(|pair| {
                let (key, record) = pair?;
                let host = String::from_utf8_lossy(&key).into_owned();
                Ok((host, self.decode(TreeName::Host, &key, &record)?))
            })
            .collect()
    }

    /// The newest poll records of a source, newest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn polls(&self, source: &str, most: usize) -> Result<Vec<PollRecord>> {
        self.scan(TreeName::Poll, &keys::polls(source))
            .take(most)
            .map(|pair| {
                let (key, record) = pair?;
                self.decode(TreeName::Poll, &key, &record)
            })
            .collect()
    }

    /// The time under which the newest poll record of a source is kept, in milliseconds since 1970.
    pub(super) fn newest_poll(&self, source: &str) -> Result<Option<i64>> {
        let newest = self.scan(TreeName::Poll, &keys::polls(source)).next().transpose()?;
        Ok(newest.and_then(|(key, _)| keys::time_of_poll(&key)))
    }

    /// Keys of the poll records beyond the newest `most`.
    pub(super) fn old_polls(&self, source: &str, most: usize) -> Result<Vec<Vec<u8>>> {
        self.scan(TreeName::Poll, &keys::polls(source))
            .skip(most)
            .map(|pair| pair.map(|(key, _)| key.to_vec()))
            .collect()
    }

    pub(super) fn scan<'v>(
        &'v self,
        name: TreeName,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = Result<Pair>> + use<'v> {
        self.engine.scan(name, prefix).map(|pair| pair.map_err(|error| self.engine_error(error)))
    }

    /// What is remembered of an identity of a source.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn seen(&self, source: &str, identity: &str) -> Result<Option<Seen>> {
        self.seen_hash(source, keys::identity_hash(identity))
    }

    /// What is remembered of an identity of a source, by its hash.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn seen_hash(&self, source: &str, identity: u128) -> Result<Option<Seen>> {
        self.get(TreeName::Seen, &keys::seen(source, identity))
    }

    /// Where the store was restored: until when items of a source that are unknown are old ones,
    /// which had left the outputs, or had never been in them. `None` once the source was read again.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn horizon(&self, source: &str) -> Result<Option<DateTime<Utc>>> {
        self.get(TreeName::Meta, &keys::horizon(source))
    }

    /// An entry.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], also where there is no such entry.
    pub fn entry(&self, number: EntryNumber) -> Result<Entry> {
        let found = self.find_entry(number)?;
        self.referred(found, "entry", number.0)
    }

    /// An entry, if there is one of this number.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn find_entry(&self, number: EntryNumber) -> Result<Option<Entry>> {
        self.get(TreeName::Entry, &keys::entry(number))
    }

    /// The words of an entry's revision.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], also where there are none.
    pub fn text(&self, number: EntryNumber, revision: u32) -> Result<Text> {
        let found = self.get(TreeName::Text, &keys::text(number, revision))?;
        self.referred(found, "the text of entry", number.0)
    }

    /// A story.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], also where there is no such story.
    pub fn story(&self, number: StoryNumber) -> Result<Story> {
        let found = self.find_story(number)?;
        self.referred(found, "story", number.0)
    }

    /// A story, if there is one of this number.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn find_story(&self, number: StoryNumber) -> Result<Option<Story>> {
        self.get(TreeName::Story, &keys::story(number))
    }

    /// Every story, in the order of numbers.
    ///
    /// # Errors
    /// Each item may be [`StoreError::Damaged`].
    pub fn stories(&self) -> impl DoubleEndedIterator<Item = Result<(StoryNumber, Story)>> + '_ {
        self.scan(TreeName::Story, &[]).map(|pair| {
            let (key, record) = pair?;
            let number = keys::number(&key).ok_or_else(|| self.damaged("a story has no number"))?;
            Ok((StoryNumber(number), self.decode(TreeName::Story, &key, &record)?))
        })
    }

    /// The story that goes by a name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn alias(&self, kind: AliasKind, name: &str) -> Result<Option<StoryNumber>> {
        self.get(TreeName::Alias, &keys::alias(kind as u8, name))
    }
}

/// Why a record could not be decoded.
enum Undecoded {
    Store(StoreError),
    Record(Unreadable),
}

impl From<Unreadable> for Undecoded {
    fn from(unreadable: Unreadable) -> Self {
        Self::Record(unreadable)
    }
}
