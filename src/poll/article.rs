//! Articles: an entry whose text is read from its own page waits until that page was read.
//!
//! The page may show that the entry is a copy, so nothing is judged before: [`set_aside`] takes
//! what waits out of a poll, [`ask_article`] reads a page, [`settle_articles`] judges what has come
//! to its end. An entry waits at most six hours and three tries; then the words that its
//! source gave are all that there is.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::ask::{Surroundings, WITHHELD};
use super::boilerplate::Boilerplate;
use super::decide::decide;
use super::decided::Gone;
use super::judge::Bench;
use super::merge::merge;
use super::organisation::Organisations;
use super::recognise::{Origin, arrival, text};
use crate::fetch::{FetchError, Fetched, Named, Request, Trail};
use crate::model::{
    CleanArticle, CleanDocument, CleanEntry, Entry, EntryNumber, HostState, Location, Source, Text,
    defect,
};
use crate::store::{Changes, Epoch, Result, Seen, Store, View, Waiting, WaitingKey, identity_hash};
use crate::story::{self, Arrival, Fate, Polled, Tally};
use crate::{clean, read, schedule};

/// An entry waits for its article no longer.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(6);

/// An article is asked for no more often.
const MOST_TRIES: u8 = 3;

/// After the first and the second try, until the next one.
const BETWEEN_TRIES: [TimeDelta; 2] = [TimeDelta::hours(1), TimeDelta::hours(2)];

/// A host that did not answer is asked again for an article after this.
const UNTIL_ASKED_AGAIN: TimeDelta = TimeDelta::hours(1);

/// An entry that changes is read again from its page until it has so many revisions.
const MOST_READINGS: u32 = 5;

/// Said of a page that answered 404.
const NOT_FOUND: &str = "its page answered 404 (not found); tell the partner if many links are so";

/// Said of a page that answered 410.
const GONE: &str = "its page answered 410 (gone): the partner has withdrawn it";

/// An entry that waits, and the source that it is of.
#[derive(Debug, Clone)]
pub struct Errand {
    /// Its name in the store.
    pub key: WaitingKey,
    /// What waits.
    pub waiting: Waiting,
    /// Its source.
    pub source: Arc<Source>,
}

/// What becomes of an entry that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its page is asked for now.
    Ask,
    /// It waits on.
    Wait,
    /// It has waited long enough.
    GiveUp,
}

impl Errand {
    /// What becomes of it at `now`.
    pub fn turn(&self, now: DateTime<Utc>) -> Turn {
        // A time ahead is that of a clock that was set back since.
        let has_waited = now - self.waiting.since;
        let is_over = has_waited >= LONGEST_WAIT || has_waited < TimeDelta::zero();
        if !self.source.article || !self.source.enabled || self.page().is_none() {
            Turn::GiveUp
        } else if self.waiting.due > now && !is_over {
            Turn::Wait
        } else if self.waiting.tries >= MOST_TRIES || is_over {
            Turn::GiveUp
        } else {
            Turn::Ask
        }
    }

    /// The page that it is read from.
    pub fn page(&self) -> Option<Url> {
        page(&self.waiting.item)
    }

    /// One try more: stored before its page is asked for.
    pub fn leased(&self, now: DateTime<Utc>) -> Waiting {
        let pause = BETWEEN_TRIES.get(usize::from(self.waiting.tries));
        Waiting {
            tries: self.waiting.tries.saturating_add(1),
            due: now + pause.copied().unwrap_or(LONGEST_WAIT),
            ..self.waiting.clone()
        }
    }

