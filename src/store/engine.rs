//! sled, and nothing of it beyond this file: opening, reading, one transaction, flushing.
//!
//! sled 0.34.7 panics on some damage, also in threads of its own. What panics in a call from here
//! is an error of the store, and nothing of it is printed.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Once, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use sled::transaction::{TransactionError, Transactional};

use super::keys::TreeName;
use super::survey::{SEGMENT_BYTES, log_file};

/// sled's page cache; its own default of 1 GiB is more than the rest of the program needs.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// How long a database may be held open by what is about to end.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);

/// Why the database could not be used.
#[derive(Debug)]
pub(super) enum EngineError {
    /// The disk, or rights.
    Io(io::Error),
    /// What is written there is not what was written.
    Damaged(String),
}

pub(super) type Result<T> = std::result::Result<T, EngineError>;

/// An open database.
pub(super) struct Engine {
    /// Absent only while it is closed.
    database: Option<sled::Db>,
    trees: Vec<sled::Tree>,
    nudger: Nudger,
}

impl Drop for Engine {
    fn drop(&mut self) {
        // What is written already needs no waiting for on closing, which nobody could end.
        let _ = self.flush();
        self.nudger.end();
        // sled panics where the disk does not take what it writes on closing; whatever counts was
        // flushed before.
        let _ = guarded(|| {
            self.trees.clear();
            drop(self.database.take());
        });
    }
}

/// Wakes calls that wait in vain: where a write fails in one of sled's threads
/// (`exit_reservation`), the error is noted, but those who wait for the write are not told. The
/// next flush tells them, whoever asks for it.
struct Nudger {
    calls: Arc<Calls>,
    thread: Option<JoinHandle<()>>,
}

/// Calls that have begun and ended.
#[derive(Default)]
struct Calls {
    begun: AtomicU64,
    ended: AtomicU64,
    is_closing: AtomicBool,
}

/// A call that lasts longer than this may be waiting in vain.
const NUDGE_AFTER: Duration = Duration::from_secs(1);

impl Nudger {
    fn new(database: &sled::Db) -> io::Result<Self> {
        let calls = Arc::new(Calls::default());
        let (watched, database) = (Arc::clone(&calls), database.clone());
        let watch = move || {
            let mut ended_before = 0;
            // Each time twice as long: a slow disk is not a broken one.
            let mut wait = NUDGE_AFTER;
            while !watched.is_closing.load(Ordering::SeqCst) {
                std::thread::park_timeout(wait);
                let ended = watched.ended.load(Ordering::SeqCst);
                if ended == watched.begun.load(Ordering::SeqCst) || ended != ended_before {
                    (ended_before, wait) = (ended, NUDGE_AFTER);
                    continue;
                }
                wait = wait.saturating_mul(2);
                let database = database.clone();
                // In a thread of its own, since it waits as well where nothing is broken.
                let _ =
                    std::thread::Builder::new().spawn(move || guarded(|| drop(database.flush())));
            }
        };
        let thread = std::thread::Builder::new().name("store-nudger".to_owned()).spawn(watch)?;
        Ok(Self { calls, thread: Some(thread) })
    }

    fn watched<T>(&self, call: impl FnOnce() -> T) -> T {
        self.calls.begun.fetch_add(1, Ordering::SeqCst);
        let done = call();
        self.calls.ended.fetch_add(1, Ordering::SeqCst);
        done
    }

