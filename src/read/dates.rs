//! The one seam between reading and the understanding of dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Reads a date as a source writes it; `zone` is that of dates without one.
pub(super) fn read_date(text: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    // `clean::dates::parse` takes this body's place.
    let _ = zone;
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .ok()
        .map(|date| date.with_timezone(&Utc))
}
