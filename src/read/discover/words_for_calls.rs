//! Words by which sites ask their readers for something, in the languages of the partners.

use scraper::ElementRef;
use url::{Url, form_urlencoded};

use super::class;

/// Parts of an address and of a title that stand for donations and newsletters, as they begin.
const ASKING: &[&str] = &[
    "donat",
    "donaz",
    "donac",
    "donaç",
    "doaç",
    "doac",
    "doneer",
    "doner",
    "spende",
    "newsletter",
    "rundbrief",
    "infolettre",
    "subscri",
    "suscri",
    "subskri",
    "abonn",
    "iscriv",
    "crowdfund",
    "soutenez",
    "δωρε",
    "ενισχύ",
    "ενισχυ",
    "bağış",
    "bagis",
    "пожертв",
    "підтрима",
    "поддерж",
    "تبرع",
    "ادعم",
];

/// Such as mean it where they stand alone, and something else in other words: Donald is no donation.
const ALONE: &[&str] = &["don", "dons", "dona", "abo", "give", "dwrea", "dorea"];

/// Words that may be those of an entry as well, unless nothing but "us" stands beside them.
const HELPING: &[&str] = &[
    "support",
    "unterstuetz",
    "unterstütz",
    "mitmach",
    "mitglied",
    "member",
    "join",
    "soutenir",
    "soutien",
    "adher",
    "adhér",
    "sosten",
    "sostien",
    "apoya",
    "apoia",
    "steun",
    "lid",
    "destek",
    "στηρί",
    "στήρι",
    "stirix",
    "involved",
];

/// Parts of a class that say it of the element itself.
const OF_CLASS: &[&str] = &[
    "cta",
    "donate",
    "donation",
    "donations",
    "spende",
    "spenden",
    "newsletter",
    "subscribe",
    "signup",
    "promo",
    "advert",
    "ad",
    "ads",
    "sponsored",
    "callout",
    "appeal",
];

/// A last part of an address with more words is the title of an entry.
const MOST_WORDS: usize = 3;

/// A word as short as this beside one that asks says whom: "support-us".
const SHORT: usize = 4;

/// Deeper in a site lie its articles.
const DEEPEST: usize = 2;

fn is_asking(word: &str) -> bool {
    ASKING.iter().any(|asking| word.starts_with(asking)) || ALONE.contains(&word)
}

/// What an address says for its being a call: two where it says it plainly.
pub(super) fn of_address(url: &Url) -> u8 {
    // Without `&` and `=` a path decodes as the name of one pair does.
    let path = url.path().replace(['&', '='], "-");
    let path: String =
        form_urlencoded::parse(path.as_bytes()).map(|(name, _)| name.to_lowercase()).collect();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let Some(last) = segments.last().filter(|_| segments.len() <= DEEPEST) else {
        // `donate.partner.example` is a page of its own.
        let host = url.host_str().unwrap_or_default().split('.').next().unwrap_or_default();
        return if segments.is_empty() && is_asking(host) { 2 } else { 0 };
    };
    let last = last.rsplit_once('.').map_or(*last, |(name, _)| name);
    let words: Vec<&str> =
        last.split(['-', '_', '+', ' ']).filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_WORDS {
        return 0;
    }
    // "Newsletter 12" is one of many.
    let is_numbered = words.iter().any(|word| word.chars().any(|sign| sign.is_ascii_digit()));
    let is_helping = |word: &str| HELPING.iter().any(|helping| word.starts_with(helping));
    if is_numbered {
        0
    } else if words.iter().any(|word| is_asking(word)) {
        2
    } else if words.iter().any(|word| is_helping(word)) {
        let others = words.iter().filter(|word| !is_helping(word));
        if others.into_iter().all(|word| word.chars().count() <= SHORT) { 2 } else { 1 }
    } else {
        0
    }
}

/// Whether a title asks for a donation, or to subscribe.
pub(super) fn are_in_title(title: &str) -> bool {
    let title = title.to_lowercase();
    title.split(|sign: char| !sign.is_alphanumeric()).any(|word| {
        // Short words are too many other things in a title.
        ASKING.iter().any(|asking| word.starts_with(asking))
    })
}

/// Whether a class of the element itself says so.
pub(super) fn are_in_class(element: ElementRef<'_>) -> bool {
    let classes = element.value().classes().take(24).filter(|class| class::is_stable(class));
    classes
        .flat_map(class::parts)
        .any(|part| OF_CLASS.contains(&part.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_ask_are_told_from_those_of_entries() {
        for (address, points) in [
            ("/donate", 2),
            ("/en/support-us/", 2),
            ("/spenden.html", 2),
            ("/faire-un-don", 2),
            ("/el/δωρεές", 2),
            ("/newsletter-abonnieren", 2),
            ("https://donate.a.example/", 2),
            ("/support-workers", 1),
            // Entries.
            ("/2026/11/support", 0),
            ("/donald-trump", 0),
            ("/spending-cuts", 0),
            ("/newsletter-12", 0),
            ("/why-we-donate-our-strike-pay", 0),
            ("/solidarity", 0),
            ("/", 0),
        ] {
            let url = Url::parse("https://a.example/").unwrap().join(address).unwrap();
            assert_eq!(of_address(&url), points, "{address}");
        }
        assert!(are_in_title("Jetzt spenden!") && are_in_title("Κάνε μια δωρεά"));
        assert!(!are_in_title("Donald and the don of spending"));
    }
}
