//! A web page made fit for a parser that builds a tree.
//!
//! Complete HTML parsers take quadratic time over some pages and overflow the stack over others:
//! elements nested 50,000 deep, a tag with a million attributes, formatting elements that are
//! never closed and are opened again in every paragraph. So a page is written anew before it is
//! parsed: at most [`MAX_DEPTH`] elements are open at once (what is deeper keeps its text), every
//! element is closed where it ends, attributes are few, and a page of more than [`MAX_ELEMENTS`]
//! elements is refused. What never shows is left out; the title and the data of scripts
//! (`application/ld+json`) are handed over apart. Nothing is made safe here: that is `html`'s work.

use std::collections::HashMap;

use super::markup::{self, Attributes, Token};
use super::text::{self, escape_into};

/// Elements that may be open at once. Real pages nest 20 to 60 deep.
pub const MAX_DEPTH: usize = 120;

/// A page of more elements is refused; long articles have 10,000.
pub const MAX_ELEMENTS: usize = 100_000;

/// An attribute with a longer value is left out: it is a picture, or a program.
const MAX_VALUE: usize = 32 * 1024;

/// Blocks of data beyond these are left out.
const MAX_DATA: usize = 50;

/// A title is cut to this many characters.
const MAX_TITLE: usize = 1000;

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Elements around which no end tag reaches.
const WALLS: &[&str] = &["table", "td", "th", "caption", "object", "video", "audio"];

/// A paragraph ends where one of these begins.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "search",
    "section",
    "summary",
    "table",
    "ul",
];

/// After so many characters that are escaped a text is broken.
const MOST_ESCAPED: usize = 1000;

/// Elements within lines. Their end tags close no block.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "label", "mark", "q",
    "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
];

/// A page that a parser may be given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Balanced markup of bounded depth; no scripts, no styles, no title.
    pub html: String,
    /// The `title` element.
    pub title: Option<String>,
    /// What stands in `<script type="application/ld+json">`, in order.
    pub data: Vec<String>,
    /// How many elements were nested too deep and lost their tags.
    pub flattened: usize,
}

/// Writes a page anew; `None` where it has more than [`MAX_ELEMENTS`] elements.
pub fn page(html: &str) -> Option<Page> {
    let mut writer = Writer::default();
    let mut tokens = markup::page_tokens(html);
    let mut in_noscript = false;
    while let Some(token) = tokens.next() {
        for aside in tokens.take_aside() {
            writer.aside(&aside);
        }
        match token {
            // What only readers without scripts see: requests to turn them on, and pictures that
            // count. A lazy picture has its address in attributes as well.
            Token::Start { name, .. } if name == "noscript" => in_noscript = true,
            Token::End { name } if name == "noscript" => in_noscript = false,
            _ if in_noscript => {}
            Token::Text("<") => writer.text("&lt;"),
            Token::Text(text) => writer.text(text),
            Token::Start { name, attributes } => writer.start(&name, &attributes)?,
            Token::End { name } => writer.end(&name),
        }
    }
    for aside in tokens.take_aside() {
        writer.aside(&aside);
    }
    writer.close_to(0);
    Some(writer.page)
}

#[derive(Debug, Default)]
struct Writer {
    page: Page,
    open: Vec<String>,
    /// How many of each name are open.
    counts: HashMap<String, usize>,
    elements: usize,
    /// Elements that were begun too deep and have not ended.
    too_deep: usize,
    /// Characters of text that are escaped when it is written again.
    escaped: usize,
}

impl Writer {
    /// Text, broken where it has very many characters that are escaped when it is written again:
    /// html5ever takes quadratic time for those of one text.
    fn text(&mut self, text: &str) {
        let mut from = 0;
        for (at, _) in text.match_indices(['&', '<', '>', '\u{a0}']) {
            self.escaped = self.escaped.saturating_add(1);
            if self.escaped.is_multiple_of(MOST_ESCAPED) {
                self.page.html.push_str(text.get(from..at).unwrap_or_default());
                self.page.html.push_str("<wbr>");
                from = at;
            }
        }
        self.page.html.push_str(text.get(from..).unwrap_or_default());
    }

