//! Outputs: the merged feeds that we publish, and a story as they show it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Enclosure, StoryNumber};

/// What an output selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OutputKind {
    /// Every story.
    All,
    /// The stories with one tag.
    Tag,
    /// The stories of one organisation.
    Organisation,
    /// The stories in one language.
    Language,
    /// What a `[[output]]` of feeds.toml asks for.
    Output,
}

/// Names an output; `id` is empty for [`OutputKind::All`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutputKey {
    /// What it selects.
    pub kind: OutputKind,
    /// Id of the tag, organisation or `[[output]]`, or the language's primary subtag.
    pub id: String,
}

impl OutputKey {
    /// The output of every story.
    pub fn all() -> Self {
        Self { kind: OutputKind::All, id: String::new() }
    }

    /// Its directory below `public/`, with a trailing slash; empty for `all`.
    pub fn directory(&self) -> String {
        match self.kind {
            OutputKind::All => String::new(),
            OutputKind::Tag => format!("tag/{}/", self.id),
            OutputKind::Organisation => format!("organisation/{}/", self.id),
            OutputKind::Language => format!("language/{}/", self.id),
            OutputKind::Output => format!("output/{}/", self.id),
        }
    }
}

/// A story with the words and the credits that outputs show; what `list --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublicStory {
    /// Short number.
    pub number: StoryNumber,
    /// Raised with every change that an output could show.
    pub revision: u32,
    /// Published id.
    pub id: String,
    /// The partner's own permalink, where there is one.
    pub url: Option<String>,
    /// Plain text.
    pub title: String,
    /// Plain text excerpt; empty where there is none, or `republish = "link"`.
    pub summary: String,
    /// Sanitised HTML; empty where the source's `republish` allows less.
    pub content_html: String,
    /// Primary subtag; empty where unknown.
    pub language: String,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: DateTime<Utc>,
    /// Date of the newest substantive change.
    pub updated: DateTime<Utc>,
    /// Time of first sight.
    pub first_seen: DateTime<Utc>,
    /// Orders stories.
    pub sort_date: DateTime<Utc>,
    /// Decides about windows.
    pub entered: DateTime<Utc>,
    /// Who leads it.
    pub origin: Credit,
    /// Who published it as well.
    pub also: Vec<Credit>,
    /// Translations.
    pub editions: Vec<Edition>,
    /// (id, name) of each tag.
    pub tags: Vec<(String, String)>,
    /// Categories as the source gave them.
    pub categories: Vec<String>,
    /// Picture.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// Rights or licence.
    pub rights: Option<String>,
}

/// One publication of a story by one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Credit {
    /// Id of the source.
    pub source: String,
    /// Shown name of the source.
    pub source_name: String,
    /// The feed's own Atom id where it is an IRI, else a `tag:` URI or the feed's URL.
    pub source_feed_id: String,
    /// The feed's URL as it may be shown; empty for file sources.
    pub source_url: String,
    /// The feed's web site, where known.
    pub source_site: Option<String>,
    /// Rights of the whole feed.
    pub source_rights: Option<String>,
    /// Id of the organisation.
    pub organisation: String,
    /// Shown name of the organisation.
    pub organisation_name: String,
    /// Web site of the organisation.
    pub organisation_site: Option<String>,
    /// The permalink at this publisher.
    pub url: Option<String>,
    /// xxh3 of the identity that the source gave its entry: enough to know it again.
    pub entry: u128,
}

/// A translation of a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edition {
    /// Primary subtag.
    pub language: String,
    /// Permalink.
    pub url: Option<String>,
    /// Published id.
    pub id: String,
}

/// A file that was published, as it was when we wrote it or last compared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// xxh3 of its bytes.
    pub hash: u128,
    /// Its length in bytes.
    pub size: u64,
    /// Its modification time in nanoseconds since 1970; `None` where the system has none.
    pub mtime_ns: Option<u64>,
}
