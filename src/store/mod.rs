//! The embedded store: everything that must be remembered between two runs.
//!
//! One writer. Callers read what they need, decide, collect the outcome in [`Changes`] and hand
//! them to [`Store::commit`], which makes one write-only transaction over all trees. Several
//! commits may share one [`Store::flush`]; what is not flushed does not count as done.
//!
//! The engine is sled 0.34.7 and nothing outside this room knows it. sled does not notice all
//! damage by itself, so every record carries a checksum, every commit raises a number, and a
//! sidecar file beside the database says which number was flushed last: a database that opens
//! with a lower one has lost something and is refused. Nothing here repairs or starts anew by
//! itself.

mod changes;
mod keys;
mod lock;
mod open;
mod read;
mod record;
mod sidecar;

pub use changes::{AliasKind, Changes};
pub use read::{Counters, OutputRecord, PublishedFile, Seen};

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::world::Files;
use keys::TreeName;

/// `[store]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Directory of the embedded store, absolute.
    pub path: PathBuf,
    /// How long full texts are kept.
    pub keep: Duration,
    /// Daily backups that are kept beside the store.
    pub backups: u32,
}

/// The format of this store. A store of another format is refused.
const FORMAT: u32 = 1;

/// sled's page cache; its own default of 1 GiB is more than the rest of the program needs.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// An open store; nobody else has it while this value lives.
pub struct Store {
    directory: PathBuf,
    files: Files,
    database: sled::Db,
    trees: Vec<sled::Tree>,
    /// Held until the store is closed; dropped after the database.
    _lock: lock::Lock,
}

/// Why the store could not be used. Each message names the path and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error(
        "the store {path} is in use by {holder}; nothing was done. Wait until it has ended, or stop it"
    )]
    InUse {
        /// Directory of the store.
        path: String,
        /// "pid 123 since 2026-11-02 10:00:00 UTC", as far as known.
        holder: String,
    },
    /// Files cannot be read or written.
    #[error("cannot use the store {path}: {error}. {remedy}")]
    Io {
        /// The file or directory.
        path: String,
        /// What the operating system said.
        error: io::Error,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Something is missing or altered.
    #[error(
        "the store {path} is damaged: {what}. Nothing was polled and the outputs are as they were. \
         Put a copy of the whole directory back in its place; if there is none, move it away and run \
         `samizdat fetch --init`, which starts a new store"
    )]
    Damaged {
        /// Directory of the store.
        path: String,
        /// What was found.
        what: String,
    },
    /// Written by a newer version.
    #[error(
        "the store {path} has format {found}; this version of samizdat reads format {expected}. Use the version that wrote it, or a newer one"
    )]
    Format {
        /// Directory of the store.
        path: String,
        /// Its format.
        found: u32,
        /// Ours.
        expected: u32,
    },
}

impl StoreError {
    fn io(path: &std::path::Path, error: io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::StorageFull => "Free some space on that disk and run the command again",
            io::ErrorKind::ReadOnlyFilesystem => {
                "Its disk is read-only: mount it writable, or name another directory with --store"
            }
            io::ErrorKind::PermissionDenied => {
                "Give the user who runs samizdat the right to write there, or name another directory with --store"
            }
            _ => "Check the directory, or name another one with --store",
        };
        Self::Io { path: path.display().to_string(), error, remedy }
    }
}

/// What reading and writing the store gives.
pub type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    fn tree(&self, name: TreeName) -> Result<&sled::Tree> {
        self.trees.get(name as usize).ok_or_else(|| self.damaged("a tree is missing"))
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: self.directory.display().to_string(), what: what.into() }
    }

    fn sled_error(&self, error: sled::Error) -> StoreError {
        open::sled_error(&self.directory, error)
    }

    /// Bytes that the store takes on the disk.
    pub fn bytes(&self) -> u64 {
        self.database.size_on_disk().unwrap_or_default()
    }

    /// Forces everything that was committed to the disk, then notes it in the sidecar.
    ///
    /// # Errors
    /// Where the disk does not take it; what was committed since the last flush may be lost then.
    pub fn flush(&self) -> Result<()> {
        let counters = self.counters()?;
        self.database.flush().map_err(|error| self.sled_error(error))?;
        // sled's own flush asks for sync_file_range at most, which is no barrier of the device.
        let file = open::database_file(&self.directory);
        self.files.sync(&file).map_err(|error| StoreError::io(&file, error))?;
        sidecar::write(&self.files, &self.directory, &counters)
    }
}

#[cfg(test)]
mod tests;
