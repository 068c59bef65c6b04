//! A web page as a tree: what pages and articles are read from.
//!
//! The page is written anew by [`clean::page`](crate::clean::page()) before it is parsed, so that
//! neither parsing nor dropping nor selecting overflows the stack or takes quadratic time.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::{Input, ReadError, charset, sniff};
use crate::clean::{self, MAX_ELEMENTS, text, urls};

/// A longer value of an attribute is not read.
const MAX_ATTRIBUTE: usize = 4096;

/// A parsed page.
pub(super) struct Tree {
    pub(super) html: Html,
    /// The `title` element.
    pub(super) title: Option<String>,
    /// JSON-LD, as written.
    pub(super) data: Vec<String>,
    /// What relative URLs are resolved against.
    pub(super) base: Url,
    pub(super) repairs: Vec<String>,
}

/// Reads a web page.
pub(super) fn parse(input: &Input<'_>) -> Result<Tree, ReadError> {
    sniff::refuse_binary(input.bytes).map_err(of_page)?;
    let decoded = charset::decode_page(input.bytes, input.content_type);
    let what = match sniff::syntax(decoded.text.trim()) {
        Err(ReadError::WebPage { .. }) => None,
        Err(error @ ReadError::Empty) => return Err(error),
        Err(ReadError::NotAFeed { what: "plain text" }) => Some("plain text"),
        // XHTML fragments, odd beginnings: whatever has tags is read.
        Err(_) => None,
        Ok(sniff::Syntax::Json) => Some("JSON"),
        Ok(sniff::Syntax::Xml) => Some("a feed (write kind = \"feed\")"),
    };
    if let Some(what) = what {
        return Err(ReadError::NotAPage { what });
    }
    let mut repairs = decoded.repairs;
    let page = clean::page(&decoded.text).ok_or(ReadError::PageTooLarge { limit: MAX_ELEMENTS })?;
    if page.flattened > 0 {
        repairs.push(format!(
            "{} elements are nested more than {} deep and were taken for their text",
            page.flattened,
            clean::MAX_DEPTH
        ));
    }
    let html = Html::parse_document(&page.html);
    let base = first(&html, "base[href]")
        .and_then(|element| attribute(element, "href"))
        .and_then(|href| urls::absolute(input.base, href))
        .unwrap_or_else(|| input.base.clone());
    Ok(Tree { html, title: page.title, data: page.data, base, repairs })
}

fn of_page(error: ReadError) -> ReadError {
    match error {
        ReadError::NotAFeed { what } => ReadError::NotAPage { what },
        error => error,
    }
}

/// The elements that a selector of ours finds.
pub(super) fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector)
        .map_or_else(|_| Vec::new(), |selector| html.select(&selector).collect())
}

/// The first element that a selector of ours finds.
pub(super) fn first<'a>(html: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    html.select(&Selector::parse(selector).ok()?).next()
}

/// An attribute that says something.
pub(super) fn attribute<'a>(element: ElementRef<'a>, name: &str) -> Option<&'a str> {
    let value = element.attr(name)?.trim();
    (!value.is_empty() && value.len() <= MAX_ATTRIBUTE).then_some(value)
}

/// The words of an element on one line, at most `max_chars` characters.
pub(super) fn words(element: ElementRef<'_>, max_chars: usize) -> String {
    let mut words = String::new();
    for node in element.descendants() {
        match node.value() {
            scraper::Node::Text(text) => words.push_str(text),
            scraper::Node::Element(element) if !clean::html::is_inline(element.name()) => {
                words.push(' ');
            }
            _ => {}
        }
        // Each character may take four bytes, and white space collapses.
        if words.len() > max_chars.saturating_mul(8) {
            break;
        }
    }
    text::line(&words, max_chars)
}

/// The address of the picture that an element is, or has in it.
pub(super) fn picture(element: ElementRef<'_>, base: &Url) -> Option<String> {
    let candidates = std::iter::once(element).chain(within(element));
    candidates
        .filter(|element| matches!(element.value().name(), "img" | "source" | "meta" | "link"))
        .find_map(|element| {
            ["data-src", "data-lazy-src", "data-original", "src", "content", "href"]
                .iter()
                .filter_map(|name| attribute(element, name))
                .find_map(|address| urls::loaded(base, address))
                .or_else(|| {
                    let set = attribute(element, "data-srcset")
                        .or_else(|| attribute(element, "srcset"))?;
                    urls::loaded(base, set.split_whitespace().next()?.trim_end_matches(','))
                })
        })
        .map(String::from)
}

/// The elements within an element, itself left out, in document order.
pub(super) fn within<'a>(element: ElementRef<'a>) -> impl Iterator<Item = ElementRef<'a>> {
    element.descendants().skip(1).filter_map(ElementRef::wrap)
}
