//! How many elements each selector of a page finds: what a maintainer has to look at when the page
//! no longer answers to them.

use scraper::{Html, Selector};

use super::{MOST_ITEMS, Selectors, found, shown};
use crate::model::Select;

/// What one selector of `[source.select]` finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorCount {
    /// Its key: `item`, `title` and so on.
    pub name: &'static str,
    /// What stands there, shortened.
    pub selector: String,
    /// Elements that it finds on the whole page.
    pub elements: usize,
    /// Items in which it finds something; for `item` itself the items.
    pub items: usize,
}

/// Counts what each selector that is given finds, `item` first.
pub(super) fn counts(html: &Html, select: &Select, selectors: &Selectors) -> Vec<SelectorCount> {
    let items: Vec<_> = html.select(&selectors.item).take(MOST_ITEMS).collect();
    let rows = [
        ("item", Some(select.item.as_str()), Some(&selectors.item)),
        ("title", Some(select.title.as_str()), Some(&selectors.title)),
        ("link", Some(select.link.as_str()), Some(&selectors.link)),
        ("summary", select.summary.as_deref(), selectors.summary.as_ref()),
        ("date", select.date.as_deref(), selectors.date.as_ref()),
        ("image", select.image.as_deref(), selectors.image.as_ref()),
    ];
    let count = |name: &'static str, written: &str, selector: &Selector| SelectorCount {
        name,
        selector: shown(written),
        elements: html.select(selector).count(),
        items: match name {
            "item" => items.len(),
            _ => items.iter().filter(|item| found(**item, selector).next().is_some()).count(),
        },
    };
    rows.into_iter()
        .filter_map(|(name, written, selector)| Some(count(name, written?, selector?)))
        .collect()
}

/// How many entries there are, which selector finds nothing on the whole page, and how many elements
/// each of the others finds.
pub(super) fn told(
    counts: &[SelectorCount],
    min_items: usize,
    read: usize,
    incomplete: usize,
) -> String {
    let (mut nothing, mut others) = (Vec::new(), Vec::new());
    for count in counts {
        match count.elements {
            0 => nothing.push(format!("`{} = \"{}\"`", count.name, count.selector)),
            elements => others.push(format!("`{}` {elements}", count.name)),
        }
    }
    let mut told = match read {
        0 => "no items were found".to_owned(),
        _ => format!("{read} items were found where min_items asks for {min_items}"),
    };
    if incomplete > 0 {
        told.push_str(&format!(
            " ({incomplete} more have no title, or no link that leads to a page of its own)"
        ));
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
