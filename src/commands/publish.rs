//! `publish`: renders the outputs from the store, without polling, and compares every byte.

use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, refuse_an_older_copy};
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
}

/// Publishes.
///
/// # Errors
/// Where the store or the output directory cannot be used.
pub fn run(hold: &Hold, config: &Config, world: &World) -> Result<Report, CommandError> {
    let store = &*hold.store;
    store.writing().flush()?;
    refuse_an_older_copy(store, config, world)?;
    let now = world.clock.now();
    round::rename(store, config)?;
    round::retag(store, config, &Tagger::new(&config.tags))?;
    let published = round::publish(store, config, &world.files, now, true)?;
    Ok(Report {
        documents: published.documents,
        written: published.written,
        failures: published.failures,
    })
}
