//! Rendered documents onto the disk: one file after the other, each whole or not at all.
//!
//! A file whose bytes are equal is not touched, so that its time stays and subscribers get a 304.
//! What cannot be written is reported and the rest is written all the same. Symbolic links below
//! the output directory are never followed: a link where a file or directory of ours should be is
//! an error that names it. (The output directory itself may be a link: that is the operator's.)
//!
//! It does not remove outputs that are no longer made; whoever decides that they are gone does.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use xxhash_rust::xxh3::xxh3_128;

use crate::model::FileRecord;
use crate::world::{Files, Readers};

use super::{PROGRAM, Rendered};

/// Bytes that [`preflight`] writes: more than file systems keep inside the directory entry.
const PROBE: [u8; 4096] = [b'.'; 4096];

/// Name of the file that [`preflight`] writes and removes; it counts as a temporary file.
const PROBE_NAME: &str = ".probe.samizdat-tmp";

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}; {}", path.display(), remedy(source))]
    Refused {
        /// What was tried: a verb phrase that a path can follow.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something lies where a file or directory of ours should be.
    #[error(
        "{} is {found} where {wanted} should be, so it was left alone; move it away and publish again",
        path.display()
    )]
    InTheWay {
        /// The file or directory.
        path: PathBuf,
        /// What is there.
        found: &'static str,
        /// What should be there.
        wanted: &'static str,
    },
    /// A path that does not stay below the output directory.
    #[error(
        "the output path {path:?} does not stay below the output directory; check the ids in feeds.toml"
    )]
    Outside {
        /// The path.
        path: String,
    },
}

/// What to do about it, for those who run the program.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on that disk and publish again; what was published before is still there"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "the disk is read-only: mount it writable, or name another directory with `--public` or `[publish] path`"
        }
        io::ErrorKind::PermissionDenied => {
            "give the user who runs samizdat the right to write there, or name another directory with `--public` or `[publish] path`"
        }
        _ => {
            "check that directory, or name another one with `--public` or `[publish] path`; what was published before is still there"
        }
    }
}

/// What [`write()`] did.
#[derive(Debug, Default)]
pub struct WriteReport {
    /// Paths, relative and with forward slashes, of the files that were new or different.
    pub written: Vec<String>,
    /// Every file that is now as rendered, written or equal, for the store.
    pub records: Vec<(String, FileRecord)>,
    /// What could not be written, and why.
    pub failures: Vec<WriteError>,
}

/// Puts rendered documents below `root`, in their order.
///
/// `known` gives what the store remembers of a path. With `check_bytes` every file is read and
/// compared (`publish`); without it a file whose hash, size and time are as remembered counts as
/// equal unread (`fetch`).
///
/// # Errors
/// Where the output directory itself cannot be made. What fails below it is in
/// [`WriteReport::failures`].
pub fn write(
    files: &Files,
    root: &Path,
    rendered: &[Rendered],
    known: &dyn Fn(&str) -> Option<FileRecord>,
    check_bytes: bool,
) -> Result<WriteReport, WriteError> {
    make_root(files, root)?;
    let mut report = WriteReport::default();
    let mut swept = BTreeSet::new();
    for document in rendered {
        match place(files, root, document, known, check_bytes, &mut swept) {
            Ok((record, changed)) => {
                if changed {
                    report.written.push(document.path.clone());
                }
                report.records.push((document.path.clone(), record));
            }
            Err(error) => report.failures.push(error),
        }
    }
    Ok(report)
}

/// Whether a file lies there with the size and the time that it was recorded with.
pub fn is_as_recorded(files: &Files, root: &Path, path: &str, record: &FileRecord) -> bool {
    metadata(files, &root.join(path)).ok().flatten().is_some_and(|found| {
        found.is_file() && found.len() == record.size && mtime_ns(&found) == record.mtime_ns
    })
}

/// A file as it lies there, without the hash of its bytes; `None` where there is none.
pub fn recorded(files: &Files, path: &Path) -> Option<FileRecord> {
    let found = metadata(files, path).ok().flatten().filter(std::fs::Metadata::is_file)?;
    Some(FileRecord { hash: 0, size: found.len(), mtime_ns: mtime_ns(&found) })
}

/// Removes a file of ours below `root`, where it still lies; what else lies there stays.
///
/// # Errors
/// Where a link is in the way, or the operating system refuses.
pub fn remove(files: &Files, root: &Path, path: &str) -> Result<(), WriteError> {
    let mut at = root.to_owned();
    for component in Path::new(path).components() {
        let Component::Normal(name) = component else {
            return Err(WriteError::Outside { path: path.to_owned() });
        };
        at.push(name);
        match metadata(files, &at)? {
            None => return Ok(()),
            Some(found) if found.is_symlink() => {
                return Err(in_the_way(&at, "a symbolic link", "a file"));
            }
            Some(_) => {}
        }
    }
    files.remove(&at).map_err(refused("remove", &at))
}

