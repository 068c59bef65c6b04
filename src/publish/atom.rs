//! Atom 1.0 (RFC 4287).
//!
//! Each entry keeps its origin as a full `atom:source`; `updated` of that source is the story's
//! own, since the time of the last poll would change the bytes with every poll. Further publishers
//! are `link rel="via"`, editions `rel="alternate"` with `hreflang`.

use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{
    Category, Content, Entry, Feed, Generator, Link, Person, Source, Text, TextType, WriteConfig,
};
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use quick_xml::escape::escape;

use crate::model::{Credit, PublicStory};

use super::document::{Document, is_repeated, seconds};
use super::rss::MEDIA;
use super::{PROGRAM, RenderError, Rendered, VERSION, address, proof, safe};

/// The namespace of tombstones.
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// The element that tells of a story that is gone.
pub(super) const DELETED_ENTRY: &str = "at:deleted-entry";

/// The document `atom.xml` of an output.
pub(super) fn render(document: &Document<'_>) -> Result<Rendered, RenderError> {
    let path = document.path(address::ATOM);
    let feed = feed(document);
    let failed =
        |reason: String| RenderError::Format { path: path.clone(), format: "Atom", reason };
    let config = WriteConfig { write_document_declaration: false, indent_size: Some(1) };
    let written =
        feed.write_with_config(Vec::new(), config).map_err(|error| failed(error.to_string()))?;
    let written = with_tombstones_first(written);
    let languages: Vec<_> = document.stories.iter().map(|story| story.language.as_str()).collect();
    let bytes = proof::atom_languages(&written, &languages).map_err(failed)?;
    proof::atom(&bytes, &feed)
        .map_err(|reason| RenderError::Unreadable { path: path.clone(), reason })?;
    Ok(Rendered { path, bytes })
}

fn feed(document: &Document<'_>) -> Feed {
    let mut links = vec![
        link("self", document.address(address::ATOM), Some("application/atom+xml")),
        link("alternate", document.page_address(), Some("text/html")),
    ];
    if let Some(hub) = &document.site.hub {
        links.push(link("hub", hub.to_string(), None));
    }
    Feed {
        title: plain(document.feed_title()),
        subtitle: document.site.description.as_ref().map(|_| plain(document.description())),
        id: document.output.feed_id.clone(),
        updated: date(document.updated()),
        // RFC 4287 §4.1.1: a feed without entries needs an author, too.
        authors: vec![person(document.editor())],
        generator: Some(Generator {
            value: PROGRAM.to_owned(),
            uri: Some(document.about_address()),
            version: Some(VERSION.to_owned()),
        }),
        links,
        entries: document.stories.iter().map(|story| entry(document, story)).collect(),
        namespaces: namespaces(document),
        extensions: removed(document),
        lang: Some(document.language.clone()).filter(|language| !language.is_empty()),
        ..Feed::default()
    }
}

fn namespaces(document: &Document<'_>) -> BTreeMap<String, String> {
    let media = ("media".to_owned(), MEDIA.to_owned());
    let tombstones = ("at".to_owned(), TOMBSTONES.to_owned());
    let is_told = !document.output.removed.is_empty();
    std::iter::once(media).chain(is_told.then_some(tombstones)).collect()
}

