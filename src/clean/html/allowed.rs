//! The allow-list: which elements and attributes are published. Everything else is dropped.
//!
//! `docs/SAFE-HTML.md` has the whole list with its reasons, for whoever asks why something is
//! missing; a test compares the two. `h1` becomes `h2`, since a story's own title stands above its
//! content. Values are checked as well: one that makes no sense is left out.

use url::Url;

use super::super::markup::Attributes;
use super::super::text::{escape_into, line};
use super::super::urls;

/// `alt` and `title` are cut to this many characters.
const MAX_ATTRIBUTE_TEXT: usize = 1000;

/// Candidates of a `srcset` beyond these are ignored.
const MAX_CANDIDATES: usize = 20;

/// A `srcset` longer than this is dropped: it would be longer than most stories.
const MAX_SRCSET: usize = 16_384;

/// A `mailto:` link longer than this is dropped.
const MAX_MAILTO: usize = 1000;

/// Tells the reader's browser that the page it opens learns nothing of ours.
pub(super) const LINK_REL: &str = "noopener noreferrer";

/// The elements of the allow-list.
pub(super) const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "source",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Elements that are published under another name.
pub(super) const RENAMED: &[(&str, &str)] = &[
    ("acronym", "abbr"),
    ("address", "div"),
    ("article", "div"),
    ("aside", "div"),
    ("center", "div"),
    ("dialog", "div"),
    ("dir", "ul"),
    ("fieldset", "div"),
    ("footer", "div"),
    ("form", "div"),
    ("h1", "h2"),
    ("header", "div"),
    ("hgroup", "div"),
    ("legend", "div"),
    ("listing", "pre"),
    ("main", "div"),
    ("menu", "ul"),
    ("nav", "div"),
    ("section", "div"),
    ("strike", "s"),
    ("tt", "code"),
];

/// The name under which an element is published; `None` where only its content is.
pub(super) fn published_name(name: &str) -> Option<&'static str> {
    if let Ok(index) = ELEMENTS.binary_search(&name) {
        return ELEMENTS.get(index).copied();
    }
    RENAMED.iter().find(|(from, _)| *from == name).map(|(_, to)| *to)
}

/// Elements that begin and end lines. A paragraph ends where one of them begins.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "blockquote"
            | "pre"
            | "figure"
            | "figcaption"
            | "details"
            | "summary"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
    ) || is_table_part(name)
}

/// Elements that stand only within tables.
pub(super) fn is_table_part(name: &str) -> bool {
    matches!(name, "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th")
}

