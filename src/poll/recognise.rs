//! Recognising: which items of a document the store knows, and which of those changed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use rayon::prelude::*;
use url::Url;

use super::ask::Answered;
use super::decided::Gone;
use super::judge::Bench;
use crate::clean::identity::HASH_PREFIX;
use crate::clean::urls;
use crate::model::{CleanDocument, CleanEntry, Entry, EntryNumber, Location, Source, Text};
use crate::store::{Changes, Result, Seen, View, identity_hash};
use crate::story::{self, Arrival, Found, FoundBy, Place};
use crate::tag;

/// "Last listed" is kept to the day, so that an unchanged item is not written at every poll.
const LISTED_AFTER: TimeDelta = TimeDelta::days(1);

/// The items of a document that are new or changed. Of the others only "last listed" is noted.
pub(super) fn arrivals(
    answered: &Answered,
    document: &CleanDocument,
    store: &View,
    bench: &Bench<'_>,
    gone: &mut Gone<'_>,
    changes: &mut Changes,
) -> Result<Vec<Arrival>> {
    let source = &*answered.assigned.source;
    // Items that are known by their first name take precedence over those known by another.
    let mut claimed: HashSet<EntryNumber> = HashSet::new();
    let mut recognised = Vec::with_capacity(document.entries.len());
    for item in &document.entries {
        let first = store.seen(&source.id, &item.identity)?;
        if let Some(number) = first.as_ref().and_then(|seen| seen.entry) {
            claimed.insert(number);
        }
        recognised.push((item, first));
    }
    let mut moved = moved(source, document, &recognised, &claimed, store)?;
    let origin = Origin::of(document);
    let mut new = Vec::new();
    for (position, (item, first)) in recognised.into_iter().enumerate() {
        let text = text(item, origin);
        let fingerprint = story::fingerprint(item.url.as_deref(), &text);
        if let Some(seen) = &first
            && seen.entry.is_none()
        {
            // Remembered without being taken; it stays so.
            note_listed(source, item, seen, answered.at, changes);
            continue;
        }
        if gone.takes(source, item, &text, first.as_ref())? {
            let entry = first.and_then(|seen| seen.entry);
            let seen = Seen { entry, last_listed: answered.at };
            changes.seen.push((source.id.clone(), identity_hash(&item.identity), seen));
            continue;
        }
        let mut found = Vec::new();
        if let Some(number) = first.as_ref().and_then(|seen| seen.entry) {
            let entry = store.entry(number)?;
            if entry.fingerprint == fingerprint {
                if let Some(seen) = &first {
                    note_listed(source, item, seen, answered.at, changes);
                }
                continue;
            }
            found.push(look(store, number, entry, FoundBy::Identity)?);
        }
        for name in item.other_identities.iter().chain(&item.canonical_link) {
            if let Some(number) = store.seen(&source.id, name)?.and_then(|seen| seen.entry)
                && !claimed.contains(&number)
            {
                let is_link = item.url.is_some() && !name.starts_with(HASH_PREFIX);
                let by = if is_link { FoundBy::Link } else { FoundBy::Words };
                found.push(look(store, number, store.entry(number)?, by)?);
            }
        }
        let chosen = story::choose(item, &found).map(|known| known.number);
        let known = match chosen.or_else(|| moved.remove(&item.identity)) {
            Some(number) => {
                claimed.insert(number);
                let entry = store.entry(number)?;
                let words = store.text(number, entry.revision)?;
                Some((number, entry, words))
            }
            None => None,
        };
        new.push((item, text, fingerprint, known, position));
    }
    // Nothing is asked of the store any more: languages and tags are found on every core.
    let arrived = |(item, text, fingerprint, known, position)| {
        let arrival = arrival(source, origin, item, text, fingerprint, bench);
        Arrival { known, position, ..arrival }
    };
    Ok(new.into_par_iter().map(arrived).collect())
}

/// Where a source moved to another system: its items that are under new names, by identity, with
/// the entries that have the same words, or the same title and date. Empty otherwise.
fn moved(
    source: &Source,
    document: &CleanDocument,
    recognised: &[(&CleanEntry, Option<Seen>)],
    claimed: &HashSet<EntryNumber>,
    store: &View,
) -> Result<HashMap<String, EntryNumber>> {
    let unknown: Vec<&CleanEntry> =
        recognised.iter().filter(|(_, first)| first.is_none()).map(|(item, _)| *item).collect();
    let mut moved = HashMap::new();
    // Looking at words costs time, and nearly no document needs it.
    if !story::is_mass_move(recognised.len(), unknown.len(), unknown.len())
        || !store.knows_names_of(&source.id)?
    {
        return Ok(moved);
    }
    let mut taken = HashSet::new();
    for item in &unknown {
        let words = story::words_name(&text(item, Origin::of(document)));
        if let Some(number) = store.seen(&source.id, &words)?.and_then(|seen| seen.entry)
            && !claimed.contains(&number)
            && taken.insert(number)
        {
            moved.insert(item.identity.clone(), number);
        }
    }
    // Where a counter or an address in the text differs at every poll, title and date do not. They tell
    // less than the words, and nothing where two items have them.
    let titled = |item: &CleanEntry| story::titled_name(&item.title, item.published);
    let mut uses: HashMap<String, usize> = HashMap::new();
    for name in document.entries.iter().filter_map(titled) {
        *uses.entry(name).or_default() += 1;
    }
    for item in &unknown {
        let Some(name) = titled(item).filter(|name| uses.get(name) == Some(&1)) else { continue };
        if !moved.contains_key(&item.identity)
            && let Some(number) = store.seen(&source.id, &name)?.and_then(|seen| seen.entry)
            && !claimed.contains(&number)
            && taken.insert(number)
        {
            moved.insert(item.identity.clone(), number);
        }
    }
    if !story::is_mass_move(recognised.len(), unknown.len(), moved.len()) {
        moved.clear();
    }
    Ok(moved)
}

