//! `fetch`: polls the sources that are due, stores what is new, publishes what changed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, exposure, refuse_an_older_copy, takedown, unknown_source};
use crate::config::Config;
use crate::fetch::NO_CERTIFICATES;
use crate::model::StoryNumber;
use crate::poll::SourceReport;
use crate::publish::write;
use crate::round::{self, PollReport};
use crate::schedule::NotDue;
use crate::store::Store;
use crate::tag::Tagger;
use crate::world::World;

pub use crate::model::Outcome;
pub use crate::round::{Fate, Progress, Stop, WouldStore};

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Ids of sources; all where empty.
    pub sources: Vec<String>,
    /// Ignores the schedule (`--now`).
    pub now: bool,
    /// Starts a new store although outputs of an earlier one are there (`--init`).
    pub init: bool,
    /// Stores without publishing (`--no-publish`).
    pub no_publish: bool,
    /// Shows what would be stored; stores due times and poll records all the same (`--dry-run`).
    pub dry_run: bool,
}

/// What was done. Serialises to the object of `fetch --json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Sources that were polled, whatever came of it.
    pub polled: usize,
    /// Of those: nothing changed.
    pub unchanged: usize,
    /// Of those: could not be read.
    pub failed: usize,
    /// Sources that were not polled because they are not due.
    pub not_due: usize,
    /// Entries.
    pub entries: EntryCounts,
    /// Stories.
    pub stories: StoryCounts,
    /// Files below the output directory that were written.
    pub written: Vec<String>,
    /// One for each source that was asked for.
    pub sources: Vec<SourceLine>,
    /// What would be stored, where this is a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_store: Option<Vec<WouldStore>>,
    /// Why sources that were asked for by hand were not polled.
    pub left_out: Vec<LeftOut>,
    /// What to tell maintainers about sources that have failed for long.
    pub alarms: Vec<String>,
    /// What is told once of sources that did not fail: that they moved, or want to be asked less often.
    #[serde(default)]
    pub tidings: Vec<String>,
    /// What to tell them about sources that answer again.
    #[serde(default)]
    pub recoveries: Vec<String>,
    /// Whether any source has failed for longer than `alert_after`.
    pub is_alarming: bool,
    /// What could not be published, and why.
    pub publish_failures: Vec<String>,
    /// What is odd about where feeds.toml and the store lie; said once a day.
    pub exposures: Vec<String>,
    /// Why the hub could not be told of news; said once a day.
    pub hub_failure: Option<String>,
    /// Why the daily backup was not made.
    pub backup_failure: Option<String>,
    /// The signal that ended the run early.
    pub stopped: Option<i32>,
    /// The store was restored meanwhile; nothing is told of what was polled before.
    pub is_replaced: bool,
    /// Stories of which feeds.toml has a `[[decision]]`, and that are not known yet.
    #[serde(default)]
    pub unknown_decisions: Vec<String>,
}

/// A source that was not polled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Id of the source.
    pub source: String,
    /// Why not, and when it may be polled.
    pub reason: String,
}

impl LeftOut {
    fn new(source: String, not_due: NotDue) -> Self {
        let reason = Self::reason(&source, not_due);
        Self { source, reason }
    }

    /// Why a source is not polled, in words.
    pub(super) fn reason(source: &str, not_due: NotDue) -> String {
        let until = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%S UTC").to_string();
        match not_due {
            NotDue::Interval(time) => format!("it is due at {}", until(time)),
            NotDue::MinInterval(time) => {
                format!("min_interval; it may be polled from {}", until(time))
            }
            NotDue::ServerDemand(time) => {
                format!("its server asked for that; it may be polled from {}", until(time))
            }
            NotDue::TakenDown => format!(
                "it was taken down; `samizdat takedown --lift {source}` has it polled again"
            ),
            NotDue::Gone => "its server said that it is gone for good (410)".to_owned(),
        }
    }
}

/// Entries of one `fetch`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryCounts {
    /// Seen for the first time.
    pub new: u32,
    /// With a substantive change.
    pub updated: u32,
    /// Of the new ones: joined a story of another source.
    pub joined: u32,
    /// Held for an editor.
    pub held: u32,
}

/// Stories of one `fetch`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryCounts {
    /// Became public.
    pub new: u32,
    /// Were public and changed.
    pub updated: u32,
}

