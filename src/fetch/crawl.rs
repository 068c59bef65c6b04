//! Before a page is read: what the robots.txt of its server says, asked once a day.

use chrono::TimeDelta;
use url::Url;

use super::client::Client;
use super::hosts::host_of;
use super::{FetchError, Fetched, Request, robots};
use crate::model::{Robots, RobotsRules};

/// The name that a robots.txt calls us by.
pub(super) const NAME: &str = "samizdat";

/// A robots.txt that was read is asked for again after this (RFC 9309 §2.4).
const KEPT: TimeDelta = TimeDelta::hours(24);

/// One that could not be read is asked for again after this.
const RETRIED: TimeDelta = TimeDelta::hours(1);

/// Most of an answer that is taken; only [`robots::MOST_BYTES`] of it are read.
const MOST_BODY: u64 = 8 * 1024 * 1024;

impl Client {
    /// What the robots.txt says that is in force for a page; asks for it where need be.
    ///
    /// # Errors
    /// Where the page may not be read, or the host may not be asked now.
    pub(super) async fn check_robots(
        &self,
        request: &Request,
        page: &Url,
    ) -> Result<RobotsRules, FetchError> {
        let host = host_of(page);
        let origin = page.origin().ascii_serialization();
        let _only_one_asks = self.hosts.robots_turn(&host).await;
        let now = self.clock.now();
        let known = self.hosts.robots(&host, &origin).filter(|robots| {
            let kept = if robots.is_answered { KEPT } else { RETRIED };
            robots.asked <= now && now - robots.asked < kept
        });
        let (robots, failure) = match known {
            Some(known) => (known, None),
            None => {
                let (asked, failure) = self.ask_robots(request, page).await?;
                self.hosts.note_robots(&host, &origin, asked.clone());
                (asked, failure)
            }
        };
        if robots::allows(&robots.rules, page) {
            return Ok(robots.rules);
        }
        let message = if robots.is_answered {
            format!(
                "blocked by robots: {origin}/robots.txt does not let samizdat read this page; ask the partner"
            )
        } else {
            let why = failure.as_ref().map(|error| format!(" ({})", error.message));
            format!(
                "{origin}/robots.txt could not be read{}, so no page there is read either; it is tried again within the hour",
                why.unwrap_or_default()
            )
        };
        Err(FetchError {
            is_disallowed: true,
            is_robots_unread: !robots.is_answered,
            is_unreachable: failure.is_some_and(|error| error.is_unreachable),
            ..FetchError::new(message)
        })
    }

    /// What a robots.txt says, or what that of before said and why it could not be read now.
    async fn ask_robots(
        &self,
        request: &Request,
        page: &Url,
    ) -> Result<(Robots, Option<FetchError>), FetchError> {
        let asking = Request {
            url: robots::address(page),
            named: request.named.clone(),
            validators: None,
            headers: Vec::new(),
            timeout: request.timeout,
            max_body: MOST_BODY,
            obeys_robots: false,
        };
        let answer = Box::pin(self.get(&asking)).await;
        let asked = self.clock.now();
        let mut failure = None;
        let rules = match answer {
            Ok(Fetched::Body { bytes, .. }) => {
                let most = usize::try_from(robots::MOST_BYTES).unwrap_or(usize::MAX);
                Some(robots::read(bytes.get(..most).unwrap_or(&bytes), NAME))
            }
            Ok(Fetched::NotModified { .. }) => None,
            Err(error) if error.is_unasked || error.is_ours => return Err(error),
            // The host wants silence; that is not a rule for its pages.
            Err(error) if matches!(error.status, Some(429 | 503)) => return Err(error),
            // There is none, so nothing is forbidden.
            Err(error) if error.status.is_some_and(|status| (400..500).contains(&status)) => {
                Some(RobotsRules::default())
            }
            Err(error) => {
                failure = Some(error);
                None
            }
        };
        let before = self.hosts.robots(&host_of(page), &page.origin().ascii_serialization());
        let robots = Robots {
            asked,
            is_answered: rules.is_some(),
            rules: rules
                .or_else(|| before.map(|before| before.rules))
                .unwrap_or_else(RobotsRules::nothing),
        };
        Ok((robots, failure))
    }
}
