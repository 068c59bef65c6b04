//! The judgement of a batch of polls.

mod editions;
mod excluded;
mod links;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

pub use links::mark_of;

use super::identity::is_substantive;
use super::order::{Dates, Fate, in_order};
use super::published_id::{TagAuthority, is_absolute_iri};
use crate::model::{
    CleanEntry, Entry, EntryNumber, Member, RECALLED, Story, StoryNumber, StoryState, Tagged, Text,
    merge_tags,
};

/// Where an item leads, as far as it tells an original from a copy. The later ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// To another site than its source's, or its page names another one as the original.
    Elsewhere,
    /// To the site that its feed calls its own; nothing else says so.
    Claimed,
    /// To the site that feeds.toml names, or that its feed comes from.
    Home,
}

/// An item that is new or changed, with what the caller found out about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The item.
    pub item: CleanEntry,
    /// Its words as they would be stored.
    pub text: Text,
    /// Hash of what subscribers could see of it.
    pub fingerprint: u128,
    /// Its tags, with reasons.
    pub tags: Vec<Tagged>,
    /// Where it leads.
    pub place: Place,
    /// The part of a page that it leads to, where its link has a fragment.
    pub part: Option<String>,
    /// Whether its source does not publish it.
    pub is_excluded: bool,
    /// The known entry that it is a new revision of, with its words.
    pub known: Option<(EntryNumber, Entry, Text)>,
    /// Its place in its document.
    pub position: usize,
    /// What becomes of it, where that was decided already.
    pub fate: Option<Fate>,
}

/// What one poll of one source brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// Id of the source.
    pub source: String,
    /// Id of the organisation.
    pub organisation: String,
    /// Which copy leads; higher leads.
    pub priority: i64,
    /// Position in feeds.toml.
    pub order: usize,
    /// When it was polled.
    pub at: DateTime<Utc>,
    /// Whether nothing of this source was ever stored.
    pub is_first: bool,
    /// Date of the whole document, for the undated items of a first poll.
    pub document_date: Option<DateTime<Utc>>,
    /// Where only our own outputs tell what was known of this source: items that are unknown and
    /// not younger than this had left the outputs, or had never been in them.
    pub horizon: Option<DateTime<Utc>>,
    /// What is new or changed, in document order.
    pub arrivals: Vec<Arrival>,
}

/// What the store knows of an entry of a story.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownMember {
    /// Whether its source does not publish it.
    pub is_excluded: bool,
    /// Language of its words.
    pub language: String,
}

/// What the store knows that bears on the batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Stories by number: those of the known entries and those that `links` and `editions` name.
    pub stories: HashMap<StoryNumber, Story>,
    /// Of those of which some entry may not be published: all of their entries.
    pub members: HashMap<EntryNumber, KnownMember>,
    /// Canonical link → story.
    pub links: HashMap<String, StoryNumber>,
    /// Canonical link → the story that names it as its translation.
    pub editions: HashMap<String, StoryNumber>,
    /// Published ids that are taken, among those that the arrivals would like.
    pub ids: HashMap<String, StoryNumber>,
    /// Priorities of all sources that are members of `stories`.
    pub priorities: HashMap<String, i64>,
    /// Entries that lead one of `stories`, and whose source is not at home where they link to.
    pub copies: HashSet<EntryNumber>,
    /// Last numbers that were given.
    pub last_entry: u64,
    /// Last story number that was given.
    pub last_story: u64,
    /// Last place on the wire that was given.
    pub last_sequence: u64,
    /// The latest time at which a story entered the wire.
    pub newest_entered: Option<DateTime<Utc>>,
}

/// What was decided about one arrival; indices are those of the batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// A new entry that makes a new story.
    New(EntryNumber),
    /// A new entry of a story that another source published.
    Joins(EntryNumber),
    /// A new revision of a known entry.
    Updated(EntryNumber),
    /// Remembered as seen, not taken: more than a poll may bring.
    Dropped,
}

