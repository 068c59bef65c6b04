//! Proofreading: each document is read back before it is handed out, and compared with what it was
//! made from. The two corrections that the writers have no words for are made here as well.
//!
//! Well-formed is judged strictly: no character that XML forbids, no undeclared prefix, no entity
//! beyond the five, no document type, no processing instruction, every element closed.

use std::collections::BTreeSet;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesRef, BytesText, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::safe;

/// An RSS document whose titles have numeric references for `&`, `<` and `>`.
///
/// RSS never said whether a title is text or HTML; numeric references are what most readers get
/// right either way (RSS Advisory Board, best practices, "Encoding").
pub(super) fn rss_titles(written: &[u8]) -> Result<Vec<u8>, String> {
    let mut in_title = false;
    rewrite(written, |event| {
        match &event {
            Event::Start(element) => in_title = element.name().as_ref() == "title",
            Event::End(_) => in_title = false,
            _ => {}
        }
        let numeric = match &event {
            Event::GeneralRef(reference) if in_title => match &**reference {
                "amp" => Some("#38"),
                "lt" => Some("#60"),
                "gt" => Some("#62"),
                _ => None,
            },
            _ => None,
        };
        numeric.map_or(event, |number| Event::GeneralRef(BytesRef::new(number)))
    })
}

/// An Atom document whose entries say in which language they are; `languages` are those of the
/// entries in order, empty where unknown.
pub(super) fn atom_languages(written: &[u8], languages: &[&str]) -> Result<Vec<u8>, String> {
    let mut languages = languages.iter();
    rewrite(written, |event| match event {
        Event::Start(mut element) if element.name().as_ref() == "entry" => {
            match languages.next() {
                Some(language) if !language.is_empty() => {
                    element.push_attribute(("xml:lang", *language));
                }
                _ => {}
            }
            Event::Start(element)
        }
        event => event,
    })
}

/// Passes every event of a document through `change`, and gives it the declaration that we want.
fn rewrite(
    written: &[u8],
    mut change: impl for<'e> FnMut(Event<'e>) -> Event<'e>,
) -> Result<Vec<u8>, String> {
    let written = std::str::from_utf8(written).map_err(|error| error.to_string())?;
    let mut reader = quick_xml::Reader::from_str(written);
    let mut writer = Writer::new(Vec::with_capacity(written.len()));
    let mut put = |event: Event<'_>| writer.write_event(event).map_err(|error| error.to_string());
    put(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    put(Event::Text(BytesText::from_escaped("\n")))?;
    let mut begun = false;
    let mut in_empty = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Eof => break,
            Event::Decl(_) => {}
            // White space between the declaration and the root.
            Event::Text(_) if !begun => {}
            // Our Media RSS elements and tombstones have attributes only; the writers put white
            // space into them.
            Event::Start(element) if has_attributes_only(element.name().as_ref()) => {
                in_empty = true;
                put(Event::Empty(element))?;
            }
            Event::End(_) if in_empty => in_empty = false,
            Event::Text(_) if in_empty => {}
            event => {
                begun = true;
                put(change(event))?;
            }
        }
    }
    put(Event::Text(BytesText::from_escaped("\n")))?;
    Ok(writer.into_inner())
}

fn has_attributes_only(name: &str) -> bool {
    name.starts_with("media:") || name == super::atom::DELETED_ENTRY
}

/// Whether a document is well-formed XML, as strictly as subscribers could take it.
pub(super) fn well_formed(bytes: &[u8]) -> Result<(), String> {
    let words = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    if let Some(forbidden) = words.chars().find(|c| !safe::is_allowed(*c)) {
        return Err(format!("it has the character {forbidden:?}, which XML forbids"));
    }
    let mut reader = NsReader::from_str(words);
    let mut depth: usize = 0;
    let mut roots: usize = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|e| e.to_string())?;
        if let ResolveResult::Unknown(prefix) = namespace {
            return Err(format!("the prefix {prefix:?} is not declared"));
        }
        match event {
            Event::Eof if depth == 0 && roots == 1 => return Ok(()),
            Event::Eof => return Err("it ends too early".to_owned()),
            Event::Start(ref element) | Event::Empty(ref element) => {
                for attribute in element.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    let name = attribute.key;
                    if let ResolveResult::Unknown(_) = reader.resolver().resolve_attribute(name).0 {
                        return Err(format!("the prefix of {name:?} is not declared"));
                    }
                    quick_xml::escape::unescape(&attribute.value).map_err(|e| e.to_string())?;
                    if attribute.value.contains('<') {
                        return Err(format!("the attribute {name:?} has a bare <"));
                    }
                }
                if depth == 0 {
                    roots = roots.saturating_add(1);
                }
                if matches!(event, Event::Start(_)) {
                    depth = depth.saturating_add(1);
                }
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::GeneralRef(reference) => {
                quick_xml::escape::unescape(&format!("&{};", &*reference))
                    .map_err(|error| error.to_string())?;
            }
            Event::DocType(_) => return Err("it has a document type".to_owned()),
            Event::PI(_) => return Err("it has a processing instruction".to_owned()),
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) => {}
        }
    }
}

