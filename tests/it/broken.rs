//! Answers that are broken, cut, false or hostile in their transport: each leaves a poll record with a
//! sentence, and nothing else changes.

use chrono::TimeDelta;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

/// Validators that a broken answer gives, and that nobody may send back.
const POISON: &str = "ETag: \"poison\"\r\nLast-Modified: Tue, 03 Nov 2026 09:00:00 GMT\r\n";

fn raw(head: &str, body: impl AsRef<[u8]>) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\n{POISON}{head}\r\n");
    Answer::Raw([head.as_bytes(), body.as_ref()].concat())
}

/// Asserts for each answer, after a good one: a record with these words and a remedy; stories, outputs
/// and validators as they were; and that the next good answer mends everything.
fn assert_harmless(cases: Vec<(&str, Answer, &str)>) {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let (stories, public) = (wire.stories(), wire.public());
    let mut good = None;
    for (what, answer, words) in cases {
        server.asked();
        server.set("/a", answer);
        wire.clock.forward(TimeDelta::hours(30));
        let report = wire.run(&["fetch", "--json"]).json();
        assert_eq!(report["failed"], 1, "{what}: {report}");
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{what}: asked again at once");
        let sent = asked[0].headers["if-none-match"].clone();
        assert_eq!(*good.get_or_insert_with(|| sent.clone()), sent, "{what}");
        assert!(!sent.contains("poison"));

        let status = wire.run(&["status", "--json"]).json();
        let source = &status["sources"][0];
        assert_eq!(source["state"], "failing", "{what}");
        let error = source["error"].as_str().unwrap();
        assert!(error.contains(words), "{what}: {error}");
        let remedies =
            ["partner", "organisation", "wait", "check", "raise", "url", "next poll", "name it"];
        let has_remedy = remedies.iter().any(|remedy| error.contains(remedy));
        assert!(has_remedy && !error.contains("poison"), "{what}: {error}");
        assert_eq!((wire.stories(), wire.public()), (stories.clone(), public.clone()), "{what}");
    }
    server.set("/a", Answer::feed(numbered("a.example", 1..=4)));
    wire.clock.forward(TimeDelta::hours(30));
    assert_eq!(wire.run(&["fetch", "--json"]).json()["entries"]["new"], 1);
    assert_eq!(*server.asked()[0].headers.get("if-none-match").unwrap(), good.unwrap());
    assert_eq!(wire.run(&["status", "--json"]).json()["sources"][0]["state"], "ok");
}

