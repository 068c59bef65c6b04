//! From feeds to stories: joins, edits, floods, moves.

use std::net::Ipv4Addr;

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, numbered, rss};

const LINK: &str = "https://diem25.example/boris-kagarlitsky-sentenced/";

fn item<'a>(guid: &'a str, link: &'a str, title: &'a str) -> Item<'a> {
    Item { guid, link, title, date: "Mon, 02 Nov 2026 08:00:00 +0000", text: "Some words." }
}

fn ids(stories: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> =
        stories.iter().map(|story| story["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn o45_a_story_posted_again_under_a_link_with_tracking_joins_and_credits_both() {
    let server = Server::start();
    for (copy, why) in [
        (format!("{LINK}?utm_source=newsletter&utm_medium=email"), "tracking"),
        (LINK.replace("https", "http"), "scheme"),
        (LINK.replace("diem25", "www.diem25"), "www"),
        (LINK.trim_end_matches('/').to_owned(), "slash"),
        (format!("{LINK}#content"), "fragment"),
        (format!("{LINK}amp/"), "AMP"),
    ] {
        let original = item("https://diem25.example/?p=1", LINK, "Boris Kagarlitsky sentenced");
        server.set("/diem25", Answer::feed(rss("DiEM25", &[original])));
        let link = copy.replace('&', "&amp;");
        let mut posted = item("https://desk.example/9", &link, "Five years for five sentences");
        posted.date = "Mon, 02 Nov 2026 10:00:00 +0000";
        server.set("/desk", Answer::feed(rss("Solidarity Desk", &[posted])));
        let wire = Wire::of(&[("desk", &server.url("/desk")), ("diem25", &server.url("/diem25"))]);
        let report = wire.fetch();
        assert_eq!(report["entries"]["joined"], 1, "{why}");
        let stories = wire.stories();
        assert_eq!(stories.len(), 1, "{why}");
        assert_eq!(stories[0]["source"], "diem25", "{why}");
        assert_eq!(stories[0]["also"][0]["source"], "desk", "{why}");
        assert_eq!(stories[0]["id"], "https://diem25.example/?p=1", "{why}");
        let atom = wire.read("public/atom.xml");
        assert_eq!(atom.matches("<entry").count(), 1);
        assert!(atom.contains("rel=\"via\""), "{why}: {atom}");
    }
}

#[test]
fn two_sources_that_link_to_a_home_page_do_not_join() {
    let server = Server::start();
    let a = item("https://a.example/1", "https://movement.example/", "One");
    let b = item("https://b.example/1", "https://movement.example/", "Two");
    server.set("/a", Answer::feed(rss("A", &[a])));
    server.set("/b", Answer::feed(rss("B", &[b])));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    assert_eq!(wire.stories().len(), 2);
}

#[test]
fn o2_r33_an_edit_keeps_id_and_first_sight() {
    let server = Server::start();
    let posted = item("https://a.example/?p=1", "https://a.example/one/", "Statement");
    server.set("/a", Answer::feed(rss("A", &[posted])));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let before = wire.stories().remove(0);
    let mut edited =
        item("https://a.example/?p=1", "https://a.example/one-corrected/", "Statement, corrected");
    edited.date = "Tue, 03 Nov 2026 08:00:00 +0000";
    edited.text = "Other words.";
    server.set("/a", Answer::feed(rss("A", &[edited])));
    let report = wire.fetch();
    assert_eq!(report["entries"]["updated"], 1);
    assert_eq!(report["stories"]["new"], 0);
    let after = wire.stories().remove(0);
    for kept in ["id", "first_seen", "published"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(after["title"], "Statement, corrected");
    assert_eq!(after["url"], "https://a.example/one-corrected/");
    assert!(after["updated"].as_str() > before["updated"].as_str());
}

#[test]
fn r22_r23_absence_is_no_deletion() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=10)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    for feed in [numbered("a.example", 1..=2), numbered("a.example", [])] {
        server.set("/a", Answer::feed(feed));
        assert_eq!(wire.fetch()["unchanged"], 1);
        assert_eq!(wire.stories().len(), 10);
    }
    assert_eq!(wire.public(), public, "and no file was touched");
}

#[test]
fn r20_r21_rule_12_a_poll_that_fails_changes_nothing_in_public() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    let cut = numbered("a.example", 1..=9);
    for (answer, words) in [
        (Answer::document("text/html", "<html><body>Maintenance</body></html>"), "web page"),
        (Answer::feed(""), "empty"),
        (Answer::feed(&cut.as_bytes()[..cut.len() - 100]), "middle"),
        (Answer::document("application/pdf", "%PDF-1.7 ..."), "PDF"),
        (Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<rss".to_vec()), "broke off"),
        (Answer::status("503 Service Unavailable", ""), "503"),
    ] {
        server.set("/a", answer);
        wire.clock.forward(TimeDelta::hours(30));
        let report = wire.run(&["fetch", "--json"]).json();
        let error = report["sources"][0]["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{words}: {report}");
        assert_eq!(report["written"], Value::Array(Vec::new()));
    }
    assert_eq!(wire.public(), public);
    let status = wire.run(&["status"]).out;
    assert!(status.contains("failing since"), "{status}");
}

#[test]
fn r24_new_guids_for_known_items_are_no_news() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let before = ids(&wire.stories());
    let moved =
        numbered("a.example", 1..=8).replace("https://a.example/?p=", "tag:a.example,2026:");
    server.set("/a", Answer::feed(moved.clone()));
    assert_eq!(wire.fetch()["stories"]["new"], 0);
    assert_eq!(ids(&wire.stories()), before);
    // And the new names are remembered, whatever else changes afterwards.
    let retitled = moved.replace("Statement", "Announcement").replace("a.example/", "b.example/");
    server.set("/a", Answer::feed(retitled));
    assert_eq!(wire.fetch()["stories"]["new"], 0);
    assert_eq!(ids(&wire.stories()), before);
}