/// Whether an RSS document reads back as `channel`: ids, titles, links and content.
pub(super) fn rss(bytes: &[u8], channel: &::rss::Channel) -> Result<(), String> {
    well_formed(bytes)?;
    let read = ::rss::Channel::read_from(bytes).map_err(|error| error.to_string())?;
    same_number(read.items.len(), channel.items.len())?;
    no_id_twice(
        channel.items.iter().filter_map(|item| item.guid.as_ref()).map(|guid| &guid.value),
    )?;
    for (read, item) in read.items.iter().zip(&channel.items) {
        let guid = |item: &::rss::Item| item.guid.as_ref().map(|guid| guid.value.clone());
        let same = guid(read) == guid(item)
            && read.title == item.title
            && read.link == item.link
            && read.description.as_deref().map(str::trim)
                == item.description.as_deref().map(str::trim)
            && read.content.as_deref().map(str::trim) == item.content.as_deref().map(str::trim);
        if !same {
            return Err(format!("the story {:?} reads differently", guid(item)));
        }
    }
    Ok(())
}

/// Whether an Atom document reads back as `feed`: ids, titles, links and content.
pub(super) fn atom(bytes: &[u8], feed: &atom_syndication::Feed) -> Result<(), String> {
    well_formed(bytes)?;
    let read = atom_syndication::Feed::read_from(bytes).map_err(|error| error.to_string())?;
    same_number(read.entries.len(), feed.entries.len())?;
    no_id_twice(feed.entries.iter().map(|entry| &entry.id))?;
    if read.id != feed.id {
        return Err("its id reads differently".to_owned());
    }
    for (read, entry) in read.entries.iter().zip(&feed.entries) {
        let content = |entry: &atom_syndication::Entry| {
            let value = entry.content.as_ref().and_then(|content| content.value.clone());
            value.unwrap_or_default().trim().to_owned()
        };
        let same = read.id == entry.id
            && read.title.value == entry.title.value
            && read.links == entry.links
            && content(read) == content(entry);
        if !same {
            return Err(format!("the story {:?} reads differently", entry.id));
        }
    }
    Ok(())
}

/// Whether a JSON document is one, with an id and content for each of `items`.
pub(super) fn json(bytes: &[u8], items: usize) -> Result<(), String> {
    let read: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let list = read.get("items").and_then(|items| items.as_array()).ok_or("it has no items")?;
    same_number(list.len(), items)?;
    no_id_twice(list.iter().filter_map(|item| item.get("id")?.as_str()))?;
    let whole = |item: &serde_json::Value| {
        item.get("id").is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty()))
            && (item.get("content_html").is_some() || item.get("content_text").is_some())
    };
    if list.iter().all(whole) { Ok(()) } else { Err("an item has no id or no content".to_owned()) }
}

fn same_number(read: usize, written: usize) -> Result<(), String> {
    if read == written {
        Ok(())
    } else {
        Err(format!("{written} stories were written and {read} read"))
    }
}

fn no_id_twice(ids: impl Iterator<Item = impl AsRef<str>>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for id in ids {
        let id = id.as_ref();
        if id.is_empty() {
            return Err("a story has no id".to_owned());
        }
        if !seen.insert(id.to_owned()) {
            return Err(format!("the id {id:?} is there twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o9_what_is_not_strictly_well_formed_is_refused() {
        assert_eq!(
            well_formed(b"<?xml version=\"1.0\"?>\n<a b=\"&lt;\">&amp;&#38;<c/></a>\n"),
            Ok(())
        );
        for refused in [
            // Cut, crossed, or more than one.
            "",
            "<a>",
            "<a></b>",
            "<a><b></a></b>",
            "<a/><b/>",
            // Prefixes and entities that nobody declared.
            "<x:a/>",
            "<a x:b=\"\"/>",
            "<a>&nbsp;</a>",
            "<a b=\"&nbsp;\"/>",
            "<a>&</a>",
            // Markup in attributes, and attributes twice.
            "<a b=\"<\"/>",
            "<a b=\"1\" b=\"2\"/>",
            // What no feed needs.
            "<!DOCTYPE a><a/>",
            "<a><?php ?></a>",
            "<a>\u{8}</a>",
            "<a>\u{fffe}</a>",
            "<a>&#0;</a>",
        ] {
            assert!(well_formed(refused.as_bytes()).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn o11_only_titles_get_numeric_references() {
        let written =
            b"<rss><title>a &lt;b&gt; &amp;amp; &quot;</title><link>?a&amp;b</link></rss>";
        let changed = String::from_utf8(rss_titles(written).unwrap()).unwrap();
        assert_eq!(
            changed,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss><title>a &#60;b&#62; &#38;amp; &quot;</title><link>?a&amp;b</link></rss>\n"
        );
    }

    #[test]
    fn o21_each_entry_gets_its_own_language() {
        let written = b"<feed><entry></entry><entry></entry><entry></entry></feed>";
        let changed = atom_languages(written, &["el", "", "ar"]).unwrap();
        let changed = String::from_utf8(changed).unwrap();
        assert!(changed.contains(
            "<entry xml:lang=\"el\"></entry><entry></entry><entry xml:lang=\"ar\"></entry>"
        ));
    }

    #[test]
    fn atom_syndication_still_leaves_attributes_of_extensions_unescaped() {
        // When this fails, upstream escapes: remove the escaping in `atom::picture`.
        use atom_syndication::extension::Extension;
        use atom_syndication::{Entry, Feed};
        let mut entry = Entry::default();
        let extension = Extension {
            name: "x:y".to_owned(),
            attrs: [("z".to_owned(), "&\"<".to_owned())].into(),
            ..Extension::default()
        };
        entry.extensions.insert("x".to_owned(), [("y".to_owned(), vec![extension])].into());
        let feed = Feed { entries: vec![entry], ..Feed::default() };
        assert!(feed.to_string().contains("z=\"&\"<\""));
    }
}
