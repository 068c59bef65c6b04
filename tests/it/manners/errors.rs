//! What follows from errors.

use std::net::Ipv4Addr;

use chrono::{DateTime, TimeDelta, Utc};

use super::wire;
use crate::server::{Answer, Asked, Server};
use crate::wire::{HEAD, Wire, numbered};

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

/// When, after now, cron's `fetch` every ten minutes asked.
fn asked_after(wire: &Wire, server: &Server, hours: i64) -> Vec<TimeDelta> {
    server.note_time_of(&wire.clock);
    server.asked();
    let now = samizdat::world::Clock::now(&*wire.clock);
    for _ in 0..hours * 6 {
        wire.clock.forward(TimeDelta::minutes(10));
        wire.run(&["fetch"]);
    }
    server.asked().iter().map(|asked| asked.at.unwrap() - now).collect()
}

fn waits(times: &[TimeDelta]) -> Vec<i64> {
    let mut before = TimeDelta::zero();
    times
        .iter()
        .map(|time| {
            let wait = *time - before;
            before = *time;
            wait.num_hours()
        })
        .collect()
}

#[test]
fn p31_retry_after_is_seconds_or_a_date_and_nonsense_is_absent() {
    for (line, hours) in [
        ("Retry-After: 21600", 6),
        ("Retry-After: Mon, 02 Nov 2026 22:10:00 GMT", 8),
        // As if it were not there: four hours.
        ("Retry-After: Mon, 02 Nov 2026 11:00:00 GMT", 4),
        ("Retry-After: soon", 4),
        ("Retry-After: -3600", 4),
        ("Retry-After: 60", 4),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        server.set("/feed", Answer::status("429 Too Many", &format!("{line}\r\n")));
        wire.fetch();
        let asked = asked_after(&wire, &server, 10);
        assert!(asked.first().is_some_and(|first| first.num_hours() == hours), "{line}: {asked:?}");
    }
}

#[test]
fn p31_robots_and_pages_of_a_silenced_host_are_left_alone_as_well() {
    let server = Server::start();
    server.set("/feed", Answer::status("429 Too Many", "Retry-After: 36000\r\n"));
    let page = "kind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"\n";
    let wire =
        Wire::new(&format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n", server.url("/feed")));
    wire.fetch();
    assert_eq!(server.asked().len(), 1);
    let more = format!("[[source]]\nid = \"b\"\nurl = \"{}\"\n{page}", server.url("/news"));
    wire.write("feeds.toml", wire.read("feeds.toml") + &more);
    for _ in 0..9 {
        wire.run(&["fetch", "--now"]);
        wire.clock.forward(TimeDelta::hours(1));
    }
    assert_eq!(server.asked().len(), 0);
    assert!(wire.run(&["status"]).out.contains("(its server asked for that)"));
    wire.clock.forward(TimeDelta::hours(2));
    wire.run(&["fetch"]);
    assert!(!server.asked().is_empty());
}

#[test]
fn p32_a_refusal_without_a_time_rests_the_host_for_four_hours_and_longer_each_time() {
    for line in ["429 Too Many Requests", "503 Service Unavailable"] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        server.set("/feed", Answer::status(line, ""));
        wire.fetch();
        let asked = asked_after(&wire, &server, 80);
        assert_eq!(waits(&asked), [4, 8, 16, 24, 24], "{line}");
        // By hand it is not sooner.
        server.set("/other", Answer::feed(numbered("other.example", 1..=1)));
        wire.clock.forward(TimeDelta::hours(25));
        wire.run(&["fetch"]);
        server.asked();
        let other = format!("[[source]]\nid = \"other\"\nurl = \"{}\"\n", server.url("/other"));
        wire.write("feeds.toml", wire.read("feeds.toml") + &other);
        wire.clock.forward(TimeDelta::hours(3));
        wire.run(&["fetch", "--now"]);
        assert_eq!(server.asked().len(), 0, "{line}: another source of the host");
        wire.clock.forward(TimeDelta::hours(2));
        wire.run(&["fetch", "other"]);
        assert_eq!(server.asked().len(), 1, "{line}");
    }
}

