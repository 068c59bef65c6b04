//! What `read` found on a story's own page, before anything is judged or made safe.

use chrono::{DateTime, Utc};
use url::Url;

use super::{Format, Hints, RawContent, RawDocument, RawEntry};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalLink {
    /// The address.
    pub url: String,
    /// It lies on another site than the page, which has no say over it: no more than a claim.
    pub is_claim: bool,
}

impl RawArticle {
    /// The article as an entry, to be cleaned like one of a feed. Its link is the canonical one
    /// where that is no mere claim, else `url`, where the page was read.
    pub fn to_entry(&self, url: &Url) -> RawEntry {
        let canonical = self.canonical.as_ref().filter(|canonical| !canonical.is_claim);
        RawEntry {
            link: Some(canonical.map_or_else(|| url.to_string(), |link| link.url.clone())),
            title: self.title.clone().map(RawContent::Text),
            summary: self.standfirst.clone().map(RawContent::Text),
            content: Some(RawContent::Html(self.content.clone())),
            authors: self.authors.clone(),
            published: self.published,
            updated: self.updated,
            image: self.image.clone(),
            language: self.language.clone(),
            base: Some(self.base.clone()),
            ..RawEntry::default()
        }
    }

    /// A document with the article as its one entry, for showing how a page is read.
    pub fn to_document(&self, url: &Url) -> RawDocument {
        RawDocument {
            format: Format::Article,
            title: self.site_name.clone().map(RawContent::Text),
            id: None,
            site: url.join("/").ok().map(String::from),
            language: self.language.clone(),
            hub: None,
            rights: None,
            updated: None,
            authors: Vec::new(),
            image: None,
            hints: Hints::default(),
            entries: vec![self.to_entry(url)],
            repairs: self.repairs.clone(),
        }
    }
}
