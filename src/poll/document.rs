//! Reading what came: for each way in which the sources of one url read it, once.

use std::sync::Arc;

use tokio::sync::Semaphore;
use url::Url;

use super::ask::{Assigned, WITHHELD};
use super::failure::Failure;
use crate::model::{CleanDocument, Kind, Location, Secrets, Source, defect};
use crate::{clean, read};

/// Where documents are read: as many at once as there are cores. Reading takes many times the memory
/// of a document, and more at once would not be done sooner.
#[derive(Clone)]
pub struct Desks(Arc<Semaphore>);

impl Desks {
    /// One for each core.
    pub fn for_each_core() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Reads on a thread for such work. `None` where that panics.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _desk = self.0.acquire().await.ok()?;
        tokio::task::spawn_blocking(reading).await.ok()
    }
}

/// What came of a url.
pub(super) struct Body {
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) content_type: Option<String>,
    /// What its relative links are relative to.
    pub(super) base: Url,
}

/// A document as a source reads it.
pub(super) struct Document {
    source: Arc<Source>,
    read: Result<Arc<CleanDocument>, Failure>,
}

impl Document {
    /// Reads and cleans on a thread for such work. What panics there is one source's failure.
    pub(super) async fn read(assigned: &Assigned, body: &Body, desks: &Desks) -> Self {
        let source = Arc::clone(&assigned.source);
        let (bytes, content_type) = (Arc::clone(&body.bytes), body.content_type.clone());
        let base = body.base.clone();
        let reading = desks.read({
            let source = Arc::clone(&source);
            move || read_document(&source, &bytes, content_type.as_deref(), &base)
        });
        let broken = || Err(Failure::new(defect("reading the document", "the document")));
        let read = reading.await.unwrap_or_else(broken);
        Self { source, read }
    }

    /// The same, where the server led to this other host.
    pub(super) fn led_to(self, host: &str) -> Self {
        let read = self.read.map_err(|failure| Failure {
            message: format!("redirected to {host}: {}", failure.message),
            ..failure
        });
        Self { read, ..self }
    }

    /// Whether another source of the url reads it in the same way.
    pub(super) fn is_of(&self, assigned: &Assigned) -> bool {
        let (one, other) = (&self.source, &assigned.source);
        let is_alike = |one: &Source, other: &Source| {
            (one.kind, &one.select, one.timezone, &one.site, one.has_secrets)
                == (other.kind, &other.select, other.timezone, &other.site, other.has_secrets)
        };
        Arc::ptr_eq(one, other) || is_alike(one, other)
    }

    /// What was read.
    pub(super) fn document(&self) -> Result<Arc<CleanDocument>, Failure> {
        self.read.clone()
    }
}

/// Where the feed of a source can be looked for: at its site, else at the host of its url, unless that
/// may be a secret.
fn site_of(source: &Source) -> Option<String> {
    match (&source.site, &source.location) {
        (Some(site), _) => Some(site.to_string()),
        (None, Location::Web(url)) if !source.has_secrets => Some(url.join("/").ok()?.to_string()),
        _ => None,
    }
}

fn read_document(
    source: &Source,
    bytes: &[u8],
    content_type: Option<&str>,
    found: &Url,
) -> Result<Arc<CleanDocument>, Failure> {
    let base = source.base_of(found);
    let input = read::Input { bytes, content_type, base: &base, zone: source.timezone };
    if source.kind == Kind::Page && read::is_withheld(&input) {
        return Err(Failure::new(WITHHELD));
    }
    let read = match (source.kind, &source.select) {
        (Kind::Page, Some(select)) => read::page(&input, select),
        _ => read::feed(&input),
    };
    let mut raw = read
        .map_err(|error| Failure::new(error.of_source(&source.id, site_of(source).as_deref())))?;
    let secrets = source.secrets.beyond_words();
    // What the document itself says that its links are relative to (xml:base).
    for own in raw.entries.iter_mut().filter_map(|entry| entry.base.as_mut()) {
        if secrets.are_in(own.as_str()) {
            own.clone_from(&base);
        }
    }
    let mut document = clean::document(raw, &base);
    if source.has_secrets {
        keep_secrets(&secrets, &mut document);
    }
    Ok(Arc::new(document))
}

/// A document may name its own address, and files beside it, with what only we are to know. Such links
/// go, and in words something stands in their place; so it does in identities, which `explain` shows. An
/// item is also known by the one that it had.
fn keep_secrets(secrets: &Secrets, document: &mut CleanDocument) {
    let forget = |link: &mut Option<String>| {
        link.take_if(|link| secrets.are_in(link));
    };
    let hide = |words: &mut String| {
        if secrets.are_in(words) {
            *words = secrets.hidden_in(words);
        }
    };
    for link in [&mut document.site, &mut document.hub, &mut document.id] {
        forget(link);
    }
    document.title.iter_mut().chain(&mut document.rights).for_each(hide);
    for entry in &mut document.entries {
        let links =
            [&mut entry.guid, &mut entry.url, &mut entry.canonical_link, &mut entry.claimed_link];
        links.into_iter().for_each(forget);
        forget(&mut entry.image);
        entry.editions.retain(|link| !secrets.are_in(link));
        entry.enclosures.retain(|enclosure| !secrets.are_in(&enclosure.url));
        if secrets.are_in(&entry.identity) {
            let shown = secrets.hidden_in(&entry.identity);
            entry.other_identities.push(std::mem::replace(&mut entry.identity, shown));
        }
        let words = [&mut entry.title, &mut entry.summary, &mut entry.content_html];
        words.into_iter().chain(&mut entry.authors).chain(&mut entry.rights).for_each(hide);
    }
}
