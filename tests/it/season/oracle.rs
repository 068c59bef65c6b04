//! Judges the log of a season as the partners' operators would. It knows what HTTP and the documents
//! say and what feeds.toml promises, and shares no code with the program.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};

use super::partner::{Given, KINDS, Kind};
use super::servers::{Logged, OF_A_HOST};

/// What the feeds.toml of a season says, in the words of the judge.
pub(crate) const MIN_INTERVAL: TimeDelta = TimeDelta::minutes(15);
pub(crate) const GAP: TimeDelta = TimeDelta::seconds(1);
/// From when until when.
type Span = (DateTime<Utc>, DateTime<Utc>);

const DAY: TimeDelta = TimeDelta::days(1);

/// The program may take up a source that publishes much more often than its interval, up to this.
const BUSIEST: TimeDelta = TimeDelta::hours(1);

/// How long a host is left alone that refuses and names no time.
const UNNAMED_SILENCE: TimeDelta = TimeDelta::hours(4);

/// Nobody is left alone for longer without having asked for it: a day, its jitter, and the time to the
/// next run.
const STARVED: TimeDelta = TimeDelta::hours(36);

/// What a season came to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// What no operator would accept, in order.
    pub(crate) breaches: Vec<String>,
    pub(crate) table: Table,
}

/// How a reader of feeds is rated.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) requests: usize,
    pub(crate) conditional: usize,
    pub(crate) good: usize,
    pub(crate) out_of_sequence: usize,
    pub(crate) made_up: usize,
    pub(crate) unconditional_needlessly: usize,
    pub(crate) probes: usize,
    pub(crate) early: usize,
    pub(crate) after_429: usize,
    pub(crate) at_once: usize,
    pub(crate) cookies_and_referrers: usize,
    pub(crate) shortest_gap: Option<TimeDelta>,
    pub(crate) median_gap: Option<TimeDelta>,
    /// How often each status was answered.
    pub(crate) statuses: BTreeMap<u16, usize>,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        #[allow(clippy::cast_precision_loss, reason = "shown with one decimal")]
        let share = 100.0 * self.conditional as f64 / self.requests.max(1) as f64;
        let gap = |gap: Option<TimeDelta>| gap.map_or("-".to_owned(), in_words);
        writeln!(f, "requests                          {}", self.requests)?;
        writeln!(f, "conditional                       {} ({share:.1} %)", self.conditional)?;
        writeln!(f, "  good validators                 {}", self.good)?;
        writeln!(f, "  out-of-sequence validators      {}", self.out_of_sequence)?;
        writeln!(f, "  made-up validators              {}", self.made_up)?;
        writeln!(f, "unconditional, validators known   {}", self.unconditional_needlessly)?;
        writeln!(f, "probes of a server that says 304  {}", self.probes)?;
        writeln!(f, "requests before they were due     {}", self.early)?;
        writeln!(f, "requests to a silenced host       {}", self.after_429)?;
        writeln!(f, "two at once to a host             {}", self.at_once)?;
        writeln!(f, "cookies and referrers             {}", self.cookies_and_referrers)?;
        writeln!(f, "shortest gap of a host            {}", gap(self.shortest_gap))?;
        writeln!(f, "median gap of a host              {}", gap(self.median_gap))?;
        let statuses = self.statuses.iter().map(|(status, count)| match status {
            0 => format!("reset: {count}"),
            _ => format!("{status}: {count}"),
        });
        writeln!(f, "answers                           {}", statuses.collect::<Vec<_>>().join(", "))
    }
}

