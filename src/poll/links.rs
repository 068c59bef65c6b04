//! Which story a link leads to.

use crate::clean::urls;
use crate::model::StoryNumber;
use crate::store::{AliasKind, Result, View};
use crate::story;

/// The story that a link names: by the part of the page that its fragment names, else by the page.
/// Where the story has the page's name for another part of it, that is another story.
///
/// # Errors
/// Where the store cannot be read.
pub fn story_of_link(view: &View, link: &str) -> Result<Option<StoryNumber>> {
    let part = urls::part(link);
    if let Some(part) = &part
        && let Some(number) = view.alias(AliasKind::Link, part)?
    {
        return Ok(Some(number));
    }
    let Some(page) = urls::canonical(link) else { return Ok(None) };
    let Some(number) = view.alias(AliasKind::Link, &page)? else { return Ok(None) };
    let is_of_another_part =
        part.is_some() && view.alias(AliasKind::Link, &story::mark_of(&page))? == Some(number);
    Ok((!is_of_another_part).then_some(number))
}
