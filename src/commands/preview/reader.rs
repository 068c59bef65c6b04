//! Reading one document after the other, as `fetch` would, with one client for all.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use url::Url;

use super::{Format, Line, PreviewEntry, Request};
use crate::clean::Repetition;
use crate::commands::document::{self, Document};
use crate::commands::silence::{self, Silences};
use crate::commands::time;
use crate::fetch::{self, Client, FetchError, Hosts, Named};
use crate::model::{CleanArticle, CleanDocument, EntryDetails, FeedDetails, Kind, Source, defect};
use crate::poll::{Failure, WITHHELD};
use crate::world::World;
use crate::{clean, read};

/// Said of a document that was cut off and yet shows entries.
const ONLY_WHOLE: &str = "the document ends in the middle; shown are the entries before that, but \
                          fetch uses nothing of it: if this stays, the server cuts its feed \
                          short, ask the organisation";

/// One client for all documents, so that the manners of their hosts hold between them.
pub(super) struct Reader<'a> {
    request: &'a Request,
    source: Option<Arc<Source>>,
    settings: fetch::Settings,
    client: Result<Client, FetchError>,
    hosts: Hosts,
    world: &'a World,
    /// What repeats in the articles that were read so far.
    known: Arc<Mutex<Repetition>>,
}

/// A page read with selectors, however little they find.
pub(super) struct Page {
    pub(super) line: Line,
    pub(super) counts: Vec<read::SelectorCount>,
    /// Why a poll would take nothing of it.
    pub(super) error: Option<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        request: &'a Request,
        source: Option<Arc<Source>>,
        (settings, user_agent): (fetch::Settings, String),
        world: &'a World,
    ) -> Self {
        let hosts = silence::hosts(&request.silences, settings.host_gap, world);
        let (names, clock) = (world.names.clone(), Arc::clone(&world.clock));
        let client = Client::new(&settings, &user_agent, names, clock, hosts.clone());
        let known = Arc::new(Mutex::new(Repetition::of_kept(request.repetition.as_deref())));
        Self { request, source, settings, client, hosts, world, known }
    }

    /// The hosts that have said that they want to be left alone.
    pub(super) fn silences(&self) -> Silences {
        silence::learnt(&self.hosts, self.world.clock.now())
    }

    /// How a document is read that was named.
    pub(super) async fn read(&self, given: &str) -> Result<Line, String> {
        let found = self.document(given).await?;
        let base = found.content_location.filter(|_| !self.is_page()).unwrap_or(found.base);
        // As `fetch` reads it; of a file, whoever asks may say where it was.
        let of_source = self.source.as_ref().filter(|source| {
            source.has_secrets && document::is_web(given) && !self.request.article
        });
        let base = of_source.map_or_else(|| base.clone(), |source| source.base_of(&base));
        let mut line = self.understand(found.bytes, found.content_type, base).await?;
        // Of a feed it says only what search engines are to do.
        if self.is_page() && found.is_withheld && !line.repairs.iter().any(|told| told == WITHHELD)
        {
            line.repairs.push(WITHHELD.to_owned());
        }
        Ok(line)
    }

    /// Whether what is read is a page for people. robots.txt is for those, not for feeds.
    fn is_page(&self) -> bool {
        let of_page = self.source.as_ref().is_some_and(|source| source.kind == Kind::Page);
        of_page || self.request.article
    }

    /// The bytes of a document: a file, or what its server answers.
    pub(super) async fn document(&self, given: &str) -> Result<Document, String> {
        if !document::is_web(given) {
            let most = self.settings.max_body;
            let file = document::open(given, self.request.base_url.as_ref(), most, self.world)?;
            return Ok(Document { content_type: self.request.content_type.clone(), ..file });
        }
        let url = Url::parse(given).map_err(|error| format!("this is no url: {error}"))?;
        let client = self.client.as_ref().map_err(|error| error.message.clone())?;
        let mut request = document::request(url, Named::ByUs, &self.settings, self.is_page());
        if let Some(source) = self.source.as_deref().filter(|source| source.is_at(&request.url)) {
            // What stands in the place of a value is sent to nobody.
            if !source.missing.is_empty() {
                return Err(Failure::lacking(&source.missing).message);
            }
            request.headers.clone_from(&source.headers);
            request.timeout = source.timeout.unwrap_or(request.timeout);
            request.max_body = source.max_body.unwrap_or(request.max_body);
        }
        document::download(&request, client).await.map_err(|error| match &self.source {
            // A source has a url in feeds.toml, and the remedy is there.
            Some(source) => source.secrets.hidden_in(&error.message),
            None => error.of_document(),
        })
    }

    /// Reads a page of the source with its selectors.
    pub(super) async fn page(
        &self,
        bytes: Vec<u8>,
        content_type: Option<String>,
        base: Url,
    ) -> Result<Page, String> {
        let select = self.source.as_ref().and_then(|source| source.select.clone());
        let zone = self.source.as_ref().and_then(|source| source.timezone);
        let base =
            self.source.as_ref().map_or_else(|| base.clone(), |source| source.base_of(&base));
        let reading = tokio::task::spawn_blocking(move || {
            let content_type = content_type.as_deref();
            let input = read::Input { bytes: &bytes, content_type, base: &base, zone };
            let select = select.ok_or("this source is no page: it has no [source.select]")?;
            let read = read::page_as_far_as_it_goes(&input, &select);
            let read::PageReading { document, counts, error } =
                read.map_err(|error| error.to_string())?;
            let line = line(clean::document(document, &base));
            Ok(Page { line, counts, error: error.map(|error| error.to_string()) })
        });
        reading.await.unwrap_or_else(|_| Err(defect("reading it", "the document")))
    }

    async fn understand(
        &self,
        bytes: Vec<u8>,
        content_type: Option<String>,
        base: Url,
    ) -> Result<Line, String> {
        let source = self.source.clone();
        let is_article = self.request.article;
        let is_source = source.is_some();
        let known = Arc::clone(&self.known);
        let reading = tokio::task::spawn_blocking(move || {
            let content_type = content_type.as_deref();
            let zone = source.as_ref().and_then(|source| source.timezone);
            let select = source.as_ref().and_then(|source| source.select.as_ref());
            let is_page = source.as_ref().is_some_and(|source| source.kind == Kind::Page);
            let input = read::Input { bytes: &bytes, content_type, base: &base, zone };
            if is_article {
                let raw = read::article(&input, select, read::Known::default())
                    .map_err(|error| error.of_document())?;
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                let mut line = article(clean::article(raw), &base, &mut known);
                if read::is_withheld(&input) {
                    line.repairs.push(WITHHELD.to_owned());
                }
                return Ok(line);
            }
            if let Some(select) = select.filter(|_| is_page) {
                let raw = read::page(&input, select).map_err(|error| error.to_string())?;
                let mut line = line(clean::document(raw, &base));
                if read::is_withheld(&input) {
                    line.repairs.push(WITHHELD.to_owned());
                }
                return Ok(line);
            }
            let read::Partial { document, error } = read::feed_as_far_as_it_goes(&input);
            let error = error.map(|error| match document {
                Some(_) => ONLY_WHOLE.to_owned(),
                None if is_source => error.to_string(),
                None => error.of_document(),
            });
            match document {
                Some(raw) => Ok(Line { error, ..line(clean::document(raw, &base)) }),
                None => Err(error.unwrap_or_default()),
            }
        });
        reading.await.unwrap_or_else(|_| Err(defect("reading it", "the document")))
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
        saved: None,
        changes: None,
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
        saved: None,
        changes: None,
        details: document.details,
    }
}
