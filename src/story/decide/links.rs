//! The links by which a story is known: that of its page, that of the part of a page that it is, and that of
//! the page which it names as its original.
//!
//! A page that one part of it has the name of, because nobody else had it, is marked, so that another
//! part is not taken for the same.

use super::{Arrival, Court};
use crate::model::StoryNumber;

impl Arrival {
    /// The links by which its story may be known, the surest first.
    pub fn links(&self) -> impl Iterator<Item = &String> {
        self.part.iter().chain(&self.item.canonical_link).chain(&self.item.claimed_link)
    }

    /// Where it is noted which story has the name of a whole page for a part of it. `None` where the
    /// item is no part, or is one among others of its page, which none of them is called by.
    pub fn mark(&self) -> Option<String> {
        self.part.as_ref()?;
        let page = self.item.canonical_link.as_deref().filter(|link| !link.contains('#'))?;
        Some(mark_of(page))
    }
}

/// The link under which a story is noted that has the name of `page` for a part of it.
pub fn mark_of(page: &str) -> String {
    format!("{page}#")
}

impl Court<'_> {
    /// The links of an item name its story from now on, unless they name another one.
    pub(super) fn name(&mut self, story: StoryNumber, arrival: &Arrival) {
        let page = arrival.item.canonical_link.as_ref();
        let is_unnamed = page.is_some_and(|page| !self.known.links.contains_key(page));
        let mark = arrival.mark().filter(|_| is_unnamed);
        for link in page.into_iter().chain(&arrival.part).chain(&mark) {
            if !self.known.links.contains_key(link) {
                self.known.links.insert(link.clone(), story);
                self.judgement.links.push((link.clone(), story));
            }
        }
    }
}