/// A good feed with two items more, so that an answer that is used by mistake shows.
fn news() -> Vec<u8> {
    numbered("a.example", 1..=5).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn chunked(bytes: &[u8]) -> Vec<u8> {
    let head = format!("{:x}\r\n", bytes.len());
    [head.as_bytes(), bytes, b"\r\n0\r\n\r\n"].concat()
}

#[test]
fn h8_r19_redirects_that_lead_nowhere_change_nothing() {
    let hop = |to: &str| {
        let head = format!("HTTP/1.1 302 Found\r\n{POISON}Location: {to}\r\n");
        let body = news();
        let head = format!(
            "{head}Content-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Answer::Raw([head.as_bytes(), &body].concat())
    };
    assert_harmless(vec![
        (
            "to a private host",
            hop("http://10.0.0.1/"),
            "redirected to 10.0.0.1, an address of a private",
        ),
        ("to a file", hop("file:///etc/passwd"), "an address of the kind file:"),
        ("to ssh", hop("http://127.0.0.1:22/"), "port 22"),
        ("to mail", hop("http://127.0.0.1:25/"), "port 25"),
        ("to redis", hop("http://127.0.0.1:6379/"), "port 6379"),
        ("to nowhere", hop("http://"), "without saying where to"),
    ]);
}

#[test]
fn h13_h14_what_is_too_large_changes_nothing() {
    let spaces = vec![b' '; 9 << 20];
    let headers = "X-Many: a\r\n".repeat(10_000);
    let long = format!("X-Long: {}\r\n", "a".repeat(1 << 20));
    assert_harmless(vec![
        ("a body", raw(&format!("Content-Length: {}\r\n", spaces.len()), &spaces), "max_body"),
        ("no length", raw("", &spaces), "max_body"),
        ("a gzip bomb", raw("Content-Encoding: gzip\r\n", gzip(&spaces)), "max_body"),
        ("many headers", raw(&headers, news()), "more headers than"),
        ("a long header", raw(&long, news()), "more headers than"),
    ]);
}

#[test]
fn h16_lengths_that_lie_change_nothing() {
    let feed = news();
    let length = feed.len();
    let of = |length: String| format!("Content-Length: {length}\r\n");
    assert_harmless(vec![
        ("larger", raw(&of((length + 1).to_string()), &feed), "broke off"),
        ("smaller", raw(&of((length - 20).to_string()), &feed), "ends in the middle"),
        ("much smaller", raw(&of("100".into()), &feed), "ends in the middle"),
        ("negative", raw(&of("-1".into()), &feed), "HTTP does not know"),
        ("two", raw(&(of(length.to_string()) + &of("7".into())), &feed), "HTTP does not know"),
        (
            "with chunks",
            raw(&(of(length.to_string()) + "Transfer-Encoding: chunked\r\n"), chunked(&feed)),
            "two lengths",
        ),
    ]);
}

#[test]
fn h17_codings_that_are_none_change_nothing() {
    let feed = news();
    let twice = gzip(&gzip(&feed));
    assert_harmless(vec![
        ("plain text", raw("Content-Encoding: gzip\r\n", &feed), "nothing of it was used"),
        ("unknown", raw("Content-Encoding: rot13\r\n", &feed), "unknown coding rot13"),
        ("double", raw("Content-Encoding: gzip, gzip\r\n", &twice), "unknown coding gzip, gzip"),
        ("double, said once", raw("Content-Encoding: gzip\r\n", &twice), "instead of a feed"),
        ("not said", raw("", gzip(&feed)), "instead of a feed"),
    ]);
}

#[test]
fn h18_headers_with_bytes_that_none_has_change_nothing() {
    let feed = news();
    let length = format!("Content-Length: {}\r\n", feed.len());
    assert_harmless(vec![
        ("NUL", raw(&format!("{length}ETag: \"a\0b\"\r\n"), &feed), "HTTP does not know"),
        ("CR", raw(&format!("{length}ETag: \"a\rb\"\r\n"), &feed), "HTTP does not know"),
        ("a fold", raw(&format!("{length}ETag: \"a\r\n b\"\r\n"), &feed), "HTTP does not know"),
        ("no name", raw(&format!("{length}: a\r\n"), &feed), "HTTP does not know"),
        ("no colon", raw(&format!("{length}ETag\r\n"), &feed), "HTTP does not know"),
        ("no HTTP", Answer::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "HTTP does not know"),
        ("HTTP/0.9", Answer::Raw(feed.clone()), "HTTP does not know"),
    ]);
}

#[test]
fn h18_bytes_beyond_ascii_come_back_as_they_were_given() {
    let server = Server::start();
    let feed = numbered("a.example", 1..=3);
    let etag = "\"\u{e9}\u{3b1} \t x\"";
    let head = format!("HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {}\r\n\r\n", feed.len());
    server.set("/a", Answer::Raw([head.as_bytes(), feed.as_bytes()].concat()));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    wire.fetch();
    let asked = server.asked();
    assert_eq!(asked[1].headers["if-none-match"], etag);
    assert_eq!(asked[0].headers.len() + 1, asked[1].headers.len(), "one header more, not two");
}

#[test]
fn r17_bodies_that_were_cut_change_nothing() {
    let feed = news();
    let half = &feed[..feed.len() / 2];
    let zipped = gzip(&feed);
    let in_gzip = |body: &[u8]| {
        raw(&format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len()), body)
    };
    let chunks = chunked(&feed);
    let in_chunks = |body: &[u8]| raw("Transfer-Encoding: chunked\r\n", body);
    assert_harmless(vec![
        ("by its length", raw("Content-Length: 90000\r\n", &feed), "broke off"),
        ("without a length", raw("", half), "ends in the middle"),
        ("a chunk", in_chunks(&chunks[..chunks.len() / 2]), "nothing of it was used"),
        ("the last chunk", in_chunks(&chunks[..chunks.len() - 5]), "nothing of it was used"),
        ("gzip", in_gzip(&zipped[..zipped.len() / 2]), "nothing of it was used"),
        ("the sum of gzip", in_gzip(&zipped[..zipped.len() - 8]), "nothing of it was used"),
        ("nothing at all", Answer::Raw(Vec::new()), "broke off"),
        ("after the headers", raw("Content-Length: 10\r\n", ""), "broke off"),
    ]);
}

#[test]
fn r20_r21_pages_and_nothing_in_the_place_of_a_feed_change_nothing() {
    let page = |head: &str, html: &str| {
        raw(&format!("Content-Type: text/html\r\nContent-Length: {}\r\n{head}", html.len()), html)
    };
    let feed = String::from_utf8(news()).unwrap();
    assert_harmless(vec![
        (
            "maintenance",
            page("", "<!doctype html><title>Back soon</title><p>Down"),
            "`samizdat discover http://127.0.0",
        ),
        ("an error", page("", "<html><body><h1>500</h1>PHP Fatal error</body></html>"), "web page"),
        ("a challenge", page("cf-mitigated: challenge\r\n", "<html>"), "a challenge of Cloudflare"),
        ("a challenge of a feed", page("cf-mitigated: challenge\r\n", &feed), "Cloudflare"),
        (
            "a log-in",
            page("", "<html><form action=/login><input name=password></form>"),
            "web page",
        ),
        ("text", raw("Content-Length: 9\r\n", "Not today"), "instead of a feed"),
        ("nothing", raw("Content-Length: 0\r\n", ""), "empty document"),
        ("nothing, and no length", raw("", ""), "empty document"),
        ("white space", raw("", "\r\n \r\n"), "empty document"),
        ("a mark of order alone", raw("", "\u{feff}"), "empty document"),
        ("no content", Answer::status("204 No Content", POISON), "204"),
        ("a part", Answer::status("206 Partial Content", POISON), "206"),
        ("an instance", Answer::status("226 IM Used", POISON), "226"),
    ]);
}

#[test]
fn r14_r15_servers_that_cannot_be_reached_change_nothing() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let (stories, public) = (wire.stories(), wire.public());
    let url = server.url("/a");
    drop(server);
    let written = wire.read("feeds.toml");
    // Nothing listens any more; and no name is found in tests.
    for (url, words) in [
        (url.clone(), "no connection to 127.0.0.1"),
        ("https://a.example/feed".to_owned(), "the name a.example cannot be looked up"),
    ] {
        wire.write("feeds.toml", written.replace(&server_url(&written), &url));
        wire.clock.forward(TimeDelta::hours(30));
        let report = wire.run(&["fetch", "--json"]).json();
        let error = report["sources"][0]["error"].as_str().unwrap();
        assert!(error.contains(words), "{report}");
        assert_eq!(wire.run(&["status", "--json"]).json()["sources"][0]["state"], "failing");
        assert_eq!(wire.stories(), stories);
        // Where a source is polled is told in feeds and page, so only the first url leaves them.
        assert!(words.contains("looked up") || wire.public() == public);
    }
}

/// The url of the one source.
fn server_url(feeds_toml: &str) -> String {
    let line = feeds_toml.lines().rfind(|line| line.starts_with("url = ")).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

#[test]
fn r19_a_redirect_to_a_log_in_page_is_told_with_its_host() {
    let server = Server::start();
    let elsewhere = Server::start_at([127, 0, 0, 3].into());
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    let login = elsewhere.url("/login?token=hidden");
    elsewhere.set("/login?token=hidden", Answer::document("text/html", "<html><form></form>"));
    for status in ["302 Found", "301 Moved Permanently", "308 Permanent Redirect"] {
        server.set("/a", Answer::status(status, &format!("Location: {login}\r\n")));
        wire.clock.forward(TimeDelta::hours(30));
        wire.run(&["fetch"]);
        let status = wire.run(&["status", "--json"]).json();
        let error = status["sources"][0]["error"].as_str().unwrap();
        assert!(error.contains("web page") && error.contains("127.0.0.3"), "{error}");
        assert!(!error.contains("hidden"), "{error}");
        // P42: where it leads is no feed, so nobody is told to write that url.
        let text = wire.run(&["status"]).out;
        assert!(!text.contains("its server leads to"), "{text}");
        assert_eq!(wire.public(), public);
    }
}
