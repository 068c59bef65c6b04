//! `[[output]]`: feeds that select stories, and `include` and `exclude` of sources.

use std::fs;

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// A statement: number, language, title, text.
type Said<'a> = (u32, &'a str, &'a str, &'a str);

/// An Atom feed of these statements, which say their own language; number n is n hours old.
fn statements(host: &str, said: &[Said<'_>]) -> String {
    let entries: String = said
        .iter()
        .map(|(number, language, title, text)| {
            let hour = 12 - number % 12;
            let day = 30 - number / 12;
            format!(
                "<entry xml:lang=\"{language}\"><id>https://{host}/?p={number}</id><title>{title}</title>\
                 <link href=\"https://{host}/{number}\"/><updated>2026-10-{day:02}T{hour:02}:00:00Z</updated>\
                 <content type=\"html\">&lt;p&gt;{text}&lt;/p&gt;</content></entry>\n"
            )
        })
        .collect();
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>https://{host}/</id><title>{host}</title>\
         <updated>2026-10-31T00:00:00Z</updated>{entries}</feed>"
    )
}

fn atom(body: String) -> Answer {
    Answer::document("application/atom+xml", body)
}

/// Titles in the JSON feed of an output, newest first.
fn titles(wire: &Wire, output: &str) -> Vec<String> {
    let feed: Value =
        serde_json::from_str(&wire.read(&format!("public/{output}feed.json"))).unwrap();
    let items = feed["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

fn feed_id(wire: &Wire, output: &str) -> String {
    let feed: Value =
        serde_json::from_str(&wire.read(&format!("public/{output}feed.json"))).unwrap();
    feed["_samizdat"]["id"].as_str().unwrap().to_owned()
}

fn publish(wire: &Wire, feeds_toml: &str) {
    wire.write("feeds.toml", feeds_toml);
    let ran = wire.run(&["publish"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Two organisations, two languages, two topics.
fn two_partners(server: &Server) -> String {
    let a = [
        (1, "en", "Peace in the harbour", "The dockers speak of peace."),
        (2, "de", "Frieden im Hafen", "Die Arbeiter sprechen vom Frieden."),
        (3, "en", "Rents again", "Rents rise; a job vacancy is at the end."),
    ];
    let b = [
        (4, "en", "A march for peace", "People march. Εκλογές come."),
        (5, "el", "Εκλογές", "Οι εκλογες έρχονται."),
    ];
    server.set("/a", atom(statements("a.example", &a)));
    server.set("/b", atom(statements("b.example", &b)));
    format!(
        "{HEAD}[[source]]\nid = \"a\"\nname = \"Harbour\"\nurl = \"{}\"\n\
         [[source]]\nid = \"b\"\nname = \"March\"\nurl = \"{}\"\n\
         [[tag]]\nid = \"peace\"\nname = \"Peace\"\nmatch = [\"peace\", \"frieden\"]\n\
         [[tag]]\nid = \"votes\"\nname = \"Votes\"\nmatch = [\"εκλογες\"]\n",
        server.url("/a"),
        server.url("/b")
    )
}

#[test]
fn an_output_selects_any_within_a_key_and_all_across_keys() {
    let server = Server::start();
    let base = two_partners(&server);
    let wire = Wire::new(&base);
    for (keys, expected) in [
        (
            "",
            vec![
                "Peace in the harbour",
                "Frieden im Hafen",
                "Rents again",
                "A march for peace",
                "Εκλογές",
            ],
        ),
        (
            "tags = [\"peace\"]",
            vec!["Peace in the harbour", "Frieden im Hafen", "A march for peace"],
        ),
        (
            "tags = [\"peace\", \"votes\"]\nlanguages = [\"en-GB\"]",
            vec!["Peace in the harbour", "A march for peace"],
        ),
        ("languages = [\"de\", \"el\"]", vec!["Frieden im Hafen", "Εκλογές"]),
        ("sources = [\"b\"]", vec!["A march for peace", "Εκλογές"]),
        (
            "organisations = [\"harbour\"]\ntags = [\"peace\"]",
            vec!["Peace in the harbour", "Frieden im Hafen"],
        ),
        // Phrases are whole words, in any case, with or without accents, in title and text.
        ("include = [\"EKLOGES\", \"εκλογές\"]", vec!["A march for peace", "Εκλογές"]),
        ("include = [\"rent\"]", vec![]),
        (
            "exclude = [\"Job Vacancy\", \"frieden\"]",
            vec!["Peace in the harbour", "A march for peace", "Εκλογές"],
        ),
        ("include = [\"harbour\", \"march\"]\nexclude = [\"dockers\"]", vec!["A march for peace"]),
        ("tags = [\"votes\"]\nsources = [\"a\"]", vec![]),
    ] {
        let feeds = format!("{base}[[output]]\nid = \"some\"\ntitle = \"Some of it\"\n{keys}\n");
        wire.write("feeds.toml", &feeds);
        wire.fetch();
        assert_eq!(titles(&wire, "output/some/"), expected, "{keys}");
        // Those that are polled with the rule in place are selected as those that were there before.
        let fresh = Wire::new(&feeds);
        fresh.fetch();
        assert_eq!(titles(&fresh, "output/some/"), expected, "{keys}");
    }
    // Written even when empty, in every format, and to be found from everywhere.
    assert_eq!(wire.read("public/output/some/rss.xml").matches("<item>").count(), 0);
    assert!(wire.read("public/output/some/index.html").contains("Some of it"));
    assert!(wire.read("public/index.html").contains("href=\"output/some/index.html\""));
    assert!(
        wire.read("public/tag/peace/index.html").contains("href=\"../../output/some/index.html\"")
    );
    let outputs = wire.read("public/outputs.opml");
    for file in ["atom.xml", "rss.xml"] {
        assert!(outputs.contains(&format!("https://wire.example.org/output/some/{file}")));
    }
    assert!(wire.read("public/about.html").contains("output/some/feed.json"));
}

#[test]
fn check_says_what_is_wrong_with_an_output() {
    let server = Server::start();
    let base = two_partners(&server);
    let wire = Wire::new(&base);
    for (keys, message, help) in [
        ("tags = [\"paece\"]", "there is no tag `paece`", "\"peace\""),
        ("sources = [\"c\"]", "there is no source `c`", "name the id"),
        ("organisations = [\"harbor\"]", "no source speaks for `harbor`", "\"harbour\""),
        ("formats = []", "`formats` is empty", "remove the key"),
        ("formats = [\"rrs\"]", "`rrs`", "\"rss\""),
        ("was = [\"some\"]", "`some` in `was`", "remove it here"),
    ] {
        wire.write("feeds.toml", format!("{base}[[output]]\nid = \"some\"\n{keys}\n"));
        let ran = wire.run(&["check"]);
        let said = ran.out.clone() + &ran.err;
        assert!(said.contains(message) && said.contains(help), "{keys}: {said}");
        assert!(!said.contains("no effect yet"), "{said}");
    }
}

#[test]
fn an_output_shows_no_more_than_it_says_nor_than_the_source_allows() {
    let server = Server::start();
    let base = two_partners(&server).replacen(
        "name = \"March\"",
        "name = \"March\"\nrepublish = \"link\"",
        1,
    );
    let wire = Wire::new(&format!(
        "{base}[[output]]\nid = \"some\"\ncontent = \"excerpt\"\n[[output]]\nid = \"whole\"\n[[output]]\nid = \"bare\"\ncontent = \"link\"\n"
    ));
    wire.fetch();
    let item = |output: &str, title: &str| -> Value {
        let feed: Value =
            serde_json::from_str(&wire.read(&format!("public/output/{output}/feed.json"))).unwrap();
        let items = feed["items"].as_array().unwrap();
        items.iter().find(|item| item["title"] == title).unwrap().clone()
    };
    let whole = item("whole", "Peace in the harbour");
    assert!(whole["content_html"].as_str().unwrap().contains("dockers"), "{whole}");
    let some = item("some", "Peace in the harbour");
    assert!(some["content_html"].is_null(), "{some}");
    assert!(
        some["summary"].as_str().or(some["content_text"].as_str()).unwrap().contains("dockers")
    );
    assert!(!item("bare", "Peace in the harbour").to_string().contains("dockers"));
    for output in ["some", "whole", "bare"] {
        let theirs = item(output, "A march for peace");
        assert!(!theirs.to_string().contains("People march"), "{theirs}");
        assert_eq!(theirs["url"], "https://b.example/4");
    }
}

#[test]
fn only_the_formats_of_an_output_are_written_and_linked_and_others_are_taken_away() {
    let server = Server::start();
    let base = two_partners(&server);
    let output =
        |formats: &str| format!("{base}[[output]]\nid = \"some\"\ntitle = \"Some\"\n{formats}");
    let wire = Wire::new(&output(""));
    wire.fetch();
    let written = |wire: &Wire| -> Vec<String> {
        let public = wire.public().into_keys();
        public.filter_map(|name| name.strip_prefix("output/some/").map(str::to_owned)).collect()
    };
    assert_eq!(written(&wire), ["atom.xml", "feed.json", "index.html", "rss.xml"]);
    publish(&wire, &output("formats = [\"atom\"]\n"));
    assert_eq!(written(&wire), ["atom.xml"]);
    for name in ["index.html", "about.html", "outputs.opml", "tag/peace/index.html"] {
        let shown = wire.read(&format!("public/{name}"));
        for missing in ["output/some/index.html", "output/some/rss.xml", "output/some/feed.json"] {
            assert!(!shown.contains(missing), "{name} leads to {missing}");
        }
        assert!(shown.contains("output/some/atom.xml"), "{name} does not lead to it");
    }
    let feed = wire.read("public/output/some/atom.xml");
    assert!(!feed.contains("https://wire.example.org/output/some/\""), "{feed}");

    publish(&wire, &output("formats = [\"html\"]\n"));
    assert_eq!(written(&wire), ["index.html"]);
    let page = wire.read("public/output/some/index.html");
    assert!(!page.contains("rel=\"alternate\"") && !page.contains("atom.xml\""), "{page}");
    assert!(!wire.read("public/outputs.opml").contains("output/some/"));
    publish(&wire, &output("formats = [\"json\"]\n"));
    assert_eq!(written(&wire), ["feed.json"]);
    assert!(wire.read("public/outputs.opml").contains("output/some/feed.json"));
    publish(&wire, &base);
    assert!(written(&wire).is_empty());
}

#[test]
fn an_output_has_a_window_of_its_own() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=9)));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n[[output]]\nid = \"few\"\nwindow = 3\n",
        server.url("/a")
    ));
    wire.fetch();
    assert_eq!(titles(&wire, "").len(), 9);
    let newest: Vec<String> = (1..=3).map(|n| format!("Statement {n} of a.example")).collect();
    assert_eq!(titles(&wire, "output/few/"), newest);
    // A setting is an input: nobody has to change a story first.
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml").replace("window = 3", "window = 4\ntitle = \"A few\""),
    );
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["polled"], 0, "{ran:?}");
    assert_eq!(titles(&wire, "output/few/").len(), 4);
    assert!(wire.read("public/output/few/atom.xml").contains("A few"));
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
}

