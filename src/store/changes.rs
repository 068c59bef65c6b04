//! Writing the store: changes are collected as values, then made in one transaction.

use std::collections::BTreeSet;

use serde::Serialize;
use sled::transaction::{TransactionError, Transactional};

use super::keys::{self, TreeName};
use super::read::{Counters, OutputRecord, PublishedFile, Seen};
use super::{Result, Store, record};
use crate::model::{
    Entry, EntryNumber, HostState, OutputKey, OutputKind, PollRecord, SourceState, Story,
    StoryNumber, Text,
};

/// How many poll records are kept of a source.
const POLL_RECORDS: usize = 50;

/// What kind of name an alias is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AliasKind {
    /// A published id.
    PublishedId = 1,
    /// The canonical link of an entry.
    Link = 2,
}

/// What one transaction writes. Later additions to the same key win.
#[derive(Debug, Default)]
pub struct Changes {
    /// New values of the counters; the commit number is raised by the commit itself.
    pub counters: Option<Counters>,
    /// Authority and date of `tag:` URIs.
    pub tag_authority: Option<String>,
    /// Digest of the tag rules by which the stories are tagged now.
    pub rules: Option<u128>,
    /// Identities of outputs.
    pub outputs: Vec<(OutputKey, OutputRecord)>,
    /// (name, id) of organisations that got an id.
    pub organisations: Vec<(String, String)>,
    /// States of sources.
    pub sources: Vec<(String, SourceState)>,
    /// States of hosts.
    pub hosts: Vec<(String, HostState)>,
    /// Poll records.
    pub polls: Vec<(String, PollRecord)>,
    /// (source, identity) that were seen.
    pub seen: Vec<(String, String, Seen)>,
    /// Entries with their new words, where they changed; the words of older revisions go.
    pub entries: Vec<(EntryNumber, Entry, Option<Text>)>,
    /// Stories: as they were, and as they are.
    pub stories: Vec<(StoryNumber, Option<Story>, Story)>,
    /// Names of stories.
    pub aliases: Vec<(AliasKind, String, StoryNumber)>,
    /// Stories that became public, with their place on the wire.
    pub wire: Vec<(u64, StoryNumber)>,
    /// Published files; `None` where one was removed.
    pub files: Vec<(String, Option<PublishedFile>)>,
}

/// The outputs that carry a story, were it public.
fn outputs_of(story: &Story) -> BTreeSet<OutputKey> {
    if !story.is_public() {
        return BTreeSet::new();
    }
    let of = |kind, id: &str| OutputKey { kind, id: id.to_owned() };
    let tags = story.tags.iter().map(|tagged| of(OutputKind::Tag, &tagged.tag));
    let organisations =
        story.members.iter().map(|member| of(OutputKind::Organisation, &member.organisation));
    let language = (!story.language.is_empty()).then(|| of(OutputKind::Language, &story.language));
    std::iter::once(OutputKey::all()).chain(tags).chain(organisations).chain(language).collect()
}

/// One batch for each tree, filled with encoded records.
struct Batches<'a> {
    store: &'a Store,
    batches: Vec<sled::Batch>,
}

impl Batches<'_> {
    fn put<T: Serialize>(&mut self, name: TreeName, key: &[u8], value: &T) -> Result<()> {
        let record = record::encode(key, value)
            .map_err(|error| self.store.damaged(format!("a record cannot be written: {error}")))?;
        if let Some(batch) = self.batches.get_mut(name as usize) {
            batch.insert(key, record);
        }
        Ok(())
    }

    fn remove(&mut self, name: TreeName, key: &[u8]) {
        if let Some(batch) = self.batches.get_mut(name as usize) {
            batch.remove(key);
        }
    }
}

