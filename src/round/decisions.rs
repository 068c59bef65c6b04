//! Editors' decisions: kept under the identities of a story's entries, and put into force at once.
//!
//! Those of feeds.toml are looked up before and after polling: one whose story is not known yet
//! waits, one that is not in the file any more is taken back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::departed::Departed;
use super::find::find_story;
use super::retag::{self, SourceTags};
use crate::config::{Action, Config};
use crate::model::{Decision, Origin, Ruling, Story, StoryNumber, StoryState, Verb};
use crate::poll::select_outputs;
use crate::store::{Changes, Result, Store, View};
use crate::story::{Shown, leading, put_into_force};
use crate::tag::{Selector, Tagger};

/// What is decided about a story: what is kept under any of its entries.
///
/// # Errors
/// Where the store cannot be read.
pub fn decision_of(view: &View, story: &Story) -> Result<Decision> {
    for member in &story.members {
        let identity = view.entry(member.entry)?.identity_hash();
        if let Some(decision) = view.decision(&member.source, identity)? {
            return Ok(decision);
        }
    }
    Ok(Decision::default())
}

/// A story about which something was decided.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Its number.
    pub number: StoryNumber,
    /// The story as it is now.
    pub story: Story,
    /// Everything that is decided about it now.
    pub decision: Decision,
    /// Whether subscribers see something else now.
    pub has_changed: bool,
}

