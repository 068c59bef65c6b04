//! Opening a store: taking the lock, making a new one, noticing what is missing.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::keys::{self, TreeName};
use super::{
    CACHE_BYTES, Counters, FORMAT, Result, Settings, Store, StoreError, lock, record, sidecar,
};
use crate::world::Files;

/// What sled writes lives in a directory of its own, so that it can be swapped as a whole.
fn database_directory(directory: &Path) -> PathBuf {
    directory.join("sled")
}

/// The file that holds sled's log.
pub(super) fn database_file(directory: &Path) -> PathBuf {
    database_directory(directory).join("db")
}

pub(super) fn sled_error(directory: &Path, error: sled::Error) -> StoreError {
    let path = directory.display().to_string();
    match error {
        sled::Error::Io(error) if is_about_the_disk(&error) => {
            StoreError::io(&database_directory(directory), error)
        }
        sled::Error::Io(error) => StoreError::Damaged { path, what: error.to_string() },
        sled::Error::Corruption { .. } => StoreError::Damaged {
            path,
            what: "a page of the database is not as it was written".into(),
        },
        other => StoreError::Damaged { path, what: other.to_string() },
    }
}

/// Errors that speak of the disk or of rights, not of what is written there.
fn is_about_the_disk(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::QuotaExceeded
    ) || matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::EIO)
    )
}

impl Store {
    /// Whether a store is there, damaged or not.
    pub fn exists(settings: &Settings) -> bool {
        sidecar::path(&settings.path).exists() || database_directory(&settings.path).exists()
    }

    /// Opens the store, or makes a new one where there is none.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it, [`StoreError::Io`] where the disk or
    /// rights are in the way, [`StoreError::Damaged`] where anything is missing or altered.
    pub fn open(settings: &Settings, files: &Files, now: DateTime<Utc>) -> Result<Self> {
        let directory = &settings.path;
        files.create_directory(directory).map_err(|error| StoreError::io(directory, error))?;
        let lock = lock::take(directory, now)?;
        let damaged =
            |what: String| StoreError::Damaged { path: directory.display().to_string(), what };
        let database_directory = database_directory(directory);
        let flushed = sidecar::read(files, directory)?;
        let has_database = database_file(directory).exists();
        match (&flushed, has_database) {
            (None, true) => {
                return Err(damaged(format!("{} is missing", sidecar::path(directory).display())));
            }
            // The sidecar of a new store comes first, so that a missing one always means loss.
            (None, false) => sidecar::write(files, directory, &Counters::default())?,
            (Some(flushed), false) if flushed.commit > 0 => {
                return Err(damaged(format!(
                    "{} is missing",
                    self::database_file(directory).display()
                )));
            }
            _ => {}
        }
        let database = sled::Config::new()
            .path(&database_directory)
            .cache_capacity(CACHE_BYTES)
            // Only our own flushes count; one in between would make no promise.
            .flush_every_ms(None)
            .open()
            .map_err(|error| sled_error(directory, error))?;
        let mut trees = Vec::with_capacity(TreeName::ALL.len());
        for (_, name) in TreeName::ALL {
            trees.push(database.open_tree(name).map_err(|error| sled_error(directory, error))?);
        }
        let store = Self {
            directory: directory.clone(),
            files: files.clone(),
            database,
            trees,
            _lock: lock,
        };
        store.check(flushed.map_or(0, |flushed| flushed.commit))?;
        Ok(store)
    }

    /// Compares the store with what the sidecar promised, and its format with ours.
    fn check(&self, flushed_commit: u64) -> Result<()> {
        let meta = self.tree(TreeName::Meta)?;
        let commit = self.counters()?.commit;
        if commit < flushed_commit {
            return Err(self.damaged(format!(
                "its newest commit is {commit}, but commit {flushed_commit} was written to the disk"
            )));
        }
        match self.get::<u32>(TreeName::Meta, keys::FORMAT)? {
            Some(found) if found != FORMAT => Err(StoreError::Format {
                path: self.directory.display().to_string(),
                found,
                expected: FORMAT,
            }),
            Some(_) => Ok(()),
            None if commit > 0 => Err(self.damaged("its format is missing")),
            None => {
                let record = record::encode(keys::FORMAT, &FORMAT)
                    .map_err(|error| self.damaged(error.to_string()))?;
                meta.insert(keys::FORMAT, record).map_err(|error| self.sled_error(error))?;
                Ok(())
            }
        }
    }
}
