//! One file per command: a request value in, a report value out. Nothing here prints, parses
//! arguments or knows exit codes, so that the same commands can be asked over a socket.

mod adding;
pub mod backup;
pub mod check;
pub mod compact;
pub mod decide;
pub mod discover;
mod document;
pub mod explain;
pub mod exposure;
mod feeds_toml;
pub mod fetch;
mod hold;
pub mod import;
pub mod list;
pub mod opml;
pub mod politeness;
pub mod preview;
pub mod publish;
pub mod restore;
pub mod silence;
pub mod status;
pub mod story;
pub mod takedown;

use hold::refuse_an_older_copy;
pub use hold::{Hold, recovery, refuse_to_forget};

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::config::{self, Broken, Config, nearest};
use crate::round::RoundError;
use crate::store::StoreError;
use crate::world::World;

/// Where a command finds its things: the options that every command has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// feeds.toml, as given.
    pub config: PathBuf,
    /// `--store`.
    pub store: Option<PathBuf>,
    /// `--public`.
    pub public: Option<PathBuf>,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// feeds.toml cannot be read.
    #[error("cannot read {path}: {reason}")]
    NoConfig {
        /// The file as given.
        path: String,
        /// What the operating system said, and the remedy.
        reason: String,
    },
    /// feeds.toml has errors.
    #[error("{broken}")]
    Config {
        /// Everything that was found.
        broken: Broken,
        /// The text, so that lines can be shown.
        text: String,
    },
    /// The request cannot be carried out as it is.
    #[error("{0}")]
    Usage(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A store is missing although something of an earlier one is there.
    #[error(
        "the store {store} is missing, but {left} that were made from one. Nothing was polled, \
         because a new store would send everything to subscribers again. Put the store back, or name it with --store; \
         `samizdat restore` makes it from a backup or from the outputs; \
         to start a new one all the same, run `samizdat fetch --init`"
    )]
    StoreMissing {
        /// Directory of the store.
        store: String,
        /// What is left of the earlier one.
        left: String,
    },
    /// The outputs show stories that the store does not know: it is an older copy.
    #[error(
        "the store {store} is older than the outputs in {public}: they show {} that it does not know, such as {example}. \
         An older copy of it was put back, or the outputs belong to another one (--store and --public name them)",
        match unknown { 1 => "1 story".to_owned(), more => format!("{more} stories") }
    )]
    StoreOutdated {
        /// Directory of the store.
        store: String,
        /// Directory of the outputs.
        public: String,
        /// How many stories.
        unknown: usize,
        /// The id of one of them.
        example: String,
    },
    /// Anything else.
    #[error("{0}")]
    Failed(String),
    /// What the process that has the store said.
    #[error("{message}")]
    Told {
        /// What kind of end it is.
        kind: Kind,
        /// Its words.
        message: String,
    },
}

/// What kind of end an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Usage or feeds.toml is wrong.
    Usage,
    /// The store is unreadable or unwritable.
    Store,
    /// The store is damaged or missing: something must be restored.
    Lost,
    /// Another process has the store.
    InUse,
    /// Anything else.
    Failed,
}

impl CommandError {
    /// What kind of end it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoConfig { .. } | Self::Config { .. } | Self::Usage(_) => Kind::Usage,
            Self::Store(StoreError::InUse { .. }) => Kind::InUse,
            Self::Store(StoreError::Damaged { .. })
            | Self::StoreMissing { .. }
            | Self::StoreOutdated { .. } => Kind::Lost,
            Self::Store(_) => Kind::Store,
            Self::Failed(_) => Kind::Failed,
            Self::Told { kind, .. } => *kind,
        }
    }
}

/// A command that needs the store, as a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// `fetch`.
    Fetch(fetch::Request),
    /// `publish`.
    Publish,
    /// `list`.
    List(list::Request),
    /// `status`.
    Status,
    /// `check --online`.
    Online(check::online::Request),
    /// `check --diff`.
    Diff(check::diff::Request),
    /// `status --politeness`.
    Politeness,
    /// `hide`, `unhide`, `tag`.
    Decide(decide::Request),
    /// `takedown`.
    TakeDown(takedown::Request),
    /// `compact`.
    Compact,
    /// `explain`.
    Explain(explain::Request),
    /// `backup`.
    Backup,
    /// `restore`.
    Restore(restore::Request),
    /// The last good page of a source, for `preview --saved`.
    SavedPage(String),
    /// What repeats in the articles of a source, for `preview --article --as`.
    Repetition(String),
    /// Hosts that want to be left alone; those that are named are remembered as such.
    Silences(silence::Silences),
}

/// What came of a [`Request`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// `fetch`.
    Fetch(fetch::Report),
    /// `publish`.
    Publish(publish::Report),
    /// `list`.
    List(Vec<list::Line>),
    /// `status`.
    Status(status::Report),
    /// `check --online`.
    Online(check::online::Report),
    /// `check --diff`.
    Diff(check::diff::Report),
    /// `status --politeness`.
    Politeness(politeness::Report),
    /// `hide`, `unhide`, `tag`.
    Decide(decide::Report),
    /// `takedown`.
    TakeDown(takedown::Report),
    /// `compact`.
    Compact(compact::Report),
    /// `explain`.
    Explain(Box<explain::Report>),
    /// `backup`.
    Backup(backup::Report),
    /// `restore`.
    Restore(restore::Report),
    /// The last good page of a source, if one is kept.
    SavedPage(Option<preview::SavedPage>),
    /// What repeats in the articles of a source, if any were read.
    Repetition(Option<String>),
    /// Hosts that want to be left alone.
    Silences(silence::Silences),
}

