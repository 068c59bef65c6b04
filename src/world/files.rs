//! Operations on our own files, one method each, so that a test can make any of them fail.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An operation that is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOperation {
    /// Reading a whole file.
    Read,
    /// Asking for size and time.
    Metadata,
    /// Listing a directory.
    List,
    /// Making a directory.
    CreateDirectory,
    /// Making a new file and writing it.
    Write,
    /// Forcing a file to the disk.
    Sync,
    /// Putting one file in the place of another.
    Rename,
    /// Forcing a directory to the disk.
    SyncDirectory,
    /// Removing a file.
    Remove,
}

type Gate = dyn Fn(FileOperation, &Path) -> io::Result<()> + Send + Sync;

/// File operations; a gate, where a test gives one, is asked before each.
#[derive(Clone, Default)]
pub struct Files {
    gate: Option<Arc<Gate>>,
}

/// Name of the temporary file in the same directory: `.NAME.samizdat-tmp`.
const TEMPORARY_SUFFIX: &str = ".samizdat-tmp";

impl Files {
    /// Operations on the real disk.
    pub fn real() -> Self {
        Self::default()
    }

    /// Operations on the real disk, each asked of `gate` first; its error is the operation's.
    pub fn gated(
        gate: impl Fn(FileOperation, &Path) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { gate: Some(Arc::new(gate)) }
    }

    fn ask(&self, operation: FileOperation, path: &Path) -> io::Result<()> {
        self.gate.as_ref().map_or(Ok(()), |gate| gate(operation, path))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Those of the operating system, as for every method here.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.ask(FileOperation::Read, path)?;
        fs::read(path)
    }

    /// The bytes of a file or pipe; `None` where it has more than `most`.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn read_at_most(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        self.ask(FileOperation::Read, path)?;
        let mut bytes = Vec::new();
        File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    }

    /// Size and times of what is at `path` itself: symbolic links are not followed.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn metadata(&self, path: &Path) -> io::Result<fs::Metadata> {
        self.ask(FileOperation::Metadata, path)?;
        fs::symlink_metadata(path)
    }

    /// What is in a directory, sorted.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.ask(FileOperation::List, path)?;
        let mut found = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        found.sort();
        Ok(found)
    }

    /// Makes a directory and those above it.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.ask(FileOperation::CreateDirectory, path)?;
        fs::create_dir_all(path)
    }

    /// Puts a file with these bytes at `path`: all of it or nothing, and on the disk when it
    /// returns. A temporary file in the same directory is written, forced to the disk, renamed,
    /// and the directory forced to the disk. What fails half way is removed again.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("."));
        let temporary = Self::temporary(path);
        let written = (|| {
            self.ask(FileOperation::Write, &temporary)?;
            // A leftover, or a link that somebody put there, is removed, never followed.
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = File::options().write(true).create_new(true).open(&temporary)?;
            file.write_all(bytes)?;
            self.ask(FileOperation::Sync, &temporary)?;
            file.sync_all()?;
            self.ask(FileOperation::Rename, path)?;
            fs::rename(&temporary, path)
        })();
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        self.sync_directory(directory)
    }

    /// Where [`Files::replace`] writes before it renames.
    pub fn temporary(path: &Path) -> PathBuf {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!(".{name}{TEMPORARY_SUFFIX}"))
    }

    /// Whether a file name is that of a temporary file of ours, left by a process that died.
    pub fn is_temporary(path: &Path) -> bool {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with('.') && name.ends_with(TEMPORARY_SUFFIX))
    }

    /// Forces a file's bytes to the disk.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn sync(&self, path: &Path) -> io::Result<()> {
        self.ask(FileOperation::Sync, path)?;
        File::open(path)?.sync_all()
    }

    /// Forces a directory's entries to the disk.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.ask(FileOperation::SyncDirectory, path)?;
        File::open(path)?.sync_all()
    }

    /// Removes a file; it is no error where there is none.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        self.ask(FileOperation::Remove, path)?;
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}
