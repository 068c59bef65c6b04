//! JSON-LD: what a page says of its article in the words of schema.org.
//!
//! Pages put it into one object, an array, or a `@graph` whose nodes refer to one another by
//! `@id`. Only the node of the article itself is used, not those of teasers beside it.

use std::collections::HashMap;

use serde_json::Value;

use crate::clean::text;

/// A longer block is not read.
const MAX_BLOCK: usize = 1024 * 1024;

/// Nodes beyond these are not looked at.
const MAX_NODES: usize = 2000;

/// Authors of an article that are looked at.
const MOST_NAMES: usize = 20;

/// Of a name no more characters are looked at.
const LONGEST_NAME: usize = 1000;

/// Types that are articles.
const ARTICLES: &[&str] = &[
    "Article",
    "NewsArticle",
    "BlogPosting",
    "Report",
    "OpinionNewsArticle",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "BackgroundNewsArticle",
    "ReviewNewsArticle",
    "LiveBlogPosting",
    "TechArticle",
    "ScholarlyArticle",
    "SocialMediaPosting",
    "PodcastEpisode",
];

/// Types that say something of the page as a whole.
const PAGES: &[&str] = &["WebPage", "ItemPage", "AboutPage"];

/// What the page's data says.
#[derive(Debug, Default)]
pub(super) struct Linked {
    pub(super) headline: Option<String>,
    pub(super) description: Option<String>,
    pub(super) body: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) image: Option<String>,
    pub(super) language: Option<String>,
}

/// Reads the blocks of a page. `is_here` tells whether an address is the page's own.
pub(super) fn read(blocks: &[String], is_here: impl Fn(&str) -> bool) -> Linked {
    let parsed: Vec<Value> = blocks.iter().filter_map(|block| parse(block)).collect();
    let mut nodes = Vec::new();
    parsed.iter().for_each(|value| gather(value, &mut nodes));
    let by_id: HashMap<&str, &Value> =
        nodes.iter().rev().filter_map(|node| Some((node.get("@id")?.as_str()?, *node))).collect();
    let articles: Vec<&Value> = nodes.iter().copied().filter(|node| is_a(node, ARTICLES)).collect();
    let own = articles.iter().find(|node| {
        ["url", "@id", "mainEntityOfPage"].iter().any(|key| {
            let value = node.get(key);
            let address =
                value.and_then(|value| value.as_str().or_else(|| value.get("@id")?.as_str()));
            address.is_some_and(&is_here)
        })
    });
    let article = own.or(articles.first().filter(|_| articles.len() == 1)).copied();
    let page = nodes.iter().copied().find(|node| is_a(node, PAGES));
    let graph = Graph { by_id };
    let mut linked = article.map(|node| graph.linked(node)).unwrap_or_default();
    if let Some(page) = page {
        let of_page = graph.linked(page);
        linked.description = linked.description.or(of_page.description);
        linked.published = linked.published.or(of_page.published);
        linked.updated = linked.updated.or(of_page.updated);
        linked.language = linked.language.or(of_page.language);
        linked.image = linked.image.or(of_page.image);
        if linked.authors.is_empty() {
            linked.authors = of_page.authors;
        }
    }
    linked
}

/// Some pages wrap their data in comments, or break lines within strings.
fn parse(block: &str) -> Option<Value> {
    if block.len() > MAX_BLOCK {
        return None;
    }
    let start = block.find(['{', '['])?;
    let end = block.rfind(['}', ']'])?;
    let json = block.get(start..=end)?;
    serde_json::from_str(json).ok().or_else(|| serde_json::from_str(&escaped(json)).ok())
}

/// JSON with the line breaks within its strings escaped, and other control characters left out.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let (mut in_string, mut after_backslash) = (false, false);
    for c in json.chars() {
        match c {
            '\n' if in_string => escaped.push_str("\\n"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
        in_string ^= c == '"' && !after_backslash;
        after_backslash = c == '\\' && !after_backslash;
    }
    escaped
}

/// The nodes of a block: not what lies within them, but for `@graph` and `mainEntity`.
fn gather<'a>(value: &'a Value, nodes: &mut Vec<&'a Value>) {
    if nodes.len() >= MAX_NODES {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| gather(value, nodes)),
        Value::Object(object) => {
            nodes.push(value);
            for key in ["@graph", "mainEntity"] {
                if let Some(inner) = object.get(key) {
                    gather(inner, nodes);
                }
            }
        }
        _ => {}
    }
}

fn is_a(node: &Value, types: &[&str]) -> bool {
    let is_one = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        types.contains(&name.rsplit('/').next().unwrap_or_default())
    };
    match node.get("@type") {
        Some(Value::Array(values)) => values.iter().any(is_one),
        Some(value) => is_one(value),
        None => false,
    }
}

struct Graph<'a> {
    by_id: HashMap<&'a str, &'a Value>,
}

impl Graph<'_> {
    fn linked(&self, node: &Value) -> Linked {
        let words = |key: &str| node.get(key).and_then(Value::as_str).and_then(plain);
        let author = node.get("author").or_else(|| node.get("creator"));
        let language = node.get("inLanguage");
        Linked {
            headline: words("headline").or_else(|| words("name")),
            description: words("description"),
            body: node.get("articleBody").and_then(Value::as_str).map(str::to_owned),
            authors: author.map(|author| self.names(author)).unwrap_or_default(),
            published: words("datePublished").or_else(|| words("dateCreated")),
            updated: words("dateModified"),
            image: node
                .get("image")
                .or_else(|| node.get("primaryImageOfPage"))
                .and_then(|image| self.address(image)),
            language: language
                .and_then(|language| {
                    language.as_str().or_else(|| language.get("alternateName")?.as_str())
                })
                .and_then(plain),
        }
    }

    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        let id = value.get("@id").and_then(Value::as_str);
        let is_reference = value.as_object().is_some_and(|object| object.len() == 1);
        id.filter(|_| is_reference).and_then(|id| self.by_id.get(id).copied()).unwrap_or(value)
    }

    fn names(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Array(values) => {
                values.iter().take(MOST_NAMES).flat_map(|value| self.name(value)).collect()
            }
            value => self.name(value).into_iter().collect(),
        }
    }

    fn name(&self, value: &Value) -> Option<String> {
        let value = self.resolve(value);
        let name = value.get("name").unwrap_or(value);
        // Some give a name in an array of one.
        let name = name.get(0).unwrap_or(name);
        // One name may stand for many authors, so it is cut before it is copied.
        let name = name.as_str()?;
        let end = name.char_indices().nth(LONGEST_NAME).map_or(name.len(), |(end, _)| end);
        plain(name.get(..end)?)
    }

    fn address(&self, value: &Value) -> Option<String> {
        let value = value.get(0).unwrap_or(value);
        let value = self.resolve(value);
        let address = value.get("url").or_else(|| value.get("contentUrl")).unwrap_or(value);
        Some(address.as_str()?.to_owned()).filter(|address| !address.is_empty())
    }
}

/// Words without the markup that some put into their data.
fn plain(written: &str) -> Option<String> {
    let words = text::from_html(written);
    (!words.is_empty()).then_some(words)
}
