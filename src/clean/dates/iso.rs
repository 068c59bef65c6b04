//! RFC 3339 and ISO 8601, year first.
//!
//! Tolerated: a space or nothing of `T`, slashes or dots of dashes, no seconds, the basic form
//! without separators, no zone, a zone without colon or minutes, a month without a day. Not read:
//! weeks, ordinal days, a year alone, 24:00 and leap seconds.

use chrono::NaiveTime;

use super::{Reading, date, names, offset};

/// Reads a date whose year comes first.
pub(super) fn parse(written: &str) -> Option<Reading> {
    let mut scan = Scan(written);
    let year = scan.number(4)?;
    let separator = scan.one_of(&['-', '/', '.']);
    let month = match separator {
        Some(_) => scan.number(2).or_else(|| scan.number(1))?,
        None => scan.number(2)?,
    };
    let day = match separator {
        Some(separator) => match scan.one_of(&[separator]) {
            Some(_) => scan.number(2).or_else(|| scan.number(1))?,
            None if scan.0.is_empty() && separator == '-' => 1,
            None => return None,
        },
        None => scan.number(2)?,
    };
    let date = date(year, month, day)?;
    let has_break = scan.one_of(&['T', 't', '_', ' ', ',']).is_some();
    scan.0 = scan.0.trim_start();
    if scan.0.is_empty() {
        return Some(Reading { date, time: NaiveTime::MIN, offset: None });
    }
    // `20240214103000` is the only form that goes on without a break.
    if !has_break && separator.is_some() {
        return scan.zone().map(|offset| Reading { date, time: NaiveTime::MIN, offset });
    }
    let time = scan.time()?;
    let offset = scan.zone()?;
    Some(Reading { date, time, offset })
}

struct Scan<'a>(&'a str);

impl Scan<'_> {
    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        number.parse().ok()
    }

    fn one_of(&mut self, wanted: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|c| wanted.contains(c))?;
        self.0 = self.0.strip_prefix(first)?;
        Some(first)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.number(2).or_else(|| self.number(1))?;
        let has_colons = self.one_of(&[':']).is_some();
        let minute = self.number(2)?;
        let has_seconds = if has_colons {
            self.one_of(&[':']).is_some()
        } else {
            self.0.starts_with(|c: char| c.is_ascii_digit())
        };
        let second = if has_seconds { self.number(2)? } else { 0 };
        // Fractions of a second order nothing that we show.
        if has_seconds && self.one_of(&['.', ',']).is_some() {
            self.0 = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        NaiveTime::from_hms_opt(hour, minute, second)
    }

    /// The zone at the end, `Some(None)` where there is none.
    fn zone(&mut self) -> Option<Option<i32>> {
        // `2024-02-14T10:30+02:00[Europe/Athens]`, as Java prints it.
        let written = self.0.split('[').next().unwrap_or_default().trim();
        if written.is_empty() {
            return Some(None);
        }
        if written.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return names::zone(written).map(Some);
        }
        let mut scan = Scan(written);
        let sign = scan.one_of(&['+', '-', '\u{2212}'])?;
        let hours = scan.number(2)?;
        let has_colon = scan.one_of(&[':']).is_some();
        let minutes = if scan.0.is_empty() && !has_colon { 0 } else { scan.number(2)? };
        if !scan.0.is_empty() {
            return None;
        }
        offset(sign != '+', hours, minutes).map(Some)
    }
}
