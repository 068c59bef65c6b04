//! The crash loop: for n = 1, 2, … a round is run in a process that dies at its n-th operation;
//! then it is started again, and nothing may be lost, doubled or asked too often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use samizdat::world::{Clock, FileOperation, Files, Verdict};

use super::scene::{Counter, Scene};
use crate::child;
use crate::wire::{HandClock, Wire};

/// How a process dies at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Before it is done.
    Before,
    /// When it is done.
    After,
    /// In the middle of a write; other operations: before they are done.
    Within,
}

pub(crate) const DEATHS: [Death; 3] = [Death::Before, Death::After, Death::Within];

/// Which operations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Every operation.
    All,
    /// Those that change what the next process finds. Reading and locking do not; forcing a file to
    /// the disk does not either, for a process that dies and a machine that lives.
    Changes,
}

impl Counted {
    fn has(self, operation: FileOperation) -> bool {
        self == Self::All
            || matches!(
                operation,
                FileOperation::CreateDirectory
                    | FileOperation::Write
                    | FileOperation::Rename
                    | FileOperation::Remove
                    | FileOperation::OpenDatabase
                    | FileOperation::Commit
                    | FileOperation::Flush
            )
    }
}

/// What became of a round that was to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It died.
    Died,
    /// It came to its end before that operation.
    Ended,
    /// It was to die in the middle of an operation that has none; it did nothing more.
    Undivided,
}

/// What a child says that was to die in the middle of what has no middle.
const UNDIVIDED: &str = "that operation has no middle";

/// Files with which the process dies at its `at`-th operation.
pub(crate) fn deadly(at: usize, death: Death, counted: Counted) -> (Files, Counter) {
    let count: Counter = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let is_last = Arc::new(AtomicUsize::new(0));
    let last = Arc::clone(&is_last);
    let files = Files::faulty(
        move |operation, _| {
            if !counted.has(operation) {
                return Verdict::Proceed;
            }
            if counter.fetch_add(1, Ordering::SeqCst) + 1 != at {
                return Verdict::Proceed;
            }
            match death {
                Death::Before => std::process::abort(),
                Death::Within if operation != FileOperation::Write => {
                    if counted == Counted::Changes {
                        println!("{UNDIVIDED}");
                    }
                    std::process::abort()
                }
                Death::Within => {
                    is_last.store(1, Ordering::SeqCst);
                    Verdict::Cut(std::io::Error::other("the process is dead"))
                }
                Death::After => {
                    is_last.store(1, Ordering::SeqCst);
                    Verdict::Proceed
                }
            }
        },
        move |_, _| {
            if last.load(Ordering::SeqCst) == 1 {
                std::process::abort();
            }
        },
    );
    (files, count)
}

/// Not a test: what the child does, in a process of its own. As a test it does nothing.
#[test]
fn child_of_the_crash_loop() {
    if let Some(told) = child::told() {
        be_child(&told);
    }
}

/// Runs a round that dies as it was told.
pub(crate) fn be_child(told: &str) {
    let told: Vec<&str> = told.split('\n').collect();
    let [directory, now, at, death, counted] = told[..] else { panic!("{told:?}") };
    let death = DEATHS[death.parse::<usize>().unwrap()];
    let counted = if counted == "changes" { Counted::Changes } else { Counted::All };
    let (files, _) = deadly(at.parse().unwrap(), death, counted);
    let wire = Wire::at(directory.as_ref(), HandClock::at(now.parse().unwrap()), files);
    let ran = wire.run(&["fetch", "--json"]);
    // Reached where the process did not die.
    println!("ended with {}", ran.code);
}

/// Runs a round that dies at operation `at`; says whether it did.
pub(crate) fn dies(wire: &Wire, at: usize, death: Death) -> bool {
    fate(wire, at, death, Counted::All) == Fate::Died
}

/// Runs a round that is to die at operation `at` of those that are counted.
pub(crate) fn fate(wire: &Wire, at: usize, death: Death, counted: Counted) -> Fate {
    let place = DEATHS.iter().position(|other| *other == death).unwrap();
    let told = format!(
        "{}\n{}\n{at}\n{place}\n{}",
        wire.directory.path().display(),
        wire.clock.now().to_rfc3339(),
        if counted == Counted::Changes { "changes" } else { "all" }
    );
    let ended = child::run("faults::crash::child_of_the_crash_loop", &told);
    let text = String::from_utf8_lossy(&ended.stdout);
    if text.contains("ended with 0") || text.contains("ended with 3") {
        return Fate::Ended;
    }
    assert!(
        !ended.status.success() && !text.contains("ended with"),
        "the child at {at} {death:?}: {ended:?}"
    );
    if text.contains(UNDIVIDED) { Fate::Undivided } else { Fate::Died }
}

/// The number of the operation with which a round of this wire ends: with it the process dies after
/// all is stored, and before the store is closed.
pub(crate) fn last_operation(wire: &Wire) -> usize {
    let trial = tempfile::tempdir().unwrap();
    super::scene::copy(wire.directory.path(), trial.path());
    let (files, count) = deadly(usize::MAX, Death::Before, Counted::All);
    let trial = Wire::at(trial.path(), HandClock::at(wire.clock.now()), files);
    assert_eq!(trial.run(&["fetch"]).code, 0);
    count.load(Ordering::SeqCst)
}

/// How many operations a round without faults has.
pub(crate) fn operations(scene: &Scene) -> usize {
    let (files, count) = deadly(usize::MAX, Death::Before, Counted::All);
    let mut wire = scene.wire();
    wire.files = files;
    assert_eq!(wire.run(&["fetch"]).code, 0);
    for server in &scene.servers {
        server.asked();
    }
    count.load(Ordering::SeqCst)
}

/// The loop from operation `from` on, every `step`-th; returns how many processes died.
fn crash_loop(from: usize, step: usize) -> usize {
    let scene = Scene::new();
    let most = operations(&scene);
    let mut died = 0;
    let mut at = from;
    loop {
        let death = DEATHS[(at / step) % DEATHS.len()];
        let when = format!("died {death:?} operation {at} of {most}");
        let mut wire = scene.wire();
        let has_died = dies(&wire, at, death);
        scene.check_outputs(&wire, &when);
        scene.check_recovery(&mut wire, &when);
        if !has_died {
            assert!(at + step > most, "{when}: it did not");
            return died;
        }
        died += 1;
        at += step;
    }
}

#[test]
fn r1_i1_to_i5_a_round_that_dies_at_any_operation_loses_and_doubles_nothing_1() {
    assert!(crash_loop(1, 2) > 50);
}

#[test]
fn r1_i1_to_i5_a_round_that_dies_at_any_operation_loses_and_doubles_nothing_2() {
    assert!(crash_loop(2, 2) > 50);
}

/// A sample of dying once, and again while recovering.
#[test]
fn r1_a_round_that_dies_again_while_it_recovers_loses_and_doubles_nothing() {
    let scene = Scene::new();
    let most = operations(&scene);
    // Both run through all operations, in steps that have no factor in common.
    for sample in 0..40 {
        let (first, second) = (1 + (sample * 37) % most, 1 + (sample * 53) % most);
        let death = DEATHS[sample % DEATHS.len()];
        let when = format!("died {death:?} operation {first}, then {second}, of {most}");
        let mut wire = scene.wire();
        dies(&wire, first, death);
        scene.check_outputs(&wire, &when);
        dies(&wire, second, death);
        scene.check_outputs(&wire, &when);
        scene.check_recovery(&mut wire, &when);
    }
}
