//! Polling what is due: leases, many requests at once, batches of answers into the store.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::turns::{Address, take_turns};
use super::{RoundError, tag_authority};
use crate::config::Config;
use crate::fetch::{self, Client, Hosts, host_of};
use crate::model::{Location, Outcome, Source};
use crate::poll::{
    Answered, Assigned, Assignment, Bench, SourceReport, Surroundings, ask, give_back, lease,
    settle,
};
use crate::publish::user_agent;
use crate::schedule::{self, NotDue};
use crate::store::{Changes, Epoch, Store, StoreError};
use crate::story::{TagAuthority, Tally};
use crate::tag::Tagger;
use crate::world::World;

/// Sources whose due times are written at once, before their requests are sent.
const LEASE: usize = 48;

/// Answers wait this long for others, so that copies of one story that arrive together are judged
/// together; then they are stored.
const FLUSH_AFTER: Duration = Duration::from_secs(5);

/// Answers that are stored without waiting for more.
const BATCH_POLLS: usize = 64;

/// Bytes of answers that are stored without waiting for more.
const BATCH_BYTES: u64 = 32 * 1024 * 1024;

/// How long requests that are under way may still take once the run is asked to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Which sources to poll.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Ids of sources; all where empty.
    pub sources: Vec<String>,
    /// Whether intervals are passed over (`--now`).
    pub by_hand: bool,
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
    /// The signal that stopped the run early.
    pub stopped: Option<i32>,
    /// The store was restored meanwhile; nothing is told of what was polled before.
    pub is_replaced: bool,
}

/// A source that has failed for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Id of the source.
    pub source: String,
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
    let mut round = Round::new(store, epoch, config, tagger, world, authority)?;
    let mut due = round.due(request)?;
    let of = due.iter().map(|assignment| assignment.sources.len()).sum();
    let mut done = 0;
    watch(Progress { done, of });
    let surroundings = round.surroundings()?;
    let mut leased: VecDeque<Assignment> = VecDeque::new();
    let mut running: JoinSet<Vec<Answered>> = JoinSet::new();
    // What is being asked, so that a task that breaks leaves a record as well.
    let mut asking: HashMap<tokio::task::Id, Assignment> = HashMap::new();
    let mut pending: Vec<Answered> = Vec::new();
    let mut flush: Option<Timer> = None;
    let mut stopping: Option<Timer> = None;
    let mut concurrency = round.transport.concurrency;
    loop {
        if round.report.stopped.is_none() && stop.borrow().is_some() {
            round.report.stopped = *stop.borrow();
            stopping = Some(world.clock.sleep(STOP_WITHIN));
        }
        if round.report.stopped.is_some() {
            due.clear();
            give_back(store, epoch, leased.drain(..))?;
        }
        while running.len() < concurrency {
            if leased.is_empty() {
                leased = round.lease(&mut due)?;
            }
            let Some(assignment) = leased.pop_front() else { break };
            let (asked, surroundings) = (assignment.clone(), surroundings.clone());
            let task = running.spawn(async move { ask(asked, &surroundings).await });
            asking.insert(task.id(), assignment);
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some(ended) = running.join_next_with_id() => {
                let answered = match ended {
                    Ok((id, answered)) => {
                        let assignment = asking.remove(&id);
                        match (exhaustion(&answered), assignment) {
                            // Too much was asked at once: with less under way it will do.
                            (Some(_), Some(assignment)) if !running.is_empty() => {
                                concurrency = running.len();
                                leased.push_front(assignment);
                                Vec::new()
                            }
                            (Some(message), Some(assignment)) => {
                                leased.push_front(assignment);
                                round.store_batch(&mut pending)?;
                                give_back(store, epoch, leased.drain(..))?;
                                return Err(RoundError::Exhausted(message));
                            }
                            _ => answered,
                        }
                    }
                    // Given up because the run was asked to stop: the lease holds.
                    Err(error) if error.is_cancelled() => Vec::new(),
                    Err(error) => asking
                        .remove(&error.id())
                        .map(|assignment| assignment.broken(world.clock.now()))
                        .unwrap_or_default(),
                };
                done += answered.len();
                watch(Progress { done, of });
                pending.extend(answered);
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
            () = wait(&mut stopping) => {
                running.abort_all();
                stopping = None;
            }
        }
    }
    round.store_batch(&mut pending)?;
    round.finish()
}

/// Files that are left to the store, the outputs, and those who ask at the socket.
const FILES_FOR_OURSELVES: usize = 24;

