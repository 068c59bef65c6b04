//! Selectors for the news of a page, with the reasons for them.
//!
//! Each group of elements that repeats is judged by points, so that it can be told why one was
//! chosen. What is proposed was tried: the page was read with it, and the titles are those that a
//! poll would bring.

use scraper::ElementRef;
use url::Url;

use super::block::{FEWEST, Group, groups};
use super::calls;
use super::class;
use super::parts::{self, Titles};
use crate::clean::urls;
use crate::model::{RawContent, Select};
use crate::read::{Input, ReadError, page, tree};

/// Proposals that are made at most.
const MOST_PROPOSALS: usize = 3;

/// Groups that are tried by reading the page with them.
const MOST_TRIED: usize = 6;

/// With fewer points a block is a menu or chance, and nothing is proposed.
const ENOUGH: i32 = 40;

/// So many of a hundred titles are of a fitting length.
const MOST_FITTING: usize = 70;

/// And so many where something else shows that these are entries: "Greece" is a title too.
const SOME_FITTING: usize = 40;

/// Titles that are shown of a proposal.
const SHOWN: usize = 10;

/// Selectors for a page, and what they give.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The selectors.
    pub select: Select,
    /// Items that they find.
    pub items: usize,
    /// The first of the titles that they give.
    pub titles: Vec<String>,
    /// Why this block, most important first.
    pub reasons: Vec<String>,
    /// The points of those reasons.
    pub points: i32,
    /// Elements that its first items hold.
    elements: usize,
    /// Whether the elements go by what they stand in.
    is_within: bool,
    /// So many of a hundred titles have to be of a fitting length.
    fitting: usize,
}

/// Proposes selectors for a page, the best first; none where nothing on it looks like a list of news.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead of a page.
pub fn propose(input: &Input<'_>) -> Result<Vec<Proposal>, ReadError> {
    let tree::Tree { html, base, .. } = tree::parse(input)?;
    let menus = calls::Menus::of(&html, &base);
    let mut judged: Vec<Proposal> =
        groups(&html).into_iter().filter_map(|group| judge(group, &menus, &base)).collect();
    judged.sort_by(|left, right| {
        // Of two with the same points: a name of the items themselves says more than where they stand;
        // what holds more of each item can be read further; the shorter selector is easier to keep.
        let (left_select, right_select) = (&left.select.item, &right.select.item);
        let by_points = right.points.cmp(&left.points);
        let by_name = left.is_within.cmp(&right.is_within);
        let by_size = right.elements.cmp(&left.elements);
        let by_length = left_select.len().cmp(&right_select.len());
        by_points.then(by_name).then(by_size).then(by_length)
    });
    drop(html);
    let mut proposals: Vec<Proposal> = Vec::new();
    for candidate in judged.into_iter().take(MOST_TRIED) {
        let Some(tried) = tried(candidate, input) else { continue };
        let is_known = proposals.iter().any(|known| {
            known.titles.iter().filter(|title| tried.titles.contains(title)).count() >= FEWEST
        });
        if !is_known {
            proposals.push(tried);
        }
        if proposals.len() >= MOST_PROPOSALS {
            break;
        }
    }
    Ok(proposals)
}

/// The page read with a proposal; `None` where that gives less than was thought.
fn tried(proposal: Proposal, input: &Input<'_>) -> Option<Proposal> {
    let document = page(input, &proposal.select).ok()?;
    let titles: Vec<String> = document
        .entries
        .iter()
        .filter_map(|entry| match &entry.title {
            Some(RawContent::Text(title) | RawContent::Html(title)) => Some(title.clone()),
            None => None,
        })
        .collect();
    let fitting = titles.iter().filter(|title| parts::is_fitting(title));
    if fitting.count().saturating_mul(100) < titles.len().saturating_mul(proposal.fitting) {
        return None;
    }
    let items = titles.len();
    Some(Proposal { items, titles: titles.into_iter().take(SHOWN).collect(), ..proposal })
}

/// A group as its best selectors read it.
struct Reading<'h> {
    items: Vec<parts::Item<'h>>,
    titles: Titles,
    extras: parts::Extras,
}

impl<'h> Reading<'h> {
    fn of(group: &Group<'h>, base: &Url) -> Option<Self> {
        let items = parts::items(&group.items);
        let titles = parts::titles(&items, base)?;
        let found = titles.found.len();
        if found < FEWEST || found.saturating_mul(4) < items.len().saturating_mul(3) {
            return None;
        }
        let extras = parts::extras(&items, &titles.title);
        Some(Self { items, titles, extras })
    }
}

/// Points with their reasons.
#[derive(Default)]
struct Points {
    sum: i32,
    reasons: Vec<String>,
}

impl Points {
    fn add(&mut self, points: i32, reason: impl Into<String>) {
        self.sum = self.sum.saturating_add(points);
        self.reasons.push(reason.into());
    }
}

