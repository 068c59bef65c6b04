//! Judging: a batch of answers becomes the changes of one transaction.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::article::set_aside;
use super::ask::{Answered, Assigned, Content};
use super::barred::bars;
use super::decide::decide;
use super::decided::Gone;
use super::failure::Failure;
use super::organisation::Organisations;
use super::recognise::arrivals;
use crate::fetch::{self, Demand};
use crate::model::{
    CleanDocument, Location, Organisation, Outcome, PollRecord, Source, SourceState, Terms,
};
use crate::schedule::{self, Answer, Settings as Schedule};
use crate::store::{Changes, Result, View};
use crate::story::{Polled, TagAuthority, Tally};
use crate::tag::{Selector, Tagger};

/// What judging needs besides the answers.
pub struct Bench<'a> {
    /// Compiled tag rules.
    pub tagger: &'a Tagger,
    /// Compiled selections of outputs and sources.
    pub selector: &'a Selector,
    /// Organisations that feeds.toml describes.
    pub organisations: &'a [Organisation],
    /// Priorities of all sources.
    pub priorities: &'a HashMap<String, i64>,
    /// The sources of feeds.toml.
    pub sources: &'a [Source],
    /// Timing.
    pub schedule: &'a Schedule,
    /// What may be asked at all.
    pub transport: &'a fetch::Settings,
    /// Authority of `tag:` URIs.
    pub authority: &'a TagAuthority,
    /// Stories of a new source that are published at its first poll.
    pub backlog: usize,
    /// Stories in a feed document.
    pub window: usize,
    /// A number from 0 to 1 for jitter, one draw a call.
    pub chance: &'a (dyn Fn() -> f64 + Sync),
}

/// How the poll of one source ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// Id of the source.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Status code, where there was an answer over HTTP.
    pub status: Option<u16>,
    /// What went wrong, with the remedy.
    pub error: Option<String>,
    /// What it brought.
    pub tally: Tally,
    /// What had to be mended.
    pub repairs: Vec<String>,
}

impl SourceReport {
    /// Counts what the articles brought that its entries had waited for.
    pub fn brought(&mut self, tally: Tally) {
        self.tally.add(tally);
        if self.outcome == Outcome::Unchanged && (tally.new > 0 || tally.updated > 0) {
            self.outcome = Outcome::New;
        }
    }
}

/// Judges a batch of answers as one.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn judge(
    answers: &[Answered],
    store: &View,
    bench: &Bench<'_>,
) -> Result<(Changes, Vec<SourceReport>)> {
    let newest = store.newest_time()?;
    let at = answers.iter().map(|answered| answered.at).max();
    let mut changes = Changes { at, ..Changes::default() };
    let mut organisations = Organisations::new(store, bench.organisations);
    let mut gone = Gone::new(store)?;
    let mut polls = Vec::new();
    // For each poll of `polls`: the answer that it came from.
    let mut origins = Vec::new();
    for (index, answered) in answers.iter().enumerate() {
        if let Ok(Content::Document { document, .. }) = &answered.content {
            let source = &*answered.assigned.source;
            let organisation = organisations.id(source, document.title.as_deref())?;
            let horizon = store.horizon(&source.id)?;
            if horizon.is_some() {
                changes.horizons.push((source.id.clone(), None));
            }
            let mut poll = Polled {
                source: source.id.clone(),
                organisation,
                priority: source.priority,
                order: source.order,
                at: schedule::stamp(answered.at, newest),
                is_first: answered.assigned.state.last_success.is_none()
                    && answered.assigned.state.entries == 0,
                document_date: document.updated,
                horizon,
                arrivals: arrivals(answered, document, store, bench, &mut gone, &mut changes)?,
            };
            if source.article {
                set_aside(source, document, &mut poll, store, bench, &mut changes)?;
            }
            polls.push(poll);
            origins.push(index);
        }
    }
    let tallies = decide(&polls, store, bench, &mut changes)?;
    let tallies: HashMap<usize, Tally> = origins.into_iter().zip(tallies).collect();
    let mut reports = Vec::new();
    for (index, answered) in answers.iter().enumerate() {
        let tally = tallies.get(&index).copied().unwrap_or_default();
        let report = conclude(answered, tally, bench, &mut changes);
        reports.push(report);
    }
    // A page that still has what was taken down is not kept.
    changes.pages.pages.retain(|(source, _)| !gone.is_found_in(source));
    changes.organisations = organisations.made();
    Ok((changes, reports))
}

