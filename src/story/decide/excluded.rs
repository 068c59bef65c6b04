//! Entries that their sources do not publish (`include`, `exclude`): a story is out while one of its
//! entries is, and the words of one that is not never lead.

use chrono::{DateTime, Utc};

use super::super::lead::{Shown, leading};
use super::{Arrival, Court, KnownMember};
use crate::model::{EntryNumber, Story, StoryNumber, StoryState};

impl Court<'_> {
    /// What is excluded of a story decides whether it is out, and whose words lead it. `entered` is
    /// when it enters the wire if it comes out now, for the first time; `None` where it may not.
    pub(super) fn sift(
        &mut self,
        number: StoryNumber,
        story: &mut Story,
        entered: Option<DateTime<Utc>>,
    ) {
        let member = |entry: EntryNumber| self.known.members.get(&entry);
        let is_excluded = |entry| member(entry).is_some_and(|known| known.is_excluded);
        let priority = |source: &str| self.known.priorities.get(source).copied().unwrap_or(0);
        let shown = story.members.iter().filter(|member| !is_excluded(member.entry));
        let shown: Vec<Shown> = shown
            .map(|member| Shown { entry: member.entry, priority: priority(&member.source) })
            .collect();
        let best = leading(story.lead, &shown);
        let lead = best.filter(|lead| *lead != story.lead);
        let lead = lead.map(|lead| (lead, member(lead).map(|known| known.language.clone())));
        match (story.state, best) {
            (StoryState::Public, None) => story.state = StoryState::Excluded,
            (StoryState::Excluded, Some(_)) => {
                if story.sequence.is_some() {
                    story.state = StoryState::Public;
                } else if let Some(entered) = entered {
                    story.entered = entered;
                    self.make_public(number, story);
                }
            }
            _ => {}
        }
        if let Some((lead, language)) = lead {
            story.lead = lead;
            story.language = language.unwrap_or_default();
        }
    }

    /// Notes what an entry is now, where some of its story are not published.
    pub(super) fn note_member(
        &mut self,
        entry: EntryNumber,
        arrival: &Arrival,
        story: Option<&Story>,
    ) {
        let is_asked = story.is_some_and(|story| {
            story.members.iter().any(|member| self.known.members.contains_key(&member.entry))
        });
        if arrival.is_excluded || is_asked {
            let language = arrival.text.language.clone();
            let known = KnownMember { is_excluded: arrival.is_excluded, language };
            self.known.members.insert(entry, known);
        }
    }
}
