//! Asking: fetch, read, clean.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::again::of_this_reading;
use super::document::{Body, Desks, Document};
use super::failure::Failure;
use crate::fetch::{Client, Demand, Fetched, Named, Request, Trail, host_of, read_file};
use crate::model::{
    CleanDocument, Kind, Location, Sent, Source, SourceState, Validators, defect, shown_url,
};
use crate::schedule::{self, Settings as Schedule};
use crate::store::SavedPage;
use crate::world::Clock;

/// A page that is larger is not kept for comparison.
const LARGEST_SAVED: usize = 1024 * 1024;

/// Said of a page whose server does not want it to be shown elsewhere.
pub const WITHHELD: &str = "the page asks not to be shown elsewhere (X-Robots-Tag or a robots meta element); ask the partner";

/// Sources that are answered by one request: they have the same url. The first one leads.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The sources; never empty.
    pub sources: Vec<Assigned>,
}

/// A source that is to be asked, with what is remembered of it.
#[derive(Debug, Clone)]
pub struct Assigned {
    /// The source.
    pub source: Arc<Source>,
    /// What is remembered of it; once leased, with the due time that holds if the process dies.
    pub state: SourceState,
    /// What was remembered before the lease; comes back where nothing is asked after all.
    pub before: SourceState,
    /// Its page as it was last, where that is to be read in another way now.
    pub saved: Option<Arc<SavedPage>>,
}

/// What asking needs.
#[derive(Clone)]
pub struct Surroundings {
    /// The HTTP client.
    pub client: Client,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Directory of feeds.toml.
    pub directory: Arc<PathBuf>,
    /// Whole-request timeout of sources that name none.
    pub timeout: Duration,
    /// Cap on decoded bytes of sources that name none.
    pub max_body: u64,
    /// The desks at which documents are read.
    pub desks: Desks,
}

/// The answer to one source.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The source, and what was remembered of it when it was asked.
    pub assigned: Assigned,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// Status code, where there was an answer over HTTP.
    pub status: Option<u16>,
    /// Decoded bytes.
    pub bytes: u64,
    /// Where redirects led that are all permanent.
    pub moved_to: Option<String>,
    /// The requests that were sent.
    pub requests: Vec<Sent>,
    /// What came.
    pub content: Result<Content, Failure>,
}

/// A good answer.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing changed: 304, or the same bytes again.
    Unchanged {
        /// What the next request carries.
        validators: Option<Validators>,
        /// What the server asks for.
        demand: Demand,
    },
    /// A document.
    Document {
        /// What was read.
        document: Arc<CleanDocument>,
        /// Hash of its bytes.
        hash: u128,
        /// What the next request carries.
        validators: Option<Validators>,
        /// What the server asks for.
        demand: Demand,
        /// The page itself, where it is one, so that maintainers can see what changes in it.
        page: Option<Arc<SavedPage>>,
    },
}

impl Assignment {
    /// The answers where asking failed inside the program, so that it leaves a record as well.
    pub fn broken(&self, at: DateTime<Utc>) -> Vec<Answered> {
        let failure = Failure::new(defect("polling it", "the url of the source"));
        self.answered(at, None, 0, |_| Err(failure.clone()))
    }

    /// The host that is asked, where one is.
    pub fn host(&self) -> Option<String> {
        let source = &self.sources.first()?.source;
        match &source.location {
            Location::Web(url) if source.missing.is_empty() => Some(host_of(url)),
            Location::Web(_) | Location::File(_) => None,
        }
    }

    /// Words for maintainers, without what the environment gave for any of the sources.
    fn without_secrets(&self, text: &str) -> String {
        let hide = |text: String, one: &Assigned| one.source.secrets.hidden_in(&text);
        self.sources.iter().fold(text.to_owned(), hide)
    }

    /// Where a redirect led, as it may be shown, and stored to be shown.
    fn target(&self, url: &str) -> String {
        self.without_secrets(&shown_url(url))
    }

    /// What relative links of the document are resolved against: nothing that is a secret of any of the
    /// sources.
    fn base_of(&self, found: &Url) -> Url {
        self.sources.iter().fold(found.clone(), |base, one| one.source.base_of(&base))
    }

