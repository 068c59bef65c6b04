//! Clocks that are set back, set forward, that begin in 1970, or see the end of 32 bits.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use samizdat::world::Clock;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn first_sights(wire: &Wire) -> BTreeMap<String, String> {
    let text = |story: &Value, key: &str| story[key].as_str().unwrap().to_owned();
    wire.stories().iter().map(|story| (text(story, "id"), text(story, "first_seen"))).collect()
}

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn feed_updated(wire: &Wire) -> DateTime<Utc> {
    let atom = wire.read("public/atom.xml");
    time(atom.split_once("<updated>").unwrap().1.split_once("</updated>").unwrap().0)
}

/// A wire after a first round; the clock is set, news come, and cron runs every quarter of an hour
/// for three hours.
fn after_the_clock_was_set(to: DateTime<Utc>) -> (Wire, Server, BTreeMap<String, String>, usize) {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 2..=6)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let before = first_sights(&wire);
    let updated = feed_updated(&wire);
    server.asked();
    server.set("/a", Answer::feed(numbered("a.example", 1..=6)));
    wire.clock.set(to);
    for _ in 0..12 {
        let ran = wire.run(&["fetch"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{to}");
        wire.clock.forward(TimeDelta::minutes(15));
    }
    let asked = server.asked().len();
    let after = first_sights(&wire);
    assert_eq!(after.len(), 6, "{to}: the news are in");
    for (id, first_seen) in &before {
        assert_eq!(after.get(id), Some(first_seen), "{to}: I1");
    }
    assert!(feed_updated(&wire) >= updated, "{to}: the feed's date does not go backwards");
    (wire, server, after, asked)
}

/// Whether a story shows in the feed, above those that are older.
fn is_shown_first(wire: &Wire) -> bool {
    let atom = wire.read("public/atom.xml");
    let places: Vec<usize> = (1..=6)
        .map(|number| {
            atom.find(&format!("<title>Statement {number} of")).expect("it is in the feed")
        })
        .collect();
    places.is_sorted()
}

#[test]
fn r13_p29_a_clock_that_is_set_back_asks_once_and_goes_on() {
    let now = Utc.with_ymd_and_hms(2026, 11, 2, 13, 5, 0).unwrap();
    for (to, words) in [
        (now - TimeDelta::days(365), "a year back"),
        (now - TimeDelta::hours(5), "five hours back"),
        (Utc.with_ymd_and_hms(1970, 1, 1, 0, 3, 0).unwrap(), "1970"),
    ] {
        let (wire, _server, after, asked) = after_the_clock_was_set(to);
        // Once at once, and then by its interval again.
        assert!((3..=4).contains(&asked), "{words}: asked {asked} times in three hours");
        // The new one is no older than those that were there: time does not run backwards.
        let newest = time(&after["https://a.example/?p=1"]);
        assert!(newest >= now && newest <= now + TimeDelta::hours(4), "{words}: {newest}");
        assert!(is_shown_first(&wire), "{words}");
        // The clock is mended: it goes on.
        wire.clock.set(now + TimeDelta::days(1));
        assert_eq!(wire.run(&["fetch", "--json"]).json()["polled"], 1, "{words}");
    }
}

#[test]
fn r13_p28_a_clock_that_is_set_forward_asks_once_and_may_be_set_back() {
    let now = Utc.with_ymd_and_hms(2026, 11, 2, 13, 5, 0).unwrap();
    for (to, words) in [
        (now + TimeDelta::days(365), "a year forward"),
        (Utc.with_ymd_and_hms(2038, 1, 19, 3, 14, 0).unwrap(), "2038"),
        (Utc.with_ymd_and_hms(2106, 2, 7, 6, 28, 0).unwrap(), "2106"),
    ] {
        let (wire, server, after, asked) = after_the_clock_was_set(to);
        assert!((2..=3).contains(&asked), "{words}: asked {asked} times in three hours");
        assert!(is_shown_first(&wire), "{words}");
        let first_seen = time(&after["https://a.example/?p=1"]);
        assert!(first_seen >= to && first_seen <= to + TimeDelta::hours(3), "{words}");
        // It was wrong: what comes now is seen now, is asked for within the interval, and is in
        // the window before all that entered while the clock was ahead.
        wire.clock.set(now + TimeDelta::days(2));
        let feeds_toml = wire.read("feeds.toml") + "[publish]\nwindow = 2\n";
        wire.write("feeds.toml", feeds_toml);
        server.set("/a", Answer::feed(numbered("a.example", 0..=6)));
        assert_eq!(wire.run(&["fetch", "--json"]).json()["stories"]["new"], 1, "{words}");
        assert_eq!(time(&first_sights(&wire)["https://a.example/?p=0"]), wire.clock.now());
        assert!(wire.read("public/atom.xml").contains("<title>Statement 0 of"), "{words}");
    }
}

#[test]
fn r13_status_shows_the_newest_poll_whatever_the_clock_said_before() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.clock.forward(TimeDelta::days(400));
    wire.fetch();
    wire.clock.set(Utc.with_ymd_and_hms(2026, 11, 3, 12, 0, 0).unwrap());
    server.set("/a", Answer::status("500 Internal Server Error", ""));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    let status = wire.run(&["status", "--json"]).json();
    assert_eq!(status["sources"][0]["http_status"], 500, "{status}");
    assert_eq!(status["sources"][0]["failing_since"], "2026-11-03T12:00:00Z");
    // A source that fails is told after a day by this clock, not after a year.
    wire.clock.forward(TimeDelta::hours(30));
    assert_eq!(wire.run(&["fetch"]).code, 3);
}

#[test]
fn r13_backups_go_on_after_a_clock_was_ahead() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.clock.forward(TimeDelta::days(3650));
    wire.fetch();
    wire.clock.set(Utc.with_ymd_and_hms(2026, 11, 3, 12, 0, 0).unwrap());
    server.set("/a", Answer::feed(numbered("a.example", 0..=3)));
    wire.fetch();
    let names = std::fs::read_dir(wire.path("data/backups")).unwrap();
    assert_eq!(names.count(), 2);
    // The one that is named for recovery is the newest in truth.
    std::fs::remove_file(wire.path("data/flushed.json")).unwrap();
    assert!(wire.run(&["fetch"]).err.contains("2026-11-03T1305Z"));
}
