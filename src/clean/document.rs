//! The whole: a raw document becomes a clean one.

use std::collections::HashSet;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use url::Url;

use super::identity::{self, Identity, Rungs, Verdict};
use super::words::{self, MAX_TITLE};
use super::{dates, details, fields, html, text, urls};
use crate::model::{CleanDocument, CleanEntry, RawContent, RawDocument, RawEntry};

/// An id of a feed that is longer is none.
const MAX_ID: usize = 2048;

/// Repairs of one document beyond these say nothing new.
pub(super) const MAX_REPAIRS: usize = 50;

/// A repair is one line of this many characters.
pub(super) const MAX_REPAIR: usize = 300;

/// Makes a document safe and tells its entries apart. `base` is the final URL of the document;
/// entries may have a base of their own.
pub fn document(raw: RawDocument, base: &Url) -> CleanDocument {
    let mut repairs = raw.repairs;
    let web = |written: &Option<String>| {
        written.as_deref().and_then(|written| urls::absolute(base, written)).map(String::from)
    };
    let rungs: Vec<Rungs> = raw.entries.iter().map(rungs).collect();
    let feed_authors = fields::authors(&raw.authors);
    let mut entries = Vec::with_capacity(raw.entries.len());
    let mut repeated = 0_usize;
    for (entry, verdict) in raw.entries.iter().zip(identity::climb(&rungs)) {
        match verdict {
            Verdict::Repeats => repeated = repeated.saturating_add(1),
            Verdict::Known(identity) => {
                let own_base = entry.base.as_ref().unwrap_or(base);
                entries.push(clean_entry(entry, identity, own_base, &feed_authors));
            }
        }
    }
    let before = entries.len();
    entries.retain(says_anything);
    if entries.len() < before {
        let count = before - entries.len();
        repairs.push(format!("{count} entries without words, link and files were dropped"));
    }
    if repeated > 0 {
        repairs.push(format!("{repeated} entries that stand in the document twice were dropped"));
    }
    name_by_links(&mut entries);
    // Two steps of reading may have mended the same.
    let mut told = HashSet::new();
    repairs.retain(|repair| told.insert(repair.clone()));
    repairs.truncate(MAX_REPAIRS);
    CleanDocument {
        format: raw.format,
        title: raw
            .title
            .as_ref()
            .map(|title| text::line(&words::plain(title), MAX_TITLE))
            .filter(|title| !title.is_empty()),
        id: raw.id.as_deref().and_then(feed_id),
        site: web(&raw.site),
        language: raw.language.as_deref().and_then(fields::language_tag),
        hub: web(&raw.hub),
        rights: fields::rights(raw.rights.as_deref()),
        updated: raw.updated.filter(|date| dates::is_plausible(*date)),
        details: details::of_feed(raw.details, &raw.hints, base),
        hints: raw.hints,
        entries,
        repairs: repairs.iter().map(|repair| text::line(repair, MAX_REPAIR)).collect(),
    }
}

/// Whether an entry has anything that could be shown.
fn says_anything(entry: &CleanEntry) -> bool {
    entry.title != words::UNTITLED
        || entry.url.is_some()
        || entry.image.is_some()
        || !entry.summary.is_empty()
        || !entry.content_html.is_empty()
        || !entry.enclosures.is_empty()
}

fn feed_id(written: &str) -> Option<String> {
    let id = text::legible(written.trim());
    (!id.is_empty() && id.len() <= MAX_ID).then(|| id.into_owned())
}

/// Names as they were written, so that they are the same whatever the document's own URL is.
fn rungs(raw: &RawEntry) -> Rungs {
    let safe =
        |name: &Option<String>| name.as_deref().map(|name| text::xml_safe(name).into_owned());
    let written = |content: &Option<RawContent>| match content {
        Some(RawContent::Text(text) | RawContent::Html(text)) => text.clone(),
        None => String::new(),
    };
    let content = if raw.content.is_some() { &raw.content } else { &raw.summary };
    Rungs::new(
        safe(&raw.guid).as_deref(),
        safe(&raw.link).as_deref(),
        &written(&raw.title),
        &written(content),
    )
}

