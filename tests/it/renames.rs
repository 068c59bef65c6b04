//! `was`: sources, tags and organisations that got another id keep their history; and logos.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

fn feed(wire: &Wire, output: &str) -> Value {
    serde_json::from_str(&wire.read(&format!("public/{output}feed.json"))).unwrap()
}

fn items(wire: &Wire, output: &str) -> Vec<String> {
    let feed = feed(wire, output);
    let items = feed["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// What subscribers know of each story.
fn known(wire: &Wire) -> BTreeMap<String, (Value, Value, Value)> {
    let known = |story: Value| {
        let told =
            (story["first_seen"].clone(), story["published"].clone(), story["updated"].clone());
        (story["id"].as_str().unwrap().to_owned(), told)
    };
    wire.stories().into_iter().map(known).collect()
}

#[test]
fn a_renamed_source_keeps_everything_and_nothing_of_it_is_new_again() {
    let server = Server::start();
    // Without guids of their own that identify everywhere, ids are made of the source's.
    let plain = |numbers| numbered("a.example", numbers).replace("https://a.example/?p=", "");
    server.set("/a", Answer::feed(plain(1..=30)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=2)));
    let feeds = |source: &str| {
        format!(
            "{HEAD}[[source]]\n{source}\nurl = \"{}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\n",
            server.url("/a"),
            server.url("/b")
        )
    };
    let wire = Wire::new(&feeds("id = \"old\""));
    wire.fetch();
    let (before, all) = (known(&wire), items(&wire, ""));
    assert_eq!(all.len(), 12, "the backlog of both");
    let organisation = feed(&wire, "organisation/a-example/");
    wire.write("feeds.toml", feeds("id = \"new\"\nwas = [\"old\"]"));
    assert_eq!(wire.run(&["check"]).code, 0);
    // Before anything is written it is shown as it is.
    let status = |wire: &Wire| -> Value {
        let mut status = wire.run(&["status", "--json"]).json()["sources"][0].take();
        status.as_object_mut().unwrap().remove("id");
        status
    };
    let told = status(&wire);
    assert_eq!((&told["entries"], &told["stories"]), (&30.into(), &10.into()));
    // Not due: its time of polling is its own still.
    server.asked();
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!((&ran.json()["polled"], ran.code), (&0.into(), 0), "{ran:?}");
    assert!(server.asked().is_empty());
    assert_eq!(status(&wire), told);
    assert_eq!((known(&wire), items(&wire, "")), (before.clone(), all.clone()));
    assert!(wire.stories().iter().all(|story| story["source"] != "old"));
    let renamed = feed(&wire, "organisation/a-example/");
    assert_eq!(renamed["_samizdat"], organisation["_samizdat"], "it speaks for the same one");
    // Asked with its validators, and what it edits and adds is an edit and one more.
    let report = wire.fetch();
    assert_eq!((&report["unchanged"], &report["entries"]["new"]), (&2.into(), &0.into()));
    assert!(server.asked().iter().all(|asked| asked.headers.contains_key("if-none-match")));
    let more = plain(0..=30).replace("The words of statement 2.", "Other words of statement 2.");
    server.set("/a", Answer::feed(more));
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["entries"]["updated"]), (&1.into(), &1.into()));
    assert_eq!(wire.stories().len(), 13);
    assert!(before.keys().all(|id| known(&wire).contains_key(id)));
    // Also from a backup that was made before.
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
}

#[test]
fn a_backup_from_before_a_rename_brings_nothing_back_as_news() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    let feeds =
        |source: &str| format!("{HEAD}[[source]]\n{source}\nurl = \"{}\"\n", server.url("/a"));
    let wire = Wire::new(&feeds("id = \"old\""));
    wire.fetch();
    assert_eq!(wire.run(&["backup", "safe.jsonl.gz"]).code, 0);
    wire.write("feeds.toml", feeds("id = \"new\"\nwas = [\"old\"]"));
    wire.fetch();
    let before = known(&wire);
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "safe.jsonl.gz"]).code, 0);
    let report = wire.fetch();
    assert_eq!((&report["unchanged"], &report["entries"]["new"]), (&1.into(), &0.into()));
    assert_eq!(known(&wire), before);
    assert!(wire.stories().iter().all(|story| story["source"] == "new"));
}

#[test]
fn two_sources_that_became_one_keep_both_histories() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    server.set("/b", Answer::feed(numbered("a.example", 4..=6)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    let before = known(&wire);
    wire.write(
        "feeds.toml",
        format!(
            "{HEAD}[[source]]\nid = \"both\"\nwas = [\"a\", \"b\"]\nurl = \"{}\"\n",
            server.url("/a")
        ),
    );
    server.set("/a", Answer::feed(numbered("a.example", 1..=6)));
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["stories"]["new"]), (&0.into(), &0.into()));
    assert_eq!(known(&wire), before);
    let status = wire.run(&["status", "--json"]).json();
    assert_eq!(
        (&status["sources"][0]["entries"], &status["sources"][0]["stories"]),
        (&6.into(), &6.into())
    );
}

