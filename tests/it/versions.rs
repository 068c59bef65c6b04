//! Stores of other versions.

use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::wire::Wire;

/// A wire with the store that the first version made of twelve statements in a file.
fn of_the_first_version() -> Wire {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/store-format-1");
    let wire = Wire::new(&fs::read_to_string(fixture.join("feeds.toml")).unwrap());
    let mut pending = vec![fixture.clone()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).unwrap();
            let name = path.strip_prefix(&fixture).unwrap().to_str().unwrap().to_owned();
            let name = match name.strip_suffix(".gz") {
                Some(name) => {
                    let packed = std::mem::take(&mut bytes);
                    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
                    name.to_owned()
                }
                None => name,
            };
            match name.as_str() {
                "feed.xml" => wire.write(&name, bytes),
                "feeds.toml" | "list.json" => {}
                name => wire.write(&format!("data/{name}"), bytes),
            }
        }
    }
    wire
}

fn stories_of_the_first_version() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/store-format-1/list.json");
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn without_words(mut stories: Vec<Value>) -> Vec<Value> {
    for story in &mut stories {
        let story = story.as_object_mut().unwrap();
        story.remove("content_html");
        story.remove("summary");
    }
    stories
}

#[test]
fn r12_an_older_store_is_brought_up_to_date_after_a_backup() {
    let wire = of_the_first_version();
    let expected = stories_of_the_first_version();
    assert_eq!(without_words(wire.stories()), expected);
    let backup = wire.path("data/backups/before-format-2-from-1.jsonl.gz");
    assert!(backup.is_file());

    let report = wire.fetch();
    assert_eq!((&report["unchanged"], &report["entries"]["new"]), (&1.into(), &0.into()));
    assert_eq!(without_words(wire.stories()), expected, "and once more");
    assert_eq!(wire.run(&["publish", "--json"]).json()["written"], Value::Array(Vec::new()));
    assert!(wire.read("public/atom.xml").contains("Point 5199 of the long letter."));

    // The backup is a whole one.
    let ran = wire.run(&["restore", backup.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(without_words(wire.stories()), expected);
}

#[test]
fn r12_a_store_is_brought_up_to_date_only_once_and_never_by_half() {
    let wire = of_the_first_version();
    // No backup, no migration.
    wire.write("data/backups", "a file where the directory of backups should be");
    let ran = wire.run(&["list", "--json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("backups"), "{ran:?}");
    fs::remove_file(wire.path("data/backups")).unwrap();
    assert_eq!(wire.stories().len(), 10);
    let made = |wire: &Wire| {
        let path = wire.path("data/backups/before-format-2-from-1.jsonl.gz");
        fs::metadata(path).unwrap().modified().unwrap()
    };
    let first = made(&wire);
    assert_eq!(wire.stories().len(), 10);
    assert_eq!(made(&wire), first);
}

#[test]
fn r9_damage_to_a_store_of_the_first_version_is_noticed() {
    let wire = of_the_first_version();
    let blobs = fs::read_dir(wire.path("data/sled/blobs")).unwrap();
    for blob in blobs {
        fs::remove_file(blob.unwrap().path()).unwrap();
    }
    let ran = wire.run(&["fetch"]);
    assert_eq!(ran.code, 4, "{ran:?}");
}
