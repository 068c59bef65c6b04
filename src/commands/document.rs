//! A document that somebody names on the command line: a file, or a URL that is asked politely.

use std::io::ErrorKind;
use std::path::Path;

use url::Url;

use crate::fetch::{Client, FetchError, Fetched, Named, Request, Settings};
use crate::world::World;

/// Its bytes, and what is known of them.
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    /// What relative links are resolved against: where it was in the end.
    pub(super) base: Url,
    /// Where it says that it lives; for the relative links of feeds.
    pub(super) content_location: Option<Url>,
    /// Whether its server asks not to show it elsewhere.
    pub(super) is_withheld: bool,
}

/// Whether a name is that of a document on the web, and not of a file.
pub(super) fn is_web(given: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| given.starts_with(scheme))
}

/// The url of what is named like a host and is no file: `partner.example/news` for
/// `https://partner.example/news`.
pub(super) fn without_scheme(given: &str, world: &World) -> Option<Url> {
    let host = given.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let is_name = name.contains('.')
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        && !name.rsplit('.').next().is_some_and(is_ending_of_file);
    let is_free = || matches!(world.files.find(&world.directory.join(given)), Ok(None));
    if !is_name || !is_free() {
        return None;
    }
    Url::parse(&format!("https://{given}")).ok()
}

/// `saved.html` is a file with a slip in its name, and no host.
fn is_ending_of_file(ending: &str) -> bool {
    let files =
        ["html", "htm", "xhtml", "xml", "rss", "atom", "rdf", "json", "opml", "txt", "toml", "ini"];
    files.iter().any(|known| ending.eq_ignore_ascii_case(known))
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
        .map_err(|error| match (error.kind(), without_scheme(given, world)) {
            (ErrorKind::NotFound, Some(url)) => {
                format!("there is no such file; for a document of the web write {url}")
            }
            (ErrorKind::NotFound, None) => {
                "there is no such file; name one, or a url that begins with https://".to_owned()
            }
            _ => format!("the file cannot be read: {error}"),
        })?
        .ok_or_else(|| {
            format!(
                "the file is larger than [fetch] max_body ({most} bytes); raise that if it is right"
            )
        })?;
    let base = base_url.cloned().or_else(|| file_url(&path));
    let base = base.ok_or("the path cannot be written as a url; give --base-url")?;
    Ok(Document { bytes, content_type: None, base, content_location: None, is_withheld: false })
}

/// Reads a file with a list of sources, of at most `most` bytes.
pub(super) fn list(given: &str, most: u64, world: &World) -> Result<Vec<u8>, String> {
    let path = world.directory.join(given);
    world
        .files
        .read_at_most(&path, most)
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound if is_web(given) => {
                "this is a url; save the list into a file, and name that".to_owned()
            }
            ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        })?
        .ok_or_else(|| format!("the list is larger than {} MiB", most / 1024 / 1024))
}

fn file_url(path: &Path) -> Option<Url> {
    Url::from_file_path(path.canonicalize().ok()?).ok()
}

/// What is asked for where feeds.toml says nothing of the document.
pub(super) fn request(url: Url, named: Named, settings: &Settings, obeys_robots: bool) -> Request {
    Request {
        url,
        named,
        validators: None,
        headers: Vec::new(),
        timeout: settings.timeout,
        max_body: settings.max_body,
        obeys_robots,
    }
}

/// Asks for a document.
pub(super) async fn download(request: &Request, client: &Client) -> Result<Document, FetchError> {
    match client.get(request).await? {
        Fetched::Body { bytes, content_type, final_url, content_location, is_withheld, .. } => {
            Ok(Document { bytes, content_type, base: final_url, content_location, is_withheld })
        }
        Fetched::NotModified { status, .. } => Err(FetchError {
            message: "answered 304 to a question without validators".to_owned(),
            status: Some(status),
            silent_until: None,
            is_unasked: false,
            is_unreachable: false,
            is_ours: false,
            is_barred: false,
            is_disallowed: false,
            is_robots_unread: false,
        }),
    }
}
