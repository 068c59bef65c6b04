//! That we read sled's files as sled writes them.

#![expect(clippy::disallowed_methods, reason = "what a test damages are its own files")]

use std::fs;
use std::path::Path;

use super::super::engine::Engine;
use super::super::keys::TreeName;
use super::{
    Depth, Message, SEGMENT_BYTES, SEGMENT_HEADER, Survey, kind, log_file, number, survey,
};
use crate::world::Files;

/// A database with this many records of some length, closed properly.
fn filled(directory: &Path, records: std::ops::Range<u32>, length: usize) {
    let engine = Engine::open(directory).unwrap();
    for chunk in records.collect::<Vec<_>>().chunks(100) {
        let changes = chunk
            .iter()
            .map(|number| {
                let value = number.to_string().repeat(length / 4);
                (number.to_be_bytes().to_vec(), Some(value.into_bytes()))
            })
            .collect();
        engine.fill(TreeName::Entry, changes).unwrap();
    }
    engine.flush().unwrap();
}

fn look(directory: &Path) -> Survey {
    survey(&Files::real(), directory, Depth::Whole).unwrap()
}

#[test]
fn what_sled_wrote_is_read_without_doubt_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(look(&directory.path().join("nowhere")), Survey::default());
    let mut end = 0;
    for round in 0..4 {
        filled(directory.path(), round * 2000..(round + 1) * 2000, 400);
        let seen = look(directory.path());
        assert_eq!((&seen.oddities, &seen.broken_page_table), (&Vec::new(), &None));
        assert!(seen.end > end && seen.length >= SEGMENT_BYTES as u64, "{seen:?}");
        assert_eq!(seen.page_table.is_some(), round > 0, "sled writes it when it opens again");
        end = seen.end;
        let quick = survey(&Files::real(), directory.path(), Depth::End).unwrap();
        // sled frees a segment whose pages were all written anew, whenever it comes to that.
        assert_eq!(
            (quick.end, quick.page_table, quick.gone),
            (seen.end, seen.page_table, seen.gone)
        );
    }
}

#[test]
fn segments_that_are_lost_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path(), 0..6000, 800);
    let whole = look(directory.path());
    let path = log_file(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 4 * SEGMENT_BYTES, "several segments");
    bytes[SEGMENT_BYTES..2 * SEGMENT_BYTES].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(look(directory.path()).gone, whole.gone + 1);
}

#[test]
fn pages_in_files_of_their_own_belong_to_the_log() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path(), 0..20, 200_000);
    let whole = look(directory.path());
    let blob = fs::read_dir(directory.path().join("blobs")).unwrap().next().unwrap().unwrap();
    fs::remove_file(blob.path()).unwrap();
    let seen = look(directory.path());
    assert!(seen.end < whole.end || seen.oddities != whole.oddities, "{seen:?}");
}

/// Where in the file that holds the log the bytes are that sled reads when it has no page table:
/// behind a segment's last message stands what was there before, if anything was.
fn read_on_opening(log: &[u8]) -> Vec<usize> {
    let mut read = Vec::new();
    for (number, segment) in log.chunks(SEGMENT_BYTES).enumerate() {
        let mut end = SEGMENT_HEADER;
        let mut current = None;
        while let Some(message) = segment.get(end..).and_then(Message::read) {
            if *current.get_or_insert(message.segment) != message.segment {
                break;
            }
            end += message.length;
            if message.kind == kind::CAP {
                break;
            }
        }
        read.extend((number * SEGMENT_BYTES..).take(end));
    }
    read
}

#[test]
fn every_flipped_bit_of_the_log_that_sled_will_read_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path(), 0..6000, 800);
    let whole = look(directory.path());
    let path = log_file(directory.path());
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 4 * SEGMENT_BYTES, "several segments");
    let read = read_on_opening(&bytes);
    for at in read.iter().step_by(read.len() / 400) {
        let mut damaged = bytes.clone();
        damaged[*at] ^= 4;
        fs::write(&path, damaged).unwrap();
        let seen = look(directory.path());
        assert!(
            seen.end < whole.end || seen.oddities != whole.oddities,
            "the flipped bit at {at} was not seen: {seen:?}"
        );
    }
}

#[test]
fn numbers_are_read_as_sled_writes_them() {
    for (bytes, expected) in [
        (vec![0], 0),
        (vec![240], 240),
        (vec![241, 0], 240),
        (vec![248, 255], 240 + 256 * 7 + 255),
        (vec![249, 0, 0], 2288),
        (vec![249, 255, 255], 2288 + 65_535),
        (vec![250, 1, 2, 3], 0x03_02_01),
        (vec![255, 1, 0, 0, 0, 0, 0, 0, 128], 0x8000_0000_0000_0001),
    ] {
        let mut rest = bytes.as_slice();
        assert_eq!(number(&mut rest), Some(expected), "{bytes:?}");
        assert!(rest.is_empty());
        assert_eq!(number(&mut &bytes[..bytes.len() - 1]), None, "{bytes:?} cut");
    }
}
