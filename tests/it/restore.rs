//! Backups, damage, and the ways back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use samizdat::world::Clock;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// What subscribers know of the stories, by id.
fn known(wire: &Wire) -> BTreeMap<String, Value> {
    let told = [
        "url",
        "title",
        "published",
        "updated",
        "first_seen",
        "source",
        "organisation",
        "also",
        "tags",
        "language",
    ];
    let stories = wire.stories().into_iter().map(|story| {
        let known: Vec<Value> = told.iter().map(|key| story[*key].clone()).collect();
        (story["id"].as_str().unwrap().to_owned(), Value::Array(known))
    });
    stories.collect()
}

/// A wire of two sources of which the second repeats a story of the first, with tags.
fn two_sources(server: &Server) -> Wire {
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    let copy = numbered("b.example", 4..=9)
        .replace("https://b.example/4/", "https://a.example/4/")
        .replace("Statement 6", "Solidarity 6");
    server.set("/b", Answer::feed(copy));
    Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\ntags = [\"europe\"]\n[[source]]\nid = \"b\"\nurl = \"{}\"\n[[tag]]\nid = \"solidarity\"\nmatch = [\"solidarity\"]\n",
        server.url("/a"),
        server.url("/b")
    ))
}

fn backups(wire: &Wire) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(wire.path("data/backups")) else { return Vec::new() };
    let mut found: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn a_backup_is_made_every_day_and_the_newest_three_are_kept() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    assert_eq!(backups(&wire).len(), 1, "the first at once");
    wire.fetch();
    assert_eq!(backups(&wire).len(), 1, "not within a day");
    for day in 1..=5 {
        wire.clock.forward(TimeDelta::days(1));
        wire.fetch();
        assert_eq!(backups(&wire).len(), (day + 1).min(3));
    }
    let names: Vec<String> = backups(&wire)
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap()[..10].to_owned())
        .collect();
    assert_eq!(names, ["2026-11-05", "2026-11-06", "2026-11-07"]);
    wire.write("feeds.toml", wire.read("feeds.toml") + "[store]\nbackups = 0\n");
    wire.clock.forward(TimeDelta::days(2));
    wire.fetch();
    assert_eq!(backups(&wire).len(), 3, "0 makes none, and removes none");
}

#[test]
fn a_backup_holds_everything_and_is_plain_json_lines() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    let before = known(&wire);
    assert_eq!(wire.run(&["backup", "safe.jsonl.gz"]).code, 0);
    let mut lines = String::new();
    flate2::read::GzDecoder::new(fs::File::open(wire.path("safe.jsonl.gz")).unwrap())
        .read_to_string(&mut lines)
        .unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["samizdat_backup"], 2);
    assert_eq!(lines[0]["stories"], 13);
    assert_eq!(lines.iter().filter(|line| line["text"].is_object()).count(), 14);
    assert_eq!(lines.last().unwrap()["end"]["lines"], lines.len() - 1);

    // Into an empty place: everything is there, validators too, and nothing is new.
    fs::remove_dir_all(wire.path("data")).unwrap();
    let public = wire.public();
    let ran = wire.run(&["restore", "safe.jsonl.gz"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("restored 13 stories, 14 entries"), "{ran:?}");
    assert_eq!(known(&wire), before);
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    assert_eq!(wire.public(), public);
    server.asked();
    let report = wire.fetch();
    assert_eq!((&report["unchanged"], &report["entries"]["new"]), (&2.into(), &0.into()));
    assert!(server.asked().iter().all(|asked| asked.headers.contains_key("if-none-match")));
}

#[test]
fn what_was_published_since_the_backup_comes_back_from_the_outputs() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    server.set("/a", Answer::feed(numbered("a.example", 0..=8)));
    wire.fetch();
    let before = known(&wire);
    assert_eq!(before.len(), 14);
    let backup = backups(&wire).remove(0);
    let file = wire.path("data/sled/db");
    let bytes = fs::read(&file).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    fs::write(&file, &bytes[..written / 2]).unwrap();
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let name = backup.file_name().unwrap().to_str().unwrap();
    let command = ran.err.lines().find(|line| line.contains("samizdat restore")).unwrap();
    assert!(command.contains(name), "{ran:?}");
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let ran = wire.run(&words);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("1 story of them from the outputs"), "{ran:?}");
    assert!(ran.out.contains("is kept in"), "the damaged one is not thrown away: {ran:?}");
    assert_eq!(known(&wire), before);
    let report = wire.fetch();
    assert_eq!(report["stories"]["new"], 0, "{report}");
    assert_eq!(known(&wire).len(), 14);
}

