//! Publishing: which outputs there are, which stories each holds, and which files changed.
//!
//! The outputs are a function of store and config; nothing here reads the clock, except that a
//! new output remembers when it was made.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::gather::Gatherer;
use super::{RoundError, tag_authority};
use crate::config::Config;
use crate::model::{Location, OutputKey, OutputKind, Removed, Source, Story, StoryNumber};
use crate::publish::window::{self, Candidate};
use crate::publish::write::{self, WriteReport};
use crate::publish::{self, Navigation, Output, OutputLink, Rendered, SourceLink};
use crate::store::{
    Changes, Job, OutputRecord, Place, PublishedFile, Store, StoreError, View, Writing,
};
use crate::story::TagAuthority;
use crate::world::Files;

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
    let keys = output_keys(&writing, config)?;
    let identities = identities(&mut writing, &keys, &authority, now)?;
    let store = &*writing;
    let gatherer = Gatherer::new(store, config)?;
    let place = Place::of(&config.publish.path);
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
    let mut links = Vec::new();
    for key in &keys {
        let title = title(key, config, &gatherer)?;
        links.push(OutputLink { key: key.clone(), title });
    }
    let navigation = Navigation { outputs: links };
    for (identity, link) in identities.into_iter().zip(&navigation.outputs) {
        let output = Output {
            key: link.key.clone(),
            title: link.title.clone(),
            feed_id: identity.feed_id,
            created: identity.created,
            stories: Vec::new(),
            removed: removed_from(&removed, &link.key),
        };
        let stories = stories(store, config, &link.key, &gatherer)?;
        press.output(output, &stories, &gatherer, &navigation)?;
    }
    press.site(&source_links(store, config, &gatherer)?, &navigation)?;
    press.clear_away(&keys)?;
    let Press { records, report, .. } = press;
    if !records.is_empty() {
        let jobs = match &config.site.hub {
            Some(_) => news(&writing, &records, &report.written, now)?,
            None => Vec::new(),
        };
        let files = records.into_iter().map(|(path, file)| (place, path, file)).collect();
        writing.commit(&Changes { files, jobs, ..Changes::default() })?;
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

/// Every output that there is: those of tags always, the others from their first story on, even
/// where it has left them again.
fn output_keys(store: &View, config: &Config) -> Result<Vec<OutputKey>, RoundError> {
    let mut keys = vec![OutputKey::all()];
    let has = |kind| config.publish.per.contains(&kind);
    if has(OutputKind::Tag) {
        let of =
            |tag: &crate::model::TagRule| OutputKey { kind: OutputKind::Tag, id: tag.id.clone() };
        keys.extend(config.tags.iter().map(of));
    }
    for kind in [OutputKind::Organisation, OutputKind::Language] {
        if has(kind) {
            let mut ids: BTreeSet<String> = store.member_ids(kind)?.into_iter().collect();
            ids.extend(store.output_ids(kind)?);
            keys.extend(ids.into_iter().map(|id| OutputKey { kind, id }));
        }
    }
    Ok(keys)
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
    })
}

/// Ids and births of the outputs. They are made once, and stored before anything shows them.
fn identities(
    writing: &mut Writing<'_>,
    keys: &[OutputKey],
    authority: &TagAuthority,
    now: DateTime<Utc>,
) -> Result<Vec<OutputRecord>, RoundError> {
    let mut new = Vec::new();
    let mut records = Vec::with_capacity(keys.len());
    for key in keys {
        records.push(match writing.output(key)? {
            Some(record) => record,
            None => {
                let feed_id = authority.output(&key.directory());
                let record = OutputRecord { feed_id, created: now };
                new.push((key.clone(), record.clone()));
                record
            }
        });
    }
    if !new.is_empty() {
        writing.commit(&Changes { outputs: new, ..Changes::default() })?;
        writing.flush()?;
    }
    Ok(records)
}

/// The stories of an output's window, in order.
fn stories(
    store: &View,
    config: &Config,
    key: &OutputKey,
    gatherer: &Gatherer<'_>,
) -> Result<Vec<(StoryNumber, Story)>, RoundError> {
    let limits = limits(config, key, gatherer);
    // Candidates are read only as far as the window needs them; the first failure ends the walk.
    let mut failure = None;
    let mut read = HashMap::new();
    let candidates = store.members(key).map_while(|number| {
        let story = number.and_then(|number| Ok((number, store.story(number)?)));
        match story {
            Ok((number, story)) => {
                let source = story.members.iter().find(|member| member.entry == story.lead);
                let candidate = Candidate {
                    number,
                    entered: story.entered,
                    sort_date: story.sort_date,
                    id: story.published_id.clone(),
                    source: source.map(|member| member.source.clone()).unwrap_or_default(),
                };
                read.insert(number, story);
                Some(candidate)
            }
            Err(error) => {
                failure = Some(error);
                None
            }
        }
    });
    // A source that left feeds.toml has no limit of its own any more.
    let half = Some(half_of(config.publish.window));
    let limit_of = |source: &str| limits.get(source).copied().unwrap_or(half);
    let chosen: Vec<StoryNumber> = window::select(candidates, config.publish.window, limit_of);
    if let Some(error) = failure {
        return Err(error.into());
    }
    let story = |number| read.remove(&number).map(|story| (number, story));
    Ok(chosen.into_iter().filter_map(story).collect())
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
    let mut found = Vec::new();
    for key in output_keys(store, config)? {
        if store.is_member(&key, number, story)? {
            let window = stories(store, config, &key, &gatherer)?;
            found.push((key, window.iter().any(|(other, _)| *other == number)));
        }
    }
    Ok(found)
}

