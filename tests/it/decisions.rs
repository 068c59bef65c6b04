//! Editors' decisions: hidden, shown again, tagged; by command and in feeds.toml.

use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// A wire of one source with these statements, and two tags.
fn wire_of(server: &Server, more: &str) -> Wire {
    server.set("/a", Answer::feed(numbered("a.example", 1..=6)));
    Wire::new(&feeds_toml(server, more))
}

fn feeds_toml(server: &Server, more: &str) -> String {
    format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n[[tag]]\nid = \"peace\"\nname = \"Peace\"\nmatch = [\"statement 2\"]\n[[tag]]\nid = \"housing\"\n{more}",
        server.url("/a")
    )
}

fn story(wire: &Wire, title: &str) -> Option<Value> {
    wire.stories().into_iter().find(|story| story["title"] == title)
}

fn number(wire: &Wire, title: &str) -> String {
    story(wire, title).unwrap()["number"].to_string()
}

fn tags(wire: &Wire, title: &str) -> Vec<String> {
    let story = story(wire, title).unwrap();
    story["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

fn is_in_outputs(wire: &Wire, words: &str) -> bool {
    let public = wire.public();
    public.values().any(|(bytes, _)| String::from_utf8_lossy(bytes).contains(words))
}

#[test]
fn what_is_hidden_is_out_of_every_output_at_once_and_comes_back_to_its_place() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    let before = wire.public();
    let known = story(&wire, "Statement 2 of a.example").unwrap();
    let names = [
        known["number"].to_string(),
        known["id"].as_str().unwrap().to_owned(),
        "http://www.a.example/2/?utm_source=mail#top".to_owned(),
        format!("#{}", known["number"]),
    ];
    for name in names {
        wire.clock.forward(TimeDelta::minutes(1));
        let ran = wire.run(&["hide", "--json", "--note", "asked by mail", &name]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let report = ran.json();
        assert_eq!(report["stories"][0]["id"], known["id"], "{report}");
        assert_eq!(report["stories"][0]["state"], "hidden");
        assert_eq!(report["stories"][0]["changed"], true);
        assert!(report["written"].as_array().unwrap().contains(&"tag/peace/atom.xml".into()));
        assert!(!is_in_outputs(&wire, "The words of statement 2."), "published before it returned");
        assert_eq!(wire.stories().len(), 5);
        // Twice is no error.
        let again = wire.run(&["hide", "--json", &name]).json();
        assert_eq!(again["stories"][0]["changed"], false);
        assert_eq!(again["written"], Value::Array(Vec::new()));
        let ran = wire.run(&["unhide", &name]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains("public"), "{ran:?}");
        assert_eq!(story(&wire, "Statement 2 of a.example"), Some(known.clone()));
        let after = wire.public();
        for (path, (bytes, _)) in &before {
            assert_eq!(&after[path].0, bytes, "{path}: the very bytes of before");
        }
    }
    // Several at once.
    let numbers: Vec<String> =
        (3..=5).map(|n| number(&wire, &format!("Statement {n} of a.example"))).collect();
    let ran = wire.run(&["hide", &numbers[0], &numbers[1], &numbers[2]]);
    assert_eq!((ran.code, wire.stories().len()), (0, 3), "{ran:?}");
    // What is not there is named, and nothing is done.
    let ran = wire.run(&[
        "hide",
        &number(&wire, "Statement 1 of a.example"),
        "9999",
        "https://x.example/y",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no story 9999, https://x.example/y"), "{ran:?}");
    assert_eq!(wire.stories().len(), 3);
    assert_eq!(wire.run(&["hide"]).code, 2);
}

#[test]
fn what_is_kept_back_has_a_list_of_its_own() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    assert_eq!(wire.run(&["hide", &number(&wire, "Statement 2 of a.example")]).code, 0);
    let text =
        feeds_toml(&server, "").replace("\n[[tag]]", "\nexclude = [\"statement 4\"]\n[[tag]]");
    wire.write(
        "feeds.toml",
        text.replacen(
            "exclude = [\"statement 4\"]\n[[tag]]\nid = \"housing\"",
            "[[tag]]\nid = \"housing\"",
            1,
        ),
    );
    wire.fetch();
    assert_eq!(wire.stories().len(), 4);
    let listed = |more: &[&str]| {
        let lines = wire.run(&[&["list", "--hidden", "--json"], more].concat()).lines();
        let shown = |line: &Value| (line["title"].to_string(), line["kept_back"].to_string());
        lines.iter().map(shown).collect::<Vec<_>>()
    };
    let (hidden, excluded) = (
        ("\"Statement 2 of a.example\"".to_owned(), "\"hidden\"".to_owned()),
        ("\"Statement 4 of a.example\"".to_owned(), "\"excluded\"".to_owned()),
    );
    assert_eq!(listed(&[]), [hidden.clone(), excluded.clone()]);
    assert_eq!(listed(&["--tag", "peace"]), [hidden]);
    assert_eq!(listed(&["--search", "statement 4"]), [excluded]);
    assert!(wire.stories().iter().all(|story| story.get("kept_back").is_none()));
    let text = wire.run(&["list", "--hidden"]).out;
    assert!(text.contains("hidden by an editor") && text.contains("excluded by its"), "{text}");
    // The number is that which brings it back.
    let number = text.lines().find(|line| line.contains("hidden by")).unwrap();
    let number = number.split_whitespace().next().unwrap();
    assert_eq!(wire.run(&["unhide", number]).code, 0);
    assert!(story(&wire, "Statement 2 of a.example").is_some());
}

#[test]
fn a_hidden_story_stays_hidden_when_its_source_edits_it_or_gives_it_another_name() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    let hidden = number(&wire, "Statement 3 of a.example");
    assert_eq!(wire.run(&["hide", &hidden]).code, 0);
    assert_eq!(wire.run(&["tag", &hidden, "+housing"]).code, 0);
    let edited = numbered("a.example", 1..=6).replace("words of statement 3", "new words of three");
    server.set("/a", Answer::feed(edited.clone()));
    wire.fetch();
    assert_eq!(wire.stories().len(), 5);
    assert!(!is_in_outputs(&wire, "new words of three"));
    // Another guid: the entry is known by its link and title, and the decision goes with it.
    let renamed = edited.replace("https://a.example/?p=3<", "urn:statement:three<");
    server.set("/a", Answer::feed(renamed.replace("new words of three", "newer words of three")));
    wire.fetch();
    assert_eq!(wire.stories().len(), 5);
    // And another edit after that.
    server.set("/a", Answer::feed(renamed.replace("new words of three", "last words of three")));
    wire.fetch();
    assert!(!is_in_outputs(&wire, "words of three"));
    // It comes back with the words that it has now, under its id.
    assert_eq!(wire.run(&["unhide", &hidden]).code, 0);
    let story = story(&wire, "Statement 3 of a.example").unwrap();
    assert_eq!(story["id"], "https://a.example/?p=3");
    assert_eq!(story["tags"], serde_json::json!(["housing"]), "under every name that it had");
    assert!(story["summary"].as_str().unwrap().contains("last words of three"), "{story}");
}

#[test]
fn tags_of_editors_win_over_rules_edits_and_new_rules() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    let two = "Statement 2 of a.example";
    assert_eq!(tags(&wire, two), ["peace"]);
    let number = number(&wire, two);
    let ran = wire.run(&["tag", &number, "+housing", "-peace", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["stories"][0]["tags"], serde_json::json!(["housing"]));
    let in_tag = |tag: &str| wire.read(&format!("public/tag/{tag}/feed.json")).contains("/2/");
    assert!(in_tag("housing") && !in_tag("peace"));
    // An edit brings the tags of rules again.
    let edited =
        numbered("a.example", 1..=6).replace("words of statement 2", "new words of statement 2");
    server.set("/a", Answer::feed(edited));
    wire.fetch();
    assert!(story(&wire, two).unwrap()["summary"].as_str().unwrap().contains("new words"));
    assert_eq!(tags(&wire, two), ["housing"]);
    // So do other rules.
    let rules =
        wire.read("feeds.toml").replace("[\"statement 2\"]", "[\"statement 2\", \"words\"]");
    wire.write("feeds.toml", &rules);
    wire.fetch();
    assert_eq!(tags(&wire, two), ["housing"]);
    assert_eq!(tags(&wire, "Statement 4 of a.example"), ["peace"], "the rule itself works");
    // The opposite is decided: what rules give is there again, with what an editor gave.
    assert_eq!(wire.run(&["tag", &number, "+peace", "-housing"]).code, 0);
    assert_eq!(tags(&wire, two), ["peace"]);
    // Several stories at once, and the note.
    let four = self::number(&wire, "Statement 4 of a.example");
    let ran = wire.run(&["tag", "--note", "about flats", &number, &four, "+housing"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(tags(&wire, "Statement 4 of a.example"), ["peace", "housing"]);
    for (words, message) in [
        (vec!["tag", &number, "+hosing"], "did you mean housing?"),
        (vec!["tag", &number, "+peace", "-peace"], "contradict"),
        (vec!["tag", &number, "peace"], "with its sign"),
        (vec!["tag", "+peace", "-housing"], "name a story"),
        (vec!["tag", &number, "+peace", "--note"], "options come first"),
        (vec!["tag", "77777", "+peace"], "there is no story 77777"),
    ] {
        let ran = wire.run(&words);
        assert!(ran.code == 2 && ran.err.contains(message), "{words:?}: {ran:?}");
    }
    assert_eq!(tags(&wire, two), ["peace", "housing"]);
}

#[test]
fn o34_feeds_tell_that_a_story_is_gone_and_nothing_of_it_once_it_is_back() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    let hidden = number(&wire, "Statement 2 of a.example");
    wire.clock.forward(TimeDelta::minutes(3));
    assert_eq!(wire.run(&["hide", &hidden]).code, 0);
    let tombstone = "ref=\"https://a.example/?p=2\"";
    for (path, is_told) in [
        ("public/atom.xml", true),
        ("public/tag/peace/atom.xml", true),
        ("public/language/en/atom.xml", false),
        ("public/tag/housing/atom.xml", false),
    ] {
        if wire.path(path).exists() {
            let atom = wire.read(path);
            assert_eq!(atom.contains(tombstone), is_told, "{path}: {atom}");
        }
    }
    let atom = wire.read("public/atom.xml");
    assert!(atom.contains("xmlns:at=\"http://purl.org/atompub/tombstones/1.0\""), "{atom}");
    assert!(atom.contains("when=\"2026-11-02T13:08:00Z\""), "{atom}");
    // For thirty days, and then no more.
    wire.clock.forward(TimeDelta::days(29));
    wire.fetch();
    assert!(wire.read("public/atom.xml").contains(tombstone));
    wire.clock.forward(TimeDelta::days(2));
    wire.fetch();
    assert!(!wire.read("public/atom.xml").contains("deleted-entry"));
    assert_eq!(wire.run(&["unhide", &hidden]).code, 0);
    wire.run(&["hide", &hidden]);
    assert!(wire.read("public/atom.xml").contains(tombstone));
    assert_eq!(wire.run(&["unhide", &hidden]).code, 0);
    assert!(!wire.read("public/atom.xml").contains("deleted-entry"));
}

#[test]
fn decisions_of_feeds_toml_do_what_commands_do_and_are_taken_back_with_their_lines() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    let plain = feeds_toml(&server, "");
    let decisions = "[[decision]]\nstory = \"https://a.example/2/\"\ndo = \"hide\"\nnote = \"asked\"\n[[decision]]\nstory = \"https://a.example/?p=3\"\ndo = \"tag\"\nwith = \"housing\"\n[[decision]]\nstory = \"https://a.example/2/\"\ndo = \"untag\"\nwith = \"peace\"\n[[decision]]\nstory = \"https://a.example/99/\"\ndo = \"hide\"\n";
    wire.write("feeds.toml", format!("{plain}{decisions}"));
    // Nothing of it is known yet: the first poll brings it, and it is never out.
    let report = wire.fetch();
    assert_eq!(report["unknown_decisions"], serde_json::json!(["https://a.example/99/"]));
    let status = wire.run(&["status"]).out;
    assert!(status.contains("not known yet: https://a.example/99/"), "{status}");
    assert_eq!(wire.stories().len(), 5);
    assert!(!is_in_outputs(&wire, "words of statement 2"));
    assert_eq!(tags(&wire, "Statement 3 of a.example"), ["housing"]);
    let ran = wire.run(&["publish", "--json"]);
    assert_eq!(ran.json()["written"], Value::Array(Vec::new()), "nothing is left to do");
    // cron is told nothing of a story that is not there yet.
    wire.clock.forward(TimeDelta::minutes(65));
    let ran = wire.run(&["fetch"]);
    assert!(ran.err.is_empty() && ran.code == 0, "{ran:?}");
    // A command wins over the file, and says so.
    let ran = wire.run(&["unhide", "https://a.example/2/"]);
    assert!(ran.code == 0 && ran.out.contains("[[decision]] of feeds.toml hides it"), "{ran:?}");
    assert_eq!(wire.stories().len(), 6);
    assert_eq!(tags(&wire, "Statement 2 of a.example"), Vec::<String>::new());
    wire.fetch();
    assert_eq!(wire.stories().len(), 6);
    // Out of the file, everything is as rules have it; what a command said stays.
    wire.write("feeds.toml", &plain);
    assert_eq!(wire.run(&["tag", "https://a.example/4/", "+housing"]).code, 0);
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(tags(&wire, "Statement 2 of a.example"), ["peace"]);
    assert_eq!(tags(&wire, "Statement 3 of a.example"), Vec::<String>::new());
    assert_eq!(tags(&wire, "Statement 4 of a.example"), ["housing"]);
    // One that waited is applied when its story comes.
    wire.write(
        "feeds.toml",
        format!("{plain}[[decision]]\nstory = \"https://a.example/99/\"\ndo = \"hide\"\n"),
    );
    server.set("/a", Answer::feed(numbered("a.example", (1..=6).chain([99]))));
    wire.fetch();
    assert!(!is_in_outputs(&wire, "words of statement 99"));
    wire.write("feeds.toml", &plain);
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert!(is_in_outputs(&wire, "words of statement 99"));
    // `check` knows of what comes later, and of tags that are none.
    wire.write(
        "feeds.toml",
        format!("{plain}[[decision]]\nstory = \"x\"\ndo = \"join\"\nwith = \"y\"\n"),
    );
    let check = wire.run(&["check", "--json"]).json();
    assert!(check["warnings"][0]["message"].as_str().unwrap().contains("no effect yet"), "{check}");
    wire.write(
        "feeds.toml",
        format!("{plain}[[decision]]\nstory = \"x\"\ndo = \"tag\"\nwith = \"pease\"\n"),
    );
    let ran = wire.run(&["check"]);
    assert!(ran.code == 2 && ran.out.contains("did you mean \"peace\"?"), "{ran:?}");
}

#[test]
fn decisions_are_in_backups_and_outlive_the_store() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    assert_eq!(wire.run(&["hide", "https://a.example/2/"]).code, 0);
    assert_eq!(wire.run(&["tag", "https://a.example/3/", "+housing"]).code, 0);
    assert_eq!(wire.run(&["backup", "safe.gz"]).code, 0);
    let before = wire.public();
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "safe.gz"]).code, 0);
    let ran = wire.run(&["publish", "--json"]);
    assert_eq!(ran.json()["written"], Value::Array(Vec::new()), "tombstones are in it as well");
    assert_eq!(wire.public(), before);
    let edited = numbered("a.example", 1..=6).replace("The words", "Other words");
    server.set("/a", Answer::feed(edited));
    wire.fetch();
    assert_eq!(wire.stories().len(), 5);
    assert_eq!(tags(&wire, "Statement 3 of a.example"), ["housing"]);
    assert_eq!(wire.run(&["unhide", "https://a.example/2/"]).code, 0);
    assert_eq!(wire.stories().len(), 6);
    // Hidden after the backup was made: the outputs tell of it, and a decision of then stands.
    assert_eq!(wire.run(&["backup", "shown.gz"]).code, 0);
    wire.clock.forward(TimeDelta::minutes(1));
    assert_eq!(wire.run(&["hide", "https://a.example/2/"]).code, 0);
    let ran = wire.run(&["restore", "--json", "shown.gz"]);
    assert_eq!(ran.json()["hidden"], 1, "{ran:?}");
    assert_eq!(wire.stories().len(), 5);
    assert_eq!(wire.run(&["unhide", "https://a.example/2/"]).code, 0);
    assert_eq!(wire.stories().len(), 6);
    assert_eq!(wire.run(&["restore", "--json", "shown.gz"]).json()["hidden"], 0);
    // From the outputs alone: what was hidden is not in them, and does not come again as news.
    assert_eq!(wire.run(&["hide", "https://a.example/2/"]).code, 0);
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "--from-outputs"]).code, 0);
    wire.fetch();
    assert_eq!(wire.stories().len(), 5);
    assert!(!is_in_outputs(&wire, "words of statement 2"));
}