#[test]
fn r10_an_older_copy_of_the_store_takes_nothing_from_the_outputs() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    let ran = std::process::Command::new("cp")
        .args(["-a", "data", "data.monday"])
        .current_dir(wire.directory.path())
        .status();
    assert!(ran.unwrap().success());
    server.set("/a", Answer::feed(numbered("a.example", 0..=8)));
    wire.fetch();
    let before = known(&wire);
    let public = wire.public();
    fs::remove_dir_all(wire.path("data")).unwrap();
    fs::rename(wire.path("data.monday"), wire.path("data")).unwrap();
    server.asked();
    for command in [["fetch", "--now"].as_slice(), &["fetch", "--no-publish"], &["publish"]] {
        wire.clock.forward(TimeDelta::minutes(65));
        let ran = wire.run(command);
        assert_eq!(ran.code, 4, "{ran:?}");
        assert!(ran.err.contains("older than the outputs"), "{ran:?}");
        assert!(ran.err.contains("1 story that"), "{ran:?}");
        assert_eq!(wire.public(), public);
    }
    assert!(server.asked().is_empty(), "nobody is asked");
    let ran = wire.run(&["fetch"]);
    let command = ran.err.lines().find(|line| line.contains("samizdat restore")).unwrap();
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    assert_eq!(wire.run(&words).code, 0);
    let report = wire.fetch();
    assert_eq!(report["stories"]["new"], 0, "{report}");
    assert_eq!(known(&wire), before);
}

#[test]
fn r10_from_outputs_alone_ids_dates_credits_and_tags_come_back_and_nothing_is_news() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    server.set("/a", Answer::feed(numbered("a.example", 0..=8)));
    wire.fetch();
    let before = known(&wire);
    let public = wire.public();
    fs::remove_dir_all(wire.path("data")).unwrap();
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("samizdat restore --from-outputs"), "{ran:?}");
    let ran = wire.run(&["restore", "--from-outputs", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["stories"], 14, "{ran:?}");
    assert_eq!(ran.json()["problems"], Value::Array(Vec::new()));
    assert_eq!(known(&wire), before);
    // Subscribers see no difference.
    assert_eq!(wire.run(&["publish"]).code, 0);
    let bytes = |files: &BTreeMap<String, (Vec<u8>, _)>| -> Vec<(String, String)> {
        let text = |(bytes, _): &(Vec<u8>, _)| String::from_utf8_lossy(bytes).into_owned();
        files.iter().map(|(name, file)| (name.clone(), text(file))).collect()
    };
    for (now, then) in bytes(&wire.public()).iter().zip(&bytes(&public)) {
        assert_eq!(now, then);
    }

    // New ones since then are news, the others are not, and none is twice.
    server.set(
        "/b",
        Answer::feed(numbered("b.example", 4..=9).replace("b.example/4/", "b.example/44/")),
    );
    server.set("/a", Answer::feed(numbered("a.example", 0..=12)));
    wire.clock.forward(TimeDelta::minutes(65));
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let after = known(&wire);
    for (id, story) in &before {
        assert_eq!(after[id][4], story[4], "first seen of {id}");
        assert_eq!(after[id][2], story[2], "publication of {id}");
        assert_eq!(after[id][3], story[3], "no update of {id} is announced");
    }
    // Statements 9 to 12 of a are older than anything that was known: kept, not announced.
    assert_eq!(after.len(), before.len(), "{:?}", after.keys());
}

/// A feed that lists the newest 40 of what was published up to `now`: one statement every three hours.
fn statements(host: &str, since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let last = (now - since).num_hours() / 3;
    let mut items = String::new();
    for number in (0..=last).rev().take(40) {
        let date = (since + TimeDelta::hours(number * 3)).to_rfc2822();
        items.push_str(&format!(
            "<item><title>Statement {number} of {host}</title><link>https://{host}/{number}/</link><guid isPermaLink=\"false\">https://{host}/?p={number}</guid><pubDate>{date}</pubDate><description>The words of statement {number} of {host}.</description></item>"
        ));
    }
    format!(
        "<rss version=\"2.0\"><channel><title>{host}</title><link>https://{host}/</link><description/>{items}</channel></rss>"
    )
}