/// Stories that this feed had and has no more (RFC 6721), so that readers remove them as well.
fn removed(document: &Document<'_>) -> ExtensionMap {
    let told = document.output.removed.iter().map(|removed| Extension {
        name: DELETED_ENTRY.to_owned(),
        // atom_syndication 0.12 writes attribute values of extensions as they are.
        attrs: BTreeMap::from([
            ("ref".to_owned(), escape(safe::line(&removed.id).as_str()).into_owned()),
            ("when".to_owned(), removed.at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        ]),
        ..Extension::default()
    });
    let told: Vec<Extension> = told.collect();
    if told.is_empty() {
        return ExtensionMap::new();
    }
    let named = BTreeMap::from([("deleted-entry".to_owned(), told)]);
    ExtensionMap::from([("at".to_owned(), named)])
}

/// Moves tombstones from behind the entries, where atom_syndication writes extensions, to before
/// them: the schema of RFC 4287 knows no other element after the first entry.
fn with_tombstones_first(feed: Vec<u8>) -> Vec<u8> {
    // In texts and attributes `<` is escaped, so that these are tags.
    let text = std::str::from_utf8(&feed).unwrap_or_default();
    let find = |tag: &str| text.find(tag);
    let places = (find("<entry"), find(&format!("<{DELETED_ENTRY}")), find("</feed>"));
    let (Some(entries), Some(told), Some(end)) = places else { return feed };
    if told < entries {
        return feed;
    }
    let part = |from: usize, to: usize| feed.get(from..to).unwrap_or_default();
    let (head, middle) = (part(0, entries), part(entries, told));
    [head, part(told, end), middle, part(end, feed.len())].concat()
}

fn entry(document: &Document<'_>, story: &PublicStory) -> Entry {
    let authors = if story.authors.is_empty() {
        vec![person(story.origin.organisation_name.clone())]
    } else {
        story.authors.iter().cloned().map(person).collect()
    };
    Entry {
        title: plain(story.title.clone()),
        id: story.id.clone(),
        updated: date(story.updated),
        published: Some(date(story.published)),
        authors,
        categories: categories(document, story),
        links: links(story),
        rights: story.rights.clone().map(plain),
        source: Some(source(&story.origin, story.updated)),
        summary: Some(&story.summary)
            .filter(|summary| !summary.is_empty() && !is_repeated(story))
            .map(|summary| plain(summary.clone())),
        content: content(story),
        extensions: picture(story),
        ..Entry::default()
    }
}

/// RFC 4287 §4.1.2: an entry has content or an alternate link.
fn content(story: &PublicStory) -> Option<Content> {
    let (value, kind) = if !story.content_html.is_empty() {
        (story.content_html.clone(), "html")
    } else if story.url.is_none() {
        (story.title.clone(), "text")
    } else {
        return None;
    };
    Some(Content { value: Some(value), content_type: Some(kind.to_owned()), ..Content::default() })
}

fn categories(document: &Document<'_>, story: &PublicStory) -> Vec<Category> {
    let ours = story.tags.iter().map(|(id, name)| Category {
        term: id.clone(),
        scheme: Some(document.tag_scheme()),
        label: Some(name.clone()),
    });
    let theirs = story.categories.iter().map(|name| Category {
        term: name.clone(),
        scheme: None,
        label: None,
    });
    ours.chain(theirs).collect()
}

fn links(story: &PublicStory) -> Vec<Link> {
    let language = |code: &str| Some(code.to_owned()).filter(|code| !code.is_empty());
    let own = story.url.clone().map(|url| Link {
        hreflang: language(&story.language),
        ..link("alternate", url, Some("text/html"))
    });
    let editions = story.editions.iter().filter_map(|edition| {
        Some(Link {
            hreflang: language(&edition.language),
            ..link("alternate", edition.url.clone()?, Some("text/html"))
        })
    });
    let also = story.also.iter().filter_map(|credit| {
        Some(Link {
            title: Some(format!("also published by {}", credit.organisation_name)),
            ..link("via", credit.url.clone()?, Some("text/html"))
        })
    });
    let enclosures = story.enclosures.iter().map(|enclosure| Link {
        length: (enclosure.length > 0).then(|| enclosure.length.to_string()),
        ..link("enclosure", enclosure.url.clone(), Some(&enclosure.media_type))
    });
    own.into_iter().chain(editions).chain(also).chain(enclosures).collect()
}

/// Where the story comes from, as RFC 4287 §4.2.11 asks of those who copy entries.
fn source(origin: &Credit, updated: DateTime<Utc>) -> Source {
    let own = Some(origin.source_url.clone())
        .filter(|url| !url.is_empty())
        .map(|url| link("self", url, None));
    let site = origin.source_site.clone().or_else(|| origin.organisation_site.clone());
    let site = site.map(|url| link("alternate", url, Some("text/html")));
    Source {
        title: plain(origin.source_name.clone()),
        id: origin.source_feed_id.clone(),
        updated: date(updated),
        authors: vec![person(origin.organisation_name.clone())],
        links: own.into_iter().chain(site).collect(),
        rights: origin.source_rights.clone().map(plain),
        ..Source::default()
    }
}

fn picture(story: &PublicStory) -> ExtensionMap {
    let Some(image) = &story.image else { return ExtensionMap::new() };
    let thumbnail = Extension {
        name: "media:thumbnail".to_owned(),
        // atom_syndication 0.12 writes attribute values of extensions as they are.
        attrs: BTreeMap::from([("url".to_owned(), escape(image.as_str()).into_owned())]),
        ..Extension::default()
    };
    let named = BTreeMap::from([("thumbnail".to_owned(), vec![thumbnail])]);
    ExtensionMap::from([("media".to_owned(), named)])
}

fn link(rel: &str, href: String, media_type: Option<&str>) -> Link {
    Link { rel: rel.to_owned(), href, mime_type: media_type.map(str::to_owned), ..Link::default() }
}

fn plain(value: String) -> Text {
    Text { value, r#type: TextType::Text, ..Text::default() }
}

/// A name only: an address would invite those who collect them.
fn person(name: String) -> Person {
    Person { name, ..Person::default() }
}

fn date(time: DateTime<Utc>) -> DateTime<FixedOffset> {
    seconds(time).fixed_offset()
}
