//! `preview`: documents and pages as they are read, and what has changed in them.

use crate::pages::{SELECT, listing, page, paths, wire_of_a_page};
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

#[test]
fn what_stands_in_the_place_of_a_secret_is_sent_by_no_preview() {
    let server = Server::start();
    server.set("/news?k=t0ken", listing(&[("/1", "One"), ("/2", "Two")]));
    let url = server.url("/news?k={env:TOK}");
    let mut wire =
        Wire::new(&format!("{HEAD}[[source]]\nid = \"union\"\nurl = \"{url}\"\n{SELECT}"));
    wire.environment.insert("TOK".into(), "t0ken".into());
    assert_eq!(wire.fetch()["entries"]["new"], 2);
    wire.environment.clear();
    server.asked();
    let ran = wire.run(&["preview", "--saved", "union"]);
    assert!((ran.out + &ran.err).contains("the environment has no TOK"));
    assert_eq!(paths(&server), Vec::<String>::new());
}

#[test]
fn preview_as_a_source_asks_its_server_as_fetch_would() {
    let server = Server::start();
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let source = format!(
        "[[source]]\nid = \"union\"\nurl = \"{}\"\nheaders = {{ X-Key = \"env:TOK\" }}\n",
        server.url("/feed")
    );
    let mut wire = Wire::new(&format!("{HEAD}{source}{SELECT}"));
    wire.environment.insert("TOK".into(), "t0ken".into());
    server.set("/1", page("One", "", "The dockers have voted"));
    let elsewhere = Server::start();
    elsewhere.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let keys = |asked: &[&str]| {
        assert_eq!(wire.run(&[&["preview"], asked].concat()).code, 0, "{asked:?}");
        let asked = [server.asked(), elsewhere.asked()].concat();
        let pages = asked.into_iter().filter(|asked| asked.path != "/robots.txt");
        pages.map(|asked| asked.headers.get("x-key").cloned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&["--as", "union", &server.url("/news")]), [Some("t0ken".to_owned())]);
    // What is for its server is for no other one, and nobody else's name brings it.
    assert_eq!(keys(&["--as", "union", &elsewhere.url("/news")]), [None]);
    assert_eq!(keys(&["--article", &server.url("/1")]), [None]);
    wire.environment.clear();
    let ran = wire.run(&["preview", "--as", "union", &server.url("/news")]);
    assert!((ran.out + &ran.err).contains("the environment has no TOK"));
    assert_eq!(paths(&server), Vec::<String>::new());
}

