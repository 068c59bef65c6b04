//! Languages and tags, with reasons.
//!
//! A story has a tag because its source gives it to every story, because the source filed it
//! under a category that means the tag, or because one of the tag's phrases occurs in its words.
//! Each tag carries its reasons, which `explain` prints. A phrase is found as whole words, in any
//! case, with or without accents; an occurrence within one of the tag's `not` phrases does not
//! count ("climate of fear" is not about the climate).
//!
//! Nothing here is a pattern language: phrases are literal, all of them are looked for in one
//! pass, and the time is linear in the text. Words are compared as they are inflected; where
//! inflection is to be ignored as well, `fold` is the place, since text and phrases both pass
//! through it. Editors' decisions about tags are made elsewhere.

mod fold;
mod language;
mod phrases;
mod selection;
mod small_words;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use fold::Folded;
pub use language::language;
pub use phrases::{Occurrence, Phrases, phrases_in};
pub use selection::Selector;

use crate::model::{TagReason, TagRule, Tagged, Text};

/// Reasons of one tag beyond these are not kept: they would convince nobody more.
const MAX_REASONS: usize = 5;

/// The rules of feeds.toml, ready to be applied to any number of stories.
#[derive(Debug)]
pub struct Tagger {
    rules: Vec<Rule>,
    /// The phrases of all rules, each rule's `match` before its `not`.
    phrases: Phrases,
    /// To which rule each of them belongs, and as what.
    owners: Vec<Owner>,
    /// Folded labels of categories, to the rules that they mean.
    categories: HashMap<String, Vec<usize>>,
    /// Ids of tags, former ones included, to their rules.
    ids: HashMap<String, usize>,
}

#[derive(Debug)]
struct Rule {
    id: String,
    phrases: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Owner {
    /// The phrase of that number gives the tag of that rule.
    Gives(usize, usize),
    /// Occurrences within it do not count for that rule.
    Forbids(usize),
}

impl Tagger {
    /// Compiles the rules, in the order of feeds.toml.
    pub fn new(rules: &[TagRule]) -> Self {
        let mut phrases = Vec::new();
        let mut owners = Vec::new();
        let mut categories: HashMap<String, Vec<usize>> = HashMap::new();
        let mut ids = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            for (number, phrase) in rule.phrases.iter().enumerate() {
                phrases.push(phrase.as_str());
                owners.push(Owner::Gives(index, number));
            }
            for phrase in &rule.not {
                phrases.push(phrase.as_str());
                owners.push(Owner::Forbids(index));
            }
            let names = rule.names.iter().map(|(_, name)| name);
            for label in rule.categories.iter().chain([&rule.name]).chain(names) {
                let meant = categories.entry(fold::label(label)).or_default();
                if meant.last() != Some(&index) {
                    meant.push(index);
                }
            }
            ids.entry(rule.id.clone()).or_insert(index);
        }
        // A former id names its tag, unless another tag bears it now.
        for (index, rule) in rules.iter().enumerate() {
            for was in &rule.was {
                ids.entry(was.clone()).or_insert(index);
            }
        }
        // A label without a letter means nothing.
        categories.remove("");
        let rules = rules
            .iter()
            .map(|rule| Rule { id: rule.id.clone(), phrases: rule.phrases.clone() })
            .collect();
        Self { rules, phrases: Phrases::new(&phrases), owners, categories, ids }
    }

    /// The id that a tag has now, by that or a former one; `None` where there is no such tag.
    pub fn id(&self, id: &str) -> Option<&str> {
        let rule = self.ids.get(id).and_then(|index| self.rules.get(*index));
        rule.map(|rule| rule.id.as_str())
    }

    /// The tags of a story: those of the rules in the order of feeds.toml, then those that only
    /// its source names, each with its reasons.
    pub fn tags(&self, source: &str, source_tags: &[String], text: &Text) -> Vec<Tagged> {
        let mut reasons: Vec<Vec<TagReason>> = vec![Vec::new(); self.rules.len()];
        let mut add = |rule: usize, reason: TagReason| {
            if let Some(reasons) = reasons.get_mut(rule)
                && reasons.len() < MAX_REASONS
                && !reasons.contains(&reason)
            {
                reasons.push(reason);
            }
        };
        let mut others: Vec<Tagged> = Vec::new();
        for tag in source_tags {
            let reason = TagReason::Source(source.to_owned());
            match self.ids.get(tag) {
                Some(rule) => add(*rule, reason),
                None if others.iter().any(|other| other.tag == *tag) => {}
                None => others.push(Tagged { tag: tag.clone(), reasons: vec![reason] }),
            }
        }
        for category in &text.categories {
            for rule in self.categories.get(&fold::label(category)).into_iter().flatten() {
                add(*rule, TagReason::Category(category.clone()));
            }
        }
        if !self.owners.is_empty() {
            for (rule, phrase) in self.phrases_that_count(&Folded::of_story(text)) {
                add(rule, TagReason::Phrase(phrase.to_owned()));
            }
        }
        let tagged = self.rules.iter().zip(reasons).filter(|(_, reasons)| !reasons.is_empty());
        let tagged = tagged.map(|(rule, reasons)| Tagged { tag: rule.id.clone(), reasons });
        tagged.chain(others).collect()
    }

    /// Each (rule, phrase) that occurs at least once outside the rule's `not` phrases, in the
    /// order of feeds.toml.
    fn phrases_that_count(&self, text: &Folded) -> Vec<(usize, &str)> {
        let mut forbidden: HashMap<usize, Vec<Occurrence>> = HashMap::new();
        let mut given = Vec::new();
        for occurrence in self.phrases.occurrences(text) {
            match self.owners.get(occurrence.phrase) {
                Some(Owner::Gives(rule, number)) => given.push((*rule, *number, occurrence)),
                Some(Owner::Forbids(rule)) => {
                    forbidden.entry(*rule).or_default().push(occurrence);
                }
                None => {}
            }
        }
        let forbidden: HashMap<usize, Spans> =
            forbidden.into_iter().map(|(rule, spans)| (rule, Spans::new(spans))).collect();
        given.retain(|(rule, _, occurrence)| {
            !forbidden.get(rule).is_some_and(|spans| spans.cover(*occurrence))
        });
        let mut counting: Vec<(usize, usize)> =
            given.into_iter().map(|(rule, number, _)| (rule, number)).collect();
        counting.sort_unstable();
        counting.dedup();
        let phrase = |(rule, number): (usize, usize)| {
            Some((rule, self.rules.get(rule)?.phrases.get(number)?.as_str()))
        };
        counting.into_iter().filter_map(phrase).collect()
    }
}

/// Stretches of text, to ask whether one of them covers another stretch.
#[derive(Debug)]
struct Spans {
    /// (start, the furthest end of all that begin no later), by start.
    reach: Vec<(usize, usize)>,
}

impl Spans {
    fn new(mut spans: Vec<Occurrence>) -> Self {
        spans.sort_unstable_by_key(|span| span.start);
        let mut furthest = 0;
        let reach = spans.into_iter().map(|span| {
            furthest = span.end.max(furthest);
            (span.start, furthest)
        });
        Self { reach: reach.collect() }
    }

    fn cover(&self, occurrence: Occurrence) -> bool {
        let until = self.reach.partition_point(|(start, _)| *start <= occurrence.start);
        let last = until.checked_sub(1).and_then(|index| self.reach.get(index));
        last.is_some_and(|(_, furthest)| *furthest >= occurrence.end)
    }
}
