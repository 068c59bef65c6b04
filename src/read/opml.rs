//! OPML: lists of feeds, as feed readers hand them over.
//!
//! A list is somebody else's file, so it has limits: how large, how deep, how many feeds. Nothing
//! that it names is read, included or run; entities are never expanded.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{charset, sniff};
use crate::clean::text::from_html;
use crate::model::{OPML_NAMESPACE, Select};

/// The largest list that is read, in bytes.
pub const MOST_OPML_BYTES: u64 = 4 * 1024 * 1024;

/// Folders are nested at most so deep.
const MOST_DEPTH: usize = 32;

/// Feeds of one list. A wire is made of partners, and nobody has asked so many.
pub const MOST_OPML_FEEDS: usize = 1_000;

/// Why a list is not used; nothing of it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpmlError {
    /// Something else.
    #[error(
        "this is no OPML list of feeds; export one from the feed reader, or see `samizdat discover` for a web page"
    )]
    NotOpml,
    /// XML that is broken.
    #[error("the list is damaged in line {line} ({what}); export it again")]
    Broken {
        /// Line, from 1.
        line: usize,
        /// What the parser says.
        what: String,
    },
    /// Folders in folders.
    #[error("the list nests its folders more than {MOST_DEPTH} deep; nothing was read")]
    TooDeep,
    /// A dump of everything.
    #[error(
        "the list holds more than {MOST_OPML_FEEDS} feeds; a wire is made of partners who agreed to it: choose those, and import them"
    )]
    TooMany,
}

/// One outline that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpmlFeed {
    /// Address of the feed, as written.
    pub url: String,
    /// `title`, else `text`.
    pub name: Option<String>,
    /// `htmlUrl`.
    pub site: Option<String>,
    /// `language`.
    pub language: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// The folders that it lies in, outermost first; else its `category`.
    pub folders: Vec<String>,
    /// Why it cannot be added, where the outline itself says so: a link, an include, a page.
    pub unfit: Option<&'static str>,
    /// What an export of ours says beyond OPML, by the name of the attribute.
    pub own: BTreeMap<String, String>,
}

impl OpmlFeed {
    /// How a page is read, where an export of ours says so.
    pub fn select(&self) -> Option<Select> {
        let own = |key: &str| self.own.get(key).cloned();
        Some(Select {
            item: own("item")?,
            title: own("title")?,
            link: own("link")?,
            summary: own("summary"),
            date: own("date"),
            date_format: own("date_format"),
            image: own("image"),
            content: own("content"),
            drop: own("drop").into_iter().collect(),
            min_items: own("min_items").and_then(|number| number.parse().ok()).unwrap_or(1),
        })
    }
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opml {
    /// The outlines that lead somewhere, in order.
    pub feeds: Vec<OpmlFeed>,
    /// Whether Samizdat made it: then a description is the name of an organisation.
    pub is_ours: bool,
}

/// Reads a list.
///
/// # Errors
/// [`OpmlError`] says why nothing of it is used.
pub fn opml(bytes: &[u8]) -> Result<Opml, OpmlError> {
    sniff::refuse_binary(bytes).map_err(|_| OpmlError::NotOpml)?;
    let decoded = charset::decode(bytes, None);
    let text = decoded.text.trim();
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut list = Opml::default();
    let mut folders: Vec<String> = Vec::new();
    // Which open elements are outlines; each of them gave a folder.
    let mut open: Vec<bool> = Vec::new();
    let mut is_opml = false;
    // What stands in front of our own attributes, where the list declares it.
    let mut prefix = None;
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| {
            let before = text.get(..usize::try_from(at).unwrap_or_default()).unwrap_or(text);
            let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
            if is_opml {
                OpmlError::Broken { line, what: error.to_string() }
            } else {
                OpmlError::NotOpml
            }
        })?;
        match event {
            Event::Start(element) => {
                let is_outline = is_named(&element, "outline");
                if is_named(&element, "opml") {
                    is_opml = true;
                    prefix = own_prefix(&element);
                }
                if !is_opml {
                    return Err(OpmlError::NotOpml);
                }
                if open.len() >= MOST_DEPTH {
                    return Err(OpmlError::TooDeep);
                }
                if is_outline {
                    let name = take(&element, &folders, prefix.as_deref(), &mut list)?;
                    folders.push(name.chars().take(MOST_OF_NAME).collect());
                }
                open.push(is_outline);
            }
            Event::Empty(element) if is_opml && is_named(&element, "outline") => {
                take(&element, &folders, prefix.as_deref(), &mut list)?;
            }
            Event::End(_) => {
                let is_outline = open.pop().unwrap_or_default();
                folders.truncate(folders.len().saturating_sub(usize::from(is_outline)));
            }
            Event::Comment(comment) => {
                let words: &str = &comment;
                list.is_ours |= words.trim_start().starts_with("Samizdat ")
                    || words.trim_start().starts_with("samizdat ");
            }
            Event::Eof if is_opml => return Ok(list),
            Event::Eof => return Err(OpmlError::NotOpml),
            _ => {}
        }
    }
}

/// Of a folder's name no more characters are kept: it is copied for each feed within.
const MOST_OF_NAME: usize = 200;

fn is_named(element: &BytesStart<'_>, name: &str) -> bool {
    element.local_name().as_ref().eq_ignore_ascii_case(name)
}