#[test]
fn rule_13_a_new_or_changed_output_is_not_flooded_and_what_left_may_not_come_back_at_once() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 2..=40)));
    let feeds = |output: &str| {
        format!(
            "{HEAD}[publish]\nbacklog = 5\n[[source]]\nid = \"a\"\nurl = \"{}\"\n{output}",
            server.url("/a")
        )
    };
    let wire = Wire::new(&feeds("").replace("backlog = 5", "backlog = 30"));
    wire.fetch();
    assert_eq!(titles(&wire, "").len(), 30);
    let newest = |from: u32, count: u32| -> Vec<String> {
        (from..from + count).map(|n| format!("Statement {n} of a.example")).collect()
    };
    publish(&wire, &feeds("[[output]]\nid = \"x\"\ninclude = [\"statement\"]\n"));
    assert_eq!(titles(&wire, "output/x/"), newest(2, 5), "the newest of those that were there");
    // News comes as ever.
    server.set("/a", Answer::feed(numbered("a.example", 1..=40)));
    assert_eq!(wire.fetch()["stories"]["new"], 1);
    assert_eq!(titles(&wire, "output/x/"), newest(1, 6));
    // A word less: who was in stays.
    publish(&wire, &feeds("[[output]]\nid = \"x\"\nexclude = [\"statement 3\"]\n"));
    let left: Vec<String> =
        newest(1, 11).into_iter().filter(|title| !title.contains("nt 3 ")).collect();
    assert_eq!(titles(&wire, "output/x/"), left, "one left, and five old ones came");
    // Nothing moves when nothing is changed.
    let public = wire.public();
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    assert_eq!(wire.public(), public);
}

