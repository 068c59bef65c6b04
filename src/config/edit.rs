//! Adding sources to a feeds.toml that people edit: everything that stands in it stays, byte for
//! byte, and the new ones come behind the last source.
//!
//! toml_edit says where that is and writes the new tables; the text itself is spliced, since a
//! document that is written anew loses its line ends. Whether the result is good is judged by
//! [`super::parse_offline`], as if a person had written it.

use std::collections::BTreeSet;
use std::ops::Range;

use toml_edit::{Array, Item, Table, TableLike, value};

use super::finding::without_mark;
use crate::model::{Kind, Select, id_from_name};

/// A source to be added.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewSource {
    /// Its id.
    pub id: String,
    /// Its url.
    pub url: String,
    /// Shown name.
    pub name: Option<String>,
    /// Who speaks.
    pub organisation: Option<String>,
    /// The organisation's web site.
    pub site: Option<String>,
    /// Primary language subtag.
    pub language: Option<String>,
    /// Feed or page.
    pub kind: Kind,
    /// How a page is read.
    pub select: Option<Select>,
    /// Whether it is not to be polled.
    pub is_disabled: bool,
    /// Why not, and since when.
    pub note: Option<String>,
    /// Most stories of it in one window.
    pub limit: Option<u32>,
    /// Phrases of which one must occur.
    pub include: Vec<String>,
    /// Phrases of which none may occur.
    pub exclude: Vec<String>,
    /// A remark on where it comes from, as a comment above it.
    pub remark: Option<String>,
}

/// A source that stands in a feeds.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// Its id, as written.
    pub id: String,
    /// Its url, as written.
    pub url: String,
    /// The line of its url, from 1.
    pub line: usize,
}

/// The sources of a feeds.toml and the ids that are taken, without judging anything else of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownSources {
    /// In the order of the file.
    pub sources: Vec<KnownSource>,
    ids: BTreeSet<String>,
}

impl KnownSources {
    /// Reads them; none of what is no TOML.
    pub fn read(text: &str) -> Self {
        let text = without_mark(text);
        let mut known = Self::default();
        let Ok(document) = toml_edit::Document::parse(text) else { return known };
        let tables = document.get("source").and_then(Item::as_array_of_tables);
        for table in tables.into_iter().flatten() {
            let of = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
            let at = table.get("url").and_then(Item::span).map_or(0, |span| span.start);
            let (id, url) = (of("id").unwrap_or_default(), of("url").unwrap_or_default());
            known.ids.insert(id.clone());
            let was = table.get("was").and_then(Item::as_array);
            let was = was.into_iter().flatten().filter_map(|was| was.as_str());
            known.ids.extend(was.map(str::to_owned));
            known.sources.push(KnownSource { id, url, line: line_of(text, at) });
        }
        known
    }

    /// An id made of a name that no source has or had; from now on it is taken.
    pub fn new_id(&mut self, name: &str) -> String {
        let made = id_from_name(name);
        let mut id = made.clone();
        let mut number = 2_usize;
        while !self.ids.insert(id.clone()) {
            id = format!("{made}-{number}");
            number = number.saturating_add(1);
        }
        id
    }
}

/// The text of a feeds.toml with further sources, and the line of the first of them.
///
/// What is no TOML comes back with the sources at its end; the check that follows says what is wrong.
pub fn with_sources(text: &str, sources: &[NewSource]) -> (String, usize) {
    let marked = text.len().saturating_sub(without_mark(text).len());
    let at = marked.saturating_add(end_of_sources(without_mark(text)));
    let (before, behind) = text.split_at_checked(at).unwrap_or((text, ""));
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = String::new();
    if !before.is_empty() && !before.ends_with('\n') {
        new.push('\n');
    }
    if !before.trim().is_empty() && !before.ends_with("\n\n") && !before.ends_with("\n\r\n") {
        new.push('\n');
    }
    let skipped = new.matches('\n').count();
    let blocks: Vec<String> = sources.iter().map(block).collect();
    new.push_str(&blocks.join("\n"));
    let is_apart = behind.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']);
    if !behind.is_empty() && !is_apart {
        new.push('\n');
    }
    let line = line_of(text, before.len()).saturating_add(skipped);
    (format!("{before}{}{behind}", new.replace('\n', line_end)), line)
}

/// Where the last source ends: behind the line of its last value, or at the end of the file.
fn end_of_sources(text: &str) -> usize {
    let Ok(document) = toml_edit::Document::parse(text) else { return text.len() };
    let last = document.get("source").and_then(Item::as_array_of_tables);
    let Some(table) = last.and_then(|tables| tables.iter().last()) else { return text.len() };
    let end = end_of(table, table.span());
    let rest = text.get(end..).unwrap_or_default();
    let Some(at) = rest.find('\n') else { return text.len() };
    let end = end.saturating_add(at).saturating_add(1);
    // Comments right below it are its own.
    let below = text.get(end..).unwrap_or_default();
    let own = below.split_inclusive('\n').take_while(|line| line.trim_start().starts_with('#'));
    end.saturating_add(own.map(str::len).sum())
}

