//! A page that lists stories, read with the selectors of `[source.select]`.
//!
//! Every element that `item` finds is an entry; the other selectors look within it. An item that
//! is itself what a selector asks for counts as found, so that pages whose items are links can be
//! read with `item = "a.teaser"`, `link = "a"` (or `":scope"`), `title = ":scope"`. A link may
//! also be around what `link` finds. Links, pictures and dates are taken from the attributes that
//! pages use for them, dates last from their words.
//!
//! A page that no longer answers to its selectors is an error that says what each of them finds,
//! since that is what a maintainer has to look at.

mod counts;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use scraper::{ElementRef, Selector};
use url::Url;

pub use counts::SelectorCount;

use super::dates::read_date;
use super::tree::{self, Tree};
use super::{Input, ReadError};
use crate::clean::{MAX_TITLE, dates, urls};
use crate::model::{FeedDetails, Format, Hints, RawContent, RawDocument, RawEntry, Select};

/// Items of a page beyond these are not read.
const MOST_ITEMS: usize = 1000;

/// Of what a selector finds within one item, no more is looked at.
const MOST_FOUND: usize = 20;

/// A summary is cut to this many characters.
const MAX_SUMMARY: usize = 2000;

/// A date with its words around it is no longer.
const MAX_DATE: usize = 200;

/// A selector is shown in messages up to this many characters.
const MAX_SHOWN: usize = 80;

/// Reads a page that lists stories.
///
/// # Errors
///
/// [`ReadError`]: what the bytes are instead of a page; or that the selectors find fewer than
/// `min_items` entries, with what each of them finds.
pub fn page(input: &Input<'_>, select: &Select) -> Result<RawDocument, ReadError> {
    let reading = Reading::of(input, select)?;
    match reading.error(select) {
        Some(error) => Err(error),
        None => Ok(reading.document),
    }
}

/// A page as far as its selectors fit it, and how far that is.
#[derive(Debug)]
pub struct PageReading {
    /// What they find, also where that is less than a poll would take.
    pub document: RawDocument,
    /// What each of them finds.
    pub counts: Vec<SelectorCount>,
    /// What [`page`] says of it.
    pub error: Option<ReadError>,
}

/// Reads a page for people who look at its selectors: what they find is given, however little.
///
/// # Errors
///
/// [`ReadError`] says what the bytes are instead of a page.
pub fn page_as_far_as_it_goes(
    input: &Input<'_>,
    select: &Select,
) -> Result<PageReading, ReadError> {
    let reading = Reading::of(input, select)?;
    let error = reading.error(select);
    let counts = counts::counts(&reading.tree.html, select, &reading.selectors);
    Ok(PageReading { document: reading.document, counts, error })
}

/// What came of walking over a page.
struct Reading {
    tree: Tree,
    selectors: Selectors,
    document: RawDocument,
    incomplete: usize,
    /// Where most items lead, though their titles tell them apart; and how many do.
    crowd: Option<(String, usize)>,
}

impl Reading {
    fn of(input: &Input<'_>, select: &Select) -> Result<Self, ReadError> {
        let selectors = Selectors::of(select)?;
        let tree = tree::parse(input)?;
        let mut repairs = tree.repairs.clone();
        let mut listing = Listing {
            tree: &tree,
            input,
            select,
            entries: Vec::new(),
            incomplete: 0,
            repeated: 0,
            titles: HashMap::new(),
        };
        let mut items = tree.html.select(&selectors.item);
        let mut seen = HashSet::new();
        for item in items.by_ref().take(MOST_ITEMS) {
            listing.item(item, &selectors, &mut seen);
        }
        if items.next().is_some() {
            repairs.push(format!("only the first {MOST_ITEMS} items were read"));
        }
        let Listing { entries, incomplete, repeated, titles, .. } = listing;
        let crowd = crowd(&titles, entries.len().saturating_add(repeated));
        if incomplete > 0 {
            repairs.push(format!("{incomplete} items without title, or without link to a page of their own, were passed over"));
        }
        if repeated > 0 {
            repairs
                .push(format!("{repeated} items with the link of an earlier one were passed over"));
        }
        let document = document(&tree, input, entries, repairs);
        Ok(Self { tree, selectors, document, incomplete, crowd })
    }

