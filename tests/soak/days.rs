//! Ninety simulated days with random faults, over ten seeds: partners' servers that fail in every
//! way, disks that fail, processes that die, feeds that change.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use samizdat::world::{Clock, Files, Random, Verdict};
use serde_json::Value;

use crate::faults::crash::{DEATHS, dies};
use crate::server::{Answer, Server};
use crate::tally::{Tally, on_two_threads};
use crate::wire::{HEAD, Wire};

const DAYS: u32 = 90;
const SEEDS: u64 = 10;
const SOURCES: usize = 4;

/// A partner: what it has published so far, and what its feed shows of it.
struct Partner {
    server: Server,
    name: String,
    /// (number, title) of what was ever in its feed while it was good.
    published: Vec<(u32, String, DateTime<Utc>)>,
    is_good: bool,
    last_asked: Option<DateTime<Utc>>,
    silent_until: Option<DateTime<Utc>>,
}

impl Partner {
    fn feed(&self) -> String {
        let items: String = self
            .published
            .iter()
            .rev()
            .take(15)
            .map(|(number, title, date)| {
                let name = &self.name;
                format!("<item><title>{title}</title><link>https://{name}/{number}/</link><guid isPermaLink=\"false\">https://{name}/?p={number}</guid><pubDate>{}</pubDate><description>Words of {number}, for peace.</description></item>", date.to_rfc2822())
            })
            .collect();
        format!(
            "<rss version=\"2.0\"><channel><title>{}</title><link>https://{}/</link><description/>{items}</channel></rss>",
            self.name, self.name
        )
    }

    fn serve_well(&mut self) {
        self.is_good = true;
        self.server.set("/feed", Answer::feed(self.feed()));
    }

    /// One of the ways in which a server fails.
    fn fail(&mut self, random: &Random) {
        self.is_good = false;
        let feed = self.feed();
        let cut = &feed[..feed.len() / 2];
        let answer = match random.next() % 9 {
            0 => Answer::status("500 Internal Server Error", ""),
            1 => Answer::status("404 Not Found", ""),
            2 => Answer::status("429 Too Many Requests", "Retry-After: 14400\r\n"),
            3 => Answer::status("503 Service Unavailable", ""),
            4 => Answer::document("text/html", "<html><h1>Maintenance</h1></html>"),
            5 => Answer::Raw(Vec::new()),
            6 => Answer::Raw(format!("HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: \"cut\"\r\nContent-Length: {}\r\n\r\n{cut}", feed.len()).into_bytes()),
            7 => Answer::feed(cut.to_owned()),
            _ => Answer::feed(String::new()),
        };
        self.server.set("/feed", answer);
    }
}

pub(crate) fn run(tally: &mut Tally) {
    on_two_threads(
        tally,
        (1..=SEEDS).collect(),
        || (),
        |(), seed, tally| {
            let mut days = 0;
            let mut faults = 0;
            let mut rounds = 0;
            tally.case(0, || (days, faults, rounds) = simulate(seed));
            tally.faults += faults;
            tally.operations += rounds;
            println!("days: seed {seed}: {days} days, {rounds} rounds, {faults} faults");
        },
    );
}

