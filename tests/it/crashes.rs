//! kill -9 in the middle of a fetch, with the real binary.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn samizdat(wire: &Wire, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
    command.args(arguments).current_dir(wire.directory.path());
    command
}

fn fetch(wire: &Wire) -> serde_json::Value {
    let ran = samizdat(wire, &["fetch", "--now", "--json"]).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    serde_json::from_slice(&ran.stdout).unwrap()
}

fn ids(wire: &Wire) -> Vec<(String, String)> {
    let ran = samizdat(wire, &["list", "--json", "--limit", "0"]).output().unwrap();
    let mut ids: Vec<(String, String)> = String::from_utf8(ran.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let story: serde_json::Value = serde_json::from_str(line).unwrap();
            (story["id"].as_str().unwrap().into(), story["title"].as_str().unwrap().into())
        })
        .collect();
    ids.sort();
    ids
}

#[test]
fn i1_i2_killed_ten_times_every_story_is_there_once_under_the_same_id() {
    let servers: Vec<Server> =
        (1..=4).map(|host| Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, host))).collect();
    let names = ["a", "b", "c", "d"];
    let urls: Vec<String> = servers.iter().map(|server| server.url("/feed")).collect();
    let sources: Vec<(&str, &str)> =
        names.iter().copied().zip(urls.iter().map(String::as_str)).collect();
    let wire = Wire::of(&sources);
    let mut before: BTreeSet<(String, String)> = BTreeSet::new();
    for round in 1..=10_u32 {
        for (server, name) in servers.iter().zip(names) {
            server.set("/feed", Answer::feed(numbered(&format!("{name}.example"), 0..round)));
            server.asked();
        }
        // One server keeps the run from ending; it is killed when so many requests have come.
        let hanging = &servers[round as usize % servers.len()];
        hanging.set("/feed", Answer::Hang);
        let mut running = samizdat(&wire, &["fetch", "--now"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for (index, server) in servers.iter().enumerate() {
            if index < round as usize % 5 || std::ptr::eq(server, hanging) {
                server.wait_for(1);
            }
        }
        running.kill().unwrap();
        running.wait().unwrap();
        let name = names[round as usize % names.len()];
        hanging.set("/feed", Answer::feed(numbered(&format!("{name}.example"), 0..round)));
        if round % 3 == 0 {
            fetch(&wire);
            let now: BTreeSet<_> = ids(&wire).into_iter().collect();
            assert!(now.is_superset(&before), "a story was lost or changed its id");
            before = now;
        }
    }
    fetch(&wire);
    let after = ids(&wire);
    assert_eq!(after.len(), 40, "{after:?}");
    let titles: BTreeSet<&String> = after.iter().map(|(_, title)| title).collect();
    assert_eq!(titles.len(), 40, "a story is there twice");
    let after: BTreeSet<_> = after.into_iter().collect();
    assert!(after.is_superset(&before));
    assert!(after.iter().all(|(id, _)| id.contains(".example/?p=")), "every id is the source's");

    let atom = wire.read("public/atom.xml");
    assert_eq!(atom.matches("<entry").count(), 40);
    assert!(!wire.public().keys().any(|name| name.contains("samizdat-tmp")));
    assert_eq!(fetch(&wire)["written"], serde_json::json!([]), "and then nothing is left to do");
}

#[test]
fn i5_a_due_time_is_stored_before_the_request_so_crashes_make_no_flood() {
    let server = Server::start();
    server.set("/feed", Answer::Hang);
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    let mut running = samizdat(&wire, &["fetch"]).stderr(Stdio::null()).spawn().unwrap();
    server.wait_for(1);
    running.kill().unwrap();
    running.wait().unwrap();
    for _ in 0..5 {
        // Nothing is due, so each run ends by itself; one that asked would hang and time out.
        let ran = samizdat(&wire, &["fetch", "--json"]).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!((&report["polled"], &report["not_due"]), (&0.into(), &1.into()));
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn r2_sigterm_stores_what_came_and_exits_143() {
    let servers: Vec<Server> =
        (1..=2).map(|host| Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, host))).collect();
    servers[0].set("/feed", Answer::feed(numbered("a.example", 1..=3)));
    servers[1].set("/feed", Answer::Hang);
    let wire = Wire::of(&[("a", &servers[0].url("/feed")), ("b", &servers[1].url("/feed"))]);
    let running = samizdat(&wire, &["fetch"]).spawn().unwrap();
    servers[0].wait_for(1);
    servers[1].wait_for(1);
    let told = Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap();
    assert!(told.success());
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(143));
    assert_eq!(ids(&wire).len(), 3);
}

#[test]
fn p13_after_a_kill_the_next_request_is_conditional_and_not_earlier_than_due() {
    let server = Server::start();
    server.set("/feed", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    assert!(samizdat(&wire, &["fetch"]).output().unwrap().status.success());
    assert_eq!(server.asked().len(), 1);
    // Another process on the same store.
    assert!(samizdat(&wire, &["fetch"]).output().unwrap().status.success());
    assert_eq!(server.asked().len(), 0);

    server.set("/feed", Answer::Hang);
    let mut running = samizdat(&wire, &["fetch", "--now"]).spawn().unwrap();
    server.wait_for(1);
    running.kill().unwrap();
    running.wait().unwrap();
    server.set("/feed", Answer::feed(numbered("a.example", 1..=3)));
    server.asked();
    assert!(samizdat(&wire, &["fetch"]).output().unwrap().status.success());
    assert_eq!(server.asked().len(), 0, "it is due an hour after the request that was killed");
    assert_eq!(fetch(&wire)["sources"][0]["status"], 304);
    assert!(server.asked()[0].headers.contains_key("if-none-match"));
}
