//! HTML as a row of tags and texts, in one pass, with bounded attributes.
//!
//! This reads markup only to take it apart: what comes of it is written anew by `html`, or shown
//! as plain text. So where it reads a broken tag otherwise than a browser would, nothing unsafe
//! comes of it. What it promises is linear time on any input, which the tokenisers of complete
//! HTML parsers do not (one tag with a million attributes keeps them busy for minutes).
//!
//! Elements whose content is never shown or runs (`script`, `style`, `svg` ...) are passed over
//! with all that is in them; of `iframe` the start tag is reported.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

use super::work;

/// Attributes of one tag beyond these are ignored.
const MAX_ATTRIBUTES: usize = 40;

/// No character reference has a longer name.
const MAX_REFERENCE: usize = 32;

/// The longest of the old names that are read without a semicolon, such as `&frac12`.
const MAX_BARE_REFERENCE: usize = 6;

/// Their content runs to the end tag, or to the end of the document where there is none.
const RAW: &[&str] =
    &["script", "style", "xmp", "iframe", "noembed", "noframes", "title", "textarea"];

/// Their content is passed over where there is an end tag, else only the tag is.
const HIDDEN: &[&str] =
    &["svg", "math", "template", "select", "button", "datalist", "applet", "frameset"];

/// A piece of markup.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// Text with character references still in it.
    Text(&'a str),
    /// A start tag, its name in lower case.
    Start {
        /// Name of the element.
        name: Cow<'a, str>,
        /// Its attributes.
        attributes: Attributes<'a>,
    },
    /// An end tag, its name in lower case.
    End {
        /// Name of the element.
        name: Cow<'a, str>,
    },
}

/// The attributes of one tag as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Attributes<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Attributes<'a> {
    /// The first value of that name, character references decoded.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| decode_attribute(value))
    }

    /// All of them, with values as they are written.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// Whether the attribute is there, with or without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }
}

/// What came of a start tag.
enum Tag<'a> {
    Token(Token<'a>),
    /// It was passed over, perhaps with its content.
    Passed,
    /// It never ends, and swallows the rest, as in browsers.
    Endless,
}

/// Reads markup piece by piece.
pub(super) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html, unclosed: 0, in_cdata: false, aside: None }
}

/// Like [`tokens`], for whole pages: what stands in `title` and `script` is put aside, to be taken
/// with [`Tokens::take_aside`].
pub(super) fn page_tokens(html: &str) -> Tokens<'_> {
    Tokens { aside: Some(Vec::new()), ..tokens(html) }
}

/// An element whose content is no markup.
#[derive(Debug)]
pub(super) struct Aside<'a> {
    /// Its name, in lower case.
    pub(super) name: Cow<'a, str>,
    /// Its attributes.
    pub(super) attributes: Attributes<'a>,
    /// What is in it, as written.
    pub(super) content: &'a str,
}

/// Iterator of [`tokens`].
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// One bit for each of [`HIDDEN`] that is known to have no end tag ahead, lest every start
    /// tag searches to the end again.
    unclosed: u8,
    in_cdata: bool,
    /// What is put aside, where somebody wants it.
    aside: Option<Vec<Aside<'a>>>,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let before = self.rest.len();
        let token = self.advance();
        // What was looked at is behind us, but for searches that are counted where they fail.
        work::steps(before.saturating_sub(self.rest.len()).saturating_add(1));
        token
    }
}

