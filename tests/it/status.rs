//! What `status` says of sources that are not well, or will not be.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::secure::{self, Identity};
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

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
fn r42_a_source_that_answers_again_is_told_once_and_only_where_its_failure_was() {
    let server = Server::start();
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let feed = |last| Answer::feed(numbered("a.example", 1..=last));
    server.set("/a", Answer::status("500 Internal Server Error", ""));
    assert_eq!(wire.run(&["fetch"]).err, "");
    server.set("/a", feed(2));
    wire.clock.forward(TimeDelta::hours(2));
    let ran = wire.run(&["fetch"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "nobody was told that it failed");

    server.set("/a", Answer::status("500 Internal Server Error", ""));
    for (hours, code, is_told) in [(2, 0, false), (26, 3, true), (1, 3, false), (26, 3, true)] {
        wire.clock.forward(TimeDelta::hours(hours));
        let ran = wire.run(&["fetch"]);
        assert_eq!((ran.code, ran.err.contains("failing since 2026-11-02 16:00")), (code, is_told));
    }
    server.set("/a", feed(3));
    wire.clock.forward(TimeDelta::hours(26));
    let ran = wire.run(&["fetch"]);
    let words = "a: answers again; it had been failing since 2026-11-02 16:00 UTC";
    assert!(ran.code == 0 && ran.err.contains(words), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    server.set("/a", feed(4));
    wire.clock.forward(TimeDelta::hours(2));
    let ran = wire.run(&["fetch"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn p23_status_says_when_the_next_poll_is_and_why_then() {
    let servers: Vec<Server> =
        (1..=6).map(|last| Server::start_at([127, 0, 4, last].into())).collect();
    let feed = || Answer::feed(numbered("a.example", 1..=2));
    let ttl = numbered("a.example", 1..=2).replace("<description/>", "<ttl>300</ttl>");
    let skip: String = (13..=20).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let skip = numbered("a.example", 1..=2)
        .replace("<description/>", &format!("<skipHours>{skip}</skipHours>"));
    let cases = [
        (feed(), "", "13:00", "interval of [fetch]"),
        (feed(), "interval = \"3h\"\n", "15:00", "its interval in feeds.toml"),
        (feed().with("Cache-Control", "max-age=14400"), "", "16:00", "its server asked for that"),
        (Answer::feed(ttl), "", "17:00", "its feed says how often it changes"),
        (Answer::feed(skip), "", "21:00", "its feed names hours or days to leave out"),
        (
            Answer::status("500 Internal Server Error", ""),
            "",
            "13:00",
            "later each time that it fails",
        ),
    ];
    let mut feeds = HEAD.to_owned();
    for (number, ((answer, keys, ..), server)) in cases.iter().zip(&servers).enumerate() {
        server.set("/a", answer.clone());
        let url = server.url("/a");
        feeds.push_str(&format!("[[source]]\nid = \"s{number}\"\nurl = \"{url}\"\n{keys}"));
    }
    let wire = Wire::new(&feeds);
    assert_eq!(wire.run(&["fetch"]).code, 0);
    for (number, (_, _, hour, because)) in cases.iter().enumerate() {
        let (text, source) = line(&wire, &format!("s{number}"));
        assert_eq!(source["next_poll_because"], *because, "{source}");
        assert!(text.contains(&format!(" ({because})")), "{text}");
        let next = source["next_poll"].as_str().unwrap();
        let next: DateTime<Utc> = next.parse().unwrap();
        let expected: DateTime<Utc> = format!("2026-11-02T{hour}:00Z").parse().unwrap();
        // A little is added by chance.
        let later = next - expected;
        assert!(later >= TimeDelta::zero() && later < TimeDelta::minutes(10), "s{number}: {next}");
        let demand = &source["server_demand"];
        assert_eq!(demand.is_string(), *because == "its server asked for that", "{source}");
    }
}

#[test]
fn p29_status_shows_the_silence_of_a_host_at_all_of_its_sources() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=2)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=2)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    server.set("/a", Answer::status("429 Too Many Requests", "Retry-After: 36000\r\n"));
    wire.clock.forward(TimeDelta::minutes(65));
    assert_eq!(wire.run(&["fetch", "a"]).code, 0);
    for id in ["a", "b"] {
        let (text, source) = line(&wire, id);
        assert!(text.contains("(its server asked for that)"), "{text}");
        assert_eq!(source["server_demand"], "2026-11-03T00:10:00Z", "{source}");
        assert!(source["next_poll"].as_str() >= Some("2026-11-03T00:10:00Z"), "{source}");
    }
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

#[test]
fn r42_a_source_whose_host_wants_silence_for_long_is_told_as_one_that_fails() {
    let server = Server::start();
    let feed = |last| Answer::feed(numbered("a.example", 1..=last));
    server.set("/a", feed(2));
    server.set("/b", feed(2));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    server.set("/b", Answer::status("429 Too Many Requests", "Retry-After: 864000\r\n"));
    wire.clock.forward(TimeDelta::minutes(65));
    assert_eq!(wire.run(&["fetch", "b"]).code, 0);
    let silenced = line(&wire, "a").1;
    assert_eq!(silenced["state"], "ok", "it is not long yet: {silenced}");
    wire.clock.forward(TimeDelta::hours(20));
    let ran = wire.run(&["fetch"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    wire.clock.forward(TimeDelta::hours(8));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let told = "a: not read since 2026-11-02 13:05 UTC: its host 127.0.0.1 refuses requests, and is left alone until 2026-11-12 14:10 UTC";
    assert!(ran.err.contains(told), "{ran:?}");
    assert!(ran.err.contains("b: failing since"), "{ran:?}");
    assert_eq!(ran.err.matches("a: ").count(), 1, "{ran:?}");
    let (text, source) = line(&wire, "a");
    assert_eq!((&source["state"], &source["failures"]), (&"failing".into(), &0.into()));
    assert!(source["error"].as_str().unwrap().contains("left alone until"), "{source}");
    assert!(text.contains("left alone until"), "{text}");
    // Once a day, and the exit code as long as it lasts.
    wire.clock.forward(TimeDelta::hours(1));
    let ran = wire.run(&["fetch"]);
    assert_eq!((ran.code, ran.err.as_str()), (3, ""));
    wire.clock.forward(TimeDelta::days(1));
    let ran = wire.run(&["fetch"]);
    assert!(ran.code == 3 && ran.err.contains(told), "{ran:?}");
    server.set("/a", feed(3));
    server.set("/b", feed(3));
    wire.clock.forward(TimeDelta::days(10));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("a: read again; it had not been read since 2026-11-02 13:05"),
        "{ran:?}"
    );
    assert_eq!(line(&wire, "a").1["state"], "ok");
}
