//! What a request is conditional on.

use chrono::TimeDelta;

use super::wire;
use crate::server::{Answer, Asked, Server};
use crate::wire::numbered;

#[test]
fn p9_new_validators_after_touch() {
    let server = Server::start();
    let wire = wire(&server);
    let touched = |etag: &str| {
        let body = numbered("partner.example", 1..=3);
        Answer::Raw(
            format!(
                "HTTP/1.1 200 OK\r\nETag: \"{etag}\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )
    };
    server.set("/feed", touched("one"));
    wire.fetch();
    server.set("/feed", touched("two"));
    assert_eq!(wire.fetch()["unchanged"], 1);
    wire.fetch();
    let sent: Vec<_> =
        server.asked().iter().map(|asked| asked.headers.get("if-none-match").cloned()).collect();
    assert_eq!(sent, [None, Some("\"one\"".to_owned()), Some("\"two\"".to_owned())]);
}

#[test]
fn p12_a_validator_that_a_200_drops_is_forgotten() {
    let server = Server::start();
    let wire = wire(&server);
    let body = numbered("partner.example", 1..=3);
    let answer = |validators: &str| {
        let length = body.len();
        Answer::Raw(
            format!(
                "HTTP/1.1 200 OK\r\n{validators}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    };
    server
        .set("/feed", answer("ETag: \"one\"\r\nLast-Modified: Mon, 02 Nov 2026 09:00:00 GMT\r\n"));
    wire.fetch();
    server.set("/feed", answer("Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT\r\n"));
    wire.fetch();
    wire.fetch();
    let asked = server.asked();
    assert!(asked[1].headers.contains_key("if-none-match"));
    assert!(!asked[2].headers.contains_key("if-none-match"));
    assert_eq!(asked[2].headers["if-modified-since"], "Mon, 02 Nov 2026 10:00:00 GMT");
}

#[test]
fn p14_validators_of_a_body_that_was_not_used_are_not_kept() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    let good = server.asked();
    server.set(
        "/feed",
        Answer::document("text/html", "<!doctype html><title>Down</title><p>We are updating."),
    );
    let report = wire.fetch();
    assert_eq!(report["failed"], 1);
    let error = report["sources"][0]["error"].as_str().unwrap();
    assert!(error.contains("web page"), "{error}");
    wire.clock.forward(TimeDelta::days(2));
    server.asked();
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    assert_eq!(wire.fetch()["unchanged"], 1);
    assert!(
        good[0].headers.len() < server.asked()[0].headers.len(),
        "the good validators are sent"
    );
    assert_eq!(wire.stories().len(), 3);
}

#[test]
fn p16_another_url_gets_no_validators_of_the_old_one() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.set("/new", Answer::feed(numbered("partner.example", 1..=4)));
    wire.write("feeds.toml", wire.read("feeds.toml").replace("/feed\"", "/new\""));
    server.asked();
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["entries"]["new"], 1, "due at once, and only what is new is new");
    assert!(!server.asked()[0].headers.contains_key("if-none-match"));
}

/// What a request says of validators.
fn sent(asked: &Asked) -> (Option<&str>, Option<&str>) {
    let header = |name: &str| asked.headers.get(name).map(String::as_str);
    (header("if-none-match"), header("if-modified-since"))
}

#[test]
fn p7_p8_validators_go_back_as_they_came_and_none_is_invented() {
    let body = numbered("partner.example", 1..=3)
        .replace("<description/>", "<lastBuildDate>Mon, 02 Nov 2026 08:00:00 GMT</lastBuildDate>");
    for (etag, modified) in [
        (Some("\"plain\""), Some("Mon, 02 Nov 2026 09:00:00 GMT")),
        (Some("W/\"weak, with  two spaces\""), Some("yesterday, more or less")),
        (Some("unquoted"), Some("0")),
        (Some("\"only\""), None),
        (None, Some("Mon, 02 Nov 2026 09:00:00 +0000")),
        (None, None),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        let line = |name: &str, value: Option<&str>| {
            value.map(|value| format!("{name}: {value}\r\n")).unwrap_or_default()
        };
        let headers = format!(
            "Date: Mon, 02 Nov 2026 10:00:00 GMT\r\n{}{}",
            line("ETag", etag),
            line("Last-Modified", modified)
        );
        server.set("/feed", Answer::bare(&headers, &body));
        wire.fetch();
        wire.clock.forward(TimeDelta::hours(25));
        wire.fetch();
        let asked = server.asked();
        assert_eq!(sent(&asked[0]), (None, None));
        assert_eq!(sent(&asked[1]), (etag, modified));
        assert_eq!(asked.len(), 2);
    }
}

#[test]
fn p10_p11_a_304_renews_validators_or_leaves_them() {
    let server = Server::start();
    let wire = wire(&server);
    let body = numbered("partner.example", 1..=3);
    let first = "ETag: \"1\"\r\nLast-Modified: Mon, 02 Nov 2026 09:00:00 GMT\r\n";
    server.set("/feed", Answer::bare(first, &body));
    wire.fetch();
    let modified = Some("Mon, 02 Nov 2026 09:00:00 GMT");
    let later = Some("Mon, 02 Nov 2026 10:00:00 GMT");
    // (what the 304 says, what is sent next)
    for (said, next) in [
        ("", (Some("\"1\""), modified)),
        ("ETag: \"2\"\r\n", (Some("\"2\""), modified)),
        ("Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT\r\n", (Some("\"2\""), later)),
        ("", (Some("\"2\""), later)),
    ] {
        server.set("/feed", Answer::status("304 Not Modified", said));
        assert_eq!(wire.fetch()["unchanged"], 1);
        server.asked();
        wire.fetch();
        assert_eq!(sent(&server.asked()[0]), next, "after {said:?}");
    }
}

#[test]
fn p14_no_body_that_cannot_be_used_leaves_its_validators() {
    let feed = numbered("partner.example", 1..=4);
    let head =
        "ETag: \"bad\"\r\nLast-Modified: Tue, 03 Nov 2026 09:00:00 GMT\r\nConnection: close\r\n";
    let raw = |more: &str, body: &str| {
        Answer::Raw(format!("HTTP/1.1 200 OK\r\n{head}{more}\r\n{body}").into_bytes())
    };
    let (long, half) = (feed.len() + 100, &feed[..feed.len() / 2]);
    for (why, answer) in [
        ("a web page", Answer::bare(head, "<!doctype html><title>Down</title><p>Soon.")),
        ("empty", Answer::bare(head, "")),
        ("not XML", Answer::bare(head, "Internal error")),
        ("shorter than it says", raw(&format!("Content-Length: {long}\r\n"), &feed)),
        (
            "chunks without an end",
            raw("Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{half}\r\n", half.len())),
        ),
        ("said to be packed", Answer::bare(&format!("{head}Content-Encoding: gzip\r\n"), &feed)),
        ("beyond max_body", Answer::bare(head, &format!("{feed}{}", " ".repeat(70_000)))),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        let feeds_toml =
            wire.read("feeds.toml").replace("[fetch]\n", "[fetch]\nmax_body = \"64KiB\"\n");
        wire.write("feeds.toml", feeds_toml);
        wire.fetch();
        wire.fetch();
        let good = server.asked().pop().unwrap();
        server.set("/feed", answer);
        assert_eq!(wire.fetch()["failed"], 1, "{why}");
        wire.clock.forward(TimeDelta::days(2));
        server.set("/feed", Answer::feed(feed.clone()));
        server.asked();
        assert_eq!(wire.fetch()["entries"]["new"], 1, "{why}");
        let asked = server.asked();
        assert_eq!(sent(&asked[0]), sent(&good), "{why}");
        assert_eq!(asked.len(), 1, "{why}");
    }
}

#[test]
fn p16_a_changed_rule_asks_nobody_sooner() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.asked();
    let rules = "exclude = [\"statement 1\"]\ntags = [\"peace\"]\n[[tag]]\nid = \"peace\"\nmatch = [\"words\"]\n";
    wire.write("feeds.toml", wire.read("feeds.toml") + rules);
    assert_eq!(wire.run(&["fetch", "--json"]).json()["polled"], 0);
    assert_eq!(server.asked().len(), 0);
    // It is in force all the same, from what is stored.
    let atom = wire.read("public/atom.xml");
    assert!(!atom.contains("<title>Statement 1 of") && atom.contains("<title>Statement 2 of"));
    assert!(wire.path("public/tag/peace/atom.xml").exists());
    wire.fetch();
    assert!(server.asked()[0].is_conditional());
}

