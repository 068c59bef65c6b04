//! `feed.json` read back.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{RecalledCredit, RecalledOutput, RecalledStory};
use crate::model::Enclosure;

#[derive(Deserialize)]
struct JsonFeed {
    #[serde(rename = "_samizdat")]
    samizdat: JsonFeedExtension,
    items: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct JsonFeedExtension {
    id: String,
    created: DateTime<Utc>,
}

#[derive(Deserialize)]
struct JsonItem {
    id: String,
    url: Option<String>,
    title: String,
    content_html: Option<String>,
    content_text: Option<String>,
    summary: Option<String>,
    image: Option<String>,
    date_published: DateTime<Utc>,
    date_modified: DateTime<Utc>,
    #[serde(default)]
    authors: Vec<JsonAuthor>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    language: String,
    #[serde(default)]
    attachments: Vec<JsonAttachment>,
    #[serde(rename = "_samizdat")]
    samizdat: JsonExtension,
}

#[derive(Deserialize)]
struct JsonAuthor {
    name: String,
}

#[derive(Deserialize)]
struct JsonAttachment {
    url: String,
    mime_type: String,
    #[serde(default)]
    size_in_bytes: u64,
}

#[derive(Deserialize)]
struct JsonExtension {
    organisation: JsonNamed,
    source: JsonSource,
    entry: Option<String>,
    first_seen: Option<DateTime<Utc>>,
    entered: Option<DateTime<Utc>>,
    sorted: Option<DateTime<Utc>>,
    #[serde(default)]
    tags: Vec<String>,
    rights: Option<String>,
    #[serde(default)]
    also: Vec<JsonAlso>,
}

#[derive(Deserialize)]
struct JsonNamed {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct JsonSource {
    id: String,
    name: String,
    url: Option<String>,
    #[serde(default)]
    feed_id: String,
    site: Option<String>,
    rights: Option<String>,
}

#[derive(Deserialize)]
struct JsonAlso {
    organisation: JsonNamed,
    source: JsonSource,
    entry: Option<String>,
    url: Option<String>,
}

/// The output and the stories of one `feed.json`; what cannot be read of it goes to `problems`.
pub(super) fn json(
    bytes: &[u8],
    directory: &str,
    problems: &mut Vec<String>,
) -> Result<(RecalledOutput, Vec<RecalledStory>), String> {
    let feed: JsonFeed = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let output = RecalledOutput {
        directory: directory.to_owned(),
        feed_id: feed.samizdat.id,
        created: feed.samizdat.created,
        oldest_entered: None,
    };
    let mut stories = Vec::new();
    for item in feed.items {
        match serde_json::from_value::<JsonItem>(item) {
            Ok(item) => stories.push(json_story(item)),
            Err(error) => problems.push(error.to_string()),
        }
    }
    Ok((output, stories))
}

fn json_story(item: JsonItem) -> RecalledStory {
    let extension = item.samizdat;
    let credit =
        |organisation: JsonNamed, source: JsonSource, entry: Option<String>, url| RecalledCredit {
            source: source.id,
            source_name: source.name,
            source_feed_id: source.feed_id,
            source_url: source.url.unwrap_or_default(),
            source_site: source.site,
            source_rights: source.rights,
            organisation: organisation.id,
            organisation_name: organisation.name,
            url,
            entry: entry.and_then(|digits| u128::from_str_radix(&digits, 16).ok()),
        };
    let first_seen = extension.first_seen.unwrap_or(item.date_published);
    // Where there was nothing else to show, the title stood in for the text.
    let words = item.content_text.filter(|words| *words != item.title);
    let has_own_author = |author: &JsonAuthor| author.name != extension.organisation.name;
    RecalledStory {
        id: item.id,
        title: item.title,
        summary: item.summary.or(words).unwrap_or_default(),
        content_html: item.content_html.unwrap_or_default(),
        language: item.language,
        // Where a source names nobody, its organisation stands in.
        authors: if item.authors.len() > 1 || item.authors.iter().any(has_own_author) {
            item.authors.into_iter().map(|author| author.name).collect()
        } else {
            Vec::new()
        },
        published: item.date_published,
        updated: item.date_modified,
        first_seen,
        entered: extension.entered.unwrap_or(first_seen),
        sort_date: extension.sorted.unwrap_or(item.date_published),
        origin: credit(extension.organisation, extension.source, extension.entry, item.url),
        also: (extension.also.into_iter())
            .map(|also| credit(also.organisation, also.source, also.entry, also.url))
            .collect(),
        tags: extension.tags,
        labels: item.tags,
        image: item.image,
        enclosures: item
            .attachments
            .into_iter()
            .map(|file| Enclosure {
                url: file.url,
                media_type: file.mime_type,
                length: file.size_in_bytes,
            })
            .collect(),
        rights: extension.rights,
        outputs: Vec::new(),
    }
}
