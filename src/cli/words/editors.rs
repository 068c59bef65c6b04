//! What editors did, in words.

use super::{count, line};
use crate::commands::decide;
use crate::commands::story::{Named, State};

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

pub(in crate::cli) fn unknown_decision(story: &str) -> String {
    format!("a [[decision]] waits for a story that is not known yet: {}", line(story))
}