/// What the batch brought of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries that were taken.
    pub new: u32,
    /// Those of them that joined a story.
    pub joined: u32,
    /// New revisions.
    pub updated: u32,
    /// Remembered without being taken.
    pub dropped: u32,
}

impl Tally {
    /// Counts what another batch brought as well.
    pub fn add(&mut self, other: Self) {
        self.new = self.new.saturating_add(other.new);
        self.joined = self.joined.saturating_add(other.joined);
        self.updated = self.updated.saturating_add(other.updated);
        self.dropped = self.dropped.saturating_add(other.dropped);
    }
}

/// Everything that is to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// One verdict for each arrival: poll, arrival, verdict.
    pub verdicts: Vec<(usize, usize, Verdict)>,
    /// New and changed entries with their words.
    pub entries: Vec<(EntryNumber, Entry, Text)>,
    /// New and changed stories: as they were, and as they are.
    pub stories: BTreeMap<StoryNumber, (Option<Story>, Story)>,
    /// Canonical links that name stories from now on.
    pub links: Vec<(String, StoryNumber)>,
    /// Canonical links that stories name as their translations from now on.
    pub editions: Vec<(String, StoryNumber)>,
    /// Published ids that name stories from now on.
    pub ids: Vec<(String, StoryNumber)>,
    /// Stories that became public, with their place on the wire.
    pub wire: Vec<(u64, StoryNumber)>,
    /// One for each poll.
    pub tallies: Vec<Tally>,
    /// Last numbers that were given.
    pub last_entry: u64,
    /// Last story number that was given.
    pub last_story: u64,
    /// Last place on the wire that was given.
    pub last_sequence: u64,
}

/// Judges a batch of polls as one.
pub fn decide(
    polls: &[Polled],
    mut known: Known,
    authority: &TagAuthority,
    backlog: usize,
) -> Judgement {
    let known_entered = known.newest_entered;
    known.priorities.extend(polls.iter().map(|poll| (poll.source.clone(), poll.priority)));
    let mut court = Court {
        judgement: Judgement {
            tallies: vec![Tally::default(); polls.len()],
            last_entry: known.last_entry,
            last_story: known.last_story,
            last_sequence: known.last_sequence,
            ..Judgement::default()
        },
        known,
        authority,
    };
    for (fate, dates, poll_index, index) in in_order(polls, backlog, known_entered) {
        let Some(poll) = polls.get(poll_index) else { continue };
        let Some(item) = poll.arrivals.get(index) else { continue };
        let verdict = match (fate, &item.known) {
            (Fate::Dropped, _) => Verdict::Dropped,
            (fate, Some((number, entry, text))) => {
                let entered = (fate == Fate::Public).then_some(dates.entered);
                court.revise(poll, item, (*number, entry, text), entered)
            }
            (_, None) => court.admit(poll, item, dates, fate == Fate::Public),
        };
        if let Some(tally) = court.judgement.tallies.get_mut(poll_index) {
            match verdict {
                Verdict::New(_) => tally.new += 1,
                Verdict::Joins(_) => {
                    tally.new += 1;
                    tally.joined += 1;
                }
                Verdict::Updated(_) => tally.updated += 1,
                Verdict::Dropped => tally.dropped += 1,
            }
        }
        court.judgement.verdicts.push((poll_index, index, verdict));
    }
    court.judgement
}

struct Court<'a> {
    judgement: Judgement,
    known: Known,
    authority: &'a TagAuthority,
}

