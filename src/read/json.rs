//! JSON Feed 1.0 and 1.1.
//!
//! The document is first read as any JSON, since feed-rs rejects the whole feed for one number
//! where a string should be. What feed-rs models well is handed to it as strings; what it drops
//! (hubs, languages, pictures, attachments, names beside addresses) is taken from the document.

use serde_json::{Map, Value, json};
use url::Url;

use super::{Input, ReadError, details, json_repair, media, model, people};
use crate::model::{
    Enclosure, EntryDetails, FeedDetails, Format, Hints, Medium, RawContent, RawDocument, RawEntry,
    Related,
};

/// Nesting that serde_json reads.
const MAX_DEPTH: usize = 128;
/// Most entries of one document.
const MAX_ENTRIES: usize = 100_000;

/// Most hubs that are listed.
const MOST_LISTED: usize = 50;

/// Reads a JSON Feed.
pub(super) fn read(text: &str, input: &Input<'_>) -> Result<RawDocument, ReadError> {
    let mut repairs = Vec::new();
    let value = parse(text, &mut repairs)?;
    let not_a_feed = ReadError::NotAFeed { what: "JSON that is not a JSON Feed" };
    let Value::Object(mut feed) = value else { return Err(not_a_feed) };
    let Some(Value::Array(items)) = feed.remove("items") else { return Err(not_a_feed) };
    if items.len() > MAX_ENTRIES {
        return Err(ReadError::TooLarge { what: "more than 100,000 entries" });
    }
    let version = string(feed.get("version")).unwrap_or_default();
    if !version.contains("jsonfeed.org/version/1") {
        // Any API may answer with `items`; a JSON Feed also says what it is a feed of.
        if !["title", "home_page_url", "feed_url"].iter().any(|key| feed.contains_key(*key)) {
            return Err(not_a_feed);
        }
        repairs.push("a JSON Feed without a known version was read as 1.1".to_owned());
    }
    let is_odd = |item: &Value| item.get("id").is_some_and(|id| !id.is_string() && !id.is_null());
    if items.iter().any(is_odd) {
        repairs.push("ids that are not strings were made strings".to_owned());
    }
    let given = items.len();
    let items: Vec<Map<String, Value>> = items
        .into_iter()
        .filter_map(|item| if let Value::Object(item) = item { Some(item) } else { None })
        .collect();
    if items.is_empty() && given > 0 {
        return Err(ReadError::NoEntries);
    }

    let prepared = prepare(&feed, &items);
    let broken = |what: String| ReadError::Malformed { line: 1, column: 1, what };
    let parsed = model::parse(&prepared.to_string(), input.base, input.zone).map_err(broken)?;
    let mut authors = Vec::new();
    names(&feed, &mut authors);
    let entries: Vec<RawEntry> = parsed
        .entries
        .into_iter()
        .zip(&items)
        .map(|(entry, item)| raw_entry(entry, item, input.base))
        .filter(|entry| entry.guid.is_some() || entry.link.is_some() || entry.content.is_some())
        .collect();
    if entries.len() < given {
        repairs.push("entries with nothing in them were left out".to_owned());
    }
    Ok(RawDocument {
        format: Format::Json,
        title: text_of(&feed, "title"),
        id: string(feed.get("feed_url")),
        site: url_of(&feed, "home_page_url", input.base),
        language: string(feed.get("language")),
        hub: hub(&feed, input.base),
        rights: None,
        updated: None,
        authors,
        image: url_of(&feed, "icon", input.base).or_else(|| url_of(&feed, "favicon", input.base)),
        hints: Hints::default(),
        details: feed_details(&feed, input.base),
        entries,
        repairs,
    })
}

fn parse(text: &str, repairs: &mut Vec<String>) -> Result<Value, ReadError> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if error.is_eof() {
        return Err(ReadError::Truncated);
    }
    if error.to_string().starts_with("recursion limit") {
        return Err(ReadError::TooDeep { limit: MAX_DEPTH });
    }
    let mended = json_repair::mend(text);
    match serde_json::from_str(&mended) {
        Ok(value) => {
            repairs.push("characters and commas that JSON forbids were mended".to_owned());
            Ok(value)
        }
        Err(second) if second.is_eof() => Err(ReadError::Truncated),
        Err(_) if !text.contains("\"items\"") => {
            Err(ReadError::NotAFeed { what: "something like JSON that is not a JSON Feed" })
        }
        Err(_) => Err(ReadError::Malformed {
            line: error.line(),
            column: error.column(),
            what: error.to_string(),
        }),
    }
}

/// The part of the document that feed-rs models, as it wants it.
fn prepare(feed: &Map<String, Value>, items: &[Map<String, Value>]) -> Value {
    let keys = [
        "id",
        "url",
        "external_url",
        "title",
        "content_html",
        "content_text",
        "summary",
        "date_published",
        "date_modified",
    ];
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            let kept = keys.iter().filter_map(|key| {
                Some(((*key).to_owned(), Value::String(string(item.get(*key))?)))
            });
            Value::Object(kept.collect())
        })
        .collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": string(feed.get("title")).unwrap_or_default(),
        "items": items,
    })
}

