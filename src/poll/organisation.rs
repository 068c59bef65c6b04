//! The id of the organisation that a source speaks for: made from its name once, then kept.

use std::collections::HashMap;

use crate::model::{Organisation, Source, id_from_name};
use crate::store::{Result, View};

/// The name under which an organisation's id is kept. A source that names no organisation is its
/// own, whatever title its feed has today.
pub fn organisation_key(source: &Source) -> String {
    match source.organisation.as_ref().or(source.name.as_ref()) {
        Some(name) => name.clone(),
        None => unnamed(source),
    }
}

/// The key of a source that names no organisation, or named none before.
fn unnamed(source: &Source) -> String {
    format!("source {}", source.id)
}

/// The id that is kept for a source's organisation: under its name, or from the time when
/// feeds.toml did not name it.
///
/// # Errors
/// Where the store cannot be read.
pub fn kept_organisation(store: &View, source: &Source) -> Result<Option<String>> {
    match store.organisation_id(&organisation_key(source))? {
        Some(id) => Ok(Some(id)),
        None => store.organisation_id(&unnamed(source)),
    }
}

/// The id of today of an organisation that may have a former one.
pub fn organisation_today(described: &[Organisation], id: String) -> String {
    let renamed = described.iter().find(|described| described.was.contains(&id));
    renamed.map_or(id, |renamed| renamed.id.clone())
}

/// Ids of organisations, old and new.
pub(super) struct Organisations<'a> {
    store: &'a View,
    described: &'a [Organisation],
    made: HashMap<String, String>,
}

impl<'a> Organisations<'a> {
    pub(super) fn new(store: &'a View, described: &'a [Organisation]) -> Self {
        Self { store, described, made: HashMap::new() }
    }

    /// The id of a source's organisation; `title` is that of its feed.
    pub(super) fn id(&mut self, source: &Source, title: Option<&str>) -> Result<String> {
        let key = organisation_key(source);
        if let Some(described) = self.described.iter().find(|described| described.name == key) {
            return Ok(described.id.clone());
        }
        if let Some(id) = self.made.get(&key) {
            return Ok(id.clone());
        }
        if let Some(id) = kept_organisation(self.store, source)? {
            if self.store.organisation_id(&key)?.is_none() {
                // Named only now: the id stays, under the name from now on.
                self.made.insert(key, id.clone());
            }
            return Ok(organisation_today(self.described, id));
        }
        let name = source.organisation.as_deref().or(source.name.as_deref()).or(title);
        let wanted = id_from_name(name.unwrap_or(&source.id));
        let mut id = wanted.clone();
        let mut next = 2;
        while self.is_taken(&id)? {
            id = format!("{wanted}-{next}");
            next += 1;
        }
        self.made.insert(key, id.clone());
        Ok(id)
    }

    fn is_taken(&self, id: &str) -> Result<bool> {
        let is_one = |one: &Organisation| one.id == id || one.was.iter().any(|was| was == id);
        Ok(self.described.iter().any(is_one)
            || self.made.values().any(|made| made == id)
            || self.store.organisation_name(id)?.is_some())
    }

    /// (name, id) of those that got an id, to be stored.
    pub(super) fn made(self) -> Vec<(String, String)> {
        let mut made: Vec<_> = self.made.into_iter().collect();
        made.sort();
        made
    }
}
