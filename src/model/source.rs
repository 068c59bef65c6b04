//! What feeds.toml says about a source and about the organisation that speaks through it.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

use super::Secrets;

/// One partner feed or page that we poll; a `[[source]]` in feeds.toml.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Stable short name: `a-z 0-9 -`.
    pub id: String,
    /// Former ids, so that a rename keeps the history.
    pub was: Vec<String>,
    /// The url as written in feeds.toml, `{env:NAME}` included; the only form that is shown.
    pub url_as_written: String,
    /// What is polled, with secrets filled in.
    pub location: Location,
    /// Shown name; the feed's own title where absent.
    pub name: Option<String>,
    /// Name of the organisation that speaks; the source's name where absent.
    pub organisation: Option<String>,
    /// The organisation's web site.
    pub site: Option<Url>,
    /// Primary language subtag, where the maintainers name it.
    pub language: Option<String>,
    /// Tags given to every story of this source.
    pub tags: Vec<String>,
    /// Whether it is polled.
    pub enabled: bool,
    /// Why it is disabled, and since when.
    pub note: Option<String>,
    /// Interval that the maintainers set for this source; also holds without validators.
    pub interval: Option<Duration>,
    /// Floor for this source, where it differs from `[fetch]`.
    pub min_interval: Option<Duration>,
    /// Cap for this source, where it differs from `[fetch]`.
    pub max_interval: Option<Duration>,
    /// Whole-request timeout for this source, where it differs from `[fetch]`.
    pub timeout: Option<Duration>,
    /// Cap on decoded bytes for this source, where it differs from `[fetch]`.
    pub max_body: Option<u64>,
    /// Request headers, secrets filled in; never shown.
    pub headers: Vec<(String, String)>,
    /// Whether its url or a header of it has a value of the environment.
    pub has_secrets: bool,
    /// Those values.
    pub secrets: Secrets,
    /// Variables that its url or headers name and that the environment has not: it cannot be asked.
    pub missing: Vec<String>,
    /// Which copy leads when several sources publish the same story; higher leads.
    pub priority: i64,
    /// Most stories of this source in one window; `None` is the default, `Some(0)` no limit.
    pub limit: Option<usize>,
    /// How much of what the source syndicates is republished.
    pub republish: Republish,
    /// Whether the full text is read from the story's own page.
    pub article: bool,
    /// Licence or rights statement.
    pub rights: Option<String>,
    /// Who agreed to the republication, and when.
    pub consent: Option<String>,
    /// Zone of dates that name none.
    pub timezone: Option<Tz>,
    /// Publish only entries in which one of these phrases occurs.
    pub include: Vec<String>,
    /// Do not publish entries in which one of these phrases occurs.
    pub exclude: Vec<String>,
    /// Hosts that entries may link to.
    pub link_hosts: Vec<String>,
    /// Feed or page.
    pub kind: Kind,
    /// How a page is read.
    pub select: Option<Select>,
    /// Position in feeds.toml; breaks ties.
    pub order: usize,
}

/// Query parameters whose values are secrets, by name.
const SECRET_PARAMETERS: &[&str] = &["token", "key", "secret", "auth", "sig", "pass"];

/// Whether the value of a query parameter of this name is a secret; the name may be
/// percent-encoded, in any case.
pub fn is_secret_parameter(name: &str) -> bool {
    let plain = url::form_urlencoded::parse(name.as_bytes()).next();
    plain.is_some_and(|(name, _)| {
        SECRET_PARAMETERS.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret))
    })
}

impl Source {
    /// What its validators and the hash of its body belong to: where it is, and how it is read. A page
    /// whose selectors changed is another document.
    pub fn reading(&self) -> String {
        match (&self.kind, &self.select) {
            (Kind::Page, Some(select)) => format!("{} {select:?}", self.url_as_written),
            _ => self.url_as_written.clone(),
        }
    }

    /// Whether a reading is of the same url: of a page, perhaps by other selectors.
    pub fn has_url_of(&self, reading: &str) -> bool {
        let rest = reading.strip_prefix(&*self.url_as_written);
        rest.is_some_and(|selectors| selectors.is_empty() || selectors.starts_with(' '))
    }

    /// Whether a url is at the scheme, host and port that are polled: what feeds.toml gives for that
    /// server is for no other one.
    pub fn is_at(&self, url: &Url) -> bool {
        matches!(&self.location, Location::Web(polled) if polled.origin() == url.origin())
    }

    /// The url as everybody may see it: as written, with the values of secret query parameters
    /// replaced by `…`. A `{env:NAME}` tells nothing and stays.
    pub fn shown_url(&self) -> String {
        shown_url(&self.url_as_written)
    }

    /// The same of a url to which its server led: what the environment gave has no place in it either.
    pub fn shown_target(&self, url: &str) -> String {
        self.secrets.hidden_in(&shown_url(url))
    }

