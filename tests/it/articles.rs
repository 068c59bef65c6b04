//! Articles, read from their own pages.

use chrono::TimeDelta;
use serde_json::Value;

use crate::pages::{page, paths, titled, titles};
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, rss, teasers};

fn canonical(link: &str) -> String {
    format!("<link rel=canonical href='{link}'>")
}

fn feed(server: &Server, items: &[(&str, &str)]) -> Answer {
    let links: Vec<String> = items.iter().map(|(path, _)| server.url(path)).collect();
    let items: Vec<_> =
        items.iter().zip(&links).map(|((path, title), link)| (*path, &**link, *title)).collect();
    Answer::feed(teasers(&items))
}

fn wire_of_articles(server: &Server) -> Wire {
    Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
        server.url("/feed")
    ))
}

#[test]
fn p49_an_article_is_read_once_and_again_when_its_entry_changes() {
    let server = Server::start();
    server.set("/feed", feed(&server, &[("/1", "One")]));
    server.set("/1", page("One", "", "The dockers have voted"));
    let wire = wire_of_articles(&server);
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["stories"]["new"]), (&1.into(), &1.into()));
    assert_eq!(report["sources"][0]["new"], 1);
    let story = &wire.stories()[0];
    let content = story["content_html"].as_str().unwrap();
    assert!(content.contains("The dockers have voted") && !content.contains("Home"), "{story}");
    assert_eq!(paths(&server), ["/feed", "/robots.txt", "/1"]);

    wire.fetch();
    assert_eq!(paths(&server), ["/feed"]);

    server.set("/feed", feed(&server, &[("/1", "One, corrected")]));
    server.set("/1", page("One, corrected", "", "The dockers have voted twice"));
    assert_eq!(wire.fetch()["entries"]["updated"], 1);
    assert_eq!(paths(&server), ["/feed", "/1"]);
    let after = &wire.stories()[0];
    assert_eq!(after["id"], story["id"]);
    assert!(after["content_html"].as_str().unwrap().contains("voted twice"), "{after}");
}

#[test]
fn p49_an_article_is_read_again_with_the_validators_of_its_page() {
    let server = Server::start();
    let wire = wire_of_articles(&server);
    let changes_to = |title: &str| {
        server.set("/feed", feed(&server, &[("/1", title)]));
        let report = wire.fetch();
        let asked = server.asked().into_iter().find(|asked| asked.path == "/1").unwrap();
        let story = wire.stories().remove(0);
        let content = story["content_html"].as_str().unwrap().to_owned();
        (report, asked.headers.get("if-none-match").cloned(), content, story)
    };
    server.set("/1", page("One", "", "The dockers have voted"));
    let (_, etag, content, first) = changes_to("One");
    assert_eq!(etag, None);
    assert!(content.contains("The dockers have voted"), "{content}");

    // 304: what was read before is the article still.
    let (report, of_first, after, story) = changes_to("One, corrected");
    assert!(of_first.is_some(), "the validators of the page are sent");
    assert_eq!((&report["entries"]["updated"], &report["failed"]), (&1.into(), &0.into()));
    assert_eq!((&story["title"], &after), (&"One, corrected".into(), &content));
    assert_eq!((&story["id"], &story["language"]), (&first["id"], &"en".into()));

    // Once more, and the page itself is another one: it is read, and its validators hold.
    server.set("/1", page("One", "", "The dockers have voted twice"));
    let (_, sent, content, _) = changes_to("One, corrected again");
    assert_eq!(sent, of_first);
    assert!(content.contains("voted twice"), "{content}");
    // A page without text is none: the validators of the one before stay. A restore keeps them.
    server.set("/1", Answer::document("text/html", "<p>Back soon"));
    let (_, of_second, after, _) = changes_to("One, a third time");
    assert!(of_second.is_some() && of_second != of_first);
    assert_eq!(after, content);
    assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
    assert_eq!(wire.run(&["restore", "b.gz"]).code, 0);
    server.set("/1", page("One", "", "The dockers have voted twice"));
    let (_, sent, after, _) = changes_to("One, a fourth time");
    assert_eq!((sent, after), (of_second, content));
}

