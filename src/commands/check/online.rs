//! `check --online`: every source is asked once, politely and conditionally. Nothing is stored.

use serde::{Deserialize, Serialize};

use crate::commands::fetch::{LeftOut, Progress, Stop};
use crate::commands::status::{moved_to, without_validators};
use crate::commands::{CommandError, Hold};
use crate::config::Config;
use crate::model::Source;
use crate::poll::Glance;
use crate::round::{self, Found, Sighting};
use crate::world::World;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Also sources whose url or headers have values of the environment (`--with-secrets`).
    pub with_secrets: bool,
}

/// What the sources answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Sources that were asked, whatever came of it.
    pub polled: usize,
    /// Of those: could not be read.
    pub failed: usize,
    /// Sources that were not asked.
    pub left_out: usize,
    /// One for each enabled source, in the order of feeds.toml.
    pub sources: Vec<Line>,
    /// Whether one that failed has failed for longer than `alert_after`.
    pub is_alarming: bool,
    /// The signal that ended the run early.
    pub stopped: Option<i32>,
}

/// What one source answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Id of the source.
    pub id: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Status code, where there was an answer over HTTP.
    pub status: Option<u16>,
    /// What does not work, with the remedy; or why it was not asked.
    pub error: Option<String>,
    /// Entries that were read; none where the document is the one that was read before.
    pub entries: Option<usize>,
    /// Of those the ones that the store does not know.
    pub new: usize,
    /// The first of the new ones.
    pub titles: Vec<Title>,
    /// What works, and could work better.
    pub hints: Vec<String>,
    /// What had to be mended to read the document.
    pub repairs: Vec<String>,
}

/// What came of asking a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has entries that the store does not know.
    New,
    /// It answers, and has nothing new.
    Unchanged,
    /// It could not be read.
    Failed,
    /// It was not asked.
    LeftOut,
}

/// A new entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// Its title.
    pub title: String,
    /// Its permalink, where it has one.
    pub url: Option<String>,
    /// Ids of the tags that it would have.
    pub tags: Vec<String>,
    /// Whether its source leaves it out (`include`, `exclude`).
    pub excluded: bool,
}

/// Asks; one round at a time, since a host has one queue. Without a store nothing is known.
///
/// # Errors
/// Where the store cannot be read, or the HTTP client cannot be made.
pub async fn run(
    request: Request,
    hold: Option<&Hold>,
    config: &Config,
    world: &World,
    stop: Stop,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Report, CommandError> {
    let _turn = match hold {
        Some(hold) => Some(hold.round.lock().await),
        None => None,
    };
    let store = hold.map(|hold| &*hold.store);
    let seen = round::look_online(store, config, world, request.with_secrets, stop, watch).await?;
    let mut report = Report { stopped: seen.stopped, ..Report::default() };
    let enabled = config.sources.iter().filter(|source| source.enabled);
    for (source, sighting) in enabled.zip(seen.sources) {
        report.is_alarming |= sighting.is_alarming;
        let line = line(source, sighting);
        match line.outcome {
            Outcome::LeftOut => report.left_out += 1,
            Outcome::Failed => report.failed += 1,
            Outcome::New | Outcome::Unchanged => {}
        }
        report.sources.push(line);
    }
    report.polled = report.sources.len() - report.left_out;
    Ok(report)
}

fn line(source: &Source, sighting: Sighting) -> Line {
    let mut line = Line {
        id: sighting.source,
        outcome: Outcome::LeftOut,
        status: sighting.status,
        error: None,
        entries: None,
        new: 0,
        titles: Vec::new(),
        hints: Vec::new(),
        repairs: Vec::new(),
    };
    match sighting.found {
        Found::Answer(glance) => answered(&mut line, source, glance),
        Found::Failed(message) => {
            line.outcome = Outcome::Failed;
            line.error = Some(message);
        }
        Found::LeftOut(not_due) => line.error = Some(LeftOut::reason(&source.id, not_due)),
        Found::Secret => {
            line.error = Some(
                "its url or headers have values of the environment; --with-secrets sends them"
                    .to_owned(),
            );
        }
        Found::Stopped => line.error = Some("the check was stopped".to_owned()),
    }
    line
}

fn answered(line: &mut Line, source: &Source, glance: Glance) {
    line.outcome = if glance.new > 0 { Outcome::New } else { Outcome::Unchanged };
    line.entries = glance.entries;
    line.new = glance.new;
    line.titles = glance
        .named
        .into_iter()
        .map(|new| Title {
            title: new.title,
            url: new.url,
            tags: new.tags,
            excluded: new.is_excluded,
        })
        .collect();
    line.hints.extend(moved_to(source, glance.validators.as_ref()));
    if glance.validators.is_none() {
        line.hints.extend(without_validators(source));
    }
    line.repairs = glance.repairs;
}
