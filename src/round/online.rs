//! Asking every source once, to see whether it answers and what would come in. Nothing of that is
//! stored or published, but which hosts want to be left alone: the schedule of the next round is what
//! it was.
//!
//! The manners are those of a round that is started by hand: what was polled within `min_interval`,
//! or wants to be left alone, is left alone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::asking::{Asking, Ended};
use super::departed::Departed;
use super::limits::within_limits;
use super::turns::{Groups, take_turns};
use super::{Progress, RoundError, Stop};
use crate::config::Config;
use crate::fetch::{Client, Hosts, host_of};
use crate::model::{Location, Source, SourceState};
use crate::poll::{
    Answered, Assignment, Desks, Glance, Surroundings, glance, of_these_settings, of_this_reading,
    page_to_read_again,
};
use crate::publish::user_agent;
use crate::schedule::{self, NotDue};
use crate::store::{Changes, Result as StoreResult, Store, View};
use crate::tag::{Selector, Tagger};
use crate::world::World;

/// What one source answered.
#[derive(Debug)]
pub struct Sighting {
    /// Id of the source.
    pub source: String,
    /// Status code, where there was an answer over HTTP.
    pub status: Option<u16>,
    /// What came of it.
    pub found: Found,
    /// Whether it does not answer now, and has failed for longer than `alert_after`.
    pub is_alarming: bool,
}

/// What came of asking a source, or of not asking it.
#[derive(Debug)]
pub enum Found {
    /// A good answer.
    Answer(Glance),
    /// No good answer: what happened, and the remedy.
    Failed(String),
    /// It was not asked.
    LeftOut(NotDue),
    /// It was not asked: its url or headers have values of the environment.
    Secret,
    /// It was not asked, or not to the end: the run was stopped.
    Stopped,
}

/// What came of asking all sources.
#[derive(Debug, Default)]
pub struct Sightings {
    /// One for each enabled source, in the order of feeds.toml.
    pub sources: Vec<Sighting>,
    /// The signal that stopped the run early.
    pub stopped: Option<i32>,
}

/// The id under which a source is remembered: a former one until the next round renames it.
///
/// # Errors
/// Where the store cannot be read.
pub fn known_as<'s>(store: &View, source: &'s Source) -> StoreResult<&'s str> {
    for id in std::iter::once(&source.id).chain(&source.was) {
        if store.knows_source(id)? {
            return Ok(id);
        }
    }
    Ok(&source.id)
}

/// Asks every enabled source once; those with values of the environment only `with_secrets`. Without
/// a store nothing is known of any.
///
/// # Errors
/// Where the store cannot be read or the HTTP client cannot be made. What fails at a source is in
/// what is returned.
pub async fn look_online(
    store: Option<&Store>,
    config: &Config,
    world: &World,
    with_secrets: bool,
    mut stop: Stop,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Sightings, RoundError> {
    let (transport, room) = within_limits(&config.fetch, world.limits.files_left());
    let remembered = match store {
        Some(store) => store.reading().hosts()?,
        None => Vec::new(),
    };
    let hosts = Hosts::new(Arc::clone(&world.clock), config.fetch.host_gap, remembered);
    let client = Client::new(
        &transport,
        &user_agent(&config.site),
        world.names.clone(),
        Arc::clone(&world.clock),
        hosts.clone(),
    )
    .map_err(|error| RoundError::Client(error.message))?;
    let surroundings = Surroundings {
        client,
        clock: Arc::clone(&world.clock),
        directory: Arc::new(config.directory.clone()),
        timeout: config.fetch.timeout,
        max_body: config.fetch.max_body,
        desks: Desks::for_each_core(),
    };
    let departed = match store {
        Some(store) => Departed::of(&store.reading(), config)?,
        None => Departed::default(),
    };
    let mut view = Looking {
        store,
        config,
        world,
        tagger: Tagger::new(&config.tags),
        selector: departed.selector(&config.outputs, &config.sources),
        found: HashMap::new(),
    };
    let mut due = view.due(&hosts, with_secrets)?;
    let of = due.iter().map(|assignment| assignment.sources.len()).sum();
    let mut done = 0;
    watch(Progress { done, of });
    let mut asking = Asking::new(surroundings, room);
    let mut stopped = *stop.borrow();
    loop {
        if stopped.is_some() {
            asking.abort_all();
            due.clear();
        }
        while asking.has_room() {
            let Some(assignment) = due.pop_front() else { break };
            asking.begin(assignment);
        }
        if asking.is_idle() {
            break;
        }
        tokio::select! {
            ended = asking.next(|| world.clock.now()) => {
                let answered = match ended {
                    Some(Ended::Answered(answers) | Ended::Exhausted(_, answers)) => answers,
                    Some(Ended::TooMany(assignment)) => {
                        due.push_front(assignment);
                        continue;
                    }
                    None => continue,
                };
                done += answered.len();
                tokio::task::block_in_place(|| view.note(&answered))?;
                watch(Progress { done, of });
            }
            Ok(()) = stop.changed(), if stopped.is_none() => stopped = *stop.borrow(),
        }
    }
    if let Some(store) = store {
        tokio::task::block_in_place(|| keep_silence(store, &hosts, world.clock.now()))?;
    }
    Ok(Sightings { sources: view.finish(), stopped })
}

/// Stores which hosts want to be left alone, and nothing else: that is theirs to say, whoever asks.
fn keep_silence(store: &Store, hosts: &Hosts, now: DateTime<Utc>) -> StoreResult<()> {
    let mut changes = hosts.take_changes();
    changes.retain(|(_, host)| host.silence(now).is_some());
    if changes.is_empty() {
        return Ok(());
    }
    let mut writing = store.writing();
    writing.commit(&Changes { at: Some(now), hosts: changes, ..Changes::default() })?;
    writing.flush()
}

/// What is found, source by source.
struct Looking<'a> {
    store: Option<&'a Store>,
    config: &'a Config,
    world: &'a World,
    tagger: Tagger,
    selector: Selector,
    found: HashMap<String, Sighting>,
}

