//! Publishing: which outputs there are, which stories each holds, and which files changed.
//!
//! The outputs are a function of store and config; nothing here reads the clock, except that a
//! new output remembers when it was made.

mod press;
mod window;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::departed::note_terms;
use super::former::Former;
use super::gather::Gatherer;
use super::logo::{digest_of, logos};
use super::{RoundError, tag_authority};
use crate::config::Config;
use crate::model::{
    Formats, Location, OutputKey, OutputKind, OutputRule, Removed, Story, StoryNumber, TagRule,
};
use crate::publish::write;
use crate::publish::{self, Navigation, Output, OutputLink, Profile, Rendered, SourceLink};
use crate::store::{
    Changes, Job, OutputRecord, Place, PublishedFile, Store, StoreError, View, Writing,
};
use crate::story::TagAuthority;
use crate::world::Files;
use press::Press;

/// An output that is made.
struct Plan<'a> {
    key: OutputKey,
    title: String,
    formats: Formats,
    /// Where it was published before.
    former: Vec<OutputKey>,
    /// What feeds.toml says of it, where it is a `[[output]]`.
    rule: Option<&'a OutputRule>,
}

/// What publishing did.
#[derive(Debug, Default)]
pub struct PublishReport {
    /// Paths below the output directory of the files that were written.
    pub written: Vec<String>,
    /// What could not be written, and why.
    pub failures: Vec<String>,
    /// Documents that were looked at.
    pub documents: usize,
}

impl PublishReport {
    /// Notes what failed; what is in the way of several documents is said once.
    fn fail(&mut self, error: &impl ToString) {
        let failure = error.to_string();
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }
}

/// Renders what changed and puts it into the output directory.
///
/// With `is_thorough` the bytes of every file are compared; else its size and time tell.
///
/// # Errors
/// Where the store cannot be used, or the output directory cannot be made. What fails below it is
/// in the report.
pub fn publish(
    store: &Store,
    config: &Config,
    files: &Files,
    now: DateTime<Utc>,
    is_thorough: bool,
) -> Result<PublishReport, RoundError> {
    // Nobody else writes while the outputs are made; who reads may.
    let mut writing = store.writing();
    let authority = tag_authority(&mut writing, config, now)?;
    let place = Place::of(&config.publish.path);
    let logos = logos(config, files);
    let digest = publish::settings_digest(config.digest ^ digest_of(&logos));
    let is_printed = |store: &View| -> Result<bool, StoreError> {
        Ok(store.printed(place)? == Some((store.counters()?.commit, digest)))
    };
    if !is_thorough
        && is_printed(&writing)?
        && let Some(documents) = standing(&writing, config, files, place)?
    {
        return Ok(PublishReport { documents, ..PublishReport::default() });
    }
    note_terms(&mut writing, config)?;
    let former = Former::of(config);
    let keys = output_keys(&writing, config, &former)?;
    let identities = identities(&mut writing, &keys, &former, &authority, now)?;
    let store = &*writing;
    let is_new = !is_printed(store)?;
    let gatherer = Gatherer::new(store, config)?;
    let plans = plans(keys, config, &former, &gatherer)?;
    let mut press = Press {
        store,
        place,
        config,
        files,
        is_thorough,
        records: Vec::new(),
        report: PublishReport::default(),
    };
    let removed = store.removed().map(|pair| Ok(pair?.1));
    let mut removed = removed.collect::<Result<Vec<Removed>, StoreError>>()?;
    removed.sort_by(|one: &Removed, other| other.at.cmp(&one.at).then(one.id.cmp(&other.id)));
    let sources = source_links(store, config, &gatherer)?;
    let link_of: HashMap<&str, &SourceLink> =
        sources.iter().map(|link| (link.id.as_str(), link)).collect();
    let profile = |key: &OutputKey| {
        (key.kind == OutputKind::Organisation).then(|| Profile {
            site: gatherer.organisation_site(&key.id),
            logo: logos.iter().find(|(id, _)| *id == key.id).map(|(_, logo)| logo.path.clone()),
            sources: gatherer
                .sources_of(&key.id)
                .iter()
                .filter_map(|source| link_of.get(source.id.as_str()).copied().cloned())
                .collect(),
        })
    };
    let link = |plan: &Plan<'_>| OutputLink {
        key: plan.key.clone(),
        title: plan.title.clone(),
        formats: plan.formats,
    };
    let navigation = Navigation::new(plans.iter().map(link).collect());
    let output = |(identity, plan): (OutputRecord, _)| {
        let plan: &Plan<'_> = plan;
        let output = Output {
            key: plan.key.clone(),
            title: plan.title.clone(),
            feed_id: identity.feed_id,
            created: identity.created,
            formats: plan.formats,
            former: plan.former.clone(),
            profile: profile(&plan.key),
            stories: Vec::new(),
            removed: removed_from(&removed, &plan.key),
        };
        (plan, output)
    };
    let mut outputs = identities.into_iter().zip(&plans).map(output);
    press.outputs(&mut outputs, &gatherer, &navigation)?;
    let logos: Vec<Rendered> = logos.into_iter().map(|(_, logo)| logo).collect();
    press.site(&sources, &logos, &navigation)?;
    press.clear_away(&plans, &logos)?;
    let Press { records, report, .. } = press;
    // With what failed, another try is due.
    let printed = report.failures.is_empty().then_some((place, digest));
    if !records.is_empty() || (is_new && printed.is_some()) {
        let jobs = match &config.site.hub {
            Some(_) => news(&writing, &records, &report.written, now)?,
            None => Vec::new(),
        };
        let files = records.into_iter().map(|(path, file)| (place, path, file)).collect();
        writing.commit(&Changes { files, jobs, printed, ..Changes::default() })?;
        writing.flush()?;
    }
    Ok(report)
}

