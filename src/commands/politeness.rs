//! `status --politeness`: how the operators of partners' servers would rate us, from the poll records.
//!
//! Only what the records still hold is counted.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CommandError, Hold, time};
use crate::config::Config;
use crate::model::{PollRecord, Sent};

/// Poll records that are read of each source: all that are kept.
const RECORDS: usize = 50;

/// Our score. Serialises to the object of `status --politeness --json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When the first request was sent that is counted.
    pub since: Option<String>,
    /// Requests that were sent, redirects and robots.txt among them.
    pub requests: u64,
    /// Those that carried validators.
    pub conditional: u64,
    /// Those that carried what the server gave last.
    pub good: u64,
    /// Those that carried what it gave earlier.
    pub out_of_sequence: u64,
    /// Those that carried what it never gave.
    pub made_up: u64,
    /// Those of which the records do not go back far enough to tell.
    pub unknown: u64,
    /// Shortest time between two requests to one host, in seconds.
    pub shortest_gap: Option<i64>,
    /// The time between two requests to one host that is as often longer as shorter, in seconds.
    pub median_gap: Option<i64>,
    /// Requests to a host that had answered 429 or 503 and wanted silence.
    pub after_429: u64,
}

/// Counts.
///
/// # Errors
/// Where the store cannot be read.
pub fn run(hold: &Hold, config: &Config) -> Result<Report, CommandError> {
    let store = hold.store.reading();
    let mut report = Report::default();
    let mut by_host: BTreeMap<String, Vec<Sent>> = BTreeMap::new();
    for source in &config.sources {
        let mut polls = store.polls(&source.id, RECORDS)?;
        polls.reverse();
        rate(&polls, &mut report);
        for sent in
            polls.into_iter().flat_map(|poll| poll.requests.into_iter().chain(poll.articles))
        {
            by_host.entry(sent.host.clone()).or_default().push(sent);
        }
    }
    report.since = by_host.values().flatten().map(|sent| sent.at).min().map(time);
    let mut gaps = Vec::new();
    for requests in by_host.values_mut() {
        requests.sort_by_key(|sent| sent.at);
        let mut silent_until: Option<DateTime<Utc>> = None;
        let mut last: Option<DateTime<Utc>> = None;
        for sent in requests {
            report.after_429 += u64::from(silent_until.is_some_and(|until| sent.at < until));
            gaps.extend(last.map(|last| (sent.at - last).num_seconds()));
            silent_until = silent_until.max(sent.silent_until);
            last = Some(sent.at);
        }
    }
    gaps.sort_unstable();
    report.shortest_gap = gaps.first().copied();
    report.median_gap = gaps.get(gaps.len() / 2).copied();
    Ok(report)
}

/// Rates the validators of one source's requests, the oldest record first.
fn rate(polls: &[PollRecord], report: &mut Report) {
    let mut current: Option<u64> = None;
    let mut earlier: HashSet<u64> = HashSet::new();
    // What was given before the first record is not known.
    let mut is_known = false;
    for poll in polls {
        for sent in &poll.requests {
            report.requests += 1;
            let Some(carried) = sent.carried else { continue };
            report.conditional += 1;
            if current == Some(carried) {
                report.good += 1;
            } else if earlier.contains(&carried) {
                report.out_of_sequence += 1;
            } else if is_known {
                report.made_up += 1;
            } else {
                report.unknown += 1;
            }
        }
        // Those for articles carry no validators.
        report.requests += poll.articles.len() as u64;
        if poll.error.is_none()
            && let Some(last) = poll.requests.last()
        {
            current = last.given;
            earlier.extend(current);
            is_known = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;
    use crate::model::Outcome;

    fn polls(sent: &[(Option<u64>, Option<u64>, bool)]) -> Vec<PollRecord> {
        let begin = Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap();
        let poll =
            |(hours, (carried, given, is_good)): (i64, &(Option<u64>, Option<u64>, bool))| {
                let at = begin + TimeDelta::hours(hours);
                let request = Sent {
                    at,
                    host: "a.example".into(),
                    status: Some(200),
                    carried: *carried,
                    given: *given,
                    silent_until: None,
                };
                PollRecord {
                    at,
                    outcome: if *is_good { Outcome::New } else { Outcome::Failed },
                    status: Some(200),
                    error: (!is_good).then(|| "cut".to_owned()),
                    new: 0,
                    updated: 0,
                    dropped: 0,
                    bytes: 0,
                    repairs: Vec::new(),
                    requests: vec![request],
                    articles: Vec::new(),
                }
            };
        (0..).zip(sent).map(poll).collect()
    }

    #[test]
    fn validators_are_rated_by_what_was_given_before() {
        for (sent, expected, why) in [
            (vec![(None, Some(1), true), (Some(1), Some(1), true)], [1, 0, 0, 0], "the last"),
            (
                vec![(None, Some(1), true), (Some(1), Some(2), true), (Some(1), None, true)],
                [1, 1, 0, 0],
                "the last but one",
            ),
            (vec![(None, Some(1), true), (Some(9), None, true)], [0, 0, 1, 0], "never given"),
            (
                vec![(None, Some(1), true), (Some(1), Some(2), false), (Some(1), None, true)],
                [2, 0, 0, 0],
                "what comes with a broken body does not count",
            ),
            (vec![(Some(1), Some(1), true), (Some(1), None, true)], [1, 0, 0, 1], "no beginning"),
        ] {
            let mut report = Report::default();
            rate(&polls(&sent), &mut report);
            let found = [report.good, report.out_of_sequence, report.made_up, report.unknown];
            assert_eq!(found, expected, "{why}");
        }
    }
}
