//! The backups that are kept beside the store: one a day, the newest few.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::backup::{BackupError, check_backup};
use super::{Settings, View};
use crate::world::{Files, Readers};

/// How the names of the backups are made that come and go: the minute in UTC.
const NAME: &str = "%Y-%m-%dT%H%MZ";

const ENDING: &str = ".jsonl.gz";

/// Where they are.
pub(super) fn directory(store: &Path) -> PathBuf {
    store.join("backups")
}

/// All of them with their times, oldest first; none where there is no such directory.
///
/// # Errors
/// Where the directory cannot be read.
pub fn backups(files: &Files, settings: &Settings) -> io::Result<Vec<(DateTime<Utc>, PathBuf)>> {
    let directory = directory(&settings.path);
    if files.find(&directory)?.is_none() {
        return Ok(Vec::new());
    }
    let mut found: Vec<(DateTime<Utc>, PathBuf)> = files
        .list(&directory)?
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
            let time = NaiveDateTime::parse_from_str(name, NAME).ok()?;
            Some((time.and_utc(), path))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Every backup beside the store: the daily ones, those made by hand, and those made before a store
/// got another format.
///
/// # Errors
/// Where the directory cannot be read.
pub fn all_backups(files: &Files, settings: &Settings) -> io::Result<Vec<PathBuf>> {
    let directory = directory(&settings.path);
    if files.find(&directory)?.is_none() {
        return Ok(Vec::new());
    }
    let mut found = files.list(&directory)?;
    found.retain(|path| !Files::is_temporary(path));
    Ok(found)
}

/// The newest backup beside the store that is whole: the one of the newest commit, whatever the
/// clock said when it was made.
pub fn newest_backup(files: &Files, settings: &Settings) -> Option<(DateTime<Utc>, PathBuf)> {
    let found = backups(files, settings).unwrap_or_default();
    let whole = found.into_iter().filter_map(|(_, path)| {
        let head = check_backup(files.open(&path).ok()?).ok()?;
        Some((head.commit, head.made, path))
    });
    whole.max().map(|(_, made, path)| (made, path))
}

/// Makes a backup beside the store, and removes the oldest ones beyond `settings.backups`.
///
/// # Errors
/// Where the store is damaged, or the disk does not take it. All earlier backups are still there
/// then.
pub fn rotate(
    view: &View,
    files: &Files,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<PathBuf, BackupError> {
    let directory = directory(&settings.path);
    files.create_directory(&directory, Readers::Us)?;
    files.sweep(&directory)?;
    let path = directory.join(format!("{}{ENDING}", now.format(NAME)));
    let mut draft = files.draft(&path, Readers::Us)?;
    view.back_up(&mut draft, now)?;
    draft.finish()?;
    let kept = backups(files, settings)?;
    let most = usize::try_from(settings.backups).unwrap_or(usize::MAX);
    for (_, old) in kept.iter().take(kept.len().saturating_sub(most)) {
        // The one that was just made is not removed, whatever the clock says of the others.
        if *old != path {
            files.remove(old)?;
        }
    }
    Ok(path)
}
