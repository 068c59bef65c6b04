//! Asking for the page of an article, and reading what came.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;

use super::barrier::{BARRIER, elsewhere, is_barrier};
use crate::fetch::{FetchError, Fetched, Named, Request, Trail};
use crate::model::{CleanArticle, Location, Source, Validators, defect};
use crate::poll::ask::{Surroundings, WITHHELD};
use crate::{clean, read};

/// Said of a page that answered 404.
const NOT_FOUND: &str = "its page answered 404 (not found); tell the partner if many links are so";

/// Said of a page that answered 410.
const GONE: &str = "its page answered 410 (gone): the partner has withdrawn it";

/// How reading an article ended.
#[derive(Debug, Clone)]
pub enum Reading {
    /// It was read; its page came with these validators.
    Read(Arc<CleanArticle>, Option<Validators>),
    /// Its page is what it was when it was read last; these validators hold from now on.
    Unchanged(Validators),
    /// It was not, and may be another time.
    Failed(String),
    /// There was no answer: its host is left alone for the rest of the round.
    Unanswered(String),
    /// It is not for us, and no more today than in an hour.
    Refused(String),
    /// Its page is gone, or asks not to be shown elsewhere.
    Withdrawn(String),
    /// It was not asked for, which was no try: its host does not answer, or wants silence until then.
    PutOff(Option<DateTime<Utc>>),
    /// Nothing can be asked for: our own machine has nothing left.
    Exhausted(String),
}

/// The page of an article that is asked for.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it is.
    pub url: Url,
    /// What the source calls the article, where only one item has this page.
    pub title: Option<String>,
    /// The source that links to it.
    pub source: Arc<Source>,
    /// What it came with when it was read last.
    pub validators: Option<Validators>,
}

/// Asks for an article's page and reads it; who holds the trail knows what was sent.
pub async fn ask_article(page: Page, trail: &Trail, surroundings: &Surroundings) -> Reading {
    let Page { url, title, source, validators } = page;
    let is_at_home = source.is_at(&url);
    if is_at_home && !source.missing.is_empty() {
        return Reading::PutOff(None);
    }
    let headers = if is_at_home { source.headers.clone() } else { Vec::new() };
    let of = match &source.location {
        Location::Web(url) => Some(url.clone()),
        Location::File(_) => source.site.clone(),
    };
    let request = Request {
        url,
        named: Named::ByDocument { of },
        validators,
        headers,
        timeout: source.timeout.unwrap_or(surroundings.timeout),
        max_body: source.max_body.unwrap_or(surroundings.max_body),
        obeys_robots: true,
    };
    match surroundings.client.noting(trail).get(&request).await {
        Err(error) if error.is_ours => Reading::Exhausted(error.message),
        Err(error) if error.is_robots_unread => Reading::PutOff(None),
        Err(error) if error.is_disallowed => Reading::Refused(error.message),
        Err(error) if error.is_unasked => Reading::PutOff(error.silent_until),
        Err(error) if error.is_unreachable => Reading::Unanswered(error.message),
        // Whether such a page comes back is not for us to try.
        Err(FetchError { status: Some(404), .. }) => Reading::Withdrawn(NOT_FOUND.to_owned()),
        Err(FetchError { status: Some(410), .. }) => Reading::Withdrawn(GONE.to_owned()),
        Err(FetchError { status: Some(401 | 403), message, .. }) => Reading::Refused(message),
        Err(error) => Reading::Failed(error.message),
        Ok(
            Fetched::NotModified { is_withheld: true, .. }
            | Fetched::Body { is_withheld: true, .. },
        ) => Reading::Withdrawn(WITHHELD.to_owned()),
        Ok(Fetched::NotModified { validators, .. }) => Reading::Unchanged(validators),
        Ok(Fetched::Body { final_url, .. })
            if let Some(elsewhere) = elsewhere(&request.url, &final_url) =>
        {
            Reading::Failed(elsewhere.to_owned())
        }
        Ok(Fetched::Body { bytes, content_type, final_url, validators, .. }) => {
            let reading = surroundings.desks.read(move || {
                read_article(&source, title.as_deref(), &bytes, content_type.as_deref(), &final_url)
            });
            match reading.await {
                Some(Ok(article)) => Reading::Read(Arc::new(article), validators),
                Some(Err(Unread::Failed(error))) => Reading::Failed(error),
                Some(Err(Unread::Refused(why))) => Reading::Refused(why),
                Some(Err(Unread::Withheld)) => Reading::Withdrawn(WITHHELD.to_owned()),
                None => Reading::Failed(defect("reading it", "its address")),
            }
        }
    }
}

/// Why nothing was read from a page that came.
enum Unread {
    Failed(String),
    Refused(String),
    Withheld,
}

fn read_article(
    source: &Source,
    title: Option<&str>,
    bytes: &[u8],
    content_type: Option<&str>,
    final_url: &Url,
) -> std::result::Result<CleanArticle, Unread> {
    let input = read::Input { bytes, content_type, base: final_url, zone: source.timezone };
    if read::is_withheld(&input) {
        return Err(Unread::Withheld);
    }
    let known = read::Known { title };
    let raw =
        read::article(&input, source.select.as_ref(), known).map_err(|error| match error {
            error if error.is_final() => Unread::Refused(error.of_document()),
            read::ReadError::NoArticle { .. } => Unread::Failed(error.to_string()),
            error => Unread::Failed(error.of_document()),
        })?;
    let article = clean::article(raw);
    match title {
        Some(title) if is_barrier(title, bytes, &article) => {
            Err(Unread::Failed(BARRIER.to_owned()))
        }
        _ => Ok(article),
    }
}
