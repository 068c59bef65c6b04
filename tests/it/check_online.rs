//! `check --online`: every source is asked once, and nothing is stored.

use std::fs;
use std::net::Ipv4Addr;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// The line of a source in `check --online --json`.
fn source<'r>(report: &'r Value, id: &str) -> &'r Value {
    let sources = report["online"]["sources"].as_array().unwrap();
    sources.iter().find(|source| source["id"] == id).unwrap_or_else(|| panic!("{id}: {report}"))
}

/// Everything that the store remembers, but for what says when it was opened.
fn stored(wire: &Wire) -> String {
    let backup = wire.path("kept.jsonl.gz");
    let ran = wire.run(&["backup", backup.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut text = String::new();
    let file = fs::File::open(&backup).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    fs::remove_file(backup).unwrap();
    // The first line has the time of the backup.
    text.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn without_a_store_everything_is_new_and_none_is_made() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    server.set("/b", Answer::status("404 Not Found", ""));
    let tag = "[[tag]]\nid = \"eight\"\nname = \"Eight\"\nmatch = [\"statement 1\"]\n";
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\nexclude = [\"statement 2\"]\n[[source]]\nid = \"b\"\nurl = \"{}\"\n{tag}",
        server.url("/a"),
        server.url("/b")
    ));
    let ran = wire.run(&["check", "--online"]);
    assert_eq!(ran.code, 0, "a source that fails is no fault of the file: {ran:?}");
    let line = ran.out.lines().find(|line| line.starts_with("a ")).unwrap();
    for words in [
        "answered 200, 8 entries, 8 new: ",
        "“Statement 1 of a.example” [eight]",
        "“Statement 2 of a.example” (left out by include or exclude)",
        "and 3 more",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    let line = ran.out.lines().find(|line| line.starts_with("b ")).unwrap();
    assert!(line.contains("failed") && line.contains("answered 404 (not found)"), "{line}");
    assert!(ran.out.contains("2 sources asked, 1 failed, 0 left out"), "{}", ran.out);
    assert_eq!(ran.err, "");
    assert!(!wire.path("data").exists() && !wire.path("public").exists());
    assert_eq!(wire.run(&["check", "--online", "--strict"]).code, 3);
}

#[test]
fn p10_with_a_store_it_asks_conditionally_and_stores_nothing() {
    let (server, other) = (Server::start(), Server::start_at(Ipv4Addr::new(127, 0, 0, 2)));
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    other.set("/b", Answer::feed(numbered("b.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &other.url("/b"))]);
    wire.fetch();
    wire.clock.forward(TimeDelta::minutes(65));
    other.set("/b", Answer::feed(numbered("b.example", 0..=3)));
    server.asked();
    let (before, public) = (stored(&wire), wire.public());
    let ran = wire.run(&["check", "--online", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["ok"], true);
    let a = source(&report, "a");
    assert_eq!(
        (&a["outcome"], &a["status"], &a["entries"]),
        (&json!("unchanged"), &json!(304), &Value::Null)
    );
    let b = source(&report, "b");
    assert_eq!((&b["outcome"], &b["entries"], &b["new"]), (&json!("new"), &json!(4), &json!(1)));
    assert_eq!(b["titles"][0]["title"], "Statement 0 of b.example");
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].headers.contains_key("if-none-match"), "{asked:?}");
    assert!(stored(&wire) == before, "the store is as it was");
    assert_eq!(wire.public(), public);
    // The schedule is what it was, and so is what counts as new.
    let fetched = wire.run(&["fetch", "--json"]).json();
    assert_eq!((&fetched["polled"], &fetched["stories"]["new"]), (&json!(2), &json!(1)));
}

#[test]
fn what_wants_to_be_left_alone_is_left_alone() {
    let servers: Vec<Server> =
        (1..=4).map(|last| Server::start_at(Ipv4Addr::new(127, 0, 3, last))).collect();
    for server in &servers {
        server.set("/feed", Answer::feed(numbered("a.example", 1..=3)));
    }
    servers[0].set("/feed", Answer::status("429 Too Many Requests", "Retry-After: 86400\r\n"));
    servers[1].set("/feed", Answer::status("503 Service Unavailable", "Retry-After: 86400\r\n"));
    let mut feeds = HEAD.to_owned();
    for (id, server) in ["many", "busy", "often", "off"].iter().zip(&servers) {
        let more = match *id {
            "often" => "min_interval = \"2h\"\ninterval = \"3h\"\n",
            "off" => "enabled = false\nnote = \"asked us to wait\"\n",
            _ => "",
        };
        feeds.push_str(&format!(
            "[[source]]\nid = \"{id}\"\nurl = \"{}\"\n{more}",
            server.url("/feed")
        ));
    }
    let wire = Wire::new(&feeds);
    wire.fetch();
    for server in &servers {
        server.asked();
    }
    wire.clock.forward(TimeDelta::minutes(90));
    let ran = wire.run(&["check", "--online"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let asked: usize = servers.iter().map(|server| server.asked().len()).sum();
    assert_eq!(asked, 0, "{ran:?}");
    for (id, reason) in [
        ("many", "not asked: its server asked for that; it may be polled from 2026-11-03"),
        ("busy", "not asked: its server asked for that; it may be polled from 2026-11-03"),
        ("often", "not asked: min_interval; it may be polled from 2026-11-02 15:05:00 UTC"),
    ] {
        let line = ran.out.lines().find(|line| line.starts_with(id)).unwrap();
        assert!(line.contains(reason), "{line}");
    }
    assert!(!ran.out.lines().any(|line| line.starts_with("off ")), "{}", ran.out);
    wire.clock.forward(TimeDelta::minutes(45));
    assert!(wire.run(&["check", "--online"]).out.contains("often  ok"), "its time has come");
}

#[test]
fn a_host_that_refuses_one_source_is_not_asked_for_the_next() {
    let server = Server::start();
    let refusal = Answer::status("429 Too Many Requests", "Retry-After: 3600\r\n");
    server.set("/a", refusal.clone());
    server.set("/b", refusal);
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    let report = wire.run(&["check", "--online", "--json"]).json();
    assert_eq!(server.asked().len(), 1);
    assert_eq!(
        (&report["online"]["failed"], &report["online"]["left_out"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn h69_secrets_are_sent_only_when_asked_for() {
    let server = Server::start();
    server.set("/a?key=s3cret", Answer::feed(numbered("a.example", 1..=2)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=2)));
    server.set("/c", Answer::feed(numbered("c.example", 1..=2)));
    let url = |path: &str| server.url(path);
    let mut wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}?key={{env:PARTNER_KEY}}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\n\
         headers = {{ X-Partner = \"env:PARTNER_KEY\" }}\n[[source]]\nid = \"c\"\nurl = \"{}\"\n",
        url("/a"),
        url("/b"),
        url("/c")
    ));
    // There, or not there: nothing of it is sent.
    for value in [Some("s3cret"), None] {
        wire.environment =
            value.map(|value| ("PARTNER_KEY".to_owned(), value.to_owned())).into_iter().collect();
        let ran = wire.run(&["check", "--online"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
        assert_eq!(asked, ["/c"]);
        for id in ["a ", "b "] {
            let line = ran.out.lines().find(|line| line.starts_with(id)).unwrap();
            assert!(line.contains("not asked: its url or headers have values of the environment; --with-secrets sends them"), "{line}");
        }
        assert!(!ran.out.contains("s3cret"), "{ran:?}");
    }
    let ran = wire.run(&["check", "--online", "--with-secrets"]);
    assert_eq!(ran.code, 2, "what is to be sent must be there: {ran:?}");
    assert!(ran.err.contains("the environment has no PARTNER_KEY"), "{ran:?}");
    assert!(server.asked().is_empty());
    wire.environment = [("PARTNER_KEY".to_owned(), "s3cret".to_owned())].into();
    let ran = wire.run(&["check", "--online", "--with-secrets", "--json"]);
    assert_eq!(ran.json()["online"]["polled"], 3, "{ran:?}");
    assert!(!ran.out.contains("s3cret"), "{ran:?}");
    let asked = server.asked();
    let of = |path: &str| asked.iter().find(|asked| asked.path == path).unwrap();
    assert_eq!(of("/b").headers["x-partner"], "s3cret");
    of("/a?key=s3cret");
    assert_eq!(wire.run(&["check", "--with-secrets"]).code, 2, "it says nothing without --online");
}

#[test]
fn p18_a_server_without_validators_is_told_and_how_to_change_that() {
    let server = Server::start();
    let body = numbered("a.example", 1..=3);
    let bare = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    server.set("/a", Answer::Raw(bare.clone().into_bytes()));
    server.set("/b", Answer::Raw(bare.into_bytes()));
    server.set("/c", Answer::feed(numbered("c.example", 1..=3)));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\ninterval = \"2h\"\n[[source]]\nid = \"c\"\nurl = \"{}\"\n",
        server.url("/a"),
        server.url("/b"),
        server.url("/c")
    ));
    let online = wire.run(&["check", "--online"]).out;
    wire.fetch();
    for text in [online, wire.run(&["status"]).out] {
        let line = |id: &str| text.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
        let nothing = "its server gives neither ETag nor Last-Modified";
        assert!(line("a ").contains(nothing), "{text}");
        assert!(
            line("a ")
                .contains("it is polled once a day; with the partner's consent an `interval`")
        );
        assert!(line("b ").contains("without its `interval` in feeds.toml it would"), "{text}");
        assert!(!line("c ").contains(nothing), "{text}");
    }
}

#[test]
fn a_source_that_has_failed_for_long_is_a_three() {
    let server = Server::start();
    server.set("/a", Answer::status("500 Internal Server Error", ""));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    assert_eq!(wire.run(&["fetch"]).code, 0);
    wire.clock.forward(TimeDelta::hours(23));
    assert_eq!(wire.run(&["check", "--online"]).code, 0, "not yet");
    wire.clock.forward(TimeDelta::hours(2));
    assert_eq!(wire.run(&["check", "--online"]).code, 3);
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    assert_eq!(wire.run(&["check", "--online"]).code, 0, "it answers now");
}

#[test]
fn a_file_with_errors_asks_nobody() {
    let server = Server::start();
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let feeds = wire.read("feeds.toml");
    wire.write("feeds.toml", format!("{feeds}intervall = \"1h\"\n"));
    let ran = wire.run(&["check", "--online", "--json"]);
    assert_eq!((ran.code, ran.json()["ok"].clone()), (2, json!(false)));
    assert!(ran.json().get("online").is_none() && server.asked().is_empty());
}

#[test]
fn a_source_with_another_name_is_known_and_one_with_another_url_is_not_asked_with_old_validators() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    server.set("/new", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    wire.clock.forward(TimeDelta::minutes(65));
    server.asked();
    let named = |id: &str, was: &str, path: &str| {
        format!("{HEAD}[[source]]\nid = \"{id}\"\nwas = [{was}]\nurl = \"{}\"\n", server.url(path))
    };
    wire.write("feeds.toml", named("renamed", "\"a\"", "/a"));
    let report = wire.run(&["check", "--online", "--json"]).json();
    assert_eq!(source(&report, "renamed")["status"], 304);
    wire.write("feeds.toml", named("a", "", "/new"));
    server.asked();
    let report = wire.run(&["check", "--online", "--json"]).json();
    let a = source(&report, "a");
    assert_eq!((&a["status"], &a["new"], &a["entries"]), (&json!(200), &json!(0), &json!(3)));
    assert!(!server.asked()[0].headers.contains_key("if-none-match"));
}

#[test]
fn p31_a_host_that_it_found_silent_is_left_alone_by_everybody() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    wire.clock.forward(TimeDelta::minutes(65));
    server.set("/a", Answer::status("429 Too Many Requests", "Retry-After: 7200\r\n"));
    server.asked();
    for words in
        [&["check", "--online"][..], &["check", "--online"], &["fetch", "--now"], &["fetch"]]
    {
        wire.run(words);
    }
    assert_eq!(server.asked().len(), 1);
    wire.clock.forward(TimeDelta::minutes(121));
    wire.run(&["fetch"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn while_it_asks_others_are_answered() {
    let server = Arc::new(Server::start());
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Arc::new(Wire::of(&[("a", &server.url("/a"))]));
    wire.fetch();
    wire.clock.forward(TimeDelta::minutes(65));
    server.asked();
    server.set("/a", Answer::Hang);
    let checking = {
        let wire = Arc::clone(&wire);
        std::thread::spawn(move || wire.run(&["check", "--online", "--json"]))
    };
    server.wait_for(1);
    assert_eq!(wire.stories().len(), 3);
    assert_eq!(wire.run(&["status", "--json"]).code, 0);
    server.set("/a", Answer::feed(numbered("a.example", 0..=3)));
    server.release();
    let ran = checking.join().unwrap();
    assert_eq!(source(&ran.json(), "a")["new"], 1, "{ran:?}");
}

#[test]
fn p31_preview_and_discover_keep_to_the_silence_of_a_host_and_remember_their_own() {
    let server = Server::start();
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    // Without a store nothing is known, and none is made.
    server.set("/news", Answer::status("429 Too Many Requests", "Retry-After: 14400\r\n"));
    assert_eq!(wire.run(&["preview", &server.url("/news")]).code, 1);
    assert!(!wire.path("data").exists());
    assert_eq!(wire.fetch()["unchanged"].as_u64(), Some(0));
    for command in [&["preview"][..], &["preview", "--article"], &["discover"]] {
        wire.clock.forward(TimeDelta::hours(5));
        server.asked();
        let news = server.url("/news");
        let arguments = [command, &[&news]].concat();
        assert_eq!(wire.run(&arguments).code, 1);
        assert!(!server.asked().is_empty(), "{command:?} asks a host that wants no silence");
        // What it was told holds for whoever comes next.
        wire.clock.forward(TimeDelta::minutes(30));
        let report = wire.fetch();
        assert_eq!(report["not_due"], 1, "{command:?} {report}");
        for other in
            [&["preview", &news][..], &["preview", "--article", &news], &["discover", &news]]
        {
            let ran = wire.run(other);
            assert!(ran.code == 1 && (ran.out + &ran.err).contains("left alone"), "{other:?}");
        }
        assert_eq!(server.asked().len(), 0, "{command:?}");
    }
}
