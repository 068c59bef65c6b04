//! Which element is what in a feed: enough to guess where a missing end tag belongs.

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Root,
    Channel,
    Entry,
    /// Words that people read, perhaps with raw HTML.
    Words,
    /// Text only.
    Leaf,
    /// A person: text in RSS, children in Atom.
    Person,
    /// Anything else.
    Other,
}

const WORDS: &[&str] = &[
    "title",
    "description",
    "content",
    "summary",
    "subtitle",
    "tagline",
    "encoded",
    "rights",
    "copyright",
];

const LEAVES: &[&str] = &[
    "link",
    "guid",
    "id",
    "pubDate",
    "lastBuildDate",
    "updated",
    "published",
    "issued",
    "modified",
    "created",
    "category",
    "managingEditor",
    "webMaster",
    "generator",
    "language",
    "ttl",
    "docs",
    "comments",
    "enclosure",
    "creator",
    "date",
    "subject",
    "name",
    "email",
    "uri",
    "url",
    "width",
    "height",
    "hour",
    "day",
    "updatePeriod",
    "updateFrequency",
    "updateBase",
    "commentRss",
    "origLink",
    "icon",
    "logo",
    "rating",
    "publisher",
    "hub",
];

/// Prefixes of feeds, so that `o:p` of a word processor is told from `dc:date`.
const PREFIXES: &[&str] = &[
    "atom",
    "content",
    "dc",
    "dcterms",
    "media",
    "itunes",
    "sy",
    "slash",
    "wfw",
    "thr",
    "georss",
    "feedburner",
    "podcast",
    "rdf",
    "rss",
];

/// Names that HTML has as well.
const AMBIGUOUS: &[&str] = &["link", "title", "summary", "content", "name", "date", "day", "url"];

/// The prefix (empty where there is none) and the rest of a name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// The shape of an element by its canonical name.
pub(super) fn of(name: &str) -> Shape {
    let (prefix, local) = split(name);
    match local {
        "rss" | "RDF" | "feed" => Shape::Root,
        "channel" => Shape::Channel,
        "item" | "entry" => Shape::Entry,
        "author" | "contributor" | "owner" => Shape::Person,
        "content" if prefix == "media" => Shape::Other,
        _ if WORDS.contains(&local) => Shape::Words,
        _ if LEAVES.contains(&local) => Shape::Leaf,
        _ => Shape::Other,
    }
}

/// The name as feeds spell it: `PUBDATE` is `pubDate`. Names that are nobody's stay.
pub(super) fn canonical(name: &str) -> String {
    let (prefix, local) = split(name);
    let all = ["rss", "RDF", "feed", "channel", "item", "entry", "author", "contributor", "image"];
    let known = all.iter().chain(WORDS).chain(LEAVES);
    if known.clone().any(|known| *known == local) {
        return name.to_owned();
    }
    match known.into_iter().find(|known| known.eq_ignore_ascii_case(local)) {
        Some(known) if prefix.is_empty() => (*known).to_owned(),
        Some(known) => format!("{prefix}:{known}"),
        None => name.to_owned(),
    }
}

/// Whether a tag of that name cannot be part of words, so that the words end before it.
/// `in_html`: whether they hold raw HTML already.
pub(super) fn ends_words(name: &str, in_html: bool) -> bool {
    let (prefix, local) = split(name);
    if PREFIXES.contains(&prefix) {
        return true;
    }
    prefix.is_empty() && of(name) != Shape::Other && !(in_html && AMBIGUOUS.contains(&local))
}

/// Whether the element holds nothing but text or is a person, so that a new element ends it.
pub(super) fn ends_at(open: &str, next: &str) -> bool {
    match of(open) {
        Shape::Leaf => true,
        Shape::Person => !matches!(split(next).1, "name" | "email" | "uri" | "url" | "homepage"),
        _ => false,
    }
}
