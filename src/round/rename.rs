//! Sources that got another id (`was`): everything that is remembered under the former one goes by
//! the new one from now on, so that nothing of them is news again and nobody is asked too early.
//!
//! Tags, outputs and organisations are renamed where stories get what changed rules give (`retag`),
//! and where outputs get their identities (`outputs`).

use super::former::Former;
use crate::config::Config;
use crate::model::{Story, StoryNumber};
use crate::store::{Changes, Result, Store, View};

/// Renames what the store knows by former ids of sources; returns how many sources it were.
///
/// # Errors
/// Where the store cannot be used.
pub fn rename(store: &Store, config: &Config) -> Result<usize> {
    let former = Former::of(config);
    let mut renamed = Vec::new();
    let mut writing = store.writing();
    for (was, today) in former.sources.all() {
        if writing.knows_source(was)? {
            renamed.push((was.to_owned(), today.to_owned()));
        }
    }
    if renamed.is_empty() {
        return Ok(0);
    }
    // What a round that is under way holds was judged by names that are no more.
    writing.end_epoch();
    // One at a time: two former sources may have become one.
    renamed.sort();
    let count = renamed.len();
    for (was, today) in renamed {
        let stories = stories(&writing, &was, &today)?;
        writing.commit(&Changes {
            stories,
            source_renamed: Some((was, today)),
            ..Changes::default()
        })?;
    }
    writing.flush()?;
    Ok(count)
}

type StoryChange = (StoryNumber, Option<Story>, Story);

/// The stories to which a source contributed, under its new id.
fn stories(store: &View, was: &str, today: &str) -> Result<Vec<StoryChange>> {
    let mut changed = Vec::new();
    for story in store.stories() {
        let (number, before) = story?;
        let mut after = before.clone();
        for member in after.members.iter_mut().filter(|member| member.source == was) {
            today.clone_into(&mut member.source);
        }
        if after != before {
            after.revision = after.revision.saturating_add(1);
            changed.push((number, Some(before), after));
        }
    }
    Ok(changed)
}
