//! The pages of entries that wait for their articles: which are due, and what is stored of them.

mod reader;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;

use super::state::Round;
use super::{Request, Stop, Timer};
use crate::fetch::host_of;
use crate::model::{HostState, Source, SourceState, Validators};
use crate::poll::{Done, Errand, Outcome, Surroundings, Turn, settle_articles, validators_of};
use crate::round::RoundError;
use crate::store::{Changes, PageChanges, WaitingKey};
use reader::Reader;

/// Most pages of one host in one round; the others wait for the next one.
const MOST_OF_A_HOST: usize = 50;

/// Most hosts to which one source leads us in one round; the others wait for an hour. Names cost nothing,
/// and hundreds of them may be one machine of somebody else.
const MOST_HOSTS_OF_A_SOURCE: usize = 10;

/// One page, and what waits for it: two items may differ in the fragment of their links alone.
struct Visit {
    page: Url,
    errands: Vec<Errand>,
    /// What it came with when it was read last.
    validators: Option<Validators>,
}

impl Visit {
    fn host(&self) -> String {
        host_of(&self.page)
    }
}

/// Reads the pages that are due, and judges what has come to its end.
pub(super) async fn read_articles(
    round: &mut Round<'_>,
    request: &Request,
    surroundings: &Surroundings,
    stop: &mut Stop,
) -> Result<(), RoundError> {
    let now = round.world.clock.now();
    let mut visits: Vec<Visit> = Vec::new();
    let mut places: HashMap<(Url, String), usize> = HashMap::new();
    let mut given_up = Vec::new();
    for errand in errands(round, request)? {
        match (errand.turn(now), errand.page()) {
            (Turn::Ask, Some(page)) => {
                let key = (page.clone(), errand.source.id.clone());
                let place = *places.entry(key).or_insert(visits.len());
                match visits.get_mut(place) {
                    Some(visit) => visit.errands.push(errand),
                    None => visits.push(Visit { page, errands: vec![errand], validators: None }),
                }
            }
            (Turn::GiveUp, _) => {
                let known = errand.waiting.unread.clone();
                let why = if errand.source.article && errand.source.enabled {
                    known.unwrap_or_else(|| "it could not be had in time".to_owned())
                } else {
                    "its source is not to be read in that way any more".to_owned()
                };
                given_up.push(Done { errand, outcome: Outcome::Unread(why) });
            }
            _ => {}
        }
    }
    settle(round, &given_up)?;
    for visit in &mut visits {
        visit.validators = validators_of(&visit.errands, &round.store.reading())?;
    }
    let turns = in_turns(visits);
    Reader::new(round, surroundings, turns.visits).read(round, stop, turns.beyond, turns.far).await
}

/// What waits, the oldest first.
fn errands(round: &Round<'_>, request: &Request) -> Result<Vec<Errand>, RoundError> {
    let sources: HashMap<&str, Arc<Source>> = round
        .config
        .sources
        .iter()
        .filter(|source| request.sources.is_empty() || request.sources.contains(&source.id))
        .map(|source| (source.id.as_str(), Arc::new(source.clone())))
        .collect();
    let is_known = |id: &str| round.config.sources.iter().any(|source| source.id == id);
    let mut errands: Vec<Errand> = Vec::new();
    let mut forgotten = Vec::new();
    for (key, waiting) in round.store.reading().all_waiting()? {
        match sources.get(key.0.as_str()) {
            Some(source) => errands.push(Errand { source: Arc::clone(source), key, waiting }),
            None if is_known(&key.0) => {}
            None => forgotten.push(key),
        }
    }
    forget(round, forgotten)?;
    errands.sort_by_key(|errand| (errand.waiting.since, errand.waiting.position));
    Ok(errands)
}

/// Drops what waits of sources that have left feeds.toml. Should one come back, it is asked as if for
/// the first time, so that it gives again what was dropped.
fn forget(round: &Round<'_>, keys: Vec<WaitingKey>) -> Result<(), RoundError> {
    if keys.is_empty() {
        return Ok(());
    }
    tokio::task::block_in_place(|| {
        let mut writing = round.store.writing_to(round.epoch)?;
        let ids: BTreeSet<&String> = keys.iter().map(|(source, _)| source).collect();
        let mut sources = Vec::new();
        for id in ids {
            let state = writing.source(id)?;
            sources.push((id.clone(), SourceState { validators: None, body_hash: None, ..state }));
        }
        let waiting = keys.into_iter().map(|key| (key, None)).collect();
        let pages = PageChanges { waiting, ..PageChanges::default() };
        writing.commit(&Changes { sources, pages, ..Changes::default() })?;
        writing.flush()
    })?;
    Ok(())
}

/// Pages in the order in which they are asked for.
#[derive(Default)]
struct Turns {
    visits: VecDeque<Visit>,
    /// Those that are too many of a host for this round.
    beyond: Vec<Visit>,
    /// Those to whose hosts their source is not to lead us now.
    far: Vec<Visit>,
}

/// Hosts take turns, so that a slow one does not hold up the others.
fn in_turns(visits: Vec<Visit>) -> Turns {
    let mut turns: HashMap<String, usize> = HashMap::new();
    let mut hosts: HashMap<String, HashSet<String>> = HashMap::new();
    let mut ordered = Vec::new();
    let mut turned = Turns::default();
    for visit in visits {
        let source = visit.errands.first().map(|errand| errand.source.id.clone());
        let led_to = hosts.entry(source.unwrap_or_default()).or_default();
        let is_led_to = led_to.contains(&visit.host())
            || led_to.len() < MOST_HOSTS_OF_A_SOURCE && led_to.insert(visit.host());
        if !is_led_to {
            turned.far.push(visit);
            continue;
        }
        let turn = turns.entry(visit.host()).or_default();
        *turn += 1;
        if *turn <= MOST_OF_A_HOST {
            ordered.push((*turn, visit));
        } else {
            turned.beyond.push(visit);
        }
    }
    ordered.sort_by_key(|(turn, _)| *turn);
    turned.visits = ordered.into_iter().map(|(_, visit)| visit).collect();
    turned
}

/// Stores how errands wait from now on, and what hosts said.
fn write(
    round: &Round<'_>,
    pages: PageChanges,
    hosts: Vec<(String, HostState)>,
    now: DateTime<Utc>,
) -> Result<(), RoundError> {
    if pages.waiting.is_empty() && pages.requests.is_empty() && hosts.is_empty() {
        return Ok(());
    }
    let changes = Changes { at: Some(now), hosts, pages, ..Changes::default() };
    tokio::task::block_in_place(|| {
        let mut writing = round.store.writing_to(round.epoch)?;
        writing.commit(&changes)?;
        writing.flush()
    })?;
    Ok(())
}

/// Judges what has come to its end, and adds it to what its sources brought.
fn settle(round: &mut Round<'_>, done: &[Done]) -> Result<(), RoundError> {
    if done.is_empty() {
        return Ok(());
    }
    let now = round.world.clock.now();
    let hosts = round.hosts.take_changes();
    let (changes, tallies) = round
        .judging(|bench| settle_articles(round.store, round.epoch, done, hosts, bench, now))?;
    round.count(&changes);
    for (source, tally) in &tallies {
        tracing::info!(source, new = tally.new, updated = tally.updated, "articles were read");
    }
    for report in round.reports.values_mut() {
        if let Some((_, tally)) = tallies.iter().find(|(source, _)| *source == report.id) {
            report.brought(*tally);
        }
    }
    Ok(())
}
