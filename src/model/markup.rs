//! The words of sanitised HTML, for comparing and searching; not for showing.

use super::Text;

/// Elements that stand within words: `<b>S</b>olidarity` is one.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// The words of HTML that was sanitised: serialised from a tree, with every attribute quoted.
pub fn words_of_html(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        let name = tag.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !INLINE.contains(&name) {
            words.push('\n');
        }
        rest = tag.split_at_checked(end_of_tag(tag)).map_or("", |(_, after)| after);
    }
    words.push_str(rest);
    if !words.contains('&') {
        return words;
    }
    // `&amp;` last, so that nothing is decoded twice.
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
        .iter()
        .fold(words, |words, (reference, character)| words.replace(reference, character))
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
}

#[cfg(test)]
mod tests {
    use super::words_of_html;

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
}
