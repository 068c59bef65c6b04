//! When the rules of tags change, stories that are out get the tags that the new rules give.
//!
//! A feed that people already read is not flooded by it: at most `backlog` old stories enter it,
//! the newest.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::decisions::decision_of;
use crate::config::Config;
use crate::model::{
    OutputKey, OutputKind, Story, StoryNumber, StoryState, TagReason, Tagged, merge_tags,
};
use crate::store::{Changes, Result, Store, View};
use crate::story::put_into_force;
use crate::tag::Tagger;

/// Raised when the same rules come to give other tags.
const TAGGER_VERSION: u32 = 1;

/// Everything that decides about tags.
#[derive(Serialize)]
struct Rules<'a> {
    version: u32,
    tags: &'a [crate::model::TagRule],
    sources: BTreeMap<&'a str, &'a [String]>,
}

/// Gives stories the tags of changed rules; returns how many stories changed.
///
/// # Errors
/// Where the store cannot be used.
pub fn retag(store: &Store, config: &Config, tagger: &Tagger) -> Result<usize> {
    let sources = tags_of_sources(config);
    let rules = Rules {
        version: TAGGER_VERSION,
        tags: &config.tags,
        // The order of a hash map is not the same in the next process.
        sources: sources.iter().map(|(id, tags)| (*id, *tags)).collect(),
    };
    let digest = postcard::to_stdvec(&rules).map_or(0, |bytes| xxh3_128(&bytes));
    let mut writing = store.writing();
    let store = &*writing;
    if store.rules()? == Some(digest) {
        return Ok(0);
    }
    // How many old stories may still enter each tag's feed; a feed that never was has no readers.
    let mut room: HashMap<String, usize> = HashMap::new();
    for tag in &config.tags {
        let key = OutputKey { kind: OutputKind::Tag, id: tag.id.clone() };
        let backlog =
            if store.output(&key)?.is_some() { config.publish.backlog } else { usize::MAX };
        room.insert(tag.id.clone(), backlog);
    }
    let has_decisions = store.has_decisions()?;
    // Stories that change are held until all are known, and written as one: after a crash half way
    // the room for old stories would begin anew.
    let mut stories: Vec<(StoryNumber, Option<Story>, Story)> = Vec::new();
    let public: Vec<StoryNumber> = store.members(&OutputKey::all()).collect::<Result<Vec<_>>>()?;
    let others = store.stories().filter_map(|story| match story {
        Ok((number, story)) => (!story.is_public()).then_some(Ok(number)),
        Err(error) => Some(Err(error)),
    });
    for number in public.into_iter().map(Ok).chain(others) {
        let number = number?;
        let before = store.story(number)?;
        if before.state == StoryState::TakenDown {
            continue;
        }
        let mut given = tags(store, &before, tagger, &sources)?;
        // Of a story that is known from our outputs the words that gave a tag may be lost.
        let is_kept = |tagged: &&Tagged| {
            tagged.reasons.contains(&TagReason::Published)
                && config.tags.iter().any(|rule| rule.id == tagged.tag)
        };
        let kept: Vec<Tagged> = before.tags.iter().filter(is_kept).cloned().collect();
        merge_tags(&mut given, &kept);
        let mut after = before.clone();
        after.tags = given
            .into_iter()
            .filter(|tagged| {
                let had = before.tags.iter().any(|old| old.tag == tagged.tag);
                if had || !before.is_public() {
                    return true;
                }
                let left = room.entry(tagged.tag.clone()).or_insert(config.publish.backlog);
                let enters = *left > 0;
                *left = left.saturating_sub(1);
                enters
            })
            .collect();
        // What an editor decided stands, whatever the rules are.
        if has_decisions {
            let decision = decision_of(store, &before)?;
            put_into_force(&mut after, &decision, |id| tagger.id(id).map(str::to_owned));
        }
        if after.tags != before.tags {
            after.revision = before.revision.saturating_add(1);
            stories.push((number, Some(before), after));
        }
    }
    let changed = stories.len();
    writing.commit(&Changes { stories, rules: Some(digest), ..Changes::default() })?;
    writing.flush()?;
    Ok(changed)
}

/// The tags that sources of feeds.toml give to every story of theirs.
pub(super) type SourceTags<'a> = HashMap<&'a str, &'a [String]>;

pub(super) fn tags_of_sources(config: &Config) -> SourceTags<'_> {
    config.sources.iter().map(|source| (source.id.as_str(), source.tags.as_slice())).collect()
}

/// The tags that the rules of feeds.toml give to a story.
///
/// # Errors
/// Where the store cannot be read.
pub fn tags_by_rules(
    store: &View,
    config: &Config,
    tagger: &Tagger,
    story: &Story,
) -> Result<Vec<Tagged>> {
    tags(store, story, tagger, &tags_of_sources(config))
}

/// The tags that all entries of a story give together.
pub(super) fn tags(
    store: &View,
    story: &Story,
    tagger: &Tagger,
    sources: &SourceTags<'_>,
) -> Result<Vec<Tagged>> {
    let mut all: Vec<Tagged> = Vec::new();
    for member in &story.members {
        let entry = store.entry(member.entry)?;
        let text = store.text(member.entry, entry.revision)?;
        let given = sources.get(member.source.as_str()).copied().unwrap_or_default();
        merge_tags(&mut all, &tagger.tags(&member.source, given, &text));
    }
    Ok(all)
}