fn in_words(gap: TimeDelta) -> String {
    match gap.num_seconds() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// What is known of one source from its answers.
#[derive(Default)]
struct Known {
    /// Where the last document came from, and what it was given as.
    validators: Option<(String, Option<String>, Option<String>)>,
    etags: BTreeSet<String>,
    dates: BTreeSet<String>,
    /// Nothing but 304 with the same validators since then.
    only_304_since: Option<DateTime<Utc>>,
    probed: Option<DateTime<Utc>>,
    /// Whether it ever gave a document, and the last one had no validators.
    is_bare: bool,
    /// What the last document itself says.
    ttl: Option<TimeDelta>,
    skips: Vec<u32>,
    failures: u32,
    gone_since: Option<DateTime<Utc>>,
    is_gone: bool,
    last: Option<DateTime<Utc>>,
    /// Not before then by the schedule, and not even by hand.
    due: Option<DateTime<Utc>>,
    due_by_hand: Option<DateTime<Utc>>,
    /// Where a redirect leads that was just given.
    leads_to: Option<String>,
}

#[derive(Default)]
struct Host {
    last: Option<DateTime<Utc>>,
    silent_until: Option<DateTime<Utc>>,
    silences: Vec<Span>,
    robots: Option<(DateTime<Utc>, u16)>,
    had_robots: bool,
    is_blocked: bool,
}

struct Judge<'a> {
    bases: &'a [String],
    sources: BTreeMap<usize, Known>,
    hosts: BTreeMap<usize, Host>,
    gaps: Vec<TimeDelta>,
    verdict: Verdict,
}

/// Judges a log; `bases` are the addresses of the hosts, `end` when the season was over. `offline` are
/// times at which our own machine was off.
pub(crate) fn judge(
    log: &[Logged],
    bases: &[String],
    sources: usize,
    (begin, end): (DateTime<Utc>, DateTime<Utc>),
    offline: &[Span],
) -> Verdict {
    let mut judge = Judge {
        bases,
        sources: BTreeMap::new(),
        hosts: BTreeMap::new(),
        gaps: Vec::new(),
        verdict: Verdict::default(),
    };
    let mut asked: BTreeMap<usize, Vec<DateTime<Utc>>> = BTreeMap::new();
    for logged in log {
        judge.request(logged);
        if let Some(number) = number_of(&logged.path) {
            asked.entry(number).or_default().push(logged.at);
        }
    }
    for number in 0..sources {
        let asked = asked.get(&number).map(Vec::as_slice).unwrap_or_default();
        judge.starved(number, asked, (begin, end), offline);
    }
    judge.gaps.sort_unstable();
    judge.verdict.table.shortest_gap = judge.gaps.first().copied();
    judge.verdict.table.median_gap = judge.gaps.get(judge.gaps.len() / 2).copied();
    judge.verdict
}

fn number_of(path: &str) -> Option<usize> {
    path.strip_prefix("/s")?.split('/').next()?.parse().ok()
}

fn kind_of(number: usize) -> Kind {
    KINDS[number % KINDS.len()]
}

/// The interval of its own that feeds.toml gives a source.
fn own_interval(number: usize) -> Option<TimeDelta> {
    match kind_of(number) {
        Kind::BareOften => Some(TimeDelta::hours(6)),
        Kind::Quick => Some(TimeDelta::hours(2)),
        Kind::Slow => Some(TimeDelta::hours(12)),
        _ => None,
    }
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S GMT").ok().map(|date| date.and_utc())
}

/// What is between two marks, where it is there.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

