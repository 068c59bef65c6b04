//! `fetch --dry-run`: shows what would be stored, and stores when each source is due again.

use chrono::TimeDelta;
use serde_json::json;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

#[test]
fn a_dry_run_shows_what_would_be_stored_and_stores_nothing_of_it() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let ran = wire.run(&["fetch", "--dry-run", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["would_store"].as_array().unwrap().len(), 3);
    assert_eq!(report["would_store"][0]["source"], "a");
    assert_eq!(report["would_store"][0]["fate"], "new");
    assert_eq!(report["entries"]["new"], 3);
    assert_eq!(report["written"], json!([]));
    assert!(wire.stories().is_empty());
    assert!(wire.public().is_empty(), "nothing is published");

    // The due time and the record are stored all the same.
    let status = wire.run(&["status", "--json"]).json();
    assert!(status["sources"][0]["last_poll"].is_string());
    assert_eq!(status["sources"][0]["http_status"], 200);
    assert_eq!(status["store"]["entries"], 0);
    let again = wire.run(&["fetch", "--json"]).json();
    assert_eq!(again["not_due"], 1, "{again}");

    // Nothing of it counts as known: the next poll asks without validators, and has all of it new.
    let fetched = wire.fetch();
    assert_eq!(fetched["stories"]["new"], 3, "{fetched}");
    let asked = server.asked();
    assert!(asked.iter().all(|asked| !asked.headers.contains_key("if-none-match")), "{asked:?}");
}

#[test]
fn a_dry_run_says_in_words_what_is_new_what_changed_and_what_failed() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=2)));
    server.set("/b", Answer::status("404 Not Found", ""));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let changed = numbered("a.example", 0..=2).replace("words of statement 2", "new words of 2");
    server.set("/a", Answer::feed(changed));
    let feeds = wire.read("feeds.toml");
    wire.write(
        "feeds.toml",
        format!("{feeds}\n[[source]]\nid = \"b\"\nurl = \"{}\"\n", server.url("/b")),
    );
    let before = wire.public();
    wire.clock.forward(chrono::TimeDelta::minutes(65));
    let ran = wire.run(&["fetch", "--dry-run"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "a: new: Statement 0 of a.example",
        "a: updated: Statement 2 of a.example",
        "b: failed: ",
        "2 entries would be stored; nothing was",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert_eq!(wire.public(), before);
    assert_eq!(wire.stories().len(), 2);
}

#[test]
fn a_dry_run_shows_what_waits_for_its_article() {
    let server = Server::start();
    let feed = numbered("a.example", 1..=2).replace("https://a.example/", &server.url("/"));
    server.set("/a", Answer::feed(feed));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
        server.url("/a")
    ));
    let report = wire.run(&["fetch", "--dry-run", "--json"]).json();
    let shown = report["would_store"].as_array().unwrap();
    assert_eq!(shown.len(), 2, "{report}");
    assert!(shown.iter().all(|entry| entry["fate"] == "kept"), "{report}");
    assert_eq!(server.asked().len(), 1, "its pages are not asked for");
}

#[test]
fn a_dry_run_takes_no_message_from_whoever_reads_the_mails() {
    let server = Server::start();
    server.set("/a", Answer::status("500 Oops", ""));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.run(&["fetch"]);
    wire.clock.forward(TimeDelta::days(2));
    let dry = wire.run(&["fetch", "--dry-run"]);
    assert!(dry.err.contains("a: failing since"), "{dry:?}");
    let ran = wire.run(&["fetch"]);
    assert!(ran.err.contains("a: failing since"), "{ran:?}");
    assert_eq!(wire.run(&["fetch"]).err, "", "once a day");
}