impl Court<'_> {
    fn next_entry(&mut self) -> EntryNumber {
        self.judgement.last_entry = self.judgement.last_entry.saturating_add(1);
        EntryNumber(self.judgement.last_entry)
    }

    /// A story as it is after what was judged so far.
    fn current(&self, number: StoryNumber) -> Option<&Story> {
        match self.judgement.stories.get(&number) {
            Some((_, now)) => Some(now),
            None => self.known.stories.get(&number),
        }
    }

    fn put(&mut self, number: StoryNumber, story: Story) {
        let before = self.known.stories.get(&number).cloned();
        self.judgement
            .stories
            .entry(number)
            .and_modify(|(_, now)| *now = story.clone())
            .or_insert((before, story));
    }

    /// Gives a story its place on the wire when it becomes public.
    fn make_public(&mut self, number: StoryNumber, story: &mut Story) {
        story.state = StoryState::Public;
        if story.sequence.is_none() {
            self.judgement.last_sequence = self.judgement.last_sequence.saturating_add(1);
            story.sequence = Some(self.judgement.last_sequence);
            self.judgement.wire.push((self.judgement.last_sequence, number));
        }
    }

    /// A new entry: it joins the story that its link names, or makes one.
    fn admit(
        &mut self,
        poll: &Polled,
        arrival: &Arrival,
        dates: Dates,
        is_public: bool,
    ) -> Verdict {
        let number = self.next_entry();
        let item = &arrival.item;
        let mark = arrival.mark().and_then(|mark| self.known.links.get(&mark).copied());
        let joined = arrival.links().find_map(|link| {
            let story = *self.known.links.get(link)?;
            // "agenda#march" has the name of the agenda, since nobody else had; "agenda#vigil" is another.
            if mark == Some(story) && item.canonical_link.as_ref() == Some(link) {
                return None;
            }
            // Two items of one source with one link are two items.
            let others =
                !self.current(story)?.members.iter().any(|member| member.source == poll.source);
            others.then(|| (story, link.clone()))
        });
        let (story, verdict) = match joined {
            Some((story, link)) => {
                self.join(story, number, poll, arrival, dates, is_public, &link);
                (story, Verdict::Joins(number))
            }
            None => (self.found(number, poll, arrival, dates, is_public), Verdict::New(number)),
        };
        self.name(story, arrival);
        self.link_editions(story, item);
        let entry = Entry {
            source: poll.source.clone(),
            identity: arrival.item.identity.clone(),
            story,
            first_seen: poll.at,
            published: arrival.item.published,
            updated: arrival.item.updated,
            url: arrival.item.url.clone(),
            canonical_link: arrival.item.canonical_link.clone(),
            revision: 1,
            fingerprint: arrival.fingerprint,
            repairs: arrival.item.repairs.clone(),
        };
        self.judgement.entries.push((number, entry, arrival.text.clone()));
        verdict
    }

    #[expect(clippy::too_many_arguments, reason = "one entry and how it came")]
    fn join(
        &mut self,
        number: StoryNumber,
        entry: EntryNumber,
        poll: &Polled,
        arrival: &Arrival,
        dates: Dates,
        is_public: bool,
        link: &str,
    ) {
        let Some(mut story) = self.current(number).cloned() else { return };
        story.members.push(Member {
            entry,
            source: poll.source.clone(),
            organisation: poll.organisation.clone(),
            joined_by: format!("link {link}"),
        });
        merge_tags(&mut story.tags, &arrival.tags);
        self.note_member(entry, arrival, Some(&story));
        let lead_priority = story
            .members
            .iter()
            .find(|member| member.entry == story.lead)
            .and_then(|member| self.known.priorities.get(&member.source))
            .copied()
            .unwrap_or_default();
        // Whoever was seen first, the words of the original are shown.
        let is_original = poll.priority == lead_priority
            && arrival.place == Place::Home
            && self.known.copies.contains(&story.lead);
        if (poll.priority > lead_priority || is_original) && !arrival.is_excluded {
            story.lead = entry;
            story.language.clone_from(&arrival.text.language);
        }
        story.revision = story.revision.saturating_add(1);
        if story.state == StoryState::Backlog && is_public && !arrival.is_excluded {
            story.entered = dates.entered;
            self.make_public(number, &mut story);
        }
        self.sift(number, &mut story, is_public.then_some(dates.entered));
        self.put(number, story);
    }

    /// A new story, with the id that it keeps.
    fn found(
        &mut self,
        entry: EntryNumber,
        poll: &Polled,
        arrival: &Arrival,
        dates: Dates,
        is_public: bool,
    ) -> StoryNumber {
        self.judgement.last_story = self.judgement.last_story.saturating_add(1);
        let number = StoryNumber(self.judgement.last_story);
        let guid = arrival
            .item
            .guid
            .as_ref()
            .filter(|guid| is_absolute_iri(guid) && !self.known.ids.contains_key(*guid))
            // Nobody else makes ids in our own space.
            .filter(|guid| !self.authority.is_ours(guid));
        let published_id = guid.cloned().unwrap_or_else(|| {
            let id = self.authority.story(&poll.source, &arrival.item.identity);
            if self.known.ids.contains_key(&id) {
                // The source used one identity for two articles.
                self.authority
                    .story(&poll.source, &format!("{} {}", arrival.item.identity, entry.0))
            } else {
                id
            }
        });
        self.known.ids.insert(published_id.clone(), number);
        self.judgement.ids.push((published_id.clone(), number));
        let mut story = Story {
            published_id,
            members: vec![Member {
                entry,
                source: poll.source.clone(),
                organisation: poll.organisation.clone(),
                joined_by: String::new(),
            }],
            lead: entry,
            first_seen: poll.at,
            published: dates.published,
            updated: dates.updated,
            updated_moved: None,
            sort_date: dates.sort,
            entered: dates.entered,
            sequence: None,
            revision: 1,
            state: StoryState::Backlog,
            language: arrival.text.language.clone(),
            tags: arrival.tags.clone(),
            editions: Vec::new(),
        };
        self.note_member(entry, arrival, None);
        if is_public && arrival.is_excluded {
            story.state = StoryState::Excluded;
        } else if is_public {
            self.make_public(number, &mut story);
        }
        self.put(number, story);
        number
    }

    /// A new revision of a known entry: id, first sight and dates stay.
    fn revise(
        &mut self,
        poll: &Polled,
        arrival: &Arrival,
        (number, before, words_before): (EntryNumber, &Entry, &Text),
        entered: Option<DateTime<Utc>>,
    ) -> Verdict {
        let mut entry = before.clone();
        entry.revision = entry.revision.saturating_add(1);
        entry.fingerprint = arrival.fingerprint;
        entry.updated = arrival.item.updated.or(entry.updated);
        entry.url.clone_from(&arrival.item.url);
        entry.canonical_link.clone_from(&arrival.item.canonical_link);
        entry.identity.clone_from(&arrival.item.identity);
        entry.repairs.clone_from(&arrival.item.repairs);
        self.name(entry.story, arrival);
        if let Some(mut story) = self.current(entry.story).cloned() {
            story.revision = story.revision.saturating_add(1);
            if story.lead == number {
                let may_move =
                    story.updated_moved.is_none_or(|moved| poll.at - moved >= TimeDelta::days(1));
                // What our own outputs told may be less than the source had given.
                let is_news =
                    before.fingerprint != RECALLED && is_substantive(words_before, &arrival.text);
                if may_move && is_news {
                    story.updated = story.updated.max(poll.at);
                    story.updated_moved = Some(poll.at);
                }
                story.language.clone_from(&arrival.text.language);
            }
            // Only one source speaks: its tags are the story's. Otherwise tags are only added.
            if story.members.len() == 1 {
                story.tags.clone_from(&arrival.tags);
            } else {
                merge_tags(&mut story.tags, &arrival.tags);
            }
            self.note_member(number, arrival, Some(&story));
            self.sift(entry.story, &mut story, entered);
            self.put(entry.story, story);
        }
        self.link_editions(entry.story, &arrival.item);
        self.judgement.entries.push((number, entry, arrival.text.clone()));
        Verdict::Updated(number)
    }
}
