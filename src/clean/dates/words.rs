//! Everything that is not written year first in digits: RFC 822 with its many dialects, ctime,
//! and dates in words.
//!
//! The parts are recognised by their shape, not by their place: a month by its name, a year by
//! its four digits, a time by its colon, a zone by its sign or its name after the time. The
//! weekday is ignored, since it is often wrong and never needed.

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::{Reading, date, names, offset};

/// Words that may stand in a date and say nothing.
const FILLERS: &[&str] = &[
    "a", "alle", "as", "at", "de", "del", "den", "der", "di", "do", "du", "el", "il", "kl", "klo",
    "la", "las", "le", "les", "of", "on", "ore", "os", "st", "nd", "rd", "th", "er", "the", "uhr",
    "um", "um", "yil", "saat", "ωρα", "ωρεσ", "horas", "hora", "hs", "feira", "t", "klockan",
    "heures", "στισ", "στη", "την", "τησ", "στο", "γ", "г", "год", "года", "в", "h", "hrs", "dia",
];

/// What was found so far.
#[derive(Debug, Default)]
struct Parts {
    /// Numbers of day and year, with how many digits each was written.
    numbers: Vec<(u32, usize)>,
    month: Option<u32>,
    /// How many numbers stood before the month.
    before_month: usize,
    time: Option<(u32, u32, u32)>,
    is_afternoon: Option<bool>,
    offset: Option<i32>,
    place: Option<Tz>,
    has_dots: bool,
}

/// Reads a date in words.
pub(super) fn parse(written: &str) -> Option<Reading> {
    let bare = without_comments(written)?;
    let mut parts = Parts::default();
    let mut rest = bare.as_str();
    let mut is_first = true;
    while let Some(first) = rest.chars().next() {
        rest = if first.is_ascii_digit() {
            parts.number(rest)?
        } else if first.is_alphabetic() {
            parts.word(rest, is_first)?
        } else if matches!(first, '+' | '-' | '\u{2212}') && parts.time.is_some() {
            parts.zone(rest)?
        } else {
            parts.has_dots |= first == '.';
            rest.strip_prefix(first)?
        };
        is_first &= !first.is_alphanumeric();
    }
    parts.reading()
}