/// Files that one request may need: its connection, and what looks up its host's name.
const FILES_FOR_A_REQUEST: usize = 3;

/// As many requests at once as the files allow that may still be opened, at least one.
fn within_limits(settings: &fetch::Settings, files_left: usize) -> fetch::Settings {
    let possible = files_left.saturating_sub(FILES_FOR_OURSELVES) / FILES_FOR_A_REQUEST;
    let is_tight = possible < settings.concurrency.saturating_mul(2);
    fetch::Settings {
        concurrency: settings.concurrency.min(possible).max(1),
        keeps_connections: settings.keeps_connections && !is_tight,
        ..settings.clone()
    }
}

/// What our own machine lacked, where that is why there is no answer.
fn exhaustion(answered: &[Answered]) -> Option<String> {
    let failure = answered.first()?.content.as_ref().err()?;
    failure.is_ours.then(|| failure.message.clone())
}

type Timer = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn wait(timer: &mut Option<Timer>) {
    match timer {
        Some(timer) => timer.as_mut().await,
        None => std::future::pending().await,
    }
}

struct Round<'a> {
    store: &'a Arc<Store>,
    epoch: Epoch,
    config: &'a Config,
    /// What feeds.toml says of the transport, within what this process may open.
    transport: fetch::Settings,
    tagger: &'a Tagger,
    world: &'a World,
    authority: TagAuthority,
    hosts: Hosts,
    priorities: HashMap<String, i64>,
    reports: BTreeMap<usize, SourceReport>,
    report: PollReport,
}

impl<'a> Round<'a> {
    fn new(
        store: &'a Arc<Store>,
        epoch: Epoch,
        config: &'a Config,
        tagger: &'a Tagger,
        world: &'a World,
        authority: TagAuthority,
    ) -> Result<Self, RoundError> {
        let hosts =
            Hosts::new(Arc::clone(&world.clock), config.fetch.host_gap, store.reading().hosts()?);
        let priorities =
            config.sources.iter().map(|source| (source.id.clone(), source.priority)).collect();
        Ok(Self {
            store,
            epoch,
            config,
            transport: within_limits(&config.fetch, world.limits.files_left()),
            tagger,
            world,
            authority,
            hosts,
            priorities,
            reports: BTreeMap::new(),
            report: PollReport::default(),
        })
    }

    fn surroundings(&self) -> Result<Surroundings, RoundError> {
        let client = Client::new(
            &self.transport,
            &user_agent(&self.config.site),
            self.world.names.clone(),
            Arc::clone(&self.world.clock),
            self.hosts.clone(),
        )
        .map_err(|error| RoundError::Client(error.message))?;
        Ok(Surroundings {
            client,
            clock: Arc::clone(&self.world.clock),
            directory: Arc::new(self.config.directory.clone()),
            timeout: self.config.fetch.timeout,
            max_body: self.config.fetch.max_body,
        })
    }

