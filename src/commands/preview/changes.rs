//! What is different between the last good copy of a page and the page as it is now.
//!
//! Both are read with the selectors of today. Entries are the same where their links are; where a
//! link changed and the title did not, that is said as a change of its link.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::PreviewEntry;
use super::reader::Page;

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// When the copy was made.
    pub since: String,
    /// Stand in the page now, and did not in the copy.
    pub added: Vec<Standing>,
    /// Stood in the copy, and are not found any more.
    pub gone: Vec<Standing>,
    /// Stand in both, and differ.
    pub changed: Vec<Change>,
    /// Number of entries that are the same in both.
    pub same: usize,
    /// What each selector finds.
    pub selectors: Vec<SelectorChange>,
}

/// An entry of one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its link.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// Its date.
    pub published: Option<String>,
}

/// An entry of both that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its link now.
    pub url: Option<String>,
    /// Its title now.
    pub title: String,
    /// What differs, at least one.
    pub fields: Vec<FieldChange>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// `title`, `link`, `date`, `summary`, `image`: as the keys of `[source.select]`.
    pub field: &'static str,
    /// In the copy.
    pub then: Option<String>,
    /// In the page.
    pub now: Option<String>,
}

/// What a selector finds in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectorChange {
    /// Its key in `[source.select]`.
    pub name: &'static str,
    /// As it is written there.
    pub selector: String,
    /// In the copy.
    pub then: Counted,
    /// In the page.
    pub now: Counted,
}

/// How much a selector finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Elements on the whole page.
    pub elements: usize,
    /// Items in which it finds something.
    pub items: usize,
}

/// Compares them.
pub(super) fn between(since: &str, then: &Page, now: &Page) -> Changes {
    let mut changes = Changes {
        since: since.to_owned(),
        added: Vec::new(),
        gone: Vec::new(),
        changed: Vec::new(),
        same: 0,
        selectors: selectors(then, now),
    };
    let (then, now) = (&then.line.entries, &now.line.entries);
    let by_link: HashMap<&str, &PreviewEntry> =
        then.iter().map(|entry| (entry.identity.as_str(), entry)).collect();
    let links_now: HashSet<&str> = now.iter().map(|entry| entry.identity.as_str()).collect();
    let is_left = |entry: &&PreviewEntry| !links_now.contains(entry.identity.as_str());
    let mut by_title: HashMap<&str, &PreviewEntry> =
        then.iter().filter(is_left).map(|entry| (entry.title.as_str(), entry)).collect();
    let mut moved = HashSet::new();
    for entry in now {
        let known = by_link.get(entry.identity.as_str()).copied();
        let known = known.or_else(|| by_title.remove(entry.title.as_str()));
        let Some(before) = known else {
            changes.added.push(standing(entry));
            continue;
        };
        moved.insert(before.identity.as_str());
        let fields = fields(before, entry);
        if fields.is_empty() {
            changes.same = changes.same.saturating_add(1);
        } else {
            let Standing { url, title, .. } = standing(entry);
            changes.changed.push(Change { url, title, fields });
        }
    }
    let gone = then.iter().filter(is_left).filter(|entry| !moved.contains(entry.identity.as_str()));
    changes.gone = gone.map(standing).collect();
    changes
}

fn standing(entry: &PreviewEntry) -> Standing {
    Standing {
        url: entry.url.clone(),
        title: entry.title.clone(),
        published: entry.published.clone(),
    }
}

fn fields(then: &PreviewEntry, now: &PreviewEntry) -> Vec<FieldChange> {
    let words = |words: &String| Some(words.clone()).filter(|words| !words.is_empty());
    let pairs = [
        ("title", words(&then.title), words(&now.title)),
        ("link", then.url.clone(), now.url.clone()),
        ("date", then.published.clone(), now.published.clone()),
        ("summary", words(&then.summary), words(&now.summary)),
        ("image", then.image.clone(), now.image.clone()),
    ];
    pairs
        .into_iter()
        .filter(|(_, then, now)| then != now)
        .map(|(field, then, now)| FieldChange { field, then, now })
        .collect()
}

fn selectors(then: &Page, now: &Page) -> Vec<SelectorChange> {
    let counted = |count: &crate::read::SelectorCount| Counted {
        elements: count.elements,
        items: count.items,
    };
    let pairs = then.counts.iter().zip(&now.counts);
    pairs
        .map(|(then, now)| SelectorChange {
            name: now.name,
            selector: now.selector.clone(),
            then: counted(then),
            now: counted(now),
        })
        .collect()
}
