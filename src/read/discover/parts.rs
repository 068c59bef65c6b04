//! The parts of an item: which selector finds its title, its link, its date, its words and its picture.

use std::collections::HashSet;

use scraper::{ElementRef, Selector};
use url::Url;

use super::class;
use crate::clean::{dates, urls};
use crate::read::tree;

/// Elements of one item that are looked at.
const MOST_ELEMENTS: usize = 200;

/// Items of one group that are looked at.
const MOST_ITEMS: usize = 30;

/// Titles are at least and at most so long, in characters.
const TITLE: std::ops::RangeInclusive<usize> = 12..=220;

/// So many letters of an alphabet say as much as one sign of a script that writes words or syllables.
const LETTERS_OF_A_SIGN: usize = 3;

/// Whether a title is as long as titles of entries are; a menu's words are shorter.
pub(super) fn is_fitting(title: &str) -> bool {
    TITLE.contains(&title.chars().count()) || TITLE.contains(&letters(title))
}

/// The words of a title; Chinese and Japanese leave no spaces between them.
pub(super) fn words_of(title: &str) -> usize {
    let signs = title.chars().filter(|sign| is_sign(*sign)).count();
    title.split_whitespace().count().max(signs.div_ceil(2))
}

fn letters(title: &str) -> usize {
    title.chars().map(|letter| if is_sign(letter) { LETTERS_OF_A_SIGN } else { 1 }).sum()
}

fn is_sign(letter: char) -> bool {
    // Kana, Han and its extensions, Hangul.
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// A summary has at least so many characters; what is shorter is a by-line or a "Read more".
const SUMMARY: usize = 30;

/// And at least so many words.
const WORDS: usize = 5;

/// An item with its elements, itself first, so that every selector walks over it once.
pub(super) struct Item<'h> {
    elements: Vec<ElementRef<'h>>,
}

pub(super) fn items<'h>(elements: &[ElementRef<'h>]) -> Vec<Item<'h>> {
    let elements = elements.iter().take(MOST_ITEMS);
    elements
        .map(|item| Item {
            elements: item.descendants().filter_map(ElementRef::wrap).take(MOST_ELEMENTS).collect(),
        })
        .collect()
}

impl<'h> Item<'h> {
    pub(super) fn element(&self) -> Option<ElementRef<'h>> {
        self.elements.first().copied()
    }

    /// Elements that it holds, as far as they are looked at.
    pub(super) fn size(&self) -> usize {
        self.elements.len()
    }

    /// What `read::page` would take: the first element within, else the item itself.
    pub(super) fn first(&self, selector: &Selector) -> Option<ElementRef<'h>> {
        let within = self.elements.iter().skip(1).find(|element| selector.matches(element));
        within.or_else(|| self.elements.first().filter(|item| selector.matches(item))).copied()
    }

    pub(super) fn has(&self, selector: &Selector) -> bool {
        self.first(selector).is_some()
    }
}

/// What a selector for titles and links gives.
pub(super) struct Titles {
    pub(super) title: String,
    pub(super) link: String,
    /// The titles of items that have a title and a link, each link once.
    pub(super) found: Vec<(String, Url)>,
    /// Whether they stand in headings.
    pub(super) in_headings: bool,
}

const HEADINGS: &[&str] = &["h2", "h3", "h4", "h1", "h5"];

