//! Dates as feeds and pages write them, to UTC.
//!
//! RFC 822, RFC 3339 and ISO 8601 with the usual slips, epoch seconds, ctime, and dates in words
//! of the partners' languages. A date that cannot be is refused, never bent into one that can:
//! the caller then has the time of first sight, which is true. Where day and month are both
//! numbers and neither comes with the year first, the day is read first, as it is written where
//! our partners are; `02/14/2024` can only mean the month first, and is read so.

mod iso;
mod names;
mod pages;
mod rfc822;
#[cfg(test)]
mod tests;
mod words;

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeZone, Utc,
};
use chrono_tz::Tz;

pub use pages::{find, with_format};

/// No date is longer than this.
const MAX_WRITTEN: usize = 120;

/// Feeds did not exist before: an earlier date is an error (often the epoch of some clock).
const FIRST_YEAR: i32 = 1990;

/// A later date is an error as well.
const LAST_YEAR: i32 = 2100;

/// No zone is further from Greenwich, in minutes.
const MAX_OFFSET: i32 = 14 * 60;

/// Reads a date. One without a zone is read in `zone`, else in UTC.
pub fn parse(written: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    if written.len() > MAX_WRITTEN {
        return None;
    }
    let written = written.trim();
    if written.bytes().all(|byte| byte.is_ascii_digit()) && !written.is_empty() {
        return digits(written, zone);
    }
    // Epoch seconds with a fraction, as Python prints them.
    if let Some((seconds, fraction)) = written.split_once('.')
        && (9..=10).contains(&seconds.len())
        && [seconds, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return digits(seconds, zone);
    }
    let reading = iso::parse(written).or_else(|| rfc822::parse(written));
    reading.or_else(|| words::parse(written))?.to_utc(zone)
}

/// Whether a date can be that of a story at all; whether it lies in the future is decided where
/// the time is known.
pub fn is_plausible(date: DateTime<Utc>) -> bool {
    (FIRST_YEAR..=LAST_YEAR).contains(&date.year())
}

/// A date that is nothing but digits: its length tells what it is.
fn digits(written: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    let number: i64 = written.parse().ok()?;
    match written.len() {
        9..=11 => DateTime::from_timestamp(number, 0),
        12..=13 => DateTime::from_timestamp_millis(number),
        15..=16 => DateTime::from_timestamp_micros(number),
        8 | 14 => iso::parse(written)?.to_utc(zone),
        _ => None,
    }
}

/// What a date says, before the zone is applied.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    date: NaiveDate,
    time: NaiveTime,
    /// Minutes east of Greenwich, where a zone is given.
    offset: Option<i32>,
    /// A zone with a history, where the date names one: `Europe/Athens`.
    place: Option<Tz>,
}

impl Reading {
    fn to_utc(self, zone: Option<Tz>) -> Option<DateTime<Utc>> {
        let local = self.date.and_time(self.time);
        if let Some(minutes) = self.offset {
            let offset = FixedOffset::east_opt(minutes.checked_mul(60)?)?;
            return Some(offset.from_local_datetime(&local).single()?.to_utc());
        }
        in_zone(local, self.place.or(zone))
    }
}

/// A time of the calendar in a zone, else in UTC.
pub fn in_zone(local: NaiveDateTime, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    let Some(zone) = zone else { return Some(local.and_utc()) };
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(date) | MappedLocalTime::Ambiguous(date, _) => Some(date.to_utc()),
        // In the hour that summer time leaves out, clocks that were not set show this.
        MappedLocalTime::None => unset_clock(zone, local),
    }
}

fn unset_clock(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let before = local.checked_sub_signed(chrono::TimeDelta::days(1))?;
    let offset = zone.offset_from_utc_datetime(&before).fix();
    Some(offset.from_local_datetime(&local).single()?.to_utc())
}

/// A day of the calendar, in a year of four digits.
fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| (1000..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Minutes east of Greenwich from hours and minutes.
fn offset(is_west: bool, hours: u32, minutes: u32) -> Option<i32> {
    if minutes > 59 {
        return None;
    }
    let total = i32::try_from(hours.checked_mul(60)?.checked_add(minutes)?).ok()?;
    let signed = if is_west { total.checked_neg()? } else { total };
    (total <= MAX_OFFSET).then_some(signed)
}
