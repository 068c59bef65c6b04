//! Judging: a batch of answers becomes the changes of one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::ask::{Answered, Content, Failure};
use super::organisation::Organisations;
use crate::clean::identity::HASH_PREFIX;
use crate::fetch::Demand;
use crate::model::{
    CleanDocument, CleanEntry, Entry, EntryNumber, Location, Organisation, Outcome, PollRecord,
    Source, SourceState, Text,
};
use crate::schedule::{self, Answer, Settings as Schedule};
use crate::store::{AliasKind, Changes, Result, Seen, Store};
use crate::story::{self, Arrival, Found, FoundBy, Known, Polled, TagAuthority, Tally, Verdict};
use crate::tag::{self, Tagger};

/// What judging needs besides the answers.
pub struct Bench<'a> {
    /// The store; it is read, not written.
    pub store: &'a Store,
    /// Compiled tag rules.
    pub tagger: &'a Tagger,
    /// Organisations that feeds.toml describes.
    pub organisations: &'a [Organisation],
    /// Priorities of all sources.
    pub priorities: &'a HashMap<String, i64>,
    /// Timing.
    pub schedule: &'a Schedule,
    /// Authority of `tag:` URIs.
    pub authority: &'a TagAuthority,
    /// Stories of a new source that are published at its first poll.
    pub backlog: usize,
    /// A number from 0 to 1 for jitter, one draw a call.
    pub chance: &'a (dyn Fn() -> f64 + Sync),
}

/// How the poll of one source ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// Id of the source.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Status code, where there was an answer over HTTP.
    pub status: Option<u16>,
    /// What went wrong, with the remedy.
    pub error: Option<String>,
    /// What it brought.
    pub tally: Tally,
    /// What had to be mended.
    pub repairs: Vec<String>,
}

/// "Last listed" is kept to the day, so that an unchanged item is not written at every poll.
const LISTED_AFTER: TimeDelta = TimeDelta::days(1);

/// Judges a batch of answers as one.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn judge(
    answers: &[Answered],
    bench: &Bench<'_>,
) -> Result<(Changes, Vec<SourceReport>)> {
    let store = bench.store;
    let counters = store.counters()?;
    let mut changes = Changes::default();
    let mut organisations = Organisations::new(store, bench.organisations);
    let mut polls = Vec::new();
    // For each poll of `polls`: the answer that it came from.
    let mut origins = Vec::new();
    for (index, answered) in answers.iter().enumerate() {
        if let Ok(Content::Document { document, .. }) = &answered.content {
            let source = &*answered.assigned.source;
            let organisation = organisations.id(source, document.title.as_deref())?;
            polls.push(Polled {
                source: source.id.clone(),
                organisation,
                priority: source.priority,
                order: source.order,
                at: answered.at,
                is_first: answered.assigned.state.last_success.is_none()
                    && answered.assigned.state.entries == 0,
                document_date: document.updated,
                arrivals: arrivals(answered, document, bench, &mut changes)?,
            });
            origins.push(index);
        }
    }
    let known = known(&polls, bench, &counters)?;
    let judgement = story::decide(&polls, known, bench.authority, bench.backlog);
    for (poll, arrival, verdict) in &judgement.verdicts {
        let Some(poll) = polls.get(*poll) else { continue };
        let Some(arrival) = poll.arrivals.get(*arrival) else { continue };
        let entry = match verdict {
            Verdict::New(entry) | Verdict::Joins(entry) | Verdict::Updated(entry) => Some(*entry),
            Verdict::Dropped => None,
        };
        let words = story::words_name(&arrival.text);
        let names = std::iter::once(&arrival.item.identity)
            .chain(&arrival.item.other_identities)
            .chain(&arrival.item.canonical_link)
            .chain([&words]);
        for name in names {
            let seen = Seen { entry, last_listed: poll.at };
            changes.seen.push((poll.source.clone(), name.clone(), seen));
        }
    }
    let tallies: HashMap<usize, Tally> =
        origins.into_iter().zip(judgement.tallies.iter().copied()).collect();
    let mut reports = Vec::new();
    for (index, answered) in answers.iter().enumerate() {
        let tally = tallies.get(&index).copied().unwrap_or_default();
        let report = conclude(answered, tally, bench, &mut changes);
        reports.push(report);
    }
    changes.organisations = organisations.made();
    changes.entries = judgement
        .entries
        .into_iter()
        .map(|(number, entry, text)| (number, entry, Some(text)))
        .collect();
    changes.stories = judgement
        .stories
        .into_iter()
        .map(|(number, (before, after))| (number, before, after))
        .collect();
    let links = judgement.links.into_iter().map(|(link, story)| (AliasKind::Link, link, story));
    let ids = judgement.ids.into_iter().map(|(id, story)| (AliasKind::PublishedId, id, story));
    changes.aliases = links.chain(ids).collect();
    changes.wire = judgement.wire;
    changes.counters = Some(crate::store::Counters {
        next_entry: judgement.last_entry,
        next_story: judgement.last_story,
        next_sequence: judgement.last_sequence,
        ..counters
    });
    Ok((changes, reports))
}

