//! Asking: fetch, read, clean.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::again::of_this_reading;
use crate::fetch::{Client, Demand, Fetched, Named, Request, Trail, host_of, read_file};
use crate::model::{
    CleanDocument, Kind, Location, Secrets, Sent, Source, SourceState, Validators, defect,
    shown_url,
};
use crate::schedule::{self, Settings as Schedule};
use crate::store::SavedPage;
use crate::world::Clock;
use crate::{clean, read};

/// A page that is larger is not kept for comparison.
const LARGEST_SAVED: usize = 1024 * 1024;

/// Said of a page whose server does not want it to be shown elsewhere.
pub(super) const WITHHELD: &str = "the page asks not to be shown elsewhere (X-Robots-Tag or a robots meta element); ask the partner";

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

/// Where documents are read: as many at once as there are cores. Reading takes many times the memory
/// of a document, and more at once would not be done sooner.
#[derive(Clone)]
pub struct Desks(Arc<Semaphore>);

impl Desks {
    /// One for each core.
    pub fn for_each_core() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Reads on a thread for such work. `None` where that panics.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _desk = self.0.acquire().await.ok()?;
        tokio::task::spawn_blocking(reading).await.ok()
    }
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

/// No good answer; nothing changes but the poll record.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What happened, and the remedy.
    pub message: String,
    /// Until when the server wants silence.
    pub silent_until: Option<DateTime<Utc>>,
    /// Whether nothing was asked at all: the host had asked for silence meanwhile, or did not answer
    /// another request.
    pub is_unasked: bool,
    /// Whether there was no answer at all.
    pub is_unreachable: bool,
    /// Whether no host at all answered, so that it is our network that is down.
    pub is_offline: bool,
    /// Whether it was our own machine that failed; the source is not to blame.
    pub is_ours: bool,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            silent_until: None,
            is_unasked: false,
            is_unreachable: false,
            is_offline: false,
            is_ours: false,
        }
    }
}

impl Assignment {
    /// The answers where asking failed inside the program, so that it leaves a record as well.
    pub fn broken(&self, at: DateTime<Utc>) -> Vec<Answered> {
        let failure = Failure::new(defect("polling it", "the url of the source"));
        self.answered(at, None, 0, |_| Err(failure.clone()))
    }

