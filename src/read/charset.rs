//! Bytes -> text, by one fixed rule, so that the same bytes always give the same words.
//!
//! In order: a byte order mark; the pattern of NUL bytes that UTF-16 and UTF-32 without a mark
//! show; valid UTF-8, whatever anyone claims, because no other charset looks like it by chance;
//! the charset of the HTTP header; that of the XML declaration; detection. A claim of UTF-8 for
//! bytes that are not UTF-8 is no help and is passed over, unless nearly all of the bytes are
//! UTF-8 and only a few are broken. Nothing is decoded twice (H28).
//!
//! Characters that XML forbids are removed here, so that no later step meets them.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The decoded text, and what had to be done to get it.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) repairs: Vec<String>,
}

/// Decodes a document. `header` is the value of Content-Type.
pub(super) fn decode<'b>(bytes: &'b [u8], header: Option<&str>) -> Decoded<'b> {
    decoded(bytes, Claims { header, declared: declared_charset })
}

/// Decodes a web page, which declares its charset in a `meta` element.
pub(super) fn decode_page<'b>(bytes: &'b [u8], header: Option<&str>) -> Decoded<'b> {
    let declared = |bytes: &[u8]| declared_charset(bytes).or_else(|| meta_charset(bytes));
    decoded(bytes, Claims { header, declared })
}

/// What is said of the charset: in the header, and in the document.
#[derive(Clone, Copy)]
struct Claims<'a> {
    header: Option<&'a str>,
    declared: fn(&[u8]) -> Option<&'static Encoding>,
}

fn decoded<'b>(bytes: &'b [u8], claims: Claims<'_>) -> Decoded<'b> {
    let mut repairs = Vec::new();
    let text = words(bytes, claims, &mut repairs);
    let text = drop_forbidden(text, &mut repairs);
    Decoded { text, repairs }
}

fn words<'b>(bytes: &'b [u8], claims: Claims<'_>, repairs: &mut Vec<String>) -> Cow<'b, str> {
    // The UTF-32 mark begins with that of UTF-16, so it is looked for first.
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE\x00\x00") {
        return utf32(rest, u32::from_le_bytes).into();
    }
    if let Some(rest) = bytes.strip_prefix(b"\x00\x00\xFE\xFF") {
        return utf32(rest, u32::from_be_bytes).into();
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(length..).unwrap_or_default();
        if encoding != UTF_8 || std::str::from_utf8(rest).is_ok() {
            return encoding.decode_without_bom_handling(rest).0;
        }
        return without_mark(rest, claims, repairs);
    }
    match bytes {
        [0, 0, 0, _, ..] => return utf32(bytes, u32::from_be_bytes).into(),
        [first, 0, 0, 0, ..] if *first != 0 => return utf32(bytes, u32::from_le_bytes).into(),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            return UTF_16BE.decode_without_bom_handling(bytes).0;
        }
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            return UTF_16LE.decode_without_bom_handling(bytes).0;
        }
        _ => {}
    }
    without_mark(bytes, claims, repairs)
}

fn without_mark<'b>(
    bytes: &'b [u8],
    claims: Claims<'_>,
    repairs: &mut Vec<String>,
) -> Cow<'b, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        // ISO-2022-JP is made of ASCII bytes, so only its name tells; its escapes confirm it.
        let claimed = header_charset(claims.header).or_else(|| (claims.declared)(bytes));
        if let Some(encoding) = claimed
            && encoding == encoding_rs::ISO_2022_JP
            && bytes.contains(&0x1B)
        {
            return encoding.decode_without_bom_handling(bytes).0;
        }
        return text.into();
    }
    if mostly_utf8(bytes) {
        repairs.push("bytes that are not UTF-8 were replaced".to_owned());
        return String::from_utf8_lossy(bytes);
    }
    let claims = [header_charset(claims.header), (claims.declared)(bytes)];
    if let Some(encoding) = claims.into_iter().flatten().find(usable) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    repairs.push(format!("the charset was guessed to be {}", encoding.name()));
    encoding.decode_without_bom_handling(bytes).0
}

/// Bytes that are not UTF-8 refute the claim; text that begins with an ASCII `<` is not UTF-16.
fn usable(encoding: &&'static Encoding) -> bool {
    *encoding != UTF_8 && encoding.is_ascii_compatible()
}

/// Whether the text is UTF-8 but for a few broken bytes: at least one sequence of several bytes,
/// and twenty of them for each fault. Text in a one-byte charset has next to none by chance.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good = good.saturating_add(
            chunk.valid().bytes().filter(|byte| (0xC2..=0xF4).contains(byte)).count(),
        );
        if !chunk.invalid().is_empty() {
            bad = bad.saturating_add(1);
        }
    }
    good > 0 && good >= bad.saturating_mul(20)
        || good >= bad.saturating_mul(2) && good > 0 && bad == 1
}

fn header_charset(header: Option<&str>) -> Option<&'static Encoding> {
    let header = header?;
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("charset") {
            return None;
        }
        Encoding::for_label(value.trim().trim_matches(['"', '\'']).as_bytes())
    })
}

/// The charset of an XML declaration, which need not be at the very start of a damaged document.
fn declared_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(1024))?;
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let declaration = head.split_once("<?xml")?.1.split_once('>')?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    Encoding::for_label(label.trim().as_bytes())
}

/// The charset of `<meta charset>` or `<meta http-equiv content="…; charset=…">`.
fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(4096))?;
    let head: String = head.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    head.split("<meta").skip(1).find_map(|tag| {
        let value = tag.split('>').next()?.split_once("charset")?.1.trim_start();
        let value = value.strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/'));
        Encoding::for_label(value.get(..end.unwrap_or(value.len()))?.as_bytes())
    })
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> String {
    bytes
        .chunks(4)
        .map(|chunk| <[u8; 4]>::try_from(chunk).map_or(u32::MAX, unit))
        .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Whether XML 1.0 allows the character; U+FFFE and U+FFFF are not characters at all, and a byte
/// order mark has no business inside a text.
pub(super) fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{FEFF}' => false,
        '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => false,
        _ => true,
    }
}

fn drop_forbidden<'b>(text: Cow<'b, str>, repairs: &mut Vec<String>) -> Cow<'b, str> {
    // Nearly every document is free of them, and is asked without looking at its characters.
    // A fold that never stops early looks at many bytes at once.
    let is_suspicious =
        |byte: u8| (byte < 0x20) & !matches!(byte, b'\t' | b'\n' | b'\r') | (byte == 0xEF);
    let bytes = text.bytes();
    if !bytes.fold(false, |found, byte| found | is_suspicious(byte)) || text.chars().all(is_allowed)
    {
        return text;
    }
    let clean: String = text.chars().filter(|character| is_allowed(*character)).collect();
    // A leading mark is how some editors save UTF-8: no reason to bother anyone.
    if text.trim_start_matches('\u{FEFF}').len() != clean.len() {
        repairs.push("characters that XML forbids were removed".to_owned());
    }
    clean.into()
}
