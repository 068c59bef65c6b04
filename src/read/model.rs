//! Joins what feed-rs models with what the survey kept, entry by entry in document order.

use chrono_tz::Tz;
use feed_rs::model as parsed;
use feed_rs::parser;
use url::Url;

use super::dates::read_date;
use super::entry::{is_blank, raw_entry};
use super::facts::{author, dates, is_web, non_empty, rights, words};
use super::hints::{hints, nonsense};
use super::survey::{Field, Space, Survey};
use super::{details, media};
use crate::model::{RawDocument, RawEntry};

/// Parses a prepared text with feed-rs. Ids stay empty where the feed gives none: its own would
/// change with the title, or with every poll.
pub(super) fn parse(text: &str, base: &Url, zone: Option<Tz>) -> Result<parsed::Feed, String> {
    parser::Builder::new()
        .base_uri(Some(base.as_str()))
        .id_generator(|_, _, _| String::new())
        .sanitize_content(false)
        .timestamp_parser(move |text| read_date(text, zone))
        .build()
        .parse(text.as_bytes())
        .map_err(|error| error.to_string())
}

/// The document that the two readings make together.
pub(super) fn join(
    feed: parsed::Feed,
    survey: Survey<'_>,
    base: &Url,
    zone: Option<Tz>,
) -> RawDocument {
    let format = survey.format;
    let fields = &survey.fields;
    let mut repairs = survey.notes;
    let entries: Vec<RawEntry> = feed
        .entries
        .into_iter()
        .zip(&survey.items)
        .map(|(entry, item)| raw_entry(entry, item, format, base, zone))
        .filter(|entry| !is_blank(entry))
        .collect();
    if entries.len() < survey.candidates {
        repairs.push("entries with nothing in them were left out".to_owned());
    }
    let updated = ["updated", "modified", "lastBuildDate", "pubDate", "date"];
    let mut authors = Vec::new();
    for field in fields {
        author(field, &mut authors);
    }
    let hints = hints(fields);
    repairs.extend(nonsense(fields, &hints));
    RawDocument {
        format,
        title: feed.title.and_then(|title| words(title, format)),
        id: non_empty(&feed.id),
        site: site(&feed.links),
        language: feed.language.as_deref().and_then(non_empty).or(survey.language).or_else(|| {
            let language = fields.iter().find(|field| field.is(Space::Dc, "language"));
            language.and_then(Field::words).map(str::to_owned)
        }),
        hub: hub(fields, base),
        rights: feed
            .rights
            .and_then(|rights| non_empty(&rights.content))
            .or_else(|| rights(fields)),
        updated: [feed.updated, feed.published]
            .into_iter()
            .flatten()
            .chain(dates(fields, &updated, zone))
            .max(),
        authors,
        image: feed
            .logo
            .or(feed.icon)
            .and_then(|image| media::absolute(&image.uri, base))
            .or_else(|| media::feed_image(fields, base)),
        hints,
        details: details::of_feed(fields, survey.indexing.as_deref(), base, zone),
        entries,
        repairs,
    }
}

/// The web site: the channel's own link, else the alternate that is a page.
fn site(links: &[parsed::Link]) -> Option<String> {
    let own = links.iter().find(|link| link.rel.is_none());
    let page = || {
        links.iter().find(|link| {
            link.rel.as_deref() == Some("alternate")
                && link.media_type.as_deref().is_none_or(|kind| kind.contains("html"))
        })
    };
    own.or_else(page).map(|link| link.href.clone()).filter(|href| is_web(href))
}

fn hub(fields: &[Field], base: &Url) -> Option<String> {
    let has_rel = |field: &&Field| {
        field.tag.local() == "link"
            && field
                .tag
                .attribute("rel")
                .is_some_and(|rel| rel.split_whitespace().any(|rel| rel == "hub"))
    };
    fields.iter().find(has_rel)?.tag.attribute("href").and_then(|hub| media::absolute(hub, base))
}
