//! Damaged stores: cut, flipped, zeroed, with files missing, emptied or of another day. Each is
//! noticed when the store is opened or read, or has lost nothing; the command that is named brings
//! everything back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use samizdat::world::Random;

use super::scene::copy;
use crate::server::{Answer, Server};
use crate::wire::{Item, Wire, rss};

/// A wire whose store fills several segments of sled's log, in three states.
pub(crate) struct Victim {
    feeds_toml: String,
    states: Vec<(&'static str, tempfile::TempDir)>,
    /// What `list` says of each.
    lists: Vec<String>,
    _server: Server,
}

/// How many rounds each state has seen.
const ROUNDS: [i32; 3] = [3, 4, 4];

/// Words that do not compress.
fn noise(random: &Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        text.push_str(&format!("{:x} ", random.next()));
    }
    text
}

fn feed(random: &Random, items: std::ops::Range<usize>) -> String {
    let texts: Vec<(String, String, String)> = items
        .map(|number| {
            let length = if number % 40 == 0 { 60_000 } else { 5000 };
            (
                format!("https://a.example/?p={number}"),
                format!("https://a.example/{number}/"),
                noise(random, length),
            )
        })
        .collect();
    let items: Vec<Item<'_>> = texts
        .iter()
        .map(|(guid, link, text)| Item {
            guid,
            link,
            title: link,
            date: "Mon, 02 Nov 2026 08:00:00 +0000",
            text,
        })
        .collect();
    rss("A", &items)
}