#[test]
fn r26_all_dates_changed_to_now_bring_nothing_up() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=5)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let order = |wire: &Wire| -> Vec<Value> {
        wire.stories().iter().map(|story| story["id"].clone()).collect()
    };
    let before = order(&wire);
    let dates: String = numbered("a.example", 1..=5)
        .split("<pubDate>")
        .map(|part| match part.split_once("</pubDate>") {
            Some((_, rest)) => format!("<pubDate>Mon, 02 Nov 2026 13:59:00 +0000</pubDate>{rest}"),
            None => part.to_owned(),
        })
        .collect();
    server.set("/a", Answer::feed(dates));
    wire.fetch();
    assert_eq!(order(&wire), before);
}

#[test]
fn r30_r31_neither_a_flood_nor_a_backlog_pushes_the_others_out() {
    let server = Server::start();
    server.set("/flood", Answer::feed(numbered("flood.example", 1..=400)));
    server.set("/quiet", Answer::feed(numbered("quiet.example", 500..=502)));
    let urls = [server.url("/flood"), server.url("/quiet")];
    let wire = Wire::of(&[("flood", &urls[0]), ("quiet", &urls[1])]);
    let first = wire.fetch();
    // The backlog of a new source: the ten newest.
    assert_eq!(first["stories"]["new"], 13);
    let again = wire.run(&["list", "--json", "--source", "flood", "--limit", "0"]).lines();
    assert_eq!(again.len(), 10);
    assert!(again.iter().all(|story| story["published"].as_str() >= Some("2026-11-02T02:00:00Z")));

    let more = numbered("flood.example", 1000..=2000);
    server.set("/flood", Answer::feed(more));
    wire.clock.forward(TimeDelta::minutes(65));
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["sources"][0]["new"], 300);
    assert!(ran.err.contains("701 more new entries"), "{}", ran.err);
    let feed: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
    let items = feed["items"].as_array().unwrap();
    let quiet = items.iter().filter(|item| item["id"].as_str().unwrap().contains("quiet")).count();
    assert_eq!(
        (items.len(), quiet),
        (53, 3),
        "half of the window is the flood's, the rest is free"
    );
    // What was dropped is remembered, not taken at the next poll.
    server.set("/flood", Answer::feed(numbered("flood.example", 1001..=2000)));
    assert_eq!(wire.fetch()["entries"]["new"], 0);
}

#[test]
fn h55_a_source_cannot_take_over_anothers_item() {
    let server = Server::start();
    let theirs = item("https://a.example/?p=1", "https://a.example/one/", "Statement");
    server.set("/a", Answer::feed(rss("A", &[theirs])));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    server.set("/b", Answer::feed(rss("B", &[])));
    wire.fetch();
    let forged = item("https://a.example/?p=1", "https://b.example/evil/", "Forged");
    server.set("/b", Answer::feed(rss("B", &[forged])));
    wire.fetch();
    let stories = wire.stories();
    assert_eq!(stories.len(), 2);
    let theirs = stories.iter().find(|story| story["source"] == "a").unwrap();
    assert_eq!(
        (&theirs["title"], &theirs["id"]),
        (&"Statement".into(), &"https://a.example/?p=1".into())
    );
    let forged = stories.iter().find(|story| story["source"] == "b").unwrap();
    assert!(forged["id"].as_str().unwrap().starts_with("tag:wire.example.org,2026-11-02:b/"));
}

