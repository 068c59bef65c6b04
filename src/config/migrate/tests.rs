//! What other programs' files become, and what is said of the rest.

use super::*;

fn left(migrated: &Migrated) -> String {
    let told = |left: &NotCarried| format!("{}: {} x{}\n", left.line, left.what, left.times);
    migrated.not_carried.iter().map(told).collect()
}

#[test]
fn a_planet_becomes_a_site_and_its_feeds_sources() {
    let migrated = migrate(include_str!("../../../fixtures/import/planet.ini")).unwrap();
    assert_eq!(migrated.program, Program::Planet);
    let site = ForeignSite {
        title: Some("Harbour Planet".into()),
        url: Some("https://planet.harbour.example/".into()),
        editor: Some("The harbour assembly".into()),
        contact: Some("mailto:planet@harbour.example".into()),
        language: Some("de".into()),
        hub: Some("https://hub.example.org/".into()),
        timeout: Some(20),
        window: Some(60),
        proxy: None,
    };
    assert_eq!(migrated.site, site);
    let urls: Vec<&str> = migrated.sources.iter().map(|source| source.url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "https://cranes.example/feed.atom",
            "http://tenants.example/rss?lang=el&full=1",
            "feed://ferry.example/rss.xml",
            "https://lists.example/partners.opml",
            "file:///srv/planet/local.xml",
        ]
    );
    let first = &migrated.sources[0].source;
    assert_eq!(first.name.as_deref(), Some("Crane drivers"));
    assert_eq!(first.site.as_deref(), Some("https://cranes.example/"));
    // Of the whole, since the feed says nothing else.
    assert_eq!(
        (first.limit, first.exclude.as_slice()),
        (Some(4), ["job vacancy".to_owned()].as_slice())
    );
    let second = &migrated.sources[1].source;
    assert_eq!(second.include, ["rent", "eviction"]);
    assert!(migrated.sources[3].unfit.as_deref().unwrap().contains("opml import"));
    let left = left(&migrated);
    for expected in [
        "`output_dir` of [Planet] x1",
        "`filters = excerpt.py` x1",
        "`face` of feeds x2",
        "`exclude = ^\\[ad\\].*` x1",
        "[index.html.tmpl] x1",
    ] {
        assert!(left.contains(expected), "{expected}: {left}");
    }
    assert!(left.starts_with("9: `cache_directory` of [Planet] x1\n10: `owner_phone`"), "{left}");
}

#[test]
fn pluto_sections_become_sources_under_their_own_ids() {
    let migrated = migrate(include_str!("../../../fixtures/import/pluto.ini")).unwrap();
    assert_eq!(migrated.program, Program::Pluto);
    assert_eq!(migrated.site.title.as_deref(), Some("Planet of the Docks"));
    let of = |at: usize| {
        let found = &migrated.sources[at];
        (found.source.id.as_str(), found.url.as_str(), found.source.name.as_deref())
    };
    assert_eq!(of(0), ("cranes", "https://cranes.example/feed", Some("Crane drivers")));
    assert_eq!(migrated.sources[0].source.site.as_deref(), Some("https://cranes.example/"));
    assert_eq!(of(1).1, "https://github.com/harbour/tools/commits.atom");
    assert!(migrated.sources[2].unfit.as_deref().unwrap().contains("meetup"));
    assert!(left(&migrated).contains("[no-feed] x1"), "{}", left(&migrated));
}

