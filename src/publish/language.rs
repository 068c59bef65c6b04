//! What languages are called by those who speak them, and in which direction they are written.
//!
//! Only the primary subtag is looked at. A language that the table does not know is shown by its
//! code.

/// Languages that partner organisations are likely to publish in: primary subtag, own name.
const NAMES: &[(&str, &str)] = &[
    ("am", "አማርኛ"),
    ("ar", "العربية"),
    ("az", "Azərbaycanca"),
    ("be", "Беларуская"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("bs", "Bosanski"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("cy", "Cymraeg"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("ga", "Gaeilge"),
    ("gl", "Galego"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("hy", "Հայերեն"),
    ("id", "Bahasa Indonesia"),
    ("is", "Íslenska"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ka", "ქართული"),
    ("kk", "Қазақша"),
    ("ko", "한국어"),
    ("ku", "Kurdî"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("mk", "Македонски"),
    ("mt", "Malti"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("nn", "Norsk nynorsk"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("ps", "پښتو"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("so", "Soomaali"),
    ("sq", "Shqip"),
    ("sr", "Српски"),
    ("sv", "Svenska"),
    ("sw", "Kiswahili"),
    ("ta", "தமிழ்"),
    ("th", "ไทย"),
    ("tl", "Tagalog"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("yi", "ייִדיש"),
    ("zh", "中文"),
];

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: &[&str] = &["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The name of a language in that language; where we know none, its code.
pub fn name(tag: &str) -> &str {
    let primary = primary(tag);
    NAMES.iter().find(|(code, _)| *code == primary).map_or(tag, |(_, name)| name)
}

/// `rtl` or `ltr`, as HTML's `dir` wants it.
pub fn direction(tag: &str) -> &'static str {
    if RIGHT_TO_LEFT.contains(&primary(tag)) { "rtl" } else { "ltr" }
}

/// Whether this looks like a language tag (BCP 47: letters, then letters and digits).
pub(super) fn is_tag(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let first = subtags.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len())
                && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_named_by_their_speakers() {
        assert_eq!(name("de"), "Deutsch");
        assert_eq!(name("pt-BR"), "Português");
        assert_eq!(name("tlh"), "tlh");
    }

    #[test]
    fn arabic_is_written_from_right_to_left() {
        assert_eq!(direction("ar"), "rtl");
        assert_eq!(direction("fa-IR"), "rtl");
        assert_eq!(direction("el"), "ltr");
        assert_eq!(direction(""), "ltr");
    }

    #[test]
    fn o21_only_language_tags_are_language_tags() {
        for tag in ["en", "pt-BR", "sr-Latn", "de-1996"] {
            assert!(is_tag(tag), "{tag}");
        }
        for tag in ["", "e", "english", "en_GB", "en-", "\"><x", "12"] {
            assert!(!is_tag(tag), "{tag}");
        }
    }
}
