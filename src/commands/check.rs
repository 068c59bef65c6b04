//! `check`: whether feeds.toml can be used, and what is odd about it.

pub mod diff;
pub mod online;

use serde::Serialize;

use super::{CommandError, Places, Secrets, exposure, load_config};
use crate::config::{Config, Finding, doubt_of_url};
use crate::model::Location;
use crate::world::World;

/// What was found. Serialises to the object of `check --json`.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Whether the file can be used.
    pub ok: bool,
    /// What must be mended.
    pub errors: Vec<Finding>,
    /// What works, but perhaps not as was meant.
    pub warnings: Vec<Finding>,
    /// Sources in the file, where it can be used.
    pub sources: usize,
    /// Tags in the file, where it can be used.
    pub tags: usize,
    /// What the sources answered (`--online`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<online::Report>,
    /// What the file would do to the stories that are known (`--diff`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<diff::Report>,
    /// The text, so that lines can be shown.
    #[serde(skip)]
    pub text: String,
}

/// Sources that are files and are not there. Another program may write them later; but whoever leaves
/// https:// out has written the name of a file.
fn missing_files(config: &Config, text: &str, world: &World) -> Vec<Finding> {
    let help = "write its path from feeds.toml; if it is an address, write https:// in front of it";
    let missing = config.sources.iter().filter(|source| source.enabled).filter_map(|source| {
        let Location::File(path) = &source.location else { return None };
        let is_missing = matches!(world.files.find(path), Ok(None));
        let shown = source.shown_url();
        let message = || format!("there is no file {shown} in the directory of feeds.toml");
        is_missing.then(|| doubt_of_url(text, source, message(), help)).flatten()
    });
    missing.collect()
}

/// Checks.
///
/// # Errors
/// Where the file cannot be read at all.
pub fn run(places: &Places, world: &World) -> Result<Report, CommandError> {
    match load_config(places, world, Secrets::Unneeded) {
        Ok((mut config, text)) => Ok(Report {
            ok: true,
            errors: Vec::new(),
            sources: config.sources.len(),
            tags: config.tags.len(),
            warnings: {
                config.warnings.extend(missing_files(&config, &text, world));
                config.warnings.extend(exposure::findings(&config, world));
                config.warnings
            },
            online: None,
            diff: None,
            text,
        }),
        Err(CommandError::Config { broken, text }) => Ok(Report {
            ok: false,
            errors: broken.findings,
            warnings: broken.warnings,
            sources: 0,
            tags: 0,
            online: None,
            diff: None,
            text,
        }),
        Err(other) => Err(other),
    }
}
