//! One polite, guarded HTTP client; conditional GET; per-host manners.

use std::time::Duration;

use ipnet::IpNet;
use url::Url;

/// The transport part of `[fetch]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Whole request, from name lookup to last byte.
    pub timeout: Duration,
    /// Most decoded bytes of one answer.
    pub max_body: u64,
    /// Sources at once; always one request at a time per host.
    pub concurrency: usize,
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
            host_gap: Duration::from_secs(1),
            allow_private: Vec::new(),
            proxy: None,
        }
    }
}
