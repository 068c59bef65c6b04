//! A strict walk over a document, one tag or piece of text at a time, with namespaces, bases and
//! limits. It never recurses. What is not well-formed XML ends it with a [`Fault`].

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;
use url::Url;

use super::edits::Edits;
use super::spaces::{Scopes, Space};
use crate::read::charset::is_allowed;
use crate::read::repair::entities;

/// Deepest nesting outside of text; feeds need fewer than ten.
pub(in crate::read) const MAX_DEPTH: usize = 200;
/// Most attributes of one element: feed-rs compares each with each.
const MAX_ATTRIBUTES: usize = 128;

/// Longest base that is believed: it is repeated for every entry.
const LONGEST_BASE: usize = 1_000;

/// Why a walk ended early.
#[derive(Debug)]
pub(in crate::read) enum Fault {
    /// Not well-formed, at this byte.
    Broken { at: usize, what: String },
    /// The text ended with elements open.
    Cut,
    /// No element that feeds begin with.
    NoRoot,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More of something than is read.
    TooLarge(&'static str),
}

/// A start tag.
#[derive(Debug, Clone)]
pub(in crate::read) struct Tag<'t> {
    pub(in crate::read) space: Space,
    /// The name without its prefix.
    pub(super) local: &'t str,
    /// As written.
    pub(super) name: &'t str,
    pub(in crate::read) attributes: Vec<(&'t str, Cow<'t, str>)>,
    pub(super) span: Range<usize>,
    /// `<a/>`: no end tag follows.
    pub(super) empty: bool,
}

