//! URLs, dates, text, HTML: normalised and safe.
//!
//! [`document`] turns what `read` found into what may be stored, compared and published: every
//! string is free of characters that XML forbids and bounded in length, every URL is absolute
//! http or https, HTML is written anew from an allow-list, dates that cannot be are gone, and
//! each entry has an identity. What was mended is said in `repairs`.
//!
//! The parts serve others too: `read` parses dates and resolves URLs with them, `publish` makes
//! HTML safe again on its way out. All of it is pure, takes linear time, and panics on no input.
//! What it does not do: judge whether two entries are the same story, whether a date lies in the
//! future, or whether a URL may be fetched.

mod article;
pub mod dates;
mod details;
mod document;
mod fields;
pub mod html;
pub mod identity;
mod markup;
mod page;
mod repetition;
mod sentences;
pub mod text;
pub mod urls;
mod words;
mod work;

pub use article::article;
pub use document::document;
pub use fields::{
    MAX_AUTHORS, MAX_CATEGORIES, MAX_ENCLOSURES, MAX_LABEL, MAX_NAME, MAX_RIGHTS, editions,
    language_tag,
};
pub use page::{MAX_DEPTH, MAX_ELEMENTS, Page, page};
pub use repetition::{Cleaned, MIN_ARTICLES, Repetition, WINDOW, without_repetition};
pub use words::{EXCERPT, MAX_SUMMARY, MAX_TITLE};
