//! What fuzzing starts from: inputs that are like the real thing.

use std::fs;
use std::path::Path;

use super::targets::{TARGETS, Target};
use crate::attacks;

/// Seeds are no larger: mutation would only look at a part of them.
const MOST_BYTES: u64 = 24 * 1024;

/// Files of one folder of shared data.
const MOST_FILES: usize = 150;

pub(super) fn of(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = match target {
        "feed" | "document" => feeds(),
        "html" => html(),
        "page" => pages(),
        "dates" => lines(DATES),
        "urls" => lines(URLS),
        other => panic!("no seeds for {other}"),
    };
    seeds.extend(kept(target));
    let words = TARGETS.iter().find(|own: &&Target| own.name == target).unwrap().words;
    seeds.push(words.concat().into_bytes());
    seeds
}

/// What broke once is tried first.
fn kept(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz").join(target);
    let mut found = Vec::new();
    collect(&directory, &mut found);
    found
}

fn feeds() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&root.join("fixtures/demo"), &mut found);
    collect(&root.join("fixtures/hostile"), &mut found);
    if let Some(shared) = attacks::shared("feeds") {
        for directory in fs::read_dir(shared).unwrap().map(|entry| entry.unwrap().path()) {
            let mut files = Vec::new();
            collect(&directory, &mut files);
            let step = files.len() / MOST_FILES + 1;
            found.extend(files.into_iter().step_by(step));
        }
    }
    found
}

fn html() -> Vec<Vec<u8>> {
    let made = attacks::made().into_iter().step_by(7);
    let mut found: Vec<_> = made.chain(attacks::known()).map(String::into_bytes).collect();
    if let Some(shared) = attacks::shared("html/trafilatura") {
        collect(&shared, &mut found);
    }
    found
}

fn pages() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for own in ["fixtures/pages", "fixtures/sites"] {
        collect(&root.join(own), &mut found);
    }
    for shared in ["html/trafilatura", "html/readability"] {
        if let Some(shared) = attacks::shared(shared) {
            collect(&shared, &mut found);
        }
    }
    found
}

/// Every file below a directory that is not too large, in the order of their names.
fn collect(directory: &Path, found: &mut Vec<Vec<u8>>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, found);
        } else if path.metadata().unwrap().len() <= MOST_BYTES
            && path.extension().is_none_or(|ending| ending != "jpg")
        {
            found.push(fs::read(&path).unwrap());
        }
    }
}

fn lines(written: &[&str]) -> Vec<Vec<u8>> {
    written.iter().map(|line| line.as_bytes().to_vec()).collect()
}

const DATES: &[&str] = &[
    "Mon, 02 Nov 2026 10:00:00 +0000",
    "Mon, 2 Nov 26 10:00 GMT",
    "02 Nov 2026 10:00:00 EST",
    "2026-11-02T10:00:00Z",
    "2026-11-02T10:00:00.123+05:30",
    "2026-11-02 10:00",
    "20261102T100000Z",
    "20261102",
    "1762077600",
    "1762077600000",
    "Mon Nov  2 10:00:00 2026",
    "Mon Nov  2 10:00:00 CET 2026",
    "2 November 2026, 10:00 Uhr",
    "2. November 2026",
    "2 Νοεμβρίου 2026",
    "Δευτέρα, 2 Νοεμβρίου 2026 10:00",
    "2 ноября 2026 г., 10:00",
    "2 novembre 2026 à 10 h 30",
    "2 de noviembre de 2026",
    "2 de novembro de 2026",
    "2 novembre 2026",
    "2 Kasım 2026",
    "November 2nd, 2026 10:30 PM",
    "02/11/2026",
    "11/14/2026",
    "02.11.2026 10:00",
    "2026/11/02",
    "2026-W45-1",
    "2026-306",
];

const URLS: &[&str] = &[
    "https://example.org/news/\n../story/?utm_source=rss&p=1#top",
    "https://example.org/\n//cdn.example.net/a.jpg",
    "https://example.org/\nhttps://www.example.org:443/a/./b/../c/index.html?b=2&a=1",
    "https://example.org/\nhttp://[::ffff:127.0.0.1]:8080/",
    "https://example.org/\nhttp://user:pass@example.org/",
    "https://example.org/\njavascript:alert(1)",
    "https://example.org/\nhttp:/\\evil.example/\\x",
    "https://ειρήνη.example/\n/α/β?γ=δ",
    "https://example.org/\nhttps://example.org/amp/story/?amp=1",
    "https://example.org/\nhttp://0x7f.1/",
    "https://example.org/\nhttps://xn--mxa4a3b.example/%CE%B1%2f",
];
