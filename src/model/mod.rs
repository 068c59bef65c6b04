//! The plain data that the stages hand to one another: no I/O, no clock, nothing of ours imported.
//!
//! In the order of the flow: a [`Source`] is polled, its bytes are read as a [`RawDocument`],
//! cleaned into a [`CleanDocument`], stored as [`Entry`] and [`Text`], judged to be a [`Story`],
//! and rendered as a [`PublicStory`]. Every poll leaves a [`PollRecord`].

mod address;
mod article;
mod clean;
mod decision;
mod defect;
mod details;
mod entry;
mod id;
mod markup;
mod output;
mod poll;
mod raw;
mod robots;
mod secret;
mod selection;
mod sent;
mod source;
mod story;
mod tag;

pub use address::{inner_ipv4, is_public_address};
pub use article::{CanonicalLink, CleanArticle, RawArticle};
pub use clean::{CleanDocument, CleanEntry};
pub use decision::{Decision, Origin, Removed, Ruling, Stopped, Verb};
pub use defect::defect;
pub use details::{
    CategoryTerm, ClaimedSource, EntryDetails, FeedDetails, Medium, Point, Related, Tombstone,
};
pub use entry::{Enclosure, Entry, EntryNumber, RECALLED, TAKEN_DOWN, Text};
pub use id::id_from_name;
pub use markup::{pieces_of_html, words_of_html};
pub use output::{Credit, Edition, FileRecord, OutputKey, OutputKind, PublicStory};
pub(crate) use poll::where_noted;
pub use poll::{
    Habits, HostState, LongWish, Moved, Outcome, PollRecord, SourceState, Terms, UnreadArticles,
    Validators,
};
pub use raw::{Format, Hints, RawContent, RawDocument, RawEntry};
pub use robots::{Robots, RobotsRule, RobotsRules};
pub use secret::Secrets;
pub use selection::{Editions, Formats, OutputRule};
pub use sent::Sent;
pub use source::{
    Kind, Location, OPML_NAMESPACE, Organisation, Republish, Select, Source, is_placeholder,
    is_secret_parameter, shown_url,
};
pub use story::{Member, Story, StoryNumber, StoryState};
pub use tag::{TagReason, TagRule, Tagged, merge_tags};
