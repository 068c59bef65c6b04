//! Every N × M: a round dies at its change N to the disk, and the next one at change M of its own;
//! then the invariants must hold. What only looks leaves the disk as it is, so that dying there is
//! dying before the next change; a write is also cut in its middle.

use crate::faults::crash::{Counted, Death, Fate, fate};
use crate::faults::scene::Scene;
use crate::tally::{Tally, on_two_threads};
use crate::wire::Wire;

pub(crate) fn run(tally: &mut Tally) {
    let scene = Scene::new();
    let most = (1..).find(|at| dying(&scene.wire(), *at, Death::Before) == Fate::Ended).unwrap();
    println!("compound: {} changes in a round", most - 1);
    let cases = (1..=most).flat_map(|first| [(first, Death::Before), (first, Death::Within)]);
    // Each thread has a scene, with servers of its own to count requests at.
    on_two_threads(tally, cases.collect(), Scene::new, |scene, (first, death), tally| {
        let base = scene.wire();
        tally.operations += 1;
        if dying(&base, first, death) == Fate::Died {
            let when = format!("died {death:?} change {first}");
            die_again(scene, &base, &when, tally);
        }
    });
}

/// The recovery from a first death dies at each of its own changes.
fn die_again(scene: &Scene, base: &Wire, first: &str, tally: &mut Tally) {
    for at in 1.. {
        for death in [Death::Before, Death::Within] {
            // Otherwise each would have to answer for what the one before asked.
            for server in &scene.servers {
                server.asked();
            }
            let when = format!("{first}, then {death:?} {at}");
            let mut wire = scene.wire_from(base.directory.path());
            tally.operations += 1;
            let fate = dying(&wire, at, death);
            if fate == Fate::Undivided {
                continue;
            }
            tally.case(2, || {
                scene.check_whole(&wire, &when);
                scene.check_recovery(&mut wire, &when);
            });
            if fate == Fate::Ended {
                return;
            }
        }
    }
}

fn dying(wire: &Wire, at: usize, death: Death) -> Fate {
    fate(wire, at, death, Counted::Changes)
}
