//! `discover`: the feeds of a site; where it has none, selectors for its page.
//!
//! The page's own links come first. Common places are guesses, so they are asked only where those
//! gave nothing but comments, one after the other, and no more once a feed is found. What counts as a
//! feed is what `fetch` would read.

use std::sync::Arc;

use serde::Serialize;
use url::Url;

use super::document::{self, Document};
use super::feeds_toml::{FeedsToml, manners};
use super::{CommandError, Places, time};
use crate::config::{NewSource, block};
use crate::fetch::{self, Client, Hosts};
use crate::model::{CleanDocument, Kind, id_from_name, shown_url};
use crate::read::{Announced, Announcement, Announcements, MOST_PLACES, Proposal};
use crate::world::World;
use crate::{clean, read};

pub use crate::model::Format;
pub use crate::read::FeedKind;

/// Links of a page that are asked.
const MOST_ASKED: usize = MOST_PLACES;

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
    /// Why the page could not be looked at.
    pub error: Option<String>,
}

impl Report {
    /// Whether anything was found that a source can be made of.
    pub fn is_fruitful(&self) -> bool {
        !self.proposals.is_empty() || self.feeds.iter().any(|feed| feed.kind != FeedKind::Comments)
    }
}

/// Discovers.
///
/// # Errors
/// With `--add`, where feeds.toml cannot be used, has the url already, or nothing is to be added.
pub async fn run(
    request: &Request,
    places: &Places,
    world: &World,
) -> Result<Report, CommandError> {
    // Before anything is asked: who cannot be given the answer need not ask.
    let mut feeds_toml = if request.add { Some(FeedsToml::open(places, world)?) } else { None };
    let (settings, user_agent) = manners(places, world);
    let hosts = Hosts::new(Arc::clone(&world.clock), settings.host_gap, []);
    let (names, clock) = (world.names.clone(), Arc::clone(&world.clock));
    let client = Client::new(&settings, &user_agent, names, clock, hosts);
    let mut report = Report { document: shown_url(&request.document), ..Report::default() };
    if document::is_web(&request.document) {
        match client {
            Ok(client) => {
                let mut search = Search { client, settings, report: &mut report };
                if let Err(error) = search.site(&request.document).await {
                    report.error = Some(error);
                }
            }
            Err(error) => report.error = Some(error.message),
        }
    } else {
        let most = settings.max_body;
        let opened = document::open(&request.document, request.base_url.as_ref(), most, world);
        match opened {
            Ok(page) => saved(page, &mut report).await,
            Err(error) => report.error = Some(error),
        }
    }
    report.feeds.sort_by_key(|feed| feed.kind);
    if let Some(feeds_toml) = &mut feeds_toml {
        report.added = add(&report, feeds_toml, world)?;
    }
    Ok(report)
}

/// Writes the first feed of posts, else a podcast, else the best proposal.
fn add(
    report: &Report,
    feeds_toml: &mut FeedsToml,
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
    if let Some(known) = feeds_toml.with_url(&url) {
        return Err(CommandError::Usage(format!(
            "{} is in feeds.toml already: source `{}`, line {}; nothing was written",
            shown_url(&source.url),
            known.id,
            known.line
        )));
    }
    let id = feeds_toml.known.new_id(&source.id);
    let line = feeds_toml.add(&[NewSource { id: id.clone(), ..source.clone() }], world)?;
    Ok(Some(Added { id, url: shown_url(&source.url), line }))
}

/// What the bytes of a document are.
enum Looked {
    Feed(Box<CleanDocument>),
    Page(Box<Announcements>, Box<Document>),
    Neither(String),
}

