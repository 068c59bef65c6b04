//! Which elements of a page repeat: groups of elements that one short selector names.
//!
//! Every link of the page is walked up from, a few elements high. Each element on the way is
//! counted under the names that it could be found by. So the work grows with the links of the page
//! and not with what lies between them.

use std::collections::{BTreeMap, HashMap, HashSet};

use scraper::{ElementRef, Html, Selector};

use super::class;

/// Links that are walked up from.
const MOST_LINKS: usize = 3_000;

/// So many elements above a link may be its item.
const HIGHEST: usize = 6;

/// Fewer elements repeat nothing.
pub(super) const FEWEST: usize = 3;

/// Groups that are looked at closely.
const MOST_GROUPS: usize = 60;

/// An item with more links than this is no item but a part of the page.
const MOST_LINKS_OF_ITEM: usize = 30;

/// Elements that repeat, and the selector that names them.
pub(super) struct Group<'h> {
    /// `article.teaser`, `ul.news li`.
    pub(super) selector: String,
    /// Whether the selector holds a word that says what the elements are.
    pub(super) has_meaning: bool,
    /// Whether it goes by what stands in what alone, since nothing there has a name.
    pub(super) is_bare: bool,
    /// The elements, in the order of the page.
    pub(super) items: Vec<ElementRef<'h>>,
}

/// A selector that an element could be found by.
struct Name {
    selector: String,
    has_meaning: bool,
    is_bare: bool,
}

/// Elements that mean an item even without a class, where what they stand in is named.
const BARE: &[&str] =
    &["article", "li", "tr", "h2", "h3", "h4", "p", "dt", "dd", "div", "section", "a"];

/// Groups of at least [`FEWEST`] elements, the most promising first.
pub(super) fn groups(html: &Html) -> Vec<Group<'_>> {
    let Ok(links) = Selector::parse("body a[href]") else { return Vec::new() };
    let mut found: BTreeMap<String, Group<'_>> = BTreeMap::new();
    let mut links_of = HashMap::new();
    let mut seen = HashSet::new();
    for link in html.select(&links).take(MOST_LINKS) {
        let way = std::iter::once(link).chain(link.ancestors().filter_map(ElementRef::wrap));
        for element in way.take(HIGHEST) {
            if matches!(element.value().name(), "body" | "html" | "main") {
                break;
            }
            let count = links_of.entry(element.id()).or_insert(0_usize);
            *count = count.saturating_add(1);
            if seen.insert(element.id()) {
                for Name { selector, has_meaning, is_bare } in names(element) {
                    let group = found.entry(selector).or_insert_with_key(|selector| Group {
                        selector: selector.clone(),
                        has_meaning,
                        is_bare,
                        items: Vec::new(),
                    });
                    group.items.push(element);
                }
            }
        }
    }
    let mut groups: Vec<Group<'_>> = found
        .into_values()
        .filter(|group| group.items.len() >= FEWEST)
        .filter(|Group { items, .. }| {
            let small = |item: &&ElementRef<'_>| {
                links_of.get(&item.id()).is_some_and(|links| *links <= MOST_LINKS_OF_ITEM)
            };
            items.iter().filter(small).count().saturating_mul(4) >= items.len().saturating_mul(3)
        })
        .collect();
    groups.sort_by_key(|group| {
        let rank = usize::from(!group.has_meaning);
        (rank, std::cmp::Reverse(group.items.len().min(12)), group.selector.len())
    });
    groups.truncate(MOST_GROUPS);
    groups
}

/// The selectors that an element could be found by.
fn names(element: ElementRef<'_>) -> Vec<Name> {
    let tag = element.value().name();
    let named = |selector, has_meaning| Name { selector, has_meaning, is_bare: false };
    let mut names: Vec<Name> = class::stable(element)
        .into_iter()
        .map(|class| named(format!("{tag}.{class}"), class::has_meaning(class)))
        .collect();
    if tag == "article" {
        names.push(named(tag.to_owned(), true));
    }
    if BARE.contains(&tag) {
        match around(element) {
            Some((around, has_meaning)) => {
                names.push(named(format!("{around} {tag}"), has_meaning))
            }
            // Pages that people write by hand have no names at all.
            None if names.is_empty() => names.extend(path(element).map(|selector| Name {
                selector,
                has_meaning: false,
                is_bare: true,
            })),
            None => {}
        }
    }
    names
}

/// `body > div`, `body > ul > li`: the way to an element from the body, or from what has a name.
fn path(element: ElementRef<'_>) -> Option<String> {
    let mut steps = vec![element.value().name().to_owned()];
    for above in element.ancestors().filter_map(ElementRef::wrap).take(HIGHEST) {
        let value = above.value();
        let class = class::stable(above).into_iter().next();
        let id = value.id().filter(|id| class::is_stable(id));
        let (step, is_last) = match (class, id) {
            _ if matches!(value.name(), "body" | "main") => (value.name().to_owned(), true),
            (Some(class), _) => (format!("{}.{class}", value.name()), true),
            (None, Some(id)) => (format!("#{id}"), true),
            (None, None) => (value.name().to_owned(), false),
        };
        steps.push(step);
        if is_last {
            steps.reverse();
            return Some(steps.join(" > "));
        }
    }
    None
}

/// The name of what an element stands in: the nearest of three that has one.
fn around(element: ElementRef<'_>) -> Option<(String, bool)> {
    element.ancestors().filter_map(ElementRef::wrap).take(3).find_map(|above| {
        let value = above.value();
        if value.name() == "main" {
            return Some(("main".to_owned(), false));
        }
        if matches!(value.name(), "body" | "html") {
            return None;
        }
        let class = class::stable(above).into_iter().next();
        let class =
            class.map(|class| (format!("{}.{class}", value.name()), class::has_meaning(class)));
        let id = value.id().filter(|id| class::is_stable(id));
        class.or_else(|| id.map(|id| (format!("#{id}"), class::has_meaning(id))))
    })
}
