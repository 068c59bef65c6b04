//! `backup`: the whole store into one file, also while it is in use.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, absolute, time};
use crate::config::Config;
use crate::store::BackupError;
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
/// Where the file would be published, or its directory takes none.
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
    world.files.draft(&path, Readers::Us).map_err(|error| refused(&path, &error))
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
        BackupError::Write(error) => {
            CommandError::Failed(format!("the backup cannot be written: {error}"))
        }
    })?;
    Ok(Report {
        file: String::new(),
        made: time(head.made),
        entries: head.entries,
        stories: head.stories,
    })
}
