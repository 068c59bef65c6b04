//! The trees of the store and the keys in them. Numbers are big-endian, so that sled's order of
//! bytes is the order of numbers.

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::xxh3_128;

use super::values::Place;
use crate::model::{EntryNumber, OutputKey, OutputKind, StoryNumber};

/// A tree, in the order in which the store keeps them open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeName {
    /// name → format, counters, tag authority, output ids.
    Meta,
    /// source id → what is remembered about it between polls.
    Source,
    /// host → its silence.
    Host,
    /// source, newest first → poll record.
    Poll,
    /// source, hash of identity → entry or "dropped".
    Seen,
    /// number → facts.
    Entry,
    /// number, revision → words.
    Text,
    /// number → story.
    Story,
    /// kind, hash → story.
    Alias,
    /// fingerprint band → story.
    Band,
    /// sequence → story.
    Wire,
    /// output, entered, story → ().
    Member,
    /// stories that were removed from the outputs; words of those that were taken down.
    Gone,
    /// source, hash of identity → editors' decisions.
    Decision,
    /// hub pings.
    Job,
    /// directory, path → digest, hash, size, time.
    File,
    /// tree, key, index → a part of a long record.
    Part,
}

impl TreeName {
    /// Every tree, in the order of the enum.
    pub(super) const ALL: [(Self, &'static str); 17] = [
        (Self::Meta, "meta"),
        (Self::Source, "source"),
        (Self::Host, "host"),
        (Self::Poll, "poll"),
        (Self::Seen, "seen"),
        (Self::Entry, "entry"),
        (Self::Text, "text"),
        (Self::Story, "story"),
        (Self::Alias, "alias"),
        (Self::Band, "band"),
        (Self::Wire, "wire"),
        (Self::Member, "member"),
        (Self::Gone, "gone"),
        (Self::Decision, "decision"),
        (Self::Job, "job"),
        (Self::File, "file"),
        (Self::Part, "part"),
    ];
}

/// Separates a name from what follows it; names never contain it.
const END_OF_NAME: u8 = 0;

pub(super) const COUNTERS: &[u8] = b"counters";
pub(super) const FORMAT: &[u8] = b"format";
pub(super) const SWEEP: &[u8] = b"sweep";
pub(super) const TOLD: &[u8] = b"told/";
pub(super) const BACKUP_TRIED: &[u8] = b"backup-tried";
pub(super) const LEDGER: &[u8] = b"ledger";
pub(super) const TAG_AUTHORITY: &[u8] = b"tag-authority";
pub(super) const RULES: &[u8] = b"rules";

pub(super) fn told(what: &str) -> Vec<u8> {
    [TOLD, what.as_bytes()].concat()
}

pub(super) const HORIZON: &[u8] = b"horizon/";

pub(super) fn horizon(source: &str) -> Vec<u8> {
    [HORIZON, source.as_bytes()].concat()
}

/// What waits for its article, by source and hash of identity.
pub(super) const WAITING: &[u8] = b"waiting/";

pub(super) fn waiting(source: &str, identity: u128) -> Vec<u8> {
    [WAITING, &seen(source, identity)].concat()
}

/// What the keys of everything that waits of a source begin with.
pub(super) fn waiting_of(source: &str) -> Vec<u8> {
    [WAITING, &of_source(source)].concat()
}

/// The source and the hash of identity in a key of [`waiting`].
pub(super) fn split_waiting(key: &[u8]) -> Option<(String, u128)> {
    split_seen(key.strip_prefix(WAITING)?)
}

/// How an entry's article was read, by number.
pub(super) const ARTICLE: &[u8] = b"article/";

pub(super) fn article(number: EntryNumber) -> Vec<u8> {
    [ARTICLE, &entry(number)].concat()
}

/// The number in a key of [`article`].
pub(super) fn split_article(key: &[u8]) -> Option<EntryNumber> {
    number(key.strip_prefix(ARTICLE)?).map(EntryNumber)
}

/// The source and the hash in a key of [`seen`].
pub(super) fn split_seen(key: &[u8]) -> Option<(String, u128)> {
    let (source, hash) = split_name(key)?;
    let hash = u128::from_be_bytes(*hash.first_chunk()?);
    Some((String::from_utf8(source.to_vec()).ok()?, hash))
}

/// The first key that is behind all of [`seen`] of a source.
pub(super) fn after_names(source: &str) -> Vec<u8> {
    [source.as_bytes(), &[END_OF_NAME + 1]].concat()
}

/// Begins the key of the words of a story that was taken down.
pub(super) const TAKEN_WORDS: &[u8] = b"w";

pub(super) fn taken_words(words: u128) -> Vec<u8> {
    [TAKEN_WORDS, words.to_be_bytes().as_slice()].concat()
}

/// Begins the key of a story that was removed from the outputs.
pub(super) const REMOVED: &[u8] = b"r";

pub(super) fn removed(number: StoryNumber) -> Vec<u8> {
    [REMOVED, story(number).as_slice()].concat()
}

/// Sources that were taken down.
pub(super) const STOPPED: &[u8] = b"stopped/";

pub(super) fn stopped(source: &str) -> Vec<u8> {
    [STOPPED, source.as_bytes()].concat()
}

/// What is left to do of a take-down.
pub(super) const CLEANSING: &[u8] = b"cleansing";

pub(super) const REPETITION: &[u8] = b"repetition/";
pub(super) const PRINTED: &[u8] = b"printed/";

pub(super) fn printed(place: Place) -> Vec<u8> {
    [PRINTED, place.0.to_be_bytes().as_slice()].concat()
}

pub(super) fn repetition(source: &str) -> Vec<u8> {
    [REPETITION, source.as_bytes()].concat()
}

pub(super) const PAGE: &[u8] = b"page/";

pub(super) fn page(source: &str) -> Vec<u8> {
    [PAGE, source.as_bytes()].concat()
}

/// Which outputs of feeds.toml carry a story, by its number.
pub(super) const SELECTED: &[u8] = b"selected/";

pub(super) fn selected(number: StoryNumber) -> Vec<u8> {
    [SELECTED, number.0.to_be_bytes().as_slice()].concat()
}

/// The story in a key of [`selected`].
pub(super) fn split_selected(key: &[u8]) -> Option<StoryNumber> {
    let number = key.strip_prefix(SELECTED)?;
    Some(StoryNumber(u64::from_be_bytes(number.try_into().ok()?)))
}

pub(super) const OUTPUT: &[u8] = b"output/";
pub(super) const ORGANISATION: &[u8] = b"organisation/";
pub(super) const ORGANISATION_ID: &[u8] = b"organisation-id/";

pub(super) fn output(key: &OutputKey) -> Vec<u8> {
    output_in(&key.directory())
}

/// The key of the output in a directory below the output directory.
pub(super) fn output_in(directory: &str) -> Vec<u8> {
    [OUTPUT, directory.as_bytes()].concat()
}

pub(super) fn organisation(name: &str) -> Vec<u8> {
    [ORGANISATION, name.as_bytes()].concat()
}

pub(super) fn organisation_id(id: &str) -> Vec<u8> {
    [ORGANISATION_ID, id.as_bytes()].concat()
}

/// Where a part of a long record is kept.
pub(super) fn part(tree: TreeName, key: &[u8], index: u16) -> Vec<u8> {
    [&[tree as u8], key, &index.to_be_bytes()].concat()
}

fn named(name: &str, rest: &[u8]) -> Vec<u8> {
    [name.as_bytes(), &[END_OF_NAME], rest].concat()
}

/// A name and what follows it, in a key of [`named`].
pub(super) fn split_name(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = key.iter().position(|byte| *byte == END_OF_NAME)?;
    Some((key.get(..end)?, key.get(end.checked_add(1)?..)?))
}

/// The hash by which the store knows an identity.
pub fn identity_hash(identity: &str) -> u128 {
    xxh3_128(identity.as_bytes())
}

pub(super) fn seen(source: &str, identity: u128) -> Vec<u8> {
    named(source, &identity.to_be_bytes())
}

/// What the keys of a source's identities begin with.
pub(super) fn of_source(source: &str) -> Vec<u8> {
    named(source, &[])
}

/// The first key behind a key.
pub(super) fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

pub(super) fn polls(source: &str) -> Vec<u8> {
    named(source, &[])
}

/// Newest first: the time, in milliseconds since 1970, is stored as what is left until the end of
/// time.
pub(super) fn poll(source: &str, at: i64) -> Vec<u8> {
    let milliseconds = u64::try_from(at).unwrap_or_default();
    named(source, &(u64::MAX - milliseconds).to_be_bytes())
}

/// The time in a key of [`poll`].
pub(super) fn time_of_poll(key: &[u8]) -> Option<i64> {
    let left = u64::from_be_bytes(*key.last_chunk::<8>()?);
    i64::try_from(u64::MAX - left).ok()
}

pub(super) fn entry(number: EntryNumber) -> [u8; 8] {
    number.0.to_be_bytes()
}

pub(super) fn text(number: EntryNumber, revision: u32) -> Vec<u8> {
    [number.0.to_be_bytes().as_slice(), &revision.to_be_bytes()].concat()
}

pub(super) fn story(number: StoryNumber) -> [u8; 8] {
    number.0.to_be_bytes()
}

pub(super) fn alias(kind: u8, name: &str) -> Vec<u8> {
    alias_hash(kind, xxh3_128(name.as_bytes()))
}

pub(super) fn alias_hash(kind: u8, name: u128) -> Vec<u8> {
    [&[kind], name.to_be_bytes().as_slice()].concat()
}

fn letter(kind: OutputKind) -> u8 {
    match kind {
        OutputKind::All => b'a',
        OutputKind::Tag => b't',
        OutputKind::Organisation => b'o',
        OutputKind::Language => b'l',
        OutputKind::Output => b's',
    }
}

pub(super) fn members(output: &OutputKey) -> Vec<u8> {
    [&[letter(output.kind)], output.id.as_bytes(), &[END_OF_NAME]].concat()
}

/// The first key that is behind all members of an output.
pub(super) fn after_members(output: &OutputKey) -> Vec<u8> {
    [&[letter(output.kind)], output.id.as_bytes(), &[END_OF_NAME + 1]].concat()
}

pub(super) fn members_of_kind(kind: OutputKind) -> Vec<u8> {
    vec![letter(kind)]
}

/// The first key that is behind all outputs of a kind.
pub(super) fn after_kind(kind: OutputKind) -> Vec<u8> {
    vec![letter(kind) + 1]
}

/// The id of the output that a key of `member` belongs to.
pub(super) fn id_of_member(key: &[u8]) -> Option<String> {
    let id = key.get(1..)?.split(|byte| *byte == END_OF_NAME).next()?;
    String::from_utf8(id.to_vec()).ok()
}

/// Sorted by time: the sign bit is turned so that times before 1970 come first.
pub(super) fn member(output: &OutputKey, entered: DateTime<Utc>, story: StoryNumber) -> Vec<u8> {
    const SIGN: u64 = 1 << 63;
    let milliseconds = entered.timestamp_millis() as u64 ^ SIGN;
    [members(output), milliseconds.to_be_bytes().to_vec(), story.0.to_be_bytes().to_vec()].concat()
}

/// The story's number is the end of a key of `member`.
pub(super) fn story_of_member(key: &[u8]) -> Option<StoryNumber> {
    key.last_chunk::<8>().map(|bytes| StoryNumber(u64::from_be_bytes(*bytes)))
}

pub(super) fn file(place: Place, path: &str) -> Vec<u8> {
    [place.0.to_be_bytes().as_slice(), path.as_bytes()].concat()
}

pub(super) fn number(key: &[u8]) -> Option<u64> {
    key.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}
