//! Who wrote an article: names, not accounts, and without the words around them.

use scraper::ElementRef;

use super::super::tree;
use super::fields::{Found, MAX_BYLINE, Page};
use crate::clean::text;

/// Names beyond these are not read.
const MAX_AUTHORS: usize = 20;

/// Bylines of one kind that are looked at.
const MOST_BYLINES: usize = 50;

/// A longer list of classes names nothing.
const LONGEST_CLASS: usize = 1000;

/// Elements that hold a name, the surest first.
const AUTHORED: &[&str] = &[
    "[itemprop~='author'] [itemprop~='name']",
    "[itemprop~='author']",
    "a[rel~='author']",
    ".byline-name, .author-name, .byline .author, .author .fn, .vcard .fn",
    ".byline, .p-author, .post-author, .entry-author, .article-author",
    "a[href*='/author/'], .submitted .username",
    ".author",
    "address.author, [class*='byline']",
];

/// What stands before the names in a byline.
const BY: &[&str] = &[
    "written by",
    "gespeichert von",
    "veröffentlicht von",
    "erstellt von",
    "posted by",
    "by",
    "von",
    "geschrieben von",
    "από",
    "του",
    "της",
    "di",
    "a cura di",
    "par",
    "por",
    "автор",
    "автор:",
    "yazan",
    "text:",
    "autor:",
    "author:",
    "verfasst von",
];

/// What stands between the names and the date.
const ON: &[&str] = &[" on ", " am ", " στις ", " il ", " le ", " el ", " em ", " at "];

/// Names of accounts, which are nobody's.
const NOBODY: &[&str] = &["admin", "administrator", "webmaster", "root", "editor", "anonymous"];

impl Page<'_> {
    /// The authors, from what is meant for programs, else from the byline.
    pub(super) fn authors(&self) -> Found<Vec<String>> {
        let site = self.site_name();
        let keep = |written: Vec<String>| -> Option<Vec<String>> {
            let mut names: Vec<String> = Vec::new();
            for name in written.iter().flat_map(|written| names_in(written)) {
                let is_known = names.iter().any(|known| known.eq_ignore_ascii_case(&name));
                if !is_known && site.as_deref() != Some(name.as_str()) && names.len() < MAX_AUTHORS
                {
                    names.push(name);
                }
            }
            (!names.is_empty()).then_some(names)
        };
        if let Some(names) = keep(self.linked.authors.clone()) {
            return Some((names, "JSON-LD".to_owned()));
        }
        let names = [
            "citation_author",
            "author",
            "article:author",
            "og:article:author",
            "dc.creator",
            "dcterms.creator",
            "parsely-author",
            "sailthru.author",
        ];
        for name in names {
            let all = self.meta.iter().filter(|(own, _)| own == name);
            if let Some(names) = keep(all.map(|(_, content)| (*content).to_owned()).collect()) {
                return Some((names, name.to_owned()));
            }
        }
        AUTHORED.iter().find_map(|place| {
            let found = tree::all(self.html, place);
            // The names of comments and of other stories stand in lists of their own.
            let found = found.into_iter().take(MOST_BYLINES);
            let found = found.filter(|element| !is_aside(*element)).take(5);
            let words = found.map(|element| tree::words(element, MAX_BYLINE)).collect();
            Some((keep(words)?, format!("\"{place}\"")))
        })
    }
}

/// The names in a byline: without "By", without a date.
fn names_in(written: &str) -> Vec<String> {
    let line = text::line(&text::from_html(written), MAX_BYLINE);
    if line.contains("://") || line.contains('@') {
        return Vec::new();
    }
    let line = line.split(['|', '•', '·', '–', '/']).next().unwrap_or_default().trim();
    let by = BY.iter().filter(|by| {
        let length = by.chars().count();
        let mut rest = line.chars().skip(length);
        let begins = line.chars().take(length).flat_map(char::to_lowercase).eq(by.chars());
        // Where the word and the name stand in elements of their own, no space is between them.
        let is_apart = rest.next().is_some_and(|c| {
            c == ' ' || c == ':' || by.ends_with(':') || length > 2 && c.is_uppercase()
        });
        begins && is_apart
    });
    let by = by.max_by_key(|by| by.len()).map_or(0, |by| by.chars().count());
    let rest: String = line.chars().skip(by).collect();
    let rest = rest.trim_start_matches([':', ' ']);
    let rest = ON
        .iter()
        .filter_map(|on| rest.find(on))
        .min()
        .and_then(|at| rest.get(..at))
        .unwrap_or(rest);
    let names = rest.split([',', ';']).flat_map(|part| part.split(" & "));
    let names = names.flat_map(|part| part.split(" and ")).flat_map(|part| part.split(" und "));
    names
        .map(str::trim)
        .take_while(|name| !name.chars().any(|c| c.is_ascii_digit()))
        .filter(|name| {
            let words = name.split_whitespace().count();
            name.chars().any(char::is_alphabetic)
                && words <= 6
                && !NOBODY.contains(&name.to_lowercase().as_str())
        })
        .map(str::to_owned)
        .collect()
}

/// Whether an element stands in comments, lists of other stories, or beside the text.
fn is_aside(element: ElementRef<'_>) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|around| {
        let names = [around.attr("id"), around.attr("class")];
        matches!(around.value().name(), "aside" | "nav")
            || names.into_iter().flatten().filter(|name| name.len() <= LONGEST_CLASS).any(|name| {
                ["comment", "related", "sidebar"].iter().any(|word| name.contains(word))
            }) && !matches!(around.value().name(), "html" | "body")
    })
}
