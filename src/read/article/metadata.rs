//! What a page says of its article: title, names, dates, picture, links.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use scraper::{Html, Selector};
use url::Url;

use super::linked_data::LinkedData;
use crate::clean::dates;
use crate::model::RawArticle;
use crate::read::page::{Head, attribute, meta, words};

/// What stands between a page's title and the name of its site.
const JOINTS: &[&str] = &[" | ", " – ", " — ", " - ", " :: ", " » ", " · "];

/// Names that are no author's.
const NOBODY: &[&str] = &["admin", "administrator", "editor", "webmaster", "root", "user"];

/// Everything but the text.
pub(super) fn facts(html: &Html, head: &Head, data: &LinkedData, zone: Option<Tz>) -> RawArticle {
    let date = |written: Option<String>| written.and_then(|written| dates::parse(&written, zone));
    RawArticle {
        title: title(html, head, data),
        standfirst: data
            .text(&["description"])
            .or_else(|| meta(html, &["og:description", "description", "DC.description"])),
        content: None,
        authors: authors(html, data),
        published: date(data.text(&["datePublished", "dateCreated"]))
            .or_else(|| date(meta(html, PUBLISHED)))
            .or_else(|| date(attribute(html, "[itemprop=datePublished][datetime]", "datetime")))
            .or_else(|| date(attribute(html, "[itemprop=datePublished][content]", "content")))
            .or_else(|| shown_date(html, zone))
            .or_else(|| date_in_path(&head.base, zone)),
        updated: date(data.text(&["dateModified"])).or_else(|| date(meta(html, UPDATED))),
        image: data
            .text(&["image", "thumbnailUrl"])
            .or_else(|| meta(html, &["og:image", "twitter:image"])),
        language: head
            .language
            .clone()
            .or_else(|| data.text(&["inLanguage"]))
            .or_else(|| meta(html, &["og:locale"])),
        canonical: attribute(html, "link[rel~=canonical i][href]", "href")
            .or_else(|| meta(html, &["og:url"])),
        editions: editions(html),
        site_name: head.site_name.clone(),
        base: head.base.clone(),
        notes: Vec::new(),
    }
}

const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:published_time",
    "datePublished",
    "DC.date.issued",
    "DC.date.created",
    "dcterms.created",
    "DC.date",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publish-date",
    "date",
];

const UPDATED: &[&str] =
    &["article:modified_time", "og:updated_time", "DC.date.modified", "last-modified"];

/// The headline: of the data for machines; else a heading that the page's title begins with or holds,
/// since `<title>` names the site as well; else `<title>` without it.
fn title(html: &Html, head: &Head, data: &LinkedData) -> Option<String> {
    if let Some(headline) = data.text(&["headline"]) {
        return Some(headline);
    }
    let shown = meta(html, &["og:title", "DC.title", "twitter:title"]);
    let written = shown.clone().or_else(|| head.title.clone()).unwrap_or_default();
    let headings = Selector::parse("h1, h2").ok()?;
    let heading =
        html.select(&headings).map(words).filter(|heading| !heading.is_empty()).find(|heading| {
            written.contains(heading.as_str()) && heading.len() > written.len() / 3
        });
    heading.or_else(|| {
        let site = head.site_name.as_deref().unwrap_or_default();
        let bare = JOINTS.iter().find_map(|joint| {
            let (before, after) = written.rsplit_once(joint)?;
            let is_site = after.trim() == site || shown.is_none();
            (is_site && before.len() > after.len()).then(|| before.trim().to_owned())
        });
        bare.or(Some(written)).filter(|title| !title.is_empty())
    })
}

fn authors(html: &Html, data: &LinkedData) -> Vec<String> {
    let is_name = |name: &String| {
        !name.contains("://")
            && !name.starts_with('#')
            && name.split_whitespace().count() <= 8
            && !NOBODY.contains(&name.to_lowercase().as_str())
    };
    let found: Vec<String> = data.texts("author").into_iter().filter(is_name).collect();
    if !found.is_empty() {
        return found;
    }
    let named = meta(html, &["author", "article:author", "DC.creator", "parsely-author"]);
    if let Some(name) = named.filter(is_name) {
        return vec![name];
    }
    let shown = "[itemprop=author] [itemprop=name], [itemprop=author], [rel~=author], .byline a, \
                 .author.vcard .fn, .author a, .entry-author";
    let Ok(shown) = Selector::parse(shown) else { return Vec::new() };
    let first = html.select(&shown).map(words).find(|name| !name.is_empty() && is_name(name));
    first.into_iter().collect()
}

/// The first date that stands in the article, or anywhere.
fn shown_date(html: &Html, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    ["article time", "main time", "time", ".entry-date, .published, .post-date, .date"]
        .iter()
        .filter_map(|selector| Selector::parse(selector).ok())
        .find_map(|selector| {
            html.select(&selector).take(5).find_map(|element| {
                let written = element.value().attr("datetime").map(str::to_owned);
                dates::parse(&written.unwrap_or_else(|| words(element)), zone)
            })
        })
}

/// Many sites put the date into the address: `/2026/11/02/…`.
fn date_in_path(page: &Url, zone: Option<Tz>) -> Option<DateTime<Utc>> {
    let parts: Vec<&str> = page.path_segments()?.collect();
    parts.windows(3).find_map(|parts| {
        let [year, month, day] = parts else { return None };
        let digits = |part: &str, count| part.len() == count && part.parse::<u16>().is_ok();
        let is_date = digits(year, 4) && digits(month, 2) && digits(day, 2);
        is_date.then(|| dates::parse(&format!("{year}-{month}-{day}"), zone)).flatten()
    })
}

fn editions(html: &Html) -> Vec<(String, String)> {
    let Ok(links) = Selector::parse("link[rel~=alternate i][hreflang][href]") else {
        return Vec::new();
    };
    let edition = |link: scraper::ElementRef<'_>| {
        let language = link.value().attr("hreflang")?;
        let href = link.value().attr("href")?;
        (language != "x-default").then(|| (language.to_owned(), href.to_owned()))
    };
    html.select(&links).filter_map(edition).collect()
}
