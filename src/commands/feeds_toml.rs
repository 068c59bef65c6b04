//! Writing into feeds.toml, which belongs to people: sources are added, and nothing else is
//! touched. What the file would be is checked first; it is replaced as a whole or not at all.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use url::Url;

use super::{CommandError, Places, Secrets, config_text, load_config};
use crate::clean::urls;
use crate::config::{self, KnownSource, KnownSources, NewSource, with_sources};
use crate::fetch;
use crate::publish::{bare_user_agent, user_agent};
use crate::world::{FileOperation, Readers, World};

/// A feeds.toml to which sources are added.
pub(super) struct FeedsToml {
    file: PathBuf,
    text: String,
    /// What stands in it.
    pub(super) known: KnownSources,
}

impl FeedsToml {
    /// Reads it; a file that lacks nothing but its first source is good enough.
    pub(super) fn open(places: &Places, world: &World) -> Result<Self, CommandError> {
        let (file, text) = config_text(places, world)?;
        match config::parse_offline(&text, &file, &world.environment) {
            Err(broken) if !broken.lacks_only_sources() => {
                Err(CommandError::Config { broken, text })
            }
            _ => Ok(Self { file, known: KnownSources::read(&text), text }),
        }
    }

    /// The source that reads this url already, in whatever spelling of scheme, `www.` and slash.
    pub(super) fn with_url(&self, url: &Url) -> Option<&KnownSource> {
        let wanted = same(url.as_str());
        self.known.sources.iter().find(|source| same(&source.url) == wanted)
    }

    /// Adds sources and gives the line of the first; nothing is written where the result could
    /// not be used.
    pub(super) fn add(&self, sources: &[NewSource], world: &World) -> Result<usize, CommandError> {
        let (text, line) = with_sources(&self.text, sources);
        if let Err(broken) = config::parse_offline(&text, &self.file, &world.environment) {
            return Err(CommandError::Config { broken, text });
        }
        let failed = |error: std::io::Error| {
            CommandError::Failed(format!(
                "{} cannot be written: {error}; nothing was changed",
                self.file.display()
            ))
        };
        // A link stays a link.
        let file = self.file.canonicalize().map_err(failed)?;
        // Who may not write it does not replace it either.
        let may_write = || std::fs::File::options().append(true).open(&file).map(drop);
        world.files.perform(FileOperation::Write, &file, may_write).map_err(failed)?;
        // Two commands at once: the second waits, and sees what the first has written. The lock is on
        // the directory, since the file is another one afterwards.
        let directory = file.parent().unwrap_or(&file);
        let lock = || {
            let directory = std::fs::File::open(directory)?;
            directory.lock().map(|()| directory)
        };
        let _held = world.files.perform(FileOperation::Lock, directory, lock).map_err(failed)?;
        if world.files.read(&file).map_err(failed)? != self.text.as_bytes() {
            return Err(CommandError::Failed(format!(
                "{} was changed by somebody else meanwhile; nothing was written: try again",
                self.file.display()
            )));
        }
        let before = world.files.metadata(&file).map_err(failed)?;
        let mode = before.permissions().mode();
        world.files.replace(&file, text.as_bytes(), Readers::As(mode & 0o777)).map_err(failed)?;
        // Only root writes into the files of others; they stay theirs.
        let _ = std::os::unix::fs::chown(&file, Some(before.uid()), Some(before.gid()));
        Ok(line)
    }
}

/// How this wire asks and names itself: as feeds.toml says, also where it lacks its first source;
/// without a feeds.toml that can be used as anybody would.
pub(super) fn manners(places: &Places, world: &World) -> (fetch::Settings, String) {
    let config = match load_config(places, world, Secrets::Unneeded) {
        Ok((config, _)) => Some(config),
        Err(CommandError::Config { broken, text }) if broken.lacks_only_sources() => {
            let first = NewSource {
                id: "first".to_owned(),
                url: "https://first.invalid/".to_owned(),
                ..NewSource::default()
            };
            let (text, _) = with_sources(&text, &[first]);
            let file = world.directory.join(&places.config);
            config::parse_offline(&text, &file, &world.environment).ok()
        }
        Err(_) => None,
    };
    match config {
        Some(config) => (config.fetch, user_agent(&config.site)),
        None => (fetch::Settings::default(), bare_user_agent()),
    }
}

/// The form of an address that is equal for equal feeds.
pub(super) fn same(url: &str) -> String {
    // A bare host has no canonical form, being no story's page; it may be a feed's all the same.
    let bare = || {
        let mut url = Url::parse(url).ok()?;
        url.set_fragment(None);
        Some(url.as_str().split_once("://")?.1.to_owned())
    };
    urls::canonical(url).or_else(bare).unwrap_or_else(|| url.to_owned())
}
