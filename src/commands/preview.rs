//! `preview`: how a document is read: its entries, what was repaired, what was dropped.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

use super::{Places, Secrets, load_config, time};
use crate::fetch::{self, Client, FetchError, Fetched, Hosts};
use crate::model::{CleanDocument, Enclosure, EntryDetails, FeedDetails, Format};
use crate::publish::{bare_user_agent, user_agent};
use crate::world::World;
use crate::{clean, read};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Files and URLs, as given.
    pub documents: Vec<String>,
    /// What files count as.
    pub content_type: Option<String>,
    /// What relative links of files are resolved against.
    pub base_url: Option<Url>,
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
pub async fn run(request: &Request, places: &Places, world: &World, show: &mut dyn FnMut(Line)) {
    let (settings, user_agent) = match load_config(places, world, Secrets::Unneeded) {
        Ok((config, _)) => (config.fetch, user_agent(&config.site)),
        Err(_) => (fetch::Settings::default(), bare_user_agent()),
    };
    let hosts = Hosts::new(Arc::clone(&world.clock), settings.host_gap, []);
    let (names, clock) = (world.names.clone(), Arc::clone(&world.clock));
    let client = Client::new(&settings, &user_agent, names, clock, hosts);
    let reader = Reader { request, settings, client, world };
    for given in &request.documents {
        let line = match reader.read(given).await {
            Ok((document, error)) => Line { error, ..line(given, document) },
            Err(error) => Line {
                file: given.clone(),
                format: None,
                title: None,
                site: None,
                language: None,
                hub: None,
                entries: Vec::new(),
                repairs: Vec::new(),
                error: Some(error),
                details: FeedDetails::default(),
            },
        };
        show(line);
    }
}

/// One client for all documents, so that the manners of their hosts hold between them.
struct Reader<'a> {
    request: &'a Request,
    settings: fetch::Settings,
    client: Result<Client, FetchError>,
    world: &'a World,
}

impl Reader<'_> {
    /// The document, and why it is not the whole of it.
    async fn read(&self, given: &str) -> Result<(CleanDocument, Option<String>), String> {
        let is_web = ["http://", "https://"].iter().any(|scheme| given.starts_with(scheme));
        let (bytes, content_type, base) =
            if is_web { self.download(given).await? } else { self.open(given)? };
        let reading = tokio::task::spawn_blocking(move || {
            let content_type = content_type.as_deref();
            let input = read::Input { bytes: &bytes, content_type, base: &base, zone: None };
            let read::Partial { document, error } = read::feed_as_far_as_it_goes(&input);
            let error = error.map(|error| match document {
                Some(_) => ONLY_WHOLE.to_owned(),
                None => error.to_string(),
            });
            match document {
                Some(raw) => Ok((clean::document(raw, &base), error)),
                None => Err(error.unwrap_or_default()),
            }
        });
        reading.await.unwrap_or_else(|_| {
            let words = "reading it failed inside samizdat; please report this with the document";
            Err(words.to_owned())
        })
    }

    fn open(&self, given: &str) -> Result<(Vec<u8>, Option<String>, Url), String> {
        let path = self.world.directory.join(given);
        let most = self.settings.max_body;
        let bytes = self
            .world
            .files
            .read_at_most(&path, most)
            .map_err(|error| format!("the file cannot be read: {error}"))?
            .ok_or_else(|| format!("the file is larger than max_body ({most} bytes)"))?;
        let base = self.request.base_url.clone().or_else(|| file_url(&path));
        let base = base.ok_or("the path cannot be written as a url; give --base-url")?;
        Ok((bytes, self.request.content_type.clone(), base))
    }

    async fn download(&self, given: &str) -> Result<(Vec<u8>, Option<String>, Url), String> {
        let url = Url::parse(given).map_err(|error| format!("this is no url: {error}"))?;
        let client = self.client.as_ref().map_err(|error| error.message.clone())?;
        let request = fetch::Request {
            url,
            validators: None,
            headers: Vec::new(),
            timeout: self.settings.timeout,
            max_body: self.settings.max_body,
        };
        match client.get(&request).await {
            Ok(Fetched::Body { bytes, content_type, final_url, .. }) => {
                Ok((bytes, content_type, final_url))
            }
            Ok(Fetched::NotModified { .. }) => {
                Err("answered 304 to a question without validators".to_owned())
            }
            Err(error) => Err(error.message),
        }
    }
}

fn file_url(path: &Path) -> Option<Url> {
    Url::from_file_path(path.canonicalize().ok()?).ok()
}

fn line(given: &str, document: CleanDocument) -> Line {
    let shown = |date: Option<DateTime<Utc>>| date.map(time);
    Line {
        file: given.to_owned(),
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
        error: None,
        details: document.details,
    }
}