fn judge(mut group: Group<'_>, menus: &calls::Menus, base: &Url) -> Option<Proposal> {
    let is_within = group.selector.contains(' ');
    let mut reading = Reading::of(&group, base)?;
    let mut left_out = Vec::new();
    let Reading { items, titles, extras } = &reading;
    if let Some((entries, calls)) = calls::without(&group, items, titles, extras, menus, base) {
        reading = Reading::of(&entries, base)?;
        group = entries;
        left_out = calls;
    }
    let Reading { items, titles, extras } = reading;
    let found = titles.found.len();
    let mut points = Points::default();
    let many = i32::try_from(found.min(10)).unwrap_or_default();
    points.add(many.saturating_mul(2), format!("{found} items with links of their own"));
    let is_shown = extras.date.is_some()
        || titles.in_headings && (extras.summary.is_some() || group.has_meaning);
    let fitting = of_titles(&titles, is_shown, &mut points)?;
    if titles.in_headings {
        points.add(14, "their titles are headings");
    }
    if extras.are_dated && !titles.in_headings {
        // Without headings little else tells them from other links.
        points.add(22, "each of them has a date");
    } else if extras.date.is_some() {
        points.add(14, "they have dates");
    }
    if extras.summary.is_some() {
        points.add(6, "they have a few words each");
    }
    if extras.image.is_some() {
        points.add(3, "they have pictures");
    }
    if group.has_meaning {
        points.add(6, "the selector says what they are");
    } else if group.is_bare {
        points.add(
            -4,
            "nothing there has a name, so the selector holds only while the page is built so",
        );
    }
    of_place(&items, &mut points);
    if !titles.in_headings && extras.date.is_none() && are_paragraphs(&items) {
        points.add(-20, "their links stand in running text");
    }
    let own = titles.found.iter().filter(|(_, url)| is_of_site(url, base)).count();
    if own.saturating_mul(2) < found {
        points.add(-15, "most of them lead to other sites");
    }
    if points.sum < ENOUGH {
        return None;
    }
    for title in left_out {
        points.add(0, format!("\"{title}\" is left out: it asks readers for something"));
    }
    let select = Select {
        item: group.selector.clone(),
        title: titles.title,
        link: titles.link,
        summary: extras.summary,
        date: extras.date,
        image: extras.image,
        min_items: FEWEST,
        ..Select::default()
    };
    Some(Proposal {
        select,
        items: found,
        titles: Vec::new(),
        reasons: points.reasons,
        points: points.sum,
        elements: items.iter().map(parts::Item::size).sum(),
        is_within,
        fitting,
    })
}

/// Titles are of a fitting length, are no menu's single words, and differ. How many of a hundred have to
/// be of that length: fewer where `is_shown` that the items are more than links.
fn of_titles(titles: &Titles, is_shown: bool, points: &mut Points) -> Option<usize> {
    let found = titles.found.len();
    let share = |count: usize| count.saturating_mul(100).checked_div(found).unwrap_or_default();
    let fitting = titles.found.iter().filter(|(title, _)| parts::is_fitting(title));
    let fitting = share(fitting.count());
    match fitting {
        90.. => points.add(14, "titles of a fitting length"),
        MOST_FITTING.. => points.add(8, "titles of a fitting length"),
        SOME_FITTING.. if is_shown => points.add(4, "titles of a fitting length, and shorter ones"),
        _ => return None,
    }
    let mut distinct: Vec<&str> = titles.found.iter().map(|(title, _)| title.as_str()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    // "Read more" stands below each of them.
    if share(distinct.len()) < 75 {
        return None;
    }
    // Of one word are those of a menu, but also some of entries, where most have several.
    let long = titles.found.iter().filter(|(title, _)| parts::is_fitting(title));
    let of_title: Vec<usize> = long.map(|(title, _)| parts::words_of(title)).collect();
    let (found, words) = (of_title.len(), of_title.iter().sum::<usize>());
    if words < found.saturating_mul(3) {
        points.add(-12, "their titles are as short as a menu's");
    } else if words >= found.saturating_mul(4) {
        points.add(8, "titles of several words");
    }
    Some(if fitting >= MOST_FITTING { MOST_FITTING } else { SOME_FITTING })
}

/// Whether most items are paragraphs: without heading and date those are the text of an article.
fn are_paragraphs(items: &[parts::Item<'_>]) -> bool {
    let elements = items.iter().filter_map(parts::Item::element);
    let paragraphs = elements.filter(|element| element.value().name() == "p").count();
    paragraphs.saturating_mul(2) > items.len()
}

/// Whether they stand in the main part of the page, or beside it.
fn of_place(items: &[parts::Item<'_>], points: &mut Points) {
    let mut beside = 0_usize;
    let mut main = 0_usize;
    for element in items.iter().filter_map(parts::Item::element) {
        let around =
            || std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
        if around().any(class::is_beside) {
            beside = beside.saturating_add(1);
        }
        let is_main = |element: ElementRef<'_>| {
            element.value().name() == "main"
                || element.value().attr("role") == Some("main")
                || element
                    .value()
                    .id()
                    .is_some_and(|id| matches!(id, "content" | "main" | "primary"))
        };
        if around().any(is_main) {
            main = main.saturating_add(1);
        }
    }
    if beside.saturating_mul(2) >= items.len() {
        points.add(-30, "they stand beside the main part of the page");
    } else if main.saturating_mul(2) >= items.len() {
        points.add(8, "they stand in the main part of the page");
    }
}

/// Whether a link stays on the site; a saved page without its address has none.
fn is_of_site(url: &Url, base: &Url) -> bool {
    base.host_str().is_none() || urls::is_same_site(url, base)
}
