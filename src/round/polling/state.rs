//! What a round knows and has done: it chooses what is due, leases, stores, and notes alarms.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::dry::would_store;
use super::network::Network;
use super::{Alarm, PollReport, Request};
use crate::config::Config;
use crate::fetch::{self, Client, Hosts, host_of};
use crate::model::{Location, Outcome, Source, SourceState};
use crate::poll::{
    Answered, Assigned, Assignment, Bench, Desks, SourceReport, Surroundings, Terms, give_back,
    lease, of_these_settings, page_to_read_again, settle,
};
use crate::publish::user_agent;
use crate::round::departed::Departed;
use crate::round::limits::{Room, within_limits};
use crate::round::turns::{Groups, take_turns};
use crate::round::{RoundError, tell_once_a_day};
use crate::schedule::{self, NotDue};
use crate::store::{Changes, Epoch, Store};
use crate::story::{TagAuthority, Tally};
use crate::tag::{Selector, Tagger};
use crate::world::World;

/// The name under which it is noted that the maintainers were told of their network.
const NETWORK: &str = "network";

/// Sources whose due times are written at once, before their requests are sent.
const LEASE: usize = 48;

pub(super) struct Round<'a> {
    pub(super) store: &'a Arc<Store>,
    pub(super) epoch: Epoch,
    pub(super) config: &'a Config,
    /// What feeds.toml says of the transport, within what this process may open.
    transport: fetch::Settings,
    /// How many requests may be under way.
    pub(super) room: Room,
    tagger: &'a Tagger,
    selector: Selector,
    pub(super) world: &'a World,
    authority: TagAuthority,
    pub(super) hosts: Hosts,
    priorities: HashMap<String, i64>,
    pub(super) reports: BTreeMap<usize, SourceReport>,
    pub(super) report: PollReport,
    is_dry: bool,
    /// Whether intervals are passed over.
    is_by_hand: bool,
    /// Whether anything was leased.
    has_begun: bool,
    pub(super) network: Network,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        store: &'a Arc<Store>,
        epoch: Epoch,
        config: &'a Config,
        tagger: &'a Tagger,
        world: &'a World,
        authority: TagAuthority,
        request: &Request,
    ) -> Result<Self, RoundError> {
        let hosts =
            Hosts::new(Arc::clone(&world.clock), config.fetch.host_gap, store.reading().hosts()?);
        let priorities =
            config.sources.iter().map(|source| (source.id.clone(), source.priority)).collect();
        let (transport, room) = within_limits(&config.fetch, world.limits.files_left());
        Ok(Self {
            store,
            epoch,
            config,
            transport,
            room,
            tagger,
            selector: Departed::of(&store.reading(), config)?
                .selector(&config.outputs, &config.sources),
            world,
            authority,
            hosts,
            priorities,
            reports: BTreeMap::new(),
            report: PollReport::default(),
            is_dry: request.is_dry,
            is_by_hand: request.by_hand,
            has_begun: false,
            network: Network::default(),
        })
    }

    pub(super) fn surroundings(&self) -> Result<Surroundings, RoundError> {
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
            desks: Desks::for_each_core(),
        })
    }

    /// The assignments of this round: shuffled, and the hosts taking turns, so that a run that
    /// dies early starves nobody and one slow host does not hold up the others.
    pub(super) fn due(&mut self, request: &Request) -> Result<VecDeque<Assignment>, RoundError> {
        let mut groups = Groups::default();
        let store = self.store.reading();
        let mut stopped = Vec::new();
        for source in self.config.sources.iter().filter(|source| source.enabled) {
            if store.stopped(&source.id)?.is_some() {
                stopped.push(source);
                continue;
            }
            let state = of_these_settings(source, store.source(&source.id)?, &self.config.fetch);
            let saved = page_to_read_again(&store, source, &state)?;
            groups.add(source, state, saved);
        }
        drop(store);
        let wanted: HashSet<&str> = request.sources.iter().map(String::as_str).collect();
        for source in stopped {
            if wanted.is_empty() || wanted.contains(&*source.id) {
                self.skip(source, Some(NotDue::TakenDown));
            }
        }
        let mut due = Vec::new();
        for group in groups.assignments() {
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

    /// Whether an assignment that is about to be asked for is to wait after all: a round may be long
    /// under way, and its document may name the hour that it is now. Then it is given back.
    pub(super) fn puts_off(&mut self, assignment: &Assignment) -> Result<bool, RoundError> {
        let now = self.world.clock.now();
        let skipping = |one: &Assigned| schedule::is_skipping(&one.source, &one.state, now);
        let Some(not_due) = assignment.sources.iter().find_map(skipping) else { return Ok(false) };
        if self.is_by_hand {
            return Ok(false);
        }
        for assigned in &assignment.sources {
            self.skip(&assigned.source, Some(not_due));
        }
        tokio::task::block_in_place(|| give_back(self.store, self.epoch, [assignment.clone()]))?;
        Ok(true)
    }

    /// Stores the due times of the next few dozen sources, before any of their requests is sent.
    pub(super) fn lease(
        &mut self,
        due: &mut VecDeque<Assignment>,
    ) -> Result<VecDeque<Assignment>, RoundError> {
        let now = self.world.clock.now();
        let mut leased: VecDeque<Assignment> = due.drain(..due.len().min(LEASE)).collect();
        let chance = || self.world.random.fraction();
        let terms = Terms {
            schedule: &self.config.schedule,
            hosts: &self.hosts,
            is_beginning: !self.has_begun,
            now,
            chance: &chance,
        };
        tokio::task::block_in_place(|| lease(self.store, self.epoch, &mut leased, &terms))?;
        self.has_begun = true;
        Ok(leased)
    }

    /// Judges a batch of answers and stores the outcome in one transaction.
    pub(super) fn store_batch(&mut self, pending: &mut Vec<Answered>) -> Result<(), RoundError> {
        if pending.is_empty() {
            return Ok(());
        }
        let mut answers = std::mem::take(pending);
        answers.sort_by_key(|answered| answered.assigned.source.order);
        let hosts = self.hosts.take_changes();
        let (changes, reports) = self
            .judging(|bench| settle(self.store, self.epoch, &answers, hosts, bench, self.is_dry))?;
        if self.is_dry {
            self.report.would_store.extend(would_store(&changes));
        }
        self.count(&changes);
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
            self.report.recoveries.extend(recovery(answered, report.outcome));
            self.reports.insert(answered.assigned.source.order, report);
        }
        Ok(())
    }

    /// Does what needs all that judging needs, on a thread that may wait for the disk.
    pub(super) fn judging<T>(&self, act: impl FnOnce(&Bench<'_>) -> T) -> T {
        let chance = || self.world.random.fraction();
        let bench = Bench {
            tagger: self.tagger,
            selector: &self.selector,
            organisations: &self.config.organisations,
            priorities: &self.priorities,
            sources: &self.config.sources,
            schedule: &self.config.schedule,
            transport: &self.config.fetch,
            authority: &self.authority,
            backlog: self.config.publish.backlog,
            window: self.config.publish.window,
            chance: &chance,
        };
        tokio::task::block_in_place(|| act(&bench))
    }

    /// Counts the stories that became public, and those that were and changed.
    pub(super) fn count(&mut self, changes: &Changes) {
        for (_, before, after) in &changes.stories {
            let was_public = before.as_ref().is_some_and(crate::model::Story::is_public);
            match (was_public, after.is_public()) {
                (false, true) => self.report.new_stories += 1,
                (true, _) => self.report.updated_stories += 1,
                _ => {}
            }
        }
    }

    /// Notes who has failed for long, and says it once a day.
    pub(super) fn finish(mut self) -> Result<PollReport, RoundError> {
        let now = self.world.clock.now();
        let mut told = Vec::new();
        let mut writing = self.store.writing_to(self.epoch)?;
        for source in self.config.sources.iter().filter(|source| source.enabled) {
            let mut state = writing.source(&source.id)?;
            if writing.stopped(&source.id)?.is_some() {
                continue;
            }
            let tidings = schedule::tidings(source, &mut state, &self.config.schedule, now);
            if !tidings.is_empty() {
                told.push((source.id.clone(), state.clone()));
                let of_source = tidings.into_iter().map(|text| (source.id.clone(), text));
                self.report.tidings.extend(of_source);
            }
            if let Some(words) = self.silenced(source, &state, now) {
                let message = schedule::is_alert_due(&state, now).then(|| {
                    state.alerted = Some(now);
                    told.push((source.id.clone(), state));
                    format!("{}: {words}", source.id)
                });
                self.report.alarms.push(Alarm { source: Some(source.id.clone()), message });
                continue;
            }
            if !schedule::is_alarming(&state, &self.config.schedule, now) {
                // Nobody need wait and see whether it comes back: it is for us to mend.
                let is_barred = || {
                    let today = of_these_settings(source, state.clone(), &self.config.fetch);
                    today.barred.is_some()
                };
                if state.barred.is_some() && is_barred() && schedule::is_alert_due(&state, now) {
                    let last = writing.polls(&source.id, 1)?.into_iter().next();
                    let error = last.and_then(|poll| poll.error).unwrap_or_default();
                    state.alerted = Some(now);
                    told.push((source.id.clone(), state));
                    self.report.tidings.push((source.id.clone(), error));
                }
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
            self.report.alarms.push(Alarm { source: Some(source.id.clone()), message });
        }
        // Who tries a feeds.toml by hand is not told in the place of whoever reads the mails.
        if self.is_dry {
            told.clear();
        }
        // What hosts said is kept also where nothing else came of it.
        let hosts = self.hosts.take_changes();
        if !told.is_empty() || !hosts.is_empty() {
            let sources = told;
            writing.commit(&Changes { at: Some(now), sources, hosts, ..Changes::default() })?;
            writing.flush()?;
        }
        drop(writing);
        self.tell_of_network(now)?;
        self.report.sources = self.reports.into_values().collect();
        Ok(self.report)
    }

    /// That a source has not been read for long, since its host wants silence.
    fn silenced(&self, source: &Source, state: &SourceState, now: DateTime<Utc>) -> Option<String> {
        let Location::Web(url) = &source.location else { return None };
        let name = host_of(url);
        let host = self.hosts.silent(&name)?;
        let silenced = schedule::silenced(source, state, &host, &self.config.schedule, now)?;
        Some(source.secrets.hidden_in(&schedule::silenced_in_words(&silenced, &name)))
    }

    /// Says once a day where nobody can be reached for long; whoever answers ends that.
    fn tell_of_network(&mut self, now: DateTime<Utc>) -> Result<(), RoundError> {
        let reading = self.store.reading();
        let told = reading.told(NETWORK)?;
        let ids = self.config.sources.iter().map(|source| &source.id);
        let settings = &self.config.schedule;
        let is_down = self.network.is_down_for_long(&reading, told, ids, settings, now)?;
        drop(reading);
        if is_down {
            let is_said = self.is_dry || tell_once_a_day(self.store, NETWORK, now)?;
            let message = is_said.then(|| {
                "no server at all can be reached, and that for long; look at the network and the name server of this machine".to_owned()
            });
            self.report.alarms.push(Alarm { source: None, message });
        } else if told.is_some() && self.network.is_up() && !self.is_dry {
            let over = Changes { told: vec![(NETWORK, None)], ..Changes::default() };
            let mut writing = self.store.writing_to(self.epoch)?;
            writing.commit(&over)?;
            writing.flush()?;
        }
        Ok(())
    }
}

/// What to say of a source that answers again, where the maintainers were told that it failed.
fn recovery(answered: &Answered, outcome: Outcome) -> Option<String> {
    let Assigned { source, before, .. } = &answered.assigned;
    before.alerted.filter(|_| !matches!(outcome, Outcome::Failed | Outcome::NotDue))?;
    let minute = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M UTC").to_string();
    Some(match (before.failing_since, before.last_success) {
        (Some(since), _) => {
            format!("{}: answers again; it had been failing since {}", source.id, minute(since))
        }
        // Its host had wanted silence.
        (None, Some(last)) => {
            format!("{}: read again; it had not been read since {}", source.id, minute(last))
        }
        (None, None) => format!("{}: read for the first time", source.id),
    })
}
