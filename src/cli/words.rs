//! Reports in words.

pub(super) mod check;
pub(super) mod editors;
pub(super) mod explain;
pub(super) mod preview;
pub(super) mod sources;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::look::{Colour, Look};
use crate::commands::fetch::{Fate, Outcome, Report, SourceLine, WouldStore};
use crate::commands::{self, backup, list, politeness, restore, status};
use crate::config::Severity;

/// Text as a terminal may get it: what sources say holds no escapes that a terminal obeys.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            control if control.is_control() => '\u{fffd}',
            // Direction overrides would reorder what stands beside them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            other => other,
        })
        .collect()
}

/// One line of text, whatever it holds.
fn line(text: &str) -> String {
    printable(&text.replace(['\n', '\t'], " "))
}

pub(super) fn source_line(source: &SourceLine) -> String {
    let what = match source.outcome {
        Outcome::New => format!("{} new, {} updated", source.new, source.updated),
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::Failed => format!("failed: {}", source.error.as_deref().unwrap_or_default()),
        Outcome::NotDue => "not due".to_owned(),
        Outcome::Held => "held for an editor".to_owned(),
    };
    format!("{}: {}", source.id, line(&what))
}

/// What a dry run would have stored: an entry a line, and how many there are.
pub(super) fn would_store(entries: &[WouldStore], report: &Report) -> String {
    let mut text = String::new();
    for entry in entries {
        let fate = match entry.fate {
            Fate::New => "new",
            Fate::Updated => "updated",
            Fate::Joined => "joins a story that is there",
            Fate::Backlog => "kept, too old to be published",
            Fate::Kept => "kept, not published yet",
        };
        let tags = match entry.tags.as_slice() {
            [] => String::new(),
            tags => format!(" [{}]", tags.join(", ")),
        };
        let said = format!("{}: {fate}: {}{tags}", entry.source, entry.title);
        text.push_str(&line(&said));
        text.push('\n');
        if let Some(url) = &entry.url {
            text.push_str(&format!("    {}\n", line(url)));
        }
    }
    for source in report.sources.iter().filter(|source| source.outcome == Outcome::Failed) {
        text.push_str(&source_line(source));
        text.push('\n');
    }
    let entries = count(entries.len() as u64, "entry", "entries");
    text.push_str(&format!("{entries} would be stored; nothing was, and nothing was published\n"));
    text
}

pub(super) fn fetch_summary(report: &Report) -> String {
    format!(
        "{} polled ({} unchanged, {} failed), {} not due; {} new entries, {} updated; {} new stories; {} files written",
        report.polled,
        report.unchanged,
        report.failed,
        report.not_due,
        report.entries.new,
        report.entries.updated,
        report.stories.new,
        report.written.len()
    )
}