#[test]
fn p49_a_304_does_not_bring_back_words_that_the_source_gave_meanwhile() {
    let server = Server::start();
    let wire = wire_of_articles(&server);
    let says = |text: &str| {
        let link = server.url("/1");
        let date = "Mon, 02 Nov 2026 09:00:00 +0000";
        let item = Item { guid: "1", link: &link, title: "One", date, text };
        server.set("/feed", Answer::feed(rss("A", &[item])));
    };
    let article = || page("One", "", "The dockers have voted");
    server.set("/1", article());
    says("In short.");
    wire.fetch();
    // The source says more, and the page is not to be had: its words are the story's.
    server.set("/1", Answer::status("500 Oops", ""));
    says(&"The source itself says at great length what nobody else had said. ".repeat(20));
    for _ in 0..4 {
        wire.fetch();
    }
    assert!(wire.stories()[0]["content_html"].as_str().unwrap().contains("nobody else"));
    // It takes them back, and the page is there again as it was.
    server.set("/1", article());
    says("In short, once more.");
    wire.fetch();
    let content = wire.stories()[0]["content_html"].as_str().unwrap().to_owned();
    assert!(content.contains("have voted") && !content.contains("nobody else"), "{content}");
}

#[test]
fn p49_other_selectors_read_an_article_anew() {
    let server = Server::start();
    server.set("/feed", feed(&server, &[("/1", "One")]));
    server.set("/1", page("One", "", "The dockers have voted"));
    let wire = wire_of_articles(&server);
    wire.fetch();
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml") + "[source.select]\ncontent = \"article p:last-child\"\n",
    );
    server.set("/feed", feed(&server, &[("/1", "One, corrected")]));
    server.asked();
    wire.fetch();
    let asked = server.asked().into_iter().find(|asked| asked.path == "/1").unwrap();
    assert!(!asked.is_conditional(), "{asked:?}");
    let content = wire.stories()[0]["content_html"].as_str().unwrap().to_owned();
    assert!(content.contains("second paragraph") && !content.contains("voted"), "{content}");
}

#[test]
fn what_an_article_reveals_decides_about_duplicates_before_an_id_is_out() {
    let server = Server::start();
    let original = "https://original.example/statement/";
    let item = Item {
        guid: "o1",
        link: original,
        title: "A joint statement",
        date: "Mon, 02 Nov 2026 09:00:00 +0000",
        text: "Words.",
    };
    server.set("/original", Answer::feed(rss("Original", &[item])));
    server.set("/feed", feed(&server, &[("/copy", "A joint statement, which we share")]));
    server.set("/copy", page("A joint statement", &canonical(original), "We say together"));
    let wire = wire_of_articles(&server);
    let both = wire.read("feeds.toml")
        + &format!("[[source]]\nid = \"o\"\nurl = \"{}\"\n", server.url("/original"));
    wire.write("feeds.toml", both);
    let report = wire.fetch();
    assert_eq!((&report["entries"]["new"], &report["entries"]["joined"]), (&2.into(), &1.into()));
    let stories = wire.stories();
    assert_eq!(stories.len(), 1, "{stories:#?}");
    assert_eq!(stories[0]["url"], original);
    assert_eq!(stories[0]["also"][0]["source"], "a");
}

#[test]
fn an_entry_waits_for_its_article_three_tries_or_six_hours() {
    let server = Server::start();
    server.set("/feed", feed(&server, &[("/1", "One")]));
    server.set("/1", Answer::status("500 Oops", ""));
    let wire = wire_of_articles(&server);
    let mut tries = 0;
    for _ in 0..4 {
        wire.fetch();
        tries += paths(&server).iter().filter(|path| *path == "/1").count();
    }
    // After three tries the words of the feed are all that there is.
    assert_eq!(tries, 3);
    let story = &wire.stories()[0];
    assert_eq!(story["title"], "One");
    assert!(story["first_seen"].as_str().unwrap().starts_with("2026-11-02T13:05"), "{story}");

    // One that comes back in time is taken as it was first seen.
    server.set("/feed", feed(&server, &[("/2", "Two"), ("/1", "One")]));
    server.set("/2", Answer::status("500 Busy", ""));
    wire.fetch();
    assert_eq!(wire.stories().len(), 1);
    server.set("/2", page("Two", "", "It came back"));
    wire.fetch();
    assert_eq!(wire.fetch()["failed"], 0);
    assert_eq!(wire.stories().len(), 2);
    assert!(titled(&wire, "Two")["content_html"].as_str().unwrap().contains("It came back"));

    // And a wire that slept longer does not ask any more.
    server.set("/feed", feed(&server, &[("/3", "Three"), ("/2", "Two"), ("/1", "One")]));
    server.set("/3", Answer::status("500 Oops", ""));
    wire.fetch();
    paths(&server);
    wire.clock.forward(TimeDelta::hours(6));
    wire.fetch();
    assert_eq!(paths(&server), ["/feed"]);
    assert_eq!(wire.stories().len(), 3);
}

