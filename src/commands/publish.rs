//! `publish`: renders the outputs from the store, without polling, and compares every byte.

use serde::Serialize;

use super::{CommandError, open_store, refuse_to_forget};
use crate::config::Config;
use crate::round;
use crate::tag::Tagger;
use crate::world::World;

/// What was done. Serialises to the object of `publish --json`.
#[derive(Debug, Default, Serialize)]
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
pub async fn run(config: &Config, world: &World) -> Result<Report, CommandError> {
    refuse_to_forget(config)?;
    let store = open_store(config, world).await?;
    store.writing().flush()?;
    let now = world.clock.now();
    let published = tokio::task::block_in_place(|| {
        round::retag(&store, config, &Tagger::new(&config.tags))?;
        round::publish(&store, config, &world.files, now, true)
    })?;
    Ok(Report {
        documents: published.documents,
        written: published.written,
        failures: published.failures,
    })
}