fn clean_entry(raw: &RawEntry, known: Identity, base: &Url, feed_authors: &[String]) -> CleanEntry {
    let mut repairs = Vec::new();
    if known.shares_guid {
        repairs.push("its guid is that of other items too, and says nothing".to_owned());
    }
    let url = permalink(raw, base, &mut repairs);
    let words = words::of_entry(raw, base, url.as_deref(), &mut repairs);
    let published = plausible(raw.published, "publication", &mut repairs);
    let updated = plausible(raw.updated, "last change", &mut repairs);
    if let Some(date) = &raw.unread_date {
        repairs.push(format!("its date \"{date}\" cannot be read"));
    }
    let image = raw
        .image
        .as_deref()
        .and_then(|image| urls::loaded(base, image))
        .map(String::from)
        .or_else(|| html::first_image(&words.content_html));
    let mut authors = fields::authors(&raw.authors);
    if authors.is_empty() {
        authors = feed_authors.to_vec();
    }
    let language = raw.language.as_deref().and_then(fields::language_tag);
    let rights = fields::rights(raw.rights.as_deref());
    let details = details::of_entry(&raw.details, base, language.clone(), rights.clone());
    let translations = details.links.iter().filter(|link| {
        link.rel == "alternate" && link.language.is_some() && link.language != language
    });
    CleanEntry {
        editions: fields::editions(translations.map(|link| link.url.as_str()), url.as_deref()),
        details,
        identity: known.identity,
        other_identities: known.others,
        guid: known.guid,
        canonical_link: url.as_deref().filter(|_| known.owns_link).and_then(urls::canonical),
        url,
        claimed_link: None,
        title: words.title,
        summary: words.summary,
        content_html: words.content_html,
        authors,
        published,
        updated,
        categories: fields::categories(&raw.categories),
        image,
        enclosures: fields::enclosures(&raw.enclosures, base),
        language,
        rights,
        repairs: repairs.iter().map(|repair| text::line(repair, MAX_REPAIR)).collect(),
    }
}

/// The link, else a guid that is a web address (RSS 2.0 takes a guid for a permalink).
fn permalink(raw: &RawEntry, base: &Url, repairs: &mut Vec<String>) -> Option<String> {
    if let Some(link) = raw.link.as_deref().filter(|link| !link.trim().is_empty()) {
        if let Some(url) = urls::absolute(base, link) {
            return Some(url.into());
        }
        repairs.push("its link is no web address, and was dropped".to_owned());
    }
    raw.guid.as_deref().and_then(urls::web).map(String::from)
}

fn plausible(
    date: Option<DateTime<Utc>>,
    what: &str,
    repairs: &mut Vec<String>,
) -> Option<DateTime<Utc>> {
    let date = date?;
    if dates::is_plausible(date) {
        return Some(date);
    }
    repairs.push(format!("its date of {what}, {}, cannot be, and was dropped", date.date_naive()));
    None
}

/// A page that several items link to is none of theirs; but each may be a part of it, which its fragment
/// names (`agenda.html#workshop`). A part of a home page names an item where others stand beside it.
fn name_by_links(entries: &mut [CleanEntry]) {
    let parts: Vec<Option<String>> =
        entries.iter().map(|entry| entry.url.as_deref().and_then(urls::part)).collect();
    let mut uses: HashMap<String, usize> = HashMap::new();
    let mut use_once_more = |name: &str| {
        let count = uses.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    };
    for (entry, part) in entries.iter().zip(&parts) {
        let link = entry.canonical_link.as_deref();
        // A home page has no name of its own, but is counted as well.
        link.or(part.as_deref().and_then(page_of)).into_iter().for_each(&mut use_once_more);
        part.as_deref().into_iter().for_each(&mut use_once_more);
    }
    let is_own = |link: &String| uses.get(link) == Some(&1);
    for (entry, part) in entries.iter_mut().zip(parts) {
        let has_company =
            |part: &String| page_of(part).is_some_and(|page| uses.get(page) > Some(&1));
        entry.canonical_link = entry
            .canonical_link
            .take()
            .filter(is_own)
            .or(part.filter(|part| is_own(part) && has_company(part)));
    }
}

