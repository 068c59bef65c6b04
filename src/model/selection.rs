//! What feeds.toml says of an output: which stories it selects, and how it shows them.

use serde::{Deserialize, Serialize};

use super::Republish;

/// An output that the maintainers describe, besides those that `per` makes; a `[[output]]` of
/// feeds.toml. What several keys ask for must all hold; within a key any is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRule {
    /// Stable id used in output paths.
    pub id: String,
    /// Shown title.
    pub title: String,
    /// Stories with any of these tags; empty for all.
    pub tags: Vec<String>,
    /// Stories in any of these languages (primary subtags); empty for all. With
    /// [`Editions::Prefer`] a preference, the first before the second.
    pub languages: Vec<String>,
    /// Stories of any of these sources; empty for all.
    pub sources: Vec<String>,
    /// Stories of any of these organisations (ids); empty for all.
    pub organisations: Vec<String>,
    /// Only stories in which one of these phrases occurs; empty for all.
    pub include: Vec<String>,
    /// No stories in which one of these phrases occurs.
    pub exclude: Vec<String>,
    /// How much is shown; never more than the source's `republish`.
    pub content: Republish,
    /// Which editions of a story are shown.
    pub editions: Editions,
    /// Formats that are written.
    pub formats: Formats,
    /// Stories in a feed document; `None` for that of `[publish]`.
    pub window: Option<usize>,
    /// Former ids.
    pub was: Vec<String>,
}

/// Which editions of a story an output shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Editions {
    /// All of them.
    #[default]
    All,
    /// One of each story, in the output's languages if there is one.
    Prefer,
}

/// The formats in which an output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formats {
    /// `rss.xml`.
    pub rss: bool,
    /// `atom.xml`.
    pub atom: bool,
    /// `feed.json`.
    pub json: bool,
    /// `index.html`.
    pub html: bool,
}

impl Formats {
    /// Every format.
    pub const ALL: Self = Self { rss: true, atom: true, json: true, html: true };
}

impl Default for Formats {
    fn default() -> Self {
        Self::ALL
    }
}
