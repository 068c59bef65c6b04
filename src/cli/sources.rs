//! Commands that bring sources into feeds.toml: `discover`, `opml` and `import`.

use super::arguments::{DiscoverArguments, ImportArguments, OpmlCommand};
use super::messages::Level;
use super::{Exit, Session, words};
use crate::commands::{CommandError, discover, import, opml};

impl Session<'_> {
    pub(super) async fn discover(&self, asked: &DiscoverArguments) -> Result<Exit, CommandError> {
        let request = discover::Request {
            document: asked.document.clone(),
            base_url: asked.base_url.clone(),
            add: asked.add,
        };
        let mut silences = self.silences(vec![]).await;
        let run = discover::run(&request, &self.places(), self.world, &mut silences).await;
        if !silences.is_empty() {
            self.silences(silences).await;
        }
        let report = match run {
            Err(refused) if asked.json => {
                let (document, error) = (asked.document.clone(), Some(refused.to_string()));
                let report = discover::Report { document, error, ..discover::Report::default() };
                return Ok(self.json(&report, self.explain(&refused)));
            }
            report => report?,
        };
        self.say_notes(&report.notes);
        let is_done = if asked.add { report.added.is_some() } else { report.is_fruitful() };
        let exit = if is_done { Exit::Done } else { Exit::Failed };
        if asked.json {
            return Ok(self.json(&report, exit));
        }
        let text = words::sources::discovered(&report, asked.add);
        if report.is_fruitful() {
            return Ok(self.result(&text, exit));
        }
        // Nothing was found: that is a message and no result.
        self.messages.add(Level::Error, text.trim_end());
        Ok(exit)
    }

    pub(super) fn opml(&self, what: &OpmlCommand) -> Result<Exit, CommandError> {
        match what {
            OpmlCommand::Import { file, dry_run, json } => {
                let request = opml::Request { file: file.clone(), dry_run: *dry_run };
                let report = match opml::import(&request, &self.places(), self.world) {
                    Err(refused) if *json => {
                        let error = Some(refused.to_string());
                        let report =
                            opml::Report { dry_run: *dry_run, error, ..opml::Report::default() };
                        return Ok(self.json(&report, self.explain(&refused)));
                    }
                    report => report?,
                };
                self.say_notes(&report.notes);
                if *json {
                    return Ok(self.json(&report, Exit::Done));
                }
                Ok(self.words(&words::sources::imported(&report), Exit::Done))
            }
            OpmlCommand::Export => {
                let list = opml::export(&self.places(), self.world)?;
                Ok(self.result(&list, Exit::Done))
            }
        }
    }

    pub(super) fn import(&self, asked: &ImportArguments) -> Result<Exit, CommandError> {
        let request = import::Request { file: asked.file.clone(), dry_run: asked.dry_run };
        let report = match import::run(&request, &self.places(), self.world) {
            Err(refused) if asked.json => {
                let error = Some(refused.to_string());
                let report =
                    import::Report { dry_run: asked.dry_run, error, ..import::Report::default() };
                return Ok(self.json(&report, self.explain(&refused)));
            }
            report => report?,
        };
        self.say_notes(&report.notes);
        // Where the list says it in its own words, it is no result but something to look after.
        let left = words::sources::not_carried(&report, &asked.file);
        if !left.is_empty() {
            self.messages.add(Level::Warning, left.trim_end());
        }
        if asked.json {
            return Ok(self.json(&report, Exit::Done));
        }
        let feeds_toml = self.arguments.config.display().to_string();
        Ok(self.result(&words::sources::converted(&report, &feeds_toml), Exit::Done))
    }

    fn say_notes(&self, notes: &[String]) {
        for note in notes {
            self.warn(note);
        }
    }
}
