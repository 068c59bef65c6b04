//! Mends the elements that hold words: titles, descriptions, contents.
//!
//! Their content runs to their own end tag, or where that is missing to the next element that
//! cannot be part of words. Raw HTML in it is escaped, so that no word after the first tag is
//! lost; CDATA sections are resolved, also those without end.

use super::{Beyond, Mender, entities, shape, tags};

/// How far it is looked for an element behind `<item>`.
const LOOK_AHEAD: usize = 2_000;

/// What an element with words was found to hold.
#[derive(Default)]
struct Content {
    /// Pieces of the text; whether each stood in a CDATA section.
    pieces: Vec<(String, bool)>,
    has_tags: bool,
}

impl<'t> Mender<'t> {
    /// Mends the element whose start tag was just read.
    pub(super) fn words(&mut self, name: &str, tag: &tags::LooseTag) -> Result<(), Beyond> {
        let content = self.content(name, &tag.name)?;
        let mut attributes = tag.attributes.clone();
        let text = if content.has_tags {
            self.note("raw HTML in text was escaped");
            let is_xhtml =
                |(key, value): &(String, String)| key == "type" && value.contains("xhtml");
            let was_xhtml = attributes.iter().any(is_xhtml);
            // In RSS the words are HTML anyway; in Atom the type must say so.
            if attributes.iter().any(|(key, _)| key == "type") || self.is_atom() {
                attributes.retain(|(key, _)| key != "type" && key != "mode");
                attributes.push(("type".to_owned(), "html".to_owned()));
            }
            let html = content.html(was_xhtml);
            quick_xml::escape::minimal_escape(html.as_str()).into_owned()
        } else {
            content.text(&mut self.notes)
        };
        self.write_tag(name, &attributes, false);
        self.out.push_str(&text);
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }

    fn is_atom(&self) -> bool {
        self.open.first().is_some_and(|root| matches!(shape::split(root).1, "feed" | "entry"))
    }

    /// Reads up to the end of the words and passes over their end tag, if it is there.
    fn content(&mut self, name: &str, written: &str) -> Result<Content, Beyond> {
        let mut content = Content::default();
        loop {
            let rest = self.rest();
            let Some(length) = rest.find('<') else { return Err(Beyond::Cut) };
            content.push(rest.get(..length).unwrap_or_default(), false);
            self.advance(length);
            let rest = self.rest();
            if rest.starts_with("<![CDATA[") {
                let section = self.section(written)?;
                content.push(section, true);
                continue;
            }
            if rest.starts_with("<!--") {
                self.comment();
                continue;
            }
            let (is_end, inner) = match rest.strip_prefix("</") {
                Some(inner) => (true, inner),
                None => (false, rest.get(1..).unwrap_or_default()),
            };
            let Some(tag) = tags::name(inner) else {
                // `a < b` is text, `<!doctype` and `<?php` are rubbish.
                if !rest.starts_with("<!") && !rest.starts_with("<?") {
                    self.note("stray < signs were escaped");
                }
                content.push("<", false);
                self.advance(1);
                continue;
            };
            if is_end && tag.eq_ignore_ascii_case(written) {
                let length = rest.find('>').map_or(rest.len(), |end| end.saturating_add(1));
                self.advance(length);
                return Ok(content);
            }
            if self.is_boundary(tag, is_end, name, rest, content.has_tags) {
                self.note("missing end tags were added");
                return Ok(content);
            }
            content.has_tags = true;
            content.push("<", false);
            self.advance(1);
        }
    }

    /// Whether the words end before this tag although their end tag is missing.
    fn is_boundary(&self, tag: &str, is_end: bool, name: &str, rest: &str, in_html: bool) -> bool {
        let tag = shape::canonical(tag);
        if tag == name || !shape::ends_words(&tag, in_html) {
            return false;
        }
        if is_end {
            return true;
        }
        // `the <item> element` in words is not an item: that begins with an element.
        match shape::of(&tag) {
            shape::Shape::Entry | shape::Shape::Channel | shape::Shape::Root => {
                let mut after =
                    rest.bytes().take(LOOK_AHEAD).skip_while(|byte| *byte != b'>').skip(1);
                after.find(|byte| !byte.is_ascii_whitespace()) == Some(b'<')
            }
            _ => true,
        }
    }

    /// Reads a CDATA section within the element `name`; ends before the end tag of the element
    /// where its own end is missing.
    pub(super) fn section(&mut self, name: &str) -> Result<&'t str, Beyond> {
        const OPEN: &str = "<![CDATA[";
        self.advance(OPEN.len());
        let start = self.at;
        let end = self.section_end.find(self.text, start, "]]>");
        let limit = end.unwrap_or(self.text.len());
        let section = self.text.get(start..limit).unwrap_or_default();
        let nested = section.find(OPEN);
        if nested.is_some() || end.is_none() {
            let own = section.get(..nested.unwrap_or(section.len())).unwrap_or_default();
            let close = format!("</{name}");
            if let Some(at) = own.find(&close) {
                self.note("a CDATA section without end was closed");
                self.advance(at);
                return Ok(own.get(..at).unwrap_or_default());
            }
            if end.is_none() {
                return Err(Beyond::Cut);
            }
        }
        self.advance(section.len().saturating_add(3));
        Ok(section)
    }
}

impl Content {
    fn push(&mut self, text: &str, in_section: bool) {
        match self.pieces.last_mut() {
            Some((last, kind)) if *kind == in_section => last.push_str(text),
            _ => self.pieces.push((text.to_owned(), in_section)),
        }
    }

    /// The words as HTML. What is escaped although it stands beside raw tags is unescaped once.
    fn html(&self, is_xhtml: bool) -> String {
        let half_escaped =
            self.pieces.iter().any(|(text, section)| !section && text.contains("&lt;/"));
        let mut out = String::new();
        for (text, in_section) in &self.pieces {
            if *in_section && is_xhtml {
                out.push_str(&quick_xml::escape::minimal_escape(text.as_str()));
            } else if !in_section && half_escaped {
                out.push_str(&entities::decode(text));
            } else {
                out.push_str(text);
            }
        }
        out
    }

    /// The words as escaped text.
    fn text(&self, notes: &mut Vec<String>) -> String {
        self.pieces
            .iter()
            .map(|(text, in_section)| {
                if *in_section {
                    quick_xml::escape::minimal_escape(text.as_str()).into_owned()
                } else {
                    mend_text(text, notes)
                }
            })
            .collect()
    }
}

/// Text with every reference that is known resolved, and everything else escaped.
pub(super) fn mend_text(text: &str, notes: &mut Vec<String>) -> String {
    let decoded = entities::decode(text);
    let decoded: String =
        decoded.chars().filter(|character| crate::read::charset::is_allowed(*character)).collect();
    let stray = text.match_indices('&').any(|(at, _)| {
        let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
        entities::reference_name(rest).is_none()
    });
    let note = "stray & signs were escaped";
    if stray && !notes.iter().any(|known| known == note) {
        notes.push(note.to_owned());
    }
    quick_xml::escape::minimal_escape(decoded.as_str()).into_owned()
}