/// The end of a table with everything in it; those within it may stand further on.
fn end_of(table: &dyn TableLike, own: Option<Range<usize>>) -> usize {
    let own = own.map_or(0, |span| span.end);
    let inner = table.iter().map(|(_, item)| {
        let span = item.span();
        match item.as_table() {
            Some(table) => end_of(table, span),
            None => span.map_or(0, |span| span.end),
        }
    });
    inner.max().unwrap_or(0).max(own)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// A `[[source]]` as it is pasted into a feeds.toml.
pub fn block(source: &NewSource) -> String {
    let mut table = Table::new();
    let mut put = |key: &str, words: Option<&String>| {
        if let Some(words) = words {
            table.insert(key, value(words.as_str()));
        }
    };
    put("id", Some(&source.id));
    put("url", Some(&source.url));
    put("name", source.name.as_ref());
    put("organisation", source.organisation.as_ref());
    put("site", source.site.as_ref());
    put("language", source.language.as_ref());
    put("note", source.note.as_ref());
    if source.is_disabled {
        table.insert("enabled", value(false));
    }
    if let Some(limit) = source.limit {
        table.insert("limit", value(i64::from(limit)));
    }
    for (key, phrases) in [("include", &source.include), ("exclude", &source.exclude)] {
        if !phrases.is_empty() {
            table.insert(key, value(phrases.iter().map(String::as_str).collect::<Array>()));
        }
    }
    if source.kind == Kind::Page {
        table.insert("kind", value("page"));
    }
    let mut text = String::new();
    if let Some(remark) = &source.remark {
        let plain: String = remark.chars().filter(|c| !c.is_control()).collect();
        text.push_str(&format!("# {}\n", plain.trim()));
    }
    text.push_str("[[source]]\n");
    text.push_str(&table.to_string());
    if let Some(select) = &source.select {
        text.push_str("[source.select]\n");
        text.push_str(&selectors(select).to_string());
    }
    text
}

fn selectors(select: &Select) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, words: Option<&String>| {
        if let Some(words) = words {
            table.insert(key, value(words.as_str()));
        }
    };
    put("item", Some(&select.item));
    put("title", Some(&select.title));
    put("link", Some(&select.link));
    put("summary", select.summary.as_ref());
    put("date", select.date.as_ref());
    put("date_format", select.date_format.as_ref());
    put("image", select.image.as_ref());
    put("content", select.content.as_ref());
    if !select.drop.is_empty() {
        table.insert("drop", value(select.drop.iter().map(String::as_str).collect::<Array>()));
    }
    table.insert("min_items", value(i64::try_from(select.min_items).unwrap_or(1)));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(id: &str, url: &str) -> NewSource {
        NewSource { id: id.to_owned(), url: url.to_owned(), ..NewSource::default() }
    }

    const FILE: &str = "# Our wire\n[site]\ntitle = \"W\"   # why?\nurl = \"https://w.example/\"\n\n[[source]] # first\nid = \"a\"\nurl = \"https://a.example/feed\"\nwas = [\n  \"b\", # old\n] # behind\n\n# about tags\n[[tag]]\nid = \"t\"\nmatch = [\"x\"]\n";

    #[test]
    fn a_source_comes_behind_the_last_one_and_nothing_else_moves() {
        let (text, line) = with_sources(FILE, &[new("c", "https://c.example/")]);
        let block = "\n[[source]]\nid = \"c\"\nurl = \"https://c.example/\"\n";
        assert_eq!(text, FILE.replace("] # behind\n", &format!("] # behind\n{block}")));
        assert_eq!(text.lines().nth(line - 1), Some("[[source]]"));
    }

    #[test]
    fn line_ends_and_marks_are_those_of_the_file() {
        let windows = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
        let (text, _) = with_sources(&windows, &[new("c", "https://c.example/")]);
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert_eq!(
            text.replace("\r\n[[source]]\r\nid = \"c\"\r\nurl = \"https://c.example/\"\r\n", ""),
            windows
        );
    }

    #[test]
    fn it_works_without_sources_without_a_last_line_end_and_with_selectors_last() {
        let (text, line) = with_sources("", &[new("c", "u"), new("d", "v")]);
        assert_eq!(
            (text.as_str(), line),
            ("[[source]]\nid = \"c\"\nurl = \"u\"\n\n[[source]]\nid = \"d\"\nurl = \"v\"\n", 1)
        );
        let (text, line) = with_sources("[site]\ntitle = \"W\"", &[new("c", "u")]);
        assert_eq!(
            (text.as_str(), line),
            ("[site]\ntitle = \"W\"\n\n[[source]]\nid = \"c\"\nurl = \"u\"\n", 4)
        );
        let page = NewSource {
            kind: Kind::Page,
            select: Some(Select {
                item: "li".into(),
                title: "a".into(),
                link: "a".into(),
                min_items: 3,
                ..Select::default()
            }),
            remark: Some("from a list\n[[source]]".into()),
            ..new("p", "https://p.example/\"\\")
        };
        let (text, _) = with_sources("", &[page]);
        let (text, _) = with_sources(&text, &[new("c", "u")]);
        assert_eq!(
            text,
            "# from a list[[source]]\n[[source]]\nid = \"p\"\nurl = 'https://p.example/\"\\'\nkind = \"page\"\n[source.select]\nitem = \"li\"\ntitle = \"a\"\nlink = \"a\"\nmin_items = 3\n\n[[source]]\nid = \"c\"\nurl = \"u\"\n"
        );
    }

    #[test]
    fn ids_are_new_also_beside_former_ones() {
        let mut known = KnownSources::read(FILE);
        assert_eq!(known.sources[0].line, 8);
        assert_eq!(["A", "B", "B", "C"].map(|name| known.new_id(name)), ["a-2", "b-2", "b-3", "c"]);
    }
}
