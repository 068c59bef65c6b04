//! Taking down: words go for good, and what they belonged to is known by hashes alone, so that it
//! does not come again.
//!
//! The first transaction of a take-down says that it has begun; whatever a process that dies leaves
//! undone, the next round does ([`remove_words`], [`rewrite_files`]). Rounds that are under way meanwhile do not store what
//! they hold: their epoch has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::decisions::{Docket, decision_of};
use super::retag;
use crate::config::Config;
use crate::model::{
    Decision, EntryNumber, Origin, Ruling, Stopped, Story, StoryNumber, StoryState, Text, Verb,
    merge_tags,
};
use crate::store::{Cleansing, Result, Rewritten, Seen, Store, View, Waiting, identity_hash};
use crate::story::{put_into_force, titled_name, words_name};
use crate::tag::Tagger;

/// Names of a source that are looked at in one transaction.
const NAMES_AT_ONCE: usize = 1000;

/// Takes stories down: words, links and dates of all their entries. What is left to do then is done
/// by [`rewrite_files`].
///
/// # Errors
/// Where the store cannot be used.
pub fn take_down_stories(
    store: &Store,
    config: &Config,
    tagger: &Tagger,
    numbers: &[StoryNumber],
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut writing = store.writing();
    let view = &*writing;
    let mut removal = Removal::new(Docket::new(view, config, tagger)?, note, now);
    for number in numbers {
        removal.story(*number)?;
    }
    removal.remember_names()?;
    removal.forget_waiting()?;
    let mut changes = removal.docket.changes(now)?;
    let begun = view.cleansing()?.unwrap_or_default();
    changes.decisions.cleansing = Some(Some(begun));
    writing.end_epoch();
    writing.commit(&changes)?;
    writing.flush()
}

/// Takes a source down: it is not polled any more, and the words of all its entries go. Stories
/// that others published as well stay with the words of those.
///
/// # Errors
/// Where the store cannot be used.
pub fn take_down_source(
    store: &Store,
    source: &str,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut writing = store.writing();
    let mut changes = crate::store::Changes { at: Some(now), ..Default::default() };
    let mut begun = writing.cleansing()?.unwrap_or_default();
    if !begun.sources.iter().any(|other| other == source) {
        begun.sources.push(source.to_owned());
    }
    let stopped = Stopped { at: now, note: note.map(str::to_owned) };
    changes.decisions.stopped.push((source.to_owned(), Some(stopped)));
    changes.decisions.cleansing = Some(Some(begun));
    changes.decisions.pages_gone.push(source.to_owned());
    changes.decisions.repetitions_gone.push(source.to_owned());
    for (key, _) in writing.all_waiting()? {
        if key.0 == source {
            changes.pages.waiting.push((key, None));
        }
    }
    writing.end_epoch();
    writing.commit(&changes)?;
    writing.flush()
}

/// Has a source polled again; what was taken down stays gone. Says whether it was stopped.
///
/// # Errors
/// Where the store cannot be used.
pub fn lift(store: &Store, source: &str) -> Result<bool> {
    let mut writing = store.writing();
    if writing.stopped(source)?.is_none() {
        return Ok(false);
    }
    let mut changes = crate::store::Changes::default();
    changes.decisions.stopped.push((source.to_owned(), None));
    writing.commit(&changes)?;
    writing.flush()?;
    Ok(true)
}

/// Removes what is left of the words of sources that were taken down, in as many transactions as
/// it takes. Says whether a take-down has begun and not ended.
///
/// # Errors
/// Where the store cannot be used.
pub fn remove_words(
    store: &Store,
    config: &Config,
    tagger: &Tagger,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Some(begun) = store.reading().cleansing()? else { return Ok(false) };
    for source in &begun.sources {
        let mut from = Some(0);
        while let Some(place) = from {
            let mut writing = store.writing();
            let (names, next) = writing.names_of_source(source, place, NAMES_AT_ONCE)?;
            let note = writing.stopped(source)?.and_then(|stopped| stopped.note);
            let docket = Docket::new(&writing, config, tagger)?;
            let mut removal = Removal::new(docket, note.as_deref(), now);
            removal.names_of_source(source, &names)?;
            let changes = removal.docket.changes(now)?;
            writing.commit(&changes)?;
            writing.flush()?;
            from = next;
        }
        let mut writing = store.writing();
        let mut state = writing.source(source)?;
        state.entries = 0;
        let left = writing.cleansing()?.unwrap_or_default().sources;
        let left = left.into_iter().filter(|other| other != source).collect();
        let mut changes = crate::store::Changes::default();
        changes.sources.push((source.clone(), state));
        changes.decisions.cleansing = Some(Some(Cleansing { sources: left }));
        writing.commit(&changes)?;
        writing.flush()?;
    }
    Ok(true)
}

