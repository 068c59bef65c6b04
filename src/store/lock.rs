//! The lock: one process at a time has the store.
//!
//! It is a lock of the operating system on an open file, so it frees itself when its holder dies;
//! the words in the file only say who holds it.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Result, StoreError};
use crate::world::{FileOperation, Files};

/// Held while this value lives.
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave the lock to a process that is being started just now.
        let _ = self.file.unlock();
    }
}

/// Takes the lock of a store, or says who has it.
pub(super) fn take(files: &Files, directory: &Path, now: DateTime<Utc>) -> Result<Lock> {
    let path = directory.join("lock");
    // A link in the place of the lock would have us write elsewhere.
    if let Some(found) = path.symlink_metadata().ok().filter(|found| !found.is_file()) {
        return Err(StoreError::io(
            &path,
            if found.is_dir() {
                io::ErrorKind::IsADirectory.into()
            } else {
                io::Error::other("the lock is not a plain file; remove it")
            },
        ));
    }
    let failed = |error| StoreError::io(&path, error);
    let mut file = files
        .perform(FileOperation::Lock, &path, || {
            File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
        })
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = holder.trim();
            return Err(StoreError::InUse {
                path: directory.display().to_string(),
                holder: if holder.is_empty() { "another process" } else { holder }.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let words = format!(
        "pid {} since {}\n",
        std::process::id(),
        now.to_rfc3339_opts(SecondsFormat::Secs, true)
    );
    // The lock holds without the words, which a full disk may refuse.
    let _ = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(words.as_bytes()));
    Ok(Lock { file })
}
