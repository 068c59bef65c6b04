//! Every operation fails, once or from then on, in each of the ways in which disks do: the old
//! outputs stay whole, the exit code and the message tell the truth, and when the disk works again
//! so does the wire, by itself.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use samizdat::world::{FileOperation, Files, Verdict};

use super::scene::{Counter, Scene};

/// The errors that disks give.
const ERRORS: [i32; 5] = [libc::EIO, libc::ENOSPC, libc::EACCES, libc::EROFS, libc::EMFILE];

/// What goes wrong from an operation on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It fails, the next ones do not.
    Once,
    /// It and all after it fail.
    Always,
    /// A write is cut short, the next ones are not.
    Cut,
}

const FAULTS: [Fault; 3] = [Fault::Once, Fault::Always, Fault::Cut];

fn faulty(at: usize, fault: Fault, error: i32) -> (Files, Counter) {
    let count: Counter = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let files = Files::faulty(
        move |operation, _| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let error = || io::Error::from_raw_os_error(error);
            match fault {
                Fault::Once if number == at => Verdict::Fail(error()),
                Fault::Always if number >= at => Verdict::Fail(error()),
                Fault::Cut if number == at && operation == FileOperation::Write => {
                    Verdict::Cut(error())
                }
                Fault::Cut if number == at => Verdict::Fail(error()),
                _ => Verdict::Proceed,
            }
        },
        |_, _| {},
    );
    (files, count)
}

/// The loop over operations from `from` on, every `step`-th, each with one kind of fault and one
/// error, which take turns.
fn failing_loop(from: usize, step: usize) -> usize {
    let scene = Scene::new();
    let mut failed = 0;
    let mut at = from;
    loop {
        let fault = FAULTS[(at / step) % FAULTS.len()];
        let error = ERRORS[(at / step / FAULTS.len()) % ERRORS.len()];
        let when = format!("{fault:?} error {error} at operation {at}");
        let mut wire = scene.wire();
        let (files, count) = faulty(at, fault, error);
        wire.files = files;
        let ran = wire.run(&["fetch"]);
        scene.check_outputs(&wire, &when);
        // I6: something that failed is said, and nothing is said to have failed that did not.
        match ran.code {
            0 => assert_eq!(ran.err, "", "{when}"),
            1 | 2 | 4 => assert!(!ran.err.is_empty(), "{when}: {ran:?}"),
            code => panic!("{when}: exit code {code}: {ran:?}"),
        }
        assert!(!ran.err.contains("restore"), "{when}: a disk that fails is no damage: {ran:?}");
        scene.check_recovery(&mut wire, &when);
        if count.load(Ordering::SeqCst) < at {
            assert_eq!(ran.code, 0, "{when}: nothing failed");
            return failed;
        }
        failed += 1;
        at += step;
    }
}

#[test]
fn r3_r4_r5_r6_any_operation_that_fails_loses_nothing_and_is_told_1() {
    assert!(failing_loop(1, 2) > 50);
}

#[test]
fn r3_r4_r5_r6_any_operation_that_fails_loses_nothing_and_is_told_2() {
    assert!(failing_loop(2, 2) > 50);
}
