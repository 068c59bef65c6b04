//! `discover`: the feeds of a site; where it has none, selectors for its page.
//!
//! Here is what is asked for, what is told, and what `--add` writes; `search` does the asking.

mod search;

use std::sync::Arc;

use serde::Serialize;
use url::Url;

use super::feeds_toml::{FeedsToml, manners};
use super::silence::Silences;
use super::{CommandError, Places, document, silence};
use crate::config::NewSource;
use crate::fetch::{Client, check_url};
use crate::model::shown_url;
use crate::world::World;
use search::Search;

pub use crate::model::Format;
pub use crate::read::FeedKind;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A URL, or a file with a saved page, of which nothing is asked.
    pub document: String,
    /// What relative links of a file are resolved against.
    pub base_url: Option<Url>,
    /// Whether a source is written into feeds.toml.
    pub add: bool,
}

/// How a feed was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// What was named is a feed itself.
    Itself,
    /// By a link element of the page.
    Link,
    /// By a link for people.
    Body,
    /// At a common place.
    Place,
}

/// A feed of the site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Feed {
    /// Its address, as everybody may see it.
    pub url: String,
    /// How it was found.
    pub found: Found,
    /// What it brings.
    pub kind: FeedKind,
    /// Its format; `None` where nothing was asked.
    pub format: Option<Format>,
    /// Its title; where nothing was asked what the page calls it.
    pub title: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Number of its entries; `None` where nothing was asked.
    pub entries: Option<usize>,
    /// Date of its newest entry.
    pub newest: Option<String>,
    #[serde(skip)]
    source: Option<NewSource>,
}

/// Something that could not be read as a feed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failed {
    /// Its address.
    pub url: String,
    /// Why.
    pub error: String,
}

/// Selectors for the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposed {
    /// Items that they find.
    pub items: usize,
    /// The first titles that they give.
    pub titles: Vec<String>,
    /// Why this block of the page.
    pub reasons: Vec<String>,
    /// The `[[source]]`, ready to be pasted into feeds.toml.
    pub toml: String,
    #[serde(skip)]
    source: NewSource,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
    /// The source's id.
    pub id: String,
    /// Its url, as everybody may see it.
    pub url: String,
    /// Its line in feeds.toml.
    pub line: usize,
}

/// What was found; the object of `discover --json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was named.
    pub document: String,
    /// Feeds: posts first, then podcasts, then comments.
    pub feeds: Vec<Feed>,
    /// Links of the page that are no feeds, or could not be had.
    pub failed: Vec<Failed>,
    /// Links of the page that were not asked, because there are too many.
    pub left_out: usize,
    /// Common places that were asked.
    pub places: usize,
    /// Selectors, the best first; only where there is no feed.
    pub proposals: Vec<Proposed>,
    /// What `--add` wrote.
    pub added: Option<Added>,
    /// What else whoever asked should know.
    pub notes: Vec<String>,
    /// Why the page could not be looked at.
    pub error: Option<String>,
}

impl Report {
    /// Whether anything was found that a source can be made of.
    pub fn is_fruitful(&self) -> bool {
        !self.proposals.is_empty() || self.feeds.iter().any(|feed| feed.kind != FeedKind::Comments)
    }
}

/// Discovers. `silences` are hosts that want to be left alone, and then those that have said so.
///
/// # Errors
/// Of a file whose address is not given; with `--add`, where feeds.toml cannot be used, has the url
/// already, or nothing is to be added.
pub async fn run(
    request: &Request,
    places: &Places,
    world: &World,
    silences: &mut Silences,
) -> Result<Report, CommandError> {
    // Before anything is asked: who cannot be given the answer need not ask.
    let mut feeds_toml = if request.add { Some(FeedsToml::open(places, world)?) } else { None };
    let (settings, user_agent) = manners(places, world);
    let allowed = settings.allow_private.clone();
    let hosts = silence::hosts(silences, settings.host_gap, world);
    let (names, clock) = (world.names.clone(), Arc::clone(&world.clock));
    let client = Client::new(&settings, &user_agent, names, clock, hosts.clone());
    let mut report = Report { document: shown_url(&request.document), ..Report::default() };
    let mut given = request.document.clone();
    if let Some(url) = document::without_scheme(&given, world).filter(|_| !document::is_web(&given))
    {
        report
            .notes
            .push(format!("there is no file {given}, so {} was asked", shown_url(url.as_str())));
        given = url.into();
        report.document = shown_url(&given);
    }
    if document::is_web(&given) {
        match client {
            Ok(client) => {
                let mut search = Search { client, settings, report: &mut report };
                if let Err(error) = search.site(&given).await {
                    report.error = Some(error);
                }
            }
            Err(error) => report.error = Some(error.message),
        }
    } else {
        let most = settings.max_body;
        match document::open(&given, request.base_url.as_ref(), most, world) {
            Ok(page) => {
                let is_address = |url: &Url| {
                    matches!(url.scheme(), "http" | "https")
                        && url.username().is_empty()
                        && url.password().is_none()
                };
                let has_address = request.base_url.as_ref().is_some_and(is_address);
                search::saved(page, has_address, &mut report).await?;
            }
            Err(error) => report.error = Some(error),
        }
    }
    *silences = silence::learnt(&hosts, world.clock.now());
    report.feeds.sort_by_key(|feed| feed.kind);
    if let Some(feeds_toml) = &mut feeds_toml {
        report.added = add(&mut report, feeds_toml, &allowed, world)?;
    }
    Ok(report)
}

/// Writes the first feed of posts, else a podcast, else the best proposal.
fn add(
    report: &mut Report,
    feeds_toml: &mut FeedsToml,
    allowed: &[ipnet::IpNet],
    world: &World,
) -> Result<Option<Added>, CommandError> {
    let fitting = report.feeds.iter().find(|feed| feed.kind != FeedKind::Comments);
    let source = match (fitting, report.proposals.first()) {
        (Some(feed), _) => feed.source.as_ref().ok_or_else(|| {
            CommandError::Usage(
                "a saved page names a feed, which was not asked; give the url of the page or of the \
                 feed to --add"
                    .to_owned(),
            )
        })?,
        (None, Some(proposal)) => &proposal.source,
        (None, None) => return Ok(None),
    };
    let url = Url::parse(&source.url).map_err(|error| CommandError::Failed(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        let words = "a saved page has no address to be polled at; give it by --base-url, or give \
                     the url in the place of the file";
        return Err(CommandError::Usage(words.to_owned()));
    }
    check_url(&url, allowed).map_err(|refused| {
        CommandError::Usage(format!(
            "{} could never be polled, so nothing was written: {refused}",
            url.host_str().unwrap_or("it")
        ))
    })?;
    if let Some(known) = feeds_toml.with_url(&url) {
        return Err(CommandError::Usage(format!(
            "{} is in feeds.toml already: source `{}`, line {}; nothing was written",
            shown_url(&source.url),
            known.id,
            known.line
        )));
    }
    let id = feeds_toml.known.new_id(&source.id);
    let source = NewSource { id: id.clone(), ..source.clone() };
    let written = feeds_toml.add(std::slice::from_ref(&source), world)?;
    report.notes.extend(written.note);
    Ok(Some(Added { id, url: shown_url(&source.url), line: written.line }))
}
