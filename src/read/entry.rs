//! One entry: what feed-rs models of it, and what the survey kept.

use chrono_tz::Tz;
use feed_rs::model as parsed;
use url::Url;

use super::facts::{author, dates, is_dated, is_web, non_empty, rights, title_words, words};
use super::survey::{self, Field, Item, NO_LINK, Space};
use super::{details, media};
use crate::model::{Format, RawContent, RawEntry};

/// Most categories of one entry.
const MOST_CATEGORIES: usize = 200;

/// Elements that date the publication, the best first.
const PUBLISHED: &[&str] = &["pubDate", "published", "date", "issued", "created"];
/// Elements that date the last change.
const UPDATED: &[&str] = &["updated", "modified"];

pub(super) fn raw_entry(
    entry: parsed::Entry,
    item: &Item<'_>,
    format: Format,
    document: &Url,
    zone: Option<Tz>,
) -> RawEntry {
    let fields = &item.fields;
    let base = base_of(item);
    let here = base.as_ref().unwrap_or(document);
    let find = |space: Space, local: &str| fields.iter().find(|field| field.is(space, local));
    let find_words = |space: Space, local: &str| find(space, local).and_then(Field::words);

    let guid = non_empty(&entry.id);
    let published = entry.published.or_else(|| dates(fields, PUBLISHED, zone).next());
    let own_updated = dates(fields, UPDATED, zone).next();
    // feed-rs repeats the publication date as date of change.
    let updated = if format == Format::Atom { entry.updated.or(own_updated) } else { own_updated };
    let missing = match (published, updated) {
        (None, _) => PUBLISHED,
        (_, None) => UPDATED,
        _ => &[],
    };
    let unread_date = fields
        .iter()
        .filter(|field| missing.contains(&field.tag.local()) && is_dated(field))
        .find_map(|field| field.words().map(str::to_owned));

    let mut authors = Vec::new();
    fields.iter().for_each(|field| author(field, &mut authors));
    let (image, enclosures) = media::of_entry(fields, here);
    let summary = survey::summary(format, fields);
    let details = details::of_entry(fields, here);
    RawEntry {
        link: link(&entry.links, fields, format, guid.as_deref(), here),
        guid,
        title: entry.title.and_then(|title| words(title, format)).or_else(|| {
            let title = find_words(Space::Dc, "title")
                .or_else(|| find_words(Space::Media, "title"))
                .or_else(|| find_words(Space::Itunes, "title"));
            title.map(title_words)
        }),
        summary: summary.or_else(|| {
            let words = find_words(Space::Dc, "description")
                .or_else(|| find_words(Space::Atom, "summary"))
                .or_else(|| find_words(Space::Media, "description"))
                .or_else(|| find_words(Space::Itunes, "summary"));
            words.map(title_words)
        }),
        content: survey::content(format, fields).or_else(|| body(fields)),
        authors,
        published,
        updated,
        categories: categories(&entry.categories, fields),
        image,
        enclosures,
        language: language(item),
        rights: entry
            .rights
            .and_then(|rights| non_empty(&rights.content))
            .or_else(|| rights(fields)),
        details,
        base,
        unread_date,
    }
}

/// Content in elements that feed-rs does not know: xhtml:body, atom:content in RSS.
fn body(fields: &[Field]) -> Option<RawContent> {
    let field = fields.iter().find(|field| {
        field.is(Space::Xhtml, "body")
            || field.is(Space::Xhtml, "div")
            || field.is(Space::Atom, "content")
    })?;
    match &field.markup {
        Some(markup) => Some(RawContent::Html(markup.clone())),
        None => field.words().map(title_words),
    }
}

