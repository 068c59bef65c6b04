//! Telling a WebSub hub of news.

use chrono::TimeDelta;

use crate::server::{Answer, Asked, Server};
use crate::wire::{Wire, numbered};

struct Hub {
    partner: Server,
    hub: Server,
    wire: Wire,
}

impl Hub {
    fn new() -> Self {
        let partner = Server::start();
        let hub = Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 2));
        hub.set("/hub", Answer::status("202 Accepted", ""));
        partner.set("/a", Answer::feed(numbered("a.example", 1..=3)));
        let wire = Wire::of(&[("a", &partner.url("/a"))]);
        let line = format!("title = \"Test wire\"\nhub = \"{}\"", hub.url("/hub"));
        wire.write("feeds.toml", wire.read("feeds.toml").replace("title = \"Test wire\"", &line));
        Self { partner, hub, wire }
    }

    fn news(&self, first: u32) {
        self.partner.set("/a", Answer::feed(numbered("a.example", first..=3)));
    }
}

fn topics(asked: &[Asked]) -> Vec<String> {
    let mut topics: Vec<String> = asked
        .iter()
        .flat_map(|asked| {
            assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/hub"));
            assert!(asked.body.starts_with("hub.mode=publish&"), "{}", asked.body);
            let values = asked.body.split('&').filter_map(|pair| pair.strip_prefix("hub.url="));
            values.map(|url| url.replace("%3A", ":").replace("%2F", "/")).collect::<Vec<_>>()
        })
        .collect();
    topics.sort();
    topics
}

#[test]
fn o35_the_hub_is_told_once_of_each_feed_that_changed_and_only_then() {
    let scene = Hub::new();
    let Hub { hub, wire, .. } = &scene;
    wire.fetch();
    let told = topics(&hub.asked());
    assert_eq!(told.len(), 6, "two outputs in three formats: {told:?}");
    assert!(told.contains(&"https://wire.example.org/atom.xml".to_owned()), "{told:?}");
    assert!(told.contains(&"https://wire.example.org/organisation/a-example/feed.json".to_owned()));
    assert!(wire.read("public/atom.xml").contains("rel=\"hub\""));
    wire.fetch();
    assert_eq!(hub.asked().len(), 0, "nothing changed");
    assert_eq!(wire.run(&["publish"]).code, 0);
    wire.fetch();
    assert_eq!(hub.asked().len(), 0, "nor by publishing once more");
}

#[test]
fn r38_a_hub_that_is_down_is_tried_again_later_and_later_and_keeps_nothing_back() {
    let scene = Hub::new();
    let Hub { hub, wire, .. } = &scene;
    wire.fetch();
    hub.asked();
    hub.set("/hub", Answer::status("500 Internal Server Error", ""));
    scene.news(0);
    let report = wire.fetch();
    assert_eq!(report["stories"]["new"], 1);
    assert!(wire.read("public/atom.xml").contains("Statement 0"), "published all the same");
    assert_eq!(hub.asked().len(), 1);
    // cron every five minutes: after 5, 10, 20, 40 minutes … it is asked again.
    let mut asked = Vec::new();
    for minute in (5..=12 * 60).step_by(5) {
        wire.clock.forward(TimeDelta::minutes(5));
        let ran = wire.run(&["fetch"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "after {minute} minutes");
        if !hub.asked().is_empty() {
            asked.push(minute);
        }
    }
    assert_eq!(asked, [5, 15, 35, 75, 155, 315, 635]);
    // After a day it is said, once a day.
    wire.clock.forward(TimeDelta::hours(20));
    let ran = wire.run(&["fetch"]);
    assert!(ran.code == 0 && ran.err.contains("the hub"), "{ran:?}");
    assert!(ran.err.contains("could not be told of news since 2026-11-02 14:10 UTC"), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    hub.asked();
    // It comes back: it hears of everything that it missed, once.
    hub.set("/hub", Answer::status("204 No Content", ""));
    wire.clock.forward(TimeDelta::hours(13));
    assert_eq!(wire.run(&["fetch"]).err, "");
    assert_eq!(topics(&hub.asked()).len(), 6);
    wire.clock.forward(TimeDelta::hours(13));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert_eq!(hub.asked().len(), 0);
}

#[test]
fn p32_a_hub_that_refuses_is_left_alone_for_four_hours() {
    let scene = Hub::new();
    let Hub { hub, wire, .. } = &scene;
    hub.set("/hub", Answer::status("429 Too Many Requests", ""));
    wire.fetch();
    assert_eq!(hub.asked().len(), 1);
    for _ in 0..23 {
        wire.clock.forward(TimeDelta::minutes(10));
        assert_eq!(wire.run(&["fetch"]).code, 0);
    }
    assert_eq!(hub.asked().len(), 0);
    wire.clock.forward(TimeDelta::minutes(120));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert_eq!(hub.asked().len(), 1);
}

#[test]
fn r38_what_a_hub_was_not_told_is_told_by_the_next_process() {
    let scene = Hub::new();
    let Hub { hub, wire, .. } = &scene;
    hub.set("/hub", Answer::Raw(Vec::new()));
    wire.fetch();
    hub.asked();
    hub.set("/hub", Answer::status("202 Accepted", ""));
    wire.clock.forward(TimeDelta::minutes(6));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert_eq!(topics(&hub.asked()).len(), 6);
}

#[test]
fn p31_a_hub_that_asks_for_silence_gets_it() {
    let scene = Hub::new();
    let Hub { hub, wire, .. } = &scene;
    hub.set("/hub", Answer::status("429 Too Many Requests", "Retry-After: 7200\r\n"));
    wire.fetch();
    assert_eq!(hub.asked().len(), 1);
    wire.clock.forward(TimeDelta::minutes(90));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert_eq!(hub.asked().len(), 0);
    wire.clock.forward(TimeDelta::minutes(90));
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert_eq!(hub.asked().len(), 1);
}

#[test]
fn h11_a_hub_in_the_own_network_is_not_asked() {
    let scene = Hub::new();
    let feeds_toml = scene.wire.read("feeds.toml");
    let url = scene.hub.url("/hub");
    scene.wire.write("feeds.toml", feeds_toml.replace(&url, "http://192.168.1.1/hub"));
    scene.wire.fetch();
    assert_eq!(scene.hub.asked().len(), 0);
}
