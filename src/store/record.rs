//! How a value is written: a byte that says how, a checksum, and the value in postcard's encoding,
//! compressed where that is worth it, and in parts where it is long.
//!
//! The checksum covers the key as well, so that a page that sled puts in the wrong place is
//! noticed like a flipped bit. Long records are kept in parts because sled writes a page of more
//! than 128 KiB into a file of its own, which it never forces to the disk; a page holds up to 17
//! records.

use std::cell::RefCell;
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::Xxh3Default;
use zstd::bulk::{Compressor, Decompressor};

/// A record of postcard bytes as they are; the only kind of format 1.
const PLAIN: u8 = 1;
/// The length of the postcard bytes, then these compressed.
const COMPRESSED: u8 = 2;
/// How many parts there are, how long they are together, and their checksum; the parts are a record
/// of one of the other kinds.
const SPLIT: u8 = 3;

const CHECKSUM_LENGTH: usize = 8;

/// What comes before the payload.
const HEAD_LENGTH: usize = 1 + CHECKSUM_LENGTH;

/// Shorter values are not compressed.
const WORTH_COMPRESSING: usize = 512;

/// zstd's fastest but for the negative ones.
const LEVEL: i32 = 1;

/// The longest record that is kept in one piece, and the longest part.
const LONGEST: usize = 6 * 1024;

/// No value is longer; what claims to be is no record of ours.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// Why a record cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is shorter than any record is.
    Short,
    /// Its kind is not one of ours.
    Version(u8),
    /// Its checksum does not fit.
    Checksum,
    /// Its checksum fits, but it is not what is expected there.
    Shape,
    /// A part of it is missing.
    Part,
}

/// Why a value cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    /// postcard cannot encode it.
    #[error(transparent)]
    Encoding(#[from] postcard::Error),
    /// It cannot be compressed.
    #[error(transparent)]
    Compression(#[from] io::Error),
    /// It is too long.
    #[error("a value of {0} bytes is too long")]
    Long(usize),
}

/// A value as it is written: the record under its own key, and its parts, if it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) record: Vec<u8>,
    pub(super) parts: Vec<Vec<u8>>,
}

fn checksum(key: &[u8], payload: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut hasher = Xxh3Default::new();
    hasher.update(key);
    hasher.update(payload);
    hasher.digest().to_be_bytes()
}

fn framed(kind: u8, key: &[u8], payload: &[u8]) -> Vec<u8> {
    [&[kind], checksum(key, payload).as_slice(), payload].concat()
}

/// The checksum that a record was written with; tells records apart.
pub(super) fn checksum_of(record: &[u8]) -> u64 {
    let sum = record.get(1..HEAD_LENGTH).and_then(|sum| sum.first_chunk::<CHECKSUM_LENGTH>());
    sum.map_or(0, |sum| u64::from_be_bytes(*sum))
}

/// Whether a record has the checksum that it was written with under this key.
pub(super) fn is_whole(key: &[u8], record: &[u8]) -> bool {
    checked(key, record).is_ok()
}

/// Encodes a value that belongs under `key`.
pub(super) fn encode<T: Serialize>(key: &[u8], value: &T) -> Result<Encoded, Unwritable> {
    let plain = postcard::to_stdvec(value)?;
    let length = u32::try_from(plain.len()).ok().filter(|_| plain.len() <= MOST_BYTES);
    let length = length.ok_or(Unwritable::Long(plain.len()))?;
    let mut record = None;
    if plain.len() >= WORTH_COMPRESSING {
        let compressed = compress(&plain)?;
        if compressed.len() < plain.len() {
            let payload = [length.to_be_bytes().as_slice(), &compressed].concat();
            record = Some(framed(COMPRESSED, key, &payload));
        }
    }
    let record = record.unwrap_or_else(|| framed(PLAIN, key, &plain));
    if record.len() <= LONGEST {
        return Ok(Encoded { record, parts: Vec::new() });
    }
    let parts: Vec<Vec<u8>> = record.chunks(LONGEST).map(<[u8]>::to_vec).collect();
    let number = u16::try_from(parts.len()).map_err(|_| Unwritable::Long(record.len()))?;
    let total = u32::try_from(record.len()).map_err(|_| Unwritable::Long(record.len()))?;
    // The whole's own checksum as well, so that no two values have the same record.
    let sum = record.get(1..HEAD_LENGTH).unwrap_or_default();
    let payload = [number.to_be_bytes().as_slice(), &total.to_be_bytes(), sum].concat();
    Ok(Encoded { record: framed(SPLIT, key, &payload), parts })
}

thread_local! {
    /// Made once for each thread: they are much larger than most of what they work on.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(LEVEL)?),
        };
        compressor.compress(plain)
    })
}

fn decompress(compressed: &[u8], length: usize) -> io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        decompressor.decompress(compressed, length)
    })
}

/// How many parts a record has.
pub(super) fn number_of_parts(record: &[u8]) -> u16 {
    let number = (record.first() == Some(&SPLIT)).then(|| record.get(HEAD_LENGTH..));
    let number = number.flatten().and_then(|payload| payload.first_chunk::<2>());
    number.map_or(0, |number| u16::from_be_bytes(*number))
}

