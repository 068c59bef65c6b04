//! RSS 2.0, with `content:encoded`, Dublin Core, Media RSS thumbnails and `atom:link`.
//!
//! Authors are `dc:creator`, since RSS's own `author` demands an e-mail address. Further
//! publishers are `atom:link rel="via"`, editions `rel="alternate"` with `hreflang`. The
//! description is the excerpt, as HTML; the whole text comes after it.

use std::collections::BTreeMap;

use ::rss::extension::atom::{AtomExtension, Link};
use ::rss::extension::dublincore::DublinCoreExtension;
use ::rss::extension::{Extension, ExtensionMap};
use ::rss::{Category, Channel, Enclosure, Guid, Item, Source};
use chrono::{DateTime, Utc};

use crate::model::PublicStory;

use super::document::{Document, is_repeated};
use super::{PROGRAM, RenderError, Rendered, VERSION, address, proof};

/// Namespace of Media RSS; the crate declares those that it knows by itself.
pub(super) const MEDIA: &str = "http://search.yahoo.com/mrss/";

/// Where the format is described, for whoever finds the file.
const DOCS: &str = "https://www.rssboard.org/rss-specification";

/// The document `rss.xml` of an output.
pub(super) fn render(document: &Document<'_>) -> Result<Rendered, RenderError> {
    let path = document.path(address::RSS);
    let channel = channel(document);
    let failed = |reason: String| RenderError::Format { path: path.clone(), format: "RSS", reason };
    let written =
        channel.pretty_write_to(Vec::new(), b' ', 1).map_err(|error| failed(error.to_string()))?;
    let bytes = proof::rss_titles(&written).map_err(failed)?;
    proof::rss(&bytes, &channel)
        .map_err(|reason| RenderError::Unreadable { path: path.clone(), reason })?;
    Ok(Rendered { path, bytes })
}

fn channel(document: &Document<'_>) -> Channel {
    let site = document.site;
    let mut links = vec![link("self", document.address(address::RSS), "application/rss+xml")];
    if let Some(hub) = &site.hub {
        links.push(Link { rel: "hub".to_owned(), href: hub.to_string(), ..Link::default() });
    }
    Channel {
        title: document.feed_title(),
        link: document.page_address(),
        description: document.description(),
        language: Some(document.language.clone()).filter(|language| !language.is_empty()),
        last_build_date: Some(date(document.updated())),
        generator: Some(format!("{PROGRAM}/{VERSION} (+{})", document.about_address())),
        docs: Some(DOCS.to_owned()),
        atom_ext: Some(AtomExtension { links }),
        namespaces: BTreeMap::from([("media".to_owned(), MEDIA.to_owned())]),
        items: document.stories.iter().map(|story| item(document, story)).collect(),
        ..Channel::default()
    }
}

fn item(document: &Document<'_>, story: &PublicStory) -> Item {
    let excerpt = html_of(&story.summary);
    let (description, content) = match (excerpt.is_empty(), story.content_html.is_empty()) {
        (true, true) => (None, None),
        (false, true) => (Some(excerpt), None),
        (true, false) => (Some(story.content_html.clone()), None),
        (false, false) if is_repeated(story) => (Some(story.content_html.clone()), None),
        (false, false) => (Some(excerpt), Some(story.content_html.clone())),
    };
    Item {
        title: Some(story.title.clone()),
        link: story.url.clone(),
        description,
        content,
        categories: categories(document, story),
        enclosure: story.enclosures.first().map(|enclosure| Enclosure {
            url: enclosure.url.clone(),
            length: enclosure.length.to_string(),
            mime_type: enclosure.media_type.clone(),
        }),
        guid: Some(Guid {
            value: story.id.clone(),
            permalink: story.url.as_ref() == Some(&story.id),
        }),
        pub_date: Some(date(story.published)),
        source: source(story),
        extensions: picture(story),
        atom_ext: atom_links(story),
        dublin_core_ext: Some(dublin_core(story)),
        ..Item::default()
    }
}

fn categories(document: &Document<'_>, story: &PublicStory) -> Vec<Category> {
    let ours = story
        .tags
        .iter()
        .map(|(_, name)| Category { name: name.clone(), domain: Some(document.tag_scheme()) });
    let theirs = story.categories.iter().map(|name| Category { name: name.clone(), domain: None });
    ours.chain(theirs).collect()
}

/// `source` demands a url: a file source is credited with its web site.
fn source(story: &PublicStory) -> Option<Source> {
    let origin = &story.origin;
    let url = Some(origin.source_url.clone())
        .filter(|url| !url.is_empty())
        .or_else(|| origin.source_site.clone())
        .or_else(|| origin.organisation_site.clone())?;
    Some(Source { url, title: Some(origin.source_name.clone()) })
}

fn dublin_core(story: &PublicStory) -> DublinCoreExtension {
    let creators = if story.authors.is_empty() {
        vec![story.origin.organisation_name.clone()]
    } else {
        story.authors.clone()
    };
    // RFC 4946 has the item's rights beat the feed's; the same holds here.
    let rights = story.rights.clone().or_else(|| story.origin.source_rights.clone());
    DublinCoreExtension {
        creators,
        publishers: vec![story.origin.organisation_name.clone()],
        languages: Some(story.language.clone()).filter(|l| !l.is_empty()).into_iter().collect(),
        rights: rights.into_iter().collect(),
        ..DublinCoreExtension::default()
    }
}

fn atom_links(story: &PublicStory) -> Option<AtomExtension> {
    let also = story.also.iter().filter_map(|credit| {
        Some(Link {
            rel: "via".to_owned(),
            href: credit.url.clone()?,
            mime_type: Some("text/html".to_owned()),
            title: Some(format!("also published by {}", credit.organisation_name)),
            ..Link::default()
        })
    });
    let editions = story.editions.iter().filter_map(|edition| {
        Some(Link {
            hreflang: Some(edition.language.clone()).filter(|language| !language.is_empty()),
            ..link("alternate", edition.url.clone()?, "text/html")
        })
    });
    let links: Vec<_> = also.chain(editions).collect();
    (!links.is_empty()).then_some(AtomExtension { links })
}

fn link(rel: &str, href: String, media_type: &str) -> Link {
    Link { rel: rel.to_owned(), href, mime_type: Some(media_type.to_owned()), ..Link::default() }
}

/// The story's picture, and the enclosures for which RSS itself has no room.
fn picture(story: &PublicStory) -> ExtensionMap {
    let mut elements = BTreeMap::new();
    if let Some(image) = &story.image {
        let thumbnail = element("thumbnail", [("url", image.clone())]);
        elements.insert("thumbnail".to_owned(), vec![thumbnail]);
    }
    let further: Vec<_> = story
        .enclosures
        .iter()
        .skip(1)
        .map(|enclosure| {
            let described =
                [("url", enclosure.url.clone()), ("type", enclosure.media_type.clone())];
            let length = (enclosure.length > 0).then(|| enclosure.length.to_string());
            let sized = length.map(|length| ("fileSize", length));
            element("content", described.into_iter().chain(sized))
        })
        .collect();
    if !further.is_empty() {
        elements.insert("content".to_owned(), further);
    }
    if elements.is_empty() { ExtensionMap::new() } else { [("media".to_owned(), elements)].into() }
}

fn element(name: &str, attributes: impl IntoIterator<Item = (&'static str, String)>) -> Extension {
    Extension {
        name: format!("media:{name}"),
        attrs: attributes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        ..Extension::default()
    }
}

/// Plain text as HTML, which is what feed readers take a description for.
fn html_of(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// RFC 822 as RSS wants it: English names, four digits for the year, a numeric zone.
fn date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
