//! The sidecar: a small file beside the database that says what was flushed last.
//!
//! sled rolls back in silence where its file was cut or its newest pages are damaged. The sidecar
//! is written after each flush and holds the number of the commit, the end of sled's log and which
//! page table belongs to it; a database that has less than that has lost something. It also names
//! the directory of the database, so that one can be put in the place of another at once.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::survey::Survey;
use super::{Result, StoreError};
use crate::world::{Files, Readers};

/// The directory of the first database of a store.
pub(super) const FIRST_DATABASE: &str = "sled";

/// What was flushed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    /// Number of the newest commit.
    pub(super) commit: u64,
    /// Entries that were ever numbered.
    pub(super) entries: u64,
    /// Stories that were ever numbered.
    pub(super) stories: u64,
    /// Directory of the database, beside the sidecar.
    #[serde(default = "first_database")]
    pub(super) database: String,
    /// sled's files at that time; `None` in those of format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<Log>,
    /// Whether databases that are older than this one are of no use, and to be removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) forgets_older: bool,
}

/// What is known of sled's files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Log {
    /// The LSN behind the last message.
    pub(super) end: u64,
    /// The LSN of the page table, if there was one yet.
    pub(super) page_table: Option<u64>,
    /// Bytes of the log's file.
    pub(super) length: u64,
    /// Segments between the page table and the end that were not there any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) gone: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<&Survey> for Log {
    fn from(survey: &Survey) -> Self {
        let Survey { end, page_table, length, gone, .. } = *survey;
        Self { end, page_table, length, gone }
    }
}

#[derive(Serialize, Deserialize)]
struct Checked {
    flushed: Sidecar,
    checksum: String,
}

fn first_database() -> String {
    FIRST_DATABASE.to_owned()
}

pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join("flushed.json")
}

fn checksum(flushed: &Sidecar) -> String {
    let mut words = format!("{} {} {}", flushed.commit, flushed.entries, flushed.stories);
    if let Some(log) = &flushed.log {
        words.push_str(&format!(
            " {} {} {:?} {}",
            flushed.database, log.end, log.page_table, log.length
        ));
        if log.gone > 0 {
            words.push_str(&format!(" {} gone", log.gone));
        }
    }
    if flushed.forgets_older {
        words.push_str(" alone");
    }
    format!("{:016x}", xxh3_64(words.as_bytes()))
}

impl Checked {
    fn text(&self) -> serde_json::Result<String> {
        Ok(format!("{}\n", serde_json::to_string(self)?))
    }

    /// Whether these bytes are what is written for it, to the letter; of format 1 the checksum
    /// alone speaks.
    fn is_in(&self, bytes: &[u8]) -> bool {
        checksum(&self.flushed) == self.checksum
            && (self.flushed.log.is_none()
                || self.text().is_ok_and(|text| text.as_bytes() == bytes))
    }
}

pub(super) fn write(files: &Files, directory: &Path, flushed: Sidecar) -> Result<()> {
    let checked = Checked { checksum: checksum(&flushed), flushed };
    let path = path(directory);
    let text = checked.text().map_err(|error| StoreError::io(&path, io::Error::other(error)))?;
    files.replace(&path, text.as_bytes(), Readers::Us).map_err(|error| StoreError::io(&path, error))
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
        .filter(|checked| checked.is_in(&bytes))
        .map(|checked| Some(checked.flushed))
        .ok_or_else(|| StoreError::Damaged {
            path: directory.display().to_string(),
            what: format!("{} does not hold what was written into it", path.display()),
        })
}
