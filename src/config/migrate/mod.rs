//! The configuration of other programs, turned into sources: Planet and Planet Venus, Pluto, rsspls.
//!
//! What has a counterpart in feeds.toml is carried over; everything else is named with its line and with
//! what to do about it, so that nobody finds out a month later. Nothing that a file names is read or run.

mod ini;
mod phrases;
mod planet;
mod pluto;
mod rsspls;
mod time_format;

use serde::Serialize;
use toml_edit::{Table, value};

use super::edit::NewSource;
use super::finding::without_mark;
use ini::{Indented, Ini};

/// The largest file that is read, in bytes.
pub const MOST_FOREIGN_BYTES: u64 = 4 * 1024 * 1024;

/// Feeds of one file. A wire is made of partners, and nobody has asked so many.
pub const MOST_FOREIGN_FEEDS: usize = 1_000;

/// Where a wire lives that does not say so yet.
pub const PLACEHOLDER_URL: &str = "https://wire.example.org/";

/// The program that a configuration was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    /// Planet or Planet Venus.
    Planet,
    /// Pluto.
    Pluto,
    /// RSS Please.
    Rsspls,
}

impl Program {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planet => "Planet or Venus",
            Self::Pluto => "Pluto",
            Self::Rsspls => "rsspls",
        }
    }
}

/// Something that feeds.toml has no place for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCarried {
    /// The line of the file where it stands first.
    pub line: usize,
    /// What it is.
    pub what: String,
    /// How often it stands there.
    pub times: usize,
    /// What to do about it.
    pub advice: String,
}

/// A feed or a page that a file names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForeignSource {
    /// Its address, as written.
    pub url: String,
    /// The source that it would be; its id, where there is one, is a wish.
    pub source: NewSource,
    /// Why it cannot be a source, where that is known already.
    pub unfit: Option<String>,
}

/// What is said of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForeignSite {
    /// Its title.
    pub title: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// Who edits it.
    pub editor: Option<String>,
    /// A `mailto:` address.
    pub contact: Option<String>,
    /// Language of its own words.
    pub language: Option<String>,
    /// Its WebSub hub.
    pub hub: Option<String>,
    /// `[fetch] timeout`, in seconds.
    pub timeout: Option<u32>,
    /// `[fetch] proxy`.
    pub proxy: Option<String>,
    /// `[publish] window`.
    pub window: Option<u32>,
}

/// A configuration, as far as it can be carried over.
#[derive(Debug, Clone, PartialEq)]
pub struct Migrated {
    /// Whose it is.
    pub program: Program,
    /// What it says of the whole.
    pub site: ForeignSite,
    /// The feeds and pages, in order.
    pub sources: Vec<ForeignSource>,
    /// What could not be carried over.
    pub not_carried: Vec<NotCarried>,
}

/// Why a file cannot be turned into a feeds.toml.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MigrateError {
    /// One of ours.
    #[error("this is a feeds.toml of samizdat already; look through it with `samizdat check`")]
    Ours,
    /// A list of feeds.
    #[error("this is a list of feeds (OPML); `samizdat opml import` takes it")]
    Opml,
    /// YAML, of old versions of Pluto among others.
    #[error(
        "this is YAML, which is not read; write it as Pluto's planet.ini (a section [id] for each feed, \
         with title, link and feed), or each feed into feeds.toml as a [[source]]"
    )]
    Yaml,
    /// TOML that is broken.
    #[error("the file is no TOML: {what}; mend it first")]
    Broken {
        /// What the parser says, with the line.
        what: String,
    },
    /// A dump of everything.
    #[error(
        "the file names more than {MOST_FOREIGN_FEEDS} feeds; a wire is made of partners who agreed to it: \
         choose those"
    )]
    TooMany,
    /// Anything else.
    #[error(
        "this is no configuration that is known: expected were the planet.ini or config.ini of Planet or \
         Venus (a section for each feed, with its url as the name), Pluto's planet.ini (sections with \
         `feed = https://…`), or the feeds.toml of rsspls ([[feed]] with [feed.config]); `samizdat opml \
         import` takes lists of feeds"
    )]
    Unknown,
}

