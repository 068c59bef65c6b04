//! A wire without a server, as docs/RUNNING.md has it: each round starts in an empty place, with a
//! backup for its state.

use chrono::TimeDelta;
use samizdat::world::Clock as _;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, HandClock, Wire, numbered};

#[test]
fn rounds_in_empty_places_make_one_wire() {
    let server = Server::start();
    let feeds_toml = format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n", server.url("/a"));
    let state = tempfile::tempdir().unwrap();
    let backup = state.path().join("wire.jsonl.gz");
    let backup = backup.to_str().unwrap();
    let mut now = HandClock::new();
    let mut seen: Vec<(String, String)> = Vec::new();
    for round in 1..=4_u32 {
        server.set("/a", Answer::feed(numbered("a.example", (20 - round)..=20)));
        let wire = Wire { clock: now.into(), ..Wire::new(&feeds_toml) };
        if round > 1 {
            let ran = wire.run(&["restore", backup]);
            assert_eq!(ran.code, 0, "{ran:?}");
        }
        let ran = wire.run(&["fetch"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert_eq!(wire.run(&["backup", backup]).code, 0);
        // What was published before keeps its id and its first sight, and one story is new.
        let stories: Vec<(String, String)> = wire
            .stories()
            .iter()
            .map(|story| {
                let of = |key: &str| story[key].as_str().unwrap().to_owned();
                (of("id"), of("first_seen"))
            })
            .collect();
        assert_eq!(stories.len(), 1 + round as usize, "{stories:?}");
        assert!(seen.iter().all(|known| stories.contains(known)), "{seen:?} {stories:?}");
        assert_eq!(wire.public().keys().filter(|name| *name == "atom.xml").count(), 1);
        seen = stories;
        let later = wire.clock.now() + TimeDelta::hours(2);
        now = HandClock::at(later);
    }
}
