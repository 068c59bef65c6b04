//! An article made safe.

use chrono::{DateTime, Utc};

use super::document::{MAX_REPAIR, MAX_REPAIRS};
use super::words::MAX_SUMMARY;
use super::{MAX_TITLE, dates, fields, html, text, urls};
use crate::model::{CanonicalLink, CleanArticle, RawArticle};

/// Makes an article safe.
pub fn article(raw: RawArticle) -> CleanArticle {
    let base = raw.base;
    let line = |written: Option<String>, most| {
        written.map(|words| text::line(&words, most)).filter(|line| !line.is_empty())
    };
    let web = |written: &str| urls::absolute(&base, written).map(String::from);
    let plausible = |date: Option<DateTime<Utc>>| date.filter(|date| dates::is_plausible(*date));
    let content_html = html::sanitise(&raw.content, &base);
    let image = raw.image.as_deref().and_then(|image| urls::loaded(&base, image));
    let editions = raw
        .editions
        .iter()
        .filter_map(|(language, link)| Some((fields::language_tag(language)?, web(link)?)));
    CleanArticle {
        title: line(raw.title, MAX_TITLE),
        standfirst: line(raw.standfirst, MAX_SUMMARY).unwrap_or_default(),
        authors: fields::authors(&raw.authors),
        published: plausible(raw.published),
        updated: plausible(raw.updated),
        image: image.map(String::from).or_else(|| html::first_image(&content_html)),
        content_html,
        language: raw.language.as_deref().and_then(fields::language_tag),
        canonical: raw
            .canonical
            .and_then(|link| Some(CanonicalLink { url: web(&link.url)?, is_claim: link.is_claim })),
        editions: editions.take(fields::MOST_EDITIONS).collect(),
        site_name: line(raw.site_name, MAX_TITLE),
        repairs: raw
            .repairs
            .iter()
            .take(MAX_REPAIRS)
            .map(|repair| text::line(repair, MAX_REPAIR))
            .collect(),
    }
}
