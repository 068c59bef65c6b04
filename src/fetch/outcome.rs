//! What an answer comes to: a document, a redirect, nothing new, or a failure in words for
//! maintainers.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Response;
use reqwest::header;
use url::Url;

use super::answer::{content_location, is_withheld, validators};
use super::trouble::innermost;
use super::{CHECK_URL, Demand, FetchError, Fetched};
use crate::model::Validators;

/// No silence is longer (see `answer`); rounded down, since the answer took its time.
const LONGEST_SILENCE: TimeDelta = TimeDelta::seconds(30 * 24 * 60 * 60 - 60);

/// What one hop came to.
#[expect(clippy::large_enum_variant, reason = "one for each request, and soon taken apart")]
pub(super) enum Step {
    Done(Result<Fetched, FetchError>),
    Redirect { to: Url, is_permanent: bool },
}

/// Where a redirect leads.
pub(super) fn redirect(answer: &Response, url: &Url) -> Step {
    let target = answer
        .headers()
        .get(header::LOCATION)
        .and_then(|location| std::str::from_utf8(location.as_bytes()).ok())
        .and_then(|location| url.join(location).ok());
    match target {
        Some(mut target) => {
            target.set_fragment(None);
            let is_permanent = matches!(answer.status().as_u16(), 301 | 308);
            Step::Redirect { to: target, is_permanent }
        }
        None => Step::Done(Err(FetchError {
            status: Some(answer.status().as_u16()),
            ..FetchError::new(format!(
                "answered {} (a redirect) without saying where to; tell the partner",
                answer.status().as_u16()
            ))
        })),
    }
}

/// 304: what the answer says replaces the stored validators, what it leaves out stays.
pub(super) fn not_modified(
    answer: &Response,
    sent: Option<&Validators>,
    asked: Demand,
    url: &Url,
) -> Result<Fetched, FetchError> {
    let Some(sent) = sent else {
        return Err(FetchError {
            status: Some(304),
            ..FetchError::new(
                "answered 304 (not modified) though nothing was asked about; the server is misconfigured",
            )
        });
    };
    let validators = kept(answer, sent, url);
    let is_withheld = is_withheld(answer.headers());
    Ok(Fetched::NotModified {
        status: 304,
        validators,
        demand: asked,
        is_moved: false,
        is_withheld,
    })
}

/// The validators that hold after a 304.
pub(super) fn kept(answer: &Response, sent: &Validators, url: &Url) -> Validators {
    let mut kept = sent.clone();
    if let Some(new) = validators(answer.headers(), url.as_str()) {
        kept.etag = new.etag.or(kept.etag);
        kept.last_modified = new.last_modified.or(kept.last_modified);
    }
    kept
}

/// Reads a body chunk by chunk, counting decoded bytes.
pub(super) async fn body(
    mut answer: Response,
    max_body: u64,
    asked: Demand,
    url: &Url,
) -> Result<Fetched, FetchError> {
    let status = answer.status().as_u16();
    let failed = |message: String| FetchError { status: Some(status), ..FetchError::new(message) };
    // RFC 9112 §6.3: somebody on the way may have read another body than we do. (A body that was
    // compressed has a length and a sum of its own.)
    if answer.version() <= reqwest::Version::HTTP_11
        && answer.headers().contains_key(header::TRANSFER_ENCODING)
        && answer.headers().contains_key(header::CONTENT_LENGTH)
    {
        return Err(failed(
            "answered with two lengths of one body (Content-Length and Transfer-Encoding); tell the partner"
                .into(),
        ));
    }
    // What is still encoded now is in a coding that the client does not know.
    if let Some(coding) = answer.headers().get(header::CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(failed(format!(
            "answered in the unknown coding {}; tell the partner",
            String::from_utf8_lossy(coding.as_bytes()).escape_debug()
        )));
    }
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(None) => break,
            Ok(Some(chunk)) => {
                if (bytes.len() as u64).saturating_add(chunk.len() as u64) > max_body {
                    return Err(failed(format!(
                        "the document is larger than max_body ({max_body} bytes); raise max_body if that is right"
                    )));
                }
                bytes.extend_from_slice(&chunk);
            }
            Err(error) => {
                return Err(FetchError {
                    status: Some(status),
                    ..FetchError::new(format!(
                        "the answer broke off or is garbled ({}); nothing of it was used; wait, and tell the partner if it stays",
                        innermost(&error)
                    ))
                });
            }
        }
    }
    let content_type = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Ok(Fetched::Body {
        status,
        bytes,
        content_type,
        validators: validators(answer.headers(), url.as_str()),
        final_url: url.clone(),
        content_location: content_location(answer.headers(), url),
        demand: asked,
        is_moved: false,
        is_withheld: is_withheld(answer.headers()),
    })
}

/// An answer that is neither a document nor a redirect.
pub(super) fn rejected(answer: &Response, asked: Demand, now: DateTime<Utc>) -> FetchError {
    let number = answer.status().as_u16();
    let message = match number {
        _ if is_challenge(answer) => "answered with a test whether a person is reading (a challenge of Cloudflare); ask the partner to let the feed through without one".into(),
        401 => "answered 401 (log-in required); ask the partner, or give this source `headers` that it accepts".into(),
        403 => "answered 403 (forbidden); the partner's server does not let us in: ask them".into(),
        404 => format!("answered 404 (not found); the feed may have moved: {CHECK_URL}"),
        410 => "answered 410 (gone); the feed is no longer there: remove the source or change its url".into(),
        429 => "answered 429 (too many requests); it is asked less often by itself; where that stays so, set a longer `interval`".into(),
        500..=599 => format!("answered {number} (an error of the partner's server); wait, and tell the partner if it stays"),
        _ => format!("answered {number}, which is not a document; {CHECK_URL}"),
    };
    let wait = asked.retry_after.map(|until| {
        let end = until.format("%Y-%m-%d %H:%M UTC");
        if until - now >= LONGEST_SILENCE {
            return format!(
                "; it asked for silence for 30 days or more, and is left alone until {end}"
            );
        }
        format!("; it asked for silence until {end}")
    });
    FetchError {
        status: Some(number),
        silent_until: asked.retry_after,
        ..FetchError::new(message + wait.as_deref().unwrap_or_default())
    }
}

/// Whether an answer is no document but a test that only browsers pass.
pub(super) fn is_challenge(answer: &Response) -> bool {
    answer.headers().get("cf-mitigated").is_some_and(|value| value.as_bytes() == b"challenge")
}
