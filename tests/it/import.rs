//! Configurations of other programs: what becomes of them, and that nothing is lost in silence.

use std::path::Path;

use crate::wire::{HEAD, Wire};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/import").join(name);
    path.to_str().unwrap().to_owned()
}

/// A directory without a feeds.toml.
fn nowhere() -> Wire {
    let wire = Wire::new("");
    std::fs::remove_file(wire.path("feeds.toml")).unwrap();
    wire
}

#[test]
fn a_planet_becomes_a_feeds_toml_that_passes_check() {
    let wire = nowhere();
    let shown = wire.run(&["import", "--dry-run", &fixture("planet.ini")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.out.contains("would be added as `crane-drivers`"), "{shown:?}");
    assert!(!wire.path("feeds.toml").exists());

    let ran = wire.run(&["import", &fixture("planet.ini")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("3 sources added, 0 already there, 2 skipped"), "{ran:?}");
    let text = wire.read("feeds.toml");
    for line in [
        "title = \"Harbour Planet\"",
        "url = \"https://planet.harbour.example/\"",
        "contact = \"mailto:planet@harbour.example\"",
        "hub = \"https://hub.example.org/\"",
        "language = \"de\"",
        "timeout = \"20s\"",
        "window = 60",
        "limit = 4",
        "include = [\"rent\", \"eviction\"]",
        "exclude = [\"job vacancy\"]",
        "url = \"https://ferry.example/rss.xml\"",
        "url = \"http://tenants.example/rss?lang=el&full=1\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let read: toml_edit::DocumentMut = text.parse().unwrap();
    let names = read["source"].as_array_of_tables().unwrap().iter();
    let names: Vec<&str> = names.map(|source| source["name"].as_str().unwrap()).collect();
    assert_eq!(names[2], "let's try & break this \"planet\" ]]>");
    // Each line of the old file that has no place here is named, with what to do about it.
    for said in [
        "planet.ini:15: `output_dir` of [Planet] was not carried over: the outputs go to public/",
        "`filters = excerpt.py` was not carried over",
        "`face` of feeds (2 times) was not carried over",
        "`exclude = ^\\[ad\\].*` was not carried over: regular expressions",
        "[index.html.tmpl] was not carried over",
        "planet.ini:20: that `exclude = job vacancy` finds parts of words was not carried over: a phrase is found as whole words",
    ] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
    // What asks for whole words is carried over as it is.
    assert!(!ran.err.contains("rent|eviction"), "{}", ran.err);
    assert!(ran.out.contains("opml import") && ran.out.contains("file:"), "{ran:?}");
    let checked = wire.run(&["check"]);
    assert!(checked.code == 0 && checked.out.contains("3 sources"), "{checked:?}");
    // It is done once.
    let again = wire.run(&["import", &fixture("planet.ini")]);
    assert!(again.code == 0 && again.err.contains("everything is there already"), "{again:?}");
    assert_eq!(wire.read("feeds.toml"), text);
}

#[test]
fn what_is_there_stays_and_only_sources_are_added() {
    let own = format!(
        "# ours\n{HEAD}[[source]]\nid = \"cranes\" # why\nurl = \"https://cranes.example/feed/\"\n\n# end\n"
    );
    let wire = Wire::new(&own);
    let report = wire.run(&["import", "--json", &fixture("pluto.ini")]).json();
    assert_eq!(
        (&report["program"], &report["added"], &report["known"], &report["skipped"]),
        (&"pluto".into(), &1.into(), &1.into(), &1.into()),
        "{report}"
    );
    assert!(report["notes"][0].as_str().unwrap().contains("left aside"), "{report}");
    let text = wire.read("feeds.toml");
    let added = "\n# from pluto.ini\n[[source]]\nid = \"tools\"\nurl = \"https://github.com/harbour/tools/commits.atom\"\nname = \"Tools of the harbour\"\n";
    assert_eq!(text, own.replace("\n\n# end", &format!("\n{added}\n# end")));
    assert_eq!(wire.run(&["check"]).code, 0);
}

#[test]
fn pages_of_rsspls_keep_their_selectors() {
    let wire = nowhere();
    let ran = wire.run(&["import", "--config", "pages.toml", &fixture("rsspls.toml")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("2 sources added, 0 already there, 2 skipped"), "{ran:?}");
    assert!(ran.out.contains("skipped  Empty: it has no [feed.config]"), "{ran:?}");
    assert!(ran.out.contains("pages.toml was made"), "{ran:?}");
    assert!(ran.err.contains("correct it before the first fetch"), "{ran:?}");
    let text = wire.read("pages.toml");
    for line in [
        "id = \"harbour\"",
        "kind = \"page\"",
        "item = \"article.teaser\"",
        "link = \"h2 a\"",
        "image = \"figure img\"",
        "date_format = \"%d.%m.%Y\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let checked = wire.run(&["check", "--config", "pages.toml"]);
    assert!(checked.code == 0 && checked.out.contains("2 sources"), "{checked:?}");
    assert!(!wire.path("feeds.toml").exists());
}

#[test]
fn h61_a_configuration_runs_nothing_and_asks_nobody_private() {
    let wire = nowhere();
    wire.write(
        "planet.ini",
        "[Planet]\nname = x\nfilters = touch pwned\n[https://a.example/feed]\nname = A\n[http://10.0.0.1/]\nname = x\n\
         [http://169.254.169.254/latest]\nname = x\n[https://u:p@b.example/]\nname = x\n[file:///etc/passwd]\nname = x\n\
         [https://c.example/{env:HOME}]\nname = x\n[https://a.example/x]\nname = A\"\\\n  [[source]]\n",
    );
    let ran = wire.run(&["import", "--json", "planet.ini"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((&ran.json()["added"], &ran.json()["skipped"]), (&2.into(), &5.into()), "{ran:?}");
    assert!(!wire.path("pwned").exists() && !ran.out.contains("root:"));
    let checked = wire.run(&["check"]);
    assert!(checked.code == 0 && checked.out.contains("2 sources"), "{checked:?}");
}

#[test]
fn what_cannot_be_imported_is_told_and_nothing_is_written() {
    let wire = nowhere();
    wire.write("list.opml", "<opml><body/></opml>");
    wire.write("old.yml", "title: Planet\nfeeds:\n  - a\n");
    wire.write("latin.ini", b"[Planet]\nname = \xe9\n");
    wire.write("empty.ini", "[Planet]\nname = x\n");
    for (file, code, expected) in [
        ("missing.ini", 2, "missing.ini: there is no such file"),
        ("list.opml", 2, "`samizdat opml import`"),
        ("old.yml", 2, "this is YAML"),
        ("latin.ini", 2, "not UTF-8"),
        ("empty.ini", 0, "names no feed"),
    ] {
        let ran = wire.run(&["import", file]);
        assert!(ran.code == code && ran.err.contains(expected), "{file}: {ran:?}");
        let told = wire.run(&["import", "--json", file]);
        assert_eq!(
            (told.code, told.json()["error"].is_string()),
            (code, code == 2),
            "{file}: {told:?}"
        );
        assert!(!wire.path("feeds.toml").exists(), "{file}");
    }
    // The file of rsspls has the name of ours: it is not taken for one.
    wire.write("feeds.toml", std::fs::read(fixture("rsspls.toml")).unwrap());
    let ran = wire.run(&["import", "feeds.toml"]);
    let told = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(ran.code == 2 && told.contains("name another file for that with --config"), "{ran:?}");
}
