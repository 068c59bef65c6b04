//! `publish`: renders the outputs from the store, without polling, and compares every byte.

use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, refuse_an_older_copy, takedown};
use crate::config::Config;
use crate::round;
use crate::tag::Tagger;
use crate::world::World;

/// What was done. Serialises to the object of `publish --json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Documents that were compared with what they should be.
    pub documents: usize,
    /// Files below the output directory that were written.
    pub written: Vec<String>,
    /// What could not be published, and why.
    pub failures: Vec<String>,
    /// Stories of which feeds.toml has a `[[decision]]`, and that are not known yet.
    #[serde(default)]
    pub unknown_decisions: Vec<String>,
}

/// Publishes.
///
/// # Errors
/// Where the store or the output directory cannot be used.
pub fn run(hold: &Hold, config: &Config, world: &World) -> Result<Report, CommandError> {
    hold.store.writing().flush()?;
    hold.puts_in_force(config);
    refuse_an_older_copy(&hold.store, config, world)?;
    let mut left = takedown::Report::default();
    takedown::finish(&mut left, hold, config, world, false)?;
    let mut report = at_once(hold, config, world, true)?;
    report.failures.extend(left.store_failure);
    Ok(report)
}

/// Puts rules and decisions of feeds.toml into force, and publishes what follows; with `is_thorough`
/// every byte is compared.
///
/// # Errors
/// Where the store or the output directory cannot be used.
pub(super) fn at_once(
    hold: &Hold,
    config: &Config,
    world: &World,
    is_thorough: bool,
) -> Result<Report, CommandError> {
    let store = &*hold.store;
    let now = world.clock.now();
    round::rename(store, config)?;
    let tagger = Tagger::new(&config.tags);
    round::retag(store, config, &tagger)?;
    let unknown_decisions = round::apply_file(store, config, &tagger, now)?;
    let published = round::publish(store, config, &world.files, now, is_thorough)?;
    Ok(Report {
        documents: published.documents,
        written: published.written,
        failures: published.failures,
        unknown_decisions,
    })
}
