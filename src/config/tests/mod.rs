//! The whole way from text to Config; `broken` has the texts that are refused.

mod broken;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::keys::{Absent, TABLES};
use super::section::default_of;
use super::*;
use crate::model::{Formats, Kind, Location, OutputKind, Republish};

/// Every key of the contract, with values of the maintainers of an invented wire.
const EVERY_KEY: &str = include_str!("every-key.toml");

const SITE: &str = "[site]\ntitle = \"Wire\"\nurl = \"https://wire.example/\"\n";
const SOURCE: &str = "[[source]]\nid = \"a\"\nurl = \"https://a.example/feed\"\n";

fn environment() -> BTreeMap<String, String> {
    [("PARTNER_TOKEN", "Bearer s3cret"), ("FEED_KEY", "k3y")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn parsed(text: &str) -> Result<Config, Broken> {
    parse(text, Path::new("/srv/wire/feeds.toml"), &environment())
}

fn good(text: &str) -> Config {
    parsed(text).unwrap_or_else(|broken| panic!("{}", all(&broken.findings, text)))
}

fn all(findings: &[Finding], text: &str) -> String {
    let shown = |finding| render(finding, text, "feeds.toml", Severity::Error, 140);
    findings.iter().map(shown).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn every_key_of_the_contract_is_accepted() {
    let config = good(EVERY_KEY);
    assert_eq!(config.site.url.as_str(), "https://wire.example.org/");
    assert_eq!(config.sources.len(), 2);
    let diem = &config.sources[0];
    assert_eq!(diem.headers, [("Authorization".to_owned(), "Bearer s3cret".to_owned())]);
    assert_eq!(diem.limit, Some(20));
    assert_eq!(diem.interval, Some(Duration::from_secs(7_200)));
    assert_eq!(diem.timezone, Some(chrono_tz::Europe::Athens));
    let tni = &config.sources[1];
    assert_eq!(tni.kind, Kind::Page);
    assert_eq!(tni.select.as_ref().map(|select| select.min_items), Some(3));
    assert_eq!(config.outputs[0].window, Some(50));
    assert_eq!(config.outputs[0].formats, Formats::ALL);
    assert_eq!(config.decisions[0].action, Action::Hide);
    assert_eq!(config.tags[0].names.len(), 2);
    // `europe` is named by a source only.
    assert!(config.tags.iter().any(|tag| tag.id == "europe" && tag.phrases.is_empty()));
    // The text has each key of the table, so that none is forgotten here.
    let document: toml_edit::DocumentMut = EVERY_KEY.parse().expect("it was parsed before");
    for table in TABLES {
        for key in table.keys {
            let there = EVERY_KEY
                .lines()
                .any(|line| line.split_once('=').is_some_and(|(name, _)| name.trim() == key.name));
            assert!(there, "{} of {}", key.name, table.name);
        }
    }
    assert!(document.contains_key("decision"));
}

#[test]
fn keys_without_effect_are_told() {
    let told: Vec<String> =
        good(EVERY_KEY).warnings.into_iter().map(|warning| warning.message).collect();
    for what in ["[serve]", "`link_hosts`"] {
        let times = told.iter().filter(|message| message.starts_with(what)).count();
        assert_eq!(times, 1, "{what} in {told:#?}");
    }
    assert_eq!(told.len(), 2, "{told:#?}");
    let later = format!("{SITE}{SOURCE}[[decision]]\nstory = \"x\"\ndo = \"approve\"\n");
    assert_eq!(good(&later).warnings[0].message, "`do = \"approve\"` has no effect yet");
    // What asks for nothing needs no warning.
    let quiet = format!("{SITE}{SOURCE}was = []\nlink_hosts = []\n");
    assert_eq!(good(&quiet).warnings, []);
    assert_eq!(good(&format!("{SITE}{SOURCE}link_hosts = [\"a.example\"]\n")).warnings.len(), 1);
}

#[test]
fn defaults_are_those_of_the_contract() {
    let config = good(&format!("{SITE}{SOURCE}"));
    assert_eq!(config.warnings, []);
    assert_eq!(config.directory, Path::new("/srv/wire"));
    assert_eq!(config.site.language, "en");
    assert_eq!(config.schedule, schedule::Settings::default());
    assert_eq!(config.fetch, fetch::Settings::default());
    assert_eq!(config.schedule.interval, Duration::from_secs(3_600));
    assert_eq!(config.schedule.min_interval, Duration::from_secs(900));
    assert_eq!(config.schedule.max_interval, Duration::from_secs(86_400));
    assert_eq!(config.schedule.alert_after, Duration::from_secs(86_400));
    assert_eq!(config.fetch.timeout, Duration::from_secs(30));
    assert_eq!(config.fetch.max_body, 8 << 20);
    assert_eq!(config.fetch.concurrency, 32);
    assert_eq!(config.fetch.host_gap, Duration::from_secs(1));
    assert_eq!(config.store.path, Path::new("/srv/wire/data"));
    assert_eq!(config.store.keep, Duration::from_secs(5 * 365 * 86_400));
    assert_eq!(config.store.backups, 3);
    assert_eq!(config.publish.path, Path::new("/srv/wire/public"));
    assert_eq!((config.publish.window, config.publish.backlog), (100, 10));
    assert_eq!(
        config.publish.per,
        [OutputKind::Tag, OutputKind::Organisation, OutputKind::Language]
    );
    assert_eq!(config.publish.theme, None);
    assert_eq!(config.serve.listen, "127.0.0.1:8080");
    assert_eq!(config.serve.admin.as_deref(), Some("127.0.0.1:8081"));
    let source = &config.sources[0];
    assert!(source.enabled && !source.article);
    assert_eq!((source.priority, source.limit), (0, None));
    assert_eq!(source.republish, Republish::Full);
    assert_eq!(source.kind, Kind::Feed);
}

#[test]
fn every_row_of_the_table_of_keys_is_sound() {
    for table in TABLES {
        for key in table.keys {
            assert!(!key.doc.is_empty() && !key.doc.ends_with('.'), "{} {}", table.name, key.name);
            if let Absent::Default(written) = key.absent {
                let value = default_of(key);
                assert!(value.is_some(), "{} {} = {written}", table.name, key.name);
            }
            let same = table.keys.iter().filter(|other| other.name == key.name).count();
            assert_eq!(same, 1, "{} {}", table.name, key.name);
        }
    }
}

#[test]
fn empty_texts_mean_none() {
    let config = good(&format!(
        "{SITE}hub = \"\"\n[fetch]\nproxy = \"\"\n[publish]\ntheme = \"\"\n[serve]\nadmin = \"\"\n{SOURCE}"
    ));
    assert_eq!(config.fetch.proxy, None);
    assert_eq!(config.publish.theme, None);
    assert_eq!(config.serve.admin, None);
}

#[test]
fn h69_secrets_come_from_the_environment_and_are_not_shown() {
    let text = format!(
        "{SITE}[[source]]\nid = \"a\"\nurl = \"https://a.example/f?key={{env:FEED_KEY}}\"\n\
         headers = {{ X-Token = \"env:PARTNER_TOKEN\" }}\n"
    );
    let config = good(&text);
    let source = &config.sources[0];
    assert_eq!(config.warnings, []);
    assert_eq!(source.url_as_written, "https://a.example/f?key={env:FEED_KEY}");
    assert_eq!(source.shown_url(), "https://a.example/f?key={env:FEED_KEY}");
    assert!(matches!(&source.location, Location::Web(url) if url.as_str().ends_with("key=k3y")));

    // Secrets in the file work, but are doubted; those of addresses are refused and not repeated.
    let open = text.replace("{env:FEED_KEY}", "hunter2").replace("X-Token", "Authorization");
    let open = open.replace("env:PARTNER_TOKEN", "Basic aHVudGVyMg");
    let config = good(&open);
    assert_eq!(config.sources[0].shown_url(), "https://a.example/f?key=…");
    let told: Vec<_> = config.warnings.iter().map(|warning| &warning.message).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|message| message.contains("a secret stands in the file")));

    let refused = text.replace("https://a.example", "https://u:hunter2@a.example");
    let broken = parsed(&refused).unwrap_err();
    assert!(broken.findings[0].help.contains("headers = "), "{broken:?}");
    let shown = all(&broken.findings, &refused);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(
        shown.contains("feeds.toml:6:7") && shown.contains("\"https://…@a.example/"),
        "{shown}"
    );
}

#[test]
fn one_page_may_be_read_by_selectors_of_two_sources() {
    let page = |id: &str, item: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nurl = \"https://a.example/news\"\nkind = \"page\"\n\
             [source.select]\nitem = \"{item}\"\ntitle = \"a\"\nlink = \"a\"\n"
        )
    };
    let warnings = |text: String| good(&format!("{SITE}{SOURCE}{text}")).warnings;
    assert_eq!(warnings(page("news", "li") + &page("events", "tr")).len(), 0);
    assert_eq!(warnings(page("news", "li") + &page("again", "li")).len(), 1);
}

