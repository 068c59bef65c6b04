//! The pages of entries that wait for their articles: leased, asked for, and settled in groups.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::{AbortHandle, JoinSet};
use url::Url;

use super::state::Round;
use super::{Request, Stop, Timer};
use crate::fetch::host_of;
use crate::model::{HostState, Source, SourceState, defect};
use crate::poll::{Done, Errand, Reading, Surroundings, Turn, ask_article, settle_articles};
use crate::round::RoundError;
use crate::store::{Changes, PageChanges, Waiting, WaitingKey};

/// Pages that are asked for before anything of them is stored.
const GROUP: usize = 48;

/// Reading ends after this, and what is under way is put off: what was polled is to be published.
const LONGEST_READING: Duration = Duration::from_secs(60);

/// Most pages of one host in one round; the others wait for the next one.
const MOST_OF_A_HOST: usize = 50;

/// One page, and what waits for it: two items may differ in the fragment of their links alone.
struct Visit {
    page: Url,
    errands: Vec<Errand>,
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
                    None => visits.push(Visit { page, errands: vec![errand] }),
                }
            }
            (Turn::GiveUp, _) => {
                let why = if errand.source.article && errand.source.enabled {
                    "it could not be had in time"
                } else {
                    "its source is not to be read in that way any more"
                };
                let why = why.to_owned();
                given_up.push(Done { errand, article: Err(why) });
            }
            _ => {}
        }
    }
    settle(round, &given_up)?;
    let mut visits = in_turns(visits);
    let mut limits = Limits {
        stop,
        end: round.world.clock.sleep(LONGEST_READING),
        is_over: false,
        silent: HashSet::new(),
    };
    while !visits.is_empty() && limits.stop.borrow().is_none() && !limits.is_over {
        let group: Vec<Visit> = visits.drain(..visits.len().min(GROUP)).collect();
        read_group(round, group, surroundings, &mut limits).await?;
        visits.retain(|visit| !limits.silent.contains(&host_of(&visit.page)));
    }
    Ok(())
}

/// What ends the reading early.
struct Limits<'s> {
    /// A signal.
    stop: &'s mut Stop,
    /// The time that it may take.
    end: Timer,
    /// Whether that time is over.
    is_over: bool,
    /// Hosts that did not answer.
    silent: HashSet<String>,
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

/// Hosts take turns, so that a slow one does not hold up the others.
fn in_turns(visits: Vec<Visit>) -> Vec<Visit> {
    let mut turns: HashMap<String, usize> = HashMap::new();
    let mut ordered = Vec::new();
    for visit in visits {
        let turn = turns.entry(host_of(&visit.page)).or_default();
        *turn += 1;
        if *turn <= MOST_OF_A_HOST {
            ordered.push((*turn, visit));
        }
    }
    ordered.sort_by_key(|(turn, _)| *turn);
    ordered.into_iter().map(|(_, visit)| visit).collect()
}