/// RFC 822 allows comments in parentheses, such as the name of the zone.
fn without_comments(written: &str) -> Option<String> {
    let mut depth = 0_u32;
    let mut bare = String::with_capacity(written.len());
    for c in written.chars() {
        match c {
            '(' => depth = depth.checked_add(1)?,
            ')' => depth = depth.checked_sub(1)?,
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    Some(bare)
}

impl Parts {
    /// A day, a year, or a time.
    fn number<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (number, digits, rest) = take_number(text)?;
        // `10:30` and the French `10h30`.
        let minutes = rest
            .strip_prefix(':')
            .or_else(|| rest.strip_prefix(['h', 'H']))
            .filter(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        // `14.30`, German and Italian, once the date is there that dots could belong to.
        let has_date = self.numbers.len() == if self.month.is_some() { 2 } else { 3 };
        let minutes = minutes.or_else(|| {
            rest.strip_prefix('.')
                .filter(|after| has_date && after.starts_with(|c: char| c.is_ascii_digit()))
        });
        let Some(minutes) = minutes.filter(|_| digits <= 2) else {
            if self.numbers.len() > 2 {
                return None;
            }
            self.numbers.push((number, digits));
            return Some(rest);
        };
        if self.time.is_some() {
            return None;
        }
        let (minute, 2, mut rest) = take_number(minutes)? else { return None };
        let mut second = 0;
        if let Some(after) = rest.strip_prefix(':').or_else(|| dotted_seconds(rest)) {
            let (number, 1..=2, after) = take_number(after)? else { return None };
            second = number;
            rest = after;
            if let Some(fraction) = rest.strip_prefix(['.', ',']) {
                rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            }
        }
        self.time = Some((number, minute, second));
        Some(rest)
    }

    fn word<'a>(&mut self, text: &'a str, is_first: bool) -> Option<&'a str> {
        let end = text
            .find(|c: char| {
                !(c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c))
            })
            .unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        let folded = names::fold(word);
        let is_zone_place = self.time.is_some();
        if self.month.is_none()
            && let Some(month) = names::month(&folded)
            // `Mar` is Tuesday in Italian; it is the month only where no other follows.
            && !(is_first && rest.chars().skip(1).any(char::is_alphabetic) && names_month(rest))
        {
            self.month = Some(month);
            self.before_month = self.numbers.len();
        } else if is_zone_place && let Some((is_afternoon, rest)) = half_of_day(&folded, rest) {
            self.is_afternoon = Some(is_afternoon);
            return Some(rest);
        } else if is_zone_place && rest.starts_with('/') {
            // `Europe/Athens`, `America/Argentina/Buenos_Aires`.
            let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || "/_-+".contains(c)));
            let (name, rest) = text.split_at_checked(length.unwrap_or(text.len()))?;
            self.place = Some(names::place(name)?);
            return Some(rest);
        } else if is_zone_place && let Some(minutes) = names::zone(&folded) {
            self.offset = self.offset.or(Some(minutes));
        } else if !(is_first
            || names::is_weekday(&folded)
            || FILLERS.contains(&folded.as_str())
            || is_zone_place && is_zone_name(word))
        {
            return None;
        }
        Some(rest)
    }

    /// `+0200`, `+02:00`, `+02`, `+2`; also after a name, as in `GMT+2`.
    fn zone<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let sign = text.chars().next()?;
        let (number, digits, mut rest) = take_number(text.strip_prefix(sign)?)?;
        let (hours, minutes) = match digits {
            1 | 2 => match rest.strip_prefix(':') {
                Some(after) => {
                    let (minutes, 2, after) = take_number(after)? else { return None };
                    rest = after;
                    (number, minutes)
                }
                None => (number, 0),
            },
            3 | 4 => (number / 100, number % 100),
            _ => return None,
        };
        self.offset = Some(offset(sign != '+', hours, minutes)?);
        Some(rest)
    }

    fn reading(self) -> Option<Reading> {
        let (hour, minute, second) = self.time.unwrap_or_default();
        let hour = match self.is_afternoon {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(is_afternoon) => (hour % 12).checked_add(if is_afternoon { 12 } else { 0 })?,
        };
        let time = NaiveTime::from_hms_opt(hour, minute, second)?;
        let (year, month, day) = self.calendar()?;
        Some(Reading {
            date: date(year, month, day)?,
            time,
            offset: self.offset,
            place: self.place,
        })
    }

    /// Year, month, day.
    fn calendar(&self) -> Option<(u32, u32, u32)> {
        match (self.month, self.numbers.as_slice()) {
            (Some(month), [(year, 4), (day, 1 | 2)]) => Some((*year, month, *day)),
            (Some(month), [(day, 1 | 2), year]) => Some((full_year(*year)?, month, *day)),
            // Two numbers of the date are digits: day first, unless only the month can be.
            (None, [(first, 1 | 2), (second, 1 | 2), year]) => {
                let year = full_year(*year)?;
                if *second > 12 && !self.has_dots {
                    Some((year, *first, *second))
                } else {
                    Some((year, *second, *first))
                }
            }
            _ => None,
        }
    }
}

/// The `.45` of `14.30.45`.
fn dotted_seconds(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix('.')?;
    (after.bytes().take_while(u8::is_ascii_digit).count() == 2).then_some(after)
}

/// Whether a folded word says that a time is after noon, and what follows it: `pm`, `p.m.`, `μ.μ.`
fn half_of_day<'a>(word: &str, rest: &'a str) -> Option<(bool, &'a str)> {
    match word {
        "am" | "πμ" => Some((false, rest)),
        "pm" | "μμ" => Some((true, rest)),
        "a" | "p" => {
            let after = rest.strip_prefix('.')?.trim_start().strip_prefix(['m', 'M'])?;
            Some((word == "p", after))
        }
        "π" | "μ" => {
            let after = rest.strip_prefix('.')?.trim_start().strip_prefix(['μ', 'Μ'])?;
            Some((word == "μ", after))
        }
        _ => None,
    }
}

/// RFC 2822 section 4.3: two digits up to 49 are this century, three count from 1900.
fn full_year((year, digits): (u32, usize)) -> Option<u32> {
    match digits {
        4 => Some(year),
        2 if year < 50 => year.checked_add(2000),
        2 | 3 => year.checked_add(1900),
        _ => None,
    }
}

fn take_number(text: &str) -> Option<(u32, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, digits, rest))
}

/// An unknown zone: RFC 2822 has it read as if none were given.
fn is_zone_name(word: &str) -> bool {
    (2..=5).contains(&word.len()) && word.chars().all(|c| c.is_ascii_uppercase())
}

/// Whether one of the words names a month.
fn names_month(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| names::month(&names::fold(word)).is_some())
}
