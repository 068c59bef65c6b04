//! The smaller fields of documents and entries: names, labels, languages, enclosures, rights.
//!
//! Names and labels come as plain text by their specifications, but many programs put markup or
//! character references into them all the same, so that both are taken out here. E-mail addresses
//! are never published.

use std::collections::HashSet;

use url::Url;

use super::{markup, text, urls};
use crate::model::Enclosure;

/// Names of authors are cut to this many characters.
pub const MAX_NAME: usize = 200;

/// Authors of an item beyond these are left out.
pub const MAX_AUTHORS: usize = 20;

/// Category labels are cut to this many characters.
pub const MAX_LABEL: usize = 100;

/// Categories of an item beyond these are left out.
pub const MAX_CATEGORIES: usize = 50;

/// Enclosures of an item beyond these are left out.
pub const MAX_ENCLOSURES: usize = 20;

/// Translations of an item beyond these are left out.
pub(super) const MOST_EDITIONS: usize = 50;

/// Statements of rights are cut to this many characters.
pub const MAX_RIGHTS: usize = 500;

/// Only the beginning of a field is looked at; none that is meant well is longer.
const MAX_FIELD: usize = 16_384;

/// No language tag in use is longer.
const MAX_LANGUAGE: usize = 35;

/// The canonical links of the pages that an item, whose own page is `own`, names as its translations.
pub fn editions<'a>(named: impl Iterator<Item = &'a str>, own: Option<&str>) -> Vec<String> {
    let own = own.and_then(urls::canonical);
    let mut editions: Vec<String> = Vec::new();
    for link in named.take(MOST_EDITIONS).filter_map(urls::canonical) {
        if Some(&link) != own.as_ref() && !editions.contains(&link) {
            editions.push(link);
        }
    }
    editions
}

/// One line of text, without markup and character references.
fn line(written: &str, max_chars: usize) -> String {
    let end = written.char_indices().nth(MAX_FIELD).map_or(written.len(), |(end, _)| end);
    let written = written.get(..end).unwrap_or_default();
    let has_tags = written.split('<').skip(1).any(|rest| {
        rest.contains('>') && rest.starts_with(|c: char| c.is_alphabetic() || c == '/')
    });
    if has_tags {
        text::line(&text::from_html(written), max_chars)
    } else {
        text::line(&markup::decode(written), max_chars)
    }
}

/// Names of authors, each once, without addresses.
pub(super) fn authors(written: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = written.iter().filter_map(|written| name(written));
    names.filter(|name| seen.insert(name.to_lowercase())).take(MAX_AUTHORS).collect()
}

/// `a@b.org (Name)`, `Name <a@b.org>`, `Name`.
fn name(written: &str) -> Option<String> {
    // An address in angle brackets would be taken for a tag.
    let bare = match written.split_once('<') {
        Some((name, address)) if is_address(address) => name,
        _ => written,
    };
    let bare = line(bare, MAX_NAME);
    let (before, within) = match bare.split_once('(') {
        Some((before, within)) => (before, within.strip_suffix(')').unwrap_or(within)),
        None => (bare.as_str(), ""),
    };
    let name = if !is_address(&bare) {
        bare.as_str()
    } else if is_address(before) && !within.is_empty() && !is_address(within) {
        within
    } else {
        // Whatever is left of it once the addresses are gone.
        return Some(text::line(&without_addresses(&bare), MAX_NAME))
            .filter(|name| name.chars().any(char::is_alphanumeric));
    };
    let name = name.trim().trim_matches('"').trim();
    let is_name = name.chars().any(char::is_alphanumeric) && urls::web(name).is_none();
    is_name.then(|| name.to_owned())
}

fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !is_address(word));
    words.collect::<Vec<_>>().join(" ").replace("()", "")
}

/// Whether an e-mail address is in it.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        user.ends_with(|c: char| !c.is_whitespace())
            && host.starts_with(char::is_alphanumeric)
            && host.split_whitespace().next().is_some_and(|host| host.contains('.'))
    })
}

/// Category labels, trimmed, each once whatever its case.
pub(super) fn categories(written: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let labels = written.iter().map(|label| line(label, MAX_LABEL));
    labels
        .filter(|label| !label.is_empty() && seen.insert(label.to_lowercase()))
        .take(MAX_CATEGORIES)
        .collect()
}

/// Enclosures with web URLs, each once.
pub(super) fn enclosures(written: &[Enclosure], base: &Url) -> Vec<Enclosure> {
    let mut seen = HashSet::new();
    let safe = written.iter().filter_map(|enclosure| {
        let url = String::from(urls::loaded(base, &enclosure.url)?);
        let media_type = media_type(&enclosure.media_type);
        seen.insert(url.clone()).then_some(Enclosure { url, media_type, length: enclosure.length })
    });
    safe.take(MAX_ENCLOSURES).collect()
}

/// A media type without parameters, lower case; empty where it is none.
pub(super) fn media_type(written: &str) -> String {
    let bare = written.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |part: &str| {
        (1..=64).contains(&part.len())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
    };
    match bare.split_once('/') {
        Some((kind, subtype)) if is_token(kind) && is_token(subtype) => bare,
        _ => String::new(),
    }
}

