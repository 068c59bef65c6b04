//! Windows, one file per format, atomic files.

use std::path::PathBuf;

use url::Url;

/// `[site]`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Site {
    /// Title of the wire.
    pub title: String,
    /// Where the outputs will be reachable; ends with a slash.
    pub url: Url,
    /// What the wire is.
    pub description: Option<String>,
    /// Language of the page's own words: a language tag.
    pub language: String,
    /// Who edits it.
    pub editor: Option<String>,
    /// How to reach them: a mailto:, http: or https: URL.
    pub contact: Option<String>,
    /// WebSub hub.
    pub hub: Option<Url>,
}

/// `[publish]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Directory of the static outputs, absolute.
    pub path: PathBuf,
    /// Stories in a feed document.
    pub window: usize,
    /// Stories of a new source that are published at its first poll.
    pub backlog: usize,
    /// Outputs made besides `all`.
    pub per: Vec<crate::model::OutputKind>,
    /// Directory of templates and styles that replace ours.
    pub theme: Option<PathBuf>,
    /// Whether pictures are linked.
    pub images: Images,
}

/// What outputs do with pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum Images {
    /// They are linked where the source has them.
    #[default]
    Link,
    /// They are left out.
    None,
}
