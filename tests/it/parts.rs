//! Entries that are parts of one page, told apart by the fragments of their links alone.

use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss};

const WORKSHOPS: [(&str, &str); 3] = [
    ("/events#workshop-1", "Workshop one: how to organise"),
    ("/events#workshop-2", "Workshop two: how to strike"),
    ("/events#workshop-3", "Workshop three: how to win"),
];

/// A page that lists links below `of`.
fn listing(of: &str, items: &[(&str, &str)]) -> Answer {
    let items: String = items
        .iter()
        .map(|(link, title)| format!("<li><b><a href='{of}{link}'>{title}</a></b></li>"))
        .collect();
    Answer::document("text/html", format!("<html lang=en><title>U</title><ul>{items}</ul>"))
}

fn page(id: &str, url: &str, item: &str) -> String {
    format!(
        "[[source]]\nid = \"{id}\"\nurl = \"{url}\"\nkind = \"page\"\n[source.select]\n\
         item = \"{item}\"\ntitle = \"a\"\nlink = \"a\"\nmin_items = 1\n"
    )
}

fn shown(wire: &Wire) -> Vec<(String, usize)> {
    let stories = wire.stories();
    let mut shown: Vec<(String, usize)> = stories
        .iter()
        .map(|story: &Value| {
            let also = story["also"].as_array().unwrap().len();
            (story["title"].as_str().unwrap().to_owned(), also)
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn parts_of_a_page_that_two_sources_list_are_one_story_each() {
    let server = Server::start();
    let site = "https://union.example";
    server.set("/events", listing(site, &WORKSHOPS));
    // Elsewhere the same under another spelling, and one of them alone, under another title.
    server.set("/city", listing("http://www.union.example", &WORKSHOPS));
    let teaser = [("/events#workshop-2", "Learn to strike!"), ("/about", "About the union")];
    server.set("/home", listing(site, &teaser));
    let expected = [("About the union", 0), ("1", 1), ("3", 1), ("2", 2)];
    for order in [["/events", "/city", "/home"], ["/home", "/city", "/events"]] {
        let sources = order.map(|path| page(&path[1..], &server.url(path), "li"));
        let wire = Wire::new(&format!("{HEAD}{}", sources.concat()));
        wire.fetch();
        let found = shown(&wire);
        assert_eq!(found.len(), 4, "{order:?}: {found:?}");
        let mut joined: Vec<usize> = found.iter().map(|(_, also)| *also).collect();
        joined.sort_unstable();
        assert_eq!(joined, expected.map(|(_, also)| also), "{order:?}: {found:?}");
    }
    // One after the other, as sources are added.
    for order in [["/events", "/home"], ["/home", "/events"]] {
        let wire = Wire::new(HEAD);
        let mut config = HEAD.to_owned();
        for path in order {
            config.push_str(&page(&path[1..], &server.url(path), "li"));
            wire.write("feeds.toml", &config);
            wire.fetch();
        }
        let found = shown(&wire);
        assert_eq!(found.iter().map(|(_, also)| also).sum::<usize>(), 1, "{order:?}: {found:?}");
        assert_eq!(found.len(), 4, "{order:?}: {found:?}");
    }
}

#[test]
fn two_readings_of_one_page_give_no_story_twice() {
    let server = Server::start();
    server.set("/events", listing("", &WORKSHOPS));
    // Told apart by their fragments also on a home page.
    server.set("/", listing("/", &WORKSHOPS.map(|(link, title)| (&link[7..], title))));
    for path in ["/events", "/"] {
        let url = server.url(path);
        let sources = [page("a", &url, "li"), page("b", &url, "li b")].concat();
        let wire = Wire::new(&format!("{HEAD}{sources}"));
        wire.fetch();
        let found = shown(&wire);
        assert!(found.len() == 3 && found.iter().all(|(_, also)| *also == 1), "{path}: {found:?}");
    }
}

#[test]
fn other_parts_of_a_page_are_other_stories() {
    let server = Server::start();
    let sources: Vec<String> = WORKSHOPS
        .iter()
        .enumerate()
        .map(|(n, workshop)| {
            let path = format!("/{n}");
            server.set(&path, listing("https://union.example", &[*workshop]));
            page(&format!("s{n}"), &server.url(&path), "li")
        })
        .collect();
    let wire = Wire::new(&format!("{HEAD}{}", sources.concat()));
    wire.fetch();
    assert_eq!(shown(&wire).len(), 3, "{:?}", shown(&wire));
    // Who links to the page as a whole links to one of them, as any other fragment does.
    let item = Item {
        guid: "g",
        link: "https://union.example/events",
        title: "Workshops",
        date: "Mon, 02 Nov 2026 08:00:00 +0000",
        text: "Words.",
    };
    server.set("/feed", Answer::feed(rss("Desk", &[item])));
    let desk = format!("[[source]]\nid = \"desk\"\nurl = \"{}\"\n", server.url("/feed"));
    wire.write("feeds.toml", format!("{HEAD}{}{desk}", sources.concat()));
    assert_eq!(wire.fetch()["entries"]["joined"], 1);
    // Each is found under its own link, and no other.
    let found =
        |link: &str| wire.run(&["explain", "--json", &format!("https://union.example{link}")]);
    for (link, title) in WORKSHOPS {
        let ran = found(link);
        assert!(ran.code == 0 && ran.out.contains(title), "{link}: {ran:?}");
    }
    assert_ne!(found("/events#workshop-9").code, 0);
}
