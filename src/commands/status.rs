//! `status`: how each source is doing, what is wrong, and what to do.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, time};
use crate::config::Config;
use crate::fetch::host_of;
use crate::model::{
    HostState, Location, PollRecord, Source, SourceState, Stopped, UnreadArticles, Validators,
};
use crate::poll::of_these_settings;
use crate::round::{find_story, known_as};
use crate::schedule::{self, Because};

/// How all sources are doing. Serialises to the object of `status --json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// One for each source of feeds.toml, in its order.
    pub sources: Vec<Line>,
    /// The store.
    pub store: StoreCounts,
    /// Stories of `[[decision]]` that are not known, as feeds.toml names them.
    #[serde(default)]
    pub unknown_decisions: Vec<String>,
}

/// How one source is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Id of the source.
    pub id: String,
    /// Its url as it may be shown.
    pub url: String,
    /// Its state.
    pub state: State,
    /// When it was polled last.
    pub last_poll: Option<String>,
    /// When it was last polled without failing.
    pub last_success: Option<String>,
    /// When it will be due.
    pub next_poll: Option<String>,
    /// Why then.
    #[serde(default)]
    pub next_poll_because: Option<String>,
    /// Until when its server, or its host, wants to be left alone.
    #[serde(default)]
    pub server_demand: Option<String>,
    /// Status code of the last answer over HTTP.
    pub http_status: Option<u16>,
    /// What is wrong, and what to do.
    pub error: Option<String>,
    /// Failures since the last success.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<String>,
    /// Entries that are stored.
    pub entries: u64,
    /// Stories that are out and to which it contributed.
    pub stories: u64,
    /// Date of the newest story to which it contributed.
    pub newest: Option<String>,
    /// What is not wrong yet, and what to do about it.
    pub hints: Vec<String>,
    /// Who agreed to the republication, and when.
    pub consent: Option<String>,
    /// Why it is disabled.
    pub note: Option<String>,
    /// What had to be mended at the last poll that brought a document.
    pub repairs: Vec<String>,
}

impl Line {
    /// When the source will be polled next, why then, and what its server asked for.
    fn expect(
        &mut self,
        source: &Source,
        state: &SourceState,
        config: &Config,
        silent_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        if self.next_poll.is_none() || !matches!(source.location, Location::Web(_)) {
            return;
        }
        let demand = state.server_demand.max(silent_until).filter(|until| *until > now);
        self.server_demand = demand.map(time);
        let next = schedule::next_poll(source, state, &config.schedule, silent_until, now);
        if let Some((at, because)) = next {
            self.next_poll = Some(time(at));
            self.next_poll_because = Some(in_words(because).to_owned());
        }
    }

    /// Its host has wanted silence for so long that it is as bad as if it failed.
    fn note_silence(
        &mut self,
        source: &Source,
        state: &SourceState,
        hosts: &HashMap<String, HostState>,
        timing: &schedule::Settings,
        now: DateTime<Utc>,
    ) {
        let Location::Web(url) = &source.location else { return };
        let name = host_of(url);
        let Some(host) = hosts.get(&name).filter(|_| source.enabled) else { return };
        if let Some(silenced) = schedule::silenced(source, state, host, timing, now) {
            let words = schedule::silenced_in_words(&silenced, &name);
            self.state = State::Failing;
            self.error = Some(source.secrets.hidden_in(&words));
        }
    }

    /// The source was taken down: nothing else of it counts.
    fn take_down(&mut self, stopped: &Stopped) {
        let day = stopped.at.format("%Y-%m-%d");
        let why = stopped.note.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        self.note = Some(format!(
            "taken down on {day}{why}; `samizdat takedown --lift {}` has it polled again",
            self.id
        ));
        self.state = State::Disabled;
        self.next_poll = None;
        self.next_poll_because = None;
        self.server_demand = None;
        self.error = None;
        self.failing_since = None;
        self.hints.clear();
        self.repairs.clear();
    }
}

/// What a source is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The last poll was good.
    Ok,
    /// The last poll failed, or its host has wanted silence for longer than `alert_after`.
    Failing,
    /// The server said for good that it is gone.
    Gone,
    /// What it brought is held for an editor.
    Held,
    /// feeds.toml says `enabled = false`, or it was taken down.
    Disabled,
    /// Not polled yet.
    Waiting,
}

