//! docs/MESSAGES.md has every message of the program.
//!
//! Whatever way a message is made in, its words stand in a literal of `src`. So every literal that reads
//! like words is looked for in the document, save those that are listed here with what they are instead. A
//! new message is missed by nobody: it is in the document, or this test fails.

use std::fs;

use crate::documents::root;
use crate::house::sources;

/// Files whose literals are no messages.
const FILES: &[(&str, &str)] = &[
    ("config/keys.rs", "what keys mean: docs/FEEDS-TOML.md"),
    ("config/schema.rs", "the schema for editors"),
    ("cli/arguments.rs", "--help"),
    ("cli/manual.rs", "the manual page"),
    ("clean/words.rs", "words that blog programs put under articles"),
    ("clean/html/allowed.rs", "attributes of HTML"),
    ("read/article/trim.rs", "words around articles"),
    ("read/article/authors.rs", "words around names"),
    ("publish/about.rs", "words of a page that is published"),
    ("publish/words.rs", "words of the page"),
    ("publish/language.rs", "names of languages"),
    ("world/clock.rs", "reasons for lints"),
];

/// Literals that are no messages, by their beginnings.
const LITERALS: &[&str] = &[
    // Protocols, selectors, policies.
    "<!doctype",
    "application/atom+xml,",
    "default-src 'none'",
    "public, max-age=",
    "time.published,",
    "header time[datetime]",
    "article time[datetime]",
    "main time[datetime]",
    "recursion limit",
    // Words of other programs that are looked for.
    "emporary failure",
    "ry again",
    "message head is",
    "just a moment",
    "checking your browser",
    "array table",
    // Codes of languages.
    "aa ab ae",
    // Words of published feeds.
    "also published by",
    "Sources of",
    // Reasons for lints.
    "one for each request,",
    "a config is refused without an error",
    "serde passes a reference",
    "the view is absent only within",
    "one entry and how it came",
    "it was made long enough above",
];

/// The literals of a file of Rust, with their lines; escapes are resolved.
fn literals(text: &str) -> Vec<(usize, String)> {
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < letters.len() {
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < letters.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            'r' if matches!(at(index + 1), '"' | '#')
                && (index == 0 || !(at(index - 1).is_alphanumeric() || at(index - 1) == '_')) =>
            {
                let hashes = (1..).take_while(|ahead| at(index + ahead) == '#').count();
                index += 1 + hashes;
                if at(index) != '"' {
                    continue;
                }
                let (began, mut words) = (line, String::new());
                index += 1;
                while index < letters.len()
                    && !(at(index) == '"' && (1..=hashes).all(|ahead| at(index + ahead) == '#'))
                {
                    line += usize::from(at(index) == '\n');
                    words.push(at(index));
                    index += 1;
                }
                index += 1 + hashes;
                found.push((began, words));
            }
            '\'' => {
                // A letter, or the name of a lifetime.
                if at(index + 1) == '\\' {
                    index += 3;
                    while index < letters.len() && at(index) != '\'' {
                        index += 1;
                    }
                    index += 1;
                } else if at(index + 2) == '\'' {
                    index += 3;
                } else {
                    index += 1;
                }
            }
            '"' => {
                let (began, mut words) = (line, String::new());
                index += 1;
                while index < letters.len() && at(index) != '"' {
                    if at(index) == '\\' {
                        match at(index + 1) {
                            '\n' => {
                                while at(index + 1).is_whitespace() {
                                    line += usize::from(at(index + 1) == '\n');
                                    index += 1;
                                }
                            }
                            'n' | 't' | 'r' => {
                                words.push(' ');
                                index += 1;
                            }
                            other => {
                                words.push(other);
                                index += 1;
                            }
                        }
                    } else {
                        line += usize::from(at(index) == '\n');
                        words.push(at(index));
                    }
                    index += 1;
                }
                index += 1;
                found.push((began, words));
            }
            letter => {
                line += usize::from(letter == '\n');
                index += 1;
            }
        }
    }
    found
}

/// A literal with `…` where something is filled in.
fn filled(literal: &str) -> String {
    let mut plain = String::new();
    let mut rest = literal;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        plain.push_str(before);
        if let Some(double) = ["{{", "}}"].iter().find(|double| behind.starts_with(**double)) {
            plain.push_str(&double[..1]);
            rest = &behind[2..];
            continue;
        }
        match behind.split_once('}') {
            Some((inner, after)) if behind.starts_with('{') && !inner.contains(' ') => {
                plain.push('…');
                rest = after;
            }
            _ => {
                plain.push_str(&behind[..1]);
                rest = &behind[1..];
            }
        }
    }
    plain + rest
}

/// Words as they are compared: without what Markdown and Rust do with them.
fn bare(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '`' | '\\')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether somebody could read it as a message: two words beside one another, or one beside something
/// that is filled in.
fn is_prose(text: &str) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| ",;:.()?".contains(c));
        word.chars().count() >= 2
            && word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '-')
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        is_word(&pair[0]) && is_word(&pair[1]) && pair[1].starts_with(char::is_lowercase)
    })
}

#[test]
fn every_message_is_in_the_document() {
    let document = bare(&fs::read_to_string(root().join("docs/MESSAGES.md")).unwrap());
    let mut missing = Vec::new();
    let mut count = 0;
    for (path, text) in sources() {
        let name = path.strip_prefix(root().join("src")).unwrap().display().to_string();
        if FILES.iter().any(|(file, _)| *file == name) {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (line, literal) in literals(code) {
            let words = bare(&filled(&literal));
            if !is_prose(&words) || LITERALS.iter().any(|start| words.starts_with(start)) {
                continue;
            }
            count += 1;
            if !document.contains(&words) {
                missing.push(format!("src/{name}:{line}: {words}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "{} texts are not in docs/MESSAGES.md. Write there what they mean and what to do (or say in this test \
         what they are, if they are no messages):\n{}",
        missing.len(),
        missing.join("\n")
    );
    assert!(count > 400, "only {count} texts were found: is the reader of literals broken?");
}

#[test]
fn what_is_exempt_is_there() {
    let all: Vec<(String, String)> = sources()
        .into_iter()
        .map(|(path, text)| {
            (path.strip_prefix(root().join("src")).unwrap().display().to_string(), text)
        })
        .collect();
    for (file, _) in FILES {
        assert!(all.iter().any(|(name, _)| name == file), "{file} is no file any more");
    }
    for start in LITERALS {
        let is_there = all.iter().any(|(_, text)| {
            literals(text).iter().any(|(_, words)| bare(words).starts_with(start))
        });
        assert!(is_there, "{start:?} is no literal any more");
    }
}

#[test]
fn literals_are_read_as_rust_reads_them() {
    let code = "let a = \"one two\"; // \"no\"\nlet b = 'x'; let c: &'static str = r#\"raw \"three\"\"#;\nlet d = \"four \\\n    five {name:?} {{six}}\\n\";\nlet e = '\"'; let f = '\\''; \"seven\"";
    let found: Vec<(usize, String)> =
        literals(code).into_iter().map(|(line, text)| (line, bare(&filled(&text)))).collect();
    let expected = [(1, "one two"), (2, "raw \"three\""), (3, "four five … {six}"), (5, "seven")];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    assert!(is_prose("there is no such file") && is_prose("… did not answer") && !is_prose("h2 a"));
}
