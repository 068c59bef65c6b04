//! Requests that are under way, so many at once. One whose server hangs makes room for another, so
//! that slow servers do not hold up the others.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout};

use super::limits::Room;
use crate::fetch::Trail;

/// A request that is under way for longer hangs, until it is known how long others take.
const MOST_PATIENCE: Duration = Duration::from_secs(5);

/// A request that is under way for less does not hang, however fast the others are.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// A request hangs that takes as many times as long as others did.
const TIMES_THE_MEDIAN: u32 = 4;

/// Ended requests from which it is known how long others take.
const MEASURED: usize = 64;

/// What is under way.
pub(super) struct UnderWay<T> {
    room: Room,
    running: JoinSet<(Duration, T)>,
    /// How many of those that are running hang.
    hanging: watch::Sender<usize>,
    hung: watch::Receiver<usize>,
    /// How long the last requests took.
    took: VecDeque<Duration>,
}

impl<T: Send + 'static> UnderWay<T> {
    pub(super) fn new(room: Room) -> Self {
        let (hanging, hung) = watch::channel(0);
        Self { room, running: JoinSet::new(), hanging, hung, took: VecDeque::new() }
    }

    /// Whether another request may begin.
    pub(super) fn has_room(&self) -> bool {
        let under_way = self.running.len();
        under_way < self.room.in_all
            && under_way.saturating_sub(*self.hung.borrow()) < self.room.at_once
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// From now on no more are under way than now, since our machine has no more left.
    pub(super) fn narrow(&mut self) {
        self.room = Room::of(self.running.len());
    }

    /// Begins; what is sent leaves its notes in `trail`.
    pub(super) fn begin(
        &mut self,
        trail: Trail,
        asking: impl Future<Output = T> + Send + 'static,
    ) -> AbortHandle {
        let (patience, hanging) = (self.patience(), self.hanging.clone());
        self.running.spawn(async move {
            let mut asking = pin!(asking);
            // Who waits for the turn of a host waits for others of us.
            let first = tokio::select! {
                answer = &mut asking => Some(answer),
                () = trail.begun() => None,
            };
            let begun = Instant::now();
            let first = match first {
                None => timeout(patience, &mut asking).await.ok(),
                answer => answer,
            };
            let answer = match first {
                Some(answer) => answer,
                None => {
                    let _hanging = Hanging::begin(hanging);
                    asking.await
                }
            };
            (begun.elapsed(), answer)
        })
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
    pub(super) async fn next(&mut self) -> Option<Result<(Id, T), JoinError>> {
        tokio::select! {
            Some(ended) = self.running.join_next_with_id() => Some(self.end(ended)),
            Ok(()) = self.hung.changed() => None,
        }
    }

    fn end(&mut self, ended: Result<(Id, (Duration, T)), JoinError>) -> Result<(Id, T), JoinError> {
        let (id, (took, answer)) = ended?;
        self.took.truncate(MEASURED - 1);
        self.took.push_front(took);
        Ok((id, answer))
    }

    /// Gives up whatever is under way; each of them still ends.
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
