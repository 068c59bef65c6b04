//! When a source is asked.

use std::net::Ipv4Addr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::wire;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

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
fn p22_freshness_puts_the_next_request_off() {
    let noon = "Mon, 02 Nov 2026 13:05:00 GMT";
    for (headers, hours) in [
        ("Cache-Control: max-age=43200\r\n".to_owned(), 12),
        ("Cache-Control: public, max-age=21600\r\nAge: 10800\r\n".to_owned(), 3),
        (format!("Date: {noon}\r\nExpires: Mon, 02 Nov 2026 19:05:00 GMT\r\n"), 6),
        (
            format!(
                "Date: {noon}\r\nExpires: Tue, 03 Nov 2026 12:05:00 GMT\r\nCache-Control: max-age=10800\r\n"
            ),
            3,
        ),
        // Our own interval, and not at once.
        ("Cache-Control: no-cache\r\n".to_owned(), 1),
        ("Cache-Control: max-age=0\r\n".to_owned(), 1),
        ("Cache-Control: no-store, max-age=43200\r\n".to_owned(), 1),
        ("Expires: 0\r\n".to_owned(), 1),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        let feed = numbered("partner.example", 1..=3);
        server.set("/feed", Answer::bare(&format!("ETag: \"1\"\r\n{headers}"), &feed));
        wire.fetch();
        assert_eq!(server.asked().len(), 1);
        wire.clock.forward(TimeDelta::hours(hours) - TimeDelta::minutes(1));
        wire.run(&["fetch"]);
        assert_eq!(server.asked().len(), 0, "{headers}: too early");
        // The jitter is a fiftieth of the interval.
        wire.clock.forward(TimeDelta::minutes(2) + TimeDelta::hours(hours) / 50);
        wire.run(&["fetch"]);
        assert_eq!(server.asked().len(), 1, "{headers}: too late");
    }
}

#[test]
fn p23_a_year_of_freshness_is_capped_and_told_once() {
    let server = Server::start();
    let wire = wire(&server);
    let feed = numbered("partner.example", 1..=3);
    server.set("/feed", Answer::feed(feed).with("Cache-Control", "max-age=31536000"));
    let mut told = 0;
    for _ in 0..4 * 24 {
        let ran = wire.run(&["fetch"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        told += ran.err.matches("365 days").count();
        wire.clock.forward(TimeDelta::hours(1));
    }
    assert_eq!(told, 1);
    assert_eq!(server.asked().len(), 4, "once a day");
    assert!(wire.run(&["status"]).out.contains("left alone for 365 days"));
    // Who may be left alone for longer is.
    wire.write("feeds.toml", wire.read("feeds.toml") + "max_interval = \"4w\"\n");
    wire.clock.forward(TimeDelta::days(2));
    wire.run(&["fetch"]);
    server.asked();
    wire.clock.forward(TimeDelta::days(27));
    wire.run(&["fetch"]);
    assert_eq!(server.asked().len(), 0);
}

/// The hours, of the days that follow, in which cron's `fetch` every quarter of an hour asked.
fn hours_asked(wire: &Wire, server: &Server, days: i64) -> Vec<DateTime<Utc>> {
    server.note_time_of(&wire.clock);
    server.asked();
    for _ in 0..days * 24 * 4 {
        wire.clock.forward(TimeDelta::minutes(15));
        wire.run(&["fetch"]);
    }
    server.asked().into_iter().map(|asked| asked.at.unwrap()).collect()
}

fn saying(what: &str) -> Answer {
    let feed = numbered("partner.example", 1..=3).replace("<description/>", what);
    Answer::feed(
        feed.replace("<rss ", "<rss xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" "),
    )
}

#[test]
fn p24_skipped_hours_hold_when_the_request_would_be_sent() {
    let feed = saying("<skipHours><hour>14</hour></skipHours>");
    let servers: Vec<Server> =
        (1..=2).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 2, host))).collect();
    let urls: Vec<String> = servers.iter().map(|server| server.url("/feed")).collect();
    let wire = Wire::of(&[("a", &urls[0]), ("b", &urls[1])]);
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml").replace("[fetch]", "[fetch]\nconcurrency = 1"),
    );
    servers.iter().for_each(|server| server.set("/feed", feed.clone()));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    servers.iter().for_each(|server| {
        server.set("/feed", Answer::Hang);
        server.asked();
    });
    // Ten minutes before.
    wire.clock.forward(TimeDelta::minutes(110));
    let ran = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| wire.run(&["fetch", "--json"]));
        while servers.iter().all(|server| server.under_way() == 0) {
            std::thread::yield_now();
        }
        wire.clock.forward(TimeDelta::minutes(15));
        servers.iter().for_each(|server| {
            server.set("/feed", feed.clone());
            server.release();
        });
        fetching.join().unwrap()
    });
    let report = ran.json();
    assert_eq!((&report["polled"], &report["not_due"]), (&1.into(), &1.into()), "{report}");
    assert_eq!(servers.iter().map(|server| server.asked().len()).sum::<usize>(), 1);
    wire.clock.forward(TimeDelta::minutes(75));
    assert_eq!(wire.run(&["fetch", "--json"]).json()["polled"], 2);
}

