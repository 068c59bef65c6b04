//! Rewriting the database: sled's files only grow, and keep what was removed until they are
//! rewritten. The records are copied as they are into a new database beside the old one, which
//! takes its place at once and is removed.
//!
//! Unlike after a restore nothing is kept: the sidecar that names the new database also says that
//! the older ones are of no use, so that a process that dies before it has removed them leaves
//! that to the next one.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::open::{database_number, databases};
use super::rebuild::{Rebuild, replaced};
use super::{Flushed, Result, Store, StoreError};
use crate::world::Files;

/// What rewriting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewritten {
    /// Bytes of the database before.
    pub before: u64,
    /// Bytes of the database after.
    pub after: u64,
}

impl Store {
    /// Rewrites the database; who only reads goes on meanwhile, who writes waits. What was read
    /// before holds afterwards.
    ///
    /// # Errors
    /// Where the disk does not take it, or a record is damaged; the store is as it was then. Where
    /// the old files cannot be removed, the new ones are in place, and the next one who opens the
    /// store tries it again.
    pub fn rewrite(&self) -> Result<Rewritten> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rebuild = Rebuild::begin(&self.directory, &self.files)?;
        let before = {
            let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
            rebuild.copy(&view)?;
            on_disk(&self.files, &self.directory.join(&turn.database))?
        };
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        let (new, flushed) = rebuild.finish(&self.directory, true)?;
        let after = on_disk(&self.files, &self.directory.join(&flushed.database))?;
        *turn = Flushed { epoch: turn.epoch, ..flushed };
        // The old database is closed before its files go.
        drop(std::mem::replace(&mut *view, new));
        drop(view);
        remove_older(&self.files, &self.directory, &turn.database)?;
        turn.forgets_older = false;
        Ok(Rewritten { before, after })
    }

    /// Removes databases that a restore replaced and kept, and says which.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn forget_replaced(&self) -> Result<Vec<PathBuf>> {
        let failed = |error| StoreError::io(&self.directory, error);
        let replaced = replaced(&self.files, &self.directory).map_err(failed)?;
        for path in &replaced {
            self.files.remove_directory(path).map_err(failed)?;
        }
        Ok(replaced)
    }
}

/// Removes the databases that are older than the named one.
pub(super) fn remove_older(files: &Files, directory: &Path, current: &str) -> Result<()> {
    let failed = |error| StoreError::io(directory, error);
    let current = database_number(current).unwrap_or_default();
    for (number, path) in databases(files, directory).map_err(failed)? {
        if number < current {
            files.remove_directory(&path).map_err(failed)?;
        }
    }
    files.sync_directory(directory).map_err(failed)
}

/// Bytes of the files of a database.
fn on_disk(files: &Files, database: &Path) -> Result<u64> {
    let failed = |error| StoreError::io(database, error);
    let mut bytes: u64 = 0;
    for path in files.list(database).map_err(failed)? {
        let found = files.metadata(&path).map_err(failed)?;
        let more = if found.is_dir() { on_disk(files, &path)? } else { found.len() };
        bytes = bytes.saturating_add(more);
    }
    Ok(bytes)
}
