//! Errors of TOML itself, with remedies for the slips that people make who do not write it daily.

use std::ops::Range;

use toml_edit::TomlError;

use super::finding::{Problem, Report, shown};

/// Reports the one error that the parser gives; the rest of the file cannot be judged.
pub(super) fn report(error: &TomlError, report: &mut Report<'_>, length: usize) {
    let span = error.span().unwrap_or(length..length);
    let line = report.line_text(report.line(&span));
    let message = format!("this is not TOML: {}", error.message().replace('\n', " "));
    report.error(span, Problem::new(message, remedy(error.message(), line)));
}

/// With these git marks the sides of a conflict, each at the beginning of a line.
const CONFLICT: &[&str] = &["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// Whether a line is a mark of git, and which: seven signs, and nothing behind them but a name.
fn conflict_mark(line: &str) -> Option<&'static str> {
    let is_mark = |mark: &&&str| {
        line.strip_prefix(**mark)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    CONFLICT.iter().find(is_mark).copied()
}

/// The merge conflicts that were left in a text, each by its first mark. Two versions of a file side
/// by side break in many ways, and in any of them this is what has to be mended first.
pub(super) fn conflicts(text: &str) -> Vec<(Range<usize>, Problem)> {
    let mut at = 0;
    let mut marks = Vec::new();
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end();
        marks.extend(conflict_mark(line).map(|mark| (mark, at..at + line.len())));
        at += raw.len();
    }
    let begins = |mark: &str| mark == "<<<<<<<";
    // One of which only the end was left.
    let is_begun = marks.iter().any(|(mark, _)| begins(mark));
    let first = marks.iter().filter(|(mark, _)| begins(mark) || !is_begun);
    let first = first.take(if is_begun { usize::MAX } else { 1 });
    first
        .map(|(_, span)| {
            let help = "keep what is right of both sides, and remove the lines with <<<<<<<, \
                        ======= and >>>>>>>";
            let message = "this line is the mark of a merge conflict: what follows stands here in \
                           two versions, of which git could not choose one";
            (span.clone(), Problem::new(message, help))
        })
        .collect()
}

fn remedy(message: &str, line: &str) -> String {
    let trimmed = line.trim();
    if message.contains("duplicate key") {
        return if trimmed.starts_with('[') {
            "this table stands twice: put its keys into the first one; of [[source]] there may be \
             several, with two brackets"
                .to_owned()
        } else {
            "this key stands twice in its table: remove one; if another source or tag begins here, \
             write [[source]] or [[tag]] above it"
                .to_owned()
        };
    }
    if message.contains("array") && !message.contains("array table") {
        return if is_beyond_a_list(trimmed) {
            "the list above this line is not closed: write ] behind its last part".to_owned()
        } else {
            COMMAS.to_owned()
        };
    }
    if message.contains("newline") && trimmed.ends_with(';') {
        return "remove the semicolon at the end of the line".to_owned();
    }
    if message.contains("newline") && holds_two_keys(trimmed) {
        return "write each key with its value on a line of its own".to_owned();
    }
    if message.contains("unquoted key") && line.contains('=') && !trimmed.starts_with('[') {
        return "put the name in quotes, since it has other signs than a-z, 0-9, - and _"
            .to_owned();
    }
    if message.contains("recursion") {
        return "write lists and tables less deep".to_owned();
    }
    if line.contains(['“', '”', '„', '«', '»', '‘', '’']) && !closed_quotes(line) {
        return "use straight quotes: \"text\"; word processors turn them into others".to_owned();
    }
    let Some((key, value)) = trimmed.split_once('=') else {
        return if trimmed.starts_with('[') {
            "write a table as [site], or [[source]] for one of several".to_owned()
        } else if let Some((key, _)) = trimmed.split_once(':') {
            format!("write {} = \"…\", with = instead of a colon", shown(key.trim()))
        } else {
            "write key = \"value\", or put # in front of a remark".to_owned()
        };
    };
    let (key, value) = (shown(key.trim()), value.trim());
    if value.is_empty() {
        return format!("write a value behind it, {key} = \"…\", or remove the line");
    }
    if matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off")
    {
        return format!("write {key} = true or {key} = false, in small letters");
    }
    if value.starts_with(['"', '\'']) && !closed_quotes(value) {
        return "the closing quote is missing, or a backslash before it: in quotes, write \\\\ for \
                a backslash"
            .to_owned();
    }
    if value.starts_with('[') || value.starts_with('{') {
        return COMMAS.to_owned();
    }
    if !value.starts_with(['"', '\'']) {
        return format!("put the text in quotes: {key} = \"{}\"", shown(value));
    }
    "look at this line and the one above: a quote, a comma or a bracket may be missing".to_owned()
}

/// What a list may lack.
const COMMAS: &str =
    "put commas between the parts of a list, each text in quotes, and close the bracket";

/// Whether a line is the beginning of something else, where a list should go on.
fn is_beyond_a_list(line: &str) -> bool {
    match line.split_once('=') {
        // A list that begins in this line goes on in it.
        Some((key, value)) => is_bare_key(key) && !value.trim_start().starts_with('['),
        None => line.starts_with('[') && line.ends_with(']') && !line.contains(['"', '\'', ',']),
    }
}

/// `id = "a" url = "b"`.
fn holds_two_keys(line: &str) -> bool {
    let Some((key, value)) = line.split_once('=') else { return false };
    let behind = value.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let second = behind.and_then(|(_, behind)| behind.split_once('='));
    is_bare_key(key) && second.is_some_and(|(key, _)| is_bare_key(key.trim_start_matches(',')))
}

fn is_bare_key(written: &str) -> bool {
    let key = written.trim();
    !key.is_empty()
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Whether straight quotes come in pairs.
fn closed_quotes(line: &str) -> bool {
    let count = line.matches('"').count();
    count > 0 && count.is_multiple_of(2)
}
