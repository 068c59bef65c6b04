//! Hostile and broken documents: they harm nobody else and nothing of them gets out raw.

use std::fs;
use std::path::Path;

use quick_xml::events::Event;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile");
    let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "md"))
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Every XML file parses, every JSON file parses, and no page or feed holds live markup.
pub(crate) fn assert_safe(wire: &Wire) {
    for (name, (bytes, _)) in wire.public() {
        let text = String::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} is not UTF-8"));
        let lower = text.to_lowercase();
        if name.ends_with(".xml") || name.ends_with(".opml") {
            let mut reader = quick_xml::Reader::from_str(&text);
            loop {
                match reader.read_event() {
                    Ok(Event::Eof) => break,
                    Ok(Event::DocType(_)) => panic!("{name} has a DOCTYPE"),
                    Ok(_) => {}
                    Err(error) => panic!("{name}: {error}"),
                }
            }
            // Not even escaped, within the HTML that readers unpack.
            for evil in ["&lt;script", "onerror=", "javascript:", "&lt;iframe"] {
                assert!(!lower.contains(evil), "{name} holds {evil}");
            }
        } else if name.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        } else if name.ends_with(".html") {
            for evil in ["<script", " onerror=", "href=\"javascript:", "<iframe"] {
                assert!(!lower.contains(evil), "{name} holds {evil}");
            }
        }
        let forbidden = |c: char| {
            c.is_control() && !matches!(c, '\n' | '\t' | '\r')
                || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202e}')
        };
        assert!(!text.contains(forbidden), "{name} holds a character that must not be there");
    }
}

#[test]
fn h23_h46_every_hostile_fixture_leaves_the_others_whole() {
    let server = Server::start();
    server.set("/good", Answer::feed(numbered("good.example", 1..=3)));
    let good = server.url("/good");
    let fixtures = fixtures();
    assert!(fixtures.len() >= 15);
    let urls: Vec<(String, String)> = fixtures
        .iter()
        .map(|(name, bytes)| {
            let path = format!("/{name}");
            server.set(&path, Answer::feed(bytes.clone()));
            (name.clone(), server.url(&path))
        })
        .collect();
    let mut sources: Vec<(&str, &str)> =
        urls.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    sources.push(("good", &good));
    let wire = Wire::of(&sources);
    let report = wire.fetch();
    let outcome = |id: &str| {
        let sources = report["sources"].as_array().unwrap();
        sources.iter().find(|source| source["id"] == id).unwrap_or_else(|| panic!("{id}")).clone()
    };
    for (id, words) in [("cut", "middle"), ("webpage", "web page"), ("empty", "empty")] {
        assert!(
            outcome(id)["error"].as_str().unwrap_or_default().contains(words),
            "{}",
            outcome(id)
        );
    }
    for id in [
        "html-entities",
        "atom03",
        "latin1-undeclared",
        "no-guid",
        "no-dates",
        "broken-markup",
        "good",
    ] {
        assert_eq!(outcome(id)["outcome"], "new", "{}", outcome(id));
    }
    let stories = wire.stories();
    assert_eq!(stories.iter().filter(|story| story["source"] == "good").count(), 3);
    assert!(stories.iter().all(|story| !story["title"].as_str().unwrap().is_empty()));
    let all = serde_json::to_string(&stories).unwrap();
    assert!(!all.contains("root:") && !all.contains("lollol"), "an entity was expanded");
    assert_safe(&wire);
}

/// A server that sends any of these gets a sentence in `status`, and nothing else changes.
#[test]
fn h25_h32_generated_monsters_end_in_time_and_change_nothing() {
    let deep = format!("<rss version=\"2.0\"><channel>{}", "<a>".repeat(100_000));
    let attributes: String = (0..50_000).map(|number| format!(" a{number}=\"x\"")).collect();
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":{}",
        "[".repeat(200_000)
    );
    for (name, body) in [
        ("100,000 nested elements", deep.into_bytes()),
        (
            "50,000 attributes",
            format!("<rss version=\"2.0\"><channel{attributes}/></rss").into_bytes(),
        ),
        ("nested JSON", json.into_bytes()),
        ("zip", b"PK\x03\x04\x14\x00\x00\x00".repeat(100)),
        ("image", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec()),
        ("NUL", vec![0; 10_000]),
        (
            "noise",
            (0..50_000_u32)
                .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect(),
        ),
    ] {
        let server = Server::start();
        server.set("/a", Answer::feed(numbered("a.example", 1..=3)));
        let wire = Wire::of(&[("a", &server.url("/a"))]);
        wire.fetch();
        let public = wire.public();
        server.set("/a", Answer::feed(body));
        let report = wire.fetch();
        assert_eq!(report["failed"], 1, "{name}: {report}");
        assert_eq!(wire.public(), public, "{name}");
        let status = wire.run(&["status", "--json"]).json();
        assert!(status["sources"][0]["error"].as_str().unwrap().len() > 10, "{name}");
    }
}

#[test]
fn h45_deep_content_within_an_item_is_flattened_not_fatal() {
    let server = Server::start();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>A</title><link>https://a.example/</link><description/><item><title>Deep</title><link>https://a.example/1</link><guid>https://a.example/1</guid><description><![CDATA[{}words{}]]></description></item></channel></rss>",
        "<div>".repeat(50_000),
        "</div>".repeat(50_000)
    );
    server.set("/a", Answer::feed(feed));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    assert_eq!(wire.fetch()["entries"]["new"], 1);
    let story = wire.stories().remove(0);
    assert!(
        story["content_html"].as_str().unwrap().contains("words")
            || story["summary"].as_str().unwrap().contains("words")
    );
    assert_safe(&wire);
}

#[test]
fn h13_a_gzip_bomb_costs_no_more_than_the_cap() {
    // 200 members of 64 KiB of zeros: about 12 MiB, above the cap of 8 MiB.
    let member = {
        // gzip of 65,536 zero bytes, made once with a fixed header and one dynamic block.
        let mut child = std::process::Command::new("gzip")
            .arg("-9n")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), &vec![b' '; 12 << 20]).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    assert!(member.len() < 100_000);
    let server = Server::start();
    server.set("/a", Answer::feed(member).with("Content-Encoding", "gzip"));
    let wire = Wire::of(&[("a", &server.url("/a"))]);
    let report = wire.fetch();
    assert!(report["sources"][0]["error"].as_str().unwrap().contains("max_body"), "{report}");
}
