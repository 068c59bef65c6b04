//! Pages in the place of feeds: items, titles, links and dates are found by CSS selectors.
//!
//! A page is what a person made for persons, and changes when they like. So a page on which the
//! selectors find too little is an error that says what each of them found, never an empty feed.

mod head;
mod item;

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};

pub(super) use head::{Head, attribute, find, meta};
pub(super) use item::words;

use super::{Input, ReadError, charset, sniff};
use crate::clean::balanced;
use crate::model::{FeedDetails, Format, Hints, RawContent, RawDocument, RawEntry, Select};

/// Items of one page beyond these are left out.
const MOST_ITEMS: usize = 1_000;

/// Reads a page with the selectors of its source.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead, or what each selector found.
pub fn page(input: &Input<'_>, select: &Select) -> Result<RawDocument, ReadError> {
    sniff::refuse_binary(input.bytes)?;
    let decoded = charset::decode(input.bytes, input.content_type);
    let html = Html::parse_document(&balanced(&decoded.text));
    let head = Head::read(&html, &decoded.text, input.base);
    let selectors = item::Selectors::new(select);
    let mut entries: Vec<RawEntry> = Vec::new();
    let mut links = HashSet::new();
    let (mut bare, mut repeated) = (0_usize, 0_usize);
    let items: Vec<ElementRef<'_>> = found(&html, selectors.item.as_ref());
    for element in items.iter().take(MOST_ITEMS) {
        let Some(entry) = selectors.entry(*element, &head.base, input.zone) else {
            bare = bare.saturating_add(1);
            continue;
        };
        if links.insert(entry.link.clone()) {
            entries.push(entry);
        } else {
            repeated = repeated.saturating_add(1);
        }
    }
    if entries.is_empty() && select.min_items > 0 || entries.len() < select.min_items {
        return Err(ReadError::TooFewItems { told: told(&html, select, entries.len(), bare) });
    }
    let mut repairs = decoded.repairs;
    for (count, what) in [
        (bare, "items without a title or a link were left out"),
        (repeated, "items whose link stands on the page twice were left out"),
        (items.len().saturating_sub(MOST_ITEMS), "items are more than are read of one page"),
    ] {
        if count > 0 {
            repairs.push(format!("{count} {what}"));
        }
    }
    Ok(RawDocument {
        format: Format::Page,
        title: head.site_name.or(head.title).map(RawContent::Text),
        id: None,
        site: Some(input.base.to_string()),
        language: head.language,
        hub: None,
        rights: None,
        updated: None,
        authors: Vec::new(),
        image: None,
        hints: Hints::default(),
        details: FeedDetails::default(),
        entries,
        repairs,
    })
}

fn found<'h>(html: &'h Html, selector: Option<&Selector>) -> Vec<ElementRef<'h>> {
    selector.map(|selector| html.select(selector).collect()).unwrap_or_default()
}

/// What each selector finds on the whole page, for whoever mends them.
fn told(html: &Html, select: &Select, entries: usize, bare: usize) -> String {
    let optional = |name, selector: &Option<String>| selector.clone().map(|text| (name, text));
    let selectors = [
        Some(("item", select.item.clone())),
        Some(("title", select.title.clone())),
        Some(("link", select.link.clone())),
        optional("summary", &select.summary),
        optional("date", &select.date),
        optional("image", &select.image),
    ];
    let mut nothing = Vec::new();
    let mut others = Vec::new();
    for (name, written) in selectors.into_iter().flatten() {
        let selector = Selector::parse(&written).ok();
        match found(html, selector.as_ref()).len() {
            0 => nothing.push(format!("`{name} = \"{written}\"`")),
            count => others.push(format!("`{name}` {count}")),
        }
    }
    let missing = if select.min_items > 1 {
        format!("{entries} items were found where min_items asks for {}", select.min_items)
    } else {
        "no items were found".to_owned()
    };
    let mut told = missing;
    if bare > 0 {
        told.push_str(&format!(" ({bare} more have no title or no link)"));
    }
    if !nothing.is_empty() {
        told.push_str(&format!(": {} found nothing", nothing.join(" and ")));
    }
    if !others.is_empty() {
        let joint = if nothing.is_empty() { ": elements found by" } else { "; elements found by" };
        told.push_str(&format!("{joint} the other selectors: {}", others.join(", ")));
    }
    told
}

#[cfg(test)]
mod tests;
