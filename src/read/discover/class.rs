//! Which class of an element a selector may rely on.
//!
//! A class that a person gave means something and stays; one that a program made of a hash or of
//! a number changes with the next build, and one that says how something looks stands on too much.

use scraper::ElementRef;

/// A class is no longer than this.
const LONGEST: usize = 40;

/// How something looks or where it stands, not what it is.
const LOOKS: &[&str] = &[
    "active",
    "align",
    "animated",
    "block",
    "border",
    "bottom",
    "center",
    "clear",
    "clearfix",
    "col",
    "cols",
    "column",
    "columns",
    "container",
    "current",
    "even",
    "fade",
    "first",
    "flex",
    "float",
    "grid",
    "has",
    "hidden",
    "hentry",
    "inline",
    "is",
    "last",
    "lazy",
    "left",
    "margin",
    "middle",
    "no",
    "odd",
    "padding",
    "relative",
    "right",
    "row",
    "selected",
    "show",
    "sticky",
    "text",
    "top",
    "visible",
    "w",
    "wide",
    "wow",
    "wrapper",
    "css",
    "sc",
    "jsx",
    "svelte",
    "status",
    "format",
    "category",
    "tag",
];

/// What such an element is, in the words of those who make sites.
const MEANS: &[&str] = &[
    "article",
    "articles",
    "post",
    "posts",
    "entry",
    "entries",
    "teaser",
    "news",
    "item",
    "story",
    "stories",
    "card",
    "views-row",
    "node",
    "blog",
    "press",
    "statement",
    "event",
    "publication",
    "result",
    "listing",
    "title",
    "headline",
    "date",
    "summary",
    "excerpt",
    "list",
];

/// What stands beside the news of a page.
const BESIDE: &[&str] = &[
    "nav",
    "navigation",
    "navbar",
    "menu",
    "footer",
    "sidebar",
    "widget",
    "widgets",
    "related",
    "breadcrumb",
    "breadcrumbs",
    "comment",
    "comments",
    "commentlist",
    "cookie",
    "share",
    "sharing",
    "social",
    "pagination",
    "pager",
    "tagcloud",
    "cloud",
    "blogroll",
    "catlinks",
    "archives",
    "categories",
    "tags",
    "languages",
    "language",
    "sponsor",
    "sponsors",
    "advert",
    "ads",
    "popular",
    "submenu",
    "dropdown",
    "meta",
    "reply",
    "sitemap",
    "toc",
    "author",
];

/// The words of a class: `post-card__title` has three.
pub(super) fn parts(class: &str) -> impl Iterator<Item = &str> {
    class.split(['-', '_']).filter(|part| !part.is_empty())
}

/// Whether a selector may rely on a class.
pub(super) fn is_stable(class: &str) -> bool {
    let plain = class.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
    plain
        && (2..=LONGEST).contains(&class.len())
        && class.starts_with(|c: char| c.is_ascii_alphabetic())
        && !parts(class).any(is_hash)
        && parts(class)
            .next()
            .is_some_and(|first| !LOOKS.contains(&first.to_ascii_lowercase().as_str()))
}

/// Letters that no word has in this order: a change of case within a short part (`bdVaJa`), or
/// many consonants in a row.
fn is_hash(part: &str) -> bool {
    let bytes = part.as_bytes();
    let mut pairs = bytes.iter().zip(bytes.iter().skip(1));
    let mixed =
        pairs.by_ref().filter(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase()).count();
    let vowels = bytes
        .iter()
        .any(|b| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y'));
    mixed >= 2 && part.len() <= 10 || part.len() >= 5 && !vowels
}

/// Whether a class says what its element is.
pub(super) fn has_meaning(class: &str) -> bool {
    let small = class.to_ascii_lowercase();
    MEANS.contains(&small.as_str()) || parts(&small).any(|part| MEANS.contains(&part))
}

/// The classes of an element that a selector may rely on, those with a meaning first; at most four.
pub(super) fn stable<'h>(element: ElementRef<'h>) -> Vec<&'h str> {
    let mut classes: Vec<&str> =
        element.value().classes().take(24).filter(|class| is_stable(class)).collect();
    classes.sort_by_key(|class| (!has_meaning(class), class.len()));
    classes.truncate(4);
    classes
}

/// Whether an element stands beside the news of its page: a menu, a side bar, a foot, by its name, its
/// role, its class or its id.
pub(super) fn is_beside(element: ElementRef<'_>) -> bool {
    let value = element.value();
    if matches!(value.name(), "body" | "html" | "main") {
        return false;
    }
    let says = |words: &str| {
        let small = words.to_ascii_lowercase();
        parts(&small).any(|part| BESIDE.contains(&part))
    };
    matches!(value.name(), "nav" | "footer" | "aside" | "form")
        || value
            .attr("role")
            .is_some_and(|role| matches!(role, "navigation" | "contentinfo" | "banner" | "search"))
        || value.classes().take(24).any(says)
        || value.id().is_some_and(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_made_is_not_relied_on() {
        for class in ["teaser", "post-card", "views-row", "entry-title", "newsItem", "c_news__item"]
        {
            assert!(is_stable(class), "{class}");
        }
        for class in [
            "css-1x2y3z",
            "sc-bdVaJa",
            "jsx-123",
            "Teaser_root__3kP9q",
            "post-1234",
            "col-md-6",
            "mt-4",
            "_a",
            "a",
            "md:flex",
            "w-1/2",
            "bdVaJa",
            "xkcdfgh",
            "is-active",
            "flex",
            "category-news",
        ] {
            assert!(!is_stable(class), "{class}");
        }
        let page = "<body><div class='catlinks'><b>x</b></div><div class='news'><i>x</i></div>";
        let html = scraper::Html::parse_document(page);
        let beside = |name: &str| {
            let selector = scraper::Selector::parse(name).unwrap();
            html.select(&selector).all(is_beside)
        };
        // Wikis list their categories below the text.
        assert!(beside(".catlinks") && !beside(".news") && !beside("body"));
        assert!(has_meaning("post-card") && has_meaning("views-row") && !has_meaning("box"));
    }
}
