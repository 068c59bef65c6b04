//! Which stories a window holds, and in which order.
//!
//! Membership goes by when a story entered the wire, so that a post that arrives late and
//! backdated is still seen; the order within goes by sort date, so that an edit moves nothing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::model::StoryNumber;

/// What the window needs to know about a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The story.
    pub number: StoryNumber,
    /// When it entered the wire; decides about membership.
    pub entered: DateTime<Utc>,
    /// Decides about the order.
    pub sort_date: DateTime<Utc>,
    /// Published id; breaks ties, so that the order is total.
    pub id: String,
    /// The source that leads it; limits are per source.
    pub source: String,
}

/// The newest `window` stories by (entered, then sort date, newest first; id), ordered by (sort
/// date, newest first; id).
///
/// `candidates` come newest-entered first; among equal times any order will do. They are read
/// only as far as needed. `limit_of` says how many stories of a source one window may hold;
/// `None` and `Some(0)` are no limit. What a source has beyond its limit is passed over, and
/// stories of others take the places.
pub fn select(
    candidates: impl Iterator<Item = Candidate>,
    window: usize,
    limit_of: impl Fn(&str) -> Option<usize>,
) -> Vec<StoryNumber> {
    let mut chosen: Vec<Candidate> = Vec::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut candidates = candidates.peekable();
    while chosen.len() < window {
        let Some(first) = candidates.next() else { break };
        // Stories of one poll share their time: among them the newest count.
        let entered = first.entered;
        let mut group = vec![first];
        while let Some(next) = candidates.next_if(|next| next.entered == entered) {
            group.push(next);
        }
        group.sort_by(newest_first);
        for candidate in group {
            if chosen.len() >= window {
                break;
            }
            let of_source = taken.entry(candidate.source.clone()).or_default();
            let limit = limit_of(&candidate.source).filter(|limit| *limit > 0);
            if limit.is_some_and(|limit| *of_source >= limit) {
                continue;
            }
            *of_source = of_source.saturating_add(1);
            chosen.push(candidate);
        }
    }
    chosen.sort_by(newest_first);
    chosen.into_iter().map(|candidate| candidate.number).collect()
}

/// By sort date, newest first; then by id, so that the order is total.
fn newest_first(one: &Candidate, other: &Candidate) -> std::cmp::Ordering {
    other.sort_date.cmp(&one.sort_date).then_with(|| one.id.cmp(&other.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(number: u64, entered: i64, sort: i64, source: &str) -> Candidate {
        Candidate {
            number: StoryNumber(number),
            entered: DateTime::from_timestamp(entered, 0).unwrap(),
            sort_date: DateTime::from_timestamp(sort, 0).unwrap(),
            id: format!("tag:example.org,2024:{number}"),
            source: source.to_owned(),
        }
    }

    fn numbers(
        candidates: Vec<Candidate>,
        window: usize,
        limit: impl Fn(&str) -> Option<usize>,
    ) -> Vec<u64> {
        select(candidates.into_iter(), window, limit).into_iter().map(|n| n.0).collect()
    }

    #[test]
    fn o7_a_backdated_story_that_enters_late_is_in_the_window() {
        let stories = vec![
            candidate(1, 300, 10, "late"),
            candidate(2, 200, 200, "a"),
            candidate(3, 100, 100, "a"),
        ];
        assert_eq!(numbers(stories, 2, |_| None), [2, 1]);
    }

    #[test]
    fn o6_equal_dates_are_ordered_by_id_whatever_order_they_come_in() {
        let forth: Vec<_> = (1..=5).map(|n| candidate(n, 100, 100, "a")).collect();
        let back: Vec<_> = forth.iter().rev().cloned().collect();
        assert_eq!(numbers(forth, 3, |_| None), [1, 2, 3]);
        assert_eq!(numbers(back, 3, |_| None), [1, 2, 3]);
    }

    #[test]
    fn o7_a_flooding_source_is_limited_and_others_fill_the_window() {
        let mut stories: Vec<_> =
            (1..=50).map(|n| candidate(n, 1000 - n as i64, 1000 - n as i64, "flood")).collect();
        stories.extend((51..=60).map(|n| candidate(n, 500 - n as i64, 500 - n as i64, "quiet")));
        let limit = |source: &str| (source == "flood").then_some(3);
        assert_eq!(numbers(stories, 6, limit), [1, 2, 3, 51, 52, 53]);
    }

    #[test]
    fn a_limit_of_zero_is_no_limit() {
        let stories: Vec<_> = (1..=4).map(|n| candidate(n, 100 - n as i64, 0, "a")).collect();
        assert_eq!(numbers(stories, 10, |_| Some(0)).len(), 4);
    }

    #[test]
    fn a_window_of_nothing_holds_nothing() {
        assert!(numbers(vec![candidate(1, 1, 1, "a")], 0, |_| None).is_empty());
        assert!(numbers(Vec::new(), 10, |_| None).is_empty());
    }

    #[test]
    fn candidates_are_read_only_as_far_as_needed() {
        let mut read = 0u64;
        let endless = std::iter::from_fn(|| {
            read += 1;
            Some(candidate(read, 1_000_000 - read as i64, 0, "a"))
        });
        assert_eq!(select(endless.take(1000), 10, |_| None).len(), 10);
        assert!(read < 15, "{read}");
    }
}
