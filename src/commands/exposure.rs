//! What is odd about where things lie: a feeds.toml that anybody may change, a store on a network, a
//! logo that is not there.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::config::{Config, Finding};
use crate::round::unusable_logos;
use crate::store::is_on_network;
use crate::world::World;

/// Anybody on this machine may write.
const WRITABLE_BY_ALL: u32 = 0o002;

/// What the maintainers should know of the places of feeds.toml and the store. Looking changes
/// nothing, and what cannot be looked at is passed over.
pub fn findings(config: &Config, world: &World) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |message: String, help: String| {
        found.push(Finding { line: 1, column: 1, message, help, span: 0..0, other: None });
    };
    let is_open_to_all = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|found| {
            // In a directory like /tmp (sticky) nobody changes another user's files.
            found.mode() & WRITABLE_BY_ALL != 0 && !(found.is_dir() && found.mode() & 0o1000 != 0)
        })
    };
    let file = config.file.display();
    if is_open_to_all(&config.file) {
        tell(
            format!("every user of this machine may change {file}, and with it what is published"),
            format!("run: chmod o-w {file}"),
        );
    } else if is_open_to_all(&config.directory) {
        let directory = config.directory.display();
        tell(
            format!("every user of this machine may put another feeds.toml into {directory}"),
            format!("run: chmod o-w {directory}"),
        );
    }
    let nearest = config
        .store
        .path
        .ancestors()
        .find(|path| world.files.find(path).is_ok_and(|f| f.is_some()));
    if nearest.is_some_and(is_on_network) {
        tell(
            format!(
                "the store {} is on a network file system, where locks and flushes may not hold",
                config.store.path.display()
            ),
            "give [store] path a directory on a disk of this machine".to_owned(),
        );
    }
    for (organisation, what) in unusable_logos(config, &world.files) {
        tell(
            format!("the logo of {organisation} is not shown: {what}"),
            "mend the file, or the `logo` of its [[organisation]]".to_owned(),
        );
    }
    found
}
