//! The press: renders outputs whose inputs changed, and puts their documents on the disk.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use super::super::RoundError;
use super::super::gather::Gatherer;
use super::{Plan, PublishReport, window};
use crate::config::Config;
use crate::model::{Story, StoryNumber};
use crate::publish::write::{self, WriteReport};
use crate::publish::{self, Navigation, Output, Rendered, SourceLink};
use crate::store::{Place, PublishedFile, View};
use crate::world::Files;

/// Outputs are rendered together until they have so many stories.
const SHEET: usize = 200;

/// Outputs that are still to be made, each with what is made of it.
type Outputs<'i, 'p> = dyn Iterator<Item = (&'p Plan<'p>, Output)> + Send + 'i;

/// Puts documents on the disk and remembers what is there.
pub(super) struct Press<'a> {
    pub(super) store: &'a View,
    pub(super) place: Place,
    pub(super) config: &'a Config,
    pub(super) files: &'a Files,
    pub(super) is_thorough: bool,
    pub(super) records: Vec<(String, Option<PublishedFile>)>,
    pub(super) report: PublishReport,
}

impl Press<'_> {
    /// Renders the outputs, but for those whose files were made from the very same. While a sheet of
    /// them is rendered on every core, the one before it is written and the one after it gathered:
    /// in their order, and with no more in memory than that.
    pub(super) fn outputs(
        &mut self,
        outputs: &mut Outputs<'_, '_>,
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

    /// The revisions of all that is shown: a story shows its editions in other languages too.
    fn revisions(
        &self,
        stories: &[(StoryNumber, Story)],
    ) -> Result<Vec<(StoryNumber, u32)>, RoundError> {
        let mut revisions = Vec::with_capacity(stories.len());
        for (number, story) in stories {
            revisions.push((*number, story.revision));
            for edition in &story.editions {
                revisions.push((*edition, self.store.story(*edition)?.revision));
            }
        }
        Ok(revisions)
    }

    /// The next outputs that are to be rendered, with their stories and the digests of what they
    /// are made from.
    fn gather(
        &mut self,
        outputs: &mut Outputs<'_, '_>,
        gatherer: &Gatherer<'_>,
        navigation: &Navigation,
    ) -> Result<Vec<(Output, u128)>, RoundError> {
        let Config { site, publish: settings, .. } = self.config;
        let mut sheet = Vec::new();
        let mut gathered = 0;
        for (plan, mut output) in outputs {
            let stories = window::stories(self.store, self.config, plan, gatherer)?;
            let revisions = self.revisions(&stories)?;
            let content = plan.rule.map(|rule| rule.content).unwrap_or_default();
            let context = xxh3_128(format!("{:032x} {content:?}", gatherer.digest()).as_bytes());
            let digest = publish::digest(site, settings, &output, &revisions, context, navigation);
            let paths = publish::output_paths(&output.key, output.formats, &output.former);
            if !self.is_thorough && self.are_current(&paths, digest)? {
                self.report.documents += paths.len();
                continue;
            }
            for (number, story) in &stories {
                output.stories.push(gatherer.story_with(*number, story, content)?);
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

    pub(super) fn site(
        &mut self,
        sources: &[SourceLink],
        logos: &[Rendered],
        navigation: &Navigation,
    ) -> Result<(), RoundError> {
        let Config { site, publish: settings, .. } = self.config;
        self.write(logos, 0)?;
        match publish::render_site(site, settings, sources, navigation) {
            Ok(rendered) => self.write(&rendered, 0),
            Err(error) => {
                self.report.fail(&error);
                Ok(())
            }
        }
    }

    /// Removes what was published for outputs and in formats that feeds.toml no longer makes, so
    /// that nothing is left standing there for ever.
    pub(super) fn clear_away(
        &mut self,
        plans: &[Plan<'_>],
        logos: &[Rendered],
    ) -> Result<(), RoundError> {
        let paths = |plan: &Plan<'_>| publish::output_paths(&plan.key, plan.formats, &plan.former);
        let logos = logos.iter().map(|logo| logo.path.clone());
        let paths = plans.iter().flat_map(paths).chain(publish::site_paths());
        let current: BTreeSet<String> = paths.chain(logos).collect();
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
