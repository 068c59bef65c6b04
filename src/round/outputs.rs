//! Publishing: which outputs there are, which stories each holds, and which files changed.
//!
//! The outputs are a function of store and config; nothing here reads the clock, except that a
//! new output remembers when it was made.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::gather::Gatherer;
use super::{RoundError, tag_authority};
use crate::config::Config;
use crate::model::{Location, OutputKey, OutputKind, Source, Story, StoryNumber};
use crate::publish::window::{self, Candidate};
use crate::publish::write::{self, WriteReport};
use crate::publish::{self, Navigation, Output, OutputLink, Rendered, SourceLink};
use crate::store::{Changes, Job, OutputRecord, Place, PublishedFile, Store, View, Writing};
use crate::story::TagAuthority;
use crate::world::Files;

/// Outputs are rendered together until they have so many stories.
const SHEET: usize = 200;

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
    let place = Place::of(&config.publish.path);
    let digest = publish::settings_digest(config.digest);
    let store = &*writing;
    let is_new = store.printed(place)? != Some((store.counters()?.commit, digest));
    if !is_new
        && !is_thorough
        && let Some(documents) = standing(store, config, files, place)?
    {
        return Ok(PublishReport { documents, ..PublishReport::default() });
    }
    let gatherer = Gatherer::new(store, config)?;
    let mut press = Press {
        store,
        place,
        config,
        files,
        is_thorough,
        records: Vec::new(),
        report: PublishReport::default(),
    };
    let mut links = Vec::new();
    for key in &keys {
        let title = title(key, config, &gatherer)?;
        links.push(OutputLink { key: key.clone(), title });
    }
    let navigation = Navigation::new(links);
    let mut outputs =
        identities.into_iter().zip(&navigation.outputs).map(|(identity, link)| Output {
            key: link.key.clone(),
            title: link.title.clone(),
            feed_id: identity.feed_id,
            created: identity.created,
            stories: Vec::new(),
        });
    press.outputs(&mut outputs, &gatherer, &navigation)?;
    press.site(&source_links(store, config, &gatherer)?, &navigation)?;
    press.clear_away(&keys)?;
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
            enabled: source.enabled,
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
    /// Renders the outputs, but for those whose files were made from the very same. While a sheet of
    /// them is rendered on every core, the one before it is written and the one after it gathered:
    /// in their order, and with no more in memory than that.
    fn outputs(
        &mut self,
        outputs: &mut (dyn Iterator<Item = Output> + Send),
        gatherer: &Gatherer<'_>,
        navigation: &Navigation,
    ) -> Result<(), RoundError> {
        let Config { site, publish: settings, .. } = self.config;
        let render = |sheet: &Vec<(Output, u128)>| -> Vec<_> {
            let render = |(output, digest): &(Output, u128)| {
                (publish::render_output(site, settings, output, navigation), *digest)
            };
            sheet.par_iter().map(render).collect()
        };
        let mut sheet = self.gather(outputs, gatherer, navigation)?;
        let mut printed = Vec::new();
        while !(sheet.is_empty() && printed.is_empty()) {
            let (next, rendered) = rayon::join(
                || {
                    self.write_outputs(std::mem::take(&mut printed))?;
                    self.gather(outputs, gatherer, navigation)
                },
                || render(&sheet),
            );
            sheet = next?;
            printed = rendered;
        }
        Ok(())
    }

    /// The next outputs that are to be rendered, with their stories and the digests of what they
    /// are made from.
    fn gather(
        &mut self,
        outputs: &mut (dyn Iterator<Item = Output> + Send),
        gatherer: &Gatherer<'_>,
        navigation: &Navigation,
    ) -> Result<Vec<(Output, u128)>, RoundError> {
        let Config { site, publish: settings, .. } = self.config;
        let mut sheet = Vec::new();
        let mut gathered = 0;
        for mut output in outputs {
            let stories = stories(self.store, self.config, &output.key, gatherer)?;
            let revisions: Vec<(StoryNumber, u32)> =
                stories.iter().map(|(number, story)| (*number, story.revision)).collect();
            let digest =
                publish::digest(site, settings, &output, &revisions, gatherer.digest(), navigation);
            let paths = publish::output_paths(&output.key);
            if !self.is_thorough && self.are_current(&paths, digest)? {
                self.report.documents += paths.len();
                continue;
            }
            for (number, story) in &stories {
                output.stories.push(gatherer.story(*number, story)?);
            }
            gathered += output.stories.len();
            sheet.push((output, digest));
            if gathered >= SHEET {
                break;
            }
        }
        Ok(sheet)
    }

    fn write_outputs(
        &mut self,
        printed: Vec<(Result<Vec<Rendered>, publish::RenderError>, u128)>,
    ) -> Result<(), RoundError> {
        for (rendered, digest) in printed {
            match rendered {
                Ok(rendered) => self.write(&rendered, digest)?,
                // The published document stays; the others are published all the same.
                Err(error) => self.report.fail(&error),
            }
        }
        Ok(())
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