/// The selectors for title and link that fit the most items.
pub(super) fn titles(items: &[Item<'_>], base: &Url) -> Option<Titles> {
    let mut best: Option<(usize, Titles)> = None;
    for (title, link, in_headings) in candidates(items) {
        let found = read(items, &title, &link, base);
        let good = found.iter().filter(|(title, _)| is_fitting(title)).count();
        let from = match (in_headings, title == link) {
            (true, _) => TakenFrom::Headings,
            (false, true) if is_card(items, &title) => TakenFrom::Cards,
            (false, true) => TakenFrom::Links,
            (false, false) => TakenFrom::Words,
        };
        let worth = worth(&found, good, from);
        if good > 0 && best.as_ref().is_none_or(|(most, _)| worth > *most) {
            best = Some((worth, Titles { title, link, found, in_headings }));
        }
    }
    best.map(|(_, titles)| titles)
}

fn is_link(element: ElementRef<'_>) -> bool {
    element.value().name() == "a"
}

/// Whether a link holds more than a title in most of the items: a teaser that is a link as a whole.
fn is_card(items: &[Item<'_>], link: &str) -> bool {
    let (Ok(link), Ok(parts)) =
        (Selector::parse(link), Selector::parse("h1,h2,h3,h4,h5,h6,p,time,div,span"))
    else {
        return false;
    };
    let holds_more = |link: ElementRef<'_>| {
        let words = short_words(link);
        let mut parts = link.select(&parts).map(short_words).filter(|words| !words.is_empty());
        // What all of the words stand in is but a wrapper.
        parts.any(|part| part != words)
    };
    let cards = items.iter().filter_map(|item| item.first(&link)).filter(|link| holds_more(*link));
    cards.count().saturating_mul(2) > items.len()
}

/// What a selector for titles takes them from.
#[derive(Clone, Copy, PartialEq)]
enum TakenFrom {
    Headings,
    Links,
    /// Links that hold a whole teaser, of which the title is but a part.
    Cards,
    /// Words that stand beside the link, and are rather what is said below a title.
    Words,
}

/// What titles are worth beside those that other selectors give, in tenths of a title that fits.
fn worth(found: &[(String, Url)], good: usize, from: TakenFrom) -> usize {
    // "Greece" is a title too, though "More" below each of them is none.
    let short: HashSet<&str> = found
        .iter()
        .map(|(title, _)| title.as_str())
        .filter(|title| letters(title) < *TITLE.start())
        .collect();
    // A heading is worth a few items: other links of the same items lead there as well.
    let (of_good, of_short, of_all) = match from {
        TakenFrom::Headings => (10, 7, 9),
        TakenFrom::Links => (10, 4, 0),
        TakenFrom::Words => (6, 4, 0),
        TakenFrom::Cards => (5, 4, 0),
    };
    good.saturating_mul(of_good)
        .saturating_add(short.len().saturating_mul(of_short))
        .saturating_add(of_all)
}

/// Pairs of selectors that may fit, the better first.
fn candidates(items: &[Item<'_>]) -> Vec<(String, String, bool)> {
    let mut pairs = Vec::new();
    let mut add = |title: String, link: String, heading: bool| {
        let pair = (title, link, heading);
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    };
    for heading in HEADINGS {
        let within = format!("{heading} a");
        add(within.clone(), within, true);
        add((*heading).to_owned(), "a".to_owned(), true);
    }
    // What the items themselves show: a link with a class, or within something with a class.
    for element in items.iter().take(3).flat_map(|item| item.elements.iter()) {
        let tag = element.value().name();
        for name in class::stable(*element).into_iter().take(2) {
            let selector = format!("{tag}.{name}");
            let small = name.to_ascii_lowercase();
            if tag == "a" {
                add(selector.clone(), selector, false);
            } else if class::has_meaning(name) && small.contains("title")
                || small.contains("headline")
            {
                add(format!("{selector} a"), format!("{selector} a"), true);
                add(selector, "a".to_owned(), true);
            } else if element.ancestors().filter_map(ElementRef::wrap).take(3).any(is_link) {
                add(selector, "a".to_owned(), false);
            }
        }
    }
    add("a".to_owned(), "a".to_owned(), false);
    for within in ["strong", "b", "td", "p", "span", "dt", "div"] {
        add(format!("{within} a"), format!("{within} a"), false);
    }
    // A teaser that is a link as a whole, without a heading in it.
    add("strong".to_owned(), "a".to_owned(), false);
    add("p".to_owned(), "a".to_owned(), false);
    pairs.truncate(40);
    pairs
}

fn read(items: &[Item<'_>], title: &str, link: &str, base: &Url) -> Vec<(String, Url)> {
    let (Ok(title), Ok(link)) = (Selector::parse(title), Selector::parse(link)) else {
        return Vec::new();
    };
    let mut found: Vec<(String, Url)> = Vec::new();
    for item in items {
        let Some(words) = item.first(&title).map(short_words).filter(|words| !words.is_empty())
        else {
            continue;
        };
        let href = item.first(&link).and_then(|link| link.value().attr("href"));
        let Some(url) = href.and_then(|href| urls::absolute(base, href)) else { continue };
        let mut bare = url.clone();
        bare.set_fragment(None);
        // An anchor of this very page is no page of its own, nor is the form that edits it.
        let is_form = url.query().is_some_and(|query| query.contains("action=edit"));
        if is_form || bare.as_str() == base.as_str() || found.iter().any(|(_, known)| *known == url)
        {
            continue;
        }
        found.push((words, url));
    }
    found
}

/// The words of an element in one line; of a long one the beginning.
pub(super) fn short_words(element: ElementRef<'_>) -> String {
    tree::words(element, 400)
}

/// What most of the items have besides.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) date: Option<String>,
    /// Whether every item has one.
    pub(super) are_dated: bool,
    pub(super) summary: Option<String>,
    pub(super) image: Option<String>,
}

/// Finds it; what fewer than half of the items have is left out.
pub(super) fn extras(items: &[Item<'_>], title: &str) -> Extras {
    let half = items.len().div_ceil(2);
    let named = |parts: &[&str]| {
        let mut names = Vec::new();
        for element in items.iter().take(3).flat_map(|item| item.elements.iter().skip(1)) {
            for name in element.value().classes().take(24).filter(|name| class::is_stable(name)) {
                let small = name.to_ascii_lowercase();
                let selector = format!(".{name}");
                if parts.iter().any(|part| small.contains(part)) && !names.contains(&selector) {
                    names.push(selector);
                }
            }
        }
        names.truncate(8);
        names
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut of_date = owned(&["time"]);
    of_date.extend(named(&["date", "datum", "time", "published", "posted", "fecha", "created"]));
    of_date.extend(owned(&[
        "small", "td", "span", "em", "dt", "i", "b", "strong", "font", "p", "div", "dd",
    ]));
    let mut of_summary = named(&[
        "summary",
        "excerpt",
        "teaser",
        "description",
        "intro",
        "lead",
        "abstract",
        "text",
    ]);
    of_summary.extend(owned(&["p"]));
    let is_text = |element: ElementRef<'_>| {
        let words = short_words(element);
        words.chars().count() >= SUMMARY
            && words.split_whitespace().count() >= WORDS
            && !matches!(element.value().name(), "a" | "article" | "li")
    };
    let image = Selector::parse("img").ok();
    let pictured = image.map_or(0, |image| items.iter().filter(|item| item.has(&image)).count());
    let date = first_fitting(items, of_date, is_date);
    let selector = date.as_deref().and_then(|date| Selector::parse(date).ok());
    let are_dated = selector
        .is_some_and(|date| items.iter().all(|item| item.first(&date).is_some_and(is_date)));
    Extras {
        date,
        are_dated,
        summary: first_fitting(items, of_summary, is_text).filter(|summary| summary != title),
        image: (pictured >= half && pictured > 0).then(|| "img".to_owned()),
    }
}

/// The first selector that finds something fitting in at least half of the items.
fn first_fitting(
    items: &[Item<'_>],
    selectors: Vec<String>,
    fits: impl Fn(ElementRef<'_>) -> bool,
) -> Option<String> {
    let half = items.len().div_ceil(2).max(1);
    selectors.into_iter().find(|written| {
        let Ok(selector) = Selector::parse(written) else { return false };
        let found = items.iter().filter_map(|item| item.first(&selector));
        found.filter(|element| fits(*element)).count() >= half
    })
}

/// Whether an element is a date, as `read::page` would read it.
pub(super) fn is_date(element: ElementRef<'_>) -> bool {
    let machine = ["datetime", "content"].iter().find_map(|name| element.value().attr(name));
    let written = machine.map_or_else(|| short_words(element), |date| date.trim().to_owned());
    if written.chars().count() > 60 {
        return false;
    }
    let behind = written.split_once(':').map(|(_, rest)| rest.trim());
    dates::parse(&written, None).is_some()
        || behind.is_some_and(|rest| dates::parse(rest, None).is_some())
}
