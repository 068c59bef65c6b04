//! Regular expressions of Planet's filters as phrases, where they are nothing but a choice of words.

/// The words of `\b(gaza|west bank)\b`; `None` of what no list of phrases can say.
pub(super) fn phrases(pattern: &str) -> Option<Vec<String>> {
    let bare = pattern.trim().trim_start_matches("(?i)");
    let bare = without_bounds(bare);
    let inner = bare
        .strip_prefix("(?:")
        .or_else(|| bare.strip_prefix('('))
        .and_then(|rest| rest.strip_suffix(')'));
    let words = inner.unwrap_or(bare).split('|').map(literal).collect::<Option<Vec<_>>>()?;
    words.iter().all(|word| word.chars().any(char::is_alphanumeric)).then_some(words)
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
        let words = |pattern| phrases(pattern).map(|words| words.join(","));
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
}