/// An organisation's statements in two languages, which name one another on their pages.
fn editions(server: &Server) -> String {
    for (path, language, title, other) in
        [("/en", "en", "Strike", "de"), ("/de", "de", "Streik", "en"), ("/fr", "fr", "Greve", "pt")]
    {
        let text = format!(
            "{title}, said at such a length that nobody can take it for a menu, with commas, and full stops."
        );
        server.set(path, Answer::document("text/html", format!(
            "<html lang={language}><head><title>{title}</title><link rel=alternate hreflang={other} href='/{other}'></head>\
             <body><article><h1>{title}</h1><p>{text}</p><p>{text}</p></article></body></html>"
        )));
    }
    let mut sources = String::new();
    for (language, title) in [("en", "Strike"), ("de", "Streik"), ("fr", "Greve")] {
        let feed = numbered("harbour.example", 1..=1)
            .replace("Statement 1 of harbour.example", title)
            .replace("https://harbour.example/1/", &server.url(&format!("/{language}")))
            .replace("?p=1", &format!("?p={language}"))
            .replace("<description/>", &format!("<description/><language>{language}</language>"));
        server.set(&format!("/feed-{language}"), Answer::feed(feed));
        sources += &format!(
            "[[source]]\nid = \"{language}\"\nlanguage = \"{language}\"\nurl = \"{}\"\norganisation = \"Harbour\"\narticle = true\n",
            server.url(&format!("/feed-{language}"))
        );
    }
    format!("{HEAD}{sources}")
}

