//! What a page says about its article: title, authors, dates, picture, language, other editions.
//!
//! The page says it to search engines and social networks (JSON-LD, OpenGraph, Dublin Core and
//! other `meta` elements), and to readers (headings, bylines, `time`). Each field has its ladder;
//! the first rung that holds is taken, and named in the notes.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use scraper::{ElementRef, Html};
use url::Url;

use super::super::dates::read_date;
use super::super::tree::{self, attribute};
use super::linked::Linked;
use crate::clean::{dates, text, urls};
use crate::model::CanonicalLink;

/// Elements of `meta` beyond these are not read.
const MAX_META: usize = 500;

/// A byline is no longer than this.
pub(super) const MAX_BYLINE: usize = 150;

/// Translations beyond these are not read.
const MAX_EDITIONS: usize = 50;

/// Elements that hold a date, the surest first.
const DATED: &[&str] = &[
    "[itemprop~='datePublished']",
    "time[pubdate]",
    "time.published, time.entry-date, .entry-date time, .dt-published",
    "header time[datetime]",
    "article time[datetime]",
    "main time[datetime]",
    "time[datetime]",
    ".entry-date, .post-date, .article-date, .published, .date-published, .pubdate, .publish-date",
    ".byline, .entry-meta, .post-meta, .postmeta, .article-meta, .postmetadata, .submitted",
    ".date, .datum, .data, .fecha",
    "[class*='date'], [class*='meta']",
];

/// Elements that hold the date of a change.
const CHANGED: &[&str] = &["[itemprop~='dateModified']", "time.updated, .dt-updated"];

/// Elements that hold what an editor put above the text.
const STANDFIRSTS: &[&str] = &[
    ".standfirst, .article__standfirst",
    ".article__lead, .article-lead, .article__intro, .lede, p.lead, .dek",
    "[itemprop~='description']:not(meta)",
];

/// A value, and where it was found.
pub(super) type Found<T> = Option<(T, String)>;

/// The page with what was read from it already.
pub(super) struct Page<'a> {
    pub(super) html: &'a Html,
    pub(super) linked: &'a Linked,
    pub(super) title: Option<&'a str>,
    pub(super) known_title: Option<&'a str>,
    pub(super) base: &'a Url,
    pub(super) here: &'a Url,
    pub(super) zone: Option<Tz>,
    pub(super) meta: Vec<(String, &'a str)>,
}

/// The `meta` elements of a page, names in lower case.
pub(super) fn meta(html: &Html) -> Vec<(String, &str)> {
    let named = |element: ElementRef<'_>| {
        ["property", "name", "http-equiv", "itemprop"]
            .iter()
            .find_map(|key| attribute(element, key))
            .map(str::to_ascii_lowercase)
    };
    tree::all(html, "meta[content]")
        .into_iter()
        .filter_map(|element| Some((named(element)?, element.attr("content")?.trim())))
        .filter(|(_, content)| !content.is_empty())
        .take(MAX_META)
        .collect()
}

