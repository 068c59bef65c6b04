//! What feeds.toml says about a source and about the organisation that speaks through it.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

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

/// Where the bytes of a source come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// An http or https URL.
    Web(Url),
    /// A file inside the directory of feeds.toml, as an absolute path.
    File(PathBuf),
}

/// What a source's document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
#[derive(Debug, Clone, PartialEq, Default)]
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

/// An organisation that feeds.toml describes beyond its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Stable id used in output paths.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Web site.
    pub site: Option<Url>,
    /// Logo file, relative to feeds.toml.
    pub logo: Option<String>,
    /// Former ids.
    pub was: Vec<String>,
}
