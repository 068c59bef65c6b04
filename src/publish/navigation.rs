//! What pages link to besides stories: the other outputs.
//!
//! The page of `all` links to every output. The other pages leave out what would be a long list, such
//! as hundreds of organisations: with all of them on each page, the pages would grow with the square of
//! their number, and each new organisation would change every file.

use std::collections::HashSet;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::model::{Formats, OutputKey, OutputKind};

/// More outputs of a kind than these are listed by the page of `all` only.
const MOST_LISTED: usize = 40;

/// The outputs, as pages and lists link to them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Navigation {
    /// Every output, in the order in which they are to be shown.
    pub outputs: Vec<OutputLink>,
    /// Those that have a page.
    pages: HashSet<OutputKey>,
    /// Kinds with too many outputs for every page.
    long: HashSet<OutputKind>,
    /// Digests of what is listed: by the page of `all`, and by the others.
    digests: (u128, u128),
}

/// An output as others link to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutputLink {
    /// What it selects.
    pub key: OutputKey,
    /// As [`Output::title`](super::Output::title).
    pub title: String,
    /// As [`Output::formats`](super::Output::formats).
    pub formats: Formats,
}

impl Navigation {
    /// Links to these outputs, in this order.
    pub fn new(outputs: Vec<OutputLink>) -> Self {
        let count = |kind| outputs.iter().filter(|link| link.key.kind == kind).count();
        let kinds: HashSet<OutputKind> = outputs.iter().map(|link| link.key.kind).collect();
        let mut navigation = Self {
            pages: (outputs.iter().filter(|link| link.formats.html))
                .map(|link| link.key.clone())
                .collect(),
            long: kinds.into_iter().filter(|kind| count(*kind) > MOST_LISTED).collect(),
            outputs,
            digests: (0, 0),
        };
        let short = |link: &&OutputLink| !navigation.long.contains(&link.key.kind);
        let some: Vec<&OutputLink> = navigation.outputs.iter().filter(short).collect();
        navigation.digests = (digest(&navigation.outputs), digest(&some));
        navigation
    }

    /// Whether there is a page of that output.
    pub(super) fn has_page(&self, key: &OutputKey) -> bool {
        self.pages.contains(key)
    }

    /// What the page of an output lists of a kind, and whether that is less than there is.
    pub(super) fn listed<'a>(
        &'a self,
        kind: OutputKind,
        page: &'a OutputKey,
    ) -> (impl Iterator<Item = &'a OutputLink> + 'a, bool) {
        let is_short = page.kind != OutputKind::All && self.long.contains(&kind);
        let listed =
            move |link: &&OutputLink| link.key.kind == kind && (!is_short || link.key == *page);
        (self.outputs.iter().filter(listed), is_short)
    }

    /// A hash of what the page of an output lists; its own title aside.
    pub(super) fn digest(&self, page: &OutputKey) -> u128 {
        match page.kind {
            OutputKind::All => self.digests.0,
            _ => self.digests.1,
        }
    }
}

fn digest(links: &(impl Serialize + ?Sized)) -> u128 {
    postcard::to_stdvec(links).map_or(0, |bytes| xxh3_128(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> Navigation {
        let link = |kind, id: String| OutputLink {
            key: OutputKey { kind, id },
            title: "T".to_owned(),
            formats: Formats::ALL,
        };
        let organisations = (0..count).map(|n| link(OutputKind::Organisation, format!("o{n}")));
        let tag = [link(OutputKind::Tag, "t".to_owned())];
        Navigation::new(tag.into_iter().chain(organisations).collect())
    }

    #[test]
    fn only_the_page_of_all_lists_hundreds_of_organisations() {
        let navigation = many(300);
        let page = OutputKey { kind: OutputKind::Organisation, id: "o7".to_owned() };
        let count = |kind, page: &OutputKey| {
            let (listed, is_short) = navigation.listed(kind, page);
            (listed.count(), is_short)
        };
        assert_eq!(count(OutputKind::Organisation, &OutputKey::all()), (300, false));
        assert_eq!(count(OutputKind::Organisation, &page), (1, true));
        assert_eq!(count(OutputKind::Tag, &page), (1, false));
        assert!(
            navigation
                .has_page(&OutputKey { kind: OutputKind::Organisation, id: "o299".to_owned() })
        );
    }

    #[test]
    fn one_more_of_many_changes_the_page_of_all_alone() {
        let (before, after) = (many(300), many(301));
        let page = OutputKey { kind: OutputKind::Organisation, id: "o7".to_owned() };
        assert_eq!(before.digest(&page), after.digest(&page));
        assert_ne!(before.digest(&OutputKey::all()), after.digest(&OutputKey::all()));
        assert_ne!(many(3).digest(&page), many(4).digest(&page));
    }
}
