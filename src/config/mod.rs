//! feeds.toml -> checked [`Config`], every error with its line.
//!
//! [`parse`] takes the text and the environment and touches neither disk nor clock; reading the
//! file is its caller's work. The way goes from the text (`foreign` recognises files of other
//! programs, `syntax` explains errors of TOML) through the document (`walk` looks up every table
//! and key in [`keys`], `check` judges each value on its own) to the settings and sources
//! (`settings`, `sources`, `rules`), and ends with what they have to do with one another
//! (`agree`). All errors are gathered; the first never hides the second.
//!
//! `edit` is the way back: it adds sources to a text, and touches nothing else of it.
//!
//! What it does not do: it asks no server, looks at no file that a source names, and does not
//! judge whether an address is private, since that is seen when it is connected to.

mod agree;
mod check;
mod edit;
mod finding;
mod foreign;
pub mod keys;
mod location;
mod masked;
pub mod migrate;
mod nearest;
mod render;
mod rules;
mod schema;
mod secrets;
mod section;
mod settings;
mod sources;
mod syntax;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use crate::model::{Organisation, OutputRule, Source, TagRule};
use crate::{fetch, publish, schedule, serve, store};

pub use edit::{KnownSource, KnownSources, NewSource, block, with_sources};
pub use finding::{Broken, Finding, Mark, Severity};
pub use nearest::nearest;
pub use render::render;
pub use rules::{Action, DecisionRule};
pub use schema::schema;

use finding::{Problem, Report, without_mark};
use section::Section;
use walk::{Sections, walk};

/// The largest feeds.toml that is read; ten thousand sources fit.
pub const MOST_BYTES: usize = 1 << 20;

/// What is said of a file without sources.
const NO_SOURCE: &str = "there is no [[source]]";

impl Broken {
    /// Whether nothing is wrong but that there is no source yet, so that adding one mends it.
    pub fn lacks_only_sources(&self) -> bool {
        self.findings.iter().all(|finding| finding.message == NO_SOURCE)
    }
}

/// The most sources that a file may have.
pub const MOST_SOURCES: usize = 10_000;

/// What feeds.toml says, checked, with defaults and secrets filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file, absolute.
    pub file: PathBuf,
    /// Its directory, absolute; paths in the file start there.
    pub directory: PathBuf,
    /// Hash of its text.
    pub digest: u128,
    /// `[site]`.
    pub site: publish::Site,
    /// The timing part of `[fetch]`.
    pub schedule: schedule::Settings,
    /// The transport part of `[fetch]`.
    pub fetch: fetch::Settings,
    /// `[store]`.
    pub store: store::Settings,
    /// `[publish]`.
    pub publish: publish::Settings,
    /// `[serve]`.
    pub serve: serve::Settings,
    /// `[[source]]`, in the order of the file.
    pub sources: Vec<Source>,
    /// `[[organisation]]`, in the order of the file.
    pub organisations: Vec<Organisation>,
    /// `[[tag]]`, in the order of the file, then tags that only sources name.
    pub tags: Vec<TagRule>,
    /// `[[output]]`, in the order of the file.
    pub outputs: Vec<OutputRule>,
    /// `[[decision]]`, in the order of the file.
    pub decisions: Vec<DecisionRule>,
    /// What works, but perhaps not as was meant.
    pub warnings: Vec<Finding>,
}

impl Config {
    /// Whether the directories of the command line can be used: neither holds feeds.toml or the
    /// other one, since what lies in the one is published.
    ///
    /// # Errors
    ///
    /// Says which directory is in the way.
    pub fn check_directories(&self) -> Result<(), String> {
        let store = settings::plain(&self.store.path);
        let public = settings::plain(&self.publish.path);
        let home = settings::plain(&self.directory);
        for (option, path) in [("--store", &store), ("--public", &public)] {
            if home.starts_with(path) {
                return Err(format!(
                    "{option} {}: this is the directory of feeds.toml itself, or one above it; name a directory of its own",
                    path.display()
                ));
            }
        }
        if store.starts_with(&public) || public.starts_with(&store) {
            return Err(format!(
                "the store {} and the outputs {} are in one another's directory; the store must not be published: name two directories side by side",
                store.display(),
                public.display()
            ));
        }
        Ok(())
    }
}

