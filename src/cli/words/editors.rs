//! What editors did, in words.

use std::path::Path;

use super::{count, line};
use crate::commands::story::{Named, State};
use crate::commands::{decide, takedown};

/// A story with its number and as much of its title as fits.
fn named(story: &Named) -> String {
    const LONGEST: usize = 50;
    let title = if story.title.is_empty() { &story.id } else { &story.title };
    let title = line(title);
    let mut shown: String = title.chars().take(LONGEST).collect();
    if title.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("{:>5}  {shown}", story.number)
}

pub(in crate::cli) fn decided(report: &decide::Report) -> String {
    let mut text = String::new();
    for decided in &report.stories {
        let state = match decided.story.state {
            State::Public if decided.tags.is_empty() => "public".to_owned(),
            State::Public => format!("public  [{}]", decided.tags.join(" ")),
            State::Hidden => "hidden".to_owned(),
            State::TakenDown => "taken down".to_owned(),
            State::Backlog => "not published".to_owned(),
            State::Excluded => "not published by its source (include, exclude)".to_owned(),
            State::Held => "held".to_owned(),
            State::Waiting => "waiting for its article".to_owned(),
        };
        let is_same = if decided.changed { "" } else { ", as before" };
        text.push_str(&format!("{}\n       {state}{is_same}\n", named(&decided.story)));
        if let Some(remark) = &decided.remark {
            text.push_str(&format!("       {remark}\n"));
        }
    }
    text.push_str(&format!("{} written\n", count(report.written.len() as u64, "file", "files")));
    text
}

pub(in crate::cli) fn taken_down(report: &takedown::Report, here: &Path) -> String {
    let mut text = String::new();
    for story in &report.stories {
        text.push_str(&format!("{}\n       taken down\n", named(story)));
    }
    for source in &report.sources {
        let id = line(&source.id);
        text.push_str(&if source.polled {
            format!("{id}: polled again; what was taken down stays gone\n")
        } else {
            format!(
                "{id}: taken down, and not polled any more\n\
                 `samizdat takedown --lift {id}` has it polled again\n"
            )
        });
    }
    text.push_str(&format!("{} written\n", count(report.written.len() as u64, "file", "files")));
    if let Some((before, after)) = report.bytes {
        text.push_str(&rewritten(before, after));
    }
    for path in &report.replaced {
        let shown = path.strip_prefix(here).unwrap_or(path);
        text.push_str(&format!(
            "{} is removed: a restore had replaced it, and it held the text\n",
            line(&shown.display().to_string())
        ));
    }
    if !report.backups.is_empty() {
        text.push_str("these backups still hold the text:\n");
        for path in &report.backups {
            let shown = path.strip_prefix(here).unwrap_or(path);
            text.push_str(&format!("  {}\n", line(&shown.display().to_string())));
        }
        text.push_str("remove them, and any that you keep elsewhere; after restoring one of\n");
        text.push_str("them take the text down again\n");
    }
    text
}

pub(in crate::cli) fn rewritten(before: u64, after: u64) -> String {
    let kib = |bytes: u64| bytes.div_ceil(1024);
    format!("the store had {} KiB and has {} KiB now\n", kib(before), kib(after))
}

pub(in crate::cli) fn unknown_decision(story: &str) -> String {
    format!("a [[decision]] waits for a story that is not known yet: {}", line(story))
}
