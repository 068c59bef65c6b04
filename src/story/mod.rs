//! Which entries are the same, which are new, and which belong to one story. Pure.
//!
//! The caller looks up what the store knows, [`decide`] judges a whole batch of polls, and the
//! verdicts say what to write. Judging the batch as one makes the outcome independent of which
//! server answered first: arrivals are taken by publication date, then priority, then the order
//! of feeds.toml.
//!
//! Limits: two entries of different sources are one publication only where their links say so.
//! Copies under another link and translations are not recognised here yet; of mass changes only
//! the move of a whole source to other guids, links and dates.

mod decide;
mod decided;
mod identity;
mod lead;
mod order;
mod published_id;

pub use decide::{
    Arrival, Judgement, Known, KnownMember, Place, Polled, Tally, Verdict, decide, mark_of,
};
pub use decided::put_into_force;
pub use identity::{
    Found, FoundBy, choose, fingerprint, is_mass_move, is_substantive, is_telling, titled_name,
    words_name,
};
pub use lead::{Shown, leading};
pub use order::{Fate, fates};
pub use published_id::{TagAuthority, is_absolute_iri};

#[cfg(test)]
mod tests;