    /// One answer for each source.
    fn answered(
        &self,
        at: DateTime<Utc>,
        status: Option<u16>,
        bytes: u64,
        content: impl Fn(&Assigned) -> Result<Content, Failure>,
    ) -> Vec<Answered> {
        let answered = |assigned: &Assigned| {
            let content = content(assigned);
            let assigned = assigned.clone();
            let requests = Vec::new();
            Answered { assigned, at, status, bytes, moved_to: None, requests, content }
        };
        self.sources.iter().map(answered).collect()
    }
}

/// What is remembered of a source once it is about to be asked: the due time that holds if the
/// process dies, and nothing of another url.
pub(super) fn leased(
    source: &Source,
    state: &SourceState,
    saved: Option<&SavedPage>,
    schedule: &Schedule,
    now: DateTime<Utc>,
    chance: f64,
) -> SourceState {
    let mut leased = of_this_reading(source, state, saved);
    if schedule::is_probe_due(&leased, now) {
        leased.habits.probed = Some(now);
    }
    leased.due = match source.location {
        Location::Web(_) => Some(schedule::leased_until(source, &leased, schedule, now, chance)),
        Location::File(_) => None,
    };
    leased.last_poll = Some(now);
    // Should the process die, it was not what we say that was in the way.
    leased.barred = None;
    leased
}

/// Asks for the document of an assignment, reads and cleans it, once for each of its sources. What
/// was sent is told of the first one; who holds the trail learns of it at once.
pub async fn ask(
    assignment: Assignment,
    trail: &Trail,
    surroundings: &Surroundings,
) -> Vec<Answered> {
    let client = surroundings.client.noting(trail);
    let told = assignment.clone();
    let mut answers = ask_of(assignment, &client, surroundings).await;
    if let Some(first) = answers.first_mut() {
        first.requests = trail.take();
    }
    for answered in &mut answers {
        if let Err(failure) = &mut answered.content {
            failure.message = told.without_secrets(&failure.message);
        }
    }
    answers
}

