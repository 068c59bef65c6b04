//! What our own outputs tell of stories that were removed: the tombstones of `atom.xml`.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::publish::{PROGRAM, address};
use crate::world::Files;

/// What the feed of everything tells of stories that are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Its own id.
    pub feed_id: String,
    /// Published ids, and when they were removed.
    pub removed: Vec<(String, DateTime<Utc>)>,
}

/// The tombstones in the output directory; none where its feed is not there, or not ours.
pub fn removed(files: &Files, root: &Path) -> Told {
    let Ok(bytes) = files.read(&root.join(address::ATOM)) else { return Told::default() };
    let Ok(feed) = atom_syndication::Feed::read_from(bytes.as_slice()) else {
        return Told::default();
    };
    if feed.generator.as_ref().is_none_or(|generator| generator.value != PROGRAM) {
        return Told::default();
    }
    let told = feed.extensions.get("at").and_then(|of| of.get("deleted-entry"));
    let told = told.into_iter().flatten().filter_map(|tombstone| {
        let id = tombstone.attrs.get("ref")?.clone();
        let at = DateTime::parse_from_rfc3339(tombstone.attrs.get("when")?).ok()?;
        Some((id, at.to_utc()))
    });
    Told { removed: told.collect(), feed_id: feed.id }
}
