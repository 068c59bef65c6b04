//! `[[organisation]]`, `[[tag]]`, `[[output]]` and `[[decision]]`.

use std::collections::BTreeSet;
use std::path::Path;

use super::finding::{Problem, Report, shown};
use super::location;
use super::section::Section;
use super::sources::primary;
use crate::model::{Editions, Formats, Organisation, OutputRule, Republish, TagRule, id_from_name};

/// An editor's decision, written into the reviewed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRule {
    /// Any link of the story, or its id.
    pub story: String,
    /// What is done with it.
    pub action: Action,
    /// The tag, or the other story.
    pub with: Option<String>,
    /// Why, and since when.
    pub note: Option<String>,
}

/// What an editor decides about a story; `do` in feeds.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is not shown.
    Hide,
    /// It is shown although it was held.
    Approve,
    /// It gets a tag.
    Tag,
    /// It loses a tag.
    Untag,
    /// It becomes one with another.
    Join,
    /// An entry leaves it.
    Split,
}

pub(super) fn organisation(
    section: &Section,
    directory: &Path,
    report: &mut Report<'_>,
) -> Option<Organisation> {
    let logo = section.text("logo").and_then(|written| {
        location::picture(&written, directory)
            .map_err(|problem| report.error(section.place("logo"), problem.of("logo")))
            .ok()
    });
    let name = section.text("name")?;
    Some(Organisation {
        id: section.text("id").unwrap_or_else(|| id_from_name(&name)),
        name,
        site: section.address("site"),
        logo,
        was: section.texts("was"),
    })
}

pub(super) fn tag(section: &Section, report: &mut Report<'_>) -> Option<TagRule> {
    let id = section.text("id")?;
    let mut names: Vec<(String, String)> = Vec::new();
    let mut known = BTreeSet::new();
    for (language, name) in section.pairs("names") {
        if !known.insert(language.value.clone()) {
            let message = format!("`names`: the language {} stands twice", language.value);
            report.error(language.span, Problem::new(message, "remove one"));
        } else {
            names.push((language.value, name.value));
        }
    }
    Some(TagRule {
        name: section.text("name").unwrap_or_else(|| id.clone()),
        id,
        names,
        phrases: section.texts("match"),
        not: section.texts("not"),
        categories: section.texts("categories"),
        was: section.texts("was"),
    })
}

pub(super) fn output(section: &Section, report: &mut Report<'_>) -> Option<OutputRule> {
    let id = section.text("id")?;
    let formats = section.texts("formats");
    let has = |name: &str| formats.iter().any(|format| format == name);
    if formats.is_empty() && !section.is_broken("formats") {
        let message = "`formats` is empty, so nothing of this output would be written";
        let help = "name the formats that you want, or remove the key for all of them";
        report.error(section.place("formats"), Problem::new(message, help));
    }
    Some(OutputRule {
        title: section.text("title").unwrap_or_else(|| id.clone()),
        id,
        tags: section.texts("tags"),
        languages: section.texts("languages").iter().map(|tag| primary(tag)).collect(),
        sources: section.texts("sources"),
        organisations: section.texts("organisations"),
        include: section.texts("include"),
        exclude: section.texts("exclude"),
        content: match section.text("content").as_deref() {
            Some("link") => Republish::Link,
            Some("excerpt") => Republish::Excerpt,
            _ => Republish::Full,
        },
        editions: match section.text("editions").as_deref() {
            Some("prefer") => Editions::Prefer,
            _ => Editions::All,
        },
        formats: Formats {
            rss: has("rss"),
            atom: has("atom"),
            json: has("json"),
            html: has("html"),
        },
        window: section.count("window"),
        was: section.texts("was"),
    })
}

pub(super) fn decision(section: &Section, report: &mut Report<'_>) -> Option<DecisionRule> {
    let written = section.text("do")?;
    let action = match written.as_str() {
        "hide" => Action::Hide,
        "approve" => Action::Approve,
        "tag" => Action::Tag,
        "untag" => Action::Untag,
        "join" => Action::Join,
        _ => Action::Split,
    };
    if matches!(action, Action::Approve | Action::Join | Action::Split) {
        let message = format!("`do = \"{written}\"` has no effect yet");
        let help = "it is kept for a later version; \"hide\", \"tag\" and \"untag\" work already";
        report.warning(section.place("do"), Problem::new(message, help));
    }
    let with = section.text("with");
    let needs = match action {
        Action::Tag | Action::Untag => Some("with = \"the-tag\""),
        Action::Join => Some("with = \"https://…\", a link of the other story"),
        _ => None,
    };
    if let (Some(needs), None) = (needs, &with) {
        let message = format!("`do = \"{written}\"` does not say with what");
        report.error(section.place("do"), Problem::new(message, format!("write {needs}")));
    }
    check_number("story", section, report);
    if action == Action::Join {
        check_number("with", section, report);
    }
    Some(DecisionRule { story: section.text("story")?, action, with, note: section.text("note") })
}

/// The short numbers of `list` are for typing, not for a file that is kept: a store that was made
/// anew counts anew, and the decision would strike another story.
fn check_number(key: &'static str, section: &Section, report: &mut Report<'_>) {
    let Some(written) = section.text(key) else { return };
    let written = written.trim();
    let digits = written.strip_prefix('#').unwrap_or(written);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!(
            "`{key}` is a short number of `list`, and those change when a store is made anew"
        );
        let help = format!(
            "write a link of the story, or its id; `samizdat explain {}` shows both",
            shown(digits)
        );
        report.error(section.place(key), Problem::new(message, help));
    }
}
