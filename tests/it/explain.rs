//! `explain`: why a story is here as it is, and what is known of a link that is none.

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

fn item<'a>(
    guid: &'a str,
    link: &'a str,
    title: &'a str,
    date: &'a str,
    text: &'a str,
) -> Item<'a> {
    Item { guid, link, title, date, text }
}

fn wire_of(server: &Server, more: &str) -> Wire {
    let monday = "Mon, 02 Nov 2026 08:00:00 +0000";
    let ahead = "Mon, 02 Nov 2026 20:00:00 +0000";
    let a = rss(
        "A",
        &[
            item(
                "a1",
                "https://a.example/port/",
                "The port is closed",
                monday,
                "Dockers strike for peace.",
            ),
            item("a2", "https://a.example/ahead/", "Ahead", ahead, "A feed with a fast clock."),
        ],
    );
    server.set(
        "/a",
        Answer::feed(
            a.replace("</guid><pubDate>", "</guid><category>Harbours</category><pubDate>"),
        ),
    );
    let copy =
        item("b1", "http://www.a.example/port?utm_source=b", "Port closed", monday, "As A says.");
    server.set("/b", Answer::feed(rss("B", &[copy])));
    let wire = Wire::new(&format!(
        "{HEAD}[publish]\nwindow = 1\n[[source]]\nid = \"a\"\nurl = \"{}\"\nlimit = 0\ntags = [\"labour\"]\n[[source]]\nid = \"b\"\nurl = \"{}\"\n[[tag]]\nid = \"peace\"\nmatch = [\"for peace\"]\n[[tag]]\nid = \"docks\"\ncategories = [\"Harbours\"]\n{more}",
        server.url("/a"),
        server.url("/b")
    ));
    wire.fetch();
    wire
}

