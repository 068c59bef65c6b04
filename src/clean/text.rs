//! Text: what may stand in an output, cut to a length that an output can bear.
//!
//! Three kinds of characters go: those that XML 1.0 forbids, those that turn the direction of the
//! text around them or hide in it, and piles of combining marks. Everything is linear in the
//! length of the input, and cuts fall between graphemes.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::markup::{self, Token};
use super::sentences;

/// Combining marks that one character keeps. Scripts in use need no more; more are a tower that
/// covers the lines above it.
const MAX_MARKS: usize = 6;

/// Marks that a text was cut.
const ELLIPSIS: char = '…';

/// Whether XML 1.0 allows the character in a document.
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Removes the characters that XML 1.0 forbids.
pub fn xml_safe(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_xml_char) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| is_xml_char(*c)).collect())
}

/// Decides, character by character, what a reader may be shown.
#[derive(Debug, Default)]
pub(super) struct Legible {
    marks: usize,
    in_flag: bool,
}

impl Legible {
    /// Whether the next character of a text stays.
    pub(super) fn keeps(&mut self, c: char) -> bool {
        if c.is_ascii() {
            self.marks = 0;
            self.in_flag = false;
            return is_xml_char(c) && c != '\u{7f}';
        }
        // Tag characters spell hidden messages, except in the flags of Scotland or Wales.
        if matches!(c, '\u{e0000}'..='\u{e007f}') {
            return self.in_flag;
        }
        self.in_flag = c == '\u{1f3f4}';
        if is_combining_mark(c) {
            self.marks = self.marks.saturating_add(1);
            return self.marks <= MAX_MARKS;
        }
        // Zero-width joiner and non-joiner stay: emoji and Persian are spelled with them. So do
        // the directional marks U+200E and U+200F, which reach no further than their neighbours.
        let is_hidden = matches!(
            c,
            '\u{200b}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{180e}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{80}'..='\u{9f}'
        );
        if is_hidden {
            return false;
        }
        if !matches!(c, '\u{200c}'..='\u{200f}') {
            self.marks = 0;
        }
        is_xml_char(c)
    }
}

/// Removes everything that a reader must not be shown; line breaks stay.
pub fn legible(text: &str) -> Cow<'_, str> {
    let mut legible = Legible::default();
    if text.chars().all(|c| legible.keeps(c)) {
        return Cow::Borrowed(text);
    }
    let mut legible = Legible::default();
    Cow::Owned(text.chars().filter(|c| legible.keeps(*c)).collect())
}

/// One line of plain text: legible, white space collapsed, at most `max_chars` characters, cut
/// between graphemes and marked with … where it was longer.
pub fn line(text: &str, max_chars: usize) -> String {
    // One more than allowed is enough to know that it is too long.
    let (line, length) = collapsed(text, max_chars.saturating_add(1));
    if length <= max_chars { line } else { cut(&line, max_chars) }
}

/// Legible text with white space collapsed, and its length; no more of it than `enough` asks for.
fn collapsed(text: &str, enough: usize) -> (String, usize) {
    let mut line = String::with_capacity(text.len().min(enough.saturating_add(1)));
    let mut length = 0_usize;
    let mut legible = Legible::default();
    let mut gap = false;
    let mut rest = text;
    while length <= enough {
        let room = enough.saturating_sub(length).saturating_add(1);
        let (run, after) = printable(rest, room);
        if !run.is_empty() {
            if std::mem::take(&mut gap) {
                line.push(' ');
                length = length.saturating_add(1);
            }
            line.push_str(run);
            length = length.saturating_add(run.len());
            legible = Legible::default();
            rest = after;
            continue;
        }
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        if c.is_whitespace() {
            gap = !line.is_empty();
            legible = Legible::default();
        } else if legible.keeps(c) {
            if std::mem::take(&mut gap) {
                line.push(' ');
                length = length.saturating_add(1);
            }
            line.push(c);
            length = length.saturating_add(1);
        }
    }
    (line, length)
}

