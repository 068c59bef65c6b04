//! The small words of a language, by which a text is soon seen to be in it.
//!
//! Nearly every text is in the language that its feed declares, and detection costs more than all else that
//! is done with an entry's words. So a declared language of the partners is believed where the small words
//! of the text bear it out; otherwise, and of every other language, detection decides.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

/// Words of fewer are a guess.
const FEWEST_WORDS: usize = 30;

/// One in so many words is a small one of its language, at least.
const ONE_IN: usize = 6;

/// A text has so many different ones of its language, at least.
const FEWEST_DIFFERENT: usize = 4;

/// Small words that are frequent in one of these languages. Those that others share are of no use alone:
/// a language needs twice as many of its own as any other one has.
const SMALL_WORDS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "the", "of", "and", "to", "is", "that", "for", "with", "are", "was", "this", "have",
            "from", "by", "not", "they", "be", "which", "their", "has", "been", "will", "we",
            "our", "who", "on", "it", "at", "its", "were", "would", "against", "about", "before",
            "after",
        ],
    ),
    (
        "de",
        &[
            "der", "die", "das", "und", "ist", "nicht", "den", "mit", "von", "zu", "ein", "eine",
            "für", "auf", "dem", "des", "sich", "auch", "werden", "wird", "sind", "wir", "als",
            "nach", "einen", "einer", "bei", "oder", "aus", "zum", "zur", "durch", "gegen", "über",
        ],
    ),
    (
        "fr",
        &[
            "le", "les", "des", "et", "est", "une", "dans", "pour", "qui", "sur", "pas", "au",
            "aux", "avec", "sont", "ce", "cette", "ces", "ont", "nous", "leur", "du", "il", "mais",
            "ou", "où", "plus", "être", "été", "ses", "contre", "après",
        ],
    ),
    (
        "it",
        &[
            "il", "di", "che", "della", "e", "per", "non", "è", "sono", "una", "con", "del", "dei",
            "delle", "gli", "nel", "alla", "come", "anche", "più", "questo", "questa", "degli",
            "nella", "al", "dal", "dalla", "lo", "ha", "hanno", "contro", "tra",
        ],
    ),
    (
        "es",
        &[
            "el", "los", "las", "y", "una", "en", "por", "con", "del", "se", "que", "para", "es",
            "su", "al", "más", "como", "pero", "sus", "este", "esta", "ha", "han", "sobre",
            "entre", "desde", "hasta", "sin", "son", "lo", "contra", "muy",
        ],
    ),
    (
        "pt",
        &[
            "os", "as", "e", "uma", "um", "em", "no", "na", "do", "da", "dos", "das", "não", "que",
            "para", "com", "por", "mais", "ao", "à", "se", "pela", "pelo", "são", "foi", "também",
            "seu", "sua", "ou", "como", "contra", "nos",
        ],
    ),
    (
        "ca",
        &[
            "els", "les", "amb", "per", "i", "del", "dels", "una", "és", "són", "que", "en", "es",
            "al", "als", "més", "com", "aquest", "aquesta", "ha", "han", "va", "seva", "seu",
            "sobre", "entre", "també", "però", "pel", "se", "o", "contra",
        ],
    ),
];

/// For each of those words the languages that it belongs to, one bit for each.
static LANGUAGES: LazyLock<HashMap<&str, u8, Xxh3DefaultBuilder>> = LazyLock::new(|| {
    let mut languages = HashMap::with_hasher(Xxh3DefaultBuilder);
    for (bit, (_, words)) in SMALL_WORDS.iter().enumerate() {
        for word in *words {
            *languages.entry(*word).or_default() |= 1_u8 << bit;
        }
    }
    languages
});

/// Whether a text is in this language beyond doubt.
pub(super) fn is_surely(language: &str, text: &str) -> bool {
    let Some(own) = SMALL_WORDS.iter().position(|(of, _)| *of == language) else { return false };
    let mut count = 0_usize;
    let mut of_each = [0_usize; SMALL_WORDS.len()];
    let mut different = HashSet::with_hasher(Xxh3DefaultBuilder);
    let small = text.to_lowercase();
    let words = small.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    for word in words {
        count = count.saturating_add(1);
        let Some((word, bits)) = LANGUAGES.get_key_value(word) else { continue };
        for (bit, of_one) in of_each.iter_mut().enumerate() {
            *of_one = of_one.saturating_add(usize::from(bits >> bit & 1 == 1));
        }
        if bits >> own & 1 == 1 {
            different.insert(*word);
        }
    }
    let ours = of_each.get(own).copied().unwrap_or_default();
    let most = of_each.iter().enumerate().filter(|(other, _)| *other != own);
    let others = most.map(|(_, count)| *count).max().unwrap_or_default();
    count >= FEWEST_WORDS
        && ours.saturating_mul(ONE_IN) >= count
        && different.len() >= FEWEST_DIFFERENT
        && ours >= others.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_bit() {
        assert!(SMALL_WORDS.len() <= 8);
        assert_eq!(LANGUAGES.get("e").copied(), Some(0b10_1000), "Italian and Portuguese");
    }
}
