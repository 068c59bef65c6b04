//! Sources that nobody asks, since what we say ourselves is in the way: an address that `allow_private`
//! does not name, a variable that the environment has not.
//!
//! Their servers know nothing of it. So once that is mended they are due at once, and not when a server
//! that did not answer would be asked again.

use xxhash_rust::xxh3::xxh3_128;

use crate::fetch;
use crate::model::{Source, SourceState};

/// Everything of ours that may be in the way of a source, as one number.
pub(super) fn bars(source: &Source, transport: &fetch::Settings) -> u128 {
    let fetch::Settings { allow_private, proxy, .. } = transport;
    xxh3_128(format!("{allow_private:?} {proxy:?} {:?}", source.missing).as_bytes())
}

/// What is remembered of a source: one that was barred by other settings than those of today is due.
pub fn of_these_settings(
    source: &Source,
    state: SourceState,
    transport: &fetch::Settings,
) -> SourceState {
    match state.barred {
        Some(barred) if barred != bars(source, transport) => {
            SourceState { due: None, barred: None, ..state }
        }
        _ => state,
    }
}