/// Whether outputs can be written at all, asked before any request is sent. Leaves nothing behind:
/// where the directory does not exist yet, the nearest one above it is tried.
///
/// # Errors
/// Names the directory and the remedy.
pub fn preflight(files: &Files, root: &Path) -> Result<(), WriteError> {
    let mut directory = root;
    loop {
        match metadata(files, directory)? {
            // A link is followed here: the output directory itself is the operator's to place.
            Some(found) if found.is_dir() || found.is_symlink() => break,
            Some(_) => return Err(in_the_way(directory, "a file", "a directory")),
            None => match directory.parent() {
                Some(parent) if parent != Path::new("") => directory = parent,
                _ => {
                    directory = Path::new(".");
                    break;
                }
            },
        }
    }
    let probe = directory.join(PROBE_NAME);
    files.replace(&probe, &PROBE, Readers::Everyone).map_err(refused("write into", directory))?;
    files.remove(&probe).map_err(refused("remove", &probe))
}

fn make_root(files: &Files, root: &Path) -> Result<(), WriteError> {
    match metadata(files, root)? {
        Some(found) if found.is_dir() || found.is_symlink() => Ok(()),
        Some(_) => Err(in_the_way(root, "a file", "a directory")),
        None => files
            .create_directory(root, Readers::Everyone)
            .map_err(refused("make the directory", root)),
    }
}

/// Puts one document in its place; says whether anything was written.
fn place(
    files: &Files,
    root: &Path,
    document: &Rendered,
    known: &dyn Fn(&str) -> Option<FileRecord>,
    check_bytes: bool,
    swept: &mut BTreeSet<PathBuf>,
) -> Result<(FileRecord, bool), WriteError> {
    let path = make_directories(files, root, &document.path)?;
    if let Some(directory) = path.parent()
        && swept.insert(directory.to_owned())
    {
        sweep(files, directory)?;
    }
    let hash = xxh3_128(&document.bytes);
    let size = document.bytes.len() as u64;
    if let Some(found) = metadata(files, &path)? {
        if found.is_symlink() {
            return Err(in_the_way(&path, "a symbolic link", "a file"));
        }
        if !found.is_file() {
            return Err(in_the_way(&path, "no plain file", "a file"));
        }
        if known(&document.path).is_none() && is_somebody_elses(files, &path, &document.bytes)? {
            return Err(in_the_way(&path, "a file that samizdat did not write", "one of ours"));
        }
        let record = FileRecord { hash, size, mtime_ns: mtime_ns(&found) };
        if found.len() == size {
            let equal = (!check_bytes && known(&document.path) == Some(record))
                || files.read(&path).map_err(refused("read", &path))? == document.bytes;
            if equal {
                return Ok((record, false));
            }
        }
    }
    files.replace(&path, &document.bytes, Readers::Everyone).map_err(refused("write", &path))?;
    let mtime_ns = metadata(files, &path)?.as_ref().and_then(mtime_ns);
    Ok((FileRecord { hash, size, mtime_ns }, true))
}

/// Whether a file that the store does not know was made by another hand: ours name their program.
/// A site that was there before is not overwritten without a question.
fn is_somebody_elses(files: &Files, path: &Path, ours: &[u8]) -> Result<bool, WriteError> {
    let bytes = files.read(path).map_err(refused("read", path))?;
    let name = PROGRAM.as_bytes();
    let is_named = |part: &[u8]| part.eq_ignore_ascii_case(name);
    Ok(!bytes.is_empty() && bytes != ours && !bytes.windows(name.len()).any(is_named))
}

/// Makes the directories above a document one by one, so that no link among them is followed.
fn make_directories(files: &Files, root: &Path, path: &str) -> Result<PathBuf, WriteError> {
    let outside = || WriteError::Outside { path: path.to_owned() };
    let mut steps = Vec::new();
    for component in Path::new(path).components() {
        let Component::Normal(step) = component else { return Err(outside()) };
        steps.push(step);
    }
    let name = steps.pop().ok_or_else(outside)?;
    if path.contains(['\\', '\0']) || path.ends_with('/') {
        return Err(outside());
    }
    let mut directory = root.to_owned();
    for step in steps {
        directory.push(step);
        match metadata(files, &directory)? {
            Some(found) if found.is_dir() => {}
            Some(found) if found.is_symlink() => {
                return Err(in_the_way(&directory, "a symbolic link", "a directory"));
            }
            Some(_) => return Err(in_the_way(&directory, "a file", "a directory")),
            None => files
                .create_directory(&directory, Readers::Everyone)
                .map_err(refused("make the directory", &directory))?,
        }
    }
    Ok(directory.join(name))
}

/// Removes temporary files that a process left when it died.
fn sweep(files: &Files, directory: &Path) -> Result<(), WriteError> {
    let found = files.list(directory).map_err(refused("list", directory))?;
    for path in found.iter().filter(|path| Files::is_temporary(path)) {
        files.remove(path).map_err(refused("remove", path))?;
    }
    Ok(())
}

/// What is at a path itself; `None` where nothing is.
fn metadata(files: &Files, path: &Path) -> Result<Option<std::fs::Metadata>, WriteError> {
    match files.metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused("look at", path)(error)),
    }
}

fn mtime_ns(found: &std::fs::Metadata) -> Option<u64> {
    let since = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}

fn refused(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError::Refused { doing, path, source }
}

fn in_the_way(path: &Path, found: &'static str, wanted: &'static str) -> WriteError {
    WriteError::InTheWay { path: path.to_owned(), found, wanted }
}

#[cfg(test)]
mod tests;