#[test]
fn p30_other_selectors_are_no_way_round_the_floor_and_the_server() {
    let server = Server::start();
    let page = "<ul><li><a href='/1'>Strike</a></ul>";
    let serve = |headers: &str| {
        server.set("/news", Answer::bare(&format!("Content-Type: text/html\r\n{headers}"), page));
    };
    let wire = Wire::new(&format!(
        "{}[[source]]\nid = \"a\"\nurl = \"{}\"\nkind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"\n",
        HEAD.replace("min_interval = \"0s\"", "min_interval = \"15m\""),
        server.url("/news")
    ));
    let edit = |from: &str, to: &str| {
        wire.write("feeds.toml", wire.read("feeds.toml").replace(from, to));
        let polled = wire.run(&["fetch", "--json"]).json()["polled"].clone();
        polled == 1
    };
    serve("");
    assert!(edit("", ""));
    assert!(!edit("item = \"li\"", "item = \"ul li\""));
    wire.clock.forward(TimeDelta::minutes(16));
    serve("Cache-Control: max-age=7200\r\n");
    assert!(edit("", ""), "as soon as may be, and not only when it is due");
    wire.clock.forward(TimeDelta::minutes(100));
    assert!(!edit("item = \"ul li\"", "item = \"li\""));
    wire.clock.forward(TimeDelta::minutes(21));
    assert!(edit("", ""));
}

#[test]
fn p24_what_a_feed_says_of_polling_it_is_kept_and_nonsense_is_reported() {
    use chrono::{Datelike, Timelike};
    let hour = |hour: u32| format!("<hour>{hour}</hour>");
    let night: String = (0..8).map(hour).collect();
    let all: String = (0..24).map(hour).collect();
    let count = |what: &str, least: usize, most: usize| {
        let server = Server::start();
        let wire = wire(&server);
        server.set("/feed", saying(what));
        let repairs = wire.fetch()["sources"][0]["repairs"].to_string();
        let asked = hours_asked(&wire, &server, 2);
        assert!((least..=most).contains(&asked.len()), "{what}: {}", asked.len());
        (asked, repairs)
    };
    count("<ttl>360</ttl>", 6, 8);
    count(
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
        6,
        8,
    );
    let (asked, repairs) = count(&format!("<skipHours>{night}</skipHours>"), 20, 32);
    assert!(asked.iter().all(|time| time.hour() >= 8), "{asked:?}");
    assert_eq!(repairs, "[]");
    // It begins on a Monday.
    let (asked, _) = count("<skipDays><day>Tuesday</day></skipDays>", 10, 30);
    assert!(asked.iter().all(|time| time.weekday() != chrono::Weekday::Tue), "{asked:?}");
    for nonsense in ["<ttl>0</ttl>", "<ttl>-1</ttl>", "<ttl>1000000000</ttl>"] {
        let (_, repairs) = count(nonsense, 36, 48);
        assert!(repairs.contains("ttl"), "{nonsense}: {repairs}");
    }
    let (_, repairs) = count(&format!("<skipHours>{all}</skipHours>"), 36, 48);
    assert!(repairs.contains("skipHours"), "{repairs}");
}

#[test]
fn p25_a_quiet_source_is_asked_less_often_and_a_busy_one_again() {
    let server = Server::start();
    let wire = wire(&server);
    wire.fetch();
    let asked_in = |days: i64| {
        server.asked();
        for _ in 0..days * 48 {
            wire.clock.forward(TimeDelta::minutes(30));
            assert_eq!(wire.run(&["fetch"]).code, 0);
        }
        server.asked().len()
    };
    assert!(asked_in(1) >= 16, "hourly while there was news today");
    asked_in(10);
    let after_eleven_days = asked_in(1);
    assert!((3..=6).contains(&after_eleven_days), "{after_eleven_days} a day after eleven days");
    wire.clock.forward(TimeDelta::days(50));
    wire.run(&["fetch"]);
    let quiet = asked_in(3);
    assert!((2..=4).contains(&quiet), "{quiet} in three days: the cap is a day");
    // The first news: it is asked hourly again.
    server.set("/feed", Answer::feed(numbered("partner.example", 0..=3)));
    asked_in(2);
    assert!(asked_in(1) >= 16);
}

