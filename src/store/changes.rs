//! Writing the store: changes are collected as values, then made in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::decisions::DecisionChanges;
#[cfg(doc)]
use super::identity_hash;
use super::keys::{self, TreeName};
use super::pages::PageChanges;
use super::rename;
use super::staging::Staging;
use super::values::{Counters, Job, OutputRecord, Place, PublishedFile, Seen, SeenKey, Sweep};
use super::{Result, View};
use crate::model::{
    Entry, EntryNumber, HostState, OutputKey, OutputKind, PollRecord, Removed, SourceState, Story,
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
    /// The canonical link that a story names as its translation.
    Edition = 3,
}

/// What one transaction writes. Later additions to the same key win.
#[derive(Debug, Default)]
pub struct Changes {
    /// What time it is; the store remembers the newest.
    pub at: Option<DateTime<Utc>>,
    /// New values of the counters; the commit number is raised by the commit itself.
    pub counters: Option<Counters>,
    /// Authority and date of `tag:` URIs.
    pub tag_authority: Option<String>,
    /// Digest of the tag rules by which the stories are tagged now.
    pub rules: Option<u128>,
    /// When a daily backup was last begun.
    pub backup_tried: Option<DateTime<Utc>>,
    /// Identities of outputs.
    pub outputs: Vec<(OutputKey, OutputRecord)>,
    /// Outputs that go by another key now, or by none.
    pub outputs_gone: Vec<OutputKey>,
    /// Ids of the outputs of feeds.toml that carry a story from now on, were it public.
    pub selected: Vec<(StoryNumber, Vec<String>)>,
    /// (name, id) of organisations that got an id.
    pub organisations: Vec<(String, String)>,
    /// A source that goes by another id: its former one, and that of today. What else is written with
    /// it has the new one.
    pub source_renamed: Option<(String, String)>,
    /// States of sources.
    pub sources: Vec<(String, SourceState)>,
    /// States of hosts.
    pub hosts: Vec<(String, HostState)>,
    /// Poll records.
    pub polls: Vec<(String, PollRecord)>,
    /// (source, hash of identity) that were seen; [`identity_hash`] gives the hash.
    pub seen: Vec<(String, u128, Seen)>,
    /// (source, until when everything that our own outputs lack is known to be old); `None` when
    /// the source has been read again. See [`View::horizon`].
    pub horizons: Vec<(String, Option<DateTime<Utc>>)>,
    /// Identities that are forgotten.
    pub seen_gone: Vec<SeenKey>,
    /// How far the sweep has come.
    pub sweep: Option<Sweep>,
    /// Paths of changed feeds that the hub is to be told of; `None` where it was.
    pub jobs: Vec<(String, Option<Job>)>,
    /// What the maintainers were told, and when: what lasts is said once a day. `None` where it is
    /// over.
    pub told: Vec<(&'static str, Option<DateTime<Utc>>)>,
    /// Entries with their new words, where they changed; the words of older revisions go.
    pub entries: Vec<(EntryNumber, Entry, Option<Text>)>,
    /// Stories: as they were, and as they are.
    pub stories: Vec<(StoryNumber, Option<Story>, Story)>,
    /// Names of stories.
    pub aliases: Vec<(AliasKind, String, StoryNumber)>,
    /// What belongs to pages and articles.
    pub pages: PageChanges,
    /// What belongs to editors' decisions.
    pub decisions: DecisionChanges,
    /// Stories that became public, with their place on the wire.
    pub wire: Vec<(u64, StoryNumber)>,
    /// Output directory, path below it, and what is known of the published file; `None` where one
    /// was removed.
    pub files: Vec<(Place, String, Option<PublishedFile>)>,
    /// Output directory whose files are, all of them, what this commit and the settings of that
    /// digest come to.
    pub printed: Option<(Place, u128)>,
}

/// The outputs that carry a story; `selected` are those of feeds.toml, were it public.
pub(super) fn outputs_of(story: &Story, selected: &[String]) -> BTreeSet<OutputKey> {
    if !story.is_public() {
        return BTreeSet::new();
    }
    let of = |kind, id: &str| OutputKey { kind, id: id.to_owned() };
    let tags = story.tags.iter().map(|tagged| of(OutputKind::Tag, &tagged.tag));
    let organisations =
        story.members.iter().map(|member| of(OutputKind::Organisation, &member.organisation));
    let language = (!story.language.is_empty()).then(|| of(OutputKind::Language, &story.language));
    let selected = selected.iter().map(|id| of(OutputKind::Output, id));
    let all = std::iter::once(OutputKey::all());
    all.chain(tags).chain(organisations).chain(language).chain(selected).collect()
}

impl View {
    /// The records that changes come to, with the ledger that holds after them.
    pub(super) fn stage(&self, changes: &Changes, flushed: u64) -> Result<Staging<'_>> {
        let mut staging = Staging::new(self);
        fill(&mut staging, changes)?;
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
        staging.put(TreeName::Meta, keys::COUNTERS, &counters)?;
        if let Some((place, digest)) = changes.printed {
            staging.put(TreeName::Meta, &keys::printed(place), &(counters.commit, digest))?;
        }
        let mut ledger = self.ledger()?;
        ledger.flushed = flushed;
        if let Some(at) = changes.at {
            ledger.newest_time = ledger.newest_time.max(at.timestamp_millis());
        }
        for (_, _, story) in &changes.stories {
            ledger.newest_entered = ledger.newest_entered.max(story.entered.timestamp_millis());
        }
        staging.balance(ledger)?;
        Ok(staging)
    }
}

