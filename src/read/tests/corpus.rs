//! Real feeds: all of them but named exceptions must be read, with as many entries as were counted elsewhere.

#![expect(clippy::print_stderr, reason = "the share that reads is told, and why the rest does not")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use url::Url;

use crate::read::{Input, ReadError, feed, feed_as_far_as_it_goes};

/// The folder of real feeds, which is not part of the project.
fn folder() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../shared/data/feeds", "../../shared/data/feeds"]
        .iter()
        .map(|path| home.join(path))
        .find(|path| path.join("INDEX.tsv").is_file())
}

/// Number of entries by file name, as the index counts them.
fn counted(folder: &Path) -> HashMap<String, usize> {
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let rows = index.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.map(|row| {
        let repository = row[0].rsplit('/').next().unwrap();
        let file = row[2].rsplit('/').next().unwrap();
        (format!("{repository}/{file}"), row[7].parse().unwrap_or(0))
    })
    .collect()
}

#[test]
fn real_feeds_are_read() {
    let Some(folder) = folder() else {
        eprintln!("skipped: the folder of real feeds is not here");
        return;
    };
    let counted = counted(&folder);
    let base = Url::parse("https://example.org/feed").unwrap();
    let (mut all, mut read, mut different) = (0usize, 0usize, 0usize);
    let (mut bytes, start) = (0usize, Instant::now());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .flat_map(|entry| std::fs::read_dir(entry.unwrap().path()).into_iter().flatten())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "opml"))
        .collect();
    files.sort();
    for path in files {
        let content = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        all += 1;
        bytes += content.len();
        let input = Input { bytes: &content, content_type: None, base: &base, zone: None };
        match feed(&input) {
            Ok(document) => {
                if !document.entries.is_empty() {
                    read += 1;
                }
                let expected = counted.get(&name).copied().unwrap_or(0);
                if expected != document.entries.len() {
                    different += 1;
                    eprintln!("{name}: {} entries, index has {expected}", document.entries.len());
                }
                if !document.repairs.is_empty() {
                    eprintln!("{name}: {:?}", document.repairs);
                }
            }
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    // The one that is refused, and why: it ends within its eighth item.
    let exceptions = ["fastfeedparser/osm-pl.xml"];
    for name in exceptions {
        let content = std::fs::read(folder.join(name)).unwrap();
        let input = Input { bytes: &content, content_type: None, base: &base, zone: None };
        let partial = feed_as_far_as_it_goes(&input);
        assert_eq!(partial.error, Some(ReadError::Truncated), "{name}");
        assert_eq!(partial.document.unwrap().entries.len(), 7, "{name}");
    }
    let speed = bytes as f64 / 1e6 / start.elapsed().as_secs_f64();
    eprintln!("{read} of {all} read, {different} with other counts, {speed:.0} MB/s");
    assert_eq!(read, all - exceptions.len(), "of {all}");
}
