//! Makes well-formed XML of a feed that is not, in one pass over the text.
//!
//! It knows what feeds are made of ([`shape`]), so that a missing or crossed end tag is put where
//! it belongs, and raw HTML in a description is told from the elements of the feed. It runs only
//! where a strict reading failed: it never touches a feed that is well-formed, and is guesswork.
//!
//! [`mend`] refuses to complete a document that was cut off: a cut feed looks like items removed. A feed
//! counts as complete when its root is closed, or, for RSS, when its channel is closed and only
//! `</rss>` is missing.

pub(super) mod entities;
mod entity_names;
mod shape;
mod tags;
mod words;

use crate::read::sniff::is_root_name;
use shape::Shape;

/// Deepest nesting of what is not words.
const MAX_DEPTH: usize = 200;

/// Most white space between the end of an internal subset and that of its DOCTYPE.
const LONGEST_GAP: usize = 100;

/// Why nothing could be made of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// It ends in the middle.
    Cut,
    /// No element that feeds begin with.
    NoRoot,
    /// Nested without end.
    TooDeep,
}

/// A text made well-formed, and what was done.
#[derive(Debug)]
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) notes: Vec<String>,
}

/// Mends a text.
pub(super) fn mend(text: &str) -> Result<Mended, Beyond> {
    mended(text, false)
}

/// Mends a text that was cut after an entry, and closes what is open there.
pub(super) fn mend_cut(text: &str) -> Result<Mended, Beyond> {
    mended(text, true)
}

fn mended(text: &str, is_cut: bool) -> Result<Mended, Beyond> {
    let start = root_start(text).ok_or(Beyond::NoRoot)?;
    let mut mender = Mender {
        text,
        at: start,
        out: String::with_capacity(text.len()),
        open: Vec::new(),
        notes: Vec::new(),
        channel_closed: false,
        is_cut,
        section_end: Next::default(),
        comment_end: Next::default(),
        instruction_end: Next::default(),
        subset_end: Next::default(),
        subset_begin: Next::default(),
        declaration_end: Next::default(),
    };
    if text.get(..start).is_some_and(has_junk) {
        mender.note("text before the feed was left out");
    }
    mender.run()?;
    Ok(Mended { text: mender.out, notes: mender.notes })
}

/// Whether an element that feeds begin with occurs anywhere.
pub(super) fn has_root(text: &str) -> bool {
    root_start(text).is_some()
}

/// The place of the first start tag that feeds begin with.
fn root_start(text: &str) -> Option<usize> {
    text.match_indices('<').map(|(at, _)| at).find(|at| {
        let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
        tags::name(rest).is_some_and(is_root_name)
    })
}

/// Whether there is more than a declaration, comments and white space.
pub(super) fn has_junk(outside: &str) -> bool {
    let mut rest = outside.trim_start();
    loop {
        let after = if rest.starts_with("<?") {
            rest.split_once("?>")
        } else if rest.starts_with("<!--") {
            rest.split_once("-->")
        } else if rest.starts_with("<!") {
            rest.split_once('>')
        } else {
            None
        };
        match after {
            Some((_, after)) => rest = after.trim_start(),
            None => return !rest.is_empty(),
        }
    }
}

struct Mender<'t> {
    text: &'t str,
    at: usize,
    out: String,
    /// Names of the open elements, as they were written out.
    open: Vec<String>,
    notes: Vec<String>,
    channel_closed: bool,
    /// Whether it is known to be cut off, and completed all the same.
    is_cut: bool,
    section_end: Next,
    comment_end: Next,
    instruction_end: Next,
    subset_end: Next,
    subset_begin: Next,
    declaration_end: Next,
}

/// Where a mark occurs next: searched for once, so that a text full of beginnings without an end
/// takes no longer than another.
#[derive(Default)]
struct Next {
    found: Option<usize>,
}

impl Next {
    /// The place of `mark` at or after `from`; `None` where there is none.
    fn find(&mut self, text: &str, from: usize, mark: &str) -> Option<usize> {
        if self.found.is_none_or(|at| at < from) {
            let rest = text.get(from..).unwrap_or_default();
            self.found = Some(rest.find(mark).map_or(usize::MAX, |at| from.saturating_add(at)));
        }
        self.found.filter(|at| *at < text.len())
    }
}

