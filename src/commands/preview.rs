//! `preview`: how a document is read: its entries, what was repaired, what was dropped.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

use super::list::time;
use crate::fetch::{self, Client, Fetched, Hosts};
use crate::model::{CleanDocument, Enclosure, Format};
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
    /// Why it could not be read.
    pub error: Option<String>,
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
}

/// Reads one document after the other and hands each to `show`, so that memory holds only one.
pub async fn run(
    request: &Request,
    settings: &fetch::Settings,
    user_agent: &str,
    world: &World,
    show: &mut dyn FnMut(Line),
) {
    for given in &request.documents {
        let line = match preview(given, request, settings, user_agent, world).await {
            Ok(document) => line(given, document),
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
            },
        };
        show(line);
    }
}

async fn preview(
    given: &str,
    request: &Request,
    settings: &fetch::Settings,
    user_agent: &str,
    world: &World,
) -> Result<CleanDocument, String> {
    let is_web = ["http://", "https://"].iter().any(|scheme| given.starts_with(scheme));
    let (bytes, content_type, base) = if is_web {
        download(given, settings, user_agent, world).await?
    } else {
        let path = world.directory.join(given);
        let bytes =
            world.files.read(&path).map_err(|error| format!("the file cannot be read: {error}"))?;
        let base = request.base_url.clone().or_else(|| file_url(&path));
        let base = base.ok_or("the path cannot be written as a url; give --base-url")?;
        (bytes, request.content_type.clone(), base)
    };
    let reading = tokio::task::spawn_blocking(move || {
        let input = read::Input {
            bytes: &bytes,
            content_type: content_type.as_deref(),
            base: &base,
            zone: None,
        };
        read::feed(&input).map(|raw| clean::document(raw, &base)).map_err(|error| error.to_string())
    });
    reading.await.unwrap_or_else(|_| {
        Err("reading it failed inside samizdat; please report this with the document".to_owned())
    })
}

fn file_url(path: &Path) -> Option<Url> {
    Url::from_file_path(path.canonicalize().ok()?).ok()
}

async fn download(
    given: &str,
    settings: &fetch::Settings,
    user_agent: &str,
    world: &World,
) -> Result<(Vec<u8>, Option<String>, Url), String> {
    let url = Url::parse(given).map_err(|error| format!("this is no url: {error}"))?;
    let hosts = Hosts::new(Arc::clone(&world.clock), settings.host_gap, []);
    let client =
        Client::new(settings, user_agent, world.names.clone(), Arc::clone(&world.clock), hosts)
            .map_err(|error| error.message)?;
    let request = fetch::Request {
        url,
        validators: None,
        headers: Vec::new(),
        timeout: settings.timeout,
        max_body: settings.max_body,
    };
    match client.get(&request).await {
        Ok(Fetched::Body { bytes, content_type, final_url, .. }) => {
            Ok((bytes, content_type, final_url))
        }
        Ok(Fetched::NotModified { .. }) => {
            Err("answered 304 to a question without validators".into())
        }
        Err(error) => Err(error.message),
    }
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
            })
            .collect(),
        repairs: document.repairs,
        error: None,
    }
}
