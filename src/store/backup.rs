//! A backup: the whole store as compressed JSON lines.
//!
//! The first line says what it is, one line follows for each record, and the last one has the number
//! of lines and a checksum of them, so that a backup that was cut or altered is never restored. It
//! is gzip, and can be read without this program: `zcat FILE`.

use std::io::{self, BufRead, BufReader, Read, Write};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3Default;

use super::dump::{Hash, Line};
use super::ledger::Ledger;
use super::{FORMAT, StoreError, View};

/// A longer line is no record of ours.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// What a backup says of itself in its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHead {
    /// The format of the store that it was made of.
    #[serde(rename = "samizdat_backup")]
    pub format: u32,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// Number of the newest commit.
    pub commit: u64,
    /// Entries in it.
    pub entries: u64,
    /// Stories in it, public or not.
    pub stories: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Tail {
    end: End,
}

#[derive(Debug, Serialize, Deserialize)]
struct End {
    lines: u64,
    checksum: Hash,
}

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where it was to be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Why a backup cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableBackup {
    /// It cannot be read at all.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// It is something else.
    #[error("it is no backup of samizdat")]
    Foreign,
    /// A newer version made it.
    #[error(
        "it has format {0}, and this version of samizdat reads formats up to {FORMAT}; use the version that made it, or a newer one"
    )]
    Newer(u32),
    /// It ends too early.
    #[error("it is cut short: its last line is missing")]
    Cut,
    /// A line is not what was written.
    #[error("its line {line} is not what was written: {reason}")]
    Line {
        /// Which line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The sum is another one.
    #[error("its checksum is not that of its lines")]
    Checksum,
    /// What it holds cannot be put into a store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct Writer<W: Write> {
    out: GzEncoder<W>,
    hasher: Xxh3Default,
    lines: u64,
}

impl<W: Write> Writer<W> {
    fn line<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.hasher.update(&line);
        self.lines = self.lines.saturating_add(1);
        self.out.write_all(&line)
    }
}

impl View {
    /// Writes all of the store, and compares it with its sums.
    ///
    /// # Errors
    /// Where the store is damaged, or what is written to does not take it; what was written is no
    /// backup then.
    pub fn back_up(&self, out: impl Write, now: DateTime<Utc>) -> Result<BackupHead, BackupError> {
        let (head, found) = self.write_lines(out, now)?;
        self.compare(&found)?;
        Ok(head)
    }

    /// Writes all of the store and gives the sums over it.
    pub(super) fn write_lines(
        &self,
        out: impl Write,
        now: DateTime<Utc>,
    ) -> Result<(BackupHead, Ledger), BackupError> {
        let counters = self.counters()?;
        let head = BackupHead {
            format: FORMAT,
            made: now,
            commit: counters.commit,
            entries: counters.next_entry,
            stories: counters.next_story,
        };
        let out = io::BufWriter::with_capacity(64 * 1024, out);
        let mut writer = Writer {
            out: GzEncoder::new(out, Compression::fast()),
            hasher: Xxh3Default::new(),
            lines: 0,
        };
        writer.line(&head)?;
        let found = self.walk::<BackupError>(|name, key, record| {
            if let Some(line) = self.line(name, key, record)? {
                writer.line(&line)?;
            }
            Ok(())
        })?;
        let end = End { lines: writer.lines, checksum: Hash(writer.hasher.digest128()) };
        writer.line(&Tail { end })?;
        writer.out.finish()?.flush()?;
        Ok((head, found))
    }
}

/// Whether a file begins like a backup, whole or not, of whatever version.
pub fn is_backup(input: impl Read) -> bool {
    let mut lines = Lines::new(input);
    let head = lines.next().ok().flatten();
    head.is_some_and(|head| serde_json::from_slice::<BackupHead>(head).is_ok())
}

/// Reads a backup and gives each record to `take`; whether it is whole is known when it ends.
pub(super) fn read(
    input: impl Read,
    mut take: impl FnMut(Line) -> Result<(), UnreadableBackup>,
) -> Result<BackupHead, UnreadableBackup> {
    let mut lines = Lines::new(input);
    let first = lines.next()?.ok_or(UnreadableBackup::Foreign)?;
    let head: BackupHead = serde_json::from_slice(first).map_err(|_| UnreadableBackup::Foreign)?;
    if head.format > FORMAT {
        return Err(UnreadableBackup::Newer(head.format));
    }
    let mut hasher = Xxh3Default::new();
    hasher.update(first);
    loop {
        let number = lines.number;
        let line = lines.next()?.ok_or(UnreadableBackup::Cut)?;
        if let Ok(Tail { end }) = serde_json::from_slice(line) {
            if end.lines != number || end.checksum != Hash(hasher.digest128()) {
                return Err(UnreadableBackup::Checksum);
            }
            return match lines.next()? {
                None => Ok(head),
                Some(_) => Err(UnreadableBackup::Checksum),
            };
        }
        hasher.update(line);
        let line = serde_json::from_slice(line).map_err(|error| UnreadableBackup::Line {
            line: number.saturating_add(1),
            reason: error.to_string(),
        })?;
        take(line)?;
    }
}

/// Whether a backup is whole.
///
/// # Errors
/// Says what is wrong with it.
pub fn check_backup(input: impl Read) -> Result<BackupHead, UnreadableBackup> {
    read(input, |_| Ok(()))
}

struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<BufReader<MultiGzDecoder<BufReader<R>>>> {
    fn new(input: R) -> Self {
        Self {
            input: BufReader::new(MultiGzDecoder::new(BufReader::new(input))),
            line: Vec::new(),
            number: 0,
        }
    }
}

impl<R: BufRead> Lines<R> {
    /// The next line with its end; `None` at the end.
    fn next(&mut self) -> Result<Option<&[u8]>, UnreadableBackup> {
        self.line.clear();
        let read = (&mut self.input).take(LONGEST_LINE).read_until(b'\n', &mut self.line).map_err(
            |error| match error.kind() {
                // What gzip says of a file that is not, or no longer, one.
                io::ErrorKind::UnexpectedEof => UnreadableBackup::Cut,
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if self.number == 0 => {
                    UnreadableBackup::Foreign
                }
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    UnreadableBackup::Checksum
                }
                _ => UnreadableBackup::Read(error),
            },
        )?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.last() != Some(&b'\n') {
            return Err(UnreadableBackup::Cut);
        }
        self.number = self.number.saturating_add(1);
        Ok(Some(&self.line))
    }
}