#[test]
fn r10_what_left_the_outputs_since_the_backup_is_not_news_again() {
    let server = Server::start();
    let wire = Wire::new(&format!(
        "{HEAD}[publish]\nwindow = 20\nper = []\n[[source]]\nid = \"often\"\nurl = \"{}\"\nlimit = 0\n[[source]]\nid = \"seldom\"\nurl = \"{}\"\n",
        server.url("/often"),
        server.url("/seldom")
    ));
    let since = wire.clock.now() - TimeDelta::days(2);
    let feed = |host: &str| Answer::feed(statements(host, since, wire.clock.now()));
    server.set("/often", feed("often.example"));
    server.set("/seldom", Answer::feed(statements("seldom.example", since, since)));
    wire.fetch();
    assert_eq!(wire.run(&["backup", "first-day.gz"]).code, 0);
    // A second statement of the seldom one leaves the window before the store is lost.
    wire.clock.forward(TimeDelta::hours(6));
    let second = statements("seldom.example", since, since + TimeDelta::hours(54));
    server.set("/seldom", Answer::feed(second.clone()));
    wire.fetch();
    assert!(wire.read("public/feed.json").contains("seldom.example/18/"));
    for _ in 0..4 {
        wire.clock.forward(TimeDelta::hours(20));
        server.set("/often", feed("often.example"));
        wire.fetch();
    }
    assert!(!wire.read("public/feed.json").contains("seldom.example"));
    let ids = || -> Vec<String> {
        let feed: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        feed["items"].as_array().unwrap().iter().map(id).collect()
    };
    let before = ids();
    assert_eq!(before.len(), 20);
    fs::remove_dir_all(wire.path("data")).unwrap();
    let ran = wire.run(&["restore", "first-day.gz"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = wire.fetch();
    assert!(report["entries"]["new"].as_u64().unwrap() > 10, "they are stored: {report}");
    assert_eq!(report["stories"]["new"], 0, "and are out already: {report}");
    assert_eq!(ids(), before);
    // What comes from now on is news.
    wire.clock.forward(TimeDelta::hours(3));
    server.set("/often", feed("often.example"));
    server.set("/seldom", Answer::feed(statements("seldom.example", since, wire.clock.now())));
    let report = wire.fetch();
    assert!(report["stories"]["new"].as_u64().unwrap() > 1, "{report}");
}

#[test]
fn r10_from_outputs_items_that_came_since_are_news() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 3..=5)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "--from-outputs"]).code, 0);
    wire.clock.forward(TimeDelta::hours(5));
    let late = (wire.clock.now() - TimeDelta::minutes(10)).to_rfc2822();
    let item = format!(
        "<item><title>News</title><link>https://a.example/news/</link><guid isPermaLink=\"false\">https://a.example/?p=99</guid><pubDate>{late}</pubDate><description>Fresh.</description></item>"
    );
    let feed =
        numbered("a.example", 3..=5).replace("<description/>", &format!("<description/>{item}"));
    server.set("/a", Answer::feed(feed));
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["stories"]["new"], 1, "{ran:?}");
    assert_eq!(wire.stories().len(), 4);
    assert!(wire.read("public/atom.xml").contains("<title>News</title>"));
}

#[test]
fn from_outputs_atom_stands_in_for_a_lost_json_feed() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    let before: Vec<String> = known(&wire).into_keys().collect();
    fs::remove_dir_all(wire.path("data")).unwrap();
    for (name, _) in wire.public() {
        if name.ends_with(".json") {
            fs::remove_file(wire.path(&format!("public/{name}"))).unwrap();
        }
    }
    let ran = wire.run(&["restore", "--from-outputs"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(known(&wire).into_keys().collect::<Vec<_>>(), before);
    let report = wire.fetch();
    assert_eq!(report["stories"]["new"], 0, "{report}");
    assert_eq!(known(&wire).into_keys().collect::<Vec<_>>(), before);
}

#[test]
fn a_backup_that_was_cut_or_altered_is_refused_and_the_store_stays() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    let before = known(&wire);
    assert_eq!(wire.run(&["backup", "whole.gz"]).code, 0);
    let whole = fs::read(wire.path("whole.gz")).unwrap();
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&whole[..]).read_to_string(&mut lines).unwrap();
    let packed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let without_end = lines.rsplit_once("{\"end\"").unwrap().0;
    let (head, rest) = lines.split_once('\n').unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 16;
    for (bytes, words) in [
        (whole[..whole.len() / 2].to_vec(), "cut short"),
        (whole[..whole.len() - 1].to_vec(), "cut short"),
        (flipped, "not what was written"),
        (packed(without_end), "cut short"),
        (packed(&lines.replacen("Statement 3", "Statement 8", 1)), "checksum"),
        (packed(&lines.replacen("{\"entry\"", "{\"entri\"", 1)), "line"),
        (packed(&format!("{}\n{rest}", head.replacen(":2,", ":9,", 1))), "format 9"),
        (b"<html><body>not a backup</body></html>".to_vec(), "no backup"),
        (Vec::new(), "cut short"),
    ] {
        wire.write("broken.gz", &bytes);
        let ran = wire.run(&["restore", "broken.gz"]);
        assert_ne!(ran.code, 0, "{words}: {ran:?}");
        let is_told = ran.err.contains(words)
            || (words == "not what was written" && ran.err.contains("cannot restore"));
        assert!(is_told, "{words}: {ran:?}");
        assert_eq!(known(&wire), before, "{words}");
        assert!(!wire.path("data/sled-2").exists(), "nothing half-built is left");
    }
    let ran = wire.run(&["restore", "nowhere.gz"]);
    assert!(ran.code == 1 && ran.err.contains("nowhere.gz"), "{ran:?}");
}

#[test]
fn a_backup_is_never_published() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    let ran = wire.run(&["backup", "public/wire.gz"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("must not be published"), "{ran:?}");
    assert_eq!(wire.run(&["backup", "data"]).code, 2);
    assert_eq!(wire.run(&["restore"]).code, 2);
}
