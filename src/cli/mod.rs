//! Arguments in, words and progress out; the only place that prints.
//!
//! [`run`] takes the arguments and a [`World`] and gives the exit code. Results go to standard
//! output, messages and progress to standard error; with nothing to say, nothing is said, so that
//! cron sends no mail.

mod arguments;
mod exit;
mod log;
mod progress;
mod signals;
mod sources;
mod words;

pub use arguments::command;
pub use exit::Exit;

use std::ffi::OsString;

use clap::FromArgMatches;

use crate::cli::arguments::{
    Arguments, Command, FetchArguments, ListArguments, PreviewArguments, RestoreArguments,
};
use crate::commands::fetch::Outcome;
use crate::commands::fetch::{Progress, Stop};
use crate::commands::preview::SavedPage;
use crate::commands::{
    self, CommandError, Kind, Places, Report, Request, Secrets, load_config, recovery,
};
use crate::config::{Config, Severity, render};
use crate::serve::control::{self, Errand};
use crate::serve::demo;
use crate::world::World;

/// Stories that `list` shows to people who say no number.
const LISTED: usize = 50;

/// Stack of the threads that read documents: deep markup needs room.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Runs the program with these arguments (the first is its name) in these surroundings.
pub fn run(arguments: impl IntoIterator<Item = OsString>, world: &World) -> Exit {
    let matches = match arguments::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(asked) => {
            let text = asked.render().to_string();
            if asked.use_stderr() {
                world.terminal.message(&text);
                return Exit::Usage;
            }
            return finish_results(world.terminal.result(&text), Exit::Done);
        }
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => {
            world.terminal.message(&error.render().to_string());
            return Exit::Usage;
        }
    };
    log::start(arguments.verbose, arguments.quiet, arguments.log_format, &world.terminal);
    // Where these cannot be had, the runtime does not say so but panics.
    if world.limits.files_left() < FILES_OF_THE_RUNTIME {
        world.terminal.message(
            "samizdat: cannot start: Too many open files; let the user who runs samizdat open more (`ulimit -n`)\n",
        );
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
            world.terminal.message(&format!("samizdat: cannot start: {error}\n"));
            return Exit::Failed;
        }
    };
    let session = Session { world, arguments: &arguments };
    let exit = runtime.block_on(session.command());
    // What is still being read is of no use to anybody any more.
    runtime.shutdown_background();
    exit
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
}

