//! The language of a story: what is said about it, else what it looks like.

use crate::model::words_of_html;

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
    match feed.and_then(primary) {
        None => detected(title, text, MIN_LETTERS),
        Some(declared) => detected(title, text, LETTERS_AGAINST_THE_FEED).or(Some(declared)),
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

fn detected(title: &str, text: &str, min_letters: usize) -> Option<String> {
    // Markup may be several times as long as the words in it, and letters take up to four bytes.
    let end = text.char_indices().nth(ENOUGH.saturating_mul(8)).map_or(text.len(), |(at, _)| at);
    let beginning = text.split_at_checked(end).map_or(text, |(beginning, _)| beginning);
    let words: String =
        title.chars().chain(['\n']).chain(words_of_html(beginning).chars()).take(ENOUGH).collect();
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    if letters < min_letters {
        return None;
    }
    let found = whatlang::detect(&words)?;
    found.is_reliable().then(|| short(found.lang().code()).to_owned())
}
