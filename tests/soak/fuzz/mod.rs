//! Inputs by the million: each target of `fuzz/` is run on mutated inputs for some minutes, in a
//! process of its own, since an input may overflow the stack or never come to an end. It starts from our
//! fixtures and, where they are at hand, from real feeds and known attacks.
//!
//! What breaks a promise is a breach, and is kept in `target/fuzz/TARGET/`; slow inputs are kept
//! there too, but time decides nothing.

mod attempt;
mod mutate;
mod seeds;
#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "a library of its own for those who have libFuzzer"
)]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use targets::TARGETS;

use crate::child;
use crate::tally::Tally;

/// What a child is told first.
const FUZZ: &str = "fuzz";

/// Where inputs are kept, below the crate's own directory.
const KEPT: &str = "target/fuzz";

/// How long, how many at a time, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) minutes: u64,
    pub(crate) seed: u64,
    pub(crate) seeds: u64,
    pub(crate) only: Option<String>,
}

impl Plan {
    /// Ten minutes of each target; `--minutes N`, `--seed N`, `--target NAME` change that, and
    /// `--seeds N` how many seasons are played. Gives back the other arguments.
    pub(crate) fn of(arguments: Vec<String>) -> Result<(Self, Vec<String>), String> {
        let mut plan = Self { minutes: 10, seed: 1, seeds: 20, only: None };
        let mut others = Vec::new();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if !argument.starts_with("--") {
                others.push(argument);
                continue;
            }
            let value = arguments.next().ok_or(format!("{argument} needs a value"))?;
            let number = || value.parse().map_err(|_| format!("{argument} {value} is no number"));
            match argument.as_str() {
                "--minutes" => plan.minutes = number()?,
                "--seed" => plan.seed = number()?,
                "--seeds" => plan.seeds = number()?,
                "--target" if TARGETS.iter().any(|target| target.name == value) => {
                    plan.only = Some(value);
                }
                "--target" => {
                    let names = TARGETS.map(|target| target.name).join(", ");
                    return Err(format!("there is no target {value}; there are: {names}"));
                }
                other => return Err(format!("there is no option {other}")),
            }
        }
        Ok((plan, others))
    }
}

/// What the runs of one target came to.
#[derive(Debug, Default)]
struct Sum {
    executions: usize,
    corpus: usize,
    broken: Vec<String>,
    slow: usize,
}

pub(crate) fn run(tally: &mut Tally, plan: &Plan) {
    let wanted = TARGETS.iter().filter(|t| plan.only.as_ref().is_none_or(|only| only == t.name));
    let waiting = Mutex::new(wanted);
    let done = Mutex::new(tally);
    // Two at a time: more would only wait for one another.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some(target) = next else { return };
                    let sum = fuzz(target.name, plan);
                    println!(
                        "fuzz {}: {} executions, {} inputs of different kinds, {} broken, {} slow",
                        target.name,
                        sum.executions,
                        sum.corpus,
                        sum.broken.len(),
                        sum.slow
                    );
                    let mut tally = done.lock().unwrap();
                    tally.operations += sum.executions;
                    for broken in sum.broken {
                        tally.case(0, || panic!("fuzz {}: {broken}", target.name));
                    }
                }
            });
        }
    });
}

fn kept(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT).join(target)
}

/// Children one after the other until the time is over: where one dies, the input that it died of
/// is kept, and the next goes on with other chances.
fn fuzz(target: &str, plan: &Plan) -> Sum {
    let directory = kept(target);
    fs::create_dir_all(&directory).unwrap();
    let end = Instant::now() + Duration::from_secs(plan.minutes * 60);
    let mut sum = Sum::default();
    for seed in plan.seed.. {
        let seconds = end.saturating_duration_since(Instant::now()).as_secs();
        if seconds == 0 {
            break;
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .env(child::TOLD, format!("{FUZZ} {target} {seconds} {seed}"))
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        for line in told.lines() {
            match line.split_once(' ') {
                Some(("executions", number)) => sum.executions += number.parse::<usize>().unwrap(),
                Some(("corpus", number)) => sum.corpus = sum.corpus.max(number.parse().unwrap()),
                Some(("slow", _)) => sum.slow += 1,
                Some(("broken", what)) => sum.broken.push(what.to_owned()),
                _ => println!("fuzz {target}: {line}"),
            }
        }
        if !output.status.success() {
            let died = directory.join(format!("died-{seed}"));
            fs::copy(directory.join(attempt::CURRENT), &died).unwrap();
            sum.broken.push(format!("{}: {}", output.status, died.display()));
        }
    }
    sum
}

/// In a child: runs what it was told, if that was fuzzing.
pub(crate) fn be_child(told: &str) -> bool {
    let words: Vec<&str> = told.split(' ').collect();
    let [FUZZ, name, seconds, seed] = words[..] else { return false };
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let corpus = seeds::of(name);
    let rounds = attempt::Rounds {
        target,
        directory: kept(name),
        until: Instant::now() + Duration::from_secs(seconds.parse().unwrap()),
        seed: seed.parse().unwrap(),
    };
    // The stack that a thread of the program has.
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    std::thread::scope(|scope| {
        let running = thread.spawn_scoped(scope, || rounds.run(corpus)).unwrap();
        running.join().unwrap();
    });
    true
}
