//! RFC 3339 and ISO 8601, year first.
//!
//! Tolerated: a space or nothing of `T`, slashes or dots of dashes, no seconds, the basic form
//! without separators, no zone, a zone without colon or minutes, a month without a day. Not read:
//! a year alone, 24:00 and leap seconds: the moment that is meant may be on
//! either side of midnight, and the time of first sight is as good.

use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::{Reading, date, names, offset};

/// Reads a date whose year comes first.
pub(super) fn parse(written: &str) -> Option<Reading> {
    let mut scan = Scan(written);
    let year = scan.number(4)?;
    let before = scan.0;
    let separator = scan.one_of(&['-', '/', '.']);
    if let Some(date) = scan.week(year, separator).or_else(|| scan.ordinal(year, separator)) {
        return scan.after_date(date, separator.is_some());
    }
    scan.0 = before;
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
    scan.after_date(date(year, month, day)?, separator.is_some())
}

struct Scan<'a>(&'a str);

impl Scan<'_> {
    /// `W07-3` or `W073`, by ISO 8601: the third day of the seventh week.
    fn week(&mut self, year: u32, separator: Option<char>) -> Option<NaiveDate> {
        let before = self.0;
        let mut read = || {
            self.one_of(&['W'])?;
            let week = self.number(2)?;
            if separator == Some('-') {
                self.one_of(&['-'])?;
            } else if separator.is_some() {
                return None;
            }
            let day = u8::try_from(self.number(1)?.checked_sub(1)?).ok()?;
            let weekday = Weekday::try_from(day).ok()?;
            NaiveDate::from_isoywd_opt(i32::try_from(year).ok()?, week, weekday)
        };
        let date = read();
        if date.is_none() {
            self.0 = before;
        }
        date
    }

    /// `-045`: the 45th day of the year. Without the dash it could be anything.
    fn ordinal(&mut self, year: u32, separator: Option<char>) -> Option<NaiveDate> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if separator != Some('-') || digits != 3 || self.0.get(3..)?.starts_with('-') {
            return None;
        }
        let date =
            NaiveDate::from_yo_opt(i32::try_from(year).ok()?, self.0.get(..3)?.parse().ok()?)?;
        self.0 = self.0.get(3..)?;
        Some(date)
    }

    /// What follows the date: nothing, a zone, or a time with or without one.
    fn after_date(&mut self, date: NaiveDate, has_separators: bool) -> Option<Reading> {
        let has_break = self.one_of(&['T', 't', '_', ' ', ',']).is_some();
        self.0 = self.0.trim_start();
        if self.0.is_empty() {
            return Some(Reading { date, time: NaiveTime::MIN, offset: None, place: None });
        }
        // `20240214103000` is the only form that goes on without a break.
        let time = if !has_break && has_separators { NaiveTime::MIN } else { self.time()? };
        let (offset, place) = self.zone()?;
        Some(Reading { date, time, offset, place })
    }

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

    /// The zone at the end, by its distance or its name, or neither.
    fn zone(&mut self) -> Option<(Option<i32>, Option<Tz>)> {
        // `2024-02-14T10:30+02:00[Europe/Athens]`, as Java prints it.
        let written = self.0.split('[').next().unwrap_or_default().trim();
        if written.is_empty() {
            return Some((None, None));
        }
        if written.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return match names::zone(written) {
                Some(minutes) => Some((Some(minutes), None)),
                None => names::place(written).map(|place| (None, Some(place))),
            };
        }
        let mut scan = Scan(written);
        let sign = scan.one_of(&['+', '-', '\u{2212}'])?;
        let hours = scan.number(2)?;
        let has_colon = scan.one_of(&[':']).is_some();
        let minutes = if scan.0.is_empty() && !has_colon { 0 } else { scan.number(2)? };
        // `+0000 UTC`, as Go prints it.
        let name = scan.0.trim_start();
        let is_name = name.len() <= 5 && name.bytes().all(|byte| byte.is_ascii_uppercase());
        if !(name.is_empty() || is_name && name.len() < scan.0.len()) {
            return None;
        }
        offset(sign != '+', hours, minutes).map(|minutes| (Some(minutes), None))
    }
}
