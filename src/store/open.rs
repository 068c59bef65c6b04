//! Opening a store: taking the lock, making a new one, noticing what is missing or altered.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, RwLock};

use chrono::{DateTime, Utc};

use super::engine::{Engine, EngineError};
use super::keys::{self, TreeName};
use super::ledger::Ledger;
use super::sidecar::{self, FIRST_DATABASE, Log, Sidecar};
use super::staging::Staging;
use super::survey::{self, Depth, Survey};
use super::{
    Counters, Epoch, FORMAT, Flushed, Result, Settings, Store, StoreError, View, lock, migrate,
    rewrite, store_error,
};
use crate::world::{FileOperation, Files, Readers};

/// Where a doubtful database is copied to, to be looked at.
const COPY: &str = "sled.copy";

impl From<io::Error> for EngineError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Store {
    /// Whether a store is there, damaged or not.
    ///
    /// # Errors
    /// [`StoreError::Io`] where that cannot be seen.
    pub fn exists(settings: &Settings, files: &Files) -> Result<bool> {
        let directory = &settings.path;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::io(&path, error)
        };
        let found = files.find(directory).map_err(failed(directory))?;
        if found.is_some_and(|found| !found.is_dir() && !found.is_symlink()) {
            return Err(failed(directory)(io::ErrorKind::NotADirectory.into()));
        }
        let sidecar = sidecar::path(directory);
        Ok(files.find(&sidecar).map_err(failed(&sidecar))?.is_some()
            || !databases(files, directory).map_err(failed(directory))?.is_empty())
    }

    /// Opens the store, or makes a new one where there is none.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it, [`StoreError::Io`] where the disk or
    /// rights are in the way, [`StoreError::Foreign`] where it is another user's,
    /// [`StoreError::Damaged`] where anything is missing or altered.
    pub fn open(settings: &Settings, files: &Files, now: DateTime<Utc>) -> Result<Self> {
        let directory = &settings.path;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::io(&path, error)
        };
        files.create_directory(directory, Readers::Us).map_err(failed(directory))?;
        let lock = lock::take(files, directory, now)?;
        files.sweep(directory).map_err(failed(directory))?;
        files.remove_directory(&directory.join(COPY)).map_err(failed(directory))?;
        let damaged =
            |what: String| StoreError::Damaged { path: directory.display().to_string(), what };
        let flushed = match sidecar::read(files, directory)? {
            Some(flushed) => flushed,
            None => {
                let sidecar = sidecar::path(directory);
                if !databases(files, directory).map_err(failed(directory))?.is_empty() {
                    return Err(damaged(format!("{} is missing", sidecar.display())));
                }
                // The sidecar of a new store comes first, so that a missing one always means loss.
                let new = Sidecar {
                    commit: 0,
                    entries: 0,
                    stories: 0,
                    database: FIRST_DATABASE.to_owned(),
                    log: None,
                    forgets_older: false,
                };
                sidecar::write(files, directory, new.clone())?;
                new
            }
        };
        let Some(number) = database_number(&flushed.database) else {
            let sidecar = sidecar::path(directory);
            return Err(damaged(format!("{} names no database", sidecar.display())));
        };
        let database = directory.join(&flushed.database);
        forget_half_built(files, directory, number).map_err(failed(directory))?;
        if flushed.forgets_older {
            rewrite::remove_older(files, directory, &flushed.database)?;
        }
        refuse_another_users(files, &survey::log_file(&database))?;
        if flushed.commit > 0 {
            let log = survey::log_file(&database);
            match files.find(&log).map_err(failed(&log))? {
                None => return Err(damaged(format!("{} is missing", log.display()))),
                Some(found) if !found.is_file() => {
                    return Err(damaged(format!("{} is no file", log.display())));
                }
                Some(_) => {}
            }
        }
        clear_away(files, &database).map_err(failed(&database))?;
        let seen = survey::survey(files, &database, Depth::Whole).map_err(failed(&database))?;
        let doubts = compare(&seen, &flushed).map_err(damaged)?;
        if !doubts.is_empty() {
            tracing::info!(?doubts, "the store is compared with its sums");
            verify_a_copy(files, directory, &database, &flushed, &doubts)?;
        }
        let view =
            View { directory: directory.clone(), engine: open(files, directory, &database)? };
        settle(files, directory, &database)?;
        if let Some(older) = view.check(&flushed)? {
            migrate::migrate(&view, files, directory, older, now)?;
        }
        Ok(Self {
            directory: directory.clone(),
            files: files.clone(),
            view: RwLock::new(view),
            turn: Mutex::new(Flushed {
                commit: flushed.commit,
                database: flushed.database,
                epoch: Epoch::default(),
                forgets_older: false,
            }),
            _lock: lock,
        })
    }
}

