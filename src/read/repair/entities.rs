//! Character references: those of XML, the names that HTML 4 adds, and numbers as HTML reads them.
//!
//! Nothing that a document declares itself is known here, so nothing can expand (H23).

use std::borrow::Cow;

use super::entity_names::NAMES;

/// Longest reference that is looked at, `&` and `;` not counted.
const LONGEST: usize = 12;

/// What Windows-1252 has where Unicode has control characters; feeds write `&#146;` for ’.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž',
    '\u{FFFD}', '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}',
    'ž', 'Ÿ',
];

/// The text of `&name;`. Numbers that are no character at all give `None`.
pub(in crate::read) fn resolve(name: &str) -> Option<Cow<'static, str>> {
    match name {
        "amp" => return Some("&".into()),
        "lt" => return Some("<".into()),
        "gt" => return Some(">".into()),
        "quot" => return Some("\"".into()),
        "apos" => return Some("'".into()),
        _ => {}
    }
    let code = match number(name) {
        Some(code) => code,
        None => NAMES
            .binary_search_by(|(known, _)| known.cmp(&name))
            .ok()
            .and_then(|at| NAMES.get(at))
            .map(|(_, code)| *code)?,
    };
    let index = code.checked_sub(0x80).and_then(|index| usize::try_from(index).ok());
    let character = index
        .and_then(|index| WINDOWS_1252.get(index).copied())
        .or_else(|| char::from_u32(code))
        .filter(|character| *character != '\0')?;
    Some(character.to_string().into())
}

/// Whether the number names a control character in the place of one of Windows-1252.
pub(in crate::read) fn is_misnumbered(name: &str) -> bool {
    number(name).is_some_and(|code| (0x80..=0x9F).contains(&code))
}

fn number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('#')?;
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    // `from_str_radix` would take a sign.
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

/// The name of the reference that begins with the `&` before `rest`.
pub(in crate::read) fn reference_name(rest: &str) -> Option<&str> {
    let end = rest.bytes().take(LONGEST.saturating_add(1)).position(|byte| byte == b';')?;
    let name = rest.get(..end)?;
    let word = name.strip_prefix('#').unwrap_or(name);
    (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// Resolves every reference that is known; anything else stays as it is written.
pub(in crate::read) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match reference_name(after).and_then(|name| Some((name, resolve(name)?))) {
            Some((name, resolved)) => {
                out.push_str(&resolved);
                rest = after.get(name.len().saturating_add(1)..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a reference occurs that resolves to something.
pub(in crate::read) fn holds_reference(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
        reference_name(rest).is_some_and(|name| resolve(name).is_some())
    })
}
