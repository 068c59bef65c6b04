//! Which entries are the same, which are new, and which belong to one story. Pure.
//!
//! The caller looks up what the store knows, [`decide`] judges a whole batch of polls, and the
//! verdicts say what to write. Judging the batch as one makes the outcome independent of which
//! server answered first: arrivals are taken by publication date, then priority, then the order
//! of feeds.toml.
//!
//! Limits: two entries are one publication only where their links say so. Copies under another
//! link, translations and mass changes are not recognised here yet.

mod decide;
mod identity;
mod published_id;

pub use decide::{Arrival, Judgement, Known, Polled, Tally, Verdict, decide, merge_tags};
pub use identity::{Found, choose, fingerprint, is_substantive};
pub use published_id::{TagAuthority, is_absolute_iri};

#[cfg(test)]
mod tests;
