//! What a web server's robots.txt says to us (RFC 9309).

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The robots.txt of one origin, as it was last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Robots {
    /// When it was asked for last.
    pub asked: DateTime<Utc>,
    /// Whether that was answered; else `rules` are those of the last answer, or forbid everything.
    pub is_answered: bool,
    /// What it says to us.
    pub rules: RobotsRules,
}

/// The rules of a robots.txt that are for us.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RobotsRules {
    /// In the order of the file.
    pub rules: Vec<RobotsRule>,
    /// `Crawl-delay`: at least so much time between two pages.
    pub delay: Option<Duration>,
}

/// `Allow` or `Disallow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotsRule {
    /// Whether it allows.
    pub allows: bool,
    /// Path and query, percent-encoded; `*` stands for anything, `$` at the end for the end.
    pub pattern: String,
}

impl RobotsRules {
    /// Nothing may be read: the server could not say what may (RFC 9309 §2.3.1.4).
    pub fn nothing() -> Self {
        let all = RobotsRule { allows: false, pattern: "/".to_owned() };
        Self { rules: vec![all], delay: None }
    }
}
