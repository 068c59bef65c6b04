//! Joins what feed-rs models with what the survey kept, entry by entry in document order.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use feed_rs::model as parsed;
use feed_rs::parser;
use url::Url;

use super::dates::read_date;
use super::hints::hints;
use super::markup::looks_like_html;
use super::survey::{Field, Item, NO_LINK, Space, Survey};
use super::{media, people};
use crate::model::{Format, RawContent, RawDocument, RawEntry};

/// Most categories of one entry.
const MOST_CATEGORIES: usize = 200;

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
    survey: Survey,
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
    RawDocument {
        format,
        title: feed.title.and_then(|title| words(title, format, true)),
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
        hints: hints(fields),
        entries,
        repairs,
    }
}

fn raw_entry(
    entry: parsed::Entry,
    item: &Item,
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
    let published = entry.published.or_else(|| {
        dates(fields, &["pubDate", "published", "date", "issued", "created"], zone).next()
    });
    let own_updated = dates(fields, &["updated", "modified"], zone).next();
    // feed-rs repeats the publication date as date of change.
    let updated = if format == Format::Atom { entry.updated.or(own_updated) } else { own_updated };
    let unread_date = if published.is_some() || updated.is_some() {
        None
    } else {
        let names = ["pubDate", "published", "date", "issued", "created", "updated", "modified"];
        fields
            .iter()
            .filter(|field| names.contains(&field.tag.local()) && is_dated(field))
            .find_map(|field| field.words().map(str::to_owned))
    };

    let mut authors = Vec::new();
    fields.iter().for_each(|field| author(field, &mut authors));
    let (image, enclosures) = media::of_entry(fields, here);
    let summary = entry.summary.and_then(|summary| words(summary, format, false));
    RawEntry {
        link: link(&entry.links, fields, format, guid.as_deref(), here),
        guid,
        title: entry.title.and_then(|title| words(title, format, true)).or_else(|| {
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
        content: entry.content.and_then(content).or_else(|| body(fields)),
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
        base,
        unread_date,
    }
}

/// Text of feed-rs as our own; the words of RSS do not say whether they are HTML.
fn words(text: parsed::Text, format: Format, is_title: bool) -> Option<RawContent> {
    let content = text.content.trim();
    if content.is_empty() {
        return None;
    }
    Some(match format {
        Format::Atom if text.content_type.subty().as_str() == "html" => {
            RawContent::Html(content.to_owned())
        }
        Format::Atom => RawContent::Text(content.to_owned()),
        _ if is_title => title_words(content),
        _ => RawContent::Html(content.to_owned()),
    })
}

fn title_words(words: &str) -> RawContent {
    if looks_like_html(words) {
        RawContent::Html(words.to_owned())
    } else {
        RawContent::Text(words.to_owned())
    }
}

fn content(content: parsed::Content) -> Option<RawContent> {
    let body = content.body?;
    let body = body.trim();
    if body.is_empty() {
        return None;
    }
    Some(if content.content_type.subty().as_str() == "html" {
        RawContent::Html(body.to_owned())
    } else {
        RawContent::Text(body.to_owned())
    })
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

pub(super) fn is_web(link: &str) -> bool {
    let scheme = link.get(..8).unwrap_or(link).to_ascii_lowercase();
    (scheme.starts_with("http://") || scheme.starts_with("https://"))
        && !link.contains(char::is_whitespace)
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

fn author(field: &Field, names: &mut Vec<String>) {
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
    for label in modelled.chain(lost) {
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        if !label.is_empty() && labels.len() < MOST_CATEGORIES && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

fn language(item: &Item) -> Option<String> {
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

/// Rights in words, else the address of a licence.
fn rights(fields: &[Field]) -> Option<String> {
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
            field.words().or(resource.map(|(_, value)| value.as_str()))
        })
    };
    worded.and_then(Field::words).or_else(licence).map(str::to_owned)
}

/// Whether the namespace is one whose `date` or `created` is the item's.
fn is_dated(field: &Field) -> bool {
    matches!(
        field.tag.space,
        Space::Plain | Space::Rss | Space::Atom | Space::OldAtom | Space::Dc | Space::DcTerms
    )
}

fn dates<'f>(
    fields: &'f [Field],
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

/// The base of the content where it has its own, else that of the entry.
fn base_of(item: &Item) -> Option<Url> {
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
fn is_blank(entry: &RawEntry) -> bool {
    entry.guid.is_none()
        && entry.link.is_none()
        && entry.title.is_none()
        && entry.summary.is_none()
        && entry.content.is_none()
        && entry.enclosures.is_empty()
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
