//! What was tried, and what was broken.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// What a message of a broken invariant names.
const INVARIANTS: [&str; 8] = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "P13"];

/// Counts of one part.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) operations: usize,
    pub(crate) faults: usize,
    broken: BTreeMap<&'static str, usize>,
    other: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, more: Self) {
        self.operations += more.operations;
        self.faults += more.faults;
        self.other += more.other;
        for (invariant, count) in more.broken {
            *self.broken.entry(invariant).or_default() += count;
        }
    }

    pub(crate) fn breaches(&self) -> usize {
        self.broken.values().sum::<usize>() + self.other
    }

    /// Notes what one case came to: a panic is a breach of the invariants that its message names.
    pub(crate) fn case(&mut self, faults: usize, case: impl FnOnce()) {
        self.faults += faults;
        let Err(panicked) = catch_unwind(AssertUnwindSafe(case)) else { return };
        let message = panicked
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panicked.downcast_ref::<&str>().copied())
            .unwrap_or("?");
        let named: Vec<&'static str> =
            INVARIANTS.into_iter().filter(|name| message.contains(name)).collect();
        if named.is_empty() {
            self.other += 1;
        }
        for name in named {
            *self.broken.entry(name).or_default() += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} operations tried, {} faults given, breaches:",
            self.operations, self.faults
        )?;
        for name in INVARIANTS {
            write!(formatter, " {name} {}", self.broken.get(name).copied().unwrap_or(0))?;
        }
        write!(formatter, " other {}", self.other)
    }
}

/// Runs `cases` on two threads, each with a stage and a tally of its own.
pub(crate) fn on_two_threads<S, T: Send>(
    tally: &mut Tally,
    cases: Vec<T>,
    stage: impl Fn() -> S + Sync,
    run: impl Fn(&S, T, &mut Tally) + Sync,
) {
    let cases = Mutex::new(cases.into_iter());
    let (stage, run) = (&stage, &run);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut own, stage) = (Tally::default(), stage());
                    loop {
                        let next = cases.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(case) = next else { return own };
                        run(&stage, case, &mut own);
                    }
                })
            })
            .collect();
        for worker in workers {
            tally.add(worker.join().expect("cases catch their own panics"));
        }
    });
}