fn fill(staging: &mut Staging<'_>, changes: &Changes) -> Result<()> {
    if let Some((was, today)) = &changes.source_renamed {
        rename::fill(staging, was, today)?;
    }
    if let Some(authority) = &changes.tag_authority {
        staging.put(TreeName::Meta, keys::TAG_AUTHORITY, authority)?;
    }
    if let Some(rules) = &changes.rules {
        staging.put(TreeName::Meta, keys::RULES, rules)?;
    }
    if let Some(tried) = &changes.backup_tried {
        staging.put(TreeName::Meta, keys::BACKUP_TRIED, tried)?;
    }
    for (key, output) in &changes.outputs {
        staging.put(TreeName::Meta, &keys::output(key), output)?;
    }
    for key in &changes.outputs_gone {
        staging.remove(TreeName::Meta, &keys::output(key));
    }
    for (name, id) in &changes.organisations {
        staging.put(TreeName::Meta, &keys::organisation(name), id)?;
        staging.put(TreeName::Meta, &keys::organisation_id(id), name)?;
    }
    for (source, state) in &changes.sources {
        staging.put(TreeName::Source, source.as_bytes(), state)?;
    }
    for (host, state) in &changes.hosts {
        // Somebody else may have been told meanwhile to leave it alone; a silence ends by itself.
        let mut state = state.clone();
        if let Some(at) = changes.at
            && let Some(known) = staging.view().host(host)?.silence(at)
        {
            state.note_silence(known, at);
        }
        staging.put(TreeName::Host, host.as_bytes(), &state)?;
    }
    for (source, poll) in &changes.polls {
        // The newest stays the newest, also when the clock was set back since the one before.
        let before = staging.view().newest_poll(source)?;
        let at = poll.at.timestamp_millis();
        let place = before.map_or(at, |before| at.max(before.saturating_add(1)));
        staging.put(TreeName::Poll, &keys::poll(source, place), poll)?;
        for key in staging.view().old_polls(source, POLL_RECORDS)? {
            staging.remove(TreeName::Poll, &key);
        }
    }
    for (source, identity, seen) in &changes.seen {
        staging.put(TreeName::Seen, &keys::seen(source, *identity), seen)?;
    }
    for SeenKey(key) in &changes.seen_gone {
        staging.remove(TreeName::Seen, key);
    }
    if let Some(sweep) = &changes.sweep {
        staging.put(TreeName::Meta, keys::SWEEP, sweep)?;
    }
    for (what, at) in &changes.told {
        match at {
            Some(at) => staging.put(TreeName::Meta, &keys::told(what), at)?,
            None => staging.remove(TreeName::Meta, &keys::told(what)),
        }
    }
    for (path, job) in &changes.jobs {
        match job {
            Some(job) => staging.put(TreeName::Job, path.as_bytes(), job)?,
            None => staging.remove(TreeName::Job, path.as_bytes()),
        }
    }
    for (source, horizon) in &changes.horizons {
        let key = keys::horizon(source);
        match horizon {
            Some(horizon) => staging.put(TreeName::Meta, &key, horizon)?,
            None => staging.remove(TreeName::Meta, &key),
        }
    }
    for (number, entry, text) in &changes.entries {
        staging.put(TreeName::Entry, &keys::entry(*number), entry)?;
        if let Some(text) = text {
            if let Some(older) = entry.revision.checked_sub(1) {
                staging.remove(TreeName::Text, &keys::text(*number, older));
            }
            staging.put(TreeName::Text, &keys::text(*number, entry.revision), text)?;
            if text.is_bare() {
                staging.remove(TreeName::Meta, &keys::article(*number));
            }
        }
    }
    for (kind, name, story) in &changes.aliases {
        staging.put(TreeName::Alias, &keys::alias(*kind as u8, name), story)?;
    }
    for (sequence, story) in &changes.wire {
        staging.put(TreeName::Wire, &sequence.to_be_bytes(), story)?;
    }
    for (place, path, file) in &changes.files {
        let key = keys::file(*place, path);
        match file {
            Some(file) => staging.put(TreeName::File, &key, file)?,
            None => staging.remove(TreeName::File, &key),
        }
        // What was known of it before directories were told apart is known better now.
        let unplaced = keys::file(Place::UNKNOWN, path);
        if staging.view().raw(TreeName::File, &unplaced)?.is_some() {
            staging.remove(TreeName::File, &unplaced);
        }
    }
    changes.pages.fill(staging)?;
    changes.decisions.fill(staging)?;
    fill_stories(staging, changes)
}

