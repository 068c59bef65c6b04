//! What subscribers may rely on, over several runs of the whole program.

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{Item, Wire, numbered, rss};

#[test]
fn o4_two_runs_without_news_leave_every_byte_and_time() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=20)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    assert!(public.len() >= 12, "{:?}", public.keys());
    for _ in 0..3 {
        wire.clock.forward(TimeDelta::days(3));
        assert_eq!(wire.fetch()["written"], Value::Array(Vec::new()));
        assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    }
    assert_eq!(wire.public(), public);
}

#[test]
fn r40_lost_and_altered_files_are_whole_again_after_one_publish() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let public = wire.public();
    let bytes = |wire: &Wire| -> Vec<(String, Vec<u8>)> {
        wire.public().into_iter().map(|(name, (bytes, _))| (name, bytes)).collect()
    };
    let whole = bytes(&wire);
    std::fs::remove_file(wire.path("public/feed.json")).unwrap();
    let same_length = wire.read("public/atom.xml").replace("Statement", "Stotement");
    wire.write("public/atom.xml", same_length);
    wire.write("public/theirs.txt", "not ours");
    assert_eq!(wire.run(&["publish"]).code, 0);
    let theirs = ("theirs.txt".to_owned(), b"not ours".to_vec());
    let mut expected = whole.clone();
    expected.push(theirs);
    expected.sort();
    assert_eq!(bytes(&wire), expected);

    // A fetch with nothing due mends what is gone as well.
    std::fs::remove_dir_all(wire.path("public")).unwrap();
    assert_eq!(wire.run(&["fetch"]).code, 0);
    assert_eq!(bytes(&wire), whole);
    drop(public);
}

#[test]
fn o2_ids_survive_a_change_of_the_sites_address() {
    let server = Server::start();
    let item = Item {
        guid: "4101",
        link: "https://a.example/one/",
        title: "One",
        date: "Mon, 02 Nov 2026 08:00:00 +0000",
        text: "Words.",
    };
    server.set("/a", Answer::feed(rss("A", &[item])));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let ids = |wire: &Wire| -> Vec<String> {
        let atom = wire.read("public/atom.xml");
        atom.split("<id>").skip(1).map(|id| id.split("</id>").next().unwrap().to_owned()).collect()
    };
    let before = ids(&wire);
    assert!(
        before.iter().all(|id| id.starts_with("tag:wire.example.org,2026-11-02:")
            || id.contains("a.example")
            || id.contains("127.0.0.1")),
        "{before:?}"
    );
    wire.write(
        "feeds.toml",
        wire.read("feeds.toml").replace("wire.example.org", "news.example.net"),
    );
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(ids(&wire), before);
    assert!(wire.read("public/atom.xml").contains("https://news.example.net/atom.xml"));
}

#[test]
fn o5_feed_dates_are_those_of_the_news_never_of_the_run() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 3..=5)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    let updated = |wire: &Wire| {
        let atom = wire.read("public/atom.xml");
        let (_, rest) = atom.split_once("<updated>").unwrap();
        rest.split_once("</updated>").unwrap().0.to_owned()
    };
    let date = chrono::DateTime::parse_from_rfc3339(&updated(&wire)).unwrap();
    assert_eq!(date.to_rfc3339(), "2026-11-02T09:00:00+00:00");
    let rss = wire.read("public/rss.xml");
    assert!(
        rss.contains("<lastBuildDate>Mon, 2 Nov 2026 09:00:00 +0000")
            || rss.contains("<lastBuildDate>Mon, 02 Nov 2026 09:00:00 +0000"),
        "{rss}"
    );
}

#[test]
fn o6_rss_atom_json_and_the_page_agree() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=9)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=9)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    let json: Value = serde_json::from_str(&wire.read("public/feed.json")).unwrap();
    let titles: Vec<&str> = json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles.len(), 18);
    for name in ["public/atom.xml", "public/rss.xml", "public/index.html"] {
        let text = wire.read(name);
        let places: Vec<usize> = titles
            .iter()
            .map(|title| text.find(title).unwrap_or_else(|| panic!("{title} is not in {name}")))
            .collect();
        assert!(places.is_sorted(), "{name} has another order");
    }
}

#[test]
fn o36_every_output_of_the_contract_is_there() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=2)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let tags = wire.read("feeds.toml") + "[[tag]]\nid = \"peace\"\nname = \"Peace\"\n";
    wire.write(
        "feeds.toml",
        tags.replace("url = \"http://127", "language = \"en\"\nurl = \"http://127"),
    );
    wire.fetch();
    let public = wire.public();
    for directory in ["", "tag/peace/", "organisation/a-example/", "language/en/"] {
        for name in ["index.html", "rss.xml", "atom.xml", "feed.json"] {
            assert!(public.contains_key(&format!("{directory}{name}")), "{directory}{name}");
        }
    }
    for name in ["sources.opml", "outputs.opml", "about.html"] {
        assert!(public.contains_key(name), "{name}");
    }
    assert!(!public.keys().any(|name| name.contains("samizdat-tmp")), "{:?}", public.keys());
}