/// A feed tells of so many stories that are gone, the newest.
const MOST_REMOVED: usize = 100;

/// The stories that an output had and has no more.
fn removed_from(removed: &[Removed], key: &OutputKey) -> Vec<Removed> {
    let directory = key.directory();
    let had = |removed: &&Removed| removed.outputs.contains(&directory);
    removed.iter().filter(had).take(MOST_REMOVED).cloned().collect()
}

/// How many documents there are, where each lies there as it was written.
fn standing(
    store: &View,
    config: &Config,
    files: &Files,
    place: Place,
) -> Result<Option<usize>, RoundError> {
    let mut documents = 0;
    for published in store.files(place) {
        let (path, known) = published?;
        if !write::is_as_recorded(files, &config.publish.path, &path, &known.file) {
            return Ok(None);
        }
        documents += 1;
    }
    Ok(Some(documents))
}

/// What the hub is to be told of files that were written: each feed is a topic. What it could not
/// be told yet waits as it did.
fn news(
    store: &View,
    records: &[(String, Option<PublishedFile>)],
    written: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<(String, Option<Job>)>, RoundError> {
    let waiting: BTreeSet<String> = store.jobs()?.into_iter().map(|(path, _)| path).collect();
    let written: BTreeSet<&String> = written.iter().collect();
    let job = Job { due: now, tries: 0, since: now };
    let is_news =
        |path: &String| publish::is_feed(path) && written.contains(path) && !waiting.contains(path);
    Ok(records
        .iter()
        .filter(|(path, file)| file.is_some() && is_news(path))
        .map(|(path, _)| (path.clone(), Some(job.clone())))
        .collect())
}

/// Every output that there is: those that feeds.toml describes and those of tags always, the others
/// from their first story on, even where it has left them again.
fn output_keys(
    store: &View,
    config: &Config,
    former: &Former<'_>,
) -> Result<Vec<OutputKey>, RoundError> {
    let mut keys = vec![OutputKey::all()];
    let of = |rule: &OutputRule| OutputKey { kind: OutputKind::Output, id: rule.id.clone() };
    keys.extend(config.outputs.iter().map(of));
    let has = |kind| config.publish.per.contains(&kind);
    if has(OutputKind::Tag) {
        let of = |tag: &TagRule| OutputKey { kind: OutputKind::Tag, id: tag.id.clone() };
        keys.extend(config.tags.iter().map(of));
    }
    for kind in [OutputKind::Organisation, OutputKind::Language] {
        if has(kind) {
            let mut ids: BTreeSet<String> = store.member_ids(kind)?.into_iter().collect();
            ids.extend(store.output_ids(kind)?);
            // One that got another id and has had no story since is there under that one.
            let today: BTreeSet<String> =
                ids.iter().map(|id| former.today(kind, id).to_owned()).collect();
            keys.extend(today.into_iter().map(|id| OutputKey { kind, id }));
        }
    }
    Ok(keys)
}

/// What is made of each output.
fn plans<'a>(
    keys: Vec<OutputKey>,
    config: &'a Config,
    former: &Former<'_>,
    gatherer: &Gatherer<'_>,
) -> Result<Vec<Plan<'a>>, RoundError> {
    let current: BTreeSet<OutputKey> = keys.iter().cloned().collect();
    keys.into_iter()
        .map(|key| {
            let is_it = |rule: &&OutputRule| key.kind == OutputKind::Output && rule.id == key.id;
            let rule = config.outputs.iter().find(is_it);
            let former = former.keys(&key);
            Ok(Plan {
                title: title(&key, config, gatherer)?,
                formats: rule.map(|rule| rule.formats).unwrap_or_default(),
                former: former.into_iter().filter(|key| !current.contains(key)).collect(),
                rule,
                key,
            })
        })
        .collect()
}

