//! What this process may still open: fewer requests at once where that is little.

use crate::fetch;
use crate::poll::Answered;

/// Files that are left to the store, the outputs, and those who ask at the socket.
const FILES_FOR_OURSELVES: usize = 24;

/// Files that one request may need: its connection, and what looks up its host's name.
const FILES_FOR_A_REQUEST: usize = 3;

/// As many requests at once as the files allow that may still be opened, at least one.
pub(super) fn within_limits(settings: &fetch::Settings, files_left: usize) -> fetch::Settings {
    let possible = files_left.saturating_sub(FILES_FOR_OURSELVES) / FILES_FOR_A_REQUEST;
    let is_tight = possible < settings.concurrency.saturating_mul(2);
    fetch::Settings {
        concurrency: settings.concurrency.min(possible).max(1),
        keeps_connections: settings.keeps_connections && !is_tight,
        ..settings.clone()
    }
}

/// What our own machine lacked, where that is why there is no answer.
pub(super) fn exhaustion(answered: &[Answered]) -> Option<String> {
    let failure = answered.first()?.content.as_ref().err()?;
    failure.is_ours.then(|| failure.message.clone())
}
