//! When the rules of feeds.toml change that decide about stories, stories that are known get what
//! the new rules give: tags, places in outputs, and whether their sources publish them at all.
//!
//! A feed that people already read is not flooded by it: at most `backlog` old stories enter it,
//! the newest. What leaves leaves at once. Names that changed (`was`) are none of this: who was in
//! a feed is in it under its new name.

mod foresee;

pub use foresee::{Entering, Foreseen, Named, StoryList, foresee};

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::decisions::decision_of;
use super::departed::Departed;
use super::former::Former;
use crate::config::Config;
use crate::model::{
    Editions, OutputKey, OutputKind, OutputRule, Source, Story, StoryNumber, StoryState, TagReason,
    Tagged, Text, merge_tags,
};
use crate::store::{Changes, Counters, Result, Store, View};
use crate::story::{Shown, leading, put_into_force};
use crate::tag::{Folded, Selector, Tagger};

/// Raised when the same rules come to give other tags, or other places in outputs.
const TAGGER_VERSION: u32 = 2;

/// Everything that decides about stories which are known.
#[derive(Serialize)]
struct Rules<'a> {
    version: u32,
    tags: &'a [crate::model::TagRule],
    sources: BTreeMap<&'a str, [&'a [String]; 3]>,
    outputs: Vec<Selects<'a>>,
    organisations: Vec<(&'a str, &'a [String])>,
}

/// What selects the stories of an output; how it shows them decides about none.
#[derive(Serialize)]
struct Selects<'a> {
    id: &'a str,
    lists: [&'a [String]; 7],
    editions: Editions,
}

impl<'a> Rules<'a> {
    fn of(config: &'a Config) -> Self {
        let source = |source: &'a Source| {
            (source.id.as_str(), [&*source.tags, &*source.include, &*source.exclude])
        };
        let output = |rule: &'a OutputRule| Selects {
            id: &rule.id,
            lists: [
                &rule.was,
                &rule.tags,
                &rule.languages,
                &rule.sources,
                &rule.organisations,
                &rule.include,
                &rule.exclude,
            ],
            editions: rule.editions,
        };
        Self {
            version: TAGGER_VERSION,
            tags: &config.tags,
            // The order of a hash map is not the same in the next process.
            sources: config.sources.iter().map(source).collect(),
            outputs: config.outputs.iter().map(output).collect(),
            organisations: config
                .organisations
                .iter()
                .map(|organisation| (organisation.id.as_str(), &*organisation.was))
                .collect(),
        }
    }

    fn digest(&self) -> u128 {
        postcard::to_stdvec(self).map_or(0, |bytes| xxh3_128(&bytes))
    }
}

/// Gives stories what changed rules give; returns how many stories changed.
///
/// # Errors
/// Where the store cannot be used.
pub fn retag(store: &Store, config: &Config, tagger: &Tagger) -> Result<usize> {
    go_over(store, config, tagger, None)
}

/// The same where a round that began with other rules has brought stories since, from this one on. What
/// the rules gave to the others is not given once more, with new room for old stories.
///
/// # Errors
/// Where the store cannot be used.
pub fn retag_again(
    store: &Store,
    config: &Config,
    tagger: &Tagger,
    from: StoryNumber,
) -> Result<usize> {
    go_over(store, config, tagger, Some(from))
}

fn go_over(
    store: &Store,
    config: &Config,
    tagger: &Tagger,
    again_from: Option<StoryNumber>,
) -> Result<usize> {
    let digest = Rules::of(config).digest();
    let mut writing = store.writing();
    let store = &*writing;
    let from = match (store.rules()? == Some(digest), again_from) {
        (true, None) => return Ok(0),
        (true, Some(from)) => from,
        (false, _) => StoryNumber::default(),
    };
    let mut pass = Pass::new(store, config, tagger)?;
    for number in newest_first(store)?.into_iter().filter(|number| *number >= from) {
        pass.story(number)?;
    }
    let Pass { mut changes, counters, .. } = pass;
    let changed = changes.stories.len();
    changes.counters = Some(counters);
    changes.rules = Some(digest);
    writing.commit(&changes)?;
    writing.flush()?;
    Ok(changed)
}

/// All stories, those that are out before the others, and the newest first: they are the ones for
/// which there is room.
fn newest_first(store: &View) -> Result<Vec<StoryNumber>> {
    let mut stories: Vec<StoryNumber> =
        store.members(&OutputKey::all()).collect::<Result<Vec<_>>>()?;
    let mut others = Vec::new();
    for story in store.stories() {
        let (number, story) = story?;
        if !story.is_public() {
            others.push((Reverse(story.entered), number));
        }
    }
    others.sort_unstable();
    stories.extend(others.into_iter().map(|(_, number)| number));
    Ok(stories)
}

/// Which copy leads, for each source that feeds.toml has or had.
pub(super) fn priorities(config: &Config, departed: &Departed) -> HashMap<String, i64> {
    let sources = config.sources.iter().map(|source| (source.id.as_str(), source.priority));
    departed.priorities().chain(sources).map(|(id, priority)| (id.to_owned(), priority)).collect()
}

