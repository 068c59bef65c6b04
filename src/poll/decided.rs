//! What editors decided, applied to what polls bring: decisions hold for stories that change and
//! for those that are read anew, and what was taken down stays gone.

use std::collections::{BTreeSet, HashMap};

use super::judge::Bench;
use super::links::story_of_link;
use crate::clean::identity::HASH_PREFIX;
use crate::clean::urls;
use crate::model::{CleanEntry, Decision, EntryNumber, Source, Story, StoryState, Text};
use crate::store::{Changes, DecisionKey, Result, Seen, View, identity_hash};
use crate::story::{self, Judgement, TagAuthority};

/// Brings the stories of a judgement into the state that editors decided.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn put_into_force(
    judgement: &mut Judgement,
    store: &View,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> Result<()> {
    if !store.has_decisions()? {
        return Ok(());
    }
    let mut names: HashMap<EntryNumber, u128> = HashMap::new();
    for (number, entry, _) in &judgement.entries {
        let new = entry.identity_hash();
        names.insert(*number, new);
        // A source that gives its entry another name does not get rid of what was decided.
        let Some(old) = store.find_entry(*number)?.map(|entry| entry.identity_hash()) else {
            continue;
        };
        if old != new
            && let Some(decision) = store.decision(&entry.source, old)?
        {
            let under = |name: u128| (entry.source.clone(), name);
            changes.decisions.decisions.push((under(old), None));
            changes.decisions.decisions.push((under(new), Some(decision)));
        }
    }
    let moved: HashMap<DecisionKey, Decision> = (changes.decisions.decisions.iter().cloned())
        .filter_map(|(key, decision)| Some((key, decision?)))
        .collect();
    for (_, now) in judgement.stories.values_mut() {
        if now.state == StoryState::TakenDown {
            continue;
        }
        let (decision, without) = decision_of(now, &names, &moved, store)?;
        if let Some(decision) = decision {
            // An entry that joins: what is decided holds when it is the only one that is left.
            let copies = without.into_iter().map(|key| (key, Some(decision.clone())));
            changes.decisions.decisions.extend(copies);
            let tag_id = |id: &str| bench.tagger.id(id).map(str::to_owned);
            story::put_into_force(now, &decision, tag_id);
        }
    }
    Ok(())
}

/// What is decided about a story, which is kept under its entries, and those under which it is not.
fn decision_of(
    story: &Story,
    names: &HashMap<EntryNumber, u128>,
    moved: &HashMap<DecisionKey, Decision>,
    store: &View,
) -> Result<(Option<Decision>, Vec<DecisionKey>)> {
    let mut found = None;
    let mut without = Vec::new();
    for member in &story.members {
        let name = match names.get(&member.entry) {
            Some(name) => *name,
            None => store.entry(member.entry)?.identity_hash(),
        };
        let key = (member.source.clone(), name);
        let decision = match moved.get(&key) {
            Some(decision) => Some(decision.clone()),
            None => store.decision(&member.source, name)?,
        };
        match decision {
            None => without.push(key),
            Some(decision) => found = found.or(Some(decision)),
        }
    }
    Ok((found, without))
}

/// Tells what was taken down, whoever gives it again and under whatever name.
pub(super) struct Gone<'a> {
    store: &'a View,
    /// Whether anything was; nearly no store is asked for more.
    is_any: bool,
    /// By which the ids of its stories are made again.
    authority: TagAuthority,
    /// Sources that still give some of it.
    found: BTreeSet<String>,
}

impl<'a> Gone<'a> {
    pub(super) fn new(store: &'a View) -> Result<Self> {
        let is_any = store.has_taken_down()?;
        let authority = if is_any { store.tag_authority()? } else { None };
        let authority = TagAuthority(authority.unwrap_or_default());
        Ok(Self { store, is_any, authority, found: BTreeSet::new() })
    }

    /// Whether a source gave something that was taken down.
    pub(super) fn is_found_in(&self, source: &str) -> bool {
        self.found.contains(source)
    }

    /// Whether an item of a source is one that was taken down: it has its name, its link, or its
    /// words. `seen` is what is remembered of its first name.
    pub(super) fn takes(
        &mut self,
        source: &Source,
        item: &CleanEntry,
        text: &Text,
        seen: Option<&Seen>,
    ) -> Result<bool> {
        if !self.is_any {
            return Ok(false);
        }
        let is_gone = match seen.and_then(|seen| seen.entry) {
            Some(number) => self.store.entry(number)?.is_taken_down(),
            None => {
                self.has_name(&source.id, item)?
                    || self.has_id(&source.id, item)?
                    || self.has_link(item)?
                    || self.has_words(text)?
                    || self.has_title(&source.id, item)?
            }
        };
        if is_gone {
            self.found.insert(source.id.clone());
        }
        Ok(is_gone)
    }

    fn has_name(&self, source: &str, item: &CleanEntry) -> Result<bool> {
        let others = item.other_identities.iter().chain(&item.canonical_link);
        for name in others.filter(|name| !name.starts_with(HASH_PREFIX)) {
            if let Some(number) = self.store.seen(source, name)?.and_then(|seen| seen.entry)
                && self.store.entry(number)?.is_taken_down()
            {
                return Ok(true);
            }
        }
        let decided = self.store.decision(source, identity_hash(&item.identity))?;
        Ok(decided.is_some_and(|decision| decision.takes_down()))
    }

    /// Whether its story would get an id of which our own outputs told that it is gone.
    fn has_id(&self, source: &str, item: &CleanEntry) -> Result<bool> {
        let made = self.authority.story(source, &item.identity);
        for id in item.guid.iter().chain([&item.identity, &made]) {
            if self.store.taken_words(identity_hash(id))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_link(&self, item: &CleanEntry) -> Result<bool> {
        // Also a link that several items of a document have, which is no name of one of them.
        let links = item.url.iter().chain(&item.canonical_link).chain(&item.claimed_link);
        // What the page of a part is called tells less than the part.
        let part = item.url.as_deref().filter(|url| urls::part(url).is_some());
        let page = part.and_then(urls::canonical);
        for link in links.filter(|link| Some(*link) != page.as_ref()) {
            if let Some(number) = story_of_link(self.store, link)?
                && self.store.story(number)?.state == StoryState::TakenDown
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether it is called as its source called what is gone, and of the same moment.
    fn has_title(&self, source: &str, item: &CleanEntry) -> Result<bool> {
        let Some(name) = story::titled_name(&item.title, item.published) else { return Ok(false) };
        match self.store.seen(source, &name)?.and_then(|seen| seen.entry) {
            Some(number) => Ok(self.store.entry(number)?.is_taken_down()),
            None => Ok(false),
        }
    }

    fn has_words(&self, text: &Text) -> Result<bool> {
        if !story::is_telling(text) {
            return Ok(false);
        }
        let words = identity_hash(&story::words_name(text));
        Ok(self.store.taken_words(words)?.is_some())
    }
}
