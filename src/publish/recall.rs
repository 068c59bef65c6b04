//! Our own outputs read back: what is left of the wire when its store is lost.
//!
//! `feed.json` says everything: ids, dates, credits, tags, and hashes of the identities that the
//! sources gave their items. Where it is missing or broken, `atom.xml` beside it says the most of
//! it. Every output is read, since each has stories that have left the others' windows; a story
//! that is in several counts once, with the most of its words.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::address;
use crate::model::Enclosure;
use crate::world::Files;

/// An output that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecalledOutput {
    /// Its directory below the output directory, with a slash at the end; empty for `all`.
    pub directory: String,
    /// Its own id.
    pub feed_id: String,
    /// When it was made; where that is not said, the date of its newest story.
    pub created: DateTime<Utc>,
}

/// A story as it was published.
#[derive(Debug, Clone, PartialEq)]
pub struct RecalledStory {
    /// Published id.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// HTML; to be made safe before it is stored.
    pub content_html: String,
    /// Primary subtag; empty where unknown.
    pub language: String,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: DateTime<Utc>,
    /// Date of the newest substantive change.
    pub updated: DateTime<Utc>,
    /// Time of first sight.
    pub first_seen: DateTime<Utc>,
    /// Decided about windows.
    pub entered: DateTime<Utc>,
    /// Ordered stories.
    pub sort_date: DateTime<Utc>,
    /// Who led it.
    pub origin: RecalledCredit,
    /// Who published it as well.
    pub also: Vec<RecalledCredit>,
    /// Ids of its tags.
    pub tags: Vec<String>,
    /// Labels: the names of its tags, and the categories of its source.
    pub labels: Vec<String>,
    /// Picture.
    pub image: Option<String>,
    /// Enclosures.
    pub enclosures: Vec<Enclosure>,
    /// Rights or licence.
    pub rights: Option<String>,
}

/// Who published a story, as far as the outputs say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecalledCredit {
    /// Id of the source; empty where only its feed is named.
    pub source: String,
    /// Shown name of the source.
    pub source_name: String,
    /// Id of the feed, or what stood for it.
    pub source_feed_id: String,
    /// Address of the feed; empty where it is not told.
    pub source_url: String,
    /// Web site of the feed.
    pub source_site: Option<String>,
    /// Rights of the whole feed.
    pub source_rights: Option<String>,
    /// Id of the organisation; empty where only its name is known.
    pub organisation: String,
    /// Name of the organisation.
    pub organisation_name: String,
    /// Permalink.
    pub url: Option<String>,
    /// Hash of the identity that the source gave its entry, where it is told.
    pub entry: Option<u128>,
}

/// What outputs say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recalled {
    /// Every output that was found.
    pub outputs: Vec<RecalledOutput>,
    /// Every story in them, in the order in which they entered the wire.
    pub stories: Vec<RecalledStory>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
}

/// Directories below the output directory in which each directory is an output.
const KINDS: [&str; 4] = ["tag", "organisation", "language", "output"];

/// Reads every output below `root`.
///
/// # Errors
/// Where the directory cannot be read. A document that cannot be read is a problem, and the others
/// are read.
pub fn recall(files: &Files, root: &Path) -> io::Result<Recalled> {
    let mut recalled = Recalled::default();
    let mut stories = BTreeMap::new();
    for directory in directories(files, root)? {
        let found = output(files, root, &directory, &mut recalled.problems);
        let Some((output, found)) = found else { continue };
        recalled.outputs.push(output);
        for story in found {
            let known = stories.entry(story.id.clone()).or_insert_with(|| story.clone());
            if known.content_html.len() < story.content_html.len() {
                *known = story;
            }
        }
    }
    recalled.stories = stories.into_values().collect();
    recalled
        .stories
        .sort_by(|a, b| (a.entered, a.sort_date, &a.id).cmp(&(b.entered, b.sort_date, &b.id)));
    Ok(recalled)
}

fn directories(files: &Files, root: &Path) -> io::Result<Vec<String>> {
    let mut found = vec![String::new()];
    for kind in KINDS {
        let above = root.join(kind);
        if files.find(&above)?.is_none_or(|found| !found.is_dir()) {
            continue;
        }
        for path in files.list(&above)? {
            if files.metadata(&path)?.is_dir() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                found.push(format!("{kind}/{name}/"));
            }
        }
    }
    Ok(found)
}