fn look(store: &View, number: EntryNumber, entry: Entry, by: FoundBy) -> Result<Found> {
    let title = store.text(number, entry.revision)?.title;
    Ok(Found { number, entry, title, by })
}

fn note_listed(
    source: &Source,
    item: &CleanEntry,
    seen: &Seen,
    now: DateTime<Utc>,
    changes: &mut Changes,
) {
    if now - seen.last_listed >= LISTED_AFTER {
        let seen = Seen { entry: seen.entry, last_listed: now };
        changes.seen.push((source.id.clone(), identity_hash(&item.identity), seen));
    }
}

/// What a document says that holds for all of its items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) language: Option<&'a str>,
    pub(super) rights: Option<&'a str>,
    pub(super) site: Option<&'a str>,
}

impl<'a> Origin<'a> {
    pub(super) fn of(document: &'a CleanDocument) -> Self {
        Self {
            language: document.language.as_deref(),
            rights: document.rights.as_deref(),
            site: document.site.as_deref(),
        }
    }
}

/// The words of an item, but for their language.
pub(super) fn text(item: &CleanEntry, origin: Origin<'_>) -> Text {
    Text {
        title: item.title.clone(),
        summary: item.summary.clone(),
        content_html: item.content_html.clone(),
        authors: item.authors.clone(),
        categories: item.categories.clone(),
        image: item.image.clone(),
        enclosures: item.enclosures.clone(),
        language: String::new(),
        rights: item.rights.as_deref().or(origin.rights).map(str::to_owned),
    }
}

/// An item with its language and its tags.
pub(super) fn arrival(
    source: &Source,
    origin: Origin<'_>,
    item: &CleanEntry,
    mut text: Text,
    fingerprint: u128,
    bench: &Bench<'_>,
) -> Arrival {
    text.language = tag::language(
        source.language.as_deref(),
        item.language.as_deref(),
        origin.language,
        &text.title,
        if text.content_html.is_empty() { &text.summary } else { &text.content_html },
    );
    let tags = bench.tagger.tags(&source.id, &source.tags, &text);
    let is_excluded = bench.selector.excludes(&source.id, &text, false);
    let place = place(source, origin, item);
    let part = part(item);
    let item = item.clone();
    Arrival {
        item,
        text,
        fingerprint,
        tags,
        place,
        part,
        is_excluded,
        known: None,
        position: 0,
        fate: None,
    }
}

/// The part of a page that an item leads to. That of a home page is one only where others stand beside
/// it: "#news" is where a page begins.
fn part(item: &CleanEntry) -> Option<String> {
    let url = item.url.as_deref()?;
    let part = urls::part(url)?;
    let is_named = item.canonical_link.as_ref() == Some(&part);
    (is_named || urls::canonical(url).is_some()).then_some(part)
}

/// Whether an item links to its source's own site: who links elsewhere has copied.
fn place(source: &Source, origin: Origin<'_>, item: &CleanEntry) -> Place {
    let parsed = |url: Option<&str>| url.and_then(|url| Url::parse(url).ok());
    if item.claimed_link.is_some() {
        return Place::Elsewhere;
    }
    let Some(link) = parsed(item.url.as_deref()) else { return Place::Home };
    // What feeds.toml says counts before what the feed claims.
    let claimed = parsed(origin.site).filter(|_| source.site.is_none());
    if is_at_home(source, &link) {
        Place::Home
    } else if claimed.is_some_and(|site| urls::is_same_site(&link, &site)) {
        Place::Claimed
    } else {
        Place::Elsewhere
    }
}

/// Whether a link leads to the site that feeds.toml names for a source, or that its feed comes from.
pub(super) fn is_at_home(source: &Source, link: &Url) -> bool {
    let polled = match &source.location {
        Location::Web(url) => Some(url),
        Location::File(_) => None,
    };
    source.site.iter().chain(polled).any(|own| urls::is_same_site(link, own))
}
