//! Which stories the window of an output holds.

use std::collections::{BTreeSet, HashMap};

use super::super::RoundError;
use super::super::gather::Gatherer;
use super::Plan;
use crate::config::Config;
use crate::model::{Editions, OutputKind, OutputRule, Source, Story, StoryNumber};
use crate::publish::window::{self, Candidate};
use crate::store::{Result, View};

/// Editions of editions beyond so many stories are not looked for.
const MOST_EDITIONS: usize = 64;

/// The stories of an output's window, in order.
pub(super) fn stories(
    store: &View,
    config: &Config,
    plan: &Plan<'_>,
    gatherer: &Gatherer<'_>,
) -> std::result::Result<Vec<(StoryNumber, Story)>, RoundError> {
    let size = plan.rule.and_then(|rule| rule.window).unwrap_or(config.publish.window);
    let limits = limits(config, plan, gatherer, size);
    let preferred = plan.rule.filter(|rule| rule.editions == Editions::Prefer);
    // Candidates are read only as far as the window needs them; the first failure ends the walk.
    let mut failure = None;
    let mut read = HashMap::new();
    let candidates = store
        .members(&plan.key)
        .map_while(|number| {
            let looked = number.and_then(|number| {
                let story = store.story(number)?;
                let is_shown = match preferred {
                    Some(rule) => is_preferred(store, rule, number, &story)?,
                    None => true,
                };
                Ok((number, story, is_shown))
            });
            match looked {
                Ok((number, story, is_shown)) => {
                    let source = story.members.iter().find(|member| member.entry == story.lead);
                    let candidate = Candidate {
                        number,
                        entered: story.entered,
                        sort_date: story.sort_date,
                        id: story.published_id.clone(),
                        source: source.map(|member| member.source.clone()).unwrap_or_default(),
                    };
                    if is_shown {
                        read.insert(number, story);
                    }
                    Some(is_shown.then_some(candidate))
                }
                Err(error) => {
                    failure = Some(error);
                    None
                }
            }
        })
        .flatten();
    // A source that left feeds.toml has no limit of its own any more.
    let half = Some(half_of(size));
    let limit_of = |source: &str| limits.get(source).copied().unwrap_or(half);
    let chosen: Vec<StoryNumber> = window::select(candidates, size, limit_of);
    if let Some(error) = failure {
        return Err(error.into());
    }
    let story = |number| read.remove(&number).map(|story| (number, story));
    Ok(chosen.into_iter().filter_map(story).collect())
}

/// Whether a story is the edition that an output shows: of those that the output carries one in its
/// first language, else in its second one, else in any; of several the one that came first.
fn is_preferred(
    store: &View,
    rule: &OutputRule,
    number: StoryNumber,
    story: &Story,
) -> Result<bool> {
    let rank = |story: &Story| {
        let place = rule.languages.iter().position(|language| *language == story.language);
        place.unwrap_or(rule.languages.len())
    };
    let own = (rank(story), number);
    let mut known = BTreeSet::from([number]);
    let mut next: Vec<StoryNumber> = story.editions.clone();
    while let Some(other) = next.pop() {
        if known.len() >= MOST_EDITIONS {
            break;
        }
        if !known.insert(other) {
            continue;
        }
        let Some(edition) = store.find_story(other)? else { continue };
        let is_carried = edition.is_public() && store.selected(other)?.contains(&rule.id);
        if is_carried && (rank(&edition), other) < own {
            return Ok(false);
        }
        next.extend(edition.editions);
    }
    Ok(true)
}

fn half_of(window: usize) -> usize {
    window.div_ceil(2)
}

/// How many stories of each source one window of an output may hold. Without a limit of its own
/// a source has half of the window where several sources feed the output.
fn limits<'c>(
    config: &'c Config,
    plan: &Plan<'_>,
    gatherer: &Gatherer<'c>,
    size: usize,
) -> HashMap<&'c str, Option<usize>> {
    let feeding: Vec<&Source> = match (plan.key.kind, plan.rule) {
        // Of these there may be as many as there are sources.
        (OutputKind::Organisation, _) => gatherer.sources_of(&plan.key.id).to_vec(),
        (OutputKind::Output, Some(rule)) => {
            let speaks = |source: &Source| {
                let organisation = gatherer.organisation_of(&source.id);
                rule.organisations.is_empty()
                    || organisation.is_some_and(|id| rule.organisations.iter().any(|o| o == id))
            };
            let is_named =
                |source: &Source| rule.sources.is_empty() || rule.sources.contains(&source.id);
            config.sources.iter().filter(|source| is_named(source) && speaks(source)).collect()
        }
        _ => config.sources.iter().collect(),
    };
    let half = (feeding.len() > 1).then(|| half_of(size));
    feeding.into_iter().map(|source| (source.id.as_str(), source.limit.or(half))).collect()
}
