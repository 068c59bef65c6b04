//! What repeats from article to article of a source is no part of their stories.

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

const LINE: &str =
    "The harbour archive is written by volunteers in the evenings, on both sides of the strait.";

const WORDS: [&str; 6] =
    ["the dockers", "the tenants", "the ferry crews", "the nurses", "the bakers", "the teachers"];

fn article(number: usize) -> String {
    let who = WORDS[number % WORDS.len()];
    let quoted = match number {
        5 => format!("<blockquote><p>{LINE}</p></blockquote>"),
        _ => String::new(),
    };
    format!(
        "<html lang=en><head><title>Story {number}</title></head><body><nav><a href=/>Home</a></nav><article><h1>Story {number}</h1>\
         <p>On day {number} {who} have voted, and this is said at such a length that nobody can take it for anything but the text of an article.</p>\
         <h2>What {who} ask for</h2>{quoted}\
         <p>They want what was promised {number} years ago, with commas, and with full stops, and {who} will not wait for it any longer.</p>\
         <p>{LINE}</p></article></body></html>"
    )
}

/// The source lists these stories, and each has a page.
fn set(server: &Server, numbers: std::ops::RangeInclusive<usize>) {
    let stories: Vec<(String, String)> = numbers
        .rev()
        .map(|number| {
            server.set(&format!("/{number}"), Answer::document("text/html", article(number)));
            (server.url(&format!("/{number}")), format!("Story {number}"))
        })
        .collect();
    let items: Vec<Item<'_>> = stories
        .iter()
        .map(|(url, title)| Item {
            guid: url,
            link: url,
            title,
            date: "Mon, 02 Nov 2026 10:00:00 +0000",
            text: "",
        })
        .collect();
    server.set("/feed", Answer::feed(rss("Harbour", &items)));
}

fn content(wire: &Wire, number: usize) -> String {
    let title = format!("Story {number}");
    let story = wire.stories().into_iter().find(|story| story["title"] == *title);
    story.unwrap()["content_html"].as_str().unwrap().to_owned()
}

fn wire(server: &Server) -> Wire {
    Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"harbour\"\nurl = \"{}\"\narticle = true\n",
        server.url("/feed")
    ))
}

#[test]
fn what_stands_in_every_article_is_removed_and_the_store_remembers_it() {
    let server = Server::start();
    let wire = wire(&server);
    for last in 1..=3 {
        set(&server, 1..=last);
        wire.fetch();
    }
    assert!(content(&wire, 3).contains(LINE), "three articles prove nothing yet");
    // What was learnt survives a backup and a store made of it.
    assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "b.gz"]).code, 0);
    set(&server, 1..=5);
    wire.fetch();
    let fourth = content(&wire, 4);
    assert!(!fourth.contains("volunteers"), "{fourth}");
    assert!(fourth.contains("What the bakers ask for") && fourth.contains("4 years"), "{fourth}");
    let fifth = content(&wire, 5);
    assert_eq!(fifth.matches("volunteers").count(), 1, "what is quoted stays: {fifth}");
    assert!(fifth.contains("<blockquote>"), "{fifth}");
    // Nothing of the older ones changed for it.
    assert!(content(&wire, 3).contains(LINE));
    assert_eq!(wire.fetch()["stories"]["updated"], 0);

    // What a source gives is shown without it as well, and what went is told.
    server.set("/6", Answer::document("text/html", article(6)));
    let preview = |more: &[&str]| {
        wire.run(&[&["preview", "--article", "--as", "harbour", &server.url("/6")], more].concat())
    };
    let line = preview(&["--json"]).lines().remove(0);
    assert_eq!(line["removed"], serde_json::json!([LINE]));
    assert!(!line["entries"][0]["content_html"].as_str().unwrap().contains("volunteers"));
    assert!(preview(&[]).out.contains(&format!("removed: {LINE}")));
}

#[test]
fn the_first_articles_of_a_source_are_compared_with_one_another() {
    let server = Server::start();
    set(&server, 1..=5);
    let wire = wire(&server);
    wire.fetch();
    for number in 1..=4 {
        let content = content(&wire, number);
        assert!(!content.contains("volunteers"), "{content}");
    }
    // Pages that are given together are compared as well.
    let urls: Vec<String> = (1..=4).map(|number| server.url(&format!("/{number}"))).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let lines = wire.run(&[&["preview", "--article", "--json"], urls.as_slice()].concat()).lines();
    assert_eq!(lines[2]["removed"], serde_json::Value::Null);
    assert_eq!(lines[3]["removed"], serde_json::json!([LINE]));
}
