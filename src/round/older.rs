//! Whether the store is older than the outputs that were made from it.
//!
//! A copy of the whole store, put back with everything that belongs to it, is sound by itself. Only
//! the outputs tell that it is not the newest: they show stories that it does not know. To publish
//! from it would take these stories from the subscribers, and to poll would send them out again.

use super::recall::authority_of;
use crate::config::Config;
use crate::publish::{recall, write};
use crate::store::{AliasKind, Place, Result, View};
use crate::world::Files;

/// The stories of the output `all` that the store does not know, by their ids; none where the
/// outputs are those that it published last, or were made from another store.
///
/// # Errors
/// Where the store cannot be read.
pub fn unknown_stories(view: &View, config: &Config, files: &Files) -> Result<Vec<String>> {
    let root = &config.publish.path;
    let record = view.file(Place::of(root), recall::DOCUMENT)?;
    if record.is_some_and(|known| write::is_as_recorded(files, root, recall::DOCUMENT, &known.file))
    {
        return Ok(Vec::new());
    }
    let Some((output, stories)) = recall::all(files, root) else { return Ok(Vec::new()) };
    let authority = view.tag_authority()?;
    if authority.is_none() || authority != authority_of(&output.feed_id) {
        return Ok(Vec::new());
    }
    let mut unknown = Vec::new();
    for story in stories {
        if view.alias(AliasKind::PublishedId, &story.id)?.is_none() {
            unknown.push(story.id);
        }
    }
    Ok(unknown)
}
