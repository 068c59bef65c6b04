//! Which sources are due at `now`, and when each is next due. Pure.
//!
//! A source is asked again after the longest of what the maintainers, the document and the server
//! ask for; after failures later and later. Nothing here waits or sends.

mod habits;
mod silence;

pub use habits::{
    is_probe_due, is_probing, moved_in_words, note_news, note_place, note_wish, tidings,
    wish_in_words,
};
pub use silence::{Silenced, silenced, silenced_in_words};

use std::time::Duration;

use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Timelike, Utc};

use crate::model::{Hints, Location, Source, SourceState};

/// The timing part of `[fetch]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Interval where the source itself says nothing.
    pub interval: Duration,
    /// Never sooner, also by hand.
    pub min_interval: Duration,
    /// Cap of widening, back-off, ttl and max-age.
    pub max_interval: Duration,
    /// A source that fails longer than this is reported.
    pub alert_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(60 * 60),
            min_interval: Duration::from_secs(15 * 60),
            max_interval: DAY,
            alert_after: DAY,
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A server that gives no validators is asked once in this time, unless feeds.toml says otherwise
/// for the source itself.
const WITHOUT_VALIDATORS: Duration = DAY;

/// The first back-off after "too many requests", "unavailable", "forbidden" and "unauthorised"
/// where the server names no time.
const REFUSED: Duration = Duration::from_secs(4 * 60 * 60);

/// The longest time that a server's own demand is believed; `fetch` grants no longer one.
const LONGEST_DEMAND: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Up to this share of an interval is added by chance, so that sources do not move in step.
const JITTER: f64 = 0.02;

/// Why a source is not polled now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDue {
    /// Its interval has not passed.
    Interval(DateTime<Utc>),
    /// `min_interval` has not passed; this holds by hand as well.
    MinInterval(DateTime<Utc>),
    /// The server itself asked for it; this holds by hand as well.
    ServerDemand(DateTime<Utc>),
    /// The server said that it is gone for ever.
    Gone,
    /// It was taken down.
    TakenDown,
}

impl NotDue {
    /// When it may be polled, where that will ever be.
    pub fn until(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Interval(until) | Self::MinInterval(until) | Self::ServerDemand(until) => {
                Some(until)
            }
            Self::Gone | Self::TakenDown => None,
        }
    }
}

/// No clock is right that says less: the program is younger.
const FIRST_RELEASE: i64 = 1_793_491_200; // 2026-11-01 00:00 UTC

/// By so much a clock may be set back without being wrong.
const CLOCK_SKEW: TimeDelta = TimeDelta::days(1);

/// The time that what is seen `now` gets, where `newest` is the latest that was ever noted.
///
/// Time does not run backwards by a few hours, and a clock that begins in 1970 until it hears of
/// the time says nothing: then it is as late as ever. A clock that says clearly less was set, or had
/// been ahead, and is believed.
pub fn stamp(now: DateTime<Utc>, newest: Option<DateTime<Utc>>) -> DateTime<Utc> {
    match newest {
        Some(newest) if now < newest => {
            let is_absurd = now.timestamp() < FIRST_RELEASE;
            if is_absurd || newest - now <= CLOCK_SKEW { newest } else { now }
        }
        _ => now,
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX / 4)
}

fn after(now: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    now.checked_add_signed(delta(duration)).unwrap_or(now)
}

/// A source's own settings, or the general ones.
fn of(own: Option<Duration>, general: Duration) -> Duration {
    own.unwrap_or(general)
}

