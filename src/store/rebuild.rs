//! Building a database beside the one that is there, and putting it in its place at once.
//!
//! The new database is filled, written to the disk and compared with its own sums before the
//! sidecar names it; that is one file put in the place of another. What was there before is kept
//! under another name until the next time, since a person may still find something in it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::{Mutex, RwLock};

use chrono::{DateTime, SecondsFormat, Utc};

use super::backup::{self, BackupHead, UnreadableBackup};
use super::changes::{Changes, outputs_of};
use super::dump::Line;
use super::engine::{Engine, TreeChanges};
use super::keys::{self, TreeName};
use super::ledger::{Ledger, weight};
use super::open::{database_number, databases};
use super::sidecar::FIRST_DATABASE;
use super::{
    Counters, Epoch, FORMAT, Flushed, Result, Settings, Store, StoreError, View, lock, open,
    record, store_error,
};
use crate::model::{OutputKey, OutputKind, Story};
use crate::world::{FileOperation, Files, Readers};

/// Records that are put into a new database at once.
const AT_ONCE: usize = 1000;

/// How the directory of a database begins that another one has replaced.
const REPLACED: &str = "replaced-";

/// A store that is locked and not opened: its database may be damaged, or missing.
pub struct Closed {
    directory: PathBuf,
    files: Files,
    lock: lock::Lock,
}

/// A new database beside the one that is there.
pub struct Rebuild {
    files: Files,
    name: String,
    path: PathBuf,
    view: View,
    pending: Vec<TreeChanges>,
    size: usize,
    ledger: Ledger,
    counters: Counters,
    unfinished: Unfinished,
}

/// Removes a new database that was not finished.
struct Unfinished(Option<(Files, PathBuf)>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some((files, path)) = self.0.take() {
            // What stays for want of rights is removed when the store is opened next.
            let _ = files.remove_directory(&path);
        }
    }
}

impl Closed {
    /// Takes the lock of a store without opening it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it, [`StoreError::Io`] where the disk or
    /// rights are in the way.
    pub fn take(settings: &Settings, files: &Files, now: DateTime<Utc>) -> Result<Self> {
        let directory = settings.path.clone();
        files
            .create_directory(&directory, Readers::Us)
            .map_err(|error| StoreError::io(&directory, error))?;
        let lock = lock::take(files, &directory, now)?;
        Ok(Self { directory, files: files.clone(), lock })
    }

    /// Begins a new database.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn rebuild(&self) -> Result<Rebuild> {
        Rebuild::begin(&self.directory, &self.files)
    }

    /// Puts a new database in the place of whatever is there, and opens it.
    ///
    /// # Errors
    /// Where the disk does not take it; what was there before is still there then.
    pub fn adopt(self, rebuild: Rebuild, now: DateTime<Utc>) -> Result<(Store, Option<PathBuf>)> {
        let Self { directory, files, lock } = self;
        let (view, flushed) = rebuild.finish(&directory, false)?;
        let kept = set_aside(&files, &directory, &flushed.database, now)?;
        let store = Store {
            directory,
            files,
            view: RwLock::new(view),
            turn: Mutex::new(flushed),
            _lock: lock,
        };
        Ok((store, kept))
    }
}

impl Store {
    /// Begins a new database beside this one.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn rebuild(&self) -> Result<Rebuild> {
        Rebuild::begin(&self.directory, &self.files)
    }

    /// Puts a new database in the place of this one. Whoever is in the middle of something sees by
    /// [`super::Store::writing_to`] that what it read before does not hold any more.
    ///
    /// # Errors
    /// Where the disk does not take it; the store is as it was then.
    pub fn adopt(&self, rebuild: Rebuild, now: DateTime<Utc>) -> Result<Option<PathBuf>> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        let (new, flushed) = rebuild.finish(&self.directory, false)?;
        let epoch = Epoch(turn.epoch.0.saturating_add(1));
        *turn = Flushed { epoch, ..flushed };
        // The old database is closed before its directory gets another name.
        drop(std::mem::replace(&mut *view, new));
        set_aside(&self.files, &self.directory, &turn.database, now)
    }
}

/// Gives every database but the named one a name under which it is kept, and removes what was kept
/// before; returns where the newest of them is.
pub(super) fn set_aside(
    files: &Files,
    directory: &Path,
    current: &str,
    now: DateTime<Utc>,
) -> Result<Option<PathBuf>> {
    let failed = |error| StoreError::io(directory, error);
    let others: Vec<PathBuf> = databases(files, directory)
        .map_err(failed)?
        .into_iter()
        .filter(|(_, path)| path.file_name().is_none_or(|name| name != current))
        .map(|(_, path)| path)
        .collect();
    let mut kept = None;
    for path in others {
        for old in replaced(files, directory).map_err(failed)? {
            files.remove_directory(&old).map_err(failed)?;
        }
        let time = now.to_rfc3339_opts(SecondsFormat::Secs, true).replace(':', "");
        let target = directory.join(format!("{REPLACED}{time}"));
        files.rename(&path, &target).map_err(failed)?;
        kept = Some(target);
    }
    Ok(kept)
}