#[test]
fn tags_come_from_sources_phrases_and_categories() {
    let server = Server::start();
    let mut peace = item("1", "https://a.example/1/", "Ειρήνη τώρα");
    peace.text = "Ο λαός ζητά ΕΙΡΗΝΗ.";
    let climate = item("2", "https://a.example/2/", "A climate of fear");
    server.set("/a", Answer::feed(rss("A", &[peace, climate])));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\ntags = [\"europe\"]\n\
         [[tag]]\nid = \"europe\"\nname = \"Europe\"\n\
         [[tag]]\nid = \"peace\"\nname = \"Peace\"\nmatch = [\"ειρήνη\"]\n\
         [[tag]]\nid = \"climate\"\nname = \"Climate\"\nmatch = [\"climate\"]\nnot = [\"climate of fear\"]\n",
        server.url("/a")
    ));
    wire.fetch();
    let stories = wire.stories();
    let tags = |title: &str| {
        stories.iter().find(|story| story["title"] == title).unwrap()["tags"].to_string()
    };
    assert_eq!(tags("Ειρήνη τώρα"), "[\"europe\",\"peace\"]");
    assert_eq!(tags("A climate of fear"), "[\"europe\"]");
    assert_eq!(wire.read("public/tag/peace/rss.xml").matches("<item>").count(), 1);
    // Written even when empty.
    assert_eq!(wire.read("public/tag/climate/rss.xml").matches("<item>").count(), 0);
}

#[test]
fn rule_13_a_new_phrase_tags_what_is_there_and_floods_no_existing_feed() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=30)));
    let head = HEAD.to_owned() + "[publish]\nbacklog = 30\n";
    let feeds = |tags: &str, backlog: u32| {
        head.replace("backlog = 30", &format!("backlog = {backlog}"))
            + &format!("[[source]]\nid = \"a\"\nurl = \"{}\"\n{tags}", server.url("/a"))
    };
    let wire = Wire::new(&feeds("[[tag]]\nid = \"x\"\nname = \"X\"\nmatch = [\"nothing\"]\n", 30));
    wire.fetch();
    let count = |wire: &Wire, tag: &str| {
        wire.read(&format!("public/tag/{tag}/atom.xml")).matches("<entry").count()
    };
    assert_eq!(count(&wire, "x"), 0);
    wire.write(
        "feeds.toml",
        feeds(
            "[[tag]]\nid = \"x\"\nname = \"X\"\nmatch = [\"statement\"]\n\
             [[tag]]\nid = \"y\"\nname = \"Y\"\nmatch = [\"statement\"]\n",
            5,
        ),
    );
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(count(&wire, "x"), 5, "people read this feed: the newest five enter it");
    assert_eq!(count(&wire, "y"), 30, "nobody reads this one yet");
    // What decides about no tag gives no room for more.
    let named = wire.read("feeds.toml").replace("id = \"a\"\n", "id = \"a\"\nrights = \"CC BY\"\n");
    wire.write("feeds.toml", named);
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(count(&wire, "x"), 5);
    assert!(wire.read("public/tag/x/atom.xml").contains("CC BY"));
}

#[test]
fn two_statements_with_the_same_words_are_two() {
    let server = Server::start();
    let newsletter = |number: &'static str, date| Item {
        guid: if number == "1" { "https://a.example/?p=1" } else { "https://a.example/?p=2" },
        link: if number == "1" { "https://a.example/1" } else { "https://a.example/2" },
        title: "Newsletter",
        date,
        text: "",
    };
    server.set("/a", Answer::feed(rss("A", &[newsletter("1", "Mon, 26 Oct 2026 08:00:00 +0000")])));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    server.set("/a", Answer::feed(rss("A", &[newsletter("2", "Mon, 02 Nov 2026 08:00:00 +0000")])));
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["entries"]["updated"]), (&1.into(), &0.into()));
    assert_eq!(wire.stories().len(), 2);
}

#[test]
fn o7_of_many_new_stories_the_newest_are_in_the_window() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 100..=100)));
    let wire = Wire::new(&format!(
        "{HEAD}[publish]\nwindow = 5\n[[source]]\nid = \"a\"\nurl = \"{}\"\n",
        server.url("/a")
    ));
    wire.fetch();
    server.set("/a", Answer::feed(numbered("a.example", 1..=12)));
    wire.fetch();
    let feed: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
    let titles: Vec<&str> = feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["title"].as_str().unwrap())
        .collect();
    let expected: Vec<String> =
        (1..=5).map(|number| format!("Statement {number} of a.example")).collect();
    assert_eq!(titles, expected);
}