/// What the store holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreCounts {
    /// Entries.
    pub entries: u64,
    /// Stories that are out.
    pub stories: u64,
    /// Bytes on the disk.
    pub bytes: u64,
}

/// How sources are doing of which nothing is stored yet.
pub fn without_store(config: &Config) -> Report {
    let unknown = SourceState::default();
    let line = |source| line(source, &unknown, &[], Contribution::default(), Vec::new());
    let sources = config.sources.iter().map(line).collect();
    Report { sources, store: StoreCounts::default(), unknown_decisions: Vec::new() }
}

/// What a source contributed to the wire.
#[derive(Debug, Clone, Copy, Default)]
struct Contribution {
    /// Stories that are out.
    stories: u64,
    /// Date of the newest, out or not.
    newest: Option<DateTime<Utc>>,
    /// Entries that wait for their articles.
    waiting: u64,
}

/// Tells.
///
/// # Errors
/// Where the store cannot be read.
pub fn run(hold: &Hold, config: &Config, now: DateTime<Utc>) -> Result<Report, CommandError> {
    let store = hold.store.reading();
    let mut contributions: HashMap<String, Contribution> = HashMap::new();
    for story in store.stories() {
        let (_, story) = story?;
        let mut sources: Vec<&str> =
            story.members.iter().map(|member| member.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let contribution = contributions.entry(source.to_owned()).or_default();
            contribution.stories += u64::from(story.is_public());
            contribution.newest = contribution.newest.max(Some(story.published));
        }
    }
    for ((source, _), _) in store.all_waiting()? {
        contributions.entry(source).or_default().waiting += 1;
    }
    let hosts: HashMap<String, HostState> = store.hosts()?.into_iter().collect();
    let mut sources = Vec::new();
    for source in &config.sources {
        let known = known_as(&store, source)?;
        let state = of_these_settings(source, store.source(known)?, &config.fetch);
        let polls = store.polls(known, 10)?;
        let contribution = contributions.get(known).copied().unwrap_or_default();
        let hints = hints(source, &state, contribution, &hosts, &config.schedule, now);
        let mut line = line(source, &state, &polls, contribution, hints);
        line.expect(source, &state, config, silence(source, &hosts, now), now);
        line.note_silence(source, &state, &hosts, &config.schedule, now);
        if let Some(stopped) = store.stopped(&source.id)? {
            line.take_down(&stopped);
        }
        sources.push(line);
    }
    let counters = store.counters()?;
    let mut unknown_decisions = Vec::new();
    for decision in &config.decisions {
        if find_story(&store, &decision.story)?.is_none() {
            unknown_decisions.push(decision.story.clone());
        }
    }
    Ok(Report {
        sources,
        store: StoreCounts {
            entries: counters.next_entry,
            stories: counters.public_stories,
            bytes: store.bytes(),
        },
        unknown_decisions,
    })
}

/// Until when the host of a source wants silence.
fn silence(
    source: &Source,
    hosts: &HashMap<String, HostState>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let Location::Web(url) = &source.location else { return None };
    hosts.get(&host_of(url)).and_then(|host| host.silence(now))
}

fn in_words(because: Because) -> &'static str {
    match because {
        Because::ServerDemand => "its server asked for that",
        Because::Failures => "later each time that it fails",
        Because::Skipped => "its feed names hours or days to leave out",
        Because::Document => "its feed says how often it changes",
        Because::NoValidators => "once a day without ETag and Last-Modified",
        Because::OwnInterval => "its interval in feeds.toml",
        Because::Interval => "interval of [fetch]",
    }
}

/// A source that says nothing new for so long may have moved, or fallen silent.
const QUIET_AFTER: TimeDelta = TimeDelta::days(30);

/// A certificate that ends within this time is told.
const CERTIFICATE_WITHIN: TimeDelta = TimeDelta::days(14);

/// Where a source has moved, as far as what its server gave says so.
pub(super) fn moved_to(source: &Source, validators: Option<&Validators>) -> Option<String> {
    let Location::Web(url) = &source.location else { return None };
    let mut asked = url.clone();
    asked.set_fragment(None);
    let found = validators?.final_url.as_str();
    (found != asked.as_str()).then(|| {
        format!(
            "its server leads to {}; if that is its place now, write it into feeds.toml",
            source.shown_target(found)
        )
    })
}

