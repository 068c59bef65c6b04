//! Sources that are read in another way than before: from another url, or a page by other selectors.

use xxhash_rust::xxh3::xxh3_128;

use crate::model::{Habits, Hints, Kind, Source, SourceState};
use crate::store::{Result, SavedPage, View};

/// Where a source is what it was, but for the selectors of its page: the page that its validators
/// stand for, which is read again should it not have changed.
///
/// # Errors
/// Where the store cannot be read.
pub fn page_to_read_again(
    store: &View,
    source: &Source,
    state: &SourceState,
) -> Result<Option<SavedPage>> {
    let is_read = state.reading == source.reading() && state.body_hash.is_some();
    if source.kind != Kind::Page
        || state.validators.is_none()
        || is_read
        || !source.has_url_of(&state.reading)
    {
        return Ok(None);
    }
    // The hash is gone where a round died that was to read it again.
    let is_known = |page: &SavedPage| match state.body_hash {
        Some(hash) => hash == xxh3_128(&page.bytes),
        None => true,
    };
    Ok(store.saved_page(&source.id)?.filter(is_known))
}

/// What is remembered of a source, without what belongs to another url, or to another way to read it.
/// `saved` is its page that is read again.
pub fn of_this_reading(
    source: &Source,
    state: &SourceState,
    saved: Option<&SavedPage>,
) -> SourceState {
    let mut state = state.clone();
    if state.reading != source.reading() {
        // What its server asked for holds for the url, however its page is read.
        if !source.has_url_of(&state.reading) {
            state.server_demand = None;
        }
        state.reading = source.reading();
        state.body_hash = None;
        state.gone = false;
        state.gone_since = None;
        state.failures = 0;
        state.failing_since = None;
        state.alerted = None;
        state.hints = Hints::default();
        state.habits = Habits::default();
    }
    if state.body_hash.is_none() && saved.is_none() {
        state.validators = None;
    }
    state
}
