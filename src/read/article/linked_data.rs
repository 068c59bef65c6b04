//! JSON-LD: what a page says to search engines about its article (schema.org).

use std::collections::HashMap;

use serde_json::Value;

use crate::read::page::find;

/// Bytes of JSON-LD that are read of one page.
const MOST_BYTES: usize = 1024 * 1024;

/// Objects that are looked at.
const MOST_OBJECTS: usize = 2_000;

/// The object that speaks of the article; nothing where there is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct LinkedData {
    article: Value,
    /// Names by `@id`: objects refer to one another by it.
    names: HashMap<String, String>,
}

impl LinkedData {
    /// Finds it in a page as it came.
    pub(super) fn read(text: &str) -> Self {
        let mut objects = Vec::new();
        let mut rest = text;
        let mut left = MOST_BYTES;
        while let Some(at) = find(rest, "<script") {
            let Some((tag, after)) = rest.get(at..).and_then(|from| from.split_once('>')) else {
                break;
            };
            let end = find(after, "</script").unwrap_or(after.len());
            let (script, following) = after.split_at_checked(end).unwrap_or((after, ""));
            rest = following;
            if !tag.to_ascii_lowercase().contains("ld+json") || script.len() > left {
                continue;
            }
            left = left.saturating_sub(script.len());
            if let Ok(value) = serde_json::from_str::<Value>(script.trim()) {
                collect(value, &mut objects);
            }
        }
        let text = |object: &Value, key: &str| Some(object.get(key)?.as_str()?.trim().to_owned());
        let name = |object: &Value| Some((text(object, "@id")?, text(object, "name")?));
        let names = objects.iter().filter_map(name).collect();
        let best = objects.into_iter().filter_map(|object| Some((rank(&object)?, object)));
        let best = best.min_by_key(|(rank, _)| *rank);
        Self { article: best.map(|(_, object)| object).unwrap_or_default(), names }
    }

    /// A text, or the name or address of what stands there.
    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| texts(self.article.get(key)?).into_iter().next())
    }

    /// All texts that stand there, or the names of what they refer to.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.article.get(key).map(texts).unwrap_or_default();
        texts.into_iter().map(|text| self.names.get(&text).cloned().unwrap_or(text)).collect()
    }
}

/// The objects in a value, those of `@graph` as well.
fn collect(value: Value, objects: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| collect(value, objects)),
        Value::Object(mut object) if objects.len() < MOST_OBJECTS => {
            let graph = object.remove("@graph");
            objects.push(Value::Object(object));
            if let Some(graph) = graph {
                collect(graph, objects);
            }
        }
        _ => {}
    }
}

/// How well an object's type says that it is the article; `None` where it does not.
fn rank(object: &Value) -> Option<u8> {
    let types = texts(object.get("@type")?);
    let is = |wanted: &str| types.iter().any(|name| name.ends_with(wanted));
    if is("Article") || is("BlogPosting") || is("Report") {
        Some(0)
    } else if is("CreativeWork") || is("Event") {
        Some(1)
    } else if is("WebPage") {
        Some(2)
    } else {
        None
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => vec![text.trim().to_owned()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(object) => {
            let named = ["name", "url", "@id"].iter().find_map(|key| object.get(*key));
            named.filter(|value| value.is_string()).map(texts).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
