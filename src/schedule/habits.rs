//! How a source behaves over many polls, and what follows for the next ones. Pure.
//!
//! One that publishes is asked more often than one that has fallen silent; one that answers nothing
//! but "not modified" is asked without its validators now and then; and what a server wishes that
//! is more than is granted is noted, so that maintainers hear of it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{Habits, LongWish, Moved, Source, SourceState};

use super::{Settings, delta};

/// A source is never asked more often than this because it publishes much.
const BUSY: Duration = Duration::from_secs(60 * 60);

/// A source that is silent is left alone for this share of the time since its last news: half an
/// hour for each day.
const SHARE_OF_SILENCE: u32 = 48;

/// A source that gave nothing but 304 for so long is asked once without its validators, and at most
/// once in this time.
const PROBED_EVERY: TimeDelta = TimeDelta::days(8);

/// A permanent redirect that was seen at every poll for so long is told.
const MOVED_AFTER: TimeDelta = TimeDelta::days(7);

/// What the maintainers' interval becomes for a source that publishes more often, or has been
/// silent. One that they gave for the source itself stays as it is.
pub(super) fn pace(
    source: &Source,
    habits: &Habits,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Duration {
    if let Some(own) = source.interval {
        return own;
    }
    let usual = settings.interval;
    let busy = habits
        .usual_gap
        .map_or(usual, |gap| Duration::from_secs(gap.into()).clamp(BUSY.min(usual), usual));
    // A time ahead is that of a clock that was set back since.
    let silence = habits.last_news.and_then(|news| (now - news).to_std().ok()).unwrap_or_default();
    busy.max(silence / SHARE_OF_SILENCE)
}

/// Notes that a source was read, and brought so many new entries.
pub fn note_news(habits: &mut Habits, at: DateTime<Utc>, new: u32) {
    let Some(before) = habits.last_news.filter(|before| *before <= at) else {
        // What a new source brings at first is no measure of how often it publishes.
        habits.last_news = Some(at);
        return;
    };
    if new == 0 {
        return;
    }
    let gap = (at - before).num_seconds().checked_div(new.into()).unwrap_or_default();
    let gap = u32::try_from(gap).unwrap_or(u32::MAX);
    // A quarter of what is new and three of what was known, so that one quiet week changes little.
    let smoothed = habits.usual_gap.map_or(gap, |known| known - known / 4 + gap / 4);
    habits.usual_gap = Some(smoothed);
    habits.last_news = Some(at);
}

/// Whether a source is to be asked without its validators, because its server has said nothing but
/// 304 for a long time: some do so for ever.
pub fn is_probe_due(state: &SourceState, now: DateTime<Utc>) -> bool {
    let is_long_ago = |time: DateTime<Utc>| now - time >= PROBED_EVERY;
    state.validators.is_some()
        // As far as it was seen: what happened while nobody asked is not known.
        && state
            .habits
            .unmodified_since
            .zip(state.last_success)
            .is_some_and(|(since, last)| last - since >= PROBED_EVERY)
        && state.habits.probed.is_none_or(|probed| is_long_ago(probed) || probed > now)
}

/// Whether the request that was leased last goes without validators.
pub fn is_probing(state: &SourceState) -> bool {
    state.habits.probed.is_some() && state.habits.probed == state.last_poll
}

/// Notes where a permanent redirect led; `is_same` says whether the same feed was found there.
pub fn note_place(habits: &mut Habits, to: Option<&str>, is_same: bool, at: DateTime<Utc>) {
    habits.moved = match (to, habits.moved.take()) {
        (None, _) => None,
        // Once another feed was there it is no move, whatever is known of that feed later.
        (Some(to), Some(known)) if known.to == to && known.since <= at => {
            Some(Moved { is_same: known.is_same && is_same, ..known })
        }
        (Some(to), _) => Some(Moved { to: to.to_owned(), since: at, is_same, is_told: false }),
    };
}

/// Where a source has moved for certain: its server said so at every poll of a week, and the same
/// feed is there.
fn moved(habits: &Habits, now: DateTime<Utc>) -> Option<&str> {
    let moved = habits.moved.as_ref()?;
    (moved.is_same && now - moved.since >= MOVED_AFTER).then_some(moved.to.as_str())
}

/// Notes for how long a source wants to be left alone, where that is more than `granted`.
pub fn note_wish(habits: &mut Habits, wish: Duration, granted: Duration) {
    let seconds = wish.as_secs();
    habits.long_wish = (wish > granted).then(|| {
        let is_told = habits.long_wish.is_some_and(|known| known.is_told);
        LongWish { seconds, is_told }
    });
}

/// What the maintainers are to be told of a source once; noted as told.
pub fn tidings(
    source: &Source,
    state: &mut SourceState,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(text) = moved_in_words(source, &state.habits, now)
        && let Some(moved) = state.habits.moved.as_mut()
        && !std::mem::replace(&mut moved.is_told, true)
    {
        found.push(text);
    }
    if let Some(text) = wish_in_words(source, &state.habits, settings)
        && let Some(wish) = state.habits.long_wish.as_mut()
        && !std::mem::replace(&mut wish.is_told, true)
    {
        found.push(text);
    }
    found
}

/// Where a source has moved, as it may be shown.
pub fn moved_in_words(source: &Source, habits: &Habits, now: DateTime<Utc>) -> Option<String> {
    let to = source.shown_target(moved(habits, now)?);
    Some(format!(
        "its server has led to {to} for a week, and says that it is for good; write that url into feeds.toml"
    ))
}

/// For how long a source wants to be left alone, where that is more than is granted.
pub fn wish_in_words(source: &Source, habits: &Habits, settings: &Settings) -> Option<String> {
    let wish = Duration::from_secs(habits.long_wish?.seconds);
    let granted = source.max_interval.unwrap_or(settings.max_interval);
    Some(format!(
        "it wants to be left alone for {}, and is asked again after {}; a longer max_interval would grant more",
        in_words(wish),
        in_words(granted)
    ))
}

fn in_words(duration: Duration) -> String {
    let delta = delta(duration);
    match (delta.num_days(), delta.num_hours()) {
        (2.., _) => format!("{} days", delta.num_days()),
        (_, 2..) => format!("{} hours", delta.num_hours()),
        _ => format!("{} minutes", delta.num_minutes()),
    }
}
