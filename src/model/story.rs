//! A story: what subscribers see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EntryNumber, Tagged};

/// Number of a story, given once and never reused; the short number that `list` shows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct StoryNumber(pub u64);

/// One or more entries judged to be the same publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// The id under which it is published, for ever.
    pub published_id: String,
    /// Its entries, in the order in which they joined; the first gave the published id.
    pub members: Vec<Member>,
    /// The entry whose words are shown.
    pub lead: EntryNumber,
    /// When we saw it first; never changes.
    pub first_seen: DateTime<Utc>,
    /// Publication date that is shown: never after `first_seen`, never changes.
    pub published: DateTime<Utc>,
    /// Date of the newest substantive change that is shown; moves at most once a day.
    pub updated: DateTime<Utc>,
    /// When `updated` was last moved by an edit.
    pub updated_moved: Option<DateTime<Utc>>,
    /// Orders stories: min(published, updated, first seen), fixed at first sight.
    pub sort_date: DateTime<Utc>,
    /// Decides about windows: first seen, or for the backlog of a new source its sort date.
    pub entered: DateTime<Utc>,
    /// Place on the wire, given when it becomes public.
    pub sequence: Option<u64>,
    /// Raised with every change that an output could show.
    pub revision: u32,
    /// Whether it is out, and if not, why.
    pub state: StoryState,
    /// Language of its lead: primary subtag; empty where unknown.
    pub language: String,
    /// Its tags, each with its reasons.
    pub tags: Vec<Tagged>,
    /// Translations: stories of their own, linked both ways.
    pub editions: Vec<StoryNumber>,
}

/// An entry as part of a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The entry.
    pub entry: EntryNumber,
    /// The source that gave it.
    pub source: String,
    /// Id of the organisation that speaks.
    pub organisation: String,
    /// Why it belongs to the story, for `explain`.
    pub joined_by: String,
}

/// Whether a story is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoryState {
    /// Its article is still to be read.
    Waiting,
    /// A mass change or a suspicion; an editor approves.
    Held,
    /// Known from the first poll of its source, but older than the backlog that was published.
    Backlog,
    /// Out.
    Public,
    /// Hidden by an editor.
    Hidden,
    /// Taken down; only a tombstone remains.
    TakenDown,
    /// Its sources do not publish it (`include`, `exclude`); that can be taken back.
    Excluded,
}

impl Story {
    /// Whether subscribers see it.
    pub fn is_public(&self) -> bool {
        self.state == StoryState::Public
    }
}