#[test]
fn p33_a_silence_of_ninety_days_is_kept_for_thirty_and_shown() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.set("/feed", Answer::status("503 Down", "Retry-After: 7776000\r\n"));
    wire.fetch();
    server.asked();
    let status = wire.run(&["status"]).out;
    assert!(status.contains("30 days or more") && status.contains("2026-12-02"), "{status}");
    for _ in 0..29 {
        wire.clock.forward(TimeDelta::days(1));
        wire.run(&["fetch", "--now"]);
    }
    assert_eq!(server.asked().len(), 0);
    wire.clock.forward(TimeDelta::hours(26));
    wire.run(&["fetch"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn p34_the_wait_grows_with_each_failure_and_the_first_success_ends_it() {
    for (answer, words) in [
        (Answer::status("500 Internal Server Error", ""), "500"),
        (Answer::status("502 Bad Gateway", ""), "502"),
        (Answer::Raw(Vec::new()), "broke off"),
        (Answer::Raw(b"HTTP/9 what\r\n\r\n".to_vec()), "HTTP does not know"),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        server.set("/feed", answer.clone());
        let report = wire.fetch();
        assert!(report["sources"][0]["error"].as_str().unwrap().contains(words), "{report}");
        let asked = asked_after(&wire, &server, 60);
        assert_eq!(waits(&asked), [1, 2, 4, 8, 16, 24], "{words}");
        server.set("/feed", Answer::feed(numbered("partner.example", 1..=4)));
        wire.clock.forward(TimeDelta::hours(25));
        wire.run(&["fetch"]);
        assert_eq!(waits(&asked_after(&wire, &server, 4))[..2], [1, 1], "{words}");
        server.set("/feed", answer);
        wire.fetch();
        assert_eq!(waits(&asked_after(&wire, &server, 4)), [1, 2], "{words}: from the beginning");
    }
}

#[test]
fn p35_who_is_forbidden_waits_and_pretends_nothing() {
    for line in ["403 Forbidden", "401 Unauthorized"] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        let name = server.asked()[0].headers["user-agent"].clone();
        server.set("/feed", Answer::status(line, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
        wire.fetch();
        server.note_time_of(&wire.clock);
        let begun: DateTime<Utc> = samizdat::world::Clock::now(&*wire.clock);
        server.asked();
        for _ in 0..80 * 6 {
            wire.clock.forward(TimeDelta::minutes(10));
            wire.run(&["fetch"]);
        }
        let asked: Vec<Asked> = server.asked();
        let times: Vec<TimeDelta> = asked.iter().map(|asked| asked.at.unwrap() - begun).collect();
        assert_eq!(waits(&times), [4, 8, 16, 24, 24], "{line}");
        assert!(asked.iter().all(|asked| asked.headers["user-agent"] == name
            && !asked.headers.contains_key("authorization")));
    }
}

#[test]
fn p36_a_404_of_a_hundred_days_is_still_asked_about_daily() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.set("/feed", Answer::status("404 Not Found", ""));
    server.asked();
    for _ in 0..100 {
        wire.clock.forward(TimeDelta::hours(25));
        wire.run(&["fetch"]);
    }
    assert_eq!(server.asked().len(), 100);
    assert_eq!(wire.run(&["status", "--json"]).json()["sources"][0]["state"], "failing");
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=4)));
    wire.clock.forward(TimeDelta::hours(25));
    assert_eq!(wire.run(&["fetch", "--json"]).json()["entries"]["new"], 1);
}