#[test]
fn a_renamed_tag_keeps_the_id_of_its_feed_and_its_stories() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    let feeds = |tag: &str| {
        format!(
            "{HEAD}[publish]\nbacklog = 8\n[[source]]\nid = \"a\"\nurl = \"{}\"\n{tag}\nname = \"Sea\"\nmatch = [\"statement\"]\n",
            server.url("/a")
        )
    };
    let wire = Wire::new(&feeds("[[output]]\nid = \"x\"\ntags = [\"old\"]\n[[tag]]\nid = \"old\""));
    wire.fetch();
    let (id, stories) =
        (feed(&wire, "tag/old/")["_samizdat"]["id"].clone(), items(&wire, "tag/old/"));
    assert_eq!(stories.len(), 8);
    let told = known(&wire);
    // Nothing of it is an old story that enters: it was there.
    wire.write(
        "feeds.toml",
        feeds("[[output]]\nid = \"x\"\ntags = [\"old\"]\n[[tag]]\nid = \"new\"\nwas = [\"old\"]")
            .replace("backlog = 8", "backlog = 1"),
    );
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(
        (&feed(&wire, "tag/new/")["_samizdat"]["id"], items(&wire, "tag/new/")),
        (&id, stories.clone())
    );
    assert_eq!(items(&wire, "output/x/"), stories, "an output may name it by its former id");
    assert_eq!(known(&wire), told, "nobody's reader shows it as unread");
    assert_eq!(wire.read("public/tag/old/atom.xml"), wire.read("public/tag/new/atom.xml"));
    assert!(wire.read("public/tag/old/index.html").contains("../../tag/new/index.html"));
    assert_eq!(wire.run(&["list", "--json", "--tag", "new"]).lines().len(), 8);
    assert_eq!(wire.run(&["list", "--json", "--tag", "old"]).lines().len(), 8, "by its former id");
    // And further on.
    server.set("/a", Answer::feed(numbered("a.example", 0..=8)));
    wire.fetch();
    assert_eq!(items(&wire, "tag/new/").len(), 9);
}

#[test]
fn a_renamed_organisation_keeps_the_id_of_its_feed_and_its_stories() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=4)));
    let feeds = |organisation: &str, described: &str| {
        format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\norganisation = \"{organisation}\"\n{described}",
            server.url("/a")
        )
    };
    let wire = Wire::new(&feeds("Harbour Union", ""));
    wire.fetch();
    let old = "organisation/harbour-union/";
    let (id, stories) = (feed(&wire, old)["_samizdat"]["id"].clone(), items(&wire, old));
    let renamed = feeds(
        "Dockers United",
        "[[organisation]]\nid = \"dockers\"\nname = \"Dockers United\"\nwas = [\"harbour-union\"]\n",
    );
    wire.write("feeds.toml", &renamed);
    assert_eq!(wire.run(&["publish"]).code, 0);
    let new = "organisation/dockers/";
    assert_eq!((&feed(&wire, new)["_samizdat"]["id"], items(&wire, new)), (&id, stories.clone()));
    assert_eq!(
        wire.read(&format!("public/{old}rss.xml")),
        wire.read(&format!("public/{new}rss.xml"))
    );
    assert!(
        wire.read("public/index.html").contains(new)
            && !wire.read("public/index.html").contains(old)
    );
    assert_eq!(wire.stories()[0]["organisation"], "Dockers United");
    server.set("/a", Answer::feed(numbered("a.example", 0..=4)));
    wire.fetch();
    assert_eq!(items(&wire, new).len(), 5);
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    // A source that still bears the former name would be another one under the former id.
    wire.write("feeds.toml", format!("{renamed}[[source]]\nid = \"b\"\nurl = \"https://b.example/\"\norganisation = \"Harbour Union\"\n"));
    let ran = wire.run(&["check"]);
    let said = ran.out.clone() + &ran.err;
    assert_eq!(ran.code, 2, "{said}");
    assert!(said.contains("`harbour-union` in `was`") && said.contains("Dockers United"), "{said}");
}

#[test]
fn a_former_id_belongs_to_one_thing_and_is_not_in_use() {
    let source = "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n";
    let wire = Wire::new(&format!("{HEAD}{source}"));
    for (more, wrong) in [
        ("was = [\"a\"]\n", "`a` in `was`"),
        ("[[source]]\nid = \"b\"\nurl = \"https://b.example/\"\nwas = [\"a\"]\n", "`a` in `was`"),
        (
            "[[tag]]\nid = \"x\"\nwas = [\"z\"]\n[[tag]]\nid = \"y\"\nwas = [\"z\"]\n",
            "`z` in `was`",
        ),
        ("[[output]]\nid = \"x\"\nwas = [\"y\"]\n[[output]]\nid = \"y\"\n", "`y` in `was`"),
        (
            "[[organisation]]\nname = \"One\"\n[[organisation]]\nname = \"Two\"\nwas = [\"one\"]\n",
            "`one` in `was`",
        ),
        ("tags = [\"old\"]\n[[tag]]\nid = \"new\"\nwas = [\"old\"]\n", ""),
    ] {
        wire.write("feeds.toml", format!("{HEAD}{source}{more}"));
        let ran = wire.run(&["check"]);
        let said = ran.out.clone() + &ran.err;
        assert_eq!(ran.code, if wrong.is_empty() { 0 } else { 2 }, "{more}: {said}");
        assert!(said.contains(wrong) && !said.contains("no effect"), "{more}: {said}");
    }
}