/// Whether a source may be polled at `now`; `by_hand` passes over its interval, but not over the
/// floor and not over what the server asked for.
///
/// # Errors
/// [`NotDue`] says why not, and until when.
pub fn is_due(
    source: &Source,
    state: &SourceState,
    settings: &Settings,
    now: DateTime<Utc>,
    by_hand: bool,
) -> Result<(), NotDue> {
    if matches!(source.location, Location::File(_)) {
        return Ok(());
    }
    if !source.has_url_of(&state.reading) {
        // Another document: nothing that is remembered speaks of it.
        return Ok(());
    }
    // Other selectors for the same page: it is wanted soon, but its server does not know of that.
    let is_wanted = by_hand || state.reading != source.reading();
    if state.gone {
        return Err(NotDue::Gone);
    }
    // A clock that was set back must not silence a source for longer than its interval can be.
    if state.last_poll.is_some_and(|last| last > now) {
        return Ok(());
    }
    let believable = |until: DateTime<Utc>, longest: Duration| {
        (until > now && until <= after(now, longest)).then_some(until)
    };
    if let Some(until) = state.server_demand.and_then(|until| believable(until, LONGEST_DEMAND)) {
        return Err(NotDue::ServerDemand(until));
    }
    let min_interval = of(source.min_interval, settings.min_interval);
    if let Some(last) = state.last_poll
        && let Some(until) = believable(after(last, min_interval), min_interval)
    {
        return Err(NotDue::MinInterval(until));
    }
    if is_wanted {
        return Ok(());
    }
    let due = state.due.filter(|due| *due > now);
    match due.max(skipped_until(&state.hints, now)) {
        Some(due) => Err(NotDue::Interval(due)),
        None => Ok(()),
    }
}

/// Until when a source does not want to be asked, where `now` lies in one of the hours or days that
/// its document names; not of another url.
pub fn is_skipping(source: &Source, state: &SourceState, now: DateTime<Utc>) -> Option<NotDue> {
    let is_known = source.has_url_of(&state.reading);
    skipped_until(&state.hints, now).filter(|_| is_known).map(NotDue::Interval)
}

/// Until when a document does not want to be asked for, where `now` lies in one of the hours or
/// days that it names (RSS skipHours and skipDays, GMT). One that names all of them names none.
fn skipped_until(hints: &Hints, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let is_skipped = |time: DateTime<Utc>| {
        let day = u8::try_from(time.weekday().num_days_from_monday()).unwrap_or_default();
        let hour = u8::try_from(time.hour()).unwrap_or_default();
        hints.skip_days.contains(&day) || hints.skip_hours.contains(&hour)
    };
    if !is_skipped(now) {
        return None;
    }
    let whole_hour = now.duration_trunc(TimeDelta::hours(1)).ok()?;
    (1..=24 * 7).map(|hours| whole_hour + TimeDelta::hours(hours)).find(|time| !is_skipped(*time))
}

/// What an answer says about the next poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A document, or "not modified".
    Good,
    /// 404.
    NotFound,
    /// 410.
    Gone,
    /// 401, 403, 429, 503: the server does not want us now.
    Refused,
    /// Anything else: no answer, an error of the server, a document that cannot be read.
    Failed,
}

/// When a source in this state is next due after an answer at `now`; `chance` is from 0 to 1.
pub fn next_due(
    source: &Source,
    state: &SourceState,
    answer: Answer,
    settings: &Settings,
    now: DateTime<Utc>,
    chance: f64,
) -> DateTime<Utc> {
    let min_interval = of(source.min_interval, settings.min_interval);
    let max_interval = of(source.max_interval, settings.max_interval).max(min_interval);
    let interval = of(source.interval, settings.interval).max(min_interval);
    let usual = habits::pace(source, &state.habits, settings, now).min(max_interval.max(interval));
    let usual = usual.max(min_interval);
    let asked = state.hints.interval.unwrap_or_default().min(max_interval);
    // Of a source that never answered it is not known whether it gives validators.
    let is_conditional = state.validators.is_some() || state.last_success.is_none();
    let floor = if is_conditional || source.interval.is_some() {
        Duration::ZERO
    } else {
        WITHOUT_VALIDATORS
    };
    let normal = usual.max(asked).max(floor);
    let doubled = |first: Duration| {
        let times = state.failures.saturating_sub(1).min(16);
        first.saturating_mul(1 << times).min(max_interval).max(normal)
    };
    let wait = match answer {
        Answer::Good => normal,
        Answer::Gone => DAY.max(normal),
        Answer::NotFound | Answer::Failed => doubled(interval),
        Answer::Refused => doubled(REFUSED),
    };
    after(now, wait.mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0)))
}

