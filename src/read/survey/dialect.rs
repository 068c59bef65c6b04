//! How the dialects of feeds are brought into the form that feed-rs reads.

use std::borrow::Cow;

use super::field::Field;
use super::spaces::Space;
use super::walk::{Tag, Walk};
use crate::model::{Format, RawContent};
use crate::read::markup::looks_like_html;

/// Stands for the link of an RDF item that has none; [`crate::read::model`] drops it.
pub(in crate::read) const NO_LINK: &str = "urn:samizdat:no-link";

/// Whether elements of this namespace are the format's own.
pub(in crate::read) fn is_home(format: Format, space: Space) -> bool {
    match format {
        Format::Atom => matches!(space, Space::Plain | Space::Atom | Space::OldAtom),
        _ => matches!(space, Space::Plain | Space::Rss),
    }
}

/// Whether feed-rs gets to see the element; it models these well, and nothing else is let near it.
/// The words of entries are most of a feed and hold nothing that it would understand better than
/// the survey does: they are taken from the fields ([`summary`], [`content`]), and read only once.
pub(super) fn is_kept(format: Format, in_entry: bool, field: &Field<'_>) -> bool {
    let local = field.tag.local();
    let home = is_home(format, field.tag.space);
    let is = |space: Space, names: &[&str]| field.tag.space == space && names.contains(&local);
    match (format, in_entry) {
        (Format::Atom, false) => {
            home && [
                "id",
                "title",
                "updated",
                "modified",
                "link",
                "icon",
                "logo",
                "rights",
                "copyright",
            ]
            .contains(&local)
        }
        (Format::Atom, true) => {
            home && [
                "id",
                "title",
                "updated",
                "modified",
                "published",
                "issued",
                "link",
                "category",
                "rights",
                "copyright",
            ]
            .contains(&local)
        }
        (Format::Rdf, false) => {
            home && ["title", "link", "image"].contains(&local)
                || is(Space::Dc, &["date", "rights", "language"])
        }
        (Format::Rdf, true) => {
            home && ["title", "link"].contains(&local) || is(Space::Dc, &["date", "rights"])
        }
        (_, false) => {
            home && ["title", "link", "language", "copyright", "pubDate", "lastBuildDate", "image"]
                .contains(&local)
                || is(Space::Atom, &["link"])
        }
        (_, true) => {
            home && ["title", "link", "guid", "pubDate", "category", "updated"].contains(&local)
                || is(Space::Atom, &["updated"])
                || is(Space::Dc, &["date"])
        }
    }
}

/// Rewrites an element that feed-rs would reject, drop or cut short.
pub(super) fn adapt(walk: &mut Walk<'_>, field: &Field, format: Format) {
    if format == Format::Atom {
        return adapt_atom(walk, field);
    }
    // An empty link would be resolved against the base and become the feed itself.
    if field.tag.local() == "link" && is_home(format, field.tag.space) && field.words().is_none() {
        walk.edits.cut(field.span.clone());
    } else if let Some(markup) = &field.markup {
        walk.note(super::RAW_HTML);
        rewrite(walk, field, field.tag.name, None, markup);
    }
}

fn adapt_atom(walk: &mut Walk<'_>, field: &Field<'_>) {
    let local = field.tag.local();
    let renamed = match (field.tag.space, local) {
        (Space::OldAtom, "issued") => "published",
        (Space::OldAtom, "modified") => "updated",
        (Space::OldAtom, "copyright") => "rights",
        (_, same) => same,
    };
    let name = match field.tag.name.split_once(':') {
        Some((prefix, _)) => format!("{prefix}:{renamed}"),
        None => renamed.to_owned(),
    };
    if !matches!(local, "title" | "rights" | "copyright") {
        if renamed != local {
            rewrite(walk, field, &name, None, &field.text);
        }
        return;
    }
    let declared = field.tag.attribute("type");
    match words_of(field) {
        Words::Text if renamed == local && matches!(declared, None | Some("text")) => {}
        Words::Html if field.markup.is_none() && declared == Some("html") => {}
        Words::Text => rewrite(walk, field, &name, Some("text"), &field.text),
        Words::Html => {
            let html = field.markup.as_deref().unwrap_or(&field.text);
            rewrite(walk, field, &name, Some("html"), html);
        }
        Words::Xhtml => {
            let html = quick_xml::escape::minimal_escape(field.text.as_ref());
            rewrite(walk, field, &name, Some("html"), &html);
        }
        Words::Elsewhere => walk.edits.cut(field.span.clone()),
    }
}

/// The summary of an entry: description or summary, the last one that says something.
pub(in crate::read) fn summary(format: Format, fields: &[Field]) -> Option<RawContent> {
    let local = if format == Format::Atom { "summary" } else { "description" };
    let own = |field: &&Field| field.tag.local() == local && is_home(format, field.tag.space);
    fields.iter().rev().filter(own).find_map(|field| words(format, field))
}

