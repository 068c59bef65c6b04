//! Every N × M: a round dies at operation N, and the next one at operation M of its own; then the
//! invariants must hold. What is on the disk after dying at N is the same for many N (reading
//! changes nothing), and so it is after M: each state of the disk is tried once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use xxhash_rust::xxh3::Xxh3Default;

use crate::faults::crash::{DEATHS, Death, dies, operations};
use crate::faults::scene::{Scene, copy};
use crate::tally::{Tally, on_two_threads};

pub(crate) fn run(tally: &mut Tally) {
    let scene = Scene::new();
    let most = operations(&scene);
    println!("compound: {most} operations in a round");
    // The states in which the first death can leave the disk.
    let mut states = Vec::new();
    let mut known = BTreeSet::new();
    for at in 1..=most {
        for death in DEATHS {
            let wire = scene.wire();
            tally.operations += 1;
            if dies(&wire, at, death) && known.insert(hash(wire.directory.path())) {
                states.push((at, death, wire));
            }
        }
    }
    println!("compound: {} states of the disk after the first death", states.len());
    let recovered = Mutex::new(BTreeSet::new());
    let cases: Vec<_> = states.into_iter().collect();
    on_two_threads(tally, cases, |(first, death, base), tally| {
        // Each thread has servers of its own to count requests at.
        let scene = Scene::new();
        let mut at = 1;
        loop {
            let mut has_died = false;
            for second in [Death::Before, Death::Within] {
                let when = format!("died {death:?} operation {first}, then {second:?} {at}");
                let mut wire = scene.wire();
                fs::remove_dir_all(wire.directory.path().join("data")).unwrap();
                fs::remove_dir_all(wire.directory.path().join("public")).unwrap();
                copy(base.directory.path(), wire.directory.path());
                let feeds_toml = scene.wire().read("feeds.toml");
                wire.write("feeds.toml", feeds_toml);
                tally.operations += 1;
                has_died |= dies(&wire, at, second);
                let state = hash(wire.directory.path());
                if recovered.lock().unwrap().insert(state) {
                    tally.case(2, || {
                        scene.check_whole(&wire, &when);
                        scene.check_recovery(&mut wire, &when);
                    });
                }
                for server in &scene.servers {
                    server.asked();
                }
            }
            if !has_died {
                return;
            }
            at += 1;
        }
    });
    println!(
        "compound: {} states of the disk after the second death",
        recovered.lock().unwrap().len()
    );
}

/// A hash of everything that a process finds when it starts.
fn hash(directory: &Path) -> u128 {
    let mut hasher = Xxh3Default::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        let mut found: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        for path in found {
            let name = path.strip_prefix(directory).unwrap();
            if path.is_dir() {
                pending.push(path);
                // Who had the lock last, and where it listened, is of no account.
            } else if !name.ends_with("lock")
                && !name.ends_with("control")
                && name != Path::new("feeds.toml")
            {
                hasher.update(name.as_os_str().as_encoded_bytes());
                hasher.update(&fs::read(&path).unwrap());
            }
        }
    }
    hasher.digest128()
}