/// What it means that a server gives no validators, and how to change it.
pub(super) fn without_validators(source: &Source) -> Option<String> {
    if !matches!(source.location, Location::Web(_)) {
        return None;
    }
    let is_said = source.interval.is_some();
    let text = if is_said {
        "its server gives neither ETag nor Last-Modified, so that every poll takes all of it; without its `interval` in feeds.toml it would be polled once a day"
    } else {
        "its server gives neither ETag nor Last-Modified, so that every poll takes all of it, and it is polled once a day; with the partner's consent an `interval` of its own in feeds.toml changes that"
    };
    Some(text.to_owned())
}

/// What is not wrong yet, and what to do about it.
fn hints(
    source: &Source,
    state: &SourceState,
    contribution: Contribution,
    hosts: &HashMap<String, HostState>,
    timing: &schedule::Settings,
    now: DateTime<Utc>,
) -> Vec<String> {
    let mut hints = Vec::new();
    let Location::Web(url) = &source.location else { return hints };
    if !source.enabled {
        return hints;
    }
    if let Some(newest) = contribution.newest
        && now - newest > QUIET_AFTER
        && state.failures == 0
    {
        hints.push(format!(
            "nothing new for {} days; look whether the partner publishes elsewhere now",
            (now - newest).num_days()
        ));
    }
    hints.extend(schedule::moved_in_words(source, &state.habits, now));
    hints.extend(schedule::wish_in_words(source, &state.habits, timing));
    let is_well = state.last_success.is_some() && state.failures == 0;
    if is_well && state.validators.is_none() && state.reading == source.reading() {
        hints.extend(without_validators(source));
    }
    match contribution.waiting {
        0 => {}
        1 => hints.push("1 story waits for its page, for six hours at most".to_owned()),
        count => hints.push(format!("{count} stories wait for their pages, for six hours at most")),
    }
    if let Some(UnreadArticles { since, count, why }) =
        state.unread_articles.as_ref().filter(|_| source.article)
    {
        let articles = match count {
            1 => "the last article".to_owned(),
            count => format!("the last {count} articles"),
        };
        hints.push(format!(
            "{articles} could not be read (since {}), and their stories have only what the source gives: {why}",
            since.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    let certificate = hosts.get(&host_of(url)).and_then(|host| host.certificate_until);
    if let Some(until) = certificate.filter(|until| *until - now < CERTIFICATE_WITHIN) {
        let day = until.format("%Y-%m-%d");
        hints.push(if until > now {
            format!("the certificate of {} ends on {day}; tell the partner", host_of(url))
        } else {
            format!("the certificate of {} ended on {day}; tell the partner", host_of(url))
        });
    }
    // A value of the environment may be part of the host.
    hints.iter().map(|hint| source.secrets.hidden_in(hint)).collect()
}

fn line(
    source: &Source,
    state: &SourceState,
    polls: &[PollRecord],
    contribution: Contribution,
    hints: Vec<String>,
) -> Line {
    let last = polls.first();
    let kind = if !source.enabled {
        State::Disabled
    } else if state.gone {
        State::Gone
    } else if state.failures > 0 {
        State::Failing
    } else if state.last_success.is_none() {
        State::Waiting
    } else {
        State::Ok
    };
    let is_polled = matches!(kind, State::Ok | State::Failing | State::Waiting);
    Line {
        id: source.id.clone(),
        url: source.shown_url(),
        state: kind,
        // Not the lease of a poll that a process did not live to finish.
        last_poll: last.map(|poll| time(poll.at)),
        last_success: state.last_success.map(time),
        next_poll: state.due.filter(|_| is_polled).map(time),
        next_poll_because: None,
        server_demand: None,
        http_status: last.and_then(|poll| poll.status),
        error: last.and_then(|poll| poll.error.clone()),
        failures: state.failures,
        failing_since: state.failing_since.map(time),
        entries: state.entries,
        stories: contribution.stories,
        newest: contribution.newest.map(time),
        hints,
        consent: source.consent.clone(),
        note: source.note.clone(),
        repairs: polls
            .iter()
            .find(|poll| poll.bytes > 0 && poll.error.is_none())
            .map(|poll| poll.repairs.clone())
            .unwrap_or_default(),
    }
}