/// The items of a document that are new or changed. Of the others only "last listed" is noted.
fn arrivals(
    answered: &Answered,
    document: &CleanDocument,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> Result<Vec<Arrival>> {
    let source = &*answered.assigned.source;
    // Items that are known by their first name take precedence over those known by another.
    let mut claimed: HashSet<EntryNumber> = HashSet::new();
    let mut recognised = Vec::with_capacity(document.entries.len());
    for item in &document.entries {
        let first = bench.store.seen(&source.id, &item.identity)?;
        if let Some(number) = first.as_ref().and_then(|seen| seen.entry) {
            claimed.insert(number);
        }
        recognised.push((item, first));
    }
    let mut moved = moved(source, document, &recognised, &claimed, bench.store)?;
    let mut arrivals = Vec::new();
    for (item, first) in recognised {
        let text = text(item, document);
        let fingerprint = story::fingerprint(item.url.as_deref(), &text);
        if let Some(seen) = &first
            && seen.entry.is_none()
        {
            // Remembered without being taken; it stays so.
            note_listed(source, item, seen, answered.at, changes);
            continue;
        }
        let mut found = Vec::new();
        if let Some(number) = first.as_ref().and_then(|seen| seen.entry) {
            let entry = bench.store.entry(number)?;
            if entry.fingerprint == fingerprint {
                if let Some(seen) = &first {
                    note_listed(source, item, seen, answered.at, changes);
                }
                continue;
            }
            found.push(look(bench.store, number, entry, FoundBy::Identity)?);
        }
        for name in item.other_identities.iter().chain(&item.canonical_link) {
            if let Some(number) = bench.store.seen(&source.id, name)?.and_then(|seen| seen.entry)
                && !claimed.contains(&number)
            {
                let is_link = item.url.is_some() && !name.starts_with(HASH_PREFIX);
                let by = if is_link { FoundBy::Link } else { FoundBy::Words };
                found.push(look(bench.store, number, bench.store.entry(number)?, by)?);
            }
        }
        let chosen = story::choose(item, &found).map(|known| known.number);
        let known = match chosen.or_else(|| moved.remove(&item.identity)) {
            Some(number) => {
                claimed.insert(number);
                let entry = bench.store.entry(number)?;
                let words = bench.store.text(number, entry.revision)?;
                Some((number, entry, words))
            }
            None => None,
        };
        arrivals.push(arrival(source, document, item, text, fingerprint, known, bench));
    }
    Ok(arrivals)
}

/// Where a source moved to another system: its items that are under new names, by identity, with
/// the entries that have the same words. Empty otherwise.
fn moved(
    source: &Source,
    document: &CleanDocument,
    recognised: &[(&CleanEntry, Option<Seen>)],
    claimed: &HashSet<EntryNumber>,
    store: &Store,
) -> Result<HashMap<String, EntryNumber>> {
    let unknown: Vec<&CleanEntry> =
        recognised.iter().filter(|(_, first)| first.is_none()).map(|(item, _)| *item).collect();
    let mut moved = HashMap::new();
    // Looking at words costs time, and nearly no document needs it.
    if !story::is_mass_move(recognised.len(), unknown.len(), unknown.len()) {
        return Ok(moved);
    }
    let mut taken = HashSet::new();
    for item in &unknown {
        let name = story::words_name(&text(item, document));
        if let Some(number) = store.seen(&source.id, &name)?.and_then(|seen| seen.entry)
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

fn look(store: &Store, number: EntryNumber, entry: Entry, by: FoundBy) -> Result<Found> {
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
        changes.seen.push((source.id.clone(), item.identity.clone(), seen));
    }
}

fn text(item: &CleanEntry, document: &CleanDocument) -> Text {
    Text {
        title: item.title.clone(),
        summary: item.summary.clone(),
        content_html: item.content_html.clone(),
        authors: item.authors.clone(),
        categories: item.categories.clone(),
        image: item.image.clone(),
        enclosures: item.enclosures.clone(),
        language: String::new(),
        rights: item.rights.clone().or_else(|| document.rights.clone()),
    }
}

fn arrival(
    source: &Source,
    document: &CleanDocument,
    item: &CleanEntry,
    mut text: Text,
    fingerprint: u128,
    known: Option<(EntryNumber, Entry, Text)>,
    bench: &Bench<'_>,
) -> Arrival {
    text.language = tag::language(
        source.language.as_deref(),
        item.language.as_deref(),
        document.language.as_deref(),
        &text.title,
        if text.content_html.is_empty() { &text.summary } else { &text.content_html },
    );
    let tags = bench.tagger.tags(&source.id, &source.tags, &text);
    let is_own = is_own(source, document, item);
    Arrival { item: item.clone(), text, fingerprint, tags, is_own, known }
}

/// Whether an item links to its source's own site: who links elsewhere has copied.
fn is_own(source: &Source, document: &CleanDocument, item: &CleanEntry) -> bool {
    let host = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
    };
    let parsed = |url: &Option<String>| url.as_deref().and_then(|url| Url::parse(url).ok());
    let polled = match &source.location {
        Location::Web(url) => Some(url.clone()),
        Location::File(_) => None,
    };
    // What feeds.toml says counts before what the feed claims.
    let site = source.site.clone().or_else(|| parsed(&document.site));
    let Some(link) = parsed(&item.url).as_ref().map(host) else { return true };
    [site, polled].iter().flatten().map(host).any(|own| {
        link == own || link.ends_with(&format!(".{own}")) || own.ends_with(&format!(".{link}"))
    })
}

/// Looks up what bears on the arrivals: stories that their links name, ids that are taken.
fn known(polls: &[Polled], bench: &Bench<'_>, counters: &crate::store::Counters) -> Result<Known> {
    let store = bench.store;
    let mut known = Known {
        last_entry: counters.next_entry,
        last_story: counters.next_story,
        last_sequence: counters.next_sequence,
        priorities: bench.priorities.clone(),
        ..Known::default()
    };
    for poll in polls {
        for arrival in &poll.arrivals {
            if let Some((_, entry, _)) = &arrival.known {
                known.stories.insert(entry.story, store.story(entry.story)?);
            }
            if let Some(link) = &arrival.item.canonical_link
                && let Some(number) = store.alias(AliasKind::Link, link)?
            {
                known.links.insert(link.clone(), number);
                known.stories.insert(number, store.story(number)?);
            }
            let made = bench.authority.story(&poll.source, &arrival.item.identity);
            for id in arrival.item.guid.iter().chain([&made]) {
                if let Some(number) = store.alias(AliasKind::PublishedId, id)? {
                    known.ids.insert(id.clone(), number);
                }
            }
        }
    }
    Ok(known)
}

/// The end of one poll: its record, and what is remembered of its source from now on.
fn conclude(
    answered: &Answered,
    tally: Tally,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> SourceReport {
    let source = &*answered.assigned.source;
    let mut state = answered.assigned.state.clone();
    let mut repairs = Vec::new();
    if let Err(failure) = &answered.content
        && failure.is_unasked
    {
        return give_back(answered, failure, changes);
    }
    state.last_poll = Some(answered.at);
    let (outcome, error) = match &answered.content {
        Ok(content) => {
            state.failures = 0;
            state.failing_since = None;
            state.alerted = None;
            state.gone_since = None;
            state.last_success = Some(answered.at);
            let demand = match content {
                Content::Unchanged { validators, demand } => {
                    state.validators.clone_from(validators);
                    demand
                }
                Content::Document { document, hash, validators, demand } => {
                    state.validators.clone_from(validators);
                    state.body_hash = Some(*hash);
                    remember(&mut state, document);
                    repairs.clone_from(&document.repairs);
                    demand
                }
            };
            state.entries = state.entries.saturating_add(u64::from(tally.new));
            reschedule(source, &mut state, Answer::Good, *demand, answered.at, bench);
            let is_new = tally.new > 0 || tally.updated > 0;
            (if is_new { Outcome::New } else { Outcome::Unchanged }, None)
        }
        Err(failure) => {
            fail(source, &mut state, failure, answered, bench);
            (Outcome::Failed, Some(failure.message.clone()))
        }
    };
    let record = PollRecord {
        at: answered.at,
        outcome,
        status: answered.status,
        error: error.clone(),
        new: tally.new,
        updated: tally.updated,
        dropped: tally.dropped,
        bytes: answered.bytes,
        repairs: repairs.clone(),
    };
    changes.polls.push((source.id.clone(), record));
    changes.sources.push((source.id.clone(), state));
    SourceReport { id: source.id.clone(), outcome, status: answered.status, error, tally, repairs }
}

/// The end of a poll that did not happen, because the host had asked for silence meanwhile: no
/// failure and no record, only a due time after the silence.
fn give_back(answered: &Answered, failure: &Failure, changes: &mut Changes) -> SourceReport {
    let id = answered.assigned.source.id.clone();
    let mut state = answered.assigned.before.clone();
    state.due = state.due.max(failure.silent_until);
    changes.sources.push((id.clone(), state));
    SourceReport {
        id,
        outcome: Outcome::NotDue,
        status: None,
        error: None,
        tally: Tally::default(),
        repairs: Vec::new(),
    }
}

fn remember(state: &mut SourceState, document: &CleanDocument) {
    state.title.clone_from(&document.title);
    state.site.clone_from(&document.site);
    state.language.clone_from(&document.language);
    state.feed_id.clone_from(&document.id);
    state.rights.clone_from(&document.rights);
    state.hub.clone_from(&document.hub);
    state.hints.clone_from(&document.hints);
}

fn fail(
    source: &Source,
    state: &mut SourceState,
    failure: &Failure,
    answered: &Answered,
    bench: &Bench<'_>,
) {
    state.failures = state.failures.saturating_add(1);
    state.failing_since = state.failing_since.or(Some(answered.at));
    let answer = match answered.status {
        Some(404) => Answer::NotFound,
        Some(410) => {
            // One 410 may be a mistake; a second one, a day later, is not.
            let confirmed =
                state.gone_since.is_some_and(|since| answered.at - since >= TimeDelta::days(1));
            state.gone = confirmed;
            state.gone_since = state.gone_since.or(Some(answered.at));
            Answer::Gone
        }
        Some(401 | 403 | 429 | 503) => Answer::Refused,
        _ => Answer::Failed,
    };
    let demand = Demand { fresh_until: None, retry_after: failure.silent_until };
    reschedule(source, state, answer, demand, answered.at, bench);
}

/// When the source is next due, and until when the server itself does not want to be asked.
fn reschedule(
    source: &Source,
    state: &mut SourceState,
    answer: Answer,
    demand: Demand,
    now: DateTime<Utc>,
    bench: &Bench<'_>,
) {
    if matches!(source.location, Location::File(_)) {
        state.due = None;
        return;
    }
    let longest = source.max_interval.unwrap_or(bench.schedule.max_interval);
    let latest = TimeDelta::from_std(longest).ok().and_then(|cap| now.checked_add_signed(cap));
    let fresh_until = demand.fresh_until.map(|until| latest.map_or(until, |cap| until.min(cap)));
    state.server_demand = fresh_until.max(demand.retry_after);
    let due = schedule::next_due(source, state, answer, bench.schedule, now, (bench.chance)());
    state.due = Some(state.server_demand.map_or(due, |demand| demand.max(due)));
}
