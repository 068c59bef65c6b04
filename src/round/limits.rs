//! What this process may still open: fewer requests at once where that is little.

use crate::fetch;
use crate::poll::Answered;

/// Files that are left to the store, the outputs, and those who ask at the socket.
const FILES_FOR_OURSELVES: usize = 24;

/// Files that one request may need: its connection, and what looks up its host's name.
const FILES_FOR_A_REQUEST: usize = 3;

/// Requests that may hang besides those that are asked at once.
const MOST_HANGING: usize = 256;

/// How many requests may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Those that do not hang.
    pub(super) at_once: usize,
    /// All of them.
    pub(super) in_all: usize,
}

impl Room {
    /// Room for so many, whether they hang or not.
    pub(super) fn of(requests: usize) -> Self {
        Self { at_once: requests, in_all: requests }
    }
}

/// As many requests at once as the files allow that may still be opened, at least one.
pub(super) fn within_limits(
    settings: &fetch::Settings,
    files_left: usize,
) -> (fetch::Settings, Room) {
    let possible = files_left.saturating_sub(FILES_FOR_OURSELVES) / FILES_FOR_A_REQUEST;
    let is_tight = possible < settings.concurrency.saturating_mul(2);
    let at_once = settings.concurrency.min(possible).max(1);
    let in_all = settings.concurrency.saturating_add(MOST_HANGING).min(possible).max(at_once);
    let keeps_connections = settings.keeps_connections && !is_tight;
    let transport = fetch::Settings { keeps_connections, ..settings.clone() };
    (transport, Room { at_once, in_all })
}

/// What our own machine lacked, where that is why there is no answer.
pub(super) fn exhaustion(answered: &[Answered]) -> Option<String> {
    let failure = answered.first()?.content.as_ref().err()?;
    failure.is_ours.then(|| failure.message.clone())
}
