//! What kind of document the bytes are, before anything is parsed.
//!
//! Only the beginning is looked at. A document that says it is HTML is a web page, even where a
//! feed is hidden further on (H32): a partner's feed does not begin with `<!DOCTYPE html>`.

use super::ReadError;

/// How the text is to be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Xml,
    Json,
}

/// First bytes of things that servers send instead of a feed.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1F\x8B", "compressed data"),
    (b"\x28\xB5\x2F\xFD", "compressed data"),
    (b"BZh", "compressed data"),
    (b"7z\xBC\xAF", "an archive"),
    (b"Rar!", "an archive"),
    (b"\x89PNG", "an image"),
    (b"\xFF\xD8\xFF", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a recording or an image"),
    (b"OggS", "a recording"),
    (b"ID3", "a recording"),
    (b"\x7FELF", "a program"),
    (b"MZ\x90", "a program"),
];

/// Refuses what its first bytes give away, before decoding makes words of it.
pub(super) fn refuse_binary(bytes: &[u8]) -> Result<(), ReadError> {
    if bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(ReadError::Empty);
    }
    match SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        Some((_, what)) => Err(ReadError::NotAFeed { what }),
        None => Ok(()),
    }
}

/// Tells XML from JSON, and both from what is no feed.
pub(super) fn syntax(text: &str) -> Result<Syntax, ReadError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ReadError::Empty);
    }
    if text.starts_with(['{', '[']) {
        return Ok(Syntax::Json);
    }
    if is_web_page(text) {
        return Err(ReadError::WebPage { title: page_title(text) });
    }
    let start = skip_prologue(text);
    let what = if is_tag(start, "<opml") {
        "an OPML list of feeds"
    } else if is_tag(start, "<urlset") || is_tag(start, "<sitemapindex") {
        "a sitemap"
    } else if is_tag(start, "<svg") || is_tag(start, "<!doctype svg") {
        "an image"
    } else if is_cdf(start) {
        "a CDF channel, which no reader has read since the nineties,"
    } else if super::repair::has_root(text) {
        return Ok(Syntax::Xml);
    } else if looks_like_page(text) {
        return Err(ReadError::WebPage { title: page_title(text) });
    } else if text.starts_with('<') {
        "XML that is not a feed"
    } else if text.contains('\0') {
        "binary data"
    } else {
        "plain text"
    };
    Err(ReadError::NotAFeed { what })
}

/// Whether a qualified name is one that feeds begin with, in whatever case and prefix.
pub(super) fn is_root_name(name: &str) -> bool {
    if name.len() > 40 {
        return false;
    }
    let local = name.rsplit(':').next().unwrap_or(name);
    ["rss", "feed", "rdf", "channel"].iter().any(|root| local.eq_ignore_ascii_case(root))
        || local == "entry"
}

fn is_web_page(text: &str) -> bool {
    let start = skip_prologue(text);
    is_tag(start, "<!doctype html") || is_tag(start, "<html")
}

/// Microsoft's Channel Definition Format: its links are attributes of `CHANNEL` and `ITEM`, so that
/// it would be read as RSS whose items have lost theirs.
fn is_cdf(start: &str) -> bool {
    let tag = start.split('>').next().unwrap_or_default();
    is_tag(start, "<channel") && tag.to_ascii_lowercase().contains("href=")
}

fn looks_like_page(text: &str) -> bool {
    let head: String = text.chars().take(4096).collect::<String>().to_ascii_lowercase();
    ["<html", "<head", "<body", "<title", "<meta ", "<script", "<div", "<p>"]
        .iter()
        .any(|tag| head.contains(tag))
}

fn is_tag(text: &str, tag: &str) -> bool {
    text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
        && !text
            .get(tag.len()..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|next| next.is_ascii_alphanumeric())
}

/// Skips white space, an XML declaration and comments.
fn skip_prologue(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let rest = if text.starts_with("<?") {
            text.split_once("?>")
        } else if text.starts_with("<!--") {
            text.split_once("-->")
        } else {
            None
        };
        match rest {
            Some((_, rest)) => text = rest,
            None => return text,
        }
    }
}

/// The page's title on one line, at most 80 characters.
fn page_title(text: &str) -> Option<String> {
    let head: String = text.chars().take(64 * 1024).collect();
    let lower = head.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = lower.get(open..)?.find('>')?.checked_add(open)?.checked_add(1)?;
    let end = lower.get(start..)?.find("</title")?.checked_add(start)?;
    let title = super::repair::entities::decode(head.get(start..end)?);
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
    (!short.is_empty()).then_some(short)
}
