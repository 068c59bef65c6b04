//! Values of the environment, which are sent to one host and shown to nobody (H69).

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

const TOKEN: &str = "t0ken-Ab3/x9";

/// A feed whose links are relative, also in its text.
fn relative(numbers: std::ops::RangeInclusive<u32>) -> String {
    let items: String = numbers
        .map(|number| {
            format!("<item><title>Statement {number}</title><link>story{number}</link><description><![CDATA[<p>Words of {number}: <a href=\"more{number}\">more</a> <img src=\"p{number}.jpg\"></p>]]></description></item>")
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>A</title><link>./</link><description/>{items}</channel></rss>"
    )
}

/// A wire of one source with this url, of which `{}` is the server.
fn wire(server: &Server, url: &str, more: &str) -> Wire {
    let url = url.replace("{}", server.url("/").trim_end_matches('/'));
    let mut wire = Wire::new(&format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{url}\"\n{more}\n"));
    wire.environment.insert("TOK".into(), TOKEN.into());
    wire
}

/// Nothing that is shown, published or told has the value, or a part of it.
fn assert_hidden(wire: &Wire, what: &str) {
    for (name, (bytes, _)) in wire.public() {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains("t0ken"), "{what}: {name}");
    }
    for arguments in [
        vec!["list"],
        vec!["list", "--json"],
        vec!["explain", "1"],
        vec!["status"],
        vec!["status", "--json"],
        vec!["status", "--politeness"],
        vec!["opml", "export"],
        vec!["check", "--online", "--with-secrets"],
        vec!["check", "--online", "--with-secrets", "--json"],
        vec!["fetch", "--now", "-vv", "--json"],
    ] {
        let ran = wire.run(&arguments);
        let told = format!("{}{}", ran.out, ran.err).to_lowercase();
        assert!(!told.contains("t0ken"), "{what}: {arguments:?}: {ran:?}");
    }
}

#[test]
fn h69_a_secret_in_the_path_of_a_url_is_not_in_what_relative_links_lead_to() {
    for (what, url, more, expected) in [
        ("the host", "{}/{env:TOK}/feed.xml", "", "{}/story1"),
        (
            "the site",
            "{}/{env:TOK}/feed.xml",
            "site = \"https://a.example/news/\"",
            "https://a.example/news/story1",
        ),
        ("no secret path", "{}/news/feed.xml?key={env:TOK}", "", "{}/news/story1"),
        ("a header", "{}/news/feed.xml", "headers = { X-Key = \"env:TOK\" }", "{}/news/story1"),
    ] {
        let server = Server::start();
        server.set(&format!("/{TOKEN}/feed.xml"), Answer::feed(relative(1..=2)));
        server.set(&format!("/news/feed.xml?key={TOKEN}"), Answer::feed(relative(1..=2)));
        server.set("/news/feed.xml", Answer::feed(relative(1..=2)));
        let wire = wire(&server, url, more);
        assert_eq!(wire.fetch()["entries"]["new"], 2, "{what}");
        let expected = expected.replace("{}", server.url("/").trim_end_matches('/'));
        let stories = wire.stories();
        assert!(
            stories.iter().any(|story| story["url"] == expected.as_str()),
            "{what}: {stories:?}"
        );
        assert_hidden(&wire, what);
        // The url that the validators belong to is known all the same.
        server.asked();
        wire.fetch();
        assert!(server.asked()[0].is_conditional(), "{what}");
    }
}