/// Stories, what outputs of feeds.toml carry them, and the members that follow from both.
fn fill_stories(staging: &mut Staging<'_>, changes: &Changes) -> Result<()> {
    let mut selections: BTreeMap<StoryNumber, &Vec<String>> =
        changes.selected.iter().map(|(number, outputs)| (*number, outputs)).collect();
    for (number, outputs) in &selections {
        let key = keys::selected(*number);
        if outputs.is_empty() {
            staging.remove(TreeName::Meta, &key);
        } else {
            staging.put(TreeName::Meta, &key, outputs)?;
        }
    }
    for (number, before, after) in &changes.stories {
        staging.put(TreeName::Story, &keys::story(*number), after)?;
        let selected = match before {
            Some(_) => staging.view().selected(*number)?,
            None => Vec::new(),
        };
        let now = selections.remove(number).unwrap_or(&selected);
        if let Some(before) = before {
            if before.is_public() && !after.is_public() {
                // Feeds tell their subscribers; it is told for a while (the sweep ends that).
                let left = outputs_of(before, &selected);
                let removed = Removed {
                    id: before.published_id.clone(),
                    at: changes.at.unwrap_or(after.updated),
                    outputs: left.iter().map(OutputKey::directory).collect(),
                };
                staging.put(TreeName::Gone, &keys::removed(*number), &removed)?;
            } else if after.is_public() && !before.is_public() {
                staging.remove(TreeName::Gone, &keys::removed(*number));
            }
        }
        fill_members(
            staging,
            *number,
            before.as_ref().map(|before| (before, &*selected)),
            (after, now),
        )?;
    }
    for (number, now) in selections {
        if let Some(story) = staging.view().find_story(number)? {
            let selected = staging.view().selected(number)?;
            fill_members(staging, number, Some((&story, &selected)), (&story, now))?;
        }
    }
    Ok(())
}

/// The members of outputs that a story was and is, each with what selects it.
fn fill_members(
    staging: &mut Staging<'_>,
    number: StoryNumber,
    before: Option<(&Story, &[String])>,
    (after, selected): (&Story, &[String]),
) -> Result<()> {
    let outputs = outputs_of(after, selected);
    if let Some((before, selected)) = before {
        let left = outputs_of(before, selected);
        let moved = before.entered != after.entered;
        for output in left.iter().filter(|output| moved || !outputs.contains(output)) {
            staging.remove(TreeName::Member, &keys::member(output, before.entered, number));
        }
    }
    for output in &outputs {
        staging.put(TreeName::Member, &keys::member(output, after.entered, number), &())?;
    }
    Ok(())
}
