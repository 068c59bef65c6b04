//! Documents, the whole way: read, made clean, published in every format. Whatever came in, what
//! goes out reads back as what was meant, and nothing of it can run.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Datelike, Utc};
use samizdat::clean;
use samizdat::model::{
    CleanDocument, CleanEntry, Credit, Formats, Kind, OutputKey, OutputKind, PublicStory,
    RawContent, Republish, StoryNumber,
};
use samizdat::publish::{
    self, Images, Navigation, Output, OutputLink, Rendered, Settings, Site, SourceLink,
};
use samizdat::read::{self, Input};
use scraper::{Html, Node, Selector};
use url::Url;

use super::feed::header;
use super::judge::judge;

/// Stories of one document that are published; more take time and show nothing new.
const MOST_STORIES: usize = 4;

/// Reads, cleans, publishes.
pub fn target(data: &[u8]) -> u64 {
    let (content_type, bytes) = header(data);
    let base = Url::parse("https://partner.example/feed/").unwrap();
    let Ok(raw) = read::feed(&Input { bytes, content_type, base: &base, zone: None }) else {
        return 0;
    };
    let document = clean::document(raw, &base);
    check(&document);
    // With and without pictures by turns: to make everything twice shows little more.
    let images = if data.len().is_multiple_of(2) { Images::Link } else { Images::None };
    publish(&document, images);
    let entries = document.entries.iter().map(|entry| {
        (
            (entry.summary.is_empty(), entry.content_html.is_empty(), entry.image.is_some()),
            (entry.published.is_some(), entry.updated.is_some(), entry.canonical_link.is_some()),
            (entry.guid.is_some(), entry.url.is_some(), entry.repairs.len().min(2)),
            (entry.language.is_some(), entry.rights.is_some(), entry.enclosures.len().min(3)),
        )
    });
    let entries: BTreeSet<_> = entries.take(3).collect();
    super::kind((format!("{:?}", document.format), entries, document.repairs.len().min(3)))
}

/// What `clean` promises of a document.
pub(crate) fn check(document: &CleanDocument) {
    let mut identities = BTreeSet::new();
    for line in document.title.iter().chain(&document.rights).chain(&document.repairs) {
        one_line(line, 500);
    }
    for address in document.site.iter().chain(&document.hub) {
        web(address);
    }
    for entry in &document.entries {
        assert!(identities.insert(&entry.identity), "two entries are {:?}", entry.identity);
        one_line(&entry.title, clean::MAX_TITLE);
        assert!(!entry.title.is_empty(), "an entry has no title");
        one_line(&entry.summary, clean::MAX_SUMMARY);
        judge_content(&entry.content_html);
        for line in &entry.authors {
            one_line(line, clean::MAX_NAME);
        }
        for line in &entry.categories {
            one_line(line, clean::MAX_LABEL);
        }
        for line in entry.rights.iter() {
            one_line(line, clean::MAX_RIGHTS);
        }
        assert!(entry.authors.len() <= clean::MAX_AUTHORS);
        assert!(entry.categories.len() <= clean::MAX_CATEGORIES);
        assert!(entry.enclosures.len() <= clean::MAX_ENCLOSURES);
        let links = entry.url.iter().chain(&entry.image).chain(&entry.canonical_link);
        for address in links.chain(entry.enclosures.iter().map(|enclosure| &enclosure.url)) {
            web(address);
        }
        if let Some(language) = &entry.language {
            assert_eq!(clean::language_tag(language).as_ref(), Some(language));
        }
        for date in entry.published.iter().chain(&entry.updated) {
            assert!((1990..=2100).contains(&date.year()), "{date}");
        }
    }
}

pub(crate) fn judge_content(html: &str) {
    if let Err(why) = judge(html) {
        panic!("{why}\nin {html:?}");
    }
    let elsewhere = Url::parse("https://other.example/").unwrap();
    assert_eq!(clean::html::sanitise(html, &elsewhere), html, "content is no fixed point");
}

pub(crate) fn one_line(line: &str, most: usize) {
    assert!(line.chars().count() <= most, "{} characters: {line:?}", line.chars().count());
    let odd = line.chars().find(|c| c.is_control() || !clean::text::is_xml_char(*c));
    assert_eq!(odd, None, "{line:?}");
    assert_eq!(line.trim(), line, "white space around a line");
}

pub(crate) fn web(address: &str) {
    let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    assert!(matches!(url.scheme(), "http" | "https"), "{address}");
    assert_eq!(url.as_str(), address, "an address is written as it is read");
}

/// A date that every document has.
fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_620_800, 0).unwrap_or_default()
}

