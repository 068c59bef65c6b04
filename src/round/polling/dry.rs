//! A dry run: what a round would store, in words for maintainers.

use serde::{Deserialize, Serialize};

use crate::model::{Entry, Story, StoryState, Text};
use crate::store::Changes;

/// An entry that a round which is no dry run would store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WouldStore {
    /// Id of its source.
    pub source: String,
    /// What would become of it.
    pub fate: Fate,
    /// Its title.
    pub title: String,
    /// Its permalink, where it has one.
    pub url: Option<String>,
    /// Ids of the tags that its story would have.
    pub tags: Vec<String>,
}

/// What would become of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A story of its own, published.
    New,
    /// A change of an entry that is known.
    Updated,
    /// It would join a story that is there.
    Joined,
    /// Kept, but older than what is published of a new source.
    Backlog,
    /// Kept until its article is read, an editor decides, or it is shown again.
    Kept,
}

/// The entries of a batch that was judged.
pub(super) fn would_store(changes: &Changes) -> Vec<WouldStore> {
    let of = |(_, entry, text): &(_, Entry, Option<Text>)| {
        let story = changes.stories.iter().find(|(number, ..)| *number == entry.story);
        let after = story.map(|(_, _, after)| after);
        WouldStore {
            source: entry.source.clone(),
            fate: fate(entry, after),
            title: text.as_ref().map(|text| text.title.clone()).unwrap_or_default(),
            url: entry.url.clone(),
            tags: after
                .map(|story| story.tags.iter().map(|tagged| tagged.tag.clone()).collect())
                .unwrap_or_default(),
        }
    };
    // What is to be read from its own page first is no entry yet.
    let waiting = (changes.pages.waiting.iter()).filter_map(|((source, _), waiting)| {
        let item = &waiting.as_ref()?.item;
        Some(WouldStore {
            source: source.clone(),
            fate: Fate::Kept,
            title: item.title.clone(),
            url: item.url.clone(),
            tags: Vec::new(),
        })
    });
    changes.entries.iter().map(of).chain(waiting).collect()
}

fn fate(entry: &Entry, story: Option<&Story>) -> Fate {
    let is_lead = story.is_none_or(|story| {
        story
            .members
            .first()
            .is_none_or(|first| first.source == entry.source && story.members.len() == 1)
    });
    match story.map(|story| story.state) {
        _ if entry.revision > 1 => Fate::Updated,
        _ if !is_lead => Fate::Joined,
        Some(StoryState::Public) | None => Fate::New,
        Some(StoryState::Backlog) => Fate::Backlog,
        Some(_) => Fate::Kept,
    }
}