    /// Why a poll would take nothing of it.
    fn error(&self, select: &Select) -> Option<ReadError> {
        let read = self.document.entries.len();
        // Some items of a list may well be about one and the same.
        let is_too_little = read.saturating_sub(1) < select.min_items;
        if let Some((link, items)) = self.crowd.as_ref().filter(|_| is_too_little) {
            let findings = format!(
                "{items} items lead to {}, and not each to a page of its own: `link = \"{}\"` does not find it",
                shown(link),
                shown(&select.link)
            );
            return Some(ReadError::PageChanged { findings });
        }
        (read < select.min_items).then(|| {
            let counts = counts::counts(&self.tree.html, select, &self.selectors);
            let findings = counts::told(&counts, select.min_items, read, self.incomplete);
            ReadError::PageChanged { findings }
        })
    }
}

/// Less than this is a teaser beside an item of the list.
const LEAST_CROWD: usize = 3;

/// The page that most items lead to under titles of their own: it is the page of none of them.
fn crowd(titles: &HashMap<String, BTreeSet<String>>, items: usize) -> Option<(String, usize)> {
    let (link, titles) = titles.iter().max_by_key(|(_, titles)| titles.len())?;
    let count = titles.len();
    (count >= LEAST_CROWD && count.saturating_mul(2) > items).then(|| (link.clone(), count))
}

fn document(
    tree: &Tree,
    input: &Input<'_>,
    entries: Vec<RawEntry>,
    repairs: Vec<String>,
) -> RawDocument {
    let site_name = tree::first(&tree.html, "meta[property='og:site_name']")
        .and_then(|element| tree::attribute(element, "content"))
        .map(str::to_owned);
    RawDocument {
        format: Format::Page,
        title: site_name.or_else(|| tree.title.clone()).map(RawContent::Text),
        id: None,
        site: Some(input.base.to_string()),
        language: tree::first(&tree.html, "html[lang]")
            .and_then(|element| tree::attribute(element, "lang"))
            .map(str::to_owned),
        hub: None,
        rights: None,
        updated: None,
        authors: Vec::new(),
        image: None,
        hints: Hints::default(),
        details: FeedDetails::default(),
        entries,
        repairs,
    }
}

/// Whether no item before had this link. Places of one page (`agenda.html#workshop`) are items of their own
/// where their titles differ as well; else a fragment is just another way to the same story.
fn is_new(link: &str, title: &str, seen: &mut HashSet<String>) -> bool {
    let page = urls::canonical(link).unwrap_or_else(|| link.to_owned());
    let place = link.split_once('#').map(|(_, fragment)| format!("{page}#{fragment}"));
    let is_titled = seen.insert(format!("{page}\n{title}"));
    let whole = format!("{page}\n");
    let is_place = match place {
        Some(place) => !seen.contains(&whole) && seen.insert(place),
        None => {
            seen.insert(whole);
            false
        }
    };
    seen.insert(page) || is_titled && is_place
}

/// The selectors of a source, parsed.
struct Selectors {
    item: Selector,
    title: Selector,
    link: Selector,
    summary: Option<Selector>,
    date: Option<Selector>,
    image: Option<Selector>,
}

impl Selectors {
    fn of(select: &Select) -> Result<Self, ReadError> {
        let parse = |name, written: &str| {
            Selector::parse(written)
                .map_err(|_| ReadError::Selector { name, written: shown(written) })
        };
        let optional = |name, written: &Option<String>| {
            written.as_deref().map(|written| parse(name, written)).transpose()
        };
        Ok(Self {
            item: parse("item", &select.item)?,
            title: parse("title", &select.title)?,
            link: parse("link", &select.link)?,
            summary: optional("summary", &select.summary)?,
            date: optional("date", &select.date)?,
            image: optional("image", &select.image)?,
        })
    }
}

fn shown(written: &str) -> String {
    written.chars().take(MAX_SHOWN).collect()
}

/// What is found within an item, and the item itself where it is what is asked for.
fn found<'a>(item: ElementRef<'a>, selector: &Selector) -> impl Iterator<Item = ElementRef<'a>> {
    let itself = selector.matches_with_scope(&item, Some(item)).then_some(item);
    item.select(selector).filter(move |element| *element != item).chain(itself)
}