    /// How it waits where its page was not asked for: until its host wants no more silence, or may
    /// answer again. That is no try.
    pub fn put_off(&self, silent_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Waiting {
        let again = silent_until.unwrap_or(now + UNTIL_ASKED_AGAIN);
        Waiting { due: self.waiting.due.max(again), ..self.waiting.clone() }
    }
}

fn page(item: &CleanEntry) -> Option<Url> {
    let mut url = Url::parse(item.url.as_deref()?).ok()?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// Takes out of a poll what is to be read from its own page first; of what stays it is said what
/// becomes of it, since that was decided over all of them.
pub(super) fn set_aside(
    source: &Source,
    document: &CleanDocument,
    poll: &mut Polled,
    store: &View,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> Result<()> {
    let fates = story::fates(poll, bench.backlog);
    let arrivals = std::mem::take(&mut poll.arrivals);
    for (mut arrival, fate) in arrivals.into_iter().zip(fates) {
        arrival.fate = Some(fate);
        if fate != Fate::Public || page(&arrival.item).is_none() {
            poll.arrivals.push(arrival);
            continue;
        }
        if !is_worth_reading(&arrival, store, bench)? {
            keep_article(&mut arrival);
            poll.arrivals.push(arrival);
            continue;
        }
        let key = (source.id.clone(), identity_hash(&arrival.item.identity));
        let before = store.waiting(&key.0, key.1)?;
        let waiting = Waiting {
            since: before.as_ref().map_or(poll.at, |before| before.since),
            tries: before.as_ref().map_or(0, |before| before.tries),
            due: before.as_ref().map_or(poll.at, |before| before.due),
            is_first: before.as_ref().map_or(poll.is_first, |before| before.is_first),
            position: u32::try_from(arrival.position).unwrap_or(u32::MAX),
            document_date: poll.document_date,
            language: document.language.clone(),
            rights: document.rights.clone(),
            site: document.site.clone(),
            entry: arrival.known.as_ref().map(|(number, ..)| *number),
            item: arrival.item,
        };
        if before.as_ref() != Some(&waiting) {
            changes.pages.waiting.push((key, Some(waiting)));
        }
    }
    Ok(())
}

/// Whether a page is read, or read again: while its story is in a window, and not for ever.
fn is_worth_reading(arrival: &Arrival, store: &View, bench: &Bench<'_>) -> Result<bool> {
    let Some((_, entry, _)) = &arrival.known else { return Ok(true) };
    let story = store.story(entry.story)?;
    let newest = store.counters()?.next_sequence;
    let is_in_window = story.sequence.is_some_and(|sequence| {
        newest.saturating_sub(sequence) < u64::try_from(bench.window).unwrap_or(u64::MAX)
    });
    Ok(is_in_window && entry.revision < MOST_READINGS)
}

/// Where a page is not read again, what was read from it stays, if it is more than the source gives.
fn keep_article(arrival: &mut Arrival) {
    if let Some((_, _, before)) = &arrival.known
        && before.content_html.len() > arrival.text.content_html.len()
    {
        arrival.text.content_html.clone_from(&before.content_html);
    }
}

/// How reading an article ended.
#[derive(Debug, Clone)]
pub enum Reading {
    /// It was read.
    Read(Arc<CleanArticle>),
    /// It was not, and may be another time.
    Failed(String),
    /// There was no answer: its host is left alone for the rest of the round.
    Unanswered(String),
    /// It never will be.
    Refused(String),
    /// It was not asked for, which was no try: its host does not answer, or wants silence until then.
    PutOff(Option<DateTime<Utc>>),
    /// Nothing can be asked for: our own machine has nothing left.
    Exhausted(String),
}

/// Asks for an article's page and reads it; who holds the trail knows what was sent.
///
/// `title` is what the source calls it, where only one item has this page.
pub async fn ask_article(
    page: Url,
    title: Option<String>,
    source: Arc<Source>,
    trail: &Trail,
    surroundings: &Surroundings,
) -> Reading {
    // What feeds.toml gives for the source's own server is for no other one.
    let is_at_home =
        matches!(&source.location, Location::Web(url) if url.origin() == page.origin());
    if is_at_home && !source.missing.is_empty() {
        return Reading::PutOff(None);
    }
    let headers = match &source.location {
        Location::Web(_) if is_at_home => source.headers.clone(),
        _ => Vec::new(),
    };
    let of = match &source.location {
        Location::Web(url) => Some(url.clone()),
        Location::File(_) => source.site.clone(),
    };
    let request = Request {
        url: page,
        named: Named::ByDocument { of },
        validators: None,
        headers,
        timeout: source.timeout.unwrap_or(surroundings.timeout),
        max_body: source.max_body.unwrap_or(surroundings.max_body),
        obeys_robots: true,
    };
    match surroundings.client.noting(trail).get(&request).await {
        Err(error) if error.is_ours => Reading::Exhausted(error.message),
        Err(error) if error.is_robots_unread => Reading::PutOff(None),
        Err(error) if error.is_disallowed => Reading::Refused(error.message),
        Err(error) if error.is_unasked => Reading::PutOff(error.silent_until),
        Err(error) if error.is_unreachable => Reading::Unanswered(error.message),
        // Whether such a page comes back is not for us to try.
        Err(FetchError { status: Some(404), .. }) => Reading::Refused(NOT_FOUND.to_owned()),
        Err(FetchError { status: Some(410), .. }) => Reading::Refused(GONE.to_owned()),
        Err(FetchError { status: Some(401 | 403), message, .. }) => Reading::Refused(message),
        Err(error) => Reading::Failed(error.message),
        Ok(Fetched::NotModified { .. }) => {
            Reading::Failed("answered 304 to a question without validators".to_owned())
        }
        Ok(Fetched::Body { is_withheld: true, .. }) => Reading::Refused(WITHHELD.to_owned()),
        Ok(Fetched::Body { bytes, content_type, final_url, .. }) => {
            let reading = surroundings.desks.read(move || {
                read_article(&source, title.as_deref(), &bytes, content_type.as_deref(), &final_url)
            });
            match reading.await {
                Some(Ok(article)) => Reading::Read(Arc::new(article)),
                Some(Err(Unread::Failed(error))) => Reading::Failed(error),
                Some(Err(Unread::Refused(why))) => Reading::Refused(why),
                None => Reading::Failed(defect("reading it", "its address")),
            }
        }
    }
}

/// Why nothing was read from a page that came.
enum Unread {
    Failed(String),
    Refused(String),
}

fn read_article(
    source: &Source,
    title: Option<&str>,
    bytes: &[u8],
    content_type: Option<&str>,
    final_url: &Url,
) -> std::result::Result<CleanArticle, Unread> {
    let input = read::Input { bytes, content_type, base: final_url, zone: source.timezone };
    if read::is_withheld(&input) {
        return Err(Unread::Refused(WITHHELD.to_owned()));
    }
    let known = read::Known { title };
    let raw = read::article(&input, source.select.as_ref(), known)
        .map_err(|error| Unread::Failed(error.to_string()))?;
    Ok(clean::article(raw))
}

/// An errand that has come to its end: with its article, or with why there is none.
#[derive(Debug, Clone)]
pub struct Done {
    /// The errand.
    pub errand: Errand,
    /// What was read.
    pub article: std::result::Result<Arc<CleanArticle>, String>,
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
    for Done { errand: Errand { key, waiting, source }, article } in done {
        let state = store.source(&source.id)?;
        let origin = Origin {
            language: waiting.language.as_deref(),
            rights: waiting.rights.as_deref(),
            site: waiting.site.as_deref(),
        };
        // What the source gave tells whether it gives something else next time.
        let given = text(&waiting.item, origin);
        let fingerprint = story::fingerprint(waiting.item.url.as_deref(), &given);
        let item = match article {
            Ok(article) => {
                let (article, removed) = boilerplate.remove(source, waiting, article);
                let mut item = merge(&waiting.item, &article);
                item.repairs.extend(removed);
                item
            }
            Err(why) => {
                let mut item = waiting.item.clone();
                item.repairs.push(format!("its article was not read: {why}"));
                item
            }
        };
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
        arrival.known = known(&source.id, waiting, store)?;
        arrival.position = usize::try_from(waiting.position).unwrap_or(usize::MAX);
        arrival.fate = Some(Fate::Public);
        if article.is_err() {
            keep_article(&mut arrival);
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
    let mut sums: HashMap<&str, Tally> = HashMap::new();
    for (poll, tally) in polls.iter().zip(&tallies) {
        sums.entry(&poll.source).or_default().add(*tally);
    }
    let mut sums: Vec<(String, Tally)> =
        sums.into_iter().map(|(source, tally)| (source.to_owned(), tally)).collect();
    sums.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (source, tally) in &sums {
        let mut state = store.source(source)?;
        if tally.new > 0 {
            schedule::note_news(&mut state.habits, now, tally.new);
        }
        state.entries = state.entries.saturating_add(u64::from(tally.new));
        changes.sources.push((source.clone(), state));
    }
    changes.organisations = organisations.made();
    Ok((changes, sums))
}

/// The entry that what waits is a new revision of, with its words.
fn known(
    source: &str,
    waiting: &Waiting,
    store: &View,
) -> Result<Option<(EntryNumber, Entry, Text)>> {
    let number = match waiting.entry {
        Some(number) => Some(number),
        None => store.seen(source, &waiting.item.identity)?.and_then(|seen| seen.entry),
    };
    let Some(number) = number else { return Ok(None) };
    let entry = store.entry(number)?;
    let words = store.text(number, entry.revision)?;
    Ok(Some((number, entry, words)))
}