    /// What relative links are resolved against in a document of this source that was found at a url:
    /// that url without its query, since an empty link would be resolved to all of it. Where its path
    /// may be a secret it is the site that feeds.toml names, else the first page of the host. A server
    /// may have made another path of the secret, so that what is written in feeds.toml counts as well.
    pub fn base_of(&self, found: &Url) -> Url {
        let plain = |url: &Url| {
            let mut plain = url.clone();
            plain.set_query(None);
            plain.set_fragment(None);
            plain
        };
        let mut base = plain(found);
        let site = self.site.as_ref().map(plain);
        let written = self.url_as_written.split(['?', '#']).next().unwrap_or_default();
        match &self.location {
            Location::File(_) => return site.unwrap_or(base),
            Location::Web(_)
                if !written.contains("{env:") && !self.secrets.are_in(base.as_str()) =>
            {
                return base;
            }
            Location::Web(_) => {}
        }
        if let Some(site) = site {
            return site;
        }
        base.set_path("/");
        let authority = written.split('/').nth(2).unwrap_or_default();
        if authority.contains("{env:") || self.secrets.are_in(base.as_str()) {
            // Of the host as well nobody is to know: then a relative link leads nowhere.
            return Url::parse("file:///").unwrap_or(base);
        }
        base
    }
}

/// [`Source::shown_url`] of a url that belongs to no source yet.
pub fn shown_url(written: &str) -> String {
    let Some((address, rest)) = written.split_once('?') else { return written.to_owned() };
    let (query, fragment) = match rest.split_once('#') {
        Some((query, fragment)) => (query, Some(fragment)),
        None => (rest, None),
    };
    let mut shown = format!("{address}?");
    // Some servers separate by semicolons; each part keeps the sign that ends it.
    for part in query.split_inclusive(['&', ';']) {
        let pair = part.trim_end_matches(['&', ';']);
        match pair.split_once('=') {
            Some((name, value))
                if is_secret_parameter(name) && !value.is_empty() && !is_placeholder(value) =>
            {
                shown.push_str(name);
                shown.push_str("=…");
                shown.extend(part.chars().last().filter(|last| matches!(last, '&' | ';')));
            }
            _ => shown.push_str(part),
        }
    }
    if let Some(fragment) = fragment {
        shown.push('#');
        shown.push_str(fragment);
    }
    shown
}

/// Whether a value is one `{env:NAME}` and nothing else.
pub fn is_placeholder(value: &str) -> bool {
    value
        .strip_prefix("{env:")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|name| !name.contains(['{', '}']))
}

/// Where the bytes of a source come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// An http or https URL.
    Web(Url),
    /// A file inside the directory of feeds.toml, as an absolute path.
    File(PathBuf),
}

/// What a source's document is.
#[derive(Debug, Clone, Copy, PartialEq, Hash, Eq, Default, serde::Serialize)]
pub enum Kind {
    /// RSS, Atom, RDF or JSON Feed.
    #[default]
    Feed,
    /// An HTML page, read with [`Select`].
    Page,
}

/// How much of what a source syndicates is republished.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum Republish {
    /// Title and link only.
    Link,
    /// Title, link and an excerpt.
    Excerpt,
    /// Everything that the source syndicates.
    #[default]
    Full,
}

/// CSS selectors of `[source.select]`, checked when feeds.toml is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Select {
    /// One element for each entry.
    pub item: String,
    /// Title within the item.
    pub title: String,
    /// Link within the item.
    pub link: String,
    /// Summary within the item.
    pub summary: Option<String>,
    /// Date within the item.
    pub date: Option<String>,
    /// strftime format of a textual date.
    pub date_format: Option<String>,
    /// Image within the item.
    pub image: Option<String>,
    /// Content on the story's own page.
    pub content: Option<String>,
    /// Elements removed from the content.
    pub drop: Vec<String>,
    /// Fewer items than this is an error.
    pub min_items: usize,
}

/// The XML namespace of what `opml export` says of a source beyond OPML, and `opml import` reads again.
pub const OPML_NAMESPACE: &str = "urn:x-samizdat:source";

/// An organisation that feeds.toml describes beyond its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Stable id used in output paths.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Web site.
    pub site: Option<Url>,
    /// Logo file, absolute, inside the directory of feeds.toml.
    pub logo: Option<PathBuf>,
    /// Former ids.
    pub was: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h69_secrets_in_urls_are_not_shown() {
        for (written, shown) in [
            ("https://a.example/feed", "https://a.example/feed"),
            ("https://a.example/f?token=s3&x=1#t", "https://a.example/f?token=…&x=1#t"),
            ("https://a.example/f?x=1;KEY=s3", "https://a.example/f?x=1;KEY=…"),
            ("https://a.example/f?%74oken=s3", "https://a.example/f?%74oken=…"),
            ("https://a.example/f?key={env:K}", "https://a.example/f?key={env:K}"),
            ("https://a.example/f?key={env:K}s3", "https://a.example/f?key=…"),
            ("https://a.example/f?key={env:K}s3{env:L}", "https://a.example/f?key=…"),
            ("https://a.example/f?keyword=peace&sig=", "https://a.example/f?keyword=peace&sig="),
            (
                "https://a.example/f?a=b?pass=s3&pass=s3=s4",
                "https://a.example/f?a=b?pass=s3&pass=…",
            ),
            ("file.xml?token", "file.xml?token"),
        ] {
            assert_eq!(shown_url(written), shown, "{written}");
        }
    }
}
