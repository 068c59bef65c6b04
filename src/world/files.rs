//! Operations on our own files, one method each, so that a test can make any of them fail, cut it
//! short, or make it the last thing that the process does.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An operation that is about to be done, or was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileOperation {
    /// Reading a whole file, or opening one to read it in parts.
    Read,
    /// Asking for size and time.
    Metadata,
    /// Listing a directory.
    List,
    /// Making a directory.
    CreateDirectory,
    /// Making a new file and writing it, or a part of it.
    Write,
    /// Forcing a file to the disk.
    Sync,
    /// Putting one file or directory in the place of another.
    Rename,
    /// Forcing a directory to the disk.
    SyncDirectory,
    /// Removing a file or directory.
    Remove,
    /// Taking a lock.
    Lock,
    /// Opening the database of the store.
    OpenDatabase,
    /// A transaction of the store.
    Commit,
    /// Forcing the database to write what was committed.
    Flush,
}

/// What a gate says about an operation before it is done.
#[derive(Debug)]
pub enum Verdict {
    /// It is done.
    Proceed,
    /// It is not done and gives this error.
    Fail(io::Error),
    /// A write puts half of its bytes there and gives this error; other operations just give it.
    Cut(io::Error),
}

type Before = dyn Fn(FileOperation, &Path) -> Verdict + Send + Sync;
type After = dyn Fn(FileOperation, &Path) + Send + Sync;

struct Gate {
    before: Box<Before>,
    after: Box<After>,
}

/// File operations; a gate, where a test gives one, is asked before each and told after it.
#[derive(Clone, Default)]
pub struct Files {
    gate: Option<Arc<Gate>>,
}

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The user who runs the program: what belongs to the store.
    Us,
    /// Everybody, whatever the umask says: what is published.
    Everyone,
    /// Those that a file had before, by its permission bits.
    As(u32),
}

impl Readers {
    fn file_mode(self) -> u32 {
        match self {
            Self::Us => 0o600,
            Self::Everyone => 0o644,
            Self::As(mode) => mode,
        }
    }

