//! `preview`: how a document is read: its entries, what was repaired, what was dropped.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

use super::{CommandError, Places, Secrets, document, load_config, time};
use crate::clean::Repetition;
use crate::config::Config;
use crate::fetch::{self, Client, FetchError, Hosts};
use crate::model::{
    CleanArticle, CleanDocument, Enclosure, EntryDetails, FeedDetails, Kind, Location, Source,
};
use crate::publish::{bare_user_agent, user_agent};
use crate::world::World;
use crate::{clean, read};

pub use crate::model::Format;
pub use crate::store::SavedPage;

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
    /// The last good page of that source, shown before the page as it is now (`--saved`).
    pub saved: Option<SavedPage>,
    /// What is known to repeat in the articles of the source of `--as`, as the store keeps it.
    pub repetition: Option<String>,
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

/// Said of a document that was cut off and yet shows entries.
const ONLY_WHOLE: &str = "the document ends in the middle; shown are the entries before that, but \
                          fetch uses nothing of it: if this stays, the server cuts its feed \
                          short, ask the organisation";

/// Reads one document after the other and hands each to `show`, so that memory holds only one.
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
) -> Result<(), CommandError> {
    let (settings, user_agent, source) = match load_config(places, world, Secrets::Unneeded) {
        Ok((config, _)) => {
            let source = request.source.as_deref().map(|id| source_of(id, &config)).transpose()?;
            (config.fetch, user_agent(&config.site), source)
        }
        Err(error) if request.source.is_some() => return Err(error),
        Err(_) => (fetch::Settings::default(), bare_user_agent(), None),
    };
    let hosts = Hosts::new(Arc::clone(&world.clock), settings.host_gap, []);
    let (names, clock) = (world.names.clone(), Arc::clone(&world.clock));
    let client = Client::new(&settings, &user_agent, names, clock, hosts);
    let known = Arc::new(Mutex::new(Repetition::of_kept(request.repetition.as_deref())));
    let reader = Reader { request, source, settings, client, world, known };
    let mut documents = request.documents.clone();
    if let (Some(saved), Some(source)) = (&request.saved, &reader.source) {
        let name = format!("{} as it was on {}", source.id, time(saved.at));
        let read = match Url::parse(&saved.final_url) {
            Ok(base) => {
                reader.understand(saved.bytes.clone(), saved.content_type.clone(), base).await
            }
            Err(error) => Err(error.to_string()),
        };
        show(
            read.map_or_else(
                |error| failed(&name, error),
                |line| Line { file: name.clone(), ..line },
            ),
        );
        documents.push(match &source.location {
            Location::Web(url) => url.to_string(),
            Location::File(path) => path.display().to_string(),
        });
    }
    for given in &documents {
        // What is polled may hold a secret; what was given is shown as it was given.
        let shown = match &reader.source {
            Some(source) if request.saved.is_some() => source.shown_url(),
            _ => given.clone(),
        };
        let line = match reader.read(given).await {
            Ok(document) => Line { file: shown, ..document },
            Err(error) => failed(&shown, error),
        };
        show(line);
    }
    Ok(())
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
        details: FeedDetails::default(),
    }
}

fn source_of(id: &str, config: &Config) -> Result<Arc<Source>, CommandError> {
    let found = config.sources.iter().find(|source| source.id == id);
    found.map(|source| Arc::new(source.clone())).ok_or_else(|| {
        let known: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
        CommandError::Usage(format!(
            "there is no source {id} in feeds.toml; there are: {}",
            known.join(", ")
        ))
    })
}

/// One client for all documents, so that the manners of their hosts hold between them.
struct Reader<'a> {
    request: &'a Request,
    source: Option<Arc<Source>>,
    settings: fetch::Settings,
    client: Result<Client, FetchError>,
    world: &'a World,
    /// What repeats in the articles that were read so far.
    known: Arc<Mutex<Repetition>>,
}

