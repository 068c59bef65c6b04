//! `takedown`: text is gone at once and for good, from the outputs and from the files of the store.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::story::{Named, named};
use super::{CommandError, Hold, publish, refuse_an_older_copy};
use crate::config::Config;
use crate::round;
use crate::store::{StoreError, all_backups};
use crate::tag::Tagger;
use crate::world::World;

/// What is taken down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Stories, or ids of sources, as they were named.
    pub names: Vec<String>,
    /// Why.
    pub note: Option<String>,
    /// Has sources polled again that were taken down (`--lift`).
    pub lift: bool,
}

/// What was done. Serialises to the object of `takedown --json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Stories that were named, as they are now: without their titles.
    pub stories: Vec<Named>,
    /// Sources that were named.
    pub sources: Vec<SourceLine>,
    /// Files below the output directory that were written.
    pub written: Vec<String>,
    /// What could not be published, and why.
    pub failures: Vec<String>,
    /// Why the files of the store could not be rewritten: they still hold the text.
    pub store_failure: Option<String>,
    /// Bytes of the store before and after it was rewritten.
    pub bytes: Option<(u64, u64)>,
    /// Stores that a restore had replaced and kept, which held the text and are removed.
    #[serde(default)]
    pub replaced: Vec<PathBuf>,
    /// Backups beside the store, which still hold the text.
    pub backups: Vec<PathBuf>,
}

/// A source that was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Its id.
    pub id: String,
    /// Whether it is polled from now on.
    pub polled: bool,
}

/// Takes down, publishes, and rewrites the store.
///
/// # Errors
/// Where there is nothing of that name, or the store or the outputs cannot be used.
pub fn run(
    request: &Request,
    hold: &Hold,
    config: &Config,
    world: &World,
) -> Result<Report, CommandError> {
    let store = &*hold.store;
    store.writing().flush()?;
    hold.puts_in_force(config);
    let (sources, stories) = meant(request, hold, config)?;
    let mut report = Report::default();
    if request.lift {
        for id in &sources {
            round::lift(store, id)?;
            report.sources.push(SourceLine { id: id.clone(), polled: true });
        }
        let published = publish::at_once(hold, config, world, false)?;
        (report.written, report.failures) = (published.written, published.failures);
        return Ok(report);
    }
    refuse_an_older_copy(store, config, world)?;
    let tagger = Tagger::new(&config.tags);
    let now = world.clock.now();
    let note = request.note.as_deref();
    let numbers = named(&store.reading(), &stories)?;
    for id in &sources {
        round::take_down_source(store, id, note, now)?;
        report.sources.push(SourceLine { id: id.clone(), polled: false });
    }
    if !numbers.is_empty() {
        round::take_down_stories(store, config, &tagger, &numbers, note, now)?;
    }
    finish(&mut report, hold, config, world, true)?;
    let view = store.reading();
    for number in numbers {
        report.stories.push(Named::new(&view, number, &view.story(number)?)?);
    }
    Ok(report)
}

/// Does what is left to do of a take-down, if one has begun.
///
/// # Errors
/// Where the store cannot be used.
pub(super) fn finish(
    report: &mut Report,
    hold: &Hold,
    config: &Config,
    world: &World,
    publishes: bool,
) -> Result<(), CommandError> {
    let store = &*hold.store;
    let tagger = Tagger::new(&config.tags);
    if !round::remove_words(store, config, &tagger, world.clock.now())? {
        return Ok(());
    }
    if publishes {
        match publish::at_once(hold, config, world, true) {
            Ok(published) => {
                (report.written, report.failures) = (published.written, published.failures);
            }
            // The outputs are in the way of nothing: the store is rewritten all the same.
            Err(CommandError::Failed(why)) => report.failures.push(why),
            Err(error) => return Err(error),
        }
    }
    match round::rewrite_files(store) {
        Ok((rewritten, replaced)) => {
            report.bytes = Some((rewritten.before, rewritten.after));
            report.replaced = replaced;
        }
        Err(error @ StoreError::Io { .. }) => {
            report.store_failure = Some(format!(
                "the files of the store still hold the text, since they cannot be rewritten: {error}. The next `samizdat fetch` tries it again"
            ));
        }
        Err(error) => return Err(error.into()),
    }
    report.backups = all_backups(&world.files, &config.store).unwrap_or_default();
    Ok(())
}

/// Which names are those of sources, and which of stories.
fn meant(
    request: &Request,
    hold: &Hold,
    config: &Config,
) -> Result<(Vec<String>, Vec<String>), CommandError> {
    let view = hold.store.reading();
    let known = view.source_ids()?;
    let is_source = |name: &String| {
        known.contains(name) || config.sources.iter().any(|source| source.id == *name)
    };
    let (sources, stories): (Vec<String>, Vec<String>) =
        request.names.iter().cloned().partition(is_source);
    if request.lift {
        let is_down = |id: &String| view.stopped(id).map(|stopped| stopped.is_some());
        let mut not_down = stories;
        for id in &sources {
            if !is_down(id)? {
                not_down.push(id.clone());
            }
        }
        if !not_down.is_empty() {
            return Err(CommandError::Usage(format!(
                "no source {} is taken down; nothing was done. `samizdat status` shows the sources; a story that was taken down does not come back",
                not_down.join(", ")
            )));
        }
        return Ok((sources, Vec::new()));
    }
    for name in &sources {
        if crate::round::find_story(&view, name)?.is_some() {
            return Err(CommandError::Usage(format!(
                "{name} is the id of a source and the number of a story; nothing was done. Name the story by its link or its id, and the source by each of its stories"
            )));
        }
    }
    named(&view, &stories)?;
    Ok((sources, stories))
}
