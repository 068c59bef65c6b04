//! Whose words stand for a story, where not every source that gave it publishes it. Pure.

use crate::model::EntryNumber;

/// An entry whose source publishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The entry.
    pub entry: EntryNumber,
    /// Of its source.
    pub priority: i64,
}

/// The entry that leads: the one that did, while it is shown; else that of the source with the
/// highest priority, of equal ones the first. `None` where no source publishes the story.
pub fn leading(lead: EntryNumber, shown: &[Shown]) -> Option<EntryNumber> {
    if shown.iter().any(|shown| shown.entry == lead) {
        return Some(lead);
    }
    shown.iter().rev().max_by_key(|shown| shown.priority).map(|best| best.entry)
}

#[cfg(test)]
mod tests {
    use super::{Shown, leading};
    use crate::model::EntryNumber;

    #[test]
    fn the_lead_stays_while_it_is_shown_and_the_best_takes_its_place() {
        let shown: Vec<Shown> = [(1, 0), (2, 5), (3, 5)]
            .map(|(entry, priority)| Shown { entry: EntryNumber(entry), priority })
            .into();
        assert_eq!(leading(EntryNumber(1), &shown), Some(EntryNumber(1)));
        assert_eq!(leading(EntryNumber(9), &shown), Some(EntryNumber(2)), "of equals the first");
        assert_eq!(leading(EntryNumber(1), &[]), None);
    }
}
