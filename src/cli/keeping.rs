//! Commands that keep the store and bring it back: `backup`, `restore`.

use super::arguments::RestoreArguments;
use super::{Exit, Session, signals, words};
use crate::commands::{self, CommandError, Report, Request, Secrets, load_config};

impl Session<'_> {
    pub(super) async fn backup(
        &self,
        file: &std::path::Path,
        json: bool,
    ) -> Result<Exit, CommandError> {
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

    pub(super) async fn restore(&self, asked: &RestoreArguments) -> Result<Exit, CommandError> {
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
        Ok(self.words(&words::printable(&words::restore(&report)), Exit::Done))
    }
}
