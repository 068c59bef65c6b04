//! How a value is written: a version byte, a checksum, and the value in postcard's encoding.
//!
//! The checksum covers the key as well, so that a page that sled puts in the wrong place is
//! noticed like a flipped bit.

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::Xxh3Default;

/// Version of the encoding of every record.
const VERSION: u8 = 1;

const CHECKSUM_LENGTH: usize = 8;

/// Why a record cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is shorter than any record is.
    Short,
    /// Its version is not ours.
    Version(u8),
    /// Its checksum does not fit.
    Checksum,
    /// Its checksum fits, but it is not what is expected there.
    Shape,
}

fn checksum(key: &[u8], payload: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut hasher = Xxh3Default::new();
    hasher.update(key);
    hasher.update(payload);
    hasher.digest().to_be_bytes()
}

pub(super) fn encode<T: Serialize>(key: &[u8], value: &T) -> Result<Vec<u8>, postcard::Error> {
    let payload = postcard::to_stdvec(value)?;
    Ok([&[VERSION], checksum(key, &payload).as_slice(), &payload].concat())
}

pub(super) fn decode<T: DeserializeOwned>(key: &[u8], record: &[u8]) -> Result<T, Unreadable> {
    let (&version, rest) = record.split_first().ok_or(Unreadable::Short)?;
    if version != VERSION {
        return Err(Unreadable::Version(version));
    }
    let (sum, payload) = rest.split_first_chunk::<CHECKSUM_LENGTH>().ok_or(Unreadable::Short)?;
    if *sum != checksum(key, payload) {
        return Err(Unreadable::Checksum);
    }
    postcard::from_bytes(payload).map_err(|_| Unreadable::Shape)
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, decode, encode};

    #[test]
    fn what_was_written_is_read() {
        let record = encode(b"key", &("words", 7_u32)).unwrap();
        assert_eq!(decode::<(String, u32)>(b"key", &record), Ok(("words".to_owned(), 7)));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let record = encode(b"key", &"a statement that must not be lost".to_owned()).unwrap();
        for bit in 0..record.len() * 8 {
            let mut damaged = record.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<String>(b"key", &damaged).is_err(), "bit {bit}");
        }
        for length in 0..record.len() {
            assert!(decode::<String>(b"key", &record[..length]).is_err(), "length {length}");
        }
        assert_eq!(decode::<String>(b"other", &record), Err(Unreadable::Checksum));
    }
}
