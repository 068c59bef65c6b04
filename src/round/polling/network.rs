//! Whether it is our own network that is down: no host at all answers, and there are several.
//!
//! Sources that had no answer wait here until another one has: then they failed, and are stored as
//! failures. Where nobody answers to the end of the run, nobody is blamed.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::fetch::host_of;
use crate::model::Location;
use crate::poll::{Answered, Failure};
use crate::schedule::Settings;
use crate::store::{Result, View};

/// So many hosts that do not answer are no accident.
const SEVERAL: usize = 2;

/// What a run has seen of the network.
#[derive(Default)]
pub(super) struct Network {
    is_up: bool,
    is_down: bool,
    unanswered: Vec<Answered>,
}

fn unreachable(answered: &Answered) -> Option<&Failure> {
    answered.content.as_ref().err().filter(|failure| failure.is_unreachable)
}

/// The host that was asked over the network; none for files, and where nothing was asked.
fn asked_host(answered: &Answered) -> Option<String> {
    let is_unasked = answered.content.as_ref().is_err_and(|failure| failure.is_unasked);
    match &answered.assigned.source.location {
        Location::Web(url) if !is_unasked => Some(host_of(url)),
        _ => None,
    }
}

impl Network {
    /// What of these answers may be stored now, with what waited for them.
    pub(super) fn sift(&mut self, answers: Vec<Answered>) -> Vec<Answered> {
        // What we refuse to ask is no answer.
        let is_answer = |one: &Answered| one.requests.iter().any(|sent| sent.status.is_some());
        self.is_up |= answers.iter().any(is_answer);
        if self.is_up {
            let mut waited = std::mem::take(&mut self.unanswered);
            waited.extend(answers);
            return waited;
        }
        let (unanswered, others): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|one| unreachable(one).is_some());
        self.unanswered.extend(unanswered);
        others
    }

    /// What waited to the end of the run.
    pub(super) fn rest(&mut self) -> Vec<Answered> {
        let mut waited = std::mem::take(&mut self.unanswered);
        let hosts: HashSet<String> = waited.iter().filter_map(asked_host).collect();
        self.is_down = !self.is_up && hosts.len() >= SEVERAL;
        if self.is_down {
            for failure in waited.iter_mut().filter_map(|one| one.content.as_mut().err()) {
                failure.is_offline = true;
                failure.message = format!(
                    "none of {} servers could be reached, so it is this machine's network that is down: {}",
                    hosts.len(),
                    failure.message
                );
            }
        }
        waited
    }

    /// Whether anybody answered.
    pub(super) fn is_up(&self) -> bool {
        self.is_up
    }

    /// Whether nobody could be reached in this run, nor for longer than the maintainers want to wait;
    /// `told` is when they were last told.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) fn is_down_for_long(
        &self,
        store: &View,
        told: Option<DateTime<Utc>>,
        sources: impl Iterator<Item = impl AsRef<str>>,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        // A run that asked nobody knows only what was told before.
        if self.is_up || !(self.is_down || told.is_some()) {
            return Ok(false);
        }
        // The last time that anybody answered; if nobody ever did, since when it was tried.
        let (mut answered, mut tried): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
            (None, None);
        for source in sources {
            for poll in store.polls(source.as_ref(), usize::MAX)? {
                tried = Some(tried.map_or(poll.at, |tried| tried.min(poll.at)));
                if poll.status.is_some() {
                    answered = answered.max(Some(poll.at));
                    break;
                }
            }
        }
        if !self.is_down && answered >= told {
            return Ok(false);
        }
        let patience = TimeDelta::from_std(settings.alert_after).unwrap_or(TimeDelta::MAX);
        Ok(answered.or(tried).is_some_and(|since| now - since > patience))
    }
}