    fn aside(&mut self, aside: &markup::Aside<'_>) {
        if aside.name == "title" {
            let title = text::line(&markup::decode(aside.content), MAX_TITLE);
            if self.page.title.is_none() && !title.is_empty() {
                self.page.title = Some(title);
            }
        } else if self.page.data.len() < MAX_DATA
            && aside.attributes.get("type").is_some_and(|kind| {
                kind.split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .eq_ignore_ascii_case("application/ld+json")
            })
        {
            self.page.data.push(aside.content.to_owned());
        }
    }

    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Option<()> {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some(());
        }
        self.elements = self.elements.checked_add(1).filter(|count| *count <= MAX_ELEMENTS)?;
        self.close_implied(name);
        let is_frame = matches!(name, "html" | "head" | "body");
        let is_void = VOID.contains(&name);
        if !is_frame && !is_void && self.open.len() >= MAX_DEPTH {
            self.too_deep = self.too_deep.saturating_add(1);
            self.page.flattened = self.page.flattened.saturating_add(1);
            return Some(());
        }
        self.page.html.push('<');
        self.page.html.push_str(name);
        for (attribute, value) in attributes.iter() {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.@".contains(&byte);
            if attribute.is_empty() || !attribute.bytes().all(is_name) || value.len() > MAX_VALUE {
                continue;
            }
            let value = markup::decode_attribute(value);
            self.page.html.push(' ');
            self.page.html.push_str(attribute);
            self.page.html.push_str("=\"");
            escape_into(&value, &mut self.page.html);
            self.page.html.push('"');
        }
        self.page.html.push('>');
        if name == "iframe" {
            // Its content was passed over with its end tag.
            self.page.html.push_str("</iframe>");
        } else if !is_frame && !is_void {
            self.open.push(name.to_owned());
            let count = self.counts.entry(name.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
        Some(())
    }

    fn end(&mut self, name: &str) {
        if matches!(name, "html" | "head" | "body") || VOID.contains(&name) {
            return;
        }
        if self.too_deep > 0 {
            self.too_deep = self.too_deep.saturating_sub(1);
            return;
        }
        let is_inline = INLINE.contains(&name);
        let stops = |open: &str| {
            WALLS.contains(&open) && !is_table_part(name) || is_inline && BLOCKS.contains(&open)
        };
        if let Some(at) = self.find(name, stops) {
            self.close_to(at);
        }
    }

    /// Closes what a browser closes where such an element begins.
    fn close_implied(&mut self, name: &str) {
        let (closed, wall): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "menu"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "tr" => (&["tr"], &["table"]),
            "td" | "th" => (&["td", "th"], &["table", "tr"]),
            "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot", "tr"], &["table"]),
            // A link within a link, or a form within a form, ends the first.
            "a" => (&["a"], &["table", "td", "th"]),
            name if BLOCKS.contains(&name) => (&["p"], &["table", "td", "th", "button"]),
            _ => return,
        };
        for closed in closed {
            if let Some(at) = self.find(closed, |open| wall.contains(&open)) {
                self.close_to(at);
            }
        }
    }

    /// The innermost open element of that name, unless one that stops the search is within.
    fn find(&self, name: &str, stops: impl Fn(&str) -> bool) -> Option<usize> {
        if self.counts.get(name).is_none_or(|count| *count == 0) {
            return None;
        }
        let inner = self.open.iter().enumerate().rev();
        for (at, open) in inner {
            if open == name {
                return Some(at);
            }
            if stops(open) {
                return None;
            }
        }
        None
    }

    fn close_to(&mut self, length: usize) {
        while self.open.len() > length {
            let Some(name) = self.open.pop() else { return };
            self.page.html.push_str("</");
            self.page.html.push_str(&name);
            self.page.html.push('>');
            if let Some(count) = self.counts.get_mut(&name) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

fn is_table_part(name: &str) -> bool {
    matches!(name, "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "caption")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(html: &str) -> String {
        page(html).unwrap().html
    }

    #[test]
    fn pages_are_balanced_and_keep_what_selectors_ask_for() {
        assert_eq!(
            written(
                "<!DOCTYPE html><html lang=en><body class='a \"b\"'><p>One<p>Two<ul><li>a<li>b</ul></body>"
            ),
            "<html lang=\"en\"><body class=\"a &quot;b&quot;\"><p>One</p><p>Two</p><ul><li>a</li><li>b</li></ul>"
        );
        assert_eq!(written("<div><b>x</div>y</b></div>z"), "<div><b>x</b></div>yz");
        assert_eq!(
            written("<table><tr><td>a</div><td>b<tr><td>c</table>"),
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
        );
        assert_eq!(written("a < b<br/>c&amp;d"), "a &lt; b<br>c&amp;d");
        assert_eq!(written("<iframe src=/v>x</iframe>y"), "<iframe src=\"/v\"></iframe>y");
        assert_eq!(written("<noscript><p>Turn it on</noscript>y"), "y");
    }

    #[test]
    fn titles_and_data_are_handed_over_apart() {
        let page = page(
            "<title>A &amp; B</title><script>x</script><svg><title>no</title></svg>\
             <script type='application/ld+json'>{\"a\":\"</b>\"}</script>x<script>",
        )
        .unwrap();
        assert_eq!(page.title.as_deref(), Some("A & B"));
        assert_eq!(page.data, ["{\"a\":\"</b>\"}"]);
        assert_eq!(page.html, "x");
    }

    #[test]
    fn h45_depth_and_number_are_bounded() {
        let deep = format!("{}x{}y", "<div>".repeat(50_000), "</div>".repeat(50_000));
        let cut = page(&deep).unwrap();
        assert_eq!(cut.html.matches("<div>").count(), MAX_DEPTH);
        assert_eq!(cut.flattened, 50_000 - MAX_DEPTH);
        assert!(cut.html.ends_with("</div>y"));
        assert_eq!(page(&"<b>".repeat(MAX_ELEMENTS + 1)), None);
        // Paragraphs that nobody closes are not nested.
        assert_eq!(page(&"<p>x".repeat(50_000)).unwrap().flattened, 0);
    }
}
