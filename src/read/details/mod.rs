//! What feeds say beyond what is stored: of themselves here, of their entries in `entry`, of
//! recordings in `recording`.
//!
//! Everything comes from the fields that the survey kept; nothing here can make a reading fail.
//! Numbers of things are limited, so that a hostile feed does not grow in memory.

mod entry;
mod recording;

use chrono_tz::Tz;
use url::Url;

pub(super) use entry::of_entry;
pub(super) use recording::seconds;

use super::dates::read_date;
use super::survey::{Field, Space};
use super::{media, people};
use crate::model::{FeedDetails, Related, Tombstone};

/// Most things of one kind.
const MOST: usize = 50;

/// Most tombstones: an organisation may clear out its archive.
const MOST_TOMBSTONES: usize = 1_000;

/// Relations to other documents of the same feed.
const FEED_RELATIONS: &[&str] = &[
    "self",
    "first",
    "last",
    "next",
    "previous",
    "prev",
    "current",
    "prev-archive",
    "next-archive",
];

/// What a feed says of itself. `indexing` is what its root says of being indexed.
pub(super) fn of_feed(
    fields: &[Field<'_>],
    indexing: Option<&str>,
    base: &Url,
    zone: Option<Tz>,
) -> FeedDetails {
    let mut details = FeedDetails { may_index: indexing.and_then(yes_or_no), ..Default::default() };
    for field in fields {
        match (field.tag.space, field.tag.local()) {
            (Space::Plain | Space::Rss | Space::Atom | Space::OldAtom, "link") => {
                for relation in relations(field) {
                    if relation.eq_ignore_ascii_case("hub") {
                        push(&mut details.hubs, address(field, base));
                    } else if FEED_RELATIONS.contains(&relation) {
                        push(&mut details.links, related(field, relation, base));
                    }
                }
            }
            (Space::History, "complete") => details.complete = true,
            (Space::History, "archive") => details.archive = true,
            (Space::Tombstone, "deleted-entry") => {
                if details.deleted.len() < MOST_TOMBSTONES {
                    details.deleted.extend(tombstone(field, zone));
                }
            }
            (Space::Indexing, "index") => {
                details.may_index = field.words().and_then(yes_or_no).or(details.may_index);
            }
            (Space::Plain | Space::Rss | Space::Atom | Space::OldAtom, "generator") => {
                details.generator = details.generator.or(field.words().map(str::to_owned));
            }
            _ => contributor(field, &mut details.contributors),
        }
        push(&mut details.licences, licence(field, base));
    }
    details
}

/// The relations of a link, which may be several.
fn relations<'f>(field: &'f Field<'_>) -> impl Iterator<Item = &'f str> {
    field.tag.attribute("rel").unwrap_or_default().split_whitespace()
}

fn address(field: &Field<'_>, base: &Url) -> Option<String> {
    field.tag.attribute("href").and_then(|written| media::absolute(written, base))
}

fn related(field: &Field<'_>, relation: &str, base: &Url) -> Option<Related> {
    Some(Related {
        rel: relation.to_owned(),
        url: address(field, base)?,
        language: field.tag.attribute("hreflang").map(str::to_owned),
    })
}

fn tombstone(field: &Field<'_>, zone: Option<Tz>) -> Option<Tombstone> {
    let reference = field.tag.attribute("ref").map(str::trim).filter(|id| !id.is_empty())?;
    let when = field.tag.attribute("when").and_then(|when| read_date(when, zone));
    Some(Tombstone { reference: reference.to_owned(), when })
}

fn contributor(field: &Field<'_>, names: &mut Vec<String>) {
    if field.tag.local() != "contributor" {
        return;
    }
    let name = field.child("name").and_then(Field::words).or_else(|| field.words());
    if let Some(name) = name {
        people::add(names, name);
    }
}

/// The address of a licence: RFC 4946, Creative Commons in RSS and RDF, dcterms:license.
fn licence(field: &Field<'_>, base: &Url) -> Option<String> {
    let tag = &field.tag;
    let written = match (tag.space, tag.local()) {
        (Space::Licence, "license" | "licence") | (Space::DcTerms, "license") => {
            let resource = tag.attributes.iter().find(|(key, _)| key.ends_with("resource"));
            field.words().or(resource.map(|(_, value)| value.as_ref()))?
        }
        (Space::Media, "license") => tag.attribute("href")?,
        (_, "link") if relations(field).any(|relation| relation == "license") => {
            tag.attribute("href")?
        }
        _ => return None,
    };
    media::absolute(written, base)
}

fn push<T: PartialEq>(list: &mut Vec<T>, found: Option<T>) {
    if let Some(found) = found
        && list.len() < MOST
        && !list.contains(&found)
    {
        list.push(found);
    }
}

fn yes_or_no(written: &str) -> Option<bool> {
    match written.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}