#[test]
fn p37_a_410_counts_only_when_it_is_there_a_day_later_as_well() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    server.set("/feed", Answer::status("410 Gone", ""));
    let state = || wire.run(&["status", "--json"]).json()["sources"][0]["state"].clone();
    for _ in 0..20 {
        wire.clock.forward(TimeDelta::hours(1));
        wire.run(&["fetch", "--now"]);
        assert_eq!(state(), "failing", "by hand is not a day later");
    }
    // It was a mistake.
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=4)));
    wire.clock.forward(TimeDelta::hours(26));
    wire.run(&["fetch"]);
    assert_eq!((state(), wire.stories().len()), ("ok".into(), 4));
    // It was none, the second time.
    server.set("/feed", Answer::status("410 Gone", ""));
    wire.fetch();
    assert_eq!(state(), "failing", "the first one is forgotten");
    server.asked();
    wire.clock.forward(TimeDelta::hours(26));
    wire.run(&["fetch"]);
    assert_eq!(state(), "gone");
    assert!(wire.run(&["status"]).out.contains("410"), "the maintainers are told");
    assert_eq!((server.asked().len(), wire.stories().len()), (1, 4));
    for _ in 0..5 {
        wire.clock.forward(TimeDelta::days(30));
        wire.run(&["fetch", "--now"]);
    }
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn p31_whoever_redirects_there_silences_another_host_for_four_hours_at_most() {
    let (victim, enemy) = (Server::start(), Server::start_at(Ipv4Addr::new(127, 0, 0, 2)));
    victim.set("/feed", Answer::feed(numbered("victim.example", 1..=3)));
    victim.set("/limited", Answer::status("429 Too Many", "Retry-After: 2592000\r\n"));
    let to = format!("Location: {}\r\n", victim.url("/limited"));
    enemy.set("/feed", Answer::status("302 Found", &to));
    let (victims, enemys) = (victim.url("/feed"), enemy.url("/feed"));
    let wire = Wire::of(&[("victim", &victims), ("enemy", &enemys)]);
    wire.fetch();
    let asked = |path: &str| victim.asked().iter().filter(|asked| asked.path == path).count();
    victim.asked();
    for _ in 0..3 {
        wire.fetch();
    }
    assert_eq!(asked("/feed"), 0, "it said so, after all");
    wire.clock.forward(TimeDelta::hours(2));
    wire.fetch();
    assert_eq!(asked("/feed"), 1);
    // The enemy itself is left alone for as long as that.
    wire.clock.forward(TimeDelta::days(20));
    enemy.asked();
    wire.run(&["fetch"]);
    assert_eq!(enemy.asked().len(), 0);
}

#[test]
fn p38_a_host_that_does_not_answer_is_asked_once_a_run_for_all_its_sources() {
    let good = Server::start();
    good.set("/feed", Answer::feed(numbered("good.example", 1..=3)));
    let dead = Server::start_at(Ipv4Addr::new(127, 0, 0, 2));
    let mut sources = vec![("good".to_owned(), good.url("/feed"))];
    for number in 0..8 {
        let path = format!("/{number}");
        // The connection ends without a word.
        dead.set(&path, Answer::Raw(Vec::new()));
        sources.push((format!("s{number}"), dead.url(&path)));
    }
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&sources);
    let report = wire.fetch();
    assert_eq!(
        (&report["polled"], &report["failed"], &report["not_due"]),
        (&2.into(), &1.into(), &7.into())
    );
    assert_eq!(dead.asked().len(), 1);
    let failures = || -> u64 {
        let status = wire.run(&["status", "--json"]).json();
        status["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["failures"].as_u64().unwrap())
            .sum()
    };
    assert_eq!(failures(), 1, "one failure of the host");
    // Cron every minute for an hour: not one request more.
    for _ in 0..59 {
        wire.clock.forward(TimeDelta::minutes(1));
        wire.run(&["fetch"]);
    }
    assert_eq!(dead.asked().len(), 0);
    good.asked();
    wire.fetch();
    assert_eq!((dead.asked().len(), good.asked().len()), (1, 1));
    // It is back: all of them are read.
    for number in 0..8 {
        dead.set(
            &format!("/{number}"),
            Answer::feed(numbered(&format!("s{number}.example"), 1..=1)),
        );
    }
    for _ in 0..5 {
        wire.fetch();
    }
    assert_eq!(failures(), 0);
    assert_eq!(wire.stories().len(), 11);
}

