//! Writing into feeds.toml, which belongs to people: sources are added, and nothing else is
//! touched. What the file would be is checked first; it is replaced as a whole or not at all.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use url::Url;

use super::{CommandError, Places, Secrets, absolute, config_text, load_config};
use crate::clean::urls;
use crate::config::{self, Broken, KnownSource, KnownSources, MOST_BYTES, NewSource, with_sources};
use crate::fetch;
use crate::publish::{bare_user_agent, user_agent};
use crate::world::{FileOperation, Readers, World};

/// A feeds.toml to which sources are added.
pub(super) struct FeedsToml {
    file: PathBuf,
    text: String,
    /// What stands in it.
    pub(super) known: KnownSources,
    /// Whether there is no such file yet.
    pub(super) is_new: bool,
}

/// What was written.
pub(super) struct Written {
    /// The line of the first source that was added.
    pub(super) line: usize,
    /// What whoever asked for it should know besides.
    pub(super) note: Option<String>,
}

impl FeedsToml {
    /// Reads it; a file that lacks nothing but its first source is good enough.
    pub(super) fn open(places: &Places, world: &World) -> Result<Self, CommandError> {
        let (file, text) = config_text(places, world)?;
        match config::parse_offline(&text, &file, &world.environment) {
            Err(broken) if !broken.lacks_only_sources() => {
                Err(CommandError::Config { broken, text })
            }
            _ => Ok(Self { file, known: KnownSources::read(&text), text, is_new: false }),
        }
    }

    /// Reads it, or where there is none begins one with this text.
    pub(super) fn open_or_begin(
        beginning: String,
        places: &Places,
        world: &World,
    ) -> Result<Self, CommandError> {
        let file = absolute(&world.directory, &places.config);
        match world.files.find(&file) {
            Ok(None) => {
                let known = KnownSources::read(&beginning);
                Ok(Self { file, text: beginning, known, is_new: true })
            }
            _ => Self::open(places, world),
        }
    }

    /// The source that reads this url already, in whatever spelling of scheme, `www.` and slash.
    pub(super) fn with_url(&self, url: &Url) -> Option<&KnownSource> {
        let wanted = same(url.as_str());
        self.known.sources.iter().find(|source| same(&source.url) == wanted)
    }

    /// What it would be with these sources, and the line of the first.
    ///
    /// # Errors
    /// Where that could not be used.
    pub(super) fn with(
        &self,
        sources: &[NewSource],
        world: &World,
    ) -> Result<(String, usize), CommandError> {
        let (text, line) = with_sources(&self.text, sources);
        let number = sources.len();
        if text.len() > MOST_BYTES {
            return Err(CommandError::Usage(format!(
                "with {number} more sources {} would have {} KiB, and it may have {} at most; nothing was \
                 written: add fewer",
                self.file.display(),
                text.len() / 1024,
                MOST_BYTES / 1024
            )));
        }
        // Its lines are in no file that anybody could look into.
        let unfit = |broken: Broken| {
            let first = broken.findings.first().map(|finding| finding.message.clone());
            CommandError::Usage(format!(
                "what would be added does not fit into {}: {}; nothing was written",
                self.file.display(),
                first.unwrap_or_default()
            ))
        };
        config::parse_offline(&text, &self.file, &world.environment).map_err(unfit)?;
        Ok((text, line))
    }

    /// Adds sources; nothing is written where the result could not be used.
    pub(super) fn add(
        &self,
        sources: &[NewSource],
        world: &World,
    ) -> Result<Written, CommandError> {
        let (text, line) = self.with(sources, world)?;
        let failed = |error: std::io::Error| {
            CommandError::Failed(format!(
                "{} cannot be written: {error}; nothing was changed",
                self.file.display()
            ))
        };
        if self.is_new {
            let is_there = world.files.find(&self.file).map_err(failed)?.is_some();
            if is_there {
                return Err(self.changed_meanwhile());
            }
            world.files.replace(&self.file, text.as_bytes(), Readers::Everyone).map_err(failed)?;
            return Ok(Written { line, note: None });
        }
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
            return Err(self.changed_meanwhile());
        }
        let before = world.files.metadata(&file).map_err(failed)?;
        let mode = before.permissions().mode();
        world.files.replace(&file, text.as_bytes(), Readers::As(mode & 0o777)).map_err(failed)?;
        // Only root writes into the files of others; they stay theirs.
        let _ = std::os::unix::fs::chown(&file, Some(before.uid()), Some(before.gid()));
        let note = (before.nlink() > 1).then(|| {
            format!(
                "{} had {} names (hard links): what was added stands under this one only, the others \
                 keep the old text; link them to it anew",
                self.file.display(),
                before.nlink()
            )
        });
        Ok(Written { line, note })
    }

    fn changed_meanwhile(&self) -> CommandError {
        CommandError::Failed(format!(
            "{} was changed by somebody else meanwhile; nothing was written: try again",
            self.file.display()
        ))
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
