//! Backups, damage, and the ways back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use samizdat::world::{Clock, Files};
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

#[test]
fn a_backup_replaces_nothing_but_backups() {
    let server = Server::start();
    let wire = two_sources(&server);
    wire.fetch();
    wire.write("notes.txt", "keep me");
    wire.write("picture.gz", [0x1f, 0x8b, 8, 0]);
    std::os::unix::fs::symlink("feeds.toml", wire.path("link")).unwrap();
    let files = ["feeds.toml", "notes.txt", "picture.gz", "data/sled/db", "data/flushed.json"];
    let before: Vec<Vec<u8>> =
        files.iter().map(|file| fs::read(wire.path(file)).unwrap()).collect();
    for file in files.iter().chain(&["data/wire.gz", "link", "/dev/null"]) {
        let ran = wire.run(&["backup", file]);
        assert_eq!(ran.code, 2, "{file}: {ran:?}");
        assert!(ran.err.contains(file) && ran.err.contains("nothing was written"), "{ran:?}");
    }
    assert!(wire.path("link").is_symlink());
    for (file, bytes) in files.iter().zip(before) {
        assert_eq!(fs::read(wire.path(file)).unwrap(), bytes, "{file}");
    }
    // An earlier backup, also one that was cut, an empty file, and the place of the daily ones.
    for _ in 0..2 {
        assert_eq!(wire.run(&["backup", "wire.gz"]).code, 0);
        let whole = fs::read(wire.path("wire.gz")).unwrap();
        wire.write("wire.gz", &whole[..whole.len() - 9]);
    }
    wire.write("empty", "");
    assert_eq!(wire.run(&["backup", "empty"]).code, 0);
    assert_eq!(wire.run(&["backup", "data/backups/by-hand.gz"]).code, 0);
}

#[test]
fn every_command_says_that_the_store_is_missing_where_something_is_left_of_it() {
    let server = Server::start();
    let wire = two_sources(&server);
    for command in [["status"].as_slice(), &["list"]] {
        assert_eq!(wire.run(command).code, 0, "nothing was there yet");
    }
    wire.fetch();
    let all: [&[&str]; 6] = [
        &["status"],
        &["list"],
        &["fetch"],
        &["publish"],
        &["backup", "wire.gz"],
        &["preview", "--saved", "a"],
    ];
    let without = |left: &str, first: &str| {
        for command in all {
            let ran = wire.run(command);
            assert_eq!(ran.code, 4, "{command:?}: {ran:?}");
            assert!(ran.err.contains("is missing") && ran.err.contains(left), "{ran:?}");
            let told = ran.err.lines().find(|line| line.starts_with("    samizdat")).unwrap();
            assert!(told.contains(first), "{ran:?}");
        }
    };
    fs::rename(wire.path("data/backups"), wire.path("backups")).unwrap();
    fs::remove_dir_all(wire.path("data")).unwrap();
    without("holds outputs", "samizdat restore --from-outputs");
    fs::rename(wire.path("public"), wire.path("public.away")).unwrap();
    fs::create_dir(wire.path("data")).unwrap();
    fs::rename(wire.path("backups"), wire.path("data/backups")).unwrap();
    without("there are backups", "samizdat restore data/backups/");
    assert_eq!(wire.run(&["fetch", "--init"]).code, 0);
}

#[test]
fn what_is_in_the_way_of_the_store_is_named_and_nothing_is_restored_for_it() {
    let server = Server::start();
    let mut wire = two_sources(&server);
    wire.fetch();
    let public = wire.public();
    let refused = |wire: &Wire, name: &str, words: &str| {
        for command in ["status", "list", "fetch", "publish"] {
            let ran = wire.run(&[command]);
            assert_eq!(ran.code, 4, "{name}, {command}: {ran:?}");
            assert!(ran.err.contains(name) && ran.err.contains(words), "{command}: {ran:?}");
            assert!(!ran.err.contains("samizdat restore"), "{ran:?}");
        }
        assert_eq!(wire.public(), public);
    };
    for name in ["data/flushed.json", "data/lock"] {
        fs::rename(wire.path(name), wire.path("away")).unwrap();
        fs::create_dir(wire.path(name)).unwrap();
        refused(&wire, name, "A directory is where a file should be: move it away");
        fs::remove_dir(wire.path(name)).unwrap();
        fs::rename(wire.path("away"), wire.path(name)).unwrap();
    }
    fs::rename(wire.path("data"), wire.path("away")).unwrap();
    wire.write("data", "");
    refused(&wire, "data", "A file is where a directory should be: move it away");
    fs::remove_file(wire.path("data")).unwrap();
    fs::rename(wire.path("away"), wire.path("data")).unwrap();
    wire.fetch();
    // A directory that may not be entered is not one that is missing.
    let closed = wire.path("data");
    wire.files = Files::gated(move |_, path| {
        if path.starts_with(&closed) && path != closed {
            return Err(std::io::ErrorKind::PermissionDenied.into());
        }
        Ok(())
    });
    let ran = wire.run(&["fetch"]);
    assert!(ran.code == 4 && !ran.err.contains("missing"), "{ran:?}");
    assert!(ran.err.contains("permission denied") && !ran.err.contains("restore"), "{ran:?}");
    // Where sled's log is a directory, something is lost, and the command that is told brings it back.
    wire.files = Files::real();
    fs::remove_file(wire.path("data/sled/db")).unwrap();
    fs::create_dir(wire.path("data/sled/db")).unwrap();
    let ran = wire.run(&["status"]);
    assert!(ran.code == 4 && ran.err.contains("data/sled/db is no file"), "{ran:?}");
    let told = ran.err.lines().find(|line| line.starts_with("    samizdat")).unwrap();
    let words: Vec<&str> = told.split_whitespace().skip(1).collect();
    assert_eq!(wire.run(&words).code, 0);
    assert_eq!(wire.fetch()["stories"]["new"], 0);
}
