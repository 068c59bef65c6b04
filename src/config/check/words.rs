//! Short names, languages, zones, selectors and plain words.

use chrono::format::{Item, StrftimeItems};
use chrono_tz::Tz;

use super::super::finding::{Problem, shown};
use super::super::nearest::nearest;
use crate::model::id_from_name;

/// Ids name directories of outputs and appear in every table of `status`.
const LONGEST_ID: usize = 64;

/// The two-letter codes of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co \
    cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he \
    hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku \
    kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr \
    nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq \
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi \
    yo za zh zu";

/// What people write for a language, and its code: countries, names, codes that were replaced.
const OTHER_LANGUAGE_WORDS: &[(&str, &str)] = &[
    ("gr", "el"),
    ("ell", "el"),
    ("gre", "el"),
    ("greek", "el"),
    ("ελληνικά", "el"),
    ("eng", "en"),
    ("english", "en"),
    ("us", "en"),
    ("gb", "en"),
    ("ger", "de"),
    ("deu", "de"),
    ("german", "de"),
    ("deutsch", "de"),
    ("at", "de"),
    ("ita", "it"),
    ("italian", "it"),
    ("italiano", "it"),
    ("rus", "ru"),
    ("russian", "ru"),
    ("русский", "ru"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("french", "fr"),
    ("français", "fr"),
    ("spa", "es"),
    ("spanish", "es"),
    ("español", "es"),
    ("ua", "uk"),
    ("ukrainian", "uk"),
    ("cz", "cs"),
    ("dk", "da"),
    ("jp", "ja"),
    ("cn", "zh"),
    ("iw", "he"),
    ("in", "id"),
    ("ji", "yi"),
];

/// A stable short name.
pub(super) fn id(written: &str) -> Result<String, Problem> {
    let good = written.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
        && written.starts_with(|c| c != '-')
        && !written.ends_with('-')
        && written.len() <= LONGEST_ID;
    if good {
        return Ok(written.to_owned());
    }
    let mut better = id_from_name(written);
    better.truncate(LONGEST_ID);
    Err(Problem::new(
        format!("`{}` is not an id", shown(written)),
        format!(
            "use small letters a-z, digits and hyphens between them, at most {LONGEST_ID}: \"{}\"",
            if written.trim().is_empty() { "my-source" } else { better.trim_end_matches('-') }
        ),
    ))
}

/// A language tag such as `en`, `pt-BR` or `zh-Hant`, in its usual spelling.
pub(in super::super) fn language(written: &str) -> Result<String, Problem> {
    let written = written.trim();
    let name = written.to_lowercase();
    if let Some((_, code)) = OTHER_LANGUAGE_WORDS.iter().find(|(word, _)| *word == name) {
        return Err(Problem::new(
            format!("`{}` is not the code of a language", shown(written)),
            format!("write \"{code}\""),
        ));
    }
    let mut parts = written.split(['-', '_']);
    let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
    let known = match primary.len() {
        2 => LANGUAGES.split(' ').any(|code| code == primary),
        3 => primary.chars().all(|c| c.is_ascii_lowercase()),
        _ => false,
    };
    let parts: Vec<&str> = parts.collect();
    let formed = parts.iter().all(|part| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    });
    if !known || !formed || parts.len() > 8 {
        return Err(Problem::new(
            format!("`{}` is not the code of a language", shown(written)),
            "write a code such as \"en\", \"de\", \"el\", \"it\", \"ru\" or \"pt-BR\"",
        ));
    }
    if written.contains('_') {
        return Err(Problem::new(
            format!("`{}` is written with an underscore", shown(written)),
            format!("write \"{}\"", written.replace('_', "-")),
        ));
    }
    let usual = std::iter::once(primary).chain(parts.iter().map(|part| match part.len() {
        2 => part.to_ascii_uppercase(),
        4 if part.chars().all(|c| c.is_ascii_alphabetic()) => capitalised(part),
        _ => part.to_ascii_lowercase(),
    }));
    Ok(usual.collect::<Vec<_>>().join("-"))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|c| c.to_ascii_lowercase())).collect()
}

/// A time zone of the IANA database.
pub(super) fn zone(written: &str) -> Result<Tz, Problem> {
    written.trim().parse::<Tz>().map_err(|_| {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
        let meant = nearest(written, names.clone()).or_else(|| {
            let wanted = written.trim().replace(' ', "_");
            names.clone().find(|name| city(name).eq_ignore_ascii_case(&wanted))
        });
        Problem::new(
            format!("`{}` is not a time zone", shown(written)),
            match meant {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "write a region and a city: \"Europe/Athens\", \"Europe/Berlin\"; or \
                         \"UTC\""
                    .to_owned(),
            },
        )
    })
}

