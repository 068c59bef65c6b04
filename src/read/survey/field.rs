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
pub(in crate::read) struct Field<'t> {
    pub(in crate::read) tag: Tag<'t>,
    /// Its text, references resolved, children left out.
    pub(in crate::read) text: Cow<'t, str>,
    /// Its content as HTML, where it holds elements.
    pub(in crate::read) markup: Option<String>,
    pub(in crate::read) children: Vec<Field<'t>>,
    /// The whole element.
    pub(in crate::read) span: Range<usize>,
    /// The base that holds inside, where its own xml:base says so.
    pub(in crate::read) base: Option<Url>,
}

impl<'t> Field<'t> {
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
    pub(in crate::read) fn child(&self, local: &str) -> Option<&Field<'t>> {
        self.children.iter().find(|child| child.tag.local() == local)
    }
}

/// Whether an element holds words that people read, so that elements in it are markup.
fn holds_words(tag: &Tag<'_>) -> bool {
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
pub(super) fn read<'t>(
    walk: &mut Walk<'t>,
    tag: Tag<'t>,
    depth: usize,
) -> Result<Field<'t>, Fault> {
    let own_base = tag.attribute("xml:base").is_some();
    let base = if own_base { walk.own_base().cloned() } else { None };
    let mut span = tag.span.clone();
    let mut field = Field {
        tag,
        text: Cow::Borrowed(""),
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
            Step::Text(text, _) => append(&mut field.text, text),
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
fn read_words<'t>(walk: &mut Walk<'t>, field: &mut Field<'t>) -> Result<usize, Fault> {
    let outside = walk.depth.saturating_sub(1);
    let is_xhtml = field.tag.attribute("type").is_some_and(|kind| kind.contains("xhtml"));
    // Where in the text pieces end that are CDATA or are not, until the first element occurs.
    let mut pieces: Vec<(usize, bool)> = Vec::new();
    let mut markup: Option<String> = None;
    let mut open: Vec<&'t str> = Vec::new();
    loop {
        match walk.step()? {
            Step::Text(text, cdata) => {
                if let Some(markup) = &mut markup {
                    markup.push_str(&as_html(&text, cdata && !is_xhtml));
                }
                append(&mut field.text, text);
                match pieces.last_mut() {
                    _ if markup.is_some() => {}
                    Some((end, kind)) if *kind == cdata => *end = field.text.len(),
                    _ => pieces.push((field.text.len(), cdata)),
                }
            }
            Step::Open(tag) => {
                let markup = markup.get_or_insert_with(|| {
                    let mut start = 0;
                    let mut html = String::new();
                    for (end, cdata) in &pieces {
                        let piece = field.text.get(start..*end).unwrap_or_default();
                        html.push_str(&as_html(piece, *cdata && !is_xhtml));
                        start = *end;
                    }
                    html
                });
                write_tag(markup, &tag);
                if !tag.empty {
                    open.push(tag.local());
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
                    && !is_void(name)
                {
                    markup.push_str(&format!("</{name}>"));
                }
            }
            Step::End => return Err(Fault::Cut),
        }
    }
}

/// Appends a piece of text; the first is not copied, and most elements have no other.
fn append<'t>(text: &mut Cow<'t, str>, piece: Cow<'t, str>) {
    if text.is_empty() {
        *text = piece;
    } else {
        text.to_mut().push_str(&piece);
    }
}

/// Text among elements, as HTML: what is HTML already as it is, words escaped.
fn as_html(text: &str, is_html: bool) -> Cow<'_, str> {
    if is_html { text.into() } else { quick_xml::escape::minimal_escape(text) }
}

/// Writes a start tag as HTML: no prefixes, no namespaces.
fn write_tag(out: &mut String, tag: &Tag<'_>) {
    out.push('<');
    out.push_str(tag.local());
    for (key, value) in &tag.attributes {
        let key = match *key {
            "xml:lang" => "lang",
            key if key.starts_with("xmlns") || key.starts_with("xml:") => continue,
            key => key,
        };
        out.push(' ');
        out.push_str(key);
        out.push_str("=\"");
        out.push_str(&quick_xml::escape::escape(value.as_ref()));
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