    fn directory_mode(self) -> u32 {
        match self {
            Self::Us | Self::As(_) => 0o700,
            Self::Everyone => 0o755,
        }
    }
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
        Self::faulty(
            move |operation, path| match gate(operation, path) {
                Ok(()) => Verdict::Proceed,
                Err(error) => Verdict::Fail(error),
            },
            |_, _| {},
        )
    }

    /// Operations on the real disk: `before` says what becomes of each, `after` is told when one
    /// is done or was cut short.
    pub fn faulty(
        before: impl Fn(FileOperation, &Path) -> Verdict + Send + Sync + 'static,
        after: impl Fn(FileOperation, &Path) + Send + Sync + 'static,
    ) -> Self {
        Self { gate: Some(Arc::new(Gate { before: Box::new(before), after: Box::new(after) })) }
    }

    fn verdict(&self, operation: FileOperation, path: &Path) -> Verdict {
        self.gate.as_ref().map_or(Verdict::Proceed, |gate| (gate.before)(operation, path))
    }

    fn tell(&self, operation: FileOperation, path: &Path) {
        if let Some(gate) = &self.gate {
            (gate.after)(operation, path);
        }
    }

    /// Does `work` as an operation on `path`: what the gate refuses is not done.
    ///
    /// # Errors
    /// The gate's, or that of `work`.
    pub fn perform<T, E: From<io::Error>>(
        &self,
        operation: FileOperation,
        path: &Path,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match self.verdict(operation, path) {
            Verdict::Proceed => {}
            Verdict::Fail(error) => return Err(error.into()),
            Verdict::Cut(error) => {
                self.tell(operation, path);
                return Err(error.into());
            }
        }
        let done = work()?;
        self.tell(operation, path);
        Ok(done)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Those of the operating system, as for every method here.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.perform(FileOperation::Read, path, || fs::read(path))
    }

    /// The bytes of a regular file; `None` where it has more than `most`. A pipe is not waited for, nor a
    /// device read.
    ///
    /// # Errors
    /// Those of the operating system; `InvalidInput` where it is something else than a file.
    pub fn read_at_most(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        self.perform(FileOperation::Read, path, || {
            let mut bytes = Vec::new();
            // Opening a pipe would wait for somebody who writes into it.
            let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
            let kind = file.metadata()?.file_type();
            if !kind.is_file() {
                let what = if kind.is_dir() {
                    "it is a directory; name a file in it"
                } else if kind.is_fifo() {
                    "it is a pipe, which is not waited for; write its bytes into a file, and name that"
                } else {
                    "it is no regular file; write its bytes into one, and name that"
                };
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
            file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
            Ok((bytes.len() as u64 <= most).then_some(bytes))
        })
    }

    /// A file to be read in parts.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn open(&self, path: &Path) -> io::Result<BufReader<File>> {
        self.perform(FileOperation::Read, path, || Ok(BufReader::new(File::open(path)?)))
    }

    /// Size and times of what is at `path` itself: symbolic links are not followed.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn metadata(&self, path: &Path) -> io::Result<fs::Metadata> {
        self.perform(FileOperation::Metadata, path, || fs::symlink_metadata(path))
    }

    /// Size and times of what is at `path` itself; `None` where nothing is.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn find(&self, path: &Path) -> io::Result<Option<fs::Metadata>> {
        match self.metadata(path) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is in a directory, sorted.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.perform(FileOperation::List, path, || {
            let mut found = fs::read_dir(path)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<Vec<_>>>()?;
            found.sort();
            Ok(found)
        })
    }

    /// Makes a directory and those above it; those that are there stay as they are.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn create_directory(&self, path: &Path, readers: Readers) -> io::Result<()> {
        self.perform(FileOperation::CreateDirectory, path, || {
            if path.is_dir() {
                return Ok(());
            }
            fs::DirBuilder::new().recursive(true).mode(readers.directory_mode()).create(path)?;
            match readers {
                Readers::Us | Readers::As(_) => Ok(()),
                // A umask that shuts others out would shut the web server out.
                Readers::Everyone => {
                    fs::set_permissions(path, fs::Permissions::from_mode(readers.directory_mode()))
                }
            }
        })
    }

    /// Puts a file with these bytes at `path`: all of it or nothing, and on the disk when it
    /// returns. A temporary file in the same directory is written, forced to the disk, renamed,
    /// and the directory forced to the disk. What fails half way is removed again.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn replace(&self, path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
        let mut draft = self.draft(path, readers)?;
        draft.write_all(bytes)?;
        draft.finish()
    }

    /// Begins a file that is put at `path` when it is complete, like [`Files::replace`] but
    /// written in parts.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn draft(&self, path: &Path, readers: Readers) -> io::Result<Draft> {
        let temporary = Self::temporary(path);
        // A leftover, or a link that somebody put there, is removed, never followed.
        self.remove(&temporary)?;
        let file = self.perform(FileOperation::Write, &temporary, || {
            let mode = readers.file_mode();
            let file = File::options().write(true).create_new(true).mode(mode).open(&temporary)?;
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            Ok::<_, io::Error>(file)
        })?;
        Ok(Draft {
            files: self.clone(),
            path: path.to_owned(),
            temporary,
            file,
            is_finished: false,
        })
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

    /// Removes temporary files that a process left in a directory when it died.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn sweep(&self, directory: &Path) -> io::Result<()> {
        for path in self.list(directory)?.iter().filter(|path| Self::is_temporary(path)) {
            self.remove(path)?;
        }
        Ok(())
    }

    /// Forces a file's bytes to the disk.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn sync(&self, path: &Path) -> io::Result<()> {
        self.perform(FileOperation::Sync, path, || File::open(path)?.sync_all())
    }

    /// Forces a directory's entries to the disk.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.perform(FileOperation::SyncDirectory, path, || File::open(path)?.sync_all())
    }

    /// Gives a file or directory another name in the same directory, and forces that to the disk.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.perform(FileOperation::Rename, to, || fs::rename(from, to))?;
        self.sync_directory(to.parent().unwrap_or(Path::new(".")))
    }

    /// Removes a file; it is no error where there is none.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        self.perform(FileOperation::Remove, path, || match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        })
    }

    /// Removes a directory with all that is in it; it is no error where there is none.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.perform(FileOperation::Remove, path, || match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        })
    }
}

/// A file that is being written; it takes its place with [`Draft::finish`], or is removed.
pub struct Draft {
    files: Files,
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    is_finished: bool,
}

impl Draft {
    /// Forces the file to the disk and puts it in its place.
    ///
    /// # Errors
    /// Those of the operating system; nothing is changed then.
    pub fn finish(mut self) -> io::Result<()> {
        let file = &self.file;
        self.files.perform(FileOperation::Sync, &self.temporary, || file.sync_all())?;
        self.files.perform(FileOperation::Rename, &self.path, || {
            fs::rename(&self.temporary, &self.path)
        })?;
        self.is_finished = true;
        self.files.sync_directory(self.path.parent().unwrap_or(Path::new(".")))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.files.verdict(FileOperation::Write, &self.temporary) {
            Verdict::Proceed => {}
            Verdict::Fail(error) => return Err(error),
            Verdict::Cut(error) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
                self.file.write_all(half)?;
                self.files.tell(FileOperation::Write, &self.temporary);
                return Err(error);
            }
        }
        self.file.write_all(bytes)?;
        self.files.tell(FileOperation::Write, &self.temporary);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            // Asked of no gate: what a full disk refuses must not leave its half behind.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
