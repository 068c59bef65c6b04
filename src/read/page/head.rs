//! What a page says of itself in its head.

use scraper::{Html, Selector};
use url::Url;

/// A page's own facts.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::read) struct Head {
    /// What relative links are resolved against.
    pub(in crate::read) base: Url,
    /// `<title>`.
    pub(in crate::read) title: Option<String>,
    /// `og:site_name`.
    pub(in crate::read) site_name: Option<String>,
    /// `<html lang>`.
    pub(in crate::read) language: Option<String>,
}

impl Head {
    /// Reads it; `text` is the page as it came, since its title is no part of what was parsed.
    pub(in crate::read) fn read(html: &Html, text: &str, base: &Url) -> Self {
        let written = attribute(html, "base[href]", "href");
        let own = written.and_then(|href| base.join(&href).ok());
        Self {
            base: own.filter(|own| own.scheme().starts_with("http")).unwrap_or(base.clone()),
            title: title(text),
            site_name: meta(html, &["og:site_name", "application-name"]),
            language: attribute(html, "html[lang]", "lang"),
        }
    }
}

/// The content of the first `<meta>` of one of these names, in their order.
pub(in crate::read) fn meta(html: &Html, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let selector = format!("meta[property=\"{name}\" i], meta[name=\"{name}\" i]");
        attribute(html, &selector, "content")
    })
}

/// An attribute of the first element that has it.
pub(in crate::read) fn attribute(html: &Html, selector: &str, name: &str) -> Option<String> {
    let selector = Selector::parse(selector).ok()?;
    let mut values = html.select(&selector).filter_map(|element| element.value().attr(name));
    values.find(|value| !value.trim().is_empty()).map(|value| value.trim().to_owned())
}

/// The text of `<title>`, as HTML text.
fn title(text: &str) -> Option<String> {
    let at = find(text, "<title")?;
    let (_, rest) = text.get(at..)?.split_once('>')?;
    let end = find(rest, "</title")?;
    let written = crate::clean::text::from_html(rest.get(..end)?);
    let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
    (!written.is_empty()).then_some(written)
}

/// Where a name of ASCII letters begins, in whatever case.
pub(in crate::read) fn find(text: &str, name: &str) -> Option<usize> {
    let first = name.as_bytes().first()?;
    let mut from = 0;
    while let Some(rest) = text.as_bytes().get(from..) {
        let at = from.checked_add(rest.iter().position(|byte| byte == first)?)?;
        let end = at.checked_add(name.len())?;
        if text.as_bytes().get(at..end)?.eq_ignore_ascii_case(name.as_bytes()) {
            return Some(at);
        }
        from = at.checked_add(1)?;
    }
    None
}