fn half_of(window: usize) -> usize {
    window.div_ceil(2)
}

/// How many stories of each source one window of an output may hold. Without a limit of its own
/// a source has half of the window where several sources feed the output.
fn limits(
    config: &Config,
    key: &OutputKey,
    gatherer: &Gatherer<'_>,
) -> HashMap<String, Option<usize>> {
    let feeds = |source: &&Source| {
        key.kind != OutputKind::Organisation
            || gatherer.organisation_of(&source.id) == Some(key.id.as_str())
    };
    let feeding: Vec<&Source> = config.sources.iter().filter(feeds).collect();
    let half = (feeding.len() > 1).then(|| half_of(config.publish.window));
    feeding.into_iter().map(|source| (source.id.clone(), source.limit.or(half))).collect()
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
            interval,
            language: source.language.clone().or(state.language),
            enabled: source.enabled && store.stopped(&source.id)?.is_none(),
        });
    }
    Ok(links)
}

/// Puts documents on the disk and remembers what is there.
struct Press<'a> {
    store: &'a View,
    place: Place,
    config: &'a Config,
    files: &'a Files,
    is_thorough: bool,
    records: Vec<(String, Option<PublishedFile>)>,
    report: PublishReport,
}

impl Press<'_> {
    /// Renders an output with these stories, unless its files were made from the very same.
    fn output(
        &mut self,
        mut output: Output,
        stories: &[(StoryNumber, Story)],
        gatherer: &Gatherer<'_>,
        navigation: &Navigation,
    ) -> Result<(), RoundError> {
        let Config { site, publish: settings, .. } = self.config;
        let revisions: Vec<(StoryNumber, u32)> =
            stories.iter().map(|(number, story)| (*number, story.revision)).collect();
        let digest =
            publish::digest(site, settings, &output, &revisions, gatherer.digest(), navigation);
        let paths = publish::output_paths(&output.key);
        if !self.is_thorough && self.are_current(&paths, digest)? {
            self.report.documents += paths.len();
            return Ok(());
        }
        for (number, story) in stories {
            output.stories.push(gatherer.story(*number, story)?);
        }
        match publish::render_output(site, settings, &output, navigation) {
            Ok(rendered) => self.write(&rendered, digest),
            Err(error) => {
                // The published document stays; the others are published all the same.
                self.report.fail(&error);
                Ok(())
            }
        }
    }

    fn site(&mut self, sources: &[SourceLink], navigation: &Navigation) -> Result<(), RoundError> {
        let Config { site, publish: settings, .. } = self.config;
        match publish::render_site(site, settings, sources, navigation) {
            Ok(rendered) => self.write(&rendered, 0),
            Err(error) => {
                self.report.fail(&error);
                Ok(())
            }
        }
    }

    /// Removes what was published for outputs that feeds.toml no longer makes, so that nothing is
    /// left standing there for ever.
    fn clear_away(&mut self, keys: &[OutputKey]) -> Result<(), RoundError> {
        let current: BTreeSet<String> =
            keys.iter().flat_map(publish::output_paths).chain(publish::site_paths()).collect();
        for path in self.store.file_paths(self.place)? {
            if current.contains(&path) {
                continue;
            }
            match write::remove(self.files, &self.config.publish.path, &path) {
                Ok(()) => {
                    self.records.push((path.clone(), None));
                    self.report.written.push(path);
                }
                Err(error) => self.report.fail(&error),
            }
        }
        Ok(())
    }

    /// Whether all files were made from these inputs and lie there as they were written.
    fn are_current(&self, paths: &[String], digest: u128) -> Result<bool, RoundError> {
        for path in paths {
            let is_current = self.store.file(self.place, path)?.is_some_and(|known| {
                known.digest == digest
                    && write::is_as_recorded(
                        self.files,
                        &self.config.publish.path,
                        path,
                        &known.file,
                    )
            });
            if !is_current {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write(&mut self, rendered: &[Rendered], digest: u128) -> Result<(), RoundError> {
        let mut known = BTreeMap::new();
        for document in rendered {
            if let Some(file) = self.store.file(self.place, &document.path)? {
                known.insert(document.path.clone(), file);
            }
        }
        let WriteReport { written, records, failures } = write::write(
            self.files,
            &self.config.publish.path,
            rendered,
            &|path| known.get(path).map(|known| known.file),
            self.is_thorough,
        )?;
        self.report.documents += rendered.len();
        let written_set: BTreeSet<&String> = written.iter().collect();
        for (path, file) in records {
            let now = PublishedFile { digest, file };
            if written_set.contains(&path) || known.get(&path) != Some(&now) {
                self.records.push((path, Some(now)));
            }
        }
        self.report.written.extend(written);
        for failure in &failures {
            self.report.fail(failure);
        }
        Ok(())
    }
}
