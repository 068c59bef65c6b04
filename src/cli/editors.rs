//! Commands of editors: `explain`, `hide`, `unhide`, `tag`, `takedown`, and `compact`.

use super::arguments::{StoriesArguments, TagArguments, TakedownArguments};
use super::{Exit, Session, signals, words};
use crate::commands::{
    CommandError, Report, Request, Secrets, decide, explain, load_config, takedown,
};

impl Session<'_> {
    pub(super) async fn decide(
        &self,
        asked: &StoriesArguments,
        order: decide::Order,
    ) -> Result<Exit, CommandError> {
        let (stories, note) = (asked.stories.clone(), asked.note.clone());
        self.carry_out_decision(decide::Request { stories, order, note }, asked.json).await
    }

    pub(super) async fn tag(&self, asked: &TagArguments) -> Result<Exit, CommandError> {
        let mut json = asked.json;
        let (mut stories, mut add, mut remove) = (Vec::new(), Vec::new(), Vec::new());
        for word in &asked.words {
            // What stands behind the first story is a tag, unless it can be none.
            if word == "--json" {
                json = true;
            } else if word.starts_with("--") {
                return Err(CommandError::Usage(format!(
                    "{word} stands behind the story; options come first: samizdat tag {word} … STORY +TAG"
                )));
            } else if let Some(tag) = word.strip_prefix('+') {
                add.push(tag.to_owned());
            } else if let Some(tag) = word.strip_prefix('-') {
                remove.push(tag.to_owned());
            } else {
                stories.push(word.clone());
            }
        }
        if stories.is_empty() || (add.is_empty() && remove.is_empty()) {
            return Err(CommandError::Usage(
                "name a story, and a tag with its sign: samizdat tag 1204 +peace -housing"
                    .to_owned(),
            ));
        }
        let order = decide::Order::Tag { add, remove };
        let note = asked.note.clone();
        self.carry_out_decision(decide::Request { stories, order, note }, json).await
    }

    pub(super) async fn take_down(&self, asked: &TakedownArguments) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = Request::TakeDown(takedown::Request {
            names: asked.names.clone(),
            note: asked.note.clone(),
            lift: asked.lift,
        });
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None).await?;
        let Report::TakeDown(report) = report else { return Ok(Exit::Failed) };
        for failure in report.failures.iter().chain(&report.store_failure) {
            self.complain(failure);
        }
        let is_done = report.failures.is_empty() && report.store_failure.is_none();
        let exit = if is_done { Exit::Done } else { Exit::Failed };
        if asked.json {
            return Ok(self.json(&report, exit));
        }
        let text = words::editors::taken_down(&report, &self.world.directory);
        Ok(self.words(&text, exit))
    }

    pub(super) async fn explain_story(&self, name: &str, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = Request::Explain(explain::Request { name: name.to_owned() });
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None).await?;
        let Report::Explain(report) = report else { return Ok(Exit::Failed) };
        // As for every command that is told of a story that is none; what is known of it is said.
        let exit = if report.story.is_some() { Exit::Done } else { Exit::Usage };
        if json {
            return Ok(self.json(&report, exit));
        }
        Ok(self.words(&words::explain::explained(&report), exit))
    }

    pub(super) async fn compact(&self, json: bool) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let stop = signals::ignored();
        let report = self.perform(Request::Compact, &config, stop, &|_| {}, None).await?;
        let Report::Compact(report) = report else { return Ok(Exit::Failed) };
        if json {
            return Ok(self.json(&report, Exit::Done));
        }
        let (before, after) = (report.before, report.after);
        Ok(self.words(&words::editors::rewritten(before, after), Exit::Done))
    }

    async fn carry_out_decision(
        &self,
        request: decide::Request,
        json: bool,
    ) -> Result<Exit, CommandError> {
        let (config, _) = load_config(&self.places(), self.world, Secrets::Unneeded)?;
        let request = Request::Decide(request);
        let report = self.perform(request, &config, signals::ignored(), &|_| {}, None).await?;
        let Report::Decide(report) = report else { return Ok(Exit::Failed) };
        for failure in &report.failures {
            self.complain(failure);
        }
        let exit = if report.failures.is_empty() { Exit::Done } else { Exit::Failed };
        if json {
            return Ok(self.json(&report, exit));
        }
        Ok(self.words(&words::editors::decided(&report), exit))
    }
}
