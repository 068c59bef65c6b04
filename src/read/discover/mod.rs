//! What a page says of feeds, and how it could be read where it has none.
//!
//! [`announced`] takes the links of a page that lead to feeds: those of its head, and those of its
//! body that look like one. [`common_places`] lists where the programs that make web sites keep
//! their feeds. [`propose`] finds the block of a page that repeats, and selectors for it. Nothing is
//! asked here: whether a link is a feed is seen when somebody has read it, and then [`kind_of`]
//! tells posts, comments and podcasts apart.

mod block;
mod calls;
mod class;
mod kind;
mod links;
mod parts;
mod places;
mod propose;
mod words_for_calls;

pub use kind::{FeedKind, kind_of};
pub use links::{Announced, Announcement, Announcements, announced};
pub use places::{MOST_PLACES, common_places};
pub use propose::{Proposal, propose};

#[cfg(test)]
mod tests;
