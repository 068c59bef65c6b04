//! What belongs to editors' decisions: the decisions themselves, under the identities of entries;
//! what is left of stories that are not shown any more; what was taken down.

use super::keys::{self, TreeName};
use super::staging::Staging;
use super::{Result, View};
use crate::model::{Decision, EntryNumber, Removed, Stopped, StoryNumber};

/// A decision is kept under the source of an entry and the hash of its identity.
pub type DecisionKey = (String, u128);

/// A hash under which a source knows an entry.
pub type Name = (u128, EntryNumber);

/// What one transaction changes of all this.
#[derive(Debug, Default)]
pub struct DecisionChanges {
    /// Decisions; `None` where nothing is decided any more.
    pub decisions: Vec<(DecisionKey, Option<Decision>)>,
    /// Hashes of the words of stories that were taken down.
    pub words: Vec<(u128, StoryNumber)>,
    /// Sources that were taken down; `None` where that is lifted.
    pub stopped: Vec<(String, Option<Stopped>)>,
    /// Stories of which feeds have told for long enough that they are gone.
    pub told: Vec<StoryNumber>,
    /// Sources whose last good page goes.
    pub pages_gone: Vec<String>,
    /// Sources of which is forgotten what repeats in their articles.
    pub repetitions_gone: Vec<String>,
    /// What is left to do of a take-down; `Some(None)` where nothing is.
    pub cleansing: Option<Option<Cleansing>>,
}

/// What a take-down has begun and not ended: the files of the store still hold what was removed.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Cleansing {
    /// Sources of which entries may still have their words.
    pub sources: Vec<String>,
}

impl DecisionChanges {
    pub(super) fn fill(&self, staging: &mut Staging<'_>) -> Result<()> {
        for ((source, identity), decision) in &self.decisions {
            let key = keys::seen(source, *identity);
            match decision.as_ref().filter(|decision| !decision.is_empty()) {
                Some(decision) => staging.put(TreeName::Decision, &key, decision)?,
                None => staging.remove(TreeName::Decision, &key),
            }
        }
        for (words, story) in &self.words {
            staging.put(TreeName::Gone, &keys::taken_words(*words), story)?;
        }
        for story in &self.told {
            staging.remove(TreeName::Gone, &keys::removed(*story));
        }
        for (source, stopped) in &self.stopped {
            let key = keys::stopped(source);
            match stopped {
                Some(stopped) => staging.put(TreeName::Meta, &key, stopped)?,
                None => staging.remove(TreeName::Meta, &key),
            }
        }
        for source in &self.pages_gone {
            staging.remove(TreeName::Meta, &keys::page(source));
        }
        for source in &self.repetitions_gone {
            staging.remove(TreeName::Meta, &keys::repetition(source));
        }
        match &self.cleansing {
            Some(Some(cleansing)) => staging.put(TreeName::Meta, keys::CLEANSING, cleansing)?,
            Some(None) => staging.remove(TreeName::Meta, keys::CLEANSING),
            None => {}
        }
        Ok(())
    }
}

impl View {
    /// What is decided about the story of an entry, by the hash of the entry's identity.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`], as for every method here.
    pub fn decision(&self, source: &str, identity: u128) -> Result<Option<Decision>> {
        self.get(TreeName::Decision, &keys::seen(source, identity))
    }

    /// Whether anything is decided about any story.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn has_decisions(&self) -> Result<bool> {
        Ok(self.scan(TreeName::Decision, &[]).next().transpose()?.is_some())
    }

    /// Every decision.
    ///
    /// # Errors
    /// Each item may be [`super::StoreError::Damaged`].
    pub fn decisions(&self) -> impl Iterator<Item = Result<(DecisionKey, Decision)>> + '_ {
        self.scan(TreeName::Decision, &[]).map(|pair| {
            let (key, record) = pair?;
            let odd = || self.damaged("a key of what was decided is not what belongs there");
            let name = keys::split_seen(&key).ok_or_else(odd)?;
            Ok((name, self.decode(TreeName::Decision, &key, &record)?))
        })
    }

    /// Whether any story was ever taken down.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn has_taken_down(&self) -> Result<bool> {
        Ok(self.scan(TreeName::Gone, keys::TAKEN_WORDS).next().transpose()?.is_some())
    }

    /// The story with these words, or with this id, that was taken down.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn taken_words(&self, words: u128) -> Result<Option<StoryNumber>> {
        self.get(TreeName::Gone, &keys::taken_words(words))
    }

    /// Stories that were out and are not any more, in the order of their numbers.
    ///
    /// # Errors
    /// Each item may be [`super::StoreError::Damaged`].
    pub fn removed(&self) -> impl Iterator<Item = Result<(StoryNumber, Removed)>> + '_ {
        self.scan(TreeName::Gone, keys::REMOVED).map(|pair| {
            let (key, record) = pair?;
            let number = key.get(1..).and_then(keys::number);
            let number = number.ok_or_else(|| self.damaged("a removed story has no number"))?;
            Ok((StoryNumber(number), self.decode(TreeName::Gone, &key, &record)?))
        })
    }

    /// Since when a source is not polled any more because it was taken down.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn stopped(&self, source: &str) -> Result<Option<Stopped>> {
        self.get(TreeName::Meta, &keys::stopped(source))
    }

    /// What is left to do of a take-down.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn cleansing(&self) -> Result<Option<Cleansing>> {
        self.get(TreeName::Meta, keys::CLEANSING)
    }

    /// Hashes under which a source knows its entries, with their entries, in portions: from a
    /// place on, at most `most`, and the place where to go on, `None` at the end.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn names_of_source(
        &self,
        source: &str,
        from: u128,
        most: usize,
    ) -> Result<(Vec<Name>, Option<u128>)> {
        let end = keys::after_names(source);
        let mut found = Vec::new();
        let pairs = self.engine.range(TreeName::Seen, &keys::seen(source, from), &end);
        for (index, pair) in pairs.enumerate() {
            let (key, record) = pair.map_err(|error| self.engine_error(error))?;
            let odd = || self.damaged("a key of what was seen is not what belongs there");
            let (_, hash) = keys::split_seen(&key).ok_or_else(odd)?;
            if index >= most {
                return Ok((found, Some(hash)));
            }
            let seen: super::Seen = self.decode(TreeName::Seen, &key, &record)?;
            found.extend(seen.entry.map(|entry| (hash, entry)));
        }
        Ok((found, None))
    }

    /// Whether anything of a source was seen yet.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn knows_names_of(&self, source: &str) -> Result<bool> {
        let (names, next) = self.names_of_source(source, 0, 1)?;
        Ok(!names.is_empty() || next.is_some())
    }

    /// Ids of all sources that the store remembers, also of those that left feeds.toml.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn source_ids(&self) -> Result<Vec<String>> {
        self.scan(TreeName::Source, &[])
            .map(|pair| Ok(String::from_utf8_lossy(&pair?.0).into_owned()))
            .collect()
    }
}
