//! `import`: the configuration of another program becomes a feeds.toml, or is added to the one that is there.

use serde::Serialize;

use super::adding::{self, Candidate};
use super::feeds_toml::{FeedsToml, manners};
use super::{CommandError, Places, document};
use crate::config::NewSource;
use crate::config::migrate::{self, ForeignSource, MOST_FOREIGN_BYTES, Migrated, PLACEHOLDER_URL};
use crate::world::World;

pub use super::adding::{Line, Outcome};
pub use crate::config::migrate::{NotCarried, Program};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The configuration.
    pub file: String,
    /// Whether it is shown what would be written, and nothing is.
    pub dry_run: bool,
}

/// What came of it; the object of `import --json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The program that the file was made for.
    pub program: Option<Program>,
    /// Whether a feeds.toml was made.
    pub is_new: bool,
    /// Sources that were added.
    pub added: usize,
    /// Those that were there.
    pub known: usize,
    /// Those that cannot be sources.
    pub skipped: usize,
    /// Every feed and page of the file, in order.
    pub sources: Vec<Line>,
    /// What feeds.toml has no place for, and what to do about it.
    pub not_carried: Vec<NotCarried>,
    /// Whether nothing was written because that was asked for.
    pub dry_run: bool,
    /// What else whoever asked should know.
    pub notes: Vec<String>,
    /// Why nothing was written.
    pub error: Option<String>,
}

/// Imports a configuration.
///
/// # Errors
/// Where it or feeds.toml cannot be used; then nothing is written.
pub fn run(request: &Request, places: &Places, world: &World) -> Result<Report, CommandError> {
    let unusable = |reason: String| CommandError::Usage(format!("{}: {reason}", request.file));
    let bytes = document::list(&request.file, MOST_FOREIGN_BYTES, world).map_err(unusable)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        unusable("it is not UTF-8; save the file as UTF-8 in your editor".to_owned())
    })?;
    let migrated = migrate::migrate(&text).map_err(|error| unusable(error.to_string()))?;
    let file = request.file.rsplit('/').next().unwrap_or_default();
    let beginning = migrate::beginning(&migrated, file);
    let mut feeds_toml = FeedsToml::open_or_begin(beginning, places, world)?;
    let allowed = manners(places, world).0.allow_private;
    let notes = notes(&migrated, feeds_toml.is_new);
    let Migrated { program, sources, not_carried, .. } = migrated;
    let named = sources.len();
    let candidates = sources.into_iter().map(|source| candidate(source, file)).collect();
    let taken = adding::take(candidates, &mut feeds_toml, &allowed);
    let mut report = Report {
        program: Some(program),
        is_new: feeds_toml.is_new && !taken.new.is_empty(),
        added: taken.added,
        known: taken.known,
        skipped: taken.skipped,
        sources: taken.lines,
        not_carried,
        dry_run: request.dry_run,
        notes,
        error: None,
    };
    if taken.new.is_empty() {
        report.notes = match (named, report.known) {
            (0, _) => vec![format!("{} names no feed; nothing was written", request.file)],
            (_, 0) => {
                vec![format!("nothing of {} can be polled; nothing was written", request.file)]
            }
            _ => vec!["everything is there already; nothing was written".to_owned()],
        };
    } else if request.dry_run {
        feeds_toml.with(&taken.new, world)?;
    } else {
        report.notes.extend(feeds_toml.add(&taken.new, world)?.note);
    }
    Ok(report)
}

fn candidate(found: ForeignSource, file: &str) -> Candidate {
    let ForeignSource { url, source, unfit } = found;
    let name = source.name.clone();
    let source = NewSource { remark: Some(format!("from {file}")), ..source };
    Candidate { url, name, unfit, source }
}

/// What has to be looked after in a feeds.toml that is new, or was left aside in one that was there.
fn notes(migrated: &Migrated, is_new: bool) -> Vec<String> {
    let site = &migrated.site;
    let mut notes = Vec::new();
    if is_new {
        if site.url.is_none() {
            notes.push(format!(
                "`[site] url` is {PLACEHOLDER_URL}, since the file does not say where the wire will be: correct it before the first fetch"
            ));
        }
        if site.title.is_none() {
            notes.push(
                "`[site] title` is \"Our wire\", since the file has none: correct it".to_owned(),
            );
        }
    } else if *site != migrate::ForeignSite::default() {
        notes.push(
            "what the file says of the whole (title, address, editor, timeout and the like) was left aside, since feeds.toml says it already"
                .to_owned(),
        );
    }
    notes
}
