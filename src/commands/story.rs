//! A story as the commands of editors name it and tell of it.

use serde::{Deserialize, Serialize};

use super::CommandError;
use crate::model::{Story, StoryNumber, StoryState};
use crate::round::find_story;
use crate::store::View;

/// A story that was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Short number.
    pub number: u64,
    /// Published id.
    pub id: String,
    /// Its title; empty where it was taken down.
    pub title: String,
    /// Whether it is out, and if not, why.
    pub state: State,
}

/// Whether a story is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its article is still to be read.
    Waiting,
    /// An editor approves it first.
    Held,
    /// Older than what was published of its source at first.
    Backlog,
    /// Its sources do not publish it (`include`, `exclude`).
    Excluded,
    /// Out.
    Public,
    /// Hidden by an editor.
    Hidden,
    /// Taken down.
    TakenDown,
}

impl From<StoryState> for State {
    fn from(state: StoryState) -> Self {
        match state {
            StoryState::Waiting => Self::Waiting,
            StoryState::Held => Self::Held,
            StoryState::Backlog => Self::Backlog,
            StoryState::Excluded => Self::Excluded,
            StoryState::Public => Self::Public,
            StoryState::Hidden => Self::Hidden,
            StoryState::TakenDown => Self::TakenDown,
        }
    }
}

impl Named {
    /// What is told of a story.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) fn new(
        view: &View,
        number: StoryNumber,
        story: &Story,
    ) -> Result<Self, CommandError> {
        let lead = view.entry(story.lead)?;
        Ok(Self {
            number: number.0,
            id: story.published_id.clone(),
            title: view.text(story.lead, lead.revision)?.title,
            state: story.state.into(),
        })
    }
}

/// The stories that are meant.
///
/// # Errors
/// [`CommandError::Usage`] names those that are not there.
pub(super) fn named(view: &View, names: &[String]) -> Result<Vec<StoryNumber>, CommandError> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for name in names {
        match find_story(view, name)? {
            Some(number) => found.push(number),
            None => unknown.push(name.as_str()),
        }
    }
    if unknown.is_empty() {
        return Ok(found);
    }
    let unknown = unknown.join(", ");
    Err(CommandError::Usage(format!("there is no story {unknown}; nothing was done. ") + HOW_NAMED))
}

/// How a story is named, for people who named none.
pub const HOW_NAMED: &str = "Name it by the number that `samizdat list` shows, by a link of it, or by its id; `samizdat list --search WORDS` finds it";
