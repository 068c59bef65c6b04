//! One polite, guarded HTTP client; conditional GET; per-host manners.
//!
//! A host, not a source, is the unit of politeness: one request at a time, a gap between two, and
//! silence when it asks for silence. Redirects are followed here, hop by hop, so that each hop is
//! checked like the first. Nothing is retried: a failure is data for the schedule.
//!
//! Files are read here too, so that the caller sees one kind of answer.

mod answer;
mod client;
mod crawl;
mod file;
mod guard;
mod hosts;
mod outcome;
mod robots;
mod trail;
mod trouble;
mod trust;

pub use answer::{Demand, demand};
pub use client::Client;
pub use file::read_file;
pub use guard::{Refused, check_host, check_url, may_connect};
pub use hosts::{Hosts, host_of};
pub use trail::Trail;
pub use trust::NO_CERTIFICATES;

use std::time::Duration;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use url::Url;

use crate::model::Validators;

/// The transport part of `[fetch]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Whole request, from name lookup to last byte.
    pub timeout: Duration,
    /// Most decoded bytes of one answer.
    pub max_body: u64,
    /// Sources at once; always one request at a time per host.
    pub concurrency: usize,
    /// Whether a connection is kept for the next request to its host; not a key of feeds.toml.
    pub keeps_connections: bool,
    /// Least time between two requests to one host.
    pub host_gap: Duration,
    /// Private address blocks that may be polled all the same.
    pub allow_private: Vec<IpNet>,
    /// The only proxy that is used.
    pub proxy: Option<Url>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            max_body: 8 * 1024 * 1024,
            concurrency: 32,
            keeps_connections: true,
            host_gap: Duration::from_secs(1),
            allow_private: Vec::new(),
            proxy: None,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The URL of feeds.toml, byte for byte.
    pub url: Url,
    /// Whose word that URL is.
    pub named: Named,
    /// Validators of the last body that was used; sent only to the URL that they belong to.
    pub validators: Option<Validators>,
    /// Headers of feeds.toml; dropped when a redirect leaves the host.
    pub headers: Vec<(String, String)>,
    /// Whole request, from name lookup to last byte.
    pub timeout: Duration,
    /// Most decoded bytes.
    pub max_body: u64,
    /// Whether this is a page that we found by ourselves, or read in the place of a feed: then the
    /// server's robots.txt is asked first, at each hop.
    pub obeys_robots: bool,
}

/// Whose word a URL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// That of feeds.toml, or of whoever runs the program.
    ByUs,
    /// That of a document: it is asked as far as a redirect would be followed.
    ByDocument {
        /// Where the source is polled that the document is of, or the site that was named; none where
        /// that is a file.
        of: Option<Url>,
    },
}

/// A good answer.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one for each request, and soon taken apart")]
pub enum Fetched {
    /// 304: the stored body still stands.
    NotModified {
        /// Status code.
        status: u16,
        /// The stored validators, with what the answer replaced.
        validators: Validators,
        /// Until when the server does not want to be asked again.
        demand: Demand,
        /// Whether redirects led here, and every one of them says that it is permanent.
        is_moved: bool,
        /// Whether the answer asks not to be indexed or kept elsewhere (X-Robots-Tag).
        is_withheld: bool,
    },
    /// A whole body.
    Body {
        /// Status code; 0 for files.
        status: u16,
        /// Decoded bytes.
        bytes: Vec<u8>,
        /// Content-Type as it came.
        content_type: Option<String>,
        /// URL after redirects.
        final_url: Url,
        /// Where the body lives, if the answer says so (Content-Location): what the relative links of
        /// a feed are relative to.
        content_location: Option<Url>,
        /// What the answer gave.
        validators: Option<Validators>,
        /// Until when the server does not want to be asked again.
        demand: Demand,
        /// Whether redirects led here, and every one of them says that it is permanent.
        is_moved: bool,
        /// Whether the answer asks not to be indexed or kept elsewhere (X-Robots-Tag).
        is_withheld: bool,
    },
}

impl Fetched {
    /// The same, found at the end of redirects that are all permanent, or not.
    fn found(mut self, at_a_new_place: bool) -> Self {
        match &mut self {
            Self::NotModified { is_moved, .. } | Self::Body { is_moved, .. } => {
                *is_moved = at_a_new_place;
            }
        }
        self
    }
}

/// Why there is no good answer: a sentence for maintainers, and what the schedule needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchError {
    /// What happened, and the remedy.
    pub message: String,
    /// Status code, where there was an answer.
    pub status: Option<u16>,
    /// Until when the server wants silence (Retry-After), at the latest 30 days ahead.
    pub silent_until: Option<DateTime<Utc>>,
    /// Whether nothing was sent at all: the host had asked for silence, or had not answered before.
    pub is_unasked: bool,
    /// Whether there was no answer at all: no look-up, no connection, or nothing in time.
    pub is_unreachable: bool,
    /// Whether it was our own machine that failed: it has no more open files, or no memory.
    pub is_ours: bool,
    /// Whether our own settings forbid to ask for it; nothing was sent.
    pub is_barred: bool,
    /// Whether the server's robots.txt does not let us read it, or a document named what is not asked.
    pub is_disallowed: bool,
    /// Whether that is only because robots.txt could not be read, and may change within the hour.
    pub is_robots_unread: bool,
}

impl FetchError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: None,
            silent_until: None,
            is_unasked: false,
            is_unreachable: false,
            is_ours: false,
            is_barred: false,
            is_disallowed: false,
            is_robots_unread: false,
        }
    }

    /// The same for somebody who named a document that may be no source: what happened, and a remedy
    /// that needs no feeds.toml.
    pub fn of_document(&self) -> String {
        match self.status {
            Some(401) => {
                "answered 401 (log-in required); this document is for those only who have an account"
                    .to_owned()
            }
            Some(404) => {
                "answered 404 (not found): there is no document at this url; check how it is written"
                    .to_owned()
            }
            Some(410) => "answered 410 (gone): there is no document at this url any more; look on the \
                          site for its successor"
                .to_owned(),
            Some(429) => {
                "answered 429 (too many requests): the server wants to be left alone for a while; try \
                 again later"
                    .to_owned()
            }
            _ => self.message.replace(CHECK_URL, "check how the url is written"),
        }
    }
}

/// The remedy of a source whose url is no longer right.
const CHECK_URL: &str = "check the url in feeds.toml";

#[cfg(test)]
mod tests;