#[test]
fn p38_an_error_of_a_server_is_no_reason_to_leave_its_host() {
    let server = Server::start();
    server.set("/a", Answer::status("500 Oops", ""));
    server.set("/b", Answer::status("500 Oops", ""));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    assert_eq!(wire.fetch()["failed"], 2);
    assert_eq!(server.asked().len(), 2);
}

/// Three hosts with a source each; none of them answers until they are told to.
fn three_hosts() -> (Vec<Server>, Wire) {
    let servers: Vec<Server> =
        (1..=3).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 2, host))).collect();
    let urls: Vec<String> = servers.iter().map(|server| server.url("/feed")).collect();
    let wire = Wire::of(&[("a", &urls[0]), ("b", &urls[1]), ("c", &urls[2])]);
    (servers, wire)
}

fn answer(servers: &[Server], is_up: bool) {
    for (number, server) in servers.iter().enumerate() {
        let feed = numbered(&format!("h{number}.example"), 1..=1);
        server.set("/feed", if is_up { Answer::feed(feed) } else { Answer::Raw(Vec::new()) });
    }
}

fn failures(wire: &Wire) -> Vec<u64> {
    let status = wire.run(&["status", "--json"]).json();
    let sources = status["sources"].as_array().unwrap();
    sources.iter().map(|one| one["failures"].as_u64().unwrap()).collect()
}

#[test]
fn p39_where_nobody_answers_nobody_is_blamed() {
    let (servers, wire) = three_hosts();
    answer(&servers, true);
    wire.fetch();
    answer(&servers, false);
    let mut told = Vec::new();
    for hour in 1..=50 {
        wire.clock.forward(TimeDelta::minutes(65));
        let ran = wire.run(&["fetch"]);
        assert_eq!(failures(&wire), [0, 0, 0]);
        assert_eq!(ran.code, if hour <= 22 { 0 } else { 3 }, "hour {hour}: {ran:?}");
        if !ran.err.is_empty() {
            assert!(ran.err.contains("the network and the name server"), "{ran:?}");
            told.push(hour);
        }
    }
    assert_eq!(told.len(), 2, "once a day: {told:?}");
    // One record each, and it says whose fault it is.
    wire.clock.forward(TimeDelta::hours(3));
    let report = wire.fetch_with(3);
    assert!(
        report["sources"][0]["error"].as_str().unwrap().contains("this machine's network"),
        "{report}"
    );
    answer(&servers, true);
    wire.clock.forward(TimeDelta::hours(3));
    assert_eq!(wire.fetch()["unchanged"], 3, "none has backed off");
    assert_eq!(wire.run(&["fetch"]).code, 0);
}

#[test]
fn p39_neither_a_page_nor_what_we_refuse_to_ask_makes_an_answer() {
    let dead: Vec<Server> =
        (1..=3).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 2, host))).collect();
    for path in ["/feed", "/robots.txt", "/news"] {
        dead.iter().for_each(|server| server.set(path, Answer::Raw(Vec::new())));
    }
    let page = "kind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"\n";
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\n[[source]]\nid = \"b\"\nurl = \"{}\"\n[[source]]\nid = \"private\"\nurl = \"http://10.0.0.1/feed\"\n[[source]]\nid = \"page\"\nurl = \"{}\"\n{page}",
        dead[0].url("/feed"),
        dead[1].url("/feed"),
        dead[2].url("/news")
    ));
    wire.fetch();
    assert_eq!(failures(&wire), [0, 0, 1, 0]);
    assert!(dead[2].asked().iter().all(|asked| asked.path == "/robots.txt"));
}

#[test]
fn p39_where_one_answers_the_others_have_failed() {
    let (servers, wire) = three_hosts();
    answer(&servers, false);
    servers[1].set("/feed", Answer::status("500 Oops", ""));
    wire.fetch();
    assert_eq!(failures(&wire), [1, 1, 1]);
    // A wire of one host cannot tell.
    let server = Server::start();
    server.set("/feed", Answer::Raw(Vec::new()));
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    wire.fetch();
    assert_eq!(failures(&wire), [1]);
}
