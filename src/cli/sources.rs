//! Commands that bring sources into feeds.toml: `discover` and `opml`.

use super::arguments::{DiscoverArguments, OpmlCommand};
use super::messages::Level;
use super::{Exit, Session, words};
use crate::commands::{CommandError, discover, opml};

impl Session<'_> {
    pub(super) async fn discover(&self, asked: &DiscoverArguments) -> Result<Exit, CommandError> {
        let request = discover::Request {
            document: asked.document.clone(),
            base_url: asked.base_url.clone(),
            add: asked.add,
        };
        let report = discover::run(&request, &self.places(), self.world).await?;
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
                let report = opml::import(&request, &self.places(), self.world)?;
                if *json {
                    return Ok(self.json(&report, Exit::Done));
                }
                Ok(self.result(&words::sources::imported(&report), Exit::Done))
            }
            OpmlCommand::Export => {
                let list = opml::export(&self.places(), self.world)?;
                Ok(self.result(&list, Exit::Done))
            }
        }
    }
}
