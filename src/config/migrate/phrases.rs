//! Regular expressions of Planet's filters as phrases, where they are nothing but a choice of words.

/// What a pattern looks for, as phrases.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Phrases {
    /// The words.
    pub(super) words: Vec<String>,
    /// Those that the pattern finds within longer words as well, which no phrase does.
    pub(super) parts: Vec<String>,
}

/// The words of `\b(gaza|west bank)\b`; `None` of what no list of phrases can say.
pub(super) fn phrases(pattern: &str) -> Option<Phrases> {
    let bare = pattern.trim().trim_start_matches("(?i)");
    let bare = without_bounds(bare);
    let inner = bare
        .strip_prefix("(?:")
        .or_else(|| bare.strip_prefix('('))
        .and_then(|rest| rest.strip_suffix(')'));
    let alternatives: Vec<&str> = inner.unwrap_or(bare).split('|').collect();
    let words = alternatives.iter().map(|part| literal(part)).collect::<Option<Vec<_>>>()?;
    if !words.iter().all(|word| word.chars().any(char::is_alphanumeric)) {
        return None;
    }
    // Bounds around a choice without brackets belong to its first and its last part.
    let whole = pattern.trim().trim_start_matches("(?i)");
    let is_enclosed = inner.is_some() && is_bounded(whole);
    let own = if inner.is_some() { alternatives } else { whole.split('|').collect() };
    let pairs = words.iter().zip(own);
    let parts = pairs.filter(|(_, own)| !is_enclosed && !is_bounded(own.trim()));
    let parts = parts.map(|(word, _)| word.clone()).collect();
    Some(Phrases { words, parts })
}

/// Whether a word boundary is asked for at both ends.
fn is_bounded(pattern: &str) -> bool {
    pattern.starts_with(r"\b") && pattern.ends_with(r"\b")
}

fn without_bounds(pattern: &str) -> &str {
    let pattern = pattern.strip_prefix(r"\b").unwrap_or(pattern);
    pattern.strip_suffix(r"\b").unwrap_or(pattern)
}

/// A part without any sign that means something in a regular expression.
fn literal(part: &str) -> Option<String> {
    let mut words = String::new();
    let mut signs = without_bounds(part.trim()).chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next()? {
                's' => words.push(' '),
                escaped if !escaped.is_alphanumeric() => words.push(escaped),
                _ => return None,
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            plain => words.push(plain),
        }
    }
    Some(words.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::phrases;

    #[test]
    fn a_choice_of_words_becomes_phrases_and_nothing_else_does() {
        let words = |pattern| phrases(pattern).map(|phrases| phrases.words.join(","));
        for (pattern, expected) in [
            ("palestine", Some("palestine")),
            (r"\b(gaza|west bank)\b", Some("gaza,west bank")),
            (r"(?i)(?:\bgaza\b|west\sbank)", Some("gaza,west bank")),
            (r"C\+\+|e\-mail", Some("C++,e-mail")),
            (r"^\[ad\]", None),
            ("strikes?", None),
            ("a|", None),
            ("", None),
            ("(a|(b))", None),
            (r"\d+", None),
            (r"x\", None),
        ] {
            assert_eq!(words(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn words_that_are_looked_for_within_others_are_told_apart() {
        let parts = |pattern| phrases(pattern).map(|phrases| phrases.parts.join(","));
        for (pattern, expected) in [
            ("palestine", "palestine"),
            ("rent|eviction", "rent,eviction"),
            ("(rent|eviction)", "rent,eviction"),
            (r"\brent\b", ""),
            (r"\b(gaza|west bank)\b", ""),
            (r"(?i)\b(?:gaza|west bank)\b", ""),
            (r"(\bgaza\b|west\sbank)", "west bank"),
            (r"\bgaza|bank\b", "gaza,bank"),
            (r"\bgaza\b|bank", "bank"),
            (r"\brent", "rent"),
        ] {
            assert_eq!(parts(pattern).as_deref(), Some(expected), "{pattern}");
        }
    }
}
