//! One element below a feed or an entry, with its text, its markup, and its few children.

use std::borrow::Cow;
use std::ops::Range;

use url::Url;

use super::spaces::Space;
use super::walk::{Fault, Step, Tag, Walk};

/// Children of a child of a child: media:group, media:content, media:thumbnail.
const MAX_FIELD_DEPTH: usize = 4;
/// More children of one element are passed over.
const MAX_FIELDS: usize = 2_000;

/// An element that means something to us.
#[derive(Debug)]
pub(in crate::read) struct Field {
    pub(in crate::read) tag: Tag,
    /// Its text, references resolved, children left out.
    pub(in crate::read) text: String,
    /// Its content as HTML, where it holds elements.
    pub(in crate::read) markup: Option<String>,
    pub(in crate::read) children: Vec<Field>,
    /// The whole element.
    pub(in crate::read) span: Range<usize>,
    /// The base that holds inside, where its own xml:base says so.
    pub(in crate::read) base: Option<Url>,
}

impl Field {
    /// Whether it is the element `local` of `space`.
    pub(in crate::read) fn is(&self, space: Space, local: &str) -> bool {
        self.tag.space == space && self.tag.local() == local
    }

    /// Its text without white space around it; `None` where nothing is left.
    pub(in crate::read) fn words(&self) -> Option<&str> {
        let words = self.text.trim();
        (!words.is_empty()).then_some(words)
    }

    /// The first child of that name, in whatever namespace.
    pub(in crate::read) fn child(&self, local: &str) -> Option<&Field> {
        self.children.iter().find(|child| child.tag.local() == local)
    }
}

/// Whether an element holds words that people read, so that elements in it are markup.
fn holds_words(tag: &Tag) -> bool {
    match tag.space {
        Space::Content => true,
        Space::Xhtml => matches!(tag.local(), "body" | "div"),
        Space::Plain | Space::Rss | Space::Atom | Space::OldAtom => matches!(
            tag.local(),
            "title"
                | "summary"
                | "content"
                | "description"
                | "subtitle"
                | "tagline"
                | "rights"
                | "copyright"
                | "encoded"
        ),
        Space::Dc => tag.local() == "description" || tag.local() == "title",
        _ => false,
    }
}

/// Reads the element whose start tag was just read.
pub(super) fn read(walk: &mut Walk<'_>, tag: Tag, depth: usize) -> Result<Field, Fault> {
    let own_base = tag.attribute("xml:base").is_some();
    let base = if own_base { walk.own_base().cloned() } else { None };
    let mut span = tag.span.clone();
    let mut field = Field {
        tag,
        text: String::new(),
        markup: None,
        children: Vec::new(),
        span: span.clone(),
        base,
    };
    if field.tag.empty {
        return Ok(field);
    }
    if holds_words(&field.tag) {
        walk.in_words = true;
        let end = read_words(walk, &mut field);
        walk.in_words = false;
        span.end = end?;
        field.span = span;
        return Ok(field);
    }
    loop {
        match walk.step()? {
            Step::Text(text, _) => field.text.push_str(&text),
            Step::Open(tag) => {
                if depth < MAX_FIELD_DEPTH && field.children.len() < MAX_FIELDS {
                    let child = read(walk, tag, depth.saturating_add(1))?;
                    field.children.push(child);
                } else {
                    walk.skip(&tag)?;
                }
            }
            Step::Close(close) => {
                span.end = close.end;
                field.span = span;
                return Ok(field);
            }
            Step::End => return Err(Fault::Cut),
        }
    }
}

/// Reads mixed content: as text, and once an element occurs also as HTML. Text in CDATA counts as
/// text in XHTML, and as HTML where a feed mixes it with raw HTML; the type decides.
fn read_words(walk: &mut Walk<'_>, field: &mut Field) -> Result<usize, Fault> {
    let outside = walk.depth.saturating_sub(1);
    let is_xhtml = field.tag.attribute("type").is_some_and(|kind| kind.contains("xhtml"));
    let mut before: Vec<(String, bool)> = Vec::new();
    let mut markup: Option<String> = None;
    let mut open: Vec<String> = Vec::new();
    let as_html = |text: &str, cdata: bool| -> String {
        if cdata && !is_xhtml {
            text.to_owned()
        } else {
            quick_xml::escape::minimal_escape(text).into_owned()
        }
    };
    loop {
        match walk.step()? {
            Step::Text(text, cdata) => {
                field.text.push_str(&text);
                match &mut markup {
                    Some(markup) => markup.push_str(&as_html(&text, cdata)),
                    None => before.push((text.into_owned(), cdata)),
                }
            }
            Step::Open(tag) => {
                let markup = markup.get_or_insert_with(|| {
                    before.iter().map(|(text, cdata)| as_html(text, *cdata)).collect()
                });
                write_tag(markup, &tag);
                if !tag.empty {
                    open.push(tag.local().to_owned());
                } else if !is_void(tag.local()) {
                    markup.push_str(&format!("</{}>", tag.local()));
                }
            }
            Step::Close(span) => {
                if walk.depth == outside {
                    field.markup = markup;
                    return Ok(span.end);
                }
                if let (Some(name), Some(markup)) = (open.pop(), &mut markup)
                    && !is_void(&name)
                {
                    markup.push_str(&format!("</{name}>"));
                }
            }
            Step::End => return Err(Fault::Cut),
        }
    }
}

/// Writes a start tag as HTML: no prefixes, no namespaces.
fn write_tag(out: &mut String, tag: &Tag) {
    out.push('<');
    out.push_str(tag.local());
    for (key, value) in &tag.attributes {
        let key: Cow<'_, str> = match key.as_str() {
            "xml:lang" => "lang".into(),
            key if key.starts_with("xmlns") || key.starts_with("xml:") => continue,
            key => key.into(),
        };
        out.push(' ');
        out.push_str(&key);
        out.push_str("=\"");
        out.push_str(&quick_xml::escape::escape(value.as_str()));
        out.push('"');
    }
    out.push('>');
}

/// Elements that HTML never closes.
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}
