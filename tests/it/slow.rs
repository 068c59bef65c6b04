//! Servers that take their time, beside others that do not.

use std::net::Ipv4Addr;

use chrono::TimeDelta;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

/// The program waits for so long for an answer: the test does not.
const PATIENT: &str = "timeout = \"120s\"\n";

/// A source of each of these servers, in this order.
fn sources(servers: &[Server]) -> String {
    let urls = servers.iter().map(|server| server.url("/feed")).enumerate();
    urls.map(|(n, url)| format!("[[source]]\nid = \"s{n}\"\nurl = \"{url}\"\n")).collect()
}

#[test]
fn r16_fifty_slow_loris_hold_up_none_of_five_hundred_others() {
    const SLOW: usize = 50;
    let servers: Vec<Server> = (0..550_u16)
        .map(|n| {
            let [high, low] = n.to_be_bytes();
            Server::start_at(Ipv4Addr::new(127, 0, 50 + high, low))
        })
        .collect();
    let (slow, healthy) = servers.split_at(SLOW);
    for (n, server) in slow.iter().enumerate() {
        // Some say nothing at all, some a byte now and then.
        server.set("/feed", if n % 2 == 0 { Answer::Hang } else { Answer::Drip });
    }
    for (n, server) in healthy.iter().enumerate() {
        server.set("/feed", Answer::feed(numbered(&format!("s{n}.example"), 1..=1)));
    }
    let wire = Wire::new(&format!("{HEAD}{PATIENT}{}", sources(&servers)));
    let ran = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| wire.run(&["fetch", "--json"]));
        for server in &servers {
            server.wait_for(1);
        }
        // All others were asked while none of these had come to its end.
        for server in slow {
            assert_eq!(server.kept_waiting(), 1);
        }
        slow.iter().for_each(|server| {
            server.set("/feed", Answer::status("404 Not Found", ""));
            server.release();
        });
        fetching.join().unwrap()
    });
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["stories"]["new"], 500);
    let most: usize = healthy.iter().map(Server::most_at_once).max().unwrap();
    assert_eq!(most, 1);
}

#[test]
fn r16_a_round_ends_after_an_hour_and_the_next_one_asks_the_others() {
    let servers: Vec<Server> =
        (1..=3).map(|n| Server::start_at(Ipv4Addr::new(127, 0, 49, n))).collect();
    for server in &servers {
        server.set("/feed", Answer::Hang);
    }
    let wire = Wire::new(&format!("{HEAD}{PATIENT}concurrency = 1\n{}", sources(&servers)));
    let ran = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| wire.run(&["fetch"]));
        let asked = || servers.iter().filter(|server| server.under_way() > 0).count();
        while asked() == 0 {
            std::thread::yield_now();
        }
        wire.clock.forward(TimeDelta::minutes(61));
        for (n, server) in servers.iter().enumerate() {
            server.set("/feed", Answer::feed(numbered(&format!("s{n}.example"), 1..=1)));
            server.release();
        }
        fetching.join().unwrap()
    });
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = "this fetch had taken an hour and left 2 sources out";
    assert_eq!(ran.err.matches(told).count(), 1, "{ran:?}");
    assert_eq!(wire.stories().len(), 1);
    let next = wire.run(&["fetch", "--json"]);
    assert_eq!(next.json()["polled"], 2, "{next:?}");
    assert!(!next.err.contains(told), "{next:?}");
    assert_eq!(wire.stories().len(), 3);
    let asked: usize = servers.iter().map(|server| server.asked().len()).sum();
    assert_eq!(asked, 3);
}
