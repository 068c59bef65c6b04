//! `restore`: a store from a backup, from our own outputs, or from both.
//!
//! The new store is built beside the old one, checked, and put in its place at once. What the
//! outputs show and the backup does not know yet is added to it, so that nobody sees it twice.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, absolute, time};
use crate::config::Config;
use crate::publish::recall;
use crate::round::{self, Base};
use crate::store::{Closed, Rebuild};
use crate::world::World;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The backup, absolute; `None` for the outputs alone.
    pub file: Option<PathBuf>,
}

/// What was restored. Serialises to the object of `restore --json`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When the backup was made; `None` without one.
    pub made: Option<String>,
    /// Entries in the store now.
    pub entries: u64,
    /// Stories that are out now.
    pub stories: u64,
    /// Stories that came from the outputs.
    pub from_outputs: u64,
    /// Stories that do not come back, because the outputs tell that they were removed: those of the
    /// backup are hidden.
    #[serde(default)]
    pub hidden: u64,
    /// Where the replaced store is kept, if there was one.
    pub kept: Option<PathBuf>,
    /// What could not be taken over, and why.
    pub problems: Vec<String>,
}

impl Request {
    /// A request with a file as it was given on the command line.
    pub fn new(file: Option<&Path>, world: &World) -> Self {
        Self { file: file.map(|file| absolute(&world.directory, file)) }
    }
}

/// Restores a store that nobody has open; what is there may be damaged, and is not opened.
///
/// # Errors
/// Where another process has it, the backup or the outputs cannot be used, or the disk does not take the new store; the
/// old one is as it was then.
pub fn run_unheld(
    request: &Request,
    config: &Config,
    world: &World,
) -> Result<Report, CommandError> {
    let closed = Closed::take(&config.store, &world.files, world.clock.now())?;
    let mut rebuild = closed.rebuild()?;
    let mut report = build(request, &mut rebuild, config, world)?;
    let (_, kept) = closed.adopt(rebuild, world.clock.now())?;
    report.kept = kept;
    Ok(report)
}

/// Restores the store that this process holds.
///
/// # Errors
/// As [`run_unheld`].
pub fn run(
    request: &Request,
    hold: &Hold,
    config: &Config,
    world: &World,
) -> Result<Report, CommandError> {
    let mut rebuild = hold.store.rebuild()?;
    let mut report = build(request, &mut rebuild, config, world)?;
    report.kept = hold.store.adopt(rebuild, world.clock.now())?;
    Ok(report)
}

fn build(
    request: &Request,
    rebuild: &mut Rebuild,
    config: &Config,
    world: &World,
) -> Result<Report, CommandError> {
    let now = world.clock.now();
    let mut report = Report::default();
    if let Some(file) = &request.file {
        let unusable = |reason: String| {
            CommandError::Failed(format!(
                "cannot restore {}: {reason}. The store is as it was; try an older backup, or `samizdat restore --from-outputs`",
                file.display()
            ))
        };
        let input = world.files.open(file).map_err(|error| unusable(error.to_string()))?;
        let head = rebuild.fill(input).map_err(|error| match error {
            crate::store::UnreadableBackup::Store(error) => CommandError::Store(error),
            other => unusable(other.to_string()),
        })?;
        report.made = Some(time(head.made));
    }
    rebuild.complete()?;
    let recalled = recall::recall(&world.files, &config.publish.path);
    let base = if request.file.is_some() { Base::Backup } else { Base::Nothing };
    let recalled = match (recalled, base) {
        (Ok(recalled), Base::Nothing) if recalled.outputs.is_empty() => {
            let why = recalled.problems.first().map(|why| format!(" ({why})")).unwrap_or_default();
            return Err(CommandError::Failed(format!(
                "there are no outputs of samizdat in {}{why}; the store is as it was. Name their directory with --public",
                config.publish.path.display()
            )));
        }
        (Ok(recalled), _) => recalled,
        (Err(error), Base::Nothing) => {
            return Err(CommandError::Failed(format!(
                "cannot read the outputs in {}: {error}; the store is as it was. Name their directory with --public",
                config.publish.path.display()
            )));
        }
        (Err(error), Base::Backup) => {
            report.problems.push(format!("{}: {error}", config.publish.path.display()));
            recall::Recalled::default()
        }
    };
    let recalled = round::recall(rebuild.view(), recalled, config, base, now)?;
    report.problems.extend(recalled.problems);
    report.from_outputs = recalled.stories;
    let known_until = rebuild.view().newest_time()?;
    rebuild.commit(&recalled.changes)?;
    let told = recall::removed(&world.files, &config.publish.path);
    if base == Base::Backup {
        let removed = round::recall_removed(rebuild.view(), &told, known_until)?;
        report.hidden = removed.len() as u64;
        for changes in &removed {
            rebuild.commit(changes)?;
        }
    } else {
        let gone = round::recall_gone(rebuild.view(), &told)?;
        report.hidden = gone.decisions.words.len() as u64;
        rebuild.commit(&gone)?;
    }
    let counters = rebuild.view().counters()?;
    report.entries = counters.next_entry;
    report.stories = counters.public_stories;
    Ok(report)
}