#[test]
fn rsspls_feeds_become_pages() {
    let migrated = migrate(include_str!("../../../fixtures/import/rsspls.toml")).unwrap();
    assert_eq!(migrated.program, Program::Rsspls);
    let first = &migrated.sources[0];
    let select = first.source.select.as_ref().unwrap();
    assert_eq!(
        (first.source.id.as_str(), first.url.as_str()),
        ("harbour", "https://harbour.example/news")
    );
    assert_eq!(
        (select.item.as_str(), select.title.as_str(), select.link.as_str()),
        ("article.teaser", "h2", "h2 a")
    );
    assert_eq!(select.image.as_deref(), Some("figure img"));
    assert_eq!(select.date_format.as_deref(), Some("%d.%m.%Y"));
    // Without a link the heading leads there.
    let second = migrated.sources[1].source.select.as_ref().unwrap();
    assert_eq!((second.link.as_str(), second.date.as_deref()), ("a", Some("time")));
    assert!(migrated.sources[2].unfit.as_deref().unwrap().contains("li[["));
    assert_eq!(
        migrated.sources[3].unfit.as_deref(),
        Some("it has no [feed.config], and so no url")
    );
    let left = left(&migrated);
    assert!(
        left.contains("3: `output` of [rsspls] x1") && left.contains("`user_agent` of feeds x1"),
        "{left}"
    );
    assert!(left.contains("`format = [day][first [st][nd]]` of a date"), "{left}");
}

#[test]
fn h61_what_is_something_else_or_too_much_is_refused() {
    let many = "[https://a.example/]\nname = A\n".repeat(MOST_FOREIGN_FEEDS + 1);
    for (text, expected) in [
        ("", MigrateError::Unknown),
        ("\u{feff}<?xml version='1.0'?><opml>", MigrateError::Opml),
        ("<rss>", MigrateError::Unknown),
        ("[site]\ntitle = \"W\"\n[[source]]\nid = \"a\"\n", MigrateError::Ours),
        ("title: Planet\nfeeds:\n  - a\n", MigrateError::Yaml),
        ("[a]\nb = c\n", MigrateError::Unknown),
        (many.as_str(), MigrateError::TooMany),
    ] {
        assert_eq!(migrate(text).unwrap_err(), expected, "{text:.40}");
    }
    let broken = migrate("[rsspls]\n[[feed]]\ntitle = x\n").unwrap_err();
    assert!(broken.to_string().contains("line 3"), "{broken}");
}

#[test]
fn h25_large_files_take_linear_time() {
    let keys: String = (0..200_000).map(|n| format!("k{n} = v\n")).collect();
    for text in [
        format!("[Planet]\n{keys}[https://a.example/]\n{keys}"),
        format!("[rsspls]\n{}[[feed]]\n", keys.replace("= v", "= 1")),
        format!("[Planet]\nname = x\n{}", " y\n".repeat(1_000_000)),
        format!("title = x\n[a]\nfeed = https://a.example/\n{keys}"),
    ] {
        let begun = std::time::Instant::now();
        let _ = migrate(&text);
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

#[test]
fn the_beginning_of_a_feeds_toml_quotes_what_it_is_made_of() {
    let text = "[Planet]\nname = \"A\" [[source]] \\\nowner_name = x = 'y'\n[https://a.example/]\n";
    let begun = beginning(&migrate(text).unwrap(), "a\nb.ini");
    assert!(begun.starts_with("# Made of ab.ini (Planet or Venus)"), "{begun}");
    let read: toml_edit::DocumentMut = begun.parse().unwrap();
    assert_eq!(read["site"]["title"].as_str(), Some("\"A\" [[source]] \\"));
    assert_eq!(read["site"]["url"].as_str(), Some(PLACEHOLDER_URL));
}

#[test]
fn h61_no_text_makes_it_fail() {
    for whole in [
        include_str!("../../../fixtures/import/planet.ini"),
        include_str!("../../../fixtures/import/pluto.ini"),
        include_str!("../../../fixtures/import/rsspls.toml"),
    ] {
        for (at, _) in whole.char_indices() {
            let (before, behind) = whole.split_at(at);
            for text in [before, behind, &format!("{before}[\u{0}\"{behind}")] {
                if let Ok(migrated) = migrate(text) {
                    let begun = beginning(&migrated, text);
                    assert!(begun.parse::<toml_edit::DocumentMut>().is_ok(), "{begun}");
                }
            }
        }
    }
}
