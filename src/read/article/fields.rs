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
use crate::clean::{MAX_TITLE, dates, text, urls};
use crate::model::CanonicalLink;

/// Elements of `meta` beyond these are not read.
const MAX_META: usize = 500;

/// Headings beyond these are not compared with the title.
const MAX_HEADINGS: usize = 40;

/// A byline is no longer than this.
const MAX_BYLINE: usize = 150;

/// Translations beyond these are not read.
const MAX_EDITIONS: usize = 50;

/// Names beyond these are not read.
const MAX_AUTHORS: usize = 20;

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

/// Elements that hold a name, the surest first.
const AUTHORED: &[&str] = &[
    "[itemprop~='author'] [itemprop~='name']",
    "[itemprop~='author']",
    "a[rel~='author']",
    ".byline-name, .author-name, .byline .author, .author .fn, .vcard .fn",
    ".byline, .p-author, .post-author, .entry-author, .article-author",
    "a[href*='/author/'], .submitted .username",
    ".author",
    "address.author, [class*='byline']",
];

/// Elements that hold what an editor put above the text.
const STANDFIRSTS: &[&str] = &[
    ".standfirst, .article__standfirst",
    ".article__lead, .article-lead, .article__intro, .lede, p.lead, .dek",
    "[itemprop~='description']:not(meta)",
];

/// What stands before the names in a byline.
const BY: &[&str] = &[
    "written by",
    "gespeichert von",
    "veröffentlicht von",
    "erstellt von",
    "posted by",
    "by",
    "von",
    "geschrieben von",
    "από",
    "του",
    "της",
    "di",
    "a cura di",
    "par",
    "por",
    "автор",
    "автор:",
    "yazan",
    "text:",
    "autor:",
    "author:",
    "verfasst von",
];

/// What stands between the names and the date.
const ON: &[&str] = &[" on ", " am ", " στις ", " il ", " le ", " el ", " em ", " at "];