/// What a dry run stores: when each source was asked and is due again, but nothing that stands for
/// entries (validators, hashes, counts), which are not stored.
pub(super) fn of_the_schedule(changes: &Changes, answers: &[Answered]) -> Changes {
    let asked: HashMap<&str, &SourceState> = answers
        .iter()
        .map(|answered| (&*answered.assigned.source.id, &answered.assigned.state))
        .collect();
    let of_the_schedule = |(id, state): &(String, SourceState)| {
        let known = asked.get(id.as_str()).copied().unwrap_or(state);
        let state = SourceState {
            validators: known.validators.clone(),
            body_hash: known.body_hash,
            last_success: known.last_success,
            title: known.title.clone(),
            site: known.site.clone(),
            language: known.language.clone(),
            feed_id: known.feed_id.clone(),
            rights: known.rights.clone(),
            hub: known.hub.clone(),
            hints: known.hints.clone(),
            entries: known.entries,
            habits: known.habits.clone(),
            ..state.clone()
        };
        (id.clone(), state)
    };
    let record = |(id, record): &(String, PollRecord)| {
        let record = PollRecord { new: 0, updated: 0, dropped: 0, ..record.clone() };
        (id.clone(), record)
    };
    Changes {
        at: changes.at,
        hosts: changes.hosts.clone(),
        sources: changes.sources.iter().map(of_the_schedule).collect(),
        polls: changes.polls.iter().map(record).collect(),
        ..Changes::default()
    }
}

