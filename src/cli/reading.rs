//! Commands that only look: `list`, `status`, `preview`.

use super::arguments::{ListArguments, PreviewArguments};
use super::{Exit, Session, signals, words};
use crate::commands::preview::SavedPage;
use crate::commands::silence::Silences;
use crate::commands::{self, CommandError, Report, Request, Secrets, load_config};

/// Stories that `list` shows to people who say no number.
const LISTED: usize = 50;

impl Session<'_> {
    pub(super) async fn list(&self, asked: &ListArguments) -> Result<Exit, CommandError> {
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
            hidden: asked.hidden,
            limit: asked.limit.unwrap_or(if asked.json { 0 } else { LISTED }),
        };
        let is_narrowed = request.is_narrowed();
        let request = Request::List(request);
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None);
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
            self.tell(if asked.hidden {
                "no such story is hidden or excluded"
            } else if is_narrowed {
                "no story is as it was asked for; `samizdat list` shows all"
            } else {
                "no stories; `samizdat fetch` brings them, `samizdat status` shows the sources"
            });
        }
        Ok(self.result(&text, Exit::Done))
    }

    pub(super) async fn status(&self, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let report = self.perform(Request::Status, &config, signals::ignored(), &|_| {}, None);
        let Report::Status(report) = report.await? else { return Ok(Exit::Failed) };
        if json {
            return Ok(self.json(&report, Exit::Done));
        }
        let text = words::status(&report, self.world.clock.now(), self.look);
        Ok(self.words(&text, Exit::Done))
    }

    pub(super) async fn politeness(&self, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let report = self.perform(Request::Politeness, &config, signals::ignored(), &|_| {}, None);
        let Report::Politeness(report) = report.await? else { return Ok(Exit::Failed) };
        if json {
            return Ok(self.json(&report, Exit::Done));
        }
        Ok(self.words(&words::politeness(&report), Exit::Done))
    }

    pub(super) async fn preview(&self, asked: &PreviewArguments) -> Result<Exit, CommandError> {
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
                    return Err(commands::unknown_source(source, &config));
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
            silences: self.silences(vec![]).await,
        };
        let mut exit = Exit::Done;
        let mut show = |line: commands::preview::Line| {
            if line.error.is_some() {
                exit = Exit::Failed;
            }
            if asked.json {
                exit = self.json(&line, exit);
            } else {
                exit = self.words(&words::preview::document(&line), exit);
            }
        };
        let places = self.places();
        let learnt = commands::preview::run(&request, &places, self.world, &mut show).await?;
        if !learnt.is_empty() {
            self.silences(learnt).await;
        }
        Ok(exit)
    }

    /// Has the store remember hosts that want to be left alone, and gives all of them. Where there is no
    /// store, or none that can be used, nothing is known.
    pub(super) async fn silences(&self, learnt: Silences) -> Silences {
        let Ok((config, _)) = load_config(&self.places(), self.world, Secrets::Unneeded) else {
            return Silences::new();
        };
        let request = Request::Silences(learnt);
        match self.perform(request, &config, signals::ignored(), &|_| {}, None).await {
            Ok(Report::Silences(silences)) => silences,
            _ => Silences::new(),
        }
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
}
