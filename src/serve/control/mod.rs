//! One process has the store, and answers for it.
//!
//! [`perform`] does a command that needs the store. Who is first takes the store, does its command,
//! and meanwhile answers others on a Unix socket beside the store (`door`); who comes later asks
//! there (`asking`), and never opens the store or sends a request itself. What goes over the socket
//! are the same requests and reports that commands take and give (`frames`).
//!
//! The lock of the store says who is first, so a process that was killed leaves nothing behind that
//! matters: its lock is free, and its socket is replaced.

mod asking;
mod door;
mod frames;

use std::path::{Path, PathBuf};
use std::time::Duration;

use asking::{Asked, ask};
use door::Door;

use crate::commands::fetch::{Progress, Stop};
use crate::commands::{
    self, CommandError, Hold, Kind, Places, Report, Request, backup, check, fetch, list,
    politeness, refuse_to_forget, restore, status,
};
use crate::config::Config;
use crate::world::{Draft, World};

/// How long a command waits for a store whose holder cannot be asked.
const WAIT_FOR_STORE: Duration = Duration::from_secs(5);

/// How often it looks whether the store is free.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A command that needs the store, and what it is done with.
pub struct Errand<'a> {
    /// What is asked for.
    pub request: Request,
    /// Where things are, as given on the command line.
    pub places: &'a Places,
    /// feeds.toml.
    pub config: &'a Config,
    /// The surroundings.
    pub world: &'a World,
    /// Asks to stop.
    pub stop: Stop,
    /// Is told how far it is.
    pub watch: &'a (dyn Fn(Progress) + Sync),
    /// The file of a backup, as given.
    pub file: Option<&'a Path>,
}

/// Does a command: with the store, or by asking whoever has it.
///
/// # Errors
/// Those of the command; one of the kind [`Kind::InUse`] where whoever has the store cannot be
/// asked.
pub async fn perform(errand: Errand<'_>) -> Result<Report, CommandError> {
    let Errand { request, places, config, world, .. } = &errand;
    match request {
        Request::Fetch(fetch) => {
            fetch::check_sources(&fetch.sources, config)?;
            if !fetch.init {
                refuse_to_forget(config, world)?;
            }
        }
        // These need none: one makes a store, the other only looks at what is known.
        Request::Restore(_) | Request::Online(_) | Request::Silences(_) => {}
        _ => refuse_to_forget(config, world)?,
    }
    if !Hold::is_there(config, world)? {
        match request {
            // Reading makes nothing.
            Request::Status => return Ok(Report::Status(status::without_store(config))),
            Request::Online(online) => {
                let (stop, watch) = (errand.stop.clone(), errand.watch);
                let report = check::online::run(*online, None, config, world, stop, watch).await?;
                return Ok(Report::Online(report));
            }
            Request::Politeness => {
                return Ok(Report::Politeness(politeness::Report::default()));
            }
            Request::List(list) => return list::without_store(list, config).map(Report::List),
            Request::SavedPage(_) => return Ok(Report::SavedPage(None)),
            Request::Repetition(_) => return Ok(Report::Repetition(None)),
            Request::Silences(_) => return Ok(Report::Silences(Vec::new())),
            Request::Backup
            | Request::Explain(_)
            | Request::Diff(_)
            | Request::Decide(_)
            | Request::TakeDown(_)
            | Request::Compact => {
                return Err(CommandError::Failed(format!(
                    "there is no store in {} yet; `samizdat fetch` makes it",
                    config.store.path.display()
                )));
            }
            Request::Fetch(_) | Request::Publish | Request::Restore(_) => {}
        }
    }
    let mut draft = match (request, errand.file) {
        (Request::Backup, Some(file)) => Some(backup::begin(file, config, world)?),
        _ => None,
    };
    let socket = door::path(&config.store.path);
    let begun = tokio::time::Instant::now();
    let mut report = loop {
        let holder = match begin(&errand)? {
            Begun::Done(report) => break *report,
            Begun::Holding(hold) => break work(&errand, *hold, draft.as_mut()).await?,
            Begun::InUse(holder) => holder,
        };
        match ask(&errand, &absolute(places, world), &socket, draft.as_mut()).await? {
            Asked::Answered(report) => break *report,
            // Its holder has gone in the middle of the answer, or will go: the store is free soon.
            Asked::Again => {
                draft = match (request, errand.file) {
                    (Request::Backup, Some(file)) => Some(backup::begin(file, config, world)?),
                    _ => None,
                };
            }
            Asked::Unanswered if begun.elapsed() >= WAIT_FOR_STORE => return Err(holder),
            Asked::Unanswered => {}
        }
        if errand.stop.borrow().is_some() {
            return Err(holder);
        }
        world.clock.sleep(LOOK_EVERY).await;
    };
    if let (Report::Backup(report), Some(draft), Some(file)) = (&mut report, draft, errand.file) {
        backup::finish(draft, file, report)?;
    }
    Ok(report)
}

