//! Manners of hosts: one request at a time, a gap between two, silence when asked for.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OwnedMutexGuard;
use url::Url;

use crate::model::{HostState, Robots};
use crate::world::Clock;

/// Name of the host of a URL, as hosts are told apart.
pub fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

/// All hosts of a run. Cheap to clone; clones are the same hosts.
#[derive(Clone)]
pub struct Hosts {
    clock: Arc<dyn Clock>,
    gap: Duration,
    hosts: Arc<Mutex<HashMap<String, Host>>>,
}

#[derive(Default)]
struct Host {
    state: HostState,
    is_changed: bool,
    /// It did not answer in this run; whatever else is there is not asked for.
    is_down: bool,
    turn: Arc<tokio::sync::Mutex<()>>,
    robots_turn: Arc<tokio::sync::Mutex<()>>,
}

/// A gap that is longer is not waited for: the request comes another time.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(60);

/// Origins of a host whose robots.txt is remembered; more are none of a partner's.
const MOST_ORIGINS: usize = 8;

/// Why a host is not asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotNow {
    /// It wants to be left alone until then.
    Silence(DateTime<Utc>),
    /// It did not answer before.
    Down,
}

/// The right to send one request to a host; the next one waits until it is dropped. The gap begins
/// then: a request that was long under way may have come just before its answer.
pub(super) struct Turn {
    hosts: Hosts,
    name: String,
    _guard: OwnedMutexGuard<()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.hosts.note_request(&self.name);
    }
}

impl Hosts {
    /// Hosts with what is remembered of them.
    pub fn new(
        clock: Arc<dyn Clock>,
        gap: Duration,
        remembered: impl IntoIterator<Item = (String, HostState)>,
    ) -> Self {
        let hosts = remembered
            .into_iter()
            .map(|(name, state)| (name, Host { state, ..Host::default() }))
            .collect();
        Self { clock, gap, hosts: Arc::new(Mutex::new(hosts)) }
    }

    fn with<T>(&self, host: &str, act: impl FnOnce(&mut Host) -> T) -> T {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        act(hosts.entry(host.to_owned()).or_default())
    }

    /// Until when nothing is asked of a host, if it asked for silence.
    pub fn silent_until(&self, host: &str) -> Option<DateTime<Utc>> {
        let now = self.clock.now();
        self.with(host, |host| host.state.silence(now))
    }

    /// What is remembered of a host that asked for silence; `None` of all others.
    pub fn silent(&self, host: &str) -> Option<HostState> {
        self.silent_until(host)?;
        Some(self.with(host, |host| host.state.clone()))
    }

    /// Notes that a host wants silence.
    pub fn silence(&self, host: &str, until: DateTime<Utc>) {
        let now = self.clock.now();
        self.with(host, |host| {
            host.state.note_silence(until, now);
            host.is_changed = true;
        });
    }

    /// Notes that a host did not answer: it is not asked again in this run.
    pub(super) fn note_down(&self, host: &str) {
        self.with(host, |host| host.is_down = true);
    }

    /// Notes when the certificate ends that a host showed.
    pub(super) fn note_certificate(&self, host: &str, until: DateTime<Utc>) {
        self.with(host, |host| {
            if host.state.certificate_until != Some(until) {
                host.state.certificate_until = Some(until);
                host.is_changed = true;
            }
        });
    }

    /// What the robots.txt of an origin said when it was last asked for.
    pub(super) fn robots(&self, host: &str, origin: &str) -> Option<Robots> {
        self.with(host, |host| host.state.robots.get(origin).cloned())
    }

    /// Remembers what the robots.txt of an origin says.
    pub(super) fn note_robots(&self, host: &str, origin: &str, robots: Robots) {
        self.with(host, |host| {
            let kept = &mut host.state.robots;
            if kept.len() >= MOST_ORIGINS && !kept.contains_key(origin) {
                let oldest = kept.iter().min_by_key(|(_, robots)| robots.asked);
                if let Some(oldest) = oldest.map(|(origin, _)| origin.clone()) {
                    kept.remove(&oldest);
                }
            }
            kept.insert(origin.to_owned(), robots);
            host.is_changed = true;
        });
    }

    /// The right to ask for a host's robots.txt; who comes next finds it there.
    pub(super) async fn robots_turn(&self, host: &str) -> OwnedMutexGuard<()> {
        let turn = self.with(host, |host| Arc::clone(&host.robots_turn));
        turn.lock_owned().await
    }

    /// Waits for the host's turn and its gap, or the longer one that its robots.txt asks for.
    ///
    /// # Errors
    /// Where it is not asked: it wants silence, also where it said so while others waited; its gap
    /// is too long to be waited for; or it is down.
    pub(super) async fn turn(&self, name: &str, delay: Option<Duration>) -> Result<Turn, NotNow> {
        let turn = self.with(name, |host| Arc::clone(&host.turn));
        let guard = turn.lock_owned().await;
        if let Some(until) = self.silent_until(name) {
            return Err(NotNow::Silence(until));
        }
        if self.with(name, |host| host.is_down) {
            return Err(NotNow::Down);
        }
        let gap = self.gap.max(delay.unwrap_or_default());
        let gap = TimeDelta::from_std(gap).unwrap_or_default();
        let last = self.with(name, |host| host.state.last_request);
        let now = self.clock.now();
        // A time in the future is a clock that was set back: no reason to wait.
        if let Some(last) = last.filter(|last| *last <= now)
            && let Ok(wait) = (last + gap - now).to_std()
        {
            if delay.is_some() && last + gap - now > LONGEST_WAIT {
                return Err(NotNow::Silence(last + gap));
            }
            self.clock.sleep(wait).await;
        }
        self.note_request(name);
        Ok(Turn { hosts: self.clone(), name: name.to_owned(), _guard: guard })
    }

    /// Notes that a host is being asked, or was until now.
    fn note_request(&self, name: &str) {
        let now = self.clock.now();
        self.with(name, |host| {
            host.state.last_request = Some(now);
            host.is_changed = true;
        });
    }

    /// What is to be remembered of these hosts, should the process die while it asks them.
    pub fn being_asked(&self, names: impl IntoIterator<Item = String>) -> Vec<(String, HostState)> {
        let last_request = Some(self.clock.now());
        let names: BTreeSet<String> = names.into_iter().collect();
        // What is true of them is stored with the answers, also where they were not asked after all.
        let state = |name: &str| {
            self.with(name, |host| {
                host.is_changed = true;
                host.state.clone()
            })
        };
        names
            .into_iter()
            .map(|name| {
                let state = HostState { last_request, ..state(&name) };
                (name, state)
            })
            .collect()
    }

    /// States that changed since the last call, to be stored.
    pub fn take_changes(&self) -> Vec<(String, HostState)> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for (name, host) in hosts.iter_mut() {
            if std::mem::take(&mut host.is_changed) {
                changed.push((name.clone(), host.state.clone()));
            }
        }
        changed.sort_by(|(left, _), (right, _)| left.cmp(right));
        changed
    }
}
