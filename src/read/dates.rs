//! The one seam between reading and the understanding of dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::clean::dates;

/// Reads a date as a source writes it; `zone` is that of dates without one.
pub(super) fn read_date(text: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    dates::parse(text, zone)
}