/// What came of trying to be the first.
enum Begun {
    /// The command is done.
    Done(Box<Report>),
    /// The store is ours.
    Holding(Box<Hold>),
    /// Another process has it.
    InUse(CommandError),
}

fn begin(errand: &Errand<'_>) -> Result<Begun, CommandError> {
    let Errand { request, config, world, .. } = errand;
    let opened: Result<Begun, CommandError> = tokio::task::block_in_place(|| match request {
        // What is replaced may be damaged, and is not opened.
        Request::Restore(restore) => {
            let report = restore::run_unheld(restore, config, world)?;
            Ok(Begun::Done(Box::new(Report::Restore(report))))
        }
        _ => Ok(Begun::Holding(Box::new(Hold::open(config, world)?))),
    });
    match opened {
        Err(error) if error.kind() == Kind::InUse => Ok(Begun::InUse(error)),
        opened => opened,
    }
}

/// Does the command with the store, and answers others until it is done.
async fn work(
    errand: &Errand<'_>,
    hold: Hold,
    draft: Option<&mut Draft>,
) -> Result<Report, CommandError> {
    let Errand { request, config, world, stop, watch, .. } = errand;
    let hold = std::sync::Arc::new(hold);
    let door = Door::open(&hold, request, config, world, stop.clone());
    let mut nowhere = std::io::sink();
    let out: &mut (dyn std::io::Write + Send) = match draft {
        Some(draft) => draft,
        None => &mut nowhere,
    };
    let done = commands::carry_out(request, &hold, config, world, stop.clone(), *watch, out).await;
    door.close().await;
    done
}

/// The places of a command, so that a process in another directory finds them.
fn absolute(places: &Places, world: &World) -> Places {
    let whole = |path: &PathBuf| world.directory.join(path);
    Places {
        config: whole(&places.config),
        store: places.store.as_ref().map(whole),
        public: places.public.as_ref().map(whole),
    }
}

/// Whether a process that does `held` also does `asked`: what only reads is answered by all; what
/// polls and publishes is done by a process that was started to do so.
fn is_answered(held: &Request, asked: &Request) -> bool {
    let is_reading = matches!(
        asked,
        Request::List(_)
            | Request::Explain(_)
            | Request::Status
            | Request::Diff(_)
            | Request::Politeness
            | Request::Backup
            | Request::SavedPage(_)
            | Request::Repetition(_)
            | Request::Silences(_)
    );
    // Who has come to ask servers lets nobody ask them beside it.
    is_reading || matches!(held, Request::Fetch(_) | Request::Online(_))
}

/// Stories that are sent at once.
const LINES_AT_ONCE: usize = 100;

/// Splits what is long into frames that are not.
fn in_portions(lines: Vec<list::Line>) -> Vec<Vec<list::Line>> {
    let mut portions = Vec::new();
    let mut lines = lines.into_iter().peekable();
    while lines.peek().is_some() {
        portions.push(lines.by_ref().take(LINES_AT_ONCE).collect());
    }
    portions
}
