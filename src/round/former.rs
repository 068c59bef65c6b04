//! Names that things had before: what `was` in feeds.toml says, from the former to that of today.

use std::collections::HashMap;

use crate::config::Config;
use crate::model::{OutputKey, OutputKind};
use crate::store::{OutputRecord, Result, View};

/// Former ids of every kind of thing.
pub(super) struct Former<'a> {
    pub(super) sources: Names<'a>,
    pub(super) tags: Names<'a>,
    pub(super) organisations: Names<'a>,
    pub(super) outputs: Names<'a>,
}

/// Former ids of one kind of thing.
#[derive(Default)]
pub(super) struct Names<'a> {
    today: HashMap<&'a str, &'a str>,
    former: HashMap<&'a str, &'a [String]>,
}

impl<'a> Names<'a> {
    fn of(things: impl Iterator<Item = (&'a String, &'a Vec<String>)>) -> Self {
        let mut names = Self::default();
        for (id, was) in things.filter(|(_, was)| !was.is_empty()) {
            names.former.insert(id, was);
            names.today.extend(was.iter().map(|was| (was.as_str(), id.as_str())));
        }
        names
    }

    /// The id of today of a thing that may have a former one.
    pub(super) fn today<'i>(&self, id: &'i str) -> &'i str
    where
        'a: 'i,
    {
        self.today.get(id).copied().unwrap_or(id)
    }

    /// Former ids of a thing, in the order of feeds.toml.
    pub(super) fn former(&self, id: &str) -> &'a [String] {
        self.former.get(id).copied().unwrap_or_default()
    }

    /// Each former id with that of today.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.today.iter().map(|(former, today)| (*former, *today))
    }
}

impl<'a> Former<'a> {
    pub(super) fn of(config: &'a Config) -> Self {
        Self {
            sources: Names::of(config.sources.iter().map(|source| (&source.id, &source.was))),
            tags: Names::of(config.tags.iter().map(|tag| (&tag.id, &tag.was))),
            organisations: Names::of(config.organisations.iter().map(|one| (&one.id, &one.was))),
            outputs: Names::of(config.outputs.iter().map(|output| (&output.id, &output.was))),
        }
    }

    /// The keys under which an output was published before.
    pub(super) fn keys(&self, key: &OutputKey) -> Vec<OutputKey> {
        let names = match key.kind {
            OutputKind::All | OutputKind::Language => return Vec::new(),
            OutputKind::Tag => &self.tags,
            OutputKind::Organisation => &self.organisations,
            OutputKind::Output => &self.outputs,
        };
        let former = names.former(&key.id).iter();
        former.map(|id| OutputKey { kind: key.kind, id: id.clone() }).collect()
    }

    /// The id of today of what an output is made for.
    pub(super) fn today<'i>(&self, kind: OutputKind, id: &'i str) -> &'i str
    where
        'a: 'i,
    {
        match kind {
            OutputKind::All | OutputKind::Language => id,
            OutputKind::Tag => self.tags.today(id),
            OutputKind::Organisation => self.organisations.today(id),
            OutputKind::Output => self.outputs.today(id),
        }
    }

    /// The identity of an output, and the key under which it is kept: its own, or a former one.
    pub(super) fn output(
        &self,
        store: &View,
        key: &OutputKey,
    ) -> Result<Option<(OutputKey, OutputRecord)>> {
        for key in std::iter::once(key.clone()).chain(self.keys(key)) {
            if let Some(record) = store.output(&key)? {
                return Ok(Some((key, record)));
            }
        }
        Ok(None)
    }
}
