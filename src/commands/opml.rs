//! `opml`: lists of sources come in and go out.

use serde::Serialize;

use super::adding::{self, Candidate, short};
use super::feeds_toml::{FeedsToml, manners};
use super::{CommandError, Places, Secrets, document, load_config};
use crate::clean::{language_tag, urls};
use crate::config::NewSource;
use crate::model::{Kind, Location};
use crate::publish::{self, SourceLink};
use crate::read::{self, MOST_OPML_BYTES, OpmlFeed};
use crate::world::World;

pub use super::adding::{Line, Outcome};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The list.
    pub file: String,
    /// Whether it is shown what would be added, and nothing is written.
    pub dry_run: bool,
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
    /// What else whoever asked should know.
    pub notes: Vec<String>,
    /// Why nothing was imported.
    pub error: Option<String>,
}

/// Imports a list.
///
/// # Errors
/// Where the list or feeds.toml cannot be used; then nothing is written.
pub fn import(request: &Request, places: &Places, world: &World) -> Result<Report, CommandError> {
    let mut feeds_toml = FeedsToml::open(places, world)?;
    let allowed = manners(places, world).0.allow_private;
    let unusable = |reason: String| CommandError::Usage(format!("{}: {reason}", request.file));
    let bytes = document::list(&request.file, MOST_OPML_BYTES, world).map_err(unusable)?;
    let list = read::opml(&bytes).map_err(|error| unusable(error.to_string()))?;
    let candidates =
        list.feeds.iter().map(|feed| candidate(feed, list.is_ours, &request.file)).collect();
    let taken = adding::take(candidates, &mut feeds_toml, &allowed);
    let mut report = Report {
        added: taken.added,
        known: taken.known,
        skipped: taken.skipped,
        sources: taken.lines,
        dry_run: request.dry_run,
        ..Report::default()
    };
    if list.feeds.is_empty() {
        report.notes.push(format!(
            "{} names no feed: none of its outlines has an xmlUrl; export it again, with the feeds",
            request.file
        ));
    }
    if taken.new.is_empty() {
        return Ok(report);
    }
    if request.dry_run {
        // What would not fit is told now, and not only when it is to be written.
        feeds_toml.with(&taken.new, world)?;
    } else {
        report.notes.extend(feeds_toml.add(&taken.new, world)?.note);
    }
    Ok(report)
}

fn candidate(feed: &OpmlFeed, is_ours: bool, file: &str) -> Candidate {
    let site = feed.site.as_deref().and_then(urls::web).map(String::from);
    let language = feed.language.as_deref().and_then(language_tag).and_then(|tag| {
        let primary = tag.split('-').next().unwrap_or_default().to_owned();
        (2..=3).contains(&primary.len()).then_some(primary)
    });
    let file = file.rsplit('/').next().unwrap_or_default();
    let folders = feed.folders.iter().take(8).map(|folder| short(folder));
    let folders = folders.collect::<Vec<_>>().join(" / ");
    let own = |key: &str| feed.own.get(key).cloned();
    let select = feed.select();
    let source = NewSource {
        name: feed.name.as_deref().map(short),
        // Elsewhere a description is a sentence; and who speaks is nothing that a folder knows.
        organisation: feed.description.as_deref().filter(|_| is_ours).map(short),
        site,
        language,
        kind: if select.is_some() { Kind::Page } else { Kind::Feed },
        select,
        is_disabled: own("enabled").is_some_and(|enabled| enabled == "false"),
        note: own("note").as_deref().map(short),
        remark: (!folders.is_empty()).then(|| format!("from {file}: {folders}")),
        ..NewSource::default()
    };
    Candidate {
        url: feed.url.clone(),
        name: feed.name.clone(),
        unfit: feed.unfit.map(str::to_owned),
        source,
    }
}

/// The sources of feeds.toml as OPML 2.0, also those that are disabled, with the selectors of pages in
/// attributes of our own.
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
    let listed: Vec<_> = links.iter().zip(&config.sources).collect();
    let bytes = publish::export_opml(&config.site, &listed)
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| CommandError::Failed(error.to_string()))
}
