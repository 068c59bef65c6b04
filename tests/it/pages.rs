//! Organisations without a feed, whose pages are read.

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire};

pub(crate) const SELECT: &str = "kind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"\ndate = \"time\"\nmin_items = 2\n";

pub(crate) fn listing(items: &[(&str, &str)]) -> Answer {
    let items: Vec<String> = items
        .iter()
        .map(|(link, title)| {
            format!(
                "<li><a href='{link}'>{title}</a> <time datetime='2026-11-02'>today</time></li>"
            )
        })
        .collect();
    let page = format!("<html lang=en><title>Union</title><ul>{}</ul>", items.concat());
    Answer::document("text/html", page)
}

pub(crate) fn page(title: &str, canonical: &str, text: &str) -> Answer {
    let page = format!(
        "<html lang=en><head><title>{title}</title>{canonical}</head><body><nav><a href=/>Home</a></nav><article><h1>{title}</h1><p>{text}, and this is said at such a length that nobody can take it for anything but the text of an article.</p><p>It goes on for a second paragraph, as articles do, with commas, and with full stops.</p></article></body></html>"
    );
    Answer::document("text/html", page)
}

pub(crate) fn wire_of_a_page(server: &Server) -> Wire {
    Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"union\"\nurl = \"{}\"\n{SELECT}",
        server.url("/news")
    ))
}

pub(crate) fn titles(wire: &Wire) -> Vec<String> {
    let title = |story: &Value| story["title"].as_str().unwrap().to_owned();
    let mut titles: Vec<String> = wire.stories().iter().map(title).collect();
    titles.sort();
    titles
}

pub(crate) fn titled(wire: &Wire, title: &str) -> Value {
    wire.stories().into_iter().find(|story| story["title"] == title).unwrap()
}

pub(crate) fn paths(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.path).collect()
}

#[test]
fn a_page_is_polled_like_a_feed() {
    let server = Server::start();
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let wire = wire_of_a_page(&server);
    assert_eq!(wire.run(&["check"]).code, 0);
    assert_eq!(wire.fetch()["entries"]["new"], 2);
    assert_eq!(titles(&wire), ["One", "Two"]);
    assert_eq!(titled(&wire, "One")["url"].as_str().unwrap(), server.url("/1"));

    server.set("/news", listing(&[("/3", "Three"), ("/1", "One, edited"), ("/2", "Two")]));
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["entries"]["updated"]), (&1.into(), &1.into()));
    assert_eq!(titles(&wire), ["One, edited", "Three", "Two"]);
    // Conditionally, as any source.
    assert_eq!(wire.fetch()["sources"][0]["status"], 304);
}

#[test]
fn a_page_that_changed_is_an_error_and_nothing_is_lost() {
    let server = Server::start();
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let wire = wire_of_a_page(&server);
    wire.fetch();
    let before = wire.public();
    server.set("/news", Answer::document("text/html", "<ol><p><a href=/1>One</a></ol>"));
    let report = wire.fetch();
    assert_eq!(report["failed"], 1);
    let error = report["sources"][0]["error"].as_str().unwrap();
    assert!(
        error.contains("`item = \"li\"`")
            && error.contains("`title` 1")
            && error.contains("--saved union"),
        "{error}"
    );
    assert_eq!(wire.public(), before);
    assert_eq!(titles(&wire), ["One", "Two"]);

    // Other selectors are another reading: it is read at once.
    let mended = wire.read("feeds.toml").replace("\"li\"", "\"p\"").replace("= 2\n", "= 1\n");
    wire.write("feeds.toml", mended);
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["failed"], 0, "{ran:?}");
    assert_eq!(titles(&wire), ["One", "Two"]);
}

#[test]
fn p16_other_selectors_read_the_page_as_it_was_saved() {
    let server = Server::start();
    let item = |n: u32, title: &str| {
        format!(
            "<li><a href='/{n}'>{title}</a> <b>{title}, in full</b> <time datetime='2026-11-02'></time></li>"
        )
    };
    let page = format!("<title>Union</title><ul>{}{}</ul>", item(1, "One"), item(2, "Two"));
    server.set("/news", Answer::document("text/html", page));
    let wire = wire_of_a_page(&server);
    wire.fetch();
    server.asked();

    let others = wire.read("feeds.toml").replace("title = \"a\"", "title = \"b\"");
    wire.write("feeds.toml", &others);
    let ran = wire.run(&["fetch", "--json"]);
    assert_eq!(ran.json()["sources"][0]["status"], 304, "{ran:?}");
    assert!(server.asked().iter().all(|asked| asked.is_conditional()));
    assert_eq!(titles(&wire), ["One, in full", "Two, in full"]);

    // A round that dies leaves that to the next one.
    wire.write("feeds.toml", others.replace("title = \"b\"", "title = \"a\""));
    let page = server.answer("/news");
    server.set("/news", Answer::Hang);
    let mut round = crate::killed::start(&wire, "fetch");
    server.wait_for(1);
    round.kill().unwrap();
    round.wait().unwrap();
    server.set("/news", page);
    let report = wire.fetch();
    assert_eq!(report["sources"][0]["status"], 304, "{report}");
    assert!(server.asked().iter().all(|asked| asked.is_conditional()));
    assert_eq!(titles(&wire), ["One", "Two"]);
    // Once is enough.
    assert_eq!(wire.fetch()["unchanged"], 1);
}

#[test]
fn p47_a_page_that_robots_forbids_is_not_asked_for() {
    let server = Server::start();
    server.set("/robots.txt", Answer::document("text/plain", "User-agent: *\nDisallow: /news"));
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let wire = wire_of_a_page(&server);
    let error = wire.fetch()["sources"][0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("blocked by robots"), "{error}");
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(asked, ["/robots.txt"]);
    // It is asked for once a day.
    wire.fetch();
    assert_eq!(server.asked().len(), 0);
    wire.clock.forward(TimeDelta::hours(24));
    // By now it is told.
    assert_eq!(wire.run(&["fetch"]).code, 3);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn status_says_of_a_page_what_went_wrong_and_nothing_when_all_is_well() {
    let server = Server::start();
    server.set("/news", listing(&[("/1", "One"), ("/2", "Two")]));
    let wire = wire_of_a_page(&server);
    wire.fetch();
    let error = |wire: &Wire| wire.run(&["status", "--json"]).json()["sources"][0]["error"].clone();
    assert_eq!(error(&wire), Value::Null);
    server.set("/news", Answer::document("text/html", "<p>Nothing"));
    wire.fetch();
    let told = error(&wire);
    assert!(told.as_str().unwrap().contains("li"), "{told}");
}
