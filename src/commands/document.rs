//! A document that somebody names on the command line: a file, or a URL that is asked politely.

use std::path::Path;

use url::Url;

use crate::fetch::{Client, FetchError, Fetched, Request, Settings};
use crate::world::World;

/// Its bytes, and what is known of them.
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    /// What relative links are resolved against: where it was in the end.
    pub(super) base: Url,
    /// Where it says that it lives; for the relative links of feeds.
    pub(super) content_location: Option<Url>,
}

/// Whether a name is that of a document on the web, and not of a file.
pub(super) fn is_web(given: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| given.starts_with(scheme))
}

/// Reads a file of at most `most` bytes.
pub(super) fn open(
    given: &str,
    base_url: Option<&Url>,
    most: u64,
    world: &World,
) -> Result<Document, String> {
    let path = world.directory.join(given);
    let bytes = world
        .files
        .read_at_most(&path, most)
        .map_err(|error| format!("the file cannot be read: {error}"))?
        .ok_or_else(|| format!("the file is larger than max_body ({most} bytes)"))?;
    let base = base_url.cloned().or_else(|| file_url(&path));
    let base = base.ok_or("the path cannot be written as a url; give --base-url")?;
    Ok(Document { bytes, content_type: None, base, content_location: None })
}

fn file_url(path: &Path) -> Option<Url> {
    Url::from_file_path(path.canonicalize().ok()?).ok()
}

/// Asks for a document.
pub(super) async fn download(
    url: Url,
    client: &Client,
    settings: &Settings,
    obeys_robots: bool,
) -> Result<Document, FetchError> {
    let request = Request {
        url,
        validators: None,
        headers: Vec::new(),
        timeout: settings.timeout,
        max_body: settings.max_body,
        obeys_robots,
    };
    match client.get(&request).await? {
        Fetched::Body { bytes, content_type, final_url, content_location, .. } => {
            Ok(Document { bytes, content_type, base: final_url, content_location })
        }
        Fetched::NotModified { status, .. } => Err(FetchError {
            message: "answered 304 to a question without validators".to_owned(),
            status: Some(status),
            silent_until: None,
            is_unasked: false,
            is_ours: false,
            is_disallowed: false,
        }),
    }
}
