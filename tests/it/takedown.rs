//! Taking down: the text is gone from outputs and store, at once and for good, whenever the process
//! dies; and rewriting the store.

use std::fs;
use std::io::Read;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use samizdat::world::{Clock, Files};
use serde_json::Value;

use crate::child;
use crate::faults::below::{Act, disturbed_in};
use crate::faults::crash::{Counted, DEATHS, Death, deadly};
use crate::faults::scene::copy;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, HandClock, Item, Wire, numbered, rss};

/// Words that are nowhere but in what is taken down.
const MARKER: &str = "the ferry that nobody was told of";

/// Whether bytes hold the marker, as they are or in one of the frames that zstd compressed.
fn holds(bytes: &[u8]) -> bool {
    let has = |bytes: &[u8]| bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes());
    let magic = [0x28, 0xb5, 0x2f, 0xfd];
    has(bytes)
        || bytes.windows(magic.len()).enumerate().any(|(at, part)| {
            part == magic && {
                let mut text = Vec::new();
                // What is not a whole frame still gives its beginning.
                if let Ok(decoder) = zstd::stream::read::Decoder::new(&bytes[at..]) {
                    let _ = decoder.single_frame().take(1 << 20).read_to_end(&mut text);
                }
                has(&text)
            }
        })
}

/// Every file below a directory that holds the marker, backups left out.
fn holders(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("data/backups") {
                found.extend(holders(&path));
            }
        } else if path.is_file() && holds(&fs::read(&path).unwrap()) {
            found.push(path);
        }
    }
    found
}

fn places(wire: &Wire) -> Vec<PathBuf> {
    [holders(&wire.path("data")), holders(&wire.path("public"))].concat()
}

fn long_text() -> String {
    format!(
        "<p>First of all, {MARKER} to the island.</p>{}",
        "<p>Then it was the turn of others.</p>".repeat(60)
    )
}

fn statements(more: &str) -> String {
    let short =
        format!("A strike is called against {MARKER}, and all are asked to come to the harbour.");
    let long = long_text();
    let item = |guid, link, title, text| Item {
        guid,
        link,
        title,
        date: "Mon, 02 Nov 2026 08:00:00 +0000",
        text,
    };
    let feed = rss(
        "A",
        &[
            item(
                "https://a.example/?p=1",
                "https://a.example/1/",
                "Harbour",
                "Nothing is said here of ships.",
            ),
            item("https://a.example/?p=2", "https://a.example/2/", "Strike", &short),
            item("https://a.example/?p=3", "https://a.example/3/", "Island", &long),
        ],
    );
    feed.replace("</channel>", &format!("{more}</channel>"))
}

