//! Lines of the file as everybody may see them: what looks like a secret is replaced by `…`.
//!
//! Errors travel: cron mails them, and the checks of a pull request are read by strangers.

use super::secrets::SECRET_HEADERS;
use crate::model::shown_url;

/// A line, or a part of it, without user names and passwords of addresses, values of secret query
/// parameters, and values of headers that carry secrets. Unchanged where there are none.
pub(super) fn masked(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    // What stands in front of the current text, to know the header that it belongs to.
    let mut before = String::new();
    for part in line.split_inclusive(['"', '\'']) {
        let text = part.trim_end_matches(['"', '\'']);
        let quote = part.get(text.len()..).unwrap_or_default();
        let is_value = before.trim_end_matches([' ', '\t', '"', '\'']).ends_with('=');
        let name = before.trim_end_matches([' ', '\t', '"', '\'', '=']).to_ascii_lowercase();
        let of_secret_header =
            is_value && SECRET_HEADERS.iter().any(|header| name.ends_with(header));
        if of_secret_header && !text.is_empty() && !text.starts_with("env:") {
            shown.push('…');
        } else {
            shown.push_str(&masked_address(text));
        }
        shown.push_str(quote);
        // The longest name of a header is far shorter than this.
        if before.len() > 100 {
            before.clear();
        }
        before.push_str(part.get(part.len().saturating_sub(64)..).unwrap_or(part));
    }
    shown
}

fn masked_address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return shown_url(text) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest.split_at_checked(end) {
        Some((authority, path)) if authority.contains('@') => {
            let host = authority.rsplit('@').next().unwrap_or_default();
            shown_url(&format!("{scheme}://…@{host}{path}"))
        }
        _ => shown_url(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h69_lines_are_shown_without_secrets() {
        for (line, shown) in [
            ("name = \"DiEM25\" # why?", "name = \"DiEM25\" # why?"),
            ("url = \"https://u:p@a.example/x\"", "url = \"https://…@a.example/x\""),
            ("url = 'https://u:p@q@a.example?token=s3'", "url = 'https://…@a.example?token=…'"),
            (
                "url = \"https://a.example/?key=s3&x=1\" # y",
                "url = \"https://a.example/?key=…&x=1\" # y",
            ),
            (
                "url = \"https://a.example/?key={env:K}\"",
                "url = \"https://a.example/?key={env:K}\"",
            ),
            ("headers = { Authorization = \"Basic s3\" }", "headers = { Authorization = \"…\" }"),
            ("\"authorization\"='Basic s3'", "\"authorization\"='…'"),
            ("headers = { Cookie = \"env:NAME\" }", "headers = { Cookie = \"env:NAME\" }"),
            ("url = \"https://u:p@a.example/?token=s3", "url = \"https://…@a.example/?token=…"),
            ("", ""),
        ] {
            assert_eq!(masked(line), shown, "{line}");
        }
    }
}
