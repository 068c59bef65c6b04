//! What a partner's server sees of us, over several runs.

use chrono::TimeDelta;
use serde_json::json;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

fn wire(server: &Server) -> Wire {
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    Wire::of(&[("partner", &server.url("/feed"))])
}

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
fn p21_p26_cron_every_minute_asks_once_an_hour() {
    let server = Server::start();
    let wire = wire(&server);
    for _ in 0..150 {
        let ran = wire.run(&["fetch"]);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.as_str()),
            (0, "", ""),
            "cron is told nothing"
        );
        wire.clock.forward(TimeDelta::minutes(1));
    }
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn p22_max_age_is_obeyed_even_by_hand() {
    let server = Server::start();
    let wire = wire(&server);
    let feed = numbered("partner.example", 1..=3);
    server.set("/feed", Answer::feed(feed).with("Cache-Control", "max-age=43200"));
    wire.fetch();
    wire.clock.forward(TimeDelta::hours(11));
    let ran = wire.run(&["fetch", "--now"]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("its server asked for that"), "{ran:?}");
    assert_eq!(server.asked().len(), 1);
    wire.clock.forward(TimeDelta::hours(2));
    wire.run(&["fetch"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn p30_by_hand_is_conditional_and_not_sooner_than_min_interval() {
    let server = Server::start();
    let wire = wire(&server);
    let text = wire.read("feeds.toml").replace("min_interval = \"0s\"", "min_interval = \"15m\"");
    wire.write("feeds.toml", text);
    wire.fetch();
    wire.clock.forward(TimeDelta::minutes(10));
    let ran = wire.run(&["fetch", "--now", "partner"]);
    assert!(ran.err.contains("partner was not polled: min_interval"), "{ran:?}");
    assert_eq!(server.asked().len(), 1);
    wire.clock.forward(TimeDelta::minutes(10));
    assert_eq!(wire.run(&["fetch", "--now", "partner", "--json"]).json()["unchanged"], 1);
    assert!(server.asked()[0].headers.contains_key("if-none-match"));
}

#[test]
fn p31_a_429_silences_every_source_of_the_host() {
    let server = Server::start();
    let feed = numbered("partner.example", 1..=3);
    server.set("/a", Answer::feed(feed.clone()));
    server.set("/b", Answer::feed(feed));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    server.asked();
    for path in ["/a", "/b"] {
        server.set(path, Answer::status("429 Too Many Requests", "Retry-After: 36000\r\n"));
    }
    let report = wire.fetch();
    assert_eq!(server.asked().len(), 1, "the second source was asked for nothing");
    assert_eq!(
        (&report["polled"], &report["failed"], &report["not_due"]),
        (&1.into(), &1.into(), &1.into())
    );
    let status = wire.run(&["status", "--json"]).json();
    let failures: u64 = status["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["failures"].as_u64().unwrap())
        .sum();
    assert_eq!(failures, 1, "who was not asked did not fail");
    assert!(wire.run(&["fetch", "--now"]).err.contains("its server asked for that"));
    for _ in 0..9 {
        wire.clock.forward(TimeDelta::minutes(60));
        wire.run(&["fetch", "--now"]);
    }
    assert_eq!(server.asked().len(), 0);
    wire.clock.forward(TimeDelta::hours(3));
    wire.run(&["fetch", "--now"]);
    assert_eq!(server.asked().len(), 1);
    assert_eq!(wire.stories().len(), 3, "what was there stays");
}

#[test]
fn p34_p36_failures_are_not_retried_at_once_and_never_disable() {
    for (answer, words) in [
        (Answer::status("500 Internal Server Error", ""), "500"),
        (Answer::status("404 Not Found", ""), "404"),
        (Answer::status("403 Forbidden", ""), "403"),
        (Answer::Raw(Vec::new()), "broke off"),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        server.asked();
        server.set("/feed", answer);
        let report = wire.fetch();
        assert!(report["sources"][0]["error"].as_str().unwrap().contains(words), "{report}");
        assert_eq!(server.asked().len(), 1, "{words}: retried at once");
        for _ in 0..20 {
            wire.clock.forward(TimeDelta::hours(25));
            wire.run(&["fetch"]);
        }
        assert_eq!(server.asked().len(), 20, "{words}: still asked once a day");
        server.set("/feed", Answer::feed(numbered("partner.example", 1..=4)));
        wire.clock.forward(TimeDelta::hours(25));
        assert_eq!(wire.run(&["fetch", "--json"]).json()["entries"]["new"], 1);
        assert_eq!(wire.run(&["status", "--json"]).json()["sources"][0]["state"], "ok");
    }
}

#[test]
fn p37_a_410_is_confirmed_a_day_later_and_then_rests() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.set("/feed", Answer::status("410 Gone", ""));
    wire.fetch();
    let state = || wire.run(&["status", "--json"]).json()["sources"][0]["state"].clone();
    assert_eq!(state(), "failing");
    wire.clock.forward(TimeDelta::hours(26));
    wire.run(&["fetch"]);
    assert_eq!(state(), "gone");
    server.asked();
    wire.clock.forward(TimeDelta::days(30));
    wire.run(&["fetch", "--now"]);
    assert_eq!(server.asked().len(), 0);
    assert_eq!(wire.stories().len(), 3);
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

#[test]
fn headers_come_from_the_environment_and_are_never_shown() {
    let server = Server::start();
    server.set("/feed?token=hidden-2", Answer::feed(numbered("partner.example", 1..=1)));
    let url = server.url("/feed?token={env:WIRE_TOKEN}");
    let mut wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{url}\"\nheaders = {{ Authorization = \"env:WIRE_SECRET\" }}\n"
    ));
    let missing = wire.run(&["fetch"]);
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.err.contains("WIRE_SECRET") && missing.err.contains("WIRE_TOKEN"));
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
fn a_url_that_changes_begins_anew() {
    let server = Server::start();
    let wire = wire(&server);
    server.set("/feed", Answer::status("500 Internal Server Error", ""));
    for _ in 0..3 {
        wire.clock.forward(TimeDelta::hours(25));
        wire.run(&["fetch"]);
    }
    server.set("/new", Answer::feed(numbered("partner.example", 1..=3)));
    wire.write("feeds.toml", wire.read("feeds.toml").replace("/feed\"", "/new\""));
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!((ran.code, ran.json()["entries"]["new"].clone()), (0, 3.into()), "{ran:?}");
}

#[test]
fn our_own_score_is_what_the_server_saw() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    wire.fetch();
    server.set("/feed", Answer::status("429 Too Many Requests", "Retry-After: 600\r\n"));
    wire.fetch();
    wire.clock.forward(TimeDelta::hours(5));
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=4)));
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    let asked = server.asked();
    let score = wire.run(&["status", "--politeness", "--json"]).json();
    assert_eq!(score["requests"], asked.len());
    assert_eq!((&score["conditional"], &score["good"]), (&json!(3), &json!(3)));
    for none in ["out_of_sequence", "made_up", "unknown", "after_429"] {
        assert_eq!(score[none], 0, "{none}");
    }
    assert_eq!(score["shortest_gap"], 65 * 60);
    let shown = wire.run(&["status", "--politeness"]).out;
    assert!(shown.contains("conditional") && shown.contains("3 (75 %)"), "{shown}");
}