#[test]
fn p17_a_server_that_gives_304_for_ever_is_probed_every_eight_days() {
    let server = Server::start();
    let wire = wire(&server);
    server.note_time_of(&wire.clock);
    wire.fetch();
    let validators = server.asked().pop().map(|_| ()).map(|()| {
        wire.fetch();
        server.asked().pop().unwrap()
    });
    let validators = validators.unwrap();
    // From now on it says so to everybody, whatever it has.
    let silent = Answer::status("304 Not Modified", "");
    let mut probes = Vec::new();
    for _ in 0..30 * 6 {
        server.set("/feed", silent.clone());
        wire.clock.forward(TimeDelta::hours(4));
        let ran = wire.run(&["fetch"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        for asked in server.asked() {
            if asked.is_conditional() {
                assert_eq!(sent(&asked), sent(&validators));
            } else {
                probes.push(asked.at.unwrap());
            }
        }
    }
    assert!((2..=4).contains(&probes.len()), "{probes:?}");
    assert!(probes.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::days(8)), "{probes:?}");
}

#[test]
fn p17_a_server_whose_validators_change_is_not_probed() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.asked();
    for day in 0..30 {
        // A new ETag with a 304 each day.
        server.set("/feed", Answer::status("304 Not Modified", &format!("ETag: \"{day}\"\r\n")));
        wire.clock.forward(TimeDelta::hours(24));
        wire.run(&["fetch"]);
    }
    let asked = server.asked();
    assert!(asked.len() >= 28 && asked.iter().all(Asked::is_conditional), "{}", asked.len());
}

