//! From our own outputs back to a store: what they tell to be gone stays gone.

use chrono::{DateTime, SubsecRound, Utc};

use super::decisions::decision_of;
use super::recall::authority_of;
use crate::model::{Origin, Ruling, StoryNumber, StoryState, Verb};
use crate::publish::recall::Told;
use crate::store::{AliasKind, Changes, Result, View, identity_hash};

/// Why a story is hidden that the backup had.
const REMOVED_SINCE: &str = "our own outputs told that it was removed after the backup was made";

/// What the outputs tell of stories that were removed after the backup was made, one change for each:
/// they are not shown again. What was hidden is hidden; of what was taken down the backup has
/// brought back the text, and the editors are told.
///
/// # Errors
/// Where the store cannot be read.
pub fn recall_removed(
    view: &View,
    told: &Told,
    known_until: Option<DateTime<Utc>>,
) -> Result<Vec<Changes>> {
    let mut all = Vec::new();
    let authority = view.tag_authority()?;
    if authority.is_none() || authority != authority_of(&told.feed_id) {
        return Ok(all);
    }
    for (id, at) in &told.removed {
        let Some(number) = view.alias(AliasKind::PublishedId, id)? else { continue };
        let before = view.story(number)?;
        // What the backup knows of that time is newer than what the outputs say, to the second.
        if !before.is_public() || known_until.is_some_and(|until| *at < until.trunc_subsecs(0)) {
            continue;
        }
        // One for each, since each was removed at a time of its own.
        let mut changes = Changes { at: Some(*at), ..Changes::default() };
        let mut decision = decision_of(view, &before)?;
        decision.add(Ruling {
            origin: Origin::Command,
            verb: Verb::Hide,
            at: *at,
            note: Some(REMOVED_SINCE.to_owned()),
        });
        for member in &before.members {
            let key = (member.source.clone(), view.entry(member.entry)?.identity_hash());
            changes.decisions.decisions.push((key, Some(decision.clone())));
        }
        let mut after = before.clone();
        after.state = StoryState::Hidden;
        after.revision = after.revision.saturating_add(1);
        changes.stories.push((number, Some(before), after));
        all.push(changes);
    }
    Ok(all)
}

/// What the outputs tell of stories that were removed, where nothing else is known of them: their
/// ids are kept as those of what was taken down, so that nothing of them is published again.
///
/// # Errors
/// Where the store cannot be read.
pub fn recall_gone(view: &View, told: &Told) -> Result<Changes> {
    let mut changes = Changes::default();
    for (id, at) in &told.removed {
        if view.alias(AliasKind::PublishedId, id)?.is_none() {
            changes.at = changes.at.max(Some(*at));
            // Of its story no number is known.
            changes.decisions.words.push((identity_hash(id), StoryNumber::default()));
        }
    }
    Ok(changes)
}
