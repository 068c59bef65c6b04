//! Why a story is as it is, in words.

use super::line;
use crate::commands::explain::{EntryLine, Explained, Origin, Report, TagLine};
use crate::commands::story::{HOW_NAMED, State};

pub(in crate::cli) fn explained(report: &Report) -> String {
    match &report.story {
        Some(story) => story_text(story),
        None => unknown(report),
    }
}

fn unknown(report: &Report) -> String {
    let mut text = format!("there is no story {}. Looked for:\n", line(&report.name));
    for what in &report.looked_for {
        text.push_str(&format!("  {}\n", line(what)));
    }
    if report.traces.is_empty() {
        text.push_str("Nothing is known of it: no source gave it.\n");
    } else {
        text.push_str("What is known:\n");
    }
    for trace in &report.traces {
        text.push_str(&format!("  {}\n", line(&trace.words)));
    }
    text.push_str(&format!("{HOW_NAMED}\n"));
    text
}

/// A time of a report, to the minute.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

fn story_text(story: &Explained) -> String {
    let title = if story.story.title.is_empty() { "(no title)" } else { &story.story.title };
    let mut text = format!("{:>5}  {}\n", story.story.number, line(title));
    let mut fact = |name: &str, value: &str| {
        text.push_str(&format!("       {name:<11} {}\n", line(value)));
    };
    fact("id", &story.story.id);
    if let Some(url) = &story.url {
        fact("link", url);
    }
    if let Some(language) = &story.language {
        fact("language", language);
    }
    fact("first seen", &minute(&story.first_seen));
    fact("shown as", &format!("published {}", minute(&story.published)));
    if story.updated != story.published {
        fact("", &format!("updated {}", minute(&story.updated)));
    }
    if story.entered != story.first_seen {
        fact("entered", &minute(&story.entered));
    }
    for edition in &story.editions {
        fact("edition", edition);
    }
    text.push_str("\nentries\n");
    for entry in &story.entries {
        text.push_str(&entry_text(entry));
    }
    tags(&mut text, "tags", &story.tags);
    tags(&mut text, "given by rules, and not there", &story.withheld);
    if !story.withheld.is_empty() {
        text.push_str(
            "       an editor refused them, or the rule is newer than the story and the feed\n       had taken its share of old ones ([publish] backlog)\n",
        );
    }
    decisions(&mut text, story);
    text.push_str("\noutputs\n");
    if let Some(why) = &story.not_public {
        text.push_str(&format!("       none: {}\n", line(why)));
    } else if story.story.state == State::Public {
        for output in &story.outputs {
            let name = if output.directory.is_empty() { "(all)" } else { &output.directory };
            let place = if output.in_window {
                ""
            } else {
                "  not in its window: others are newer, or its source has its share"
            };
            text.push_str(&format!("       {}{place}\n", line(name)));
        }
    }
    for (source, repairs) in &story.repairs {
        text.push_str(&format!("\nmended at the last poll of {}\n", line(source)));
        for repair in repairs {
            text.push_str(&format!("       {}\n", line(repair)));
        }
    }
    text
}

fn entry_text(entry: &EntryLine) -> String {
    let lead = if entry.leads { ", leads" } else { "" };
    let mut text = format!("     - {}{lead}\n", line(&entry.source));
    let mut fact = |name: &str, value: &str| {
        text.push_str(&format!("       {name:<11} {}\n", line(value)));
    };
    fact("title", &entry.title);
    fact("identity", &entry.identity);
    if let Some(url) = &entry.url {
        fact("link", url);
    }
    if let Some(link) =
        entry.canonical_link.as_ref().filter(|link| Some(*link) != entry.url.as_ref())
    {
        fact("known by", link);
    }
    if !entry.joined_by.is_empty() {
        fact("joined by", &entry.joined_by);
    }
    fact("first seen", &minute(&entry.first_seen));
    match &entry.published {
        Some(published) if *published > entry.first_seen => {
            fact("dated", &format!("{}, which lay ahead and is not shown", minute(published)));
        }
        Some(published) => fact("dated", &minute(published)),
        None => fact("dated", "not by the source"),
    }
    if let Some(updated) = &entry.updated {
        fact("changed", &minute(updated));
    }
    fact("revisions", &entry.revisions.to_string());
    for repair in &entry.repairs {
        fact("mended", repair);
    }
    text
}

fn tags(text: &mut String, title: &str, tags: &[TagLine]) {
    if tags.is_empty() {
        return;
    }
    text.push_str(&format!("\n{title}\n"));
    for tag in tags {
        text.push_str(&format!("     - {}\n", line(&tag.tag)));
        for reason in &tag.reasons {
            text.push_str(&format!("       {}\n", line(reason)));
        }
    }
}

fn decisions(text: &mut String, story: &Explained) {
    if story.decisions.is_empty() {
        return;
    }
    text.push_str("\ndecisions\n");
    for decision in &story.decisions {
        let by = match decision.by {
            Origin::Command => "by command",
            Origin::File => "in feeds.toml",
        };
        let with = decision.with.as_deref().map(|tag| format!(" {tag}")).unwrap_or_default();
        let counts = if decision.in_force { "" } else { "; a command says otherwise" };
        text.push_str(&format!(
            "     - {}{}, {by}, {}{counts}\n",
            decision.action,
            line(&with),
            minute(&decision.at)
        ));
        if let Some(note) = &decision.note {
            text.push_str(&format!("       {}\n", line(note)));
        }
    }
}
