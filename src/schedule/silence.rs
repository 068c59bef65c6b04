//! Sources that are not asked, since their host wants to be left alone.
//!
//! A host that answered 429 to one of its sources silences all of them. That is no failure of the others,
//! and no poll tells of it; but nobody reads them meanwhile, and after a while the maintainers are to know.

use chrono::{DateTime, Utc};

use super::{Answer, Settings, delta, next_due};
use crate::model::{HostState, Location, Source, SourceState};

/// A source that would have been asked for longer than maintainers want to wait, and was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silenced {
    /// When it was last read.
    pub last_success: Option<DateTime<Utc>>,
    /// Until when its host wants silence.
    pub until: DateTime<Utc>,
}

/// Whether the silence of its host has kept a source from being read for longer than `alert_after`.
/// One that was refused itself fails, and is told as that.
pub fn silenced(
    source: &Source,
    state: &SourceState,
    host: &HostState,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Option<Silenced> {
    let until = host.silence(now)?;
    if matches!(source.location, Location::File(_)) || state.failures > 0 || state.gone {
        return None;
    }
    let since = match state.last_success {
        Some(last) => next_due(source, state, Answer::Good, settings, last, 0.0),
        // Whoever was asked last there brought the silence.
        None => host.last_request?,
    };
    let is_long = now - since > delta(settings.alert_after);
    is_long.then_some(Silenced { last_success: state.last_success, until })
}

/// The same in words, with the remedy.
pub fn silenced_in_words(silenced: &Silenced, host: &str) -> String {
    let minute = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M UTC").to_string();
    let read = match silenced.last_success {
        Some(last) => format!("not read since {}", minute(last)),
        None => "never read".to_owned(),
    };
    format!(
        "{read}: its host {host} refuses requests, and is left alone until {}; ask the partner, or set a longer `interval` for its sources",
        minute(silenced.until)
    )
}