#[test]
fn p47_an_article_that_robots_forbids_is_published_as_its_feed_gives_it() {
    let server = Server::start();
    server.set("/robots.txt", Answer::document("text/plain", "User-agent: samizdat\nDisallow: /1"));
    server.set("/feed", feed(&server, &[("/1", "One")]));
    let wire = wire_of_articles(&server);
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    assert_eq!(paths(&server), ["/feed", "/robots.txt"]);
    assert_eq!(titles(&wire), ["One"]);
}

#[test]
fn only_what_becomes_public_is_read_and_no_page_of_which_an_item_is_a_part() {
    let server = Server::start();
    let names: Vec<(String, String)> =
        (1..=14).map(|n| (format!("/{n}"), format!("Item {n}"))).collect();
    let items: Vec<(&str, &str)> = names.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    server.set("/feed", feed(&server, &items));
    for (path, title) in &items {
        server.set(path, page(title, "", title));
    }
    let wire = wire_of_articles(&server);
    assert_eq!(wire.fetch()["entries"]["new"], 14);
    // The feed, robots.txt, and the backlog's ten.
    assert_eq!(paths(&server).len(), 12);
    assert_eq!(wire.stories().len(), 10);

    let server = Server::start();
    server.set("/feed", feed(&server, &[("/agenda#a", "First"), ("/agenda#b", "Second")]));
    server.set("/agenda", page("Agenda", "", "Everything that there is"));
    let wire = wire_of_articles(&server);
    wire.fetch();
    assert_eq!(titles(&wire), ["First", "Second"]);
    // The whole page is neither's article.
    assert_eq!(paths(&server), ["/feed"]);
    let id = titled(&wire, "First")["id"].as_str().unwrap().to_owned();
    let explained = wire.run(&["explain", &id]).out;
    assert!(explained.contains("its link leads to a part of a page"), "{explained}");
}

#[test]
fn what_stands_in_the_place_of_an_article_is_not_published_as_one() {
    let long = "and this is said at such a length that it could well be the text of an article. ";
    let says = |title: &str, more: &str, text: &str| {
        let html = format!(
            "<html lang=en><title>{title}</title>{more}<article><h1>{title}</h1><p>{text}, {long}</p></article>"
        );
        Answer::document("text/html", html)
    };
    let to = |path: &str| Answer::status("302 Found", &format!("Location: {path}\r\n"));
    let password = "<form><input type=password></form>";
    let server = Server::start();
    server.set("/", says("Welcome", "", "Welcome to our union"));
    server.set("/login?next=1", says("Log in", password, "You have to log in"));
    server.set("/home", to("/"));
    server.set("/members", to("/login?next=1"));
    server.set("/test", says("Just a moment...", "", "Checking your browser"));
    server.set("/form", says("For members", password, "You have to log in"));
    // Many sites have such a form at the top of every page.
    server.set("/good", says("The bakers have voted", password, "In the bakeries"));
    server.set("/new", to("/good"));
    let wire = wire_of_articles(&server);
    let paths = ["/home", "/members", "/test", "/form", "/good", "/new"];
    let named = paths.map(|path| (path, format!("The bakers voted on {path}")));
    let items: Vec<_> = named.iter().map(|(path, title)| (*path, title.as_str())).collect();
    server.set("/feed", feed(&server, &items));
    for _ in 0..4 {
        wire.fetch();
    }
    let stories = wire.stories();
    assert_eq!(stories.len(), 6, "they are published as the feed has them");
    for story in stories {
        let is_article = story["content_html"].as_str().unwrap().contains("In the bakeries");
        let title = story["title"].as_str().unwrap();
        assert_eq!(is_article, title.contains("/good") || title.contains("/new"), "{story}");
        let said = wire.run(&["explain", &story["number"].to_string()]).out;
        let is_told = said.contains("leads to the first page") || said.contains("a log-in");
        assert_eq!(is_told, !is_article, "{said}");
    }
}