/// Databases that were replaced and kept.
pub(super) fn replaced(files: &Files, directory: &Path) -> io::Result<Vec<PathBuf>> {
    let is_one = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(REPLACED))
    };
    Ok(files.list(directory)?.into_iter().filter(is_one).collect())
}

impl Rebuild {
    pub(super) fn begin(directory: &Path, files: &Files) -> Result<Self> {
        let failed = |error| StoreError::io(directory, error);
        let newest = databases(files, directory).map_err(failed)?.into_iter().map(|(n, _)| n).max();
        let name = match newest {
            None => FIRST_DATABASE.to_owned(),
            Some(number) => format!("{FIRST_DATABASE}-{}", number.saturating_add(1)),
        };
        debug_assert!(database_number(&name).is_some());
        let path = directory.join(&name);
        let unfinished = Unfinished(Some((files.clone(), path.clone())));
        let engine = files
            .perform(FileOperation::OpenDatabase, &path, || Engine::open(&path))
            .map_err(|error| store_error(directory, error))?;
        Ok(Self {
            files: files.clone(),
            name,
            path,
            view: View { directory: directory.to_owned(), engine },
            pending: TreeName::ALL.iter().map(|_| TreeChanges::new()).collect(),
            size: 0,
            ledger: Ledger::default(),
            counters: Counters::default(),
            unfinished,
        })
    }

    /// Puts everything there that a backup holds.
    ///
    /// # Errors
    /// Where it is not whole, or the disk does not take it.
    pub fn fill(&mut self, backup: impl Read) -> std::result::Result<BackupHead, UnreadableBackup> {
        let head = backup::read(backup, |line| Ok(self.take(line)?))?;
        self.write()?;
        Ok(head)
    }

    fn put<T: serde::Serialize>(&mut self, name: TreeName, key: &[u8], value: &T) -> Result<()> {
        let encoded = record::encode(key, value)
            .map_err(|error| self.view.damaged(format!("a record cannot be written: {error}")))?;
        self.set(name, key.to_vec(), encoded.record);
        for (index, part) in (0..).zip(encoded.parts) {
            self.set(TreeName::Part, keys::part(name, key, index), part);
        }
        if self.size >= AT_ONCE { self.write() } else { Ok(()) }
    }

    fn set(&mut self, name: TreeName, key: Vec<u8>, record: Vec<u8>) {
        if let Some(weight) = weight(name, &key, &record) {
            self.ledger.tree(name).add(weight);
        }
        if let Some(tree) = self.pending.get_mut(name as usize) {
            tree.insert(key, Some(record));
            self.size = self.size.saturating_add(1);
        }
    }

    fn write(&mut self) -> Result<()> {
        self.size = 0;
        let pending = std::mem::take(&mut self.pending);
        self.pending = TreeName::ALL.iter().map(|_| TreeChanges::new()).collect();
        let engine = &self.view.engine;
        self.files
            .perform(FileOperation::Commit, &self.path, || {
                for ((name, _), changes) in TreeName::ALL.iter().zip(pending) {
                    if !changes.is_empty() {
                        engine.fill(*name, changes)?;
                    }
                }
                Ok(())
            })
            .map_err(|error| self.view.engine_error(error))
    }

