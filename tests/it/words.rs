//! Words that could mean something to another interpreter: file names, patterns, templates,
//! terminals. They are words.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

const DATE: &str = "Mon, 02 Nov 2026 08:00:00 +0000";

/// Titles, guids, categories and names that mean something elsewhere.
const ODD: [&str; 18] = [
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/shadow",
    "CON",
    "-rf",
    "trailing.",
    "\u{1f54a}",
    "%00",
    "\"; DROP TABLE stories; --",
    "100% _of_ \"*\"",
    "{{7*7}}{% include \"about.html\" %}",
    "&lt;%= 7*7 %&gt; ${7*7} #{7*7}",
    "$(touch pwned) `touch pwned` | touch pwned",
    "(a+)+$ (.*)*",
    "line one&#10;line two&#13;",
    "red &#27;[31m &#155;31m bell &#7;",
    "\u{202e}txt.exe",
    "index feed all rss.xml",
];

fn wire_of_odd_words(server: &Server) -> Wire {
    let guids: Vec<String> = ODD.iter().map(|odd| format!("{odd}{}", odd.repeat(300))).collect();
    let links: Vec<String> = (0..ODD.len()).map(|n| format!("https://a.example/{n}/")).collect();
    let items: Vec<Item<'_>> = ODD
        .iter()
        .zip(&links)
        .zip(&guids)
        .map(|((odd, link), guid)| Item { guid, link, title: odd, date: DATE, text: odd })
        .collect();
    let categories: String =
        ODD.iter().map(|odd| format!("<category><![CDATA[{odd}]]></category>")).collect();
    let feed = rss("A", &items).replace("</item>", &format!("{categories}</item>"));
    server.set("/a", Answer::feed(feed));
    Wire::new(&format!(
        "{HEAD}[publish]\nbacklog = 100\n[[source]]\nid = \"a\"\nurl = \"{}\"\nname = \"../../C++ | $(id)\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\norganisation = \"C++\"\n[[source]]\nid = \"c\"\nurl = \"{}\"\norganisation = \"c\"\n[[source]]\nid = \"d\"\nurl = \"{}\"\norganisation = \"C#\"\n",
        server.url("/a"),
        server.url("/b"),
        server.url("/c"),
        server.url("/d"),
    ))
}

fn others(server: &Server) {
    for name in ["b", "c", "d"] {
        let link = format!("https://{name}.example/1/");
        let item = Item { guid: &link, link: &link, title: name, date: DATE, text: name };
        server.set(&format!("/{name}"), Answer::feed(rss(name, &[item])));
    }
}