/// Rewrites the files of the store, so that nothing is left in them of what was taken down, and
/// ends the take-down. Gives what the store takes now, and which stores that a restore had replaced went
/// with it.
///
/// # Errors
/// Where the disk does not take it; then it is still to be done.
pub fn rewrite_files(store: &Store) -> Result<(Rewritten, Vec<PathBuf>)> {
    let rewritten = store.rewrite()?;
    let replaced = store.forget_replaced()?;
    let mut writing = store.writing();
    let begun = writing.cleansing()?;
    // What began meanwhile is not done by this.
    if begun.is_some_and(|begun| begun.sources.is_empty()) {
        let mut changes = crate::store::Changes::default();
        changes.decisions.cleansing = Some(None);
        writing.commit(&changes)?;
        writing.flush()?;
    }
    Ok((rewritten, replaced))
}

/// What is removed in one transaction.
struct Removal<'a> {
    docket: Docket<'a>,
    view: &'a View,
    note: Option<&'a str>,
    now: DateTime<Utc>,
    /// Entries that are taken down, with their story if that is gone as a whole, and their link.
    entries: BTreeMap<EntryNumber, Taken>,
}

/// An entry that is taken down.
struct Taken {
    source: String,
    /// The hash of its identity.
    identity: u128,
    link: Option<String>,
    /// Its story, where that is gone as a whole.
    story: Option<StoryNumber>,
}

impl<'a> Removal<'a> {
    fn new(docket: Docket<'a>, note: Option<&'a str>, now: DateTime<Utc>) -> Self {
        Self { view: docket.view, docket, note, now, entries: BTreeMap::new() }
    }

    /// Takes a whole story down.
    fn story(&mut self, number: StoryNumber) -> Result<()> {
        let story = self.docket.change(number)?.1.clone();
        if story.state == StoryState::TakenDown {
            return Ok(());
        }
        for member in &story.members {
            self.entry(member.entry, Some(number))?;
            let ruling = Ruling {
                origin: Origin::Command,
                verb: Verb::TakeDown,
                at: self.now,
                note: self.note.map(str::to_owned),
            };
            let key = (member.source.clone(), self.view.entry(member.entry)?.identity_hash());
            let decision = Decision { rulings: vec![ruling] };
            self.docket.changes.decisions.decisions.push((key, Some(decision)));
        }
        for edition in &story.editions {
            let (_, other) = self.docket.change(*edition)?;
            other.editions.retain(|of| *of != number);
            other.revision = other.revision.saturating_add(1);
        }
        let (_, after) = self.docket.change(number)?;
        after.state = StoryState::TakenDown;
        after.tags.clear();
        after.editions.clear();
        after.language.clear();
        for member in &mut after.members {
            member.joined_by.clear();
        }
        after.revision = after.revision.saturating_add(1);
        Ok(())
    }