/// The tags that sources give to every story of theirs, those that have left feeds.toml included.
pub(super) type SourceTags = HashMap<String, Vec<String>>;

pub(super) fn tags_of_sources(config: &Config, departed: &Departed) -> SourceTags {
    let sources = config.sources.iter().map(|source| (&source.id, &source.tags));
    let all = departed.tags().chain(sources).filter(|(_, tags)| !tags.is_empty());
    all.map(|(id, tags)| (id.clone(), tags.clone())).collect()
}

/// The tags that the rules of feeds.toml give to a story.
///
/// # Errors
/// Where the store cannot be read.
pub fn tags_by_rules(
    store: &View,
    config: &Config,
    tagger: &Tagger,
    story: &Story,
) -> Result<Vec<Tagged>> {
    let departed = Departed::of(store, config)?;
    tags(store, story, tagger, &tags_of_sources(config, &departed))
}

/// The tags that all entries of a story give together.
pub(super) fn tags(
    store: &View,
    story: &Story,
    tagger: &Tagger,
    sources: &SourceTags,
) -> Result<Vec<Tagged>> {
    let mut all: Vec<Tagged> = Vec::new();
    for member in &story.members {
        let entry = store.entry(member.entry)?;
        let text = store.text(member.entry, entry.revision)?;
        let given = sources.get(&member.source).map(Vec::as_slice).unwrap_or_default();
        merge_tags(&mut all, &tagger.tags(&member.source, given, &text));
    }
    Ok(all)
}

/// The tags of a story that is known from our outputs, as far as they still are: the words that
/// gave them may be lost.
pub(super) fn published_tags(story: &Story, is_tag: impl Fn(&str) -> bool) -> Vec<Tagged> {
    let is_kept =
        |tagged: &&Tagged| tagged.reasons.contains(&TagReason::Published) && is_tag(&tagged.tag);
    story.tags.iter().filter(is_kept).cloned().collect()
}

/// The words of an entry.
struct Words {
    text: Text,
    /// Whether some of them may be lost.
    is_partial: bool,
}

/// What becomes of a story.
struct Judged {
    before: Story,
    after: Story,
    was_selected: Vec<String>,
    selected: Vec<String>,
}

/// One walk over all stories.
struct Pass<'a> {
    store: &'a View,
    tagger: &'a Tagger,
    selector: Selector,
    /// Tags that sources give to every story of theirs.
    given: SourceTags,
    priorities: HashMap<String, i64>,
    tags: HashSet<&'a str>,
    former: Former<'a>,
    /// How many old stories may still enter a feed.
    room: HashMap<OutputKey, usize>,
    backlog: usize,
    has_decisions: bool,
    counters: Counters,
    /// Stories that change are held until all are known, and written as one: after a crash half way
    /// the room for old stories would begin anew.
    changes: Changes,
}

impl<'a> Pass<'a> {
    fn new(store: &'a View, config: &'a Config, tagger: &'a Tagger) -> Result<Self> {
        let former = Former::of(config);
        let departed = Departed::of(store, config)?;
        let mut room = HashMap::new();
        for tag in &config.tags {
            let key = OutputKey { kind: OutputKind::Tag, id: tag.id.clone() };
            // A feed that never was has no readers.
            if former.output(store, &key)?.is_none() {
                room.insert(key, usize::MAX);
            }
        }
        Ok(Self {
            store,
            tagger,
            selector: departed.selector(&config.outputs, &config.sources),
            given: tags_of_sources(config, &departed),
            priorities: priorities(config, &departed),
            tags: config.tags.iter().map(|tag| tag.id.as_str()).collect(),
            former,
            room,
            backlog: config.publish.backlog,
            has_decisions: store.has_decisions()?,
            counters: store.counters()?,
            changes: Changes::default(),
        })
    }

    /// Whether there is room for an old story in a feed; takes it.
    fn enters(&mut self, kind: OutputKind, id: &str) -> bool {
        let key = OutputKey { kind, id: id.to_owned() };
        let left = self.room.entry(key).or_insert(self.backlog);
        let enters = *left > 0;
        *left = left.saturating_sub(1);
        enters
    }

    /// Notes what becomes of a story.
    fn story(&mut self, number: StoryNumber) -> Result<()> {
        let Some(Judged { before, mut after, was_selected, selected }) = self.judged(number)?
        else {
            return Ok(());
        };
        if after != before {
            after.revision = after.revision.saturating_add(1);
            self.changes.stories.push((number, Some(before), after));
        }
        if selected != was_selected {
            self.changes.selected.push((number, selected));
        }
        Ok(())
    }

