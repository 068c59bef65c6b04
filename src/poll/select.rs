//! Selecting: which outputs of feeds.toml carry the stories that changed, and which entries their
//! sources do not publish.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::model::{Entry as StoredEntry, EntryNumber, Story, StoryNumber, StoryState, Text};
use crate::store::{Changes, Result, View};
use crate::story::KnownMember;
use crate::tag::{Folded, Selector};

/// Notes which outputs of feeds.toml carry the stories among the changes. Whoever changes tags,
/// members or words of stories calls it before the changes are committed.
///
/// # Errors
/// Where the store cannot be read.
pub fn select_outputs(store: &View, selector: &Selector, changes: &mut Changes) -> Result<()> {
    if !selector.has_outputs() {
        return Ok(());
    }
    let words: HashMap<EntryNumber, (&StoredEntry, &Text)> = changes
        .entries
        .iter()
        .filter_map(|(number, entry, text)| Some((*number, (entry, text.as_ref()?))))
        .collect();
    let mut selected = Vec::new();
    // The words of what was taken down are gone, and it is in no output.
    let is_left =
        |story: &&(StoryNumber, Option<Story>, Story)| story.2.state != StoryState::TakenDown;
    for (number, before, story) in changes.stories.iter().filter(is_left) {
        let known = match before {
            Some(_) => store.selected(*number)?,
            None => Vec::new(),
        };
        let mut texts = Vec::new();
        let mut is_partial = false;
        for member in story.members.iter().filter(|_| selector.reads_words()) {
            match words.get(&member.entry) {
                Some((entry, text)) => {
                    is_partial |= text.is_partial(entry);
                    texts.push(Folded::of_story(text));
                }
                None => {
                    let entry = store.entry(member.entry)?;
                    let text = store.text(member.entry, entry.revision)?;
                    is_partial |= text.is_partial(&entry);
                    texts.push(Folded::of_story(&text));
                }
            }
        }
        // The words for which an output carries it may be lost.
        let carried = |id: &str| is_partial && known.iter().any(|known| known == id);
        let outputs = selector.outputs(story, &texts, carried);
        if outputs != known {
            selected.push((*number, outputs));
        }
    }
    changes.selected.extend(selected);
    Ok(())
}

/// What is known of the members of a story whose sources publish only some of their entries.
pub(super) fn filtered_members(
    store: &View,
    selector: &Selector,
    story: &Story,
    known: &mut HashMap<EntryNumber, KnownMember>,
) -> Result<()> {
    // Where none of them is kept back, nobody asks for the words of the others.
    if !story.members.iter().any(|member| selector.filters(&member.source)) {
        return Ok(());
    }
    for member in &story.members {
        if let Entry::Vacant(place) = known.entry(member.entry) {
            let entry = store.entry(member.entry)?;
            let text = store.text(member.entry, entry.revision)?;
            let is_excluded = selector.excludes(&member.source, &text, text.is_partial(&entry));
            place.insert(KnownMember { is_excluded, language: text.language });
        }
    }
    Ok(())
}
