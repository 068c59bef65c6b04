//! Dates: whatever is written, it is a date or none, and a date says the same when it is written
//! out and read again.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use chrono_tz::Tz;
use samizdat::clean::dates;

/// What dates are made of.
pub const WORDS: &[&str] = &[
    "Mon, ",
    "Monday",
    "02 Nov 2026",
    "2026-11-02",
    "20261102",
    "T10:00:00",
    " 10:00:00",
    "Z",
    "+0000",
    "+05:30",
    "-0500",
    "GMT",
    "EST",
    "CEST",
    "MSK",
    "(UTC)",
    "W45",
    "-W45-1",
    "306",
    "1762077600",
    "1762077600000",
    "November",
    "Νοεμβρίου",
    "ноября",
    "novembre",
    "Kasım",
    "de noviembre de",
    "10 h 30",
    "24:00",
    "23:59:60",
    "12:30 PM",
    "am",
    "p.m.",
    "0000",
    "9999",
    "-0001",
    "275760",
    "+14:00",
    "+99:99",
    "/",
    ".",
    ",",
    "–",
    "º",
    "1er",
    "2nd",
    "\u{a0}",
    "٢٠٢٦",
    "Uhr",
    "ώρα",
    "г.",
    "vor 3 Tagen",
    "yesterday",
];

/// Reads dates without a zone, and in three zones.
pub fn target(data: &[u8]) -> u64 {
    let written = String::from_utf8_lossy(data);
    let zones = [None, Some(Tz::UTC), Some(Tz::Europe__Athens), Some(Tz::America__New_York)];
    let read = zones.map(|zone| dates::parse(&written, zone));
    assert_eq!(read[0], read[1], "without a zone it is UTC");
    for date in read.into_iter().flatten() {
        check(date);
    }
    kind_of(&written, read[0])
}

fn check(date: DateTime<Utc>) {
    if (1000..=9999).contains(&date.year()) {
        let written = date.to_rfc3339_opts(SecondsFormat::Secs, true);
        let again = dates::parse(&written, None).map(|date| date.timestamp());
        assert_eq!(again, Some(date.timestamp()), "{written}");
        let mail = date.to_rfc2822();
        assert_eq!(dates::parse(&mail, None).map(|date| date.timestamp()), again, "{mail}");
    }
    if dates::is_plausible(date) {
        assert!((1990..=2100).contains(&date.year()), "{date}");
    }
}

/// Its shape: what kinds of characters follow one another, and whether it is a date.
fn kind_of(written: &str, date: Option<DateTime<Utc>>) -> u64 {
    let mut shape: Vec<char> = written
        .chars()
        .map(|c| match c {
            '0'..='9' => '0',
            c if c.is_alphabetic() => 'a',
            c => c,
        })
        .collect();
    shape.dedup();
    shape.truncate(7);
    super::kind((shape, date.is_some()))
}
