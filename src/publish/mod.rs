//! Windows, one file per format, atomic files.
//!
//! Rendering is a pure function of stories and settings to bytes: no clock, no disk, the same
//! bytes for the same stories. [`window::select`] says which stories an output holds;
//! [`render_output`] makes its documents, [`render_site`] those that belong to no output;
//! [`write::write`] puts them on the disk and leaves alone what is equal. [`digest`] tells without
//! rendering whether anything that goes into an output has changed.
//!
//! Every document is read back before it is handed out: one that does not parse never replaces
//! one that did. It does not decide which outputs there are, nor remove those that are gone.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use crate::model::{
    Formats, Kind, OutputKey, PublicStory, Removed, Republish, Source, StoryNumber,
};

mod about;
mod address;
mod atom;
mod document;
mod json;
pub mod language;
pub mod logo;
mod moved;
mod navigation;
mod opml;
mod page;
mod proof;
pub mod recall;
mod rss;
mod safe;
mod template;
pub mod window;
mod words;
pub mod write;

#[cfg(test)]
mod tests;

pub use navigation::{Navigation, OutputLink};

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

/// Raised when the same stories come to be rendered as other bytes.
const RENDERER_VERSION: u32 = 5;

/// No feed document is larger; where one would be, it holds fewer stories.
pub const MAX_FEED_BYTES: usize = 2_000_000;

/// The policy that pages carry, whole; for the headers of a server. Pages carry what a `meta`
/// element can of it themselves.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; img-src 'self' https:; media-src https:; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Name and version of the program that made the documents.
const PROGRAM: &str = "Samizdat";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How requests to sources introduce themselves: the program, and the page that says who it is.
pub fn user_agent(site: &Site) -> String {
    format!("{PROGRAM}/{VERSION} (+{})", address::absolute(site, address::ABOUT))
}

/// How requests introduce themselves that no wire stands behind, such as those of `preview`.
pub fn bare_user_agent() -> String {
    format!("{PROGRAM}/{VERSION}")
}

/// An output with the stories that its window holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Output {
    /// What it selects.
    pub key: OutputKey,
    /// What it is called on its page: the tag's, organisation's or language's name. Not used for
    /// the output `all`, which is called as the site is.
    pub title: String,
    /// Its own id, made once and stored: a `tag:` URI.
    pub feed_id: String,
    /// When it was made; the `updated` of its feed while it is empty.
    pub created: DateTime<Utc>,
    /// Formats that are written.
    pub formats: Formats,
    /// Where it was published before: its feeds are there as well, and a page that leads on.
    pub former: Vec<OutputKey>,
    /// Who speaks in it, where it is that of an organisation.
    pub profile: Option<Profile>,
    /// Its stories, selected and ordered.
    pub stories: Vec<PublicStory>,
    /// Stories that it had and has no more, the newest first.
    pub removed: Vec<Removed>,
}

/// What the page of an organisation says of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Profile {
    /// Its web site.
    pub site: Option<String>,
    /// Its logo: a path below `public/`.
    pub logo: Option<String>,
    /// What is read of it.
    pub sources: Vec<SourceLink>,
}

/// A source as the about page and `sources.opml` show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceLink {
    /// Its id.
    pub id: String,
    /// Its shown name.
    pub name: String,
    /// Name of the organisation that speaks.
    pub organisation: String,
    /// The organisation's or the feed's web site.
    pub site: Option<String>,
    /// Its url as it may be shown; empty for files.
    pub url: String,
    /// Feed or page.
    pub kind: Kind,
    /// Licence or rights statement.
    pub rights: Option<String>,
    /// Who agreed to the republication, and when.
    pub consent: Option<String>,
    /// How much is republished.
    pub republish: Republish,
    /// Whether the full text is read from the story's own page.
    pub article: bool,
    /// How often it is asked, at most.
    pub interval: Duration,
    /// Primary subtag, where known.
    pub language: Option<String>,
    /// Whether it is polled.
    pub enabled: bool,
}

