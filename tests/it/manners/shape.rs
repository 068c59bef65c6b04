//! How a request looks, and that there is only one.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::wire;
use crate::server::{Answer, Asked, Server};
use crate::wire::{HEAD, Wire, numbered};

#[test]
fn p1_p2_p7_one_get_then_a_conditional_one_with_a_name_and_an_address() {
    let server = Server::start();
    let wire = wire(&server);
    assert_eq!(wire.fetch()["entries"]["new"], 3);
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].path, "/feed");
    let agent = &asked[0].headers["user-agent"];
    assert!(
        agent.starts_with("Samizdat/") && agent.contains("(+https://wire.example.org/about.html)")
    );
    assert!(asked[0].headers["accept-encoding"].contains("gzip"));
    for absent in ["if-none-match", "if-modified-since", "cookie", "referer", "authorization"] {
        assert!(!asked[0].headers.contains_key(absent), "{absent}");
    }

    assert_eq!(wire.fetch()["sources"][0]["outcome"], "unchanged");
    let again = server.asked();
    assert!(again[0].headers["if-none-match"].starts_with("W/\""));
    assert_eq!(again[0].headers["if-modified-since"], "Mon, 02 Nov 2026 09:00:00 GMT");
}

#[test]
fn p5_cookies_are_never_sent_back() {
    let server = Server::start();
    let wire = wire(&server);
    let feed = numbered("partner.example", 1..=3);
    server.set("/feed", Answer::feed(feed).with("Set-Cookie", "id=1"));
    wire.fetch();
    wire.fetch();
    assert!(server.asked().iter().all(|asked| !asked.headers.contains_key("cookie")));
}

#[test]
fn p6_two_sources_with_one_url_are_polled_once() {
    let server = Server::start();
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    let url = server.url("/feed");
    let wire = Wire::of(&[("a", &url), ("b", &url)]);
    let report = wire.fetch();
    assert_eq!(report["polled"], 2);
    wire.fetch();
    assert_eq!(server.asked().len(), 2);
    let stories = wire.stories();
    assert_eq!(stories.len(), 3);
    assert_eq!(stories[0]["also"].as_array().unwrap().len(), 1);
    assert!(wire.run(&["check"]).out.contains("polled once"));
    // Naming one polls both; and neither is polled sooner because the other was added later.
    server.asked();
    wire.clock.forward(TimeDelta::minutes(65));
    assert_eq!(wire.run(&["fetch", "b", "--json"]).json()["polled"], 2);
    assert_eq!(wire.run(&["fetch", "a", "--json"]).json()["polled"], 0);
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml") + &format!("[[source]]\nid = \"c\"\nurl = \"{url}#x\"\n"),
    );
    assert_eq!(wire.run(&["fetch", "--json"]).json()["polled"], 0);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn p6_a_page_that_is_read_in_two_ways_is_asked_for_once() {
    let server = Server::start();
    let page = "<ul><li><a href='/1'>Strike</a></ul><ol><li><a href='/2'>March</a></ol>";
    server.set("/news", Answer::document("text/html", page));
    let source = |list: &str| {
        format!(
            "[[source]]\nid = \"{list}\"\nurl = \"{}\"\nkind = \"page\"\n[source.select]\nitem = \"{list} li\"\ntitle = \"a\"\nlink = \"a\"\n",
            server.url("/news")
        )
    };
    let wire = Wire::new(&format!("{HEAD}{}{}", source("ul"), source("ol")));
    wire.fetch();
    let titles = || -> BTreeSet<(String, String)> {
        let text = |story: &Value, key: &str| story[key].as_str().unwrap().to_owned();
        wire.stories().iter().map(|story| (text(story, "source"), text(story, "title"))).collect()
    };
    let pair = |source: &str, title: &str| (source.to_owned(), title.to_owned());
    assert_eq!(titles(), [pair("ol", "March"), pair("ul", "Strike")].into());
    let asked = |wire: &Wire| -> Vec<bool> {
        wire.fetch();
        let asked = server.asked();
        asked.iter().filter(|asked| asked.path == "/news").map(Asked::is_conditional).collect()
    };
    server.asked();
    assert_eq!(asked(&wire), vec![true]);
    // One of them is read by other selectors: still one request.
    wire.write("feeds.toml", wire.read("feeds.toml").replace("\"ol li\"", "\"li\""));
    assert_eq!(asked(&wire), vec![true]);
    assert_eq!(titles().len(), 2, "the second has both, and one of them is the first one's");
}