/// A CSS selector.
pub(super) fn selector(written: &str) -> Result<String, Problem> {
    match scraper::Selector::parse(written) {
        Ok(_) => Ok(written.trim().to_owned()),
        Err(_) => Err(Problem::new(
            format!("`{}` is not a CSS selector", shown(written)),
            "write one as a browser's inspector shows it: \"article.teaser\", \"h2 a\", \
             \".teaser__text\"",
        )),
    }
}

/// A strftime format.
pub(super) fn date_format(written: &str) -> Result<String, Problem> {
    let mut items = StrftimeItems::new(written).peekable();
    let any = items.peek().is_some();
    let mut fields = false;
    for item in items {
        match item {
            Item::Error => {
                return Err(Problem::new(
                    format!("`{}` is not a format of dates", shown(written)),
                    "write how the page puts it: \"%d %B %Y\" reads 2 November 2026, \
                     \"%d.%m.%Y\" reads 02.11.2026",
                ));
            }
            Item::Numeric(..) | Item::Fixed(_) => fields = true,
            _ => {}
        }
    }
    if any && fields {
        Ok(written.to_owned())
    } else {
        Err(Problem::new(
            format!("`{}` holds no part of a date", shown(written)),
            "write how the page puts it: \"%d %B %Y\" reads 2 November 2026",
        ))
    }
}

/// Words on one line; a text of several lines becomes one.
pub(super) fn text(written: &str) -> Result<String, Problem> {
    let strange =
        |c: &char| c.is_control() && !c.is_whitespace() || matches!(c, '\u{fffe}' | '\u{ffff}');
    match written.chars().find(strange) {
        // XML forbids them, and no reader shows them.
        Some(letter) => Err(Problem::new(
            format!("a character that cannot be published: U+{:04X}", u32::from(letter)),
            "remove it; it may have come with a copied text",
        )),
        None => Ok(written.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// One of some words.
pub(super) fn choice(written: &str, of: &[&'static str]) -> Result<&'static str, Problem> {
    of.iter().find(|word| **word == written.trim()).copied().ok_or_else(|| {
        let all = of.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        Problem::new(
            format!("`{}` is not known here", shown(written)),
            match nearest(written, of.iter().copied()) {
                Some(meant) => format!("did you mean \"{meant}\"? It may be one of {all}"),
                None => format!("write one of {all}"),
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_plain() {
        for good in ["a", "diem25", "mera25-gr", "2026"] {
            assert!(id(good).is_ok(), "{good}");
        }
        for (bad, better) in [
            ("DiEM25", "\"diem25\""),
            ("MERA25 Ελλάδα", "\"mera25-ellada\""),
            ("a_b", "\"a-b\""),
            ("-a", "\"a\""),
            ("a-", "\"a\""),
            ("../x", "\"x\""),
            ("", "\"my-source\""),
        ] {
            let problem = id(bad).unwrap_err();
            assert!(problem.help.contains(better), "{bad}: {problem:?}");
        }
        assert!(id(&"a".repeat(65)).is_err());
    }

    #[test]
    fn languages_are_codes() {
        for (good, usual) in
            [("en", "en"), ("EN", "en"), ("pt-br", "pt-BR"), ("zh-hant-TW", "zh-Hant-TW")]
        {
            assert_eq!(language(good).as_deref(), Ok(usual), "{good}");
        }
        for (bad, help) in [
            ("gr", "write \"el\""),
            ("Greek", "write \"el\""),
            ("en_GB", "\"en-GB\""),
            ("xx", "such as"),
            ("", "such as"),
            ("en-", "such as"),
            ("en-ä", "such as"),
        ] {
            let problem = language(bad).unwrap_err();
            assert!(problem.help.contains(help), "{bad}: {problem:?}");
        }
    }

    #[test]
    fn zones_selectors_and_formats_are_checked() {
        assert_eq!(zone("Europe/Athens"), Ok(chrono_tz::Europe::Athens));
        assert!(zone("Europe/Athen").unwrap_err().help.contains("\"Europe/Athens\""));
        assert!(zone("athens").unwrap_err().help.contains("\"Europe/Athens\""));
        assert!(zone("Nowhere at all").is_err());
        assert!(selector("article.teaser > h2 a").is_ok());
        assert!(selector("article[").is_err());
        assert!(selector("").is_err());
        assert!(date_format("%d %B %Y").is_ok());
        for bad in ["", "%Q", "%", "day month"] {
            assert!(date_format(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_are_one_line_that_xml_can_carry() {
        assert_eq!(text(" a\n  b\tc ").as_deref(), Ok("a b c"));
        assert!(text("a\u{8}b").unwrap_err().message.contains("U+0008"));
        assert!(text("a\u{ffff}b").is_err());
    }

    #[test]
    fn choices_name_the_nearest() {
        assert_eq!(choice("full", &["full", "link"]), Ok("full"));
        let problem = choice("ful", &["full", "link"]).unwrap_err();
        assert!(problem.help.contains("did you mean \"full\""), "{problem:?}");
    }
}