impl Looking<'_> {
    /// What is asked; of what is not it is noted why.
    fn due(
        &mut self,
        hosts: &Hosts,
        with_secrets: bool,
    ) -> Result<VecDeque<Assignment>, RoundError> {
        let now = self.world.clock.now();
        let reading = self.store.map(Store::reading);
        let mut groups = Groups::default();
        for source in self.config.sources.iter().filter(|source| source.enabled) {
            if source.has_secrets && !with_secrets {
                self.found.insert(source.id.clone(), sighting(source, None, Found::Secret));
                continue;
            }
            let mut state = SourceState::default();
            let mut saved = None;
            if let Some(store) = &reading {
                if store.stopped(&source.id)?.is_some() {
                    let found = Found::LeftOut(NotDue::TakenDown);
                    self.found.insert(source.id.clone(), sighting(source, None, found));
                    continue;
                }
                let known = store.source(known_as(store, source)?)?;
                state = of_these_settings(source, known, &self.config.fetch);
                saved = page_to_read_again(store, source, &state)?;
            }
            groups.add(source, state, saved);
        }
        drop(reading);
        let mut due = Vec::new();
        for mut group in groups.assignments() {
            // What holds for one of them holds for all.
            let not_due = group.sources.iter().find_map(|assigned| {
                if let Location::Web(url) = &assigned.source.location
                    && let Some(until) = hosts.silent_until(&host_of(url))
                {
                    return Some(NotDue::ServerDemand(until));
                }
                let (source, schedule) = (&assigned.source, &self.config.schedule);
                schedule::is_due(source, &assigned.state, schedule, now, true).err()
            });
            for assigned in &mut group.sources {
                let source = &assigned.source;
                assigned.state =
                    of_this_reading(source, &assigned.state, assigned.saved.as_deref());
                if let Some(not_due) = not_due {
                    let found = sighting(source, None, Found::LeftOut(not_due));
                    self.found.insert(source.id.clone(), found);
                }
            }
            if not_due.is_none() {
                due.push(group);
            }
        }
        self.world.random.shuffle(&mut due);
        Ok(take_turns(due))
    }

    /// Notes what came; the documents are let go of.
    fn note(&mut self, answers: &[Answered]) -> Result<(), RoundError> {
        for answered in answers {
            let source = &*answered.assigned.source;
            let mut is_alarming = false;
            let found = match &answered.content {
                Ok(content) => {
                    let reading = self.store.map(Store::reading);
                    let known_as = match &reading {
                        Some(store) => known_as(store, source)?,
                        None => &source.id,
                    };
                    let store = reading.as_deref();
                    let (tagger, selector) = (&self.tagger, &self.selector);
                    Found::Answer(glance(answered, content, known_as, store, tagger, selector)?)
                }
                Err(failure) => match failure.silent_until.filter(|_| failure.is_unasked) {
                    Some(until) => Found::LeftOut(NotDue::ServerDemand(until)),
                    None => {
                        let (state, schedule) = (&answered.assigned.state, &self.config.schedule);
                        is_alarming = schedule::is_alarming(state, schedule, answered.at);
                        Found::Failed(failure.message.clone())
                    }
                },
            };
            let sighting = Sighting { is_alarming, ..sighting(source, answered.status, found) };
            self.found.insert(source.id.clone(), sighting);
        }
        Ok(())
    }

    /// One for each enabled source, in the order of feeds.toml.
    fn finish(mut self) -> Vec<Sighting> {
        let enabled = self.config.sources.iter().filter(|source| source.enabled);
        enabled
            .map(|source| {
                let found = self.found.remove(&source.id);
                found.unwrap_or_else(|| sighting(source, None, Found::Stopped))
            })
            .collect()
    }
}

fn sighting(source: &Source, status: Option<u16>, found: Found) -> Sighting {
    Sighting { source: source.id.clone(), status, found, is_alarming: false }
}
