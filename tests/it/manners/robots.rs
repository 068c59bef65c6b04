//! Pages, and what their servers let robots do.

use chrono::TimeDelta;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Item, Wire, numbered, rss};

/// A source that is a page with one story.
fn wire_of_a_page(server: &Server) -> Wire {
    server.set("/news", page(""));
    Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\nkind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"\n",
        server.url("/news")
    ))
}

fn page(head: &str) -> Answer {
    let body = format!(
        "<!doctype html><html><head><title>News</title>{head}</head><body><ul><li><a href=\"/1/\">One</a></li></ul>"
    );
    Answer::document("text/html", body)
}

fn text(body: impl Into<Vec<u8>>) -> Answer {
    Answer::document("text/plain", body)
}

fn paths(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.path).collect()
}

#[test]
fn p46_robots_txt_comes_before_the_first_page_and_once_a_day() {
    let server = Server::start();
    let wire = wire_of_a_page(&server);
    server.set("/robots.txt", text("\u{feff}User-agent: *\r\nDisallow: /private\r\n"));
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    assert_eq!(paths(&server), ["/robots.txt", "/news"]);
    for _ in 0..21 {
        wire.fetch();
    }
    assert!(paths(&server).iter().all(|path| path == "/news"));
    for _ in 0..3 {
        wire.fetch();
    }
    assert_eq!(paths(&server).iter().filter(|path| *path == "/robots.txt").count(), 1);
}

#[test]
fn p46_what_an_answer_to_robots_txt_means() {
    let far = format!("User-agent: *\n{}Disallow: /news\n", "# words\n".repeat(64_500));
    assert!(far.len() > 500 * 1024 && far.len() < 512 * 1024);
    let redirects = |server: &Server, hops: usize| {
        for hop in 0..hops {
            let from = if hop == 0 { "/robots.txt".to_owned() } else { format!("/r{hop}") };
            server.set(&from, Answer::status("302 F", &format!("Location: /r{}\r\n", hop + 1)));
        }
        server.set(&format!("/r{hops}"), text("User-agent: *\nDisallow: /nothing\n"));
    };
    type Scene<'s> = &'s dyn Fn(&Server);
    let cases: [(&str, Scene<'_>, bool); 8] = [
        ("none", &|_| {}, true),
        ("401", &|server| server.set("/robots.txt", Answer::status("401 No", "")), true),
        ("410", &|server| server.set("/robots.txt", Answer::status("410 Gone", "")), true),
        ("500", &|server| server.set("/robots.txt", Answer::status("500 Oops", "")), false),
        ("no answer", &|server| server.set("/robots.txt", Answer::Raw(Vec::new())), false),
        ("a rule after 500 KiB", &|server| server.set("/robots.txt", text(far.clone())), false),
        ("five redirects", &|server| redirects(server, 5), true),
        ("six redirects", &|server| redirects(server, 6), false),
    ];
    for (what, scene, is_allowed) in cases {
        let server = Server::start();
        let wire = wire_of_a_page(&server);
        scene(&server);
        let report = wire.fetch();
        let is_asked = paths(&server).contains(&"/news".to_owned());
        assert_eq!(is_asked, is_allowed, "{what}: {report}");
        assert_eq!(report["failed"], u32::from(!is_allowed), "{what}: {report}");
    }
}

#[test]
fn p46_the_last_good_robots_txt_holds_while_the_server_cannot_give_it() {
    let server = Server::start();
    let wire = wire_of_a_page(&server);
    server.set("/robots.txt", text("User-agent: *\nDisallow: /private\n"));
    wire.fetch();
    server.set("/robots.txt", Answer::status("500 Oops", ""));
    wire.clock.forward(TimeDelta::hours(25));
    server.asked();
    assert_eq!(wire.fetch()["unchanged"], 1);
    assert_eq!(paths(&server), ["/robots.txt", "/news"]);
}

#[test]
fn p47_a_crawl_delay_is_the_gap_of_its_host() {
    let server = Server::start();
    let wire = wire_of_a_page(&server);
    server.set("/robots.txt", text("User-agent: *\nCrawl-delay: 1\n"));
    wire.fetch();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    let gap = asked[1].moment - asked[0].moment;
    assert!(gap > std::time::Duration::from_millis(900), "{gap:?}");
}

#[test]
fn p47_a_crawl_delay_of_years_delays_a_page_by_half_a_day() {
    for (delay, least, most) in [("999999999", 5, 15), ("21600", 10, 29)] {
        let server = Server::start();
        let wire = wire_of_a_page(&server);
        server.set("/robots.txt", text(format!("User-agent: *\nCrawl-delay: {delay}\n")));
        let mut pages = 0;
        for _ in 0..7 * 24 {
            wire.clock.forward(TimeDelta::hours(1));
            assert_eq!(wire.run(&["fetch"]).code, 0);
            pages += paths(&server).iter().filter(|path| *path == "/news").count();
            if pages == 0 {
                let status = wire.run(&["status"]).out;
                assert!(status.contains("its server asked for that"), "{status}");
            }
        }
        assert!((least..=most).contains(&pages), "{delay}: {pages}");
    }
}

#[test]
fn p48_a_feed_needs_no_robots_txt_and_a_page_that_asks_not_to_be_shown_is_not() {
    let server = Server::start();
    server.set("/robots.txt", text("User-agent: *\nDisallow: /\n"));
    // WordPress keeps feeds themselves out of search engines in this way.
    let feed =
        Answer::feed(numbered("partner.example", 1..=3)).with("X-Robots-Tag", "noindex, follow");
    server.set("/feed", feed);
    let wire = Wire::of(&[("a", &server.url("/feed"))]);
    assert_eq!(wire.fetch()["entries"]["new"], 3);
    assert_eq!(paths(&server), ["/feed"]);

    for (answer, is_taken) in [
        (page("").with("X-Robots-Tag", "noarchive"), false),
        (page("").with("X-Robots-Tag", "samizdat: noindex"), false),
        (page("<meta name=\"robots\" content=\"noindex,nofollow\">"), false),
        (page("").with("X-Robots-Tag", "googlebot: noindex"), true),
        (page("<meta name=\"robots\" content=\"index, max-snippet:-1\">"), true),
    ] {
        let server = Server::start();
        let wire = wire_of_a_page(&server);
        server.set("/news", answer.clone());
        let report = wire.fetch();
        assert_eq!(report["failed"], u32::from(!is_taken), "{answer:?} {report}");
        assert_eq!(wire.stories().len(), usize::from(is_taken));
        let error = report["sources"][0]["error"].as_str().unwrap_or_default();
        assert!(is_taken || error.contains("not to be shown elsewhere"), "{error}");
    }
}

#[test]
fn p48_an_article_that_asks_not_to_be_shown_leaves_the_words_of_its_feed() {
    let paragraphs = "<p>The long words of the page itself, which go on for a while and say more than the feed.</p>".repeat(20);
    for (meta, is_taken) in [("", true), ("<meta name=\"robots\" content=\"noarchive\">", false)] {
        let server = Server::start();
        let link = server.url("/1/");
        let item = Item {
            guid: "1",
            link: &link,
            title: "One",
            date: "Mon, 02 Nov 2026 10:00:00 +0000",
            text: "A teaser",
        };
        server.set("/feed", Answer::feed(rss("Partner", &[item])));
        server.set("/1/", Answer::document("text/html", format!("<!doctype html><html><head><title>One</title>{meta}</head><body><article><h1>One</h1>{paragraphs}</article>")));
        let wire = Wire::new(&format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
            server.url("/feed")
        ));
        wire.fetch();
        let stories = wire.stories();
        assert_eq!(stories.len(), 1, "{meta}");
        let content = stories[0]["content_html"].as_str().unwrap();
        assert_eq!(content.contains("long words of the page"), is_taken, "{content}");
        assert_eq!(paths(&server).iter().filter(|path| *path == "/1/").count(), 1);
    }
}

