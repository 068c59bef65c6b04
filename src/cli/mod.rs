//! Arguments in, words and progress out; the only place that prints.
//!
//! [`run`] takes the arguments and a [`World`] and gives the exit code. Results go to standard
//! output, messages and progress to standard error; with nothing to say, nothing is said, so that
//! cron sends no mail.

mod arguments;
mod editors;
mod exit;
mod keeping;
mod look;
mod manual;
mod messages;
mod polling;
mod progress;
mod reading;
mod signals;
mod sources;
mod words;

pub use arguments::command;
pub use exit::Exit;

use std::ffi::OsString;

use clap::FromArgMatches;

use crate::cli::arguments::{Arguments, Command, LogFormat};
use crate::cli::look::Look;
use crate::cli::messages::{Level, Messages};
use crate::commands::decide;
use crate::commands::fetch::{Progress, Stop};
use crate::commands::{
    CommandError, Kind, Places, Report, Request, Secrets, load_config, recovery,
};
use crate::config::Config;
use crate::serve::control::{self, Errand};
use crate::serve::demo;
use crate::world::World;

/// Stack of the threads that read documents: deep markup needs room.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Runs the program with these arguments (the first is its name) in these surroundings.
pub fn run(arguments: impl IntoIterator<Item = OsString>, world: &World) -> Exit {
    let written: Vec<OsString> = arguments.into_iter().collect();
    let look = Look::of_results(world);
    let parsed = look::fitted(arguments::command(), world.width())
        .try_get_matches_from(&written)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(asked) => {
            let text = asked.render().to_string();
            if asked.use_stderr() {
                Messages::new(world, format_asked_for(&written), false).usage(&text);
                return Exit::Usage;
            }
            return finish_results(
                world.terminal.result(&look::fit(&text, world.width())),
                Exit::Done,
            );
        }
    };
    let messages = Messages::new(world, arguments.log_format, arguments.quiet);
    messages.listen(arguments.verbose);
    // Where these cannot be had, the runtime does not say so but panics.
    if world.limits.files_left() < FILES_OF_THE_RUNTIME {
        messages.say(Level::Error, "cannot start: Too many open files; let the user who runs samizdat open more (`ulimit -n`)");
        return Exit::Failed;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, usize::from).max(2))
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            messages.say(Level::Error, &format!("cannot start: {error}; try again when the machine has memory and processes to spare"));
            return Exit::Failed;
        }
    };
    let session = Session { world, arguments: &arguments, messages, look };
    let exit = runtime.block_on(session.command());
    // What is still being read is of no use to anybody any more.
    runtime.shutdown_background();
    exit
}

/// How mistakes in arguments are told, which then could not be read as a whole.
fn format_asked_for(written: &[OsString]) -> LogFormat {
    let words: Vec<&str> = written.iter().filter_map(|word| word.to_str()).collect();
    let is_json = words.contains(&"--log-format=json")
        || words.windows(2).any(|pair| pair == ["--log-format", "json"]);
    if is_json { LogFormat::Json } else { LogFormat::Text }
}

/// What the runtime opens for itself, and a little more.
const FILES_OF_THE_RUNTIME: usize = 8;

/// A result that nobody takes (a closed pipe) is no failure of the command.
fn finish_results(written: std::io::Result<()>, exit: Exit) -> Exit {
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::Failed,
        _ => exit,
    }
}

struct Session<'a> {
    world: &'a World,
    arguments: &'a Arguments,
    messages: Messages,
    look: Look,
}

