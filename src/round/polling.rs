//! Polling what is due: leases, many requests at once, batches of answers into the store.

mod articles;
mod dry;
mod network;
mod state;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::asking::{Asking, Ended};
use super::limits::exhaustion;
use super::{RoundError, tag_authority};
use crate::config::Config;
use crate::poll::{Answered, Assignment, SourceReport, give_back};
use crate::schedule::NotDue;
use crate::store::{Store, StoreError};
use crate::tag::Tagger;
use crate::world::{self, World};
pub use dry::{Fate, WouldStore};
use state::Round;

/// Answers wait this long for others, so that copies of one story that arrive together are judged
/// together; then they are stored.
const FLUSH_AFTER: Duration = Duration::from_secs(5);

/// Answers that are stored without waiting for more.
const BATCH_POLLS: usize = 64;

/// Bytes of answers that are stored without waiting for more.
const BATCH_BYTES: u64 = 2 * 1024 * 1024;

/// After this nothing more is asked: what came is to be published, and what is left is due in the
/// next round.
const LONGEST_ROUND: Duration = Duration::from_secs(60 * 60);

/// How long requests that are under way may still take once the run is asked to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Which sources to poll.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Ids of sources; all where empty.
    pub sources: Vec<String>,
    /// Whether intervals are passed over (`--now`).
    pub by_hand: bool,
    /// Whether nothing but due times and poll records is stored (`--dry-run`).
    pub is_dry: bool,
}

/// Asks a run to stop; the value is the signal's number.
pub type Stop = watch::Receiver<Option<i32>>;

/// What happens while polling, for those who watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Sources that are done.
    pub done: usize,
    /// Sources that will be polled.
    pub of: usize,
}

/// What polling did.
#[derive(Debug, Default)]
pub struct PollReport {
    /// One for each source that was asked for, in the order of feeds.toml.
    pub sources: Vec<SourceReport>,
    /// Why sources that were asked for by hand were not polled.
    pub not_due: Vec<(String, NotDue)>,
    /// Stories that became public.
    pub new_stories: u32,
    /// Stories that were public and changed.
    pub updated_stories: u32,
    /// Sources that have failed for longer than `alert_after`, with what to say today, if anything.
    pub alarms: Vec<Alarm>,
    /// What is told once of sources: that they have moved, or want to be asked less often.
    pub tidings: Vec<(String, String)>,
    /// What to say of sources of which maintainers were told that they fail, and that answer again.
    pub recoveries: Vec<String>,
    /// Sources that were due and were not asked, since the round was stopped or took too long.
    pub unasked: usize,
    /// What a dry run would have stored.
    pub would_store: Vec<WouldStore>,
    /// The signal that stopped the run early.
    pub stopped: Option<i32>,
    /// The store was restored meanwhile; nothing is told of what was polled before.
    pub is_replaced: bool,
}

/// A source that has failed for long, or all of them, since nobody can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Id of the source, where it is one.
    pub source: Option<String>,
    /// What to tell the maintainers; `None` where they were told within the last day.
    pub message: Option<String>,
}

/// Polls the sources that are due and stores what they bring. Where the store is restored
/// meanwhile, nothing more is asked, and what was not stored yet is left out.
///
/// # Errors
/// Where the store or the HTTP client cannot be used. What fails at a source is in the report.
pub async fn poll_due(
    store: &Arc<Store>,
    config: &Config,
    tagger: &Tagger,
    world: &World,
    request: &Request,
    stop: Stop,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<PollReport, RoundError> {
    match poll(store, config, tagger, world, request, stop, watch).await {
        Err(RoundError::Store(StoreError::Replaced)) => {
            Ok(PollReport { is_replaced: true, ..PollReport::default() })
        }
        polled => polled,
    }
}

async fn poll(
    store: &Arc<Store>,
    config: &Config,
    tagger: &Tagger,
    world: &World,
    request: &Request,
    mut stop: Stop,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<PollReport, RoundError> {
    let now = world.clock.now();
    let authority = tag_authority(&mut store.writing(), config, now)?;
    let epoch = store.writing().epoch();
    let mut round = Round::new(store, epoch, config, tagger, world, authority, request)?;
    let mut due = round.due(request)?;
    let of = due.iter().map(|assignment| assignment.sources.len()).sum();
    let mut done = 0;
    watch(Progress { done, of });
    if due.is_empty() && !store.reading().is_any_waiting()? {
        // The system's certificates are not read for nothing.
        return round.finish();
    }
    world::take_small_pages();
    let surroundings = round.surroundings()?;
    let mut leased: VecDeque<Assignment> = VecDeque::new();
    let mut asking = Asking::new(surroundings.clone(), round.room);
    let mut pending: Vec<Answered> = Vec::new();
    let mut flush: Option<Timer> = None;
    let mut end = Some(world.clock.sleep(LONGEST_ROUND));
    let mut stopping: Option<Timer> = None;
    loop {
        if round.report.stopped.is_none() && stop.borrow().is_some() {
            round.report.stopped = *stop.borrow();
            stopping = Some(world.clock.sleep(STOP_WITHIN));
        }
        if round.report.stopped.is_some() || end.is_none() {
            let unasked = due.drain(..).chain(leased.iter().cloned());
            round.report.unasked +=
                unasked.map(|assignment| assignment.sources.len()).sum::<usize>();
            give_back(store, epoch, leased.drain(..))?;
        }
        while asking.has_room() {
            if leased.is_empty() {
                leased = round.lease(&mut due)?;
            }
            let Some(assignment) = leased.pop_front() else { break };
            if !round.puts_off(&assignment)? {
                asking.begin(assignment);
            }
        }
        if asking.is_idle() {
            break;
        }
        tokio::select! {
            ended = asking.next(|| world.clock.now()) => {
                let answered = match ended {
                    Some(Ended::Answered(answered)) => answered,
                    Some(Ended::TooMany(assignment)) => {
                        leased.push_front(assignment);
                        continue;
                    }
                    Some(Ended::Exhausted(assignment, answers)) => {
                        leased.push_front(assignment);
                        round.store_batch(&mut pending)?;
                        give_back(store, epoch, leased.drain(..))?;
                        let message = exhaustion(&answers).unwrap_or_default();
                        return Err(RoundError::Exhausted(message));
                    }
                    None => continue,
                };
                done += answered.len();
                watch(Progress { done, of });
                pending.extend(round.network.sift(answered));
                if flush.is_none() {
                    flush = Some(world.clock.sleep(FLUSH_AFTER));
                }
                let bytes: u64 = pending.iter().map(|answered| answered.bytes).sum();
                if pending.len() >= BATCH_POLLS || bytes >= BATCH_BYTES {
                    round.store_batch(&mut pending)?;
                    flush = None;
                }
            }
            () = wait(&mut flush) => {
                round.store_batch(&mut pending)?;
                flush = None;
            }
            Ok(()) = stop.changed(), if round.report.stopped.is_none() => {}
            () = wait(&mut end) => end = None,
            () = wait(&mut stopping) => {
                asking.abort_all();
                stopping = None;
            }
        }
    }
    pending.extend(round.network.rest());
    round.store_batch(&mut pending)?;
    if round.report.stopped.is_none() && !request.is_dry {
        articles::read_articles(&mut round, request, &surroundings, &mut stop).await?;
        round.report.stopped = *stop.borrow();
    }
    round.finish()
}

type Timer = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn wait(timer: &mut Option<Timer>) {
    match timer {
        Some(timer) => timer.as_mut().await,
        None => std::future::pending().await,
    }
}
