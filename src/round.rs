//! One round: poll what is due, publish what changed. Cron and the daemon both run it.
//!
//! The order of a round keeps the promises of the store: the due time is stored before a request
//! is sent, a poll counts as done when it is flushed, and publishing is level-triggered: whatever
//! a round that died left undone, the next one does.

mod asking;
mod daily;
mod decisions;
mod departed;
mod find;
mod former;
mod gather;
mod gone;
mod limits;
mod logo;
mod older;
mod online;
mod outputs;
mod ping;
mod polling;
mod recall;
mod rename;
mod retag;
mod sweep;
mod takedown;
mod turns;
mod under_way;

pub use daily::back_up;
pub use decisions::{Decided, apply_file, decide, decision_of};
pub use find::find_story;
pub use gather::Gatherer;
pub use gone::{recall_gone, recall_removed};
pub use logo::unusable_logos;
pub use older::unknown_stories;
pub use online::{Found, Sighting, Sightings, known_as, look_online};
pub use outputs::{PublishReport, publish, windows_of};
pub use ping::ping;
pub use polling::{Fate, PollReport, Progress, Request, Stop, WouldStore, poll_due};
pub use recall::{Base, Recall, recall};
pub use rename::rename;
pub use retag::{Entering, Foreseen, Named, StoryList, foresee, retag, retag_again, tags_by_rules};
pub use sweep::sweep;
pub use takedown::{lift, remove_words, rewrite_files, take_down_source, take_down_stories};

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Config;
use crate::publish::RenderError;
use crate::publish::write::WriteError;
use crate::store::{Changes, Store, StoreError, Writing};
use crate::story::TagAuthority;

/// Why a round, or a part of it, did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The outputs cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A document could not be made.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The HTTP client could not be made.
    #[error("{0}")]
    Client(String),
    /// This machine has nothing left to ask with.
    #[error(
        "{0}. What was polled before is stored; let the user who runs samizdat open more files (`ulimit -n`), or lower [fetch] concurrency"
    )]
    Exhausted(String),
}

/// Whether the maintainers are to be told of something that lasts: once a day. Notes that they are.
///
/// # Errors
/// Where the store cannot be used.
pub fn tell_once_a_day(
    store: &Store,
    what: &'static str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut writing = store.writing();
    // A time ahead is that of a clock that was set back since.
    if writing.told(what)?.is_some_and(|told| (now - told).abs() < TimeDelta::days(1)) {
        return Ok(false);
    }
    writing.commit(&Changes { told: vec![(what, Some(now))], ..Changes::default() })?;
    writing.flush()?;
    Ok(true)
}

/// The authority of this store's `tag:` URIs; made now if it has none yet.
///
/// # Errors
/// Where the store cannot be used.
pub fn tag_authority(
    writing: &mut Writing<'_>,
    config: &Config,
    now: DateTime<Utc>,
) -> Result<TagAuthority, StoreError> {
    if let Some(stored) = writing.tag_authority()? {
        return Ok(TagAuthority(stored));
    }
    let made = TagAuthority::new(config.site.url.host_str().unwrap_or("localhost"), now);
    writing.commit(&Changes { tag_authority: Some(made.0.clone()), ..Changes::default() })?;
    Ok(made)
}
