//! The sweep at the beginning of a round: what has expired goes, once a day.
//!
//! Full texts go when they are older than `keep`; title, link, dates, credits and categories stay,
//! and so does every identity, so that an item which its source still lists is never news again.
//! Items that were remembered without being taken are forgotten when they were not listed for long.
//! Publishing reads no clock: what expires is expired here, and stored.

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Config;
use crate::model::{Entry, EntryNumber, Removed, Text};
use crate::store::{Changes, Result, Store, Sweep, View};

/// It is swept this often.
const EVERY: TimeDelta = TimeDelta::days(1);

/// Entries that are looked at in one transaction.
const ENTRIES_AT_ONCE: usize = 500;

/// Transactions of one sweep; what is left comes the next day.
const MOST_TRANSACTIONS: usize = 20;

/// Identities that are looked at in one sweep.
const IDENTITIES_AT_ONCE: usize = 50_000;

/// An identity that was not taken is forgotten when its source has not listed it for so long.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(60);

/// Feeds tell so long that a story is gone.
const TOLD_FOR: TimeDelta = TimeDelta::days(30);

/// Sweeps, if it is time for it; says how many texts went.
///
/// # Errors
/// Where the store cannot be used.
pub fn sweep(store: &Store, config: &Config, now: DateTime<Utc>) -> Result<usize> {
    let last = store.reading().sweep()?;
    // A time ahead is that of a clock that was set back since.
    if last.at.is_some_and(|at| (now - at).abs() < EVERY) {
        return Ok(0);
    }
    let keep = TimeDelta::from_std(config.store.keep).ok();
    let cutoff = keep.and_then(|keep| now.checked_sub_signed(keep));
    let mut swept = 0;
    for _ in 0..MOST_TRANSACTIONS {
        let mut writing = store.writing();
        let from = writing.sweep()?;
        let expired = match cutoff {
            Some(cutoff) => expired(&writing, from.entries, cutoff)?,
            None => Expired { done_to: from.entries, ..Expired::default() },
        };
        let is_done = expired.entries.len() < ENTRIES_AT_ONCE;
        let mut changes = Changes { at: Some(now), ..Changes::default() };
        swept += expired.entries.len();
        changes.stories = shorter_stories(&writing, &expired.entries)?;
        changes.entries = expired.entries;
        let mut state = Sweep { entries: expired.done_to, ..from };
        if is_done {
            let before = now.checked_sub_signed(FORGOTTEN_AFTER).unwrap_or(now);
            let (stale, next) = writing.stale_seen(&state.seen, IDENTITIES_AT_ONCE, before)?;
            changes.seen_gone = stale;
            changes.decisions.told = told_for_long(&writing, now)?;
            state = Sweep { at: Some(now), seen: next, ..state };
        }
        changes.sweep = Some(state);
        writing.commit(&changes)?;
        writing.flush()?;
        if is_done {
            break;
        }
    }
    Ok(swept)
}

/// Stories of which feeds have told for long enough that they are gone.
fn told_for_long(view: &View, now: DateTime<Utc>) -> Result<Vec<crate::model::StoryNumber>> {
    let before = now.checked_sub_signed(TOLD_FOR).unwrap_or(now);
    let is_old = |pair: &Result<(_, Removed)>| match pair {
        Ok((_, removed)) => removed.at < before,
        Err(_) => true,
    };
    view.removed().filter(is_old).map(|pair| Ok(pair?.0)).collect()
}

#[derive(Default)]
struct Expired {
    /// Entries with what is left of their words.
    entries: Vec<(EntryNumber, Entry, Option<Text>)>,
    /// Everything up to this one has been looked at.
    done_to: EntryNumber,
}

/// The next entries whose words have expired. They are in the order in which they were seen: the
/// first that has not expired ends the walk.
fn expired(view: &View, from: EntryNumber, cutoff: DateTime<Utc>) -> Result<Expired> {
    let mut expired = Expired { done_to: from, ..Expired::default() };
    for pair in view.entries_after(from) {
        let (number, entry) = pair?;
        let newest = entry.updated.unwrap_or(entry.first_seen).max(entry.first_seen);
        if entry.first_seen > cutoff || expired.entries.len() >= ENTRIES_AT_ONCE {
            break;
        }
        expired.done_to = number;
        let text = view.text(number, entry.revision)?;
        if newest <= cutoff && !text.is_bare() {
            let mut bare = entry;
            bare.revision = bare.revision.saturating_add(1);
            expired.entries.push((number, bare, Some(text.without_words())));
        }
    }
    Ok(expired)
}

type StoryChange = (crate::model::StoryNumber, Option<crate::model::Story>, crate::model::Story);

/// The stories of which an output may show less now.
fn shorter_stories(
    view: &View,
    entries: &[(EntryNumber, Entry, Option<Text>)],
) -> Result<Vec<StoryChange>> {
    let mut changed = std::collections::BTreeMap::new();
    for (number, entry, _) in entries {
        let before = view.story(entry.story)?;
        if before.lead == *number {
            let mut after = before.clone();
            after.revision = after.revision.saturating_add(1);
            changed.insert(entry.story, (Some(before), after));
        }
    }
    Ok(changed.into_iter().map(|(number, (before, after))| (number, before, after)).collect())
}
