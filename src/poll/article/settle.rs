//! Judging entries that have waited: with what their pages say, or without.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::errand::{Errand, keep_article};
use super::known;
use crate::model::{
    CleanArticle, CleanEntry, Entry, EntryNumber, HostState, Source, SourceState, Text,
    UnreadArticles, Validators,
};
use crate::poll::boilerplate::Boilerplate;
use crate::poll::decide::decide;
use crate::poll::decided::Gone;
use crate::poll::judge::Bench;
use crate::poll::merge::merge;
use crate::poll::organisation::Organisations;
use crate::poll::recognise::{Origin, arrival, text};
use crate::schedule;
use crate::store::{Changes, Epoch, Result, Seen, Store, View, Waiting, identity_hash};
use crate::story::{self, Fate, Polled, Tally};

/// Said of a page that answered 304 where nothing is known of it any more.
const FORGOTTEN: &str = "its page has not changed, and what it said before is gone";

/// An errand that has come to its end.
#[derive(Debug, Clone)]
pub struct Done {
    /// The errand.
    pub errand: Errand,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an errand.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Its page was read, and came with these validators.
    Read(Arc<CleanArticle>, Option<Validators>),
    /// Its page is what it was when it was read last; these validators hold from now on.
    Unchanged(Validators),
    /// Nothing, and why: what was read from its page before stays.
    Unread(String),
    /// Its page is gone, or asks not to be shown elsewhere: what was read from it before goes too.
    Withdrawn(String),
}

/// Judges entries that have waited, stores the outcome, and what each source got of it.
///
/// # Errors
/// Where the store cannot be read or written, or is another one now; then nothing is stored.
pub fn settle_articles(
    store: &Store,
    epoch: Epoch,
    done: &[Done],
    hosts: Vec<(String, HostState)>,
    bench: &Bench<'_>,
    now: DateTime<Utc>,
) -> Result<(Changes, Vec<(String, Tally)>)> {
    let mut writing = store.writing_to(epoch)?;
    let (changes, tallies) = judge_articles(done, &writing, hosts, bench, now)?;
    writing.commit(&changes)?;
    writing.flush()?;
    Ok((changes, tallies))
}

fn judge_articles(
    done: &[Done],
    store: &View,
    hosts: Vec<(String, HostState)>,
    bench: &Bench<'_>,
    now: DateTime<Utc>,
) -> Result<(Changes, Vec<(String, Tally)>)> {
    let mut changes = Changes { at: Some(now), hosts, ..Changes::default() };
    let mut organisations = Organisations::new(store, bench.organisations);
    let mut polls = Vec::new();
    let mut boilerplate = Boilerplate::learn(done, store)?;
    let mut gone = Gone::new(store)?;
    let mut read = Vec::new();
    for Done { errand: Errand { key, waiting, source }, outcome } in done {
        let state = store.source(&source.id)?;
        let origin = Origin {
            language: waiting.language.as_deref(),
            rights: waiting.rights.as_deref(),
            site: waiting.site.as_deref(),
        };
        // What the source gave tells whether it gives something else next time.
        let given = text(&waiting.item, origin);
        let fingerprint = story::fingerprint(waiting.item.url.as_deref(), &given);
        let known = entry_with_words(&source.id, waiting, store)?;
        let found = found(outcome, source, waiting, known.as_ref(), &mut boilerplate, store)?;
        let item = with(&waiting.item, &found);
        let words = text(&item, origin);
        let seen = store.seen(&source.id, &item.identity)?;
        if gone.takes(source, &item, &words, seen.as_ref())? {
            let entry = seen.and_then(|seen| seen.entry);
            let seen = Seen { entry, last_listed: now };
            changes.seen.push((source.id.clone(), identity_hash(&item.identity), seen));
            changes.pages.waiting.push((key.clone(), None));
            continue;
        }
        let mut arrival = arrival(source, origin, &item, words, fingerprint, bench);
        arrival.known = known;
        arrival.position = usize::try_from(waiting.position).unwrap_or(usize::MAX);
        arrival.fate = Some(Fate::Public);
        match found {
            Ok(Found { article, validators, .. }) => {
                read.push((&**source, key, article, validators))
            }
            Err(_) if matches!(outcome, Outcome::Withdrawn(_)) => {
                let known = arrival.known.as_ref().map(|(number, ..)| (*number, None));
                changes.pages.articles.extend(known);
            }
            Err(_) => keep_article(&mut arrival),
        }
        polls.push(Polled {
            source: source.id.clone(),
            organisation: organisations.id(source, state.title.as_deref())?,
            priority: source.priority,
            order: source.order,
            at: waiting.since,
            is_first: waiting.is_first,
            document_date: waiting.document_date,
            horizon: None,
            arrivals: vec![arrival],
        });
        changes.pages.waiting.push((key.clone(), None));
    }
    changes.pages.repetitions = boilerplate.known();
    let tallies = decide(&polls, store, bench, &mut changes)?;
    for (source, key, article, validators) in read {
        let kept = known::note(source, key, &article, validators, &changes, store)?;
        changes.pages.articles.extend(kept);
    }
    let mut sums: HashMap<&str, Tally> = HashMap::new();
    for (poll, tally) in polls.iter().zip(&tallies) {
        sums.entry(&poll.source).or_default().add(*tally);
    }
    let mut sums: Vec<(String, Tally)> =
        sums.into_iter().map(|(source, tally)| (source.to_owned(), tally)).collect();
    sums.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (source, tally) in &sums {
        let mut state = store.source(source)?;
        let of_source = done.iter().filter(|Done { errand, .. }| {
            errand.source.id == *source && errand.source.article && errand.source.enabled
        });
        note_unread(&mut state, of_source.map(|done| &done.outcome), now);
        if tally.new > 0 {
            schedule::note_news(&mut state.habits, now, tally.new);
        }
        state.entries = state.entries.saturating_add(u64::from(tally.new));
        changes.sources.push((source.clone(), state));
    }
    changes.organisations = organisations.made();
    Ok((changes, sums))
}