impl<'a> Tokens<'a> {
    fn advance(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let until = self.rest.find('<').unwrap_or(self.rest.len());
            if until > 0 {
                let text = self.take(until);
                // What is left of a CDATA section inside a CDATA section.
                let bare = text.strip_suffix("]]>").filter(|_| self.in_cdata);
                self.in_cdata &= bare.is_none();
                return Some(Token::Text(bare.unwrap_or(text)));
            }
            let bytes = self.rest.as_bytes();
            match (bytes.get(1), bytes.get(2)) {
                (Some(first), _) if first.is_ascii_alphabetic() => {
                    self.take(1);
                    match self.start_tag() {
                        Tag::Token(token) => return Some(token),
                        Tag::Passed => {}
                        Tag::Endless => self.rest = "",
                    }
                }
                (Some(b'/'), Some(first)) if first.is_ascii_alphabetic() => {
                    self.take(2);
                    let name = self.name();
                    self.attributes()?;
                    return Some(Token::End { name });
                }
                (Some(b'!'), _) => self.declaration(),
                (Some(b'?' | b'/'), Some(_)) => self.pass(">"),
                _ => return Some(Token::Text(self.take(1))),
            }
        }
    }

    /// How far `html`, from which this was made, has been read, in bytes.
    pub(super) fn offset(&self, html: &str) -> usize {
        html.len().saturating_sub(self.rest.len())
    }

    /// What was put aside since it was last taken.
    pub(super) fn take_aside(&mut self) -> Vec<Aside<'a>> {
        self.aside.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn pass(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }

    /// Comments and whatever else begins with `<!`.
    fn declaration(&mut self) {
        if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
            self.rest = rest;
            self.in_cdata = true;
        } else if let Some(comment) = self.rest.strip_prefix("<!--") {
            self.rest = comment;
            if let Some(rest) = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->")) {
                self.rest = rest;
                return;
            }
            while let Some((_, rest)) = self.rest.split_once("--") {
                if let Some(rest) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("!>")) {
                    self.rest = rest;
                    return;
                }
                // `--->` ends a comment too: give one dash back.
                let back = self.rest.len().saturating_sub(rest.len()).saturating_sub(1);
                self.take(back);
            }
            self.rest = "";
        } else {
            self.pass(">");
        }
    }

    fn start_tag(&mut self) -> Tag<'a> {
        let name = self.name();
        let Some((attributes, closes_itself)) = self.attributes() else { return Tag::Endless };
        if name == "plaintext" {
            return Tag::Endless;
        }
        if RAW.contains(&name.as_ref()) {
            // In XHTML, and so in Atom, such an element may end where it begins.
            let before = self.rest;
            if !closes_itself {
                self.rest = after_end_tag(self.rest, &name).unwrap_or("");
            }
            if let Some(aside) = &mut self.aside
                && matches!(name.as_ref(), "script" | "title")
            {
                let length = before.len().saturating_sub(self.rest.len());
                let content = before.get(..length).unwrap_or_default();
                // Without the end tag.
                let content = content.rfind("</").and_then(|end| content.get(..end));
                let content = content.unwrap_or_default();
                aside.push(Aside { name: name.clone(), attributes: attributes.clone(), content });
            }
            if name != "iframe" {
                return Tag::Passed;
            }
        }
        if let Some(index) = HIDDEN.iter().position(|hidden| *hidden == name) {
            let bit = 1_u8.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
            if !closes_itself && self.unclosed & bit == 0 {
                match after_end_tag(self.rest, &name) {
                    Some(rest) => self.rest = rest,
                    None => {
                        work::steps(self.rest.len());
                        self.unclosed |= bit;
                    }
                }
            }
            return Tag::Passed;
        }
        Tag::Token(Token::Start { name, attributes })
    }

    fn name(&mut self) -> Cow<'a, str> {
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        lower_case(self.take(end.unwrap_or(self.rest.len())))
    }

    /// The attributes to the end of the tag, and whether it ends with `/>`. A tag that does not
    /// end is nothing, as in browsers.
    fn attributes(&mut self) -> Option<(Attributes<'a>, bool)> {
        let mut attributes = Attributes::default();
        let mut after_slash = false;
        loop {
            let bare = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
            self.rest = bare;
            if let Some(rest) = bare.strip_prefix('>') {
                self.rest = rest;
                return Some((attributes, after_slash));
            }
            if let Some(rest) = bare.strip_prefix('/') {
                self.rest = rest;
                after_slash = true;
                continue;
            }
            if bare.is_empty() {
                return None;
            }
            after_slash = false;
            // An equals sign may begin a name, but not be within.
            let end = bare
                .char_indices()
                .find(|(at, c)| {
                    c.is_ascii_whitespace() || matches!(c, '/' | '>') || (*at > 0 && *c == '=')
                })
                .map_or(bare.len(), |(at, _)| at);
            let name = self.take(end);
            let value = self.value()?;
            if attributes.0.len() < MAX_ATTRIBUTES {
                attributes.0.push((lower_case(name), value));
            }
        }
    }

    fn value(&mut self) -> Option<&'a str> {
        let bare = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(bare) = bare.strip_prefix('=') else { return Some("") };
        self.rest = bare.trim_start_matches(|c: char| c.is_ascii_whitespace());
        for quote in ['"', '\''] {
            if let Some(quoted) = self.rest.strip_prefix(quote) {
                let (value, rest) = quoted.split_once(quote)?;
                self.rest = rest;
                return Some(value);
            }
        }
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
        Some(self.take(end))
    }
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// What follows the next end tag of that name.
fn after_end_tag<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once("</") {
        rest = tag;
        let Some((found, after)) = tag.split_at_checked(name.len()) else { continue };
        let ends = after.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        if ends && found.eq_ignore_ascii_case(name) {
            return Some(after.split_once('>').map_or("", |(_, rest)| rest));
        }
    }
    None
}

