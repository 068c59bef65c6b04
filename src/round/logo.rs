//! Logos of organisations: read from beside feeds.toml, checked, and published under the id of their
//! organisation.

use std::path::Path;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

use crate::config::Config;
use crate::model::Organisation;
use crate::publish::{Rendered, logo};
use crate::world::Files;

/// The logos that can be published, each with the id of its organisation.
pub(super) fn logos(config: &Config, files: &Files) -> Vec<(String, Rendered)> {
    let described = config.organisations.iter();
    let found = described.filter_map(|one| Some((one, read(config, files, one).ok()??)));
    found.map(|(one, logo)| (one.id.clone(), logo)).collect()
}

/// A hash of logos: they are inputs of the outputs that stand in no store and in no feeds.toml.
pub(super) fn digest_of(logos: &[(String, Rendered)]) -> u128 {
    let mut hasher = Xxh3Default::new();
    for (_, logo) in logos {
        hasher.update(logo.path.as_bytes());
        hasher.update(&xxh3_128(&logo.bytes).to_be_bytes());
    }
    hasher.digest128()
}

/// What is wrong with logos, each with the name of its organisation.
pub fn unusable_logos(config: &Config, files: &Files) -> Vec<(String, String)> {
    let described = config.organisations.iter();
    let wrong = described.filter_map(|one| Some((one, read(config, files, one).err()?)));
    wrong.map(|(one, what)| (one.name.clone(), what)).collect()
}

fn read(
    config: &Config,
    files: &Files,
    organisation: &Organisation,
) -> Result<Option<Rendered>, String> {
    let Some(path) = &organisation.logo else { return Ok(None) };
    let shown = path.strip_prefix(&config.directory).unwrap_or(path).display().to_string();
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {shown}"),
        _ => format!("{shown} cannot be read: {error}"),
    };
    let is_inside = |path: &Path| -> std::io::Result<bool> {
        Ok(path.canonicalize()?.starts_with(config.directory.canonicalize()?))
    };
    if !is_inside(path).map_err(failed)? {
        return Err(format!("{shown} leads out of the directory of feeds.toml"));
    }
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    let most = logo::MAX_LOGO_BYTES;
    let Some(bytes) = files.read_at_most(path, most).map_err(failed)? else {
        return Err(format!("{shown} is larger than {} KiB", most / 1024));
    };
    let ending = logo::ending(&bytes).map_err(|what| format!("{shown}: {what}"))?;
    Ok(Some(Rendered { path: format!("logo/{}.{ending}", organisation.id), bytes }))
}