fn simulate(seed: u64) -> (u32, usize, usize) {
    let random = Random::from_seed(seed);
    let chance = |one_in: u64| random.next().is_multiple_of(one_in);
    let mut wire = Wire::new("");
    let mut partners: Vec<Partner> = (0..SOURCES)
        .map(|n| Partner {
            server: Server::start_at(Ipv4Addr::new(
                127,
                0,
                u8::try_from(seed + 10).unwrap(),
                u8::try_from(n + 1).unwrap(),
            )),
            name: format!("p{n}.example"),
            published: Vec::new(),
            is_good: true,
            last_asked: None,
            silent_until: None,
        })
        .collect();
    let mut feeds_toml = HEAD.replace("min_interval = \"0s\"", "min_interval = \"15m\"");
    for (n, partner) in partners.iter().enumerate() {
        feeds_toml.push_str(&format!(
            "[[source]]\nid = \"p{n}\"\nurl = \"{}\"\n",
            partner.server.url("/feed")
        ));
    }
    wire.write("feeds.toml", &feeds_toml);
    for partner in &mut partners {
        for number in 0..5 {
            let date = wire.clock.now() - TimeDelta::days(5 - i64::from(number));
            partner.published.push((number, format!("{} {number}", partner.name), date));
        }
        partner.serve_well();
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let (mut faults, mut rounds) = (0, 0);
    let mut next_number = 5;
    for day in 0..DAYS {
        for half_hour in 0..48 {
            let when = format!("seed {seed}, day {day}, half hour {half_hour}");
            wire.clock.forward(TimeDelta::minutes(30));
            let now = wire.clock.now();
            for partner in &mut partners {
                if chance(60) {
                    partner.published.push((
                        next_number,
                        format!("{} {next_number}", partner.name),
                        now,
                    ));
                    next_number += 1;
                    if partner.is_good {
                        partner.serve_well();
                    }
                }
                if chance(300) && !partner.published.is_empty() {
                    // An edit of something that is still listed.
                    let at = partner.published.len() - 1;
                    partner.published[at].1.push('!');
                    if partner.is_good {
                        partner.serve_well();
                    }
                }
                if partner.is_good && chance(80) {
                    partner.fail(&random);
                    faults += 1;
                } else if !partner.is_good && chance(6) {
                    partner.serve_well();
                }
            }
            rounds += 1;
            // Sometimes the disk fails, or the process dies.
            if chance(25) {
                faults += 1;
                let at = 1 + (random.next() % 350) as usize;
                dies(&wire, at, DEATHS[(random.next() % 3) as usize]);
            } else if chance(25) {
                faults += 1;
                let at = (random.next() % 350) as usize;
                let error = [libc::EIO, libc::ENOSPC, libc::EROFS, libc::EACCES]
                    [(random.next() % 4) as usize];
                wire.files = failing(at, error, chance(2));
                let ran = wire.run(&["fetch"]);
                assert!(matches!(ran.code, 0..=4), "I6: {when}: {}: {}", ran.code, ran.err);
                wire.files = Files::real();
            } else {
                let ran = wire.run(&["fetch"]);
                assert!(matches!(ran.code, 0 | 3), "I6: {when}: {}: {}", ran.code, ran.err);
            }
            for partner in &mut partners {
                check_requests(partner, now, &when);
            }
            if half_hour % 12 == 0 {
                check_stories(&wire, &mut known, &when);
            }
        }
        if day % 15 == 14 {
            // The servers recover, and everything that they list is there.
            partners.iter_mut().for_each(Partner::serve_well);
            wire.clock.forward(TimeDelta::days(2));
            assert!(matches!(wire.run(&["fetch"]).code, 0 | 3), "I6: seed {seed}, day {day}");
            wire.clock.forward(TimeDelta::hours(2));
            assert_eq!(wire.run(&["fetch"]).code, 0, "I6: seed {seed}, day {day}");
            for partner in &mut partners {
                partner.server.asked();
                partner.last_asked = None;
            }
            check_stories(&wire, &mut known, "after the servers recovered");
            let left = wire.public().into_keys().filter(|name| name.ends_with("samizdat-tmp"));
            assert_eq!(left.count(), 0, "I3: seed {seed}, day {day}: temporary files are left");
            for partner in &partners {
                for (number, _, _) in partner.published.iter().rev().take(15) {
                    let id = format!("https://{}/?p={number}", partner.name);
                    assert!(known.contains_key(&id), "I4: seed {seed}, day {day}: {id} is missing");
                }
            }
        }
    }
    let bytes = wire.run(&["status", "--json"]).json()["store"]["bytes"].as_u64().unwrap();
    assert!(
        bytes < 16 << 20,
        "I7: seed {seed}: {bytes} bytes of store for {} stories",
        known.len()
    );
    (DAYS, faults, rounds)
}

/// I5: nobody is asked within the interval, nor while it wants silence.
fn check_requests(partner: &mut Partner, now: DateTime<Utc>, when: &str) {
    let asked = partner.server.asked().len();
    if asked == 0 {
        return;
    }
    assert_eq!(asked, 1, "I5: {when}: {} was asked {asked} times in one round", partner.name);
    if let Some(last) = partner.last_asked {
        let passed = now - last;
        assert!(
            passed >= TimeDelta::minutes(60),
            "I5: {when}: {} was asked after {passed}",
            partner.name
        );
    }
    if let Some(until) = partner.silent_until {
        assert!(now >= until, "I5: {when}: {} wanted silence until {until}", partner.name);
    }
    partner.last_asked = Some(now);
    partner.silent_until = None;
}

fn check_stories(wire: &Wire, known: &mut BTreeMap<String, String>, when: &str) {
    let stories = wire.stories();
    let field = |story: &Value, key: &str| story[key].as_str().unwrap().to_owned();
    let now: BTreeMap<String, String> =
        stories.iter().map(|story| (field(story, "id"), field(story, "first_seen"))).collect();
    assert_eq!(now.len(), stories.len(), "I2: {when}: an id is there twice");
    let links: BTreeSet<String> = stories.iter().map(|story| field(story, "url")).collect();
    assert_eq!(links.len(), stories.len(), "I2: {when}: a story is there under two ids");
    for (id, first_seen) in &*known {
        assert_eq!(now.get(id), Some(first_seen), "I1: {when}: {id}");
    }
    for (name, (bytes, _)) in wire.public() {
        // What a process left that died just now goes with the next round.
        if name.ends_with("samizdat-tmp") {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        let ends = ["</html>", "</opml>", "</svg>", "}", "</rss>", "</feed>"];
        assert!(ends.iter().any(|end| text.trim_end().ends_with(end)), "I3: {when}: {name} is cut");
    }
    *known = now;
}

fn failing(at: usize, error: i32, for_ever: bool) -> Files {
    let count = Arc::new(AtomicUsize::new(0));
    Files::faulty(
        move |_, _| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            if number == at || (for_ever && number > at) {
                Verdict::Fail(std::io::Error::from_raw_os_error(error))
            } else {
                Verdict::Proceed
            }
        },
        |_, _| {},
    )
}