impl<'t> Mender<'t> {
    fn note(&mut self, words: &str) {
        if !self.notes.iter().any(|note| note == words) {
            self.notes.push(words.to_owned());
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, by: usize) {
        self.at = self.at.saturating_add(by).min(self.text.len());
    }

    fn run(&mut self) -> Result<(), Beyond> {
        loop {
            let rest = self.rest();
            let length = rest.find('<').unwrap_or(rest.len());
            self.stray_text(rest.get(..length).unwrap_or_default());
            self.advance(length);
            let rest = self.rest();
            if rest.is_empty() {
                return self.end_of_text();
            }
            if rest.starts_with("</") {
                self.end_tag(rest);
                if self.open.is_empty() {
                    if has_junk(self.rest()) {
                        self.note("text after the end of the feed was left out");
                    }
                    return Ok(());
                }
            } else if rest.starts_with("<!--") {
                self.comment();
            } else if rest.starts_with("<![CDATA[") {
                self.stray_section()?;
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                self.declaration(rest);
            } else if let Some((tag, length)) = tags::start(rest) {
                self.advance(length);
                self.start_tag(tag)?;
            } else {
                self.note("stray < signs were escaped");
                self.write_text("<");
                self.advance(1);
            }
        }
    }

    /// A CDATA section outside of words. Between elements it has no business: there only its mark
    /// is left out, so that one without end swallows nothing.
    fn stray_section(&mut self) -> Result<(), Beyond> {
        let name = self.open.last().cloned().unwrap_or_default();
        if !matches!(shape::of(&name), Shape::Leaf | Shape::Person | Shape::Other) {
            self.note("a CDATA section between elements was left out");
            self.advance("<![CDATA[".len());
            return Ok(());
        }
        let section = self.section(&name)?;
        self.write_text(section);
        Ok(())
    }

    /// Passes over a comment; of one without end only its beginning.
    fn comment(&mut self) {
        match self.comment_end.find(self.text, self.at, "-->") {
            Some(end) => self.at = end.saturating_add(3),
            None => {
                self.note("a comment without end was passed over");
                self.advance(4);
            }
        }
    }

    /// Passes over a processing instruction or a DOCTYPE, its internal subset included.
    fn declaration(&mut self, rest: &str) {
        if rest.starts_with("<?")
            && let Some(end) = self.instruction_end.find(self.text, self.at, "?>")
        {
            self.at = end.saturating_add(2);
            return;
        }
        let bracket = self.subset_begin.find(self.text, self.at, "[");
        let angle = self.declaration_end.find(self.text, self.at, ">");
        let is_subset = bracket.is_some_and(|at| angle.is_none_or(|angle| at < angle));
        let end = angle.map(|at| at.saturating_sub(self.at));
        let end = if is_subset {
            self.note("entity declarations were left out, they are never expanded");
            let subset_end = self.subset_end.find(self.text, self.at, "]");
            subset_end.and_then(|at| {
                let after = self.text.get(at..)?.bytes().take(LONGEST_GAP);
                let length = at.saturating_sub(self.at);
                Some(length.saturating_add(after.into_iter().position(|byte| byte == b'>')?))
            })
        } else {
            end
        };
        self.advance(end.map_or(2, |end| end.saturating_add(1)));
    }

    /// Text outside of words: only elements that hold text keep it.
    fn stray_text(&mut self, text: &str) {
        let keeps = self.open.last().is_some_and(|name| {
            matches!(shape::of(name), Shape::Leaf | Shape::Person | Shape::Other)
        });
        if keeps {
            let text = words::mend_text(text, &mut self.notes);
            self.out.push_str(&text);
        } else if text.contains('\n') {
            self.out.push('\n');
        }
    }

    fn write_text(&mut self, text: &str) {
        self.out.push_str(&quick_xml::escape::minimal_escape(text));
    }

    fn start_tag(&mut self, tag: tags::LooseTag) -> Result<(), Beyond> {
        let name = shape::canonical(&tag.name);
        if name != tag.name {
            self.note("names in odd case were put right");
        }
        let shape = shape::of(&name);
        if self.open.is_empty() {
            return self.root_tag(&name, &tag);
        }
        if shape == Shape::Other
            && self.open.last().is_some_and(|top| shape::of(top) == Shape::Leaf)
        {
            // Markup where there should be none: the text is kept.
            self.note("markup in plain fields was left out");
            return Ok(());
        }
        match shape {
            // A second root within the first: a feed in a feed's clothes.
            Shape::Root => return Ok(()),
            Shape::Entry | Shape::Channel => {
                self.close_while(|open| !matches!(shape::of(open), Shape::Root | Shape::Channel));
            }
            _ => self.close_while(|open| shape::ends_at(open, &name)),
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Beyond::TooDeep);
        }
        if tag.mended {
            self.note("attributes without quotes were quoted");
        }
        if shape == Shape::Words && !tag.empty {
            return self.words(&name, &tag);
        }
        self.write_tag(&name, &tag.attributes, tag.empty);
        if !tag.empty {
            self.open.push(name);
        }
        Ok(())
    }