/// The entries so far.
struct Listing<'a> {
    tree: &'a Tree,
    input: &'a Input<'a>,
    select: &'a Select,
    entries: Vec<RawEntry>,
    incomplete: usize,
    repeated: usize,
    /// Of each page that items lead to: the titles that they have.
    titles: HashMap<String, BTreeSet<String>>,
}

impl Listing<'_> {
    fn item(&mut self, item: ElementRef<'_>, selectors: &Selectors, seen: &mut HashSet<String>) {
        let base = &self.tree.base;
        let title = found(item, &selectors.title).take(MOST_FOUND).find_map(title);
        let link = found(item, &selectors.link)
            .take(MOST_FOUND)
            .find_map(|element| link(element, item, base));
        let (Some(title), Some((link, language))) = (title, link) else {
            self.incomplete = self.incomplete.saturating_add(1);
            return;
        };
        if !link.contains('#') {
            self.titles.entry(link.clone()).or_default().insert(title.clone());
        }
        if !is_new(&link, &title, seen) {
            self.repeated = self.repeated.saturating_add(1);
            return;
        }
        let summary = selectors.summary.as_ref().and_then(|selector| {
            found(item, selector)
                .take(MOST_FOUND)
                .map(|element| tree::words(element, MAX_SUMMARY))
                .find(|summary| !summary.is_empty())
        });
        let image = selectors.image.as_ref().and_then(|selector| {
            found(item, selector).take(MOST_FOUND).find_map(|element| tree::picture(element, base))
        });
        let (published, unread_date) = match &selectors.date {
            Some(selector) => self.date(item, selector),
            None => (None, None),
        };
        self.entries.push(RawEntry {
            link: Some(link),
            title: Some(RawContent::Text(title)),
            summary: summary.map(RawContent::Text),
            published,
            unread_date,
            image,
            language: tree::attribute(item, "lang").map(str::to_owned).or(language),
            base: Some(base.clone()),
            ..RawEntry::default()
        });
    }

    /// The date of an item; failing that, what stands in its place.
    fn date(
        &self,
        item: ElementRef<'_>,
        selector: &Selector,
    ) -> (Option<DateTime<Utc>>, Option<String>) {
        let mut unread = None;
        for element in found(item, selector).take(MOST_FOUND) {
            let machine = std::iter::once(element)
                .chain(tree::within(element))
                .flat_map(|element| ["datetime", "content", "title"].map(|name| (element, name)))
                .filter_map(|(element, name)| tree::attribute(element, name))
                .find_map(|written| read_date(written, self.input.zone));
            if machine.is_some() {
                return (machine, None);
            }
            let words = tree::words(element, MAX_DATE);
            let format = self.select.date_format.as_deref();
            let date = format
                .and_then(|format| dates::with_format(&words, format, self.input.zone))
                .or_else(|| read_date(&words, self.input.zone))
                .or_else(|| dates::find(&words, self.input.zone));
            if date.is_some() {
                return (date, None);
            }
            if unread.is_none() && !words.is_empty() {
                unread = Some(words);
            }
        }
        (None, unread)
    }
}

/// The words of a title; where a picture is the title, the words that stand for it.
fn title(element: ElementRef<'_>) -> Option<String> {
    let words = tree::words(element, MAX_TITLE);
    if !words.is_empty() {
        return Some(words);
    }
    let named = ["title", "aria-label", "alt"];
    std::iter::once(element)
        .chain(tree::within(element))
        .flat_map(|element| named.map(|name| (element, name)))
        .find_map(|(element, name)| tree::attribute(element, name))
        .map(str::to_owned)
}

/// The link that an element is, has in it, or stands in; and the language of its target.
fn link(
    element: ElementRef<'_>,
    item: ElementRef<'_>,
    base: &Url,
) -> Option<(String, Option<String>)> {
    let around = element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .take_while(|around| *around != item)
        .chain(std::iter::once(item))
        .chain(item.ancestors().filter_map(ElementRef::wrap));
    std::iter::once(element).chain(tree::within(element)).chain(around).find_map(|element| {
        let href = tree::attribute(element, "href")?;
        let is_link = matches!(element.value().name(), "a" | "area" | "link");
        // `#` is a button in disguise.
        if !is_link || href.starts_with('#') {
            return None;
        }
        let url = urls::absolute(base, href)?;
        Some((url.into(), tree::attribute(element, "hreflang").map(str::to_owned)))
    })
}