/// The permalink: feedburner's original, the item's link, a guid that says or implies it is one.
fn link(
    links: &[parsed::Link],
    fields: &[Field],
    format: Format,
    guid: Option<&str>,
    base: &Url,
) -> Option<String> {
    let original = fields.iter().find(|field| field.is(Space::Feedburner, "origLink"));
    let original = original.and_then(Field::words).filter(|link| is_web(link)).map(str::to_owned);
    let usable = |link: &&parsed::Link| {
        link.target.is_none()
            && link.rel.as_deref().is_none_or(|rel| rel == "alternate")
            && link.href != NO_LINK
            && !link.href.is_empty()
    };
    let is_page =
        |link: &&parsed::Link| link.media_type.as_deref().is_none_or(|kind| kind.contains("html"));
    let mut alternates = links.iter().filter(usable);
    let alternate = alternates
        .clone()
        .find(is_page)
        .or_else(|| alternates.next())
        .map(|link| link.href.clone());
    let permalink = || {
        let is_permalink = format == Format::Rss
            && !fields.iter().any(|field| {
                field.tag.local() == "guid"
                    && field
                        .tag
                        .attribute("isPermaLink")
                        .is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
            });
        guid.filter(|guid| is_permalink && is_web(guid)).map(str::to_owned)
    };
    original.or(alternate).or_else(permalink).or_else(|| elsewhere(fields, base))
}

/// Links in unusual places: `<link href="…"/>` in RSS, atom:link, atom:content with src.
fn elsewhere(fields: &[Field], base: &Url) -> Option<String> {
    let by_link = fields.iter().find_map(|field| {
        let rel = field.tag.attribute("rel").unwrap_or("alternate");
        (field.tag.local() == "link" && rel == "alternate").then_some(())?;
        field.tag.attribute("href")
    });
    let by_source = || {
        let content = fields
            .iter()
            .find(|field| field.tag.local() == "content" && field.tag.space != Space::Media);
        content.and_then(|content| content.tag.attribute("src"))
    };
    by_link.or_else(by_source).and_then(|link| media::absolute(link, base))
}

fn categories(parsed: &[parsed::Category], fields: &[Field]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    let modelled =
        parsed.iter().map(|category| category.label.as_ref().unwrap_or(&category.term).as_str());
    let subjects = fields.iter().filter(|field| {
        field.is(Space::Dc, "subject")
            || field.is(Space::Atom, "category")
            || field.is(Space::Media, "category")
    });
    let lost = subjects.filter_map(|field| {
        field
            .tag
            .attribute("label")
            .or_else(|| field.tag.attribute("term"))
            .or_else(|| field.words())
    });
    // Lists of words between commas.
    let keywords = fields
        .iter()
        .filter(|field| field.is(Space::Media, "keywords") || field.is(Space::Itunes, "keywords"))
        .filter_map(Field::words)
        .flat_map(|words| words.split(',').take(MOST_CATEGORIES));
    for label in modelled.chain(lost).chain(keywords) {
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        if !label.is_empty() && labels.len() < MOST_CATEGORIES && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

fn language(item: &Item<'_>) -> Option<String> {
    let said = item
        .fields
        .iter()
        .find(|field| field.is(Space::Dc, "language") || field.is(Space::Plain, "language"));
    let of_words = || {
        let worded = item.fields.iter().filter(|field| {
            matches!(field.tag.local(), "content" | "encoded" | "title" | "description" | "summary")
        });
        worded.filter_map(|field| field.tag.attribute("xml:lang")).next().map(str::to_owned)
    };
    said.and_then(Field::words)
        .map(str::to_owned)
        .or_else(|| item.language.clone())
        .or_else(of_words)
        .filter(|language| !language.trim().is_empty())
}

/// The base of the content where it has its own, else that of the entry.
fn base_of(item: &Item<'_>) -> Option<Url> {
    let content = item.fields.iter().find(|field| {
        matches!(field.tag.local(), "content" | "encoded")
            && field.tag.attribute("xml:base").is_some()
    });
    content
        .and_then(|content| content.base.clone())
        .or_else(|| item.base.clone())
        .filter(|base| matches!(base.scheme(), "http" | "https"))
}

/// Entries in which nothing is said are spacing, not items.
pub(super) fn is_blank(entry: &RawEntry) -> bool {
    entry.guid.is_none()
        && entry.link.is_none()
        && entry.title.is_none()
        && entry.summary.is_none()
        && entry.content.is_none()
        && entry.enclosures.is_empty()
}