#[test]
fn a_logo_is_published_shown_and_taken_away_and_an_unsafe_one_is_not() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=2)));
    let feeds = |logo: &str| {
        format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\norganisation = \"Harbour\"\n[[organisation]]\nid = \"harbour\"\nname = \"Harbour\"\n{logo}",
            server.url("/a")
        )
    };
    let wire = Wire::new(&feeds("logo = \"art/logo.svg\"\n"));
    let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"3\"/></svg>";
    wire.write("art/logo.svg", drawing);
    wire.fetch();
    assert_eq!(wire.read("public/logo/harbour.svg"), drawing);
    let page = wire.read("public/organisation/harbour/index.html");
    assert!(page.contains("src=\"../../logo/harbour.svg\""), "{page}");
    // It is one of the inputs.
    wire.write("art/logo.svg", drawing.replace("r=\"3\"", "r=\"4\""));
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["written"], serde_json::json!(["logo/harbour.svg"]));
    // The store is lost, and the logo there is ours.
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "--from-outputs"]).code, 0);
    assert_eq!(wire.run(&["publish"]).code, 0);

    wire.write(
        "art/logo.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x()</script></svg>",
    );
    wire.clock.forward(TimeDelta::days(2));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("the logo of Harbour is not shown") && ran.err.contains("<script>"),
        "{ran:?}"
    );
    assert!(!wire.public().contains_key("logo/harbour.svg"));
    assert!(!wire.read("public/organisation/harbour/index.html").contains("logo/"));
    assert!(!wire.run(&["fetch"]).err.contains("logo"), "said once a day");
    let ran = wire.run(&["check"]);
    assert!((ran.out.clone() + &ran.err).contains("the logo of Harbour"), "{ran:?}");

    for (path, wrong) in [
        ("../logo.svg", "no file in the directory"),
        ("/etc/hostname.png", "no file in the directory"),
        ("https://a.example/logo.png", "no file in the directory"),
        ("logo.bmp", "no picture"),
    ] {
        wire.write("feeds.toml", feeds(&format!("logo = \"{path}\"\n")));
        let ran = wire.run(&["check"]);
        assert!((ran.out.clone() + &ran.err).contains(wrong) && ran.code == 2, "{path}: {ran:?}");
    }
    wire.write("feeds.toml", feeds("logo = \"link.png\"\n"));
    std::os::unix::fs::symlink("/etc/hostname", wire.path("link.png")).unwrap();
    let ran = wire.run(&["check"]);
    assert!((ran.out.clone() + &ran.err).contains("leads out of the directory"), "{ran:?}");
}

#[test]
fn r7_a_source_that_is_renamed_while_it_is_polled_brings_nothing_twice() {
    let slow = Server::start();
    // Without links, so that nothing but the source and its names tells what is known.
    let feed = |last: u32| {
        let feed = numbered("a.example", 1..=last);
        let lines = feed.lines().map(|line| {
            match (line.find("<link>https://a.example/"), line.find("</link>")) {
                (Some(from), Some(to)) if line.contains("<item>") => {
                    format!("{}{}", &line[..from], &line[to + "</link>".len()..])
                }
                _ => line.to_owned(),
            }
        });
        Answer::feed(lines.collect::<Vec<_>>().join("\n"))
    };
    slow.set("/a", feed(3));
    let feeds_toml = format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n", slow.url("/a"));
    let wire = Wire::new(&feeds_toml);
    let samizdat = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
        command.args(arguments).current_dir(wire.directory.path());
        command
    };
    assert!(samizdat(&["fetch"]).output().unwrap().status.success());
    let known = wire.stories().len();
    slow.asked();
    slow.set("/a", Answer::Hang);
    let fetching = samizdat(&["fetch", "--now"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    slow.wait_for(1);
    wire.write("feeds.toml", feeds_toml.replace("id = \"a\"", "id = \"b\"\nwas = [\"a\"]"));
    let published = samizdat(&["publish"]).output().unwrap();
    assert!(published.status.success(), "{published:?}");
    slow.set("/a", feed(3));
    slow.release();
    let ended = fetching.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&ended.stderr).contains("renamed"), "{ended:?}");
    let again = samizdat(&["fetch", "--now"]).output().unwrap();
    assert!(again.status.success(), "{again:?}");
    assert_eq!(wire.stories().len(), known);
}
