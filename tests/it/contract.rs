//! The JSON shapes, words and exit codes that others rely on.

use chrono::TimeDelta;
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::{HEAD, Wire, numbered};

fn has(value: &Value, keys: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    for key in keys {
        assert!(object.contains_key(*key), "{key} is missing in {value}");
    }
}

fn is_utc(value: &Value) -> bool {
    value.as_str().is_some_and(|time| {
        time.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(time).is_ok()
    })
}

#[test]
fn the_json_shapes_are_those_of_the_contract() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);

    let fetch = wire.fetch();
    has(
        &fetch,
        &["polled", "unchanged", "failed", "not_due", "entries", "stories", "written", "sources"],
    );
    has(&fetch["entries"], &["new", "updated", "joined", "held"]);
    has(&fetch["stories"], &["new", "updated"]);
    has(&fetch["sources"][0], &["id", "outcome", "status", "error", "new", "updated"]);
    assert_eq!((&fetch["polled"], &fetch["failed"]), (&2.into(), &1.into()));
    assert_eq!(fetch["sources"][0]["outcome"], "new");
    assert_eq!(
        (&fetch["sources"][1]["outcome"], &fetch["sources"][1]["status"]),
        (&"failed".into(), &404.into())
    );
    assert!(fetch["written"].as_array().unwrap().contains(&"atom.xml".into()), "{fetch}");
    let again = wire.run(&["fetch", "--json"]).json();
    assert_eq!((&again["not_due"], &again["polled"]), (&2.into(), &0.into()));
    assert_eq!(again["sources"][0]["outcome"], "not_due");

    let status = wire.run(&["status", "--json"]).json();
    has(&status["store"], &["entries", "stories", "bytes"]);
    assert_eq!((&status["store"]["entries"], &status["store"]["stories"]), (&3.into(), &3.into()));
    for source in status["sources"].as_array().unwrap() {
        has(
            source,
            &[
                "id",
                "url",
                "state",
                "last_poll",
                "last_success",
                "next_poll",
                "http_status",
                "error",
                "failures",
                "entries",
                "stories",
            ],
        );
        assert!(is_utc(&source["last_poll"]) && is_utc(&source["next_poll"]));
    }
    assert_eq!(status["sources"][1]["state"], "failing");

    let story = &wire.stories()[0];
    has(
        story,
        &[
            "id",
            "url",
            "title",
            "summary",
            "content_html",
            "language",
            "authors",
            "published",
            "updated",
            "first_seen",
            "source",
            "organisation",
            "also",
            "editions",
            "tags",
            "image",
            "enclosures",
            "rights",
        ],
    );
    assert!(
        is_utc(&story["published"]) && is_utc(&story["updated"]) && is_utc(&story["first_seen"])
    );

    let check = wire.run(&["check", "--json"]).json();
    has(&check, &["ok", "errors", "warnings"]);

    server.set("/rss", Answer::feed(numbered("a.example", 1..=3)));
    let discover = wire.run(&["discover", "--json", &server.url("/rss")]).json();
    has(
        &discover,
        &["document", "feeds", "failed", "left_out", "places", "proposals", "added", "error"],
    );
    has(
        &discover["feeds"][0],
        &["url", "found", "kind", "format", "title", "language", "entries", "newest"],
    );
    assert_eq!(discover["feeds"][0]["found"], "itself");

    wire.write(
        "list.opml",
        "<opml><body><outline text='C' xmlUrl='https://c.example/'/></body></opml>",
    );
    let imported = wire.run(&["opml", "import", "--dry-run", "--json", "list.opml"]).json();
    has(&imported, &["added", "known", "skipped", "sources", "dry_run", "error"]);
    has(&imported["sources"][0], &["outcome", "url", "name", "id", "reason"]);
    assert_eq!((&imported["added"], &imported["dry_run"]), (&1.into(), &true.into()));

    wire.write("planet.ini", "[Planet]\nfoo = bar\n[https://c.example/]\nname = C\n");
    let imported = wire.run(&["import", "--dry-run", "--json", "planet.ini"]).json();
    has(
        &imported,
        &[
            "program",
            "is_new",
            "added",
            "known",
            "skipped",
            "sources",
            "not_carried",
            "dry_run",
            "error",
        ],
    );
    has(&imported["not_carried"][0], &["line", "what", "times", "advice"]);
    assert_eq!((&imported["program"], &imported["is_new"]), (&"planet".into(), &false.into()));

    wire.write("feed.xml", numbered("a.example", 1..=2));
    let preview = wire.run(&["preview", "--json", "feed.xml"]).lines().remove(0);
    has(
        &preview,
        &["file", "format", "title", "site", "language", "hub", "entries", "repairs", "error"],
    );
    assert_eq!((&preview["file"], &preview["format"]), (&"feed.xml".into(), &"rss".into()));
    has(
        &preview["entries"][0],
        &[
            "identity",
            "url",
            "title",
            "summary",
            "content_html",
            "authors",
            "published",
            "updated",
            "categories",
            "image",
            "enclosures",
        ],
    );
    assert_eq!(preview["entries"][0]["identity"], "https://a.example/?p=1");
}