#[test]
fn p18_without_validators_once_a_day_and_status_says_how_to_change_it() {
    let server = Server::start();
    let wire = wire(&server);
    let body = numbered("partner.example", 1..=3);
    server.set("/feed", Answer::bare("", &body));
    let asked_in_two_days = || {
        for _ in 0..2 * 24 * 2 {
            wire.clock.forward(TimeDelta::minutes(30));
            let ran = wire.run(&["fetch"]);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        }
        server.asked().len()
    };
    wire.fetch();
    server.asked();
    assert!((1..=2).contains(&asked_in_two_days()));
    let status = || wire.run(&["status"]).out;
    assert!(
        status().contains("gives neither ETag nor Last-Modified") && status().contains("interval"),
        "{}",
        status()
    );
    // The same bytes are not processed again.
    wire.clock.forward(TimeDelta::hours(25));
    assert_eq!(wire.run(&["fetch", "--json"]).json()["unchanged"], 1);
    server.asked();
    wire.write("feeds.toml", wire.read("feeds.toml") + "interval = \"4h\"\n");
    wire.clock.forward(TimeDelta::hours(25));
    wire.run(&["fetch"]);
    server.asked();
    assert!((10..=12).contains(&asked_in_two_days()));
    assert!(!status().contains("gives no validators"), "{}", status());
}

#[test]
fn p19_a_304_that_nobody_asked_for_is_an_error_and_not_asked_again_at_once() {
    let server = Server::start();
    let wire = wire(&server);
    server.set("/feed", Answer::status("304 Not Modified", "ETag: \"x\"\r\n"));
    let report = wire.fetch();
    assert!(report["sources"][0]["error"].as_str().unwrap().contains("304"), "{report}");
    assert_eq!(wire.run(&["fetch", "--json"]).json()["polled"], 0);
    wire.fetch();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| !asked.is_conditional()), "nothing of it was stored");
}

#[test]
fn p19_the_body_of_a_304_is_not_read() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    let body = numbered("partner.example", 1..=9);
    let head = format!("HTTP/1.1 304 Not Modified\r\nContent-Length: {}\r\n\r\n", body.len());
    server.set("/feed", Answer::Raw([head.as_bytes(), body.as_bytes()].concat()));
    server.asked();
    wire.fetch();
    assert_eq!(server.asked().len(), 1);
    assert_eq!(wire.stories().len(), 3);
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=4)));
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    assert!(server.asked()[0].is_conditional());
}

#[test]
fn p20_a_226_changes_nothing() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    wire.fetch();
    let good = server.asked().pop().unwrap();
    let body = numbered("partner.example", 4..=4);
    let delta = format!(
        "HTTP/1.1 226 IM Used\r\nIM: feed\r\nETag: \"delta\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    server.set("/feed", Answer::Raw(delta.into_bytes()));
    let report = wire.fetch();
    assert!(report["sources"][0]["error"].as_str().unwrap().contains("226"), "{report}");
    assert_eq!(wire.stories().len(), 3);
    wire.clock.forward(TimeDelta::days(1));
    wire.fetch_with(3);
    let asked = server.asked();
    assert_eq!(sent(&asked[1]), sent(&good));
    assert!(asked.iter().all(|asked| !asked.headers.contains_key("a-im")));
}