#[test]
fn what_an_article_said_goes_when_its_page_is_gone() {
    let cases = [
        (Answer::status("410 Gone", ""), false),
        (Answer::status("404 No", ""), false),
        // What may be over in an hour.
        (Answer::status("500 Oops", ""), true),
        (Answer::status("403 No", ""), true),
        (Answer::status("302 Found", "Location: /\r\n"), true),
        (Answer::document("text/plain", "Back soon."), true),
    ];
    for (answer, is_kept) in cases {
        let server = Server::start();
        server.set("/feed", feed(&server, &[("/1", "One")]));
        server.set("/1", page("One", "", "The dockers have voted"));
        server.set("/", page("Welcome", "", "We are being mended"));
        let wire = wire_of_articles(&server);
        wire.fetch();
        server.set("/feed", feed(&server, &[("/1", "One, corrected")]));
        server.set("/1", answer.clone());
        for _ in 0..4 {
            wire.fetch();
        }
        let story = titled(&wire, "One, corrected");
        let is_there = story["content_html"].as_str().unwrap().contains("dockers");
        assert_eq!(is_there, is_kept, "{answer:?}");
    }
}

#[test]
fn articles_that_cannot_be_read_are_told_with_the_reason() {
    let server = Server::start();
    let wire = wire_of_articles(&server);
    server.set("/feed", feed(&server, &[("/1", "One")]));
    server.set("/1", Answer::status("500 Oops", ""));
    wire.fetch();
    // While it waits.
    let waits = wire.run(&["explain", &server.url("/1")]);
    assert!(
        waits.out.contains("asked for it once") && waits.out.contains("answered 500"),
        "{waits:?}"
    );
    let status = wire.run(&["status"]).out;
    assert!(!status.contains("could not be read"), "{status}");
    assert!(status.contains("1 story waits for its page"), "{status}");
    for _ in 0..3 {
        wire.fetch();
    }
    // Given up, and one more that is refused.
    let told = wire.run(&["status"]).out;
    assert!(told.contains("the last article could not be read (since 2026-11-02"), "{told}");
    server.set("/feed", feed(&server, &[("/2", "Two"), ("/1", "One")]));
    server.set("/2", Answer::status("403 No", ""));
    wire.fetch();
    let told = wire.run(&["status"]).out;
    assert!(told.contains("the last 2 articles could not be read"), "{told}");
    assert!(told.contains("only what the source gives: answered 403"), "{told}");
    assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
    assert_eq!(wire.run(&["restore", "b.gz"]).code, 0);
    assert!(wire.run(&["status"]).out.contains("the last 2 articles could not be read"));
    // One that can be read ends it.
    server.set("/feed", feed(&server, &[("/3", "Three"), ("/2", "Two"), ("/1", "One")]));
    server.set("/3", page("Three", "", "It came back"));
    wire.fetch();
    assert!(!wire.run(&["status"]).out.contains("could not be read"));
}

