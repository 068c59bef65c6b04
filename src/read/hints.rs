//! What a feed says about when to poll it; nonsense counts as silence.

use std::time::Duration;

use crate::model::Hints;
use crate::read::survey::{Field, Space};

/// The longest wait that a `ttl` is believed: 31 days in minutes.
const LONGEST_TTL: u64 = 31 * 24 * 60;

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Reads the hints among the fields of a channel or feed.
pub(super) fn hints(fields: &[Field]) -> Hints {
    let text = |space: Space, local: &str| {
        fields.iter().find(|field| field.is(space, local)).and_then(Field::words)
    };
    let interval = plain(fields, "ttl").and_then(Field::words).and_then(ttl).or_else(|| {
        syndication(text(Space::Sy, "updatePeriod"), text(Space::Sy, "updateFrequency"))
    });
    Hints {
        interval,
        skip_hours: plain(fields, "skipHours").map(skip_hours).unwrap_or_default(),
        skip_days: plain(fields, "skipDays").map(skip_days).unwrap_or_default(),
    }
}

/// What a feed says about that and that is passed over, in words for maintainers.
pub(super) fn nonsense(fields: &[Field], read: &Hints) -> Vec<String> {
    let mut found = Vec::new();
    if plain(fields, "ttl").is_some_and(|field| field.words().and_then(ttl).is_none()) {
        found.push("a ttl that is no sensible time was passed over".to_owned());
    }
    let has = |name: &str| plain(fields, name).is_some_and(|field| !field.children.is_empty());
    if (has("skipHours") && read.skip_hours.is_empty())
        || (has("skipDays") && read.skip_days.is_empty())
    {
        found.push("skipHours or skipDays that leave no time were passed over".to_owned());
    }
    found
}

fn plain<'f, 't>(fields: &'f [Field<'t>], local: &str) -> Option<&'f Field<'t>> {
    fields.iter().find(|field| field.is(Space::Plain, local) || field.is(Space::Rss, local))
}

/// Minutes; 0, negative and absurd numbers say nothing.
fn ttl(text: &str) -> Option<Duration> {
    let minutes: u64 = text.parse().ok()?;
    (1..=LONGEST_TTL).contains(&minutes).then(|| Duration::from_secs(minutes.saturating_mul(60)))
}

/// Period divided by frequency, as the syndication module of RSS 1.0 means it.
fn syndication(period: Option<&str>, frequency: Option<&str>) -> Option<Duration> {
    let period: u64 = match period?.to_ascii_lowercase().as_str() {
        "hourly" => 3_600,
        "daily" => 86_400,
        "weekly" => 604_800,
        "monthly" => 2_592_000,
        "yearly" => 31_536_000,
        _ => return None,
    };
    let frequency: u64 = match frequency {
        Some(text) => text.parse().ok()?,
        None => 1,
    };
    let seconds = period.checked_div(frequency)?;
    (60..=LONGEST_TTL.saturating_mul(60)).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// Hours 0 to 23; 24 is midnight in RSS 0.91. A feed that skips every hour means none.
fn skip_hours(field: &Field) -> Vec<u8> {
    let mut hours: Vec<u8> = field
        .children
        .iter()
        .filter_map(|hour| hour.words()?.parse::<u8>().ok())
        .filter(|hour| *hour <= 24)
        .map(|hour| if hour == 24 { 0 } else { hour })
        .collect();
    hours.sort_unstable();
    hours.dedup();
    if hours.len() == 24 { Vec::new() } else { hours }
}

/// Days by their English names. A feed that skips every day means none.
fn skip_days(field: &Field) -> Vec<u8> {
    let mut days: Vec<u8> = field
        .children
        .iter()
        .filter_map(|day| {
            let name = day.words()?.to_ascii_lowercase();
            DAYS.iter().position(|known| *known == name)
        })
        .filter_map(|day| u8::try_from(day).ok())
        .collect();
    days.sort_unstable();
    days.dedup();
    if days.len() == DAYS.len() { Vec::new() } else { days }
}
