//! `hide`, `unhide` and `tag`: editors' decisions about stories, kept and published at once.

use serde::{Deserialize, Serialize};

use super::story::{Named, named};
use super::{CommandError, Hold, meant, publish, refuse_an_older_copy};
use crate::config::Config;
use crate::model::{Origin, Verb};
use crate::round::{self, Decided};
use crate::tag::Tagger;
use crate::world::World;

/// What is decided, and about which stories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The stories, as they were named.
    pub stories: Vec<String>,
    /// What is done with them.
    pub order: Order,
    /// Why.
    pub note: Option<String>,
}

/// What is done with stories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// They are not shown any more.
    Hide,
    /// They are shown again.
    Unhide,
    /// They get tags and lose tags.
    Tag {
        /// Ids of tags that they get.
        add: Vec<String>,
        /// Ids of tags that they lose.
        remove: Vec<String>,
    },
}

/// What was done. Serialises to the object of `hide --json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The stories.
    pub stories: Vec<Line>,
    /// Files below the output directory that were written.
    pub written: Vec<String>,
    /// What could not be published, and why.
    pub failures: Vec<String>,
}

/// A story about which something was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The story.
    #[serde(flatten)]
    pub story: Named,
    /// Ids of its tags.
    pub tags: Vec<String>,
    /// Whether subscribers see something else now.
    pub changed: bool,
    /// What an editor should know about it.
    pub remark: Option<String>,
}

/// Decides and publishes.
///
/// # Errors
/// Where there is no such story or tag, or the store or the outputs cannot be used.
pub fn run(
    request: &Request,
    hold: &Hold,
    config: &Config,
    world: &World,
) -> Result<Report, CommandError> {
    let store = &*hold.store;
    store.writing().flush()?;
    hold.puts_in_force(config);
    let tagger = Tagger::new(&config.tags);
    let verbs = verbs(&request.order, config, &tagger)?;
    let numbers = named(&store.reading(), &request.stories)?;
    refuse_an_older_copy(store, config, world)?;
    let note = request.note.as_deref();
    let now = world.clock.now();
    let decided = round::decide(store, config, &tagger, &numbers, &verbs, note, now)?;
    let published = publish::at_once(hold, config, world, false)?;
    let view = store.reading();
    let mut report =
        Report { written: published.written, failures: published.failures, ..Report::default() };
    for decided in decided {
        report.stories.push(Line {
            story: Named::new(&view, decided.number, &decided.story)?,
            tags: decided.story.tags.iter().map(|tagged| tagged.tag.clone()).collect(),
            changed: decided.has_changed,
            remark: remark(&decided, &request.order),
        });
    }
    Ok(report)
}

/// What an editor should know about a story that is not as it was meant to be.
fn remark(decided: &Decided, order: &Order) -> Option<String> {
    use crate::model::StoryState::{Backlog, TakenDown};
    let in_file = |verb: &Verb| {
        decided.decision.rulings.iter().any(|it| it.origin == Origin::File && it.verb == *verb)
    };
    match (order, decided.story.state) {
        (_, TakenDown) => Some("it was taken down, which is for good".to_owned()),
        (Order::Unhide, _) if in_file(&Verb::Hide) => Some(
            "a [[decision]] of feeds.toml hides it as well; this command wins, remove it there"
                .to_owned(),
        ),
        (Order::Hide | Order::Unhide, Backlog) => {
            Some("it is older than what is published of its source, and was never out".to_owned())
        }
        _ => None,
    }
}

/// What is asked for, in rulings.
fn verbs(order: &Order, config: &Config, tagger: &Tagger) -> Result<Vec<Verb>, CommandError> {
    let (add, remove) = match order {
        Order::Hide => return Ok(vec![Verb::Hide]),
        Order::Unhide => return Ok(vec![Verb::Show]),
        Order::Tag { add, remove } => (add, remove),
    };
    let id = |written: &String| match tagger.id(written) {
        Some(id) => Ok(id.to_owned()),
        None => Err(unknown_tag(written, config)),
    };
    let mut verbs = Vec::new();
    for written in add {
        verbs.push(Verb::Tag(id(written)?));
    }
    for written in remove {
        let verb = Verb::Untag(id(written)?);
        if verbs.contains(&Verb::Tag(id(written)?)) {
            return Err(CommandError::Usage(format!(
                "+{written} and -{written} contradict each other; nothing was done"
            )));
        }
        verbs.push(verb);
    }
    Ok(verbs)
}

fn unknown_tag(written: &str, config: &Config) -> CommandError {
    let help = meant(written, config.tags.iter().map(|tag| tag.id.as_str()).collect());
    CommandError::Usage(format!(
        "there is no tag {written} in feeds.toml ({help}); nothing was done"
    ))
}
