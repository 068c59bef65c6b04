//! Commands of every day: `fetch`, `publish`, `check`.

use std::path::Path;

use super::arguments::{CheckArguments, FetchArguments};
use super::messages::Level;
use super::{Exit, Session, progress, signals, words};
use crate::commands::check::{diff, online};
use crate::commands::fetch::Outcome;
use crate::commands::{self, CommandError, Report, Request, Secrets, load_config};
use crate::config::{Severity, render, schema};

impl Session<'_> {
    pub(super) async fn fetch(&self, asked: &FetchArguments) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = commands::fetch::Request {
            sources: asked.sources.clone(),
            now: asked.now,
            init: asked.init,
            no_publish: asked.no_publish,
            dry_run: asked.dry_run,
        };
        let stop = signals::listen();
        let is_watched = self.world.terminal.err_is_terminal && !self.arguments.quiet;
        let bar = self.bar();
        let watch = |progress| bar.show(progress);
        let report = self.perform(Request::Fetch(request), &config, stop, &watch, None).await;
        bar.clear();
        let Report::Fetch(report) = report? else { return Ok(Exit::Failed) };
        for alarm in &report.alarms {
            self.complain(alarm);
        }
        for recovery in &report.recoveries {
            self.warn(recovery);
        }
        for failure in report.publish_failures.iter().chain(&report.backup_failure) {
            self.complain(failure);
        }
        if report.is_replaced {
            self.warn("the store was restored, or something was taken down or renamed, while this fetch was under way; what it had not stored yet will be polled again");
        }
        let oddities = report.exposures.iter().chain(&report.tidings).chain(&report.hub_failure);
        for oddity in oddities {
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
            Some(entries) => self.words(&words::would_store(entries, &report), exit),
            None => exit,
        })
    }

    pub(super) async fn publish(&self, json: bool) -> Result<Exit, CommandError> {
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

    pub(super) fn schema(&self) -> Result<Exit, CommandError> {
        Ok(self.result(&schema(), Exit::Done))
    }

    pub(super) async fn check(&self, asked: &CheckArguments) -> Result<Exit, CommandError> {
        let json = asked.json;
        let name = self.arguments.config.display().to_string();
        let mut report = match commands::check::run(&self.places(), self.world) {
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
        let mut exit = if report.ok { Exit::Done } else { Exit::Usage };
        if report.ok && asked.online {
            let online = self.look_online(asked).await?;
            exit = Exit::after_check(&online, asked.strict);
            report.online = Some(online);
        }
        if report.ok
            && let Some(old) = &asked.diff
        {
            report.diff = Some(self.foresee(old.as_deref()).await?);
        }
        if json {
            return Ok(self.json(&report, exit));
        }
        let mut text = String::new();
        for (findings, severity) in
            [(&report.errors, Severity::Error), (&report.warnings, Severity::Warning)]
        {
            for finding in findings {
                let picture =
                    render(finding, &report.text, &name, severity, self.look.width_of_pictures());
                let picture = self.look.fit(&words::printable(&picture));
                text.push_str(&words::painted(&picture, severity, self.look));
                text.push_str("\n\n");
            }
        }
        text.push_str(&words::check_summary(&report, &name));
        if let Some(online) = &report.online {
            text.push_str(&words::check::online(online, self.look));
        }
        if let Some(diff) = &report.diff {
            text.push_str(&words::check::diff(diff));
        }
        Ok(self.words(&text, exit))
    }

    /// Asks every source once.
    async fn look_online(&self, asked: &CheckArguments) -> Result<online::Report, CommandError> {
        let secrets = if asked.with_secrets { Secrets::Needed } else { Secrets::Unneeded };
        let (config, _) = load_config(&self.places(), self.world, secrets)?;
        let request = online::Request { with_secrets: asked.with_secrets };
        let bar = self.bar();
        let watch = |progress| bar.show(progress);
        let request = Request::Online(request);
        let report = self.perform(request, &config, signals::listen(), &watch, None).await;
        bar.clear();
        match report? {
            Report::Online(report) => Ok(report),
            _ => Ok(online::Report::default()),
        }
    }

    /// What feeds.toml would do to the stories that are known.
    async fn foresee(&self, old: Option<&Path>) -> Result<diff::Report, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let old = old.map(|old| self.world.directory.join(old));
        let request = Request::Diff(diff::Request { old });
        match self.perform(request, &config, signals::ignored(), &|_| {}, None).await? {
            Report::Diff(report) => Ok(report),
            _ => Ok(diff::Report::default()),
        }
    }

    /// Shows how far the polling is, where somebody watches.
    fn bar(&self) -> progress::Bar {
        let is_watched = self.world.terminal.err_is_terminal && !self.arguments.quiet;
        let is_dumb = self.world.environment.get("TERM").is_some_and(|kind| kind == "dumb");
        match (is_watched, self.arguments.verbose) {
            _ if self.arguments.quiet => progress::Bar::Hidden,
            (false, 0) => progress::Bar::Hidden,
            _ if self.messages.is_json() => progress::Bar::told(self.messages.clone()),
            (true, _) if !is_dumb => progress::Bar::shown(),
            _ => progress::Bar::Hidden,
        }
    }
}
