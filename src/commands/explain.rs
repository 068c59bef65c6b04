//! `explain`: why a story is here as it is; of a link that is no story's, what is known of it.

mod unknown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::story::Named;
use super::{CommandError, Hold, time};
use crate::config::Config;
use crate::model::{Entry, Member, Story, StoryNumber, StoryState, TagReason, Verb};
use crate::round::{self, decision_of};
use crate::store::View;
use crate::tag::Tagger;

pub use unknown::Trace;

pub use crate::model::Origin;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// A story, by number, link, or id; or any link.
    pub name: String,
}

/// What is known. Serialises to the object of `explain --json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// What was asked for.
    pub name: String,
    /// The story of that name.
    pub story: Option<Explained>,
    /// Where there is none: what was looked for.
    pub looked_for: Vec<String>,
    /// Where there is none: what is known of it all the same.
    pub traces: Vec<Trace>,
}

/// A story, and why it is as it is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Explained {
    /// Which one it is.
    #[serde(flatten)]
    pub story: Named,
    /// Its link.
    pub url: Option<String>,
    /// Primary subtag; `None` where unknown.
    pub language: Option<String>,
    /// When it was first seen.
    pub first_seen: String,
    /// The date that is shown.
    pub published: String,
    /// The date of the newest change that is shown.
    pub updated: String,
    /// Since when it is on the wire; decides about windows.
    pub entered: String,
    /// Its place on the wire, if it ever was out.
    pub sequence: Option<u64>,
    /// Its entries, in the order in which they joined.
    pub entries: Vec<EntryLine>,
    /// Its tags, with reasons.
    pub tags: Vec<TagLine>,
    /// Tags that rules give and that it does not have, with the reason.
    pub withheld: Vec<TagLine>,
    /// What editors decided.
    pub decisions: Vec<DecisionLine>,
    /// Published ids of its editions in other languages.
    pub editions: Vec<String>,
    /// The outputs that it belongs to.
    pub outputs: Vec<OutputLine>,
    /// Why it is in no output.
    pub not_public: Option<String>,
    /// What was mended at the last polls of its sources, by source.
    pub repairs: BTreeMap<String, Vec<String>>,
}

/// An entry of a story.
#[derive(Debug, Serialize, Deserialize)]
pub struct EntryLine {
    /// The source that gave it.
    pub source: String,
    /// Id of the organisation that speaks.
    pub organisation: String,
    /// What the source identifies it by.
    pub identity: String,
    /// Its link.
    pub url: Option<String>,
    /// The form of the link by which copies are known.
    pub canonical_link: Option<String>,
    /// Its title.
    pub title: String,
    /// Whether its words are the story's.
    pub leads: bool,
    /// Why it belongs to the story; empty for the first.
    pub joined_by: String,
    /// When it was first seen.
    pub first_seen: String,
    /// Publication date as the source gave it.
    pub published: Option<String>,
    /// Date of its last change as the source gave it.
    pub updated: Option<String>,
    /// How often its words were new.
    pub revisions: u32,
    /// What was mended in it, and what was removed from its article because it repeats.
    pub repairs: Vec<String>,
}

/// A tag and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagLine {
    /// Id of the tag.
    pub tag: String,
    /// In words.
    pub reasons: Vec<String>,
}

/// A ruling of an editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionLine {
    /// hide, show, tag, untag, or takedown.
    #[serde(rename = "do")]
    pub action: String,
    /// The tag.
    pub with: Option<String>,
    /// command, or file: a `[[decision]]` of feeds.toml.
    pub by: Origin,
    /// When.
    pub at: String,
    /// Why.
    pub note: Option<String>,
    /// Whether it counts: a command wins over the file.
    pub in_force: bool,
}

/// An output that a story belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    /// Its directory below the output directory; empty for the output of everything.
    pub directory: String,
    /// Whether its window holds the story.
    pub in_window: bool,
}

/// Explains.
///
/// # Errors
/// Where the store cannot be read.
pub fn run(request: &Request, hold: &Hold, config: &Config) -> Result<Report, CommandError> {
    let view = hold.store.reading();
    let mut report = Report { name: request.name.clone(), ..Report::default() };
    match round::find_story(&view, &request.name)? {
        Some(number) => report.story = Some(explained(&view, config, number)?),
        None => {
            (report.looked_for, report.traces) = unknown::traces(&view, config, &request.name)?;
        }
    }
    Ok(report)
}

