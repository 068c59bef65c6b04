//! Real feeds and pages that others captured, read in place where they are at hand.

use std::path::{Path, PathBuf};

use chrono::{TimeDelta, TimeZone, Utc};
use serde_json::Value;

use crate::server::{Answer, Server};
use crate::wire::Wire;

/// The shared data; `None`, with a note, where it is absent.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let found = crate::attacks::shared(name);
    if found.is_none() {
        println!("passed over: ../shared/data/{name} is not here");
    }
    found
}

/// What `preview` says of every captured feed; `None`, with a note, where they are absent.
fn previewed() -> Option<Vec<Value>> {
    let feeds = data("feeds")?;
    let mut documents = Vec::new();
    for directory in std::fs::read_dir(feeds).unwrap().map(|entry| entry.unwrap().path()) {
        if directory.is_dir() {
            for file in std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
                let text = std::fs::read(&file).unwrap();
                if !String::from_utf8_lossy(&text[..text.len().min(2000)]).contains("<opml") {
                    documents.push(file.to_str().unwrap().to_owned());
                }
            }
        }
    }
    let wire = Wire::new("");
    let arguments: Vec<&str> =
        ["preview", "--json"].into_iter().chain(documents.iter().map(String::as_str)).collect();
    let lines = wire.run(&arguments).lines();
    assert_eq!(lines.len(), documents.len());
    Some(lines)
}

#[test]
fn preview_reads_nearly_every_captured_feed() {
    let Some(lines) = previewed() else { return };
    let read = lines.iter().filter(|line| !line["entries"].as_array().unwrap().is_empty()).count();
    println!("{read} of {} documents read with at least one entry", lines.len());
    for line in lines.iter().filter(|line| line["entries"].as_array().unwrap().is_empty()) {
        println!("  {}: {}", line["file"], line["error"]);
        assert!(line["error"].is_string(), "no entries and no word about it: {}", line["file"]);
    }
    assert!(read * 100 >= lines.len() * 98, "{read} of {}", lines.len());
}

/// A declared language that small words bear out is that which detection finds, in all that was captured.
#[test]
fn small_words_tell_what_detection_tells() {
    let Some(lines) = previewed() else { return };
    let (mut compared, mut differ) = (0, Vec::new());
    for entry in lines.iter().flat_map(|line| line["entries"].as_array().unwrap()) {
        let word = |key: &str| entry[key].as_str().unwrap_or_default();
        let text =
            if word("content_html").is_empty() { word("summary") } else { word("content_html") };
        let title = word("title");
        let detected = samizdat::tag::language(None, None, None, title, text);
        for declared in ["en", "de", "fr", "it", "es", "pt", "xx"] {
            let said = samizdat::tag::language(None, None, Some(declared), title, text);
            // Of a language that nobody knows small words of, detection decides alone.
            let alone = samizdat::tag::language(None, None, Some("xx"), title, text);
            let expected = if alone == "xx" { declared } else { &alone };
            compared += 1;
            if said != expected {
                differ.push(format!("{said} for {expected} ({detected}): {title}"));
            }
        }
    }
    println!("{compared} compared, {} differ: {differ:#?}", differ.len());
    assert!(compared > 1000 && differ.is_empty());
}

/// Three days of nine organisations, against what a careful editor says of them.
#[test]
fn three_days_of_the_coalition_lose_nothing_and_change_no_id() {
    let Some(coalition) = data("coalition") else { return };
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(coalition.join("truth.json")).unwrap())
            .unwrap();
    let server = Server::start();
    let toml = std::fs::read_to_string(coalition.join("feeds.toml")).unwrap();
    let base = server.url("/day/");
    let toml = toml
        .replace("http://127.0.0.1:8099/day/", &base)
        .replace("[fetch]\n", "[fetch]\nhost_gap = \"0s\"\nmin_interval = \"0s\"\n");
    let wire = Wire::new(&toml);
    let mut ids: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for day in 1..=3_u32 {
        let at = Utc.with_ymd_and_hms(2025, 3, 10 + day, 12, 0, 0).unwrap();
        let now = samizdat::world::Clock::now(&*wire.clock);
        wire.clock.forward(at - now - TimeDelta::minutes(65));
        serve(&server, &coalition.join(format!("day{day}")), "/day");
        let report = wire.fetch();
        assert_eq!(report["failed"], 0, "{report}");
        let stories = wire.stories();
        for entry in truth["entries"].as_array().unwrap() {
            // The story of an entry by the label that the editor gave it, whatever its url is today.
            let Some(found) = find(entry, &stories, &base) else { continue };
            let id = stories[found]["id"].as_str().unwrap().to_owned();
            let label = entry["story"].as_str().unwrap().to_owned();
            if entry["kind"].is_null()
                && let Some(before) = ids.insert(label.clone(), id.clone())
            {
                assert_eq!(before, id, "day {day}: {label} changed its id");
            }
        }
    }
    // Joins that a link alone shows, and pairs that must stay apart.
    let stories = wire.stories();
    let story_of = |key: &str| -> Option<usize> {
        let entry =
            truth["entries"].as_array().unwrap().iter().find(|entry| entry["key"] == key)?;
        find(entry, &stories, &base)
    };
    // Every entry of a feed is in a story, also those that are no longer listed.
    let mut missing = Vec::new();
    for entry in truth["entries"].as_array().unwrap() {
        let key = entry["key"].as_str().unwrap();
        let is_gone = entry["urls"].as_array().unwrap().is_empty();
        if !is_gone && story_of(key).is_none() {
            missing.push(key);
        }
    }
    assert!(missing.is_empty(), "lost: {missing:#?}");
    let mut joined = 0;
    for join in truth["joins"].as_array().unwrap() {
        let kind = join[2].as_str().unwrap();
        if kind.starts_with("link-") {
            let (first, second) = (join[0].as_str().unwrap(), join[1].as_str().unwrap());
            assert!(story_of(first).is_some(), "{first} is lost");
            assert_eq!(story_of(first), story_of(second), "{kind}: {first} and {second}");
            joined += 1;
        }
    }
    println!("{joined} joins by link, all made");
    for pair in truth["must_not_join"].as_array().unwrap() {
        let (first, second) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        if let (Some(first_story), Some(second_story)) = (story_of(first), story_of(second)) {
            assert_ne!(first_story, second_story, "{}: {first} and {second}", pair[2]);
        }
    }
}

/// The story that an entry of the truth is in, by its source and any of its urls.
/// Serves the files of a directory, feeds and pages.
fn serve(server: &Server, directory: &Path, at: &str) {
    for file in std::fs::read_dir(directory).unwrap() {
        let file = file.unwrap().path();
        let at = format!("{at}/{}", file.file_name().unwrap().to_str().unwrap());
        if file.is_dir() {
            serve(server, &file, &at);
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let is_page = file.extension().is_some_and(|ending| ending == "html");
        server.set(
            &at,
            if is_page { Answer::document("text/html", bytes) } else { Answer::feed(bytes) },
        );
    }
}

fn find(entry: &Value, stories: &[Value], base: &str) -> Option<usize> {
    let urls: Vec<String> = entry["urls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|url| url.as_str().unwrap().replace("{BASE}", base.trim_end_matches('/')))
        .collect();
    let is_it = |source: &Value, url: &Value| {
        *source == entry["source"] && urls.iter().any(|known| url == known.as_str())
    };
    stories.iter().position(|story| {
        is_it(&story["source"], &story["url"])
            || story["also"]
                .as_array()
                .unwrap()
                .iter()
                .any(|also| is_it(&also["source"], &also["url"]))
    })
}
