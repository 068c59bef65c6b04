//! What happens where the operating system gives less than is wanted.

use std::net::Ipv4Addr;
use std::process::Command;

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

/// Runs `samizdat` with so many open files at most, and within two minutes.
fn with_files(wire: &Wire, most: usize, arguments: &str) -> std::process::Output {
    // What the test's own parents have open is none of the program's.
    let line = format!(
        "for fd in 3 4 5 6 7 8 9; do eval \"exec $fd>&-\"; done; ulimit -n {most} && exec timeout 120 {} {arguments}",
        env!("CARGO_BIN_EXE_samizdat")
    );
    Command::new("sh").args(["-c", &line]).current_dir(wire.directory.path()).output().unwrap()
}

#[test]
fn r6_with_few_open_files_less_is_asked_at_once_and_no_source_is_blamed() {
    let servers: Vec<Server> =
        (1..=12).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 1, host))).collect();
    let urls: Vec<(String, String)> = servers
        .iter()
        .enumerate()
        .map(|(index, server)| {
            server.set("/feed", Answer::feed(numbered(&format!("s{index}.example"), 1..=3)));
            (format!("s{index}"), server.url("/feed"))
        })
        .collect();
    let sources: Vec<(&str, &str)> =
        urls.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let mut complete = 0;
    for most in [8, 11, 13, 15, 17, 20, 24, 30, 45] {
        let wire = Wire::of(&sources);
        let ended = with_files(&wire, most, "fetch");
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        match ended.status.code() {
            Some(0) => complete += 1,
            // What is missing is named, and nothing was lost by it.
            Some(1 | 4) => assert!(words.contains("Too many open files"), "{most}: {words}"),
            _ => panic!("{most}: {ended:?}"),
        }
        assert!(!words.contains("damaged") && !words.contains("panicked"), "{most}: {words}");
        let after = with_files(&wire, 256, "status --json");
        let status: Value = serde_json::from_slice(&after.stdout).unwrap();
        let blamed =
            status["sources"].as_array().unwrap().iter().filter(|source| source["failures"] != 0);
        assert_eq!(blamed.count(), 0, "{most}: {status}");
        assert_eq!(with_files(&wire, 256, "fetch --now").status.code(), Some(0), "{most}");
        let stories = with_files(&wire, 256, "list --json --limit 0").stdout;
        assert_eq!(String::from_utf8(stories).unwrap().lines().count(), 36, "{most}");
    }
    assert!(complete >= 4, "{complete}");
}

#[test]
fn r4_a_limit_of_file_lengths_is_told_and_is_not_the_end_of_the_program() {
    let server = Server::start();
    server.set("/feed", Answer::feed(numbered("a.example", 1..=10)));
    let url = server.url("/feed");
    let wire = Wire::of(&[("a", &url)]);
    let limited = |blocks: &str, arguments: &str| {
        let line =
            format!("ulimit -f {blocks}; exec {} {arguments}", env!("CARGO_BIN_EXE_samizdat"));
        Command::new("sh").args(["-c", &line]).current_dir(wire.directory.path()).output().unwrap()
    };
    for blocks in ["1", "8", "64", "300"] {
        for arguments in ["fetch --now", "publish", "backup wire.gz"] {
            let ended = limited(blocks, arguments);
            let words = String::from_utf8_lossy(&ended.stderr);
            match ended.status.code() {
                Some(0) => {}
                Some(1 | 4) => {
                    assert!(words.contains("too large"), "{blocks}, {arguments}: {words}")
                }
                _ => panic!("{blocks}, {arguments}: {ended:?}"),
            }
        }
    }
    assert_eq!(limited("unlimited", "fetch --now").status.code(), Some(0));
    let stories = limited("unlimited", "list --json --limit 0").stdout;
    assert_eq!(String::from_utf8(stories).unwrap().lines().count(), 10);
}
