//! Files that were made for another program: one error says which, instead of many that confuse.

use std::ops::Range;

use toml_edit::{Item, TableLike};

use super::finding::Problem;

/// What to do with most of them.
const REMEDY: &str = "write each feed into feeds.toml as [[source]], with id = \"short-name\" and \
    url = \"https://…\", below a [site] with title and url";

/// What to do with those that [`super::migrate`] reads.
const IMPORT: &str = "`samizdat import FILE` makes a feeds.toml of it; name another file for that \
    with --config";

/// How many lines are looked at for signs of another format.
const LINES: usize = 2_000;

/// Looks at how the text begins, which is enough for what is not even near to TOML.
pub(super) fn by_beginning(text: &str) -> Option<(Range<usize>, Problem)> {
    let start = text.find(|c: char| !c.is_whitespace())?;
    let head = text.get(start..)?;
    let beginning: String = head.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    let here = |message: &str| Some((line_at(text, start), Problem::new(message, REMEDY)));
    if beginning.starts_with('<') {
        let has = |mark: &str| beginning.contains(mark);
        return if has("<opml") {
            let message = "this is a list of feeds in OPML, not a feeds.toml";
            let remedy = "make a feeds.toml with a [site], and take the list into it with `samizdat opml import FILE`; its feeds become [[source]]";
            Some((line_at(text, start), Problem::new(message, remedy)))
        } else if has("<rss") || has("<feed") || has("<rdf") {
            here("this is a feed, not a feeds.toml")
        } else if has("<html") || has("<!doctype html") {
            here("this is a web page, not a feeds.toml")
        } else {
            here("this is XML, not a feeds.toml")
        };
    }
    let after_bracket = head.strip_prefix('[').map(|rest| rest.trim_start());
    if head.starts_with('{') || after_bracket.is_some_and(|rest| rest.starts_with(['{', '"', ']']))
    {
        return here("this is JSON, not a feeds.toml");
    }
    None
}

/// Looks at the lines of a text that is not TOML.
pub(super) fn by_lines(text: &str) -> Option<(Range<usize>, Problem)> {
    // Whoever writes this means us, and has made a slip elsewhere.
    if text.lines().any(|line| line.trim_start().starts_with("[[source]]")) {
        return None;
    }
    let mut at = 0;
    let mut first_words = true;
    let mut colons = None;
    let mut in_section = false;
    for raw in text.split_inclusive('\n').take(LINES) {
        let start = at;
        at += raw.len();
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with(';') {
            continue;
        }
        let with = |message: &str, remedy: &str| {
            let lead = raw.len() - raw.trim_start().len();
            Some((start + lead..start + lead + line.len(), Problem::new(message, remedy)))
        };
        let found = |message: &str| with(message, REMEDY);
        let small = line.to_ascii_lowercase();
        if small == "[planet]" || small.starts_with("[http://") || small.starts_with("[https://") {
            let message = "this file seems to be made for Planet or Venus, not for samizdat";
            return with(message, IMPORT);
        }
        // Pluto: sections with `feed = https://…`, without quotes.
        let bare = |key: &str| {
            small
                .split_once('=')
                .is_some_and(|(name, value)| name.trim() == key && value.trim().starts_with("http"))
        };
        if in_section && (bare("feed") || bare("location")) {
            return with("this file seems to be made for Pluto, not for samizdat", IMPORT);
        }
        if first_words && (small.starts_with("http://") || small.starts_with("https://")) {
            return found("this is a list of addresses, as newsboat keeps them, not a feeds.toml");
        }
        if small.starts_with("feeds()") {
            return found("this file seems to be made for sfeed, not for samizdat");
        }
        if first_words && line == "---" {
            return found("this is YAML, not a feeds.toml");
        }
        first_words = false;
        in_section |= line.starts_with('[');
        if line.contains('=') || line.starts_with('[') {
            colons = Some(false);
        } else if colons.is_none() && is_yaml_key(line) {
            colons = Some(true);
            let rest = text.get(at..).unwrap_or_default();
            let next = rest.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'));
            // One line with a colon is a slip; two are another language.
            if next.is_some_and(|next| next.starts_with("- ") || is_yaml_key(next)) {
                return found("this is YAML, not a feeds.toml");
            }
        }
    }
    None
}

/// `title: words` or `feeds:`.
fn is_yaml_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, rest)| {
        let name = name.trim_start_matches("- ");
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            && (rest.is_empty() || rest.starts_with(' '))
    })
}

fn line_at(text: &str, start: usize) -> Range<usize> {
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    start..start + line.len().min(line.char_indices().nth(80).map_or(line.len(), |(at, _)| at))
}

/// Looks at what is TOML, but with the tables of another program.
pub(super) fn by_tables(document: &dyn TableLike) -> Option<(Range<usize>, Problem)> {
    let place = |name: &str| document.key(name).and_then(|key| key.span()).unwrap_or(0..0);
    let seems = |of: &str| {
        let remedy = if of == "feed-me-up-scotty" { REMEDY } else { IMPORT };
        Problem::new(format!("this file seems to be made for {of}, not for samizdat"), remedy)
    };
    if document.contains_key("source") && document.contains_key("site") {
        return None;
    }
    for (name, item) in document.iter() {
        if name.eq_ignore_ascii_case("planet") {
            return Some((place(name), seems("Planet or Venus")));
        }
        if name == "rsspls" || name == "feed" && item.is_array_of_tables() {
            return Some((place(name), seems("rsspls")));
        }
        let Item::Table(table) = item else { continue };
        let mut keys = table.iter().map(|(key, _)| key);
        if let Some(key) = keys.find(|key| is_scotty_key(key)) {
            let span = table.key(key).and_then(|key| key.span());
            return Some((span.unwrap_or_else(|| place(name)), seems("feed-me-up-scotty")));
        }
    }
    None
}

/// `entrySelector`, `link_selector` and the like.
fn is_scotty_key(key: &str) -> bool {
    let small: String = key.chars().filter(|c| *c != '_').collect::<String>().to_lowercase();
    ["entryselector", "titleselector", "linkselector", "contentselector", "dateselector"]
        .contains(&small.as_str())
}