#[test]
fn p48_a_304_may_ask_as_well_not_to_be_shown() {
    let server = Server::start();
    let wire = wire_of_a_page(&server);
    let news = page("");
    server.set("/news", news.clone());
    assert_eq!(wire.fetch()["failed"], 0);
    let silent = Answer::status("304 Not Modified", "X-Robots-Tag: noarchive\r\n");
    server.set("/news", silent);
    let report = wire.fetch();
    let error = report["sources"][0]["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("not to be shown elsewhere"), "{report}");
    assert!(server.asked().last().unwrap().is_conditional());
    // It may be shown again, and is what it was.
    server.set("/news", news);
    assert_eq!(wire.fetch()["unchanged"], 1);
    assert!(server.asked().last().unwrap().is_conditional());
}

#[test]
fn p48_an_article_that_begins_to_ask_not_to_be_shown_is_the_words_of_its_feed_again() {
    let words = "<p>The long words of the page itself, which go on for a while.</p>".repeat(20);
    let article = || {
        let html = format!(
            "<!doctype html><html><head><title>One</title></head><body><article><h1>One</h1>{words}</article>"
        );
        Answer::document("text/html", html)
    };
    let silent = Answer::status("304 Not Modified", "X-Robots-Tag: noarchive\r\n");
    for begins in [silent, article().with("X-Robots-Tag", "noarchive")] {
        let server = Server::start();
        let wire = Wire::new(&format!(
            "{HEAD}[[source]]\nid = \"a\"\nurl = \"{}\"\narticle = true\n",
            server.url("/feed")
        ));
        let content = |title: &str, answer: Answer| {
            let link = server.url("/1/");
            let date = "Mon, 02 Nov 2026 10:00:00 +0000";
            let item = Item { guid: "1", link: &link, title, date, text: "A teaser" };
            server.set("/feed", Answer::feed(rss("Partner", &[item])));
            server.set("/1/", answer);
            wire.fetch();
            let asked = server.asked();
            assert!(asked.iter().any(|asked| asked.path == "/1/"), "{title}");
            wire.stories()[0]["content_html"].as_str().unwrap().to_owned()
        };
        assert!(content("One", article()).contains("long words of the page"));
        let after = content("One, corrected", begins);
        assert!(!after.contains("long words"), "{after}");
        assert_eq!(wire.stories()[0]["summary"], "A teaser");
        // Nothing that was read before comes back with a 304, and it is read again where it may be.
        let again = content("One, once more", article());
        assert!(again.contains("long words of the page"), "{again}");
    }
}

#[test]
fn p49_a_page_is_asked_for_as_politely_as_a_feed() {
    let server = Server::start();
    let wire = wire_of_a_page(&server);
    wire.fetch();
    assert_eq!(wire.fetch()["unchanged"], 1);
    let asked = server.asked();
    assert!(asked.last().unwrap().is_conditional());
    // Cron every minute: once an hour.
    for _ in 0..119 {
        wire.clock.forward(TimeDelta::minutes(1));
        wire.run(&["fetch"]);
    }
    assert!((1..=2).contains(&server.asked().len()));
    server.set("/news", Answer::status("429 Too Many", "Retry-After: 36000\r\n"));
    wire.fetch();
    server.asked();
    for _ in 0..9 {
        wire.clock.forward(TimeDelta::hours(1));
        wire.run(&["fetch", "--now"]);
    }
    assert_eq!(server.asked().len(), 0);
}
