//! Why a poll brought nothing.

use chrono::{DateTime, Utc};

/// No good answer; nothing changes but the poll record.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What happened, and the remedy.
    pub message: String,
    /// Until when the server wants silence.
    pub silent_until: Option<DateTime<Utc>>,
    /// Whether nothing was asked at all: the host had asked for silence meanwhile, or did not answer
    /// another request.
    pub is_unasked: bool,
    /// Whether there was no answer at all.
    pub is_unreachable: bool,
    /// Whether no host at all answered, so that it is our network that is down.
    pub is_offline: bool,
    /// Whether it was our own machine that failed; the source is not to blame.
    pub is_ours: bool,
    /// Whether our own settings forbid to ask; nothing was sent.
    pub is_barred: bool,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            silent_until: None,
            is_unasked: false,
            is_unreachable: false,
            is_offline: false,
            is_ours: false,
            is_barred: false,
        }
    }

    /// Of a source whose url or headers lack something.
    pub fn lacking(variables: &[String]) -> Self {
        let names = variables.join(" and no ");
        let message = format!(
            "the environment has no {names}, which its url or headers name; set it where cron runs samizdat"
        );
        Self { is_barred: true, ..Self::new(message) }
    }
}