/// How the poll of one source ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Id of the source.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Status code, where there was an answer over HTTP.
    pub status: Option<u16>,
    /// What went wrong, with the remedy.
    pub error: Option<String>,
    /// Entries seen for the first time.
    pub new: u32,
    /// Entries with a substantive change.
    pub updated: u32,
    /// Entries beyond what one poll may bring; remembered as seen.
    pub dropped: u32,
    /// What had to be mended to read the document.
    pub repairs: Vec<String>,
}

impl From<SourceReport> for SourceLine {
    fn from(report: SourceReport) -> Self {
        Self {
            id: report.id,
            outcome: report.outcome,
            status: report.status,
            error: report.error,
            new: report.tally.new,
            updated: report.tally.updated,
            dropped: report.tally.dropped,
            repairs: report.repairs,
        }
    }
}

/// Polls, stores, publishes, backs up. One round at a time: who comes second waits.
///
/// # Errors
/// Where the request names what is not there, outputs or the store cannot be written, or the
/// store is damaged. Whatever can be known before the first request is.
pub async fn run(
    request: &Request,
    hold: &Hold,
    config: &Config,
    world: &World,
    stop: Stop,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Report, CommandError> {
    check_sources(&request.sources, config)?;
    let mut times = hold.times_in_force();
    let _turn = hold.round.lock().await;
    let store = Arc::clone(&hold.store);
    // A disk that is full or read-only shows itself here, before any request is sent.
    store.writing().flush()?;
    if !(request.no_publish || request.dry_run) {
        write::preflight(&world.files, &config.publish.path)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
    }
    if !request.init {
        refuse_an_older_copy(&store, config, world)?;
    }
    let tagger = Tagger::new(&config.tags);
    let mut left = takedown::Report::default();
    // New names of sources are no news, and a dry run asks as the next one would.
    tokio::task::block_in_place(|| round::rename(&store, config))?;
    if !request.dry_run {
        tokio::task::block_in_place(|| {
            takedown::finish(&mut left, hold, config, world, !request.no_publish)?;
            round::sweep(&store, config, world.clock.now())?;
            round::retag(&store, config, &tagger)?;
            round::apply_file(&store, config, &tagger, world.clock.now())?;
            Ok::<(), CommandError>(())
        })?;
    }
    let first_new = StoryNumber(store.reading().counters()?.next_story.saturating_add(1));
    let asked = round::Request {
        sources: request.sources.clone(),
        by_hand: request.now,
        is_dry: request.dry_run,
    };
    let polled =
        round::poll_due(&store, config, &tagger, world, &asked, stop.clone(), watch).await?;
    let unasked = polled.unasked;
    let mut report = summary(polled);
    if request.dry_run {
        report.stopped = report.stopped.or(*stop.borrow());
        return Ok(report);
    }
    if unasked > 0 && report.stopped.is_none() {
        report.tidings.extend(unfinished(&store, unasked, world)?);
    }
    // Nobody need wait and see whether that comes back, and it is no partner's fault.
    let lacks_certificates = |error: &String| error.contains(NO_CERTIFICATES);
    let error =
        report.sources.iter().find_map(|source| source.error.clone().filter(lacks_certificates));
    if let Some(error) = error
        && round::tell_once_a_day(&store, "certificates", world.clock.now())?
    {
        report.tidings.push(error);
    }
    report.would_store = None;
    report.exposures = exposures(&store, config, world)?;
    let publishes = !request.no_publish && report.stopped.is_none();
    // A command may have put another feeds.toml into force while others were asked, or does so now:
    // what it did is not taken back.
    let mut newer = None;
    loop {
        newer = hold.newer_than(&mut times, newer.as_ref().unwrap_or(config)).or(newer);
        tokio::task::block_in_place(|| {
            end(&mut report, &store, (config, newer.as_ref()), first_new, world, publishes)
        })?;
        if hold.times_in_force() == times {
            break;
        }
    }
    let config = newer.as_ref().unwrap_or(config);
    if publishes {
        // What a take-down wrote was written by this run as well.
        left.written.retain(|path| !report.written.contains(path));
        report.written.append(&mut left.written);
        report.hub_failure = round::ping(&store, config, world).await?;
    }
    report.publish_failures.extend(left.store_failure);
    if report.stopped.is_none() {
        report.backup_failure =
            tokio::task::block_in_place(|| round::back_up(&store, config, world))?;
    }
    report.stopped = report.stopped.or(*stop.borrow());
    Ok(report)
}

/// What follows once everybody was asked: decisions, and the outputs. `newer` is the feeds.toml that was
/// put into force since the round began with `began`.
fn end(
    report: &mut Report,
    store: &Store,
    (began, newer): (&Config, Option<&Config>),
    first_new: StoryNumber,
    world: &World,
    publishes: bool,
) -> Result<(), CommandError> {
    let config = newer.unwrap_or(began);
    let tagger = Tagger::new(&config.tags);
    let now = world.clock.now();
    if newer.is_some() {
        round::rename(store, config)?;
        round::retag_again(store, config, &tagger, first_new)?;
    }
    // What was polled may be what a [[decision]] has waited for.
    report.unknown_decisions = round::apply_file(store, config, &tagger, now)?;
    if publishes {
        let published = round::publish(store, config, &world.files, now, false)?;
        report.written.retain(|path| !published.written.contains(path));
        report.written.extend(published.written);
        report.publish_failures = published.failures;
    }
    Ok(())
}

/// What to tell once a day of a round that took so long that it left sources out.
fn unfinished(
    store: &Store,
    unasked: usize,
    world: &World,
) -> Result<Option<String>, CommandError> {
    let is_said = round::tell_once_a_day(store, "unfinished", world.clock.now())?;
    Ok(is_said.then(|| format!(
        "this fetch had taken an hour and left {} out, for the next one to ask; with many sources at one host, choose a longer interval for them",
        match unasked {
            1 => "1 source".to_owned(),
            some => format!("{some} sources"),
        }
    )))
}

fn exposures(store: &Store, config: &Config, world: &World) -> Result<Vec<String>, CommandError> {
    let found = exposure::findings(config, world);
    if found.is_empty() || !round::tell_once_a_day(store, "exposure", world.clock.now())? {
        return Ok(Vec::new());
    }
    Ok(found.into_iter().map(|finding| format!("{}; {}", finding.message, finding.help)).collect())
}

/// Whether the sources that are asked for are there and polled.
///
/// # Errors
/// [`CommandError::Usage`] names the one that is not.
pub fn check_sources(ids: &[String], config: &Config) -> Result<(), CommandError> {
    for id in ids {
        match config.sources.iter().find(|source| source.id == *id) {
            None => {
                if let Some(renamed) = config.sources.iter().find(|source| source.was.contains(id))
                {
                    return Err(CommandError::Usage(format!(
                        "the source {id} is called {} in feeds.toml now",
                        renamed.id
                    )));
                }
                return Err(unknown_source(id, config));
            }
            Some(source) if !source.enabled => {
                return Err(CommandError::Usage(format!(
                    "the source {id} is disabled in feeds.toml; remove `enabled = false` to poll it"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn summary(polled: PollReport) -> Report {
    let mut report = Report {
        stories: StoryCounts { new: polled.new_stories, updated: polled.updated_stories },
        left_out: polled
            .not_due
            .into_iter()
            .map(|(source, not_due)| LeftOut::new(source, not_due))
            .collect(),
        is_alarming: !polled.alarms.is_empty(),
        alarms: polled.alarms.into_iter().filter_map(|alarm| alarm.message).collect(),
        tidings: polled
            .tidings
            .into_iter()
            .map(|(source, text)| format!("{source}: {text}"))
            .collect(),
        recoveries: polled.recoveries,
        stopped: polled.stopped,
        is_replaced: polled.is_replaced,
        would_store: Some(polled.would_store),
        ..Report::default()
    };
    for source in polled.sources {
        match source.outcome {
            Outcome::NotDue => report.not_due += 1,
            Outcome::Failed => report.failed += 1,
            Outcome::Unchanged => report.unchanged += 1,
            Outcome::New | Outcome::Held => {}
        }
        if source.outcome != Outcome::NotDue {
            report.polled += 1;
        }
        report.entries.new += source.tally.new;
        report.entries.updated += source.tally.updated;
        report.entries.joined += source.tally.joined;
        report.sources.push(source.into());
    }
    report
}