impl Session<'_> {
    async fn command(&self) -> Exit {
        signals::survive_long_files();
        let ended = match &self.arguments.command {
            Command::Fetch(asked) => self.fetch(asked).await,
            Command::Publish { json } => self.publish(*json).await,
            Command::Check(asked) if asked.schema => self.schema(),
            Command::Check(asked) => self.check(asked).await,
            Command::List(asked) => self.list(asked).await,
            Command::Status { politeness: true, json } => self.politeness(*json).await,
            Command::Status { json, .. } => self.status(*json).await,
            Command::Preview(asked) => self.preview(asked).await,
            Command::Discover(asked) => self.discover(asked).await,
            Command::Opml { what } => self.opml(what),
            Command::Explain { name, json } => self.explain_story(name, *json).await,
            Command::Hide(asked) => self.decide(asked, decide::Order::Hide).await,
            Command::Unhide(asked) => self.decide(asked, decide::Order::Unhide).await,
            Command::Tag(asked) => self.tag(asked).await,
            Command::Takedown(asked) => self.take_down(asked).await,
            Command::Compact { json } => self.compact(*json).await,
            Command::Import(asked) => self.import(asked),
            Command::Backup { file, json } => self.backup(file, *json).await,
            Command::Restore(asked) => self.restore(asked).await,
            Command::Demo { once, listen } => self.demo(once.as_deref(), listen).await,
            Command::Completions { shell } => Ok(self.result_bytes(manual::completions(*shell))),
            Command::Man => Ok(self.result_bytes(manual::page())),
        };
        ended.unwrap_or_else(|error| self.explain(&error))
    }

    fn places(&self) -> Places {
        Places {
            config: self.arguments.config.clone(),
            store: self.arguments.store.clone(),
            public: self.arguments.public.clone(),
        }
    }

    /// Says why something was not done, or what must be looked at.
    fn complain(&self, text: &str) {
        self.messages.say(Level::Error, text);
    }

    /// Says what is odd.
    fn warn(&self, text: &str) {
        self.messages.say(Level::Warning, text);
    }

    /// Says how it goes.
    fn tell(&self, text: &str) {
        self.messages.say(Level::Info, text);
    }

    fn result_bytes(&self, bytes: Vec<u8>) -> Exit {
        self.result(&String::from_utf8_lossy(&bytes), Exit::Done)
    }

    /// Writes a result in words; on a terminal no line is wider than it.
    fn words(&self, text: &str, exit: Exit) -> Exit {
        self.result(&self.look.fit(text), exit)
    }

    /// Writes a result as it is: what is to be copied, or read by a program.
    fn result(&self, text: &str, exit: Exit) -> Exit {
        let written = self.world.terminal.result(text);
        if let Err(error) = &written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.complain(&format!(
                "the result cannot be written: {error}; look where standard output goes"
            ));
        }
        finish_results(written, exit)
    }

    fn json<T: serde::Serialize>(&self, report: &T, exit: Exit) -> Exit {
        match serde_json::to_string(report) {
            Ok(line) => self.result(&format!("{line}\n"), exit),
            Err(error) => {
                self.complain(&format!(
                    "the result cannot be written as JSON: {error}; please report this"
                ));
                Exit::Failed
            }
        }
    }

    /// Says why a command did not do its work, and gives the exit code that fits.
    fn explain(&self, error: &CommandError) -> Exit {
        match error {
            CommandError::Config { broken, text } => {
                let name = self.arguments.config.display().to_string();
                for finding in &broken.findings {
                    self.messages.finding(finding, text, &name);
                }
                let errors = match broken.findings.len() {
                    1 => "an error".to_owned(),
                    more => format!("{more} errors"),
                };
                self.complain(&format!(
                    "{name} has {errors} that must be mended; nothing was done"
                ));
            }
            other => self.complain(&other.to_string()),
        }
        if error.kind() == Kind::Lost
            && let Ok((config, _)) = load_config(&self.places(), self.world, Secrets::Unneeded)
        {
            self.messages
                .add(Level::Error, "Nothing was polled, and the outputs are as they were.");
            self.messages.add(Level::Error, &recovery(&self.places(), &config, self.world));
        }
        match error.kind() {
            Kind::Usage => Exit::Usage,
            Kind::Store | Kind::Lost => Exit::Store,
            Kind::InUse => Exit::InUse,
            Kind::Failed => Exit::Failed,
        }
    }

    /// Does a command that needs the store.
    async fn perform(
        &self,
        request: Request,
        config: &Config,
        stop: Stop,
        watch: &(dyn Fn(Progress) + Sync),
        file: Option<&std::path::Path>,
    ) -> Result<Report, CommandError> {
        let places = self.places();
        let errand =
            Errand { request, places: &places, config, world: self.world, stop, watch, file };
        control::perform(errand).await
    }

    async fn demo(
        &self,
        once: Option<&std::path::Path>,
        listen: &str,
    ) -> Result<Exit, CommandError> {
        let stop = signals::listen();
        let say = |text: &str| self.tell(text);
        let request = demo::Request {
            once: once.map(|directory| self.world.directory.join(directory)),
            listen: listen.to_owned(),
        };
        let stopped = demo::run(&request, self.world, stop, &say).await?;
        Ok(stopped.map_or(Exit::Done, Exit::Signal))
    }
}
