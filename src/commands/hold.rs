//! Holding the store: what a process has that was first, and what it means to have none.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{CommandError, Places};
use crate::config::Config;
use crate::round;
use crate::store::{Store, backups, newest_backup};
use crate::world::World;

/// The open store of this process, and the turn to run a round with it.
pub struct Hold {
    /// The store.
    pub store: Arc<Store>,
    /// Rounds are run one after the other: a host has one queue.
    pub(super) round: tokio::sync::Mutex<()>,
    /// What commands have put into force.
    in_force: Mutex<InForce>,
}

/// The feeds.toml that a command has put into force last. Commands read it anew, and a round that is
/// under way knows only the one that it began with.
#[derive(Default)]
struct InForce {
    /// How many commands have done so.
    times: u64,
    latest: Option<Config>,
}

impl Hold {
    /// Holds a store that was opened.
    pub fn new(store: Store) -> Self {
        Self {
            store: Arc::new(store),
            round: tokio::sync::Mutex::new(()),
            in_force: Mutex::default(),
        }
    }

    fn in_force(&self) -> MutexGuard<'_, InForce> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a command puts into force, before it does so.
    pub(super) fn puts_in_force(&self, config: &Config) {
        let mut in_force = self.in_force();
        in_force.times = in_force.times.saturating_add(1);
        in_force.latest = Some(config.clone());
    }

    /// How many times a command has put something into force.
    pub(super) fn times_in_force(&self) -> u64 {
        self.in_force().times
    }

    /// What a command has put into force since it was counted so many times, if that is another
    /// version of the same feeds.toml. A round goes on with it, in the directories that it began with.
    pub(super) fn newer_than(&self, times: &mut u64, config: &Config) -> Option<Config> {
        let in_force = self.in_force();
        let is_later = in_force.times > *times;
        *times = in_force.times;
        let latest = in_force.latest.as_ref().filter(|_| is_later)?;
        let is_other = latest.file == config.file && latest.digest != config.digest;
        is_other.then(|| {
            let mut newer = latest.clone();
            newer.store.path.clone_from(&config.store.path);
            newer.publish.path.clone_from(&config.publish.path);
            newer
        })
    }

    /// Whether there is a store, damaged or not.
    ///
    /// # Errors
    /// Where that cannot be seen.
    pub fn is_there(config: &Config, world: &World) -> Result<bool, CommandError> {
        Ok(Store::exists(&config.store, &world.files)?)
    }

    /// Opens the store, or makes a new one; does not wait where another process has it.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub fn open(config: &Config, world: &World) -> Result<Self, CommandError> {
        Ok(Self::new(Store::open(&config.store, &world.files, world.clock.now())?))
    }
}

/// Refuses to take a store that is missing for a new one: where outputs of an earlier one are, or
/// its backups.
///
/// # Errors
/// [`CommandError::StoreMissing`], and where it cannot be seen whether there is one.
pub fn refuse_to_forget(config: &Config, world: &World) -> Result<(), CommandError> {
    if Hold::is_there(config, world)? {
        return Ok(());
    }
    let backups = backups(&world.files, &config.store).unwrap_or_default();
    let left = if has_outputs(config) {
        format!("{} holds outputs", config.publish.path.display())
    } else if let Some((_, path)) = backups.last() {
        format!("there are backups such as {}", path.display())
    } else {
        return Ok(());
    };
    Err(CommandError::StoreMissing { store: config.store.path.display().to_string(), left })
}

fn has_outputs(config: &Config) -> bool {
    ["atom.xml", "rss.xml", "feed.json"].iter().any(|name| config.publish.path.join(name).exists())
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
        None if has_outputs(config) => format!(
            "There is no backup that is whole in {}. To make the store anew from {}, which brings back ids, dates, credits and tags of what was published, run\n\n    {}\n\nIf you have a backup elsewhere, it brings back more:\n\n    {}",
            config.store.path.join("backups").display(),
            config.publish.path.display(),
            command(places, &["restore", "--from-outputs"]),
            command(places, &["restore", "FILE"])
        ),
        None => format!(
            "There is no backup that is whole in {}, and there are no outputs in {}. If you have a backup elsewhere, run `{}`; else move {} away, and `samizdat fetch` makes a new one.",
            config.store.path.join("backups").display(),
            config.publish.path.display(),
            command(places, &["restore", "FILE"]),
            config.store.path.display()
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
