//! Text reduced to what counts when words are compared: letters and digits, without case and
//! accents, words set apart by one space.
//!
//! Greek final sigma is a sigma, German ß is ss, Russian ё is е, and compatibility forms are
//! their plain letters. Scripts that write no spaces between words (Chinese, Japanese, Thai,
//! Khmer, Burmese, Lao) have each character for a word.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::model::Text;

/// Stands between title, summary and content, so that no phrase reaches from one into another.
const BARRIER: &str = "\u{1} ";

/// Folded text: a space, then words with a space after each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded(String);

impl Folded {
    /// Folds plain text.
    pub fn of(text: &str) -> Self {
        let mut folded = String::with_capacity(text.len().saturating_add(2));
        folded.push(' ');
        fold_into(text, &mut folded);
        Self(folded)
    }

    /// Folds all words of a story: title, summary and content.
    pub fn of_story(text: &Text) -> Self {
        let mut folded = String::with_capacity(text.content_html.len().saturating_add(1024));
        folded.push(' ');
        for part in [&text.title, &text.summary] {
            fold_into(part, &mut folded);
            folded.push_str(BARRIER);
        }
        fold_into(&text.content_words(), &mut folded);
        Self(folded)
    }

    /// The folded text, with a space before and after every word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no word is left.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// A label, to be compared as a whole.
pub(super) fn label(text: &str) -> String {
    Folded::of(text).0.trim().to_owned()
}

/// Appends words, with a space after each; `folded` ends with a space.
fn fold_into(text: &str, folded: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().take_while(u8::is_ascii).count();
        let (plain, after) = rest.split_at_checked(ascii).unwrap_or((rest, ""));
        fold_ascii(plain, folded);
        let others = after.bytes().take_while(|byte| !byte.is_ascii()).count();
        let (others, after) = after.split_at_checked(others).unwrap_or((after, ""));
        fold_others(others, folded);
        rest = after;
    }
    end_word(folded);
}

/// ASCII decomposes to itself, and most of what comes is ASCII.
fn fold_ascii(text: &str, folded: &mut String) {
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else {
            end_word(folded);
        }
    }
}

fn fold_others(text: &str, folded: &mut String) {
    for c in text.nfkd() {
        if is_combining_mark(c) || is_invisible(c) {
            continue;
        }
        if !c.is_alphanumeric() {
            end_word(folded);
        } else if is_unspaced(c) {
            end_word(folded);
            folded.push(c);
            end_word(folded);
        } else {
            match c {
                'ß' | 'ẞ' => folded.push_str("ss"),
                'ς' => folded.push('σ'),
                'ı' => folded.push('i'),
                'ø' | 'Ø' => folded.push('o'),
                'đ' | 'Đ' => folded.push('d'),
                'ł' | 'Ł' => folded.push('l'),
                'æ' | 'Æ' => folded.push_str("ae"),
                'œ' | 'Œ' => folded.push_str("oe"),
                c => folded.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
            }
        }
    }
}

fn end_word(folded: &mut String) {
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// Characters that stand within words and are not seen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Characters of scripts without spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}
