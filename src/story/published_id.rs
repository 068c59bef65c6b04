//! The id under which a story is published, for ever.

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::xxh3_128;

/// Longest guid that is taken over as an id.
const LONGEST: usize = 1024;

/// Authority and date of the `tag:` URIs of one store (RFC 4151), made once and stored, so that
/// ids survive a change of the site's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagAuthority(pub String);

impl TagAuthority {
    /// Made from the host of the site and the day on which the store began.
    pub fn new(host: &str, now: DateTime<Utc>) -> Self {
        Self(format!("{host},{}", now.format("%Y-%m-%d")))
    }

    /// Whether an id is one that only this store makes.
    pub fn is_ours(&self, id: &str) -> bool {
        id.strip_prefix("tag:").is_some_and(|rest| rest.starts_with(&format!("{}:", self.0)))
    }

    /// The id of a story whose source gives none that can stand for itself.
    pub fn story(&self, source: &str, identity: &str) -> String {
        format!("tag:{}:{source}/{:032x}", self.0, xxh3_128(identity.as_bytes()))
    }

    /// The id of a source whose feed gives none.
    pub fn source(&self, source: &str) -> String {
        format!("tag:{}:source/{source}", self.0)
    }

    /// The id of an output.
    pub fn output(&self, directory: &str) -> String {
        let name = if directory.is_empty() { "all" } else { directory.trim_end_matches('/') };
        format!("tag:{}:output/{name}", self.0)
    }
}

/// Whether a guid is an absolute IRI that identifies by itself (RFC 4287, section 4.2.6).
pub fn is_absolute_iri(guid: &str) -> bool {
    let Some((scheme, rest)) = guid.split_once(':') else { return false };
    let has_body = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.strip_prefix("//").is_some_and(|rest| {
            rest.contains('.') || rest.starts_with("localhost") || rest.starts_with('[')
        }),
        "tag" => rest.contains(',') && rest.contains(':'),
        "urn" => rest.contains(':'),
        _ => false,
    };
    let is_allowed = |character: char| {
        !character.is_whitespace()
            && !character.is_control()
            && !matches!(character, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
    };
    has_body && guid.len() <= LONGEST && guid.chars().all(is_allowed)
}