/// Keeps what a command decides about stories. Of one that was taken down nothing is decided.
///
/// # Errors
/// Where the store cannot be used.
pub fn decide(
    store: &Store,
    config: &Config,
    tagger: &Tagger,
    stories: &[StoryNumber],
    verbs: &[Verb],
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Decided>> {
    let mut writing = store.writing();
    let mut docket = Docket::new(&writing, config, tagger)?;
    let mut decided = Vec::new();
    for number in stories.iter().collect::<BTreeSet<_>>() {
        let story = writing.story(*number)?;
        let before = decision_of(&writing, &story)?;
        let mut decision = before.clone();
        for verb in verbs {
            let is_of_file = |ruling: &Ruling| {
                ruling.origin == Origin::File && matches!(ruling.verb, Verb::Hide)
            };
            if *verb == Verb::Show && !decision.rulings.iter().any(is_of_file) {
                // Nothing hides it but the command that is taken back.
                decision.take_back(Origin::Command, verb);
                continue;
            }
            decision.add(Ruling {
                origin: Origin::Command,
                verb: verb.clone(),
                at: now,
                note: note.map(str::to_owned),
            });
        }
        if story.state == StoryState::TakenDown {
            decided.push(Decided { number: *number, story, decision: before, has_changed: false });
            continue;
        }
        let (story, has_changed) = docket.keep(*number, story, &before, &decision)?;
        decided.push(Decided { number: *number, story, decision, has_changed });
    }
    let changes = docket.changes(now)?;
    writing.commit(&changes)?;
    writing.flush()?;
    Ok(decided)
}

/// Puts the decisions of feeds.toml into force, and takes back those that are not in it any more;
/// gives the stories of which there are none yet, as the file names them.
///
/// # Errors
/// Where the store cannot be used.
pub fn apply_file(
    store: &Store,
    config: &Config,
    tagger: &Tagger,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let mut writing = store.writing();
    let view = &*writing;
    if config.decisions.is_empty() && !view.has_decisions()? {
        return Ok(Vec::new());
    }
    let mut unknown = Vec::new();
    let mut wanted: BTreeMap<StoryNumber, Vec<(Verb, Option<String>)>> = BTreeMap::new();
    for rule in &config.decisions {
        let tag = || rule.with.clone().unwrap_or_default();
        let verb = match rule.action {
            Action::Hide => Verb::Hide,
            Action::Tag => Verb::Tag(tag()),
            Action::Untag => Verb::Untag(tag()),
            Action::Approve | Action::Join | Action::Split => continue,
        };
        match find_story(view, &rule.story)? {
            Some(number) => {
                wanted.entry(number).or_default().push((verb, rule.note.clone()));
            }
            None => unknown.push(rule.story.clone()),
        }
    }
    let mut numbers: BTreeSet<StoryNumber> = wanted.keys().copied().collect();
    for pair in view.decisions() {
        let ((source, identity), decision) = pair?;
        if decision.is_of_file()
            && let Some(entry) = view.seen_hash(&source, identity)?.and_then(|seen| seen.entry)
        {
            numbers.insert(view.entry(entry)?.story);
        }
    }
    let mut docket = Docket::new(view, config, tagger)?;
    for number in numbers {
        let story = view.story(number)?;
        if story.state == StoryState::TakenDown {
            continue;
        }
        let before = decision_of(view, &story)?;
        let mut decision = Decision {
            rulings: (before.rulings.iter())
                .filter(|ruling| ruling.origin != Origin::File)
                .cloned()
                .collect(),
        };
        for (verb, note) in wanted.get(&number).into_iter().flatten() {
            let is_known = |ruling: &&Ruling| ruling.origin == Origin::File && ruling.verb == *verb;
            let known = before.rulings.iter().find(is_known);
            decision.add(Ruling {
                origin: Origin::File,
                verb: verb.clone(),
                at: known.map_or(now, |ruling| ruling.at),
                note: note.clone(),
            });
        }
        if !decision.rulings.iter().any(|it| it.origin == Origin::File && it.verb == Verb::Hide) {
            // It said that the file was wrong, and the file says nothing any more.
            decision.rulings.retain(|ruling| ruling.verb != Verb::Show);
        }
        if is_same(&before, &decision) {
            continue;
        }
        docket.keep(number, story, &before, &decision)?;
    }
    let changes = docket.changes(now)?;
    if !changes.decisions.decisions.is_empty() {
        writing.commit(&changes)?;
        writing.flush()?;
    }
    Ok(unknown)
}

/// Whether two decisions hold the same rulings, in whatever order.
fn is_same(one: &Decision, other: &Decision) -> bool {
    one.rulings.len() == other.rulings.len()
        && one.rulings.iter().all(|ruling| other.rulings.contains(ruling))
}

/// Collects what follows from decisions.
pub(super) struct Docket<'a> {
    pub(super) view: &'a View,
    pub(super) tagger: &'a Tagger,
    pub(super) tags: SourceTags,
    selector: Selector,
    /// Of the sources.
    priorities: HashMap<String, i64>,
    stories: BTreeMap<StoryNumber, (Story, Story)>,
    /// Everything but the stories.
    pub(super) changes: Changes,
}

impl<'a> Docket<'a> {
    pub(super) fn new(view: &'a View, config: &'a Config, tagger: &'a Tagger) -> Result<Self> {
        let departed = Departed::of(view, config)?;
        Ok(Self {
            view,
            tagger,
            tags: retag::tags_of_sources(config, &departed),
            selector: departed.selector(&config.outputs, &config.sources),
            priorities: retag::priorities(config, &departed),
            stories: BTreeMap::new(),
            changes: Changes::default(),
        })
    }

    /// Keeps a decision under every entry of its story, and brings the story into the state that
    /// follows; gives it, and whether it is another one.
    fn keep(
        &mut self,
        number: StoryNumber,
        story: Story,
        before: &Decision,
        decision: &Decision,
    ) -> Result<(Story, bool)> {
        for member in &story.members {
            let identity = self.view.entry(member.entry)?.identity_hash();
            let key = (member.source.clone(), identity);
            self.changes.decisions.decisions.push((key, Some(decision.clone())));
        }
        let mut after = story.clone();
        self.give_back_tags(&mut after, before, decision)?;
        put_into_force(&mut after, decision, |id| self.tagger.id(id).map(str::to_owned));
        let is_back = story.state == StoryState::Hidden && after.state != StoryState::Hidden;
        if is_back && self.shown(&after)?.is_empty() {
            after.state = StoryState::Excluded;
        }
        let has_changed = after.state != story.state || after.tags != story.tags;
        if has_changed {
            after.revision = story.revision.saturating_add(1);
            if story.is_public() != after.is_public() {
                self.tell_editions(&story)?;
            }
            self.stories.insert(number, (story, after.clone()));
        }
        Ok((after, has_changed))
    }

