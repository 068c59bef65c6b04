//! Tags: topics from feeds.toml, and why a story has one.

use serde::{Deserialize, Serialize};

/// A `[[tag]]` of feeds.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRule {
    /// Stable id used in output paths.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Names in other languages: (language, name).
    pub names: Vec<(String, String)>,
    /// Phrases that give the tag.
    pub phrases: Vec<String>,
    /// Phrases in which a match does not count.
    pub not: Vec<String>,
    /// Categories of sources that mean this tag.
    pub categories: Vec<String>,
    /// Former ids.
    pub was: Vec<String>,
}

/// A tag of a story, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// Id of the tag.
    pub tag: String,
    /// Why; never empty.
    pub reasons: Vec<TagReason>,
}

/// Why a story has a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TagReason {
    /// `tags` of this source.
    Source(String),
    /// This phrase occurs in the text.
    Phrase(String),
    /// The source gave it this category.
    Category(String),
    /// Our own outputs have it; the words that gave it may be lost.
    Published,
    /// An editor decided it.
    Editor,
}

/// Adds tags and reasons that are not there yet.
pub fn merge_tags(tags: &mut Vec<Tagged>, more: &[Tagged]) {
    for tagged in more {
        match tags.iter_mut().find(|known| known.tag == tagged.tag) {
            None => tags.push(tagged.clone()),
            Some(known) => {
                for reason in &tagged.reasons {
                    if !known.reasons.contains(reason) {
                        known.reasons.push(reason.clone());
                    }
                }
            }
        }
    }
}