impl Reader<'_> {
    async fn read(&self, given: &str) -> Result<Line, String> {
        if !document::is_web(given) {
            let most = self.settings.max_body;
            let file = document::open(given, self.request.base_url.as_ref(), most, self.world)?;
            let content_type = self.request.content_type.clone();
            return self.understand(file.bytes, content_type, file.base).await;
        }
        let url = Url::parse(given).map_err(|error| format!("this is no url: {error}"))?;
        let client = self.client.as_ref().map_err(|error| error.message.clone())?;
        // robots.txt is for pages, not for feeds.
        let is_page = self.source.as_ref().is_some_and(|source| source.kind == Kind::Page);
        let obeys_robots = is_page || self.request.article;
        let found = document::download(url, client, &self.settings, obeys_robots).await;
        let found = found.map_err(|error| error.message)?;
        let base = found.content_location.filter(|_| !obeys_robots).unwrap_or(found.base);
        self.understand(found.bytes, found.content_type, base).await
    }

    async fn understand(
        &self,
        bytes: Vec<u8>,
        content_type: Option<String>,
        base: Url,
    ) -> Result<Line, String> {
        let source = self.source.clone();
        let is_article = self.request.article;
        let known = Arc::clone(&self.known);
        let reading = tokio::task::spawn_blocking(move || {
            let content_type = content_type.as_deref();
            let zone = source.as_ref().and_then(|source| source.timezone);
            let select = source.as_ref().and_then(|source| source.select.as_ref());
            let is_page = source.as_ref().is_some_and(|source| source.kind == Kind::Page);
            let input = read::Input { bytes: &bytes, content_type, base: &base, zone };
            if is_article {
                let raw = read::article(&input, select, read::Known::default())
                    .map_err(|error| error.to_string())?;
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                return Ok(article(clean::article(raw), &base, &mut known));
            }
            if let Some(select) = select.filter(|_| is_page) {
                let raw = read::page(&input, select).map_err(|error| error.to_string())?;
                return Ok(line(clean::document(raw, &base)));
            }
            let read::Partial { document, error } = read::feed_as_far_as_it_goes(&input);
            let error = error.map(|error| match document {
                Some(_) => ONLY_WHOLE.to_owned(),
                None => error.to_string(),
            });
            match document {
                Some(raw) => Ok(Line { error, ..line(clean::document(raw, &base)) }),
                None => Err(error.unwrap_or_default()),
            }
        });
        reading.await.unwrap_or_else(|_| {
            let words = "reading it failed inside samizdat; please report this with the document";
            Err(words.to_owned())
        })
    }
}

/// An article is a document of one entry; what it has in common with those before goes.
fn article(article: CleanArticle, page: &Url, known: &mut Repetition) -> Line {
    let shown = |date: Option<DateTime<Utc>>| date.map(time);
    let own = article.canonical.filter(|link| !link.is_claim);
    let url = own.map_or_else(|| page.to_string(), |link| link.url);
    let language = article.language.as_deref().unwrap_or_default();
    let cleaned = clean::without_repetition(&article.content_html, &url, language, known);
    *known = cleaned.known;
    Line {
        file: String::new(),
        format: Some(Format::Article),
        title: article.site_name,
        site: None,
        language: article.language,
        hub: None,
        entries: vec![PreviewEntry {
            identity: url.clone(),
            url: Some(url),
            title: article.title.unwrap_or_default(),
            summary: article.standfirst,
            content_html: cleaned.html,
            authors: article.authors,
            published: shown(article.published),
            updated: shown(article.updated),
            categories: Vec::new(),
            image: article.image,
            enclosures: Vec::new(),
            repairs: Vec::new(),
            details: EntryDetails::default(),
        }],
        repairs: article.repairs,
        removed: cleaned.removed,
        error: None,
        details: FeedDetails::default(),
    }
}

fn line(document: CleanDocument) -> Line {
    let shown = |date: Option<DateTime<Utc>>| date.map(time);
    Line {
        file: String::new(),
        format: Some(document.format),
        title: document.title,
        site: document.site,
        language: document.language,
        hub: document.hub,
        entries: document
            .entries
            .into_iter()
            .map(|entry| PreviewEntry {
                identity: entry.identity,
                url: entry.url,
                title: entry.title,
                summary: entry.summary,
                content_html: entry.content_html,
                authors: entry.authors,
                published: shown(entry.published),
                updated: shown(entry.updated),
                categories: entry.categories,
                image: entry.image,
                enclosures: entry.enclosures,
                repairs: entry.repairs,
                details: entry.details,
            })
            .collect(),
        repairs: document.repairs,
        removed: Vec::new(),
        error: None,
        details: document.details,
    }
}

/// The paragraphs of an entry's HTML, as plain text.
pub fn paragraphs(html: &str) -> Vec<String> {
    let text = crate::model::words_of_html(html);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
