//! What `check` saw beyond feeds.toml, in words.

use super::{count, line};
use crate::cli::look::{Colour, Look};
use crate::commands::check::diff::{self, Change, Stories};
use crate::commands::check::online::{Line, Outcome, Report};

/// Titles in the line of a source; the others are counted.
const TITLES: usize = 5;

/// One line for each source, and how many there are.
pub(in crate::cli) fn online(report: &Report, look: Look) -> String {
    let width = report.sources.iter().map(|source| source.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for source in &report.sources {
        let (state, colour) = match source.outcome {
            Outcome::New | Outcome::Unchanged => ("ok", Colour::Good),
            Outcome::Failed => ("failed", Colour::Bad),
            Outcome::LeftOut => ("left out", Colour::Doubtful),
        };
        let id = format!("{:<width$}  ", source.id);
        let whole = look.fit(&format!("{id}{state:<8}  {}", line(&said(source))));
        match whole.strip_prefix(&id).and_then(|rest| rest.strip_prefix(state)) {
            Some(behind) => {
                text.push_str(&format!("{id}{}{behind}\n", look.paint(colour, state)));
            }
            None => text.push_str(&format!("{whole}\n")),
        }
    }
    text.push_str(&format!(
        "{} asked, {} failed, {} left out; nothing was stored or published\n",
        count(report.polled as u64, "source", "sources"),
        report.failed,
        report.left_out
    ));
    text
}

fn said(source: &Line) -> String {
    let mut parts = Vec::new();
    match (&source.error, source.outcome) {
        (Some(error), Outcome::LeftOut) => parts.push(format!("not asked: {error}")),
        (Some(error), _) => parts.push(error.clone()),
        (None, _) => parts.push(answer(source)),
    }
    parts.extend(source.hints.iter().cloned());
    if !source.repairs.is_empty() {
        parts.push(format!("mended: {}", source.repairs.join("; ")));
    }
    parts.join("  ")
}

fn answer(source: &Line) -> String {
    let status = source.status.map(|status| format!("answered {status}, ")).unwrap_or_default();
    let Some(entries) = source.entries else {
        return status + "unchanged since it was read last";
    };
    let entries = count(entries as u64, "entry", "entries");
    if source.new == 0 {
        return status + &entries + ", nothing new";
    }
    let named = source.titles.iter().take(TITLES).map(|new| {
        let tags = match new.tags.as_slice() {
            [] => String::new(),
            tags => format!(" [{}]", tags.join(" ")),
        };
        let excluded = if new.excluded { " (left out by include or exclude)" } else { "" };
        format!("“{}”{tags}{excluded}", new.title)
    });
    let mut titles: Vec<String> = named.collect();
    let more = source.new.saturating_sub(titles.len());
    if more > 0 {
        titles.push(format!("and {more} more"));
    }
    format!("{status}{entries}, {} new: {}", source.new, titles.join(", "))
}

/// Titles of stories below what would become of them; the others are counted.
const STORIES: usize = 10;

/// What a changed feeds.toml would do.
pub(in crate::cli) fn diff(report: &diff::Report) -> String {
    if report.is_empty() {
        return "no story would gain or lose a tag, or its place in an output\n".to_owned();
    }
    let mut text = String::new();
    stories(&mut text, "would be published", &report.published);
    stories(&mut text, "would be withdrawn, since their sources leave them out", &report.withdrawn);
    for (tag, Change { gained, lost }) in &report.tags {
        stories(&mut text, &format!("would gain the tag {tag}"), gained);
        stories(&mut text, &format!("would lose the tag {tag}"), lost);
    }
    for (output, Change { gained, lost }) in &report.outputs {
        stories(&mut text, &format!("would enter the output {output}"), gained);
        stories(&mut text, &format!("would leave the output {output}"), lost);
    }
    text.push_str("nothing was changed\n");
    text
}

fn stories(text: &mut String, fate: &str, list: &Stories) {
    if list.count == 0 {
        return;
    }
    text.push_str(&format!("{} {fate}:\n", count(list.count, "story", "stories")));
    for story in list.stories.iter().take(STORIES) {
        text.push_str(&format!("{:>5}  {}\n", story.number, line(&story.title)));
    }
    let named = list.stories.len().min(STORIES) as u64;
    if list.count > named {
        text.push_str(&format!("       and {} more\n", list.count - named));
    }
}