/// The primary subtag of a language, as it is written outside of feeds.toml.
///
/// # Errors
///
/// What is wrong with it, and the remedy.
pub fn language(written: &str) -> Result<String, String> {
    match check::language(written) {
        Ok(tag) => Ok(sources::primary(&tag)),
        Err(problem) => Err(format!("{}: {}", problem.message, problem.help)),
    }
}

/// What is doubtful about the url of a source of a text that is good, with its place.
pub fn doubt_of_url(text: &str, source: &Source, message: String, help: &str) -> Option<Finding> {
    let text = without_mark(text);
    let document = toml_edit::Document::parse(text).ok()?;
    let sources = document.as_table().get("source").and_then(|item| item.as_array_of_tables());
    let url = sources.and_then(|sources| sources.get(source.order)?.get("url")?.span());
    let mut report = Report::new(text);
    report.warning(url.unwrap_or(0..0), Problem::new(message, help));
    report.finish().ok()?.pop()
}

/// Checks the text of a feeds.toml.
///
/// `file` is its absolute path, which relative ones start from; `environment` fills in
/// `{env:NAME}` of urls and `env:NAME` of headers.
///
/// # Errors
///
/// Every error of the file, and its warnings.
pub fn parse(
    text: &str,
    file: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Config, Broken> {
    judge(text, file, environment, false)
}

/// Like [`parse`], for all who can do without: a secret that is not in the environment is a warning,
/// so that a pull request can be checked where there are none, and a round polls the sources that
/// need none. What lacks one says so ([`Source::missing`]), and is not to be asked.
///
/// # Errors
///
/// Every error of the file, and its warnings.
pub fn parse_offline(
    text: &str,
    file: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Config, Broken> {
    judge(text, file, environment, true)
}

fn judge(
    text: &str,
    file: &Path,
    environment: &BTreeMap<String, String>,
    is_offline: bool,
) -> Result<Config, Broken> {
    let text = without_mark(text);
    let mut report = Report::new(text);
    let config = if is_offline {
        let (completed, missing) = secrets::with_stand_ins(text, environment);
        let names = missing.iter().map(|(name, _)| name.clone()).collect();
        let config = read(text, file, &completed, &names, &mut report);
        for (name, span) in missing.into_iter().filter(|_| config.is_some()) {
            let message = format!("the environment has no {name}");
            let help = "the sources that name it are not asked without it; set it where cron runs samizdat";
            report.warning(span, Problem::new(message, help));
        }
        config
    } else {
        read(text, file, environment, &BTreeSet::new(), &mut report)
    };
    let had_errors = report.has_errors();
    match (report.finish(), config) {
        (Ok(warnings), Some(config)) => {
            Ok(Config { warnings, digest: xxh3_128(text.as_bytes()), ..config })
        }
        (Err(broken), _) => Err(broken),
        (Ok(warnings), None) => {
            // A part is missing only where an error says so; this says it should one be forgotten.
            debug_assert!(had_errors, "a config is refused without an error");
            let mut report = Report::new(text);
            report.error(0..0, Problem::new("this feeds.toml cannot be used", "look at its parts"));
            let findings = report.finish().err().map(|broken| broken.findings).unwrap_or_default();
            Err(Broken { findings, warnings })
        }
    }
}

fn read(
    text: &str,
    file: &Path,
    environment: &BTreeMap<String, String>,
    missing: &BTreeSet<String>,
    report: &mut Report<'_>,
) -> Option<Config> {
    if text.len() > MOST_BYTES {
        let help = format!("a feeds.toml has at most {} KiB", MOST_BYTES / 1024);
        report.error(0..0, Problem::new("the file is too large to be a feeds.toml", help));
        return None;
    }
    let begins_with_conflict = text.trim_start().starts_with("<<<<<<<");
    if let Some((span, problem)) = foreign::by_beginning(text).filter(|_| !begins_with_conflict) {
        report.error(span, problem);
        return None;
    }
    let document = match toml_edit::Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let conflicts = syntax::conflicts(text);
            if !conflicts.is_empty() {
                for (span, problem) in conflicts {
                    report.error(span, problem);
                }
                return None;
            }
            match foreign::by_lines(text) {
                Some((span, problem)) => report.error(span, problem),
                None => syntax::report(&error, report, text.len()),
            }
            return None;
        }
    };
    if let Some((span, problem)) = foreign::by_tables(document.as_table()) {
        report.error(span, problem);
        return None;
    }
    let sections = walk(document.as_table(), report);
    check_required(&sections, report);
    build(&sections, file, (environment, missing), report)
}

