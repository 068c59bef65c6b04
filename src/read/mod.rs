//! Bytes -> raw entries. Pure: no clock, no network, no disk.
//!
//! [`feed`] reads feeds in steps, each of them in a file of its own:
//!
//! 1. `sniff` refuses what is no feed; `charset` decodes by one fixed rule.
//! 2. `survey` walks over the text once, strictly. It keeps what feed-rs loses and prepares the
//!    text that feed-rs reads without loss; `model` has feed-rs read it and joins the two.
//! 3. Where that fails, or finds no entries although there are some, `repair` makes well-formed
//!    XML of the text, and step 2 is taken again. JSON Feed has its own file.
//!
//! [`announced`] and [`propose`] look at a page for its feeds, or for what could be read in their place.
//!
//! What was done is told in [`RawDocument::repairs`], in words for maintainers. A document that was
//! cut off is refused whole; only [`feed_as_far_as_it_goes`], for `preview`, gives what was whole.
//! Nothing is judged, made safe or given an identity here: that is `clean`'s work. DTDs are never
//! expanded and nothing that a document names is fetched.

mod article;
mod charset;
mod dates;
mod details;
mod discover;
mod entry;
mod facts;
mod hints;
mod json;
mod json_repair;
mod markup;
mod media;
mod model;
mod opml;
mod page;
mod partial;
mod people;
mod refusal;
mod repair;
mod sniff;
mod survey;
mod tree;
mod withheld;

#[cfg(test)]
mod tests;

use chrono_tz::Tz;
use url::Url;

pub use article::{Known, article};
pub use discover::{
    Announced, Announcement, Announcements, FeedKind, MOST_PLACES, Proposal, announced,
    common_places, kind_of, propose,
};
pub use opml::{MOST_OPML_BYTES, MOST_OPML_FEEDS, Opml, OpmlError, OpmlFeed, opml};
pub use page::{PageReading, SelectorCount, page, page_as_far_as_it_goes};
pub use partial::{Partial, feed_as_far_as_it_goes};
pub use refusal::ReadError;
pub use withheld::is_withheld;

use crate::model::RawDocument;
use repair::Beyond;
use sniff::Syntax;
use survey::Fault;

/// A document to read, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The body, decompressed.
    pub bytes: &'a [u8],
    /// Value of the Content-Type header; only its charset is used.
    pub content_type: Option<&'a str>,
    /// The URL of the answer, against which relative URLs are resolved.
    pub base: &'a Url,
    /// Zone of dates that name none.
    pub zone: Option<Tz>,
}

/// Reads a feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed.
///
/// # Errors
///
/// [`ReadError`] says what the bytes are instead; a valid feed without entries is no error.
pub fn feed(input: &Input<'_>) -> Result<RawDocument, ReadError> {
    sniff::refuse_binary(input.bytes)?;
    let decoded = charset::decode(input.bytes, input.content_type);
    let text = decoded.text.trim();
    let mut document = match sniff::syntax(text)? {
        Syntax::Json => json::read(text, input)?,
        Syntax::Xml => xml(text, input)?,
    };
    document.repairs.splice(0..0, decoded.repairs);
    Ok(document)
}

fn xml(text: &str, input: &Input<'_>) -> Result<RawDocument, ReadError> {
    let fault = match attempt(text, input) {
        Ok(Reading::Whole(document)) => return Ok(*document),
        Ok(Reading::Doubtful(document)) => {
            // Read as it stands, unless the repair finds more.
            let mended = repair::mend(text).ok().and_then(|mended| again(&mended, input).ok());
            let document = match mended {
                Some(mended) if mended.entries.len() > document.entries.len() => mended,
                _ => *document,
            };
            return if document.entries.is_empty() {
                Err(ReadError::NoEntries)
            } else {
                Ok(document)
            };
        }
        Err(fault @ (Fault::TooDeep | Fault::TooLarge(_))) => return Err(refusal(&fault, text)),
        Err(fault) => fault,
    };
    let mended = repair::mend(text).map_err(|beyond| match beyond {
        Beyond::Cut => ReadError::Truncated,
        Beyond::NoRoot => ReadError::NotAFeed { what: "XML that is not a feed" },
        Beyond::TooDeep => refusal(&Fault::TooDeep, text),
    })?;
    // Where the repair does not help, the first fault is what a maintainer can look up.
    let document = again(&mended, input).map_err(|second| match second {
        Fault::TooDeep | Fault::TooLarge(_) => refusal(&second, text),
        _ => refusal(&fault, text),
    })?;
    if document.entries.is_empty() && (text.contains("<item") || text.contains("<entry")) {
        return Err(refusal(&fault, text));
    }
    Ok(document)
}

/// A reading that succeeded.
enum Reading {
    Whole(Box<RawDocument>),
    /// There may be more entries in it than were found.
    Doubtful(Box<RawDocument>),
}

fn attempt(text: &str, input: &Input<'_>) -> Result<Reading, Fault> {
    let survey = survey::survey(text, input.base)?;
    let broken = |what: String| Fault::Broken { at: 0, what };
    let parsed = model::parse(&survey.prepared, input.base, input.zone).map_err(broken)?;
    if parsed.entries.len() != survey.items.len() {
        return Err(broken("its entries cannot be told apart".to_owned()));
    }
    let doubtful = survey.swallowed || survey.items.is_empty() && survey.candidates > 0;
    let document = Box::new(model::join(parsed, survey, input.base, input.zone));
    Ok(if doubtful { Reading::Doubtful(document) } else { Reading::Whole(document) })
}

fn again(mended: &repair::Mended, input: &Input<'_>) -> Result<RawDocument, Fault> {
    let (Reading::Whole(document) | Reading::Doubtful(document)) = attempt(&mended.text, input)?;
    let mut document = *document;
    let notes = mended.notes.iter().filter(|note| !document.repairs.contains(note));
    let notes: Vec<String> = notes.cloned().collect();
    document.repairs.splice(0..0, notes);
    Ok(document)
}

fn refusal(fault: &Fault, text: &str) -> ReadError {
    match fault {
        Fault::Broken { at, what } => {
            let (line, column) = refusal::place(text, *at);
            ReadError::Malformed { line, column, what: what.clone() }
        }
        Fault::Cut => ReadError::Truncated,
        Fault::NoRoot => ReadError::NotAFeed { what: "XML that is not a feed" },
        Fault::TooDeep => ReadError::TooDeep { limit: survey::MAX_DEPTH },
        Fault::TooLarge(what) => ReadError::TooLarge { what },
    }
}