fn explained(view: &View, config: &Config, number: StoryNumber) -> Result<Explained, CommandError> {
    let story = view.story(number)?;
    let lead = view.entry(story.lead)?;
    let mut entries = Vec::new();
    let mut repairs = BTreeMap::new();
    for member in &story.members {
        let entry = view.entry(member.entry)?;
        entries.push(entry_line(view, &story, member, entry)?);
        let polls = view.polls(&member.source, 10)?;
        let last = polls.into_iter().find(|poll| poll.bytes > 0 && poll.error.is_none());
        if let Some(poll) = last.filter(|poll| !poll.repairs.is_empty()) {
            repairs.insert(member.source.clone(), poll.repairs);
        }
    }
    let mut editions = Vec::new();
    for edition in &story.editions {
        editions.push(view.story(*edition)?.published_id);
    }
    Ok(Explained {
        url: lead.url,
        language: Some(story.language.clone()).filter(|language| !language.is_empty()),
        first_seen: time(story.first_seen),
        published: time(story.published),
        updated: time(story.updated),
        entered: time(story.entered),
        sequence: story.sequence,
        entries,
        tags: story.tags.iter().map(tag_line).collect(),
        withheld: withheld(view, config, &story)?,
        decisions: decisions(view, &story)?,
        editions,
        outputs: (round::windows_of(view, config, number, &story)?.into_iter())
            .map(|(key, in_window)| OutputLine { directory: key.directory(), in_window })
            .collect(),
        not_public: not_public(story.state),
        repairs,
        story: Named::new(view, number, &story)?,
    })
}

fn entry_line(
    view: &View,
    story: &Story,
    member: &Member,
    entry: Entry,
) -> Result<EntryLine, CommandError> {
    Ok(EntryLine {
        source: member.source.clone(),
        organisation: member.organisation.clone(),
        title: view.text(member.entry, entry.revision)?.title,
        identity: entry.identity,
        url: entry.url,
        canonical_link: entry.canonical_link,
        leads: member.entry == story.lead,
        joined_by: member.joined_by.clone(),
        first_seen: time(entry.first_seen),
        published: entry.published.map(time),
        updated: entry.updated.map(time),
        revisions: entry.revision,
        repairs: entry.repairs,
    })
}

fn tag_line(tagged: &crate::model::Tagged) -> TagLine {
    let reasons = tagged.reasons.iter().map(|reason| match reason {
        TagReason::Source(source) => format!("the source {source} gives it to every story"),
        TagReason::Phrase(phrase) => format!("the phrase \"{phrase}\" occurs"),
        TagReason::Category(category) => format!("the source files it under \"{category}\""),
        TagReason::Published => "our own outputs had it when the store was restored".to_owned(),
        TagReason::Editor => "an editor decided it".to_owned(),
    });
    TagLine { tag: tagged.tag.clone(), reasons: reasons.collect() }
}

/// Tags that rules give and the story does not have.
fn withheld(view: &View, config: &Config, story: &Story) -> Result<Vec<TagLine>, CommandError> {
    if story.state == StoryState::TakenDown {
        return Ok(Vec::new());
    }
    let given = round::tags_by_rules(view, config, &Tagger::new(&config.tags), story)?;
    let has = |tag: &str| story.tags.iter().any(|tagged| tagged.tag == tag);
    Ok(given.iter().filter(|tagged| !has(&tagged.tag)).map(tag_line).collect())
}

fn decisions(view: &View, story: &Story) -> Result<Vec<DecisionLine>, CommandError> {
    let decision = decision_of(view, story)?;
    let in_force: Vec<_> = decision.in_force().collect();
    let lines = decision.rulings.iter().map(|ruling| {
        let (action, with) = match &ruling.verb {
            Verb::Hide => ("hide", None),
            Verb::Show => ("show", None),
            Verb::Tag(tag) => ("tag", Some(tag.clone())),
            Verb::Untag(tag) => ("untag", Some(tag.clone())),
            Verb::TakeDown => ("takedown", None),
        };
        DecisionLine {
            action: action.to_owned(),
            with,
            by: ruling.origin,
            at: time(ruling.at),
            note: ruling.note.clone(),
            in_force: in_force.contains(&ruling),
        }
    });
    Ok(lines.collect())
}

fn not_public(state: StoryState) -> Option<String> {
    let why = match state {
        StoryState::Public => return None,
        StoryState::Waiting => "its article is still to be read",
        StoryState::Held => "it is held for an editor",
        StoryState::Backlog => {
            "it came with the first poll of its source, and is older than what was published of that ([publish] backlog)"
        }
        StoryState::Excluded => {
            "its source does not publish what it says (include and exclude in feeds.toml)"
        }
        StoryState::Hidden => "an editor hid it",
        StoryState::TakenDown => "it was taken down",
    };
    Some(why.to_owned())
}
