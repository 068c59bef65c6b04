//! What feed-rs cannot take and what it loses, found in one strict walk over the text.
//!
//! The survey gives two things. Its [`Edits`] turn the text into one that feed-rs reads without
//! loss: only elements that it models well are left (it panics on some author names and on long
//! `itunes:duration`s, and one odd `type` makes it reject a whole feed), words with markup are
//! escaped, namespaces, versions and the names of Atom 0.3 are brought into their usual form.
//! And its [`Survey`] has, entry by entry in the order in which feed-rs gives them, the
//! [`Field`]s that feed-rs drops; [`super::model`] joins the two.
//!
//! It does not mend text that is not well-formed: a [`Fault`] sends it to [`super::repair`].

mod dialect;
mod edits;
mod field;
mod spaces;
mod walk;

use std::borrow::Cow;

use url::Url;

pub(super) use dialect::{NO_LINK, content, summary};
pub(super) use field::Field;
pub(super) use spaces::Space;
pub(super) use walk::{Fault, MAX_DEPTH};

use crate::model::Format;
use walk::{Step, Tag, Walk};

/// Most entries of one document.
const MAX_ENTRIES: usize = 100_000;
/// Most fields of one entry that are looked at; the rest is passed over.
const MAX_FIELDS: usize = 2_000;

/// Said where elements stand in text that should be escaped.
const RAW_HTML: &str = "raw HTML in text was escaped";

/// What an entry says beyond what feed-rs models.
#[derive(Debug)]
pub(super) struct Item<'t> {
    pub(super) fields: Vec<Field<'t>>,
    pub(super) language: Option<String>,
    pub(super) base: Option<Url>,
}

/// What a document says beyond what feed-rs models, and the text for feed-rs.
#[derive(Debug)]
pub(super) struct Survey<'t> {
    pub(super) format: Format,
    /// Children of the channel or feed that are no entries.
    pub(super) fields: Vec<Field<'t>>,
    /// xml:lang of the root or the channel.
    pub(super) language: Option<String>,
    /// What the root says of indexing in an attribute.
    pub(super) indexing: Option<Cow<'t, str>>,
    pub(super) items: Vec<Item<'t>>,
    /// Elements named item or entry, in whatever namespace.
    pub(super) candidates: usize,
    pub(super) notes: Vec<String>,
    /// A CDATA section without end swallowed entries; worth a repair.
    pub(super) swallowed: bool,
    /// The text as feed-rs gets it.
    pub(super) prepared: String,
}

/// Surveys a document.
pub(super) fn survey<'t>(text: &'t str, base: &Url) -> Result<Survey<'t>, Fault> {
    let mut walk = Walk::new(text, base);
    let root = loop {
        match walk.step()? {
            Step::Open(tag) => break tag,
            Step::Text(words, _) if !words.trim().is_empty() => {
                return Err(Fault::Broken { at: 0, what: "text before the first element".into() });
            }
            Step::End => return Err(Fault::NoRoot),
            _ => {}
        }
    };
    let format = match root.local() {
        "rss" => Format::Rss,
        "RDF" => Format::Rdf,
        "feed" | "entry" => Format::Atom,
        _ => return Err(Fault::NoRoot),
    };
    if root.empty {
        return Err(Fault::NoRoot);
    }
    let mut survey = Survey {
        format,
        fields: Vec::new(),
        language: root.attribute("xml:lang").map(str::to_owned),
        indexing: root
            .attributes
            .iter()
            .find(|(key, _)| *key == "indexing:index")
            .map(|(_, value)| value.clone()),
        items: Vec::new(),
        candidates: 0,
        notes: Vec::new(),
        swallowed: false,
        prepared: String::new(),
    };
    match format {
        Format::Rss => survey.rss(&mut walk)?,
        Format::Rdf => survey.rdf(&mut walk)?,
        _ if root.local() == "entry" => survey.item(&mut walk, &root)?,
        _ => {
            survey.channel(&mut walk)?;
        }
    }
    // What follows the root is junk that feed-rs need not see.
    let end = walk.at();
    if let Some(rest) = text.get(end..) {
        if super::repair::has_junk(rest) {
            walk.note("text after the end of the feed was left out");
        }
        walk.edits.cut(end..text.len());
    }
    dialect::root(&mut walk, &root, format);
    survey.swallowed = walk.swallowed;
    survey.prepared = walk.edits.apply(text).into_owned();
    survey.notes = walk.notes;
    Ok(survey)
}

