//! The power goes at every operation of the real program on its store, with twenty seeds each; and
//! it is killed, and each operation fails, there.

use crate::faults::below::{Act, Recovery, disturbed, operations, recover};
use crate::faults::scene::Scene;
use crate::tally::{Tally, on_two_threads};

const SEEDS: u64 = 20;

pub(crate) fn run(tally: &mut Tally) {
    let most = operations(&Scene::new());
    println!("power: {most} operations of the real program on its store");
    let mut cases = Vec::new();
    for at in 1..=most {
        cases.extend((0..SEEDS).map(|seed| (at, Act::PowerCut(seed * 1000 + at as u64 + 1))));
        cases.push((at, Act::Kill));
        cases.push((at, Act::KillHalfWritten));
        for error in [libc::EIO, libc::ENOSPC, libc::EROFS, libc::EACCES, libc::EDQUOT] {
            cases.push((at, Act::Fail(error)));
            cases.push((at, Act::FailForEver(error)));
        }
    }
    let noticed = std::sync::atomic::AtomicUsize::new(0);
    // Each thread has a scene, with servers of its own to count requests at.
    on_two_threads(tally, cases, Scene::new, |scene, (at, act), tally| {
        tally.operations += 1;
        tally.case(1, || {
            let when = format!("{act:?} at operation {at} of {most}");
            let wire = scene.wire();
            let (ended, _) = disturbed(&wire, at, act);
            if !matches!(act, Act::PowerCut(_) | Act::Kill | Act::KillHalfWritten) {
                let words = String::from_utf8_lossy(&ended.stderr);
                match ended.status.code() {
                    Some(0) => assert_eq!(words, "", "{when}: I6"),
                    Some(1 | 4) => assert!(!words.is_empty(), "{when}: I6"),
                    _ => panic!("{when}: I6: {ended:?}"),
                }
            }
            scene.check_whole(&wire, &when);
            if recover(scene, &wire, &when) == Recovery::Noticed {
                println!("power: {when}: needed a restore");
                noticed.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        });
        for server in &scene.servers {
            server.asked();
        }
    });
    println!("power: {} needed a restore, all others went on by themselves", noticed.into_inner());
}
