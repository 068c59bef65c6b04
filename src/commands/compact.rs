//! `compact`: rewrites the store, whose files only grow.

use serde::{Deserialize, Serialize};

use super::{CommandError, Hold};

/// What it came to. Serialises to the object of `compact --json`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Bytes of the store before.
    pub before: u64,
    /// Bytes of the store after.
    pub after: u64,
}

/// Rewrites.
///
/// # Errors
/// Where the disk does not take it, or a record is damaged; the store is as it was then.
pub fn run(hold: &Hold) -> Result<Report, CommandError> {
    hold.store.writing().flush()?;
    let rewritten = hold.store.rewrite()?;
    Ok(Report { before: rewritten.before, after: rewritten.after })
}
