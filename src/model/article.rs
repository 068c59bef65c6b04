//! A story's own page: as `read` finds it, and made safe.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// A story as its own page gives it. Text may hold hostile characters, HTML anything; URLs are
/// absolute, but for those within `content`, which are relative to `base`.
#[derive(Debug, Clone, PartialEq)]
pub struct RawArticle {
    /// Title, plain text, without the site's name.
    pub title: Option<String>,
    /// The text, as HTML.
    pub content: String,
    /// What the page says in short, plain text.
    pub standfirst: Option<String>,
    /// Names.
    pub authors: Vec<String>,
    /// Publication date.
    pub published: Option<DateTime<Utc>>,
    /// Date of the last change.
    pub updated: Option<DateTime<Utc>>,
    /// Picture.
    pub image: Option<String>,
    /// Language tag as declared.
    pub language: Option<String>,
    /// The page's own permalink.
    pub canonical: Option<CanonicalLink>,
    /// Language and address of translations, the page itself left out.
    pub editions: Vec<(String, String)>,
    /// Name of the site.
    pub site_name: Option<String>,
    /// What relative URLs of the content are resolved against.
    pub base: Url,
    /// What had to be mended, and in which way each field was found, for maintainers.
    pub repairs: Vec<String>,
}

/// Where a page says that its story belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanonicalLink {
    /// The address.
    pub url: String,
    /// It lies on another site than the page, which has no say over it: no more than a claim.
    pub is_claim: bool,
}

/// What a story's own page says of it; every string is safe, as in [`super::CleanEntry`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
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
    /// The page's own permalink, http or https.
    pub canonical: Option<CanonicalLink>,
    /// Its editions in other languages: tag and link.
    pub editions: Vec<(String, String)>,
    /// The name of the site.
    pub site_name: Option<String>,
    /// What had to be mended, and in which way each field was found, for maintainers.
    pub repairs: Vec<String>,
}
