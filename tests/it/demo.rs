//! `demo`: the whole way, with the bundled organisations.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::wire::Wire;

#[test]
fn demo_once_writes_a_wire_in_which_the_joined_story_is_one() {
    let wire = Wire::new("");
    let ran = wire.run(&["demo", "--once", "out"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let feed: Value = serde_json::from_str(&wire.read("out/feed.json")).unwrap();
    let items = feed["items"].as_array().unwrap();
    let boris: Vec<&Value> = items
        .iter()
        .filter(|item| {
            item["title"].as_str().unwrap().contains("Kagarlitsky sentenced to five years")
        })
        .collect();
    assert_eq!(boris.len(), 1, "published by one organisation, posted again by another: one story");
    assert!(
        boris[0]["tags"].to_string().to_lowercase().contains("political prisoners"),
        "{}",
        boris[0]
    );
    let page = wire.read("out/organisation/diem25/index.html");
    assert!(page.contains("Kagarlitsky sentenced to five years"));
    let tagged = wire.read("out/tag/political-prisoners/atom.xml");
    assert!(tagged.contains("Boris Kagarlitsky sentenced to five years"));
    assert!(tagged.contains("also published by") || tagged.contains("rel=\"via\""));
    let languages: Vec<bool> = ["en", "el", "de", "it", "fr", "ru"]
        .iter()
        .map(|code| wire.path(&format!("out/language/{code}/rss.xml")).exists())
        .collect();
    assert_eq!(languages, [true; 6], "en el de it fr ru");

    // Again into another directory: the same bytes.
    assert_eq!(wire.run(&["demo", "--once", "again"]).code, 0);
    for name in ["index.html", "rss.xml", "atom.xml", "feed.json", "sources.opml", "about.html"] {
        assert_eq!(
            wire.read(&format!("out/{name}")),
            wire.read(&format!("again/{name}")),
            "{name}"
        );
    }
}

#[test]
fn demo_serves_the_wire_until_it_is_stopped() {
    let mut running = Command::new(env!("CARGO_BIN_EXE_samizdat"))
        .arg("demo")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
    let address = said
        .find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("the page:")?;
            address.trim().strip_prefix("http://")?.strip_suffix('/').map(str::to_owned)
        })
        .unwrap();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let page = get("/");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<h1"), "{page}");
    assert!(get("/atom.xml").contains("application/atom+xml"));
    assert!(get("/partners/diem25/feed.xml").to_lowercase().contains("etag: "));
    assert!(get("/media/bridge.jpg").contains("image/jpeg"));
    assert!(get("/nothing").starts_with("HTTP/1.1 404"));
    let told = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
}

#[test]
fn demo_is_served_on_loopback_only() {
    let wire = Wire::new("");
    assert_eq!(wire.run(&["demo", "--listen", "0.0.0.0:0", "--once", "out"]).code, 2);
}
