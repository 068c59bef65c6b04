//! Sources that are no longer in feeds.toml: what it said of them last holds for their stories, which stay.

use std::collections::{HashMap, HashSet};

use super::former::Former;
use crate::config::Config;
use crate::model::{OutputRule, Source, Terms};
use crate::store::{Result, View};
use crate::tag::Selector;

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