#[test]
fn i6_exit_codes_tell_the_truth() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    let code = |arguments: &[&str]| wire.run(arguments).code;
    assert_eq!(code(&["fetch"]), 0, "a source that fails and will be polled again");
    wire.clock.forward(TimeDelta::hours(1));
    assert_eq!(code(&["fetch", "--strict", "--now"]), 3, "with --strict any failure");
    assert_eq!(code(&["fetch", "nobody"]), 2, "no such source");
    assert_eq!(code(&["fly"]), 2, "no such command");
    assert_eq!(code(&["fetch", "--config", "other.toml"]), 2, "no such file");
    assert_eq!(code(&["--help"]), 0);

    // Failing for longer than alert_after: told once a day.
    wire.clock.forward(TimeDelta::hours(30));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("b: failing since 2026-11-02") && ran.err.contains("404"), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    wire.clock.forward(TimeDelta::hours(1));
    let ran = wire.run(&["fetch"]);
    assert_eq!((ran.code, ran.err.as_str()), (3, ""));
    wire.clock.forward(TimeDelta::hours(24));
    assert!(wire.run(&["fetch"]).err.contains("b: failing since"));
}

#[test]
fn r11_a_broken_feeds_toml_polls_nothing_and_deletes_nothing() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    server.asked();
    let public = wire.public();
    for broken in
        ["", "[site", "[site]\ntitle = \"x\"\n", &format!("{HEAD}\n[[sorce]]\nid = \"a\"\n")]
    {
        wire.write("feeds.toml", broken);
        wire.clock.forward(TimeDelta::hours(2));
        for command in ["fetch", "publish", "list", "status"] {
            let ran = wire.run(&[command]);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command}: {ran:?}");
            assert!(ran.err.contains("feeds.toml"), "{ran:?}");
        }
    }
    assert_eq!(server.asked().len(), 0);
    assert_eq!(wire.public(), public);
}

#[test]
fn r11_the_stories_of_a_source_that_left_feeds_toml_stay() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    server.set("/b", Answer::feed(numbered("b.example", 4..=6)));
    let (a, b) = (server.url("/a"), server.url("/b"));
    let wire = Wire::of(&[("a", &a), ("b", &b)]);
    wire.fetch();
    let without = Wire::of(&[("a", &a)]).read("feeds.toml");
    wire.write("feeds.toml", without);
    assert_eq!(wire.run(&["publish"]).code, 0);
    assert_eq!(wire.stories().len(), 6);
    assert_eq!(wire.read("public/atom.xml").matches("<entry").count(), 6);
}

#[test]
fn r7_while_another_has_the_store_nothing_is_done_and_no_request_is_sent() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    server.asked();
    wire.clock.forward(TimeDelta::hours(2));
    let lock = std::fs::File::options().write(true).open(wire.path("data/lock")).unwrap();
    lock.lock().unwrap();
    for command in ["fetch", "publish", "list", "status"] {
        let ran = wire.run(&[command]);
        assert_eq!(ran.code, 75, "{command}: {ran:?}");
        assert!(ran.err.contains("in use by pid "), "{ran:?}");
    }
    assert_eq!(server.asked().len(), 0);
    lock.unlock().unwrap();
    assert_eq!(wire.run(&["fetch", "--json"]).json()["polled"], 1);
}

#[test]
fn r10_a_missing_store_beside_outputs_is_no_new_beginning() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    server.asked();
    let public = wire.public();
    std::fs::remove_dir_all(wire.path("data")).unwrap();
    for command in ["fetch", "publish"] {
        let ran = wire.run(&[command]);
        assert_eq!(ran.code, 4, "{ran:?}");
        assert!(ran.err.contains("samizdat fetch --init"), "{ran:?}");
    }
    assert_eq!((server.asked().len(), wire.public() == public), (0, true));
    assert_eq!(wire.run(&["fetch", "--init"]).code, 0);
    assert_eq!(wire.stories().len(), 3);
}

#[test]
fn r9_a_damaged_store_is_refused_with_the_way_out_and_nothing_is_polled() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    wire.fetch();
    server.asked();
    let public = wire.public();
    std::fs::remove_dir_all(wire.path("data/sled")).unwrap();
    wire.clock.forward(TimeDelta::hours(2));
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("damaged") && ran.err.contains("samizdat restore data/"), "{ran:?}");
    assert_eq!((server.asked().len(), wire.public() == public), (0, true));
}

