//! Whole pages made harmless to parse: every element closed where it ends, none nested beyond
//! reason, no attribute too many.
//!
//! A browser's way of mending markup takes quadratic time on markup that was made for it: each open
//! `<font>` is opened anew in every paragraph that follows. What is balanced already needs no
//! mending. Elements that never show anything, and scripts, are left out; the rest is as it was.

use super::markup::{self, Token};
use super::text::escape_into;

/// Elements are nested at most so deep; what is deeper is kept as if it stood at this depth.
const MAX_DEPTH: usize = 200;

/// An attribute that is longer is left out.
const MAX_ATTRIBUTE: usize = 64 * 1024;

/// Elements without content or end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Elements that end where the next of their kind begins.
const ENDED_BY_THE_NEXT: &[&str] = &["p", "li", "dt", "dd", "tr", "td", "th", "option"];

/// The same page in markup that needs no mending.
pub fn balanced(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<String> = Vec::new();
    for token in markup::tokens(html) {
        match token {
            // A sign that begins no tag.
            Token::Text(text) => out.push_str(&text.replace('<', "&lt;")),
            Token::Start { name, attributes } => {
                let is_void = VOID.contains(&name.as_ref());
                let is_next = ENDED_BY_THE_NEXT.contains(&name.as_ref())
                    && open.last().is_some_and(|last| *last == name);
                if is_next {
                    open.pop();
                    out.push_str(&format!("</{name}>"));
                }
                if !is_void && open.len() >= MAX_DEPTH || !is_name(&name) {
                    continue;
                }
                out.push('<');
                out.push_str(&name);
                for (name, value) in attributes.iter() {
                    if is_name(name) && value.len() <= MAX_ATTRIBUTE {
                        out.push_str(&format!(" {name}=\""));
                        escape_into(&value, &mut out);
                        out.push('"');
                    }
                }
                out.push('>');
                if !is_void {
                    open.push(name.into_owned());
                }
            }
            Token::End { name } => {
                // The end of what was not begun ends nothing. At most MAX_DEPTH are looked at.
                if let Some(place) = open.iter().rposition(|open| *open == name) {
                    for name in open.drain(place..).rev() {
                        out.push_str(&format!("</{name}>"));
                    }
                }
            }
        }
    }
    for name in open.into_iter().rev() {
        out.push_str(&format!("</{name}>"));
    }
    out
}

fn is_name(name: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    !name.is_empty() && name.chars().all(may_stand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_closed_and_what_is_balanced_stays() {
        for (given, expected) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
            ("<p><font a=1>x</p><p>y", "<p><font a=\"1\">x</font></p><p>y</p>"),
            ("</div>a</p>", "a"),
            ("<img SRC=a.png><br/>", "<img src=\"a.png\"><br>"),
            ("<a title='\"&lt;'>&amp; 1 < 2</a>", "<a title=\"&quot;&lt;\">&amp; 1 &lt; 2</a>"),
            ("<script>if (a<b) x()</script>t", "t"),
        ] {
            assert_eq!(balanced(given), expected, "{given}");
            assert_eq!(balanced(&balanced(given)), expected, "{given}");
        }
    }

    #[test]
    fn h25_h45_nothing_is_nested_beyond_reason() {
        for name in ["div", "b", "font", "table"] {
            let deep = format!("<{name}>").repeat(50_000) + "x";
            let flat = balanced(&deep);
            assert!(flat.contains('x'));
            assert_eq!(flat.matches(&format!("<{name}>")).count(), MAX_DEPTH);
            scraper::Html::parse_document(&flat);
        }
        let fonts: String = (0..20_000).map(|n| format!("<p><font a={n}>x</p>")).collect();
        assert!(balanced(&fonts).len() < 2 * fonts.len());
        let wide = format!("<p {}>x", "a='1' ".repeat(100_000));
        assert!(balanced(&wide).len() < 1000);
    }
}
