//! `backup`: the whole store into one file, also while it is in use.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, absolute, time};
use crate::config::Config;
use crate::store::{BackupError, is_backup};
use crate::world::{Draft, Readers, World};

/// What was written. Serialises to the object of `backup --json`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The file, as it was given; filled in by whoever wrote it.
    pub file: String,
    /// When it was made.
    pub made: String,
    /// Entries in it.
    pub entries: u64,
    /// Stories in it, public or not.
    pub stories: u64,
}

/// Begins the file that a backup is written into; what was there before stays until it is complete.
///
/// # Errors
/// Where the file would be published, what is there is something else, or its directory takes none.
pub fn begin(file: &Path, config: &Config, world: &World) -> Result<Draft, CommandError> {
    let path = absolute(&world.directory, file);
    if path.starts_with(&config.publish.path) {
        return Err(CommandError::Usage(format!(
            "{}: a backup must not be published; name a file outside of {}",
            file.display(),
            config.publish.path.display()
        )));
    }
    if path.is_dir() {
        return Err(CommandError::Usage(format!(
            "{}: this is a directory; name the file as well, for example {}",
            file.display(),
            file.join("wire.jsonl.gz").display()
        )));
    }
    if let Some(why) = must_stay(&path, config, world) {
        return Err(CommandError::Usage(format!(
            "{}: {why}; nothing was written. Name another file for the backup",
            file.display()
        )));
    }
    world.files.draft(&path, Readers::Us).map_err(|error| refused(&path, &error))
}

/// Why a backup must not be written to a path: what is there is no backup, or something of the
/// store.
fn must_stay(path: &Path, config: &Config, world: &World) -> Option<&'static str> {
    // Two names may mean one file.
    let real = |path: &Path| {
        let above = path.parent().and_then(|above| std::fs::canonicalize(above).ok());
        above
            .zip(path.file_name())
            .map_or_else(|| path.to_owned(), |(above, name)| above.join(name))
    };
    let path = real(path);
    let store = real(&config.store.path);
    if path.starts_with(&store) && path.parent() != Some(&store.join("backups")) {
        return Some("that is where the store itself is");
    }
    let found = std::fs::symlink_metadata(&path).ok()?;
    if !found.is_file() {
        return Some("what is there is no plain file");
    }
    let is_backup = || world.files.open(&path).is_ok_and(is_backup);
    (found.len() > 0 && !is_backup()).then_some("what is there is no backup of samizdat")
}

/// Puts a complete backup in its place.
///
/// # Errors
/// Where the disk does not take it.
pub fn finish(draft: Draft, file: &Path, report: &mut Report) -> Result<(), CommandError> {
    report.file = file.display().to_string();
    draft.finish().map_err(|error| refused(file, &error))
}

fn refused(path: &Path, error: &std::io::Error) -> CommandError {
    let path = PathBuf::from(path);
    CommandError::Failed(format!(
        "cannot write the backup {}: {error}; what was there before is still there",
        path.display()
    ))
}

/// Writes the whole store to `out`.
///
/// # Errors
/// Where the store is damaged, or `out` does not take it.
pub fn run(hold: &Hold, world: &World, out: impl Write) -> Result<Report, CommandError> {
    let now = world.clock.now();
    let head = hold.store.reading().back_up(out, now).map_err(|error| match error {
        BackupError::Store(error) => CommandError::Store(error),
        BackupError::Write(error) => CommandError::Failed(format!(
            "the backup cannot be written: {error}; make room, or name another place"
        )),
    })?;
    Ok(Report {
        file: String::new(),
        made: time(head.made),
        entries: head.entries,
        stories: head.stories,
    })
}