    /// Takes an entry down; `story` is the one that is gone with it.
    fn entry(&mut self, number: EntryNumber, story: Option<StoryNumber>) -> Result<()> {
        let entry = self.view.entry(number)?;
        if entry.is_taken_down() || self.entries.contains_key(&number) {
            return Ok(());
        }
        let text = self.view.text(number, entry.revision)?;
        if let Some(story) = story {
            let words = identity_hash(&words_name(&text));
            self.docket.changes.decisions.words.push((words, story));
            if let Some(name) = titled_name(&text.title, entry.published) {
                let seen = Seen { entry: Some(number), last_listed: self.now };
                self.docket.changes.seen.push((entry.source.clone(), identity_hash(&name), seen));
            }
        }
        let pages = &mut self.docket.changes.decisions.pages_gone;
        if !pages.contains(&entry.source) {
            pages.push(entry.source.clone());
        }
        let taken = Taken {
            source: entry.source.clone(),
            identity: entry.identity_hash(),
            link: entry.canonical_link.clone(),
            story,
        };
        self.entries.insert(number, taken);
        self.docket.changes.entries.push((number, entry.taken_down(), Some(Text::default())));
        Ok(())
    }

    /// Remembers every name that sources had for what is taken down: earlier words are among them.
    fn remember_names(&mut self) -> Result<()> {
        let sources: BTreeSet<String> =
            self.entries.values().map(|taken| taken.source.clone()).collect();
        for source in sources {
            let mut from = Some(0);
            while let Some(place) = from {
                let (names, next) = self.view.names_of_source(&source, place, NAMES_AT_ONCE)?;
                for (name, entry) in names {
                    let story = self.entries.get(&entry).and_then(|taken| taken.story);
                    let words = &mut self.docket.changes.decisions.words;
                    words.extend(story.map(|story| (name, story)));
                }
                from = next;
            }
        }
        Ok(())
    }

    /// Takes what waits for its article out of the queue, where it belongs to what is taken down.
    fn forget_waiting(&mut self) -> Result<()> {
        let belongs = |source: &str, identity: u128, waiting: &Waiting| {
            self.entries.iter().any(|(number, taken)| {
                (taken.source == source
                    && (waiting.entry == Some(*number) || taken.identity == identity))
                    || (taken.link.is_some() && waiting.item.canonical_link == taken.link)
            })
        };
        let mut gone = Vec::new();
        for (key, waiting) in self.view.all_waiting()? {
            if belongs(&key.0, key.1, &waiting) {
                gone.push((key, None));
            }
        }
        self.docket.changes.pages.waiting.extend(gone);
        Ok(())
    }

    /// Takes down the entries of a source that go by these names.
    fn names_of_source(&mut self, source: &str, names: &[(u128, EntryNumber)]) -> Result<()> {
        for (name, number) in names {
            let entry = self.view.entry(*number)?;
            let story = self.docket.change(entry.story)?.1.clone();
            let is_alone = story.members.iter().all(|member| member.source == source);
            if is_alone {
                self.story(entry.story)?;
                // An entry that has left its story goes as well.
                self.entry(*number, Some(entry.story))?;
                self.docket.changes.decisions.words.push((*name, entry.story));
            } else {
                self.leave(source, entry.story, story)?;
                self.entry(*number, None)?;
            }
        }
        Ok(())
    }

    /// A story that others published as well goes on without a source.
    fn leave(&mut self, source: &str, number: StoryNumber, before: Story) -> Result<()> {
        let gone: Vec<EntryNumber> = (before.members.iter())
            .filter(|member| member.source == source)
            .map(|member| member.entry)
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        for entry in &gone {
            self.entry(*entry, None)?;
        }
        let mut after = before;
        let decision = decision_of(self.view, &after)?;
        after.members.retain(|member| member.source != source);
        if decision != Decision::default() {
            // It holds for what is left, whichever entry it was kept under.
            for member in &after.members {
                let key = (member.source.clone(), self.view.entry(member.entry)?.identity_hash());
                self.docket.changes.decisions.decisions.push((key, Some(decision.clone())));
            }
        }
        self.docket.sift(&mut after)?;
        let tagger = self.docket.tagger;
        let mut tags = retag::tags(self.view, &after, tagger, &self.docket.tags)?;
        merge_tags(&mut tags, &retag::published_tags(&after, |id| tagger.id(id).is_some()));
        after.tags = tags;
        put_into_force(&mut after, &decision, |id| tagger.id(id).map(str::to_owned));
        let (_, story) = self.docket.change(number)?;
        after.revision = story.revision.saturating_add(1);
        *story = after;
        Ok(())
    }
}
