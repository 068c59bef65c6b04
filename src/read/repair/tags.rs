//! Tags as feeds write them in spite of XML: quotes missing or unclosed, `>` forgotten.

use super::entities;

/// A start tag, leniently read.
#[derive(Debug)]
pub(super) struct LooseTag {
    /// As written.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) empty: bool,
    /// Whether its attributes were not those of XML.
    pub(super) mended: bool,
}

/// Most attributes that are kept of one tag.
const MOST_ATTRIBUTES: usize = 128;

/// The name at the beginning of `text`, when what follows it can follow a name in a tag.
pub(super) fn name(text: &str) -> Option<&str> {
    let first = text.bytes().next()?;
    if !first.is_ascii_alphabetic() && first != b'_' {
        return None;
    }
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.');
    let length = text.bytes().take(100).take_while(|byte| part(*byte)).count();
    let next = text.as_bytes().get(length);
    let ends =
        next.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<'));
    if ends { text.get(..length) } else { None }
}

/// Reads the start tag whose `<` is at the beginning of `text`; gives it with its length.
/// `None` where it is no tag: a stray `<`.
pub(super) fn start(text: &str) -> Option<(LooseTag, usize)> {
    let name = name(text.strip_prefix('<')?)?;
    let mut tag =
        LooseTag { name: name.to_owned(), attributes: Vec::new(), empty: false, mended: false };
    let mut rest = text.get(name.len().checked_add(1)?..)?;
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            tag.empty = true;
            return Some((tag, text.len().saturating_sub(after.len())));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Some((tag, text.len().saturating_sub(after.len())));
        }
        if rest.starts_with('<') {
            // The `>` was forgotten.
            tag.mended = true;
            return Some((tag, text.len().saturating_sub(rest.len())));
        }
        if rest.is_empty() {
            return None;
        }
        rest = attribute(rest, &mut tag);
    }
}

/// Reads one attribute; gives what follows it, which is always shorter.
fn attribute<'t>(rest: &'t str, tag: &mut LooseTag) -> &'t str {
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/' | '<');
    let length = rest.find(ends).unwrap_or(rest.len());
    let (Some(key), Some(after)) = (rest.get(..length), rest.get(length..)) else { return "" };
    if key.is_empty() {
        // A stray `=` or `/`.
        tag.mended = true;
        return rest.get(1..).unwrap_or_default();
    }
    let Some(value) = after.trim_start().strip_prefix('=') else {
        tag.mended = true;
        return after;
    };
    let value = value.trim_start();
    let (value, after) = match value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
        Some(quote) => quoted(value.get(1..).unwrap_or_default(), quote, &mut tag.mended),
        None => {
            tag.mended = true;
            unquoted(value)
        }
    };
    let is_name = |key: &str| self::name(key) == Some(key);
    if is_name(key) && tag.attributes.len() < MOST_ATTRIBUTES {
        if tag.attributes.iter().any(|(known, _)| known == key) {
            tag.mended = true;
        } else {
            tag.attributes.push((key.to_owned(), entities::decode(value).into_owned()));
        }
    }
    after
}

/// A value up to its quote, or where that is missing up to the end of the tag.
fn quoted<'t>(rest: &'t str, quote: char, mended: &mut bool) -> (&'t str, &'t str) {
    let limit = rest.find([quote, '<']).unwrap_or(rest.len());
    let inside = rest.get(..limit).unwrap_or_default();
    let after = rest.get(limit..).unwrap_or_default();
    let spaced = inside.find(|c: char| c.is_ascii_whitespace());
    if let (true, Some(end)) = (inside.trim_end().ends_with('='), spaced) {
        // `a="b c="d"`: the quote that was found opens the next value.
        *mended = true;
        return (inside.get(..end).unwrap_or_default(), rest.get(end..).unwrap_or_default());
    }
    if let Some(after) = after.strip_prefix(quote) {
        return (inside, after);
    }
    *mended = true;
    let end = inside.find('>').unwrap_or(limit);
    let value = inside.get(..end).unwrap_or_default();
    (value.trim_end_matches([' ', '/']), rest.get(end..).unwrap_or_default())
}

fn unquoted(rest: &str) -> (&str, &str) {
    let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '<'));
    let end = end.unwrap_or(rest.len());
    let value = rest.get(..end).unwrap_or_default();
    // `length=5/>`: the slash belongs to the tag.
    let value = if rest.get(end..).is_some_and(|after| after.starts_with('>')) {
        value.strip_suffix('/').unwrap_or(value)
    } else {
        value
    };
    (value, rest.get(value.len()..).unwrap_or_default())
}