fn raw_entry(entry: feed_rs::model::Entry, item: &Map<String, Value>, base: &Url) -> RawEntry {
    let mut authors = Vec::new();
    names(item, &mut authors);
    let unread = ["date_published", "date_modified"].iter().find_map(|key| string(item.get(*key)));
    let is_dated = entry.published.is_some() || entry.updated.is_some();
    RawEntry {
        guid: string(item.get("id")),
        link: url_of(item, "url", base).or_else(|| url_of(item, "external_url", base)),
        title: text_of(item, "title"),
        summary: text_of(item, "summary"),
        content: entry.content.and_then(|content| {
            let body = content.body.filter(|body| !body.is_empty())?;
            let is_html = content.content_type.subty().as_str() == "html";
            Some(if is_html { RawContent::Html(body) } else { RawContent::Text(body) })
        }),
        authors,
        published: entry.published,
        updated: entry.updated,
        categories: strings(item, "tags"),
        image: url_of(item, "image", base).or_else(|| url_of(item, "banner_image", base)),
        enclosures: enclosures(item, base),
        language: string(item.get("language")),
        rights: None,
        base: None,
        details: entry_details(item, base),
        unread_date: unread.filter(|_| !is_dated),
    }
}

/// A string, or a number as one; `None` where nothing is said.
fn string(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn text_of(object: &Map<String, Value>, key: &str) -> Option<RawContent> {
    string(object.get(key)).map(RawContent::Text)
}

fn url_of(object: &Map<String, Value>, key: &str, base: &Url) -> Option<String> {
    string(object.get(key)).and_then(|url| media::absolute(&url, base))
}

fn strings(object: &Map<String, Value>, key: &str) -> Vec<String> {
    let list = object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for text in list.iter().filter_map(|value| string(Some(value))).take(200) {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// `authors` of 1.1, `author` of 1.0; each an object, now and then a bare name.
fn names(object: &Map<String, Value>, authors: &mut Vec<String>) {
    let list = object.get("authors").and_then(Value::as_array).map(Vec::as_slice);
    for author in list.unwrap_or_default().iter().chain(object.get("author")) {
        if let Some(name) = string(author.get("name")).or_else(|| string(Some(author))) {
            people::add(authors, &name);
        }
    }
}

/// Other parts of the feed, and hubs.
fn feed_details(feed: &Map<String, Value>, base: &Url) -> FeedDetails {
    let link = |rel: &str, key: &str| {
        Some(Related { rel: rel.to_owned(), url: url_of(feed, key, base)?, language: None })
    };
    let hubs = feed.get("hubs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    FeedDetails {
        hubs: hubs
            .iter()
            .take(MOST_LISTED)
            .filter_map(|hub| media::absolute(&string(hub.get("url"))?, base))
            .collect(),
        links: [link("self", "feed_url"), link("next", "next_url")].into_iter().flatten().collect(),
        // It will not change any more.
        archive: feed.get("expired").and_then(Value::as_bool).unwrap_or_default(),
        ..FeedDetails::default()
    }
}

/// Attachments of one title are the same recording in several forms.
fn entry_details(item: &Map<String, Value>, base: &Url) -> EntryDetails {
    let list = item.get("attachments").and_then(Value::as_array).map(Vec::as_slice);
    let mut titles: Vec<String> = Vec::new();
    let mut media = Vec::new();
    for file in list.unwrap_or_default().iter().take(media::MOST_ENCLOSURES) {
        let Some(url) = string(file.get("url")).and_then(|url| media::absolute(&url, base)) else {
            continue;
        };
        let group = string(file.get("title")).map(|title| {
            let at = titles.iter().position(|known| *known == title).unwrap_or_else(|| {
                titles.push(title);
                titles.len().saturating_sub(1)
            });
            at.saturating_add(1)
        });
        let duration = file.get("duration_in_seconds").and_then(Value::as_f64);
        media.push(Medium {
            url,
            media_type: string(file.get("mime_type")).unwrap_or_default(),
            group,
            duration: duration.and_then(|seconds| details::seconds(&seconds.to_string())),
            ..Medium::default()
        });
    }
    let external = url_of(item, "external_url", base).filter(|_| item.contains_key("url"));
    let related = external.map(|url| Related { rel: "related".to_owned(), url, language: None });
    EntryDetails { media, links: related.into_iter().collect(), ..EntryDetails::default() }
}

fn hub(feed: &Map<String, Value>, base: &Url) -> Option<String> {
    let hubs = feed.get("hubs")?.as_array()?;
    let websub = |hub: &&Value| {
        string(hub.get("type")).is_none_or(|kind| kind.eq_ignore_ascii_case("websub"))
    };
    let url = string(hubs.iter().find(websub)?.get("url"))?;
    media::absolute(&url, base)
}

fn enclosures(item: &Map<String, Value>, base: &Url) -> Vec<Enclosure> {
    let list = item.get("attachments").and_then(Value::as_array).map(Vec::as_slice);
    list.unwrap_or_default()
        .iter()
        .take(media::MOST_ENCLOSURES)
        .filter_map(|file| {
            Some(Enclosure {
                url: media::absolute(&string(file.get("url"))?, base)?,
                media_type: string(file.get("mime_type")).unwrap_or_default(),
                length: file.get("size_in_bytes").and_then(Value::as_u64).unwrap_or_default(),
            })
        })
        .collect()
}