    /// The host that is asked, where one is.
    pub fn host(&self) -> Option<String> {
        match &self.sources.first()?.source.location {
            Location::Web(url) => Some(host_of(url)),
            Location::File(_) => None,
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
        content: impl Fn(&SourceState) -> Result<Content, Failure>,
    ) -> Vec<Answered> {
        let answered = |assigned: &Assigned| {
            let content = content(&assigned.state);
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
    leased.last_poll = Some(now);
    if schedule::is_probe_due(&leased, now) {
        leased.habits.probed = Some(now);
    }
    leased.due = match source.location {
        Location::Web(_) => Some(schedule::leased_until(source, &leased, schedule, now, chance)),
        Location::File(_) => None,
    };
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
            };
            assignment.answered(at, error.status, 0, |_| Err(failure.clone()))
        }
        Ok(Fetched::NotModified { status, validators, demand, is_moved }) => {
            let moved_to = is_moved.then(|| assignment.target(&validators.final_url));
            let again = read_again(&assignment, &surroundings.desks).await;
            let answers = assignment.answered(at, Some(status), 0, |state| {
                let validators = Some(validators.clone());
                match &again {
                    Some((hash, read)) if state.body_hash.is_none() => {
                        let document = Arc::clone(read.as_ref().map_err(Clone::clone)?);
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
            is_withheld,
        }) => {
            if is_withheld && leader.kind == Kind::Page {
                let failure = Failure::new(WITHHELD);
                return assignment.answered(at, Some(status), 0, |_| Err(failure.clone()));
            }
            let moved_to = is_moved.then(|| assignment.target(final_url.as_str()));
            let length = bytes.len() as u64;
            let hash = xxh3_128(&bytes);
            let is_same = |state: &SourceState| state.body_hash == Some(hash);
            let page = (leader.kind == Kind::Page && bytes.len() <= LARGEST_SAVED).then(|| {
                Arc::new(SavedPage {
                    at,
                    final_url: assignment.base_of(&final_url).to_string(),
                    content_type: content_type.clone(),
                    bytes: bytes.clone(),
                })
            });
            let document = if assignment.sources.iter().all(|one| is_same(&one.state)) {
                None
            } else {
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
                let desks = &surroundings.desks;
                let read = read_document(Arc::clone(leader), bytes, content_type, base, desks);
                Some(read.await.map_err(|failure| match led_to {
                    Some(host) => Failure {
                        message: format!("redirected to {host}: {}", failure.message),
                        ..failure
                    },
                    None => failure,
                }))
            };
            let status = (status != 0).then_some(status);
            let answers = assignment.answered(at, status, length, |state| {
                let validators = validators.clone();
                match &document {
                    Some(Ok(document)) if !is_same(state) => {
                        let document = Arc::clone(document);
                        let page = page.clone();
                        Ok(Content::Document { document, hash, validators, demand, page })
                    }
                    Some(Err(failure)) if !is_same(state) => Err(failure.clone()),
                    _ => Ok(Content::Unchanged { validators, demand }),
                }
            });
            found_at(answers, moved_to.as_deref())
        }
    }
}

/// Reads the page again that its server says is what it was, by selectors that have changed.
async fn read_again(
    assignment: &Assignment,
    desks: &Desks,
) -> Option<(u128, Result<Arc<CleanDocument>, Failure>)> {
    let (source, page) = assignment
        .sources
        .iter()
        .find_map(|assigned| Some((&assigned.source, assigned.saved.as_ref()?)))?;
    let base = assignment.base_of(&Url::parse(&page.final_url).ok()?);
    let (bytes, content_type) = (page.bytes.clone(), page.content_type.clone());
    let hash = xxh3_128(&bytes);
    Some((hash, read_document(Arc::clone(source), bytes, content_type, base, desks).await))
}

fn found_at(mut answers: Vec<Answered>, place: Option<&str>) -> Vec<Answered> {
    for answered in &mut answers {
        answered.moved_to = place.map(str::to_owned);
    }
    answers
}

/// Where the feed of a source can be looked for: at its site, else at the host of its url, unless that
/// may be a secret.
fn site_of(source: &Source) -> Option<String> {
    match (&source.site, &source.location) {
        (Some(site), _) => Some(site.to_string()),
        (None, Location::Web(url)) if !source.has_secrets => Some(url.join("/").ok()?.to_string()),
        _ => None,
    }
}

/// A document may name its own address, and files beside it, with what only we are to know. Such links
/// go, and in words something stands in their place; so it does in identities, which `explain` shows. An
/// item is also known by the one that it had.
fn keep_secrets(secrets: &Secrets, document: &mut CleanDocument) {
    let forget = |link: &mut Option<String>| {
        link.take_if(|link| secrets.are_in(link));
    };
    let hide = |words: &mut String| {
        if secrets.are_in(words) {
            *words = secrets.hidden_in(words);
        }
    };
    for link in [&mut document.site, &mut document.hub, &mut document.id] {
        forget(link);
    }
    document.title.iter_mut().chain(&mut document.rights).for_each(hide);
    for entry in &mut document.entries {
        let links =
            [&mut entry.guid, &mut entry.url, &mut entry.canonical_link, &mut entry.claimed_link];
        links.into_iter().for_each(forget);
        forget(&mut entry.image);
        entry.editions.retain(|link| !secrets.are_in(link));
        entry.enclosures.retain(|enclosure| !secrets.are_in(&enclosure.url));
        if secrets.are_in(&entry.identity) {
            let shown = secrets.hidden_in(&entry.identity);
            entry.other_identities.push(std::mem::replace(&mut entry.identity, shown));
        }
        let words = [&mut entry.title, &mut entry.summary, &mut entry.content_html];
        words.into_iter().chain(&mut entry.authors).chain(&mut entry.rights).for_each(hide);
    }
}

/// Reads and cleans on a thread for such work. What panics there is one source's failure.
async fn read_document(
    source: Arc<Source>,
    bytes: Vec<u8>,
    content_type: Option<String>,
    base: Url,
    desks: &Desks,
) -> Result<Arc<CleanDocument>, Failure> {
    let reading = desks.read(move || {
        let input = read::Input {
            bytes: &bytes,
            content_type: content_type.as_deref(),
            base: &base,
            zone: source.timezone,
        };
        if source.kind == Kind::Page && read::is_withheld(&input) {
            return Err(Failure::new(WITHHELD));
        }
        let read = match (source.kind, &source.select) {
            (Kind::Page, Some(select)) => read::page(&input, select),
            _ => read::feed(&input),
        };
        let mut raw =
            read.map_err(|error| Failure::new(error.of_source(site_of(&source).as_deref())))?;
        // What the document itself says that its links are relative to (xml:base).
        for own in raw.entries.iter_mut().filter_map(|entry| entry.base.as_mut()) {
            if source.secrets.are_in(own.as_str()) {
                own.clone_from(&base);
            }
        }
        let mut document = clean::document(raw, &base);
        if source.has_secrets {
            keep_secrets(&source.secrets, &mut document);
        }
        Ok(Arc::new(document))
    });
    reading
        .await
        .unwrap_or_else(|| Err(Failure::new(defect("reading the document", "the document"))))
}