/// Attributes of single elements, the address first; `rel` of links is always ours.
pub(super) const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "hreflang"]),
    ("audio", &["src", "controls", "preload"]),
    ("blockquote", &["cite"]),
    ("del", &["cite", "datetime"]),
    ("img", &["src", "srcset", "alt", "width", "height"]),
    ("ins", &["cite", "datetime"]),
    ("li", &["value"]),
    ("ol", &["start", "reversed", "type"]),
    ("q", &["cite"]),
    ("source", &["src", "type"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("time", &["datetime"]),
    ("video", &["src", "controls", "preload", "poster", "width", "height"]),
];

/// Attributes of every element.
pub(super) const GLOBAL_ATTRIBUTES: &[&str] = &["lang", "dir", "title"];

/// The start tag of an element with those attributes that are allowed and make sense.
pub(super) fn start_tag(name: &'static str, attributes: &Attributes<'_>, base: &Url) -> String {
    let mut tag = format!("<{name}");
    let own = ATTRIBUTES.iter().find(|(element, _)| *element == name).map(|(_, own)| *own);
    for attribute in own.unwrap_or_default().iter().chain(GLOBAL_ATTRIBUTES) {
        if let Some(value) = value(name, attribute, attributes, base) {
            write_attribute(&mut tag, attribute, &value);
        }
    }
    if name == "a" {
        write_attribute(&mut tag, "rel", LINK_REL);
    }
    tag.push('>');
    tag
}

/// The address that one of our start tags leads to or loads, escaped as it stands there. It comes first and is
/// looked for nowhere else: the words of `alt` and `title` may end in ` src=` or ` href=`.
pub(super) fn address_of(tag: &str) -> Option<&str> {
    let (_, attributes) = tag.split_once(' ')?;
    let written = ["href=\"", "src=\""].iter().find_map(|name| attributes.strip_prefix(name))?;
    written.split('"').next()
}

fn write_attribute(tag: &mut String, name: &str, value: &str) {
    tag.push(' ');
    tag.push_str(name);
    tag.push_str("=\"");
    escape_into(value, tag);
    tag.push('"');
}

fn value(element: &str, name: &str, attributes: &Attributes<'_>, base: &Url) -> Option<String> {
    if matches!(element, "audio" | "video") {
        match name {
            // Without controls nobody could play it; nothing is fetched before somebody does.
            "controls" => return Some(String::new()),
            "preload" => return Some("none".to_owned()),
            _ => {}
        }
    }
    if element == "img" && name == "src" {
        return image_source(attributes, base);
    }
    let written = attributes.get(name)?;
    let written = written.trim();
    match name {
        "href" => link(written, base),
        "src" | "poster" => urls::loaded(base, written).map(String::from),
        "cite" => urls::absolute(base, written).map(String::from),
        "srcset" => srcset(written, base),
        // An empty `alt` says that the picture says nothing; an empty `title` does not.
        "alt" => Some(line(written, MAX_ATTRIBUTE_TEXT)),
        "title" => Some(line(written, MAX_ATTRIBUTE_TEXT)).filter(|title| !title.is_empty()),
        "width" | "height" => number(written.strip_suffix("px").unwrap_or(written), 1..=9999),
        "colspan" | "rowspan" => number(written, 2..=100),
        "start" | "value" => number(written, 0..=999_999),
        "reversed" => Some(String::new()),
        "scope" => one_of(written, &["row", "col", "rowgroup", "colgroup"]),
        "dir" => one_of(written, &["ltr", "rtl", "auto"]),
        // Case matters here: `a` and `A` are different numerals.
        "type" if element == "ol" => {
            ["1", "a", "A", "i", "I"].contains(&written).then(|| written.to_owned())
        }
        "type" => of_characters(written, "/+.-_;= "),
        "datetime" => of_characters(written, "-:+. "),
        "lang" | "hreflang" => of_characters(written, "-"),
        _ => None,
    }
}

fn number(written: &str, allowed: std::ops::RangeInclusive<u32>) -> Option<String> {
    let number = written.parse().ok().filter(|number| allowed.contains(number))?;
    Some(u32::to_string(&number))
}

fn one_of(written: &str, allowed: &[&str]) -> Option<String> {
    let written = written.to_ascii_lowercase();
    allowed.contains(&written.as_str()).then_some(written)
}

fn of_characters(written: &str, besides: &str) -> Option<String> {
    let fits = !written.is_empty()
        && written.len() <= 64
        && written.chars().all(|c| c.is_ascii_alphanumeric() || besides.contains(c));
    fits.then(|| written.to_owned())
}

/// A link to a page or a mailbox. A link within its own page leads nowhere once the page is ours.
fn link(written: &str, base: &Url) -> Option<String> {
    if written.starts_with('#') {
        return None;
    }
    if let Some(url) = urls::absolute(base, written) {
        return Some(url.into());
    }
    let url = Url::parse(written).ok()?;
    let is_mailbox = url.scheme() == "mailto"
        && url.path().contains('@')
        && url.as_str().len() <= MAX_MAILTO
        && url.as_str().chars().all(|c| c.is_ascii_graphic());
    is_mailbox.then(|| url.into())
}

/// The picture's own URL, or that which a script would have put in its place.
fn image_source(attributes: &Attributes<'_>, base: &Url) -> Option<String> {
    ["src", "data-src", "data-lazy-src", "data-original"]
        .iter()
        .filter_map(|name| attributes.get(name))
        .find_map(|written| urls::loaded(base, &written))
        .map(String::from)
        .or_else(|| {
            let candidates = srcset(attributes.get("srcset")?.trim(), base)?;
            candidates.split(' ').next().map(|url| url.trim_end_matches(',').to_owned())
        })
}

/// Rewrites the candidates of a `srcset` one by one; those that are no web URL are left out.
/// Commas within URLs are encoded, so that they cannot be taken for separators.
fn srcset(written: &str, base: &Url) -> Option<String> {
    if written.len() > MAX_SRCSET {
        return None;
    }
    let mut candidates = Vec::new();
    let mut rest = written;
    while candidates.len() < MAX_CANDIDATES {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (url, after) = rest.split_at_checked(end)?;
        let bare = url.trim_end_matches(',');
        let descriptor = if bare.len() < url.len() {
            rest = after;
            ""
        } else {
            let (descriptor, next) = after.split_once(',').unwrap_or((after, ""));
            rest = next;
            descriptor.trim()
        };
        let Some(url) = urls::loaded(base, bare) else { continue };
        let url = url.as_str().replace(',', "%2C");
        if descriptor.is_empty() {
            candidates.push(url);
        } else if is_descriptor(descriptor) {
            candidates.push(format!("{url} {descriptor}"));
        }
    }
    let candidates = candidates.join(", ");
    (!candidates.is_empty() && candidates.len() <= MAX_SRCSET).then_some(candidates)
}

fn is_descriptor(written: &str) -> bool {
    let number = written.strip_suffix(['w', 'x', 'h']);
    number.is_some_and(|number| {
        !number.is_empty()
            && number.len() <= 8
            && number.chars().all(|c| c.is_ascii_digit() || c == '.')
    })
}
