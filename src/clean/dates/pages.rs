//! Dates as pages write them: in a format that the maintainers know, or somewhere within a line.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{Reading, is_plausible, names, parse};

/// A line in which a date is looked for is read no further than this many words.
const MAX_WORDS: usize = 40;

/// A date has no more words than this: "Monday, the 12th of October 2020 at 14:30 Uhr CEST".
const MAX_DATE_WORDS: usize = 9;

/// Reads a date in a strftime format, names of months in any language of the partners. Words
/// before and after it do not matter. A weekday at the beginning of the format is not read.
pub fn with_format(written: &str, format: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    let format = format.trim();
    let bare = ["%A", "%a"].iter().find_map(|weekday| format.strip_prefix(weekday));
    let format = match bare {
        Some(rest) => rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '%'),
        None => format,
    };
    let has_month_name = format.contains("%B") || format.contains("%b") || format.contains("%h");
    let words: Vec<Cow<'_, str>> = written
        .split_whitespace()
        .take(MAX_WORDS)
        .map(|word| if has_month_name { in_english(word) } else { Cow::Borrowed(word) })
        .collect();
    (0..words.len()).find_map(|start| {
        let rest = words.get(start..)?.join(" ");
        formatted(&rest, format, zone).filter(|date| is_plausible(*date))
    })
}

/// A word with the name of its month in English: `Νοεμβρίου,` is `November,`.
fn in_english(word: &str) -> Cow<'_, str> {
    let bare = word.trim_matches(|c: char| !c.is_alphabetic());
    let month = names::month(&names::fold(bare)).filter(|_| !bare.is_empty());
    let month = month.and_then(|month| Month::try_from(u8::try_from(month).ok()?).ok());
    match month {
        // By this name chrono's formats know it.
        Some(month) => Cow::Owned(word.replacen(bare, month.name(), 1)),
        None => Cow::Borrowed(word),
    }
}

fn formatted(written: &str, format: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    if let Ok((date, _)) = DateTime::<FixedOffset>::parse_and_remainder(written, format) {
        return Some(date.to_utc());
    }
    let reading = match NaiveDateTime::parse_and_remainder(written, format) {
        Ok((date, _)) => {
            Reading { date: date.date(), time: date.time(), offset: None, place: None }
        }
        Err(_) => {
            let (date, _) = NaiveDate::parse_and_remainder(written, format).ok()?;
            Reading { date, time: NaiveTime::MIN, offset: None, place: None }
        }
    };
    reading.to_utc(zone)
}

/// The first date in a line such as "By Ada Example on 2 November 2026, 5 comments".
pub fn find(line: &str, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    let words: Vec<&str> = line.split_whitespace().take(MAX_WORDS).collect();
    for start in 0..words.len() {
        let rest = words.get(start..)?;
        for length in (1..=rest.len().min(MAX_DATE_WORDS)).rev() {
            let candidate = rest.get(..length)?.join(" ");
            let candidate = candidate.trim_matches(|c: char| !c.is_alphanumeric());
            // A row of digits alone may be anything.
            let has_break = candidate.contains(|c: char| !c.is_ascii_digit());
            if !has_break || !candidate.contains(|c: char| c.is_ascii_digit()) {
                continue;
            }
            if let Some(date) = parse(candidate, zone).filter(|date| is_plausible(*date)) {
                return Some(date);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: Option<DateTime<Utc>>) -> String {
        date.map(|date| date.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
    }

    #[test]
    fn formats_know_the_months_of_all_partners() {
        for (written, format) in [
            ("2 November 2026", "%d %B %Y"),
            ("Published: 2 November 2026 | News", "%d %B %Y"),
            ("2 Nov 2026", "%d %B %Y"),
            ("November 2, 2026", "%B %d, %Y"),
            ("Montag, 2. November 2026", "%A, %d. %B %Y"),
            ("2. Νοεμβρίου 2026", "%d. %B %Y"),
            ("2 Νοεμβρίου, 2026", "%d %B, %Y"),
            ("2 novembre 2026", "%d %B %Y"),
            ("lunedì 2 novembre 2026", "%A %d %B %Y"),
            ("2 de noviembre de 2026", "%d de %B de %Y"),
            ("2 ноября 2026 г.", "%d %B %Y"),
            ("2 de novembro de 2026", "%d de %B de %Y"),
            ("2 Kasım 2026", "%d %B %Y"),
            ("02.11.2026", "%d.%m.%Y"),
            ("11/02/26", "%m/%d/%y"),
        ] {
            assert_eq!(day(with_format(written, format, None)), "2026-11-02 00:00", "{written}");
        }
        let athens = Some(chrono_tz::Europe::Athens);
        let date = with_format("02.11.2026 - 10:30", "%d.%m.%Y - %H:%M", athens);
        assert_eq!(day(date), "2026-11-02 08:30");
        for (written, format) in [
            ("2 November", "%d %B"),
            ("soon", "%d %B %Y"),
            ("", "%Y"),
            ("31 February 2026", "%d %B %Y"),
        ] {
            assert_eq!(with_format(written, format, None), None, "{written}");
        }
    }

    #[test]
    fn dates_are_found_within_lines() {
        for (line, found) in [
            ("By Ada Example on 12 October 2020, 5 comments", "2020-10-12 00:00"),
            ("Erstellt am Dienstag 6. Mai 2014 um 23:30 und abgelegt", "2014-05-06 23:30"),
            ("(2026-11-02)", "2026-11-02 00:00"),
            ("Δημοσιεύθηκε στις 2 Νοεμβρίου 2026", "2026-11-02 00:00"),
            ("Room 2026, third floor", ""),
            ("20201012", ""),
            ("1 2 3 4 5 6 7 8", ""),
            ("", ""),
        ] {
            assert_eq!(day(find(line, None)), found, "{line}");
        }
    }
}