impl Victim {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Random::from_seed(seed);
        let server = Server::start();
        let mut wire = Wire::of(&[("a", &server.url("/a"))]);
        let feeds_toml = wire.read("feeds.toml") + "[publish]\nbacklog = 200\nwindow = 300\n";
        wire.write("feeds.toml", &feeds_toml);
        server.set("/a", Answer::feed(feed(&random, 0..200)));
        wire.fetch();
        server.set("/a", Answer::feed(feed(&random, 150..260)));
        wire.fetch();
        wire.fetch();
        let mut states = Vec::new();
        let mut keep = |name, wire: &Wire| {
            let state = tempfile::tempdir().unwrap();
            copy(wire.directory.path(), state.path());
            states.push((name, state));
        };
        keep("closed", &wire);
        // A process that dies in the middle of a round leaves a log that no page table covers.
        server.set("/a", Answer::feed(feed(&random, 100..260)));
        wire.clock.forward(TimeDelta::minutes(65));
        let at = super::crash::last_operation(&wire);
        super::crash::dies(&wire, at, super::crash::Death::Before);
        server.asked();
        keep("killed", &wire);
        // And one that was opened since, so that there is a page table of that.
        let list = wire.run(&["list", "--json", "--limit", "0"]);
        assert_eq!(list.code, 0);
        keep("opened", &wire);
        wire.files = samizdat::world::Files::real();
        let list_in = |((_, state), rounds): (&(_, tempfile::TempDir), i32)| {
            list_of(&Self::wire_in(&feeds_toml, state.path(), rounds))
        };
        let lists: Vec<String> = states.iter().zip(ROUNDS).map(list_in).collect();
        assert!(lists[0].lines().count() >= 200, "{}", lists[0].lines().count());
        assert!(lists[1] == lists[2] && lists[0] != lists[1]);
        Self { feeds_toml, lists, states, _server: server }
    }

    /// A copy of a state, at a time when nothing is due.
    fn wire_in(feeds_toml: &str, state: &Path, rounds: i32) -> Wire {
        let wire = Wire::new(feeds_toml);
        copy(state, wire.directory.path());
        wire.clock.forward(TimeDelta::minutes(65) * rounds + TimeDelta::minutes(10));
        wire
    }

    /// Damages a copy of a state and looks what becomes of it.
    pub(crate) fn suffer(&self, state: usize, what: &str, damage: impl FnOnce(&Wire)) -> Outcome {
        self.suffer_and_say(state, what, damage).0
    }

    /// The same; also gives the kind of damage that was noticed.
    fn suffer_and_say(
        &self,
        state: usize,
        what: &str,
        damage: impl FnOnce(&Wire),
    ) -> (Outcome, String) {
        let (name, directory) = &self.states[state];
        let when = format!("{name}: {what}");
        let wire = Self::wire_in(&self.feeds_toml, directory.path(), ROUNDS[state]);
        damage(&wire);
        let expected = &self.lists[state];
        let outcome = self.look(&wire, expected, &when);
        drop(wire);
        outcome
    }

    fn look(&self, wire: &Wire, expected: &str, when: &str) -> (Outcome, String) {
        // Reading first, then everything: a round, and a backup, which reads all of it.
        let commands: [&[&str]; 4] = [
            &["list", "--json", "--limit", "0"],
            &["fetch", "--no-publish"],
            &["backup", "all.gz"],
            &["list", "--json", "--limit", "0"],
        ];
        for (index, command) in commands.iter().enumerate() {
            let ran = wire.run(command);
            match ran.code {
                0 if command[0] == "list" => {
                    assert!(
                        ran.out == expected,
                        "{when}: {command:?} shows {} stories of {}, or others",
                        ran.out.lines().count(),
                        expected.lines().count()
                    );
                }
                0 => {}
                4 => {
                    self.mend(wire, &ran.err, expected, when);
                    let how = kind_of(&ran.err);
                    let is_late = index == 2;
                    return if is_late {
                        (Outcome::NoticedByBackup, how)
                    } else {
                        (Outcome::Noticed, how)
                    };
                }
                code => panic!("{when}: {command:?} ends with {code}: {}", ran.err),
            }
        }
        (Outcome::Harmless, String::new())
    }

    /// Types the command that the message names; everything is there again.
    fn mend(&self, wire: &Wire, message: &str, expected: &str, when: &str) {
        assert!(message.contains("damaged"), "{when}: {message}");
        let command =
            message.lines().find(|line| line.trim_start().starts_with("samizdat restore"));
        let command = command.unwrap_or_else(|| panic!("{when}: {message}"));
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let ran = wire.run(&words);
        assert_eq!(ran.code, 0, "{when}: {message} {ran:?}");
        let ids = |list: &str| -> BTreeMap<String, String> {
            let field = |line: &str, key: &str| {
                let story: serde_json::Value = serde_json::from_str(line).unwrap();
                story[key].as_str().unwrap().to_owned()
            };
            list.lines().map(|line| (field(line, "id"), field(line, "first_seen"))).collect()
        };
        let restored = ids(&list_of(wire));
        for (id, first_seen) in ids(expected) {
            assert_eq!(restored.get(&id), Some(&first_seen), "{when}: {id} after {command}");
        }
    }

    /// The files of a state's store, by name, with their lengths; without backups.
    pub(crate) fn files(&self, state: usize) -> Vec<(PathBuf, u64)> {
        let base = self.states[state].1.path();
        let mut found = Vec::new();
        let mut pending = vec![base.join("data")];
        while let Some(directory) = pending.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_dir() && entry.file_name() != "backups" {
                    pending.push(entry.path());
                } else if entry.path().is_file() && entry.file_name() != "lock" {
                    let length = entry.metadata().unwrap().len();
                    found.push((entry.path().strip_prefix(base).unwrap().to_owned(), length));
                }
            }
        }
        found.sort();
        found
    }
}

/// What was found, without names and numbers.
fn kind_of(message: &str) -> String {
    let found = message.split("is damaged: ").nth(1).and_then(|rest| rest.lines().next());
    let words = found.unwrap_or("?").split_whitespace();
    let is_word =
        |word: &&str| !word.contains(['/', '.']) && !word.chars().any(|c| c.is_ascii_digit());
    words.filter(is_word).collect::<Vec<_>>().join(" ")
}