    /// The entries of a story that their sources publish.
    fn shown(&self, story: &Story) -> Result<Vec<Shown>> {
        let mut shown = Vec::new();
        for member in &story.members {
            let entry = self.view.entry(member.entry)?;
            let text = self.view.text(member.entry, entry.revision)?;
            if !self.selector.excludes(&member.source, &text, text.is_partial(&entry)) {
                let priority = self.priorities.get(member.source.as_str()).copied().unwrap_or(0);
                shown.push(Shown { entry: member.entry, priority });
            }
        }
        Ok(shown)
    }

    /// Whose words lead a story from which entries are gone, and whether it is out with what is
    /// left of it.
    pub(super) fn sift(&self, story: &mut Story) -> Result<()> {
        let best = leading(story.lead, &self.shown(story)?);
        match (story.state, best) {
            (StoryState::Public, None) => story.state = StoryState::Excluded,
            (StoryState::Excluded, Some(_)) if story.sequence.is_some() => {
                story.state = StoryState::Public;
            }
            _ => {}
        }
        let is_there = story.members.iter().any(|member| member.entry == story.lead);
        // One that is out with nobody's words still has those of one of its entries.
        let first = story.members.first().filter(|_| !is_there).map(|first| first.entry);
        if let Some(lead) = best.or(first).filter(|lead| *lead != story.lead) {
            story.lead = lead;
            let entry = self.view.entry(lead)?;
            story.language = self.view.text(lead, entry.revision)?.language;
        }
        Ok(())
    }

    /// Tags that rules give and that are refused no longer.
    fn give_back_tags(
        &self,
        story: &mut Story,
        before: &Decision,
        decision: &Decision,
    ) -> Result<()> {
        let refused = |decision: &Decision| -> BTreeSet<String> {
            let refused = decision.in_force().filter_map(|ruling| match &ruling.verb {
                Verb::Untag(tag) => Some(self.tagger.id(tag).unwrap_or(tag).to_owned()),
                _ => None,
            });
            refused.collect()
        };
        let free: BTreeSet<String> =
            refused(before).difference(&refused(decision)).cloned().collect();
        if !free.is_empty() {
            let given = retag::tags(self.view, story, self.tagger, &self.tags)?;
            let is_back = |tagged: &crate::model::Tagged| {
                free.contains(&tagged.tag) && story.tags.iter().all(|has| has.tag != tagged.tag)
            };
            let back: Vec<_> = given.into_iter().filter(is_back).collect();
            story.tags.extend(back);
        }
        Ok(())
    }

    /// Stories that link to this one as their translation show something else now.
    fn tell_editions(&mut self, story: &Story) -> Result<()> {
        for edition in &story.editions {
            let (_, after) = self.change(*edition)?;
            after.revision = after.revision.saturating_add(1);
        }
        Ok(())
    }

    /// A story that is to be changed: as it was, and as it will be.
    pub(super) fn change(&mut self, number: StoryNumber) -> Result<&mut (Story, Story)> {
        Ok(match self.stories.entry(number) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let story = self.view.story(number)?;
                place.insert((story.clone(), story))
            }
        })
    }

    /// Everything that is to be written.
    pub(super) fn changes(self, now: DateTime<Utc>) -> Result<Changes> {
        let stories = self.stories.into_iter();
        let stories = stories.map(|(number, (before, after))| (number, Some(before), after));
        let mut changes = Changes { at: Some(now), stories: stories.collect(), ..self.changes };
        select_outputs(self.view, &self.selector, &mut changes)?;
        Ok(changes)
    }
}