    /// The assignments of this round: shuffled, and the hosts taking turns, so that a run that
    /// dies early starves nobody and one slow host does not hold up the others.
    fn due(&mut self, request: &Request) -> Result<VecDeque<Assignment>, RoundError> {
        let mut groups: Vec<Assignment> = Vec::new();
        let mut by_address: HashMap<Address<'_>, usize> = HashMap::new();
        let store = self.store.reading();
        for source in self.config.sources.iter().filter(|source| source.enabled) {
            if source.kind == crate::model::Kind::Page {
                // `check` warns that pages are not read yet.
                self.skip(source, None);
                continue;
            }
            let state = store.source(&source.id)?;
            let assigned =
                Assigned { source: Arc::new(source.clone()), before: state.clone(), state };
            // Sources with one url are polled once.
            let place = *by_address.entry(Address::of(source)).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.sources.push(assigned),
                None => groups.push(Assignment { sources: vec![assigned] }),
            }
        }
        let wanted: HashSet<&str> = request.sources.iter().map(String::as_str).collect();
        let mut due = Vec::new();
        for group in groups {
            let is_wanted = wanted.is_empty()
                || group.sources.iter().any(|assigned| wanted.contains(&*assigned.source.id));
            if !is_wanted {
                continue;
            }
            match self.why_not(&group, request.by_hand) {
                None => due.push(group),
                Some(not_due) => {
                    for assigned in &group.sources {
                        self.skip(&assigned.source, Some(not_due));
                    }
                }
            }
        }
        self.world.random.shuffle(&mut due);
        Ok(take_turns(due))
    }

    /// Why none of these sources is polled now: what holds for one of them holds for all.
    fn why_not(&self, group: &Assignment, by_hand: bool) -> Option<NotDue> {
        let now = self.world.clock.now();
        if let Some(Location::Web(url)) = group.sources.first().map(|first| &first.source.location)
            && let Some(until) = self.hosts.silent_until(&host_of(url))
        {
            return Some(NotDue::ServerDemand(until));
        }
        group.sources.iter().find_map(|assigned| {
            let schedule = &self.config.schedule;
            schedule::is_due(&assigned.source, &assigned.state, schedule, now, by_hand).err()
        })
    }

    fn skip(&mut self, source: &Source, not_due: Option<NotDue>) {
        let report = SourceReport {
            id: source.id.clone(),
            outcome: Outcome::NotDue,
            status: None,
            error: None,
            tally: Tally::default(),
            repairs: Vec::new(),
        };
        self.reports.insert(source.order, report);
        if let Some(not_due) = not_due {
            self.report.not_due.push((source.id.clone(), not_due));
        }
    }

    /// Stores the due times of the next few dozen sources, before any of their requests is sent.
    fn lease(&self, due: &mut VecDeque<Assignment>) -> Result<VecDeque<Assignment>, RoundError> {
        let now = self.world.clock.now();
        let mut leased: VecDeque<Assignment> = due.drain(..due.len().min(LEASE)).collect();
        let chance = || self.world.random.fraction();
        tokio::task::block_in_place(|| {
            lease(self.store, self.epoch, &mut leased, &self.config.schedule, now, &chance)
        })?;
        Ok(leased)
    }

    /// Judges a batch of answers and stores the outcome in one transaction.
    fn store_batch(&mut self, pending: &mut Vec<Answered>) -> Result<(), RoundError> {
        if pending.is_empty() {
            return Ok(());
        }
        let mut answers = std::mem::take(pending);
        answers.sort_by_key(|answered| answered.assigned.source.order);
        let chance = || self.world.random.fraction();
        let bench = Bench {
            tagger: self.tagger,
            organisations: &self.config.organisations,
            priorities: &self.priorities,
            schedule: &self.config.schedule,
            authority: &self.authority,
            backlog: self.config.publish.backlog,
            chance: &chance,
        };
        let hosts = self.hosts.take_changes();
        let (changes, reports) = tokio::task::block_in_place(|| {
            settle(self.store, self.epoch, &answers, hosts, &bench)
        })?;
        for (_, before, after) in &changes.stories {
            let was_public = before.as_ref().is_some_and(crate::model::Story::is_public);
            match (was_public, after.is_public()) {
                (false, true) => self.report.new_stories += 1,
                (true, _) => self.report.updated_stories += 1,
                _ => {}
            }
        }
        for (answered, report) in answers.iter().zip(reports) {
            tracing::info!(
                source = report.id,
                outcome = ?report.outcome,
                new = report.tally.new,
                updated = report.tally.updated,
                error = report.error,
                bytes = answered.bytes,
                "polled"
            );
            self.reports.insert(answered.assigned.source.order, report);
        }
        Ok(())
    }

    /// Notes who has failed for long, and says it once a day.
    fn finish(mut self) -> Result<PollReport, RoundError> {
        let now = self.world.clock.now();
        let mut told = Vec::new();
        let mut writing = self.store.writing_to(self.epoch)?;
        for source in self.config.sources.iter().filter(|source| source.enabled) {
            let mut state = writing.source(&source.id)?;
            if !schedule::is_alarming(&state, &self.config.schedule, now) {
                continue;
            }
            let message = if schedule::is_alert_due(&state, now) {
                let since = state.failing_since.unwrap_or(now).format("%Y-%m-%d %H:%M UTC");
                let last = writing.polls(&source.id, 1)?.into_iter().next();
                let error = last.and_then(|poll| poll.error).unwrap_or_default();
                state.alerted = Some(now);
                told.push((source.id.clone(), state));
                Some(format!("{}: failing since {since}: {error}", source.id))
            } else {
                None
            };
            self.report.alarms.push(Alarm { source: source.id.clone(), message });
        }
        if !told.is_empty() {
            writing.commit(&Changes { at: Some(now), sources: told, ..Changes::default() })?;
            writing.flush()?;
        }
        self.report.sources = self.reports.into_values().collect();
        Ok(self.report)
    }
}