/// One output: from its JSON Feed, else from its Atom feed.
fn output(
    files: &Files,
    root: &Path,
    directory: &str,
    problems: &mut Vec<String>,
) -> Option<(RecalledOutput, Vec<RecalledStory>)> {
    type Read =
        fn(&[u8], &str, &mut Vec<String>) -> Result<(RecalledOutput, Vec<RecalledStory>), String>;
    let formats: [(&str, Read); 2] = [(address::JSON, json), (address::ATOM, atom)];
    for (name, read) in formats {
        let path = format!("{directory}{name}");
        let bytes = match files.read(&root.join(&path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                problems.push(format!("{path}: {error}"));
                continue;
            }
        };
        let mut odd = Vec::new();
        match read(&bytes, directory, &mut odd) {
            Ok(found) => {
                problems.extend(odd.into_iter().map(|odd| format!("{path}: {odd}")));
                return Some(found);
            }
            Err(reason) => problems.push(format!("{path}: {reason}")),
        }
    }
    None
}

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

fn json(
    bytes: &[u8],
    directory: &str,
    problems: &mut Vec<String>,
) -> Result<(RecalledOutput, Vec<RecalledStory>), String> {
    let feed: JsonFeed = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let output = RecalledOutput {
        directory: directory.to_owned(),
        feed_id: feed.samizdat.id,
        created: feed.samizdat.created,
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
    }
}

fn atom(
    bytes: &[u8],
    directory: &str,
    _problems: &mut Vec<String>,
) -> Result<(RecalledOutput, Vec<RecalledStory>), String> {
    let feed = atom_syndication::Feed::read_from(bytes).map_err(|error| error.to_string())?;
    if feed.generator.as_ref().is_none_or(|generator| generator.value != super::PROGRAM) {
        return Err("samizdat did not make it".to_owned());
    }
    let output = RecalledOutput {
        directory: directory.to_owned(),
        feed_id: feed.id,
        created: feed.updated.to_utc(),
    };
    Ok((output, feed.entries.into_iter().map(atom_story).collect()))
}

fn atom_story(entry: atom_syndication::Entry) -> RecalledStory {
    let published = entry.published.unwrap_or(entry.updated).to_utc();
    let source = entry.source.unwrap_or_default();
    let organisation = source.authors.first().map(|author| author.name.clone()).unwrap_or_default();
    let language = |link: &atom_syndication::Link| link.hreflang.clone().unwrap_or_default();
    let alternate = entry.links.iter().find(|link| link.rel == "alternate");
    let of_source =
        |rel: &str| source.links.iter().find(|link| link.rel == rel).map(|link| link.href.clone());
    let also = entry.links.iter().filter(|link| link.rel == "via").map(|link| RecalledCredit {
        organisation_name: link
            .title
            .as_deref()
            .and_then(|title| title.strip_prefix("also published by "))
            .unwrap_or_default()
            .to_owned(),
        url: Some(link.href.clone()),
        ..RecalledCredit::default()
    });
    let ours = |category: &&atom_syndication::Category| category.scheme.is_some();
    let authors: Vec<String> = entry
        .authors
        .iter()
        .map(|author| author.name.clone())
        .filter(|name| *name != organisation)
        .collect();
    RecalledStory {
        id: entry.id,
        title: entry.title.value,
        summary: entry.summary.map(|summary| summary.value).unwrap_or_default(),
        content_html: entry
            .content
            .filter(|content| content.content_type.as_deref() == Some("html"))
            .and_then(|content| content.value)
            .unwrap_or_default(),
        language: alternate.map(language).unwrap_or_default(),
        published,
        updated: entry.updated.to_utc(),
        first_seen: published,
        entered: published,
        sort_date: published,
        also: also.collect(),
        tags: entry.categories.iter().filter(ours).map(|ours| ours.term.clone()).collect(),
        labels: entry
            .categories
            .iter()
            .map(|category| category.label.clone().unwrap_or_else(|| category.term.clone()))
            .collect(),
        image: entry
            .extensions
            .get("media")
            .and_then(|media| media.get("thumbnail")?.first()?.attrs.get("url").cloned()),
        enclosures: entry
            .links
            .iter()
            .filter(|link| link.rel == "enclosure")
            .map(|link| Enclosure {
                url: link.href.clone(),
                media_type: link.mime_type.clone().unwrap_or_default(),
                length: link.length.as_deref().and_then(|n| n.parse().ok()).unwrap_or_default(),
            })
            .collect(),
        rights: entry.rights.map(|rights| rights.value),
        origin: RecalledCredit {
            source_url: of_source("self").unwrap_or_default(),
            source_site: of_source("alternate"),
            source_name: source.title.value,
            source_feed_id: source.id,
            source_rights: source.rights.map(|rights| rights.value),
            organisation_name: organisation,
            url: alternate.map(|link| link.href.clone()),
            ..RecalledCredit::default()
        },
        authors,
    }
}
