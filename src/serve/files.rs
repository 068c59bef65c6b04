//! Files as answers: content types, validators, conditional requests, safe headers.

use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use xxhash_rust::xxh3::xxh3_128;

use crate::publish::CONTENT_SECURITY_POLICY;

/// What a request gets.
pub type Answer = Response<Body>;

/// How long an answer may be reused unasked, in seconds.
const MAX_AGE: u32 = 300;

/// The file that a request path names below `root`, if it stays below it.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decoded(path.trim_start_matches('/'))?;
    let relative = Path::new(&decoded);
    // Only plain names: no "..", no drive, no root, and nothing hidden, such as temporary files.
    let is_plain = relative.components().all(|component| match component {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    });
    if !is_plain || decoded.contains(['\0', '\\']) {
        return None;
    }
    let file = root.join(relative);
    if decoded.is_empty() || decoded.ends_with('/') {
        Some(file.join("index.html"))
    } else {
        Some(file)
    }
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn content_type(path: &Path) -> &'static str {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name.rsplit_once('.').map_or(name, |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "opml" => "text/x-opml; charset=utf-8",
        "atom" => "application/atom+xml; charset=utf-8",
        "json" => "application/feed+json; charset=utf-8",
        "xml" if name.starts_with("atom") => "application/atom+xml; charset=utf-8",
        "xml" => "application/rss+xml; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn plain(status: StatusCode, words: &'static str) -> Answer {
    let mut answer = Response::new(Body::from(words));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    answer
}

/// The answer to a request for a file below `root`. Symbolic links are not followed.
pub async fn answer_file(root: &Path, method: &Method, path: &str, asked: &HeaderMap) -> Answer {
    let Some(file) = inside(root, path) else {
        return plain(StatusCode::NOT_FOUND, "There is nothing here.\n");
    };
    let is_file = tokio::fs::symlink_metadata(&file).await.is_ok_and(|found| found.is_file());
    match tokio::fs::read(&file).await {
        Ok(bytes) if is_file => answer_bytes(&file, bytes, method, asked),
        _ => plain(StatusCode::NOT_FOUND, "There is nothing here.\n"),
    }
}

/// The answer to a request for these bytes, which count as a file of this name.
pub fn answer_bytes(name: &Path, bytes: Vec<u8>, method: &Method, asked: &HeaderMap) -> Answer {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered.\n");
        answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    let etag = format!("\"{:032x}\"", xxh3_128(&bytes));
    let is_known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == etag);
    let kind = content_type(name);
    let builder = Response::builder()
        .header(header::ETAG, etag)
        .header(header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}"))
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let built = if is_known {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let length = bytes.len();
        let body = if *method == Method::HEAD { Body::empty() } else { Body::from(bytes) };
        let mut builder =
            builder.header(header::CONTENT_TYPE, kind).header(header::CONTENT_LENGTH, length);
        if kind.starts_with("text/html") {
            builder = builder.header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
        } else {
            builder = builder.header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        }
        builder.body(body)
    };
    built.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "This went wrong.\n"))
}
