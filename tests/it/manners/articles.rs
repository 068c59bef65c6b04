//! The pages of articles: what their servers see of us.

use std::net::Ipv4Addr;

use chrono::TimeDelta;

use crate::killed;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

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
        let titles: Vec<String> = paths.iter().map(|path| format!("Title of {path}")).collect();
        let items: Vec<Item<'_>> = (paths.iter().zip(&links).zip(&titles))
            .map(|((path, link), title)| Item {
                guid: path,
                link,
                title,
                date: "Mon, 02 Nov 2026 10:00:00 +0000",
                text: "A teaser […]",
            })
            .collect();
        self.feeds.set("/feed", Answer::feed(rss("Partner", &items)));
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

    fn content(&self, title: &str) -> String {
        let stories = self.wire.stories();
        let story = stories.iter().find(|story| story["title"] == title);
        story.map_or_else(String::new, |story| story["content_html"].as_str().unwrap().to_owned())
    }
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
    assert!(scene.content("Title of /1").contains("dockers"));

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
