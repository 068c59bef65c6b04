//! A look at sled's files before sled opens them.
//!
//! sled 0.34.7 mends what it does not understand: it drops whatever follows the first unreadable
//! message of its log and writes zeros over it, skips the rest of a segment in which a message is
//! damaged, and passes over segments whose header is. Each of these loses what was committed, and
//! says nothing. So the part of the log that sled will read is read here first, and nothing is
//! changed: where the log ends, whether sled's page table (the `snap.*` file) is whole, and what
//! looks as if it had not been written that way.
//!
//! The log is a file of segments of 512 KiB. A segment begins with a header of 20 bytes: checksum,
//! its own position in the log (LSN), and up to which LSN everything was on the disk when it was
//! begun. Messages follow without gaps: checksum, kind, length, number of the segment, number of
//! the page, and the content. A segment that was freed is written anew with a higher LSN.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::world::Files;

/// sled's default; a store keeps the size that it began with.
pub(super) const SEGMENT_BYTES: usize = 512 * 1024;

const SEGMENT_HEADER: usize = 20;

/// Closer to the end of a segment no message begins.
const LONGEST_MESSAGE_HEADER: usize = 32;

/// The kinds of messages that are told apart here.
mod kind {
    /// What is zero was never written, or was given up.
    pub(super) const NOTHING: u8 = 0;
    /// Nothing follows in this segment.
    pub(super) const CAP: u8 = 2;
    /// Kinds whose content is in a file of its own, named by an LSN.
    pub(super) const IN_A_FILE: [u8; 3] = [7, 9, 11];
    /// The highest kind that there is.
    pub(super) const LAST: u8 = 11;
}

/// What sled's files look like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Survey {
    /// The LSN of the newest page table; `None` where there is none.
    pub(super) page_table: Option<u64>,
    /// Why the newest page table cannot be read.
    pub(super) broken_page_table: Option<String>,
    /// The LSN behind the last whole message.
    pub(super) end: u64,
    /// Bytes of the file that holds the log.
    pub(super) length: u64,
    /// Segments between the page table and the log's end that are not there any more: sled has written
    /// others over them, or they are lost.
    pub(super) gone: u64,
    /// What is not as sled usually writes it. It may be what a process left that died, or damage.
    pub(super) oddities: Vec<String>,
}

/// How closely the files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Only where the log ends.
    End,
    /// Everything that sled will read on opening.
    Whole,
}

/// The file that holds the log.
pub(super) fn log_file(directory: &Path) -> PathBuf {
    directory.join("db")
}

/// Looks at the files in the directory of a database. What is not there is empty.
pub(super) fn survey(files: &Files, directory: &Path, depth: Depth) -> io::Result<Survey> {
    let mut survey = Survey::default();
    if files.find(directory)?.is_none() {
        return Ok(survey);
    }
    look_at_page_table(files, directory, depth, &mut survey)?;
    let path = log_file(directory);
    let Some(found) = files.find(&path)? else { return Ok(survey) };
    survey.length = found.len();
    let mut log = Log {
        files,
        file: files.open(&path)?,
        length: found.len(),
        blobs: directory.join("blobs"),
    };
    let mut segments = BTreeMap::new();
    let mut stable = survey.page_table.map_or(0, start_of);
    let numbers = found.len().div_ceil(SEGMENT_BYTES as u64);
    for offset in (0..numbers).map(|number| number * SEGMENT_BYTES as u64) {
        match log.header(offset)? {
            Some(header) => {
                stable = stable.max(header.stable);
                if let Some(other) = segments.insert(header.lsn, offset) {
                    survey.oddities.push(format!(
                        "the segments at {other} and {offset} have the same LSN {}",
                        header.lsn
                    ));
                }
            }
            None if depth == Depth::Whole && !log.is_blank(offset)? => {
                survey.oddities.push(format!("the segment at {offset} has no valid header"));
            }
            None => {}
        }
    }
    let tail = start_of(stable);
    let first = survey.page_table.map_or(0, start_of);
    let expected = tail.saturating_sub(first) / SEGMENT_BYTES as u64;
    survey.gone = expected.saturating_sub(segments.range(first..tail.max(first)).count() as u64);
    if depth == Depth::Whole {
        for (lsn, offset) in segments.range(first..tail.max(first)) {
            if let Stop::At { lsn, why } = log.read_segment(*lsn, *offset)? {
                survey.oddities.push(format!("the log cannot be read from LSN {lsn} on ({why})"));
            }
        }
    }
    let mut expected = tail;
    survey.end = tail;
    for (lsn, offset) in segments.range(tail..) {
        if *lsn != expected {
            break;
        }
        match log.read_segment(*lsn, *offset)? {
            Stop::Full => expected = lsn.saturating_add(SEGMENT_BYTES as u64),
            Stop::At { lsn, .. } => {
                survey.end = lsn;
                return Ok(survey);
            }
        }
        survey.end = expected;
    }
    Ok(survey)
}