    /// What becomes of a story; `None` of one that was taken down.
    fn judged(&mut self, number: StoryNumber) -> Result<Option<Judged>> {
        let before = self.store.story(number)?;
        if before.state == StoryState::TakenDown {
            return Ok(None);
        }
        let mut after = before.clone();
        self.rename(&mut after);
        let mut texts = Vec::with_capacity(after.members.len());
        for member in &after.members {
            let entry = self.store.entry(member.entry)?;
            let text = self.store.text(member.entry, entry.revision)?;
            let is_partial = text.is_partial(&entry);
            texts.push(Words { text, is_partial });
        }
        self.sift(number, &mut after, &texts);
        after.tags = self.tags(&after, &texts, before.is_public());
        // What an editor decided stands, whatever the rules are.
        if self.has_decisions {
            // Decisions are kept under the names that the store knows.
            let decision = decision_of(self.store, &before)?;
            put_into_force(&mut after, &decision, |id| self.tagger.id(id).map(str::to_owned));
            after.revision = before.revision;
        }
        let was_selected = self.store.selected(number)?;
        let selected = self.select(&after, &was_selected, &texts);
        Ok(Some(Judged { before, after, was_selected, selected }))
    }

    /// Sources, tags and organisations under the names that they have now.
    fn rename(&self, story: &mut Story) {
        for member in &mut story.members {
            member.source = self.former.sources.today(&member.source).to_owned();
            member.organisation = self.former.organisations.today(&member.organisation).to_owned();
        }
        let mut tags = Vec::with_capacity(story.tags.len());
        for Tagged { tag, reasons } in story.tags.drain(..) {
            let tag = self.former.tags.today(&tag).to_owned();
            merge_tags(&mut tags, &[Tagged { tag, reasons }]);
        }
        story.tags = tags;
    }

    /// Whether the sources of a story publish it, and whose words lead it.
    fn sift(&mut self, number: StoryNumber, story: &mut Story, texts: &[Words]) {
        let priorities = &self.priorities;
        let priority = |source: &str| priorities.get(source).copied().unwrap_or_default();
        let shown: Vec<Shown> = (story.members.iter().zip(texts))
            .filter(|(member, Words { text, is_partial })| {
                !self.selector.excludes(&member.source, text, *is_partial)
            })
            .map(|(member, _)| Shown { entry: member.entry, priority: priority(&member.source) })
            .collect();
        let best = leading(story.lead, &shown);
        if let Some(lead) = best.filter(|lead| *lead != story.lead) {
            let words = story.members.iter().zip(texts).find(|(member, _)| member.entry == lead);
            if let Some((_, Words { text, .. })) = words {
                story.language.clone_from(&text.language);
            }
            story.lead = lead;
        }
        match (story.state, best) {
            (StoryState::Public, None) => story.state = StoryState::Excluded,
            (StoryState::Excluded, Some(_)) if story.sequence.is_some() => {
                story.state = StoryState::Public;
            }
            (StoryState::Excluded, Some(_)) if self.enters(OutputKind::All, "") => {
                // It keeps the time at which it came, so that it is no news.
                self.counters.next_sequence = self.counters.next_sequence.saturating_add(1);
                story.state = StoryState::Public;
                story.sequence = Some(self.counters.next_sequence);
                self.changes.wire.push((self.counters.next_sequence, number));
            }
            (StoryState::Excluded, Some(_)) => story.state = StoryState::Backlog,
            _ => {}
        }
    }

    /// The tags that all entries of a story give together, as far as there is room.
    fn tags(&mut self, story: &Story, texts: &[Words], was_public: bool) -> Vec<Tagged> {
        let mut given: Vec<Tagged> = Vec::new();
        for (member, Words { text, .. }) in story.members.iter().zip(texts) {
            let of_source = self.given.get(&member.source).map(Vec::as_slice).unwrap_or_default();
            merge_tags(&mut given, &self.tagger.tags(&member.source, of_source, text));
        }
        merge_tags(&mut given, &published_tags(story, |id| self.tags.contains(id)));
        given.retain(|tagged| {
            let had = story.tags.iter().any(|old| old.tag == tagged.tag);
            had || !was_public || self.enters(OutputKind::Tag, &tagged.tag)
        });
        given
    }

    /// Ids of the outputs of feeds.toml that carry a story, as far as there is room.
    fn select(&mut self, story: &Story, selected: &[String], texts: &[Words]) -> Vec<String> {
        let folded: Vec<Folded> = if self.selector.reads_words() {
            texts.iter().map(|words| Folded::of_story(&words.text)).collect()
        } else {
            Vec::new()
        };
        let had: HashSet<&str> =
            selected.iter().map(|output| self.former.outputs.today(output)).collect();
        let is_partial = texts.iter().any(|words| words.is_partial);
        let carried = |id: &str| is_partial && had.contains(id);
        let mut given = self.selector.outputs(story, &folded, carried);
        let mut kept = Vec::with_capacity(given.len());
        for id in given.drain(..) {
            let is_old_there = had.contains(id.as_str()) || !story.is_public();
            if is_old_there || self.enters(OutputKind::Output, &id) {
                kept.push(id);
            }
        }
        kept
    }
}
