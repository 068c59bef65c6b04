//! Where sentences end, in the scripts of the partners.
//!
//! Unicode's rules (UAX #29) know full stops, exclamation and question marks of most scripts. They
//! do not know the Greek question mark, which is written `;`, and they end a sentence after every
//! abbreviation that a capital letter follows: "Dr. Brandt", "z. B. Lieder", "2. November".

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Abbreviations after which a sentence goes on, without their last full stop, in lower case.
const ABBREVIATIONS: &[&str] = &[
    // English.
    "dr", "mr", "mrs", "ms", "prof", "st", "rev", "hon", "gen", "sen", "rep", "gov", "jr", "sr",
    "e.g", "i.e", "vs", "cf", "etc", "no", "nos", "vol", "p", "pp", "fig", "ed", "eds", "approx",
    "dept", "inc", "ltd", "u.s", "u.k", "a.m", "p.m", // German.
    "z.b", "d.h", "u.a", "bzw", "ca", "nr", "str", "hr", "fr", "usw", "vgl", "sog", "ggf", "evtl",
    "inkl", "abs", "art", "dipl", "ing", "bspw", "geb", "gest", "jh", "mio", "mrd", "o.ä", "s.o",
    // Greek.
    "π.χ", "κ", "κ.κ", "κα", "δρ", "καθ", "βλ", "αρ", "σελ", "δηλ", "κ.λπ", "κ.ά", "μ.μ", "π.μ",
    // Italian, French, Spanish, Portuguese.
    "sig", "sig.ra", "dott", "dott.ssa", "avv", "on", "ecc", "p.es", "pag", "art", "n", "m", "mm",
    "mme", "mlle", "me", "p.ex", "env", "av", "apr", "j.-c", "sr", "sra", "srta", "dra", "ud",
    "uds", "p.ej", "núm", "pág", "ee.uu", "exmo", "exma", "eng", // Russian.
    "т.е", "т.к", "т.д", "т.п", "т", "г", "гг", "в", "вв", "д", "ул", "руб", "тыс", "млн", "млрд",
    "см", "им", "проф", "акад", "др", "стр", "с", "п", "пп", "ст", "напр", // Turkish.
    "örn", "vb", "vd", "bkz", "sn", "doç", "yrd", "av", "alm",
];

/// Byte offsets in `line` at which a sentence has ended, white space behind it left out.
pub(super) fn ends(line: &str) -> impl Iterator<Item = usize> {
    let bounds = line.split_sentence_bound_indices().flat_map(|(start, sentence)| {
        let whole = start.saturating_add(sentence.trim_end().len());
        questions(sentence).map(move |end| start.saturating_add(end)).chain([whole])
    });
    let mut last = 0_usize;
    bounds.filter(move |end| {
        let is_new = *end > last;
        last = last.max(*end);
        is_new && is_end(line, *end)
    })
}

/// Ends of Greek questions within what Unicode takes for one sentence.
fn questions(sentence: &str) -> impl Iterator<Item = usize> {
    sentence.char_indices().filter_map(|(at, c)| {
        let is_mark = matches!(c, ';' | '\u{37e}');
        let before = sentence.get(..at)?.chars().rev().find(|c| !is_combining_mark(*c))?;
        let end = at.saturating_add(c.len_utf8());
        let rest = sentence.get(end..)?;
        let closing = rest.chars().next().filter(|c| matches!(c, '»' | '”' | '"' | ')'));
        let length = closing.map_or(0, char::len_utf8);
        let is_apart = rest.get(length..)?.starts_with(char::is_whitespace);
        (is_mark && is_greek(before) && is_apart).then_some(end.saturating_add(length))
    })
}

fn is_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

