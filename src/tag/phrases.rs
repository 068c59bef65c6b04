//! Phrases found in text as whole words, ignoring case and accents, all of them in one pass.

use aho_corasick::AhoCorasick;

use super::Folded;

/// A set of phrases to look for. A phrase without a letter or digit is never found.
#[derive(Debug)]
pub struct Phrases {
    automaton: Option<AhoCorasick>,
    /// Of each pattern of the automaton, which phrase it is.
    phrases: Vec<usize>,
}

/// Where a phrase was found, in bytes of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Position of the phrase among those that were given.
    pub phrase: usize,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Phrases {
    /// Compiles phrases.
    pub fn new(phrases: &[&str]) -> Self {
        let folded = phrases.iter().map(|phrase| Folded::of(phrase)).enumerate();
        let (phrases, patterns): (Vec<usize>, Vec<Folded>) =
            folded.filter(|(_, phrase)| !phrase.is_empty()).unzip();
        // With the spaces around them patterns match whole words only. It fails beyond some
        // hundred million characters of phrases, which no file that we read can hold.
        let automaton = AhoCorasick::new(patterns.iter().map(Folded::as_str)).ok();
        Self { automaton: automaton.filter(|_| !phrases.is_empty()), phrases }
    }

    /// Every occurrence of every phrase, also where they overlap.
    pub fn occurrences<'a>(&'a self, text: &'a Folded) -> impl Iterator<Item = Occurrence> + 'a {
        let matches = self.automaton.iter().flat_map(|a| a.find_overlapping_iter(text.as_str()));
        matches.filter_map(|found| {
            let phrase = *self.phrases.get(found.pattern().as_usize())?;
            Some(Occurrence { phrase, start: found.start(), end: found.end() })
        })
    }

    /// Whether any of the phrases occurs.
    pub fn any_in(&self, text: &Folded) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(text.as_str()))
    }
}

/// Which of the phrases occur in a plain text, in the order in which they are given.
pub fn phrases_in<'a>(phrases: &[&'a str], text: &str) -> Vec<&'a str> {
    let folded = Folded::of(text);
    let mut found: Vec<usize> =
        Phrases::new(phrases).occurrences(&folded).map(|occurrence| occurrence.phrase).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().filter_map(|index| phrases.get(index).copied()).collect()
}
