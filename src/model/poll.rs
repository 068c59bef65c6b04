//! What the store remembers about polling: states of sources and hosts, and the record of a poll.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Republish, Robots, Source};

/// Validators of one final URL: opaque bytes, sent back as they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Validators {
    /// The URL after redirects that they belong to.
    pub final_url: String,
    /// ETag, byte for byte.
    pub etag: Option<Vec<u8>>,
    /// Last-Modified, byte for byte.
    pub last_modified: Option<Vec<u8>>,
}

/// What is remembered about a source between polls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct SourceState {
    /// Not to be polled before this.
    pub due: Option<DateTime<Utc>>,
    /// The last time that a request was sent, or was about to be.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last poll that was not a failure.
    pub last_success: Option<DateTime<Utc>>,
    /// What `validators` and `body_hash` belong to: the url of feeds.toml, as written there, and of
    /// a page its selectors.
    pub reading: String,
    /// Validators of the last body that was used.
    pub validators: Option<Validators>,
    /// Hash of the last body that was used, to pass over an equal one.
    pub body_hash: Option<u128>,
    /// Failures since the last success.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<DateTime<Utc>>,
    /// When its failing was last told (once a day).
    pub alerted: Option<DateTime<Utc>>,
    /// Before this the server itself does not want to be asked (Retry-After, max-age).
    pub server_demand: Option<DateTime<Utc>>,
    /// The server said 410 at this time; a second one, a day later, rests the source.
    pub gone_since: Option<DateTime<Utc>>,
    /// A 410 was confirmed: no longer polled.
    pub gone: bool,
    /// The feed's own title, for sources without a name.
    pub title: Option<String>,
    /// The feed's own site.
    pub site: Option<String>,
    /// The feed's own language.
    pub language: Option<String>,
    /// The feed's own Atom id.
    pub feed_id: Option<String>,
    /// The feed's own rights.
    pub rights: Option<String>,
    /// The feed's own hub.
    pub hub: Option<String>,
    /// What the feed says about when to poll it.
    pub hints: super::Hints,
    /// How many entries of it are stored.
    pub entries: u64,
    /// How it behaves over many polls; records that were written before this was noted end here.
    #[serde(default, deserialize_with = "where_noted")]
    pub habits: Habits,
    /// Rounds in a row that were to ask it after others, and died before they stored an answer of it.
    #[serde(default, deserialize_with = "where_noted")]
    pub passed_over: u32,
    /// Its last poll failed before anything was sent, since settings of ours were in the way: those,
    /// as one number.
    #[serde(default, deserialize_with = "where_noted")]
    pub barred: Option<u128>,
    /// Where the last of its articles could not be read, since when none could.
    #[serde(default, deserialize_with = "where_noted")]
    pub unread_articles: Option<UnreadArticles>,
    /// What feeds.toml said of it last.
    #[serde(default, deserialize_with = "where_noted")]
    pub terms: Option<Terms>,
}

/// What feeds.toml says of a source and what holds for its stories, also once it is no longer there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Shown name.
    pub name: Option<String>,
    /// Licence or rights statement.
    pub rights: Option<String>,
    /// How much is republished.
    pub republish: Republish,
    /// Which copy leads when several sources publish the same story.
    pub priority: i64,
    /// Tags given to every story.
    pub tags: Vec<String>,
    /// Only entries with one of these phrases are published.
    pub include: Vec<String>,
    /// Entries with one of these phrases are not.
    pub exclude: Vec<String>,
}

impl Terms {
    /// Those of a source.
    pub fn of(source: &Source) -> Self {
        let Source { name, rights, republish, priority, tags, include, exclude, .. } = source;
        Self {
            name: name.clone(),
            rights: rights.clone(),
            republish: *republish,
            priority: *priority,
            tags: tags.clone(),
            include: include.clone(),
            exclude: exclude.clone(),
        }
    }
}

/// Articles of a source that could not be read, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadArticles {
    /// When the first of them was given up.
    pub since: DateTime<Utc>,
    /// How many there are.
    pub count: u64,
    /// Why the last of them was not read.
    pub why: String,
}

/// How a source behaves over many polls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Habits {
    /// When it last brought a new entry; before the first one, when it was first read.
    pub last_news: Option<DateTime<Utc>>,
    /// Seconds from one new entry to the next, smoothed.
    pub usual_gap: Option<u32>,
    /// Since when its server has answered nothing but 304, with the validators that it had.
    pub unmodified_since: Option<DateTime<Utc>>,
    /// When it was last asked without its validators, to see whether there is more than 304.
    pub probed: Option<DateTime<Utc>>,
    /// Where its server has led for good since when.
    pub moved: Option<Moved>,
    /// Seconds for which its server or document wants to be left alone, where that is more than
    /// is granted.
    pub long_wish: Option<LongWish>,
}

/// A permanent redirect that was seen at every poll since `since`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where it leads.
    pub to: String,
    /// When it was first seen.
    pub since: DateTime<Utc>,
    /// Whether the same feed was found there.
    pub is_same: bool,
    /// Whether the maintainers were told.
    pub is_told: bool,
}

/// A wish to be left alone for longer than is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongWish {
    /// For how many seconds.
    pub seconds: u64,
    /// Whether the maintainers were told.
    pub is_told: bool,
}

/// What a record holds at its end, if it goes on for so long.
pub(crate) fn where_noted<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

/// What is remembered about a host between polls; a host is the unit of politeness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct HostState {
    /// Before this nothing is requested of the host (429, 503, Retry-After).
    pub silent_until: Option<DateTime<Utc>>,
    /// When a request was last sent.
    pub last_request: Option<DateTime<Utc>>,
    /// When the certificate ends that it showed last.
    pub certificate_until: Option<DateTime<Utc>>,
    /// Its robots.txt, by origin (scheme, host, and port).
    pub robots: BTreeMap<String, Robots>,
}

/// Longer than any silence that is granted.
const LONGEST_SILENCE: TimeDelta = TimeDelta::days(31);

impl HostState {
    /// Until when it wants to be left alone, where it does. A silence that is longer than any that is
    /// granted comes from a clock that was set back.
    pub fn silence(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.silent_until.filter(|until| *until > now && *until - now <= LONGEST_SILENCE)
    }

    /// Notes that it wants to be left alone: of two silences the longer one holds.
    pub fn note_silence(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) {
        self.silent_until = self.silence(now).max(Some(until));
    }
}

/// How a poll ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something new or changed was stored.
    New,
    /// Nothing changed.
    Unchanged,
    /// It could not be read; nothing changed but the record.
    Failed,
    /// It was not polled: not due yet.
    NotDue,
    /// Polled; what it brought is held for an editor.
    Held,
}

/// What one poll did; kept for `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRecord {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// Status of the final answer, where there was one.
    pub status: Option<u16>,
    /// A sentence that a maintainer understands, with the remedy.
    pub error: Option<String>,
    /// Entries seen for the first time.
    pub new: u32,
    /// Entries with a substantive change.
    pub updated: u32,
    /// Entries that were remembered as seen but not taken (beyond 300).
    pub dropped: u32,
    /// Decoded bytes of the answer.
    pub bytes: u64,
    /// What was mended to read it.
    pub repairs: Vec<String>,
    /// The requests that were sent for it, in order.
    #[serde(default, deserialize_with = "where_noted")]
    pub requests: Vec<super::Sent>,
    /// The requests for the articles of its entries that were sent until the next poll; the last ones
    /// where they are many.
    #[serde(default, deserialize_with = "where_noted")]
    pub articles: Vec<super::Sent>,
}
