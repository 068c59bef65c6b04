//! What takes too long for every day: run by `scripts/soak`, not by `cargo test`.
//!
//! Each part prints how many operations it tried, how many faults it gave, and how many times each
//! invariant was broken (`../shared/checks/faults.md`); one breach is a failure.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that meets what it did not expect fails, and shares its scenes with tests/it"
)]

#[path = "../it/attacks.rs"]
mod attacks;
#[path = "../it/child.rs"]
mod child;
#[path = "../it/faults/mod.rs"]
mod faults;
#[path = "../it/killed.rs"]
mod killed;
#[path = "../it/season/mod.rs"]
mod season;
#[path = "../it/server.rs"]
mod server;
#[path = "../it/wire.rs"]
mod wire;

mod compound;
mod damaged;
mod days;
mod fuzz;
mod kills;
mod large;
mod power;
mod tally;

use std::process::ExitCode;

use tally::Tally;

type Part = fn(&mut Tally, &fuzz::Plan);

const PARTS: [(&str, Part); 8] = [
    ("compound", |tally, _| compound::run(tally)),
    ("power", |tally, _| power::run(tally)),
    ("damaged", |tally, _| damaged::run(tally)),
    ("kills", |tally, _| kills::run(tally)),
    ("days", |tally, _| days::run(tally)),
    ("season", |tally, plan| seasons(tally, plan.seed, plan.seeds)),
    ("large", |tally, _| large::run(tally)),
    ("fuzz", fuzz::run),
];

/// Three months of polling two hundred sources, once for each seed.
fn seasons(tally: &mut Tally, first: u64, seeds: u64) {
    for seed in first..first + seeds {
        let plan = season::Plan { sources: 200, days: 90, seed };
        tally.case(1, || {
            let season = season::play(&plan);
            println!("season, seed {seed}, {} runs\n{}", season.runs, season.verdict.table);
            season::hold(&season, &plan);
        });
        tally.operations += 1;
    }
}

fn main() -> ExitCode {
    if let Some(told) = child::told() {
        if !fuzz::be_child(&told) && !killed::be_child(&told) {
            faults::crash::be_child(&told);
        }
        return ExitCode::SUCCESS;
    }
    let (plan, wanted) = match fuzz::Plan::of(std::env::args().skip(1).collect()) {
        Ok(read) => read,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    if let Some(unknown) = wanted.iter().find(|name| PARTS.iter().all(|(part, _)| part != *name)) {
        eprintln!(
            "there is no part {unknown}; there are: {}",
            PARTS.map(|(name, _)| name).join(", ")
        );
        return ExitCode::from(2);
    }
    // Some cases compare whole documents: their first words say which and where.
    std::panic::set_hook(Box::new(|panicked| {
        let words: String = panicked.to_string().chars().take(600).collect();
        eprintln!("{words}");
    }));
    let mut all = Tally::default();
    for (name, part) in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        let begun = std::time::Instant::now();
        let mut tally = Tally::default();
        part(&mut tally, &plan);
        println!("{name}: {tally} ({} s)", begun.elapsed().as_secs());
        all.add(tally);
    }
    println!("all: {all}");
    if all.breaches() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
