//! What `status` says of sources that are not well, or will not be.

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use crate::secure::{self, Identity};
use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn line(wire: &Wire, id: &str) -> (String, Value) {
    let text = wire.run(&["status"]).out;
    let found: Vec<&str> =
        text.lines().filter(|line| line.starts_with(&format!("{id} "))).collect();
    assert_eq!(found.len(), 1, "one line for each source: {text}");
    let status = wire.run(&["status", "--json"]).json();
    let sources = status["sources"].as_array().unwrap();
    let source = sources.iter().find(|source| source["id"] == id).unwrap();
    (found[0].to_owned(), source.clone())
}

#[test]
fn r42_a_source_that_says_nothing_new_for_a_month_is_told() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let (text, source) = line(&wire, "a");
    assert!(!text.contains("nothing new"), "{text}");
    assert_eq!(source["newest"], "2026-11-02T11:00:00Z");
    wire.clock.forward(TimeDelta::days(45));
    assert_eq!(wire.run(&["fetch"]).code, 0, "silence is no failure");
    let (text, source) = line(&wire, "a");
    assert!(text.contains("nothing new for 45 days"), "{text}");
    assert_eq!(source["state"], "ok");
}

#[test]
fn r42_a_source_that_has_moved_is_told_with_its_new_place() {
    let server = Server::start();
    let target = server.url("/new?token=s3cret");
    server.set("/a", Answer::status("301 Moved Permanently", &format!("Location: {target}\r\n")));
    server.set("/new?token=s3cret", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    for _ in 0..8 {
        wire.clock.forward(TimeDelta::days(1));
        wire.run(&["fetch"]);
    }
    let (text, _) = line(&wire, "a");
    assert!(
        text.contains(&format!("its server has led to {} for a week", server.url("/new?token=…"))),
        "{text}"
    );
}

#[test]
fn r42_a_source_that_fails_is_told_since_when_and_cron_hears_of_it_when_it_lasts() {
    let server = Server::start();
    server.set("/a", Answer::status("503 Service Unavailable", ""));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    for hours in [0, 6, 12] {
        let ran = wire.run(&["fetch"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "after {hours} hours");
        wire.clock.forward(TimeDelta::hours(6));
    }
    let (text, source) = line(&wire, "a");
    assert!(text.contains("failing since 2026-11-02 12:00: answered 503"), "{text}");
    assert_eq!(source["state"], "failing");
    wire.clock.forward(TimeDelta::hours(12));
    let ran = wire.run(&["fetch"]);
    assert!(ran.code == 3 && ran.err.contains("a: failing since 2026-11-02 12:00 UTC"), "{ran:?}");
}

#[test]
fn r42_a_certificate_that_ends_soon_is_told() {
    for (days, is_told) in [(5, true), (90, false)] {
        let until = Utc::now() + TimeDelta::days(days);
        let (port, pem) = Identity::until(until).serve(secure::feed);
        let wire = Wire::of(&[("a", &format!("https://127.0.0.1:{port}/feed"))]);
        wire.write("authority.pem", pem);
        let run = |arguments: &[&str]| secure::run(&wire, arguments);
        let fetched = run(&["fetch", "--strict"]);
        assert!(fetched.status.success(), "{fetched:?}");
        let text = String::from_utf8(run(&["status"]).stdout).unwrap();
        let words = format!(
            "the certificate of 127.0.0.1 ends on {}; tell the partner",
            until.format("%Y-%m-%d")
        );
        assert_eq!(text.contains(&words), is_told, "{text}");
    }
}