/// The end of one poll: its record, and what is remembered of its source from now on.
fn conclude(
    answered: &Answered,
    tally: Tally,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> SourceReport {
    let source = &*answered.assigned.source;
    let mut state = answered.assigned.state.clone();
    let mut repairs = Vec::new();
    if let Err(failure) = &answered.content
        && failure.is_unasked
    {
        return give_back(answered, failure, bench, changes);
    }
    state.last_poll = Some(answered.at);
    state.passed_over = 0;
    state.barred = None;
    state.terms = Some(Terms::of(source));
    note_habits(&mut state, answered, tally);
    let (outcome, error) = match &answered.content {
        Ok(content) => {
            state.failures = 0;
            state.failing_since = None;
            state.alerted = None;
            state.gone_since = None;
            state.last_success = Some(answered.at);
            let demand = match content {
                Content::Unchanged { validators, demand } => {
                    state.validators.clone_from(validators);
                    demand
                }
                Content::Document { document, hash, validators, demand, page } => {
                    if let Some(page) = page {
                        let page = (source.id.clone(), page.as_ref().clone());
                        changes.pages.pages.push(page);
                    }
                    state.validators.clone_from(validators);
                    state.body_hash = Some(*hash);
                    remember(&mut state, document);
                    repairs.clone_from(&document.repairs);
                    demand
                }
            };
            state.entries = state.entries.saturating_add(u64::from(tally.new));
            reschedule(source, &mut state, Answer::Good, *demand, answered.at, bench);
            let is_new = tally.new > 0 || tally.updated > 0;
            (if is_new { Outcome::New } else { Outcome::Unchanged }, None)
        }
        Err(failure) => {
            fail(source, &mut state, failure, answered, bench);
            if failure.is_barred {
                // Its server was not asked, and need not be left alone after it.
                state.last_poll = answered.assigned.before.last_poll;
                state.barred = Some(bars(source, bench.transport));
            }
            (Outcome::Failed, Some(failure.message.clone()))
        }
    };
    let record = PollRecord {
        at: answered.at,
        outcome,
        status: answered.status,
        error: error.clone(),
        new: tally.new,
        updated: tally.updated,
        dropped: tally.dropped,
        bytes: answered.bytes,
        repairs: repairs.clone(),
        requests: answered.requests.clone(),
        articles: Vec::new(),
    };
    changes.polls.push((source.id.clone(), record));
    changes.sources.push((source.id.clone(), state));
    SourceReport { id: source.id.clone(), outcome, status: answered.status, error, tally, repairs }
}

/// The end of a poll that did not happen, because the host had asked for silence meanwhile, or did
/// not answer another request: no failure and no record, only a later due time.
fn give_back(
    answered: &Answered,
    failure: &Failure,
    bench: &Bench<'_>,
    changes: &mut Changes,
) -> SourceReport {
    let source = &*answered.assigned.source;
    let id = answered.assigned.source.id.clone();
    let Assigned { before, state: leased, .. } = &answered.assigned;
    let state = match failure.silent_until {
        Some(until) => {
            let (due, demand) = (before.due.max(Some(until)), before.server_demand);
            SourceState { due, server_demand: demand.max(Some(until)), ..before.clone() }
        }
        None => {
            let mut state = leased.clone();
            let chance = (bench.chance)();
            let now = answered.at;
            let again = schedule::put_off_until(source, bench.schedule, state.due, now, chance);
            // By hand it may have been asked before it was due.
            state.due = again.max(before.due);
            state.last_poll = before.last_poll;
            state.habits.probed = before.habits.probed;
            state.passed_over = 0;
            state
        }
    };
    changes.sources.push((id.clone(), state));
    SourceReport {
        id,
        outcome: Outcome::NotDue,
        status: None,
        error: None,
        tally: Tally::default(),
        repairs: Vec::new(),
    }
}

/// Notes what a poll says about how the source behaves over many of them.
fn note_habits(state: &mut SourceState, answered: &Answered, tally: Tally) {
    let (at, known) = (answered.at, state.clone());
    let habits = &mut state.habits;
    match &answered.content {
        Ok(content) => {
            schedule::note_news(habits, at, tally.new);
            let is_confirmed = match content {
                Content::Document { .. } => true,
                // A body came, or other validators than were sent.
                Content::Unchanged { validators, .. } => {
                    answered.status != Some(304) || *validators != known.validators
                }
            };
            // A time ahead is that of a clock that was set back since.
            let since = habits.unmodified_since.filter(|since| *since <= at);
            habits.unmodified_since = if is_confirmed { None } else { since.or(Some(at)) };
            let is_same = match content {
                Content::Document { document, .. } => is_same_feed(&known, document),
                Content::Unchanged { .. } => true,
            };
            schedule::note_place(habits, answered.moved_to.as_deref(), is_same, at);
        }
        // An answer of another kind ends what was seen at every poll; no answer says nothing.
        Err(failure) if answered.status.is_some() && !failure.is_offline => {
            schedule::note_place(habits, None, false, at);
        }
        Err(_) => {}
    }
}

/// Whether a document is of the feed that is known: it has its id, or failing that its title.
fn is_same_feed(known: &SourceState, document: &CleanDocument) -> bool {
    match (&known.feed_id, &document.id, &known.title, &document.title) {
        (Some(known), Some(found), ..) | (_, _, Some(known), Some(found)) => known == found,
        _ => true,
    }
}

fn remember(state: &mut SourceState, document: &CleanDocument) {
    state.title.clone_from(&document.title);
    state.site.clone_from(&document.site);
    state.language.clone_from(&document.language);
    state.feed_id.clone_from(&document.id);
    state.rights.clone_from(&document.rights);
    state.hub.clone_from(&document.hub);
    state.hints.clone_from(&document.hints);
}

fn fail(
    source: &Source,
    state: &mut SourceState,
    failure: &Failure,
    answered: &Answered,
    bench: &Bench<'_>,
) {
    if failure.is_offline {
        // Some of it may have come: the due time of the lease holds.
        return;
    }
    state.failures = state.failures.saturating_add(1);
    // A time ahead is that of a clock that was set back since.
    let since = state.failing_since.filter(|since| *since <= answered.at);
    state.failing_since = since.or(Some(answered.at));
    let answer = match answered.status {
        Some(404) => Answer::NotFound,
        Some(410) => {
            // One 410 may be a mistake; a second one, a day later, is not.
            let confirmed =
                state.gone_since.is_some_and(|since| answered.at - since >= TimeDelta::days(1));
            state.gone = confirmed;
            state.gone_since = state.gone_since.or(Some(answered.at));
            Answer::Gone
        }
        Some(401 | 403 | 429 | 503) => Answer::Refused,
        _ => Answer::Failed,
    };
    let demand = Demand { fresh_until: None, retry_after: failure.silent_until };
    reschedule(source, state, answer, demand, answered.at, bench);
}

/// When the source is next due, and until when the server itself does not want to be asked.
fn reschedule(
    source: &Source,
    state: &mut SourceState,
    answer: Answer,
    demand: Demand,
    now: DateTime<Utc>,
    bench: &Bench<'_>,
) {
    if matches!(source.location, Location::File(_)) {
        state.due = None;
        return;
    }
    let longest = source.max_interval.unwrap_or(bench.schedule.max_interval);
    let latest = TimeDelta::from_std(longest).ok().and_then(|cap| now.checked_add_signed(cap));
    let wish = demand.fresh_until.and_then(|until| (until - now).to_std().ok()).unwrap_or_default();
    let wish = wish.max(state.hints.interval.unwrap_or_default());
    if answer == Answer::Good {
        schedule::note_wish(&mut state.habits, wish, longest);
    }
    let fresh_until = demand.fresh_until.map(|until| latest.map_or(until, |cap| until.min(cap)));
    state.server_demand = fresh_until.max(demand.retry_after);
    let due = schedule::next_due(source, state, answer, bench.schedule, now, (bench.chance)());
    state.due = Some(state.server_demand.map_or(due, |demand| demand.max(due)));
}
