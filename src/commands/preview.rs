//! `preview`: how a document is read: its entries, what was repaired, what was dropped; and of a
//! page whose last good copy is kept, what has changed since.

mod changes;
mod reader;

use std::sync::Arc;

use serde::Serialize;
use url::Url;

use super::feeds_toml::manners;
use super::silence::Silences;
use super::{CommandError, Places, Secrets, load_config, time, unknown_source};
use crate::config::Config;
use crate::model::{Enclosure, EntryDetails, FeedDetails, Location, Source};
use crate::world::World;
use reader::Reader;

pub use crate::model::Format;
pub use crate::store::SavedPage;
pub use changes::{Change, Changes, Counted, FieldChange, SelectorChange, Standing};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Files and URLs, as given.
    pub documents: Vec<String>,
    /// What files count as.
    pub content_type: Option<String>,
    /// What relative links of files are resolved against.
    pub base_url: Option<Url>,
    /// Reads each as an article's own page (`--article`).
    pub article: bool,
    /// Reads each as this source of feeds.toml is read (`--as`).
    pub source: Option<String>,
    /// The last good page of that source, with which the page as it is now is compared (`--saved`).
    pub saved: Option<SavedPage>,
    /// What is known to repeat in the articles of the source of `--as`, as the store keeps it.
    pub repetition: Option<String>,
    /// Hosts that want to be left alone.
    pub silences: Silences,
}

/// How a document was read; serialises to a line of `preview --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The file or URL, as given.
    pub file: String,
    /// What it is; `None` where it could not be read.
    pub format: Option<Format>,
    /// Its title.
    pub title: Option<String>,
    /// Its web site.
    pub site: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Its hub.
    pub hub: Option<String>,
    /// Its entries.
    pub entries: Vec<PreviewEntry>,
    /// What was mended.
    pub repairs: Vec<String>,
    /// Of an article: the lines that were removed, since other articles have them too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Why it could not be read, or not to its end.
    pub error: Option<String>,
    /// Of the last good copy of a page: when it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<String>,
    /// Of the page as it is now: what is different from that copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// What it says beyond that.
    #[serde(flatten)]
    pub details: FeedDetails,
}

/// An entry as it would be stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewEntry {
    /// What identifies it within its source.
    pub identity: String,
    /// Permalink.
    pub url: Option<String>,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Sanitised HTML.
    pub content_html: String,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: Option<String>,
    /// Date of the last change.
    pub updated: Option<String>,
    /// Category labels.
    pub categories: Vec<String>,
    /// Picture.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// What was mended in it.
    pub repairs: Vec<String>,
    /// What it says beyond that.
    #[serde(flatten)]
    pub details: EntryDetails,
}

/// Reads one document after the other and hands each to `show`, so that memory holds only one. Gives the
/// hosts that have said that they want to be left alone.
///
/// feeds.toml is not needed, but where there is one, what it allows holds here too.
///
/// # Errors
/// Where a source is named that is not in feeds.toml, or feeds.toml cannot be read.
pub async fn run(
    request: &Request,
    places: &Places,
    world: &World,
    show: &mut dyn FnMut(Line),
) -> Result<Silences, CommandError> {
    let source = match &request.source {
        Some(id) => {
            let (config, _) = load_config(places, world, Secrets::Unneeded)?;
            Some(source_of(id, &config)?)
        }
        None => None,
    };
    let reader = Reader::new(request, source.clone(), manners(places, world), world);
    if let (Some(saved), Some(source)) = (&request.saved, &source) {
        let (then, now) = compared(saved, source, &reader).await;
        show(then);
        show(now);
        return Ok(reader.silences());
    }
    for given in &request.documents {
        let line = match reader.read(given).await {
            Ok(document) => Line { file: given.clone(), ..document },
            Err(error) => failed(given, error),
        };
        show(line);
    }
    Ok(reader.silences())
}

/// The last good copy of a page, and the page as it is now with what has changed.
async fn compared(saved: &SavedPage, source: &Source, reader: &Reader<'_>) -> (Line, Line) {
    let at = time(saved.at);
    let then = match Url::parse(&saved.final_url) {
        Ok(base) => reader.page(saved.bytes.clone(), saved.content_type.clone(), base).await,
        Err(error) => Err(error.to_string()),
    };
    let address = match &source.location {
        Location::Web(url) => url.to_string(),
        Location::File(path) => path.display().to_string(),
    };
    let now = match reader.document(&address).await {
        Ok(page) => reader.page(page.bytes, page.content_type, page.base).await,
        Err(error) => Err(error),
    };
    let changes = match (&then, &now) {
        (Ok(then), Ok(now)) => Some(changes::between(&at, then, now)),
        _ => None,
    };
    let shown = |file: String, read: Result<reader::Page, String>| match read {
        Ok(reader::Page { line, error: None, .. }) => Line { file, ..line },
        // What a poll would not take is no entry of the page; `changes` tells what is there.
        Ok(reader::Page { error: Some(error), .. }) | Err(error) => failed(&file, error),
    };
    let name = format!("{} as it was on {at}", source.id);
    let then = Line { saved: Some(at), ..shown(name, then) };
    // What is polled may hold a secret.
    (then, Line { changes, ..shown(source.shown_url(), now) })
}

fn failed(given: &str, error: String) -> Line {
    Line {
        file: given.to_owned(),
        format: None,
        title: None,
        site: None,
        language: None,
        hub: None,
        entries: Vec::new(),
        repairs: Vec::new(),
        removed: Vec::new(),
        error: Some(error),
        saved: None,
        changes: None,
        details: FeedDetails::default(),
    }
}

fn source_of(id: &str, config: &Config) -> Result<Arc<Source>, CommandError> {
    let found = config.sources.iter().find(|source| source.id == id);
    found.map(|source| Arc::new(source.clone())).ok_or_else(|| unknown_source(id, config))
}

/// The paragraphs of an entry's HTML, as plain text.
pub fn paragraphs(html: &str) -> Vec<String> {
    let text = crate::model::words_of_html(html);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