#[test]
fn prefer_shows_one_edition_of_each_story_in_these_languages_if_there_is_one() {
    let server = Server::start();
    let base = editions(&server);
    let wire = Wire::new(&format!(
        "{base}[[output]]\nid = \"german\"\nlanguages = [\"de\"]\neditions = \"prefer\"\n\
         [[output]]\nid = \"english\"\nlanguages = [\"it\", \"en\"]\neditions = \"prefer\"\n\
         [[output]]\nid = \"all\"\n[[output]]\nid = \"only\"\nlanguages = [\"de\"]\n"
    ));
    wire.fetch();
    let sorted = |output: &str| {
        let mut titles = titles(&wire, output);
        titles.sort();
        titles
    };
    assert_eq!(sorted("output/all/"), ["Greve", "Streik", "Strike"]);
    assert_eq!(sorted("output/german/"), ["Greve", "Streik"], "what is not in German is there too");
    assert_eq!(sorted("output/english/"), ["Greve", "Strike"]);
    assert_eq!(sorted("output/only/"), ["Streik"]);
}

#[test]
fn a_renamed_output_keeps_its_id_and_its_stories_and_its_former_path_leads_on() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 2..=9)));
    let feeds = |output: &str| {
        format!(
            "{HEAD}[publish]\nbacklog = 4\n[[source]]\nid = \"a\"\nurl = \"{}\"\n{output}",
            server.url("/a")
        )
    };
    let wire = Wire::new(
        &feeds("[[output]]\nid = \"old\"\ntitle = \"Sea\"\n").replace("backlog = 4", "backlog = 9"),
    );
    wire.fetch();
    let (id, before) = (feed_id(&wire, "output/old/"), titles(&wire, "output/old/"));
    assert_eq!(before.len(), 8);
    let renamed = feeds("[[output]]\nid = \"new\"\nwas = [\"old\"]\ntitle = \"Sea\"\n");
    publish(&wire, &renamed);
    assert_eq!(feed_id(&wire, "output/new/"), id);
    assert_eq!(titles(&wire, "output/new/"), before, "none is lost, and none is old news");
    // Whoever reads the former address gets the same, which names the new one.
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        let former = wire.read(&format!("public/output/old/{file}"));
        assert_eq!(former, wire.read(&format!("public/output/new/{file}")));
        assert!(former.contains(&format!("https://wire.example.org/output/new/{file}")));
    }
    let page = wire.read("public/output/old/index.html");
    assert!(
        page.contains("http-equiv=\"refresh\" content=\"0; url=../../output/new/index.html\""),
        "{page}"
    );
    assert!(
        page.contains("rel=\"canonical\" href=\"https://wire.example.org/output/new/\""),
        "{page}"
    );
    assert!(!wire.read("public/index.html").contains("output/old/"));
    server.set("/a", Answer::feed(numbered("a.example", 1..=9)));
    wire.fetch();
    assert_eq!(titles(&wire, "output/old/").len(), 9);
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    // Without the former id the former path goes; its id is nobody's any more.
    publish(&wire, &renamed.replace("was = [\"old\"]\n", ""));
    assert!(!wire.public().keys().any(|name| name.starts_with("output/old/")));
    assert_eq!(
        (feed_id(&wire, "output/new/"), titles(&wire, "output/new/").len()),
        (id.clone(), 9)
    );
    publish(&wire, &feeds("[[output]]\nid = \"new\"\n[[output]]\nid = \"old\"\n"));
    assert_ne!(feed_id(&wire, "output/old/"), id);
}

