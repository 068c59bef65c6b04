//! The embedded store: everything that must be remembered between two runs.
//!
//! One process has the store ([`Store::open`] takes its lock), and in it one writer at a time.
//! Who reads takes [`Store::reading`] and sees one state of it for as long as that value lives. Who
//! writes takes [`Store::writing`], reads what is needed, decides, collects the outcome in
//! [`Changes`] and hands them to [`Writing::commit`], which makes one write-only transaction over
//! all trees. Several commits may share one [`Writing::flush`]; what is not flushed does not count
//! as done.
//!
//! The engine is sled 0.34.7 and nothing outside this room knows it (`engine`). sled does not
//! notice all damage by itself, and what it notices it mends by forgetting. So
//!
//! - every record carries a checksum (`record`);
//! - every commit raises a number and adds to sums over all records (`ledger`);
//! - a sidecar file beside the database says which commit was flushed last, and where sled's log
//!   ended then (`sidecar`);
//! - sled's files are looked at before it opens them (`survey`), and what looks odd is compared,
//!   on a copy, with the sums (`open`).
//!
//! A store that has less than it had is refused. Nothing here repairs or starts anew by itself.

mod backup;
mod backups;
mod changes;
mod decisions;
mod dump;
mod engine;
mod keys;
mod ledger;
mod lock;
mod migrate;
mod open;
mod outputs;
mod pages;
mod read;
mod rebuild;
mod record;
mod rename;
mod rewrite;
mod sidecar;
mod staging;
mod survey;
mod values;

pub use backup::{BackupError, BackupHead, UnreadableBackup, check_backup, is_backup};
pub use backups::{all_backups, backups, newest_backup, rotate as rotate_backups};
pub use changes::{AliasKind, Changes};
pub use decisions::{Cleansing, DecisionChanges, DecisionKey, Name};
pub use keys::identity_hash;
pub use pages::{PageChanges, ReadArticle, SavedPage, Waiting, WaitingKey};
pub use rebuild::{Closed, Rebuild};
pub use rewrite::Rewritten;
pub use values::{Counters, Job, OutputRecord, Place, PublishedFile, Seen, SeenKey, Sweep};

use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::world::{FileOperation, Files};
use engine::{Engine, EngineError};

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

/// The format of this store. An older one is migrated, a newer one is refused.
const FORMAT: u32 = 2;

/// An open store; no other process has it while this value lives.
pub struct Store {
    directory: PathBuf,
    files: Files,
    view: RwLock<View>,
    turn: Mutex<Flushed>,
    /// Held until the store is closed; dropped after the database.
    _lock: lock::Lock,
}

/// Tells the databases apart that a store has while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Epoch(u64);

/// What the sidecar said last.
struct Flushed {
    commit: u64,
    database: String,
    /// Raised when another database is put in the place of this one.
    epoch: Epoch,
    /// Whether older databases are there still, and of no use.
    forgets_older: bool,
}

/// The store as it is read.
pub struct View {
    directory: PathBuf,
    engine: Engine,
}

/// One state of the store; writers wait while this value lives. Not to be taken twice in one
/// thread.
pub struct Reading<'s>(RwLockReadGuard<'s, View>);

/// The right to write; other writers wait while this value lives, readers only during commits.
pub struct Writing<'s> {
    store: &'s Store,
    flushed: MutexGuard<'s, Flushed>,
    /// Absent only within a commit.
    view: Option<RwLockReadGuard<'s, View>>,
}

/// Why the store could not be used. Each message names the path; what recovers a damaged store is
/// added by whoever knows the places of this run.
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
    #[error("the store {path} is damaged: {what}")]
    Damaged {
        /// Directory of the store.
        path: String,
        /// What was found.
        what: String,
    },
    /// Written by a newer version.
    #[error(
        "the store {path} has format {found}; this version of samizdat reads formats up to {expected}. Use the version that wrote it, or a newer one"
    )]
    Format {
        /// Directory of the store.
        path: String,
        /// Its format.
        found: u32,
        /// Ours.
        expected: u32,
    },
    /// Another database was put in the place of the one that was read before.
    #[error(
        "the store was restored, or something was taken down or renamed, while this command was under way; what it had not stored yet was left out. Run it again"
    )]
    Replaced,
    /// Another user's.
    #[error(
        "the store {path} belongs to another user (uid {owner}); nothing was done, since what this user writes there the other one could not read. Run samizdat as that user (sudo -u '#{owner}' samizdat …), or name another directory with --store"
    )]
    Foreign {
        /// The file that another user owns.
        path: String,
        /// Its owner.
        owner: u32,
    },
}

