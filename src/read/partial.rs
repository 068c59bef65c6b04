//! A document that was cut off, as far as its entries are whole: for people who look at it, never
//! for the store, to which a cut feed would look like items removed.

use super::{Input, ReadError, charset, feed, json, repair, sniff};
use crate::model::RawDocument;

/// What can be read of a document, and why not all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The whole document, or of one that was cut off the entries that are whole.
    pub document: Option<RawDocument>,
    /// Why nothing was read, or not all.
    pub error: Option<ReadError>,
}

/// Reads a feed like [`feed`]; of one that ends in the middle, the entries before the cut.
pub fn feed_as_far_as_it_goes(input: &Input<'_>) -> Partial {
    match feed(input) {
        Ok(document) => Partial { document: Some(document), error: None },
        Err(ReadError::Truncated) => {
            Partial { document: whole_entries(input), error: Some(ReadError::Truncated) }
        }
        Err(error) => Partial { document: None, error: Some(error) },
    }
}

fn whole_entries(input: &Input<'_>) -> Option<RawDocument> {
    let decoded = charset::decode(input.bytes, input.content_type);
    let text = decoded.text.trim();
    let mut document = match sniff::syntax(text).ok()? {
        sniff::Syntax::Json => json::read(&json_until_cut(text)?, input).ok()?,
        sniff::Syntax::Xml => {
            let mended = repair::mend_cut(xml_until_cut(text)?).ok()?;
            super::again(&mended, input).ok()?
        }
    };
    if document.entries.is_empty() {
        return None;
    }
    document.repairs.splice(0..0, decoded.repairs);
    Some(document)
}

/// The text up to the end of the last entry.
fn xml_until_cut(text: &str) -> Option<&str> {
    let ends_entry = |at: &usize| {
        let rest = text.get(at.saturating_add(2)..).unwrap_or_default();
        let name = rest.split(['>', '<']).next().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or_default().trim();
        name.len() <= LONGEST_NAME
            && rest.as_bytes().get(name.len()) == Some(&b'>')
            && ["item", "entry"].iter().any(|entry| local.eq_ignore_ascii_case(entry))
    };
    let at = text.rmatch_indices("</").map(|(at, _)| at).find(ends_entry)?;
    let end = text.get(at..)?.find('>')?.checked_add(at)?.checked_add(1)?;
    text.get(..end)
}

/// No name of an entry is longer, its prefix included.
const LONGEST_NAME: usize = 50;

/// The text up to the last object of a list of the document, closed there.
fn json_until_cut(text: &str) -> Option<String> {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut end = None;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                // An object in a list in the document's own object.
                if byte == b'}' && depth == 2 {
                    end = Some(at.saturating_add(1));
                }
            }
            _ => {}
        }
    }
    Some(format!("{}]}}", text.get(..end?)?))
}