/// What every feeds.toml has, with what to write where it is missing.
fn check_required(sections: &Sections, report: &mut Report<'_>) {
    let missing = |name: &'static str| {
        sections.named(name).next().is_none() && !sections.broken.contains(name)
    };
    if missing("site") {
        let help =
            "write at the top:\n[site]\ntitle = \"Our wire\"\nurl = \"https://wire.example.org/\"";
        report.error(0..0, Problem::new("there is no [site]", help));
    }
    if missing("source") {
        let help = "write for each partner:\n[[source]]\nid = \"partner\"\nurl = \"https://partner.example/feed/\"";
        report.error(0..0, Problem::new(NO_SOURCE, help));
    }
    if let Some(first) = sections.named("source").nth(MOST_SOURCES) {
        let message = format!("there are more than {MOST_SOURCES} sources");
        let help = "make two wires of them, each with its own feeds.toml";
        report.error(first.span.clone(), Problem::new(message, help));
    }
}

fn build(
    sections: &Sections,
    file: &Path,
    (environment, missing): (&BTreeMap<String, String>, &BTreeSet<String>),
    report: &mut Report<'_>,
) -> Option<Config> {
    let directory = file.parent().unwrap_or(Path::new("/")).to_path_buf();
    let absent = |name: &'static str| Section::absent(name);
    let (no_fetch, no_store) = (absent("fetch")?, absent("store")?);
    let (no_publish, no_serve) = (absent("publish")?, absent("serve")?);
    let fetch_section = settings::only(sections, "fetch", &no_fetch);
    let store_section = settings::only(sections, "store", &no_store);
    let publish_section = settings::only(sections, "publish", &no_publish);
    let store = settings::store(store_section, &directory);
    let publish = settings::publish(publish_section, &directory);
    settings::check_paths(
        (store_section, &store.path),
        (publish_section, &publish.path),
        &directory,
        report,
    );
    settings::check_intervals(fetch_section, None, report);

    let mut sources = Vec::new();
    for (order, section) in sections.named("source").take(MOST_SOURCES).enumerate() {
        settings::check_intervals(section, Some(fetch_section), report);
        let source = sources::source(section, order, &directory, environment, missing, report);
        sources.extend(source.map(|source| (source, section)));
    }
    let mut organisations = Vec::new();
    for section in sections.named("organisation") {
        organisations.extend(rules::organisation(section, &directory, report));
    }
    let mut tags = Vec::new();
    for section in sections.named("tag") {
        tags.extend(rules::tag(section, report));
    }
    let mut outputs = Vec::new();
    for section in sections.named("output") {
        outputs.extend(rules::output(section, report).map(|rule| (rule, section)));
    }
    let mut decisions = Vec::new();
    for section in sections.named("decision") {
        decisions.extend(rules::decision(section, report).map(|rule| (rule, section)));
    }

    agree::check_ids(sections, report);
    agree::check_proxy(sections, report);
    agree::check_locations(&sources, report);
    agree::check_private(sections, &sources, report);
    agree::complete_tags(&mut sources, &mut tags, report);
    agree::complete_organisations(&mut sources, &organisations, report);
    agree::check_former_organisations(sections, &sources, &organisations, report);
    agree::check_outputs(&mut outputs, &sources, &tags, &organisations, report);
    agree::complete_decisions(&mut decisions, &tags, report);

    let site = sections.named("site").next().and_then(|section| settings::site(section, report))?;
    Some(Config {
        file: file.to_path_buf(),
        directory,
        digest: 0,
        site,
        schedule: settings::schedule(fetch_section),
        fetch: settings::fetch(fetch_section),
        store,
        publish,
        serve: settings::serve(settings::only(sections, "serve", &no_serve)),
        sources: sources.into_iter().map(|(source, _)| source).collect(),
        organisations,
        tags,
        outputs: outputs.into_iter().map(|(rule, _)| rule).collect(),
        decisions: decisions.into_iter().map(|(rule, _)| rule).collect(),
        warnings: Vec::new(),
    })
}
