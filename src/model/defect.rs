//! What is said where a part of the program broke down, which no input should bring about.

/// "reading it failed inside samizdat; please report this with the document"
pub fn defect(what: &str, evidence: &str) -> String {
    format!("{what} failed inside samizdat; please report this with {evidence}")
}
