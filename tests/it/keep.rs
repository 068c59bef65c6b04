//! What is kept for how long.

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn wire(server: &Server, keep: &str) -> Wire {
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let feeds_toml = wire.read("feeds.toml");
    wire.write("feeds.toml", format!("{feeds_toml}[store]\nkeep = \"{keep}\"\n"));
    wire
}

#[test]
fn r35_texts_go_when_their_time_has_come_and_what_is_listed_is_no_news() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=5)));
    let wire = wire(&server, "10d");
    wire.fetch();
    let before = wire.stories();
    wire.clock.forward(TimeDelta::days(9));
    wire.fetch();
    assert_eq!(wire.stories(), before);
    wire.clock.forward(TimeDelta::days(2));
    // One more is listed, beside the old ones.
    server.set("/a", Answer::feed(numbered("a.example", 0..=5)));
    let report = wire.fetch();
    assert_eq!(report["stories"]["new"], 1, "{report}");
    let after = wire.stories();
    assert_eq!(after.len(), 6);
    for story in &before {
        let now = after.iter().find(|now| now["id"] == story["id"]).unwrap();
        for key in ["title", "url", "published", "updated", "first_seen", "source", "organisation"]
        {
            assert_eq!(now[key], story[key], "{key}");
        }
        assert_eq!((&now["summary"], &now["content_html"]), (&"".into(), &"".into()));
        assert_ne!(story["summary"], "");
    }
    let atom = wire.read("public/atom.xml");
    assert!(atom.contains("Statement 3 of") && !atom.contains("The words of statement 3"));
    assert!(atom.contains("The words of statement 0"));
    // They are listed for months: nothing comes back, nothing changes.
    for _ in 0..8 {
        wire.clock.forward(TimeDelta::days(20));
        let report = wire.fetch();
        assert_eq!(report["stories"], serde_json::json!({"new": 0, "updated": 0}), "{report}");
    }
    assert_eq!(wire.stories().len(), 6);
}

#[test]
fn i7_items_that_were_never_taken_are_forgotten_when_they_are_gone_for_long() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=900)));
    let wire = wire(&server, "5y");
    wire.fetch();
    let count = |wire: &Wire| -> usize {
        assert_eq!(wire.run(&["backup", "all.gz"]).code, 0);
        let file = std::fs::File::open(wire.path("all.gz")).unwrap();
        let text = std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap();
        text.lines()
            .filter(|line| line.contains("{\"seen\":") && line.contains("\"entry\":null"))
            .count()
    };
    let dropped = count(&wire);
    assert!(dropped >= 600, "{dropped}");
    // Still listed: remembered, and no news.
    wire.clock.forward(TimeDelta::days(90));
    server.set("/a", Answer::feed(numbered("a.example", 1..=901)));
    wire.fetch();
    wire.clock.forward(TimeDelta::days(2));
    wire.fetch();
    assert!(count(&wire) >= 600);
    // Listed no longer: forgotten.
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    for _ in 0..4 {
        wire.clock.forward(TimeDelta::days(30));
        wire.fetch();
    }
    assert_eq!(count(&wire), 0);
}

#[test]
fn rule_8_publishing_expires_nothing() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=5)));
    let wire = wire(&server, "10d");
    wire.fetch();
    wire.clock.forward(TimeDelta::days(300));
    let published = wire.run(&["publish", "--json"]).json();
    assert_eq!(published["written"], Value::Array(Vec::new()));
}
