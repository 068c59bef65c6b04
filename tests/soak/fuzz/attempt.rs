//! One target on one input after the other, in a process that may die of them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::mutate::Mutator;
use super::targets::Target;

/// The input that is being tried: what the process died of, if it dies.
pub(super) const CURRENT: &str = "current";

/// Inputs that are gone on from; beyond these a new one takes the place of an old one.
const MOST_INPUTS: usize = 4000;

/// An input that takes longer than this will not come to an end.
const ENDLESS: Duration = Duration::from_secs(30);

/// Times of that many inputs tell what is usual.
const SAMPLES: usize = 2000;

/// An input is slow that takes so many times the usual time for a byte…
const SLOW: u32 = 100;

/// …and at least this.
const LEAST_SLOW: Duration = Duration::from_millis(20);

/// Slow inputs that are kept.
const MOST_SLOW: usize = 5;

/// What is run, and for how long.
pub(super) struct Rounds<'a> {
    pub(super) target: &'a Target,
    pub(super) directory: PathBuf,
    pub(super) until: Instant,
    pub(super) seed: u64,
}

impl Rounds<'_> {
    /// Tells its sums on standard output, for the parent.
    pub(super) fn run(&self, seeds: Vec<Vec<u8>>) {
        let place = Arc::new(Mutex::new(String::new()));
        let noted = Arc::clone(&place);
        std::panic::set_hook(Box::new(move |panicked| {
            *noted.lock().unwrap() = panicked.to_string();
        }));
        let watch = Watch::begin();
        let mut current = File::create(self.directory.join(CURRENT)).unwrap();
        let mut mutator = Mutator::new(self.seed, self.target.words);
        let mut corpus = Vec::new();
        let (mut kinds, mut places) = (HashSet::new(), HashSet::new());
        let mut pace = Pace::default();
        let mut waiting = seeds.into_iter();
        let mut executions = 0_usize;
        while Instant::now() < self.until {
            // First every seed as it is.
            let input = waiting.next().unwrap_or_else(|| mutator.next(&corpus));
            keep_current(&mut current, &input);
            watch.start();
            let begun = Instant::now();
            let ran = catch_unwind(AssertUnwindSafe(|| (self.target.run)(&input)));
            let took = begun.elapsed();
            watch.stop();
            executions += 1;
            match ran {
                Ok(kind) => {
                    pace.note(&input, took);
                    if pace.is_slow(&input, took) && self.is_slow_again(&input, &pace) {
                        self.keep_slow(&input, took, &mut pace);
                    }
                    if kinds.insert(kind) {
                        if corpus.len() < MOST_INPUTS {
                            corpus.push(input);
                        } else {
                            let old = mutator.below(MOST_INPUTS);
                            corpus[old] = input;
                        }
                    }
                }
                Err(_) => {
                    let told = place.lock().unwrap().clone();
                    // One input for each place in the program.
                    let line = told.lines().next().unwrap_or_default().to_owned();
                    if places.insert(line.clone()) {
                        let name = format!("broken-{}-{}", self.seed, places.len());
                        let kept = self.directory.join(name);
                        fs::write(&kept, &input).unwrap();
                        let why: String = told.chars().take(400).collect();
                        println!("broken {}: {}", kept.display(), why.replace('\n', " "));
                    }
                }
            }
        }
        println!("executions {executions}");
        println!("corpus {}", kinds.len());
    }

    /// Whether it is slow whenever it is tried, and not only while others used the machine.
    fn is_slow_again(&self, input: &[u8], pace: &Pace) -> bool {
        (0..3).all(|_| {
            let begun = Instant::now();
            let _ = (self.target.run)(input);
            pace.is_slow(input, begun.elapsed())
        })
    }

    fn keep_slow(&self, input: &[u8], took: Duration, pace: &mut Pace) {
        if pace.kept < MOST_SLOW {
            pace.kept += 1;
            let kept = self.directory.join(format!("slow-{}-{}", self.seed, pace.kept));
            fs::write(&kept, input).unwrap();
            println!("slow {}: {} bytes took {took:?}", kept.display(), input.len());
        }
    }
}

fn keep_current(file: &mut File, input: &[u8]) {
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(input).unwrap();
    file.set_len(input.len() as u64).unwrap();
}

/// What is usual.
#[derive(Debug, Default)]
struct Pace {
    /// Nanoseconds for a byte.
    samples: Vec<u128>,
    usual: Option<u128>,
    kept: usize,
}

impl Pace {
    fn note(&mut self, input: &[u8], took: Duration) {
        if self.usual.is_none() {
            self.samples.push(for_a_byte(input, took));
            if self.samples.len() == SAMPLES {
                self.samples.sort_unstable();
                self.usual = Some(self.samples[SAMPLES / 2].max(1));
            }
        }
    }

    fn is_slow(&self, input: &[u8], took: Duration) -> bool {
        let limit = self.usual.map(|usual| usual * u128::from(SLOW));
        took >= LEAST_SLOW && limit.is_some_and(|limit| for_a_byte(input, took) > limit)
    }
}

/// Nanoseconds; small inputs have costs that do not depend on their size.
fn for_a_byte(input: &[u8], took: Duration) -> u128 {
    took.as_nanos() / (input.len() as u128 + 256)
}

/// Ends the process where an input does not come to an end: its parent keeps the input.
struct Watch {
    running: Arc<AtomicBool>,
    number: Arc<AtomicU64>,
}

impl Watch {
    fn begin() -> Self {
        let watch = Self { running: Arc::default(), number: Arc::default() };
        let (running, number) = (Arc::clone(&watch.running), Arc::clone(&watch.number));
        std::thread::spawn(move || {
            loop {
                let before = number.load(Ordering::SeqCst);
                std::thread::park_timeout(ENDLESS);
                if running.load(Ordering::SeqCst) && number.load(Ordering::SeqCst) == before {
                    println!("an input did not come to an end");
                    std::process::exit(3);
                }
            }
        });
        watch
    }

    fn start(&self) {
        self.number.fetch_add(1, Ordering::SeqCst);
        self.running.store(true, Ordering::SeqCst);
    }

    fn stop(&self) {
        self.running.store(false, Ordering::SeqCst);
    }
}
