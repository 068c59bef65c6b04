//! The story of one poll from top to bottom, then of a batch of them.
//!
//! [`ask()`] turns a source into an [`Answered`]: it asks, reads and cleans, and decides nothing.
//! [`judge()`] turns a batch of answers into [`crate::store::Changes`] for one transaction: what is new, what
//! joins, when each source is next due. A failure is data; it never stops the batch.

mod ask;
mod judge;
mod organisation;

pub use ask::{Answered, Assignment, Content, Failure, Surroundings, ask, lease};
pub use judge::{Bench, SourceReport, judge};
pub use organisation::organisation_key;
