//! What the headers of an answer say: validators, how long it stays fresh, when to come back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{self, HeaderMap, HeaderName};
use url::Url;

use super::crawl::NAME;
use crate::model::Validators;

/// Longest validator that is stored.
const LONGEST_VALIDATOR: usize = 1024;

/// Longest Retry-After that is honoured (also in `schedule`).
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a server asks for about the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// The answer stays fresh until then (Cache-Control: max-age, else Expires).
    pub fresh_until: Option<DateTime<Utc>>,
    /// Nothing is to be asked before then (Retry-After).
    pub retry_after: Option<DateTime<Utc>>,
}

/// Reads the demands of an answer that came at `now`.
pub fn demand(headers: &HeaderMap, now: DateTime<Utc>) -> Demand {
    Demand { fresh_until: fresh_until(headers, now), retry_after: retry_after(headers, now) }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Longest time that a header is taken to name; what it is capped at elsewhere is less.
const LONGEST_TIME: u64 = 100 * 365 * 24 * 60 * 60;

/// Seconds of a header; a number that is too large counts as the largest (RFC 9111, section 1.2.2).
fn seconds(value: &str) -> Option<u64> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().unwrap_or(u64::MAX).min(LONGEST_TIME))
}

fn later(now: DateTime<Utc>, seconds: u64) -> Option<DateTime<Utc>> {
    now.checked_add_signed(TimeDelta::try_seconds(i64::try_from(seconds).ok()?)?)
}

/// Cache-Control: max-age less Age, else Expires less Date (RFC 9111, section 4.2.1).
fn fresh_until(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut max_age = None;
    for value in headers.get_all(header::CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-cache" | "no-store" => return None,
                "max-age" => max_age = seconds(argument.trim().trim_matches('"')),
                _ => {}
            }
        }
    }
    if let Some(max_age) = max_age {
        let age = text(headers, header::AGE).and_then(seconds).unwrap_or(0);
        return later(now, max_age.saturating_sub(age)).filter(|until| *until > now);
    }
    let date = |name| text(headers, name).and_then(|value| httpdate::parse_http_date(value).ok());
    let expires: DateTime<Utc> = date(header::EXPIRES)?.into();
    let answered: DateTime<Utc> = date(header::DATE).map_or(now, Into::into);
    let lifetime = u64::try_from((expires - answered).num_seconds()).ok()?;
    later(now, lifetime).filter(|until| *until > now)
}

/// Retry-After in seconds or as a date; what lies in the past or is nonsense counts as absent.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let value = text(headers, header::RETRY_AFTER)?;
    let until = match seconds(value) {
        Some(seconds) => later(now, seconds.min(LONGEST_RETRY_AFTER.as_secs()))?,
        None => httpdate::parse_http_date(value).ok()?.into(),
    };
    let latest = later(now, LONGEST_RETRY_AFTER.as_secs())?;
    (until > now).then_some(until.min(latest))
}

/// The validators of an answer, byte for byte; none where it gives none.
pub(super) fn validators(headers: &HeaderMap, final_url: &str) -> Option<Validators> {
    let value = |name| {
        let bytes = headers.get(name)?.as_bytes();
        (!bytes.is_empty() && bytes.len() <= LONGEST_VALIDATOR).then(|| bytes.to_vec())
    };
    let found = Validators {
        final_url: final_url.to_owned(),
        etag: value(header::ETAG),
        last_modified: value(header::LAST_MODIFIED),
    };
    (found.etag.is_some() || found.last_modified.is_some()).then_some(found)
}

/// Whether an answer asks all robots, or us, not to index or keep what it brings (X-Robots-Tag).
pub(super) fn is_withheld(headers: &HeaderMap) -> bool {
    headers.get_all("x-robots-tag").iter().any(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        // "robot: directive, directive"; a directive may have a value, which tells the two apart.
        let (robot, directives) = match text.split_once(':') {
            Some((robot, rest)) if !robot.contains(',') && !has_value(robot) => (robot, rest),
            _ => ("", &*text),
        };
        let is_for_us = robot.trim().is_empty() || robot.trim().eq_ignore_ascii_case(NAME);
        is_for_us && directives.split(',').any(withholds)
    })
}

/// Directives that are followed by a colon and a value.
fn has_value(directive: &str) -> bool {
    let name = directive.trim().to_ascii_lowercase();
    name.starts_with("max-") || name == "unavailable_after"
}

/// Whether a directive says that a page is not to be shown elsewhere.
fn withholds(directive: &str) -> bool {
    let directive = directive.trim();
    ["noindex", "noarchive", "none"].iter().any(|known| directive.eq_ignore_ascii_case(known))
}

