//! Where redirects lead.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use chrono::TimeDelta;

use super::wire;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

#[test]
fn p40_p45_a_redirect_is_followed_each_time_and_never_adopted() {
    let server = Server::start();
    let wire = wire(&server);
    server.set("/moved", Answer::feed(numbered("partner.example", 1..=3)));
    let hop = Answer::status("301 Moved Permanently", "Location: /moved\r\n");
    server.set("/feed", hop);
    wire.fetch();
    wire.fetch();
    let paths: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, ["/feed", "/moved", "/feed", "/moved"]);
}

fn paths(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.path).collect()
}

fn moved(to: &str) -> Answer {
    Answer::status("301 Moved Permanently", &format!("Location: {to}\r\n"))
}

#[test]
fn p40_each_kind_of_redirect_is_followed_each_time() {
    for kind in ["301 M", "302 F", "303 S", "307 T", "308 P"] {
        let server = Server::start();
        let wire = wire(&server);
        server.set("/there", Answer::feed(numbered("partner.example", 1..=3)));
        server.set("/feed", Answer::status(kind, "Location: there\r\n"));
        wire.fetch();
        assert_eq!(wire.fetch()["unchanged"], 1);
        let asked = server.asked();
        let lines: Vec<(&str, bool)> =
            asked.iter().map(|asked| (asked.path.as_str(), asked.is_conditional())).collect();
        // P44: what came from there is asked about there.
        let expected = [("/feed", false), ("/there", false), ("/feed", false), ("/there", true)];
        assert_eq!(lines, expected, "{kind}");
        assert!(wire.run(&["status", "--json"]).json()["sources"][0]["url"] == server.url("/feed"));
    }
}

#[test]
fn p40_a_hop_is_checked_like_the_first() {
    for to in
        ["http://10.0.0.1/feed", "file:///etc/passwd", "ftp://partner.example/", "http://[::1]/"]
    {
        let server = Server::start();
        let wire = wire(&server);
        server.set("/feed", Answer::status("302 Found", &format!("Location: {to}\r\n")));
        let error = wire.fetch()["sources"][0]["error"].as_str().unwrap().to_owned();
        // Cron mails this: it names the host, and does not ask to open the guard.
        assert!(error.starts_with("the server redirected to "), "{to}: {error}");
        assert!(error.ends_with("that was not followed: ask the partner"), "{to}: {error}");
        assert!(!error.contains("allow_private") && !error.contains("/feed"), "{to}: {error}");
        assert_eq!(server.asked().len(), 1);
    }
}

/// Days on which cron's `fetch`, every six hours, said something of a move.
fn told(wire: &Wire, days: usize, before: impl Fn(usize)) -> Vec<usize> {
    let mut told = Vec::new();
    for day in 0..days {
        before(day);
        for _ in 0..4 {
            let ran = wire.run(&["fetch"]);
            if ran.err.contains("for good") {
                told.push(day);
            }
            wire.clock.forward(TimeDelta::hours(6));
        }
    }
    told
}

fn is_shown(wire: &Wire) -> bool {
    wire.run(&["status"]).out.contains("for good")
}

#[test]
fn p41_a_move_for_good_is_told_once_after_a_week_and_never_adopted() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.set("/new", Answer::feed(numbered("partner.example", 1..=3)));
    server.set("/feed", moved("/new"));
    server.asked();
    wire.clock.forward(TimeDelta::hours(2));
    let days = told(&wire, 12, |_| {});
    assert_eq!(days, [7]);
    let status = wire.run(&["status"]).out;
    assert!(status.contains(&server.url("/new")), "{status}");
    let asked = paths(&server);
    assert!(asked.chunks(2).all(|pair| pair == ["/feed", "/new"]), "{asked:?}");
    // It is over once the url is in feeds.toml.
    wire.write("feeds.toml", wire.read("feeds.toml").replace("/feed\"", "/new\""));
    wire.fetch();
    assert!(!is_shown(&wire));
    assert_eq!(wire.stories().len(), 3);
}

#[test]
fn p41_a_move_that_was_not_seen_at_every_poll_is_not_told() {
    // Interrupted on the fifth day; for some time only; and with one hop that is not for good.
    let interrupted: fn(&Server, usize) = |server, day| {
        let is_there = day == 5;
        server.set(
            "/feed",
            if is_there { Answer::feed(numbered("partner.example", 1..=3)) } else { moved("/new") },
        );
    };
    let for_some_time: fn(&Server, usize) =
        |server, _| server.set("/feed", Answer::status("307 T", "Location: /new\r\n"));
    let mixed: fn(&Server, usize) = |server, _| {
        server.set("/feed", moved("/hop"));
        server.set("/hop", Answer::status("302 Found", "Location: /new\r\n"));
    };
    let turning: fn(&Server, usize) =
        |server, day| server.set("/feed", moved(if day % 2 == 0 { "/new" } else { "/newer" }));
    for (what, act) in [
        ("interrupted", interrupted),
        ("307", for_some_time),
        ("mixed", mixed),
        ("turning", turning),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        for path in ["/new", "/newer"] {
            server.set(path, Answer::feed(numbered("partner.example", 1..=3)));
        }
        wire.clock.forward(TimeDelta::hours(2));
        assert!(told(&wire, 11, |day| act(&server, day)).is_empty(), "{what}");
        assert!(!is_shown(&wire), "{what}");
    }
}