/// Looks at a document, where deep markup has room.
async fn look(document: Document) -> Looked {
    let looking = tokio::task::spawn_blocking(move || {
        let input = input(&document);
        match read::feed(&input) {
            Ok(raw) => Looked::Feed(Box::new(clean::document(raw, &document.base))),
            Err(refused @ (read::ReadError::WebPage { .. } | read::ReadError::NotAFeed { .. })) => {
                match read::announced(&input) {
                    Ok(found) if matches!(refused, read::ReadError::WebPage { .. }) => {
                        Looked::Page(Box::new(found), Box::new(document))
                    }
                    _ => Looked::Neither(refused.to_string()),
                }
            }
            Err(refused) => Looked::Neither(refused.to_string()),
        }
    });
    looking.await.unwrap_or_else(|_| {
        Looked::Neither("reading it failed inside samizdat; please report this".to_owned())
    })
}

fn input(document: &Document) -> read::Input<'_> {
    read::Input {
        bytes: &document.bytes,
        content_type: document.content_type.as_deref(),
        base: &document.base,
        zone: None,
    }
}

/// A saved page: nothing is asked, so what it names is shown as it names it.
async fn saved(page: Document, report: &mut Report) {
    match look(page).await {
        Looked::Feed(feed) => {
            let words = "this is a feed itself; `samizdat preview` shows how it is read";
            report.error = Some(feed.title.map_or(words.to_owned(), |t| format!("{t}: {words}")));
        }
        Looked::Page(found, page) => {
            report.feeds = found.feeds.iter().map(unasked).collect();
            if !report.is_fruitful() {
                report.proposals = propose(*page, &found).await;
            }
        }
        Looked::Neither(error) => report.error = Some(error),
    }
}

fn unasked(announced: &Announced) -> Feed {
    Feed {
        url: shown_url(announced.url.as_str()),
        found: found_by(announced),
        kind: announced.kind,
        format: None,
        title: announced.title.clone(),
        language: None,
        entries: None,
        newest: None,
        source: None,
    }
}

fn found_by(announced: &Announced) -> Found {
    match announced.by {
        Announcement::Head => Found::Link,
        Announcement::Body => Found::Body,
    }
}

/// A search of one site, with one client, so that the manners of its hosts hold throughout.
struct Search<'a> {
    client: Client,
    settings: fetch::Settings,
    report: &'a mut Report,
}