#[test]
fn a_source_that_left_feeds_toml_takes_no_more_room_than_before() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=10)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=3)));
    let (a, b) = (server.url("/a"), server.url("/b"));
    let only_b = format!("{HEAD}[publish]\nwindow = 6\n[[source]]\nid = \"b\"\nurl = \"{b}\"\n");
    let wire = Wire::new(&format!("{only_b}[[source]]\nid = \"a\"\nurl = \"{a}\"\n"));
    wire.fetch();
    let of_a = |wire: &Wire| wire.read("public/rss.xml").matches("<title>Statement").count() - 3;
    assert_eq!(of_a(&wire), 3);
    wire.write("feeds.toml", only_b);
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(of_a(&wire), 3);
}

#[test]
fn r24_a_source_that_moves_to_another_system_brings_no_old_news() {
    let server = Server::start();
    let words =
        |number: u32| format!("Statement number {number} is about the port of town {number}.");
    let feed = |new: bool, numbers: std::ops::RangeInclusive<u32>| {
        let items: String = numbers
            .map(|number| {
                let (guid, link, date, text) = if new {
                    (
                        format!("67d26b8ae6e1a0b7000146{number:02}"),
                        format!("https://a.example/updates/{number}-x/"),
                        "Mon, 02 Nov 2026 12:30:00 +0000".to_owned(),
                        format!("<p class=\"kg\">\"{}\"</p>", words(number)),
                    )
                } else {
                    (
                        format!("https://a.example/?p={number}"),
                        format!("https://a.example/2026/{number}/"),
                        format!("Sun, {number:02} Oct 2026 08:00:00 +0000"),
                        format!("<p>“{}”</p>", words(number)),
                    )
                };
                format!("<item><title>Statement</title><link>{link}</link><guid isPermaLink=\"false\">{guid}</guid><pubDate>{date}</pubDate><description><![CDATA[{text}]]></description></item>")
            })
            .collect();
        format!(
            "<rss version=\"2.0\"><channel><title>A</title><link>https://a.example/</link><description/>{items}</channel></rss>"
        )
    };
    server.set("/a", Answer::feed(feed(false, 1..=10)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let before: Vec<(Value, Value)> = wire
        .stories()
        .iter()
        .map(|story| (story["id"].clone(), story["published"].clone()))
        .collect();
    assert_eq!(before.len(), 10);
    server.set("/a", Answer::feed(feed(true, 1..=11)));
    let report = wire.fetch();
    assert_eq!(report["stories"]["new"], 1, "only the eleventh is news: {report}");
    let stories = wire.stories();
    assert_eq!(stories.len(), 11);
    for (id, published) in before {
        let story = stories.iter().find(|story| story["id"] == id).unwrap();
        assert_eq!(story["published"], published);
        assert!(
            story["url"].as_str().unwrap().contains("/updates/"),
            "and it leads to the new place"
        );
    }
}

#[test]
fn r24_a_source_whose_links_and_counters_change_at_every_poll_floods_nobody() {
    let server = Server::start();
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    for poll in 0..4 {
        let items: Vec<[String; 5]> = (0..10)
            .map(|n| {
                [
                    format!("session-{poll}-{n}"),
                    format!("https://a.example/{n}?sid={poll}"),
                    format!("The dockers of harbour {n} have voted"),
                    format!("Mon, 02 Nov 2026 0{}:00:00 +0000", n % 10),
                    format!("They voted for a strike in harbour {n}. Read {} times.", poll * 7 + n),
                ]
            })
            .collect();
        let items: Vec<Item> = items
            .iter()
            .map(|[guid, link, title, date, text]| Item { guid, link, title, date, text })
            .collect();
        server.set("/feed", Answer::feed(rss("A", &items)));
        wire.fetch();
        assert_eq!(wire.stories().len(), 10, "poll {poll}");
    }
}

#[test]
fn r24_two_statements_with_one_title_and_date_keep_their_own_words_after_a_move() {
    let server = Server::start();
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    let towns = ["Berlin", "Hamburg", "Bremen", "Kiel", "Rostock", "Leipzig"];
    let mut before = Vec::new();
    for new in [false, true] {
        let items: Vec<[String; 3]> = towns
            .iter()
            .map(|town| {
                let name = if new { format!("new-{town}") } else { town.to_string() };
                let text = format!("In {town} all meet at the town hall, and walk to the harbour.");
                [name.clone(), format!("https://a.example/{name}"), text]
            })
            .collect();
        let item = |[guid, link, text]: &'_ [String; 3]| Item {
            guid: guid.clone().leak(),
            link: link.clone().leak(),
            title: "Call for a march on Saturday",
            date: "Mon, 02 Nov 2026 00:00:00 +0000",
            text: text.clone().leak(),
        };
        let items: Vec<Item> = items.iter().map(item).collect();
        server.set("/feed", Answer::feed(rss("A", &items)));
        wire.fetch();
        let shown = |story: &Value| (story["id"].to_string(), story["summary"].to_string());
        let mut stories: Vec<_> = wire.stories().iter().map(shown).collect();
        stories.sort();
        assert_eq!(stories.len(), towns.len());
        if new {
            assert_eq!(stories, before, "each id has the words that it had");
        }
        before = stories;
    }
}

#[test]
fn relative_links_follow_xml_base_then_content_location_then_the_final_url() {
    let server = Server::start();
    let feed = |base: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"{base}><title>A</title><id>urn:a</id><updated>2026-11-02T10:00:00Z</updated>\
             <entry><title>One</title><id>urn:a:1</id><link href=\"story/1\"/><updated>2026-11-02T10:00:00Z</updated>\
             <content type=\"html\">&lt;p&gt;&lt;a href=\"other\"&gt;x&lt;/a&gt;&lt;img src=\"i.png\" srcset=\"i.png 1x, big.png 2x\"&gt;&lt;/p&gt;\
             &lt;blockquote cite=\"said\"&gt;q&lt;/blockquote&gt;&lt;video controls poster=\"p.png\" src=\"v.mp4\"&gt;&lt;/video&gt;</content></entry></feed>"
        )
    };
    let located = |base: &str| {
        Answer::feed(feed(base)).with("Content-Location", "https://lives.example/en/feed.atom")
    };
    server.set("/plain", Answer::feed(feed("")));
    server.set("/located", located(""));
    server.set("/based", located(" xml:base=\"https://based.example/de/\""));
    for (path, base) in [
        ("/plain", server.url("/")),
        ("/located", "https://lives.example/en/".to_owned()),
        ("/based", "https://based.example/de/".to_owned()),
    ] {
        let wire = Wire::of(&[("a", &server.url(path))]);
        wire.fetch();
        let story = wire.stories().remove(0);
        assert_eq!(story["url"], format!("{base}story/1"), "{path}");
        let html = story["content_html"].as_str().unwrap();
        for name in ["other", "i.png", "big.png 2x", "said", "p.png", "v.mp4"] {
            assert!(html.contains(&format!("{base}{name}")), "{path}, {name}: {html}");
        }
        let previewed = wire.run(&["preview", "--json", &server.url(path)]);
        assert_eq!(previewed.json()["entries"][0]["url"], format!("{base}story/1"), "{path}");
    }
}

