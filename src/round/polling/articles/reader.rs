//! Reads pages: leases a few dozen, asks for as many at once as there is room for, and stores what
//! came of them.
//!
//! A page that was asked for has had its try, whatever came of it. One that was not, because its host
//! does not answer, is due in an hour; one that was not because the run had to end stays due.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::{AbortHandle, Id, JoinError};

use super::{Round, Stop, Timer, Visit, settle, write};
use crate::fetch::Trail;
use crate::model::{Sent, defect};
use crate::poll::{Done, Errand, Outcome, Page, Reading, Surroundings, Turn, ask_article};
use crate::round::RoundError;
use crate::round::under_way::UnderWay;
use crate::store::{PageChanges, Waiting};

/// Pages that are leased at once, and after which what came of them is stored.
const GROUP: usize = 48;

/// Reading ends after this: what was polled is to be published.
const LONGEST_READING: Duration = Duration::from_secs(60);

/// A request that was sent so long before that is given up: its host does not answer.
const HANGS: TimeDelta = TimeDelta::seconds(5);

/// Said of a page that was being asked for.
const GIVEN_UP: &str = "its page was asked for, and had not come when the round had to end";

/// A page that is being asked for.
struct Asked {
    visit: Visit,
    trail: Trail,
    task: AbortHandle,
    /// When it was leased.
    at: DateTime<Utc>,
}

/// Pages on their way from being due to being stored.
pub(super) struct Reader {
    surroundings: Surroundings,
    end: Timer,
    /// Those that are due.
    due: VecDeque<Visit>,
    /// Those that are leased, with when.
    leased: VecDeque<(Visit, DateTime<Utc>)>,
    under_way: UnderWay<Reading>,
    asked: HashMap<Id, Asked>,
    /// Hosts that did not answer.
    silent: HashSet<String>,
    /// Errands that have come to their end.
    done: Vec<Done>,
    /// Errands that wait in another way than was leased.
    back: Vec<(Errand, Waiting)>,
    /// What was sent, by source.
    sent: HashMap<String, Vec<Sent>>,
    /// What our machine has not left.
    exhausted: Option<String>,
}

impl Reader {
    pub(super) fn new(
        round: &Round<'_>,
        surroundings: &Surroundings,
        due: VecDeque<Visit>,
    ) -> Self {
        Self {
            surroundings: surroundings.clone(),
            end: round.world.clock.sleep(LONGEST_READING),
            due,
            leased: VecDeque::new(),
            under_way: UnderWay::new(round.room),
            asked: HashMap::new(),
            silent: HashSet::new(),
            done: Vec::new(),
            back: Vec::new(),
            sent: HashMap::new(),
            exhausted: None,
        }
    }

    /// Reads what is due, until there is no more, or the run has to end; `beyond` waits for the next
    /// one, `far` for an hour.
    pub(super) async fn read(
        mut self,
        round: &mut Round<'_>,
        stop: &mut Stop,
        beyond: Vec<Visit>,
        far: Vec<Visit>,
    ) -> Result<(), RoundError> {
        let mut is_over = stop.borrow().is_some();
        while !is_over {
            while self.under_way.has_room() && self.exhausted.is_none() {
                while self.leased.is_empty() && !self.due.is_empty() {
                    self.lease(round)?;
                }
                let Some((visit, at)) = self.leased.pop_front() else { break };
                self.begin(visit, at);
            }
            if self.under_way.is_idle() {
                break;
            }
            tokio::select! {
                ended = self.under_way.next() => {
                    if let Some(ended) = ended {
                        self.end(ended, round.world.clock.now());
                    }
                }
                Ok(()) = stop.changed() => is_over = true,
                () = &mut self.end => is_over = true,
            }
            if self.done.len() + self.back.len() >= GROUP {
                self.store(round)?;
            }
        }
        self.give_up(round).await;
        let now = round.world.clock.now();
        let unleased = std::mem::take(&mut self.due).into_iter().chain(beyond);
        let (silent, _): (Vec<_>, Vec<_>) =
            unleased.partition(|visit| self.silent.contains(&visit.host()));
        silent.into_iter().chain(far).for_each(|visit| self.put_off(visit, None, now));
        self.store(round)?;
        match self.exhausted {
            Some(message) => Err(RoundError::Exhausted(message)),
            None => Ok(()),
        }
    }

