//! feeds.toml as its maintainers meet it: on the command line.

use crate::wire::{HEAD, Wire};

#[test]
fn every_error_is_told_at_once_with_line_and_remedy() {
    let wire = Wire::new(
        "[site]\ntitle = \"W\"\nurl = \"https://wire.example.org/\"\n\n[fetch]\nintervall = \"1h\"\ntimeout = \"soon\"\n\n[[source]]\nid = \"Not An Id\"\nurl = \"ftp://a.example/\"\n",
    );
    let ran = wire.run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for words in [
        "feeds.toml:6",
        "feeds.toml:7",
        "feeds.toml:10",
        "feeds.toml:11",
        "interval",
        "intervall = \"1h\"",
    ] {
        assert!(ran.out.contains(words), "{words} is not in:\n{}", ran.out);
    }
    let report = wire.run(&["check", "--json"]).json();
    assert_eq!(report["ok"], false);
    let errors = report["errors"].as_array().unwrap();
    let lines: Vec<u64> = errors.iter().map(|error| error["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [6, 7, 10, 11]);
    assert!(errors.iter().all(|error| !error["help"].as_str().unwrap().is_empty()), "{report}");
}

#[test]
fn what_has_no_effect_yet_is_said() {
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\nlink_hosts = [\"a.example\"]\n[serve]\nlisten = \"127.0.0.1:8080\"\n"
    ));
    let ran = wire.run(&["check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("no effect yet"), "{ran:?}");
    assert!(ran.out.contains("is good: 1 source"), "{ran:?}");
}

#[test]
fn the_partners_list_at_the_root_is_good() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/feeds.toml");
    let wire = Wire::new("");
    let ran = wire.run(&["check", "--config", root]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{ran:?}");
    let text = std::fs::read_to_string(root).unwrap();
    for partner in [
        "https://diem25.org/feed/",
        "https://www.tni.org/en/rss.xml",
        "https://mera25.gr/feed/",
        "https://mera25.de/feed/",
        "https://mera25.it/feed/",
        "https://rabkor.ru/feed/",
    ] {
        assert!(text.contains(partner), "{partner}");
    }
}

#[test]
fn files_of_other_programs_are_recognised() {
    for (text, words) in [
        (
            "[[feed]]\ntitle = \"x\"\nurl = \"https://a.example\"\n[feed.config]\nitem = \"article\"\n",
            "rsspls",
        ),
        (
            "[Planet]\nname = Planet\nlink = http://planet.example\n[http://a.example/feed]\nname = A\n",
            "Planet",
        ),
    ] {
        let wire = Wire::new(text);
        let ran = wire.run(&["check"]);
        assert_eq!(ran.code, 2);
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
}

#[test]
fn files_are_sources_too_but_only_inside_the_directory() {
    let wire = Wire::new(&format!(
        "{HEAD}[[source]]\nid = \"a\"\nurl = \"feeds/a.xml\"\nsite = \"https://a.example/\"\n"
    ));
    wire.write("feeds/a.xml", crate::wire::numbered("a.example", 1..=2));
    assert_eq!(wire.fetch()["entries"]["new"], 2);
    wire.write("feeds/a.xml", crate::wire::numbered("a.example", 1..=3));
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    std::fs::remove_file(wire.path("feeds/a.xml")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", wire.path("feeds/a.xml")).unwrap();
    let report = wire.fetch();
    assert!(report["sources"][0]["error"].as_str().unwrap().contains("outside"), "{report}");
    wire.write("feeds.toml", format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"../a.xml\"\n"));
    assert_eq!(wire.run(&["check"]).code, 2);
}

#[test]
fn the_store_is_never_published_whatever_the_command_line_says() {
    let wire = Wire::new(&format!("{HEAD}[[source]]\nid = \"a\"\nurl = \"a.xml\"\n"));
    wire.write("a.xml", crate::wire::numbered("a.example", 1..=2));
    wire.fetch();
    for arguments in [
        ["--public", "data"],
        ["--public", "data/out"],
        ["--public", "."],
        ["--public", "/"],
        ["--store", "public"],
        ["--store", ".."],
    ] {
        let ran = wire.run(&[&arguments[..], &["publish"]].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
    }
    assert_eq!(wire.run(&["--public", "elsewhere", "publish"]).code, 0);
    assert!(wire.path("elsewhere/atom.xml").exists());
}

#[test]
fn a_source_that_is_a_file_and_not_there_is_doubted_in_its_line() {
    let source = |id: &str, more: &str| format!("[[source]]\nid = \"{id}\"\nurl = \"{more}\"\n");
    let wire = Wire::new(&format!(
        "{HEAD}{}{}{}enabled = false\n",
        source("there", "there.xml"),
        source("not", "intranet/feed"),
        source("off", "off.xml"),
    ));
    wire.write("there.xml", "<rss/>");
    let report = wire.run(&["check", "--json"]).json();
    assert_eq!(report["ok"], true, "another program may write it later");
    let warnings = report["warnings"].as_array().unwrap();
    let line = wire.read("feeds.toml").lines().position(|line| line.contains("intranet")).unwrap();
    assert_eq!((warnings.len(), &warnings[0]["line"]), (1, &(line + 1).into()), "{report}");
    assert_eq!(
        warnings[0]["message"],
        "there is no file intranet/feed in the directory of feeds.toml"
    );
    assert!(warnings[0]["help"].as_str().unwrap().contains("write https:// in front"), "{report}");
}
