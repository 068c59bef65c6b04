//! Which sources are asked for together, and in which order hosts take turns.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::{Kind, Location, Source, SourceState};
use crate::poll::{Assigned, Assignment};
use crate::store::SavedPage;

/// What is asked for a source: sources that ask the same are asked for once.
#[derive(PartialEq, Eq, Hash)]
enum Address<'a> {
    /// Of a page robots are asked first; one for which variables are missing is not asked at all.
    Web(String, &'a [(String, String)], Kind, &'a [String]),
    File(&'a std::path::Path),
}

impl<'a> Address<'a> {
    fn of(source: &'a Source) -> Self {
        match &source.location {
            Location::File(path) => Self::File(path),
            Location::Web(url) => {
                // A fragment is never sent.
                let mut url = url.clone();
                url.set_fragment(None);
                Self::Web(url.into(), &source.headers, source.kind, &source.missing)
            }
        }
    }
}

/// Sources put together into assignments: those that ask the same are one.
#[derive(Default)]
pub(super) struct Groups<'a> {
    groups: Vec<Assignment>,
    by_address: HashMap<Address<'a>, usize>,
}

impl<'a> Groups<'a> {
    /// Adds a source with what is remembered of it.
    pub(super) fn add(&mut self, source: &'a Source, state: SourceState, saved: Option<SavedPage>) {
        let (before, saved) = (state.clone(), saved.map(Arc::new));
        let assigned = Assigned { source: Arc::new(source.clone()), state, before, saved };
        let place = *self.by_address.entry(Address::of(source)).or_insert(self.groups.len());
        match self.groups.get_mut(place) {
            Some(group) => group.sources.push(assigned),
            None => self.groups.push(Assignment { sources: vec![assigned] }),
        }
    }

    /// The assignments, in the order of their first sources.
    pub(super) fn assignments(self) -> Vec<Assignment> {
        self.groups
    }
}

/// Puts assignments into an order in which hosts take turns. First come those that rounds which died
/// have passed over, and of those that are alike the ones that were asked longest ago.
pub(super) fn take_turns(assignments: Vec<Assignment>) -> VecDeque<Assignment> {
    let mut turns: HashMap<String, usize> = HashMap::new();
    let mut assignments = assignments;
    let state = |assignment: &Assignment| {
        let state = assignment.sources.first().map(|first| &first.state);
        state.map_or((0, None), |state| (state.passed_over, state.last_poll))
    };
    assignments.sort_by_key(|assignment| {
        let (passed_over, last_poll) = state(assignment);
        (Reverse(passed_over), last_poll)
    });
    let mut ordered: Vec<(usize, Assignment)> = assignments
        .into_iter()
        .map(|assignment| {
            let Some(host) = assignment.host() else { return (0, assignment) };
            let turn = turns.entry(host).or_default();
            *turn += 1;
            (*turn, assignment)
        })
        .collect();
    ordered.sort_by_key(|(turn, assignment)| {
        let (passed_over, last_poll) = state(assignment);
        (Reverse(passed_over), *turn, last_poll)
    });
    ordered.into_iter().map(|(_, assignment)| assignment).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::config::parse;

    #[test]
    fn who_was_passed_over_comes_first_then_hosts_take_turns_then_who_waits_longest() {
        // Its name, its host, how often it was passed over, hours since it was asked.
        let sources = [
            ("a", "one", 0, None),
            ("b", "one", 0, Some(9)),
            ("c", "one", 2, Some(3)),
            ("d", "two", 2, Some(4)),
            ("e", "three", 1, Some(9)),
            ("f", "three", 0, Some(1)),
            ("g", "four", 0, Some(2)),
        ];
        let mut text = String::from("[site]\ntitle = \"Wire\"\nurl = \"https://wire.example/\"\n");
        for (id, host, ..) in sources {
            text.push_str(&format!(
                "[[source]]\nid = \"{id}\"\nurl = \"https://{host}.example/{id}\"\n"
            ));
        }
        let config = parse(&text, Path::new("/wire/feeds.toml"), &BTreeMap::new()).unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut groups = Groups::default();
        for (source, (_, _, passed_over, hours)) in config.sources.iter().zip(sources) {
            let last_poll = hours.map(|hours| now - TimeDelta::hours(hours));
            let state = SourceState { passed_over, last_poll, ..SourceState::default() };
            groups.add(source, state, None);
        }
        let order: Vec<String> = take_turns(groups.assignments())
            .iter()
            .map(|assignment| assignment.sources[0].source.id.clone())
            .collect();
        assert_eq!(order, ["d", "c", "e", "g", "a", "f", "b"]);
    }
}
