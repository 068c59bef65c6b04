//! What a poll record keeps of the requests that were sent, so that our manners can be counted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One request of a poll: a hop of its redirects, or a robots.txt before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// To which host.
    pub host: String,
    /// Status of its answer, where one came.
    pub status: Option<u16>,
    /// Digest of the validators that it carried, and of the url that they belong to.
    pub carried: Option<u64>,
    /// The same of those that hold after its answer, if the answer is of use.
    pub given: Option<u64>,
    /// Until when the answer wanted silence.
    pub silent_until: Option<DateTime<Utc>>,
}
