//! From the formats of earlier versions to this one's.
//!
//! A backup is written first, beside the store; then one transaction changes what has another form
//! now, and the number of the format with it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::backup::BackupError;
use super::backups;
use super::keys::{self, TreeName};
use super::staging::Staging;
use super::values::{Place, PublishedFile};
use super::{FORMAT, Result, StoreError, View};
use crate::model::HostState;
use crate::world::{FileOperation, Files, Readers};

/// Records as earlier formats had them.
pub(super) mod format_1 {
    use chrono::{DateTime, Utc};
    use serde::Deserialize;

    use crate::model;

    /// A host, of whose certificate nothing was known.
    #[derive(Deserialize)]
    pub(in super::super) struct HostState {
        silent_until: Option<DateTime<Utc>>,
        last_request: Option<DateTime<Utc>>,
    }

    impl From<HostState> for model::HostState {
        fn from(HostState { silent_until, last_request }: HostState) -> Self {
            Self { silent_until, last_request, ..Self::default() }
        }
    }
}

/// Where the backup is that is made before a store gets another format.
pub(super) fn backup_before(directory: &Path, from: u32) -> PathBuf {
    backups::directory(directory).join(format!("before-format-{FORMAT}-from-{from}.jsonl.gz"))
}

/// Brings a store of format 1 to this one: sums over all records are kept now, published files are
/// told apart by the directory that they are in, and the certificates of hosts are remembered.
pub(super) fn migrate(
    view: &View,
    files: &Files,
    directory: &Path,
    from: u32,
    now: DateTime<Utc>,
) -> Result<()> {
    let target = backup_before(directory, from);
    let failed = |error| StoreError::io(&target, error);
    files.create_directory(&backups::directory(directory), Readers::Us).map_err(failed)?;
    let mut draft = files.draft(&target, Readers::Us).map_err(failed)?;
    let (_, found) = view.write_lines(&mut draft, now).map_err(|error| match error {
        BackupError::Store(error) => error,
        BackupError::Write(error) => failed(error),
    })?;
    draft.finish().map_err(failed)?;

    let mut staging = Staging::new(view);
    staging.put(TreeName::Meta, keys::FORMAT, &FORMAT)?;
    let mut counters = view.counters()?;
    counters.commit = counters.commit.saturating_add(1);
    staging.put(TreeName::Meta, keys::COUNTERS, &counters)?;
    for pair in view.scan(TreeName::File, &[]) {
        let (key, record) = pair?;
        let file: PublishedFile = view.decode(TreeName::File, &key, &record)?;
        let path = String::from_utf8_lossy(&key);
        staging.remove(TreeName::File, &key);
        staging.put(TreeName::File, &keys::file(Place::UNKNOWN, &path), &file)?;
    }
    for pair in view.scan(TreeName::Host, &[]) {
        let (key, record) = pair?;
        let host: format_1::HostState = view.decode(TreeName::Host, &key, &record)?;
        staging.put(TreeName::Host, &key, &HostState::from(host))?;
    }
    staging.balance(found)?;
    let trees = staging.into_trees();
    files
        .perform(FileOperation::Commit, directory, || view.engine.apply(&trees))
        .map_err(|error| view.engine_error(error))
}
