//! Sources that are no longer in feeds.toml: what it said of them last holds for their stories, which stay.

use std::collections::{HashMap, HashSet};

use super::former::Former;
use super::known_as;
use crate::config::Config;
use crate::model::{OutputRule, Source, SourceState, Terms};
use crate::store::{Changes, Result, View, Writing};
use crate::tag::Selector;

/// Keeps what feeds.toml says now of the sources that are known, also of those that are not polled.
///
/// # Errors
/// Where the store cannot be used.
pub(super) fn note_terms(writing: &mut Writing<'_>, config: &Config) -> Result<()> {
    let mut changes = Changes::default();
    for source in &config.sources {
        let id = known_as(writing, source)?;
        let terms = Some(Terms::of(source));
        if writing.knows_source(id)? {
            let state = writing.source(id)?;
            if state.terms != terms {
                changes.sources.push((id.to_owned(), SourceState { terms, ..state }));
            }
        }
    }
    if changes.sources.is_empty() { Ok(()) } else { writing.commit(&changes) }
}

/// What is known of sources that have left feeds.toml, by id.
#[derive(Debug, Default)]
pub(super) struct Departed(HashMap<String, Terms>);

impl Departed {
    /// Looks for them in the store.
    pub(super) fn of(store: &View, config: &Config) -> Result<Self> {
        let named = config.sources.iter().flat_map(|source| source.was.iter().chain([&source.id]));
        let named: HashSet<&str> = named.map(String::as_str).collect();
        let former = Former::of(config);
        let mut departed = HashMap::new();
        for id in store.source_ids()? {
            if !named.contains(id.as_str())
                && let Some(mut terms) = store.source(&id)?.terms
            {
                for tag in &mut terms.tags {
                    *tag = former.tags.today(tag).to_owned();
                }
                terms.tags.retain(|tag| config.tags.iter().any(|known| known.id == *tag));
                departed.insert(id, terms);
            }
        }
        Ok(Self(departed))
    }

    /// What feeds.toml said of a source that it has no longer.
    pub(super) fn terms(&self, id: &str) -> Option<&Terms> {
        self.0.get(id)
    }

    /// Those of them that give tags to every story of theirs.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.0.iter().map(|(id, terms)| (id, &terms.tags))
    }

    /// Which copy leads, for each of them.
    pub(super) fn priorities(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(id, terms)| (id.as_str(), terms.priority))
    }

    /// What these outputs select and sources publish, those that departed included.
    pub(super) fn selector(&self, outputs: &[OutputRule], sources: &[Source]) -> Selector {
        let mut selector = Selector::new(outputs, sources);
        for (id, Terms { include, exclude, .. }) in &self.0 {
            selector.filter(id, include, exclude);
        }
        selector
    }
}
