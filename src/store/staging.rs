//! What a transaction will write, before it does: encoded records, and the ledger after them.

use std::collections::btree_map::Entry;

use serde::Serialize;

use super::engine::TreeChanges;
use super::keys::{self, TreeName};
use super::ledger::{Ledger, weight};
use super::record::{self, number_of_parts};
use super::{Result, View};

/// Changes to every tree. Later ones to the same key win.
pub(super) struct Staging<'v> {
    view: &'v View,
    trees: Vec<TreeChanges>,
}

impl<'v> Staging<'v> {
    pub(super) fn new(view: &'v View) -> Self {
        Self { view, trees: TreeName::ALL.iter().map(|_| TreeChanges::new()).collect() }
    }

    /// The store as it is without the changes.
    pub(super) fn view(&self) -> &'v View {
        self.view
    }

    /// What is to be written.
    pub(super) fn into_trees(self) -> Vec<TreeChanges> {
        self.trees
    }

    fn set(&mut self, name: TreeName, key: Vec<u8>, record: Option<Vec<u8>>) {
        let Some(tree) = self.trees.get_mut(name as usize) else { return };
        let earlier = match tree.entry(key.clone()) {
            Entry::Vacant(place) => {
                place.insert(record);
                return;
            }
            Entry::Occupied(mut place) => place.insert(record),
        };
        // The parts of what was to be written before are not written.
        for index in 0..earlier.as_deref().map_or(0, number_of_parts) {
            if let Some(parts) = self.trees.get_mut(TreeName::Part as usize) {
                parts.remove(&keys::part(name, &key, index));
            }
        }
    }

    /// Writes a value.
    pub(super) fn put<T: Serialize>(
        &mut self,
        name: TreeName,
        key: &[u8],
        value: &T,
    ) -> Result<()> {
        let encoded = record::encode(key, value)
            .map_err(|error| self.view.damaged(format!("a record cannot be written: {error}")))?;
        self.set(name, key.to_vec(), Some(encoded.record));
        for (index, part) in (0..).zip(encoded.parts) {
            self.set(TreeName::Part, keys::part(name, key, index), Some(part));
        }
        Ok(())
    }

    /// Removes what is under a key.
    pub(super) fn remove(&mut self, name: TreeName, key: &[u8]) {
        self.set(name, key.to_vec(), None);
    }

    /// Removes the parts of long records that are replaced, and writes the ledger that holds after
    /// all changes; nothing may be added afterwards.
    pub(super) fn balance(&mut self, mut ledger: Ledger) -> Result<()> {
        let mut orphans = Vec::new();
        for (name, _) in TreeName::ALL {
            let Some(tree) = self.trees.get(name as usize).filter(|_| name != TreeName::Part)
            else {
                continue;
            };
            for (key, record) in tree {
                let before = self.view.raw(name, key)?;
                let after = record.as_deref();
                let kept = after.map_or(0, number_of_parts);
                let had = before.as_deref().map_or(0, number_of_parts);
                orphans.extend((kept..had).map(|index| keys::part(name, key, index)));
                settle(&mut ledger, name, key, before.as_deref(), after);
            }
        }
        if let Some(parts) = self.trees.get_mut(TreeName::Part as usize) {
            for key in orphans {
                parts.entry(key).or_insert(None);
            }
            for (key, record) in &*parts {
                let before = self.view.raw(TreeName::Part, key)?;
                settle(&mut ledger, TreeName::Part, key, before.as_deref(), record.as_deref());
            }
        }
        self.put(TreeName::Meta, keys::LEDGER, &ledger)
    }
}

fn settle(
    ledger: &mut Ledger,
    name: TreeName,
    key: &[u8],
    before: Option<&[u8]>,
    after: Option<&[u8]>,
) {
    if let Some(weight) = before.and_then(|record| weight(name, key, record)) {
        ledger.tree(name).subtract(weight);
    }
    if let Some(weight) = after.and_then(|record| weight(name, key, record)) {
        ledger.tree(name).add(weight);
    }
}