/// The LSN at which the segment begins that holds an LSN.
fn start_of(lsn: u64) -> u64 {
    lsn - lsn % SEGMENT_BYTES as u64
}

/// Page tables in a directory, by LSN; and what a process left that died while it wrote one.
pub(super) fn page_tables(files: &Files, directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for path in files.list(directory)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let lsn = name.strip_prefix("snap.").and_then(|lsn| u64::from_str_radix(lsn, 16).ok());
        found.extend(lsn.map(|lsn| (lsn, path)));
    }
    found.sort();
    Ok(found)
}

fn look_at_page_table(
    files: &Files,
    directory: &Path,
    depth: Depth,
    survey: &mut Survey,
) -> io::Result<()> {
    let Some((lsn, path)) = page_tables(files, directory)?.pop() else { return Ok(()) };
    survey.page_table = Some(lsn);
    if depth == Depth::End {
        return Ok(());
    }
    let bytes = files.read(&path)?;
    let is_whole = bytes.split_last_chunk::<4>().is_some_and(|(rest, sum)| {
        // Behind the table stands its length, then its checksum.
        rest.split_last_chunk::<8>().is_some_and(|(table, length)| {
            !table.is_empty()
                && u64::from_le_bytes(*length) == table.len() as u64
                && crc32fast::hash(table) == u32::from_le_bytes(*sum)
        })
    });
    if !is_whole {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = if bytes.is_empty() { "is empty" } else { "is not as it was written" };
        survey.broken_page_table = Some(format!("its page table {name} {what}"));
    }
    Ok(())
}

struct Header {
    lsn: u64,
    stable: u64,
}

/// Where reading a segment ended.
enum Stop {
    /// At its end.
    Full,
    /// Before a message that is not there, or not whole.
    At { lsn: u64, why: &'static str },
}

struct Log<'f> {
    files: &'f Files,
    file: io::BufReader<std::fs::File>,
    length: u64,
    blobs: PathBuf,
}

