//! What was sent while one document was asked for, noted for its poll record.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use xxhash_rust::xxh3::Xxh3Default;

use crate::model::{Sent, Validators};

/// Notes of requests; clones are the same notes.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    notes: Arc<Mutex<Vec<Sent>>>,
    begun: Arc<watch::Sender<bool>>,
    heard: Arc<watch::Sender<bool>>,
}

impl Trail {
    /// Notes a request before it is sent.
    pub(super) fn sending(&self, at: DateTime<Utc>, host: String, carried: Option<&Validators>) {
        let carried = carried.map(digest);
        let sent = Sent { at, host, status: None, carried, given: None, silent_until: None };
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        self.begun.send_replace(true);
    }

    /// Waits until a request is sent.
    pub async fn begun(&self) {
        let mut begun = self.begun.subscribe();
        // It fails only where nobody can send any more, and we can.
        let _ = begun.wait_for(|has_begun| *has_begun).await;
    }

    /// Waits until a request is answered: then a server has heard of it.
    pub async fn heard(&self) {
        let mut heard = self.heard.subscribe();
        let _ = heard.wait_for(|is_heard| *is_heard).await;
    }

    /// Notes the answer to the request that was sent last.
    pub(super) fn answered(
        &self,
        status: u16,
        given: Option<&Validators>,
        silent_until: Option<DateTime<Utc>>,
    ) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = notes.last_mut() {
            last.status = Some(status);
            last.given = given.map(digest);
            last.silent_until = silent_until;
        }
        self.heard.send_replace(true);
    }

    /// When a request was last sent.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).last().map(|sent| sent.at)
    }

    /// Takes the notes.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Validators are told apart by this; they themselves are in the source's state.
fn digest(validators: &Validators) -> u64 {
    let mut hasher = Xxh3Default::new();
    let parts = [
        Some(validators.final_url.as_bytes()),
        validators.etag.as_deref(),
        validators.last_modified.as_deref(),
    ];
    for part in parts {
        // Its length before it, so that no part can pass for the end of another.
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        hasher.update(&length.to_le_bytes());
        hasher.update(part.unwrap_or_default());
    }
    hasher.digest()
}
