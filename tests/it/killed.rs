//! Rounds that are killed right after they sent a request, again and again, as cron starts them.

use std::fmt::{self, Display, Formatter};
use std::net::Ipv4Addr;
use std::process::Child;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use rustix::process::{Pid, Signal, kill_process};
use samizdat::world::{Clock, Files, Random};

use crate::child;
use crate::server::{Answer, Heard, Server};
use crate::wire::{HEAD, HandClock, Wire, numbered};

const HOSTS: usize = 10;
const SOURCES: usize = 40;

/// cron starts a round every so many minutes.
const EVERY: TimeDelta = TimeDelta::minutes(20);

/// A source is due so long after it was asked, and a little later at most.
const INTERVAL: TimeDelta = TimeDelta::hours(1);

/// In an hour and a bit at least one source is asked, and each comes in its turn.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(60);

/// A source that was leased and not asked waits for one interval more, and in so many it is asked.
const MOST_INTERVALS: i32 = 5;

/// How long the interval of a source has become in such a time. Partners who publish nothing are asked less
/// and less often: half an hour later for each day, up to a day, and some chance.
fn interval_after(span: TimeDelta) -> TimeDelta {
    INTERVAL.max(span / 48).min(TimeDelta::days(1)) * 5 / 4
}

/// The process that dies at a request.
#[derive(Default)]
struct Victim {
    process: Option<Pid>,
    /// Requests until then.
    left: usize,
}

impl Victim {
    fn hear(&mut self) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0
            && let Some(process) = self.process.take()
        {
            kill_process(process, Signal::KILL).unwrap();
        }
    }
}

/// Servers whose requests kill.
fn armed(servers: &[Server], wire: &Wire) -> Arc<Mutex<Victim>> {
    let victim: Arc<Mutex<Victim>> = Arc::default();
    let hearing = Arc::clone(&victim);
    let heard: Heard = Arc::new(move || hearing.lock().unwrap().hear());
    for server in servers {
        server.note_time_of(&wire.clock);
        server.on_request(&heard);
    }
    victim
}

/// Runs a round that is killed at so many requests. Says whether it was: where less is due than that, it
/// ends by itself.
fn run_until(left: usize, wire: &Wire, victim: &Mutex<Victim>) -> bool {
    let mut process = {
        // Whoever hears the first request finds the process here.
        let mut victim = victim.lock().unwrap();
        let process = start(wire, "fetch");
        let pid = Pid::from_raw(i32::try_from(process.id()).unwrap());
        *victim = Victim { process: pid, left };
        process
    };
    let is_killed = !process.wait().unwrap().success();
    victim.lock().unwrap().process = None;
    is_killed
}

/// What came of many rounds that were killed.
pub(crate) struct Killed {
    /// Rounds that were.
    pub(crate) rounds: usize,
    /// Requests that they sent.
    pub(crate) requests: usize,
    /// The longest that a source was not asked.
    pub(crate) longest_wait: TimeDelta,
}

impl Display for Killed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rounds were killed right after a request; they sent {}, and no source waited for more than {} h",
            self.rounds,
            self.requests,
            self.longest_wait.num_hours()
        )
    }
}

/// Not a test: what the child does, in a process of its own. As a test it does nothing.
#[test]
fn child_that_is_killed_at_a_request() {
    if let Some(told) = child::told() {
        be_child(&told);
    }
}

/// Runs a round; says whether it was told to.
pub(crate) fn be_child(told: &str) -> bool {
    let told: Vec<&str> = told.split('\n').collect();
    let ["killed", directory, now, words @ ..] = &told[..] else { return false };
    let clock = HandClock::at(now.parse().unwrap());
    let ran = Wire::at(directory.as_ref(), clock, Files::real()).run(words);
    println!("ended with {}", ran.code);
    true
}

/// Starts `samizdat` with these words, one a line, in a process of its own and at the wire's time.
pub(crate) fn start(wire: &Wire, words: &str) -> Child {
    let directory = wire.directory.path().display();
    let told = format!("killed\n{directory}\n{}\n{words}", wire.clock.now());
    child::start("killed::child_that_is_killed_at_a_request", &told)
}