impl Judge<'_> {
    fn breach(&mut self, logged: &Logged, what: &str) {
        let text = format!(
            "{} host {} {}: {what}; sent {:?} {:?}; answered {}",
            logged.at.format("%m-%d %H:%M:%S"),
            logged.host,
            logged.path,
            logged.headers.get("if-none-match"),
            logged.headers.get("if-modified-since"),
            logged.given.status,
        );
        self.verdict.breaches.push(text);
    }

    fn request(&mut self, logged: &Logged) {
        let table = &mut self.verdict.table;
        table.requests += 1;
        *table.statuses.entry(logged.given.status).or_default() += 1;
        let has = |name: &str| logged.headers.contains_key(name);
        if ["cookie", "referer", "authorization", "a-im"].into_iter().any(has) {
            table.cookies_and_referrers += 1;
            self.breach(logged, "a header that nobody asked for");
        }
        self.of_host(logged);
        match number_of(&logged.path) {
            None => self.of_robots(logged),
            Some(number) => self.of_source(number, logged),
        }
        self.silence(logged);
    }

    fn of_host(&mut self, logged: &Logged) {
        if logged.overlaps {
            self.verdict.table.at_once += 1;
            self.breach(logged, "two requests at once");
        }
        let host = self.hosts.entry(logged.host).or_default();
        let (last, silent_until) = (host.last.replace(logged.at), host.silent_until);
        if let Some(last) = last {
            let gap = logged.at - last;
            self.gaps.push(gap);
            if gap < GAP {
                self.breach(logged, "sooner than the gap");
            }
        }
        if silent_until.is_some_and(|until| logged.at < until) {
            self.verdict.table.after_429 += 1;
            self.breach(logged, "the host had asked for silence");
        }
    }

    fn of_robots(&mut self, logged: &Logged) {
        let host = self.hosts.entry(logged.host).or_default();
        let before = host.robots.replace((logged.at, logged.given.status));
        let status = logged.given.status;
        host.had_robots |= status < 500;
        host.is_blocked = status >= 500 && !host.had_robots;
        let kept = |status: u16| if status < 500 { DAY } else { TimeDelta::hours(1) };
        if before.is_some_and(|(at, status)| logged.at - at < kept(status)) {
            self.breach(logged, "robots.txt was known");
        }
    }

    /// What a page needs before it is read.
    fn of_page(&mut self, number: usize, logged: &Logged) {
        let host = self.hosts.entry(logged.host).or_default();
        let is_known = host.robots.is_some_and(|(at, _)| logged.at - at < DAY);
        let (is_blocked, status) = (host.is_blocked, host.robots.map(|(_, status)| status));
        if !is_known || is_blocked {
            self.breach(logged, "a page of which robots.txt does not say that it may be read");
        } else if kind_of(number) == Kind::Forbidden && status == Some(200) {
            self.breach(logged, "robots.txt forbids it");
        }
        if status == Some(200) && self.gaps.last().is_some_and(|gap| *gap < TimeDelta::seconds(3)) {
            self.breach(logged, "sooner than Crawl-delay");
        }
    }

    fn of_source(&mut self, number: usize, logged: &Logged) {
        if matches!(kind_of(number), Kind::Page | Kind::Forbidden) {
            self.of_page(number, logged);
        }
        let url = format!("{}{}", self.bases[logged.host], logged.path);
        let known = self.sources.entry(number).or_default();
        let wrongs = [
            known.when(number, logged, &url, &mut self.verdict.table),
            known.with_what(logged, &url, &mut self.verdict.table),
        ];
        known.learn(number, logged, &url, self.bases);
        for wrong in wrongs.into_iter().flatten() {
            self.breach(logged, &wrong);
        }
    }

    /// 429 and 503: the whole host is left alone, for the time that they name, else for four hours.
    fn silence(&mut self, logged: &Logged) {
        if matches!(logged.given.status, 429 | 503) {
            let until = retry_after(logged).unwrap_or(logged.at + UNNAMED_SILENCE);
            let host = self.hosts.entry(logged.host).or_default();
            host.silent_until = host.silent_until.max(Some(until));
            host.silences.push((logged.at, until));
        }
    }

    fn starved(
        &mut self,
        number: usize,
        asked: &[DateTime<Utc>],
        (begin, end): (DateTime<Utc>, DateTime<Utc>),
        offline: &[Span],
    ) {
        let kind = kind_of(number);
        let home = number / OF_A_HOST;
        // Pages are asked for where robots.txt lets them be.
        let is_blocked = self.hosts.get(&home).is_none_or(|host| host.is_blocked);
        if kind == Kind::Forbidden || kind == Kind::Page && is_blocked {
            return;
        }
        let mut excused = offline.to_vec();
        let other = if kind == Kind::Elsewhere { (home + 1) % self.bases.len() } else { home };
        for host in [home, other] {
            excused.extend(self.hosts.get(&host).iter().flat_map(|host| &host.silences));
        }
        excused.sort_unstable();
        let is_gone = self.sources.get(&number).is_some_and(|known| known.is_gone);
        let mut last = begin;
        for at in asked.iter().copied().chain((!is_gone).then_some(end)) {
            let mut alone = TimeDelta::zero();
            for (from, to) in &excused {
                if *from >= at || *to <= last {
                    continue;
                }
                alone += (*from - last).max(TimeDelta::zero());
                last = last.max(*to);
            }
            alone += (at - last).max(TimeDelta::zero());
            if alone > STARVED {
                self.verdict.breaches.push(format!(
                    "s{number} ({kind:?}) was left alone for {} hours before {at} without having asked for it",
                    alone.num_hours()
                ));
            }
            last = at;
        }
    }
}

