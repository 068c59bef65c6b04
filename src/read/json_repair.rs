//! Mends what generators get wrong in JSON: raw line breaks and lone surrogates in strings,
//! escapes that are none, commas before a closing bracket, junk after the end.

/// One pass over the text, whatever it holds; the result need not be JSON.
pub(super) fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut depth = 0usize;
    // A comma that is written once it is known that another value follows.
    let mut comma = false;
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            out.push(character);
            continue;
        }
        let closes = matches!(character, '}' | ']');
        if std::mem::take(&mut comma) && !closes {
            out.push(',');
        }
        match character {
            ',' => comma = true,
            '{' | '[' => {
                depth = depth.saturating_add(1);
                out.push(character);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                out.push(character);
                if depth == 0 {
                    return out;
                }
            }
            '"' => {
                out.push('"');
                string(&mut characters, &mut out);
            }
            _ => out.push(character),
        }
    }
    out
}

/// Copies a string whose opening quote was read.
fn string(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    // A high surrogate that waits for its other half.
    let mut high: Option<u32> = None;
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        if escaped == Some('u') {
            let digits: String =
                (0..4).map_while(|_| characters.next_if(char::is_ascii_hexdigit)).collect();
            let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
            match (high.take(), code) {
                (Some(first), Some(second @ 0xDC00..=0xDFFF)) => {
                    out.push_str(&format!("\\u{first:04x}\\u{second:04x}"));
                    continue;
                }
                (waiting, code) => {
                    if waiting.is_some() {
                        out.push('\u{FFFD}');
                    }
                    match code {
                        Some(first @ 0xD800..=0xDBFF) => high = Some(first),
                        Some(code) if char::from_u32(code).is_some() => {
                            out.push_str(&format!("\\u{code:04x}"));
                        }
                        _ => out.push('\u{FFFD}'),
                    }
                }
            }
            continue;
        }
        if high.take().is_some() {
            out.push('\u{FFFD}');
        }
        match (character, escaped) {
            ('\\', Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't'))) => {
                out.push('\\');
                out.push(next);
            }
            // An escape that is none means its character.
            ('\\', Some(next)) if !next.is_control() => out.push(next),
            ('\\', _) => out.push(' '),
            ('"', _) => {
                out.push('"');
                return;
            }
            ('\n', _) => out.push_str("\\n"),
            ('\t', _) => out.push_str("\\t"),
            (control, _) if control.is_ascii_control() => out.push(' '),
            (character, _) => out.push(character),
        }
    }
}
