//! Which sources are due at `now`, and when each is next due. Pure.

use std::time::Duration;

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
            max_interval: Duration::from_secs(24 * 60 * 60),
            alert_after: Duration::from_secs(24 * 60 * 60),
        }
    }
}