/// Why a source is next polled when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// Its server, or another document of its host, asked for it.
    ServerDemand,
    /// It fails, and is tried less and less often.
    Failures,
    /// Its document names hours or days in which it is not to be asked for.
    Skipped,
    /// Its document says how often it changes.
    Document,
    /// Its server gives no validators, and feeds.toml says nothing of this source.
    NoValidators,
    /// The source has an interval of its own in feeds.toml.
    OwnInterval,
    /// `[fetch]` says how often.
    Interval,
}

/// When a source will be polled next, and why then, where that is not now; `silent_until` is what its
/// host asked for.
pub fn next_poll(
    source: &Source,
    state: &SourceState,
    settings: &Settings,
    silent_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, Because)> {
    let due = state.due.max(silent_until).filter(|due| *due > now)?;
    if let Some(until) = skipped_until(&state.hints, due) {
        return Some((until, Because::Skipped));
    }
    let asked = state.server_demand.max(silent_until);
    let min_interval = of(source.min_interval, settings.min_interval);
    let interval = of(source.interval, settings.interval).max(min_interval);
    let because = if asked.is_some_and(|asked| asked >= due) {
        Because::ServerDemand
    } else if state.failures > 0 {
        Because::Failures
    } else if source.interval.is_none()
        && state.validators.is_none()
        && state.last_success.is_some()
    {
        Because::NoValidators
    } else if state.hints.interval.is_some_and(|hint| hint > interval) {
        Because::Document
    } else if source.interval.is_some() {
        Because::OwnInterval
    } else {
        Because::Interval
    };
    Some((due, because))
}

/// The due time that is stored before a request is sent: what follows if the process dies. `state` is
/// that of before.
pub fn leased_until(
    source: &Source,
    state: &SourceState,
    settings: &Settings,
    now: DateTime<Utc>,
    chance: f64,
) -> DateTime<Utc> {
    let due = next_due(source, state, Answer::Good, settings, now, chance);
    // One that fails waits as long as it did before; how it was refused is not remembered.
    let waited = state.due.zip(state.last_poll).filter(|_| state.failures > 0);
    let waited = waited.map(|(due, last)| due - last).unwrap_or_default();
    let longest = delta(of(source.max_interval, settings.max_interval));
    due.max(now.checked_add_signed(waited.min(longest)).unwrap_or(due))
}

/// A host that is down is tried again after this for its sources that were not asked; all of them
/// together send it one request in that time.
const PUT_OFF: Duration = Duration::from_secs(60 * 60);

/// When a source is due again that was not asked, since its host is down: soon, however seldom it is
/// asked otherwise; `leased` is what holds for it else.
pub fn put_off_until(
    source: &Source,
    settings: &Settings,
    leased: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    chance: f64,
) -> Option<DateTime<Utc>> {
    let wait = of(source.interval, settings.interval).min(PUT_OFF);
    let wait = wait.max(of(source.min_interval, settings.min_interval));
    let again = after(now, wait.mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0)));
    leased.map(|leased| leased.min(again))
}

/// Whether a source has failed for so long that its maintainers are told.
pub fn is_alarming(state: &SourceState, settings: &Settings, now: DateTime<Utc>) -> bool {
    state.failing_since.is_some_and(|since| now - since > delta(settings.alert_after))
}

/// Whether the maintainers were not told within the last day.
pub fn is_alert_due(state: &SourceState, now: DateTime<Utc>) -> bool {
    state.alerted.is_none_or(|alerted| now - alerted >= delta(DAY) || alerted > now)
}

#[cfg(test)]
mod tests;
