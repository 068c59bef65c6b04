//! What is remembered of outputs: their ids, which stories they carry, what lies in their files.

use std::collections::HashSet;

use super::keys::{self, TreeName};
use super::values::{OutputRecord, Place, PublishedFile};
use super::{Result, View};
use crate::model::{OutputKey, OutputKind, Story, StoryNumber};

impl View {
    /// What the outputs in a directory were last made from, all of them: the commit and the digest of
    /// [`Changes::printed`](super::Changes).
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn printed(&self, place: Place) -> Result<Option<(u64, u128)>> {
        self.get(TreeName::Meta, &keys::printed(place))
    }

    /// The Atom ids of all outputs.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn feed_ids(&self) -> Result<HashSet<String>> {
        self.scan(TreeName::Meta, keys::OUTPUT)
            .map(|pair| {
                let (key, record) = pair?;
                let output: OutputRecord = self.decode(TreeName::Meta, &key, &record)?;
                Ok(output.feed_id)
            })
            .collect()
    }

    /// The identity of an output.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn output(&self, key: &OutputKey) -> Result<Option<OutputRecord>> {
        self.get(TreeName::Meta, &keys::output(key))
    }

    /// Ids of the outputs of feeds.toml that carry a story, were it public.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn selected(&self, story: StoryNumber) -> Result<Vec<String>> {
        Ok(self.get(TreeName::Meta, &keys::selected(story))?.unwrap_or_default())
    }

    /// The next stories that outputs of feeds.toml carry, from a key on.
    pub(super) fn selected_from(
        &self,
        from: &[u8],
        most: usize,
    ) -> Result<Vec<(StoryNumber, Vec<String>)>> {
        let mut found = Vec::new();
        for pair in self.engine.from(TreeName::Meta, from).take(most) {
            let (key, record) = pair.map_err(|error| self.engine_error(error))?;
            let Some(story) = keys::split_selected(&key) else { break };
            found.push((story, self.decode(TreeName::Meta, &key, &record)?));
        }
        Ok(found)
    }

    /// The stories of an output, newest entered first.
    ///
    /// # Errors
    /// Each item may be [`super::StoreError::Damaged`].
    pub fn members(&self, output: &OutputKey) -> impl Iterator<Item = Result<StoryNumber>> + '_ {
        self.scan(TreeName::Member, &keys::members(output)).rev().map(|pair| {
            let (key, _) = pair?;
            keys::story_of_member(&key).ok_or_else(|| self.damaged("a member has no number"))
        })
    }

    /// Whether a story belongs to an output.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn is_member(
        &self,
        output: &OutputKey,
        number: StoryNumber,
        story: &Story,
    ) -> Result<bool> {
        let key = keys::member(output, story.entered, number);
        Ok(self.raw(TreeName::Member, &key)?.is_some())
    }

    /// Ids of the outputs of a kind that have a story, sorted.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn member_ids(&self, kind: OutputKind) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        let mut from = keys::members_of_kind(kind);
        let end = keys::after_kind(kind);
        // Each id is looked at once, however many stories it has.
        while let Some(pair) = self.engine.range(TreeName::Member, &from, &end).next() {
            let (key, _) = pair.map_err(|error| self.engine_error(error))?;
            let id = keys::id_of_member(&key)
                .ok_or_else(|| self.damaged("a member belongs to no output"))?;
            from = keys::after_members(&OutputKey { kind, id: id.clone() });
            ids.push(id);
        }
        Ok(ids)
    }

    /// Ids of the outputs of a kind that were ever published, sorted.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn output_ids(&self, kind: OutputKind) -> Result<Vec<String>> {
        let prefix = keys::output(&OutputKey { kind, id: String::new() });
        let prefix = prefix.strip_suffix(b"/").unwrap_or(&prefix);
        self.scan(TreeName::Meta, prefix)
            .map(|pair| {
                let (key, _) = pair?;
                let id = key.get(prefix.len()..).unwrap_or_default();
                Ok(String::from_utf8_lossy(id).trim_end_matches('/').to_owned())
            })
            .collect()
    }

    /// What is known of a file that was published in an output directory.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn file(&self, place: Place, path: &str) -> Result<Option<PublishedFile>> {
        match self.get(TreeName::File, &keys::file(place, path))? {
            Some(file) => Ok(Some(file)),
            None => self.get(TreeName::File, &keys::file(Place::UNKNOWN, path)),
        }
    }

    /// The files that were published in an output directory, by path.
    pub fn files(&self, place: Place) -> impl Iterator<Item = Result<(String, PublishedFile)>> {
        let prefix = keys::file(place, "");
        let pairs = self.scan(TreeName::File, &prefix);
        pairs.map(move |pair| {
            let (key, record) = pair?;
            let path = key.get(prefix.len()..).unwrap_or_default();
            let path = String::from_utf8_lossy(path).into_owned();
            Ok((path, self.decode(TreeName::File, &key, &record)?))
        })
    }

    /// The paths of all files that were published in an output directory, or before directories were
    /// told apart.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn file_paths(&self, place: Place) -> Result<Vec<String>> {
        let mut paths = std::collections::BTreeSet::new();
        for place in [place, Place::UNKNOWN] {
            let prefix = keys::file(place, "");
            for pair in self.scan(TreeName::File, &prefix) {
                let (key, _) = pair?;
                let path = key.get(prefix.len()..).unwrap_or_default();
                paths.insert(String::from_utf8_lossy(path).into_owned());
            }
        }
        Ok(paths.into_iter().collect())
    }
}
