//! `fetch --dry-run`: shows what would be stored, and stores when each source is due again.

use serde_json::json;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

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