#[test]
fn republish_and_images_give_less_where_feeds_toml_says_so() {
    let server = Server::start();
    let feed = "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>A</title><link>https://a.example/</link><description/><item><title>One</title><link>https://a.example/1/</link><guid>https://a.example/1/</guid><pubDate>Mon, 02 Nov 2026 08:00:00 +0000</pubDate><description>A short teaser of it.</description><content:encoded><![CDATA[<p>The whole of the secret text.</p><p>And more of it.</p><p><img src=\"https://a.example/p.jpg\" alt=\"\"></p>]]></content:encoded></item></channel></rss>";
    server.set("/a", Answer::feed(feed));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let plain = wire.read("feeds.toml");
    wire.fetch();
    let everything = |wire: &Wire| -> String {
        wire.public()
            .values()
            .map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned())
            .collect()
    };
    assert!(everything(&wire).contains("secret text") && everything(&wire).contains("p.jpg"));
    wire.write("feeds.toml", format!("{plain}republish = \"excerpt\"\n"));
    wire.run(&["publish"]);
    let less = everything(&wire);
    assert!(!less.contains("secret text") && less.contains("short teaser"));
    wire.write("feeds.toml", format!("{plain}republish = \"link\"\n"));
    wire.run(&["publish"]);
    let least = everything(&wire);
    assert!(
        !least.contains("short teaser")
            && !least.contains("p.jpg")
            && least.contains("https://a.example/1/")
    );
    wire.write("feeds.toml", format!("{plain}[publish]\nimages = \"none\"\n"));
    wire.run(&["publish"]);
    assert!(!everything(&wire).contains("p.jpg"));
}

#[test]
fn outputs_that_lose_their_stories_are_empty_and_those_that_are_not_made_go() {
    let server = Server::start();
    let feed = |language: &str| {
        numbered("a.example", 1..=2)
            .replace("<description/>", &format!("<description/><language>{language}</language>"))
    };
    server.set("/a", Answer::feed(feed("en")));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    assert_eq!(wire.read("public/language/en/rss.xml").matches("<item>").count(), 2);
    // The source corrects its language, and its words with it.
    server.set("/a", Answer::feed(feed("de").replace("The words", "Die Worte")));
    wire.fetch();
    assert_eq!(wire.read("public/language/de/rss.xml").matches("<item>").count(), 2);
    assert_eq!(wire.read("public/language/en/rss.xml").matches("<item>").count(), 0);
    let whole = wire.public();

    // What is published is a function of store and config: an empty directory gets the same.
    std::fs::rename(wire.path("public"), wire.path("before")).unwrap();
    wire.run(&["publish"]);
    let names = |public: &std::collections::BTreeMap<String, (Vec<u8>, std::time::SystemTime)>| {
        public.iter().map(|(name, (bytes, _))| (name.clone(), bytes.clone())).collect::<Vec<_>>()
    };
    assert_eq!(names(&wire.public()), names(&whole));

    wire.write("public/organisation/theirs.txt", "not ours");
    let without = wire.read("feeds.toml") + "[publish]\nper = [\"tag\"]\n";
    wire.write("feeds.toml", without);
    assert_eq!(wire.run(&["publish"]).code, 0);
    let left: Vec<String> = wire.public().into_keys().filter(|name| name.contains('/')).collect();
    assert_eq!(left, ["organisation/theirs.txt"], "what is not ours stays");
}

#[test]
fn what_feeds_toml_says_of_a_source_is_shown_at_the_next_fetch_though_nothing_is_due() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    server.set("/b", Answer::feed(numbered("b.example", 4..=6)));
    let wire = Wire::of(&[("b", &server.url("/b")), ("a", &server.url("/a"))]);
    wire.fetch();
    let plain = wire.read("feeds.toml");
    let untouched = wire.public()["organisation/b-example/atom.xml"].clone();
    for (line, words) in [
        ("name = \"The Movement\"", "The Movement"),
        ("rights = \"CC BY 4.0\"", "CC BY 4.0"),
        ("site = \"https://elsewhere.example/\"", "https://elsewhere.example/"),
    ] {
        wire.write("feeds.toml", format!("{plain}organisation = \"a.example\"\n{line}\n"));
        let ran = wire.run(&["fetch", "--json"]);
        assert_eq!(ran.json()["polled"], 0, "{ran:?}");
        for name in ["public/atom.xml", "public/rss.xml"] {
            let shown = wire.read(name);
            assert!(shown.contains(words) || name.ends_with("rss.xml"), "{name} lacks {words}");
        }
        assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    }
    assert_eq!(wire.public()["organisation/b-example/atom.xml"], untouched);
}

#[test]
fn o43_the_page_of_an_organisation_says_how_it_is_read_and_whom_to_write_to() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=2)));
    let page = "<html><body><article><h2><a href=\"/news/1\">One</a></h2></article></body></html>";
    server.set("/page", Answer::document("text/html", page));
    let wire = Wire::new(&format!(
        "{}[[source]]\nid = \"a\"\nurl = \"{}\"\norganisation = \"Harbour\"\nrights = \"CC BY 4.0\"\nconsent = \"Press office, 2026-11-02\"\n\
         [[source]]\nid = \"b\"\nurl = \"{}\"\norganisation = \"Harbour\"\nkind = \"page\"\ninterval = \"6h\"\nrepublish = \"excerpt\"\n\
         [source.select]\nitem = \"article\"\ntitle = \"h2\"\nlink = \"h2 a\"\n",
        crate::wire::HEAD.replace("[fetch]", "contact = \"mailto:wire@example.org\"\n[fetch]"),
        server.url("/a"),
        server.url("/page"),
    ));
    wire.fetch();
    let page = wire.read("public/organisation/harbour/index.html");
    let (_, said) = page.split_once("id=\"reading\"").unwrap();
    for words in [
        "<dt>Feed</dt>",
        "<dt>Page</dt>",
        &server.url("/a"),
        "at most every hour",
        "at most every 6 hours",
        "CC BY 4.0",
        "Press office, 2026-11-02",
        "title, link and an excerpt",
        "mailto:wire@example.org",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // What it says of a source is one of its inputs.
    wire.write("feeds.toml", wire.read("feeds.toml").replace("Press office", "The secretary"));
    wire.run(&["fetch"]);
    assert!(wire.read("public/organisation/harbour/index.html").contains("The secretary"));
}
