//! Values of the environment that feeds.toml names (`{env:NAME}`, `env:NAME`), and how they are kept out
//! of whatever is shown or published.
//!
//! A server sees them, and may give them back: in a redirect, percent-encoded, in capitals, or only in
//! part. What is looked for here is each of these. A value that a server has turned into something else
//! is not found.

use std::fmt;
use std::ops::Range;

/// The values of one source. `Debug` does not show them.
#[derive(Clone, Default, PartialEq)]
pub struct Secrets {
    /// What is looked for, and what stands in its place; the longest first.
    sought: Vec<(Vec<u8>, String)>,
}

/// Shortest part of a value that is a secret by itself: `Bearer` is none.
const SHORTEST_PART: usize = 8;

/// A value of so many bytes is no word; a shorter one may be, unless it has a digit.
const LONGER_THAN_WORDS: usize = 20;

/// A shorter value is looked for only where it stands by itself: it would be found in many words.
const SHORTEST_WITHIN: usize = 4;

/// How often a url that stands in a url that stands in a url is encoded.
const MOST_DECODINGS: u8 = 3;

impl Secrets {
    /// These variables, by name, with their values.
    pub fn of<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let mut sought = Vec::new();
        for (name, value) in variables {
            let value = value.trim();
            if value.len() > 1 {
                sought.push((plain(value), format!("{{env:{name}}}")));
            }
            let parts = value.split(|c: char| !c.is_ascii_alphanumeric() && !"-_~.".contains(c));
            for part in parts.filter(|part| part.len() >= SHORTEST_PART && *part != value) {
                sought.push((plain(part), "…".to_owned()));
            }
        }
        sought.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        Self { sought }
    }

    /// Those that are no words, which alone are looked for in what a partner writes: somebody's value may
    /// be `en` or `news`, and a statement that has the word must stay whole.
    pub fn beyond_words(&self) -> Self {
        let is_none = |value: &[u8]| {
            value.len() >= LONGER_THAN_WORDS
                || value.len() >= SHORTEST_PART && value.iter().any(u8::is_ascii_digit)
        };
        let sought = self.sought.iter().filter(|(value, _)| is_none(value)).cloned().collect();
        Self { sought }
    }

    /// The text with `{env:NAME}` in the place of each value, and `…` in that of a part of one.
    pub fn hidden_in(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for (place, stand_in) in self.found_in(text) {
            shown.push_str(text.get(from..place.start).unwrap_or_default());
            shown.push_str(stand_in);
            from = place.end;
        }
        shown.push_str(text.get(from..).unwrap_or_default());
        shown
    }

    /// Whether a value, or a part of one, stands in a text.
    pub fn are_in(&self, text: &str) -> bool {
        !self.found_in(text).is_empty()
    }

    /// Where values stand, in order.
    fn found_in(&self, text: &str) -> Vec<(Range<usize>, &str)> {
        let mut found = Vec::new();
        if self.sought.is_empty() {
            return found;
        }
        let text = text.as_bytes();
        let is_word = |letter: Option<(u8, usize)>| {
            letter.is_some_and(|(byte, _)| byte.is_ascii_alphanumeric())
        };
        let (mut at, mut before) = (0, None);
        while let Some((byte, behind)) = letter(text, at, MOST_DECODINGS) {
            let fitting = self.sought.iter().find_map(|(value, stand_in)| {
                let end = end_of(value, text, at)?;
                let stands_alone =
                    || !is_word(before) && !is_word(letter(text, end, MOST_DECODINGS));
                (value.len() >= SHORTEST_WITHIN || stands_alone()).then_some((end, stand_in))
            });
            let end = fitting.map_or(behind, |(end, _)| end);
            if let Some((_, stand_in)) = fitting {
                found.push((at..end, stand_in.as_str()));
            }
            before = Some((byte, behind));
            at = end;
        }
        found
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// The byte that is meant at a place, in small letters and freed of percent-encoding, and where the
/// next one is written.
fn letter(text: &[u8], at: usize, decodings: u8) -> Option<(u8, usize)> {
    let Some(fewer) = decodings.checked_sub(1) else {
        return Some((text.get(at)?.to_ascii_lowercase(), at.saturating_add(1)));
    };
    let (byte, behind) = letter(text, at, fewer)?;
    let digit = |at: usize| {
        let (byte, behind) = letter(text, at, fewer)?;
        Some((char::from(byte).to_digit(16)?, behind))
    };
    if byte == b'%'
        && let Some((high, behind)) = digit(behind)
        && let Some((low, behind)) = digit(behind)
        && let Ok(byte) = u8::try_from(high * 16 + low)
    {
        return Some((byte.to_ascii_lowercase(), behind));
    }
    Some((byte, behind))
}

/// Where a value ends that stands at a place.
fn end_of(value: &[u8], text: &[u8], mut at: usize) -> Option<usize> {
    for expected in value {
        let (byte, behind) = letter(text, at, MOST_DECODINGS)?;
        if byte != *expected {
            return None;
        }
        at = behind;
    }
    Some(at)
}

fn plain(value: &str) -> Vec<u8> {
    let mut at = 0;
    std::iter::from_fn(|| {
        let (byte, behind) = letter(value.as_bytes(), at, MOST_DECODINGS)?;
        at = behind;
        Some(byte)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn h69_values_of_the_environment_are_found_in_every_spelling() {
        let secrets = Secrets::of([
            ("TOKEN", "Ab+c/9 ü-Z"),
            ("LOGIN", "Bearer eyJhbGciOi.Jzdw"),
            ("PATHS", "members/7f3a9b2c1d"),
            ("SHORT", "k3y"),
            ("EMPTY", ""),
            ("ONE", "a"),
        ]);
        for (text, shown) in [
            ("https://a.example/feed", "https://a.example/feed"),
            // As it is, encoded, encoded again, in other capitals.
            ("https://a.example/Ab+c/9 ü-Z/x", "https://a.example/{env:TOKEN}/x"),
            ("https://a.example/Ab%2Bc%2f9%20%C3%BC-Z/x", "https://a.example/{env:TOKEN}/x"),
            (
                "https://a.example/?to=%2FAb%252Bc%252F9%2520%25C3%25BC-Z%2Fx",
                "https://a.example/?to=%2F{env:TOKEN}%2Fx",
            ),
            ("AB+C/9 ü-z at the end: ab+c/9 ü-z", "{env:TOKEN} at the end: {env:TOKEN}"),
            // In part, where that is long enough to be one.
            ("https://a.example/?t=eyJhbGciOi.Jzdw&x", "https://a.example/?t=…&x"),
            ("https://a.example/u/7F3A9B2C1D.xml", "https://a.example/u/….xml"),
            ("https://a.example/members/7f3a9b2c1d", "https://a.example/{env:PATHS}"),
            ("https://a.example/members/ Bearer", "https://a.example/members/ Bearer"),
            // What is short stands by itself, or is something else.
            ("https://k3y.example/k3y?monk3ys", "https://{env:SHORT}.example/{env:SHORT}?monk3ys"),
            ("a%", "a%"),
            ("%zz%4", "%zz%4"),
            ("ü%C3", "ü%C3"),
        ] {
            assert_eq!(secrets.hidden_in(text), shown, "{text}");
            assert_eq!(secrets.are_in(text), text != shown, "{text}");
        }
        // What may be a word stays where partners write it.
        let secrets = Secrets::of([
            ("LANGUAGE", "en"),
            ("GROUP", "solidarity"),
            ("YEAR", "in2026"),
            ("TOKEN", "7f3a9b2c"),
            ("PHRASE", "correct-horse-battery"),
        ]);
        let words = "en solidarity in2026 7f3a9b2c correct-horse-battery";
        assert_eq!(
            secrets.beyond_words().hidden_in(words),
            "en solidarity in2026 {env:TOKEN} {env:PHRASE}"
        );
        assert_eq!(format!("{secrets:?}"), "Secrets(…)");
        assert_eq!(Secrets::default().hidden_in("as it is"), "as it is");
    }
}