#[test]
fn what_an_output_carries_comes_back_from_a_backup_and_from_the_outputs() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    let feeds = |backlog: u32| {
        format!(
            "{HEAD}[publish]\nbacklog = {backlog}\n[[source]]\nid = \"a\"\nurl = \"{}\"\n[[output]]\nid = \"x\"\nexclude = [\"statement 3\"]\n",
            server.url("/a")
        )
    };
    let wire = Wire::new(&feeds(20));
    wire.fetch();
    assert_eq!(titles(&wire, "output/x/").len(), 7);
    let public = wire.public();
    assert_eq!(wire.run(&["backup", "safe.jsonl.gz"]).code, 0);
    fs::remove_dir_all(wire.path("data")).unwrap();
    assert_eq!(wire.run(&["restore", "safe.jsonl.gz"]).code, 0);
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    assert_eq!(wire.public(), public);
    // Where all that is left of the words is the titles, who was in stays in as well.
    wire.write(
        "feeds.toml",
        feeds(20).replace("exclude", "include = [\"words\"]\nexclude") + "[store]\nkeep = \"1d\"\n",
    );
    wire.clock.forward(chrono::TimeDelta::days(3));
    wire.run(&["fetch"]);
    assert_eq!(titles(&wire, "output/x/").len(), 7);
    let renamed =
        wire.read("feeds.toml").replace("include = [\"words\"]", "include = [\"words\", \"more\"]");
    publish(&wire, &renamed);
    assert_eq!(titles(&wire, "output/x/").len(), 7);
    // Nor does one leave that an editor says something about.
    let one = wire.stories()[0]["number"].to_string();
    assert_eq!(wire.run(&["hide", &one]).code, 0);
    assert_eq!(titles(&wire, "output/x/").len(), 6);
    assert_eq!(wire.run(&["unhide", &one]).code, 0);
    assert_eq!(titles(&wire, "output/x/").len(), 7);
    // From nothing but the outputs, and with less room for old ones than it carries.
    wire.write("feeds.toml", feeds(2));
    let before = (feed_id(&wire, "output/x/"), titles(&wire, "output/x/"));
    fs::remove_dir_all(wire.path("data")).unwrap();
    let ran = wire.run(&["restore", "--from-outputs"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!((feed_id(&wire, "output/x/"), titles(&wire, "output/x/")), before);
}

#[test]
fn what_a_source_excludes_is_not_published_and_can_be_taken_back_without_a_flood() {
    let server = Server::start();
    let feed = |numbers: std::ops::RangeInclusive<u32>| {
        let feed = numbered("a.example", numbers);
        // Every third is a vacancy.
        (1..=60).filter(|n| n % 3 == 0).fold(feed, |feed, n| {
            feed.replace(
                &format!("The words of statement {n}."),
                &format!("Job vacancies! A job vacancy, number {n}."),
            )
        })
    };
    server.set("/a", Answer::feed(feed(1..=12)));
    let feeds = |keys: &str| {
        format!(
            "{HEAD}[publish]\nbacklog = 20\n[[source]]\nid = \"a\"\nurl = \"{}\"\n{keys}",
            server.url("/a")
        )
    };
    let wire = Wire::new(&feeds("exclude = [\"Job Vacancy\"]\n"));
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["stories"]["new"]), (&12.into(), &8.into()));
    let everything = |wire: &Wire| -> String {
        let all = wire.public();
        all.values().map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned()).collect()
    };
    assert!(!everything(&wire).contains("vacancy"));
    assert_eq!(wire.stories().len(), 8);
    let status = wire.run(&["status", "--json"]).json();
    assert_eq!(
        (&status["sources"][0]["entries"], &status["sources"][0]["stories"]),
        (&12.into(), &8.into())
    );
    assert_eq!(status["store"]["stories"], 8);

    // Taken back: at most `backlog` of those that were never out, with the time of their coming.
    let ids = |wire: &Wire| -> Vec<String> {
        wire.stories().iter().map(|story| story["id"].as_str().unwrap().to_owned()).collect()
    };
    publish(&wire, &feeds("").replace("backlog = 20", "backlog = 3"));
    let all = ids(&wire);
    assert_eq!(all.len(), 11, "8 and the newest 3 of 4");
    let third = wire
        .stories()
        .into_iter()
        .find(|story| story["title"] == "Statement 3 of a.example")
        .unwrap();
    assert_eq!(third["id"], "https://a.example/?p=3");
    let order: Vec<String> = (1..=11).map(|n| format!("Statement {n} of a.example")).collect();
    assert_eq!(titles(&wire, ""), order, "each at the place of its time");

    // And again the other way: those that were out leave, and come back under their ids, all of them.
    publish(&wire, &feeds("include = [\"words of statement\"]\n"));
    assert_eq!(ids(&wire).len(), 8);
    publish(&wire, &feeds("").replace("backlog = 20", "backlog = 0"));
    assert_eq!(ids(&wire), all);
}

