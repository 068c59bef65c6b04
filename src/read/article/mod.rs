//! A story's own page: its text, and what the page says of it.
//!
//! The text is what the selector `content` of the source finds, without what `drop` does; else what
//! Mozilla's readability (dom_smoothie) takes for it. Everything else comes from JSON-LD, OpenGraph
//! and other `<meta>`, and `<time>`, in that order: what is meant for machines before what is meant
//! for people.

mod linked_data;
mod metadata;
mod text;

use super::page::Head;
use super::{Input, ReadError, charset, sniff};
use crate::clean::balanced;
use crate::model::{RawArticle, Select};
use linked_data::LinkedData;
use scraper::Html;

/// Reads an article's page; `select` is that of its source.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead; or there is no text on the page.
pub fn article(input: &Input<'_>, select: Option<&Select>) -> Result<RawArticle, ReadError> {
    sniff::refuse_binary(input.bytes)?;
    let decoded = charset::decode(input.bytes, input.content_type);
    let page = balanced(&decoded.text);
    let html = Html::parse_document(&page);
    let head = Head::read(&html, &decoded.text, input.base);
    let data = LinkedData::read(&decoded.text);
    let mut notes = decoded.repairs;
    let facts = metadata::facts(&html, &head, &data, input.zone);
    let content = text::content(&html, &page, facts.title.as_deref(), select, &mut notes)
        .ok_or(ReadError::NoArticle)?;
    Ok(RawArticle { content: Some(content), notes, ..facts })
}

#[cfg(test)]
mod tests;