/// Which database of the store lives in a directory of this name: the first, or one that was built
/// to replace another.
pub(super) fn database_number(name: &str) -> Option<u32> {
    match name.strip_prefix(FIRST_DATABASE)? {
        "" => Some(1),
        rest => rest.strip_prefix('-')?.parse().ok().filter(|number| *number > 1),
    }
}

/// The databases in a store's directory, oldest first; none where there is no such directory.
pub(super) fn databases(files: &Files, directory: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    if files.find(directory)?.is_none() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for path in files.list(directory)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        found.extend(database_number(name).map(|number| (number, path)));
    }
    found.sort();
    Ok(found)
}

/// Removes databases that a process began to build when it died: those newer than the one that the
/// sidecar names. Older ones were replaced by it and are kept.
fn forget_half_built(files: &Files, directory: &Path, current: u32) -> io::Result<()> {
    for (_, path) in databases(files, directory)?.iter().filter(|(number, _)| *number > current) {
        files.remove_directory(path)?;
    }
    Ok(())
}

/// Refuses a store whose files another user made: ours there would shut that user out.
fn refuse_another_users(files: &Files, path: &Path) -> Result<()> {
    let found = files.find(path).map_err(|error| StoreError::io(path, error))?;
    let us = rustix::process::geteuid().as_raw();
    match found.map(|found| found.uid()).filter(|owner| *owner != us) {
        Some(owner) => Err(StoreError::Foreign { path: path.display().to_string(), owner }),
        None => Ok(()),
    }
}

/// Removes page tables that a process left half-written when it died: sled takes one for the
/// newest, and cannot read it.
fn clear_away(files: &Files, database: &Path) -> io::Result<()> {
    if files.find(database)?.is_none() {
        return Ok(());
    }
    for path in files.list(database)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            files.remove(&path)?;
        }
    }
    Ok(())
}

/// Compares sled's files with what the sidecar says of them: what is surely lost is an error, what
/// may be is a doubt.
fn compare(seen: &Survey, flushed: &Sidecar) -> std::result::Result<Vec<String>, String> {
    if let Some(broken) = &seen.broken_page_table {
        return Err(broken.clone());
    }
    let mut doubts = seen.oddities.clone();
    // What was gone when all was flushed was written over; what went since may be lost.
    let is_as_flushed = |log: &&Log| log.page_table == seen.page_table;
    let known = flushed.log.as_ref().filter(is_as_flushed).map_or(0, |log| log.gone);
    if seen.gone > known {
        doubts.push(format!("{} segments of the log are gone", seen.gone - known));
    }
    let Some(log) = &flushed.log else { return Ok(doubts) };
    if let Some(known) = log.page_table {
        match seen.page_table {
            None => return Err(format!("its page table snap.{known:016X} is missing")),
            Some(found) if found < known => {
                return Err(format!(
                    "its page table snap.{known:016X} is missing; an older one, snap.{found:016X}, is there"
                ));
            }
            Some(_) => {}
        }
    }
    if seen.end < log.end {
        return Err(format!(
            "its log can be read up to position {}, but had been written up to {}",
            seen.end, log.end
        ));
    }
    if seen.length < log.length {
        doubts.push(format!("its log has {} bytes and had {}", seen.length, log.length));
    }
    Ok(doubts)
}

/// Opens a copy of the database and compares every record with the sums, so that nothing is made
/// worse by sled's own mending.
fn verify_a_copy(
    files: &Files,
    directory: &Path,
    database: &Path,
    flushed: &Sidecar,
    doubts: &[String],
) -> Result<()> {
    let copy = directory.join(COPY);
    copy_directory(files, database, &copy).map_err(|error| StoreError::io(&copy, error))?;
    let view = View { directory: directory.to_owned(), engine: open(files, directory, &copy)? };
    let verified = match view.check(flushed) {
        Ok(None) => view.verify(),
        // Sums are kept since format 2.
        Ok(Some(_)) => view.walk(|_, _, _| Ok(())).map(|_| ()),
        Err(error) => Err(error),
    };
    drop(view);
    files.remove_directory(&copy).map_err(|error| StoreError::io(&copy, error))?;
    verified.map_err(|error| match error {
        StoreError::Damaged { path, what } => {
            StoreError::Damaged { path, what: format!("{}; {what}", doubts.join("; ")) }
        }
        other => other,
    })
}

fn copy_directory(files: &Files, from: &Path, to: &Path) -> io::Result<()> {
    files.create_directory(to, Readers::Us)?;
    for path in files.list(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if files.metadata(&path)?.is_dir() {
            copy_directory(files, &path, &target)?;
        } else {
            files.perform(FileOperation::Write, &target, || fs::copy(&path, &target))?;
        }
    }
    Ok(())
}

