//! Which story is meant: by its published id, by any link of it, or by its short number.

use crate::clean::urls;
use crate::model::{EntryNumber, StoryNumber};
use crate::poll::story_of_link;
use crate::store::{AliasKind, Result, View};

/// The story that goes by a name, if there is one.
///
/// # Errors
/// Where the store cannot be read.
pub fn find_story(view: &View, name: &str) -> Result<Option<StoryNumber>> {
    let name = name.trim();
    let digits = name.strip_prefix('#').unwrap_or(name);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let Ok(number) = digits.parse() else { return Ok(None) };
        let number = StoryNumber(number);
        return Ok(view.find_story(number)?.map(|_| number));
    }
    if let Some(number) = view.alias(AliasKind::PublishedId, name)? {
        return Ok(Some(number));
    }
    if let Some(number) = story_of_link(view, name)? {
        return Ok(Some(number));
    }
    // A link that gave way to the one that the story's page names, and guids, are known to the
    // source alone.
    let link = urls::part(name).or_else(|| urls::canonical(name));
    for name in link.iter().map(String::as_str).chain([name]) {
        if let Some(entry) = entry_named(view, name)? {
            return Ok(Some(view.entry(entry)?.story));
        }
    }
    Ok(None)
}

/// The entry that a source knows by a name: a guid, or a link in its canonical form.
fn entry_named(view: &View, name: &str) -> Result<Option<EntryNumber>> {
    for source in view.source_ids()? {
        if let Some(entry) = view.seen(&source, name)?.and_then(|seen| seen.entry) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}