/// Remembers whether the articles of a source can be read at all.
fn note_unread<'a>(
    state: &mut SourceState,
    outcomes: impl Iterator<Item = &'a Outcome>,
    now: DateTime<Utc>,
) {
    for outcome in outcomes {
        let why = match outcome {
            Outcome::Read(..) | Outcome::Unchanged(_) => {
                state.unread_articles = None;
                return;
            }
            Outcome::Unread(why) | Outcome::Withdrawn(why) => why,
        };
        let (since, count) =
            state.unread_articles.as_ref().map_or((now, 0), |before| (before.since, before.count));
        let count = count.saturating_add(1);
        state.unread_articles = Some(UnreadArticles { since, count, why: why.to_owned() });
    }
}

/// What an errand has found.
struct Found {
    article: CleanArticle,
    /// Lines that were removed from it, in words for maintainers.
    removed: Vec<String>,
    validators: Option<Validators>,
}

/// What an errand has found; otherwise why it has found nothing.
fn found(
    outcome: &Outcome,
    source: &Source,
    waiting: &Waiting,
    known: Option<&(EntryNumber, Entry, Text)>,
    boilerplate: &mut Boilerplate,
    store: &View,
) -> Result<std::result::Result<Found, String>> {
    Ok(match outcome {
        Outcome::Read(article, validators) => {
            let (article, removed) = boilerplate.remove(source, waiting, article);
            Ok(Found { article, removed, validators: validators.clone() })
        }
        // What repeats was removed from it when it was read.
        Outcome::Unchanged(validators) => match known::read_before(known, store)? {
            Some(article) => {
                Ok(Found { article, removed: Vec::new(), validators: Some(validators.clone()) })
            }
            None => Err(FORGOTTEN.to_owned()),
        },
        Outcome::Unread(why) | Outcome::Withdrawn(why) => Err(why.clone()),
    })
}

/// An item with what was found of it.
fn with(item: &CleanEntry, found: &std::result::Result<Found, String>) -> CleanEntry {
    match found {
        Ok(Found { article, removed, .. }) => {
            let mut merged = merge(item, article);
            merged.repairs.extend(removed.iter().cloned());
            merged
        }
        Err(why) => {
            let mut item = item.clone();
            item.repairs.push(format!("its article was not read: {why}"));
            item
        }
    }
}

/// The entry that what waits is a new revision of, with its words.
fn entry_with_words(
    source: &str,
    waiting: &Waiting,
    store: &View,
) -> Result<Option<(EntryNumber, Entry, Text)>> {
    let Some(number) = known::entry_of(source, waiting, store)? else { return Ok(None) };
    let entry = store.entry(number)?;
    let words = store.text(number, entry.revision)?;
    Ok(Some((number, entry, words)))
}