/// A statement of rights, or the address of one. It is shown as text, but programs make links of
/// what looks like an address, so that one that would run is none.
pub(super) fn rights(written: Option<&str>) -> Option<String> {
    let rights = line(written?, MAX_RIGHTS);
    (!rights.is_empty() && !is_program(&rights)).then_some(rights)
}

fn is_program(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = bare.to_ascii_lowercase();
    // Not "Data: our own survey".
    ["javascript:", "vbscript:", "data:text/"].iter().any(|scheme| bare.starts_with(scheme))
}

/// A well-formed language tag (RFC 5646), lower case; some programs write `en_US`.
pub fn language_tag(written: &str) -> Option<String> {
    let tag = written.trim().to_ascii_lowercase().replace('_', "-");
    let mut subtags = tag.split('-');
    let primary = subtags.next()?;
    let is_primary =
        matches!(primary.len(), 2 | 3) && primary.chars().all(|c| c.is_ascii_lowercase());
    let are_subtags = subtags.all(|subtag| {
        (1..=8).contains(&subtag.len()) && subtag.chars().all(|c| c.is_ascii_alphanumeric())
    });
    // "Undetermined" and "multiple" say nothing.
    let says_something = !matches!(primary, "und" | "mul" | "zxx" | "mis");
    (is_primary && are_subtags && says_something && tag.len() <= MAX_LANGUAGE).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(written: &[&str]) -> Vec<String> {
        written.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn o20_addresses_of_authors_are_not_published() {
        for (written, shown) in [
            ("Jane Doe", Some("Jane Doe")),
            ("jane@b.org (Jane Doe)", Some("Jane Doe")),
            ("Jane Doe <jane@b.org>", Some("Jane Doe")),
            ("\"Doe, Jane\" <jane@b.org>", Some("Doe, Jane")),
            ("Jane Doe jane@b.org", Some("Jane Doe")),
            ("Jane Doe (jane@b.org)", Some("Jane Doe")),
            ("jane@b.org", None),
            ("<jane@b.org>", None),
            ("noreply@blogger.com (Γιάνης)", Some("Γιάνης")),
            ("@jane", Some("@jane")),
            ("Jane (Berlin)", Some("Jane (Berlin)")),
            ("<a href='/x'>Jane &amp; Joe</a>", Some("Jane & Joe")),
            ("https://b.org/jane", None),
            ("  ", None),
        ] {
            assert_eq!(
                authors(&strings(&[written])).first().map(String::as_str),
                shown,
                "{written}"
            );
        }
        assert_eq!(authors(&strings(&["A", "a ", "B"])), ["A", "B"]);
    }

    #[test]
    fn o21_h60_categories_are_trimmed_unique_and_few() {
        let written =
            strings(&[" Europe ", "europe", "A &amp; B", "", "<b>x</b>", "a\u{0}b", "C++"]);
        assert_eq!(categories(&written), ["Europe", "A & B", "x", "ab", "C++"]);
        let many: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
        assert_eq!(categories(&many).len(), MAX_CATEGORIES);
        assert_eq!(categories(&["x".repeat(1_000_000)])[0].chars().count(), MAX_LABEL);
    }

    #[test]
    fn o21_language_tags_are_valid() {
        for (written, tag) in [
            ("en", Some("en")),
            ("en_US", Some("en-us")),
            (" EL ", Some("el")),
            ("zh-Hant-TW", Some("zh-hant-tw")),
            ("und", None),
            ("english", None),
            ("e", None),
            ("en-", None),
            ("<b>", None),
            ("", None),
        ] {
            assert_eq!(language_tag(written).as_deref(), tag, "{written}");
        }
    }

    #[test]
    fn h35_rights_that_are_programs_are_none() {
        for program in ["javascript:alert(1)", "JAVA\tscript:x", " data:text/html,x", "vbscript:x"]
        {
            assert_eq!(rights(Some(program)), None, "{program}");
        }
        for said in ["CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "Data: TNI, 2026"]
        {
            assert_eq!(rights(Some(said)).as_deref(), Some(said));
        }
    }

    #[test]
    fn h12_enclosures_are_web_files_each_once() {
        let base = Url::parse("https://a.org/feed").unwrap();
        let enclosure = |url: &str, media_type: &str| Enclosure {
            url: url.to_owned(),
            media_type: media_type.to_owned(),
            length: 1,
        };
        let written = [
            enclosure("/a.mp3", "Audio/MPEG; x=1"),
            enclosure("https://a.org/a.mp3", ""),
            enclosure("javascript:x", "audio/mpeg"),
            enclosure("file:///etc/passwd", ""),
            enclosure("/b", "no type"),
        ];
        assert_eq!(
            enclosures(&written, &base),
            [enclosure("https://a.org/a.mp3", "audio/mpeg"), enclosure("https://a.org/b", "")]
        );
    }
}
