//! The ledger: how many records each tree has, and the sum of their checksums.
//!
//! sled can lose the newest version of a page without noticing; then an older one is read, and
//! every record in it has the right checksum. The sums show it: they are part of every commit and
//! are compared with all records whenever there is a reason for doubt, and by each backup.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::keys::{self, TreeName};
use super::record;

/// What one tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Balance {
    /// How many records there are.
    pub(super) records: u64,
    /// The sum of what [`weight`] gives for each, modulo 2^64.
    pub(super) sum: u64,
}

impl Balance {
    pub(super) fn add(&mut self, weight: u64) {
        self.records = self.records.wrapping_add(1);
        self.sum = self.sum.wrapping_add(weight);
    }

    pub(super) fn subtract(&mut self, weight: u64) {
        self.records = self.records.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(weight);
    }
}

/// What the store holds, as of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// One for each tree, in the order of [`TreeName::ALL`]; without the ledger's own record.
    pub(super) trees: Vec<Balance>,
    /// The newest commit that the sidecar spoke of when this one was made: an older sidecar is not
    /// the one that was written.
    pub(super) flushed: u64,
    /// The newest time that anything was told to the store, in milliseconds since 1970: a clock
    /// that says less was set back.
    pub(super) newest_time: i64,
    /// The latest time at which a story entered the wire, in milliseconds since 1970.
    pub(super) newest_entered: i64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            trees: vec![Balance::default(); TreeName::ALL.len()],
            flushed: 0,
            newest_time: 0,
            newest_entered: i64::MIN,
        }
    }
}

impl Ledger {
    /// The balance of a tree.
    pub(super) fn tree(&mut self, name: TreeName) -> &mut Balance {
        let place = name as usize;
        if self.trees.len() <= place {
            self.trees.resize(TreeName::ALL.len(), Balance::default());
        }
        #[expect(clippy::indexing_slicing, reason = "it was made long enough above")]
        &mut self.trees[place]
    }

    /// The first tree in which this ledger and another one differ, with what each says.
    pub(super) fn difference(&self, other: &Self) -> Option<(&'static str, Balance, Balance)> {
        TreeName::ALL.iter().find_map(|(name, word)| {
            let of = |ledger: &Self| ledger.trees.get(*name as usize).copied().unwrap_or_default();
            (of(self) != of(other)).then(|| (*word, of(self), of(other)))
        })
    }
}

/// What a record counts in the sum of its tree; `None` for the ledger itself, which counts nothing.
pub(super) fn weight(name: TreeName, key: &[u8], record: &[u8]) -> Option<u64> {
    match name {
        TreeName::Meta if key == keys::LEDGER => None,
        TreeName::Part => Some(xxh3_64(record)),
        _ => Some(record::checksum_of(record)),
    }
}
