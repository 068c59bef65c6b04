//! The title of an article, as its editors wrote it: without the name of the site, which pages
//! put before or behind it for search engines.

use scraper::ElementRef;
use url::Url;

use super::super::tree::{self, attribute};
use super::fields::{Found, Page};
use crate::clean::{MAX_TITLE, text, urls};

/// Headings beyond these are not compared with the title.
const MAX_HEADINGS: usize = 40;

impl Page<'_> {
    /// The title, from a heading where one is the title that the page declares.
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
