//! What stands on an article's page and is not its text: menus, share boxes, forms for newsletters
//! and donations, teasers of other stories, comments, cookie banners.
//!
//! They are known by the element, its role, or a word of its class or id, as content management
//! systems name them. None of it is certain (`body.has-sidebar`), so that nothing is removed
//! which holds a large part of the page's words or its main heading.

use std::collections::HashMap;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{Html, Node};

/// Elements that are weeds by name.
const ELEMENTS: &[&str] = &["nav", "aside", "dialog", "form", "footer"];

/// Roles that are weeds.
const ROLES: &[&str] = &[
    "navigation",
    "complementary",
    "contentinfo",
    "search",
    "dialog",
    "alertdialog",
    "menu",
    "menubar",
    "toolbar",
];

/// Words of classes and ids; `-` stands between the words of one name.
const NAMES: &[&str] = &[
    // Share boxes.
    "share",
    "sharing",
    "sharedaddy",
    "shariff",
    "sociable",
    "addtoany",
    "addthis",
    "a2a-kit",
    "social",
    "social-links",
    "social-icons",
    "teilen",
    "partager",
    "condividi",
    "compartir",
    // Newsletters and donations.
    "newsletter",
    "newsletters",
    "mailchimp",
    "mc-embed-signup",
    "subscribe",
    "subscription",
    "signup",
    "sign-up",
    "optin",
    "donate",
    "donation",
    "donations",
    "donate-box",
    // Other stories.
    "related",
    "relatedposts",
    "jp-relatedposts",
    "related-posts",
    "yarpp",
    "recommended",
    "recommendations",
    "outbrain",
    "taboola",
    "read-more",
    "readmore",
    "read-also",
    "more-posts",
    "most-read",
    "mostread",
    "popular",
    "trending",
    "similar",
    "see-also-box",
    // Comments.
    "comments",
    "comment-list",
    "commentlist",
    "comment-form",
    "comment-respond",
    "respond",
    "disqus",
    "disqus-thread",
    "comments-area",
    "trackbacks",
    "pingbacks",
    // Banners.
    "cookie",
    "cookies",
    "cookie-notice",
    "cookiebar",
    "consent",
    "gdpr",
    "cmplz",
    "borlabs",
    "popup",
    "modal",
    "overlay",
    "paywall",
    "advert",
    "advertisement",
    "ads",
    "adsense",
    "promo",
    "sponsored",
    "banner",
    // Ways through the site.
    "breadcrumb",
    "breadcrumbs",
    "pagination",
    "pager",
    "navigation",
    "nav-links",
    "post-navigation",
    "nav-below",
    "nav-above",
    "menu",
    "navbar",
    "sidebar",
    "widget",
    "widget-area",
    "skip-link",
    "screen-reader-text",
    "search-form",
    "searchform",
    "site-footer",
    "site-header",
    "toolbar",
    // What is said of the post beside its text.
    "postmeta",
    "postmetadata",
    "post-meta",
    "entry-meta",
    "entry-utility",
    "entry-footer",
    "article-meta",
    "meta-info",
    "tag-links",
    "taglist",
    "post-tags",
    "cat-links",
    "post-footer",
    "author-info",
    "author-box",
    "authorbox",
    "author-bio",
    "author-description",
    "about-author",
    "post-author",
    "printfriendly",
    "print-link",
    "edit-link",
    "rating",
    "post-ratings",
];

/// Classes and ids of comments.
const COMMENTS: &[&str] = &[
    "comments",
    "comment-list",
    "commentlist",
    "comments-area",
    "comments-section",
    "respond",
    "disqus_thread",
];

/// Of the page's words an element may hold at most so many hundredths to be a weed.
const MAX_SHARE: usize = 30;

/// Comments may be longer than what they comment.
const MAX_COMMENTS: usize = 90;

/// Takes the weeds out of a page.
pub(super) fn pull(html: &mut Html) {
    let sizes = sizes(html);
    let total = sizes.values().map(|size| size.words).max().unwrap_or_default();
    let mut weeds = Vec::new();
    let mut inside = 0_usize;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => {
                let Node::Element(element) = node.value() else { continue };
                if inside > 0 {
                    inside = inside.saturating_add(1);
                    continue;
                }
                let size = sizes.get(&node.id()).copied().unwrap_or_default();
                let is_quoted = element.name() == "footer"
                    && node.ancestors().any(|around| {
                        around
                            .value()
                            .as_element()
                            .is_some_and(|around| matches!(around.name(), "blockquote" | "figure"))
                    });
                if !is_quoted && is_weed(element, size, total) {
                    weeds.push(node.id());
                    inside = 1;
                }
            }
            Edge::Close(node) => {
                if node.value().is_element() {
                    inside = inside.saturating_sub(1);
                }
            }
        }
    }
    for weed in weeds {
        if let Some(mut node) = html.tree.get_mut(weed) {
            node.detach();
        }
    }
}

/// How much an element holds.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    /// Bytes of text that are no white space.
    words: usize,
    /// Whether the page's main heading is in it.
    has_heading: bool,
}

/// The sizes of all elements, in one walk.
fn sizes(html: &Html) -> HashMap<NodeId, Size> {
    let mut sizes = HashMap::new();
    let mut open: Vec<Size> = Vec::new();
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Element(element) => {
                    let has_heading = element.name() == "h1";
                    open.push(Size { words: 0, has_heading });
                }
                Node::Text(text) => {
                    if let Some(size) = open.last_mut() {
                        let words = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
                        size.words = size.words.saturating_add(words);
                    }
                }
                _ => {}
            },
            Edge::Close(node) if node.value().is_element() => {
                let Some(size) = open.pop() else { continue };
                sizes.insert(node.id(), size);
                if let Some(around) = open.last_mut() {
                    around.words = around.words.saturating_add(size.words);
                    around.has_heading |= size.has_heading;
                }
            }
            Edge::Close(_) => {}
        }
    }
    sizes
}

fn is_weed(element: &scraper::node::Element, size: Size, total: usize) -> bool {
    let name = element.name();
    if matches!(name, "html" | "head" | "body" | "main" | "h1" | "article") || size.has_heading {
        return false;
    }
    let holds = |share: usize| size.words.saturating_mul(100) > total.saturating_mul(share);
    if holds(MAX_COMMENTS) {
        return false;
    }
    let named = named(element);
    let is_called = |name: &&&str| named.contains(&format!("-{name}-"));
    // Comments may be most of the page, so only a name that says nothing else counts.
    let classes = element.attr("class").unwrap_or_default().split_ascii_whitespace();
    let mut own = classes.chain(element.attr("id").map(str::trim));
    if own.any(|own| COMMENTS.contains(&own)) {
        return true;
    }
    let is_other = ELEMENTS.contains(&name)
        || element.attr("role").is_some_and(|role| ROLES.contains(&role.trim()))
        || NAMES.iter().find(is_called).is_some();
    is_other && !holds(MAX_SHARE)
}

/// Class and id as one row of words: `-entry-meta-postInfo-` is `-entry-meta-post-info-`.
fn named(element: &scraper::node::Element) -> String {
    let mut named = String::from("-");
    for value in [element.attr("class"), element.attr("id")].into_iter().flatten() {
        let mut was_lower = false;
        for c in value.chars().take(300) {
            if !c.is_alphanumeric() {
                if !named.ends_with('-') {
                    named.push('-');
                }
            } else {
                if c.is_uppercase() && was_lower {
                    named.push('-');
                }
                named.extend(c.to_lowercase());
            }
            was_lower = c.is_lowercase();
        }
        if !named.ends_with('-') {
            named.push('-');
        }
    }
    named
}
