//! Stores damaged by chance: each is noticed, or nothing is lost by it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::faults::damage::{Victim, by_chance};
use crate::tally::{Tally, on_two_threads};

/// Of each of so many stores that are all different, so many copies are damaged.
const STORES: u64 = 10;
const DAMAGES: usize = 60;

pub(crate) fn run(tally: &mut Tally) {
    let all = Mutex::new(BTreeMap::new());
    on_two_threads(
        tally,
        (0..STORES).collect(),
        || (),
        |(), seed, tally| {
            tally.operations += DAMAGES;
            tally.case(DAMAGES, || {
                let victim = Victim::new(1000 + seed);
                for (end, count) in by_chance(&victim, seed, DAMAGES) {
                    *all.lock().unwrap().entry(end).or_insert(0) += count;
                }
            });
        },
    );
    for ((kind, outcome, how), count) in all.into_inner().unwrap() {
        println!("damaged: {kind:<8} {outcome:?}: {count}  {how}");
    }
}