    fn root_tag(&mut self, name: &str, tag: &tags::LooseTag) -> Result<(), Beyond> {
        match shape::of(name) {
            Shape::Root => {}
            Shape::Channel => {
                self.note("a feed without its root element was given one");
                self.write_tag("rss", &[("version".to_owned(), "2.0".to_owned())], false);
                self.open.push("rss".to_owned());
            }
            _ if name == "entry" => {}
            _ => return Err(Beyond::NoRoot),
        }
        self.write_tag(name, &tag.attributes, false);
        self.open.push(name.to_owned());
        Ok(())
    }

    fn write_tag(&mut self, name: &str, attributes: &[(String, String)], empty: bool) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            let value = quick_xml::escape::escape(value.as_str());
            self.out.push_str(&format!(" {key}=\"{value}\""));
        }
        self.out.push_str(if empty { "/>" } else { ">" });
    }

    fn close_while(&mut self, is_closed: impl Fn(&str) -> bool) {
        while self.open.last().is_some_and(|open| is_closed(open)) {
            self.note("missing end tags were added");
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.out.push_str(&format!("</{name}>"));
        }
    }

    /// An end tag closes the nearest element of its name and what is open in it; one that closes
    /// nothing is left out. Only those of entries and above reach beyond the entry.
    fn end_tag(&mut self, rest: &str) {
        let written = tags::name(rest.get(2..).unwrap_or_default()).unwrap_or_default();
        let Some(next) = rest.get(1..).and_then(|rest| rest.find(['>', '<'])) else {
            // The text ends within the tag.
            self.advance(rest.len());
            return;
        };
        let end = next.saturating_add(1);
        let is_whole = rest.as_bytes().get(end) == Some(&b'>');
        self.advance(if is_whole { end.saturating_add(1) } else { end });
        let name = shape::canonical(written);
        let reaches = matches!(shape::of(&name), Shape::Root | Shape::Channel | Shape::Entry);
        let mut found = None;
        for (at, open) in self.open.iter().enumerate().rev() {
            if *open == name || reaches && shape::split(open).1 == shape::split(&name).1 {
                found = Some(at);
                break;
            }
            if shape::of(open) == Shape::Entry && !reaches {
                break;
            }
        }
        let Some(found) = found else {
            self.note("end tags that closed nothing were left out");
            return;
        };
        if self.open.len() > found.saturating_add(1) {
            self.note("missing end tags were added");
        }
        self.channel_closed |= shape::of(&name) == Shape::Channel;
        while self.open.len() > found {
            self.close();
        }
    }

    fn end_of_text(&mut self) -> Result<(), Beyond> {
        if self.is_cut {
            while !self.open.is_empty() {
                self.close();
            }
            return Ok(());
        }
        let only_root = self.open.len() == 1 && self.channel_closed;
        let is_rss = self.open.first().is_some_and(|root| shape::split(root).1 == "rss");
        if !(only_root && is_rss) {
            return Err(Beyond::Cut);
        }
        self.note("missing end tags were added");
        self.close();
        Ok(())
    }
}
