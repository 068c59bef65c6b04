//! What `list` is asked to narrow by, looked up: a name that is none is told, and nobody takes the
//! silence for an answer.
//!
//! What feeds.toml says counts, former ids (`was`) included, and what the store still has of things
//! that have left the file. A language is known by its code; that it has no story is an answer.

use std::collections::BTreeSet;

use super::Request;
use crate::commands::{CommandError, meant};
use crate::config::{Config, language};
use crate::model::{OutputKey, OutputKind, id_from_name};
use crate::round::Gatherer;
use crate::store::View;

/// Which stories are wanted.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The narrowest output that holds them all.
    pub(super) key: Option<OutputKey>,
    /// Ids of the source, of today and before.
    pub(super) sources: Option<BTreeSet<String>>,
    /// Ids of the organisations of that name or id, of today and before.
    pub(super) organisations: Option<BTreeSet<String>>,
    /// Primary subtag.
    pub(super) language: Option<String>,
}

impl Choice {
    /// Looks up what was asked for; without a store in feeds.toml alone.
    ///
    /// # Errors
    /// [`CommandError::Usage`] names what is not there, and what is nearest to it.
    pub(super) fn new(
        request: &Request,
        config: &Config,
        store: Option<(&View, &Gatherer<'_>)>,
    ) -> Result<Self, CommandError> {
        let view = store.map(|(view, _)| view);
        let sources = request.source.as_deref().map(|written| source(written, config, view));
        let organisations =
            request.organisation.as_deref().map(|written| organisation(written, config, store));
        let language = request.language.as_deref().map(|written| code(written, view));
        let language = language.transpose()?;
        let key = match (&request.tag, &language) {
            // Of what is kept back no output tells.
            (Some(written), _) if request.hidden => {
                let meant = config.tags.iter().find(|tag| tag.was.iter().any(|was| was == written));
                let id = meant.map_or(written, |tag| &tag.id);
                Some(key(OutputKind::Tag, id))
            }
            (Some(written), _) => Some(tag(written, config, view)?),
            (None, Some(language)) => Some(key(OutputKind::Language, language)),
            (None, None) => None,
        };
        Ok(Self {
            key,
            sources: sources.transpose()?,
            organisations: organisations.transpose()?,
            language,
        })
    }
}

fn key(kind: OutputKind, id: &str) -> OutputKey {
    OutputKey { kind, id: id.to_owned() }
}

/// Whether the store has stories in an output.
fn has_stories(view: Option<&View>, key: &OutputKey) -> Result<bool, CommandError> {
    let first = view.and_then(|view| view.members(key).next()).transpose()?;
    Ok(first.is_some())
}

fn source(
    written: &str,
    config: &Config,
    view: Option<&View>,
) -> Result<BTreeSet<String>, CommandError> {
    let by_id = config.sources.iter().find(|source| source.id == written);
    let named = by_id.or_else(|| {
        config.sources.iter().find(|source| source.was.iter().any(|was| was == written))
    });
    if let Some(source) = named {
        return Ok(source.was.iter().chain([&source.id]).cloned().collect());
    }
    let stored = view.map(View::source_ids).transpose()?.unwrap_or_default();
    if stored.iter().any(|id| id == written) {
        return Ok(BTreeSet::from([written.to_owned()]));
    }
    let known = config.sources.iter().map(|source| source.id.as_str());
    Err(unknown("source", written, known.chain(stored.iter().map(String::as_str)).collect()))
}

fn tag(written: &str, config: &Config, view: Option<&View>) -> Result<OutputKey, CommandError> {
    let by_id = config.tags.iter().find(|tag| tag.id == written);
    let named =
        by_id.or_else(|| config.tags.iter().find(|tag| tag.was.iter().any(|was| was == written)));
    if let Some(tag) = named {
        // Until the next round its stories are kept under the former one.
        for id in std::iter::once(&tag.id).chain(&tag.was) {
            let key = key(OutputKind::Tag, id);
            if has_stories(view, &key)? {
                return Ok(key);
            }
        }
        return Ok(key(OutputKind::Tag, &tag.id));
    }
    let left = key(OutputKind::Tag, written);
    if has_stories(view, &left)? {
        return Ok(left);
    }
    Err(unknown("tag", written, config.tags.iter().map(|tag| tag.id.as_str()).collect()))
}

fn organisation(
    written: &str,
    config: &Config,
    store: Option<(&View, &Gatherer<'_>)>,
) -> Result<BTreeSet<String>, CommandError> {
    let wanted = written.to_lowercase();
    let mut ids = BTreeSet::new();
    // Names and ids by which one could be meant.
    let mut known = BTreeSet::new();
    for one in &config.organisations {
        known.extend([one.id.clone(), one.name.clone()]);
        let is_meant = one.id == written
            || one.name.to_lowercase() == wanted
            || one.was.iter().any(|was| was == written);
        if is_meant {
            ids.extend(one.was.iter().chain([&one.id]).cloned());
        }
    }
    // Of a source that was not polled yet no id is kept.
    for source in &config.sources {
        let Some(name) = source.organisation.as_ref().or(source.name.as_ref()) else { continue };
        known.insert(name.clone());
        let id = id_from_name(name);
        if name.to_lowercase() == wanted || id == written {
            ids.insert(id);
        }
    }
    if let Some((view, gatherer)) = store {
        for (id, name) in gatherer.organisations() {
            if id == written || name == wanted {
                ids.insert(id.clone());
            }
            known.insert(id);
        }
        let kept = view.organisation_id(written)?;
        let is_kept = view.organisation_name(written)?.is_some()
            || has_stories(Some(view), &key(OutputKind::Organisation, written))?;
        ids.extend(kept.into_iter().chain(is_kept.then(|| written.to_owned())));
    }
    if ids.is_empty() {
        let known = known.iter().map(String::as_str).collect();
        return Err(unknown("organisation", written, known));
    }
    Ok(ids)
}

fn code(written: &str, view: Option<&View>) -> Result<String, CommandError> {
    // What a feed says of its language need be no code that anybody knows.
    if has_stories(view, &key(OutputKind::Language, written))? {
        return Ok(written.to_owned());
    }
    language(written)
        .map_err(|why| CommandError::Usage(format!("--language: {why}; nothing was listed")))
}

fn unknown(what: &str, written: &str, known: Vec<&str>) -> CommandError {
    let help = meant(written, known);
    CommandError::Usage(format!(
        "there is no {what} {written} in feeds.toml, and no story of one in the store ({help}); nothing was listed"
    ))
}
