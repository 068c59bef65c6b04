//! Facts that feeds and entries state alike: words, people, rights, dates.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use feed_rs::model as parsed;

use super::dates::read_date;
use super::markup::looks_like_html;
use super::people;
use super::survey::{Field, Space};
use crate::model::{Format, RawContent};

/// A title of feed-rs as our own; those of RSS do not say whether they are HTML.
pub(super) fn words(text: parsed::Text, format: Format) -> Option<RawContent> {
    let content = text.content.trim();
    if content.is_empty() {
        return None;
    }
    Some(match format {
        Format::Atom if text.content_type.subty().as_str() == "html" => {
            RawContent::Html(content.to_owned())
        }
        Format::Atom => RawContent::Text(content.to_owned()),
        _ => title_words(content),
    })
}

pub(super) fn title_words(words: &str) -> RawContent {
    if looks_like_html(words) {
        RawContent::Html(words.to_owned())
    } else {
        RawContent::Text(words.to_owned())
    }
}

pub(super) fn is_web(link: &str) -> bool {
    let scheme = link.get(..8).unwrap_or(link).to_ascii_lowercase();
    (scheme.starts_with("http://") || scheme.starts_with("https://"))
        && !link.contains(char::is_whitespace)
}

pub(super) fn author(field: &Field, names: &mut Vec<String>) {
    match (field.tag.space, field.tag.local()) {
        (Space::Dc, "creator" | "contributor") | (Space::Itunes, "author") => {
            // RDF feeds wrap several creators in a bag.
            people::add(names, &field.text);
        }
        (Space::Plain | Space::Rss | Space::Atom | Space::OldAtom, "author" | "managingEditor") => {
            match field.child("name").and_then(Field::words) {
                Some(name) => people::add(names, name),
                None => people::add(names, &field.text),
            }
        }
        _ => {}
    }
}

/// Rights in words, else the address of a licence.
pub(super) fn rights(fields: &[Field]) -> Option<String> {
    let worded = fields.iter().find(|field| {
        field.is(Space::Dc, "rights")
            || field.is(Space::DcTerms, "rights")
            || matches!(field.tag.space, Space::Plain | Space::Rss | Space::Atom)
                && matches!(field.tag.local(), "rights" | "copyright")
    });
    let licence = || {
        fields.iter().find_map(|field| {
            let is_link =
                field.tag.local() == "link" && field.tag.attribute("rel") == Some("license");
            if is_link {
                return field.tag.attribute("href");
            }
            if field.tag.space != Space::Licence {
                return None;
            }
            let resource = field.tag.attributes.iter().find(|(key, _)| key.ends_with("resource"));
            field.words().or(resource.map(|(_, value)| value.as_ref()))
        })
    };
    worded.and_then(Field::words).or_else(licence).map(str::to_owned)
}

/// Whether the namespace is one whose `date` or `created` is the item's.
pub(super) fn is_dated(field: &Field) -> bool {
    matches!(
        field.tag.space,
        Space::Plain | Space::Rss | Space::Atom | Space::OldAtom | Space::Dc | Space::DcTerms
    )
}

pub(super) fn dates<'f>(
    fields: &'f [Field<'f>],
    names: &'f [&str],
    zone: Option<Tz>,
) -> impl Iterator<Item = DateTime<Utc>> + 'f {
    names.iter().flat_map(move |name| {
        fields
            .iter()
            .filter(move |field| field.tag.local() == *name && is_dated(field))
            .filter_map(move |field| read_date(field.words()?, zone))
    })
}

pub(super) fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
