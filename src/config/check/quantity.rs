//! Durations and sizes: a whole number and a unit.

use std::time::Duration;

use super::super::finding::{Problem, shown};

/// Units of durations, in seconds; a year has 365 days.
const TIMES: &[(&str, u64)] = &[
    ("s", 1),
    ("m", 60),
    ("h", 60 * 60),
    ("d", 24 * 60 * 60),
    ("w", 7 * 24 * 60 * 60),
    ("y", 365 * 24 * 60 * 60),
];

/// Units of sizes, in bytes: those with an i count in 1024s, the others in thousands.
const SIZES: &[(&str, u64)] = &[
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

const LEAST_SIZE: u64 = 1 << 10;
/// Several answers are held in memory at once, so that a cap beyond this protects nobody.
const MOST_SIZE: u64 = 256 << 20;

/// Reads `"90s"`, `"30m"`, `"1h"`, `"2d"`, `"1w"`, `"5y"`, between two numbers of seconds.
pub(super) fn duration(written: &str, least: u64, most: u64) -> Result<Duration, Problem> {
    let help =
        "write a whole number and one unit: \"90s\", \"30m\", \"1h\", \"2d\", \"1w\" or \"5y\"";
    let Some(seconds) = amount(written, TIMES, |unit, known| unit == known) else {
        return Err(Problem::new(format!("`{}` is not a duration", shown(written)), help));
    };
    if seconds < least {
        return Err(Problem::new(
            format!("`{}` is too short", shown(written)),
            format!("write \"{}\" or longer", written_duration(least)),
        ));
    }
    if seconds > most {
        return Err(Problem::new(
            format!("`{}` is too long", shown(written)),
            format!("write \"{}\" or shorter", written_duration(most)),
        ));
    }
    Ok(Duration::from_secs(seconds))
}

/// Reads `"8MiB"`, `"512KiB"`, `"1GiB"`, `"20MB"`.
pub(super) fn size(written: &str) -> Result<u64, Problem> {
    let help = "write a whole number and one unit: \"512KiB\", \"8MiB\"";
    let same = |unit: &str, known: &str| unit.eq_ignore_ascii_case(known);
    match amount(written, SIZES, same) {
        None => Err(Problem::new(format!("`{}` is not a size", shown(written)), help)),
        Some(bytes) if bytes < LEAST_SIZE => Err(Problem::new(
            format!("`{}` is too small for any feed", shown(written)),
            "write \"1KiB\" or more; \"8MiB\" is usual",
        )),
        Some(bytes) if bytes > MOST_SIZE => Err(Problem::new(
            format!("`{}` is too large to be held in memory", shown(written)),
            "write \"256MiB\" or less; \"8MiB\" is usual",
        )),
        Some(bytes) => Ok(bytes),
    }
}

fn amount(written: &str, units: &[(&str, u64)], same: fn(&str, &str) -> bool) -> Option<u64> {
    let written = written.trim();
    let (number, unit) = written.split_at_checked(written.find(|c: char| !c.is_ascii_digit())?)?;
    let (_, factor) = units.iter().find(|(known, _)| same(unit.trim_start(), known))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// What durations look like, as a pattern for editors.
pub(in super::super) fn time_pattern() -> String {
    let units: Vec<&str> = TIMES.iter().map(|(unit, _)| *unit).collect();
    format!("[0-9]+\\s*({})", units.join("|"))
}

/// What sizes look like, in any case of their letters.
pub(in super::super) fn size_pattern() -> String {
    let either = |letter: char| match letter.to_ascii_lowercase() {
        small if small == letter.to_ascii_uppercase() => small.to_string(),
        small => format!("[{small}{}]", small.to_ascii_uppercase()),
    };
    let units = SIZES.iter().map(|(unit, _)| unit.chars().map(either).collect::<String>());
    format!("[0-9]+\\s*({})", units.collect::<Vec<_>>().join("|"))
}

/// A duration as it would be written in feeds.toml.
pub(in super::super) fn written_duration(seconds: u64) -> String {
    TIMES
        .iter()
        .rev()
        .find(|(_, factor)| seconds >= *factor && seconds.is_multiple_of(*factor))
        .map_or_else(
            || format!("{seconds}s"),
            |(unit, factor)| format!("{}{unit}", seconds / factor),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (written, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("30m", 1_800),
            ("1h", 3_600),
            ("2d", 172_800),
            ("1w", 604_800),
            ("5y", 157_680_000),
            (" 1 h ", 3_600),
        ] {
            assert_eq!(
                duration(written, 0, u64::MAX),
                Ok(Duration::from_secs(seconds)),
                "{written}"
            );
        }
        for written in [
            "",
            "h",
            "1",
            "1.5h",
            "-1h",
            "1H",
            "1 hour",
            "1h30m",
            "99999999999999999999s",
            "18446744073709551615y",
            "1M",
            "٣h",
        ] {
            assert!(duration(written, 0, u64::MAX).is_err(), "{written}");
        }
        assert!(duration("0s", 1, 10).unwrap_err().help.contains("\"1s\""));
        assert!(duration("1h", 1, 600).unwrap_err().help.contains("\"10m\""));
    }

    #[test]
    fn sizes_count_in_1024s_with_an_i() {
        for (written, bytes) in
            [("8MiB", 8 << 20), ("512kib", 512 << 10), ("20MB", 20_000_000), ("4096 B", 4096)]
        {
            assert_eq!(size(written), Ok(bytes), "{written}");
        }
        for written in ["", "8", "8M", "MiB", "1B", "1GiB", "99999999999GiB", "1.5MiB"] {
            assert!(size(written).is_err(), "{written}");
        }
    }
}