/// Names of accounts, which are nobody's.
const NOBODY: &[&str] = &["admin", "administrator", "webmaster", "root", "editor", "anonymous"];

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
    fn said(&self, names: &[&str]) -> Found<&'a str> {
        names.iter().find_map(|name| {
            let (own, content) = self.meta.iter().find(|(own, _)| own == name)?;
            Some((*content, own.clone()))
        })
    }

    pub(super) fn site_name(&self) -> Option<String> {
        let (name, _) = self.said(&["og:site_name", "application-name"])?;
        Some(text::line(&text::from_html(name), 200)).filter(|name| !name.is_empty())
    }

    pub(super) fn title(&self) -> Found<String> {
        let of_data = self.linked.headline.as_deref().map(|title| (title, "JSON-LD".to_owned()));
        let (raw, place) = of_data
            .or_else(|| {
                self.said(&[
                    "og:title",
                    "twitter:title",
                    "dc.title",
                    "dcterms.title",
                    "citation_title",
                ])
            })
            .or_else(|| self.title.map(|title| (title, "its title element".to_owned())))
            .or_else(|| self.known_title.map(|title| (title, "the entry".to_owned())))?;
        let raw = text::line(raw, MAX_TITLE);
        let mut wanted = vec![raw.clone()];
        wanted.extend(self.known_title.map(|title| text::line(title, MAX_TITLE)));
        // A heading that is the title, or the title but for the site's name, is how the editors
        // wrote it. One that leads home is the site's name.
        let headings = tree::all(self.html, "h1, h2, h3, .entry-title, [itemprop~='headline']");
        let heading = headings
            .into_iter()
            .take(MAX_HEADINGS)
            .filter(|heading| !self.leads_home(*heading))
            .map(|heading| tree::words(heading, MAX_TITLE))
            .filter(|heading| heading.chars().count() > 1)
            .filter_map(|heading| {
                let likeness = wanted.iter().map(|title| likeness(title, &heading)).max()?;
                (likeness > 0).then_some((likeness, heading))
            })
            .max_by_key(|(likeness, heading)| (*likeness, heading.len()));
        if let Some((_, heading)) = heading {
            return Some((heading, format!("the heading that {place} repeats")));
        }
        let links = tree::all(self.html, "a[href]").into_iter().take(MAX_HEADINGS);
        let mut sites: Vec<String> = links
            .filter(|link| self.leads_home(*link))
            .map(|link| tree::words(link, MAX_TITLE))
            .collect();
        sites.extend(self.site_name());
        let bare = without_site(&raw, &sites, self.here);
        Some((bare, place)).filter(|(title, _)| !title.is_empty())
    }

    /// Whether an element is, or has in it, a link to the home page.
    fn leads_home(&self, element: ElementRef<'_>) -> bool {
        std::iter::once(element).chain(tree::within(element)).any(|element| {
            element.value().name() == "a"
                && attribute(element, "href")
                    .and_then(|href| urls::absolute(self.base, href))
                    .is_some_and(|url| {
                        url.host_str() == self.base.host_str()
                            && url.path() == "/"
                            && url.query().is_none()
                    })
        })
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

    pub(super) fn authors(&self) -> Found<Vec<String>> {
        let site = self.site_name();
        let keep = |written: Vec<String>| -> Option<Vec<String>> {
            let mut names: Vec<String> = Vec::new();
            for name in written.iter().flat_map(|written| names_in(written)) {
                let is_known = names.iter().any(|known| known.eq_ignore_ascii_case(&name));
                if !is_known && site.as_deref() != Some(name.as_str()) && names.len() < MAX_AUTHORS
                {
                    names.push(name);
                }
            }
            (!names.is_empty()).then_some(names)
        };
        if let Some(names) = keep(self.linked.authors.clone()) {
            return Some((names, "JSON-LD".to_owned()));
        }
        let names = [
            "citation_author",
            "author",
            "article:author",
            "og:article:author",
            "dc.creator",
            "dcterms.creator",
            "parsely-author",
            "sailthru.author",
        ];
        for name in names {
            let all = self.meta.iter().filter(|(own, _)| own == name);
            if let Some(names) = keep(all.map(|(_, content)| (*content).to_owned()).collect()) {
                return Some((names, name.to_owned()));
            }
        }
        AUTHORED.iter().find_map(|place| {
            let found = tree::all(self.html, place);
            // The names of comments and of other stories stand in lists of their own.
            let found = found.into_iter().filter(|element| !is_aside(*element)).take(5);
            let words = found.map(|element| tree::words(element, MAX_BYLINE)).collect();
            Some((keep(words)?, format!("\"{place}\"")))
        })
    }

    pub(super) fn standfirst(&self) -> Found<String> {
        let usable = |written: &str| {
            let words = text::line(&text::from_html(written), 1000);
            let is_cut = ["…", "...", "[…]", "[...]"].iter().any(|end| words.ends_with(end));
            (words.chars().count() >= 30 && !is_cut).then_some(words)
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
        let is_claim = !is_same_site(&url, self.here);
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

/// Whether a site speaks for a page: the same host, or one within the other.
fn is_same_site(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
    };
    let (one, other) = (host(one), host(other));
    let is_within = |inner: &str, outer: &str| {
        outer.contains('.') && inner.strip_suffix(outer).is_some_and(|rest| rest.ends_with('.'))
    };
    one == other || is_within(&one, &other) || is_within(&other, &one)
}

/// A title as compared: letters and digits, folded.
fn folded(words: &str) -> String {
    words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How surely a heading is the title: the same words; the title but for what follows a separator;
/// but for what is before one; most of its words. 0 where it is not.
fn likeness(title: &str, heading: &str) -> u8 {
    let bare = folded(heading);
    if bare.is_empty() {
        return 0;
    }
    if folded(title) == bare {
        return 4;
    }
    if parts(title).any(|(first, _)| folded(first) == bare) {
        return 3;
    }
    if parts(title).any(|(_, last)| folded(last) == bare) {
        return 2;
    }
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace().map(folded).filter(|word| !word.is_empty()).take(50).collect()
    };
    let (of_title, of_heading) = (words(title), words(heading));
    let common = of_heading.iter().filter(|word| of_title.contains(word)).count();
    let is_alike = of_heading.len() >= 4
        && common.saturating_mul(4) >= of_heading.len().saturating_mul(3)
        && common.saturating_mul(2) >= of_title.len();
    u8::from(is_alike)
}

/// Signs between a title and the name of the site.
const SEPARATORS: &[&str] =
    &[" | ", " - ", " – ", " — ", " » ", " « ", " · ", " • ", " :: ", " : ", " / "];

/// What stands before and after each separator of a title.
fn parts(title: &str) -> impl Iterator<Item = (&str, &str)> {
    SEPARATORS.iter().flat_map(move |separator| {
        title.match_indices(separator).filter_map(|(at, _)| {
            Some((title.get(..at)?, title.get(at.saturating_add(separator.len())..)?))
        })
    })
}

/// A title without the name of the site.
fn without_site(title: &str, sites: &[String], here: &Url) -> String {
    let host = folded(here.host_str().unwrap_or_default().trim_start_matches("www."));
    let is_site = |part: &str| {
        let part = folded(part);
        let is_named = sites.iter().any(|site| folded(site) == part);
        part.chars().count() > 2 && (is_named || host.starts_with(&part))
    };
    let bare = parts(title).find_map(|(first, last)| {
        if is_site(last) { Some(first) } else { is_site(first).then_some(last) }
    });
    bare.unwrap_or(title).trim().to_owned()
}

/// The names in a byline: without "By", without a date.
fn names_in(written: &str) -> Vec<String> {
    let line = text::line(&text::from_html(written), MAX_BYLINE);
    if line.contains("://") || line.contains('@') {
        return Vec::new();
    }
    let line = line.split(['|', '•', '·', '–', '/']).next().unwrap_or_default().trim();
    let by = BY.iter().filter(|by| {
        let length = by.chars().count();
        let mut rest = line.chars().skip(length);
        let begins = line.chars().take(length).flat_map(char::to_lowercase).eq(by.chars());
        // Where the word and the name stand in elements of their own, no space is between them.
        let is_apart = rest.next().is_some_and(|c| {
            c == ' ' || c == ':' || by.ends_with(':') || length > 2 && c.is_uppercase()
        });
        begins && is_apart
    });
    let by = by.max_by_key(|by| by.len()).map_or(0, |by| by.chars().count());
    let rest: String = line.chars().skip(by).collect();
    let rest = rest.trim_start_matches([':', ' ']);
    let rest = ON
        .iter()
        .filter_map(|on| rest.find(on))
        .min()
        .and_then(|at| rest.get(..at))
        .unwrap_or(rest);
    let names = rest.split([',', ';']).flat_map(|part| part.split(" & "));
    let names = names.flat_map(|part| part.split(" and ")).flat_map(|part| part.split(" und "));
    names
        .map(str::trim)
        .take_while(|name| !name.chars().any(|c| c.is_ascii_digit()))
        .filter(|name| {
            let words = name.split_whitespace().count();
            name.chars().any(char::is_alphabetic)
                && words <= 6
                && !NOBODY.contains(&name.to_lowercase().as_str())
        })
        .map(str::to_owned)
        .collect()
}

/// Whether an element stands in comments, lists of other stories, or beside the text.
fn is_aside(element: ElementRef<'_>) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|around| {
        let names = [around.attr("id"), around.attr("class")];
        matches!(around.value().name(), "aside" | "nav")
            || names.into_iter().flatten().any(|name| {
                ["comment", "related", "sidebar"].iter().any(|word| name.contains(word))
            }) && !matches!(around.value().name(), "html" | "body")
    })
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
