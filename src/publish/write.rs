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
use crate::world::Files;

use super::Rendered;

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

/// What [`write`] did.
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
    files.replace(&probe, &PROBE).map_err(refused("write into", directory))?;
    files.remove(&probe).map_err(refused("remove", &probe))
}

fn make_root(files: &Files, root: &Path) -> Result<(), WriteError> {
    match metadata(files, root)? {
        Some(found) if found.is_dir() || found.is_symlink() => Ok(()),
        Some(_) => Err(in_the_way(root, "a file", "a directory")),
        None => files.create_directory(root).map_err(refused("make the directory", root)),
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
            return Err(in_the_way(&path, "a directory", "a file"));
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
    files.replace(&path, &document.bytes).map_err(refused("write", &path))?;
    let mtime_ns = metadata(files, &path)?.as_ref().and_then(mtime_ns);
    Ok((FileRecord { hash, size, mtime_ns }, true))
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
                .create_directory(&directory)
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
mod tests {
    use std::fs;

    use crate::world::FileOperation;

    use super::*;

    fn rendered(path: &str, words: &str) -> Rendered {
        Rendered { path: path.to_owned(), bytes: words.as_bytes().to_vec() }
    }

    fn unknown(_: &str) -> Option<FileRecord> {
        None
    }

    #[expect(clippy::disallowed_methods, reason = "a test lays out files that are not outputs")]
    fn lay(path: &Path, words: &str) {
        fs::write(path, words).unwrap();
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn o4_a_second_write_touches_nothing() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("public");
        let documents = [rendered("rss.xml", "one"), rendered("tag/a/rss.xml", "two")];
        let files = Files::real();
        let first = write(&files, &root, &documents, &unknown, true).unwrap();
        assert_eq!(first.written, ["rss.xml", "tag/a/rss.xml"]);
        for check_bytes in [true, false] {
            let known = |path: &str| {
                first.records.iter().find(|(known, _)| known == path).map(|(_, record)| *record)
            };
            let second = write(&files, &root, &documents, &known, check_bytes).unwrap();
            assert!(second.written.is_empty(), "{:?}", second.written);
            assert_eq!(second.records, first.records, "same hash, size and mtime");
        }
    }

    #[test]
    fn unread_files_count_as_equal_only_when_size_and_time_are_as_remembered() {
        let home = tempfile::tempdir().unwrap();
        let documents = [rendered("rss.xml", "one")];
        let reads = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = reads.clone();
        let files = Files::gated(move |operation, _| {
            if operation == FileOperation::Read {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            Ok(())
        });
        let first = write(&files, home.path(), &documents, &unknown, true).unwrap();
        let record = first.records[0].1;
        write(&files, home.path(), &documents, &|_| Some(record), false).unwrap();
        assert_eq!(reads.load(std::sync::atomic::Ordering::Relaxed), 0, "known: not read");
        // Same size, other bytes, other time: somebody changed it by hand.
        lay(&home.path().join("rss.xml"), "two");
        let older = FileRecord { mtime_ns: Some(1), ..record };
        let mended = write(&files, home.path(), &documents, &|_| Some(older), false).unwrap();
        assert_eq!(mended.written, ["rss.xml"]);
        assert_eq!(fs::read(home.path().join("rss.xml")).unwrap(), b"one");
    }

    #[test]
    fn r40_a_wiped_directory_is_restored_whole() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("public");
        let documents = [rendered("rss.xml", "one"), rendered("tag/a/rss.xml", "two")];
        let files = Files::real();
        let first = write(&files, &root, &documents, &unknown, false).unwrap();
        fs::remove_dir_all(&root).unwrap();
        let known = |path: &str| {
            first.records.iter().find(|(known, _)| known == path).map(|(_, record)| *record)
        };
        let second = write(&files, &root, &documents, &known, false).unwrap();
        assert_eq!(second.written.len(), 2);
        assert_eq!(fs::read(root.join("tag/a/rss.xml")).unwrap(), b"two");
    }

    #[cfg(unix)]
    #[test]
    fn h48_symbolic_links_in_the_output_directory_are_never_written_through() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("public");
        let elsewhere = home.path().join("elsewhere");
        fs::create_dir_all(root.join("tag")).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        lay(&elsewhere.join("precious"), "precious");
        symlink(elsewhere.join("precious"), root.join("rss.xml")).unwrap();
        symlink(&elsewhere, root.join("tag/a")).unwrap();
        // A link under the name of our temporary file is removed, not followed.
        symlink(elsewhere.join("precious"), root.join(".atom.xml.samizdat-tmp")).unwrap();
        let documents =
            [rendered("rss.xml", "1"), rendered("tag/a/rss.xml", "2"), rendered("atom.xml", "3")];
        let report = write(&Files::real(), &root, &documents, &unknown, true).unwrap();
        assert_eq!(report.written, ["atom.xml"], "the other targets are still done");
        let said: Vec<_> = report.failures.iter().map(ToString::to_string).collect();
        assert!(said[0].contains("rss.xml is a symbolic link where a file should be"), "{said:?}");
        assert!(said[1].contains("tag/a is a symbolic link where a directory"), "{said:?}");
        assert_eq!(names(&elsewhere), ["precious"]);
        assert_eq!(fs::read(elsewhere.join("precious")).unwrap(), b"precious");
    }

    #[test]
    fn h48_paths_stay_below_the_output_directory() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("public");
        let paths = ["../x", "/etc/x", "a/../../x", "", "a/", "a\\..\\x", "tag/../x", "."];
        let documents: Vec<_> = paths.iter().map(|path| rendered(path, "x")).collect();
        let report = write(&Files::real(), &root, &documents, &unknown, true).unwrap();
        assert_eq!(report.failures.len(), paths.len(), "{:?}", report.written);
        assert_eq!(names(home.path()), ["public"]);
        assert!(names(&root).is_empty());
    }

    #[test]
    fn r4_a_full_disk_leaves_the_old_file_and_no_temporary_one() {
        let home = tempfile::tempdir().unwrap();
        let old = [rendered("rss.xml", "old"), rendered("atom.xml", "old")];
        write(&Files::real(), home.path(), &old, &unknown, true).unwrap();
        for failing in [FileOperation::Write, FileOperation::Sync, FileOperation::Rename] {
            let files = Files::gated(move |operation, path| {
                if operation == failing && path.to_string_lossy().contains("rss.xml") {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                Ok(())
            });
            let new = [rendered("rss.xml", "new"), rendered("atom.xml", &format!("{failing:?}"))];
            let report = write(&files, home.path(), &new, &unknown, true).unwrap();
            assert_eq!(report.written, ["atom.xml"], "R5: other targets are still done");
            let said = report.failures[0].to_string();
            assert!(said.contains("rss.xml") && said.contains("make room"), "{said}");
            assert_eq!(fs::read(home.path().join("rss.xml")).unwrap(), b"old");
            assert_eq!(names(home.path()), ["atom.xml", "rss.xml"]);
        }
    }

    #[test]
    fn temporary_files_of_a_process_that_died_are_removed_and_others_stay() {
        let home = tempfile::tempdir().unwrap();
        for name in [".rss.xml.samizdat-tmp", ".htaccess", "robots.txt"] {
            lay(&home.path().join(name), "x");
        }
        write(&Files::real(), home.path(), &[rendered("rss.xml", "1")], &unknown, true).unwrap();
        assert_eq!(names(home.path()), [".htaccess", "robots.txt", "rss.xml"]);
    }

    #[test]
    fn r5_preflight_names_directory_and_remedy_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("not/yet");
        preflight(&Files::real(), &root).unwrap();
        preflight(&Files::real(), home.path()).unwrap();
        assert!(names(home.path()).is_empty());
        for (kind, words) in [
            (io::ErrorKind::ReadOnlyFilesystem, "mount it writable"),
            (io::ErrorKind::PermissionDenied, "the right to write"),
            (io::ErrorKind::StorageFull, "make room"),
        ] {
            let files = Files::gated(move |operation, _| match operation {
                FileOperation::Write => Err(kind.into()),
                _ => Ok(()),
            });
            let said = preflight(&files, &root).unwrap_err().to_string();
            assert!(said.contains(&home.path().display().to_string()), "{said}");
            assert!(said.contains(words), "{said}");
            assert!(names(home.path()).is_empty());
        }
    }

    #[test]
    fn r5_a_file_where_the_output_directory_should_be_is_named() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("public");
        lay(&root, "x");
        for error in [
            preflight(&Files::real(), &root).unwrap_err(),
            write(&Files::real(), &root, &[], &unknown, true).unwrap_err(),
        ] {
            let said = error.to_string();
            assert!(said.contains("public is a file where a directory should be"), "{said}");
        }
    }
}
