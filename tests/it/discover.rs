//! Finding the feeds of a site, and selectors where it has none.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::corpus::data;
use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

fn html(page: impl Into<Vec<u8>>) -> Answer {
    Answer::document("text/html; charset=utf-8", page)
}

/// A wire that has one source, elsewhere.
fn wire() -> Wire {
    Wire::of(&[("a", "https://a.example/feed")])
}

fn discover(wire: &Wire, url: &str) -> Value {
    let ran = wire.run(&["discover", "--json", url]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

fn asked(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.path).collect()
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sites").join(name);
    path.to_str().unwrap().to_owned()
}

#[test]
fn links_are_relative_to_the_base_and_comments_and_podcasts_are_told_apart() {
    let server = Server::start();
    server.set(
        "/news/",
        html(
            "<html><head><base href='/blog/'>\
             <link rel=alternate type=application/rss+xml title='U » Comments Feed' href=comments/feed/>\
             <link rel=alternate type=application/rss+xml title='Talks' href=talks>\
             <link rel=alternate type=application/rss+xml title='U » Feed' href=feed/>\
             <link rel=alternate type=application/rss+xml title='Gone' href=gone/></head></html>",
        ),
    );
    server.set("/blog/feed/", Answer::feed(numbered("u.example", 1..=3)));
    server.set("/blog/comments/feed/", Answer::feed(numbered("u.example", 1..=2)));
    let recorded = numbered("u.example", 1..=2).replace(
        "</item>",
        "<enclosure url='https://u.example/a.mp3' type='audio/mpeg' length='5'/></item>",
    );
    server.set("/blog/talks", Answer::feed(recorded));
    let found = discover(&wire(), &server.url("/news/"));
    let feeds: Vec<(&str, &str, u64)> = found["feeds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feed| {
            let url = feed["url"].as_str().unwrap();
            let path = &url[server.url("").len()..];
            (path, feed["kind"].as_str().unwrap(), feed["entries"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        feeds,
        [
            ("/blog/feed/", "posts", 3),
            ("/blog/talks", "podcast", 2),
            ("/blog/comments/feed/", "comments", 2)
        ]
    );
    assert_eq!(found["feeds"][0]["newest"], "2026-11-02T11:00:00Z");
    assert_eq!(found["feeds"][0]["format"], "rss");
    assert!(found["failed"][0]["error"].as_str().unwrap().contains("404"), "{found}");
    // The page's own links gave something: nothing is guessed.
    let mut paths = asked(&server);
    paths.sort();
    assert_eq!(
        paths,
        [
            "/blog/comments/feed/",
            "/blog/feed/",
            "/blog/gone/",
            "/blog/talks",
            "/news/",
            "/robots.txt"
        ]
    );
    let text = wire().run(&["discover", &server.url("/news/")]).out;
    assert!(text.contains("3 entries, newest 2026-11-02") && text.contains("podcast"), "{text}");
}

#[test]
fn common_places_are_asked_once_each_and_never_more_than_the_limit() {
    let server = Server::start();
    server.set("/", html("<html><body><p>Words.</p></body></html>"));
    let wire = wire();
    let ran = wire.run(&["discover", "--json", &server.url("/")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.json()["places"], 12);
    let mut paths = asked(&server);
    assert_eq!(paths.len(), 14, "the page, robots.txt and twelve places: {paths:?}");
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 14, "each of them once");
    let said = wire.run(&["discover", &server.url("/")]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("no feed was found"), "{said:?}");

    // The first that is a feed ends it.
    server.asked();
    server.set("/feed/", html("<html><title>Not found</title></html>"));
    server.set("/rss.xml", Answer::feed(numbered("u.example", 1..=3)));
    let found = discover(&wire, &server.url("/"));
    assert_eq!(found["feeds"][0]["found"], "place");
    assert_eq!(asked(&server), ["/robots.txt", "/", "/feed/", "/rss.xml"]);
}

#[test]
fn p47_robots_forbid_guesses_and_the_page_itself() {
    let server = Server::start();
    server.set("/", html("<html><body><p>Words.</p></body></html>"));
    server.set(
        "/robots.txt",
        Answer::document("text/plain", "User-agent: *\nDisallow: /feed\nDisallow: /rss"),
    );
    assert_eq!(wire().run(&["discover", &server.url("/")]).code, 1);
    let paths = asked(&server);
    assert!(
        paths.iter().all(|path| !path.starts_with("/feed") && !path.starts_with("/rss")),
        "{paths:?}"
    );
    server.set("/robots.txt", Answer::document("text/plain", "User-agent: *\nDisallow: /"));
    let ran = wire().run(&["discover", &server.url("/")]);
    assert!(ran.code == 1 && ran.err.contains("blocked by robots"), "{ran:?}");
    assert_eq!(asked(&server), ["/robots.txt"]);
}

#[test]
fn h1_private_addresses_are_not_asked_without_leave() {
    let server = Server::start();
    server.set("/", html("<html></html>"));
    let wire = Wire::new("");
    let ran = wire.run(&["discover", &server.url("/")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn what_is_added_passes_check_and_everything_else_stays() {
    let server = Server::start();
    let link = "<link rel=alternate type=application/rss+xml href=/feed/>";
    server.set("/", html(format!("<html><head>{link}</head></html>")));
    server.set("/feed/", Answer::feed(numbered("u.example", 1..=3)));
    let own = "[[source]] # the first\nid = \"127-0-0-1\"  # clash\nurl = \"https://b.example/\"\n\n# Topics\n[[tag]]\nid = \"t\"\nmatch = [ 'x' ] # odd   spaces\n";
    for line_end in ["\n", "\r\n"] {
        let before = format!("# ours\n{HEAD}{own}").replace('\n', line_end);
        let wire = Wire::new(&before);
        std::fs::set_permissions(wire.path("feeds.toml"), PermissionsExt::from_mode(0o600))
            .unwrap();
        let ran = wire.run(&["discover", "--add", "--json", &server.url("/")]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let added = ran.json()["added"].clone();
        assert_eq!(added["id"], "127-0-0-1-2");
        let after = wire.read("feeds.toml");
        let line = added["line"].as_u64().unwrap() as usize;
        assert_eq!(after.lines().nth(line - 1), Some("[[source]]"));
        let at =
            after.find(&format!("{line_end}[[source]]{line_end}id = \"127-0-0-1-2\"")).unwrap();
        let rest = &after[at..];
        let block = &rest[..rest.find(&format!("{line_end}# Topics")).unwrap()];
        // Byte for byte, but for the block.
        assert_eq!(after.replacen(block, "", 1), before);
        assert_eq!(after.matches('\n').count(), after.matches(line_end).count());
        assert_eq!(wire.run(&["check"]).code, 0);
        let mode = wire.path("feeds.toml").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let again = wire.run(&["discover", "--add", &server.url("/")]);
        assert_eq!(again.code, 2, "{again:?}");
        assert!(again.err.contains("`127-0-0-1-2`, line"), "{again:?}");
        assert_eq!(wire.read("feeds.toml"), after);
    }
}

#[test]
fn a_saved_page_needs_an_address_and_one_that_can_be_polled() {
    let wire = wire();
    let before = wire.read("feeds.toml");
    let ran = wire.run(&["discover", &fixture("typo3.html")]);
    assert!(ran.code == 2 && ran.err.contains("--base-url https://"), "{ran:?}");
    let told = wire.run(&["discover", "--json", &fixture("typo3.html")]);
    assert_eq!(told.code, 2, "{told:?}");
    assert!(told.json()["error"].as_str().unwrap().contains("--base-url"), "{told:?}");
    for (address, reason) in [
        ("http://10.0.0.1/x", "private or reserved network"),
        ("file:///srv/x", "--base-url"),
        ("https://user:word@u.example/x", "--base-url"),
    ] {
        let ran = wire.run(&["discover", "--add", "--base-url", address, &fixture("typo3.html")]);
        assert!(ran.code == 2 && ran.err.contains(reason), "{address}: {ran:?}");
    }
    assert_eq!(wire.read("feeds.toml"), before);
}

#[test]
fn a_name_without_a_scheme_is_asked_for_on_the_web_where_no_file_has_it() {
    let wire = wire();
    let ran = wire.run(&["discover", "--json", "partner.example/news"]);
    assert_eq!(ran.json()["document"], "https://partner.example/news", "{ran:?}");
    assert!(ran.err.contains("there is no file partner.example/news, so https://"), "{ran:?}");
    for name in ["nothing.html", "nothing", "./partner.example"] {
        let ran = wire.run(&["discover", name]);
        assert!(ran.code == 1 && ran.err.contains("there is no such file"), "{name}: {ran:?}");
    }
    // One that is there is read, whatever it is called.
    wire.write("partner.example", "<html><p>Words.</p></html>");
    let ran = wire.run(&["discover", "--base-url", "https://p.example/", "partner.example"]);
    assert!(ran.code == 1 && ran.err.contains("no feed was found"), "{ran:?}");
}

#[test]
fn what_is_no_page_is_told_as_what_it_is() {
    let server = Server::start();
    let crowd = format!("<html><body>{}</body></html>", "<p>x</p>".repeat(110_000));
    for (path, answer, expected) in [
        ("/crowd", html(crowd), "more than 100000 elements"),
        ("/list", Answer::document("text/xml", "<opml><body/></opml>"), "`samizdat opml import`"),
        ("/gone", Answer::status("410 Gone", ""), "look on the site for its successor"),
        ("/busy", Answer::status("429 Slow", ""), "wants to be left alone"),
    ] {
        server.set(path, answer);
        let ran = wire().run(&["discover", &server.url(path)]);
        assert!(ran.code == 1 && ran.err.contains(expected), "{path}: {ran:?}");
        assert!(!ran.err.contains("feeds.toml") || path == "/list", "{path}: {ran:?}");
    }
}

#[test]
fn nothing_is_written_where_it_cannot_be() {
    let server = Server::start();
    server.set("/", html("<link rel=alternate type=application/rss+xml href=/feed/>"));
    server.set("/feed/", Answer::feed(numbered("u.example", 1..=3)));
    let wire = Wire::new("[site]\ntitle = 3\n");
    let ran = wire.run(&["discover", "--add", &server.url("/")]);
    assert_eq!((ran.code, server.asked().len()), (2, 0), "{ran:?}");
    std::fs::remove_file(wire.path("feeds.toml")).unwrap();
    assert_eq!(wire.run(&["discover", "--add", &server.url("/")]).code, 2);
    assert!(!wire.path("feeds.toml").exists());
}

#[test]
fn a_page_without_a_feed_becomes_a_source_that_can_be_fetched() {
    let server = Server::start();
    server.set("/news", html(std::fs::read(fixture("typo3.html")).unwrap()));
    let wire = Wire::new(HEAD);
    let ran = wire.run(&["discover", "--add", &server.url("/news")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("[source.select]") && ran.out.contains("- Harbour workers vote"),
        "{ran:?}"
    );
    assert_eq!(wire.run(&["check"]).code, 0);
    assert_eq!(wire.fetch()["entries"]["new"], 6, "{}", wire.read("feeds.toml"));
}

const TITLES: [&str; 6] = [
    "Harbour workers vote for the strike",
    "What the water contracts do not say",
    "A letter from the assembly of tenants",
    "Night trains instead of short flights",
    "Why we occupy the old post office",
    "Three demands for the next budget",
];

#[test]
fn pages_of_the_usual_builders_give_their_feeds_or_their_titles() {
    let wire = Wire::new("");
    let mut wrong = Vec::new();
    let pages: Vec<_> = std::fs::read_dir(fixture("")).unwrap().collect();
    assert!(pages.len() >= 19, "{} pages", pages.len());
    for entry in pages {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let page = std::fs::read_to_string(fixture(&name)).unwrap();
        let arguments =
            ["discover", "--json", "--base-url", "https://site.example/news/", &fixture(&name)];
        let ran = wire.run(&arguments);
        let report = ran.json();
        let posts =
            report["feeds"].as_array().unwrap().iter().filter(|feed| feed["kind"] == "posts");
        let has_feed =
            page.contains("rss+xml") || page.contains("atom+xml") || page.contains("rss.xml");
        let is_right = if has_feed {
            posts.count() > 0
        } else if page.contains(TITLES[0]) {
            let best = &report["proposals"][0];
            let titles = serde_json::to_string(&best["titles"]).unwrap();
            let has_hash = best["toml"].as_str().unwrap_or("css-").contains("css-");
            best["items"] == 6 && TITLES.iter().all(|title| titles.contains(title)) && !has_hash
        } else {
            ran.code == 1 && report["proposals"].as_array().unwrap().is_empty()
        };
        if !is_right {
            wrong.push(format!("{name}: {report}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn of_captured_pages_every_announced_feed_is_found_and_proposals_hold() {
    let Some(pages) = data("html") else { return };
    let mut files = Vec::new();
    let mut directories = vec![pages];
    while let Some(directory) = directories.pop() {
        for path in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "html")
                // What an extractor should give, and no page.
                && !path.ends_with("expected.html")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    let wire = Wire::new("");
    let (mut announcing, mut found, mut silent) = (0, 0, 0);
    let (mut proposed, mut sites) = (Vec::new(), std::collections::BTreeSet::new());
    for file in &files {
        sites.insert(site_of(file));
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).to_lowercase();
        // What a person who searches the source of the page would see.
        let announces = text.split("<link").skip(1).any(|link| {
            let link = link.split('>').next().unwrap();
            ["rss+xml", "atom+xml"].iter().any(|kind| link.contains(kind))
                && link.contains("alternate")
        });
        let arguments = [
            "discover",
            "--json",
            "--base-url",
            "https://captured.example/page",
            file.to_str().unwrap(),
        ];
        let report = wire.run(&arguments).json();
        let feeds = report["feeds"].as_array().unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        if announces {
            announcing += 1;
            if feeds.is_empty() {
                println!("  missed: {name}");
            } else {
                found += 1;
            }
        } else if feeds.is_empty() {
            silent += 1;
            match report["proposals"].as_array().unwrap().first() {
                Some(best) => {
                    proposed.push(file.to_str().unwrap().to_owned());
                    println!("  {name}: {} {}", best["items"], best["titles"]);
                }
                None => println!("  {name}: none"),
            }
        }
    }
    println!(
        "{} pages of {} sites: {found} of {announcing} announced feeds found; of {silent} without a feed {} have a proposal, the others none",
        files.len(),
        sites.len(),
        proposed.len()
    );
    assert!(sites.len() >= 40, "{sites:#?}");
    assert!(announcing >= 29 && found == announcing, "{found} of {announcing}");
    // Articles have no list of news; a proposal for others would be made of chance. These two have
    // one: the news below the article, and the references of an encyclopedia.
    let known = ["diem25.org.climate.html", "wikipedia/source.html"];
    let others: Vec<_> =
        proposed.iter().filter(|file| !known.iter().any(|known| file.ends_with(known))).collect();
    assert!(others.is_empty(), "{others:#?}");
}

/// What a captured page is of: its file is named after its host, or lies in a folder of its own.
fn site_of(file: &Path) -> String {
    let name = file.file_name().unwrap().to_str().unwrap();
    let folder = file.parent().unwrap().file_name().unwrap().to_str().unwrap();
    if name == "source.html" { folder } else { name }.to_owned()
}