#[test]
fn h69_a_server_that_gives_a_secret_back_does_not_make_it_public() {
    let encoded = TOKEN.replace('/', "%2F");
    for (what, from, url, more, to) in [
        (
            "in the query",
            format!("/feed?key={TOKEN}"),
            "{}/feed?key={env:TOK}",
            "",
            format!("/u/{TOKEN}/feed.xml"),
        ),
        (
            "in the path",
            format!("/{TOKEN}"),
            "{}/{env:TOK}",
            "",
            format!("/feed.xml?session={encoded}"),
        ),
        (
            "in a header",
            "/feed".to_owned(),
            "{}/feed",
            "headers = { X-Key = \"env:TOK\" }",
            format!("/u/{encoded}/feed.xml"),
        ),
    ] {
        let server = Server::start();
        server.set(&from, Answer::status("301 M", &format!("Location: {to}\r\n")));
        server.set(&to, Answer::feed(relative(1..=2)));
        let wire = wire(&server, url, more);
        assert_eq!(wire.fetch()["entries"]["new"], 2, "{what}");
        assert_hidden(&wire, what);
        // `status`, and cron's mail after a week, without the variable as well.
        let mut told = String::new();
        for _ in 0..18 {
            wire.clock.forward(TimeDelta::hours(12));
            let ran = wire.run(&["fetch"]);
            told += &(ran.out + &ran.err);
        }
        assert!(told.contains("for good") && told.contains("{env:TOK}"), "{what}: {told}");
        let mut elsewhere = wire;
        elsewhere.environment.clear();
        told += &elsewhere.run(&["status"]).out;
        assert_eq!(told.matches("for good").count(), 2, "{what}: {told}");
        assert!(!told.to_lowercase().contains("t0ken"), "{what}: {told}");
    }
}

#[test]
fn h69_a_feed_that_names_its_own_address_does_not_make_it_public() {
    let server = Server::start();
    let home = server.url(&format!("/{TOKEN}/"));
    let feed = format!(
        "<rss version=\"2.0\"><channel xml:base=\"{home}\"><title>A</title><link>{home}</link><description/>\
         <item><title>One</title><link>story1</link><guid>1</guid><description><![CDATA[<p>See <a href=\"{home}2\">there</a>, {home}3 and <a href=\"4\">here</a>.</p>]]></description><enclosure url=\"{home}1.mp3\" type=\"audio/mpeg\" length=\"9\"/></item>\
         <item><title>Two</title><guid isPermaLink=\"true\">{home}two</guid><description>Words.</description></item></channel></rss>"
    );
    server.set(&format!("/{TOKEN}/feed.xml"), Answer::feed(feed));
    let wire = wire(&server, "{}/{env:TOK}/feed.xml", "");
    assert_eq!(wire.fetch()["entries"]["new"], 2);
    assert_hidden(&wire, "its own address");
    let text = wire.stories().iter().map(ToString::to_string).collect::<String>();
    assert!(text.contains(&server.url("/4")), "{text}");
}

#[test]
fn h69_a_page_that_was_kept_shows_no_secret() {
    let server = Server::start();
    let page = |numbers: std::ops::RangeInclusive<u32>| {
        let items: String =
            numbers.map(|n| format!("<li><a href=\"story{n}\">Statement {n}</a></li>")).collect();
        Answer::document("text/html", format!("<!doctype html><title>A</title><ul>{items}</ul>"))
    };
    let place = format!("/{TOKEN}/news");
    server.set(&place, page(1..=3));
    let select = "kind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"";
    let mut wire = wire(&server, "{}/{env:TOK}/news", select);
    assert_eq!(wire.fetch()["entries"]["new"], 3);
    assert_hidden(&wire, "a page");
    server.set(&place, page(1..=4));
    for _ in 0..2 {
        let ran = wire.run(&["preview", "--saved", "a", "--json"]);
        assert!(ran.out.contains(&server.url("/story2")), "{ran:?}");
        assert!(!format!("{ran:?}").to_lowercase().contains("t0ken"), "{ran:?}");
        wire.environment.clear();
    }
}

#[test]
fn h69_a_secret_in_the_name_of_a_host_is_not_told() {
    let mut wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"http://{{env:TOK}}.example:1/feed\"\n"
    ));
    wire.environment.insert("TOK".into(), "t0ken-of-a-partner".into());
    let report = wire.fetch();
    let error = report["sources"][0]["error"].as_str().unwrap();
    assert!(error.contains("{env:TOK}.example"), "{error}");
    assert!(!wire.run(&["status"]).out.contains("t0ken"));
}

/// What a `fetch` says of each source.
fn outcomes(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sources = report["sources"].as_array().unwrap().iter();
    sources.map(|source| (text(&source["id"]), text(&source["outcome"]))).collect()
}

