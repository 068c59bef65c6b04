//! The links of a page that lead to feeds.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::kind::{FeedKind, leaning};
use crate::clean::{MAX_TITLE, text, urls};
use crate::read::{Input, ReadError, tree};

/// Links of one page that are taken at most; a page with more is a directory of feeds.
const MOST_LINKS: usize = 100;

/// Links of the body that are looked at.
const MOST_SEEN: usize = 20_000;

/// Where a page names a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Announcement {
    /// By a link element, which is what feed readers look for.
    Head,
    /// By a link for people that looks like one to a feed.
    Body,
}

/// A link that leads to a feed, as far as the page says.
#[derive(Debug, Clone, PartialEq)]
pub struct Announced {
    /// Where it leads, absolute.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// How it was found.
    pub by: Announcement,
    /// What the link says that it brings.
    pub kind: FeedKind,
}

/// What a page says of itself and of its feeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcements {
    /// What relative links are resolved against.
    pub base: Url,
    /// Name of the site, or the page's title.
    pub title: Option<String>,
    /// `<html lang>`.
    pub language: Option<String>,
    /// The program that made the page, as it says itself.
    pub generator: Option<String>,
    /// In the order of the page, posts before comments, those of the head before those of the body.
    pub feeds: Vec<Announced>,
}

/// Media types of feeds.
const TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "text/rss+xml",
    "text/rss",
    "text/atom+xml",
    "application/x-rss+xml",
    "application/rss",
];

/// Media types that also other things have: these count where the address looks like a feed.
const VAGUE_TYPES: &[&str] = &["application/json", "application/xml", "text/xml"];

/// Finds them.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead of a page.
pub fn announced(input: &Input<'_>) -> Result<Announcements, ReadError> {
    let tree::Tree { html, title, base, .. } = tree::parse(input)?;
    let mut feeds = Vec::new();
    let mut known = HashSet::new();
    let mut take = |found: Option<Announced>| {
        if let Some(found) = found
            && feeds.len() < MOST_LINKS
            && known.insert(found.url.clone())
        {
            feeds.push(found);
        }
    };
    each(&html, "link[href]", |element| take(of_head(element, &base)));
    each(&html, "a[href]", |element| take(of_body(element, &base)));
    feeds.sort_by_key(|feed| (feed.kind == FeedKind::Comments, feed.by == Announcement::Body));
    let meta = |selector: &str| said(&html, selector, "content");
    let site_name =
        meta("meta[property='og:site_name' i]").or_else(|| meta("meta[name='application-name' i]"));
    Ok(Announcements {
        title: site_name.or(title).map(|title| one_line(&title)),
        language: said(&html, "html[lang]", "lang"),
        generator: meta("meta[name='generator' i]"),
        base,
        feeds,
    })
}

/// An attribute of the first element that a selector finds.
fn said(html: &Html, selector: &str, name: &str) -> Option<String> {
    tree::first(html, selector)
        .and_then(|element| tree::attribute(element, name))
        .map(str::to_owned)
}

fn each<'h>(html: &'h Html, selector: &str, act: impl FnMut(ElementRef<'h>)) {
    if let Ok(selector) = Selector::parse(selector) {
        html.select(&selector).take(MOST_SEEN).for_each(act);
    }
}

fn of_head(link: ElementRef<'_>, base: &Url) -> Option<Announced> {
    let attribute = |name: &str| link.value().attr(name).unwrap_or_default().trim();
    let relations = attribute("rel").to_ascii_lowercase();
    let is = |relation: &str| relations.split_ascii_whitespace().any(|word| word == relation);
    let url = urls::absolute(base, unfeed(attribute("href")).as_str())?;
    let media = attribute("type").split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    let is_feed = is("feed") && !media.contains("html")
        || is("alternate") && TYPES.contains(&media.as_str())
        || is("alternate") && VAGUE_TYPES.contains(&media.as_str()) && looks_like_feed(&url);
    // oEmbed and WordPress's own interface are alternates in JSON or XML as well.
    let is_other = url.path().contains("/oembed/") || url.path().contains("/wp-json/wp/");
    if !is_feed || is_other || is("stylesheet") {
        return None;
    }
    let title = Some(attribute("title")).filter(|title| !title.is_empty());
    let kind = leaning(&url, title);
    Some(Announced { url, title: title.map(one_line), by: Announcement::Head, kind })
}

fn of_body(link: ElementRef<'_>, base: &Url) -> Option<Announced> {
    let written = link.value().attr("href")?.trim();
    let url = urls::absolute(base, unfeed(written).as_str())?;
    let media = link.value().attr("type").unwrap_or_default().trim().to_ascii_lowercase();
    let is_named = ["feed:", "feed://"].iter().any(|scheme| written.starts_with(scheme));
    if !(is_named || TYPES.contains(&media.as_str()) || looks_like_feed(&url)) {
        return None;
    }
    // A reader's "subscribe" button names the feed in its query; what it leads to is a page.
    if url.host_str() != base.host_str() && !is_named && !ends_like_feed(&url) {
        return None;
    }
    let title = link
        .value()
        .attr("title")
        .map(str::to_owned)
        .unwrap_or_else(|| tree::words(link, MAX_TITLE));
    let kind = leaning(&url, Some(&title));
    let title = (!title.trim().is_empty()).then(|| one_line(&title));
    Some(Announced { url, title, by: Announcement::Body, kind })
}

/// `feed://a.example/x` and `feed:https://a.example/x`, as some pages write it.
fn unfeed(written: &str) -> String {
    match written.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => format!("https:{rest}"),
        Some(rest) => rest.to_owned(),
        None => written.to_owned(),
    }
}

/// Whether an address looks like that of a feed, by what the programs call them.
pub(super) fn looks_like_feed(url: &Url) -> bool {
    let query = url.query().unwrap_or_default().to_ascii_lowercase();
    let of_query = query.split('&').any(|pair| {
        [
            "feed=rss",
            "feed=atom",
            "feed=rdf",
            "format=feed",
            "type=rss",
            "type=atom",
            "format=rss",
            "format=atom",
        ]
        .iter()
        .any(|known| pair.starts_with(known))
    });
    of_query || ends_like_feed(url)
}

fn ends_like_feed(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    const NAMES: &[&str] = &[
        "feed",
        "rss",
        "atom",
        "rdf",
        "rss2",
        "rss.xml",
        "atom.xml",
        "feed.xml",
        "index.xml",
        "index.rdf",
        "rss.php",
        "feed.json",
        "feeds",
        "backend.php",
        "feed.php",
    ];
    NAMES.contains(&last)
        || [".rss", ".atom", ".rdf"].iter().any(|ending| last.ends_with(ending))
        || path.contains("/feeds/") && last.ends_with(".xml")
}

/// Words on one line, legible, at most 200 characters of them.
pub(super) fn one_line(words: &str) -> String {
    text::line(words, 200)
}
