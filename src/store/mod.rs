//! The embedded store; one transaction per poll.

use std::path::PathBuf;
use std::time::Duration;

/// `[store]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Directory of the embedded store, absolute.
    pub path: PathBuf,
    /// How long full texts are kept.
    pub keep: Duration,
    /// Daily backups that are kept beside the store.
    pub backups: u32,
}