#[test]
fn h48_h49_no_name_leads_out_of_the_outputs_and_no_two_lead_to_one_place() {
    let server = Server::start();
    others(&server);
    let wire = wire_of_odd_words(&server);
    let around: BTreeSet<String> = names(&wire);
    let ran = wire.run(&["fetch"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let new: Vec<String> = names(&wire).difference(&around).cloned().collect();
    assert_eq!(new, ["data", "public"], "nothing lies beside them");
    let files: Vec<String> = wire.public().into_keys().collect();
    let folded: BTreeSet<String> = files.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(folded.len(), files.len(), "no clash where case does not count");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-./".contains(c);
    assert!(files.iter().all(|name| name.chars().all(plain)), "{files:?}");
    // C++, c and C# are three organisations.
    let organisations: BTreeSet<&str> = files
        .iter()
        .filter_map(|name| name.strip_prefix("organisation/")?.split('/').next())
        .collect();
    assert_eq!(organisations.len(), 4, "{organisations:?}");
    assert!(wire.stories().len() >= ODD.len());
}

fn names(wire: &Wire) -> BTreeSet<String> {
    std::fs::read_dir(wire.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn h50_what_is_searched_for_is_words_and_no_pattern() {
    let server = Server::start();
    others(&server);
    let wire = wire_of_odd_words(&server);
    assert_eq!(wire.run(&["fetch"]).code, 0);
    let all = wire.stories().len();
    for nothing in ["%", "_", "\"*", ".*", "(a+)+$x", "\\", "'; DROP TABLE stories; --x"] {
        let ran = wire.run(&["list", "--json", "--search", nothing]);
        assert_eq!(ran.code, 0, "{nothing}: {ran:?}");
        assert!(ran.lines().len() <= all);
    }
    let found = |words: &str| wire.run(&["list", "--json", "--search", words]).lines().len();
    assert_eq!(found("drop table stories"), 1);
    assert_eq!(found("nobody wrote this"), 0);
    for (option, value) in [("--tag", "../x"), ("--source", "%"), ("--organisation", "\" OR 1")] {
        let ran = wire.run(&["list", "--json", option, value]);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{option}: there is nothing of that name"
        );
    }
    assert_eq!(wire.stories().len(), all, "and nothing was dropped");
}

#[test]
fn h51_nothing_that_a_source_says_steers_a_terminal() {
    let server = Server::start();
    others(&server);
    let wire = wire_of_odd_words(&server);
    server.set("/b", Answer::status("500 \u{1b}[31mred\u{7}", "Server: \u{1b}]0;owned\u{7}\r\n"));
    for command in [
        vec!["fetch", "-vv"],
        vec!["list", "--limit", "0"],
        vec!["status"],
        vec!["fetch", "--now", "--log-format", "json", "-v"],
    ] {
        let ran = wire.run(&command);
        for text in [&ran.out, &ran.err] {
            let steers = text.chars().find(|c| {
                (c.is_control() && *c != '\n' && *c != '\t')
                    || ('\u{202a}'..='\u{202e}').contains(c)
            });
            assert_eq!(steers, None, "{command:?}: {text:?}");
        }
    }
    // A title with a line break is one line.
    let listed = wire.run(&["list", "--limit", "0"]).out;
    assert_eq!(listed.lines().count(), wire.stories().len());
}

#[test]
fn h52_words_of_templates_are_words() {
    let server = Server::start();
    others(&server);
    let wire = wire_of_odd_words(&server);
    assert_eq!(wire.run(&["fetch"]).code, 0);
    for name in ["index.html", "atom.xml", "rss.xml", "feed.json"] {
        let text = wire.read(&format!("public/{name}"));
        assert!(text.contains("{{7*7}}{% include"), "{name}");
        // Numbers of other kinds are everywhere: ports, times, hashes.
        for filled in ["49{%", "= 49 %", " $49 ", " #49 "] {
            assert!(!text.contains(filled), "{name}: a template was filled in");
        }
    }
}

#[test]
fn h54_phrases_are_no_patterns_and_cost_no_more_for_long_titles() {
    let server = Server::start();
    let long = "a".repeat(1 << 20);
    let item = Item {
        guid: "https://a.example/1",
        link: "https://a.example/1",
        title: &long,
        date: DATE,
        text: "(a+)+$ and .* and peace",
    };
    server.set("/a", Answer::feed(rss("A", &[item])));
    let tags = [("catastrophe", "(a+)+$"), ("all", ".*"), ("peace", "peace")];
    let mut feeds_toml = format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n", server.url("/a"));
    for (id, phrase) in tags {
        feeds_toml.push_str(&format!("[[tag]]\nid = \"{id}\"\nmatch = [\"{phrase}\"]\n"));
    }
    let wire = Wire::new(&feeds_toml);
    assert_eq!(wire.run(&["fetch"]).code, 0);
    let story: Value = wire.stories().remove(0);
    assert!(story["title"].as_str().unwrap().len() < 2000, "titles have a longest length");
    let tags: Vec<&str> =
        story["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
    assert!(tags.contains(&"peace") && !tags.contains(&"all"), "{tags:?}");
    // A phrase that matches nothing, or everything, is an error or no match.
    for phrase in ["", " ", "...", "-"] {
        let empty = format!("{feeds_toml}[[tag]]\nid = \"empty\"\nmatch = [\"{phrase}\"]\n");
        wire.write("feeds.toml", empty);
        let ran = wire.run(&["publish"]);
        let is_refused = ran.code == 2 && ran.err.contains("match");
        let tagged = || wire.run(&["list", "--json", "--tag", "empty"]).out;
        assert!(is_refused || tagged().is_empty(), "{phrase:?}: {ran:?}");
    }
}