fn story(number: u64, entry: &CleanEntry, document: &CleanDocument) -> PublicStory {
    let name = document.title.clone().unwrap_or_default();
    let date = entry.published.unwrap_or_else(noon);
    PublicStory {
        number: StoryNumber(number),
        revision: 1,
        id: entry
            .guid
            .clone()
            .filter(|guid| guid.starts_with("https://"))
            .unwrap_or_else(|| format!("tag:wire.example.org,2026:partner/{number}")),
        url: entry.url.clone(),
        title: entry.title.clone(),
        summary: entry.summary.clone(),
        content_html: entry.content_html.clone(),
        language: entry.language.clone().unwrap_or_default(),
        authors: entry.authors.clone(),
        published: date,
        updated: entry.updated.unwrap_or(date),
        first_seen: noon(),
        sort_date: date.min(noon()),
        entered: noon(),
        origin: Credit {
            source: "partner".to_owned(),
            source_name: name.clone(),
            source_feed_id: document.id.clone().unwrap_or_else(|| "urn:partner".to_owned()),
            source_url: "https://partner.example/feed/".to_owned(),
            source_site: document.site.clone(),
            source_rights: document.rights.clone(),
            organisation: "partner".to_owned(),
            organisation_name: name,
            organisation_site: document.site.clone(),
            url: entry.url.clone(),
            entry: number.into(),
        },
        also: Vec::new(),
        editions: Vec::new(),
        tags: vec![("peace".to_owned(), "Peace".to_owned())],
        categories: entry.categories.clone(),
        image: entry.image.clone(),
        enclosures: entry.enclosures.clone(),
        rights: entry.rights.clone(),
    }
}

fn publish(document: &CleanDocument, images: Images) {
    let site = Site {
        title: "Wire".to_owned(),
        url: Url::parse("https://wire.example.org/").unwrap(),
        description: document.title.clone(),
        language: "en".to_owned(),
        editor: None,
        contact: None,
        hub: None,
    };
    let settings = Settings {
        path: "public".into(),
        window: 100,
        backlog: 10,
        per: vec![OutputKind::Tag],
        theme: None,
        images,
    };
    let entries = document.entries.iter().take(MOST_STORIES);
    let mut stories: Vec<PublicStory> =
        (1..).zip(entries).map(|(number, entry)| story(number, entry, document)).collect();
    let mut ids = BTreeSet::new();
    stories.retain(|story| ids.insert(story.id.trim().to_owned()));
    let output = Output {
        key: OutputKey::all(),
        title: String::new(),
        feed_id: "tag:wire.example.org,2026:all".to_owned(),
        created: noon(),
        formats: Formats::ALL,
        former: Vec::new(),
        profile: None,
        stories: stories.clone(),
        removed: Vec::new(),
    };
    let navigation = Navigation::new(vec![OutputLink {
        key: OutputKey::all(),
        title: String::new(),
        formats: Formats::ALL,
    }]);
    let source = SourceLink {
        id: "partner".to_owned(),
        name: document.title.clone().unwrap_or_default(),
        organisation: document.title.clone().unwrap_or_default(),
        site: document.site.clone(),
        url: "https://partner.example/feed/".to_owned(),
        kind: Kind::Feed,
        rights: document.rights.clone(),
        consent: None,
        republish: Republish::Full,
        article: false,
        interval: Duration::from_secs(3600),
        language: document.language.clone(),
        enabled: true,
    };
    let mut rendered = publish::render_output(&site, &settings, &output, &navigation)
        .unwrap_or_else(|error| panic!("{error}"));
    rendered.extend(
        publish::render_site(&site, &settings, &[source], &navigation)
            .unwrap_or_else(|error| panic!("{error}")),
    );
    for document in &rendered {
        check_rendered(document, &stories, images);
    }
}

fn check_rendered(document: &Rendered, stories: &[PublicStory], images: Images) {
    let text = std::str::from_utf8(&document.bytes).unwrap();
    match document.path.as_str() {
        "index.html" | "about.html" => check_page(text),
        "atom.xml" | "feed.json" | "rss.xml" => {
            let base = Url::parse("https://wire.example.org/").unwrap();
            let input =
                Input { bytes: &document.bytes, content_type: None, base: &base, zone: None };
            let read =
                read::feed(&input).unwrap_or_else(|error| panic!("{}: {error}", document.path));
            assert_eq!(read.entries.len(), stories.len(), "{}", document.path);
            for (entry, story) in read.entries.iter().zip(stories) {
                // RSS does not say whether a title is text, so that reading it is guessing.
                let is_said = document.path != "rss.xml";
                let title = Some(RawContent::Text(story.title.clone()));
                assert!(!is_said || entry.title == title, "{:?} was {title:?}", entry.title);
                if let Some(RawContent::Html(content)) = &entry.content {
                    judge_content(content);
                    assert!(images == Images::Link || !content.contains("<img"), "{content}");
                }
            }
        }
        _ => {}
    }
}

/// A page of ours has our own elements and nothing that runs.
fn check_page(text: &str) {
    let page = Html::parse_document(text);
    for node in page.tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        let name = element.name();
        let runs = ["script", "style", "iframe", "object", "embed", "form", "svg", "math", "base"];
        assert!(!runs.contains(&name), "a page has <{name}>");
        for (attribute, value) in element.attrs() {
            assert!(!attribute.starts_with("on") && attribute != "style", "a page has {attribute}");
            let address =
                matches!(attribute, "href" | "src").then(|| Url::parse(value).ok()).flatten();
            let is_web = address.is_none_or(|url| matches!(url.scheme(), "http" | "https"));
            assert!(is_web, "a page links to {value}");
        }
    }
    let whole = Selector::parse("body > footer").unwrap();
    assert_eq!(page.select(&whole).count(), 1, "a page is swallowed by what is in it");
}
