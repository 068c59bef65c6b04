//! The story of one poll from top to bottom, then of a batch of them.
//!
//! [`lease`] stores when a source is next due, before it is asked. [`ask`] fetches, reads and
//! cleans, and decides nothing. [`settle`] judges a batch of answers and stores what follows: what
//! is new, what joins, when each source is next due. A failure is data; it never stops the batch.

mod again;
mod article;
mod ask;
mod barred;
mod boilerplate;
mod decide;
mod decided;
mod document;
mod failure;
mod glance;
mod judge;
mod links;
mod merge;
mod organisation;
mod recognise;
mod select;

pub use again::{of_this_reading, page_to_read_again};
pub use article::{
    Done, Errand, Outcome, Page, Reading, Turn, ask_article, settle_articles, validators_of,
};
pub use ask::{Answered, Assigned, Assignment, Content, Surroundings, WITHHELD, ask};
pub use barred::of_these_settings;
pub use document::Desks;
pub use failure::Failure;
pub use glance::{Glance, Glimpse, glance};
pub use judge::{Bench, SourceReport};
pub use links::story_of_link;
pub use organisation::{kept_organisation, organisation_key, organisation_today};
pub use select::select_outputs;

use chrono::{DateTime, Utc};

use crate::fetch::Hosts;
use crate::model::{HostState, SourceState};
use crate::schedule::Settings as Schedule;
use crate::store::{Changes, Epoch, Result, Seen, Store};

/// What a lease follows.
pub struct Terms<'a> {
    /// What feeds.toml says of when to poll.
    pub schedule: &'a Schedule,
    /// The hosts, which are asked now as far as the next process knows.
    pub hosts: &'a Hosts,
    /// Whether nothing was asked yet in this round: then the first of the assignments is asked before the
    /// others, and so is not passed over should the round die at once.
    pub is_beginning: bool,
    /// The time.
    pub now: DateTime<Utc>,
    /// A number from 0 to 1, another one each time.
    pub chance: &'a dyn Fn() -> f64,
}

/// Stores what holds if the process dies, before any of the requests is sent: due times, that the
/// hosts were asked, and who comes first in the next round.
///
/// # Errors
/// Where the store does not take them, or is not the one any more that the assignments were read
/// from; nothing may be asked then.
pub fn lease<'a>(
    store: &Store,
    epoch: Epoch,
    assignments: impl IntoIterator<Item = &'a mut Assignment>,
    terms: &Terms<'_>,
) -> Result<()> {
    let Terms { schedule, now, .. } = *terms;
    let mut sources = Vec::new();
    let mut hosts = Vec::new();
    for (place, assignment) in assignments.into_iter().enumerate() {
        // Sources with one url stay in step.
        let chance = (terms.chance)();
        if let Some(host) = assignment.host() {
            hosts.push(host);
        }
        for assigned in &mut assignment.sources {
            assigned.before = assigned.state.clone();
            let Assigned { source, state, saved, .. } = &*assigned;
            let leased = ask::leased(source, state, saved.as_deref(), schedule, now, chance);
            let is_first = terms.is_beginning && place == 0;
            let passed_over = if is_first { 0 } else { leased.passed_over.saturating_add(1) };
            assigned.state = SourceState { passed_over, ..leased };
            sources.push((assigned.source.id.clone(), assigned.state.clone()));
        }
    }
    if sources.is_empty() {
        return Ok(());
    }
    let hosts = terms.hosts.being_asked(hosts);
    let mut writing = store.writing_to(epoch)?;
    writing.commit(&Changes { at: Some(now), sources, hosts, ..Changes::default() })?;
    writing.flush()
}

/// Gives back the leases of sources that are not asked after all.
///
/// # Errors
/// Where the store does not take it, or is another one now.
pub fn give_back(
    store: &Store,
    epoch: Epoch,
    assignments: impl IntoIterator<Item = Assignment>,
) -> Result<()> {
    let sources: Vec<_> = assignments
        .into_iter()
        .flat_map(|assignment| assignment.sources)
        .map(|assigned| (assigned.source.id.clone(), assigned.before))
        .collect();
    if sources.is_empty() {
        return Ok(());
    }
    let mut writing = store.writing_to(epoch)?;
    writing.commit(&Changes { sources, ..Changes::default() })?;
    writing.flush()
}

/// Names of items that are remembered in one transaction.
const NAMES_AT_ONCE: usize = 2_000;

/// Takes out what is only remembered as seen, in portions, where it is much: a transaction of sled holds
/// all that it has written on the way, 30 KB for each item of a feed of very many. Of what is seen
/// nothing becomes an entry, whether or not the rest is stored as well.
fn left_out(changes: &mut Changes) -> Vec<Vec<(String, u128, Seen)>> {
    if changes.seen.len() <= NAMES_AT_ONCE {
        return Vec::new();
    }
    let left_out: Vec<_> =
        changes.seen.extract_if(.., |(_, _, seen)| seen.entry.is_none()).collect();
    left_out.chunks(NAMES_AT_ONCE).map(<[_]>::to_vec).collect()
}

/// Judges a batch of answers as one and stores the outcome: all of it, or nothing. Of a dry run only
/// what is due when is stored, and that there was a poll.
///
/// # Errors
/// Where the store cannot be read or written, or is another one now: then nothing of the answers is
/// stored, since they were asked for what the other one knew.
pub fn settle(
    store: &Store,
    epoch: Epoch,
    answers: &[Answered],
    hosts: Vec<(String, HostState)>,
    bench: &Bench<'_>,
    is_dry: bool,
) -> Result<(Changes, Vec<SourceReport>)> {
    let mut writing = store.writing_to(epoch)?;
    let (mut changes, reports) = judge::judge(answers, &writing, bench)?;
    changes.hosts = hosts;
    if is_dry {
        writing.commit(&judge::of_the_schedule(&changes, answers))?;
    } else {
        let at = changes.at;
        for seen in left_out(&mut changes) {
            writing.commit(&Changes { at, seen, ..Changes::default() })?;
        }
        writing.commit(&changes)?;
    }
    writing.flush()?;
    Ok((changes, reports))
}