/// Does a command with the store; the bytes of a backup go to `out`.
///
/// # Errors
/// Those of the command.
pub async fn carry_out(
    request: &Request,
    hold: &Hold,
    config: &Config,
    world: &World,
    stop: fetch::Stop,
    watch: &(dyn Fn(fetch::Progress) + Sync),
    out: &mut (dyn std::io::Write + Send),
) -> Result<Report, CommandError> {
    use tokio::task::block_in_place;
    Ok(match request {
        Request::Fetch(request) => {
            Report::Fetch(fetch::run(request, hold, config, world, stop, watch).await?)
        }
        Request::Publish => Report::Publish(block_in_place(|| publish::run(hold, config, world))?),
        Request::List(request) => {
            Report::List(block_in_place(|| list::run(request, hold, config))?)
        }
        Request::Status => {
            Report::Status(block_in_place(|| status::run(hold, config, world.clock.now()))?)
        }
        Request::Online(request) => Report::Online(
            check::online::run(*request, Some(hold), config, world, stop, watch).await?,
        ),
        Request::Diff(request) => {
            Report::Diff(block_in_place(|| check::diff::run(request, hold, config, world))?)
        }
        Request::Politeness => {
            Report::Politeness(block_in_place(|| politeness::run(hold, config))?)
        }
        Request::Decide(request) => {
            Report::Decide(block_in_place(|| decide::run(request, hold, config, world))?)
        }
        Request::TakeDown(request) => {
            Report::TakeDown(block_in_place(|| takedown::run(request, hold, config, world))?)
        }
        Request::Explain(request) => {
            let report = block_in_place(|| explain::run(request, hold, config))?;
            Report::Explain(Box::new(report))
        }
        Request::Compact => Report::Compact(block_in_place(|| compact::run(hold))?),
        Request::Backup => Report::Backup(block_in_place(|| backup::run(hold, world, out))?),
        Request::SavedPage(source) => Report::SavedPage(hold.store.reading().saved_page(source)?),
        Request::Repetition(source) => Report::Repetition(hold.store.reading().repetition(source)?),
        Request::Silences(learnt) => {
            Report::Silences(block_in_place(|| silence::run(learnt, hold, world.clock.now()))?)
        }
        Request::Restore(request) => {
            Report::Restore(block_in_place(|| restore::run(request, hold, config, world))?)
        }
    })
}

impl From<RoundError> for CommandError {
    fn from(error: RoundError) -> Self {
        match error {
            RoundError::Store(error) => Self::Store(error),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// What a command does with the secrets of feeds.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// It sends them: one that the environment lacks is an error.
    Needed,
    /// It works without them: a source that lacks one is not asked.
    Unneeded,
}

/// Reads and checks feeds.toml, and puts the directories of the command line into it.
///
/// # Errors
/// Where it cannot be read, or has errors.
pub fn load_config(
    places: &Places,
    world: &World,
    secrets: Secrets,
) -> Result<(Config, String), CommandError> {
    let (file, text) = config_text(places, world)?;
    let parse = match secrets {
        Secrets::Needed => config::parse,
        Secrets::Unneeded => config::parse_offline,
    };
    match parse(&text, &file, &world.environment) {
        Ok(mut config) => {
            if let Some(store) = &places.store {
                config.store.path = absolute(&world.directory, store);
            }
            if let Some(public) = &places.public {
                config.publish.path = absolute(&world.directory, public);
            }
            config.check_directories().map_err(CommandError::Usage)?;
            Ok((config, text))
        }
        Err(broken) => Err(CommandError::Config { broken, text }),
    }
}

/// Where feeds.toml is, and its text.
fn config_text(places: &Places, world: &World) -> Result<(PathBuf, String), CommandError> {
    let shown = places.config.display().to_string();
    let file = absolute(&world.directory, &places.config);
    let unreadable = |reason: String| CommandError::NoConfig { path: shown.clone(), reason };
    let bytes = world.files.read(&file).map_err(|error| {
        unreadable(match error.kind() {
            ErrorKind::NotFound => {
                "there is no such file; write one (README.md shows how), or name it with --config"
                    .to_owned()
            }
            _ => error.to_string(),
        })
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        unreadable(format!("line {line} is not UTF-8; save the file as UTF-8 in your editor"))
    })?;
    Ok((file, text))
}

/// A time as all JSON of ours gives it: RFC 3339 in UTC.
fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn absolute(directory: &Path, path: &Path) -> PathBuf {
    if path == Path::new("") { directory.to_owned() } else { directory.join(path) }
}

/// Said of a source that is not in feeds.toml.
pub fn unknown_source(id: &str, config: &Config) -> CommandError {
    let help = meant(id, config.sources.iter().map(|source| source.id.as_str()).collect());
    CommandError::Usage(format!("there is no source {id} in feeds.toml; {help}"))
}

/// More of what there is than this is not told.
const TOLD: usize = 20;

/// What may have been meant by a name that is none, in words.
fn meant(written: &str, mut known: Vec<&str>) -> String {
    known.sort_unstable();
    known.dedup();
    match nearest(written, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None if known.is_empty() => "there is none at all".to_owned(),
        None => {
            if known.len() > TOLD {
                known.truncate(TOLD);
                known.push("…");
            }
            format!("there are: {}", known.join(", "))
        }
    }
}