/// The prefix that a list gives to our namespace.
fn own_prefix(element: &BytesStart<'_>) -> Option<String> {
    for attribute in element.attributes().with_checks(false).take(MOST_ATTRIBUTES).flatten() {
        let value: &str = &attribute.value;
        let name: &str = attribute.key.as_ref();
        if let Some(prefix) = name.strip_prefix("xmlns:")
            && value == OPML_NAMESPACE
        {
            return Some(prefix.to_owned());
        }
    }
    None
}

/// No outline has more attributes.
const MOST_ATTRIBUTES: usize = 64;

/// Takes what an outline says, and gives its name, for those that lie in it.
fn take(
    element: &BytesStart<'_>,
    folders: &[String],
    prefix: Option<&str>,
    list: &mut Opml,
) -> Result<String, OpmlError> {
    let mut said = OpmlFeed::default();
    let (mut text, mut title, mut category, mut link, mut kind) = (None, None, None, None, None);
    // Those that stand twice count once.
    for attribute in element.attributes().with_checks(false).take(MOST_ATTRIBUTES) {
        let Ok(attribute) = attribute else { break };
        let raw: &str = &attribute.value;
        let value: String = from_html(&raw.replace('<', "&lt;"));
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let value: String = value.chars().filter(|c| !c.is_control()).take(4096).collect();
        let value = Some(value).filter(|value| !value.is_empty());
        let written: &str = attribute.key.as_ref();
        // What has a prefix belongs to another vocabulary, ours or nobody's that is known here.
        if let Some((before, own)) = written.split_once(':') {
            if Some(before) == prefix {
                said.own.extend(value.map(|value| (own.to_owned(), value)));
            }
            continue;
        }
        let name = attribute.key.local_name();
        match name.as_ref().to_ascii_lowercase().as_str() {
            "xmlurl" => said.url = value.unwrap_or_default(),
            "htmlurl" => said.site = value,
            "text" => text = value,
            "title" => title = value,
            "language" => said.language = value,
            "description" => said.description = value,
            "category" => category = value,
            "url" => link = value,
            "type" => kind = value.map(|kind| kind.to_ascii_lowercase()),
            _ => {}
        }
    }
    let name = title.or(text);
    let shown = name.clone().unwrap_or_default();
    if said.url.is_empty() {
        // A folder leads nowhere.
        let Some(link) = link else { return Ok(shown) };
        said.url = link;
        said.unfit = (said.select().is_none()).then_some(match kind.as_deref() {
            Some("include") => "it is another list, which is not read; import it by itself",
            _ => {
                "it is a page and no feed; `samizdat discover` finds its feed or proposes selectors"
            }
        });
    }
    said.name = name;
    let named = folders.iter().filter(|folder| !folder.is_empty()).cloned();
    said.folders = named.collect();
    if said.folders.is_empty() {
        let parts = category.iter().flat_map(|category| category.split(',').next());
        let parts = parts.flat_map(|category| category.split('/'));
        said.folders =
            parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    }
    if list.feeds.len() >= MOST_OPML_FEEDS {
        return Err(OpmlError::TooMany);
    }
    list.feeds.push(said);
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_are_read_with_their_folders() {
        let list = opml(
            b"<?xml version='1.0'?><opml version='1.0'><head><title>x</title></head><body>\
              <outline text='Partners'><outline title='Greece &amp; Cyprus'>\
              <outline type='rss' text='A &quot;feed&quot;' xmlUrl='https://a.example/f?a=1&amp;b=2' htmlUrl='https://a.example/' language='el'/>\
              </outline></outline>\
              <outline text='B' XMLURL='https://b.example/' category='/News/Local,Other'/>\
              <outline type='link' text='C' url='https://c.example/'/></body></opml>",
        )
        .unwrap();
        assert_eq!(list.feeds.len(), 3);
        assert_eq!(list.feeds[0].url, "https://a.example/f?a=1&b=2");
        assert_eq!(list.feeds[0].name.as_deref(), Some("A \"feed\""));
        assert_eq!(list.feeds[0].folders, ["Partners", "Greece & Cyprus"]);
        assert_eq!(list.feeds[1].folders, ["News", "Local"]);
        assert!(list.feeds[2].unfit.is_some());
    }

    #[test]
    fn h61_what_is_no_list_or_too_much_of_one_is_refused() {
        let around = |inner: &str| format!("<opml><body>{inner}</body></opml>");
        let feed = "<outline xmlUrl='https://a.example/'/>";
        for (bytes, expected) in [
            (around(&feed.repeat(100_000)), OpmlError::TooMany),
            (around(&"<outline text='x'>".repeat(10_000)), OpmlError::TooDeep),
            ("<html><body>".to_owned(), OpmlError::NotOpml),
            ("<rss></rss>".to_owned(), OpmlError::NotOpml),
            (String::new(), OpmlError::NotOpml),
            ("{}".to_owned(), OpmlError::NotOpml),
        ] {
            assert_eq!(opml(bytes.as_bytes()).unwrap_err(), expected, "{:.40}", bytes);
        }
        let entities = "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><opml><body><outline text='&x;' xmlUrl='https://a.example/'/></body></opml>";
        let read = opml(entities.as_bytes()).unwrap();
        assert!(!format!("{read:?}").contains("root:"), "{read:?}");
        assert!(matches!(
            opml(b"<opml><body>\n<outline xmlUrl='a"),
            Err(OpmlError::Broken { line: 2, .. })
        ));
    }
}