#[test]
fn nobody_puts_words_into_the_mouth_of_another_by_being_first() {
    let (owner, thief) = (Server::start(), Server::start_at(Ipv4Addr::new(127, 0, 0, 2)));
    let link = owner.url("/statements/7");
    let item = |title: &'static str| Item {
        guid: title,
        link: &link,
        title,
        date: "Mon, 02 Nov 2026 10:00:00 +0000",
        text: "What they say of it.",
    };
    owner.set("/feed", Answer::feed(rss("Dockers", &[])));
    let false_words = rss("Thief", &[item("Strike cancelled")])
        .replace("https://partner.example/", &owner.url("/"));
    thief.set("/feed", Answer::feed(false_words));
    let wire = Wire::of(&[("thief", &thief.url("/feed")), ("owner", &owner.url("/feed"))]);
    wire.fetch();
    let story = || wire.stories().into_iter().next().unwrap();
    let before = story();
    assert_eq!(before["title"], "Strike cancelled");
    owner.set("/feed", Answer::feed(rss("Dockers", &[item("Dockers call a general strike")])));
    wire.fetch();
    let after = story();
    assert_eq!(after["title"], "Dockers call a general strike");
    assert_eq!((&after["id"], &after["first_seen"]), (&before["id"], &before["first_seen"]));
    assert!(!wire.read("public/atom.xml").contains("<title>Strike cancelled"));
    // The copy keeps its credit, and changing it changes nothing.
    let changed = rss("Thief", &[item("Strike cancelled")]).replace("What they", "All that they");
    thief.set("/feed", Answer::feed(changed));
    wire.fetch();
    assert_eq!(story()["title"], "Dockers call a general strike");
}
