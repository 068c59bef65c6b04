//! Which sources are asked for together, and in which order hosts take turns.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::fetch::host_of;
use crate::model::{Kind, Location, Select, Source, SourceState};
use crate::poll::{Assigned, Assignment};

/// What is asked for a source: sources that ask the same are asked for once.
#[derive(PartialEq, Eq, Hash)]
enum Address<'a> {
    Web(String, &'a [(String, String)], Option<&'a Select>),
    File(&'a std::path::Path, Option<&'a Select>),
}

impl<'a> Address<'a> {
    fn of(source: &'a Source) -> Self {
        // A page that is read in two ways is two documents.
        let select = source.select.as_ref().filter(|_| source.kind == Kind::Page);
        match &source.location {
            Location::File(path) => Self::File(path, select),
            Location::Web(url) => {
                // A fragment is never sent.
                let mut url = url.clone();
                url.set_fragment(None);
                Self::Web(url.into(), &source.headers, select)
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
    pub(super) fn add(&mut self, source: &'a Source, state: SourceState) {
        let assigned = Assigned { source: Arc::new(source.clone()), before: state.clone(), state };
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

/// Puts assignments into an order in which hosts take turns.
pub(super) fn take_turns(assignments: Vec<Assignment>) -> VecDeque<Assignment> {
    let mut turns: HashMap<String, usize> = HashMap::new();
    let mut ordered: Vec<(usize, Assignment)> = assignments
        .into_iter()
        .map(|assignment| {
            let host = match assignment.sources.first().map(|first| &first.source.location) {
                Some(Location::Web(url)) => host_of(url),
                _ => return (0, assignment),
            };
            let turn = turns.entry(host).or_default();
            *turn += 1;
            (*turn, assignment)
        })
        .collect();
    ordered.sort_by_key(|(turn, _)| *turn);
    ordered.into_iter().map(|(_, assignment)| assignment).collect()
}
