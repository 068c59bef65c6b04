//! Foreseeing: what changed rules would do to the stories that are known, while nothing is stored.
//! The same walk over the stories decides it that gives them new rules, so that both say the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Former, Judged, Pass, Rules, newest_first};
use crate::config::Config;
use crate::model::{Story, StoryNumber};
use crate::store::{Result, View};
use crate::tag::Tagger;

/// Stories that are named in a list; the others are counted.
const MOST_NAMED: usize = 100;

/// What changed rules would do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// By id of a tag: stories that are out and would gain or lose it.
    pub tags: BTreeMap<String, Entering>,
    /// By id of an output of feeds.toml: stories that would enter or leave it.
    pub outputs: BTreeMap<String, Entering>,
    /// Stories that would come out, and those that no source would publish any more.
    pub stories: Entering,
}

/// Who would come, and who would go.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Entering {
    /// Who would come.
    pub gained: StoryList,
    /// Who would go.
    pub lost: StoryList,
}

/// Some stories, the newest first.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StoryList {
    /// How many they are.
    pub count: u64,
    /// The first of them.
    pub named: Vec<Named>,
}

/// A story as maintainers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its permalink, where it has one.
    pub url: Option<String>,
}

/// What subscribers see of a story, as far as rules decide about it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    is_out: bool,
    tags: BTreeSet<String>,
    outputs: BTreeSet<String>,
}

impl Place {
    /// Under the names of today.
    fn of(story: &Story, selected: &[String], former: &Former<'_>) -> Self {
        let tag = |id: &str| former.tags.today(id).to_owned();
        let output = |id: &String| former.outputs.today(id).to_owned();
        Self {
            is_out: story.is_public(),
            tags: story.tags.iter().map(|tagged| tag(&tagged.tag)).collect(),
            outputs: selected.iter().filter(|_| story.is_public()).map(output).collect(),
        }
    }
}

/// Compares what the stories have with what the rules of `new` would give them at the next `fetch`.
/// With `old` it is compared what the rules of the one and of the other would give.
///
/// # Errors
/// Where the store cannot be read.
pub fn foresee(store: &View, old: Option<&Config>, new: &Config) -> Result<Foreseen> {
    let former = Former::of(new);
    let order = newest_first(store)?;
    let before = match old {
        Some(old) => moved(store, old, &order, &former)?,
        None => HashMap::new(),
    };
    let after = moved(store, new, &order, &former)?;
    let mut foreseen = Foreseen::default();
    for number in order {
        let (old, new) = (before.get(&number), after.get(&number));
        if old == new {
            continue;
        }
        let story = store.story(number)?;
        let known = Place::of(&story, &store.selected(number)?, &former);
        let entry = store.entry(story.lead)?;
        let title = store.text(story.lead, entry.revision)?.title;
        let named = Named { number: number.0, title, url: entry.url };
        foreseen.compare(old.unwrap_or(&known), new.unwrap_or(&known), &named);
    }
    Ok(foreseen)
}

/// The stories that rules would move, with the places that they would have.
fn moved(
    store: &View,
    config: &Config,
    order: &[StoryNumber],
    former: &Former<'_>,
) -> Result<HashMap<StoryNumber, Place>> {
    let mut moved = HashMap::new();
    // Rules that are in force move nothing.
    if store.rules()? == Some(Rules::of(config).digest()) {
        return Ok(moved);
    }
    let tagger = Tagger::new(&config.tags);
    let mut pass = Pass::new(store, config, &tagger)?;
    for number in order {
        let Some(Judged { before, after, was_selected, selected }) = pass.judged(*number)? else {
            continue;
        };
        let place = Place::of(&after, &selected, former);
        if place != Place::of(&before, &was_selected, former) {
            moved.insert(*number, place);
        }
    }
    Ok(moved)
}

impl Foreseen {
    fn compare(&mut self, old: &Place, new: &Place, named: &Named) {
        if old.is_out != new.is_out {
            let list = if new.is_out { &mut self.stories.gained } else { &mut self.stories.lost };
            list.add(named);
        }
        // Of one that is not out, or will not be, that alone is said.
        if old.is_out && new.is_out {
            change(&mut self.tags, &old.tags, &new.tags, named);
        }
        change(&mut self.outputs, &old.outputs, &new.outputs, named);
    }
}

fn change(
    changes: &mut BTreeMap<String, Entering>,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
    named: &Named,
) {
    for id in new.difference(old) {
        changes.entry(id.clone()).or_default().gained.add(named);
    }
    for id in old.difference(new) {
        changes.entry(id.clone()).or_default().lost.add(named);
    }
}

impl StoryList {
    fn add(&mut self, named: &Named) {
        self.count = self.count.saturating_add(1);
        if self.named.len() < MOST_NAMED {
            self.named.push(named.clone());
        }
    }
}