/// The words of printable ASCII with single spaces between them at the beginning, at most so many
/// characters, and the rest: they stay as they are, so that they are taken whole.
fn printable(text: &str, most: usize) -> (&str, &str) {
    let mut length = 0_usize;
    let mut after_space = true;
    for (at, byte) in text.bytes().take(most).enumerate() {
        if byte.is_ascii_graphic() {
            after_space = false;
            length = at.saturating_add(1);
        } else if byte == b' ' && !after_space {
            after_space = true;
        } else {
            break;
        }
    }
    text.split_at_checked(length).unwrap_or(("", text))
}

/// Markup as plain text: tags and what is never shown are gone, character references are
/// decoded, blocks stand on lines of their own.
pub fn from_html(html: &str) -> String {
    let mut text = String::new();
    let mut break_due = false;
    let mut gap = false;
    let mut legible = Legible::default();
    for token in markup::tokens(html) {
        match token {
            Token::Text(written) => {
                let decoded = markup::decode(written);
                let mut rest: &str = &decoded;
                loop {
                    let (run, after) = printable(rest, usize::MAX);
                    let piece = if run.is_empty() {
                        let Some(c) = rest.chars().next() else { break };
                        let (piece, after) =
                            rest.split_at_checked(c.len_utf8()).unwrap_or((rest, ""));
                        rest = after;
                        if c.is_whitespace() {
                            gap = true;
                            continue;
                        }
                        if !legible.keeps(c) {
                            continue;
                        }
                        piece
                    } else {
                        legible = Legible::default();
                        rest = after;
                        run
                    };
                    if !text.is_empty() && break_due {
                        text.push('\n');
                    } else if !text.is_empty() && gap {
                        text.push(' ');
                    }
                    (break_due, gap) = (false, false);
                    text.push_str(piece);
                }
            }
            Token::Start { name, .. } | Token::End { name } => {
                break_due |= !super::html::is_inline(&name);
            }
        }
    }
    text
}

/// The beginning of a plain text in at most `max_chars` characters: whole sentences where they
/// fill at least a quarter of it, else whole words, else whole graphemes; … marks a cut that falls
/// within a sentence.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    // Far enough to see whether the last sentence ends within.
    let (visible, length) = collapsed(text, max_chars.saturating_mul(2).saturating_add(1));
    if length <= max_chars {
        return visible;
    }
    let (mut whole, mut chars, mut last) = (None, 0_usize, 0_usize);
    for end in sentences::ends(&visible) {
        let sentence = visible.get(last..end).unwrap_or_default();
        chars = chars.saturating_add(sentence.chars().count());
        last = end;
        if chars > max_chars {
            break;
        }
        whole = Some((end, chars));
    }
    match whole {
        Some((end, chars)) if chars >= max_chars / 4 => {
            visible.get(..end).unwrap_or_default().to_owned()
        }
        _ => cut(&visible, max_chars),
    }
}

/// Cuts a line to at most `max_chars` characters, the mark of the cut included.
fn cut(line: &str, max_chars: usize) -> String {
    let room = max_chars.saturating_sub(1);
    let mut end = 0;
    let mut length = 0_usize;
    let mut word_end = None;
    for (start, grapheme) in line.grapheme_indices(true) {
        if grapheme == " " {
            word_end = Some(start);
        }
        length = length.saturating_add(grapheme.chars().count());
        if length > room {
            break;
        }
        end = start.saturating_add(grapheme.len());
    }
    // A word that fills half of the line is cut itself, as in scripts without spaces.
    let end = word_end.filter(|word_end| *word_end >= end / 2).unwrap_or(end);
    let mut cut = line.get(..end).unwrap_or_default().trim_end().to_owned();
    if max_chars > 0 {
        cut.push(ELLIPSIS);
    }
    cut
}

