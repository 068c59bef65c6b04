//! The clock of a season: it stands still while a round runs, but for the gaps between two requests
//! to a host, which it jumps over.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use samizdat::world::Clock;

/// Who waits for less than this waits for a host's gap; the others wait for something that happens
/// earlier, as a rule.
const GAPS: Duration = Duration::from_secs(5);

pub(crate) struct SeasonClock(Mutex<DateTime<Utc>>);

impl SeasonClock {
    pub(crate) fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// It never goes back.
    pub(crate) fn set(&self, now: DateTime<Utc>) {
        let mut time = self.0.lock().unwrap();
        *time = now.max(*time);
    }
}

impl Clock for SeasonClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if duration >= GAPS {
            return Box::pin(tokio::time::sleep(duration));
        }
        self.set(self.now() + duration);
        Box::pin(tokio::task::yield_now())
    }
}