fn open(files: &Files, directory: &Path, database: &Path) -> Result<Engine> {
    files.perform(FileOperation::OpenDatabase, database, || Engine::open(database)).map_err(
        |error| match error {
            EngineError::Io(error) => StoreError::io(database, error),
            other => store_error(directory, other),
        },
    )
}

/// Forces to the disk what sled wrote on opening and does not force there itself: its directory
/// entries, its settings, a page table that replaces another one.
pub(super) fn settle(files: &Files, directory: &Path, database: &Path) -> Result<()> {
    let settled = (|| {
        files.sync(&survey::log_file(database))?;
        files.sync(&database.join("conf"))?;
        files.sync_directory(database)?;
        files.sync_directory(directory)
    })();
    settled.map_err(|error| StoreError::io(database, error))
}

/// Has everything written and forced to the disk, and says so in the sidecar; returns the number
/// of the newest commit there.
pub(super) fn flush(
    files: &Files,
    directory: &Path,
    database: &Path,
    engine: &Engine,
    counters: &Counters,
    forgets_older: bool,
) -> Result<u64> {
    files
        .perform(FileOperation::Flush, database, || engine.flush())
        .map_err(|error| store_error(directory, error))?;
    let failed = |error| StoreError::io(database, error);
    // sled's own flush asks for sync_file_range at most, which is no barrier of the device, and it
    // never forces files of long pages to the disk.
    for blob in blobs(files, database).map_err(failed)? {
        files.sync(&blob).map_err(failed)?;
    }
    files.sync(&survey::log_file(database)).map_err(failed)?;
    let seen = survey::survey(files, database, Depth::End).map_err(failed)?;
    let name = database.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let flushed = Sidecar {
        commit: counters.commit,
        entries: counters.next_entry,
        stories: counters.next_story,
        database: name,
        log: Some(Log::from(&seen)),
        forgets_older,
    };
    sidecar::write(files, directory, flushed)?;
    Ok(counters.commit)
}

fn blobs(files: &Files, database: &Path) -> io::Result<Vec<PathBuf>> {
    let directory = database.join("blobs");
    if files.find(&directory)?.is_none() { Ok(Vec::new()) } else { files.list(&directory) }
}

impl View {
    /// Compares the store with what the sidecar promised, and its format with ours; gives the
    /// number of an older format.
    pub(super) fn check(&self, flushed: &Sidecar) -> Result<Option<u32>> {
        let commit = self.counters()?.commit;
        if commit < flushed.commit {
            return Err(self.damaged(format!(
                "its newest commit is {commit}, but commit {} was written to the disk",
                flushed.commit
            )));
        }
        match self.get::<u32>(TreeName::Meta, keys::FORMAT)? {
            Some(FORMAT) => {
                let promised = self.ledger()?.flushed;
                if promised > flushed.commit {
                    return Err(self.damaged(format!(
                        "{} speaks of commit {}, but commit {promised} was noted there later; it is an older copy",
                        sidecar::path(&self.directory).display(),
                        flushed.commit
                    )));
                }
                Ok(None)
            }
            Some(found) if found > FORMAT => Err(StoreError::Format {
                path: self.directory.display().to_string(),
                found,
                expected: FORMAT,
            }),
            Some(found) => Ok(Some(found)),
            None if commit > 0 => Err(self.damaged("its format is missing")),
            None => {
                let mut staging = Staging::new(self);
                staging.put(TreeName::Meta, keys::FORMAT, &FORMAT)?;
                staging.balance(Ledger::default())?;
                let trees = staging.into_trees();
                self.engine.apply(&trees).map_err(|error| self.engine_error(error))?;
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flushed(page_table: Option<u64>, gone: u64) -> Sidecar {
        Sidecar {
            commit: 7,
            entries: 0,
            stories: 0,
            database: FIRST_DATABASE.to_owned(),
            log: Some(Log { end: 9000, page_table, length: 9000, gone }),
            forgets_older: false,
        }
    }

    fn seen(page_table: Option<u64>, gone: u64) -> Survey {
        Survey { end: 9000, length: 9000, page_table, gone, ..Survey::default() }
    }

    #[test]
    fn segments_that_were_gone_when_all_was_flushed_are_no_doubt() {
        let doubts = |seen: Survey, flushed: Sidecar| compare(&seen, &flushed).unwrap().len();
        assert_eq!(doubts(seen(None, 0), flushed(None, 0)), 0);
        assert_eq!(doubts(seen(None, 200), flushed(None, 200)), 0);
        assert_eq!(doubts(seen(None, 201), flushed(None, 200)), 1);
        // Between another page table and the end others are missing.
        assert_eq!(doubts(seen(Some(8000), 1), flushed(None, 200)), 1);
        assert_eq!(doubts(seen(Some(8000), 1), flushed(Some(8000), 1)), 0);
        assert_eq!(doubts(seen(Some(8000), 0), flushed(None, 200)), 0);
    }
}
