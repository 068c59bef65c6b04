//! JSON Feed 1.1, with an extension `_samizdat` for what the format has no words for: who
//! published a story, where it was published as well, and in which languages it exists; and for
//! what `restore --from-outputs` needs to know a story again: when it was first seen, when it
//! entered the wire, and hashes of the identities that its sources gave it.

use chrono::SecondsFormat;
use serde::{Serialize, Serializer};

use crate::model::{Credit, Edition, Enclosure, PublicStory};

use super::document::{Document, is_repeated};
use super::{RenderError, Rendered, address, proof};

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    description: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    language: &'a str,
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    #[serde(rename = "_samizdat")]
    samizdat: FeedExtension<'a>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(serialize_with = "date")]
    date_published: chrono::DateTime<chrono::Utc>,
    #[serde(serialize_with = "date")]
    date_modified: chrono::DateTime<chrono::Utc>,
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    #[serde(rename = "_samizdat")]
    samizdat: Extension<'a>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "is_unknown")]
    size_in_bytes: u64,
}

#[derive(Serialize)]
struct FeedExtension<'a> {
    about: &'a str,
    id: &'a str,
    #[serde(serialize_with = "exact_date")]
    created: chrono::DateTime<chrono::Utc>,
}

#[derive(Serialize)]
struct Extension<'a> {
    about: &'a str,
    organisation: Named<'a>,
    source: Source<'a>,
    entry: String,
    #[serde(serialize_with = "exact_date")]
    first_seen: chrono::DateTime<chrono::Utc>,
    #[serde(serialize_with = "exact_date")]
    entered: chrono::DateTime<chrono::Utc>,
    #[serde(serialize_with = "exact_date")]
    sorted: chrono::DateTime<chrono::Utc>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Also<'a>>,
    #[serde(skip_serializing_if = "<[Edition]>::is_empty")]
    editions: &'a [Edition],
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Source<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    feed_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
}

#[derive(Serialize)]
struct Also<'a> {
    organisation: Named<'a>,
    source: Source<'a>,
    entry: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// The document `feed.json` of an output.
pub(super) fn render(document: &Document<'_>) -> Result<Rendered, RenderError> {
    let path = document.path(address::JSON);
    let about = document.about_address();
    let editor = document.editor();
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: document.feed_title(),
        home_page_url: document.page_address(),
        feed_url: document.address(address::JSON),
        description: document.description(),
        language: &document.language,
        authors: vec![Author { name: &editor }],
        hubs: (document.site.hub.iter())
            .map(|hub| Hub { kind: "WebSub", url: hub.as_str() })
            .collect(),
        samizdat: FeedExtension {
            about: &about,
            id: &document.output.feed_id,
            created: document.output.created,
        },
        items: document.stories.iter().map(|story| item(story, &about)).collect(),
    };
    let failed = |error: serde_json::Error| RenderError::Format {
        path: path.clone(),
        format: "JSON Feed",
        reason: error.to_string(),
    };
    let mut bytes = serde_json::to_vec_pretty(&feed).map_err(failed)?;
    bytes.push(b'\n');
    proof::json(&bytes, document.stories.len())
        .map_err(|reason| RenderError::Unreadable { path: path.clone(), reason })?;
    Ok(Rendered { path, bytes })
}

fn item<'a>(story: &'a PublicStory, about: &'a str) -> Item<'a> {
    let said = |words: &'a str| Some(words).filter(|words| !words.is_empty());
    let content_html = said(&story.content_html);
    // Every item has one of the two: where only a link may be given, the title stands in.
    let content_text = match content_html {
        Some(_) => None,
        None => said(&story.summary).or(Some(&story.title)),
    };
    let authors = if story.authors.is_empty() {
        vec![Author { name: &story.origin.organisation_name }]
    } else {
        story.authors.iter().map(|name| Author { name }).collect()
    };
    let names = story.tags.iter().map(|(_, name)| name).chain(&story.categories);
    Item {
        id: &story.id,
        url: story.url.as_deref(),
        title: &story.title,
        content_html,
        content_text,
        summary: content_html.and(said(&story.summary)).filter(|_| !is_repeated(story)),
        image: story.image.as_deref(),
        date_published: story.published,
        date_modified: story.updated,
        authors,
        tags: names.map(String::as_str).collect(),
        language: &story.language,
        attachments: story.enclosures.iter().map(attachment).collect(),
        samizdat: Extension {
            about,
            organisation: organisation(&story.origin),
            source: source(&story.origin),
            entry: digits(story.origin.entry),
            first_seen: story.first_seen,
            entered: story.entered,
            sorted: story.sort_date,
            tags: story.tags.iter().map(|(id, _)| id.as_str()).collect(),
            rights: story.rights.as_deref(),
            also: story
                .also
                .iter()
                .map(|credit| Also {
                    organisation: organisation(credit),
                    source: source(credit),
                    entry: digits(credit.entry),
                    url: credit.url.as_deref(),
                })
                .collect(),
            editions: &story.editions,
        },
    }
}

fn attachment(enclosure: &Enclosure) -> Attachment<'_> {
    Attachment {
        url: &enclosure.url,
        mime_type: &enclosure.media_type,
        size_in_bytes: enclosure.length,
    }
}

fn organisation(credit: &Credit) -> Named<'_> {
    Named {
        id: &credit.organisation,
        name: &credit.organisation_name,
        url: credit.organisation_site.as_deref(),
    }
}

fn source(credit: &Credit) -> Source<'_> {
    Source {
        id: &credit.source,
        name: &credit.source_name,
        url: Some(credit.source_url.as_str()).filter(|url| !url.is_empty()),
        feed_id: &credit.source_feed_id,
        site: credit.source_site.as_deref(),
        rights: credit.source_rights.as_deref(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_unknown(length: &u64) -> bool {
    *length == 0
}

fn digits(hash: u128) -> String {
    format!("{hash:032x}")
}

/// With all of its digits, so that what is read back is in the same order.
fn exact_date<S: Serializer>(
    time: &chrono::DateTime<chrono::Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn date<S: Serializer>(
    time: &chrono::DateTime<chrono::Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