/// The content of an entry: content or content:encoded, the last one that says something.
pub(in crate::read) fn content(format: Format, fields: &[Field]) -> Option<RawContent> {
    let own = |field: &&Field| match format {
        Format::Atom => field.tag.local() == "content" && is_home(format, field.tag.space),
        _ => field.is(Space::Content, "encoded"),
    };
    fields.iter().rev().filter(own).find_map(|field| words(format, field))
}

/// The words of an element that holds some; those of RSS may always be HTML.
fn words(format: Format, field: &Field<'_>) -> Option<RawContent> {
    let kind = if format == Format::Atom { words_of(field) } else { Words::Html };
    let words = field.markup.as_deref().filter(|_| !matches!(kind, Words::Text));
    let words = words.unwrap_or(&field.text).trim();
    if words.is_empty() {
        return None;
    }
    match kind {
        Words::Text => Some(RawContent::Text(words.to_owned())),
        Words::Html => Some(RawContent::Html(words.to_owned())),
        Words::Xhtml => {
            Some(RawContent::Html(quick_xml::escape::minimal_escape(words).into_owned()))
        }
        Words::Elsewhere => None,
    }
}

/// What an Atom text construct holds.
enum Words {
    Text,
    Html,
    /// XHTML without an element in it: text that counts as HTML once it is escaped.
    Xhtml,
    /// At another address, or not words at all.
    Elsewhere,
}

fn words_of(field: &Field<'_>) -> Words {
    if field.tag.attribute("src").is_some() {
        return Words::Elsewhere;
    }
    let kind = field.tag.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim_end();
    match (kind, field.tag.attribute("mode")) {
        (_, Some("base64")) => Words::Elsewhere,
        _ if field.markup.is_some() => Words::Html,
        (kind, _) if kind.contains("xhtml") => Words::Xhtml,
        (_, Some("escaped")) if kind.contains("htm") => Words::Html,
        // Without a type it is text (RFC 4287 §3.1.1), but content and summaries without one
        // hold HTML often enough to look.
        ("", _) if matches!(field.tag.local(), "content" | "summary") => {
            if looks_like_html(&field.text) { Words::Html } else { Words::Text }
        }
        ("" | "text" | "plain" | "text/plain" | "text/markdown" | "text/x-markdown", _) => {
            Words::Text
        }
        ("html" | "htm" | "text/html" | "text/htm", _) => Words::Html,
        (kind, _) if kind.starts_with("text/") && !kind.ends_with("xml") => Words::Text,
        // A type that was made up; base64 of media types is not words.
        (kind, _) if !kind.contains('/') && looks_like_html(&field.text) => Words::Html,
        (kind, _) if !kind.contains('/') => Words::Text,
        _ => Words::Elsewhere,
    }
}

/// Replaces an element by one with these words.
fn rewrite(walk: &mut Walk<'_>, field: &Field, name: &str, kind: Option<&str>, words: &str) {
    let mut attributes: Vec<(&str, Cow<'_, str>)> = field
        .tag
        .attributes
        .iter()
        .filter(|(key, _)| *key != "type" && *key != "mode")
        .cloned()
        .collect();
    if let Some(kind) = kind {
        attributes.push(("type", kind.into()));
    }
    let tag = Tag { empty: false, ..field.tag.clone() };
    let start = tag.written(name, &attributes);
    let words = quick_xml::escape::minimal_escape(words);
    walk.edits.replace(field.span.clone(), format!("{start}{words}</{name}>"));
}

/// Gives the root a version that feed-rs knows and the namespaces that the document uses.
pub(super) fn root(walk: &mut Walk<'_>, root: &Tag<'_>, format: Format) {
    let mut attributes = root.attributes.clone();
    let mut changed = false;
    if format == Format::Rss {
        let version = root.attribute("version").map(str::to_owned);
        if !matches!(version.as_deref(), Some("2.0" | "0.91" | "0.92")) {
            let shown: String =
                version.unwrap_or_default().chars().filter(|c| !c.is_control()).take(12).collect();
            walk.note(&if shown.is_empty() {
                "RSS without a version was read as 2.0".to_owned()
            } else {
                format!("RSS version “{shown}” was read as 2.0")
            });
            attributes.retain(|(key, _)| *key != "version");
            attributes.push(("version", "2.0".into()));
            changed = true;
        }
    }
    let declarations: Vec<(String, &str)> = std::mem::take(&mut walk.undeclared)
        .into_iter()
        .filter_map(|prefix| {
            Some((format!("xmlns:{prefix}"), Space::of_undeclared(&prefix).uri()?))
        })
        .collect();
    for (key, uri) in &declarations {
        walk.note("prefixes that were not declared were declared");
        attributes.push((key, (*uri).into()));
        changed = true;
    }
    if root.space == Space::OldAtom {
        walk.note("Atom 0.3 was read as Atom 1.0");
    }
    if changed {
        walk.edits.replace_again(root.span.clone(), root.written(root.name, &attributes));
    }
}