/// Kills so many rounds right after their first request, or a later one.
///
/// # Panics
/// Where a source was asked before it was due, without its validators, or not for too long; or where
/// something is lost or doubled.
pub(crate) fn kill(rounds: usize, seed: u64) -> Killed {
    let random = Random::from_seed(seed);
    let servers: Vec<Server> = (1..=HOSTS)
        .map(|n| Server::start_at(Ipv4Addr::new(127, 0, 48, u8::try_from(n).unwrap())))
        .collect();
    let mut sources = String::new();
    for n in 0..SOURCES {
        let path = format!("/{n}");
        servers[n % HOSTS].set(&path, Answer::feed(numbered(&format!("s{n}.example"), 1..=2)));
        let url = servers[n % HOSTS].url(&path);
        sources.push_str(&format!("[[source]]\nid = \"s{n}\"\nurl = \"{url}\"\n"));
    }
    // However often these partners publish, no source is asked more often than this.
    let head = HEAD.replace("min_interval = \"0s\"", "min_interval = \"1h\"");
    let wire = Wire::new(&format!("{head}{sources}"));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    let victim = armed(&servers, &wire);
    let mut asked: Vec<Vec<DateTime<Utc>>> = vec![vec![wire.clock.now()]; SOURCES];
    let mut killed = 0;
    while killed < rounds {
        wire.clock.forward(EVERY);
        // Half of them die as early as can be.
        let chance = usize::try_from(random.next() % 40).unwrap();
        killed += usize::from(run_until(chance.saturating_sub(19).max(1), &wire, &victim));
    }
    // Whoever has answered nothing but 304 for more than a week is asked for all of it once (P17).
    let mut probed = [asked[0][0]; SOURCES];
    for server in &servers {
        for request in server.asked().into_iter().filter(|request| request.at.is_some()) {
            let n = request.path[1..].parse::<usize>().unwrap();
            let at = request.at.unwrap();
            if !request.is_conditional() {
                assert!(at - probed[n] > TimeDelta::days(7), "P13: s{n} at {at} and {}", probed[n]);
                probed[n] = at;
            }
            asked[n].push(at);
        }
    }
    let end = wire.clock.now();
    let mut longest_wait = TimeDelta::zero();
    for (n, times) in asked.iter().enumerate() {
        for (earlier, later) in times.iter().zip(times.iter().skip(1).chain([&end])) {
            longest_wait = longest_wait.max(*later - *earlier);
            let is_too_early = *later != end && *later - *earlier < INTERVAL;
            assert!(!is_too_early, "I5: s{n} was asked at {earlier}, and again at {later}");
        }
    }
    let span = end - asked[0][0];
    let interval = interval_after(span);
    let most = LONGEST_WAIT.max(interval * MOST_INTERVALS);
    assert!(longest_wait < most, "not asked for {longest_wait} in {span}");
    // Nothing was lost or doubled by any of it.
    wire.clock.forward(TimeDelta::hours(2).max(interval));
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["polled"], SOURCES, "{ran:?}");
    assert_eq!(wire.stories().len(), 2 * SOURCES);
    Killed {
        rounds: killed,
        requests: asked.iter().map(Vec::len).sum::<usize>() - SOURCES,
        longest_wait,
    }
}

#[test]
fn i5_rounds_that_are_killed_right_after_a_request_flood_nobody_and_starve_nobody() {
    let killed = kill(60, 1);
    assert!(killed.requests >= killed.rounds, "{}", killed.requests);
}

#[test]
fn i5_whom_a_round_that_died_passed_over_the_next_one_asks_first() {
    const HOSTS: u8 = 12;
    let servers: Vec<Server> =
        (1..=HOSTS).map(|n| Server::start_at(Ipv4Addr::new(127, 0, 47, n))).collect();
    let mut sources = String::new();
    for (n, server) in servers.iter().enumerate() {
        server.set("/feed", Answer::feed(numbered(&format!("s{n}.example"), 1..=2)));
        sources
            .push_str(&format!("[[source]]\nid = \"s{n}\"\nurl = \"{}\"\n", server.url("/feed")));
    }
    let wire = Wire::new(&format!("{HEAD}{sources}"));
    let victim = armed(&servers, &wire);
    for _ in 0..HOSTS {
        assert!(run_until(1, &wire, &victim), "it was killed at its first request");
        // All are due again, also the one that was asked.
        wire.clock.forward(TimeDelta::hours(3));
    }
    // What others have sent before the kill came does not count.
    for server in &servers {
        assert!(!server.asked().is_empty(), "each of them was asked within so many rounds");
    }
}

#[test]
fn p32_p35_a_process_that_is_killed_does_not_end_a_back_off() {
    for status in ["403 Forbidden", "500 Oops"] {
        let server = Server::start();
        server.set("/feed", Answer::status(status, ""));
        let wire = Wire::of(&[("a", &server.url("/feed"))]);
        let due = || {
            let status = wire.run(&["status", "--json"]).json();
            let due = status["sources"][0]["next_poll"].as_str().unwrap().to_owned();
            due.parse::<DateTime<Utc>>().unwrap()
        };
        for _ in 0..3 {
            let ran = wire.run(&["fetch", "--json"]);
            assert_eq!(ran.json()["failed"], 1, "{ran:?}");
            wire.clock.set(due() + TimeDelta::seconds(1));
        }
        server.asked();
        server.set("/feed", Answer::Hang);
        let mut process = start(&wire, "fetch");
        server.wait_for(1);
        process.kill().unwrap();
        process.wait().unwrap();
        let waits = due() - wire.clock.now();
        assert!(waits >= TimeDelta::hours(4), "{status}: {waits}");
    }
}

#[test]
fn p27_the_gap_of_a_host_outlives_a_process_that_is_killed() {
    let server = Server::start();
    server.set("/0", Answer::Hang);
    server.set("/1", Answer::Hang);
    let sources = [0, 1].map(|n| {
        format!("[[source]]\nid = \"s{n}\"\nurl = \"{}\"\n", server.url(&format!("/{n}")))
    });
    let head = HEAD.replace("host_gap = \"0s\"", "host_gap = \"2s\"");
    let wire = Wire::new(&format!("{head}{}", sources.concat()));
    let mut asked = Vec::new();
    for _ in 0..2 {
        // Its clock stands still, so that it has the whole gap to wait.
        let begun = std::time::Instant::now();
        let mut process = start(&wire, "fetch\n--now");
        server.wait_for(1);
        process.kill().unwrap();
        process.wait().unwrap();
        asked.extend(
            server.asked().into_iter().map(|request| (request.path, request.moment - begun)),
        );
    }
    // Which of the two sources was first is chance.
    let [_, second] = &asked[..] else { panic!("{asked:?}") };
    assert!(second.1 >= std::time::Duration::from_secs(2), "{second:?}");
}