    /// Leases the next pages: what holds if the process dies is stored before they are asked for.
    fn lease(&mut self, round: &Round<'_>) -> Result<(), RoundError> {
        let now = round.world.clock.now();
        let group: Vec<Visit> = self.due.drain(..self.due.len().min(GROUP)).collect();
        let (silent, group): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|visit| self.silent.contains(&visit.host()));
        silent.into_iter().for_each(|visit| self.put_off(visit, None, now));
        let hosts = round.hosts.being_asked(group.iter().map(Visit::host));
        let errands = group.iter().flat_map(|visit| &visit.errands);
        let waiting =
            errands.map(|errand| (errand.key.clone(), Some(errand.leased(now)))).collect();
        write(round, PageChanges { waiting, ..PageChanges::default() }, hosts, now)?;
        self.leased.extend(group.into_iter().map(|visit| (visit, now)));
        Ok(())
    }

    fn begin(&mut self, visit: Visit, at: DateTime<Utc>) {
        let [first, others @ ..] = &visit.errands[..] else { return };
        let page = Page {
            url: visit.page.clone(),
            title: others.is_empty().then(|| first.waiting.item.title.clone()),
            source: Arc::clone(&first.source),
            validators: visit.validators.clone(),
        };
        let (trail, surroundings) = (Trail::default(), self.surroundings.clone());
        let notes = trail.clone();
        let task = self
            .under_way
            .begin(trail.clone(), async move { ask_article(page, &notes, &surroundings).await });
        self.asked.insert(task.id(), Asked { visit, trail, task, at });
    }

    /// What follows from how asking for a page ended.
    fn end(&mut self, ended: Result<(Id, Reading), JoinError>, now: DateTime<Utc>) {
        let (id, reading) = match ended {
            Ok((id, reading)) => (id, Some(reading)),
            Err(error) if error.is_cancelled() => (error.id(), None),
            Err(error) => (error.id(), Some(Reading::Failed(defect("reading it", "its address")))),
        };
        let Some(asked) = self.asked.remove(&id) else { return };
        let Asked { visit, trail, at, .. } = asked;
        let sent = trail.take();
        let is_sent = !sent.is_empty();
        if let Some(first) = visit.errands.first() {
            self.sent.entry(first.source.id.clone()).or_default().extend(sent);
        }
        let reading = match reading {
            Some(Reading::Exhausted(_)) if !self.under_way.is_idle() => {
                // With less under way it will do.
                self.under_way.narrow();
                self.leased.push_front((visit, at));
                return;
            }
            Some(Reading::Exhausted(message)) => {
                self.exhausted = Some(message);
                self.give_back(visit);
                return;
            }
            Some(reading) => reading,
            None if is_sent => Reading::Failed(GIVEN_UP.to_owned()),
            None if self.silent.contains(&visit.host()) => Reading::PutOff(None),
            None => {
                self.give_back(visit);
                return;
            }
        };
        if matches!(reading, Reading::Unanswered(_)) {
            self.leave_alone(visit.host(), now);
        }
        match reading {
            Reading::PutOff(silent_until) => self.put_off(visit, silent_until, now),
            reading => {
                for errand in visit.errands {
                    self.conclude(errand, &reading, at);
                }
            }
        }
    }

    /// Nothing more is asked of a host that does not answer: the other pages would take as long.
    fn leave_alone(&mut self, host: String, now: DateTime<Utc>) {
        let (others, leased): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.leased)
            .into_iter()
            .partition(|(visit, _)| visit.host() == host);
        self.leased = leased;
        others.into_iter().for_each(|(visit, _)| self.put_off(visit, None, now));
        self.asked
            .values()
            .filter(|asked| asked.visit.host() == host)
            .for_each(|asked| asked.task.abort());
        self.silent.insert(host);
    }

    /// Ends whatever is under way, and gives back what was not begun.
    async fn give_up(&mut self, round: &Round<'_>) {
        self.under_way.abort_all();
        let now = round.world.clock.now();
        let hangs = |asked: &&Asked| asked.trail.last().is_some_and(|last| now - last >= HANGS);
        self.silent.extend(self.asked.values().filter(hangs).map(|asked| asked.visit.host()));
        while !self.under_way.is_idle() {
            if let Some(ended) = self.under_way.next().await {
                self.end(ended, now);
            }
        }
        for (visit, _) in std::mem::take(&mut self.leased) {
            if self.silent.contains(&visit.host()) {
                self.put_off(visit, None, now);
            } else {
                self.give_back(visit);
            }
        }
    }

    /// A page whose host does not answer, or wants silence.
    fn put_off(&mut self, visit: Visit, silent_until: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let put_off = |errand: Errand| (errand.put_off(silent_until, now), errand);
        self.back.extend(
            visit.errands.into_iter().map(put_off).map(|(waiting, errand)| (errand, waiting)),
        );
    }

    /// A page that is due as it was before.
    fn give_back(&mut self, visit: Visit) {
        let before = |errand: Errand| (errand.clone(), errand.waiting);
        self.back.extend(visit.errands.into_iter().map(before));
    }

    /// What follows from a try: the errand is done, or waits as it was leased, with the reason.
    fn conclude(&mut self, errand: Errand, reading: &Reading, leased_at: DateTime<Utc>) {
        match reading {
            Reading::Read(article, validators) => {
                let outcome = Outcome::Read(Arc::clone(article), validators.clone());
                self.done.push(Done { errand, outcome });
            }
            Reading::Unchanged(validators) => {
                let outcome = Outcome::Unchanged(validators.clone());
                self.done.push(Done { errand, outcome });
            }
            Reading::Refused(why) => {
                self.done.push(Done { errand, outcome: Outcome::Unread(why.clone()) });
            }
            Reading::Withdrawn(why) => {
                self.done.push(Done { errand, outcome: Outcome::Withdrawn(why.clone()) });
            }
            Reading::Failed(why) | Reading::Unanswered(why) => {
                tracing::info!(source = errand.source.id, error = why, "an article was not read");
                let waiting = Waiting { unread: Some(why.clone()), ..errand.leased(leased_at) };
                let leased = Errand { waiting: waiting.clone(), ..errand };
                if leased.turn(leased.waiting.due) == Turn::GiveUp {
                    self.done.push(Done { errand: leased, outcome: Outcome::Unread(why.clone()) });
                } else {
                    self.back.push((leased, waiting));
                }
            }
            Reading::PutOff(_) | Reading::Exhausted(_) => {}
        }
    }

    /// Stores what came of pages, and what their hosts said.
    fn store(&mut self, round: &mut Round<'_>) -> Result<(), RoundError> {
        let now = round.world.clock.now();
        let back = std::mem::take(&mut self.back).into_iter();
        let waiting = back.map(|(errand, waiting)| (errand.key, Some(waiting))).collect();
        let requests = std::mem::take(&mut self.sent).into_iter();
        let requests = requests.filter(|(_, sent)| !sent.is_empty()).collect();
        let pages = PageChanges { waiting, requests, ..PageChanges::default() };
        write(round, pages, round.hosts.take_changes(), now)?;
        settle(round, &std::mem::take(&mut self.done))
    }
}
