//! A story's own page, read and made safe.

use chrono::{DateTime, Utc};
use url::Url;

/// What a story's own page says of it; every string is safe, as in [`super::CleanEntry`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CleanArticle {
    /// Title.
    pub title: Option<String>,
    /// The standfirst, as plain text; may be empty.
    pub standfirst: String,
    /// Sanitised HTML of the text; may be empty.
    pub content_html: String,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date, plausible.
    pub published: Option<DateTime<Utc>>,
    /// Date of the last change, plausible.
    pub updated: Option<DateTime<Utc>>,
    /// Picture; http or https.
    pub image: Option<String>,
    /// Language tag of the page.
    pub language: Option<String>,
    /// The link that the page calls its own; http or https.
    pub canonical: Option<String>,
    /// Its editions in other languages: tag and link.
    pub editions: Vec<(String, String)>,
    /// The name of the site.
    pub site_name: Option<String>,
    /// How it was read, in words for maintainers.
    pub notes: Vec<String>,
}

/// What was found on a story's own page, before it is made safe. Links may be relative to `base`.
#[derive(Debug, Clone, PartialEq)]
pub struct RawArticle {
    /// Title.
    pub title: Option<String>,
    /// Standfirst.
    pub standfirst: Option<String>,
    /// HTML of the text.
    pub content: Option<String>,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: Option<DateTime<Utc>>,
    /// Date of the last change.
    pub updated: Option<DateTime<Utc>>,
    /// Picture.
    pub image: Option<String>,
    /// Language tag of the page.
    pub language: Option<String>,
    /// The link that the page calls its own.
    pub canonical: Option<String>,
    /// Its editions in other languages: tag and link.
    pub editions: Vec<(String, String)>,
    /// The name of the site.
    pub site_name: Option<String>,
    /// What relative links are resolved against.
    pub base: Url,
    /// How it was read, in words for maintainers.
    pub notes: Vec<String>,
}
