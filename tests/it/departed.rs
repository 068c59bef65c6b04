//! Sources that leave feeds.toml: what it said of them holds for their stories.

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

const TERMS: &str = "organisation = \"Harbour Union\"\nrepublish = \"link\"\nrights = \"CC BY-ND 4.0\"\nexclude = [\"vacancy\"]\ntags = [\"labour\"]\n";

fn feed() -> Answer {
    let items = [("1", "The dockers have voted"), ("2", "A vacancy in the office")];
    let items = items.map(|(guid, title)| Item {
        guid,
        link: if guid == "1" { "https://h.example/1" } else { "https://h.example/2" },
        title,
        date: "Mon, 02 Nov 2026 10:00:00 +0000",
        text: "FULLTEXT of the statement, which only the union itself may show.",
    });
    Answer::feed(rss("Feed of the harbour", &items))
}

fn outputs(wire: &Wire) -> String {
    let public = wire.public();
    public.values().map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned()).collect()
}

#[test]
fn what_a_partner_agreed_to_holds_when_its_source_is_removed_or_renamed() {
    let server = Server::start();
    server.set("/h", feed());
    let tag = "[[tag]]\nid = \"labour\"\n";
    let source =
        |id: &str| format!("[[source]]\nid = \"{id}\"\nurl = \"{}\"\n{TERMS}", server.url("/h"));
    let other = format!("[[source]]\nid = \"o\"\nurl = \"{}\"\n", server.url("/o"));
    server.set("/o", Answer::feed(rss("Other", &[])));
    for later in [String::new(), source("harbour-union")] {
        let wire = Wire::new(&format!("{HEAD}{other}{}{tag}", source("harbour")));
        wire.fetch();
        let before = wire.stories();
        assert_eq!(before.len(), 1);
        wire.write("feeds.toml", format!("{HEAD}{other}{later}{tag}"));
        wire.fetch();
        let after = wire.stories();
        assert_eq!(after.len(), 1, "{after:?}");
        for key in ["id", "title", "organisation", "rights", "tags", "content_html"] {
            assert_eq!(after[0][key], before[0][key], "{key}");
        }
        assert_eq!(after[0]["also"], serde_json::json!([]), "it is credited once");
        let shown = outputs(&wire);
        assert!(!shown.contains("FULLTEXT") && !shown.contains("vacancy"));
        // A decision about the story does not change that.
        let number = after[0]["number"].to_string();
        assert_eq!(wire.run(&["tag", &number, "+labour"]).code, 0);
        assert!(!outputs(&wire).contains("FULLTEXT"));
        assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
        assert_eq!(wire.run(&["restore", "b.gz"]).code, 0);
        assert_eq!(wire.run(&["publish"]).code, 0);
        assert!(!outputs(&wire).contains("FULLTEXT"));
    }
}

#[test]
fn what_was_said_last_holds_though_it_was_never_polled_again() {
    let server = Server::start();
    server.set("/h", feed());
    server.set("/o", Answer::feed(rss("Other", &[])));
    let other = format!("[[source]]\nid = \"o\"\nurl = \"{}\"\n", server.url("/o"));
    let source = format!("[[source]]\nid = \"h\"\nurl = \"{}\"\n", server.url("/h"));
    let tags = |id: &str, more: &str| format!("[[tag]]\nid = \"{id}\"\n{more}");
    let wire = Wire::new(&format!("{HEAD}{other}{source}"));
    wire.fetch();
    assert!(outputs(&wire).contains("FULLTEXT") && outputs(&wire).contains("vacancy"));
    // Consent is withdrawn, and the source is not to be asked any more.
    let silent = format!("{source}enabled = false\n{TERMS}");
    wire.write("feeds.toml", format!("{HEAD}{other}{silent}{}", tags("labour", "")));
    assert_eq!(wire.run(&["publish"]).code, 0);
    let shown = outputs(&wire);
    assert!(!shown.contains("FULLTEXT") && !shown.contains("vacancy"));
    // Later somebody tidies up, and the tag gets another name.
    let renamed = tags("work", "was = [\"labour\"]\n");
    wire.write("feeds.toml", format!("{HEAD}{other}{renamed}"));
    for _ in 0..2 {
        wire.fetch();
        let shown = outputs(&wire);
        assert!(!shown.contains("FULLTEXT") && !shown.contains("vacancy"));
        assert_eq!(wire.stories()[0]["tags"], serde_json::json!(["work"]));
    }
}

#[test]
fn a_source_that_is_removed_keeps_the_name_of_its_feed() {
    let server = Server::start();
    server.set("/h", feed());
    server.set("/o", Answer::feed(rss("Other", &[])));
    let other = format!("[[source]]\nid = \"o\"\nurl = \"{}\"\n", server.url("/o"));
    let source = format!("[[source]]\nid = \"h\"\nurl = \"{}\"\n", server.url("/h"));
    let wire = Wire::new(&format!("{HEAD}{other}{source}"));
    wire.fetch();
    assert_eq!(wire.stories()[0]["organisation"], "Feed of the harbour");
    wire.write("feeds.toml", format!("{HEAD}{other}"));
    wire.fetch();
    assert_eq!(wire.stories()[0]["organisation"], "Feed of the harbour");
}
