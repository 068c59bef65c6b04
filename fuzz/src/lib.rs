//! What is fuzzed, apart from what drives it: libFuzzer (`cargo +nightly fuzz run html`), or the
//! runner of `scripts/soak fuzz`, which needs neither nightly nor libFuzzer and takes these very
//! files.
//!
//! A target is a function that panics where its input breaks a promise. It returns a number that
//! differs where inputs are of different kinds, so that a driver that cannot see coverage knows
//! which inputs are worth going on from.

pub mod dates;
pub mod document;
pub mod feed;
pub mod html;
pub mod judge;
pub mod page;
pub mod urls;

use std::hash::{DefaultHasher, Hash, Hasher};

/// A target, with what it is fed.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its file.
    pub name: &'static str,
    /// Runs it on one input.
    pub run: fn(&[u8]) -> u64,
    /// What its inputs are made of.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: [Target; 6] = [
    Target { name: "dates", run: dates::target, words: dates::WORDS },
    Target { name: "document", run: document::target, words: feed::WORDS },
    Target { name: "feed", run: feed::target, words: feed::WORDS },
    Target { name: "html", run: html::target, words: html::WORDS },
    Target { name: "page", run: page::target, words: page::WORDS },
    Target { name: "urls", run: urls::target, words: urls::WORDS },
];

/// The kind of an input, from what is told of it.
fn kind(told: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    told.hash(&mut hasher);
    hasher.finish()
}

/// A number as the power of two below it: inputs are not of another kind for being a bit longer.
fn about(number: usize) -> u32 {
    number.checked_ilog2().map_or(0, |power| power + 1)
}
