//! The text of an article among everything else on its page.

use dom_smoothie::{Config, Readability};
use scraper::{ElementRef, Html, Node, Selector};

use crate::model::Select;
use crate::read::page::words;

/// What stands in articles and is none of their text, by the names that sites give to it.
const NOT_TEXT: &str = "nav, footer, form, aside.related, [role=navigation], [role=complementary], \
    [aria-hidden=true], [hidden], .sharedaddy, .share, .sharing, .social-share, .share-buttons, \
    .addtoany_share_save_container, .a2a_kit, .heateor_sss_sharing_container, .jp-relatedposts, \
    .related-posts, .related, .yarpp-related, .newsletter, .newsletter-signup, .mc4wp-form, \
    .subscribe, .comments, #comments, .comment-list, #respond, .comment-respond, .post-navigation, \
    .nav-links, .breadcrumbs, .breadcrumb, .cookie-notice, .cookie-banner, .donate-box, .donation, \
    .author-box, .author-bio, .post-tags, .tag-links, .cat-links, .entry-meta, .post-meta, \
    .entry-footer, .sidebar, #sidebar, .widget, .shariff, .wp-block-buttons, .printfriendly, \
    .flattr, .twitter-share-button, .screen-reader-text, .feedback-prompt, .print-info";

/// HTML of the text; `None` where there is none.
pub(super) fn content(
    html: &Html,
    page: &str,
    title: Option<&str>,
    select: Option<&Select>,
    notes: &mut Vec<String>,
) -> Option<String> {
    let drop: Vec<Selector> = select
        .map(|select| select.drop.iter())
        .into_iter()
        .flatten()
        .filter_map(|written| Selector::parse(written).ok())
        .collect();
    if let Some(written) = select.and_then(|select| select.content.as_deref()) {
        let selector = Selector::parse(written).ok()?;
        let found: String =
            html.select(&selector).map(|element| written_without(element, &drop)).collect();
        if !found.trim().is_empty() {
            return Some(found);
        }
        notes.push(format!("`content = \"{written}\"` found nothing; the text was looked for"));
    }
    let mut unwanted = drop;
    unwanted.extend(Selector::parse(NOT_TEXT));
    let cleared = written_without(html.root_element(), &unwanted);
    let found = readable(&cleared, title).or_else(|| readable(page, title))?;
    Some(found)
}

/// What readability takes for the text.
fn readable(page: &str, title: Option<&str>) -> Option<String> {
    let config = Config { disable_json_ld: true, ..Config::default() };
    let mut reading = Readability::new(page, None, Some(config)).ok()?;
    let article = reading.parse().ok()?;
    let content = article.content.to_string();
    let fragment = Html::parse_fragment(&content);
    let said = words(fragment.root_element());
    (!said.is_empty() && Some(said.as_str()) != title).then_some(content)
}

/// An element's HTML without what these selectors find in it.
fn written_without(element: ElementRef<'_>, unwanted: &[Selector]) -> String {
    let gone: std::collections::HashSet<_> = unwanted
        .iter()
        .flat_map(|selector| element.select(selector))
        .map(|element| element.id())
        .collect();
    if gone.is_empty() {
        return element.html();
    }
    let mut out = String::new();
    write(element, &|element| gone.contains(&element.id()), &mut out);
    out
}

/// Writes an element; nesting is bounded, since the page was balanced.
fn write(element: ElementRef<'_>, is_gone: &dyn Fn(ElementRef<'_>) -> bool, out: &mut String) {
    if is_gone(element) {
        return;
    }
    let name = element.value().name();
    out.push_str(&format!("<{name}"));
    for (name, value) in element.value().attrs() {
        out.push_str(&format!(" {name}=\""));
        crate::clean::text::escape_into(value, out);
        out.push('"');
    }
    out.push('>');
    for child in element.children() {
        match child.value() {
            Node::Text(text) => crate::clean::text::escape_into(text, out),
            Node::Element(_) => {
                if let Some(child) = ElementRef::wrap(child) {
                    write(child, is_gone, out);
                }
            }
            _ => {}
        }
    }
    if !matches!(name, "br" | "img" | "hr" | "input" | "link" | "meta" | "source" | "wbr" | "base")
    {
        out.push_str(&format!("</{name}>"));
    }
}