/// Until when a 429 or 503 wants silence, where it says so in a way that means something.
fn retry_after(logged: &Logged) -> Option<DateTime<Utc>> {
    if !matches!(logged.given.status, 429 | 503) {
        return None;
    }
    let value = logged.given.header("Retry-After")?;
    let until = match value.parse::<i64>() {
        Ok(seconds) => logged.at + TimeDelta::seconds(seconds),
        Err(_) => date(value)?,
    };
    (until > logged.at).then_some(until.min(logged.at + TimeDelta::days(30)))
}

/// Until when an answer says that it stays fresh, a day at most.
fn fresh_until(given: &Given, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(control) = given.header("Cache-Control") {
        if control.contains("no-cache") || control.contains("no-store") {
            return None;
        }
        let seconds: i64 = control.split("max-age=").nth(1)?.split(',').next()?.parse().ok()?;
        let age: i64 = given.header("Age").and_then(|age| age.parse().ok()).unwrap_or(0);
        return Some(at + TimeDelta::seconds(seconds - age).min(DAY));
    }
    Some(date(given.header("Expires")?)?.min(at + DAY))
}

impl Known {
    /// Whether it was time.
    fn when(
        &mut self,
        number: usize,
        logged: &Logged,
        url: &str,
        table: &mut Table,
    ) -> Option<String> {
        if !logged.path.ends_with("/feed") {
            return match self.leads_to.take() {
                Some(target) if target == url => None,
                _ => Some("nothing had led there".to_owned()),
            };
        }
        self.leads_to = None;
        if self.is_gone {
            table.early += 1;
            return Some("it was gone for good".to_owned());
        }
        let due = if logged.is_by_hand { self.due_by_hand } else { self.due };
        if let Some(due) = due.filter(|due| logged.at < *due) {
            table.early += 1;
            return Some(format!("{:?} was not due before {due}", kind_of(number)));
        }
        if !logged.is_by_hand && self.skips.contains(&logged.at.hour()) {
            table.early += 1;
            return Some("the document skips this hour".to_owned());
        }
        None
    }

    /// Whether it carried what it should.
    fn with_what(&mut self, logged: &Logged, url: &str, table: &mut Table) -> Option<String> {
        let etag = logged.headers.get("if-none-match");
        let date = logged.headers.get("if-modified-since");
        let current = self.validators.as_ref().filter(|(given_by, ..)| given_by == url);
        if etag.is_none() && date.is_none() {
            current?;
            let long = TimeDelta::days(8);
            let is_long_ago =
                |time: Option<DateTime<Utc>>| time.is_some_and(|time| logged.at - time >= long);
            if is_long_ago(self.only_304_since)
                && (self.probed.is_none() || is_long_ago(self.probed))
            {
                self.probed = Some(logged.at);
                table.probes += 1;
                return None;
            }
            table.unconditional_needlessly += 1;
            return Some("unconditional, though validators were given".to_owned());
        }
        table.conditional += 1;
        let is_made_up = etag.is_some_and(|etag| !self.etags.contains(etag))
            || date.is_some_and(|date| !self.dates.contains(date))
            || current.is_none();
        if is_made_up {
            table.made_up += 1;
            return Some(format!("made-up validators; known: {current:?}"));
        }
        if current.is_some_and(|(_, known, dated)| (known.as_ref(), dated.as_ref()) != (etag, date))
        {
            table.out_of_sequence += 1;
            return Some(format!("out-of-sequence validators; the last were {current:?}"));
        }
        table.good += 1;
        None
    }

