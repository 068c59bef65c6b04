//! `opml`: lists of sources come in and go out.

use serde::Serialize;
use url::Url;

use super::feeds_toml::{FeedsToml, manners, same};
use super::{CommandError, Places, Secrets, load_config};
use crate::clean::{language_tag, urls};
use crate::config::NewSource;
use crate::fetch::check_url;
use crate::model::{Location, shown_url};
use crate::publish::{self, SourceLink};
use crate::read::{self, MOST_OPML_BYTES, OpmlFeed};
use crate::world::World;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The list.
    pub file: String,
    /// Whether it is shown what would be added, and nothing is written.
    pub dry_run: bool,
}

/// What becomes of an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is a source now.
    Added,
    /// It was one.
    Known,
    /// It cannot be one.
    Skipped,
}

/// One outline of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What became of it.
    pub outcome: Outcome,
    /// Its address, as everybody may see it.
    pub url: String,
    /// Its name in the list.
    pub name: Option<String>,
    /// The id of the source, where there is one.
    pub id: Option<String>,
    /// Why it was skipped, or where it is.
    pub reason: Option<String>,
}

/// What came of an import; the object of `opml import --json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Sources that were added.
    pub added: usize,
    /// Those that were there.
    pub known: usize,
    /// Those that cannot be sources.
    pub skipped: usize,
    /// Every outline that leads somewhere, in order.
    pub sources: Vec<Line>,
    /// Whether nothing was written because that was asked for.
    pub dry_run: bool,
}

/// Imports a list.
///
/// # Errors
/// Where the list or feeds.toml cannot be used; then nothing is written.
pub fn import(request: &Request, places: &Places, world: &World) -> Result<Report, CommandError> {
    let mut feeds_toml = FeedsToml::open(places, world)?;
    let allowed = manners(places, world).0.allow_private;
    let path = world.directory.join(&request.file);
    let unusable = |reason: String| CommandError::Usage(format!("{}: {reason}", request.file));
    let bytes = world
        .files
        .read_at_most(&path, MOST_OPML_BYTES)
        .map_err(|error| unusable(format!("the file cannot be read: {error}")))?
        .ok_or_else(|| {
            unusable(format!("the list is larger than {} MiB", MOST_OPML_BYTES / 1024 / 1024))
        })?;
    let list = read::opml(&bytes).map_err(|error| unusable(error.to_string()))?;
    let mut report = Report { dry_run: request.dry_run, ..Report::default() };
    let mut new: Vec<NewSource> = Vec::new();
    let mut taken = std::collections::BTreeMap::new();
    for feed in &list.feeds {
        let mut line = Line {
            outcome: Outcome::Skipped,
            url: shown_url(&feed.url),
            name: feed.name.clone(),
            id: None,
            reason: None,
        };
        match address(feed, &allowed) {
            Err(reason) => line.reason = Some(reason),
            Ok(url) => {
                let canonical = same(url.as_str());
                if let Some(known) = feeds_toml.with_url(&url) {
                    line.outcome = Outcome::Known;
                    line.reason = Some(format!("line {} of feeds.toml", known.line));
                    line.id = Some(known.id.clone());
                } else if let Some(id) = taken.get(&canonical) {
                    line.outcome = Outcome::Known;
                    line.reason = Some("it stands twice in the list".to_owned());
                    line.id = Some(String::clone(id));
                } else {
                    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
                    let name = feed.name.as_deref().unwrap_or(host);
                    let id = feeds_toml.known.new_id(name);
                    line.outcome = Outcome::Added;
                    line.id = Some(id.clone());
                    taken.insert(canonical, id.clone());
                    new.push(source(id, &url, feed, list.is_ours, request));
                }
            }
        }
        let count = match line.outcome {
            Outcome::Added => &mut report.added,
            Outcome::Known => &mut report.known,
            Outcome::Skipped => &mut report.skipped,
        };
        *count = count.saturating_add(1);
        report.sources.push(line);
    }
    if !new.is_empty() && !request.dry_run {
        feeds_toml.add(&new, world)?;
    }
    Ok(report)
}

/// The address of an outline, where it may be polled.
fn address(feed: &OpmlFeed, allowed: &[ipnet::IpNet]) -> Result<Url, String> {
    if let Some(reason) = feed.unfit {
        return Err(reason.to_owned());
    }
    let no_url = |_| "it is no web address".to_owned();
    let mut url = Url::parse(feed.url.trim()).map_err(no_url)?;
    if url.scheme() == "feed" {
        let written = feed.url.trim().trim_start_matches("feed:");
        let written =
            written.strip_prefix("//").map_or(written.to_owned(), |rest| format!("https://{rest}"));
        url = Url::parse(&written).map_err(no_url)?;
    }
    check_url(&url, allowed).map_err(|refused| refused.to_string())?;
    if feed.url.contains('…') {
        return Err("its secret was left out of the list; add it by hand, as {env:NAME}".to_owned());
    }
    if feed.url.contains(['{', '}']) {
        return Err("it names a variable, which a list must not; add it by hand".to_owned());
    }
    Ok(url)
}

fn source(id: String, url: &Url, feed: &OpmlFeed, is_ours: bool, request: &Request) -> NewSource {
    let short = |words: &String| words.chars().take(200).collect::<String>();
    let site = feed.site.as_deref().and_then(urls::web).map(String::from);
    let language = feed.language.as_deref().and_then(language_tag).and_then(|tag| {
        let primary = tag.split('-').next().unwrap_or_default().to_owned();
        (2..=3).contains(&primary.len()).then_some(primary)
    });
    let file = request.file.rsplit('/').next().unwrap_or_default();
    let folders = feed.folders.iter().take(8).map(short).collect::<Vec<_>>().join(" / ");
    NewSource {
        id,
        url: url.to_string(),
        name: feed.name.as_ref().map(short),
        // Elsewhere a description is a sentence; and who speaks is nothing that a folder knows.
        organisation: feed.description.as_ref().filter(|_| is_ours).map(short),
        site,
        language,
        remark: (!folders.is_empty()).then(|| format!("from {file}: {folders}")),
        ..NewSource::default()
    }
}

/// The sources of feeds.toml as OPML 2.0.
///
/// # Errors
/// Where feeds.toml cannot be used, or OPML cannot be written.
pub fn export(places: &Places, world: &World) -> Result<String, CommandError> {
    let (config, _) = load_config(places, world, Secrets::Unneeded)?;
    let links: Vec<SourceLink> = config
        .sources
        .iter()
        .map(|source| {
            let organisation = source.organisation.clone().unwrap_or_default();
            let known = Some(organisation.clone()).filter(|name| !name.is_empty());
            SourceLink {
                id: source.id.clone(),
                name: source.name.clone().or(known).unwrap_or_else(|| source.id.clone()),
                organisation,
                site: source.site.as_ref().map(ToString::to_string),
                url: match source.location {
                    Location::Web(_) => source.shown_url(),
                    Location::File(_) => String::new(),
                },
                kind: source.kind,
                rights: None,
                consent: None,
                republish: source.republish,
                article: source.article,
                interval: std::time::Duration::ZERO,
                language: source.language.clone(),
                enabled: source.enabled,
            }
        })
        .collect();
    let bytes = publish::sources_opml(&config.site, &links)
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| CommandError::Failed(error.to_string()))
}