#[test]
fn list_filters_and_limits() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=4)));
    let wire = Wire::of(&[("a", &server.url("/a")), ("b", &server.url("/b"))]);
    wire.fetch();
    let count =
        |arguments: &[&str]| wire.run(&[&["list", "--json"], arguments].concat()).lines().len();
    assert_eq!(count(&[]), 12);
    assert_eq!(count(&["--source", "b"]), 4);
    assert_eq!(count(&["--organisation", "b-example"]), 4);
    assert_eq!(count(&["--organisation", "B.Example"]), 4);
    assert_eq!(count(&["--limit", "5"]), 5);
    assert_eq!(count(&["--search", "statement 7"]), 1);
    assert_eq!(count(&["--search", "STATEMENT"]), 12);
    assert_eq!(count(&["--since", "2026-11-02T09:30:00Z"]), 4);
    assert_eq!(count(&["--source", "a", "--search", "statement 3", "--limit", "0"]), 1);
    let text = wire.run(&["list", "--limit", "2"]).out;
    assert_eq!(text.lines().count(), 2);
    assert!(text.contains("Statement 1 of"), "{text}");
    assert_eq!(wire.run(&["list", "--since", "yesterday"]).code, 2);
}

#[test]
fn list_tells_of_what_is_asked_for_and_is_not_there() {
    let server = Server::start();
    server.set("/a", Answer::feed(numbered("a.example", 1..=8)));
    server.set("/b", Answer::feed(numbered("b.example", 1..=4)));
    let source = |id: &str, more: &str, path: &str| {
        format!("[[source]]\nid = \"{id}\"\n{more}url = \"{}\"\n", server.url(path))
    };
    let wire = Wire::new(&format!(
        "{HEAD}{}{}[[tag]]\nid = \"peace\"\n[[tag]]\nid = \"harbours\"\nmatch = [\"statement 2\"]\n",
        source("alpha", "organisation = \"Dockers United\"\nlanguage = \"de\"\n", "/a"),
        source("beta", "tags = [\"housing\"]\n", "/b"),
    ));
    let list = |wire: &Wire, option: &str, value: &str| {
        let ran = wire.run(&["list", "--json", option, value]);
        (ran.code, ran.lines().len(), ran.err)
    };
    let unknown = [
        ("--source", "alpa", "there is no source alpa in feeds.toml", "did you mean alpha?"),
        ("--source", "zzz", "there is no source zzz", "there are: alpha, beta"),
        ("--tag", "Peac", "there is no tag Peac in feeds.toml", "did you mean peace?"),
        (
            "--organisation",
            "Dokers United",
            "no organisation Dokers",
            "did you mean Dockers United?",
        ),
        ("--language", "german", "`german` is not the code of a language", "\"de\""),
    ];
    let refuses = |wire: &Wire, when: &str| {
        for (option, value, message, help) in unknown {
            let (code, lines, told) = list(wire, option, value);
            assert_eq!((code, lines), (2, 0), "{when}: {option} {value}: {told}");
            assert!(told.contains(message) && told.contains(help), "{when}: {told}");
            assert!(told.contains("nothing was listed"), "{when}: {told}");
        }
        // There is such a thing, and no story of it.
        for (option, value) in [("--tag", "peace"), ("--language", "pt-BR")] {
            assert_eq!(list(wire, option, value), (0, 0, String::new()), "{when}: {option}");
        }
    };
    refuses(&wire, "without a store");
    assert_eq!(list(&wire, "--organisation", "dockers united"), (0, 0, String::new()));
    wire.fetch();
    refuses(&wire, "with a store");
    for (option, value, stories) in [
        ("--source", "alpha", 8),
        ("--tag", "harbours", 2),
        ("--tag", "housing", 4),
        ("--organisation", "Dockers united", 8),
        ("--organisation", "dockers-united", 8),
        ("--language", "DE", 8),
        ("--language", "de-AT", 8),
    ] {
        assert_eq!(list(&wire, option, value), (0, stories, String::new()), "{option} {value}");
    }
    // Renamed: by the former name and the new one, before the next round and after it.
    let renamed = format!(
        "{HEAD}{}[[tag]]\nid = \"docks\"\nwas = [\"harbours\"]\nmatch = [\"statement 2\"]\n\
         [[organisation]]\nid = \"dockers\"\nname = \"Dockers United\"\nwas = [\"dockers-united\"]\n",
        source(
            "dockers",
            "was = [\"alpha\"]\norganisation = \"Dockers United\"\nlanguage = \"de\"\n",
            "/a"
        )
    );
    wire.write("feeds.toml", renamed);
    for when in ["before", "after"] {
        for (option, value, stories) in [
            ("--source", "alpha", 8),
            ("--source", "dockers", 8),
            ("--tag", "harbours", 2),
            ("--tag", "docks", 2),
            ("--organisation", "dockers-united", 8),
            ("--organisation", "dockers", 8),
            // These have left feeds.toml, and their stories are there.
            ("--source", "beta", 4),
            ("--organisation", "b-example", 4),
        ] {
            let found = list(&wire, option, value);
            assert_eq!(found, (0, stories, String::new()), "{when}: {option} {value}");
        }
        assert_eq!(wire.run(&["publish"]).code, 0);
    }
}