/// Text with its character references decoded, once.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    decode_references(text, false)
}

/// Attribute values differ in one point: `&copy=` in a URL is no reference.
pub(super) fn decode_attribute(value: &str) -> Cow<'_, str> {
    decode_references(value, true)
}

fn decode_references(text: &str, in_attribute: bool) -> Cow<'_, str> {
    let Some((head, mut rest)) = text.split_once('&') else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(head);
    work::steps(text.len());
    loop {
        rest = reference(rest, in_attribute, &mut decoded);
        let Some((plain, next)) = rest.split_once('&') else {
            decoded.push_str(rest);
            return Cow::Owned(decoded);
        };
        decoded.push_str(plain);
        rest = next;
    }
}

/// Reads what follows an ampersand, writes what it means, and returns what is left.
fn reference<'a>(text: &'a str, in_attribute: bool, decoded: &mut String) -> &'a str {
    let read = match text.strip_prefix('#') {
        Some(number) => numeric_reference(number, decoded),
        None => named_reference(text, in_attribute, decoded),
    };
    read.unwrap_or_else(|| {
        decoded.push('&');
        text
    })
}

fn numeric_reference<'a>(text: &'a str, decoded: &mut String) -> Option<&'a str> {
    let (radix, digits) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits),
        None => (10, text),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    if number.is_empty() {
        return None;
    }
    // A number too large to be read is no character either.
    let code = u32::from_str_radix(number, radix).unwrap_or(u32::MAX);
    let replaced = code
        .checked_sub(0x80)
        .and_then(|index| C1_REPLACEMENTS.get(usize::try_from(index).ok()?).copied().flatten());
    let character =
        replaced.or_else(|| char::from_u32(code).filter(|c| *c != '\0')).unwrap_or('\u{fffd}');
    decoded.push(character);
    Some(rest.strip_prefix(';').unwrap_or(rest))
}

fn named_reference<'a>(text: &'a str, in_attribute: bool, decoded: &mut String) -> Option<&'a str> {
    let length = text.bytes().take(MAX_REFERENCE).take_while(u8::is_ascii_alphanumeric).count();
    let mut push = |name: &str| -> Option<()> {
        let (first, second) = NAMED_ENTITIES.get(name).copied().filter(|(first, _)| *first > 0)?;
        decoded.push(char::from_u32(first)?);
        decoded.extend(char::from_u32(second).filter(|c| *c != '\0'));
        Some(())
    };
    if text.as_bytes().get(length) == Some(&b';') {
        let (name, rest) = text.split_at_checked(length.saturating_add(1))?;
        if push(name).is_some() {
            return Some(rest);
        }
    }
    for length in (1..=length.min(MAX_BARE_REFERENCE)).rev() {
        let (name, rest) = text.split_at_checked(length)?;
        let goes_on = rest.starts_with(|c: char| c == '=' || c.is_ascii_alphanumeric());
        if !(in_attribute && goes_on) && push(name).is_some() {
            return Some(rest);
        }
    }
    None
}
