//! A story's own page: its text, and what the page says about it.
//!
//! The text is found by the maintainers' selectors, or by its looks (`extract`), after what does
//! not belong to it was taken out (`weeds`) and before its edges are cleaned (`trim`). What the
//! page says about it is read from JSON-LD (`linked`), `meta` elements and the page itself
//! (`fields`, `titles`, `authors`). What repeats from story to story is recognised elsewhere, where
//! several stories are known: `clean::repetition`.
//!
//! Nothing is made safe here: the text goes through `clean::html` as that of a feed does.

mod authors;
mod extract;
mod fields;
mod linked;
mod titles;
mod trim;
mod weeds;

use super::tree;
use super::{Input, ReadError};
use crate::clean::{text, urls};
use crate::model::{RawArticle, Select};

/// A title in an error is cut to this many characters.
const MAX_SHOWN: usize = 80;

/// Lines that were taken away are told up to this many.
const MAX_TOLD: usize = 20;

/// What is known of a story before its own page is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Its title in the feed, or on the page that lists it.
    pub title: Option<&'a str>,
}

/// Reads a story's own page.
///
/// # Errors
///
/// [`ReadError`]: what the bytes are instead of a page; or that no article was found on it.
pub fn article(
    input: &Input<'_>,
    select: Option<&Select>,
    known: Known<'_>,
) -> Result<RawArticle, ReadError> {
    let mut tree = tree::parse(input)?;
    let mut repairs = std::mem::take(&mut tree.repairs);
    let here = urls::canonical(input.base.as_str());
    let linked = linked::read(&tree.data, |address| {
        let address = urls::absolute(&tree.base, address);
        here.is_some() && address.and_then(|url| urls::canonical(url.as_str())) == here
    });
    let mut told = |name: &str, place: String| repairs.push(format!("{name}: from {place}"));
    let page = fields::Page {
        html: &tree.html,
        linked: &linked,
        title: tree.title.as_deref(),
        known_title: known.title,
        base: &tree.base,
        here: input.base,
        zone: input.zone,
        meta: fields::meta(&tree.html),
    };
    fn keep<T>(
        found: fields::Found<T>,
        name: &str,
        told: &mut impl FnMut(&str, String),
    ) -> Option<T> {
        let (value, place) = found?;
        told(name, place);
        Some(value)
    }
    let title = keep(page.title(), "title", &mut told);
    let authors = keep(page.authors(), "authors", &mut told).unwrap_or_default();
    let published = keep(page.published(), "date", &mut told);
    let updated = keep(page.updated(), "last change", &mut told);
    let image = keep(page.image(), "picture", &mut told);
    let language = keep(page.language(), "language", &mut told);
    let standfirst = keep(page.standfirst(), "standfirst", &mut told);
    let (site_name, canonical, editions) = (page.site_name(), page.canonical(), page.editions());
    if let Some(claim) = canonical.as_ref().filter(|canonical| canonical.is_claim) {
        repairs.push(format!("names an address on another site as its own: {}", claim.url));
    }
    let content = content(&mut tree, select, &linked, title.as_deref(), &authors, &mut repairs);
    let Some(content) = content else {
        let title = title.map(|title| text::line(&title, MAX_SHOWN));
        return Err(ReadError::NoArticle { title });
    };
    Ok(RawArticle {
        title,
        content,
        standfirst,
        authors,
        published,
        updated,
        image,
        language,
        canonical,
        editions,
        site_name,
        base: tree.base,
        repairs,
    })
}

/// The text, and in `repairs` where it was found and which lines were taken from it.
fn content(
    tree: &mut tree::Tree,
    select: Option<&Select>,
    linked: &linked::Linked,
    title: Option<&str>,
    authors: &[String],
    repairs: &mut Vec<String>,
) -> Option<String> {
    if let Some(select) = select {
        if let Some(found) = extract::by_selector(&mut tree.html, select) {
            repairs.push(format!("text: from {}", found.place));
            return Some(found.html);
        }
        if let Some(content) = &select.content {
            repairs.push(format!("`content` \"{content}\" found nothing: adapt [source.select]"));
        }
        extract::drop_selected(&mut tree.html, select);
    }
    let found = extract::by_looks(&mut tree.html, linked.body.as_deref())?;
    repairs.push(format!("text: from {}", found.place));
    let (html, lines) = trim::trim(&found.html, &trim::Known { title, authors });
    repairs.extend(lines.iter().take(MAX_TOLD).map(|line| format!("taken from the text: {line}")));
    Some(html)
}
