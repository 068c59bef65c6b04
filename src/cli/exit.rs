//! Exit codes.

use crate::commands::check::online;
use crate::commands::fetch::Report;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; sources that failed and will be polled again do not change this.
    Done,
    /// 1: outputs could not be written, or an unexpected error.
    Failed,
    /// 2: usage or feeds.toml is wrong; nothing was done.
    Usage,
    /// 3: done, but a source has failed for longer than `alert_after`, or with `--strict` any.
    SourceFailed,
    /// 4: the store is damaged, unreadable or unwritable; nothing was polled.
    Store,
    /// 75: the store is in use by another process; nothing was done, no request was sent.
    InUse,
    /// 128 and the number of the signal that stopped it, with everything stored.
    Signal(i32),
}

impl Exit {
    /// The number that the operating system gets.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::SourceFailed => 3,
            Self::Store => 4,
            Self::InUse => 75,
            Self::Signal(number) => u8::try_from(128 + number).unwrap_or(1),
        }
    }

    /// How a `check --online` ends.
    pub(super) fn after_check(report: &online::Report, is_strict: bool) -> Self {
        match report.stopped {
            Some(signal) => Self::Signal(signal),
            None if report.is_alarming || (is_strict && report.failed > 0) => Self::SourceFailed,
            None => Self::Done,
        }
    }

    /// How a `fetch` ends.
    pub(super) fn after_fetch(report: &Report, is_strict: bool) -> Self {
        if let Some(signal) = report.stopped {
            Self::Signal(signal)
        } else if !report.publish_failures.is_empty() || report.backup_failure.is_some() {
            Self::Failed
        } else if report.is_alarming || (is_strict && report.failed > 0) {
            Self::SourceFailed
        } else {
            Self::Done
        }
    }
}
