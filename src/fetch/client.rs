//! The client: one request, its redirects, its body.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode};
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::answer::{demand, validators};
use super::guard::{Guard, Led, Reach, check_host, check_port};
use super::hosts::{Hosts, NotNow, host_of};
use super::outcome::{Step, body, is_challenge, kept, not_modified, redirect, rejected};
use super::trail::Trail;
use super::trouble::{describe, innermost, refusal};
use super::trust;
use super::{CHECK_URL, Demand, FetchError, Fetched, Named, Request, Settings};
use crate::world::{Clock, Names};

/// Redirects that are followed at most.
const MOST_REDIRECTS: usize = 5;

/// Longest time until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is not used again within this time after the host's gap is closed, and sooner than
/// [`LONGEST_IDLE`]: with thousands of hosts the open ones would be more than a process may have, and
/// each of them holds what it has read into.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// No connection is kept for longer without use.
const LONGEST_IDLE: Duration = Duration::from_secs(5);

/// How long a host is left alone that answers 429 or 503 and does not say for how long.
const UNNAMED_SILENCE: TimeDelta = TimeDelta::hours(4);

/// Most headers of one answer.
const MOST_HEADERS: usize = 100;

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
                      application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, \
                      application/json;q=0.7, text/html;q=0.5, */*;q=0.1";

/// The one HTTP client of the program.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// The same, which connects to public addresses alone.
    http_public: reqwest::Client,
    pub(super) hosts: Hosts,
    pub(super) clock: Arc<dyn Clock>,
    guard: Guard,
    trail: Option<Trail>,
}

impl Client {
    /// A client with these settings and this User-Agent.
    ///
    /// # Errors
    /// Where the proxy or the system's certificates cannot be used.
    pub fn new(
        settings: &Settings,
        user_agent: &str,
        names: Names,
        clock: Arc<dyn Clock>,
        hosts: Hosts,
    ) -> Result<Self, FetchError> {
        let guard = Guard::new(settings, names);
        let tls = trust::tls().map_err(|error| {
            FetchError::new(format!("no secure connection can be made by this machine: {error}"))
        })?;
        let http = Self::http(settings, user_agent, &guard, &tls)?;
        let http_public = if settings.allow_private.is_empty() {
            http.clone()
        } else {
            Self::http(settings, user_agent, &guard.within(Reach::Public), &tls)?
        };
        Ok(Self { http, http_public, hosts, clock, guard, trail: None })
    }

    fn http(
        settings: &Settings,
        user_agent: &str,
        guard: &Guard,
        tls: &rustls::ClientConfig,
    ) -> Result<reqwest::Client, FetchError> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .user_agent(user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tls_info(true)
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .http1_max_headers(MOST_HEADERS)
            .pool_max_idle_per_host(usize::from(settings.keeps_connections))
            .pool_idle_timeout(settings.host_gap.saturating_add(IDLE_TIMEOUT).min(LONGEST_IDLE))
            .dns_resolver(guard.clone());
        let builder = match &settings.proxy {
            Some(proxy) => {
                check_host(proxy, &settings.allow_private)
                    .map_err(|refused| FetchError::new(format!("[fetch] proxy: {refused}")))?;
                builder.proxy(reqwest::Proxy::all(proxy.as_str()).map_err(|error| {
                    FetchError::new(format!(
                        "[fetch] proxy cannot be used: {error}; write its address whole"
                    ))
                })?)
            }
            // Proxies of the environment would connect for us, past the guard.
            None => builder.no_proxy(),
        };
        builder.build().map_err(|error| {
            FetchError::new(format!("no HTTP client can be made: {}", innermost(&error)))
        })
    }

    /// The same client, whose requests are noted apart.
    pub fn noting(&self, trail: &Trail) -> Self {
        Self { trail: Some(trail.clone()), ..self.clone() }
    }

    /// Asks for a document, follows redirects, reads the body up to the cap.
    ///
    /// # Errors
    /// [`FetchError`] in words for maintainers; nothing of a body that was cut or too large.
    pub async fn get(&self, request: &Request) -> Result<Fetched, FetchError> {
        let mut url = request.url.clone();
        url.set_fragment(None);
        // One deadline for all hops; waiting for a host's turn is not the server's fault.
        let mut left = request.timeout;
        // What feeds.toml gives for a host is for no other one, nor for where another one leads.
        let mut is_at_home = true;
        let mut is_permanent = true;
        let mut bounds = self.bounds(request);
        for hop in 0..=MOST_REDIRECTS {
            if hop > 0 {
                bounds.led = Some(Led::Redirect);
            }
            let reach = bounds.reach(&url);
            let refused = |refused| refusal(&refused, &url, bounds.led);
            if bounds.led.is_some() {
                check_port(bounds.home, &url).map_err(refused)?;
            }
            self.guard.check(&url, reach).await.map_err(refused)?;
            is_at_home &= url.origin() == request.url.origin();
            let host = host_of(&url);
            let delay = if request.obeys_robots {
                self.check_robots(request, &url)
                    .await
                    // Who redirects was asked, and has answered.
                    .map_err(|error| FetchError {
                        is_unasked: error.is_unasked && hop == 0,
                        is_unreachable: error.is_unreachable && hop == 0,
                        ..error
                    })?
                    .delay
            } else {
                None
            };
            let turn = self
                .hosts
                .turn(&host, delay)
                .await
                .map_err(|reason| FetchError { is_unasked: hop == 0, ..not_now(&host, reason) })?;
            let begun = tokio::time::Instant::now();
            let mut is_answered = false;
            let step = self.step(request, &url, is_at_home, &mut bounds, &mut is_answered);
            let step = tokio::time::timeout(left, step).await;
            left = left.saturating_sub(begun.elapsed());
            let is_late = step.is_err();
            let step = step.unwrap_or_else(|_| {
                Step::Done(Err(FetchError {
                    is_unreachable: !is_answered,
                    ..FetchError::new(format!(
                        "no complete answer within {}; the server is slow or down",
                        in_words(request.timeout)
                    ))
                }))
            });
            if is_late || matches!(&step, Step::Done(Err(error)) if error.is_unreachable) {
                self.hosts.note_down(&host);
            }
            drop(turn);
            match step {
                // Who redirects has answered.
                Step::Done(Err(error)) if hop > 0 => {
                    return Err(FetchError { is_unreachable: false, ..error });
                }
                Step::Done(done) => {
                    return done.map(|fetched| fetched.found(hop > 0 && is_permanent));
                }
                Step::Redirect { to, is_permanent: is_for_good } => {
                    is_permanent &= is_for_good;
                    url = to;
                }
            }
        }
        Err(FetchError::new(format!(
            "more than {MOST_REDIRECTS} redirects, the last one to {}; {CHECK_URL}",
            host_of(&url)
        )))
    }

    /// How far a request may be led before anything was answered.
    fn bounds<'r>(&self, request: &'r Request) -> Bounds<'r> {
        let (home, led) = match &request.named {
            Named::ByUs => (Some(&request.url), None),
            Named::ByDocument { of } => (of.as_ref(), Some(Led::Link)),
        };
        let is_inner = home.is_some_and(|home| self.guard.is_inner(home));
        Bounds { home, is_inner, led }
    }

    /// Tells a WebSub hub that topics have changed.
    ///
    /// # Errors
    /// [`FetchError`] in words for maintainers.
    pub async fn announce(
        &self,
        hub: &Url,
        topics: &[Url],
        timeout: Duration,
    ) -> Result<(), FetchError> {
        let refused = |refused| refusal(&refused, hub, None);
        self.guard.check(hub, Reach::Allowed).await.map_err(refused)?;
        let host = host_of(hub);
        let _turn = self.hosts.turn(&host, None).await.map_err(|reason| not_now(&host, reason))?;
        let request = self
            .http
            .post(hub.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(announcement(topics));
        let answer = match tokio::time::timeout(timeout, request.send()).await {
            Ok(answer) => answer.map_err(|error| describe(&error, hub, None))?,
            Err(_) => {
                let waited = in_words(timeout);
                return Err(FetchError::new(format!("{host} did not answer within {waited}")));
            }
        };
        let asked = demand(answer.headers(), self.clock.now());
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => {
                if is_refusal(status) {
                    self.silence(asked, hub, hub);
                }
                Err(FetchError {
                    status: Some(status.as_u16()),
                    ..FetchError::new(format!("it answered {}", status.as_u16()))
                })
            }
        }
    }

    /// One hop: its request and its answer.
    async fn step(
        &self,
        request: &Request,
        url: &Url,
        is_at_home: bool,
        bounds: &mut Bounds<'_>,
        is_answered: &mut bool,
    ) -> Step {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        if is_at_home {
            for (name, value) in &request.headers {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
                {
                    headers.insert(name, value);
                }
            }
        } else if is_downgrade(request, url) {
            return Step::Done(Err(FetchError::new(format!(
                "redirected from https to http at {}; not followed, because feeds.toml gives headers for this source",
                host_of(url)
            ))));
        }
        let sent = request.validators.as_ref().filter(|known| known.final_url == url.as_str());
        if let Some(known) = sent {
            let mut set = |name, value: &Option<Vec<u8>>| {
                if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_bytes(v).ok())
                {
                    headers.insert(name, value);
                }
            };
            set(header::IF_NONE_MATCH, &known.etag);
            set(header::IF_MODIFIED_SINCE, &known.last_modified);
        }
        if let Some(trail) = &self.trail {
            trail.sending(self.clock.now(), host_of(url), sent);
        }
        let http = match bounds.reach(url) {
            Reach::Allowed => &self.http,
            Reach::Public => &self.http_public,
        };
        let answer = match http.get(url.clone()).headers(headers).send().await {
            Ok(answer) => answer,
            Err(error) => return Step::Done(Err(describe(&error, url, bounds.led))),
        };
        *is_answered = true;
        // A source that is in a private network may lead about in it, and no other one.
        bounds.is_inner |= bounds.led.is_none() && self.guard.came_from_inner(answer.remote_addr());
        if let Some(until) = certificate_until(&answer) {
            self.hosts.note_certificate(&host_of(url), until);
        }
        // The host alone: the rest of the url may hold secrets.
        tracing::debug!(host = host_of(url), status = answer.status().as_u16(), "answered");
        let asked = demand(answer.headers(), self.clock.now());
        let status = answer.status();
        let given = match (status, sent) {
            (StatusCode::NOT_MODIFIED, Some(sent)) => Some(kept(&answer, sent, url)),
            _ => validators(answer.headers(), url.as_str()),
        };
        let silent_until =
            if is_refusal(status) { self.silence(asked, url, &request.url) } else { None };
        if let Some(trail) = &self.trail {
            trail.answered(status.as_u16(), given.as_ref(), silent_until);
        }
        match status {
            _ if is_challenge(&answer) => {
                Step::Done(Err(rejected(&answer, asked, self.clock.now())))
            }
            StatusCode::NOT_MODIFIED => Step::Done(not_modified(&answer, sent, asked, url)),
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => {
                Step::Done(body(answer, request.max_body, asked, url).await)
            }
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => redirect(&answer, url),
            _ => Step::Done(Err(rejected(&answer, asked, self.clock.now()))),
        }
    }

    /// Leaves a host alone that answered 429 or 503: as long as it asks for. Where another host has led
    /// there, that is no longer than without a time: a source could silence others for a month.
    fn silence(&self, asked: Demand, url: &Url, first: &Url) -> Option<DateTime<Utc>> {
        let unnamed = self.clock.now().checked_add_signed(UNNAMED_SILENCE)?;
        let until = match asked.retry_after {
            Some(until) if host_of(url) == host_of(first) => until,
            Some(until) => until.min(unnamed),
            None => unnamed,
        };
        self.hosts.silence(&host_of(url), until);
        Some(until)
    }
}

/// Whether a status means that the host is to be left alone.
fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// How far a request may be led.
struct Bounds<'r> {
    /// What feeds.toml names, or whoever runs the program.
    home: Option<&'r Url>,
    /// Whether that is in a private network.
    is_inner: bool,
    /// How we came to what is asked now; `None` where it is the home itself.
    led: Option<Led>,
}

impl Bounds<'_> {
    /// `allow_private` is for what feeds.toml names: others lead into a private network only from within
    /// it, and otherwise to the very host and port that they were named by.
    fn reach(&self, url: &Url) -> Reach {
        let is_home = self.home.is_some_and(|home| {
            host_of(home) == host_of(url)
                && home.port_or_known_default() == url.port_or_known_default()
        });
        if self.led.is_none() || self.is_inner || is_home { Reach::Allowed } else { Reach::Public }
    }
}

/// Whether a redirect leads from a secure connection to an open one, for a source with headers: who
/// gives a secret wants more than that it is left out.
pub(super) fn is_downgrade(request: &Request, url: &Url) -> bool {
    request.url.scheme() == "https" && url.scheme() == "http" && !request.headers.is_empty()
}

/// When the certificate ends that the server showed, where the connection is secure.
fn certificate_until(answer: &Response) -> Option<DateTime<Utc>> {
    let shown = answer.extensions().get::<reqwest::tls::TlsInfo>()?.peer_certificate()?;
    let certificate = Certificate::from_der(shown).ok()?;
    let until = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    DateTime::from_timestamp(i64::try_from(until.as_secs()).ok()?, 0)
}

/// What a hub is sent: each topic that has changed.
fn announcement(topics: &[Url]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("hub.mode", "publish");
    for topic in topics {
        form.append_pair("hub.url", topic.as_str());
    }
    form.finish()
}

/// Why a host is not asked, in words for maintainers.
fn not_now(host: &str, reason: NotNow) -> FetchError {
    match reason {
        NotNow::Silence(until) => FetchError {
            silent_until: Some(until),
            ..FetchError::new(format!(
                "{host} is to be left alone until {}",
                until.format("%Y-%m-%d %H:%M UTC")
            ))
        },
        NotNow::Down => FetchError::new(format!(
            "{host} did not answer another request shortly before, and was not asked again"
        )),
    }
}

fn in_words(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        seconds => format!("{seconds} s"),
    }
}