impl Store {
    /// Makes all changes, or none, in one transaction. They are safe once [`Store::flush`] returned.
    ///
    /// # Errors
    /// Where the disk does not take them; nothing is changed then.
    pub fn commit(&self, changes: &Changes) -> Result<()> {
        let mut batches = Batches {
            store: self,
            batches: TreeName::ALL.iter().map(|_| sled::Batch::default()).collect(),
        };
        self.fill(&mut batches, changes)?;
        let stored = self.counters()?;
        let mut counters = changes.counters.clone().unwrap_or_else(|| stored.clone());
        counters.commit = stored.commit.saturating_add(1);
        counters.public_stories = stored.public_stories;
        for (_, before, after) in &changes.stories {
            let was_public = before.as_ref().is_some_and(Story::is_public);
            if after.is_public() && !was_public {
                counters.public_stories = counters.public_stories.saturating_add(1);
            } else if was_public && !after.is_public() {
                counters.public_stories = counters.public_stories.saturating_sub(1);
            }
        }
        batches.put(TreeName::Meta, keys::COUNTERS, &counters)?;
        let batches = batches.batches;
        // Nothing is read inside: a plain read within a transaction hangs (sled issue 1326).
        self.trees[..]
            .transaction(|trees| {
                for (tree, batch) in trees.iter().zip(&batches) {
                    tree.apply_batch(batch)?;
                }
                Ok(())
            })
            .map_err(|error: TransactionError<std::convert::Infallible>| match error {
                TransactionError::Storage(error) => self.sled_error(error),
                TransactionError::Abort(never) => match never {},
            })
    }

    fn fill(&self, batches: &mut Batches<'_>, changes: &Changes) -> Result<()> {
        if let Some(authority) = &changes.tag_authority {
            batches.put(TreeName::Meta, keys::TAG_AUTHORITY, authority)?;
        }
        if let Some(rules) = &changes.rules {
            batches.put(TreeName::Meta, keys::RULES, rules)?;
        }
        for (key, output) in &changes.outputs {
            batches.put(TreeName::Meta, &keys::output(key), output)?;
        }
        for (name, id) in &changes.organisations {
            batches.put(TreeName::Meta, &keys::organisation(name), id)?;
            batches.put(TreeName::Meta, &keys::organisation_id(id), name)?;
        }
        for (source, state) in &changes.sources {
            batches.put(TreeName::Source, source.as_bytes(), state)?;
        }
        for (host, state) in &changes.hosts {
            batches.put(TreeName::Host, host.as_bytes(), state)?;
        }
        for (source, poll) in &changes.polls {
            batches.put(TreeName::Poll, &keys::poll(source, poll.at), poll)?;
            for key in self.old_polls(source, POLL_RECORDS)? {
                batches.remove(TreeName::Poll, &key);
            }
        }
        for (source, identity, seen) in &changes.seen {
            batches.put(TreeName::Seen, &keys::seen(source, identity), seen)?;
        }
        for (number, entry, text) in &changes.entries {
            batches.put(TreeName::Entry, &keys::entry(*number), entry)?;
            if let Some(text) = text {
                if let Some(older) = entry.revision.checked_sub(1) {
                    batches.remove(TreeName::Text, &keys::text(*number, older));
                }
                batches.put(TreeName::Text, &keys::text(*number, entry.revision), text)?;
            }
        }
        for (kind, name, story) in &changes.aliases {
            batches.put(TreeName::Alias, &keys::alias(*kind as u8, name), story)?;
        }
        for (sequence, story) in &changes.wire {
            batches.put(TreeName::Wire, &sequence.to_be_bytes(), story)?;
        }
        for (path, file) in &changes.files {
            match file {
                Some(file) => batches.put(TreeName::File, path.as_bytes(), file)?,
                None => batches.remove(TreeName::File, path.as_bytes()),
            }
        }
        for (number, before, after) in &changes.stories {
            batches.put(TreeName::Story, &keys::story(*number), after)?;
            let outputs = outputs_of(after);
            if let Some(before) = before {
                let left = outputs_of(before);
                let moved = before.entered != after.entered;
                for output in left.iter().filter(|output| moved || !outputs.contains(output)) {
                    batches
                        .remove(TreeName::Member, &keys::member(output, before.entered, *number));
                }
            }
            for output in &outputs {
                batches.put(
                    TreeName::Member,
                    &keys::member(output, after.entered, *number),
                    &(),
                )?;
            }
        }
        Ok(())
    }
}