fn count(number: u64, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

pub(super) fn check_summary(report: &commands::check::Report, name: &str) -> String {
    let count = |number: usize, one, more| count(number as u64, one, more);
    let warnings = count(report.warnings.len(), "warning", "warnings");
    if report.ok {
        let sources = count(report.sources, "source", "sources");
        let tags = count(report.tags, "tag", "tags");
        format!("{name} is good: {sources}, {tags}, {warnings}\n")
    } else {
        let errors = count(report.errors.len(), "error", "errors");
        format!("{name} has {errors}, {warnings}\n")
    }
}

/// The picture of a finding with its first word in colour.
pub(super) fn painted(picture: &str, severity: Severity, look: Look) -> String {
    let (word, colour) = match severity {
        Severity::Error => ("error", Colour::Bad),
        Severity::Warning => ("warning", Colour::Doubtful),
    };
    match picture.strip_prefix(word) {
        Some(rest) => format!("{}{rest}", look.paint(colour, word)),
        None => picture.to_owned(),
    }
}

pub(super) fn story_line(story: &list::Line) -> String {
    let date = story.published.get(..10).unwrap_or_default();
    let also: Vec<&str> = story.also.iter().map(|also| also.organisation.as_str()).collect();
    let also = if also.is_empty() { String::new() } else { format!(", also {}", also.join(", ")) };
    let tags =
        if story.tags.is_empty() { String::new() } else { format!("  [{}]", story.tags.join(" ")) };
    let kept_back = match story.kept_back {
        None => "",
        Some(list::KeptBack::Hidden) => "  hidden by an editor",
        Some(list::KeptBack::Excluded) => "  excluded by its sources",
    };
    format!(
        "{:>5}  {date}  {}  ({}{}){}{kept_back}\n",
        story.number,
        line(&story.title),
        line(&story.organisation),
        line(&also),
        tags
    )
}

/// "2 hours ago", "in 5 minutes".
fn relative(time: &str, now: DateTime<Utc>) -> String {
    let Ok(time) = DateTime::parse_from_rfc3339(time) else { return time.to_owned() };
    let delta = time.with_timezone(&Utc) - now;
    let span = delta.abs();
    let words = if span >= TimeDelta::days(2) {
        format!("{} days", span.num_days())
    } else if span >= TimeDelta::hours(2) {
        format!("{} hours", span.num_hours())
    } else if span >= TimeDelta::minutes(2) {
        format!("{} minutes", span.num_minutes())
    } else {
        format!("{} seconds", span.num_seconds())
    };
    if delta > TimeDelta::zero() { format!("in {words}") } else { format!("{words} ago") }
}

pub(super) fn status(report: &status::Report, now: DateTime<Utc>, look: Look) -> String {
    let width = report.sources.iter().map(|source| source.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for source in &report.sources {
        let (state, colour) = match source.state {
            status::State::Ok => ("ok", Colour::Good),
            status::State::Failing => ("failing", Colour::Bad),
            status::State::Gone => ("gone", Colour::Bad),
            status::State::Held => ("held", Colour::Doubtful),
            status::State::Disabled => ("disabled", Colour::Doubtful),
            status::State::Waiting => ("waiting", Colour::Doubtful),
        };
        let id = format!("{:<width$}  ", source.id);
        let mut parts = vec![format!("{id}{state:<8}")];
        match &source.last_poll {
            Some(last) => parts.push(format!("polled {}", relative(last, now))),
            None => parts.push("never polled".to_owned()),
        }
        if let Some(next) = &source.next_poll {
            let because = source.next_poll_because.as_deref();
            let because = because.map(|because| format!(" ({})", line(because)));
            parts.push(format!("next {}{}", relative(next, now), because.unwrap_or_default()));
        }
        parts.push(format!(
            "{}, {}",
            count(source.entries, "entry", "entries"),
            count(source.stories, "story", "stories")
        ));
        let error = source.error.as_deref().map(line);
        match (&source.failing_since, error) {
            (Some(since), error) => {
                let since = since.get(..16).unwrap_or(since).replace('T', " ");
                parts.push(format!("failing since {since}: {}", error.unwrap_or_default()));
            }
            (None, Some(error)) => parts.push(error),
            (None, None) => {}
        }
        parts.extend(source.hints.iter().map(|hint| line(hint)));
        if let Some(note) = &source.note {
            parts.push(line(note));
        }
        if !source.repairs.is_empty() {
            parts.push(format!("mended: {}", line(&source.repairs.join("; "))));
        }
        // One source is one line, which goes on below where the terminal is narrow.
        let whole = look.fit(&parts.join("  "));
        let behind = whole.strip_prefix(&id).and_then(|rest| rest.strip_prefix(state));
        match behind {
            Some(behind) => {
                text.push_str(&format!("{id}{}{behind}\n", look.paint(colour, state)));
            }
            None => text.push_str(&format!("{whole}\n")),
        }
    }
    text.push_str(&format!(
        "store: {}, {}, {} KiB\n",
        count(report.store.entries, "entry", "entries"),
        count(report.store.stories, "story", "stories"),
        report.store.bytes / 1024
    ));
    for story in &report.unknown_decisions {
        text.push_str(&format!("{}\n", editors::unknown_decision(story)));
    }
    text
}

/// A table of our own manners.
pub(super) fn politeness(report: &politeness::Report) -> String {
    let share = |part: u64| match report.requests {
        0 => String::new(),
        all => format!(" ({} %)", part.saturating_mul(100) / all),
    };
    let gap = |gap: Option<i64>| gap.map_or_else(|| "-".to_owned(), |gap| format!("{gap} s"));
    let since = report.since.as_deref().unwrap_or("-");
    [
        ("requests", report.requests.to_string()),
        ("since", since.to_owned()),
        ("conditional", format!("{}{}", report.conditional, share(report.conditional))),
        ("  good validators", report.good.to_string()),
        ("  out-of-sequence", report.out_of_sequence.to_string()),
        ("  made-up", report.made_up.to_string()),
        ("  older than the records", report.unknown.to_string()),
        ("shortest gap of a host", gap(report.shortest_gap)),
        ("median gap of a host", gap(report.median_gap)),
        ("after a 429 or 503", report.after_429.to_string()),
    ]
    .map(|(name, value)| format!("{name:<26}{value}\n"))
    .concat()
}

pub(super) fn backup(report: &backup::Report) -> String {
    format!(
        "{}: {}, {}",
        line(&report.file),
        count(report.stories, "story", "stories"),
        count(report.entries, "entry", "entries")
    )
}

pub(super) fn restore(report: &restore::Report) -> String {
    let mut text = format!(
        "restored {}, {}",
        count(report.stories, "story", "stories"),
        count(report.entries, "entry", "entries")
    );
    match (&report.made, report.from_outputs) {
        (Some(made), 0) => text.push_str(&format!(" from the backup of {made}")),
        (Some(made), more) => text.push_str(&format!(
            " from the backup of {made}, {} of them from the outputs",
            count(more, "story", "stories")
        )),
        (None, _) => text.push_str(" from the outputs"),
    }
    text.push('\n');
    let hidden = count(report.hidden, "story", "stories");
    match (&report.made, report.hidden) {
        (_, 0) => {}
        (Some(_), _) => text.push_str(&format!(
            "{hidden} of the backup had been removed since, and stay hidden; what was taken down, take down again; a source that was is polled again until then\n"
        )),
        (None, _) => text.push_str(&format!(
            "{hidden} that had been removed will not come back; a source that was taken down is polled again: take it down again\n"
        )),
    }
    if let Some(kept) = &report.kept {
        text.push_str(&format!(
            "the store that was there is kept in {}; remove it when you do not need it\n",
            kept.display()
        ));
    }
    text
}

/// `2026-11-02`, a whole time in RFC 3339, or how long ago: `36h`, `2w`.
pub(super) fn since(written: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(written) {
        return Ok(time.with_timezone(&Utc));
    }
    if let Ok(date) = NaiveDate::parse_from_str(written, "%Y-%m-%d") {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    let unit = written.chars().last().and_then(|unit| match unit {
        's' => TimeDelta::try_seconds(1),
        'm' => TimeDelta::try_minutes(1),
        'h' => TimeDelta::try_hours(1),
        'd' => TimeDelta::try_days(1),
        'w' => TimeDelta::try_weeks(1),
        'y' => TimeDelta::try_days(365),
        _ => None,
    });
    let mut digits = written.chars();
    digits.next_back();
    let number = digits.as_str().parse::<i32>().ok();
    unit.zip(number)
        .and_then(|(unit, number)| unit.checked_mul(number))
        .and_then(|span| now.checked_sub_signed(span))
        .ok_or_else(|| {
            format!(
                "--since {written}: write a date such as 2026-11-02, or a time such as 36h or 2w"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::{line, printable, since};
    use chrono::{TimeZone, Utc};

    #[test]
    fn h51_nothing_that_a_source_says_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mred\u{7}"), "a\u{fffd}[31mred\u{fffd}");
        assert_eq!(line("two\r\nlines"), "two\u{fffd} lines");
        assert_eq!(printable("\u{202e}evil"), "\u{fffd}evil");
    }

    #[test]
    fn since_takes_dates_and_times() {
        let now = Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap();
        let at = |text: &str| since(text, now).map(|time| time.to_rfc3339());
        assert_eq!(at("2026-11-01").unwrap(), "2026-11-01T00:00:00+00:00");
        assert_eq!(at("36h").unwrap(), "2026-11-01T00:00:00+00:00");
        assert_eq!(at("2w").unwrap(), "2026-10-19T12:00:00+00:00");
        for bad in ["", "w", "yesterday", "99999999999999w", "-", "é"] {
            assert!(at(bad).unwrap_err().contains("2026-11-02"), "{bad}");
        }
    }
}
