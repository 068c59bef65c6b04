//! Sources that are being asked for, and how that ends.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{Id, JoinError};
use tokio::time::{Instant, timeout_at};

use super::limits::{Room, exhaustion};
use super::under_way::UnderWay;
use crate::fetch::Trail;
use crate::poll::{Answered, Assignment, Surroundings, ask};

/// The others wait no longer for the first one: its server may be slow.
const FIRST_WITHIN: Duration = Duration::from_secs(1);

/// Assignments that are under way. The first is answered before the others begin, so that a round that dies
/// at once has asked the source which others passed over.
pub(super) struct Asking {
    surroundings: Surroundings,
    under_way: UnderWay<Vec<Answered>>,
    /// What is being asked, so that a task that breaks leaves a record as well.
    assignments: HashMap<Id, Assignment>,
    first: First,
}

/// How far the first one is.
enum First {
    /// It has not begun.
    Unasked,
    /// It has, and says when it is answered, or has ended without; until then the others wait.
    Asked(watch::Receiver<bool>, Instant),
    /// The others wait no more.
    Answered,
}

/// How asking for an assignment ended.
pub(super) enum Ended {
    /// With an answer of each source; none where it was given up.
    Answered(Vec<Answered>),
    /// Too much was asked at once: with less under way it will do.
    TooMany(Assignment),
    /// Our machine has not even what this one alone needs; the answers say what.
    Exhausted(Assignment, Vec<Answered>),
}

impl Asking {
    pub(super) fn new(surroundings: Surroundings, room: Room) -> Self {
        Self {
            surroundings,
            under_way: UnderWay::new(room),
            assignments: HashMap::new(),
            first: First::Unasked,
        }
    }

    /// Whether another assignment may begin.
    pub(super) fn has_room(&self) -> bool {
        !matches!(self.first, First::Asked(..)) && self.under_way.has_room()
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_idle()
    }

    /// Begins to ask for an assignment.
    pub(super) fn begin(&mut self, assignment: Assignment) {
        let (asked, surroundings) = (assignment.clone(), self.surroundings.clone());
        let trail = Trail::default();
        let notes = trail.clone();
        let task = match self.first {
            First::Unasked => {
                let answered = Arc::<watch::Sender<bool>>::default();
                self.first = First::Asked(answered.subscribe(), Instant::now() + FIRST_WITHIN);
                self.under_way.begin(trail, async move {
                    let mut asking = pin!(ask(asked, &notes, &surroundings));
                    let answer = tokio::select! {
                        answer = &mut asking => Some(answer),
                        () = notes.heard() => None,
                    };
                    answered.send_replace(true);
                    match answer {
                        Some(answer) => answer,
                        None => asking.await,
                    }
                })
            }
            _ => {
                self.under_way.begin(trail, async move { ask(asked, &notes, &surroundings).await })
            }
        };
        self.assignments.insert(task.id(), assignment);
    }

    /// The next one that ends; `None` where others may begin now, since one hangs, or the first is
    /// answered. Never while it is idle.
    pub(super) async fn next(&mut self, now: impl Fn() -> DateTime<Utc>) -> Option<Ended> {
        let ended = match &mut self.first {
            First::Asked(answered, until) => {
                let is_answered = timeout_at(*until, answered.wait_for(|is_answered| *is_answered));
                tokio::select! {
                    // It was the only one.
                    ended = self.under_way.next() => ended,
                    _ = is_answered => None,
                }
            }
            _ => self.under_way.next().await,
        };
        if matches!(self.first, First::Asked(..)) {
            self.first = First::Answered;
        }
        Some(self.end(ended?, now()))
    }

    fn end(&mut self, ended: Result<(Id, Vec<Answered>), JoinError>, now: DateTime<Utc>) -> Ended {
        let (id, answers) = match ended {
            Ok(ended) => ended,
            // Given up because the run was asked to stop: the lease holds.
            Err(error) if error.is_cancelled() => return Ended::Answered(Vec::new()),
            Err(error) => {
                let broken = self.assignments.remove(&error.id());
                return Ended::Answered(broken.map_or_else(Vec::new, |broken| broken.broken(now)));
            }
        };
        match (self.assignments.remove(&id), exhaustion(&answers)) {
            (Some(assignment), Some(_)) if !self.under_way.is_idle() => {
                self.under_way.narrow();
                Ended::TooMany(assignment)
            }
            (Some(assignment), Some(_)) => Ended::Exhausted(assignment, answers),
            _ => Ended::Answered(answers),
        }
    }

    /// Gives up whatever is under way.
    pub(super) fn abort_all(&mut self) {
        self.under_way.abort_all();
    }
}
