//! What is being asked for: so many sources at once. One whose server hangs makes room for another,
//! so that slow servers do not hold up the others.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout};

use super::limits::{Room, exhaustion};
use crate::fetch::Trail;
use crate::poll::{Answered, Assignment, Surroundings, ask};

/// A request that is under way for longer hangs, until it is known how long others take.
const MOST_PATIENCE: Duration = Duration::from_secs(5);

/// A request that is under way for less does not hang, however fast the others are.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// A request hangs that takes as many times as long as others did.
const TIMES_THE_MEDIAN: u32 = 4;

/// Ended requests from which it is known how long others take.
const MEASURED: usize = 64;

/// Assignments that are under way.
pub(super) struct Asking {
    surroundings: Surroundings,
    room: Room,
    running: JoinSet<(Duration, Vec<Answered>)>,
    /// What is being asked, so that a task that breaks leaves a record as well.
    assignments: HashMap<Id, Assignment>,
    /// How many of those that are running hang.
    hanging: watch::Sender<usize>,
    hung: watch::Receiver<usize>,
    /// How long the last requests took.
    took: VecDeque<Duration>,
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
        let (hanging, hung) = watch::channel(0);
        Self {
            surroundings,
            room,
            running: JoinSet::new(),
            assignments: HashMap::new(),
            hanging,
            hung,
            took: VecDeque::new(),
        }
    }

    /// Whether another assignment may begin.
    pub(super) fn has_room(&self) -> bool {
        let under_way = self.running.len();
        under_way < self.room.in_all
            && under_way.saturating_sub(*self.hung.borrow()) < self.room.at_once
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Begins to ask for an assignment.
    pub(super) fn begin(&mut self, assignment: Assignment) {
        let (asked, surroundings) = (assignment.clone(), self.surroundings.clone());
        let (patience, hanging) = (self.patience(), self.hanging.clone());
        let task = self.running.spawn(async move {
            let trail = Trail::default();
            let mut asking = pin!(ask(asked, &trail, &surroundings));
            // Who waits for the turn of a host waits for others of us.
            let first = tokio::select! {
                answers = &mut asking => Some(answers),
                () = trail.begun() => None,
            };
            let begun = Instant::now();
            let first = match first {
                None => timeout(patience, &mut asking).await.ok(),
                answers => answers,
            };
            let answers = match first {
                Some(answers) => answers,
                None => {
                    let _hanging = Hanging::begin(hanging);
                    asking.await
                }
            };
            (begun.elapsed(), answers)
        });
        self.assignments.insert(task.id(), assignment);
    }

    /// How long a request may take before it hangs.
    fn patience(&self) -> Duration {
        let mut took: Vec<Duration> = self.took.iter().copied().collect();
        took.sort_unstable();
        took.get(took.len() / 2).map_or(MOST_PATIENCE, |median| {
            (*median * TIMES_THE_MEDIAN).clamp(LEAST_PATIENCE, MOST_PATIENCE)
        })
    }

    /// The next one that ends; `None` where another one hangs now. Never while it is idle.
    pub(super) async fn next(&mut self, now: impl Fn() -> DateTime<Utc>) -> Option<Ended> {
        tokio::select! {
            Some(ended) = self.running.join_next_with_id() => Some(self.end(ended, now())),
            Ok(()) = self.hung.changed() => None,
        }
    }

    fn end(
        &mut self,
        ended: Result<(Id, (Duration, Vec<Answered>)), JoinError>,
        now: DateTime<Utc>,
    ) -> Ended {
        let (id, (took, answers)) = match ended {
            Ok(ended) => ended,
            // Given up because the run was asked to stop: the lease holds.
            Err(error) if error.is_cancelled() => return Ended::Answered(Vec::new()),
            Err(error) => {
                let broken = self.assignments.remove(&error.id());
                return Ended::Answered(broken.map_or_else(Vec::new, |broken| broken.broken(now)));
            }
        };
        match (self.assignments.remove(&id), exhaustion(&answers)) {
            (Some(assignment), Some(_)) if !self.running.is_empty() => {
                self.room = Room::of(self.running.len());
                Ended::TooMany(assignment)
            }
            (Some(assignment), Some(_)) => Ended::Exhausted(assignment, answers),
            _ => {
                self.took.truncate(MEASURED - 1);
                self.took.push_front(took);
                Ended::Answered(answers)
            }
        }
    }

    /// Gives up whatever is under way.
    pub(super) fn abort_all(&mut self) {
        self.running.abort_all();
    }
}

/// Counts one that hangs, until it ends in whichever way.
struct Hanging(watch::Sender<usize>);

impl Hanging {
    fn begin(count: watch::Sender<usize>) -> Self {
        count.send_modify(|hanging| *hanging += 1);
        Self(count)
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.send_modify(|hanging| *hanging -= 1);
    }
}
