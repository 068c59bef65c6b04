//! Identity: by what an item is known again, from one reading of its source to the next.
//!
//! The ladder: guid or id; else the link; else a hash of title and content. A rung counts only
//! where it is one item's own: some feeds ship one guid for every item, others link every item
//! to the home page. Strings are compared exactly, after trimming: a guid that differs in case
//! is another guid, and what looks like a link may be none.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::Xxh3;

/// Begins identities that are made from the item's words.
pub const HASH_PREFIX: &str = "hash:";

/// A longer guid is no name but a text: it is hashed.
const MAX_IDENTITY: usize = 2048;

/// The rungs of one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rungs {
    /// guid or id.
    pub guid: Option<String>,
    /// Link, resolved.
    pub link: Option<String>,
    /// Title as written.
    pub title: String,
    /// Hash of title and content.
    pub hash: String,
}

/// What the ladder says about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is known by this.
    Known(Identity),
    /// It repeats an earlier item of the document.
    Repeats,
}

/// By what an item is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The highest rung that is the item's own.
    pub identity: String,
    /// The lower rungs that are its own too.
    pub others: Vec<String>,
    /// The guid, where it is its own.
    pub guid: Option<String>,
    /// Whether no other item of the document has the link.
    pub owns_link: bool,
    /// Whether it has a guid that other items have as well.
    pub shares_guid: bool,
}

impl Rungs {
    /// The rungs of an item with this title and content.
    pub fn new(guid: Option<&str>, link: Option<&str>, title: &str, content: &str) -> Self {
        let named = |name: Option<&str>| {
            let name = name.map(str::trim).filter(|name| !name.is_empty())?;
            Some(if name.len() > MAX_IDENTITY { hash(&[name]) } else { name.to_owned() })
        };
        Self {
            guid: named(guid),
            link: named(link),
            title: title.trim().to_owned(),
            hash: hash(&[title, content]),
        }
    }

    /// What two entries of one item agree in: guid, link and title, where there is a link; an
    /// edit may stand beside its original. Without a link only the same words are the same item.
    fn key(&self) -> (Option<&str>, Option<&str>, &str) {
        let link = self.link.as_deref();
        (self.guid.as_deref(), link, if link.is_some() { &self.title } else { &self.hash })
    }
}

/// Judges the items of one document, in its order.
pub fn climb(items: &[Rungs]) -> Vec<Verdict> {
    // Items that agree in everything are one, and do not make their names ambiguous.
    let mut firsts = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        firsts.entry(item.key()).or_insert(index);
    }
    let is_first = |index: usize, item: &Rungs| firsts.get(&item.key()) == Some(&index);
    // How many items go by a name, whichever rung it stands on: one item's link may be another's
    // guid. Within one item guid and link are often equal, and count once.
    let mut uses: HashMap<&str, usize> = HashMap::new();
    let mut links: HashMap<&str, usize> = HashMap::new();
    for (_, item) in items.iter().enumerate().filter(|(index, item)| is_first(*index, item)) {
        let guid = item.guid.as_deref();
        let link = item.link.as_deref();
        for name in guid.into_iter().chain(link.filter(|link| guid != Some(link))) {
            let count = uses.entry(name).or_default();
            *count = count.saturating_add(1);
        }
        if let Some(link) = link {
            let count = links.entry(link).or_default();
            *count = count.saturating_add(1);
        }
    }
    let is_own = |name: &String| uses.get(name.as_str()) == Some(&1);
    let mut taken = HashSet::new();
    let judge = |(index, item): (usize, &Rungs)| {
        if !is_first(index, item) {
            return Verdict::Repeats;
        }
        let guid = item.guid.clone().filter(is_own);
        let own_link = item.link.clone().filter(is_own);
        let mut rungs: Vec<String> = guid.iter().cloned().chain(own_link).collect();
        rungs.dedup();
        rungs.push(item.hash.clone());
        let identity = rungs.remove(0);
        // Same words under shared names: nothing tells them apart.
        if !taken.insert(identity.clone()) {
            return Verdict::Repeats;
        }
        let link_uses = item.link.as_deref().and_then(|link| links.get(link));
        Verdict::Known(Identity {
            identity,
            others: rungs,
            owns_link: link_uses == Some(&1),
            shares_guid: item.guid.is_some() && guid.is_none(),
            guid,
        })
    };
    items.iter().enumerate().map(judge).collect()
}

