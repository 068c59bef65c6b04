//! Entries that wait: which do, for how long, and what becomes of those that need not.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::clean::urls;
use crate::model::{CleanDocument, CleanEntry, Source};
use crate::poll::judge::Bench;
use crate::store::{Changes, Result, View, Waiting, WaitingKey, identity_hash};
use crate::story::{self, Arrival, Fate, Polled};

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

/// Said of an entry whose page is not its own.
const ONE_OF_MANY: &str =
    "its link leads to a part of a page, so that its article was not read from there";

/// The page of an item, unless other items have their parts of the same one.
fn page(item: &CleanEntry) -> Option<Url> {
    if is_one_of_many(item) {
        return None;
    }
    let mut url = Url::parse(item.url.as_deref()?).ok()?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// Whether an item is known by the part of a page that it leads to.
fn is_one_of_many(item: &CleanEntry) -> bool {
    let link = item.canonical_link.as_deref();
    link.and_then(urls::part).is_some()
}

/// Takes out of a poll what is to be read from its own page first; of what stays it is said what
/// becomes of it, since that was decided over all of them.
pub(in crate::poll) fn set_aside(
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
        if fate == Fate::Public && is_one_of_many(&arrival.item) {
            arrival.item.repairs.push(ONE_OF_MANY.to_owned());
        }
        if fate != Fate::Public || page(&arrival.item).is_none() {
            poll.arrivals.push(arrival);
            continue;
        }
        if !is_worth_reading(&arrival, store, bench)? {
            keep_article(&mut arrival);
            // How its page was read is of no use any more.
            if let Some((number, ..)) = &arrival.known
                && store.read_article(*number)?.is_some()
            {
                changes.pages.articles.push((*number, None));
            }
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
            unread: before.as_ref().and_then(|before| before.unread.clone()),
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
pub(super) fn keep_article(arrival: &mut Arrival) {
    if let Some((_, _, before)) = &arrival.known
        && before.content_html.len() > arrival.text.content_html.len()
    {
        arrival.text.content_html.clone_from(&before.content_html);
    }
}