#[test]
fn decisions_are_made_by_the_process_that_has_the_store() {
    let server = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    let slow = Server::start();
    slow.set("/b", Answer::feed(numbered("b.example", 7..=8)));
    let wire = wire_of(&server, &format!("[[source]]\nid = \"b\"\nurl = \"{}\"\n", slow.url("/b")));
    let samizdat = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
        command.args(arguments).current_dir(wire.directory.path());
        command
    };
    assert!(samizdat(&["fetch"]).output().unwrap().status.success());
    slow.asked();
    slow.set("/b", Answer::Hang);
    let fetching = samizdat(&["fetch", "--now", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    slow.wait_for(1);
    let hidden = samizdat(&["hide", "--json", "https://a.example/2/"]).output().unwrap();
    assert!(hidden.status.success(), "{hidden:?}");
    let report: Value = serde_json::from_slice(&hidden.stdout).unwrap();
    assert_eq!(report["stories"][0]["state"], "hidden", "{report}");
    assert!(!is_in_outputs(&wire, "words of statement 2"), "while the fetch still runs");
    let unknown = samizdat(&["hide", "https://x.example/"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    let tagged = samizdat(&["tag", "https://a.example/3/", "+peace"]).output().unwrap();
    assert!(tagged.status.success(), "{tagged:?}");
    slow.set("/b", Answer::feed(numbered("b.example", 7..=9)));
    slow.release();
    let ended = fetching.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert!(!is_in_outputs(&wire, "words of statement 2"));
    assert!(is_in_outputs(&wire, "words of statement 9"));
    assert!(wire.read("public/tag/peace/feed.json").contains("https://a.example/3/"));
}

/// Titles in the JSON feed of an output.
fn titles(wire: &Wire, output: &str) -> Vec<String> {
    let feed: Value =
        serde_json::from_str(&wire.read(&format!("public/{output}feed.json"))).unwrap();
    let items = feed["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_tag_given_by_an_editor_selects_for_outputs_as_well() {
    let server = Server::start();
    let output = "[[output]]\nid = \"homes\"\ntags = [\"housing\"]\n";
    let wire = wire_of(&server, output);
    wire.fetch();
    assert!(titles(&wire, "output/homes/").is_empty());
    let one = number(&wire, "Statement 3 of a.example");
    assert_eq!(wire.run(&["tag", &one, "+housing"]).code, 0);
    assert_eq!(titles(&wire, "output/homes/"), ["Statement 3 of a.example"]);
    assert_eq!(wire.run(&["hide", &one]).code, 0);
    assert!(titles(&wire, "output/homes/").is_empty());
    assert_eq!(wire.run(&["unhide", &one]).code, 0);
    assert_eq!(titles(&wire, "output/homes/"), ["Statement 3 of a.example"]);
    assert_eq!(wire.run(&["tag", &one, "-housing"]).code, 0);
    assert!(titles(&wire, "output/homes/").is_empty());
}

#[test]
fn what_its_source_leaves_out_stays_out_when_an_editor_shows_it_again() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    let before = story(&wire, "Statement 2 of a.example").unwrap();
    let one = before["number"].to_string();
    assert_eq!(wire.run(&["hide", &one]).code, 0);
    let feeds = feeds_toml(&server, "");
    let url = format!("url = \"{}\"\n", server.url("/a"));
    wire.write("feeds.toml", feeds.replace(&url, &format!("{url}exclude = [\"statement 2\"]\n")));
    let shown = wire.run(&["unhide", "--json", &one]).json();
    assert_eq!(shown["stories"][0]["state"], "excluded", "{shown}");
    assert!(!is_in_outputs(&wire, "The words of statement 2."));
    // What is taken out of feeds.toml again brings it back to its place.
    wire.write("feeds.toml", &feeds);
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(story(&wire, "Statement 2 of a.example"), Some(before));
}

#[test]
fn what_was_decided_goes_with_a_source_that_gets_another_id() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.fetch();
    let one = number(&wire, "Statement 2 of a.example");
    assert_eq!(wire.run(&["hide", &one]).code, 0);
    assert_eq!(wire.run(&["tag", &number(&wire, "Statement 3 of a.example"), "+housing"]).code, 0);
    let renamed = feeds_toml(&server, "").replace("id = \"a\"", "id = \"b\"\nwas = [\"a\"]");
    wire.write("feeds.toml", &renamed);
    // An edit has both judged anew.
    let edited = numbered("a.example", 1..=6)
        .replace("words of statement 2", "new words of 2")
        .replace("words of statement 3", "new words of 3");
    server.set("/a", Answer::feed(edited));
    wire.fetch();
    assert!(story(&wire, "Statement 2 of a.example").is_none(), "it stays hidden");
    assert_eq!(tags(&wire, "Statement 3 of a.example"), ["housing"]);
    assert_eq!(wire.run(&["takedown", "b"]).code, 0);
    wire.write(
        "feeds.toml",
        renamed.replace("id = \"b\"\nwas = [\"a\"]", "id = \"c\"\nwas = [\"b\"]"),
    );
    let fetched = wire.fetch();
    assert_eq!((&fetched["polled"], &fetched["not_due"]), (&0.into(), &1.into()), "{fetched}");
    assert!(wire.stories().is_empty());
}

/// A partner `b` that posts the first statement of `a` in its own words.
fn with_a_copy(server: &Server, of_b: &str) -> (Wire, String) {
    server.set("/a", Answer::feed(numbered("a.example", 1..=1)));
    server.set("/b", Answer::feed(numbered("b.example", 5..=5)));
    let feeds_toml = format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\n{of_b}",
        server.url("/a"),
        server.url("/b")
    );
    let wire = Wire::new(&feeds_toml);
    wire.fetch();
    (wire, feeds_toml)
}

fn post_the_copy(server: &Server, wire: &Wire) {
    let copy = numbered("b.example", 4..=5)
        .replace("https://b.example/4/", "https://a.example/1/")
        .replace("The words of statement 4.", "A friend of ours writes.");
    server.set("/b", Answer::feed(copy));
    assert_eq!(wire.fetch()["entries"]["joined"], 1);
}

#[test]
fn what_is_decided_holds_for_a_copy_that_joins_and_is_left_alone() {
    let server = Server::start();
    let (wire, feeds_toml) = with_a_copy(&server, "");
    assert_eq!(wire.run(&["hide", "https://a.example/1/"]).code, 0);
    post_the_copy(&server, &wire);
    assert!(!is_in_outputs(&wire, "A friend of ours"));
    assert_eq!(wire.run(&["takedown", "a"]).code, 0);
    assert!(!is_in_outputs(&wire, "A friend of ours"));
    // New rules judge every story anew.
    wire.write(
        "feeds.toml",
        format!("{feeds_toml}[[tag]]\nid = \"peace\"\nmatch = [\"friend\"]\n"),
    );
    wire.fetch();
    assert!(!is_in_outputs(&wire, "A friend of ours"), "it was hidden, and nobody showed it");
    assert_eq!(wire.run(&["unhide", "https://a.example/1/"]).code, 0);
    assert!(is_in_outputs(&wire, "A friend of ours"));
}

#[test]
fn what_is_left_of_a_story_is_not_published_where_its_source_leaves_it_out() {
    let server = Server::start();
    let (wire, _) = with_a_copy(&server, "exclude = [\"friend of ours\"]\n");
    post_the_copy(&server, &wire);
    assert!(is_in_outputs(&wire, "The words of statement 1"));
    assert_eq!(wire.run(&["takedown", "a"]).code, 0);
    assert!(!is_in_outputs(&wire, "A friend of ours"), "b leaves it out");
    assert!(!is_in_outputs(&wire, "The words of statement 1"), "a is taken down");
    assert!(is_in_outputs(&wire, "The words of statement 5"));
}