/// A wire of one source of which two stories have the marker, one of them compressed.
fn wire_of(server: &Server, more: &str) -> Wire {
    server.set("/a", Answer::feed(statements("")));
    let wire =
        Wire::new(&format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n{more}", server.url("/a")));
    wire.fetch();
    wire
}

fn titles(wire: &Wire) -> Vec<String> {
    let mut titles: Vec<String> =
        wire.stories().iter().map(|story| story["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

#[test]
fn o42_what_is_taken_down_is_in_no_file_of_store_and_outputs() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    assert!(places(&wire).len() > 4, "it is found where it is: {:?}", places(&wire));
    let only_compressed = long_text();
    assert!(
        !only_compressed.is_empty()
            && holds(&zstd::bulk::compress(only_compressed.as_bytes(), 1).unwrap())
    );
    // A restore keeps what it replaced.
    assert_eq!(wire.run(&["backup", "data/backups/by-hand.gz"]).code, 0);
    assert_eq!(wire.run(&["restore", "data/backups/by-hand.gz"]).code, 0);
    let kept = || {
        fs::read_dir(wire.path("data"))
            .unwrap()
            .any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("replaced-"))
    };
    assert!(kept());
    wire.clock.forward(TimeDelta::minutes(1));
    let ran = wire.run(&[
        "takedown",
        "--note",
        "a letter",
        "https://a.example/2/",
        "https://a.example/?p=3",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("data/replaced-") && ran.out.contains(" is removed: "), "{ran:?}");
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
    assert!(!kept());
    assert_eq!(titles(&wire), ["Harbour"]);
    // Backups are named, as they lie.
    assert!(
        ran.out.contains("data/backups/by-hand.gz") && ran.out.contains("still hold the text"),
        "{ran:?}"
    );
    assert!(!ran.out.contains("Strike") && !ran.out.contains("Island"), "{ran:?}");
    let atom = wire.read("public/atom.xml");
    assert!(
        atom.contains("deleted-entry") && atom.contains("ref=\"https://a.example/?p=2\""),
        "{atom}"
    );
    // Everything else is as sound as it was.
    assert_eq!(wire.run(&["backup", "after.gz"]).code, 0);
    assert!(!holds(&fs::read(wire.path("after.gz")).unwrap()));
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    let ran = wire.run(&["unhide", "https://a.example/2/"]);
    assert!(ran.code == 0 && ran.out.contains("taken down, which is for good"), "{ran:?}");
    // A backup of before brings the text back, but shows it to nobody: the outputs told of it. The
    // same command takes it down again.
    let ran = wire.run(&["restore", "data/backups/by-hand.gz"]);
    assert!(
        ran.code == 0 && ran.out.contains("2 stories of the backup had been removed"),
        "{ran:?}"
    );
    assert_eq!(titles(&wire), ["Harbour"]);
    wire.fetch();
    assert_eq!(titles(&wire), ["Harbour"]);
    assert_eq!(holders(&wire.path("public")), Vec::<PathBuf>::new());
    assert!(!holders(&wire.path("data")).is_empty());
    assert_eq!(wire.run(&["takedown", "https://a.example/2/", "https://a.example/3/"]).code, 0);
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
}

#[test]
fn o42_what_is_taken_down_does_not_come_back_in_other_words() {
    let server = Server::start();
    let date = "Mon, 02 Nov 2026 08:00:00 +0000";
    let title = "A strike is called in the harbour";
    let lists = |items: &[Item]| server.set("/a", Answer::feed(rss("A", items)));
    lists(&[Item {
        guid: "1",
        link: "https://a.example/1",
        title,
        date,
        text: "Come to the harbour.",
    }]);
    let wire =
        Wire::new(&format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n", server.url("/a")));
    wire.fetch();
    assert_eq!(wire.run(&["takedown", "https://a.example/1"]).code, 0);
    let again = Item {
        guid: "2",
        link: "https://a.example/two",
        title,
        date,
        text: "Come to the harbour (updated).",
    };
    lists(&[again]);
    wire.fetch();
    assert_eq!(titles(&wire), Vec::<String>::new());
    // A backup does not forget it.
    assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
    assert_eq!(wire.run(&["restore", "b.gz"]).code, 0);
    wire.fetch();
    assert_eq!(titles(&wire), Vec::<String>::new());
    // Nor does another name of the source.
    let named = wire.read("feeds.toml").replace("id = \"a\"", "id = \"b\"\nwas = [\"a\"]");
    wire.write("feeds.toml", named);
    let third = Item { guid: "2b", link: "https://a.example/2b", title, date, text: "Come, all." };
    lists(&[third]);
    wire.fetch();
    assert_eq!(titles(&wire), Vec::<String>::new());
    // What is called so on another day, or differently, is another statement.
    let later = "Mon, 02 Nov 2026 09:00:00 +0000";
    lists(&[
        Item { guid: "3", link: "https://a.example/3", title, date: later, text: "Once more." },
        Item {
            guid: "4",
            link: "https://a.example/4",
            title: "The strike is over",
            date,
            text: "It was won.",
        },
    ]);
    wire.fetch();
    assert_eq!(titles(&wire).len(), 2);
}

#[test]
fn o42_what_the_page_of_an_article_said_is_taken_down_as_well() {
    let server = Server::start();
    let link = server.url("/1");
    let item = Item {
        guid: "1",
        link: &link,
        title: "Harbour",
        date: "Mon, 02 Nov 2026 08:00:00 +0000",
        text: "A teaser that is no more than a line.",
    };
    server.set("/feed", Answer::feed(rss("A", &[item])));
    let text = "And this is said at such a length that nobody takes it for anything but a text. ";
    let page = format!(
        "<html><head><title>Harbour</title><meta name=description content=\"It is about {MARKER}, and about others.\"></head><body><article><h1>Harbour</h1><p>{}</p></article></body></html>",
        text.repeat(5)
    );
    server.set("/1", Answer::document("text/html", page));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
        server.url("/feed")
    ));
    wire.fetch();
    let of_store = || {
        assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
        let mut lines = String::new();
        let file = fs::File::open(wire.path("b.gz")).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut lines).unwrap();
        fs::remove_file(wire.path("b.gz")).unwrap();
        lines.lines().filter(|line| line.contains(MARKER)).count()
    };
    assert!(of_store() > 0, "it is with what is known of its page");
    assert_eq!(wire.run(&["takedown", &link]).code, 0);
    assert_eq!(of_store(), 0);
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
}

#[test]
fn o34_what_is_taken_down_does_not_come_back_under_its_link() {
    let server = Server::start();
    // A link that is in its canonical form as it is written.
    let item = |guid, text| Item {
        guid,
        link: "https://a.example/x",
        title: "Harbour",
        date: "Mon, 02 Nov 2026 08:00:00 +0000",
        text,
    };
    let said = format!("Of {MARKER} much is said here, and of the harbour, and of the island.");
    server.set("/a", Answer::feed(rss("A", &[item("1", &said)])));
    server.set("/b", Answer::feed(rss("B", &[])));
    let sources = [("a", server.url("/a")), ("b", server.url("/b"))];
    let wire = Wire::of(&sources.each_ref().map(|(id, url)| (*id, &**url)));
    wire.fetch();
    assert_eq!(wire.run(&["takedown", "https://a.example/x"]).code, 0);
    // Another partner has it in other words; and its own source twice, in others again.
    let copied = format!("They say of {MARKER} what we have always said, and we say it again.");
    server.set("/b", Answer::feed(rss("B", &[item("copy", &copied)])));
    let twice = [item("2", &copied), item("3", "Wholly other words about the very same thing.")];
    server.set("/a", Answer::feed(rss("A", &twice)));
    wire.fetch();
    assert_eq!(titles(&wire), Vec::<String>::new());
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
}

#[test]
fn o34_what_is_taken_down_comes_back_under_no_name() {
    let server = Server::start();
    let other = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    let wire =
        wire_of(&server, &format!("[[source]]\nid = \"b\"\nurl = \"{}\"\n", other.url("/b")));
    assert_eq!(wire.run(&["takedown", "https://a.example/2/", "https://a.example/3/"]).code, 0);
    let item = |guid: &str, link: &str, text: &str| {
        format!(
            "<item><title>Strike</title><link>{link}</link><guid isPermaLink=\"false\">{guid}</guid><description><![CDATA[{text}]]></description></item>"
        )
    };
    let words =
        format!("A strike is called against {MARKER}, and all are asked to come to the harbour.");
    for (what, a, b) in [
        ("the same again", statements(""), None),
        ("edited", statements("").replace("A strike is called", "A long strike is called"), None),
        ("under another guid", statements("").replace("?p=2", "?p=22"), None),
        (
            "another guid, the same link, other words",
            statements(&item(
                "x",
                "https://a.example/2/?utm_source=x",
                &format!("Again about {MARKER}."),
            )),
            None,
        ),
        (
            "another guid and link, the same words",
            statements(&item("y", "https://a.example/moved/", &words)),
            None,
        ),
        (
            "another source, the same link",
            statements(""),
            Some(item("z", "https://a.example/2/", &format!("They say {MARKER}."))),
        ),
        (
            "another source, the same words",
            statements(""),
            Some(item("w", "https://b.example/copy/", &words)),
        ),
    ] {
        let feed = |items: &str| {
            format!(
                "<rss version=\"2.0\"><channel><title>B</title><link>https://b.example/</link><description/>{items}</channel></rss>"
            )
        };
        other.set("/b", Answer::feed(feed(&b.unwrap_or_default())));
        server.set("/a", Answer::feed(a));
        for _ in 0..2 {
            let report = wire.fetch();
            assert_eq!(report["stories"]["new"], 0, "{what}: {report}");
            assert_eq!(places(&wire), Vec::<PathBuf>::new(), "{what}");
        }
    }
    // What only resembles it is news as ever.
    server.set(
        "/a",
        Answer::feed(statements(&item(
            "n",
            "https://a.example/4/",
            "A strike is over, and all are thanked who came to the harbour on that day.",
        ))),
    );
    assert_eq!(wire.fetch()["stories"]["new"], 1);
    // Months later it is still listed, and still gone.
    wire.clock.forward(TimeDelta::days(100));
    wire.fetch();
    wire.clock.forward(TimeDelta::days(100));
    server.set("/a", Answer::feed(statements("").replace("to come", "to go")));
    assert_eq!(wire.fetch()["stories"]["new"], 0);
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
}

#[test]
fn a_source_that_is_taken_down_leaves_nothing_and_is_not_polled_until_that_is_lifted() {
    let server = Server::start();
    let other = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    let copy = "<item><title>Copy</title><link>https://a.example/2/</link><guid isPermaLink=\"false\">c</guid><description>In the words of B.</description></item>";
    other.set("/b", Answer::feed(format!("<rss version=\"2.0\"><channel><title>B</title><link>https://b.example/</link><description/>{copy}</channel></rss>")));
    let page = format!(
        "<html><body><main><article><h2><a href=\"/p1/\">First</a></h2><p>On {MARKER}.</p></article><article><h2><a href=\"/p2/\">Second</a></h2><p>Else.</p></article></main></body></html>"
    );
    server.set("/news", Answer::document("text/html", page));
    let wire = wire_of(
        &server,
        &format!(
            "[[source]]\nid = \"b\"\nurl = \"{}\"\n[[source]]\nid = \"p\"\nurl = \"{}\"\nkind = \"page\"\n[source.select]\nitem = \"article\"\ntitle = \"h2\"\nlink = \"h2 a\"\nsummary = \"p\"\n",
            other.url("/b"),
            server.url("/news")
        ),
    );
    let merged =
        wire.stories().into_iter().find(|story| story["id"] == "https://a.example/?p=2").unwrap();
    assert_eq!(merged["also"][0]["source"], "b");
    assert_eq!(wire.run(&["preview", "--saved", "p"]).code, 0);
    let ran = wire.run(&["takedown", "--json", "--note", "they asked", "a", "p"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
    let stories = wire.stories();
    assert_eq!(titles(&wire), ["Copy"], "what B published itself is B's");
    assert_eq!((&stories[0]["id"], &stories[0]["source"]), (&merged["id"], &"b".into()));
    assert_eq!(stories[0]["first_seen"], merged["first_seen"]);
    assert_eq!(wire.run(&["preview", "--saved", "p"]).code, 2, "the page is gone as well");
    let status = wire.run(&["status", "--json"]).json();
    assert_eq!(status["sources"][0]["state"], "disabled");
    let note = status["sources"][0]["note"].as_str().unwrap();
    assert!(note.contains("they asked") && note.contains("samizdat takedown --lift a"), "{note}");
    server.asked();
    wire.fetch();
    let ran = wire.run(&["fetch", "a", "--now"]);
    assert!(ran.err.contains("it was taken down; `samizdat takedown --lift a`"), "{ran:?}");
    assert_eq!(server.asked().len(), 0);
    assert!(!wire.read("public/sources.opml").contains(&server.url("/a")));
    // A backup keeps that it is stopped.
    assert_eq!(wire.run(&["backup", "after.gz"]).code, 0);
    assert_eq!(wire.run(&["restore", "after.gz"]).code, 0);
    wire.fetch();
    assert_eq!(server.asked().len(), 0);
    for (words, message) in [
        (vec!["takedown", "--lift", "b"], "no source b is taken down"),
        (vec!["takedown", "nobody"], "there is no story nobody"),
        (vec!["takedown", "--lift", "https://a.example/1/"], "does not come back"),
    ] {
        let ran = wire.run(&words);
        assert!(ran.code == 2 && ran.err.contains(message), "{ran:?}");
    }
    assert_eq!(wire.run(&["takedown", "--lift", "a"]).code, 0);
    server.set("/a", Answer::feed(statements("<item><title>New</title><link>https://a.example/9/</link><guid>https://a.example/9/</guid><description>After all that.</description></item>")));
    wire.fetch();
    assert_eq!(titles(&wire), ["Copy", "New"]);
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_waits_for_its_article_and_what_a_running_fetch_holds_is_taken_down_as_well() {
    let server = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    let slow = Server::start();
    let wire = wire_of(&server, "");
    let feeds_toml = wire.read("feeds.toml");
    wire.write(
        "feeds.toml",
        format!(
            "{feeds_toml}[[source]]\nid = \"w\"\nurl = \"{}\"\narticle = true\n",
            slow.url("/w")
        ),
    );
    let article = slow.url("/long-read");
    slow.set("/robots.txt", Answer::status("404 Not Found", ""));
    slow.set(
        "/w",
        Answer::feed(rss(
            "W",
            &[Item {
                guid: "w1",
                link: &article,
                title: "Long read",
                date: "Mon, 02 Nov 2026 08:00:00 +0000",
                text: &format!("It begins with {MARKER}."),
            }],
        )),
    );
    slow.set("/long-read", Answer::Hang);
    let samizdat = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
        command.args(arguments).current_dir(wire.directory.path());
        command
    };
    let fetching = samizdat(&["fetch", "--now"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    slow.wait_for(3);
    let taken =
        samizdat(&["takedown", "--json", "w", "https://a.example/2/", "https://a.example/3/"])
            .output()
            .unwrap();
    assert!(taken.status.success(), "{taken:?}");
    assert_eq!(places(&wire), Vec::<PathBuf>::new(), "while the fetch still runs");
    slow.set(
        "/long-read",
        Answer::document(
            "text/html",
            format!(
                "<html><body><article><h1>Long read</h1><p>{MARKER}</p></article></body></html>"
            ),
        ),
    );
    slow.release();
    let ended = fetching.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        String::from_utf8_lossy(&ended.stderr).contains("something was taken down"),
        "{ended:?}"
    );
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
    let fetched = samizdat(&["fetch", "--now"]).output().unwrap();
    assert!(fetched.status.success(), "{fetched:?}");
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
    assert_eq!(titles(&wire), ["Harbour"]);
}

/// Not a test: what the child does, in a process of its own. As a test it does nothing.
#[test]
fn child_that_takes_down() {
    let Some(told) = child::told() else { return };
    let told: Vec<&str> = told.split('\n').collect();
    let [directory, now, at, death, command] = told[..] else { panic!("{told:?}") };
    let death = DEATHS[death.parse::<usize>().unwrap()];
    let (files, _) = deadly(at.parse().unwrap(), death, Counted::Changes);
    let wire = Wire::at(directory.as_ref(), HandClock::at(now.parse().unwrap()), files);
    let ran = wire.run(&command.split(' ').collect::<Vec<_>>());
    println!("ended with {}", ran.code);
}

/// Runs a command that dies at an operation; says whether it did.
fn dies(wire: &Wire, at: usize, death: Death, command: &str) -> bool {
    let place = DEATHS.iter().position(|other| *other == death).unwrap();
    let (directory, now) = (wire.directory.path().display(), wire.clock.now().to_rfc3339());
    let told = format!("{directory}\n{now}\n{at}\n{place}\n{command}");
    let ended = child::run("takedown::child_that_takes_down", &told);
    !String::from_utf8_lossy(&ended.stdout).contains("ended with 0")
}

/// How many operations a command has.
fn operations(base: &Path, wire: &Wire, command: &str) -> usize {
    let trial = tempfile::tempdir().unwrap();
    copy(base, trial.path());
    let (files, count) = deadly(usize::MAX, Death::Before, Counted::Changes);
    let trial = Wire::at(trial.path(), HandClock::at(wire.clock.now()), files);
    let ran = trial.run(&command.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{ran:?}");
    count.load(Ordering::SeqCst)
}

/// Dies at every operation of a command, and gives what is left of the wire each time.
fn each_death(server: &Server, command: &str, mut check: impl FnMut(&Wire, &str)) {
    let mut wire = wire_of(server, "");
    wire.clock.forward(TimeDelta::minutes(65));
    let base = tempfile::tempdir().unwrap();
    copy(wire.directory.path(), base.path());
    let most = operations(base.path(), &wire, command);
    assert!(most >= 8, "{most}");
    for (at, death) in (1..=most).flat_map(|at| DEATHS.map(|death| (at, death))) {
        let when = format!("{command}: died {death:?} operation {at} of {most}");
        fs::remove_dir_all(wire.path("data")).unwrap();
        fs::remove_dir_all(wire.path("public")).unwrap();
        copy(base.path(), wire.directory.path());
        assert!(dies(&wire, at, death, command), "{when}: it did not");
        wire.files = Files::real();
        check(&wire, &when);
    }
}

#[test]
fn r1_a_take_down_that_dies_at_any_operation_is_done_by_the_next_round() {
    let server = Server::start();
    let mut finished = 0;
    let mut begun = 0;
    each_death(&server, "takedown https://a.example/2/ https://a.example/3/", |wire, when| {
        let left = titles(wire).len();
        assert!(left == 1 || left == 3, "{when}: {left}");
        if left == 3 {
            // It had not begun: the command is given again.
            begun += 1;
            let ran = wire.run(&["takedown", "https://a.example/2/", "https://a.example/3/"]);
            assert_eq!(ran.code, 0, "{when}: {ran:?}");
        } else {
            finished += 1;
            let ran = wire.run(&["fetch", "--json"]);
            assert_eq!(ran.code, 0, "{when}: {ran:?}");
        }
        assert_eq!(places(wire), Vec::<PathBuf>::new(), "{when}");
        assert_eq!(titles(wire), ["Harbour"], "{when}");
        assert_eq!(wire.run(&["backup", "whole.gz"]).code, 0, "{when}");
    });
    assert!(begun > 0 && finished > 5, "{begun} {finished}");
}

#[test]
fn r1_a_take_down_of_a_source_that_dies_is_done_by_the_next_round() {
    let server = Server::start();
    let mut finished = 0;
    each_death(&server, "takedown a", |wire, when| {
        server.asked();
        let status = wire.run(&["status", "--json"]).json();
        if status["sources"][0]["state"] != "disabled" {
            assert_eq!(wire.run(&["takedown", "a"]).code, 0, "{when}");
        } else {
            finished += 1;
            if finished % 2 == 0 {
                // It goes by another id before it is done.
                let renamed =
                    wire.read("feeds.toml").replace("id = \"a\"", "id = \"b\"\nwas = [\"a\"]");
                wire.write("feeds.toml", renamed);
            }
            let ran = wire.run(&["fetch", "--json"]);
            assert_eq!(ran.code, 0, "{when}: {ran:?}");
            let feeds_toml =
                wire.read("feeds.toml").replace("id = \"b\"\nwas = [\"a\"]", "id = \"a\"");
            wire.write("feeds.toml", feeds_toml);
        }
        assert_eq!(places(wire), Vec::<PathBuf>::new(), "{when}");
        assert_eq!(titles(wire).len(), 0, "{when}");
        assert_eq!(server.asked().len(), 0, "{when}");
    });
    assert!(finished > 5, "{finished}");
}

#[test]
fn compact_makes_the_store_smaller_and_changes_nothing_else() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    for round in 0..30 {
        let edit = format!("said here of ships {round}.");
        server.set("/a", Answer::feed(statements("").replace("said here of ships.", &edit)));
        wire.fetch();
    }
    let (before, public) = (wire.stories(), wire.public());
    let ran = wire.run(&["compact", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    assert!(report["after"].as_u64() < report["before"].as_u64(), "{report}");
    let ran = wire.run(&["compact"]);
    assert!(ran.code == 0 && ran.out.starts_with("the store had "), "{ran:?}");
    assert_eq!(wire.stories(), before);
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    assert_eq!(wire.public(), public);
    server.asked();
    assert_eq!(wire.fetch()["unchanged"], 1);
    assert!(server.asked()[0].headers.contains_key("if-none-match"));
    let databases = fs::read_dir(wire.path("data"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("sled"));
    assert_eq!(databases.count(), 1);
    let empty = Wire::new(&wire.read("feeds.toml"));
    let ran = empty.run(&["compact"]);
    assert!(ran.code == 1 && ran.err.contains("there is no store"), "{ran:?}");
}

#[test]
fn r1_a_compact_that_dies_at_any_operation_loses_nothing() {
    let server = Server::start();
    each_death(&server, "compact", |wire, when| {
        assert_eq!(titles(wire), ["Harbour", "Island", "Strike"], "{when}");
        let databases = fs::read_dir(wire.path("data")).unwrap().filter(|entry| {
            entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("sled")
        });
        assert_eq!(databases.count(), 1, "{when}");
        let ran = wire.run(&["fetch", "--json"]);
        assert_eq!(ran.code, 0, "{when}: {ran:?}");
        assert_eq!(ran.json()["stories"]["new"], 0, "{when}");
        assert_eq!(wire.run(&["backup", "whole.gz"]).code, 0, "{when}");
    });
}

/// Has the power go, or the process die, at every operation of a command on the store's files, sled's
/// own included; `check` sees what is left.
fn each_cut(server: &Server, command: &[&str], check: impl Fn(&Wire, &str)) {
    let wire = wire_of(server, "");
    let base = tempfile::tempdir().unwrap();
    copy(wire.directory.path(), base.path());
    let again = || {
        fs::remove_dir_all(wire.path("data")).unwrap();
        fs::remove_dir_all(wire.path("public")).unwrap();
        copy(base.path(), wire.directory.path());
    };
    let (ended, most) = disturbed_in(command, &wire, usize::MAX, Act::Kill);
    assert!(ended.status.success(), "{ended:?}");
    let most = most.unwrap();
    assert!(most > 30, "{most}");
    for at in 1..=most {
        let act = if at % 3 == 0 { Act::KillHalfWritten } else { Act::PowerCut(at as u64) };
        again();
        let (ended, _) = disturbed_in(command, &wire, at, act);
        assert!(!ended.status.success(), "{command:?}: {act:?} at operation {at} did nothing");
        check(&wire, &format!("{command:?}: {act:?} at operation {at} of {most}"));
    }
}

#[test]
fn r1_when_the_power_goes_during_a_compact_nothing_is_lost() {
    let server = Server::start();
    each_cut(&server, &["compact"], |wire, when| {
        assert_eq!(titles(wire), ["Harbour", "Island", "Strike"], "{when}");
        let ran = wire.run(&["publish", "--json"]);
        assert_eq!(ran.code, 0, "{when}: {ran:?}");
        assert_eq!(ran.json()["written"], Value::Array(Vec::new()), "{when}");
        assert_eq!(wire.run(&["backup", "whole.gz"]).code, 0, "{when}");
    });
}

#[test]
fn r1_when_the_power_goes_during_a_take_down_the_next_round_ends_it() {
    let server = Server::start();
    let command = ["takedown", "https://a.example/2/", "https://a.example/3/"];
    each_cut(&server, &command, |wire, when| {
        if titles(wire).len() == 3 {
            let ran = wire.run(&command);
            assert_eq!(ran.code, 0, "{when}: {ran:?}");
        } else {
            let ran = wire.run(&["publish"]);
            assert_eq!(ran.code, 0, "{when}: {ran:?}");
        }
        assert_eq!(titles(wire), ["Harbour"], "{when}");
        assert_eq!(places(wire), Vec::<PathBuf>::new(), "{when}");
        assert_eq!(wire.run(&["backup", "whole.gz"]).code, 0, "{when}");
    });
}

#[test]
fn compact_is_done_by_the_process_that_has_the_store_and_costs_it_nothing() {
    let server = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    let slow = Server::start();
    slow.set("/b", Answer::Hang);
    let wire = wire_of(&server, "");
    let feeds_toml = wire.read("feeds.toml");
    wire.write(
        "feeds.toml",
        format!("{feeds_toml}[[source]]\nid = \"b\"\nurl = \"{}\"\n", slow.url("/b")),
    );
    let samizdat = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
        command.args(arguments).current_dir(wire.directory.path());
        command
    };
    let fetching = samizdat(&["fetch", "--now", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    slow.wait_for(1);
    let compacted = samizdat(&["compact", "--json"]).output().unwrap();
    assert!(compacted.status.success(), "{compacted:?}");
    slow.set("/b", Answer::feed(numbered("b.example", 7..=9)));
    slow.release();
    let ended = fetching.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(report["stories"]["new"], 3, "{report}");
    assert_eq!(titles(&wire).len(), 6);
}

#[test]
fn what_the_outputs_tell_to_be_gone_stays_gone_when_the_store_is_made_of_them() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    assert_eq!(wire.run(&["takedown", "https://a.example/2/", "https://a.example/3/"]).code, 0);
    let left = titles(&wire);
    let restored = wire.run(&["restore", "--from-outputs"]);
    assert!(restored.code == 0 && restored.out.contains("will not come back"), "{restored:?}");
    wire.fetch();
    assert_eq!(titles(&wire), left);
    assert_eq!(places(&wire), Vec::<PathBuf>::new());
}

#[test]
fn what_is_removed_in_the_second_of_a_backup_stays_hidden_when_it_is_restored() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    wire.clock.forward(chrono::TimeDelta::milliseconds(300));
    assert_eq!(wire.run(&["backup", "a.gz"]).code, 0);
    wire.clock.forward(chrono::TimeDelta::milliseconds(300));
    assert_eq!(wire.run(&["hide", "https://a.example/2/"]).code, 0);
    let left = titles(&wire);
    let restored = wire.run(&["restore", "a.gz"]);
    assert!(restored.code == 0 && restored.out.contains("stay hidden"), "{restored:?}");
    wire.fetch();
    assert_eq!(titles(&wire), left);
}

#[test]
fn o34_tombstones_stand_before_the_entries() {
    let server = Server::start();
    let wire = wire_of(&server, "");
    assert_eq!(wire.run(&["takedown", "https://a.example/2/"]).code, 0);
    let atom = wire.read("public/atom.xml");
    let at = |tag: &str| atom.find(tag).unwrap();
    assert!(at("<at:deleted-entry") < at("<entry"));
    assert!(atom_syndication::Feed::read_from(atom.as_bytes()).is_ok());
}
