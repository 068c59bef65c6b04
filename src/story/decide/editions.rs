//! Editions: stories in several languages of which one names the other.
//!
//! A page names its translations (`hreflang`), and whichever comes first waits for the other. Only
//! stories of one organisation are linked: what a page says of another one's stories is a claim.

use super::Court;
use crate::model::{CleanEntry, Story, StoryNumber};

/// Editions of one story beyond these are not linked.
const MOST_EDITIONS: usize = 20;

impl Court<'_> {
    /// Links a story with those that an entry of it names as its translations, and with those that
    /// named it.
    pub(super) fn link_editions(&mut self, number: StoryNumber, item: &CleanEntry) {
        for link in &item.editions {
            match self.known.links.get(link).copied() {
                Some(other) => self.link(number, other),
                None if self.known.editions.contains_key(link) => {}
                None => {
                    self.known.editions.insert(link.clone(), number);
                    self.judgement.editions.push((link.clone(), number));
                }
            }
        }
        let named = item.canonical_link.as_ref().and_then(|link| self.known.editions.get(link));
        if let Some(other) = named.copied() {
            self.link(number, other);
        }
    }

    /// Links two stories both ways, where they may be editions of one another.
    fn link(&mut self, one: StoryNumber, other: StoryNumber) {
        let (Some(story), Some(edition)) = (self.current(one), self.current(other)) else { return };
        if one == other || !may_be_editions(story, edition) {
            return;
        }
        for (number, of) in [(one, other), (other, one)] {
            let Some(mut story) = self.current(number).cloned() else { continue };
            if story.editions.len() < MOST_EDITIONS && !story.editions.contains(&of) {
                story.editions.push(of);
                story.editions.sort_unstable();
                story.revision = story.revision.saturating_add(1);
                self.put(number, story);
            }
        }
    }
}

/// Whether two stories are in two languages, and of one organisation.
fn may_be_editions(one: &Story, other: &Story) -> bool {
    let is_of_both =
        |organisation: &str| other.members.iter().any(|member| member.organisation == organisation);
    !one.language.is_empty()
        && !other.language.is_empty()
        && one.language != other.language
        && one.members.iter().any(|member| is_of_both(&member.organisation))
}
