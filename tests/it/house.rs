//! The rules of the house: which room may use which, and where foreign crates live.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file of the program, without its tests.
pub(crate) fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let is_test = path.ends_with("tests.rs")
                    || path.components().any(|part| part.as_os_str() == "tests");
                if !is_test {
                    let text = fs::read_to_string(&path).unwrap();
                    found.push((path, text));
                }
            }
        }
    }
    found
}

/// The room that a file belongs to: the first part of its path below `src`.
fn room(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Rooms of ours that a file names, as `crate::ROOM` or within `use crate::{…}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let names: Vec<&str> = match part.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').collect(),
            None => vec![part],
        };
        for name in names {
            let name: String =
                name.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !name.is_empty() {
                rooms.insert(name);
            }
        }
    }
    rooms
}

const STAGES: &[&str] = &["schedule", "fetch", "read", "clean", "story", "tag", "store", "publish"];

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room(&path);
        let allowed: Vec<&str> = match room.as_str() {
            "model" | "world" => vec![],
            "read" => vec!["model", "clean"],
            "publish" => vec!["model", "clean", "world"],
            // What touches the network or the disk gets it from the world.
            "fetch" | "store" => vec!["model", "world"],
            "schedule" | "clean" | "story" | "tag" => vec!["model"],
            "config" => [STAGES, &["model", "serve"]].concat(),
            "poll" => [STAGES, &["model", "world"]].concat(),
            "round" => [STAGES, &["model", "world", "poll", "config"]].concat(),
            "commands" => [STAGES, &["model", "world", "poll", "config", "round"]].concat(),
            "serve" => vec!["commands", "round", "publish", "config", "model", "world"],
            "cli" => vec!["world", "config", "commands", "serve"],
            "lib" | "main" => continue,
            other => panic!("{other} is a room that this test does not know"),
        };
        for used in used(&code(&text)) {
            if used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: {room} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_foreign_crate_has_one_home() {
    let homes: &[(&str, &[&str])] = &[
        ("reqwest::", &["fetch"]),
        ("feed_rs::", &["read"]),
        ("scraper::", &["read", "clean", "config"]),
        ("dom_smoothie::", &["read"]),
        ("ego_tree::", &["read"]),
        ("sled::", &["store"]),
        ("rss::", &["publish"]),
        ("atom_syndication::", &["publish"]),
        ("axum::", &["serve"]),
        ("clap::", &["cli"]),
        ("clap_complete::", &["cli"]),
        ("clap_mangen::", &["cli"]),
        ("anyhow::", &["cli", "main"]),
        ("tokio::net::lookup_host", &["world"]),
        ("Utc::now()", &["world"]),
        ("std::env::var", &["world"]),
        ("println!", &[]),
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = code(&text);
        for (name, rooms) in homes {
            let is_used = code.match_indices(name).any(|(at, _)| {
                !code[..at].ends_with(|before: char| {
                    before.is_alphanumeric() || before == '_' || before == ':'
                })
            });
            if is_used && !rooms.contains(&room(&path).as_str()) {
                wrong.push(format!("{}: {name}", path.display()));
            }
        }
    }
    // `publish` has a file of its own called rss.
    wrong.retain(|line| !line.ends_with("publish/mod.rs: rss::"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn h47_r37_no_other_program_is_started() {
    // Text of sources reaches no command line, and no hook can hang, since there is none. When
    // `[serve] alert` comes it gets its words on standard input, and this test a place for it.
    for (path, text) in sources() {
        let code = code(&text);
        for name in ["process::Command", "Command::new(", "libc::system", "execv"] {
            assert!(!code.contains(name), "{}: {name}", path.display());
        }
    }
}

#[test]
fn no_room_is_called_after_nothing() {
    for (path, _) in sources() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let empty = ["utils", "util", "helpers", "common", "types", "traits", "error", "errors"];
        assert!(!empty.contains(&name), "{}", path.display());
    }
}
