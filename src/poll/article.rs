//! Articles: an entry whose text is read from its own page waits until that page was read.
//!
//! The page may show that the entry is a copy, so nothing is judged before: [`set_aside`] takes
//! what waits out of a poll, [`ask_article`] reads a page, [`settle_articles`] judges what has come
//! to its end. An entry waits at most six hours and three tries; then the words that its
//! source gave are all that there is.

mod ask;
mod barrier;
mod errand;
mod known;
mod settle;

pub use ask::{Page, Reading, ask_article};
pub(super) use errand::set_aside;
pub use errand::{Errand, Turn};
pub use known::validators_of;
pub use settle::{Done, Outcome, settle_articles};
