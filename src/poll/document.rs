//! Reading what came: for each way in which the sources of one url read it, once.

use std::sync::Arc;

use tokio::sync::Semaphore;
use url::Url;

use super::ask::{Assigned, Failure, WITHHELD};
use crate::model::{CleanDocument, Kind, Location, Source, defect};
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
            move || read_document(&source, &bytes, content_type.as_deref(), base)
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
            (one.kind, &one.select, one.timezone, &one.site)
                == (other.kind, &other.select, other.timezone, &other.site)
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
    mut base: Url,
) -> Result<Arc<CleanDocument>, Failure> {
    // Relative links of a file are relative to the site that it was taken from.
    if let (Location::File(_), Some(site)) = (&source.location, &source.site) {
        base = site.clone();
    }
    // The query may hold a secret, and an empty link would be resolved to all of it.
    base.set_query(None);
    let input = read::Input { bytes, content_type, base: &base, zone: source.timezone };
    if source.kind == Kind::Page && read::is_withheld(&input) {
        return Err(Failure::new(WITHHELD));
    }
    let read = match (source.kind, &source.select) {
        (Kind::Page, Some(select)) => read::page(&input, select),
        _ => read::feed(&input),
    };
    let raw = read
        .map_err(|error| Failure::new(error.of_source(&source.id, site_of(source).as_deref())))?;
    Ok(Arc::new(clean::document(raw, &base)))
}