/// A name made of words: 128 bits, in hexadecimal digits.
fn hash(parts: &[&str]) -> String {
    let mut hasher = Xxh3::new();
    for part in parts {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("{HASH_PREFIX}{:032x}", hasher.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rungs(guid: &str, link: &str, words: &str) -> Rungs {
        Rungs::new(Some(guid), Some(link), words, "")
    }

    fn identities(items: &[Rungs]) -> Vec<String> {
        climb(items)
            .into_iter()
            .map(|verdict| match verdict {
                Verdict::Known(known) => known.identity,
                Verdict::Repeats => "repeats".to_owned(),
            })
            .collect()
    }

    #[test]
    fn the_ladder_goes_from_guid_to_link_to_words() {
        let items = [rungs(" g1 ", "l1", "a"), rungs("", "l2", "b"), rungs(" ", "", "c")];
        let names = identities(&items);
        assert_eq!(names[..2], ["g1", "l2"]);
        assert!(names[2].starts_with(HASH_PREFIX) && names[2].len() == 37, "{names:?}");
        let Verdict::Known(first) = &climb(&items)[0] else { panic!() };
        assert_eq!(first.guid.as_deref(), Some("g1"));
        assert_eq!(first.others, ["l1".to_owned(), items[0].hash.clone()]);
    }

    #[test]
    fn h58_one_guid_for_all_items_identifies_none() {
        let items = [rungs("g", "l1", "a"), rungs("g", "l2", "b"), rungs("g2", "l3", "c")];
        assert_eq!(identities(&items), ["l1", "l2", "g2"]);
        let Verdict::Known(first) = &climb(&items)[0] else { panic!() };
        assert!(first.shares_guid && first.guid.is_none() && first.owns_link);
    }

    #[test]
    fn h58_a_link_that_all_items_share_identifies_none() {
        let items = [rungs("", "home", "a"), rungs("", "home", "b"), rungs("g", "home", "c")];
        let names = identities(&items);
        assert!(names[0].starts_with(HASH_PREFIX) && names[1].starts_with(HASH_PREFIX));
        assert_ne!(names[0], names[1]);
        assert_eq!(names[2], "g");
        let Verdict::Known(last) = &climb(&items)[2] else { panic!() };
        assert!(!last.owns_link);
        assert_eq!(last.others.len(), 1, "only the hash");
    }

    #[test]
    fn h58_guids_that_differ_in_case_or_scheme_are_different() {
        let items = [
            rungs("http://a/x", "1", "a"),
            rungs("HTTP://a/x", "2", "b"),
            rungs("https://a/x", "3", "c"),
        ];
        assert_eq!(identities(&items), ["http://a/x", "HTTP://a/x", "https://a/x"]);
    }

    #[test]
    fn an_item_that_stands_twice_is_one() {
        let mut edited = rungs("g", "l", "a");
        edited.hash = "hash:other".to_owned();
        assert_eq!(identities(&[rungs("g", "l", "a"), edited]), ["g", "repeats"]);
        let items = [rungs("g", "l", "a"), rungs("g", "l", "a"), rungs("h", "m", "b")];
        assert_eq!(identities(&items), ["g", "repeats", "h"]);
    }

    #[test]
    fn an_item_may_use_its_link_as_guid() {
        let items =
            [rungs("http://a/1", "http://a/1", "a"), rungs("http://a/2", "http://a/2", "b")];
        assert_eq!(identities(&items), ["http://a/1", "http://a/2"]);
        let Verdict::Known(first) = &climb(&items)[0] else { panic!() };
        assert_eq!(first.others.len(), 1);
    }

    #[test]
    fn identities_are_unique_in_every_document() {
        let names = ["", "a", "b"];
        let mut items = Vec::new();
        for guid in names {
            for link in names {
                for words in names {
                    items.push(rungs(guid, link, words));
                }
            }
        }
        let mut known: Vec<_> = identities(&items);
        known.retain(|name| name != "repeats");
        let count = known.len();
        known.sort();
        known.dedup();
        assert_eq!(known.len(), count);
        assert_eq!(count, 3, "nothing but the words tells these apart");
    }
}