fn page_of(part: &str) -> Option<&str> {
    part.split_once('#').map(|(page, _)| page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeedDetails, Format, Hints};

    fn text(text: &str) -> Option<RawContent> {
        Some(RawContent::Text(text.to_owned()))
    }

    #[test]
    fn an_entry_without_anything_is_none() {
        let document = clean(vec![item("3", "", ""), item("4", "", "Four"), item("5", "/5", "")]);
        assert_eq!(document.entries.len(), 2);
        let told = "1 entries without words, link and files were dropped";
        assert!(document.repairs.iter().any(|repair| repair == told), "{:?}", document.repairs);
    }

    fn item(guid: &str, link: &str, title: &str) -> RawEntry {
        let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        RawEntry { guid: named(guid), link: named(link), title: text(title), ..RawEntry::default() }
    }

    fn clean(entries: Vec<RawEntry>) -> CleanDocument {
        let raw = RawDocument {
            format: Format::Rss,
            title: text("A\u{0} feed"),
            id: Some(" urn:x ".to_owned()),
            site: Some("/".to_owned()),
            language: Some("en_GB".to_owned()),
            hub: Some("javascript:x".to_owned()),
            rights: Some("<b>CC</b> BY".to_owned()),
            updated: DateTime::from_timestamp(0, 0),
            authors: vec!["desk@a.org (The desk)".to_owned()],
            image: None,
            hints: Hints::default(),
            details: FeedDetails::default(),
            entries,
            repairs: vec!["x\ny".to_owned(), "x\ny".to_owned()],
        };
        document(raw, &Url::parse("https://www.a.org/feed/").unwrap())
    }

    #[test]
    fn the_document_is_made_safe_field_by_field() {
        let document = clean(Vec::new());
        assert_eq!(document.title.as_deref(), Some("A feed"));
        assert_eq!(document.id.as_deref(), Some("urn:x"));
        assert_eq!(document.site.as_deref(), Some("https://www.a.org/"));
        assert_eq!(document.language.as_deref(), Some("en-gb"));
        assert_eq!(document.hub, None);
        assert_eq!(document.rights.as_deref(), Some("CC BY"));
        assert_eq!(document.updated, None);
        assert_eq!(document.repairs, ["x y"]);
    }

    #[test]
    fn an_entry_is_made_safe_field_by_field() {
        let raw = RawEntry {
            content: Some(RawContent::Html("<p onclick=x>Hello <img src='i.jpg'></p>".to_owned())),
            published: dates::parse("1970-01-01", None),
            updated: dates::parse("2024-02-14", None),
            base: Some(Url::parse("https://b.org/dir/").unwrap()),
            unread_date: Some("yesterday".to_owned()),
            ..item("https://a.org/?p=1", "../story/?utm_source=rss", "T")
        };
        let document = clean(vec![raw]);
        let entry = &document.entries[0];
        assert_eq!(entry.identity, "https://a.org/?p=1");
        assert_eq!(entry.guid.as_deref(), Some("https://a.org/?p=1"));
        assert_eq!(entry.url.as_deref(), Some("https://b.org/story/?utm_source=rss"));
        assert_eq!(entry.canonical_link.as_deref(), Some("https://b.org/story"));
        assert_eq!(entry.content_html, "<p>Hello <img src=\"https://b.org/dir/i.jpg\"></p>");
        assert_eq!(entry.image.as_deref(), Some("https://b.org/dir/i.jpg"));
        assert_eq!(entry.summary, "Hello");
        assert_eq!(entry.authors, ["The desk"]);
        assert_eq!(entry.published, None);
        assert!(entry.updated.is_some());
        assert_eq!(entry.repairs.len(), 2, "{:?}", entry.repairs);
    }

    #[test]
    fn h58_links_that_identify_nothing_have_no_canonical_form() {
        let document = clean(vec![
            item("1", "https://a.org/", "a"),
            item("2", "https://a.org/news?utm_source=1", "b"),
            item("3", "https://a.org/news", "c"),
            item("4", "https://a.org/own", "d"),
        ]);
        let links: Vec<_> =
            document.entries.iter().map(|entry| entry.canonical_link.as_deref()).collect();
        assert_eq!(links, [None, None, None, Some("https://a.org/own")]);
    }

    #[test]
    fn items_that_are_parts_of_one_page_are_named_by_their_fragments() {
        let links = |written: &[&str]| {
            let items = written.iter().map(|link| item("", link, link)).collect();
            let entries = clean(items).entries.into_iter();
            entries.map(|entry| entry.canonical_link).collect::<Vec<_>>()
        };
        let told = links(&["http://www.a.org/x/#one", "/x?utm_source=rss#two", "/own#three"]);
        let expected = ["https://a.org/x#one", "https://a.org/x#two", "https://a.org/own"];
        assert_eq!(told, expected.map(|link| Some(link.to_owned())));
        // Also of a home page, where there are several.
        let told = links(&["https://a.org/#one", "https://a.org/#two"]);
        assert_eq!(told, ["https://a.org/#one", "https://a.org/#two"].map(|l| Some(l.to_owned())));
        assert_eq!(links(&["https://a.org/#news"]), [None]);
        // Fragments that name no part tell nothing apart.
        assert_eq!(links(&["/x#xtor=RSS-1", "/x#:~:text=word"]), [None, None]);
    }

    #[test]
    fn an_item_that_stands_twice_is_dropped_once_and_said() {
        let document = clean(vec![item("1", "/a", "a"), item("1", "/a", "a")]);
        assert_eq!(document.entries.len(), 1);
        assert!(document.repairs.iter().any(|repair| repair.contains("twice")));
    }

    #[test]
    fn h35_links_that_are_no_web_address_are_dropped() {
        let document = clean(vec![item("https://a.org/x", "javascript:alert(1)", "a")]);
        assert_eq!(document.entries[0].url.as_deref(), Some("https://a.org/x"));
        assert_eq!(document.entries[0].repairs.len(), 1);
    }

    #[test]
    fn h25_many_items_take_linear_time() {
        let started = std::time::Instant::now();
        let items = (0..50_000).map(|n| item("same", &format!("/{}", n % 7), &n.to_string()));
        let document = clean(items.collect());
        assert_eq!(document.entries.len(), 50_000);
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
