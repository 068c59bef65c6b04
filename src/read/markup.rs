//! Whether words are HTML. RSS does not say it of its titles, so the words must.

use super::repair::entities;

/// Elements that occur in the words of feeds. `<name@example.org>` or `<Enter>` is none of them.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
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
    "embed",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "li",
    "link",
    "main",
    "mark",
    "math",
    "meta",
    "nav",
    "object",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Whether something like a tag of HTML, or a reference that HTML resolves, occurs.
pub(super) fn looks_like_html(text: &str) -> bool {
    holds_tag(text) || entities::holds_reference(text)
}

fn holds_tag(text: &str) -> bool {
    // Without a `>` further on nothing is a tag.
    let Some(last) = text.rfind('>') else { return false };
    text.match_indices('<').take_while(|(at, _)| *at < last).any(|(at, _)| {
        let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
        if rest.starts_with("!--") {
            return true;
        }
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let length = rest.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
        let (Some(name), Some(after)) = (rest.get(..length), rest.get(length..)) else {
            return false;
        };
        after.starts_with(['>', '/', ' ', '\t', '\n', '\r'])
            && ELEMENTS.iter().any(|element| element.eq_ignore_ascii_case(name))
    })
}