/// Leases a group of pages, asks for them, and stores what came of it.
async fn read_group(
    round: &mut Round<'_>,
    group: Vec<Visit>,
    surroundings: &Surroundings,
    limits: &mut Limits<'_>,
) -> Result<(), RoundError> {
    let now = round.world.clock.now();
    let leased = group.iter().flat_map(|visit| &visit.errands);
    let names: BTreeSet<String> = group.iter().map(|visit| host_of(&visit.page)).collect();
    let hosts = round.hosts.being_asked(names.iter().cloned());
    write(round, leased.map(|errand| (errand, errand.leased(now))), hosts, now)?;
    let mut waiting = group;
    // What is asked for first is taken from the end.
    waiting.reverse();
    let mut running: JoinSet<Reading> = JoinSet::new();
    let mut asking: HashMap<tokio::task::Id, (Visit, AbortHandle)> = HashMap::new();
    let mut unasked: Vec<Visit> = Vec::new();
    let mut done = Vec::new();
    let mut back: Vec<(Errand, Waiting)> = Vec::new();
    let mut exhausted = None;
    loop {
        while running.len() < round.room.at_once && exhausted.is_none() {
            let Some(visit) = waiting.pop() else { break };
            let Some(source) = visit.errands.first().map(|errand| Arc::clone(&errand.source))
            else {
                continue;
            };
            let title = match &visit.errands[..] {
                [errand] => Some(errand.waiting.item.title.clone()),
                _ => None,
            };
            let (page, surroundings) = (visit.page.clone(), surroundings.clone());
            let task =
                running.spawn(async move { ask_article(page, title, source, &surroundings).await });
            asking.insert(task.id(), (visit, task));
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some(ended) = running.join_next_with_id() => {
                let (id, reading) = match ended {
                    Ok((id, reading)) => (id, reading),
                    Err(error) => {
                        (error.id(), Reading::Failed(defect("reading it", "its address")))
                    }
                };
                let Some((visit, _)) = asking.remove(&id) else { continue };
                if matches!(reading, Reading::Unanswered(_)) {
                    // The others of this host would take as long.
                    let host = host_of(&visit.page);
                    let is_of_host = |visit: &Visit| host_of(&visit.page) == host;
                    unasked.extend(waiting.extract_if(.., |visit| is_of_host(visit)));
                    let others = asking.extract_if(|_, (visit, _)| is_of_host(visit));
                    unasked.extend(others.map(|(_, (visit, task))| {
                        task.abort();
                        visit
                    }));
                    limits.silent.insert(host);
                }
                if let Reading::Exhausted(message) = &reading {
                    exhausted = Some(message.clone());
                }
                for errand in visit.errands {
                    conclude(errand, &reading, now, &mut done, &mut back);
                }
            }
            Ok(()) = limits.stop.changed() => break,
            () = &mut limits.end, if !limits.is_over => {
                limits.is_over = true;
                break;
            }
        }
    }
    // Whatever is under way is given up; it counts as no try.
    running.abort_all();
    while running.join_next().await.is_some() {}
    unasked.extend(asking.into_values().map(|(visit, _)| visit));
    unasked.extend(waiting);
    let unasked = unasked.into_iter().flat_map(|visit| visit.errands);
    back.extend(unasked.map(|errand| (errand.clone(), errand.waiting)));
    let back = back.iter().map(|(errand, waiting)| (errand, waiting.clone()));
    round.hosts.were_to_be_asked(names);
    write(round, back, round.hosts.take_changes(), now)?;
    settle(round, &done)?;
    match exhausted {
        Some(message) => Err(RoundError::Exhausted(message)),
        None => Ok(()),
    }
}

/// What follows from a reading: the errand is done, or waits as it is told.
fn conclude(
    errand: Errand,
    reading: &Reading,
    now: DateTime<Utc>,
    done: &mut Vec<Done>,
    back: &mut Vec<(Errand, Waiting)>,
) {
    match reading {
        Reading::Read(article) => done.push(Done { errand, article: Ok(Arc::clone(article)) }),
        Reading::Refused(why) => done.push(Done { errand, article: Err(why.clone()) }),
        Reading::Failed(why) | Reading::Unanswered(why) => {
            tracing::info!(source = errand.source.id, error = why, "an article was not read");
            let leased = Errand { waiting: errand.leased(now), ..errand };
            if leased.turn(leased.waiting.due) == Turn::GiveUp {
                done.push(Done { errand: leased, article: Err(why.clone()) });
            }
        }
        Reading::PutOff(until) => {
            let waiting = Waiting { due: *until, ..errand.waiting.clone() };
            back.push((errand, waiting));
        }
        Reading::Exhausted(_) => {
            let waiting = errand.waiting.clone();
            back.push((errand, waiting));
        }
    }
}

/// Stores how errands wait from now on, and what hosts said.
fn write<'e>(
    round: &Round<'_>,
    waiting: impl Iterator<Item = (&'e Errand, Waiting)>,
    hosts: Vec<(String, HostState)>,
    now: DateTime<Utc>,
) -> Result<(), RoundError> {
    let waiting: Vec<_> =
        waiting.map(|(errand, waiting)| (errand.key.clone(), Some(waiting))).collect();
    if waiting.is_empty() && hosts.is_empty() {
        return Ok(());
    }
    let pages = PageChanges { waiting, ..PageChanges::default() };
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
    for report in round.reports.values_mut() {
        if let Some((_, tally)) = tallies.iter().find(|(source, _)| *source == report.id) {
            report.brought(*tally);
        }
    }
    Ok(())
}
