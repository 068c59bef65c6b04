//! `check --diff`: what a changed feeds.toml would do to the stories that are known. Nothing changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::commands::{CommandError, Hold, Places, config_text};
use crate::config::{self, Config};
use crate::round::{self, StoryList};
use crate::world::World;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The feeds.toml as it was, absolute; without it the stories as they are count.
    pub old: Option<PathBuf>,
}

/// What would change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// By id of a tag.
    pub tags: BTreeMap<String, Change>,
    /// By id of a `[[output]]`.
    pub outputs: BTreeMap<String, Change>,
    /// Stories that would be published.
    pub published: Stories,
    /// Stories that would be withdrawn, since their sources leave them out.
    pub withdrawn: Stories,
}

/// Stories that would come, and those that would go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Would come.
    pub gained: Stories,
    /// Would go.
    pub lost: Stories,
}

/// Some stories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stories {
    /// How many.
    pub count: u64,
    /// The newest of them.
    pub stories: Vec<StoryName>,
}

/// A story as maintainers know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryName {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its permalink, where it has one.
    pub url: Option<String>,
}

impl Report {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl From<StoryList> for Stories {
    fn from(list: StoryList) -> Self {
        let name = |named: round::Named| StoryName {
            number: named.number,
            title: named.title,
            url: named.url,
        };
        Self { count: list.count, stories: list.named.into_iter().map(name).collect() }
    }
}

impl From<round::Entering> for Change {
    fn from(entering: round::Entering) -> Self {
        Self { gained: entering.gained.into(), lost: entering.lost.into() }
    }
}

/// The feeds.toml as it was. Its paths mean what those of the new one mean: often it is a copy that
/// lies elsewhere.
///
/// # Errors
/// Where it cannot be read or has errors.
fn old_config(old: &Path, new: &Config, world: &World) -> Result<Config, CommandError> {
    let places = Places { config: old.to_owned(), store: None, public: None };
    let (_, text) = config_text(&places, world)?;
    config::parse_offline(&text, &new.file, &world.environment).map_err(|_| {
        let old = old.display();
        CommandError::Usage(format!(
            "{old} cannot be compared with, since it has errors; `samizdat check --config {old}` shows them"
        ))
    })
}

/// Compares.
///
/// # Errors
/// Where the store or the old feeds.toml cannot be read.
pub fn run(
    request: &Request,
    hold: &Hold,
    config: &Config,
    world: &World,
) -> Result<Report, CommandError> {
    let old = match &request.old {
        Some(old) => Some(old_config(old, config, world)?),
        None => None,
    };
    let foreseen = round::foresee(&hold.store.reading(), old.as_ref(), config)?;
    let changes = |changes: BTreeMap<String, round::Entering>| {
        changes.into_iter().map(|(id, entering)| (id, entering.into())).collect()
    };
    Ok(Report {
        tags: changes(foreseen.tags),
        outputs: changes(foreseen.outputs),
        published: foreseen.stories.gained.into(),
        withdrawn: foreseen.stories.lost.into(),
    })
}