impl Search<'_> {
    async fn site(&mut self, given: &str) -> Result<(), String> {
        let url = Url::parse(given).map_err(|error| format!("this is no url: {error}"))?;
        let answer = document::download(url, &self.client, &self.settings, true).await;
        let answer = answer.map_err(|error| error.message)?;
        let address = answer.base.clone();
        let (found, page) = match look(answer).await {
            Looked::Feed(document) => {
                self.report.feeds.push(feed(&address, None, Found::Itself, *document));
                return Ok(());
            }
            Looked::Page(found, page) => (found, page),
            Looked::Neither(error) => return Err(error),
        };
        let mut asked: Vec<Url> = vec![address.clone()];
        let mut silent: Vec<String> = Vec::new();
        for announced in found.feeds.iter().take(MOST_ASKED) {
            asked.push(announced.url.clone());
            let host = announced.url.host_str().unwrap_or_default().to_owned();
            if silent.contains(&host) {
                let url = shown_url(announced.url.as_str());
                let error =
                    "not asked, since its host gave no answer before, or wants silence".to_owned();
                self.report.failed.push(Failed { url, error });
                continue;
            }
            // What the site announces is a feed like any that `fetch` polls; other links are guesses.
            let is_guess = announced.by == Announcement::Body;
            let title = announced.title.as_deref();
            let asked = self.ask(&announced.url, title, found_by(announced), is_guess).await;
            if let Err((error, is_silent)) = asked {
                if is_silent {
                    silent.push(host);
                }
                let url = shown_url(announced.url.as_str());
                self.report.failed.push(Failed { url, error });
            }
        }
        self.report.left_out = found.feeds.len().saturating_sub(MOST_ASKED);
        if !self.report.is_fruitful() {
            self.places(&address, &found, &asked).await;
        }
        if !self.report.is_fruitful() {
            self.report.proposals = propose(*page, &found).await;
        }
        Ok(())
    }

    /// Asks the common places, until one is a feed or the host wants silence.
    async fn places(&mut self, address: &Url, found: &Announcements, asked: &[Url]) {
        let places = read::common_places(address, found.generator.as_deref());
        for place in places.iter().filter(|place| !asked.contains(place)) {
            self.report.places = self.report.places.saturating_add(1);
            match self.ask(place, None, Found::Place, true).await {
                Err((_, wants_silence)) if wants_silence => return,
                _ if self.report.is_fruitful() => return,
                _ => {}
            }
        }
    }

    /// Asks for one feed; the error, and whether the host wants silence, or has nothing to say.
    async fn ask(
        &mut self,
        url: &Url,
        title: Option<&str>,
        found: Found,
        is_guess: bool,
    ) -> Result<(), (String, bool)> {
        let answer = document::download(url.clone(), &self.client, &self.settings, is_guess).await;
        let answer = answer.map_err(|error| {
            let has_answered = error.status.is_some() || error.is_disallowed;
            let wants_silence = !has_answered
                || error.silent_until.is_some()
                || matches!(error.status, Some(429 | 503));
            (error.message, wants_silence)
        })?;
        // A redirect within the site is its present address; one that leaves it is its own affair.
        let address =
            if answer.base.host() == url.host() { answer.base.clone() } else { url.clone() };
        let is_known = |known: &Feed| known.url == shown_url(address.as_str());
        if self.report.feeds.iter().any(is_known) {
            return Ok(());
        }
        match look(answer).await {
            Looked::Feed(document) => {
                self.report.feeds.push(feed(&address, title, found, *document));
                Ok(())
            }
            Looked::Page(..) => Err(("it is a web page and no feed".to_owned(), false)),
            Looked::Neither(error) => Err((error, false)),
        }
    }
}

fn feed(url: &Url, called: Option<&str>, found: Found, document: CleanDocument) -> Feed {
    let dates = document.entries.iter().filter_map(|entry| entry.published.or(entry.updated));
    let source = NewSource {
        id: id_of_host(url),
        url: url.to_string(),
        name: document.title.clone(),
        site: document.site.clone(),
        ..NewSource::default()
    };
    Feed {
        url: shown_url(url.as_str()),
        found,
        kind: read::kind_of(url, called, &document),
        format: Some(document.format),
        entries: Some(document.entries.len()),
        newest: dates.max().map(time),
        title: document.title,
        language: document.language,
        source: Some(source),
    }
}

/// `diem25` for `https://www.diem25.org/feed/`; a host without a name has its number.
fn id_of_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("page").trim_start_matches("www.");
    match url.domain() {
        Some(_) => id_from_name(host.split('.').next().unwrap_or(host)),
        None => id_from_name(host),
    }
}

async fn propose(page: Document, found: &Announcements) -> Vec<Proposed> {
    let (title, url) = (found.title.clone(), page.base.clone());
    let proposing =
        tokio::task::spawn_blocking(move || read::propose(&input(&page)).unwrap_or_default());
    let proposals = proposing.await.unwrap_or_default();
    proposals.into_iter().map(|proposal| proposed(proposal, &url, title.clone())).collect()
}

fn proposed(proposal: Proposal, url: &Url, title: Option<String>) -> Proposed {
    let source = NewSource {
        id: id_of_host(url),
        url: url.to_string(),
        name: title,
        kind: Kind::Page,
        select: Some(proposal.select),
        ..NewSource::default()
    };
    Proposed {
        items: proposal.items,
        titles: proposal.titles,
        reasons: proposal.reasons,
        // What is shown may be mailed or pasted into a chat; `--add` writes the whole address.
        toml: block(&NewSource { url: shown_url(url.as_str()), ..source.clone() }),
        source,
    }
}
