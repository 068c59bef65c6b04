//! Which stories an output selects, and which entries a source does not publish.
//!
//! Phrases are found as those of tags are. What is decided here is stored by whoever asks: a rule
//! that changes floods no feed, so what an output carries is more than the rules of today.

use std::collections::{HashMap, HashSet};

use super::{Folded, Phrases};
use crate::model::{Editions, OutputRule, Source, Story, Text};

/// The selections of feeds.toml, ready to be applied to any number of stories.
#[derive(Debug)]
pub struct Selector {
    outputs: Vec<Selection>,
    sources: HashMap<String, Filter>,
}

/// One `[[output]]`.
#[derive(Debug)]
struct Selection {
    id: String,
    tags: HashSet<String>,
    languages: HashSet<String>,
    sources: HashSet<String>,
    organisations: HashSet<String>,
    filter: Filter,
}

/// `include` and `exclude`.
#[derive(Debug)]
struct Filter {
    include: Option<Phrases>,
    exclude: Option<Phrases>,
}

impl Filter {
    fn new(include: &[String], exclude: &[String]) -> Self {
        let compiled = |phrases: &[String]| {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            (!phrases.is_empty()).then(|| Phrases::new(&phrases))
        };
        Self { include: compiled(include), exclude: compiled(exclude) }
    }

    fn is_open(&self) -> bool {
        self.include.is_none() && self.exclude.is_none()
    }

    /// Where words may be lost, those that `include` asks for may have been among them.
    fn lets_through(&self, texts: &[Folded], is_partial: bool) -> bool {
        let occurs = |phrases: &Phrases| texts.iter().any(|text| phrases.any_in(text));
        (is_partial || self.include.as_ref().is_none_or(occurs))
            && !self.exclude.as_ref().is_some_and(occurs)
    }
}

impl Selector {
    /// Compiles what feeds.toml says.
    pub fn new(outputs: &[OutputRule], sources: &[Source]) -> Self {
        let set = |list: &[String]| list.iter().cloned().collect();
        let outputs = outputs.iter().map(|rule| Selection {
            id: rule.id.clone(),
            tags: set(&rule.tags),
            languages: match rule.editions {
                Editions::All => set(&rule.languages),
                // Which edition is shown is seen when all of them are known.
                Editions::Prefer => HashSet::new(),
            },
            sources: set(&rule.sources),
            organisations: set(&rule.organisations),
            filter: Filter::new(&rule.include, &rule.exclude),
        });
        let sources = sources
            .iter()
            .map(|source| (source.id.clone(), Filter::new(&source.include, &source.exclude)))
            .filter(|(_, filter)| !filter.is_open());
        Self { outputs: outputs.collect(), sources: sources.collect() }
    }

    /// Keeps to `include` and `exclude` of a further source.
    pub fn filter(&mut self, source: &str, include: &[String], exclude: &[String]) {
        let filter = Filter::new(include, exclude);
        if !filter.is_open() {
            self.sources.insert(source.to_owned(), filter);
        }
    }

    /// Whether there is any output to select for.
    pub fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Whether any output goes by words.
    pub fn reads_words(&self) -> bool {
        self.outputs.iter().any(|output| !output.filter.is_open())
    }

    /// Whether a source publishes only some of its entries.
    pub fn filters(&self, source: &str) -> bool {
        self.sources.contains_key(source)
    }

    /// Whether an entry of a source is not to be published; `is_partial` where words of it may be
    /// lost.
    pub fn excludes(&self, source: &str, text: &Text, is_partial: bool) -> bool {
        let filter = self.sources.get(source);
        filter.is_some_and(|filter| !filter.lets_through(&[Folded::of_story(text)], is_partial))
    }

    /// Ids of the outputs that select a story, in the order of feeds.toml. `texts` has the words of
    /// all of its entries; it may be empty where no output [reads words](Self::reads_words). `carried`
    /// says of an output whether it carries the story for words that may be lost.
    pub fn outputs(
        &self,
        story: &Story,
        texts: &[Folded],
        carried: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let any = |wanted: &HashSet<String>, mut has: &mut dyn Iterator<Item = &String>| {
            wanted.is_empty() || (&mut has).any(|one| wanted.contains(one))
        };
        let selects = |output: &&Selection| {
            any(&output.tags, &mut story.tags.iter().map(|tagged| &tagged.tag))
                && any(&output.languages, &mut std::iter::once(&story.language))
                && any(&output.sources, &mut story.members.iter().map(|member| &member.source))
                && any(
                    &output.organisations,
                    &mut story.members.iter().map(|member| &member.organisation),
                )
                && output.filter.lets_through(texts, carried(&output.id))
        };
        self.outputs.iter().filter(selects).map(|output| output.id.clone()).collect()
    }
}