#[test]
fn warnings_name_the_other_line_and_the_nearest() {
    let cases = [
        (
            format!("{SOURCE}[[source]]\nid = \"b\"\nurl = \"https://a.example/feed\"\n"),
            9,
            "also that of `a` in line 6; it is polled once",
        ),
        (
            format!("{SOURCE}[[source]]\nid = \"b\"\nurl = \"http://127.0.0.1/feed\"\n"),
            9,
            "this is an address of a private network",
        ),
        (
            format!("{SOURCE}tags = [\"palestin\"]\n[[tag]]\nid = \"palestine\"\n"),
            7,
            "no [[tag]] describes `palestin`",
        ),
        (
            format!("{SOURCE}organisation = \"DiEM 25\"\n[[organisation]]\nname = \"DiEM25\"\n"),
            7,
            "no [[organisation]] has the name `DiEM 25`",
        ),
        // Intervals that contradict one another: the more polite one holds.
        (format!("{SOURCE}interval = \"5m\"\n"), 7, "`interval` is \"5m\", shorter than"),
        (format!("{SOURCE}interval = \"2d\"\n"), 7, "longer than `max_interval`"),
        (format!("{SOURCE}min_interval = \"2d\"\n"), 7, "`min_interval` is \"2d\", longer"),
        (format!("{SOURCE}[fetch]\nmin_interval = \"2h\"\n"), 8, "shorter than `min_interval`"),
    ];
    for (added, line, message) in cases {
        let config = good(&format!("{SITE}{added}"));
        assert_eq!(config.warnings.len(), 1, "{added}{:?}", config.warnings);
        assert_eq!(config.warnings[0].line, line, "{added}{:?}", config.warnings);
        assert!(config.warnings[0].message.contains(message), "{:?}", config.warnings);
    }
}

