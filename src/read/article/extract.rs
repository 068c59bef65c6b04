//! The text of an article: where it is on the page.
//!
//! In order: the maintainers' `content` selector; the extractor (dom_smoothie, after Mozilla's
//! readability, on a page whose weeds were pulled); where that finds much less than the page's
//! data says there is, the data; elements that say that they hold the article.

use std::panic::{AssertUnwindSafe, catch_unwind};

use scraper::{Html, Selector};

use super::super::tree;
use super::weeds;
use crate::clean::{self, text};
use crate::model::Select;

/// Fewer characters are no article, but a caption or a notice.
const MIN_TEXT: usize = 140;

/// Places of articles by their own word.
const PLACES: &[&str] = &[
    "[itemprop~='articleBody']",
    ".entry-content",
    ".post-content",
    ".article-content",
    ".article-body",
    ".article__body",
    ".field--name-body",
    "article",
    "main",
    "[role='main']",
];

/// HTML that was found, and where.
#[derive(Debug)]
pub(super) struct Extract {
    pub(super) html: String,
    pub(super) place: String,
}

/// By the maintainers' selectors; `None` where `content` finds nothing.
pub(super) fn by_selector(html: &mut Html, select: &Select) -> Option<Extract> {
    let content = select.content.as_deref()?;
    let selector = Selector::parse(content).ok()?;
    drop_selected(html, select);
    let mut found = String::new();
    let mut last = None;
    for element in html.select(&selector) {
        // One within another is there already.
        if element.ancestors().any(|around| Some(around.id()) == last) {
            continue;
        }
        last = Some(element.id());
        found.push_str(&element.html());
    }
    let is_there = !text::from_html(&found).is_empty();
    is_there.then(|| Extract { html: found, place: format!("`content` \"{content}\"") })
}

/// Removes what `drop` names.
pub(super) fn drop_selected(html: &mut Html, select: &Select) {
    for selector in select.drop.iter().filter_map(|drop| Selector::parse(drop).ok()) {
        let dropped: Vec<_> = html.select(&selector).map(|element| element.id()).collect();
        for dropped in dropped {
            if let Some(mut node) = html.tree.get_mut(dropped) {
                node.detach();
            }
        }
    }
}

/// By what an article looks like. `body` is the text that the page's data has.
pub(super) fn by_looks(html: &mut Html, body: Option<&str>) -> Option<Extract> {
    weeds::pull(html);
    let page = html.html();
    let found = readable(page).filter(|found| length(found) >= MIN_TEXT);
    let found_length = found.as_deref().map_or(0, length);
    let of_data = body.map(data).filter(|html| {
        let length = length(html);
        length >= MIN_TEXT && length / 2 > found_length
    });
    if let Some(html) = of_data {
        return Some(Extract { html, place: "articleBody of its JSON-LD".to_owned() });
    }
    if let Some(html) = found {
        return Some(Extract { html, place: "its looks".to_owned() });
    }
    PLACES.iter().find_map(|place| {
        let found = tree::first(html, place)?.html();
        (length(&found) >= MIN_TEXT / 2)
            .then(|| Extract { html: found, place: format!("\"{place}\"") })
    })
}

/// What readability finds. It is given no title, no metadata and no scripts, of which we read
/// more than it does; and a page of bounded depth, without which it overflows the stack.
fn readable(page: String) -> Option<String> {
    let config = dom_smoothie::Config { disable_json_ld: true, ..dom_smoothie::Config::default() };
    // A fault in it costs one article, not the round.
    let found = catch_unwind(AssertUnwindSafe(|| {
        let mut readability = dom_smoothie::Readability::new(page, None, Some(config)).ok()?;
        Some(readability.parse().ok()?.content.to_string())
    }));
    found.ok().flatten()
}

/// `articleBody` is plain text, or markup.
fn data(body: &str) -> String {
    if body.contains("</p>") || body.contains("<br") {
        // Bounded like the page itself; what is beyond the bounds is taken for its words.
        if let Some(page) = clean::page(body) {
            return page.html;
        }
    }
    let mut html = String::with_capacity(body.len());
    for paragraph in body.lines().filter(|line| !line.trim().is_empty()) {
        html.push_str("<p>");
        text::escape_into(&text::from_html(paragraph), &mut html);
        html.push_str("</p>");
    }
    html
}

fn length(html: &str) -> usize {
    text::from_html(html).chars().count()
}