impl Log<'_> {
    /// What the file has at `offset`: `most` bytes, or fewer where it ends.
    fn bytes(&mut self, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let most = self.length.saturating_sub(offset).min(most as u64);
        let mut bytes = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
        self.file.seek(SeekFrom::Start(offset))?;
        (&mut self.file).take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn header(&mut self, offset: u64) -> io::Result<Option<Header>> {
        let bytes = self.bytes(offset, SEGMENT_HEADER)?;
        let Some(bytes) = bytes.first_chunk::<SEGMENT_HEADER>() else { return Ok(None) };
        let (sum, rest) = bytes.split_at(4);
        let number = |range: std::ops::Range<usize>| {
            let bytes = rest.get(range).and_then(|bytes| bytes.first_chunk::<8>());
            bytes.map(|bytes| u64::from_le_bytes(*bytes) ^ 0x7FFF_FFFF_FFFF_FFFF)
        };
        let is_whole = sum
            .first_chunk::<4>()
            .is_some_and(|sum| u32::from_le_bytes(*sum) ^ 0xFFFF_FFFF == crc32fast::hash(rest));
        let (Some(lsn), Some(stable)) = (number(0..8), number(8..16)) else { return Ok(None) };
        // The first segment of all was begun when nothing was stable: -1.
        let stable = if stable > i64::MAX.cast_unsigned() { 0 } else { stable };
        let is_possible = lsn % SEGMENT_BYTES as u64 == 0 && lsn <= i64::MAX.cast_unsigned();
        Ok((is_whole && is_possible).then_some(Header { lsn, stable }))
    }

    /// Whether a segment holds nothing: it was never written, or sled wrote zeros over it.
    fn is_blank(&mut self, offset: u64) -> io::Result<bool> {
        Ok(self.bytes(offset, SEGMENT_BYTES)?.iter().all(|byte| *byte == kind::NOTHING))
    }

    /// Reads the messages of the segment that begins at `lsn`.
    fn read_segment(&mut self, lsn: u64, offset: u64) -> io::Result<Stop> {
        let bytes = self.bytes(offset, SEGMENT_BYTES)?;
        let mut at = SEGMENT_HEADER;
        let stop = |at: usize, why| Ok(Stop::At { lsn: lsn.saturating_add(at as u64), why });
        while at.saturating_add(LONGEST_MESSAGE_HEADER) <= SEGMENT_BYTES {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(message) = Message::read(rest) else {
                return stop(at, "nothing follows, or what follows is damaged");
            };
            if message.segment != lsn / SEGMENT_BYTES as u64 {
                return stop(at, "what follows is older");
            }
            if kind::IN_A_FILE.contains(&message.kind) && !self.is_blob_whole(message.content) {
                return stop(at, "its content, in a file of its own, is damaged or missing");
            }
            if message.kind == kind::CAP {
                return Ok(Stop::Full);
            }
            at = at.saturating_add(message.length);
        }
        Ok(Stop::Full)
    }

    /// Whether the file is whole whose name a message holds.
    fn is_blob_whole(&self, content: &[u8]) -> bool {
        let Some(name) = content.first_chunk::<8>() else { return false };
        let path = self.blobs.join(i64::from_le_bytes(*name).to_string());
        self.files.read(&path).is_ok_and(|bytes| {
            bytes.split_first_chunk::<4>().is_some_and(|(sum, content)| {
                !content.is_empty() && u32::from_le_bytes(*sum) == crc32fast::hash(content)
            })
        })
    }
}

/// A whole message.
struct Message<'b> {
    kind: u8,
    segment: u64,
    content: &'b [u8],
    /// Of header and content.
    length: usize,
}

impl<'b> Message<'b> {
    /// The message at the beginning of `bytes`, if it is one and whole.
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let (sum, after_sum) = bytes.split_first_chunk::<4>()?;
        let (&kind, mut rest) = after_sum.split_first()?;
        if kind == kind::NOTHING || kind > kind::LAST {
            return None;
        }
        let length = usize::try_from(number(&mut rest)?).ok()?;
        let segment = number(&mut rest)?;
        let _page = number(&mut rest)?;
        let head = after_sum.get(..after_sum.len().checked_sub(rest.len())?)?;
        let content = rest.get(..length)?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(content);
        hasher.update(head);
        let is_whole = hasher.finalize() ^ 0xFFFF_FFFF == u32::from_le_bytes(*sum);
        let length = sum.len().checked_add(head.len())?.checked_add(length)?;
        is_whole.then_some(Self { kind, segment, content, length })
    }
}

/// A number as sled writes it: in one byte where it is small, else in as many as it needs.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    let (number, used) = match first {
        0..=240 => (u64::from(first), 0),
        241..=248 => {
            let next = u64::from(*rest.first()?);
            (240 + 256 * (u64::from(first) - 241) + next, 1)
        }
        249 => (2288 + 256 * u64::from(*rest.first()?) + u64::from(*rest.get(1)?), 2),
        250..=255 => {
            let used = usize::from(first) - 247;
            let mut long = [0; 8];
            long.get_mut(..used)?.copy_from_slice(rest.get(..used)?);
            (u64::from_le_bytes(long), used)
        }
    };
    *bytes = rest.get(used..)?;
    Some(number)
}

#[cfg(test)]
mod tests;