impl Session<'_> {
    async fn command(&self) -> Exit {
        signals::survive_long_files();
        let ended = match &self.arguments.command {
            Command::Fetch(asked) => self.fetch(asked).await,
            Command::Publish { json } => self.publish(*json).await,
            Command::Check { json } => self.check(*json),
            Command::List(asked) => self.list(asked).await,
            Command::Status { json } => self.status(*json).await,
            Command::Preview(asked) => self.preview(asked).await,
            Command::Discover(asked) => self.discover(asked).await,
            Command::Opml { what } => self.opml(what),
            Command::Import(asked) => self.import(asked),
            Command::Backup { file, json } => self.backup(file, *json).await,
            Command::Restore(asked) => self.restore(asked).await,
            Command::Demo { once, listen } => self.demo(once.as_deref(), listen).await,
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

    /// Says something to the maintainers.
    fn say(&self, text: &str) {
        self.world.terminal.message(&format!("{}\n", words::printable(text)));
    }

    fn result(&self, text: &str, exit: Exit) -> Exit {
        let written = self.world.terminal.result(text);
        if let Err(error) = &written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.say(&format!("samizdat: the result cannot be written: {error}"));
        }
        finish_results(written, exit)
    }

    fn json<T: serde::Serialize>(&self, report: &T, exit: Exit) -> Exit {
        match serde_json::to_string(report) {
            Ok(line) => self.result(&format!("{line}\n"), exit),
            Err(error) => {
                self.say(&format!("samizdat: the result cannot be written as JSON: {error}"));
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
                    self.say(&render(finding, text, &name, Severity::Error));
                    self.say("");
                }
                let errors = match broken.findings.len() {
                    1 => "an error".to_owned(),
                    more => format!("{more} errors"),
                };
                self.say(&format!(
                    "samizdat: {name} has {errors} that must be mended; nothing was done"
                ));
            }
            other => self.say(&format!("samizdat: {other}")),
        }
        if error.kind() == Kind::Lost
            && let Ok((config, _)) = load_config(&self.places(), self.world, Secrets::Unneeded)
        {
            self.say("Nothing was polled, and the outputs are as they were.");
            self.say(&recovery(&self.places(), &config, self.world));
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

    async fn fetch(&self, asked: &FetchArguments) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Needed)?;
        let request = commands::fetch::Request {
            sources: asked.sources.clone(),
            now: asked.now,
            init: asked.init,
            no_publish: asked.no_publish,
            dry_run: asked.dry_run,
        };
        let stop = signals::listen();
        let is_watched = self.world.terminal.err_is_terminal && !self.arguments.quiet;
        let bar = progress::Bar::new(is_watched);
        let watch = |progress| bar.show(progress);
        let report = self.perform(Request::Fetch(request), &config, stop, &watch, None).await;
        bar.clear();
        let Report::Fetch(report) = report? else { return Ok(Exit::Failed) };
        for alarm in &report.alarms {
            self.say(&format!("samizdat: {alarm}"));
        }
        for failure in &report.publish_failures {
            self.say(&format!("samizdat: {failure}"));
        }
        if report.is_replaced {
            self.say("samizdat: the store was restored while this fetch was under way; what it had not stored yet will be polled again");
        }
        let lasting = report.exposures.iter().chain(&report.hub_failure);
        for failure in lasting.chain(&report.backup_failure) {
            self.say(&format!("samizdat: {failure}"));
        }
        for source in &report.sources {
            if source.dropped > 0 {
                self.say(&format!(
                    "samizdat: {}: {} more new entries than one poll may bring; the newest were taken, the rest is remembered as seen",
                    source.id, source.dropped
                ));
            }
        }
        if asked.now {
            for left_out in &report.left_out {
                let commands::fetch::LeftOut { source, reason } = left_out;
                self.say(&format!("samizdat: {source} was not polled: {reason}"));
            }
        }
        if is_watched || self.arguments.verbose > 0 {
            for source in report.sources.iter().filter(|source| source.outcome != Outcome::NotDue) {
                self.say(&words::source_line(source));
            }
            self.say(&words::fetch_summary(&report));
        }
        let exit = Exit::after_fetch(&report, asked.strict);
        if asked.json {
            return Ok(self.json(&report, exit));
        }
        Ok(match &report.would_store {
            Some(entries) => self.result(&words::would_store(entries, &report), exit),
            None => exit,
        })
    }

    async fn publish(&self, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let report = self.perform(Request::Publish, &config, signals::ignored(), &|_| {}, None);
        let Report::Publish(report) = report.await? else { return Ok(Exit::Failed) };
        for failure in &report.failures {
            self.say(&format!("samizdat: {failure}"));
        }
        let exit = if report.failures.is_empty() { Exit::Done } else { Exit::Failed };
        if json {
            return Ok(self.json(&report, exit));
        }
        if self.world.terminal.err_is_terminal || self.arguments.verbose > 0 {
            self.say(&format!("{} documents, {} written", report.documents, report.written.len()));
        }
        Ok(exit)
    }

    fn check(&self, json: bool) -> Result<Exit, CommandError> {
        let name = self.arguments.config.display().to_string();
        let report = match commands::check::run(&self.places(), self.world) {
            Err(error @ CommandError::NoConfig { .. }) if json => {
                let finding = serde_json::json!({
                    "line": 1, "column": 1, "message": error.to_string(),
                    "help": "write a feeds.toml, or name it with --config",
                });
                let report = serde_json::json!({"ok": false, "errors": [finding], "warnings": []});
                return Ok(self.json(&report, Exit::Usage));
            }
            report => report?,
        };
        let exit = if report.ok { Exit::Done } else { Exit::Usage };
        if json {
            return Ok(self.json(&report, exit));
        }
        let mut text = String::new();
        for (findings, severity) in
            [(&report.errors, Severity::Error), (&report.warnings, Severity::Warning)]
        {
            for finding in findings {
                let picture = render(finding, &report.text, &name, severity);
                text.push_str(&words::printable(&picture));
                text.push_str("\n\n");
            }
        }
        text.push_str(&words::check_summary(&report, &name));
        Ok(self.result(&text, exit))
    }

    async fn list(&self, asked: &ListArguments) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let since = asked
            .since
            .as_deref()
            .map(|since| words::since(since, self.world.clock.now()))
            .transpose()
            .map_err(CommandError::Usage)?;
        let request = commands::list::Request {
            tag: asked.tag.clone(),
            source: asked.source.clone(),
            organisation: asked.organisation.clone(),
            language: asked.language.clone(),
            since,
            search: asked.search.clone(),
            limit: asked.limit.unwrap_or(if asked.json { 0 } else { LISTED }),
        };
        let report = Request::List(request);
        let report = self.perform(report, &config, signals::ignored(), &|_| {}, None);
        let Report::List(stories) = report.await? else { return Ok(Exit::Failed) };
        let mut text = String::new();
        for story in &stories {
            if asked.json {
                let line = serde_json::to_string(story)
                    .map_err(|error| CommandError::Failed(error.to_string()))?;
                text.push_str(&line);
                text.push('\n');
            } else {
                text.push_str(&words::story_line(story));
            }
        }
        if !asked.json && asked.limit.is_none() && stories.len() == LISTED {
            self.say(&format!("the newest {LISTED}; --limit 0 shows all"));
        }
        if stories.is_empty() && self.world.terminal.err_is_terminal {
            self.say(
                "no stories; `samizdat fetch` brings them, `samizdat status` shows the sources",
            );
        }
        Ok(self.result(&text, Exit::Done))
    }

    async fn status(&self, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let report = self.perform(Request::Status, &config, signals::ignored(), &|_| {}, None);
        let Report::Status(report) = report.await? else { return Ok(Exit::Failed) };
        if json {
            return Ok(self.json(&report, Exit::Done));
        }
        let text = words::status(&report, self.world.clock.now());
        Ok(self.result(&text, Exit::Done))
    }

    async fn preview(&self, asked: &PreviewArguments) -> Result<Exit, CommandError> {
        let config = load_config(&self.places(), self.world, Secrets::Unneeded);
        // One that lacks nothing but its first source says how to ask all the same.
        if let Err(CommandError::Config { broken, .. }) = &config
            && !broken.lacks_only_sources()
        {
            self.say(&format!(
                "samizdat: {} has errors and is left aside, what it allows included; `samizdat check` shows them",
                self.arguments.config.display()
            ));
        }
        let saved = match &asked.saved {
            Some(source) => {
                let (config, _) = config?;
                if !config.sources.iter().any(|known| known.id == *source) {
                    return Err(commands::preview::unknown_source(source, &config));
                }
                Some(self.saved(source).await?)
            }
            None => None,
        };
        let request = commands::preview::Request {
            documents: asked.documents.clone(),
            content_type: asked.content_type.clone(),
            base_url: asked.base_url.clone(),
            article: asked.article,
            source: asked.saved.clone().or_else(|| asked.source.clone()),
            saved,
            repetition: match &asked.source {
                Some(source) if asked.article => self.repetition(source).await?,
                _ => None,
            },
        };
        let mut exit = Exit::Done;
        let mut show = |line: commands::preview::Line| {
            if line.error.is_some() {
                exit = Exit::Failed;
            }
            if asked.json {
                exit = self.json(&line, exit);
            } else {
                exit = self.result(&words::preview::document(&line), exit);
            }
        };
        commands::preview::run(&request, &self.places(), self.world, &mut show).await?;
        Ok(exit)
    }

    /// What is known to repeat in the articles of a source.
    async fn repetition(&self, source: &str) -> Result<Option<String>, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = Request::Repetition(source.to_owned());
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None).await?;
        Ok(match report {
            Report::Repetition(known) => known,
            _ => None,
        })
    }

    /// The last good page of a source.
    async fn saved(&self, source: &str) -> Result<SavedPage, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = Request::SavedPage(source.to_owned());
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None).await?;
        match report {
            Report::SavedPage(Some(page)) => Ok(page),
            _ => Err(CommandError::Usage(format!(
                "no page of {source} is kept: it was not read yet, or it is no page (kind = \"page\")"
            ))),
        }
    }

    async fn backup(&self, file: &std::path::Path, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let stop = signals::ignored();
        let report = self.perform(Request::Backup, &config, stop, &|_| {}, Some(file)).await?;
        let Report::Backup(report) = report else { return Ok(Exit::Failed) };
        if json {
            return Ok(self.json(&report, Exit::Done));
        }
        if self.world.terminal.err_is_terminal || self.arguments.verbose > 0 {
            self.say(&words::backup(&report));
        }
        Ok(Exit::Done)
    }

    async fn restore(&self, asked: &RestoreArguments) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = commands::restore::Request::new(asked.file.as_deref(), self.world);
        let request = Request::Restore(request);
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None).await?;
        let Report::Restore(report) = report else { return Ok(Exit::Failed) };
        for problem in &report.problems {
            self.say(&format!("samizdat: {problem}"));
        }
        if asked.json {
            return Ok(self.json(&report, Exit::Done));
        }
        Ok(self.result(&words::printable(&words::restore(&report)), Exit::Done))
    }

    async fn demo(
        &self,
        once: Option<&std::path::Path>,
        listen: &str,
    ) -> Result<Exit, CommandError> {
        let stop = signals::listen();
        let say = |text: &str| self.say(text);
        let request = demo::Request {
            once: once.map(|directory| self.world.directory.join(directory)),
            listen: listen.to_owned(),
        };
        let stopped = demo::run(&request, self.world, stop, &say).await?;
        Ok(stopped.map_or(Exit::Done, Exit::Signal))
    }
}