fn list_of(wire: &Wire) -> String {
    let ran = wire.run(&["list", "--json", "--limit", "0"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

/// What became of a damaged store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Nothing was lost by it.
    Harmless,
    /// It was refused.
    Noticed,
    /// It was noticed when everything was read for a backup.
    NoticedByBackup,
}

type Damage = Box<dyn FnOnce(&mut Vec<u8>)>;

fn change(wire: &Wire, name: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = wire.directory.path().join(name);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Damages by chance: `number` stores; gives how many came to which end.
pub(crate) fn by_chance(
    victim: &Victim,
    seed: u64,
    number: usize,
) -> BTreeMap<(String, Outcome, String), usize> {
    let random = Random::from_seed(seed);
    let mut ends = BTreeMap::new();
    let below = |most: u64| random.next() % most.max(1);
    for _ in 0..number {
        let state = usize::try_from(below(3)).unwrap();
        let files = victim.files(state);
        // Nearly all bytes are in the log.
        let log = files.iter().find(|(name, _)| name.ends_with("db")).unwrap();
        let (name, length) =
            if below(4) > 0 { log } else { &files[below(files.len() as u64) as usize] };
        let at = usize::try_from(below(*length)).unwrap();
        let shown = name.display();
        let (kind, what, damage): (_, _, Damage) = match below(5) {
            0 => ("cut", format!("{shown} cut at {at}"), Box::new(move |bytes| bytes.truncate(at))),
            1 | 2 => {
                let bit = below(8);
                (
                    "bit",
                    format!("{shown}: bit {bit} of byte {at} flipped"),
                    Box::new(move |bytes| bytes[at] ^= 1 << bit),
                )
            }
            3 => (
                "page",
                format!("{shown}: the page at {} zeroed", at - at % 4096),
                Box::new(move |bytes| {
                    let start = at - at % 4096;
                    let end = (start + 4096).min(bytes.len());
                    bytes[start..end].fill(0);
                }),
            ),
            _ => (
                "garbage",
                format!("{shown}: garbage from {at} on"),
                Box::new(move |bytes| {
                    let end = (at + 300).min(bytes.len());
                    bytes[at..end]
                        .iter_mut()
                        .for_each(|byte| *byte = byte.wrapping_mul(37).wrapping_add(11));
                }),
            ),
        };
        let (outcome, how) = victim.suffer_and_say(state, &what, |wire| change(wire, name, damage));
        *ends.entry((kind.to_owned(), outcome, how)).or_default() += 1;
    }
    ends
}

#[test]
fn r9_whatever_is_cut_flipped_or_zeroed_is_noticed_or_harmless() {
    let victim = Victim::new(9);
    let ends = by_chance(&victim, 9, 120);
    println!("{ends:?}");
    let noticed: usize = ends
        .iter()
        .filter(|((_, end, _), _)| *end != Outcome::Harmless)
        .map(|(_, count)| count)
        .sum();
    assert!(noticed > 30, "{ends:?}");
}

#[test]
fn r9_files_that_are_missing_empty_or_of_another_day_are_noticed() {
    let victim = Victim::new(10);
    for state in 0..3 {
        for (name, _) in victim.files(state) {
            let shown = name.display().to_string();
            let gone = victim.suffer(state, &format!("{shown} is gone"), |wire| {
                fs::remove_file(wire.directory.path().join(&name)).unwrap();
            });
            let empty = victim.suffer(state, &format!("{shown} is empty"), |wire| {
                change(wire, &name, Vec::clear)
            });
            if shown.ends_with("conf") {
                // sled writes its settings anew, and they are always the same.
                continue;
            }
            assert_eq!((gone, empty), (Outcome::Noticed, Outcome::Noticed), "{shown}");
        }
    }
    // The sidecar, or the database, of an earlier day.
    for (state, name, words) in
        [(2, "flushed.json", "an older sidecar"), (2, "sled", "an older database")]
    {
        let outcome = victim.suffer(state, words, |wire| {
            let target = wire.path(&format!("data/{name}"));
            let earlier = victim.states[0].1.path().join("data").join(name);
            if earlier.is_dir() {
                fs::remove_dir_all(&target).unwrap();
                copy(&earlier, &target);
            } else {
                fs::copy(earlier, target).unwrap();
            }
        });
        assert_eq!(outcome, Outcome::Noticed, "{words}");
    }
}

#[test]
fn r9_every_bit_of_the_sidecar_and_of_the_page_table_counts() {
    let victim = Victim::new(11);
    for (name, length) in victim.files(0) {
        let shown = name.display().to_string();
        if !shown.contains("snap.") && !shown.contains("flushed") {
            continue;
        }
        let most = usize::try_from(length).unwrap();
        for at in (0..most).step_by((most / 40).max(1)) {
            for (what, damage) in [
                (format!("{shown}: byte {at} flipped"), true),
                (format!("{shown} cut at {at}"), false),
            ] {
                let outcome =
                    victim.suffer(0, &what, |wire| {
                        change(wire, &name, |bytes| {
                            if damage { bytes[at] ^= 2 } else { bytes.truncate(at) }
                        });
                    });
                assert_eq!(outcome, Outcome::Noticed, "{what}");
            }
        }
    }
}
