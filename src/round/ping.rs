//! Telling the hub that feeds have changed (WebSub: the publisher's side).
//!
//! What is to be told is stored together with what was published, once for each change of a file,
//! and told when the round has published everything. A hub that is down is tried again later and
//! later, from what is stored; it never keeps anything from being published.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{RoundError, tell_once_a_day};
use crate::config::Config;
use crate::fetch::{Client, Hosts};
use crate::publish::user_agent;
use crate::store::{Changes, Job, Store};
use crate::world::World;

/// Topics that one request names.
const TOPICS_AT_ONCE: usize = 20;

/// Requests of one round.
const REQUESTS_AT_ONCE: usize = 10;

/// A hub answers within this time or counts as down.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The first wait after a failure; each further one is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(5);

/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(12);

/// What could not be told for so long is no news any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(7);

/// Tells the hub what has changed. What stands in the way is given as words, once a day.
///
/// # Errors
/// Where the store cannot be used.
pub async fn ping(
    store: &Arc<Store>,
    config: &Config,
    world: &World,
) -> Result<Option<String>, RoundError> {
    let now = world.clock.now();
    let jobs = store.reading().jobs()?;
    let Some(hub) = &config.site.hub else {
        return forget(store, &jobs);
    };
    // A time ahead is that of a clock that was set back since.
    let is_due = |job: &Job| job.due <= now || job.due - now > LONGEST_WAIT;
    let due: Vec<(String, Job)> = jobs.into_iter().filter(|(_, job)| is_due(job)).collect();
    if due.is_empty() {
        return Ok(None);
    }
    let hosts =
        Hosts::new(Arc::clone(&world.clock), config.fetch.host_gap, store.reading().hosts()?);
    let agent = user_agent(&config.site);
    let clock = Arc::clone(&world.clock);
    let client = Client::new(&config.fetch, &agent, world.names.clone(), clock, hosts.clone())
        .map_err(|error| RoundError::Client(error.message))?;
    let mut failure = None;
    for portion in due.chunks(TOPICS_AT_ONCE).take(REQUESTS_AT_ONCE) {
        let topics: Vec<Url> =
            portion.iter().filter_map(|(path, _)| config.site.url.join(path).ok()).collect();
        let told = client.announce(hub, &topics, TIMEOUT).await;
        let jobs = portion.iter().map(|(path, job)| {
            let next = told.as_ref().err().and_then(|_| later(job, now));
            (path.clone(), next)
        });
        let changes = Changes {
            at: Some(now),
            jobs: jobs.collect(),
            hosts: hosts.take_changes(),
            ..Changes::default()
        };
        let mut writing = store.writing();
        writing.commit(&changes)?;
        writing.flush()?;
        if let Err(error) = told {
            let since = portion.iter().map(|(_, job)| job.since).min().unwrap_or(now);
            failure = Some((since, error.message));
            // A hub that is down is not asked again in this round.
            break;
        }
    }
    match failure {
        Some((since, message)) if is_to_be_told(store, config, since, now)? => Ok(Some(format!(
            "the hub {} could not be told of news since {}: {message}; look whether [site] hub is right",
            crate::model::shown_url(hub.as_str()),
            since.format("%Y-%m-%d %H:%M UTC")
        ))),
        Some((_, message)) => {
            tracing::info!(message, "the hub could not be told");
            Ok(None)
        }
        None => Ok(None),
    }
}

/// Without a hub there is nobody to tell.
fn forget(store: &Store, jobs: &[(String, Job)]) -> Result<Option<String>, RoundError> {
    if !jobs.is_empty() {
        let jobs = jobs.iter().map(|(path, _)| (path.clone(), None)).collect();
        let mut writing = store.writing();
        writing.commit(&Changes { jobs, ..Changes::default() })?;
        writing.flush()?;
    }
    Ok(None)
}

/// When a job that failed is tried again; `None` where it is given up.
fn later(job: &Job, now: DateTime<Utc>) -> Option<Job> {
    if now - job.since > GIVEN_UP_AFTER {
        return None;
    }
    let times = i32::try_from(job.tries.min(16)).unwrap_or(16);
    let wait =
        FIRST_WAIT.checked_mul(1 << times).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT));
    Some(Job { due: now + wait, tries: job.tries.saturating_add(1), since: job.since.min(now) })
}

/// Whether the maintainers are told that the hub has been down for so long: once a day.
fn is_to_be_told(
    store: &Store,
    config: &Config,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, RoundError> {
    let alert_after = TimeDelta::from_std(config.schedule.alert_after).unwrap_or(TimeDelta::MAX);
    if now - since <= alert_after {
        return Ok(false);
    }
    Ok(tell_once_a_day(store, "hub", now)?)
}