/// Reads the configuration of another program.
///
/// # Errors
/// [`MigrateError`] says what the file is instead.
pub fn migrate(text: &str) -> Result<Migrated, MigrateError> {
    let text = without_mark(text);
    if text.trim_start().starts_with('<') {
        let head: String = text.chars().take(2_000).collect::<String>().to_ascii_lowercase();
        return Err(if head.contains("<opml") {
            MigrateError::Opml
        } else {
            MigrateError::Unknown
        });
    }
    let has = |table: &str| text.lines().any(|line| line.trim_start().starts_with(table));
    if has("[[feed]]") || has("[rsspls]") {
        return rsspls::migrate(text);
    }
    let ini = Ini::read(text, Indented::Value);
    if ini.sections.iter().any(|section| planet::is_planet(section) || planet::is_feed(section)) {
        return planet::migrate(&ini);
    }
    if has("[[source]]") {
        return Err(MigrateError::Ours);
    }
    let ini = Ini::read(text, Indented::Setting);
    if ini.sections.iter().skip(1).any(pluto::is_feed) {
        return pluto::migrate(&ini);
    }
    let is_yaml = has("---") || has("feeds:") || has("title:");
    Err(if is_yaml && ini.sections.len() == 1 { MigrateError::Yaml } else { MigrateError::Unknown })
}

/// The beginning of a feeds.toml that has none yet; its sources are added to it.
pub fn beginning(migrated: &Migrated, file: &str) -> String {
    let site = &migrated.site;
    let put = |table: &mut Table, key: &str, words: Option<&str>| {
        if let Some(words) = words {
            table.insert(key, value(words));
        }
    };
    let mut of_site = Table::new();
    put(&mut of_site, "title", Some(site.title.as_deref().unwrap_or("Our wire")));
    put(&mut of_site, "url", Some(site.url.as_deref().unwrap_or(PLACEHOLDER_URL)));
    put(&mut of_site, "language", site.language.as_deref());
    put(&mut of_site, "editor", site.editor.as_deref());
    put(&mut of_site, "contact", site.contact.as_deref());
    put(&mut of_site, "hub", site.hub.as_deref());
    let mut of_fetch = Table::new();
    put(&mut of_fetch, "timeout", site.timeout.map(|seconds| format!("{seconds}s")).as_deref());
    put(&mut of_fetch, "proxy", site.proxy.as_deref());
    let mut of_publish = Table::new();
    if let Some(window) = site.window {
        of_publish.insert("window", value(i64::from(window)));
    }
    let plain: String = file.chars().filter(|c| !c.is_control()).take(200).collect();
    let mut text =
        format!("# Made of {plain} ({}) by `samizdat import`.\n", migrated.program.name());
    for (name, table) in [("site", of_site), ("fetch", of_fetch), ("publish", of_publish)] {
        if !table.is_empty() {
            text.push_str(&format!("\n[{name}]\n{table}"));
        }
    }
    text
}

/// What could not be carried over, the same things once.
#[derive(Default)]
struct Left {
    things: Vec<NotCarried>,
    places: std::collections::HashMap<String, usize>,
}

impl Left {
    fn add(&mut self, line: usize, what: impl Into<String>, advice: impl Into<String>) {
        let what = what.into();
        if let Some(known) = self.places.get(&what).and_then(|at| self.things.get_mut(*at)) {
            known.times = known.times.saturating_add(1);
            return;
        }
        self.places.insert(what.clone(), self.things.len());
        self.things.push(NotCarried { line, what, times: 1, advice: advice.into() });
    }
}

/// An http or https address.
fn web(written: &str) -> Option<String> {
    let url = url::Url::parse(written.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// A `mailto:` address, where it is one that mail can be sent to.
fn mailto(written: &str) -> Option<String> {
    let written = written.trim().trim_start_matches("mailto:");
    let (name, host) = written.split_once('@')?;
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
    };
    (is_plain(name) && is_plain(host) && host.contains('.')).then(|| format!("mailto:{written}"))
}

/// Words on one line, no longer than names are.
fn short(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests;