#[test]
fn headers_come_from_the_environment_and_are_never_shown() {
    let server = Server::start();
    server.set("/feed?token=hidden-2", Answer::feed(numbered("partner.example", 1..=1)));
    let url = server.url("/feed?token={env:WIRE_TOKEN}");
    let mut wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{url}\"\nheaders = {{ Authorization = \"env:WIRE_SECRET\" }}\n"
    ));
    let missing = wire.run(&["fetch"]);
    assert_eq!(missing.code, 0, "{missing:?}");
    assert!(missing.err.contains("WIRE_SECRET") && missing.err.contains("WIRE_TOKEN"));
    assert!(server.asked().is_empty(), "nothing is sent in the place of a secret");
    // A pull request is checked where there are no secrets.
    let checked = wire.run(&["check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.out.contains("the environment has no WIRE_SECRET"), "{checked:?}");
    wire.environment.insert("WIRE_SECRET".into(), "Bearer hidden-1".into());
    wire.environment.insert("WIRE_TOKEN".into(), "hidden-2".into());
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    assert_eq!(server.asked()[0].headers["authorization"], "Bearer hidden-1");
    // H69: nowhere to be seen.
    for words in [
        &["status"][..],
        &["status", "--json"],
        &["check"],
        &["list", "--json"],
        &["fetch", "-v", "--now"],
    ] {
        let ran = wire.run(words);
        assert!(!ran.out.contains("hidden-") && !ran.err.contains("hidden-"), "{words:?}: {ran:?}");
    }
    for (name, (bytes, _)) in wire.public() {
        assert!(!String::from_utf8_lossy(&bytes).contains("hidden-"), "{name}");
    }
    assert_eq!(wire.run(&["status", "--json"]).json()["sources"][0]["url"], json!(url));
    // Nor when it fails.
    server.set(
        "/feed?token=hidden-2",
        Answer::status("302 Found", "Location: /feed?token=hidden-2\r\n"),
    );
    wire.clock.forward(TimeDelta::hours(2));
    let ran = wire.run(&["fetch", "-vv", "--json"]);
    assert!(ran.out.contains("redirects"), "{ran:?}");
    let status = wire.run(&["status", "--json"]);
    assert!(!format!("{ran:?}{status:?}").contains("hidden-"), "{ran:?}");
}

#[test]
fn h69_an_empty_link_does_not_lead_to_the_url_of_the_feed() {
    let server = Server::start();
    let feed = "<rss version=\"2.0\"><channel><title>A</title><link>https://a.example/</link><description/><item><title>One</title><link>https://a.example/1/</link><guid>1</guid><description><![CDATA[<p><a href=\"\">here</a> <a href=\"?page=2\">there</a> <img src=\"p.jpg\"></p>]]></description></item></channel></rss>";
    server.set("/feed?token=hidden-3", Answer::feed(feed));
    let wire = Wire::of(&[("a", &server.url("/feed?token=hidden-3"))]);
    wire.fetch();
    assert_eq!(wire.stories().len(), 1);
    for (name, (bytes, _)) in wire.public() {
        assert!(!String::from_utf8_lossy(&bytes).contains("hidden-"), "{name}");
    }
}

#[test]
fn p1_p4_the_url_goes_out_as_it_is_written_and_nothing_else_is_asked() {
    for path in [
        "/Feed",
        "/feed/",
        "/%7Efriends/a%2Fb/caf%c3%a9.XML",
        "/?b=2&a=1&a=&x=%20+y",
        "//double//slash",
    ] {
        let server = Server::start();
        server.set(path, Answer::feed(numbered("partner.example", 1..=3)));
        let url = server.url(path);
        let wire = Wire::of(&[("partner", &format!("{url}#top"))]);
        assert_eq!(wire.fetch()["entries"]["new"], 3, "{path}");
        let asked = server.asked();
        let lines: Vec<(&str, &str)> =
            asked.iter().map(|asked| (asked.method.as_str(), asked.path.as_str())).collect();
        assert_eq!(lines, [("GET", path)]);
        let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        assert_eq!(asked[0].headers["host"], host, "the port is kept");
    }
}

#[test]
fn p2_one_name_for_feeds_redirects_robots_and_pages() {
    let server = Server::start();
    let link = server.url("/1/");
    let feed = numbered("partner.example", 1..=1).replace("https://partner.example/1/", &link);
    server.set("/moved", Answer::status("302 Found", "Location: /feed\r\n"));
    server.set("/feed", Answer::feed(feed));
    server.set("/1/", Answer::document("text/html", "<!doctype html><p>Words."));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
        server.url("/moved")
    ));
    wire.fetch();
    let asked = server.asked();
    let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/moved", "/feed", "/robots.txt", "/1/"]);
    let names: Vec<&String> = asked.iter().map(|asked| &asked.headers["user-agent"]).collect();
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        *names[0],
        format!("Samizdat/{version} (+https://wire.example.org/about.html)"),
        "never the name of a browser or of another robot"
    );
}