    fn take(&mut self, line: Line) -> Result<()> {
        match line {
            // Written at the end.
            Line::Counters(counters) => self.counters = counters,
            Line::Times { newest, entered } => {
                self.ledger.newest_time = newest;
                self.ledger.newest_entered = entered;
            }
            Line::TagAuthority(authority) => {
                self.put(TreeName::Meta, keys::TAG_AUTHORITY, &authority)?;
            }
            Line::Rules(rules) => self.put(TreeName::Meta, keys::RULES, &rules.0)?,
            Line::Horizon { source, until } => {
                self.put(TreeName::Meta, &keys::horizon(&source), &until)?;
            }
            Line::Waiting { source, identity, waiting } => {
                self.put(TreeName::Meta, &keys::waiting(&source, identity.0), &waiting)?;
            }
            Line::Article { entry, article } => {
                self.put(TreeName::Meta, &keys::article(entry), &article)?;
            }
            Line::Repetition { source, known } => {
                self.put(TreeName::Meta, &keys::repetition(&source), &known)?;
            }
            Line::Page { source, page } => {
                self.put(TreeName::Meta, &keys::page(&source), &page)?;
            }
            Line::Output { directory, output } => {
                self.put(TreeName::Meta, &keys::output_in(&directory), &output)?;
            }
            // The members that follow from it are made when its story is there.
            Line::Selected { story, outputs } => {
                self.put(TreeName::Meta, &keys::selected(story), &outputs)?;
            }
            Line::Organisation { name, id } => {
                self.put(TreeName::Meta, &keys::organisation(&name), &id)?;
            }
            Line::OrganisationId { id, name } => {
                self.put(TreeName::Meta, &keys::organisation_id(&id), &name)?;
            }
            Line::Source { id, state } => self.put(TreeName::Source, id.as_bytes(), &state)?,
            Line::Host { host, state } => self.put(TreeName::Host, host.as_bytes(), &state)?,
            Line::Poll { source, place, poll } => {
                self.put(TreeName::Poll, &keys::poll(&source, place), &poll)?;
            }
            Line::Seen { source, identity, seen } => {
                self.put(TreeName::Seen, &keys::seen(&source, identity.0), &seen)?;
            }
            Line::Entry { number, entry } => {
                self.put(TreeName::Entry, &keys::entry(number), &entry)?;
            }
            Line::Text { entry, revision, text } => {
                self.put(TreeName::Text, &keys::text(entry, revision), &text)?;
            }
            Line::Story { number, story } => {
                self.put(TreeName::Story, &keys::story(number), &story)?;
                for output in &outputs_of(&story, &[]) {
                    let key = keys::member(output, story.entered, number);
                    self.put(TreeName::Member, &key, &())?;
                }
            }
            Line::Alias { kind, name, story } => {
                self.put(TreeName::Alias, &keys::alias_hash(kind, name.0), &story)?;
            }
            Line::Wire { sequence, story } => {
                self.put(TreeName::Wire, &sequence.to_be_bytes(), &story)?;
            }
            Line::Decision { source, identity, decision } => {
                self.put(TreeName::Decision, &keys::seen(&source, identity.0), &decision)?;
            }
            Line::Removed { story, removed } => {
                self.put(TreeName::Gone, &keys::removed(story), &removed)?;
            }
            Line::TakenWords { words, story } => {
                self.put(TreeName::Gone, &keys::taken_words(words.0), &story)?;
            }
            Line::Stopped { source, stopped } => {
                self.put(TreeName::Meta, &keys::stopped(&source), &stopped)?;
            }
            Line::Cleansing(cleansing) => {
                self.put(TreeName::Meta, keys::CLEANSING, &cleansing)?;
            }
            Line::Job { path, job } => self.put(TreeName::Job, path.as_bytes(), &job)?,
            Line::File { place, path, file } => {
                self.put(TreeName::File, &keys::file(place, &path), &file)?;
            }
        }
        Ok(())
    }

    /// Closes what was filled in, so that it can be read and committed to.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn complete(&mut self) -> Result<()> {
        self.write()?;
        self.put_selected()?;
        self.put(TreeName::Meta, keys::FORMAT, &FORMAT)?;
        let counters = self.counters.clone();
        self.put(TreeName::Meta, keys::COUNTERS, &counters)?;
        let ledger = self.ledger.clone();
        self.put(TreeName::Meta, keys::LEDGER, &ledger)?;
        self.write()
    }

    /// The members of the outputs of feeds.toml.
    fn put_selected(&mut self) -> Result<()> {
        let mut next = keys::SELECTED.to_vec();
        loop {
            let found = self.view.selected_from(&next, AT_ONCE)?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            next = keys::after(&keys::selected(*last));
            for (number, outputs) in found {
                let Some(story) = self.view.find_story(number)?.filter(Story::is_public) else {
                    continue;
                };
                for id in outputs {
                    let output = OutputKey { kind: OutputKind::Output, id };
                    let key = keys::member(&output, story.entered, number);
                    self.put(TreeName::Member, &key, &())?;
                }
            }
        }
    }

    /// What is in the new database once it is complete.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Makes changes to the new database once it is complete.
    ///
    /// # Errors
    /// Where the disk does not take them.
    pub fn commit(&mut self, changes: &Changes) -> Result<()> {
        let trees = self.view.stage(changes, 0)?.into_trees();
        self.files
            .perform(FileOperation::Commit, &self.path, || self.view.engine.apply(&trees))
            .map_err(|error| self.view.engine_error(error))
    }

    /// Takes every record of another database as it is, what can be derived and the sums included.
    pub(super) fn copy(&mut self, from: &View) -> Result<()> {
        from.walk::<StoreError>(|name, key, record| {
            if let Some(tree) = self.pending.get_mut(name as usize) {
                tree.insert(key.to_vec(), Some(record.to_vec()));
                self.size = self.size.saturating_add(1);
            }
            if self.size >= AT_ONCE { self.write() } else { Ok(()) }
        })?;
        self.write()
    }

    /// Writes all of it to the disk, compares it with its sums, and has the sidecar name it; the
    /// sidecar also says whether older databases are of no use then.
    pub(super) fn finish(self, directory: &Path, forgets_older: bool) -> Result<(View, Flushed)> {
        let Self { files, name, path, view, mut unfinished, .. } = self;
        view.verify()?;
        open::settle(&files, directory, &path)?;
        let counters = view.counters()?;
        let commit = open::flush(&files, directory, &path, &view.engine, &counters, forgets_older)?;
        unfinished.0 = None;
        Ok((view, Flushed { commit, database: name, epoch: Epoch::default(), forgets_older }))
    }
}