#[test]
fn p41_p42_a_move_to_something_else_is_never_suggested() {
    let page = Answer::document("text/html", "<!doctype html><title>Log in</title><form></form>");
    let other = Answer::feed(numbered("other.example", 1..=3));
    for (what, target, is_error) in [("a page", page, true), ("another feed", other, false)] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        server.set("/new", target);
        server.set("/feed", moved("/new"));
        let report = wire.fetch();
        assert_eq!(report["failed"], u32::from(is_error), "{what}: {report}");
        assert!(told(&wire, 12, |_| {}).is_empty(), "{what}");
        assert!(!is_shown(&wire), "{what}");
        let asked = paths(&server);
        assert_eq!(asked.iter().filter(|path| *path == "/new").count(), asked.len() / 2, "{what}");
        assert!(wire.stories().len() >= 3, "{what}");
    }
}

#[test]
fn p43_a_loop_ends_after_six_requests_and_headers_stay_with_their_host() {
    let server = Server::start();
    let wire_of = |url: &str| {
        let mut wire = Wire::new(&format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{url}\"\nheaders = {{ Authorization = \"env:SECRET\", X-Key = \"env:SECRET\" }}\n"
        ));
        wire.environment.insert("SECRET".into(), "hidden-1".into());
        wire
    };
    for hop in 0..10 {
        let next = format!("Location: /{}\r\n", (hop + 1) % 10);
        server.set(&format!("/{hop}"), Answer::status("302 Found", &next));
    }
    let report = wire_of(&server.url("/0")).fetch();
    assert!(report["sources"][0]["error"].as_str().unwrap().contains("redirects"), "{report}");
    assert_eq!(paths(&server), ["/0", "/1", "/2", "/3", "/4", "/5"]);

    let other = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    other.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    server.set("/feed", Answer::status("302 F", &format!("Location: {}\r\n", other.url("/feed"))));
    assert_eq!(wire_of(&server.url("/feed")).fetch()["entries"]["new"], 3);
    let first = server.asked();
    assert_eq!(
        (&*first[0].headers["authorization"], &*first[0].headers["x-key"]),
        ("hidden-1", "hidden-1")
    );
    let there = other.asked();
    assert!(
        !there[0].headers.contains_key("authorization") && !there[0].headers.contains_key("x-key")
    );
}

#[test]
fn p44_validators_of_one_place_are_not_sent_to_another() {
    let server = Server::start();
    let wire = wire(&server);
    for path in ["/a", "/b"] {
        server.set(path, Answer::feed(numbered("partner.example", 1..=3)));
    }
    let to =
        |path: &str| server.set("/feed", Answer::status("302 F", &format!("Location: {path}\r\n")));
    to("/a");
    wire.fetch();
    to("/b");
    wire.fetch();
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    wire.fetch();
    assert!(server.asked().iter().all(|asked| !asked.is_conditional()));
    wire.fetch();
    assert!(server.asked()[0].is_conditional());
}

#[test]
fn p45_what_a_feed_says_of_its_own_place_changes_nothing() {
    let server = Server::start();
    let wire = wire(&server);
    let elsewhere = server.url("/elsewhere");
    let feed = numbered("partner.example", 1..=3).replace(
        "<rss version=\"2.0\"><channel>",
        &format!(
            "<rss version=\"2.0\" xml:base=\"{elsewhere}\" xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><atom:link rel=\"self\" href=\"{elsewhere}\"/><itunes:new-feed-url>{elsewhere}</itunes:new-feed-url>"
        ),
    );
    server.set("/feed", Answer::feed(feed.clone()).with("Content-Location", "/elsewhere"));
    server.set("/elsewhere", Answer::feed(feed));
    assert_eq!(wire.fetch()["entries"]["new"], 3);
    for _ in 0..10 {
        wire.clock.forward(TimeDelta::days(1));
        assert!(!wire.run(&["fetch"]).err.contains("elsewhere"));
    }
    assert!(server.asked().iter().all(|asked| asked.path == "/feed"));
}

/// Another service, to which nobody may connect; at an address of its own.
fn other_service(last: u8) -> TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 66, 79, last), 6379)).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

fn assert_untouched(listener: &TcpListener) {
    let came = listener.accept().map(|(_, from)| from);
    assert_eq!(came.unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn h8_a_link_of_an_entry_does_not_lead_to_another_service() {
    let service = other_service(1);
    let server = Server::start();
    let link = format!("http://{}/1/", service.local_addr().unwrap());
    let feed = numbered("partner.example", 1..=2)
        .replace("https://partner.example/1/", &link)
        .replace("https://partner.example/2/", &server.url("/2/"));
    server.set("/feed", Answer::feed(feed));
    server.set("/2/", Answer::document("text/html", "<!doctype html><p>Words."));
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
        server.url("/feed")
    ));
    wire.fetch();
    assert_untouched(&service);
    assert!(paths(&server).iter().any(|path| path == "/2/"), "the port of the source");
    // What is refused once is not waited for: the story is out without it.
    let stories = wire.stories();
    assert!(stories.iter().any(|story| story["url"] == link.as_str()), "{stories:?}");
}

#[test]
fn h8_a_feed_that_a_page_announces_is_not_another_service() {
    let service = other_service(2);
    let server = Server::start();
    let feed = format!("http://{}/feed", service.local_addr().unwrap());
    let page = format!(
        "<!doctype html><title>A</title><link rel=\"alternate\" type=\"application/rss+xml\" href=\"{feed}\"><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/good\"><p>Words."
    );
    server.set("/", Answer::document("text/html", page));
    server.set("/good", Answer::feed(numbered("partner.example", 1..=2)));
    let wire = Wire::new(&format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n"));
    let ran = wire.run(&["discover", &server.url("/"), "--json"]);
    assert_untouched(&service);
    let report = ran.json();
    assert_eq!(report["feeds"].as_array().map(Vec::len), Some(1), "{report}");
    let error = report["failed"][0]["error"].as_str().unwrap();
    assert!(error.starts_with("the document links to port 6379 of 127.66.79.2"), "{error}");
}
