//! Arguments in, words and progress out; the only place that prints.
//!
//! [`run`] takes the arguments and a [`World`] and gives the exit code. Results go to standard
//! output, messages and progress to standard error; with nothing to say, nothing is said, so that
//! cron sends no mail.

mod arguments;
mod editors;
mod exit;
mod look;
mod manual;
mod messages;
mod progress;
mod signals;
mod sources;
mod words;

pub use arguments::command;
pub use exit::Exit;

use std::ffi::OsString;

use clap::FromArgMatches;

use crate::cli::arguments::{
    Arguments, Command, FetchArguments, ListArguments, LogFormat, PreviewArguments,
    RestoreArguments,
};
use crate::cli::look::Look;
use crate::cli::messages::{Level, Messages};
use crate::commands::decide;
use crate::commands::fetch::Outcome;
use crate::commands::fetch::{Progress, Stop};
use crate::commands::preview::SavedPage;
use crate::commands::{
    self, CommandError, Kind, Places, Report, Request, Secrets, load_config, recovery,
};
use crate::config::{Config, Severity, render, schema};
use crate::serve::control::{self, Errand};
use crate::serve::demo;
use crate::world::World;

/// Stories that `list` shows to people who say no number.
const LISTED: usize = 50;

/// Stack of the threads that read documents: deep markup needs room.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Runs the program with these arguments (the first is its name) in these surroundings.
pub fn run(arguments: impl IntoIterator<Item = OsString>, world: &World) -> Exit {
    let written: Vec<OsString> = arguments.into_iter().collect();
    let look = Look::of_results(world);
    let parsed = look::fitted(arguments::command(), look.width)
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
            return finish_results(world.terminal.result(&look.fit(&text)), Exit::Done);
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
            Command::Check { schema: true, .. } => self.schema(),
            Command::Check { json, .. } => self.check(*json),
            Command::List(asked) => self.list(asked).await,
            Command::Status { json } => self.status(*json).await,
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
        let is_dumb = self.world.environment.get("TERM").is_some_and(|kind| kind == "dumb");
        let bar = match (is_watched, self.arguments.verbose) {
            _ if self.arguments.quiet => progress::Bar::Hidden,
            (false, 0) => progress::Bar::Hidden,
            _ if self.messages.is_json() => progress::Bar::told(self.messages.clone()),
            (true, _) if !is_dumb => progress::Bar::shown(),
            _ => progress::Bar::Hidden,
        };
        let watch = |progress| bar.show(progress);
        let report = self.perform(Request::Fetch(request), &config, stop, &watch, None).await;
        bar.clear();
        let Report::Fetch(report) = report? else { return Ok(Exit::Failed) };
        for alarm in &report.alarms {
            self.complain(alarm);
        }
        for failure in report.publish_failures.iter().chain(&report.backup_failure) {
            self.complain(failure);
        }
        if report.is_replaced {
            self.warn("the store was restored, or something was taken down, while this fetch was under way; what it had not stored yet will be polled again");
        }
        for oddity in report.exposures.iter().chain(&report.hub_failure) {
            self.warn(oddity);
        }
        for source in &report.sources {
            if source.dropped > 0 {
                let text = format!(
                    "{}: {} more new entries than one poll may bring; the newest were taken, the rest is remembered as seen",
                    source.id, source.dropped
                );
                self.messages.say_of(Level::Warning, Some(&source.id), &text);
            }
        }
        if asked.now {
            for left_out in &report.left_out {
                let commands::fetch::LeftOut { source, reason } = left_out;
                let text = format!("{source} was not polled: {reason}");
                self.messages.say_of(Level::Warning, Some(source), &text);
            }
        }
        if is_watched || self.arguments.verbose > 0 {
            for source in report.sources.iter().filter(|source| source.outcome != Outcome::NotDue) {
                self.messages.say_of(Level::Info, Some(&source.id), &words::source_line(source));
            }
            self.tell(&words::fetch_summary(&report));
            for story in &report.unknown_decisions {
                self.tell(&words::editors::unknown_decision(story));
            }
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
            self.complain(failure);
        }
        let exit = if report.failures.is_empty() { Exit::Done } else { Exit::Failed };
        if json {
            return Ok(self.json(&report, exit));
        }
        if self.world.terminal.err_is_terminal || self.arguments.verbose > 0 {
            self.tell(&format!("{} documents, {} written", report.documents, report.written.len()));
            for story in &report.unknown_decisions {
                self.tell(&words::editors::unknown_decision(story));
            }
        }
        Ok(exit)
    }

    fn schema(&self) -> Result<Exit, CommandError> {
        Ok(self.result(&schema(), Exit::Done))
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
                let picture = render(finding, &report.text, &name, severity, self.look.width);
                let picture = self.look.fit(&words::printable(&picture));
                text.push_str(&words::painted(&picture, severity, self.look));
                text.push_str("\n\n");
            }
        }
        text.push_str(&self.look.fit(&words::check_summary(&report, &name)));
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
                text.push_str(&self.look.fit(&words::story_line(story)));
            }
        }
        if !asked.json && asked.limit.is_none() && stories.len() == LISTED {
            self.tell(&format!("the newest {LISTED}; --limit 0 shows all"));
        }
        if stories.is_empty() && self.world.terminal.err_is_terminal {
            self.tell(
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
        let text = words::status(&report, self.world.clock.now(), self.look);
        Ok(self.result(&text, Exit::Done))
    }

    async fn preview(&self, asked: &PreviewArguments) -> Result<Exit, CommandError> {
        let config = load_config(&self.places(), self.world, Secrets::Unneeded);
        // One that lacks nothing but its first source says how to ask all the same.
        if let Err(CommandError::Config { broken, .. }) = &config
            && !broken.lacks_only_sources()
        {
            self.warn(&format!(
                "{} has errors and is left aside, what it allows included; `samizdat check` shows them",
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
            self.tell(&words::backup(&report));
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
            self.warn(problem);
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
        let say = |text: &str| self.tell(text);
        let request = demo::Request {
            once: once.map(|directory| self.world.directory.join(directory)),
            listen: listen.to_owned(),
        };
        let stopped = demo::run(&request, self.world, stop, &say).await?;
        Ok(stopped.map_or(Exit::Done, Exit::Signal))
    }
}