fn explain(wire: &Wire, name: &str) -> Value {
    let ran = wire.run(&["explain", "--json", name]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()["story"].clone()
}

#[test]
fn a_story_is_explained_with_entries_tags_decisions_and_outputs() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    let link = "https://a.example/port/";
    assert_eq!(wire.run(&["tag", "--note", "no, it is not", link, "-docks", "+peace"]).code, 0);
    let story = explain(&wire, link);
    for name in [story["number"].to_string(), story["id"].as_str().unwrap().to_owned()] {
        assert_eq!(explain(&wire, &name), story, "{name}");
    }
    let entries = story["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{story}");
    assert_eq!((&entries[0]["source"], &entries[0]["leads"]), (&"a".into(), &true.into()));
    assert_eq!(entries[0]["identity"], "a1");
    assert_eq!(entries[0]["published"], "2026-11-02T08:00:00Z");
    assert_eq!(entries[1]["joined_by"], "link https://a.example/port");
    assert_eq!(entries[1]["url"], "http://www.a.example/port?utm_source=b");
    let reasons = |tag: &str| -> Vec<String> {
        let tags = story["tags"].as_array().unwrap();
        let tag = tags.iter().find(|line| line["tag"] == tag).unwrap_or_else(|| panic!("{story}"));
        tag["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason.as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(reasons("labour"), ["the source a gives it to every story"]);
    assert_eq!(reasons("peace"), ["the phrase \"for peace\" occurs", "an editor decided it"]);
    assert_eq!(story["withheld"][0]["tag"], "docks");
    assert_eq!(story["withheld"][0]["reasons"][0], "the source files it under \"Harbours\"");
    let decisions = story["decisions"].as_array().unwrap();
    let decision = decisions.iter().find(|line| line["do"] == "untag").unwrap();
    assert_eq!((&decision["with"], &decision["by"]), (&"docks".into(), &"command".into()));
    assert_eq!((&decision["note"], &decision["in_force"]), (&"no, it is not".into(), &true.into()));
    let output = |directory: &str| {
        let outputs = story["outputs"].as_array().unwrap();
        outputs
            .iter()
            .find(|line| line["directory"] == directory)
            .map(|line| line["in_window"].as_bool().unwrap())
    };
    assert_eq!(output("tag/peace/"), Some(true));
    assert_eq!(output("tag/docks/"), None);
    assert_eq!(output(""), Some(false), "the window of one holds the other story");
    // In words, for people.
    let ran = wire.run(&["explain", link]);
    for words in [
        "The port is closed",
        "joined by",
        "the phrase \"for peace\" occurs",
        "untag docks, by command",
        "no, it is not",
        "(all)  not in its window",
        "given by rules, and not there",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn dates_that_are_not_shown_and_stories_that_are_not_out_are_explained() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    let story = explain(&wire, "https://a.example/ahead/");
    assert_eq!(story["entries"][0]["published"], "2026-11-02T20:00:00Z", "as the source said");
    assert_eq!(story["published"], "2026-11-02T13:05:00Z", "as shown");
    let ran = wire.run(&["explain", "https://a.example/ahead/"]);
    assert!(ran.out.contains("2026-11-02 20:00, which lay ahead and is not shown"), "{}", ran.out);
    assert_eq!(wire.run(&["hide", "https://a.example/ahead/"]).code, 0);
    let story = explain(&wire, "https://a.example/ahead/");
    assert_eq!(
        (&story["state"], &story["not_public"]),
        (&"hidden".into(), &"an editor hid it".into())
    );
    assert_eq!(story["outputs"], Value::Array(Vec::new()));
    assert_eq!(wire.run(&["takedown", "--note", "letter", "https://a.example/ahead/"]).code, 0);
    let story = explain(&wire, "https://a.example/ahead/");
    assert_eq!((&story["state"], &story["title"]), (&"taken_down".into(), &"".into()));
    assert_eq!(
        (&story["decisions"][0]["do"], &story["decisions"][0]["note"]),
        (&"takedown".into(), &"letter".into())
    );
}

#[test]
fn of_a_link_that_is_no_storys_it_is_told_what_is_known() {
    let server = Server::start();
    let wire = wire_of(
        &server,
        &format!(
            "[[source]]\nid = \"w\"\nurl = \"{}\"\nsite = \"https://w.example/\"\narticle = true\n",
            server.url("/w")
        ),
    );
    let articles = server.url("/long");
    server.set("/robots.txt", Answer::status("404 Not Found", ""));
    server.set("/long", Answer::status("500 Internal Server Error", ""));
    server.set(
        "/w",
        Answer::feed(rss(
            "W",
            &[item("w1", &articles, "Long", "Mon, 02 Nov 2026 08:00:00 +0000", "It begins.")],
        )),
    );
    wire.fetch();
    let trace = |name: &str| {
        let ran = wire.run(&["explain", "--json", name]);
        assert_eq!(ran.code, 2, "{ran:?}");
        let report = ran.json();
        assert_eq!(report["story"], Value::Null);
        report
    };
    let waiting = trace(&articles);
    let kinds: Vec<&Value> =
        waiting["traces"].as_array().unwrap().iter().map(|trace| &trace["kind"]).collect();
    assert!(kinds.contains(&&"waiting".into()), "{waiting}");
    assert!(
        waiting["traces"][0]["words"].as_str().unwrap().contains("asked for it once"),
        "{waiting}"
    );
    let site = trace("https://w.example/unheard-of/");
    assert_eq!(
        (&site["traces"][0]["kind"], &site["traces"][0]["source"]),
        (&"site".into(), &"w".into())
    );
    assert!(
        site["looked_for"].to_string().contains("the link https://w.example/unheard-of"),
        "{site}"
    );
    // More than a poll may bring is remembered and not taken.
    server.set("/b", Answer::feed(crate::wire::numbered("b.example", 1..=310)));
    wire.fetch();
    let seen = trace("https://b.example/310/");
    assert_eq!(seen["traces"][0]["kind"], "seen", "{seen}");
    assert!(trace("#9999")["looked_for"].to_string().contains("the number 9999"));
    let ran = wire.run(&["explain", "https://x.example/nobody"]);
    assert!(ran.code == 2 && ran.out.contains("Nothing is known of it"), "{ran:?}");
    let empty = Wire::new(&wire.read("feeds.toml"));
    assert_eq!(empty.run(&["explain", "1"]).code, 1);
}

#[test]
fn every_command_that_takes_a_story_says_the_same_of_one_that_is_none() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    let before = wire.public();
    for name in ["9999", "https://x.example/nobody", "tag:x.example,2026:nobody"] {
        for command in [
            vec!["explain", name],
            vec!["hide", name],
            vec!["unhide", name],
            vec!["tag", name, "+peace"],
            vec!["takedown", name],
        ] {
            let ran = wire.run(&command);
            assert_eq!(ran.code, 2, "{command:?}: {ran:?}");
            let told = format!("{}{}", ran.out, ran.err);
            for words in [&*format!("there is no story {name}"), "Name it by the number that"] {
                assert!(told.contains(words), "{command:?}: {words}: {told}");
            }
        }
    }
    assert_eq!(wire.public(), before);
}
