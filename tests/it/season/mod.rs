//! A season: two hundred sources over three simulated months, over real sockets, with faults by
//! chance. The servers' log is judged as their operators would.

mod clock;
mod oracle;
mod partner;
mod servers;

use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, TimeZone, Utc};
use samizdat::cli;
use samizdat::world::{Clock, Random};
use serde_json::Value;

use crate::wire::{Ran, Wire};
use clock::SeasonClock;
use oracle::{Verdict, judge};
use servers::Servers;

/// A third of the sources is asked more often than this, or less often.
const HEAD: &str = r#"
[site]
title = "Season"
url = "https://wire.example.org/"
[fetch]
allow_private = ["127.0.0.0/8"]
interval = "12h"
[store]
backups = 0
[publish]
per = []
"#;

/// How large a season is.
pub(crate) struct Plan {
    pub(crate) sources: usize,
    pub(crate) days: i64,
    pub(crate) seed: u64,
}

/// What a season left.
pub(crate) struct Season {
    pub(crate) verdict: Verdict,
    pub(crate) runs: usize,
    /// The program's own score, from its poll records.
    pub(crate) own: Value,
}

pub(crate) fn play(plan: &Plan) -> Season {
    let begin = Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap();
    let end = begin + TimeDelta::days(plan.days);
    let clock = Arc::new(SeasonClock::at(begin));
    let servers = Servers::start(plan.sources, &clock, plan.seed);
    let wire = Wire::new(&format!("{HEAD}{}", servers.feeds_toml()));
    let random = Random::from_seed(plan.seed.wrapping_add(1));
    let mut offline = Vec::new();
    let mut runs = 0;
    while clock.now() < end {
        let chance = random.next() % 100;
        let is_by_hand = chance < 3;
        servers.by_hand(is_by_hand);
        // Servers do not see what is published: it is now and then.
        let words: &[&str] =
            if is_by_hand { &["fetch", "--now"] } else { &["fetch", "--no-publish"] };
        let ran = run(&wire, &clock, &random, words);
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
        runs += 1;
        let now = clock.now();
        let minutes = i64::try_from(random.next() % 235).unwrap() + 5;
        let next = match chance {
            // cron runs twice in a row.
            90.. => now + TimeDelta::minutes(1),
            // The machine is off for days.
            89 if random.next().is_multiple_of(8) => {
                let on = now + TimeDelta::days(3);
                offline.push((now, on));
                on
            }
            _ => now + TimeDelta::minutes(minutes),
        };
        clock.set(next);
    }
    let hosts = plan.sources.div_ceil(servers::OF_A_HOST);
    let bases: Vec<String> = (0..hosts).map(|host| servers.base(host)).collect();
    let log = servers.log();
    let verdict = judge(&log, &bases, plan.sources, (begin, end), &offline);
    let own = run(&wire, &clock, &random, &["status", "--politeness", "--json"]).json();
    Season { verdict, runs, own }
}

/// Runs `samizdat` as [`Wire::run`] does, with the clock of the season.
fn run(wire: &Wire, clock: &Arc<SeasonClock>, random: &Random, words: &[&str]) -> Ran {
    let (out, err) = (Arc::default(), Arc::default());
    let mut world = wire.world(&out, &err);
    world.clock = Arc::<SeasonClock>::clone(clock);
    world.random = Random::from_seed(random.next());
    let words = ["samizdat"].iter().chain(words).map(OsString::from).collect::<Vec<_>>();
    let code = cli::run(words, &world).code();
    let text = |bytes: &Mutex<Vec<u8>>| String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
    Ran { code, out: text(&out), err: text(&err) }
}

/// Fails, with the first breaches, where there is one.
pub(crate) fn hold(season: &Season, plan: &Plan) {
    let breaches = &season.verdict.breaches;
    let first: Vec<&str> = breaches.iter().take(12).map(String::as_str).collect();
    assert!(
        breaches.is_empty(),
        "seed {}: {} breaches in {} runs, the first ones:\n{}\n{}",
        plan.seed,
        breaches.len(),
        season.runs,
        first.join("\n"),
        season.verdict.table
    );
}

#[test]
fn p7_p49_no_operator_can_fault_three_months_of_polling() {
    // Fewer days while something is tried out, or another seed.
    let asked = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let days = asked("SEASON_DAYS").unwrap_or(90);
    let seed = asked("SEASON_SEED").unwrap_or(1);
    let plan = Plan { sources: 200, days, seed: u64::try_from(seed).unwrap() };
    let begun = std::time::Instant::now();
    let season = play(&plan);
    let took = begun.elapsed().as_secs();
    println!(
        "seed {seed}: {} sources, {days} days, {} runs, {took} s\n{}",
        plan.sources, season.runs, season.verdict.table
    );
    // scripts/test shows it at its end.
    let shown =
        format!("{days} days of {} sources, seed {seed}\n{}", plan.sources, season.verdict.table);
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/politeness.txt"), shown).unwrap();
    hold(&season, &plan);
    // The program sees itself as the servers do, as far as its records go back.
    let own = |key: &str| season.own[key].as_u64().unwrap();
    assert!(own("requests") > 5000 || days < 90, "{}", season.own);
    assert!(
        own("conditional") == own("good") + own("unknown") && own("good") > 0,
        "{}",
        season.own
    );
    assert_eq!((own("out_of_sequence"), own("made_up"), own("after_429")), (0, 0, 0));
    assert!(own("shortest_gap") >= 1, "{}", season.own);
}