/// Writes text as HTML text or attribute value.
pub fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn o8_characters_that_xml_forbids_are_gone() {
        assert_eq!(
            xml_safe("a\0b\u{1b}c\u{fffe}d\u{ffff}e\tf\ng\u{10ffff}"),
            "abcde\tf\ng\u{10ffff}"
        );
        assert!(matches!(xml_safe("plain"), Cow::Borrowed(_)));
        assert_eq!(line("a\u{8}b\u{fffe}", 10), "ab");
    }

    #[test]
    fn h44_text_does_not_turn_around_or_hide() {
        assert_eq!(line("abc\u{202e}fed\u{2066}x\u{2069}\u{200b}y\u{feff}", 99), "abcfedxy");
        assert_eq!(
            line("می\u{200c}خواهم 👩\u{200d}👩\u{200d}👧", 99),
            "می\u{200c}خواهم 👩\u{200d}👩\u{200d}👧"
        );
        let wales = "🏴\u{e0067}\u{e0062}";
        assert_eq!(line("a\u{e0041}", 9), "a");
        assert_eq!(legible(wales).chars().next(), Some('🏴'));
    }

    #[test]
    fn h44_towers_of_marks_are_cut_down() {
        let tower = format!("Z{}algo", "\u{301}".repeat(100_000));
        let tamed = line(&tower, 500);
        assert_eq!(tamed.chars().filter(|c| *c == '\u{301}').count(), MAX_MARKS);
        assert!(tamed.ends_with("algo"));
        assert_eq!(line("Việt Nam, שָׁלוֹם, क्षत्रिय", 99), "Việt Nam, שָׁלוֹם, क्षत्रिय");
    }

    #[test]
    fn h54_a_title_of_a_mebibyte_takes_no_time() {
        let started = std::time::Instant::now();
        for unit in ["a", "e\u{301}", "👩\u{200d}", "a ", "\u{202e}", "<b>", "&amp;", "\u{1f1e6}"]
        {
            let title = unit.repeat(1_048_576 / unit.len());
            let plain = line(&from_html(&title), 500);
            assert!(plain.chars().count() <= 500);
            assert!(excerpt(&title, 300).chars().count() <= 300);
        }
        assert!(started.elapsed().as_millis() < 8 * 250, "{:?}", started.elapsed());
    }

    #[test]
    fn o13_excerpts_end_with_sentences_or_words_or_graphemes() {
        assert_eq!(excerpt("Short.", 300), "Short.");
        assert_eq!(
            excerpt("One two three. Four five six. Seven eight nine ten.", 32),
            "One two three. Four five six."
        );
        assert_eq!(excerpt("One two three four five six seven", 20), "One two three four…");
        assert_eq!(excerpt(&"ab".repeat(40), 10), "ababababa…");
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(excerpt(&family.repeat(3), 12), format!("{family}{family}…"));
        assert_eq!(excerpt("", 10), "");
        assert_eq!(excerpt("abc", 0), "");
    }

    #[test]
    fn h41_markup_becomes_text() {
        assert_eq!(
            from_html("<p>One <b>two</b></p><p>three&nbsp;&amp; four<br>five</p>"),
            "One two\nthree & four\nfive"
        );
        assert_eq!(from_html("a<script>evil()</script>b<style>x</style><!-- c -->"), "ab");
        assert_eq!(
            from_html("AT&amp;T &lt;b&gt; &#x20AC; &eacute; &copy 1 < 2"),
            "AT&T <b> € é © 1 < 2"
        );
        assert_eq!(from_html("  <ul><li>a<li>b</ul>\n c "), "a\nb\nc");
        assert_eq!(from_html(""), "");
    }

    proptest! {
        #[test]
        fn o13_excerpts_fit_and_begin_the_text(text in "[a-c .!é\u{301}👩\u{200d}\n]{0,80}", max in 0_usize..40) {
            let excerpt = excerpt(&text, max);
            prop_assert!(excerpt.chars().count() <= max);
            let all = line(&text, 1000);
            prop_assert!(all.starts_with(excerpt.trim_end_matches('…')));
        }

        #[test]
        fn o8_lines_are_fixed_points(text in any::<String>(), max in 1_usize..40) {
            let once = line(&text, max);
            prop_assert!(once.chars().all(is_xml_char));
            prop_assert!(once.chars().count() <= max);
            prop_assert_eq!(line(&once, max), once);
        }
    }
}