#[test]
fn an_edit_decides_anew_and_a_copy_that_is_not_excluded_is_published_with_its_own_words() {
    let server = Server::start();
    let one = |text: &str| numbered("a.example", 1..=1).replace("The words of statement 1.", text);
    server.set("/a", Answer::feed(one("A job vacancy.")));
    server.set("/b", Answer::feed(numbered("b.example", 5..=5)));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\nexclude = [\"job vacancy\"]\npriority = 5\n[[source]]\nid = \"b\"\nurl = \"{}\"\n",
        server.url("/a"),
        server.url("/b")
    ));
    assert_eq!(wire.fetch()["stories"]["new"], 1);
    // The other one posts it in its own words.
    let copy = numbered("b.example", 4..=5)
        .replace("https://b.example/4/", "https://a.example/1/")
        .replace("The words of statement 4.", "A friend of ours writes.");
    server.set("/b", Answer::feed(copy));
    let report = wire.fetch();
    assert_eq!((&report["entries"]["joined"], &report["stories"]["new"]), (&1.into(), &1.into()));
    let story =
        || wire.stories().into_iter().find(|story| story["url"] == "https://a.example/1/").unwrap();
    let copied = story();
    assert_eq!(copied["id"], "https://a.example/?p=1", "it was seen first under this id");
    assert_eq!((&copied["source"], &copied["also"]), (&"b".into(), &Value::Array(Vec::new())));
    assert!(copied["summary"].as_str().unwrap().contains("A friend"), "{copied}");
    // The first one takes the offending words out of its own.
    server.set("/a", Answer::feed(one("A statement.")));
    wire.fetch();
    let edited = story();
    assert_eq!((&edited["id"], &edited["also"][0]["source"]), (&copied["id"], &"a".into()));
    // And puts them in again; nothing of them is shown.
    server.set("/a", Answer::feed(one("A job vacancy, once more.")));
    wire.fetch();
    assert_eq!(story()["also"], Value::Array(Vec::new()));
    // Alone, a story goes with its words, and comes with them.
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\nexclude = [\"job vacancy\"]\n",
        server.url("/a")
    ));
    assert_eq!(wire.fetch()["stories"]["new"], 0);
    server.set("/a", Answer::feed(one("Corrected.")));
    assert_eq!(wire.fetch()["stories"]["new"], 1);
    assert_eq!(titles(&wire, ""), ["Statement 1 of a.example"]);
    server.set("/a", Answer::feed(one("A job vacancy after all.")));
    wire.fetch();
    assert!(wire.stories().is_empty() && titles(&wire, "").is_empty());
}

#[test]
fn a_story_shows_where_its_edition_in_another_language_is_now() {
    let server = Server::start();
    let wire = Wire::new(&editions(&server));
    wire.fetch();
    let german = || wire.read("public/language/de/atom.xml");
    let link = server.url("/en");
    assert!(german().contains(&link), "{}", german());
    // The English one moves; nothing of the German one changes.
    server.set(
        "/moved",
        Answer::document(
            "text/html",
            format!(
                "<html lang=en><head><title>Strike</title><link rel=alternate hreflang=de href='/de'></head>\
                 <body><article><h1>Strike</h1><p>{0}</p><p>{0}</p></article></body></html>",
                "Strike, said at such a length that nobody can take it for a menu, with commas, and full stops."
            ),
        ),
    );
    let feed = numbered("harbour.example", 1..=1)
        .replace("Statement 1 of harbour.example", "Strike")
        .replace("https://harbour.example/1/", &server.url("/moved"))
        .replace("?p=1", "?p=en");
    server.set("/feed-en", Answer::feed(feed));
    wire.fetch();
    assert!(german().contains(&server.url("/moved")), "{}", german());
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
}