#[test]
fn p25_a_busy_source_is_asked_more_often_than_the_interval_but_not_than_hourly_nor_than_it_says() {
    for (extra, says, least, most) in [
        ("", "", 16, 24),
        // Its own interval, and what the feed says, are not passed over.
        ("interval = \"6h\"\n", "", 3, 4),
        ("", "<ttl>240</ttl>", 4, 6),
    ] {
        let server = Server::start();
        let wire = wire(&server);
        let feeds_toml = wire.read("feeds.toml").replace("interval = \"1h\"", "interval = \"6h\"");
        wire.write("feeds.toml", format!("{feeds_toml}{extra}"));
        let mut asked = 0;
        for quarter in 0..6 * 24 * 4_u32 {
            if quarter % 2 == 0 {
                let newest = 5_000 - quarter / 2;
                let feed = numbered("partner.example", newest..newest + 20);
                server.set("/feed", Answer::feed(feed.replace("<description/>", says)));
            }
            if quarter == 5 * 24 * 4 {
                server.asked();
            }
            wire.clock.forward(TimeDelta::minutes(15));
            wire.run(&["fetch"]);
        }
        asked += server.asked().len();
        assert!((least..=most).contains(&asked), "{extra}{says}: {asked} on the last day");
    }
}

#[test]
fn p27_five_hundred_due_sources_are_spread_and_each_host_gets_one_request_at_a_time() {
    let servers: Vec<Server> =
        (1..=25).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 1, host))).collect();
    let mut sources = Vec::new();
    for (host, server) in servers.iter().enumerate() {
        for number in 0..20 {
            let path = format!("/{number}");
            server.set(&path, Answer::feed(numbered(&format!("h{host}-{number}.example"), 1..=1)));
            sources.push((format!("s{host}-{number}"), server.url(&path)));
        }
        server.linger();
    }
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&sources);
    assert_eq!(wire.fetch()["polled"], 500);
    for server in &servers {
        assert_eq!((server.asked().len(), server.most_at_once()), (20, 1));
    }
    // They are not due in one moment again.
    let status = wire.run(&["status", "--json"]).json();
    let due: std::collections::BTreeSet<String> = status["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["next_poll"].to_string())
        .collect();
    assert!(due.len() > 40, "{} different times", due.len());
}

#[test]
fn p27_between_two_requests_to_a_host_there_is_a_gap() {
    let server = Server::start();
    let mut sources = Vec::new();
    for number in 0..5 {
        let path = format!("/{number}");
        server.set(&path, Answer::feed(numbered(&format!("s{number}.example"), 1..=1)));
        sources.push((format!("s{number}"), server.url(&path)));
    }
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&sources);
    let feeds_toml = wire.read("feeds.toml").replace("host_gap = \"0s\"", "host_gap = \"1s\"");
    wire.write("feeds.toml", feeds_toml);
    assert_eq!(wire.fetch()["polled"], 5);
    let asked = server.asked();
    let gap = asked.windows(2).map(|pair| pair[1].moment - pair[0].moment).min().unwrap();
    assert!(gap > Duration::from_millis(900), "{gap:?}");
}

#[test]
fn p28_after_an_outage_of_three_days_each_source_is_asked_once() {
    let server = Server::start();
    let mut sources = Vec::new();
    for number in 0..10 {
        let path = format!("/{number}");
        server.set(&path, Answer::feed(numbered(&format!("s{number}.example"), 1..=1)));
        sources.push((format!("s{number}"), server.url(&path)));
    }
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&sources);
    wire.fetch();
    wire.fetch();
    server.asked();
    wire.clock.forward(TimeDelta::days(3));
    // What cron has missed comes at once.
    for _ in 0..72 {
        wire.run(&["fetch"]);
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 10);
    assert!(asked.iter().all(|asked| asked.is_conditional()));
}

#[test]
fn p29_a_clock_that_jumps_asks_each_source_once() {
    for jump in [TimeDelta::days(365), TimeDelta::days(-365)] {
        let server = Server::start();
        let wire = wire(&server);
        wire.fetch();
        wire.fetch();
        server.asked();
        wire.clock.forward(jump);
        for _ in 0..20 {
            wire.run(&["fetch"]);
            wire.clock.forward(TimeDelta::seconds(10));
        }
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{jump}");
        assert!(asked[0].is_conditional(), "{jump}");
        wire.clock.forward(TimeDelta::days(1));
        wire.run(&["fetch"]);
        assert_eq!(server.asked().len(), 1, "{jump}: and goes on within max_interval");
    }
}