impl<'t> Tag<'t> {
    /// The name without its prefix.
    pub(in crate::read) fn local(&self) -> &'t str {
        self.local
    }

    /// The value of an attribute by its name as written.
    pub(in crate::read) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
    }

    /// The tag as it would be written with another name and other attributes.
    pub(super) fn written(&self, name: &str, attributes: &[(&str, Cow<'_, str>)]) -> String {
        let mut out = format!("<{name}");
        for (key, value) in attributes {
            out.push_str(&format!(" {key}=\"{}\"", quick_xml::escape::escape(value.as_ref())));
        }
        out.push_str(if self.empty { "/>" } else { ">" });
        out
    }
}

/// One step of the walk.
pub(super) enum Step<'t> {
    Open(Tag<'t>),
    /// The end tag's place.
    Close(Range<usize>),
    /// Text; whether it stood in a CDATA section.
    Text(Cow<'t, str>, bool),
    End,
}

/// The walk.
pub(super) struct Walk<'t> {
    source: &'t str,
    reader: Reader<&'t [u8]>,
    scopes: Scopes,
    /// Bases that xml:base set, with the depth where.
    bases: Vec<(usize, Url)>,
    pub(super) depth: usize,
    /// Within text, markup may nest as deep as it likes: it is not built into a tree.
    pub(super) in_words: bool,
    pub(super) edits: Edits,
    pub(super) notes: Vec<String>,
    /// A CDATA section swallowed whole items: its end is missing.
    pub(super) swallowed: bool,
    /// Prefixes of ours that were used undeclared.
    pub(super) undeclared: Vec<String>,
}

impl<'t> Walk<'t> {
    pub(super) fn new(text: &'t str, base: &Url) -> Self {
        let reader = Reader::from_str(text);
        Self {
            source: text,
            reader,
            scopes: Scopes::default(),
            bases: vec![(0, base.clone())],
            depth: 0,
            in_words: false,
            edits: Edits::default(),
            notes: Vec::new(),
            swallowed: false,
            undeclared: Vec::new(),
        }
    }

    /// Adds a note for maintainers, once.
    pub(super) fn note(&mut self, words: &str) {
        if !self.notes.iter().any(|note| note == words) {
            self.notes.push(words.to_owned());
        }
    }

    /// What URLs are relative to here, where an xml:base says so.
    pub(super) fn own_base(&self) -> Option<&Url> {
        if self.bases.len() > 1 { self.bases.last().map(|(_, base)| base) } else { None }
    }

    /// The place in the text.
    pub(super) fn at(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The next step.
    pub(super) fn step(&mut self) -> Result<Step<'t>, Fault> {
        loop {
            let start = self.at();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.reader.error_position()).unwrap_or(start);
                    return Err(Fault::Broken { at, what: error.to_string() });
                }
            };
            let span = start..self.at();
            match event {
                Event::Start(tag) => {
                    return self.open(tag.name().as_ref().len(), span, false).map(Step::Open);
                }
                Event::Empty(tag) => {
                    return self.open(tag.name().as_ref().len(), span, true).map(Step::Open);
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.scopes.leave(self.depth);
                    while self.bases.last().is_some_and(|(depth, _)| *depth > self.depth) {
                        self.bases.pop();
                    }
                    return Ok(Step::Close(span));
                }
                Event::Text(text) => return Ok(Step::Text(text.into_inner(), false)),
                Event::CData(text) => {
                    let text = text.into_inner();
                    if text.contains("<![CDATA[")
                        && (text.contains("</item>") || text.contains("</entry>"))
                    {
                        self.swallowed = true;
                    }
                    return Ok(Step::Text(text, true));
                }
                Event::GeneralRef(name) => {
                    return Ok(Step::Text(self.reference(&name.into_inner(), span), false));
                }
                Event::DocType(body) => {
                    if body.contains('[') {
                        self.note("entity declarations were left out, they are never expanded");
                    }
                    self.edits.cut(span);
                }
                // feed-rs would decode a second time by the declaration's charset.
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => self.edits.cut(span),
                Event::Eof if self.depth > 0 => return Err(Fault::Cut),
                Event::Eof => return Ok(Step::End),
            }
        }
    }

    /// A start tag whose name has so many bytes. It is read from the source, so that nothing of it
    /// needs to be copied.
    fn open(
        &mut self,
        name_length: usize,
        span: Range<usize>,
        empty: bool,
    ) -> Result<Tag<'t>, Fault> {
        let written: &'t str = self.source.get(span.clone()).unwrap_or_default();
        let written = written.strip_prefix('<').unwrap_or(written);
        let written = written.strip_suffix('>').unwrap_or(written);
        let written = if empty { written.strip_suffix('/').unwrap_or(written) } else { written };
        let (name, _) = written.split_at_checked(name_length).unwrap_or((written, ""));
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let depth = self.depth.saturating_add(1);
        if !self.in_words && depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        let mut attributes = Vec::new();
        let mut changed = false;
        for attribute in Attributes::new(written, name_length).with_checks(false) {
            let attribute = attribute
                .map_err(|error| Fault::Broken { at: span.start, what: error.to_string() })?;
            if attributes.len() >= MAX_ATTRIBUTES {
                return Err(Fault::TooLarge("an element with more than 128 attributes"));
            }
            let key: &'t str = attribute.key.0;
            let mut value = decoded(attribute.value.clone());
            if attribute.value.contains('&')
                && quick_xml::escape::unescape(&attribute.value).is_err()
            {
                self.note("stray & signs were escaped");
                changed = true;
            }
            if let Some(prefix) = declared_prefix(key) {
                let mut space = Space::of(&value);
                if depth == 1
                    && prefix.is_empty()
                    && let Some(home) = home_of_root(local)
                    && space != home
                    && !(home == Space::Atom && space == Space::OldAtom)
                {
                    // Userland's RSS namespaces, and default namespaces that were made up.
                    space = home;
                }
                if !self.scopes.declare(depth, prefix, space) {
                    return Err(Fault::TooLarge("more than 128 namespaces"));
                }
                if let Some(uri) = space.uri()
                    && uri != value
                {
                    // Old spellings that every reader knows are nothing to tell.
                    if matches!(space, Space::Atom | Space::OldAtom | Space::Content | Space::Dc)
                        || depth == 1 && prefix.is_empty() && Space::of(&value) == Space::Unknown
                    {
                        self.note("a namespace was misspelt or outdated");
                    }
                    value = Cow::Borrowed(uri);
                    changed = true;
                }
            } else if key == "xml:base" && !self.in_words {
                let outer = self.bases.last().map(|(_, base)| base);
                match Url::options().base_url(outer).parse(&value) {
                    Ok(base) if base.as_str().len() <= LONGEST_BASE => {
                        self.bases.push((depth, base));
                    }
                    _ => {
                        self.note("an invalid xml:base was left out");
                        changed = true;
                        continue;
                    }
                }
            }
            if !attributes.iter().any(|(known, _): &(&str, _)| *known == key) {
                attributes.push((key, value));
            }
        }
        let space = self.scopes.find(prefix).unwrap_or_else(|| {
            let space = Space::of_undeclared(prefix);
            if space.uri().is_some() && !self.undeclared.iter().any(|known| known == prefix) {
                self.undeclared.push(prefix.to_owned());
            }
            space
        });
        let tag = Tag { space, local, name, attributes, span, empty };
        if changed {
            self.edits.replace(tag.span.clone(), tag.written(tag.name, &tag.attributes));
        }
        if empty {
            self.scopes.leave(self.depth);
            while self.bases.last().is_some_and(|(set, _)| *set > self.depth) {
                self.bases.pop();
            }
        } else {
            self.depth = depth;
        }
        Ok(tag)
    }

    /// The text of `&name;`. What XML does not know is also mended for feed-rs.
    fn reference(&mut self, name: &str, span: Range<usize>) -> Cow<'static, str> {
        match entities::resolve(name) {
            Some(text) if matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") => text,
            Some(text) if !text.is_empty() && text.chars().all(is_allowed) => {
                if !name.starts_with('#') {
                    self.note("HTML entities that XML does not know were resolved");
                    self.edits.replace(span, text.clone().into_owned());
                } else if entities::is_misnumbered(name) {
                    self.edits.replace(span, text.clone().into_owned());
                }
                text
            }
            Some(_) => self.forbidden(span),
            None if name.starts_with('#') => self.forbidden(span),
            // Declared in a DTD or nowhere: it stays as it is written, never expanded.
            None => format!("&{name};").into(),
        }
    }

    fn forbidden(&mut self, span: Range<usize>) -> Cow<'static, str> {
        self.note("characters that XML forbids were removed");
        self.edits.cut(span);
        Cow::Borrowed("")
    }

    /// Passes over an element whose start tag was just read; gives the end of it.
    pub(super) fn skip(&mut self, tag: &Tag<'_>) -> Result<usize, Fault> {
        if tag.empty {
            return Ok(tag.span.end);
        }
        let outside = self.depth.saturating_sub(1);
        loop {
            match self.step()? {
                Step::Close(span) if self.depth == outside => return Ok(span.end),
                Step::End => return Err(Fault::Cut),
                _ => {}
            }
        }
    }
}

/// An attribute's value with its references resolved.
fn decoded(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('&') {
        return value;
    }
    Cow::Owned(entities::decode(&value).into_owned())
}

/// The namespace in which the children of a root live.
fn home_of_root(local: &str) -> Option<Space> {
    match local {
        "rss" | "RDF" => Some(Space::Rss),
        "feed" | "entry" => Some(Space::Atom),
        _ => None,
    }
}

/// The prefix that an attribute binds: `xmlns` the empty one.
fn declared_prefix(key: &str) -> Option<&str> {
    if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") }
}