/// Decodes the record under `key`; `part` gives its parts.
pub(super) fn decode<T: DeserializeOwned, E: From<Unreadable>>(
    key: &[u8],
    record: &[u8],
    part: impl Fn(u16) -> Result<Option<Vec<u8>>, E>,
) -> Result<T, E> {
    let payload = checked(key, record)?;
    if record.first() != Some(&SPLIT) {
        return Ok(value(record, payload)?);
    }
    let (number, total) = payload.split_first_chunk::<2>().ok_or(Unreadable::Shape)?;
    let (total, sum) = total.split_first_chunk::<4>().ok_or(Unreadable::Shape)?;
    let total = usize::try_from(u32::from_be_bytes(*total)).map_err(|_| Unreadable::Shape)?;
    let mut whole = Vec::with_capacity(total.min(MOST_BYTES));
    for index in 0..u16::from_be_bytes(*number) {
        whole.extend_from_slice(&part(index)?.ok_or(Unreadable::Part)?);
    }
    if whole.len() != total || whole.get(1..HEAD_LENGTH) != Some(sum) {
        return Err(Unreadable::Part.into());
    }
    let payload = checked(key, &whole)?;
    Ok(value(&whole, payload)?)
}

/// The payload of a record whose checksum fits.
fn checked<'r>(key: &[u8], record: &'r [u8]) -> Result<&'r [u8], Unreadable> {
    let (&kind, rest) = record.split_first().ok_or(Unreadable::Short)?;
    if !matches!(kind, PLAIN | COMPRESSED | SPLIT) {
        return Err(Unreadable::Version(kind));
    }
    let (sum, payload) = rest.split_first_chunk::<CHECKSUM_LENGTH>().ok_or(Unreadable::Short)?;
    if *sum == checksum(key, payload) { Ok(payload) } else { Err(Unreadable::Checksum) }
}

fn value<T: DeserializeOwned>(record: &[u8], payload: &[u8]) -> Result<T, Unreadable> {
    match record.first() {
        Some(&PLAIN) => postcard::from_bytes(payload).map_err(|_| Unreadable::Shape),
        Some(&COMPRESSED) => {
            let (length, compressed) = payload.split_first_chunk::<4>().ok_or(Unreadable::Shape)?;
            let length = u32::from_be_bytes(*length);
            let length = usize::try_from(length).ok().filter(|length| *length <= MOST_BYTES);
            let plain = decompress(compressed, length.ok_or(Unreadable::Shape)?)
                .map_err(|_| Unreadable::Shape)?;
            postcard::from_bytes(&plain).map_err(|_| Unreadable::Shape)
        }
        _ => Err(Unreadable::Shape),
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::{Encoded, LONGEST, Unreadable, checksum_of, decode, encode, number_of_parts};

    fn read<T: DeserializeOwned>(key: &[u8], encoded: &Encoded) -> Result<T, Unreadable> {
        decode(key, &encoded.record, |index| Ok(encoded.parts.get(usize::from(index)).cloned()))
    }

    /// Words that do not compress well.
    fn noise(length: usize) -> String {
        let mut state = 1_u64;
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
        };
        (0..length).map(|_| letter()).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let encoded = encode(b"key", &("words", 7_u32)).unwrap();
        assert_eq!(read::<(String, u32)>(b"key", &encoded), Ok(("words".to_owned(), 7)));
        for (text, parts) in
            [("peace ".repeat(1000), 0), (noise(LONGEST * 3), 3), (noise(1_000_000), 137)]
        {
            let encoded = encode(b"key", &text).unwrap();
            assert!(encoded.record.len() <= LONGEST);
            assert!(encoded.parts.iter().all(|part| part.len() <= LONGEST));
            assert_eq!(usize::from(number_of_parts(&encoded.record)), encoded.parts.len());
            assert!(encoded.parts.len().abs_diff(parts) <= 4, "{}", encoded.parts.len());
            assert_eq!(read::<String>(b"key", &encoded), Ok(text));
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let short = "a statement that must not be lost".to_owned();
        for text in [short.clone(), short.repeat(30)] {
            let encoded = encode(b"key", &text).unwrap();
            for bit in 0..encoded.record.len() * 8 {
                let mut damaged = encoded.clone();
                damaged.record[bit / 8] ^= 1 << (bit % 8);
                assert!(read::<String>(b"key", &damaged).is_err(), "bit {bit}");
            }
            for length in 0..encoded.record.len() {
                let mut damaged = encoded.clone();
                damaged.record.truncate(length);
                assert!(read::<String>(b"key", &damaged).is_err(), "length {length}");
            }
            assert_eq!(read::<String>(b"other", &encoded), Err(Unreadable::Checksum));
        }
    }

    #[test]
    fn damage_to_any_part_of_a_long_record_is_noticed() {
        let encoded = encode(b"key", &noise(LONGEST * 3)).unwrap();
        for part in 0..encoded.parts.len() {
            let mut missing = encoded.clone();
            missing.parts.remove(part);
            assert!(read::<String>(b"key", &missing).is_err());
            for byte in [0, 1, 9, 10, encoded.parts[part].len() - 1] {
                let mut damaged = encoded.clone();
                damaged.parts[part][byte] ^= 1;
                assert!(read::<String>(b"key", &damaged).is_err(), "part {part}, byte {byte}");
            }
        }
        let mut swapped = encoded.clone();
        swapped.parts.swap(0, 1);
        assert!(read::<String>(b"key", &swapped).is_err());
    }

    #[test]
    fn records_of_other_values_have_other_checksums() {
        let sum = |text: &str| checksum_of(&encode(b"key", &text.to_owned()).unwrap().record);
        assert_ne!(sum("peace"), sum("Peace"));
        // In parts, only one byte differs.
        let long = noise(LONGEST * 3);
        assert_ne!(sum(&long), sum(&long.replacen('!', "?", 1)));
    }
}