    /// What the answer says about the next request.
    fn learn(&mut self, number: usize, logged: &Logged, url: &str, bases: &[String]) {
        let (given, at) = (&logged.given, logged.at);
        let is_conditional = ["if-none-match", "if-modified-since"]
            .iter()
            .any(|name| logged.headers.contains_key(*name));
        self.last = Some(at);
        let own = own_interval(number);
        let pace = own.unwrap_or(BUSIEST).max(MIN_INTERVAL);
        let soonest = at + MIN_INTERVAL;
        let is_good = given.is_usable || given.status == 304 && is_conditional;
        if is_good {
            self.take_validators(given, url, at);
            self.failures = 0;
            self.gone_since = None;
            if given.is_usable {
                self.read(&given.body);
            }
        }
        let floor = if self.is_bare && own.is_none() { DAY } else { TimeDelta::zero() };
        let normal = pace.max(floor).max(self.ttl.unwrap_or_default().min(DAY));
        let (wait, by_hand) = match given.status {
            _ if is_good => {
                let fresh = fresh_until(given, at).unwrap_or(at);
                (normal.max(fresh - at), soonest.max(fresh))
            }
            // No answer at all may be our own network.
            0 => (MIN_INTERVAL, soonest),
            200 if given.hangs => (MIN_INTERVAL, soonest),
            301 | 302 | 307 | 308 => {
                let target = given.header("Location").unwrap_or_default();
                let here = bases[logged.host].as_str();
                let is_whole = target.starts_with("http");
                self.leads_to =
                    Some(if is_whole { target.to_owned() } else { format!("{here}{target}") });
                (MIN_INTERVAL, soonest)
            }
            status => {
                self.failures += 1;
                let first = match status {
                    401 | 403 | 429 | 503 => TimeDelta::hours(4),
                    410 => DAY,
                    _ => pace,
                };
                let doubled = first * (1 << self.failures.saturating_sub(1).min(10));
                if status == 410 {
                    let since = *self.gone_since.get_or_insert(at);
                    self.is_gone = at - since >= DAY;
                }
                (doubled.min(DAY).max(normal), soonest)
            }
        };
        let silence = retry_after(logged);
        self.due = Some(at + wait).max(silence);
        self.due_by_hand = Some(by_hand).max(silence);
    }

    fn take_validators(&mut self, given: &Given, url: &str, at: DateTime<Utc>) {
        let (etag, date) = (given.header("ETag"), given.header("Last-Modified"));
        let (etag, date) = (etag.map(str::to_owned), date.map(str::to_owned));
        self.etags.extend(etag.clone());
        self.dates.extend(date.clone());
        let before = self.validators.take();
        self.validators = match (&before, given.status) {
            // What a 304 leaves out stays.
            (Some((_, old_etag, old_date)), 304) => Some((
                url.to_owned(),
                etag.or_else(|| old_etag.clone()),
                date.or_else(|| old_date.clone()),
            )),
            _ if etag.is_none() && date.is_none() => None,
            _ => Some((url.to_owned(), etag, date)),
        };
        self.is_bare = self.validators.is_none();
        if given.status == 304 && before == self.validators {
            self.only_304_since.get_or_insert(at);
        } else {
            self.only_304_since = None;
        }
    }

    /// What a document says about when to ask for it.
    fn read(&mut self, body: &str) {
        let minutes = between(body, "<ttl>", "</ttl>").and_then(|ttl| ttl.parse().ok());
        self.ttl = minutes.map(TimeDelta::minutes);
        if body.contains("<sy:updatePeriod>daily</sy:updatePeriod>") {
            self.ttl = Some(DAY);
        }
        let skipped = between(body, "<skipHours>", "</skipHours>").unwrap_or_default();
        let hours = skipped.split("<hour>").filter_map(|hour| hour.split('<').next()?.parse().ok());
        self.skips = hours.collect();
    }
}
