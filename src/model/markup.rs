//! The words of sanitised HTML, for comparing and searching; not for showing.

use std::borrow::Cow;

use super::Text;

/// Elements that stand within words: `<b>S</b>olidarity` is one.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// The words of HTML that was sanitised: serialised from a tree, with every attribute quoted.
pub fn words_of_html(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    for (place, piece) in pieces_of_html(html).enumerate() {
        if place > 0 {
            words.push('\n');
        }
        words.push_str(&piece);
    }
    words
}

/// The same, piece by piece, for those who need only the first words: none reaches from one piece into
/// the next.
pub fn pieces_of_html(html: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = Some(html);
    std::iter::from_fn(move || {
        let mut html = rest.take()?;
        let mut piece = Cow::Borrowed("");
        loop {
            let Some((before, tag)) = html.split_once('<') else {
                join(&mut piece, html);
                break;
            };
            join(&mut piece, before);
            let name = tag.trim_start_matches('/');
            let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            html = tag.split_at_checked(end_of_tag(tag)).map_or("", |(_, after)| after);
            if !INLINE.contains(&name) {
                rest = Some(html);
                break;
            }
        }
        Some(decoded(piece))
    })
}

fn join<'a>(piece: &mut Cow<'a, str>, more: &'a str) {
    if piece.is_empty() {
        *piece = Cow::Borrowed(more);
    } else if !more.is_empty() {
        piece.to_mut().push_str(more);
    }
}

fn decoded(piece: Cow<'_, str>) -> Cow<'_, str> {
    if !piece.contains('&') {
        return piece;
    }
    // `&amp;` last, so that nothing is decoded twice.
    let references =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    let decode = |words: String, (reference, character): &(&str, &str)| {
        if words.contains(reference) { words.replace(reference, character) } else { words }
    };
    Cow::Owned(references.iter().fold(piece.into_owned(), decode))
}

/// Where the tag ends whose `<` was just read, behind its `>`: one within quotes does not end it.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return at.saturating_add(1),
            _ => {}
        }
    }
    tag.len()
}

impl Text {
    /// The words of the content.
    pub fn content_words(&self) -> String {
        words_of_html(&self.content_html)
    }

    /// The words of the content, else of the summary, piece by piece.
    pub fn body_pieces(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let mut pieces = pieces_of_html(&self.content_html);
        let first = pieces.next().unwrap_or_default();
        let second = pieces.next();
        let has_content = !first.is_empty() || second.is_some();
        let first = if has_content { first } else { Cow::Borrowed(&*self.summary) };
        std::iter::once(first).chain(second).chain(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, words_of_html};

    #[test]
    fn markup_goes_and_words_stay_apart() {
        for (html, words) in [
            ("<p>One</p><p>two</p>", "\nOne\n\ntwo\n"),
            ("<b>S</b>olidarity", "Solidarity"),
            ("<img alt=\"a > b\" src=\"x\">after", "\nafter"),
            ("AT&amp;T &amp;lt; &nbsp;x", "AT&T &lt;  x"),
            ("cut <a href=\"x", "cut "),
        ] {
            assert_eq!(words_of_html(html), words, "{html}");
        }
    }

    #[test]
    fn the_body_is_the_content_or_else_the_summary() {
        for (content, pieces) in [
            ("<p>One &amp; <i>o</i>ne</p>two", vec!["", "One & one", "two"]),
            ("one", vec!["one"]),
            ("<p></p>", vec!["", "", ""]),
            ("", vec!["In short"]),
            ("<b></b>", vec!["In short"]),
        ] {
            let text = Text {
                summary: "In short".into(),
                content_html: content.into(),
                ..Text::default()
            };
            assert_eq!(text.body_pieces().collect::<Vec<_>>(), pieces, "{content}");
        }
    }
}
