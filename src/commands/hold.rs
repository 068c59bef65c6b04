//! Holding the store: what a process has that was first, and what it means to have none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CommandError, Places};
use crate::config::Config;
use crate::round;
use crate::store::{Store, newest_backup};
use crate::world::World;

/// The open store of this process, and the turn to run a round with it.
pub struct Hold {
    /// The store.
    pub store: Arc<Store>,
    /// Rounds are run one after the other: a host has one queue.
    pub(super) round: tokio::sync::Mutex<()>,
}

impl Hold {
    /// Holds a store that was opened.
    pub fn new(store: Store) -> Self {
        Self { store: Arc::new(store), round: tokio::sync::Mutex::new(()) }
    }

    /// Whether there is a store, damaged or not.
    pub fn is_there(config: &Config) -> bool {
        Store::exists(&config.store)
    }

    /// Opens the store, or makes a new one; does not wait where another process has it.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub fn open(config: &Config, world: &World) -> Result<Self, CommandError> {
        Ok(Self::new(Store::open(&config.store, &world.files, world.clock.now())?))
    }
}

/// Refuses to start a new store where outputs of an earlier one are.
///
/// # Errors
/// [`CommandError::StoreMissing`].
pub fn refuse_to_forget(config: &Config) -> Result<(), CommandError> {
    let outputs = ["atom.xml", "rss.xml", "feed.json"];
    let has_outputs = outputs.iter().any(|name| config.publish.path.join(name).exists());
    if has_outputs && !Hold::is_there(config) {
        return Err(CommandError::StoreMissing {
            store: config.store.path.display().to_string(),
            public: config.publish.path.display().to_string(),
        });
    }
    Ok(())
}

/// Refuses to publish from a store that is older than the outputs.
///
/// # Errors
/// [`CommandError::StoreOutdated`], and where the store cannot be read.
pub(super) fn refuse_an_older_copy(
    store: &Store,
    config: &Config,
    world: &World,
) -> Result<(), CommandError> {
    let unknown = round::unknown_stories(&store.reading(), config, &world.files)?;
    let Some(example) = unknown.first().cloned() else { return Ok(()) };
    Err(CommandError::StoreOutdated {
        store: config.store.path.display().to_string(),
        public: config.publish.path.display().to_string(),
        unknown: unknown.len(),
        example,
    })
}

/// The command that recovers a store, and what it does, for people who are in trouble.
pub fn recovery(places: &Places, config: &Config, world: &World) -> String {
    match newest_backup(&world.files, &config.store) {
        Some((made, path)) => format!(
            "To recover, run\n\n    {}\n\nIt puts back the backup of {}; stories that were published since then come back from {}.",
            command(places, &["restore", &shown(&path, world)]),
            made.format("%Y-%m-%d %H:%M UTC"),
            config.publish.path.display()
        ),
        None => format!(
            "There is no backup in {}. If you have one elsewhere, run\n\n    {}\n\nelse make the store anew from {}, which brings back ids, dates, credits and tags of what was published:\n\n    {}",
            config.store.path.join("backups").display(),
            command(places, &["restore", "FILE"]),
            config.publish.path.display(),
            command(places, &["restore", "--from-outputs"])
        ),
    }
}

/// A command line of ours with the places of this run, to be typed as it is.
fn command(places: &Places, words: &[&str]) -> String {
    let mut line = vec!["samizdat".to_owned()];
    let mut option = |name: &str, path: &Path| {
        line.extend([name.to_owned(), quoted(&path.display().to_string())]);
    };
    if places.config != Path::new("feeds.toml") {
        option("--config", &places.config);
    }
    if let Some(store) = &places.store {
        option("--store", store);
    }
    if let Some(public) = &places.public {
        option("--public", public);
    }
    line.extend(words.iter().map(|word| quoted(word)));
    line.join(" ")
}

/// A path as it can be typed in the directory where the command was given.
fn shown(path: &Path, world: &World) -> String {
    let below = path.strip_prefix(&world.directory).map(PathBuf::from);
    below.unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_can_be_typed_into_a_shell() {
        assert_eq!(
            quoted("data/backups/2026-11-02T1200Z.jsonl.gz"),
            "data/backups/2026-11-02T1200Z.jsonl.gz"
        );
        assert_eq!(quoted("our wire"), "'our wire'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("$(rm -rf x)"), "'$(rm -rf x)'");
        assert_eq!(quoted(""), "''");
    }
}
