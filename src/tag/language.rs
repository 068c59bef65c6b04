//! The language of a story: what is said about it, else what it looks like.

use std::borrow::Cow;

use super::small_words::is_surely;
use crate::model::pieces_of_html;

/// Detection looks at no more characters: more do not make it surer.
const ENOUGH: usize = 600;

/// Fewer letters are a guess, in scripts that several languages share.
const MIN_LETTERS: usize = 20;

/// Codes of three letters, as detection and some sources give them, and of two.
const CODES: &[(&str, &str)] = &[
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("eus", "eu"),
    ("fas", "fa"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("gle", "ga"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("isl", "is"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "nb"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("sqi", "sq"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zho", "zh"),
    ("zul", "zu"),
];

/// So many letters tell the language of an entry better than what its whole feed declares:
/// organisations that write in several languages still declare one.
const LETTERS_AGAINST_THE_FEED: usize = 200;

/// The primary subtag of a story's language, lower case: what feeds.toml says of its source, else
/// what the entry says, else what its feed says, else what its words look like, where that is
/// sure; else nothing. What the feed says gives way where a long text is surely in another
/// language. `text` may be sanitised HTML.
pub fn language(
    configured: Option<&str>,
    entry: Option<&str>,
    feed: Option<&str>,
    title: &str,
    text: &str,
) -> String {
    if let Some(said) = [configured, entry].into_iter().flatten().find_map(primary) {
        return said;
    }
    let words = beginning(title, text);
    match feed.and_then(primary) {
        None => detected(&words, MIN_LETTERS),
        Some(declared) if is_surely(&declared, &words) => Some(declared),
        Some(declared) => detected(&words, LETTERS_AGAINST_THE_FEED).or(Some(declared)),
    }
    .unwrap_or_default()
}

/// The primary subtag, in two letters where there are such.
fn primary(tag: &str) -> Option<String> {
    let tag = tag.trim().to_ascii_lowercase();
    let subtag = tag.split(['-', '_']).next()?;
    let is_code = matches!(subtag.len(), 2 | 3) && subtag.bytes().all(|b| b.is_ascii_lowercase());
    let says_nothing = matches!(subtag, "und" | "mul" | "zxx" | "mis");
    (is_code && !says_nothing).then(|| short(subtag).to_owned())
}

fn short(code: &str) -> &str {
    CODES.iter().find(|(long, _)| *long == code).map_or(code, |(_, short)| short)
}

fn detected(words: &str, min_letters: usize) -> Option<String> {
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    if letters < min_letters {
        return None;
    }
    let found = whatlang::detect(words)?;
    found.is_reliable().then(|| short(found.lang().code()).to_owned())
}

/// The first words of a text that tell its language.
fn beginning(title: &str, text: &str) -> String {
    let mut words = String::with_capacity(ENOUGH.saturating_mul(2));
    let mut left = ENOUGH;
    let title = std::iter::once(Cow::Borrowed(title));
    for piece in title.chain(pieces_of_html(text)) {
        if left == 0 {
            break;
        }
        let end = piece.char_indices().nth(left).map_or(piece.len(), |(at, _)| at);
        let piece = piece.split_at_checked(end).map_or(&*piece, |(beginning, _)| beginning);
        words.push_str(piece);
        words.push('\n');
        left = left.saturating_sub(piece.chars().count().saturating_add(1));
    }
    words
}