async fn ask_of(
    assignment: Assignment,
    client: &Client,
    surroundings: &Surroundings,
) -> Vec<Answered> {
    let Some(leader) = assignment.sources.first() else { return Vec::new() };
    // What stands in the place of a value is sent to nobody.
    if assignment.sources.iter().any(|one| !one.source.missing.is_empty()) {
        let at = surroundings.clock.now();
        let failure = |one: &Assigned| Failure::lacking(&one.source.missing);
        return assignment.answered(at, None, 0, |one| Err(failure(one)));
    }
    // The request is conditional where every source already has what the validators stand for.
    let validators = leader.state.validators.clone().filter(|validators| {
        let has_them = |assigned: &Assigned| assigned.state.validators.as_ref() == Some(validators);
        let is_probe = schedule::is_probing(&leader.state);
        assignment.sources.iter().all(has_them) && !is_probe
    });
    let leader = &leader.source;
    let max_body = leader.max_body.unwrap_or(surroundings.max_body);
    let fetched = match &leader.location {
        Location::Web(url) => {
            let request = Request {
                url: url.clone(),
                named: Named::ByUs,
                validators,
                headers: leader.headers.clone(),
                timeout: leader.timeout.unwrap_or(surroundings.timeout),
                max_body,
                obeys_robots: leader.kind == Kind::Page,
            };
            client.get(&request).await
        }
        Location::File(path) => read_file(&surroundings.directory, path, max_body),
    };
    let at = surroundings.clock.now();
    match fetched {
        Err(error) => {
            let failure = Failure {
                message: error.message,
                silent_until: error.silent_until,
                is_unasked: error.is_unasked,
                is_unreachable: error.is_unreachable,
                is_offline: false,
                is_ours: error.is_ours,
                is_barred: error.is_barred,
            };
            assignment.answered(at, error.status, 0, |_| Err(failure.clone()))
        }
        Ok(
            Fetched::NotModified { status, is_withheld: true, .. }
            | Fetched::Body { status, is_withheld: true, .. },
        ) if leader.kind == Kind::Page => {
            let failure = Failure::new(WITHHELD);
            assignment.answered(at, Some(status), 0, |_| Err(failure.clone()))
        }
        Ok(Fetched::NotModified { status, validators, demand, is_moved, .. }) => {
            let moved_to = is_moved.then(|| assignment.target(&validators.final_url));
            let again = read_again(&assignment, &surroundings.desks).await;
            let answers = assignment.answered(at, Some(status), 0, |assigned| {
                let validators = Some(validators.clone());
                match again.iter().find(|(_, reading)| reading.is_of(assigned)) {
                    Some((hash, read)) if assigned.state.body_hash.is_none() => {
                        let document = read.document()?;
                        Ok(Content::Document {
                            document,
                            hash: *hash,
                            validators,
                            demand,
                            page: None,
                        })
                    }
                    _ => Ok(Content::Unchanged { validators, demand }),
                }
            });
            found_at(answers, moved_to.as_deref())
        }
        Ok(Fetched::Body {
            status,
            bytes,
            content_type,
            final_url,
            content_location,
            validators,
            demand,
            is_moved,
            ..
        }) => {
            let moved_to = is_moved.then(|| assignment.target(final_url.as_str()));
            let length = bytes.len() as u64;
            let hash = xxh3_128(&bytes);
            let is_same = |assigned: &Assigned| assigned.state.body_hash == Some(hash);
            let page = (leader.kind == Kind::Page && bytes.len() <= LARGEST_SAVED).then(|| {
                Arc::new(SavedPage {
                    at,
                    final_url: assignment.base_of(&final_url).to_string(),
                    content_type: content_type.clone(),
                    bytes: bytes.clone(),
                })
            });
            // A log-in page is often at another host.
            let led_to = match &leader.location {
                Location::Web(url) if host_of(url) != host_of(&final_url) => {
                    Some(host_of(&final_url))
                }
                _ => None,
            };
            // Pages are read as browsers read them, which do not heed Content-Location.
            let base = assignment.base_of(&match leader.kind {
                Kind::Feed => content_location.unwrap_or(final_url),
                Kind::Page => final_url,
            });
            let body = Body { bytes: bytes.into(), content_type, base };
            let mut readings: Vec<Document> = Vec::new();
            for assigned in assignment.sources.iter().filter(|one| !is_same(one)) {
                if !readings.iter().any(|reading| reading.is_of(assigned)) {
                    let reading = Document::read(assigned, &body, &surroundings.desks).await;
                    readings.push(match &led_to {
                        Some(host) => reading.led_to(host),
                        None => reading,
                    });
                }
            }
            let status = (status != 0).then_some(status);
            let answers = assignment.answered(at, status, length, |assigned| {
                let validators = validators.clone();
                match readings.iter().find(|reading| reading.is_of(assigned)) {
                    Some(reading) if !is_same(assigned) => {
                        let (document, page) = (reading.document()?, page.clone());
                        Ok(Content::Document { document, hash, validators, demand, page })
                    }
                    _ => Ok(Content::Unchanged { validators, demand }),
                }
            });
            found_at(answers, moved_to.as_deref())
        }
    }
}

/// Reads the pages again that their server says are what they were, by selectors that have changed.
async fn read_again(assignment: &Assignment, desks: &Desks) -> Vec<(u128, Document)> {
    let mut readings: Vec<(u128, Document)> = Vec::new();
    for assigned in &assignment.sources {
        let Some(page) = &assigned.saved else { continue };
        let Ok(found) = Url::parse(&page.final_url) else { continue };
        let base = assignment.base_of(&found);
        if readings.iter().any(|(_, reading)| reading.is_of(assigned)) {
            continue;
        }
        let hash = xxh3_128(&page.bytes);
        let content_type = page.content_type.clone();
        let body = Body { bytes: page.bytes.clone().into(), content_type, base };
        readings.push((hash, Document::read(assigned, &body, desks).await));
    }
    readings
}

fn found_at(mut answers: Vec<Answered>, place: Option<&str>) -> Vec<Answered> {
    for answered in &mut answers {
        answered.moved_to = place.map(str::to_owned);
    }
    answers
}
