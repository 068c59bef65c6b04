//! In which order arrivals are judged, which are taken, and with which dates.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::decide::{Arrival, Place, Polled};
use crate::model::CleanEntry;

/// Most new entries that are taken from one poll of a source; the rest is remembered as seen.
const MOST_NEW_ENTRIES: usize = 300;

/// The dates of a new entry, fixed at first sight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dates {
    pub(super) published: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    pub(super) sort: DateTime<Utc>,
    pub(super) entered: DateTime<Utc>,
}

/// What becomes of an item that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is taken and out: news, a new revision, or the newest of a new source.
    Public,
    /// It is taken and not out: it was there before we were, or had left the outputs.
    Backlog,
    /// It is remembered as seen and not taken: more than a poll may bring.
    Dropped,
}

/// What becomes of the arrivals of one poll, one by one; `backlog` of a new source are public. What
/// was decided already stays.
pub fn fates(poll: &Polled, backlog: usize) -> Vec<Fate> {
    let first_known = poll.arrivals.iter().position(|arrival| arrival.known.is_some());
    let mut fates = vec![Fate::Public; poll.arrivals.len()];
    let mut fresh = Vec::new();
    for (index, (arrival, fate)) in poll.arrivals.iter().zip(&mut fates).enumerate() {
        match arrival.fate {
            Some(decided) => *fate = decided,
            None if arrival.known.is_some() => {}
            None => {
                let is_old = is_beyond(poll, &arrival.item, index, first_known);
                let sort = dates(poll, arrival, poll.is_first || is_old, None).sort;
                fresh.push((Reverse(sort), arrival.position, index, is_old));
            }
        }
    }
    // Newest first; in a document without dates its first item is its newest.
    fresh.sort_unstable();
    let most_public = if poll.is_first { backlog } else { usize::MAX };
    for (rank, (_, _, index, is_old)) in fresh.into_iter().enumerate() {
        if let Some(fate) = fates.get_mut(index) {
            *fate = match rank {
                rank if rank >= MOST_NEW_ENTRIES => Fate::Dropped,
                rank if rank >= most_public || is_old => Fate::Backlog,
                _ => Fate::Public,
            };
        }
    }
    fates
}

/// The arrivals of all polls, in the order in which they are judged: those that link to their own
/// site before those that link elsewhere, then oldest publication first, so that the original
/// comes before its copies, whatever dates these claim.
pub(super) fn in_order(
    polls: &[Polled],
    backlog: usize,
    newest_entered: Option<DateTime<Utc>>,
) -> Vec<(Fate, Dates, usize, usize)> {
    let mut all = Vec::new();
    for (poll_index, poll) in polls.iter().enumerate() {
        let first_known = poll.arrivals.iter().position(|arrival| arrival.known.is_some());
        let fates = fates(poll, backlog);
        for (index, (arrival, fate)) in poll.arrivals.iter().zip(fates).enumerate() {
            let is_old = arrival.known.is_none()
                && (poll.is_first || is_beyond(poll, &arrival.item, index, first_known));
            let dates = dates(poll, arrival, is_old, newest_entered);
            all.push((fate, dates, poll_index, index));
        }
    }
    all.sort_by_cached_key(|(fate, dates, poll_index, index)| {
        let poll = polls.get(*poll_index);
        let date = match fate {
            Fate::Public | Fate::Backlog => dates.sort,
            Fate::Dropped => DateTime::<Utc>::MAX_UTC,
        };
        let priority = poll.map_or(0, |poll| poll.priority);
        let order = poll.map_or(0, |poll| poll.order);
        let arrival = poll.and_then(|poll| poll.arrivals.get(*index));
        let place = arrival.map_or(Place::Home, |arrival| arrival.place);
        (Reverse(place), date, Reverse(priority), order, *index)
    });
    all
}

/// Whether an unknown item is an old one of a source whose store was restored: it is not younger
/// than what our own outputs know, or stands behind an item that is known.
fn is_beyond(poll: &Polled, item: &CleanEntry, index: usize, first_known: Option<usize>) -> bool {
    poll.horizon.is_some_and(|horizon| match item.published.or(item.updated) {
        Some(date) => date <= horizon,
        None => first_known.is_none_or(|first_known| index > first_known),
    })
}

/// Dates of a new entry: nothing lies in the future, nothing undated becomes news.
fn dates(
    poll: &Polled,
    arrival: &Arrival,
    is_old: bool,
    newest_entered: Option<DateTime<Utc>>,
) -> Dates {
    let (item, seen) = (&arrival.item, poll.at);
    let not_later = |date: DateTime<Utc>| date.min(seen);
    // A date that lies ahead is no date; only clocks that run a little fast are forgiven.
    let is_past = |date: &DateTime<Utc>| *date <= seen + TimeDelta::days(1);
    let said = item.published.filter(is_past).or(item.updated.filter(is_past));
    let published = match said {
        Some(date) => not_later(date),
        // The undated items of a new source are spread into the past, in document order.
        None if is_old => {
            let base = poll.document_date.map_or(seen, not_later);
            let minutes =
                i64::try_from(arrival.position).unwrap_or(i64::MAX / 120).saturating_add(1);
            base - TimeDelta::try_minutes(minutes).unwrap_or_default()
        }
        None => seen,
    };
    let updated = item.updated.map_or(published, not_later).max(published);
    let sort = published.min(item.updated.unwrap_or(published)).min(seen);
    let entered = if is_old {
        sort
    } else {
        // Whoever comes later enters later, whatever the clock said in between.
        let after = newest_entered.map(|newest| newest + TimeDelta::milliseconds(1));
        after.filter(|after| *after > seen).unwrap_or(seen)
    };
    Dates { published, updated, sort, entered }
}