impl StoreError {
    fn io(path: &Path, error: io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "Free some space on that disk and run the command again"
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                "Its disk is read-only: mount it writable, or name another directory with --store"
            }
            io::ErrorKind::PermissionDenied => {
                "Give the user who runs samizdat the right to read and write there, or name another directory with --store"
            }
            io::ErrorKind::NotADirectory => {
                "A file is where a directory should be: move it away, or name another directory with --store"
            }
            io::ErrorKind::IsADirectory => {
                "A directory is where a file should be: move it away and run the command again; what is missing then, it says how to recover"
            }
            io::ErrorKind::FileTooLarge => {
                "Let the user who runs samizdat write longer files (`ulimit -f unlimited`) and run the command again"
            }
            _ if error.raw_os_error() == Some(libc::EMFILE) => {
                "Let the user who runs samizdat open more files (`ulimit -n`) and run the command again"
            }
            _ => "Check the directory, or name another one with --store",
        };
        Self::Io { path: path.display().to_string(), error, remedy }
    }
}

/// Whether a directory is on a network file system, where neither locks nor flushes can be relied on.
pub fn is_on_network(path: &Path) -> bool {
    const NFS: u64 = 0x6969;
    const SMB2: u64 = 0xfe53_4d42;
    const CIFS: u64 = 0xff53_4d42;
    rustix::fs::statfs(path)
        .is_ok_and(|found| [NFS, SMB2, CIFS].contains(&(found.f_type as u64 & 0xffff_ffff)))
}

/// What reading and writing the store gives.
pub type Result<T> = std::result::Result<T, StoreError>;

impl View {
    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: self.directory.display().to_string(), what: what.into() }
    }

    fn engine_error(&self, error: EngineError) -> StoreError {
        store_error(&self.directory, error)
    }

    /// Bytes that the database takes on the disk.
    pub fn bytes(&self) -> u64 {
        self.engine.bytes()
    }

    /// The latest time at which a story entered the wire.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn newest_entered(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(DateTime::from_timestamp_millis(self.ledger()?.newest_entered))
    }

    /// The newest time that was ever told to the store.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn newest_time(&self) -> Result<Option<DateTime<Utc>>> {
        let time = self.ledger()?.newest_time;
        Ok(DateTime::from_timestamp_millis(time).filter(|_| time != 0))
    }
}

fn store_error(directory: &Path, error: EngineError) -> StoreError {
    match error {
        EngineError::Io(error) => StoreError::io(directory, error),
        EngineError::Damaged(what) => {
            StoreError::Damaged { path: directory.display().to_string(), what }
        }
    }
}

impl Store {
    /// One state of the store, to read from.
    pub fn reading(&self) -> Reading<'_> {
        Reading(self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The right to write to the database that was read before; waits for other writers.
    ///
    /// # Errors
    /// [`StoreError::Replaced`] where another one was put in its place.
    pub fn writing_to(&self, epoch: Epoch) -> Result<Writing<'_>> {
        let writing = self.writing();
        if writing.flushed.epoch == epoch { Ok(writing) } else { Err(StoreError::Replaced) }
    }

    /// The right to write; waits for other writers.
    pub fn writing(&self) -> Writing<'_> {
        let flushed = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let view = Some(self.view.read().unwrap_or_else(PoisonError::into_inner));
        Writing { store: self, flushed, view }
    }
}

impl Deref for Reading<'_> {
    type Target = View;

    fn deref(&self) -> &View {
        &self.0
    }
}

impl Deref for Writing<'_> {
    type Target = View;

    fn deref(&self) -> &View {
        match &self.view {
            Some(view) => view,
            None => unreachable!("the view is absent only within a commit"),
        }
    }
}

impl Writing<'_> {
    /// Makes all changes, or none, in one transaction. They are safe once [`Writing::flush`]
    /// returned.
    ///
    /// # Errors
    /// Where the disk does not take them; nothing is changed then.
    pub fn commit(&mut self, changes: &Changes) -> Result<()> {
        let trees = self.stage(changes, self.flushed.commit)?.into_trees();
        let store = self.store;
        // Readers see the store before the transaction or after it, never half of it.
        self.view = None;
        let ended = {
            let view = store.view.write().unwrap_or_else(PoisonError::into_inner);
            store
                .files
                .perform(FileOperation::Commit, &view.directory, || view.engine.apply(&trees))
        };
        self.view = Some(store.view.read().unwrap_or_else(PoisonError::into_inner));
        ended.map_err(|error| self.engine_error(error))
    }

    /// Tells this database from another that may be put in its place.
    pub fn epoch(&self) -> Epoch {
        self.flushed.epoch
    }

    /// Whoever is in the middle of something sees by [`Store::writing_to`] that what it read
    /// before does not hold any more.
    pub fn end_epoch(&mut self) {
        self.flushed.epoch = Epoch(self.flushed.epoch.0.saturating_add(1));
    }

    /// Forces everything that was committed to the disk, then notes it in the sidecar.
    ///
    /// # Errors
    /// Where the disk does not take it; what was committed since the last flush may be lost then.
    pub fn flush(&mut self) -> Result<()> {
        let counters = self.counters()?;
        let Store { directory, files, .. } = self.store;
        let database = directory.join(&self.flushed.database);
        let forgets = self.flushed.forgets_older;
        let flushed = open::flush(files, directory, &database, &self.engine, &counters, forgets)?;
        self.flushed.commit = flushed;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
