//! Hosts that want to be left alone: commands that ask servers outside of a round keep to what the store
//! knows of them, and have it remember what they are told.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{CommandError, Hold};
use crate::fetch::Hosts;
use crate::model::HostState;
use crate::store::Changes;
use crate::world::World;

/// Names of hosts, and until when each is left alone.
pub type Silences = Vec<(String, DateTime<Utc>)>;

/// Remembers what hosts said, and gives all that want to be left alone now.
///
/// # Errors
/// Where the store cannot be used.
pub fn run(learnt: &Silences, hold: &Hold, now: DateTime<Utc>) -> Result<Silences, CommandError> {
    if !learnt.is_empty() {
        let mut writing = hold.store.writing();
        let mut hosts = Vec::new();
        for (name, until) in learnt {
            let mut state = writing.host(name)?;
            state.note_silence(*until, now);
            hosts.push((name.clone(), state));
        }
        writing.commit(&Changes { at: Some(now), hosts, ..Changes::default() })?;
        writing.flush()?;
    }
    Ok(of(hold.store.reading().hosts()?, now))
}

fn of(hosts: Vec<(String, HostState)>, now: DateTime<Utc>) -> Silences {
    hosts.into_iter().filter_map(|(name, host)| Some((name, host.silence(now)?))).collect()
}

/// The hosts of a command that asks outside of a round.
pub(super) fn hosts(silences: &Silences, gap: std::time::Duration, world: &World) -> Hosts {
    let remembered = silences.iter().map(|(name, until)| {
        (name.clone(), HostState { silent_until: Some(*until), ..HostState::default() })
    });
    Hosts::new(Arc::clone(&world.clock), gap, remembered)
}

/// What hosts said while they were asked.
pub(super) fn learnt(hosts: &Hosts, now: DateTime<Utc>) -> Silences {
    of(hosts.take_changes(), now)
}