#[test]
fn p3_one_header_of_each_kind_and_what_it_can_read() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    wire.fetch();
    for asked in server.asked() {
        let mut names = asked.names.clone();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), asked.names.len(), "{:?}", asked.names);
        let codings: Vec<&str> =
            asked.headers["accept-encoding"].split(',').map(str::trim).collect();
        for coding in ["gzip", "br", "zstd"] {
            assert!(codings.contains(&coding), "{codings:?}");
        }
        for kind in ["application/rss+xml", "application/atom+xml", "application/feed+json"] {
            assert!(asked.headers["accept"].contains(kind), "{kind}");
        }
    }
}

#[test]
fn p3_what_is_said_to_be_read_is_read() {
    use std::io::Write;
    let feed = numbered("partner.example", 1..=3);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(feed.as_bytes()).unwrap();
    let zstd = zstd::bulk::compress(feed.as_bytes(), 1).unwrap();
    for (coding, body) in [("gzip", gzip.finish().unwrap()), ("zstd", zstd)] {
        let server = Server::start();
        server.set("/feed", Answer::feed(body).with("Content-Encoding", coding));
        let wire = Wire::of(&[("partner", &server.url("/feed"))]);
        assert_eq!(wire.fetch()["entries"]["new"], 3, "{coding}");
    }
}

#[test]
fn p50_no_pictures_enclosures_or_icons_are_asked_for() {
    let server = Server::start();
    let at = |path: &str| server.url(path);
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>A</title><link>{}</link><description/><image><url>{}</url><title>A</title><link>{}</link></image><item><title>One</title><link>{}</link><guid>1</guid><enclosure url=\"{}\" type=\"audio/mpeg\" length=\"9\"/><description><![CDATA[<p>Words <img src=\"{}\"></p>]]></description></item></channel></rss>",
        at("/"),
        at("/logo.png"),
        at("/"),
        at("/1/"),
        at("/1.mp3"),
        at("/1.jpg")
    );
    server.set("/feed", Answer::feed(feed));
    let wire = Wire::of(&[("a", &at("/feed"))]);
    wire.fetch();
    wire.fetch();
    assert!(wire.read("public/index.html").contains("One"));
    assert!(server.asked().iter().all(|asked| asked.path == "/feed"));
}
