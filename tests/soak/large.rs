//! A store of a hundred thousand entries: how long it takes to go on after a kill.

use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use xxhash_rust::xxh3::Xxh3Default;

use crate::server::{Answer, Server};
use crate::tally::Tally;
use crate::wire::{Wire, numbered};

const ENTRIES: u64 = 100_000;
const SOURCES: u64 = 200;
const KILLS: usize = 20;

fn samizdat(wire: &Wire, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samizdat"));
    command.args(arguments).current_dir(wire.directory.path()).stdin(Stdio::null());
    command
}

/// A backup of a store that has seen so much, as another program would write it.
fn backup() -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    let mut hasher = Xxh3Default::new();
    let mut lines = 0_u64;
    let mut line = |value: serde_json::Value, hasher: &mut Xxh3Default| {
        let text = format!("{value}\n");
        hasher.update(text.as_bytes());
        out.write_all(text.as_bytes()).unwrap();
        lines += 1;
    };
    let time = "2026-10-01T12:00:00Z";
    line(
        serde_json::json!({"samizdat_backup": 2, "made": time, "commit": 5000, "entries": ENTRIES, "stories": ENTRIES}),
        &mut hasher,
    );
    line(
        serde_json::json!({"counters": {"commit": 5000, "next_entry": ENTRIES, "next_story": ENTRIES, "next_sequence": ENTRIES, "public_stories": ENTRIES}}),
        &mut hasher,
    );
    line(
        serde_json::json!({"times": {"newest": 1_791_000_000_000_i64, "entered": 1_791_000_000_000_i64}}),
        &mut hasher,
    );
    line(serde_json::json!({"tag_authority": "wire.example.org,2026-01-01"}), &mut hasher);
    for n in 1..=ENTRIES {
        let source = format!("s{}", n % SOURCES);
        let id = format!("https://{source}.example/?p={n}");
        let url = format!("https://{source}.example/{n}/");
        let seen =
            chrono::DateTime::from_timestamp(1_700_000_000 + i64::try_from(n).unwrap() * 900, 0)
                .unwrap();
        let words: String =
            (0..90).map(|w| format!("word{} ", (n * 7919 + w * 104_729) % 50_021)).collect();
        let html = format!("<p>{words}</p>").repeat(5);
        let entry = serde_json::json!({"source": source, "identity": id, "story": n, "first_seen": seen, "published": seen, "updated": null, "url": url, "canonical_link": url, "revision": 1, "fingerprint": n, "repairs": []});
        let text = serde_json::json!({"title": format!("Statement {n}"), "summary": words, "content_html": html, "authors": ["Ada"], "categories": ["peace"], "image": null, "enclosures": [], "language": "en", "rights": null});
        let member = serde_json::json!({"entry": n, "source": source, "organisation": source, "joined_by": ""});
        let story = serde_json::json!({"published_id": id, "members": [member], "lead": n, "first_seen": seen, "published": seen, "updated": seen, "updated_moved": null, "sort_date": seen, "entered": seen, "sequence": n, "revision": 1, "state": "Public", "language": "en", "tags": [], "editions": []});
        let hash = |name: &str| format!("{:032x}", xxhash_rust::xxh3::xxh3_128(name.as_bytes()));
        line(serde_json::json!({"entry": {"number": n, "entry": entry}}), &mut hasher);
        line(serde_json::json!({"text": {"entry": n, "revision": 1, "text": text}}), &mut hasher);
        line(serde_json::json!({"story": {"number": n, "story": story}}), &mut hasher);
        line(serde_json::json!({"wire": {"sequence": n, "story": n}}), &mut hasher);
        for (kind, name) in [(1, &id), (2, &url)] {
            line(
                serde_json::json!({"alias": {"kind": kind, "name": hash(name), "story": n}}),
                &mut hasher,
            );
        }
        for name in [&id, &url, &format!("words {n}")] {
            line(
                serde_json::json!({"seen": {"source": source, "identity": hash(name), "seen": {"entry": n, "last_listed": seen}}}),
                &mut hasher,
            );
        }
    }
    let end = serde_json::json!({"end": {"lines": lines, "checksum": format!("{:032x}", hasher.digest128())}});
    writeln!(out, "{end}").unwrap();
    out.finish().unwrap()
}

pub(crate) fn run(tally: &mut Tally) {
    let servers: Vec<Server> = (0..SOURCES)
        .map(|n| Server::start_at(Ipv4Addr::new(127, 0, 3, u8::try_from(n + 1).unwrap())))
        .collect();
    let urls: Vec<(String, String)> = servers
        .iter()
        .enumerate()
        .map(|(n, server)| (format!("s{n}"), server.url("/feed")))
        .collect();
    let sources: Vec<(&str, &str)> =
        urls.iter().map(|(id, url)| (id.as_str(), url.as_str())).collect();
    let wire = Wire::of(&sources);
    let feeds_toml = wire.read("feeds.toml") + "[publish]\nper = []\n[store]\nbackups = 0\n";
    wire.write("feeds.toml", feeds_toml);
    wire.write("large.gz", backup());
    let timed = |arguments: &[&str]| {
        let begun = Instant::now();
        let ended = samizdat(&wire, arguments).output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
        begun.elapsed()
    };
    println!("large: restored {ENTRIES} entries in {:.1?}", timed(&["restore", "large.gz"]));
    let bytes = samizdat(&wire, &["status", "--json"]).output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&bytes.stdout).unwrap();
    println!("large: the store has {} MB", status["store"]["bytes"].as_u64().unwrap() / 1_000_000);
    println!("large: the first round took {:.1?}", timed(&["fetch", "--now"]));
    println!("large: a backup took {:.1?}", timed(&["backup", "again.gz"]));
    let usual = (0..5).map(|_| timed(&["list", "--json", "--limit", "1"])).min().unwrap();
    let mut slowest = Duration::ZERO;
    for kill in 0..KILLS {
        tally.operations += 1;
        for (n, server) in servers.iter().enumerate() {
            let news = u32::try_from(kill).unwrap();
            server
                .set("/feed", Answer::feed(numbered(&format!("s{n}.example"), 5000 - news..5010)));
        }
        let moment = format!("{:.3}", 0.15 + 0.05 * kill as f64);
        let ended = Command::new("timeout")
            .args(["--signal=KILL", &moment, env!("CARGO_BIN_EXE_samizdat"), "fetch", "--now"])
            .current_dir(wire.directory.path())
            .output()
            .unwrap();
        tally.faults += usize::from(!ended.status.success());
        // What follows opens the store, looks at what was left, and reads from it.
        slowest = slowest.max(timed(&["list", "--json", "--limit", "1"]));
    }
    println!("large: after a kill a command took at most {slowest:.1?}, without one {usual:.1?}");
    tally.case(0, || {
        assert!(slowest < Duration::from_secs(1), "recovery took {slowest:?}");
    });
}
