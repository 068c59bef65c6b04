//! How fast feeds are read: MB/s on one core over captured feeds, beside feed-rs alone.
//!
//! Run by `scripts/bench`, which also asks feedparser and fastfeedparser. Each way of reading takes
//! the whole corpus in turn, many rounds over, and its fastest round counts: other programs on the
//! machine only ever make a round slower. The damaged corpus is made of the same feeds.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(
    clippy::disallowed_methods,
    reason = "scripts/bench says by the environment where to list"
)]
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "what cannot be measured is told by stopping"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use samizdat::{clean, read};
use url::Url;

/// As in the program itself; feed-rs has the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds over the corpus for each way of reading.
const ROUNDS: usize = 15;

fn main() {
    let list = std::env::var_os("SAMIZDAT_BENCH_LIST").map(PathBuf::from);
    let Some(folder) = folder() else {
        println!("passed over: ../shared/data/feeds is not here");
        return;
    };
    let base = Url::parse("https://example.org/feed").expect("a url");
    let corpus: Vec<(PathBuf, Vec<u8>)> = files(&folder)
        .into_iter()
        .filter_map(|path| Some((path.clone(), std::fs::read(path).ok()?)))
        .filter(|(_, bytes)| is_clean(bytes, &base))
        .collect();
    if let Some(list) = list {
        let names: Vec<String> =
            corpus.iter().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
        std::fs::write(list, names.join("\n")).expect("the list can be written");
    }
    let clean: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let damaged: Vec<Vec<u8>> = clean.iter().filter_map(|bytes| damage(bytes, &base)).collect();
    println!("{} clean feeds, {:.1} MB; {} damaged", clean.len(), megabytes(&clean), damaged.len());

    let alone = measure("feed-rs alone", &clean, |bytes| {
        let parser = feed_rs::parser::Builder::new().base_uri(Some(base.as_str())).build();
        parser.parse(bytes).map_or(0, |feed| feed.entries.len())
    });
    let reading = measure("read", &clean, |bytes| {
        read::feed(&input(bytes, &base)).map_or(0, |document| document.entries.len())
    });
    println!("{:<24} {:>8.2}", "read / feed-rs alone", reading / alone);
    measure("read and clean", &clean, |bytes| {
        read::feed(&input(bytes, &base))
            .map_or(0, |document| clean::document(document, &base).entries.len())
    });
    measure("read, damaged", &damaged, |bytes| {
        read::feed(&input(bytes, &base)).map_or(0, |document| document.entries.len())
    });
}

fn input<'a>(bytes: &'a [u8], base: &'a Url) -> read::Input<'a> {
    read::Input { bytes, content_type: None, base, zone: None }
}

/// MB/s of the fastest round.
fn measure(name: &str, corpus: &[Vec<u8>], read: impl Fn(&[u8]) -> usize) -> f64 {
    let mut fastest = f64::INFINITY;
    let mut entries = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        entries = corpus.iter().map(|bytes| black_box(read(black_box(bytes)))).sum();
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    let speed = megabytes(corpus) / fastest;
    println!("{name:<24} {speed:>8.1} MB/s   {entries} entries");
    speed
}

fn megabytes(corpus: &[Vec<u8>]) -> f64 {
    corpus.iter().map(Vec::len).sum::<usize>() as f64 / 1e6
}

/// Whether both readers read it as it stands, so that they do the same work.
fn is_clean(bytes: &[u8], base: &Url) -> bool {
    let ours = read::feed(&input(bytes, base));
    let theirs = feed_rs::parser::parse(bytes);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            ours.repairs.is_empty()
                && !ours.entries.is_empty()
                && ours.entries.len() == theirs.entries.len()
        }
        _ => false,
    }
}

/// The feed with what is broken most: a bare `&` and an end tag that is missing in every other
/// item, an entity that XML does not know. `None` where it would still be well-formed XML.
fn damage(bytes: &[u8], base: &Url) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut damaged = String::with_capacity(text.len());
    for (number, part) in text.split_inclusive("</title>").enumerate() {
        match number % 4 {
            1 => damaged.push_str(&part.replace("</title>", "")),
            2 => damaged.push_str(&part.replace("</title>", " R&D</title>")),
            3 => damaged.push_str(&part.replace("</title>", " &eacute;</title>")),
            _ => damaged.push_str(part),
        }
    }
    let document = read::feed(&input(damaged.as_bytes(), base)).ok()?;
    (!document.repairs.is_empty()).then(|| damaged.into_bytes())
}

fn folder() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../shared/data/feeds", "../../shared/data/feeds"]
        .iter()
        .map(|path| home.join(path))
        .find(|path| path.is_dir())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .flat_map(|entry| std::fs::read_dir(entry.path()).into_iter().flatten())
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}
