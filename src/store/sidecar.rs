//! The sidecar: a small file beside the database that says what was flushed last.
//!
//! sled rolls back in silence where its file was cut or its newest pages are damaged. The sidecar
//! is written after each flush and holds the commit number; a database that opens with a lower
//! one has lost something.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{Counters, Result, StoreError};
use crate::world::Files;

/// What was flushed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    pub(super) commit: u64,
    pub(super) entries: u64,
    pub(super) stories: u64,
}

#[derive(Serialize, Deserialize)]
struct Checked {
    flushed: Sidecar,
    checksum: String,
}

pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join("flushed.json")
}

fn checksum(flushed: &Sidecar) -> String {
    let words = format!("{} {} {}", flushed.commit, flushed.entries, flushed.stories);
    format!("{:016x}", xxh3_64(words.as_bytes()))
}

pub(super) fn write(files: &Files, directory: &Path, counters: &Counters) -> Result<()> {
    let flushed = Sidecar {
        commit: counters.commit,
        entries: counters.next_entry,
        stories: counters.next_story,
    };
    let checked = Checked { checksum: checksum(&flushed), flushed };
    let path = path(directory);
    let text = serde_json::to_string(&checked)
        .map_err(|error| StoreError::io(&path, io::Error::other(error)))?;
    files
        .replace(&path, format!("{text}\n").as_bytes())
        .map_err(|error| StoreError::io(&path, error))
}

/// The sidecar; `None` where there is no such file.
pub(super) fn read(files: &Files, directory: &Path) -> Result<Option<Sidecar>> {
    let path = path(directory);
    let bytes = match files.read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(&path, error)),
    };
    serde_json::from_slice::<Checked>(&bytes)
        .ok()
        .filter(|checked| checksum(&checked.flushed) == checked.checksum)
        .map(|checked| Some(checked.flushed))
        .ok_or_else(|| StoreError::Damaged {
            path: directory.display().to_string(),
            what: format!("{} does not hold what was written into it", path.display()),
        })
}