#[test]
fn preview_shows_an_article_and_what_changed_in_a_page() {
    let server = Server::start();
    server.set("/1", page("One", "", "The dockers have voted"));
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let wire = wire_of_a_page(&server);
    let ran = wire.run(&["preview", "--json", "--article", &server.url("/1")]);
    let line = &ran.lines()[0];
    assert_eq!((&line["format"], &line["entries"][0]["title"]), (&"article".into(), &"One".into()));
    assert!(line["entries"][0]["content_html"].as_str().unwrap().contains("have voted"), "{line}");
    let ran = wire.run(&["preview", "--article", &server.url("/1")]);
    assert!(ran.out.contains("The dockers have voted"), "{ran:?}");

    let ran = wire.run(&["preview", "--as", "union", "--json", &server.url("/news")]);
    assert_eq!(ran.lines()[0]["format"], "page", "{ran:?}");
    assert_eq!(wire.run(&["preview", "--as", "nobody", "x.html"]).code, 2);

    assert_eq!(wire.run(&["preview", "--saved", "union"]).code, 2, "nothing is kept yet");
    wire.fetch();
    server.set("/news", Answer::document("text/html", "<ol><p><a href=/1>One</a></ol>"));
    let ran = wire.run(&["preview", "--saved", "union", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let lines = ran.lines();
    assert_eq!(lines[0]["entries"].as_array().unwrap().len(), 2);
    assert!(lines[0]["file"].as_str().unwrap().starts_with("union as it was on 2026-11-02T13:05"));
    assert_eq!(lines[1]["file"].as_str().unwrap(), server.url("/news"));
    assert!(lines[1]["error"].as_str().unwrap().contains("found nothing"), "{lines:?}");
    let changes = &lines[1]["changes"];
    assert_eq!(changes["gone"].as_array().unwrap().len(), 2, "{changes}");
    let item = &changes["selectors"][0];
    assert_eq!((&item["then"]["elements"], &item["now"]["elements"]), (&2.into(), &0.into()));
    let ran = wire.run(&["preview", "--saved", "nobody"]);
    assert!(ran.code == 2 && ran.err.contains("there are: union"), "{ran:?}");
}

#[test]
fn what_changed_in_a_page_is_told_entry_by_entry_and_selector_by_selector() {
    let server = Server::start();
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two"), ("/4", "Four"), ("/5", "Five")]));
    let wire = wire_of_a_page(&server);
    wire.fetch();
    let now = "<html lang=en><title>Union</title><ul>\
        <li><a href=/3>Three</a> <time datetime=2026-11-03>x</time></li>\
        <li><a href=/1>One, edited</a> <time datetime=2026-11-02>x</time></li>\
        <li><a href=/two>Two</a> <b>soon</b></li>\
        <li><a href=/5>Five</a> <time datetime=2026-11-02>x</time></li></ul>";
    server.set("/news", Answer::document("text/html", now));
    let ran = wire.run(&["preview", "--saved", "union", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines = ran.lines();
    assert_eq!(lines[0]["saved"], "2026-11-02T13:05:00Z");
    assert_eq!((lines.len(), lines[1]["entries"].as_array().unwrap().len()), (2, 4));
    let changes = &lines[1]["changes"];
    assert_eq!((&changes["since"], &changes["same"]), (&lines[0]["saved"], &1.into()));
    assert_eq!(changes["added"][0]["title"], "Three");
    assert_eq!(changes["added"][0]["url"].as_str().unwrap(), server.url("/3"));
    assert_eq!(changes["gone"][0]["title"], "Four");
    for list in ["added", "gone"] {
        assert_eq!(changes[list].as_array().unwrap().len(), 1, "{changes}");
    }
    let fields: Vec<String> = changes["changed"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|change| change["fields"].as_array().unwrap())
        .map(|field| format!("{}: {} -> {}", field["field"], field["then"], field["now"]))
        .collect();
    let (two, moved) = (server.url("/2"), server.url("/two"));
    assert_eq!(
        fields,
        [
            "\"title\": \"One\" -> \"One, edited\"".to_owned(),
            format!("\"link\": \"{two}\" -> \"{moved}\""),
            "\"date\": \"2026-11-02T00:00:00Z\" -> null".to_owned(),
        ]
    );
    let date = &changes["selectors"][3];
    assert_eq!((&date["name"], &date["selector"]), (&"date".into(), &"time".into()));
    assert_eq!((&date["then"]["items"], &date["now"]["items"]), (&4.into(), &3.into()));

    let said = wire.run(&["preview", "--saved", "union"]).out;
    for line in [
        "its last good copy of 2026-11-02 13:05 UTC",
        "1 new, 1 gone, 2 changed, 1 as before",
        "+ 2026-11-03  Three",
        "- 2026-11-02  Four",
        "~ One, edited",
        "now 3 elements in 3 items, then 4 elements in 4 items",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    // What stands there as before is not listed.
    assert!(!said.contains("Five"), "{said}");

    // A selector that finds nothing any more is pointed at; the page is still read without it.
    server.set("/news", Answer::document("text/html", now.replace("time", "b")));
    let said = wire.run(&["preview", "--saved", "union"]).out;
    assert!(said.contains("then 4 elements in 4 items  <- finds nothing any more"), "{said}");
    // A page that cannot be had at all is compared with nothing.
    server.set("/news", Answer::status("404 Not Found", ""));
    let ran = wire.run(&["preview", "--saved", "union"]);
    assert!(ran.code == 1 && ran.out.contains("check the url in feeds.toml"), "{ran:?}");
}

#[test]
fn a_document_that_is_no_source_is_told_in_words_of_its_own() {
    let server = Server::start();
    let wire = Wire::of(&[]);
    wire.write("list.opml", "<opml version='2.0'><body/></opml>");
    wire.write("page.html", "<html><title>A page</title><p>Words.</p></html>");
    wire.write("x.pdf", "%PDF-1.7");
    let missing = server.url("/missing");
    for (document, expected) in [
        ("list.opml", "`samizdat opml import`"),
        ("page.html", "`samizdat discover`"),
        ("x.pdf", "this is a PDF and no feed"),
        ("nothing.xml", "there is no such file"),
        ("partner.example/feed", "write https://partner.example/feed"),
        (".", "it is a directory"),
        (missing.as_str(), "check how it is written"),
    ] {
        let ran = wire.run(&["preview", document]);
        assert!(ran.code == 1 && ran.out.contains(expected), "{document}: {ran:?}");
        assert!(
            !ran.out.contains("feeds.toml;") && !ran.out.contains("url in feeds.toml"),
            "{ran:?}"
        );
    }
}

#[test]
fn h61_a_pipe_that_is_given_as_a_file_is_not_waited_for() {
    let wire = Wire::of(&[("a", "https://a.example/feed")]);
    let path = wire.path("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    for arguments in [
        &["preview", "pipe"][..],
        &["discover", "--base-url", "https://a.example/", "pipe"],
        &["opml", "import", "pipe"],
        &["import", "pipe"],
    ] {
        let ran = wire.run(arguments);
        assert!(ran.code != 0, "{ran:?}");
        assert!(format!("{}{}", ran.out, ran.err).contains("it is a pipe"), "{ran:?}");
    }
}

#[test]
fn preview_shows_what_is_whole_of_a_feed_that_fetch_refuses() {
    let server = Server::start();
    let whole = rss(
        "Partner",
        &[("1", "One"), ("2", "Two")].map(|(guid, title)| Item {
            guid,
            link: "https://partner.example/",
            title,
            date: "Mon, 02 Nov 2026 10:00:00 +0000",
            text: "Words.",
        }),
    );
    let cut = &whole[..whole.find("Two").unwrap()];
    server.set("/feed", Answer::feed(cut));
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    let report = wire.fetch();
    assert_eq!((&report["failed"], &report["entries"]["new"]), (&1.into(), &0.into()));
    let ran = wire.run(&["preview", &server.url("/feed")]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("ends in the middle") && ran.out.contains("  One\n"), "{ran:?}");
    assert!(!ran.out.contains("Two"), "{ran:?}");
}