#[test]
fn what_waits_is_in_a_backup_and_survives_a_restore() {
    let server = Server::start();
    server.set("/feed", feed(&server, &[("/1", "One")]));
    server.set("/1", Answer::status("500 Oops", ""));
    let wire = wire_of_articles(&server);
    wire.fetch();
    assert_eq!(wire.stories().len(), 0);
    assert_eq!(wire.run(&["backup", "b.gz"]).code, 0);
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    let ran = wire.run(&["restore", "b.gz"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    server.set("/1", page("One", "", "It came back"));
    wire.fetch();
    assert!(wire.stories()[0]["content_html"].as_str().unwrap().contains("It came back"));
}

#[test]
fn translations_that_name_each_other_are_editions_both_ways_whichever_comes_first() {
    let server = Server::start();
    let story = |language: &str, title: &str, other: (&str, &str), text: &str| {
        let (other_language, path) = other;
        Answer::document(
            "text/html",
            format!(
                "<html lang={language}><head><title>{title}</title><link rel=alternate hreflang={other_language} href='{path}'></head>\
                 <body><article><h1>{title}</h1><p>{text}, and this is said at such a length that nobody can take it for anything but an article.</p>\
                 <p>{text}, once more, with commas, and with full stops, as articles do.</p></article></body></html>"
            ),
        )
    };
    let english = "The dockers of the harbour have voted for a strike";
    let german = "Die Arbeiter des Hafens haben f\u{fc}r einen Streik gestimmt";
    server.set("/en", story("en", "Strike", ("de", "/de"), english));
    server.set("/de", story("de", "Streik", ("en", "/en"), german));
    // Another organisation's page claims to be a translation of theirs.
    server.set(
        "/claim",
        story("fr", "Faux", ("en", "/en"), "Les dockers ont vot\u{e9} pour la gr\u{e8}ve"),
    );
    server.set("/feed-en", feed(&server, &[("/en", "Strike")]));
    let german = rss("Hafen", &[]).replace("<language>en<", "<language>de<");
    server.set("/feed-de", Answer::feed(german.clone()));
    let other = rss("Autre", &[]).replace("<language>en<", "<language>fr<");
    server.set("/feed-fr", Answer::feed(other.clone()));
    let sources: String = [("en", "Harbour"), ("de", "Harbour"), ("fr", "Other")]
        .map(|(id, organisation)| {
            format!(
                "[[source]]\nid = \"{id}\"\nurl = \"{}\"\norganisation = \"{organisation}\"\narticle = true\n",
                server.url(&format!("/feed-{id}"))
            )
        })
        .concat();
    let wire = Wire::new(&format!("{HEAD}{sources}"));
    wire.fetch();
    assert_eq!(titled(&wire, "Strike")["editions"], Value::Array(Vec::new()));
    let listing = |feed: &str, path: &str, title: &str| {
        let item = format!(
            "<item><title>{title}</title><link>{}</link><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate></item></channel>",
            server.url(path)
        );
        Answer::feed(feed.replace("</channel>", &item))
    };
    server.set("/feed-de", listing(&german, "/de", "Streik"));
    server.set("/feed-fr", listing(&other, "/claim", "Faux"));
    wire.fetch();
    assert_eq!(wire.stories().len(), 3);
    let (english, german) = (titled(&wire, "Strike"), titled(&wire, "Streik"));
    for (one, other, language) in [(&english, &german, "de"), (&german, &english, "en")] {
        let editions = one["editions"].as_array().unwrap();
        assert_eq!(editions.len(), 1, "{editions:?}");
        assert_eq!((&editions[0]["id"], &editions[0]["url"]), (&other["id"], &other["url"]));
        assert_eq!(editions[0]["language"], language);
    }
    assert_eq!(titled(&wire, "Faux")["editions"], Value::Array(Vec::new()));
    let atom = wire.read("public/atom.xml");
    let strike = atom.split("<entry>").find(|entry| entry.contains("Strike")).unwrap();
    assert!(strike.contains("hreflang=\"de\"") && strike.contains("/de\""), "{strike}");
    assert!(wire.read("public/index.html").contains("hreflang=\"de\""));
    // Once linked, nothing moves any more.
    let public = wire.public();
    assert_eq!(wire.fetch()["stories"]["updated"], 0);
    assert_eq!(wire.public(), public);
}

#[test]
fn a_host_that_does_not_answer_is_left_alone_and_the_others_are_published() {
    let server = Server::start();
    let other = Server::start_at(std::net::Ipv4Addr::new(127, 0, 0, 2));
    let names: Vec<(String, String)> =
        (1..=6).map(|n| (format!("/{n}"), format!("Silent {n}"))).collect();
    let items: Vec<(&str, &str)> = names.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    for (path, _) in &items {
        server.set(path, Answer::Hang);
    }
    server.set("/robots.txt", Answer::status("404 Not Found", ""));
    server.set("/feed", feed(&server, &items));
    other.set("/feed", feed(&other, &[("/1", "Loud")]));
    other.set("/1", page("Loud", "", "It is heard"));
    let source = |id: &str, server: &Server| {
        format!(
            "[[source]]\nid = \"{id}\"\nurl = \"{}\"\narticle = true\ntimeout = \"1s\"\n",
            server.url("/feed")
        )
    };
    let wire = Wire::new(&format!("{HEAD}{}{}", source("silent", &server), source("loud", &other)));
    wire.fetch();
    assert_eq!(titles(&wire), ["Loud"]);
    let asked = paths(&server);
    assert_eq!(asked.iter().filter(|path| path.len() == 2).count(), 1, "{asked:?}");
}

#[test]
fn what_waits_of_a_source_that_left_feeds_toml_comes_again_with_it() {
    let server = Server::start();
    server.set("/feed", feed(&server, &[("/1", "One")]));
    server.set("/1", Answer::status("500 Oops", ""));
    server.set("/other", feed(&server, &[]));
    let wire = wire_of_articles(&server);
    wire.fetch();
    assert!(wire.stories().is_empty(), "it waits");
    let with_it = wire.read("feeds.toml");
    let other = format!("[[source]]\nid = \"other\"\nurl = \"{}\"\n", server.url("/other"));
    wire.write("feeds.toml", format!("{HEAD}{other}"));
    wire.fetch();
    wire.write("feeds.toml", with_it);
    server.set("/1", page("One", "", "It came back"));
    wire.fetch();
    assert_eq!(titles(&wire), ["One"], "nothing is lost by an unchanged feed");
}
