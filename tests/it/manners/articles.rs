//! The pages of articles: what their servers see of us.

use std::net::Ipv4Addr;

use chrono::TimeDelta;
use rustix::process::{Pid, Signal, kill_process};

use crate::killed;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, teasers};

/// A feed, and the server of the pages that it links to: another host.
struct Scene {
    feeds: Server,
    pages: Server,
    wire: Wire,
}

impl Scene {
    /// The last part of the address of the pages' host is the test's own.
    fn new(host: u8) -> Self {
        let feeds = Server::start();
        let pages = Server::start_at(Ipv4Addr::new(127, 0, 47, host));
        let wire = Wire::new(&format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
            feeds.url("/feed")
        ));
        Self { feeds, pages, wire }
    }

    /// The feed lists these pages from now on.
    fn list(&self, paths: &[&str]) {
        let links: Vec<String> = paths.iter().map(|path| self.pages.url(path)).collect();
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        self.feeds.set("/feed", feed_of(&links));
    }

    /// What was asked of the pages' host since the last call.
    fn asked(&self) -> Vec<String> {
        self.pages.asked().into_iter().map(|asked| asked.path).collect()
    }

    /// A run of cron, so many minutes later.
    fn run_after(&self, minutes: i64) {
        self.wire.clock.forward(TimeDelta::minutes(minutes));
        let ran = self.wire.run(&["fetch"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// What is published of the story with this page.
    fn content(&self, path: &str) -> String {
        let (stories, title) = (self.wire.stories(), title_of(&self.pages.url(path)));
        let story = stories.iter().find(|story| story["title"] == title.as_str());
        story.map_or_else(String::new, |story| story["content_html"].as_str().unwrap().to_owned())
    }
}

/// A feed of items with these links.
fn feed_of(links: &[&str]) -> Answer {
    let titles: Vec<String> = links.iter().map(|link| title_of(link)).collect();
    let items: Vec<_> =
        links.iter().zip(&titles).map(|(link, title)| (*link, *link, title.as_str())).collect();
    Answer::feed(teasers(&items))
}

fn title_of(link: &str) -> String {
    format!("Story of {link}")
}

fn article(text: &str) -> Answer {
    Answer::document(
        "text/html",
        format!(
            "<!doctype html><html lang=en><title>One</title><article><h1>One</h1><p>{text}, and this is said at such a length that nobody can take it for anything but the text of an article.</p><p>It goes on for a second paragraph, as articles do, with commas, and with full stops.</p></article>"
        ),
    )
}

#[test]
fn p31_a_429_of_an_article_silences_its_host_for_the_next_process() {
    let scene = Scene::new(1);
    scene.list(&["/1"]);
    scene.pages.set("/1", Answer::status("429 Too Many", "Retry-After: 36000\r\n"));
    scene.wire.fetch();
    assert_eq!(scene.asked(), ["/robots.txt", "/1"]);
    let feed = format!("[[source]]\nid = \"b\"\nurl = \"{}\"\n", scene.pages.url("/feed"));
    scene.wire.write("feeds.toml", scene.wire.read("feeds.toml") + &feed);
    for _ in 0..9 {
        scene.run_after(60);
    }
    assert_eq!(scene.asked(), [""; 0]);
    scene.run_after(120);
    assert!(scene.asked().contains(&"/feed".to_owned()));
}

#[test]
fn p46_robots_txt_is_kept_where_no_article_could_be_read() {
    let scene = Scene::new(2);
    scene.list(&["/1"]);
    scene.pages.set("/1", Answer::status("500 Oops", ""));
    scene.wire.fetch();
    assert_eq!(scene.asked(), ["/robots.txt", "/1"]);
    scene.wire.fetch();
    assert_eq!(scene.asked(), ["/1"]);
}

#[test]
fn p47_the_next_process_knows_when_an_article_was_asked_for_by_one_that_died() {
    let scene = Scene::new(3);
    let robots = Answer::document("text/plain", "User-agent: *\nCrawl-delay: 3600\n");
    scene.pages.set("/robots.txt", robots);
    scene.pages.set("/1", article("The dockers have voted"));
    scene.list(&["/1"]);
    scene.wire.fetch();
    assert_eq!(scene.asked(), ["/robots.txt"]);
    scene.wire.fetch();
    assert_eq!(scene.asked(), ["/1"]);
    assert!(scene.content("/1").contains("dockers"));

    scene.list(&["/2", "/1"]);
    scene.pages.set("/2", Answer::Hang);
    scene.wire.clock.forward(TimeDelta::minutes(65));
    let mut round = killed::start(&scene.wire, "fetch");
    scene.pages.wait_for(1);
    round.kill().unwrap();
    round.wait().unwrap();
    assert_eq!(scene.asked(), ["/2"]);
    scene.pages.set("/2", article("The dockers have voted twice"));
    scene.list(&["/3", "/2", "/1"]);
    for _ in 0..2 {
        scene.wire.clock.forward(TimeDelta::minutes(20));
        scene.wire.run(&["fetch", "--now"]);
        assert_eq!(scene.asked(), [""; 0]);
    }
    scene.run_after(25);
    assert_eq!(scene.asked().len(), 1);
}

/// How often something is among what was asked.
fn times(asked: &[String], path: &str) -> usize {
    asked.iter().filter(|one| *one == path).count()
}

const EIGHT: [&str; 8] = ["/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8"];

#[test]
fn p38_a_host_that_gives_no_answer_is_asked_for_one_article_an_hour() {
    let scene = Scene::new(4);
    scene.list(&EIGHT);
    scene.pages.set("/robots.txt", Answer::document("text/plain", ""));
    for path in EIGHT {
        // The connection ends without a word.
        scene.pages.set(path, Answer::Raw(Vec::new()));
    }
    scene.run_after(0);
    assert_eq!(scene.asked().len(), 2);
    for _ in 0..59 {
        scene.run_after(1);
    }
    assert_eq!(scene.asked(), [""; 0]);
    scene.run_after(2);
    assert_eq!(scene.asked().len(), 1);
    // Nobody waits for longer than for six hours.
    for _ in 0..6 {
        scene.run_after(61);
    }
    assert!(scene.asked().len() <= 5);
    assert_eq!(scene.wire.stories().len(), 8);
}

#[test]
fn p38_articles_that_are_too_many_for_a_round_are_put_off_with_their_host() {
    let scene = Scene::new(5);
    let paths: Vec<String> = (1..=60).map(|n| format!("/{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    scene.wire.write("feeds.toml", scene.wire.read("feeds.toml") + "[publish]\nbacklog = 60\n");
    scene.list(&paths);
    for path in &paths {
        scene.pages.set(path, Answer::Raw(Vec::new()));
    }
    scene.run_after(0);
    assert_eq!(scene.asked().len(), 2);
    for _ in 0..5 {
        scene.run_after(1);
    }
    assert_eq!(scene.asked(), [""; 0]);
}

#[test]
fn p34_an_article_that_was_being_asked_for_when_the_run_was_stopped_has_had_its_try() {
    let scene = Scene::new(6);
    scene.list(&["/1", "/2"]);
    scene.pages.set("/robots.txt", Answer::document("text/plain", ""));
    scene.pages.set("/1", Answer::Hang);
    scene.pages.set("/2", Answer::Hang);
    let mut round = killed::start(&scene.wire, "fetch");
    scene.pages.wait_for(2);
    kill_process(Pid::from_child(&round), Signal::TERM).unwrap();
    round.wait().unwrap();
    let asked = scene.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    let other = if asked[1] == "/1" { "/2" } else { "/1" };
    for path in ["/1", "/2"] {
        scene.pages.set(path, article("The dockers have voted"));
    }
    // What was not begun is due.
    scene.run_after(1);
    assert_eq!(scene.asked(), [other]);
    scene.run_after(50);
    assert_eq!(scene.asked(), [""; 0]);
    scene.run_after(10);
    assert_eq!(scene.asked(), asked[1..]);
    assert_eq!(scene.wire.stories().len(), 2);
}

#[test]
fn p43_an_article_that_redirects_for_ever_stops_no_other_of_its_host() {
    let scene = Scene::new(7);
    // One after the other, in the order of the feed.
    let head = HEAD.replace("[fetch]\n", "[fetch]\nconcurrency = 1\n");
    scene.wire.write("feeds.toml", scene.wire.read("feeds.toml").replace(HEAD, &head));
    scene.list(&EIGHT);
    for path in EIGHT {
        scene.pages.set(path, article(path));
    }
    scene.pages.set("/1", Answer::status("302 Found", "Location: /1\r\n"));
    scene.run_after(0);
    let asked = scene.asked();
    assert_eq!((times(&asked, "/1"), asked.len()), (6, 14), "{asked:?}");
    assert_eq!(scene.wire.stories().len(), 7);
    scene.run_after(30);
    assert_eq!(scene.asked(), [""; 0]);
}

#[test]
fn p27_pages_that_hang_hold_up_no_article_of_other_hosts() {
    const SLOW: u8 = 3;
    let scene = Scene::new(8);
    let slow: Vec<Server> =
        (0..SLOW).map(|n| Server::start_at(Ipv4Addr::new(127, 0, 46, n))).collect();
    // The first one shows how long a page takes.
    let mut links = vec![scene.pages.url("/0")];
    links.extend(slow.iter().map(|server| server.url("/1")));
    slow.iter().for_each(|server| server.set("/1", Answer::Hang));
    links.push(scene.pages.url("/1"));
    scene.pages.set("/0", article("The bakers have voted"));
    scene.pages.set("/1", article("The dockers have voted"));
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    scene.feeds.set("/feed", feed_of(&links));
    let head = HEAD.replace("[fetch]\n", "[fetch]\ntimeout = \"120s\"\nconcurrency = 1\n");
    let feeds = scene.wire.read("feeds.toml").replace(HEAD, &head);
    scene.wire.write("feeds.toml", feeds + "[publish]\nbacklog = 60\n");
    std::thread::scope(|scope| {
        let fetching = scope.spawn(|| scene.wire.run(&["fetch"]));
        scene.pages.wait_for(3);
        // All of them are being asked, and none has come to its end.
        slow.iter().for_each(|server| {
            server.wait_for(2);
            assert_eq!(server.kept_waiting(), 1);
            server.set("/1", Answer::status("404 Not Found", ""));
            server.release();
        });
        assert_eq!(fetching.join().unwrap().code, 0);
    });
    assert!(scene.content("/1").contains("dockers"));
}

#[test]
fn p46_an_article_waits_while_robots_txt_cannot_be_read() {
    for (host, answer) in [(9, Answer::status("500 Oops", "")), (10, Answer::Raw(Vec::new()))] {
        let scene = Scene::new(host);
        scene.list(&["/1", "/2"]);
        scene.pages.set("/1", article("The dockers have voted"));
        scene.pages.set("/2", article("The bakers have voted"));
        scene.pages.set("/robots.txt", answer.clone());
        scene.run_after(0);
        for _ in 0..5 {
            scene.run_after(10);
        }
        assert_eq!(scene.asked(), ["/robots.txt"]);
        assert_eq!(scene.wire.stories().len(), 0);
        scene.pages.set("/robots.txt", Answer::document("text/plain", ""));
        scene.run_after(11);
        assert_eq!(scene.asked().len(), 3);
        assert!(scene.content("/1").contains("dockers") && scene.content("/2").contains("bakers"));
    }
}

#[test]
fn p46_an_article_waits_no_longer_than_six_hours_for_robots_txt() {
    let scene = Scene::new(11);
    scene.list(&["/1"]);
    scene.pages.set("/robots.txt", Answer::status("500 Oops", ""));
    scene.run_after(0);
    for _ in 0..5 {
        scene.run_after(61);
        assert_eq!(scene.wire.stories().len(), 0);
    }
    scene.run_after(61);
    assert_eq!(scene.wire.stories().len(), 1);
    assert_eq!(times(&scene.asked(), "/robots.txt"), 6);
}

#[test]
fn p35_p36_p37_an_article_that_is_not_to_be_had_is_asked_for_once() {
    for (host, line, words) in [
        (12, "401 Unauthorized", "401 (log-in required)"),
        (13, "403 Forbidden", "403 (forbidden)"),
        (14, "404 Not Found", "404 (not found)"),
        (15, "410 Gone", "410 (gone)"),
    ] {
        let scene = Scene::new(host);
        scene.list(&["/1"]);
        scene.pages.set("/1", Answer::status(line, ""));
        for _ in 0..4 {
            scene.wire.fetch();
        }
        assert_eq!(times(&scene.asked(), "/1"), 1, "{line}");
        let stories = scene.wire.stories();
        assert!(stories[0]["summary"].as_str().unwrap().contains("A teaser"), "{stories:?}");
        let id = stories[0]["id"].as_str().unwrap();
        let told = scene.wire.run(&["explain", id]).out;
        assert!(told.contains("its article was not read") && told.contains(words), "{told}");
    }
}

#[test]
fn p49_the_score_counts_requests_for_articles() {
    let scene = Scene::new(16);
    scene.list(&["/1", "/2"]);
    scene.pages.set("/1", article("The dockers have voted"));
    scene.pages.set("/2", Answer::status("500 Oops", ""));
    let score = || {
        let ran = scene.wire.run(&["status", "--politeness", "--json"]);
        ran.json()["requests"].as_u64().unwrap()
    };
    let mut sent = 0;
    for _ in 0..3 {
        scene.wire.fetch();
        sent += scene.feeds.asked().len() + scene.asked().len();
        assert_eq!(score(), sent as u64);
    }
    assert_eq!(sent, 3 + 1 + 1 + 2);
}

#[test]
fn p27_one_source_leads_us_to_ten_hosts_in_a_round() {
    let feeds = Server::start();
    let hosts: Vec<Server> =
        (1..=25).map(|host| Server::start_at(Ipv4Addr::new(127, 0, 46, host))).collect();
    let links: Vec<String> = hosts.iter().map(|host| host.url("/1")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    feeds.set("/feed", feed_of(&links));
    let wire = Wire::new(&format!(
        "{HEAD}[publish]\nbacklog = 50\n[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
        feeds.url("/feed")
    ));
    let asked = || hosts.iter().filter(|host| !host.asked().is_empty()).count();
    let mut hours = Vec::new();
    for _ in 0..4 {
        // cron every ten minutes.
        let of_hour = (0..6).map(|_| {
            assert_eq!(wire.run(&["fetch"]).code, 0);
            wire.clock.forward(TimeDelta::minutes(10));
            asked()
        });
        hours.push(of_hour.sum::<usize>());
        wire.clock.forward(TimeDelta::minutes(1));
    }
    assert_eq!(hours, [10, 10, 5, 0]);
    assert_eq!(wire.stories().len(), 25);
}