/// Where the body of an answer from `url` lives, if it says so; only the web counts.
pub(super) fn content_location(headers: &HeaderMap, url: &Url) -> Option<Url> {
    let found = url.join(text(headers, header::CONTENT_LOCATION)?).ok()?;
    let is_web = matches!(found.scheme(), "http" | "https") && found.has_host();
    (is_web && found.username().is_empty() && found.password().is_none()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::{Demand, content_location, demand, is_withheld, validators};
    use chrono::{DateTime, TimeZone, Utc};
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use url::Url;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    fn seconds(pairs: &[(&'static str, &str)]) -> (Option<i64>, Option<i64>) {
        let Demand { fresh_until, retry_after } = demand(&headers(pairs), noon());
        let until = |time: Option<DateTime<Utc>>| time.map(|time| (time - noon()).num_seconds());
        (until(fresh_until), until(retry_after))
    }

    #[test]
    fn p22_freshness_is_read_as_rfc_9111_says() {
        let expires = ("expires", "Mon, 02 Nov 2026 13:00:00 GMT");
        for (pairs, expected) in [
            (vec![("cache-control", "public, max-age=43200")], Some(43200)),
            (vec![("cache-control", "MAX-AGE=\"60\"")], Some(60)),
            (vec![("cache-control", "max-age=43200"), ("age", "43000")], Some(200)),
            (vec![("cache-control", "max-age=60"), ("age", "90")], None),
            (vec![expires], Some(3600)),
            (vec![expires, ("date", "Mon, 02 Nov 2026 12:30:00 GMT")], Some(1800)),
            (vec![("cache-control", "max-age=60"), expires], Some(60)),
            // Not "at once" but our own interval.
            (vec![("cache-control", "no-cache, max-age=60")], None),
            (vec![("cache-control", "no-store")], None),
            (vec![("cache-control", "max-age=0")], None),
            (vec![("cache-control", "max-age=-5")], None),
            (vec![("cache-control", "max-age=99999999999999999999")], Some(3_153_600_000)),
            (vec![("expires", "0")], None),
        ] {
            assert_eq!(seconds(&pairs).0, expected, "{pairs:?}");
        }
    }

    #[test]
    fn p31_p33_retry_after_is_seconds_or_a_date_and_capped() {
        for (value, expected) in [
            ("3600", Some(3600)),
            ("Mon, 02 Nov 2026 14:00:00 GMT", Some(7200)),
            ("99999999", Some(30 * 24 * 3600)),
            ("Fri, 01 Jan 2100 00:00:00 GMT", Some(30 * 24 * 3600)),
            // Past, garbage, negative: as if absent.
            ("Mon, 02 Nov 2026 11:00:00 GMT", None),
            ("soon", None),
            ("-5", None),
            ("0", None),
        ] {
            assert_eq!(seconds(&[("retry-after", value)]).1, expected, "{value}");
        }
    }

    #[test]
    fn p7_p8_validators_are_opaque_bytes() {
        let found =
            validators(&headers(&[("etag", "W/\"odd \u{e9}")]), "https://a.example/").unwrap();
        assert_eq!(found.etag.as_deref(), Some("W/\"odd \u{e9}".as_bytes()));
        assert_eq!(found.last_modified, None);
        assert_eq!(validators(&headers(&[("date", "x")]), "https://a.example/"), None);
    }

    #[test]
    fn a_body_lives_on_the_web_or_where_it_was_got() {
        let url = Url::parse("https://a.example/feed/?x=1").unwrap();
        for (written, expected) in [
            ("/en/feed.xml", Some("https://a.example/en/feed.xml")),
            ("https://b.example/feed", Some("https://b.example/feed")),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("https://user:pass@a.example/", None),
            ("https://", None),
        ] {
            let found = content_location(&headers(&[("content-location", written)]), &url);
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{written}");
        }
        assert_eq!(content_location(&headers(&[("date", "x")]), &url), None);
    }

    #[test]
    fn p48_x_robots_tag_is_for_all_or_for_one() {
        for (value, expected) in [
            ("noindex", true),
            ("nofollow, NoArchive", true),
            ("none", true),
            ("samizdat: noindex, nofollow", true),
            ("googlebot: noindex", false),
            ("index, follow", false),
            ("max-image-preview: none", false),
            ("max-snippet: 5, noindex", true),
            ("unavailable_after: 25 Jun 2030 15:00:00 GMT", false),
        ] {
            assert_eq!(is_withheld(&headers(&[("x-robots-tag", value)])), expected, "{value}");
        }
    }

    #[test]
    fn h19_a_huge_validator_is_not_stored() {
        let huge = "x".repeat(5000);
        assert_eq!(validators(&headers(&[("etag", &huge)]), "https://a.example/"), None);
    }
}