impl<'t> Survey<'t> {
    /// RSS: one channel; some feeds put the items behind it instead of in it.
    fn rss(&mut self, walk: &mut Walk<'t>) -> Result<(), Fault> {
        let mut channel: Option<(&'t str, std::ops::Range<usize>)> = None;
        let mut stray_items = false;
        loop {
            match walk.step()? {
                Step::Open(tag) if tag.local() == "channel" && channel.is_none() => {
                    self.language =
                        tag.attribute("xml:lang").map(str::to_owned).or(self.language.take());
                    let close = if tag.empty { tag.span.clone() } else { self.channel(walk)? };
                    channel = Some((tag.name, close));
                }
                Step::Open(tag) if tag.local() == "item" && channel.is_some() && !tag.empty => {
                    stray_items = true;
                    self.candidates = self.candidates.saturating_add(1);
                    self.item(walk, &tag)?;
                }
                Step::Open(tag) => drop_element(walk, &tag)?,
                Step::Close(close) => {
                    if let (Some((name, end)), true) = (channel, stray_items) {
                        walk.note("items outside of the channel were moved into it");
                        walk.edits.cut(end);
                        walk.edits.replace(close.start..close.start, format!("</{name}>"));
                    }
                    return Ok(());
                }
                Step::Text(..) => {}
                Step::End => return Err(Fault::Cut),
            }
        }
    }

    /// RDF: channel, image and items side by side.
    fn rdf(&mut self, walk: &mut Walk<'t>) -> Result<(), Fault> {
        loop {
            match walk.step()? {
                Step::Open(tag) if tag.local() == "channel" && !tag.empty => {
                    self.language =
                        tag.attribute("xml:lang").map(str::to_owned).or(self.language.take());
                    self.channel(walk)?;
                }
                Step::Open(tag) => self.member(walk, tag)?,
                Step::Close(_) => return Ok(()),
                Step::Text(..) => {}
                Step::End => return Err(Fault::Cut),
            }
        }
    }

    /// The children of a channel or of an Atom feed; gives the place of its end tag.
    fn channel(&mut self, walk: &mut Walk<'t>) -> Result<std::ops::Range<usize>, Fault> {
        loop {
            match walk.step()? {
                Step::Open(tag) => self.member(walk, tag)?,
                Step::Close(span) => return Ok(span),
                Step::Text(..) => {}
                Step::End => return Err(Fault::Cut),
            }
        }
    }

    /// An entry, or something that the feed says of itself.
    fn member(&mut self, walk: &mut Walk<'t>, tag: Tag<'t>) -> Result<(), Fault> {
        let entry_name = if self.format == Format::Atom { "entry" } else { "item" };
        if tag.local() == entry_name {
            self.candidates = self.candidates.saturating_add(1);
            if dialect::is_home(self.format, tag.space) && !tag.empty {
                return self.item(walk, &tag);
            }
            return drop_element(walk, &tag);
        }
        // In odd case it is none, but the repair will make it one.
        if tag.local().eq_ignore_ascii_case(entry_name) {
            self.candidates = self.candidates.saturating_add(1);
        }
        if matches!(tag.space, Space::Unknown | Space::Other) {
            return drop_element(walk, &tag);
        }
        let field = field::read(walk, tag, 0)?;
        if dialect::is_kept(self.format, false, &field) {
            dialect::adapt(walk, &field, self.format);
        } else {
            walk.edits.cut(field.span.clone());
        }
        if self.fields.len() < MAX_FIELDS {
            self.fields.push(field);
        }
        Ok(())
    }

    /// One entry, whose start tag was just read.
    fn item(&mut self, walk: &mut Walk<'t>, tag: &Tag<'t>) -> Result<(), Fault> {
        if self.items.len() >= MAX_ENTRIES {
            return Err(Fault::TooLarge("more than 100,000 entries"));
        }
        let mut item = Item {
            fields: Vec::new(),
            language: tag.attribute("xml:lang").map(str::to_owned),
            base: walk.own_base().cloned(),
        };
        let close = loop {
            match walk.step()? {
                Step::Open(tag) if matches!(tag.space, Space::Unknown | Space::Other) => {
                    drop_element(walk, &tag)?;
                }
                Step::Open(tag) => {
                    let field = field::read(walk, tag, 0)?;
                    if dialect::is_kept(self.format, true, &field) {
                        dialect::adapt(walk, &field, self.format);
                    } else {
                        if self.format != Format::Atom
                            && field.markup.is_some()
                            && (dialect::is_home(self.format, field.tag.space)
                                || field.tag.space == Space::Content)
                        {
                            walk.note(RAW_HTML);
                        }
                        walk.edits.cut(field.span.clone());
                    }
                    if item.fields.len() < MAX_FIELDS {
                        item.fields.push(field);
                    }
                }
                Step::Close(span) => break span,
                Step::Text(..) => {}
                Step::End => return Err(Fault::Cut),
            }
        };
        // feed-rs drops items of RDF without a link, so that the rest would be out of step.
        let has_link = |field: &Field| {
            dialect::is_home(Format::Rdf, field.tag.space)
                && field.tag.local() == "link"
                && field.words().is_some()
        };
        if self.format == Format::Rdf && !item.fields.iter().any(has_link) {
            let about =
                tag.attributes.iter().find(|(key, _)| *key == "about" || key.ends_with(":about"));
            let prefix = tag
                .name
                .split_once(':')
                .map_or_else(String::new, |(prefix, _)| format!("{prefix}:"));
            // Without rdf:about either, an empty fragment keeps the item; the model drops the link.
            let about = about.map_or(dialect::NO_LINK, |(_, value)| value.as_ref());
            let about = quick_xml::escape::escape(about);
            walk.edits
                .replace(close.start..close.start, format!("<{prefix}link>{about}</{prefix}link>"));
        }
        self.items.push(item);
        Ok(())
    }
}

/// Passes over an element that nobody needs, and takes it out of the text for feed-rs.
fn drop_element<'t>(walk: &mut Walk<'t>, tag: &Tag<'t>) -> Result<(), Fault> {
    let end = walk.skip(tag)?;
    walk.edits.cut(tag.span.start..end);
    Ok(())
}