/// Whether the sentence that seems to end there does: what stands before is no abbreviation.
fn is_end(line: &str, end: usize) -> bool {
    let sentence = line.get(..end).unwrap_or_default();
    let Some(bare) = sentence.strip_suffix('.') else {
        let closed = sentence.trim_end_matches(['"', '\'', '”', '“', '’', '»', '«', ')', ']']);
        let last = closed.chars().last();
        // What Unicode calls a sentence may also be the end of the text.
        return last.is_some_and(|c| {
            matches!(c, '.' | '!' | '?' | '…' | '‽' | '。' | '！' | '？' | '؟' | '۔' | '।')
                || matches!(c, ';' | '\u{37e}') && closed.chars().rev().nth(1).is_some_and(is_greek)
        });
    };
    if end == line.len() {
        return true;
    }
    let word = bare
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '„' | '“' | '"' | '«' | '»'))
        .next()
        .unwrap_or_default();
    let bare_word = word;
    let word = word.to_lowercase();
    let last = word.rsplit('.').next().unwrap_or_default();
    // An initial, or the last part of "z. B.".
    let is_initial = last.chars().filter(|c| !is_combining_mark(*c)).count() == 1
        && last.chars().all(|c| c.is_alphabetic() || is_combining_mark(c));
    // "2. November", "19. Jahrhundert".
    let is_ordinal =
        (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    // "p. ex.", "т. е.", as written with a space.
    let before = bare.strip_suffix(bare_word);
    let spaced = before.and_then(|before| before.trim_end().rsplit(char::is_whitespace).next());
    let is_spaced = spaced.is_some_and(|first| {
        let joined = format!("{}{word}", first.to_lowercase());
        first.ends_with('.') && ABBREVIATIONS.contains(&joined.as_str())
    });
    !(is_initial || is_spaced || is_ordinal || ABBREVIATIONS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences of a line.
    fn sentences(line: &str) -> Vec<&str> {
        let mut last = 0;
        ends(line)
            .map(|end| {
                let sentence = line.get(last..end).unwrap().trim_start();
                last = end;
                sentence
            })
            .collect()
    }

    #[test]
    fn o13_sentences_end_in_every_partners_script() {
        for expected in [
            &["They wrote again.", "Nobody answered!", "Why?", "“We know.”", "So be it."][..],
            &["Wer zahlt das?", "Niemand weiß es.", "Am 2. November wird gewählt."],
            &["Ποιος πληρώνει;", "Κανείς δεν ξέρει.", "«Γιατί τώρα;»", "Επειδή πρέπει."],
            &["Ποιος πληρώνει\u{37e}", "Εμείς."],
            &[
                "Кто платит?",
                "Никто не знает.",
                "«Мы ждём!»",
                "Письмо пришло в 2024 г. из Сыктывкара.",
            ],
            &["Chi paga?", "Il sig. Rossi non risponde.", "Noi sì!"],
            &["¿Quién paga?", "La Sra. Vega no responde.", "Nosotros, sí."],
            &["Kim ödüyor?", "Doç. Dr. Kaya bilmiyor.", "Biz ödüyoruz."],
        ] {
            assert_eq!(sentences(&expected.join(" ")), expected);
        }
    }

    #[test]
    fn abbreviations_do_not_end_sentences() {
        for line in [
            "Leaflets, e.g. Those of the strike, are kept.",
            "Dr. Helga Brandt teaches history.",
            "The archive of J. R. Winter, St. Pauli, opens.",
            "Flugblätter, z. B. Lieder, sammelt das Archiv.",
            "Die Kosten (u. a. Miete) trägt Prof. Feld.",
            "Βιβλία, π.χ. Ιστορίας, του κ. Παπαδόπουλου.",
            "Письма, т. е. Документы, хранит проф. Иванов.",
            "Le discours de M. Dupont, p. ex. Hier, est long.",
            "In the U.S. Congress nobody spoke.",
        ] {
            assert_eq!(sentences(line), [line]);
        }
        // A semicolon ends nothing outside Greek.
        assert_eq!(sentences("One; two; three."), ["One; two; three."]);
        assert_eq!(sentences("no end"), Vec::<&str>::new());
    }
}