    fn end(&mut self) {
        self.calls.is_closing.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

/// What one transaction does to one tree: key → its new record, or `None` to remove it.
pub(super) type TreeChanges = std::collections::BTreeMap<Vec<u8>, Option<Vec<u8>>>;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a call of sled; a panic in it is damage.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panicked| {
            let is_sleds =
                std::thread::current().name().is_some_and(|name| name.starts_with("sled-io-"));
            if is_sleds || IS_GUARDED.get() {
                tracing::debug!("inside the database: {panicked}");
            } else {
                usual(panicked);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let ended = catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(was_guarded);
    ended.map_err(|_| {
        EngineError::Damaged("the database cannot make sense of what it reads".to_owned())
    })
}

/// Waits until nobody has a database open any more: a thread of sled's may hold its file for a
/// moment after the last handle is gone. Other processes are kept out by the store's own lock.
fn wait_until_closed(log: &Path) -> Result<()> {
    let file = match File::open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(EngineError::Io)?,
    };
    // Closing alone would leave the lock to a process that is being started just now.
    if file.try_lock().is_ok() {
        return file.unlock().map_err(EngineError::Io);
    }
    let (locked, is_locked) = mpsc::channel();
    std::thread::spawn(move || {
        // It is ours no longer when the other side hears of it; that may have given up.
        let _ = locked.send(file.lock().and_then(|()| file.unlock()));
    });
    match is_locked.recv_timeout(CLOSED_WITHIN) {
        Ok(ended) => ended.map_err(EngineError::Io),
        Err(_) => Err(EngineError::Io(io::Error::other(
            "its database is held open by something else; see who has the file `db` open there",
        ))),
    }
}

/// Errors that speak of the disk or of rights, not of what is written there.
fn is_about_the_disk(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::QuotaExceeded
    ) || matches!(
        error.raw_os_error(),
        Some(
            libc::EMFILE
                | libc::ENFILE
                | libc::ENOMEM
                | libc::EAGAIN
                | libc::EIO
                | libc::EDQUOT
                | libc::EFBIG
        ) // An error of one of sled's threads has lost its number and kept its words.
    ) || error.to_string().contains("Os { code: ")
}

impl From<sled::Error> for EngineError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if is_about_the_disk(&error) => Self::Io(error),
            sled::Error::Io(error) => Self::Damaged(error.to_string()),
            sled::Error::Corruption { .. } => {
                Self::Damaged("a page of the database is not as it was written".to_owned())
            }
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl Engine {
    /// Opens the database in a directory, or makes it.
    pub(super) fn open(directory: &Path) -> Result<Self> {
        wait_until_closed(&log_file(directory))?;
        guarded(|| {
            let database = sled::Config::new()
                .path(directory)
                .cache_capacity(CACHE_BYTES)
                .segment_size(SEGMENT_BYTES)
                // Only our own flushes count; one in between would make no promise.
                .flush_every_ms(None)
                .open()?;
            let mut trees = Vec::with_capacity(TreeName::ALL.len());
            for (_, name) in TreeName::ALL {
                trees.push(database.open_tree(name)?);
            }
            let nudger = Nudger::new(&database).map_err(EngineError::Io)?;
            Ok(Self { database: Some(database), trees, nudger })
        })?
    }

    /// A call of sled that may wait for the disk.
    fn call<T>(&self, call: impl FnOnce() -> T) -> Result<T> {
        self.nudger.watched(|| guarded(call))
    }

    fn tree(&self, name: TreeName) -> Result<&sled::Tree> {
        let tree = self.trees.get(name as usize);
        tree.ok_or_else(|| EngineError::Damaged("a tree is missing".to_owned()))
    }

    /// The record under a key.
    pub(super) fn get(&self, name: TreeName, key: &[u8]) -> Result<Option<sled::IVec>> {
        let tree = self.tree(name)?;
        Ok(self.call(|| tree.get(key))??)
    }

    /// The records whose keys begin with `prefix`, in the order of keys; from both ends.
    pub(super) fn scan(&self, name: TreeName, prefix: &[u8]) -> Scan {
        Scan::of(self.tree(name).and_then(|tree| guarded(|| tree.scan_prefix(prefix))))
    }

    /// The records from a key on.
    pub(super) fn from(&self, name: TreeName, key: &[u8]) -> Scan {
        Scan::of(self.tree(name).and_then(|tree| guarded(|| tree.range(key.to_vec()..))))
    }

    /// The records from a key on, up to and without another one.
    pub(super) fn range(&self, name: TreeName, from: &[u8], to: &[u8]) -> Scan {
        Scan::of(
            self.tree(name).and_then(|tree| guarded(|| tree.range(from.to_vec()..to.to_vec()))),
        )
    }

    /// Makes all changes in one transaction. Nothing is read inside: a plain read within one hangs
    /// (sled issue 1326).
    pub(super) fn apply(&self, changes: &[TreeChanges]) -> Result<()> {
        let batches: Vec<sled::Batch> = changes
            .iter()
            .map(|changes| {
                let mut batch = sled::Batch::default();
                for (key, record) in changes {
                    match record {
                        Some(record) => batch.insert(key.as_slice(), record.as_slice()),
                        None => batch.remove(key.as_slice()),
                    }
                }
                batch
            })
            .collect();
        let ended = self.call(|| {
            self.trees.as_slice().transaction(|trees| {
                for (tree, batch) in trees.iter().zip(&batches) {
                    tree.apply_batch(batch)?;
                }
                Ok(())
            })
        })?;
        ended.map_err(|error: TransactionError<std::convert::Infallible>| match error {
            TransactionError::Storage(error) => error.into(),
            TransactionError::Abort(never) => match never {},
        })
    }

    /// Puts records there without a transaction: for a database that nobody uses yet.
    pub(super) fn fill(&self, name: TreeName, changes: TreeChanges) -> Result<()> {
        let mut batch = sled::Batch::default();
        for (key, record) in changes {
            match record {
                Some(record) => batch.insert(key, record),
                None => batch.remove(key),
            }
        }
        let tree = self.tree(name)?;
        Ok(self.call(|| tree.apply_batch(batch))??)
    }

    /// Has everything written that was committed. It is not on the disk by that: sled asks for
    /// sync_file_range at most, which is no barrier of the device.
    pub(super) fn flush(&self) -> Result<()> {
        if let Some(database) = &self.database {
            self.call(|| database.flush())??;
        }
        Ok(())
    }

    /// Bytes that the database takes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        let size = |database: &sled::Db| database.size_on_disk().unwrap_or_default();
        guarded(|| self.database.as_ref().map(size)).ok().flatten().unwrap_or_default()
    }
}

/// A walk through records.
pub(super) struct Scan {
    iter: Option<sled::Iter>,
    failed: Option<EngineError>,
}

/// A key and its record.
pub(super) type Pair = (sled::IVec, sled::IVec);

impl Scan {
    fn of(iter: Result<sled::Iter>) -> Self {
        match iter {
            Ok(iter) => Self { iter: Some(iter), failed: None },
            Err(error) => Self { iter: None, failed: Some(error) },
        }
    }

    fn step(
        &mut self,
        take: impl FnOnce(&mut sled::Iter) -> Option<sled::Result<Pair>>,
    ) -> Option<Result<Pair>> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let iter = self.iter.as_mut()?;
        let next = match guarded(|| take(iter)) {
            Ok(next) => next?.map_err(EngineError::from),
            Err(error) => Err(error),
        };
        if next.is_err() {
            // What comes after an error is not to be trusted.
            self.iter = None;
        }
        Some(next)
    }
}

impl Iterator for Scan {
    type Item = Result<Pair>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(sled::Iter::next)
    }
}

impl DoubleEndedIterator for Scan {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(sled::Iter::next_back)
    }
}