/// A document that was rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Where it belongs: relative to `public/`, with forward slashes.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Why a document was not rendered. Each is a defect of ours, or of a theme.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// An id that must not become a directory.
    #[error("the id {id:?} cannot be part of a path: use a-z, 0-9 and - only")]
    UnsafeId {
        /// The id.
        id: String,
    },
    /// A template failed.
    #[error("the template {template} cannot be rendered: {reason}")]
    Template {
        /// Its file name.
        template: &'static str,
        /// What the engine said.
        reason: String,
    },
    /// A writer failed.
    #[error("{path} cannot be written as {format}: {reason}")]
    Format {
        /// The document.
        path: String,
        /// RSS, Atom, JSON Feed or OPML.
        format: &'static str,
        /// What the writer said.
        reason: String,
    },
    /// A document that does not read back as what was written; the published one stays.
    #[error("{path} does not read back as it was written, so the published one stays: {reason}")]
    Unreadable {
        /// The document.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The documents of one output, of those formats that it has: `index.html`, `rss.xml`, `atom.xml`,
/// `feed.json`, below its directory. All hold the same stories; where a feed would pass
/// [`MAX_FEED_BYTES`], those that entered first are left out of each. Where it was published before,
/// the same feeds are, and a page that leads on.
///
/// # Errors
/// Where the key is no path, or a document does not read back.
pub fn render_output(
    site: &Site,
    settings: &Settings,
    output: &Output,
    navigation: &Navigation,
) -> Result<Vec<Rendered>, RenderError> {
    let mut document = document::Document::new(site, settings, output)?;
    let mut feeds = document::feeds(&document)?;
    while let Some(fewer) = document::fewer(&feeds, document.stories.len(), MAX_FEED_BYTES) {
        document.keep_newest(fewer);
        feeds = document::feeds(&document)?;
    }
    let mut rendered = Vec::new();
    if output.formats.html {
        rendered.push(page::render(&document, navigation)?);
    }
    rendered.append(&mut feeds);
    for former in &output.former {
        moved::render(&document, former, &mut rendered)?;
    }
    Ok(rendered)
}

/// The paths of the documents of one output, below the output directory, also where it was before.
pub fn output_paths(key: &OutputKey, formats: Formats, former: &[OutputKey]) -> Vec<String> {
    let names = [
        (address::PAGE, formats.html),
        (address::RSS, formats.rss),
        (address::ATOM, formats.atom),
        (address::JSON, formats.json),
    ];
    let of = |key: &OutputKey| {
        let directory = key.directory();
        let written = names.iter().filter(|(_, is_written)| *is_written);
        written.map(move |(name, _)| format!("{directory}{name}")).collect::<Vec<_>>()
    };
    std::iter::once(key).chain(former).flat_map(of).collect()
}

/// The sources as OPML 2.0 for whoever asks for it: also those that are disabled, and the selectors of
/// pages.
///
/// # Errors
/// Where it cannot be written as XML.
pub fn export_opml(
    site: &Site,
    sources: &[(&SourceLink, &Source)],
) -> Result<Vec<u8>, RenderError> {
    Ok(opml::export(site, sources)?.bytes)
}

/// Whether a path below the output directory is that of a feed, which can be subscribed to.
pub fn is_feed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    [address::RSS, address::ATOM, address::JSON].contains(&name)
}

/// The paths of the documents that belong to no output.
pub fn site_paths() -> Vec<String> {
    let paths = [address::STYLE, address::ICON, address::ABOUT, address::SOURCES, address::OUTPUTS];
    paths.map(str::to_owned).to_vec()
}

/// The documents that belong to no output: `about.html`, `sources.opml`, `outputs.opml`,
/// `style.css`, `icon.svg`.
///
/// # Errors
/// Where a document does not read back.
pub fn render_site(
    site: &Site,
    settings: &Settings,
    sources: &[SourceLink],
    navigation: &Navigation,
) -> Result<Vec<Rendered>, RenderError> {
    let _ = settings;
    Ok(vec![
        Rendered { path: address::STYLE.to_owned(), bytes: template::STYLE.as_bytes().to_vec() },
        Rendered { path: address::ICON.to_owned(), bytes: template::ICON.as_bytes().to_vec() },
        about::render(site, sources, navigation)?,
        opml::sources(site, sources)?,
        opml::outputs(site, navigation)?,
    ])
}

/// A hash of everything that goes into the bytes of any output and is not in the store, for a
/// feeds.toml with this digest.
pub fn settings_digest(feeds_toml: u128) -> u128 {
    let inputs =
        (RENDERER_VERSION, VERSION, template::PAGE, template::STYLE, template::ICON, feeds_toml);
    postcard::to_stdvec(&inputs).map_or(0, |bytes| xxh3_128(&bytes))
}

/// A hash of everything that goes into the bytes of an output: equal digests, equal documents.
///
/// The output's stories are not looked at, so that they need not be gathered: `stories` names them
/// and their editions with their revisions, and `context` is a hash of all that is shown with stories and has no
/// revision of its own, such as the names of organisations.
pub fn digest(
    site: &Site,
    settings: &Settings,
    output: &Output,
    stories: &[(StoryNumber, u32)],
    context: u128,
    navigation: &Navigation,
) -> u128 {
    let inputs = (
        (RENDERER_VERSION, VERSION, template::PAGE),
        (site, settings.images, &settings.per),
        (&output.key, &output.title, &output.feed_id, output.created, &output.removed),
        (output.formats, &output.former, &output.profile),
        (stories, context, navigation.digest(&output.key)),
    );
    // Encoding into memory fails for no value that can be built; 0 equals no stored digest.
    postcard::to_stdvec(&inputs).map_or(0, |bytes| xxh3_128(&bytes))
}