#[test]
fn a_variable_that_is_missing_fails_its_own_source_and_no_other() {
    let server = Server::start();
    for path in ["/a?key=s3cret", "/b", "/c"] {
        server.set(path, Answer::feed(numbered(&format!("{}.example", &path[1..2]), 1..=2)));
    }
    let mut wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}?key={{env:PARTNER_KEY}}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\n\
         headers = {{ X-Partner = \"env:PARTNER_KEY\" }}\n[[source]]\nid = \"c\"\nurl = \"{}\"\n",
        server.url("/a"),
        server.url("/b"),
        server.url("/c")
    ));
    let of = |report: &Value, ends: [&str; 3]| {
        let expected = ["a", "b", "c"].iter().zip(ends);
        let expected: Vec<_> =
            expected.map(|(id, end)| ((*id).to_owned(), end.to_owned())).collect();
        assert_eq!(outcomes(report), expected, "{report}");
    };
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    of(&ran.json(), ["failed", "failed", "new"]);
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(asked, ["/c"], "nothing is sent in the place of a secret");
    assert_eq!(wire.stories().len(), 2);
    // It is for the maintainers to mend, so they hear of it at once, and once a day.
    for id in ["a", "b"] {
        let told =
            format!("{id}: the environment has no PARTNER_KEY, which its url or headers name");
        assert!(ran.err.contains(&told), "{ran:?}");
    }
    let status = wire.run(&["status", "--json"]).json();
    for source in &status["sources"].as_array().unwrap()[..2] {
        assert_eq!(source["state"], "failing", "{source}");
        assert!(source["error"].as_str().unwrap().contains("PARTNER_KEY"), "{source}");
    }
    let checked = wire.run(&["check"]);
    assert!(checked.code == 0 && checked.out.contains("the environment has no PARTNER_KEY"));
    wire.clock.forward(TimeDelta::minutes(5));
    let ran = wire.run(&["fetch", "--json"]);
    of(&ran.json(), ["not_due", "not_due", "not_due"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "once a day");
    let ran = wire.run(&["fetch", "--now", "--strict", "a"]);
    assert_eq!(ran.code, 3, "as of every source that fails: {ran:?}");
    // Once it is there they are due, however long they would have waited.
    wire.environment.insert("PARTNER_KEY".into(), "s3cret".into());
    server.asked();
    of(&wire.run(&["fetch", "--json"]).json(), ["new", "new", "not_due"]);
    let asked = server.asked();
    assert_eq!(asked.iter().find(|one| one.path == "/b").unwrap().headers["x-partner"], "s3cret");
    assert_eq!(wire.run(&["status", "--json"]).json()["sources"][0]["state"], "ok");
}

#[test]
fn a_source_at_a_private_address_is_due_once_feeds_toml_allows_it() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=2)));
    let feeds_toml =
        |head: &str| format!("{head}[[source]]\nid = \"a\"\nurl = \"{}\"\n", server.url("/a"));
    let closed = HEAD.replace("127.0.0.0/8", "10.0.0.0/8");
    assert_ne!(closed, HEAD);
    // `min_interval` keeps from the server what was asked of it, and nothing was.
    let floor = |head: &str| head.replace("min_interval = \"0s\"", "min_interval = \"15m\"");
    let wire = Wire::new(&feeds_toml(&floor(&closed)));
    let outcome = || {
        wire.clock.forward(TimeDelta::minutes(1));
        wire.run(&["fetch", "--json"]).json()["sources"][0]["outcome"].clone()
    };
    assert_eq!(outcome(), "failed");
    let status = || wire.run(&["status", "--json"]).json()["sources"][0].clone();
    assert!(status()["error"].as_str().unwrap().contains("[fetch] allow_private"), "{}", status());
    assert_eq!(outcome(), "not_due");
    // What has nothing to do with it changes nothing.
    let other = floor(&closed).replace("Test wire", "Another wire");
    wire.write("feeds.toml", feeds_toml(&other));
    assert_eq!(outcome(), "not_due");
    wire.write("feeds.toml", feeds_toml(&floor(HEAD)));
    assert_eq!(status()["next_poll"], Value::Null, "it is due");
    assert_eq!(outcome(), "new");
    assert_eq!(outcome(), "not_due");
    assert_eq!(server.asked().len(), 1);
}