#[test]
fn names_of_organisations_and_former_tags_are_understood() {
    let config = good(&format!(
        "{SITE}{SOURCE}organisation = \"diem25\"\ntags = [\"gaza\", \"gaza\"]\n\
         [[organisation]]\nid = \"diem25\"\nname = \"DiEM25\"\n[[organisation]]\nname = \"ΜέΡΑ25\"\n\
         [[tag]]\nid = \"palestine\"\nwas = [\"gaza\"]\n"
    ));
    assert_eq!(config.sources[0].organisation.as_deref(), Some("DiEM25"));
    assert_eq!(config.organisations[1].id, "mera25");
    assert_eq!(config.sources[0].tags, ["palestine"]);
    assert_eq!(config.tags.len(), 1);
}

#[test]
fn the_feeds_toml_of_this_repository_is_sound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds.toml");
    let text = std::fs::read_to_string(&path).expect("it is in the repository");
    let config = parse(&text, &path, &BTreeMap::new())
        .unwrap_or_else(|broken| panic!("{}", all(&broken.findings, &text)));
    assert_eq!(config.warnings, [], "{}", all(&config.warnings, &text));
    let ids: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
    assert_eq!(ids, ["diem25", "tni", "mera25-gr", "mera25-de", "mera25-it", "rabkor"]);
    let tags: Vec<&str> = config.tags.iter().map(|tag| tag.id.as_str()).collect();
    assert_eq!(tags, ["political-prisoners", "palestine", "climate", "peace", "democracy"]);
    for tag in &config.tags {
        assert_eq!(tag.names.len(), 6, "{}", tag.id);
        let mut phrases = tag.phrases.clone();
        phrases.sort();
        phrases.dedup();
        assert_eq!(phrases.len(), tag.phrases.len(), "{} has a phrase twice", tag.id);
    }
}
