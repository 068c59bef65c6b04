//! `--log-format json`: every message is one object a line, with what it is about.

use chrono::DateTime;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Ran, Wire, numbered};

fn messages(ran: &Ran) -> Vec<Value> {
    let objects: Vec<Value> = ran
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for object in &objects {
        DateTime::parse_from_rfc3339(object["time"].as_str().unwrap()).unwrap();
        let level = object["level"].as_str().unwrap();
        assert!(["error", "warning", "info", "debug"].contains(&level), "{object}");
        assert!(!object["message"].as_str().unwrap().is_empty(), "{object}");
    }
    objects
}

#[test]
fn errors_of_feeds_toml_have_their_place() {
    let server = Server::start();
    let url = server.url("/a?key=s3cret");
    let wire =
        Wire::new(&format!("{HEAD}[[source]]\nid = \"A\"\nurl = \"{url}\"\nintervall = \"1h\"\n"));
    let ran = wire.run(&["--log-format", "json", "fetch"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let told = messages(&ran);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0]["line"], 11, "{told:?}");
    assert_eq!(told[0]["file"], "feeds.toml");
    assert!(told[1]["help"].as_str().unwrap().contains("`interval`"), "{told:?}");
    assert!(told[2]["message"].as_str().unwrap().contains("2 errors"), "{told:?}");
    assert!(!ran.err.contains("s3cret"));
}

#[test]
fn alarms_notices_and_mistakes_are_objects_too() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    server.set("/b", Answer::status("500 Oh", ""));
    let (a, b) = (server.url("/a"), server.url("/b?token=s3cret"));
    let wire = Wire::new(&format!(
        "{HEAD}alert_after = \"0s\"\n[[source]]\nid = \"a\"\nurl = \"{a}\"\nmin_interval = \"30m\"\n[[source]]\nid = \"b\"\nurl = \"{b}\"\n"
    ));
    assert_eq!(wire.run(&["fetch"]).code, 0, "it fails for no time yet");
    wire.clock.forward(chrono::TimeDelta::hours(12));
    let ran = wire.run(&["fetch", "--log-format=json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let told = messages(&ran);
    assert!(
        told.iter()
            .any(|one| one["level"] == "error"
                && one["message"].as_str().unwrap().starts_with("b: ")),
        "{told:?}"
    );
    assert!(!ran.err.contains("s3cret"), "{ran:?}");
    // By hand, too soon: a notice about one source.
    let ran = wire.run(&["fetch", "--log-format=json", "--now", "a"]);
    let told = messages(&ran);
    assert!(told.iter().any(|one| one["level"] == "warning" && one["source"] == "a"), "{told:?}");
    // Mistakes in the arguments, before they are read as a whole.
    let ran = wire.run(&["fetch", "--log-format=json", "--bogus"]);
    assert_eq!(ran.code, 2);
    assert!(messages(&ran)[0]["message"].as_str().unwrap().contains("--bogus"));
    // A file that is not there, a store that is not there any more.
    let ran = wire.run(&["--log-format", "json", "--config", "none.toml", "status"]);
    assert_eq!(messages(&ran).len(), 1, "{ran:?}");
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    let ran = wire.run(&["--log-format", "json", "fetch"]);
    assert_eq!(ran.code, 4);
    assert!(messages(&ran).len() >= 2, "{ran:?}");
}

#[test]
fn with_nothing_to_say_nothing_is_said_and_with_v_there_is_progress() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let ran = wire.run(&["fetch", "--log-format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    wire.clock.forward(chrono::TimeDelta::hours(2));
    let ran = wire.run(&["fetch", "--log-format", "json", "-v"]);
    let told = messages(&ran);
    let last = told.iter().rfind(|one| one["message"] == "polling").expect("progress");
    assert_eq!((&last["done"], &last["of"]), (&1.into(), &1.into()), "{told:?}");
    assert!(told.iter().any(|one| one["source"] == "a" && one["level"] == "info"), "{told:?}");
    let quiet = wire.run(&["fetch", "-q", "--now", "a"]);
    assert_eq!(quiet.err, "", "-q says nothing but errors");
}