fn title(key: &OutputKey, config: &Config, gatherer: &Gatherer<'_>) -> Result<String, RoundError> {
    Ok(match key.kind {
        OutputKind::All => config.site.title.clone(),
        OutputKind::Tag => {
            let rule = config.tags.iter().find(|tag| tag.id == key.id);
            rule.map_or_else(|| key.id.clone(), |rule| rule.name.clone())
        }
        OutputKind::Organisation => gatherer.organisation_name(&key.id)?,
        OutputKind::Language => publish::language::name(&key.id).to_owned(),
        OutputKind::Output => {
            let rule = config.outputs.iter().find(|rule| rule.id == key.id);
            rule.map_or_else(|| key.id.clone(), |rule| rule.title.clone())
        }
    })
}

/// Ids and births of the outputs. They are made once, and stored before anything shows them; an
/// output that got another name keeps its own.
fn identities(
    writing: &mut Writing<'_>,
    keys: &[OutputKey],
    former: &Former<'_>,
    authority: &TagAuthority,
    now: DateTime<Utc>,
) -> Result<Vec<OutputRecord>, RoundError> {
    let mut outputs: Vec<(OutputKey, OutputRecord)> = Vec::new();
    let mut outputs_gone = Vec::new();
    let mut records = Vec::with_capacity(keys.len());
    let mut feed_ids = None;
    for key in keys {
        let record = match former.output(writing, key)? {
            Some((kept, record)) => {
                if kept != *key {
                    outputs.push((key.clone(), record.clone()));
                    outputs_gone.push(kept);
                }
                record
            }
            None => {
                let taken = match &mut feed_ids {
                    Some(taken) => taken,
                    none => none.insert(writing.feed_ids()?),
                };
                let mut feed_id = authority.output(&key.directory());
                // An output that bears another name now keeps the id that it got under this one.
                let mut next = 2;
                while !taken.insert(feed_id.clone()) {
                    feed_id = authority.output(&format!("{}{next}/", key.directory()));
                    next += 1;
                }
                let record = OutputRecord { feed_id, created: now };
                outputs.push((key.clone(), record.clone()));
                record
            }
        };
        records.push(record);
    }
    if !outputs.is_empty() {
        writing.commit(&Changes { outputs, outputs_gone, ..Changes::default() })?;
        writing.flush()?;
    }
    Ok(records)
}

/// The outputs that a story belongs to, and whether the window of each holds it.
///
/// # Errors
/// Where the store cannot be read.
pub fn windows_of(
    store: &View,
    config: &Config,
    number: StoryNumber,
    story: &Story,
) -> Result<Vec<(OutputKey, bool)>, RoundError> {
    let gatherer = Gatherer::new(store, config)?;
    let former = Former::of(config);
    let keys = output_keys(store, config, &former)?;
    let mut found = Vec::new();
    for plan in plans(keys, config, &former, &gatherer)? {
        if store.is_member(&plan.key, number, story)? {
            let shown = window::stories(store, config, &plan, &gatherer)?;
            found.push((plan.key, shown.iter().any(|(other, _)| *other == number)));
        }
    }
    Ok(found)
}

fn source_links(
    store: &View,
    config: &Config,
    gatherer: &Gatherer<'_>,
) -> Result<Vec<SourceLink>, RoundError> {
    let mut links = Vec::new();
    for source in &config.sources {
        let state = store.source(&source.id)?;
        let name = source.name.clone().or(state.title).unwrap_or_else(|| source.id.clone());
        let organisation = match gatherer.organisation_of(&source.id) {
            Some(id) => gatherer.organisation_name(id)?,
            None => source.organisation.clone().unwrap_or_else(|| name.clone()),
        };
        let interval: Duration = source
            .interval
            .unwrap_or(config.schedule.interval)
            .max(source.min_interval.unwrap_or(config.schedule.min_interval));
        links.push(SourceLink {
            id: source.id.clone(),
            name,
            organisation,
            site: source.site.as_ref().map(ToString::to_string).or(state.site),
            url: match source.location {
                Location::Web(_) => source.shown_url(),
                Location::File(_) => String::new(),
            },
            kind: source.kind,
            rights: source.rights.clone().or(state.rights),
            consent: source.consent.clone(),
            republish: source.republish,
            article: source.article,
            interval,
            language: source.language.clone().or(state.language),
            enabled: source.enabled && store.stopped(&source.id)?.is_none(),
        });
    }
    Ok(links)
}