impl<'a> Page<'a> {
    pub(super) fn said(&self, names: &[&str]) -> Found<&'a str> {
        names.iter().find_map(|name| {
            let (own, content) = self.meta.iter().find(|(own, _)| own == name)?;
            Some((*content, own.clone()))
        })
    }

    pub(super) fn site_name(&self) -> Option<String> {
        let (name, _) = self.said(&["og:site_name", "application-name"])?;
        Some(text::line(&text::from_html(name), 200)).filter(|name| !name.is_empty())
    }

    pub(super) fn published(&self) -> Found<DateTime<Utc>> {
        self.date(
            self.linked.published.as_deref(),
            &[
                "article:published_time",
                "og:published_time",
                "og:article:published_time",
                "datepublished",
                "dc.date.issued",
                "dcterms.issued",
                "dcterms.created",
                "dc.date.created",
                "dc.date",
                "dcterms.date",
                "citation_publication_date",
                "citation_date",
                "parsely-pub-date",
                "sailthru.date",
                "pubdate",
                "publish-date",
                "publish_date",
                "publication_date",
                "date",
            ],
            DATED,
        )
        .or_else(|| Some((of_path(self.here)?, "its address".to_owned())))
    }

    pub(super) fn updated(&self) -> Found<DateTime<Utc>> {
        self.date(
            self.linked.updated.as_deref(),
            &[
                "article:modified_time",
                "og:updated_time",
                "og:modified_time",
                "datemodified",
                "dcterms.modified",
                "dc.date.modified",
                "last-modified",
            ],
            CHANGED,
        )
    }

    fn date(&self, data: Option<&str>, names: &[&str], places: &[&str]) -> Found<DateTime<Utc>> {
        let read =
            |written: &str| read_date(written, self.zone).filter(|date| dates::is_plausible(*date));
        if let Some(date) = data.and_then(read) {
            return Some((date, "JSON-LD".to_owned()));
        }
        for name in names {
            let found = self.meta.iter().filter(|(own, _)| own == name);
            if let Some(date) = found.filter_map(|(_, content)| read(content)).next() {
                return Some((date, (*name).to_owned()));
            }
        }
        for place in places {
            for element in tree::all(self.html, place).into_iter().take(5) {
                let machine = ["datetime", "content"]
                    .iter()
                    .filter_map(|name| attribute(element, name))
                    .find_map(read);
                let date = machine.or_else(|| {
                    let words = tree::words(element, MAX_BYLINE);
                    read(&words).or_else(|| dates::find(&words, self.zone))
                });
                if let Some(date) = date {
                    return Some((date, format!("\"{place}\"")));
                }
            }
        }
        None
    }

    pub(super) fn standfirst(&self) -> Found<String> {
        let usable = |written: &str| {
            let words = text::line(&text::from_html(written), 1000);
            let is_cut = ["…", "...", "[…]", "[...]"].iter().any(|end| words.ends_with(end));
            // What is shorter and no sentence is the name of a site or of a section.
            let is_sentence = words.contains(' ') && words.ends_with(['.', '!', '?']);
            (!is_cut && (is_sentence || words.chars().count() >= 30)).then_some(words)
        };
        for place in STANDFIRSTS {
            let found = tree::first(self.html, place).map(|element| tree::words(element, 1000));
            if let Some(words) = found.as_deref().and_then(usable) {
                return Some((words, format!("\"{place}\"")));
            }
        }
        if let Some(words) = self.linked.description.as_deref().and_then(usable) {
            return Some((words, "JSON-LD".to_owned()));
        }
        let names = ["og:description", "twitter:description", "description", "dc.description"];
        names.iter().find_map(|name| {
            let (content, place) = self.said(&[name])?;
            Some((usable(content)?, place))
        })
    }

    pub(super) fn image(&self) -> Found<String> {
        let loaded = |address: &str| urls::loaded(self.base, address).map(String::from);
        if let Some(image) = self.linked.image.as_deref().and_then(loaded) {
            return Some((image, "JSON-LD".to_owned()));
        }
        let named = ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "image"];
        named
            .iter()
            .find_map(|name| {
                let (address, place) = self.said(&[name])?;
                Some((loaded(address)?, place))
            })
            .or_else(|| {
                let link = tree::first(self.html, "link[rel~='image_src'][href]")?;
                Some((loaded(attribute(link, "href")?)?, "link image_src".to_owned()))
            })
    }

    pub(super) fn language(&self) -> Found<String> {
        let of_root = tree::first(self.html, "html")
            .and_then(|root| attribute(root, "lang").or_else(|| attribute(root, "xml:lang")));
        of_root
            .map(|language| (language, "html lang".to_owned()))
            .or_else(|| self.linked.language.as_deref().map(|l| (l, "JSON-LD".to_owned())))
            .or_else(|| {
                self.said(&["content-language", "dc.language", "dcterms.language", "og:locale"])
            })
            .map(|(language, place)| (language.replace('_', "-"), place))
    }

    pub(super) fn canonical(&self) -> Option<CanonicalLink> {
        let link = tree::first(self.html, "link[rel~='canonical'][href]");
        let address = link.and_then(|link| attribute(link, "href"));
        let address = address.or_else(|| Some(self.said(&["og:url"])?.0))?;
        let url = urls::absolute(self.base, address)?;
        // A home page is the address of no story: a template that was never filled in.
        let is_home = |url: &Url| url.path() == "/" && url.query().is_none();
        if is_home(&url) && !is_home(self.here) {
            return None;
        }
        let is_claim = !urls::is_same_site(&url, self.here);
        Some(CanonicalLink { url: url.into(), is_claim })
    }

    pub(super) fn editions(&self) -> Vec<(String, String)> {
        let own = |url: &str| urls::canonical(url) == urls::canonical(self.here.as_str());
        let mut editions: Vec<(String, String)> = Vec::new();
        for link in tree::all(self.html, "link[rel~='alternate'][hreflang][href]") {
            let (Some(language), Some(href)) =
                (attribute(link, "hreflang"), attribute(link, "href"))
            else {
                continue;
            };
            let is_feed = attribute(link, "type")
                .is_some_and(|kind| kind.contains("xml") || kind.contains("json"));
            if is_feed || language.eq_ignore_ascii_case("x-default") {
                continue;
            }
            let Some(url) = urls::absolute(self.base, href).map(String::from) else { continue };
            let is_known = editions.iter().any(|(known, _)| known == language);
            if !own(&url) && !is_known && editions.len() < MAX_EDITIONS {
                editions.push((language.to_owned(), url));
            }
        }
        editions
    }
}

/// The day that the path of an address names: `/2017/06/12/`.
fn of_path(url: &Url) -> Option<DateTime<Utc>> {
    let segments: Vec<&str> = url.path_segments()?.take(20).collect();
    segments.windows(3).find_map(|window| {
        let [year, month, day] = window else { return None };
        let is_day =
            year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len());
        let written = is_day.then(|| format!("{year}-{month}-{day}"))?;
        read_date(&written, None).filter(|date| dates::is_plausible(*date))
    })
}
