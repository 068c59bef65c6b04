//! A source that goes by another id: its records are put under the new one.
//!
//! Where the new id has a record of its own already, that one stays: it is what was learnt last.

use super::keys::{self, TreeName};
use super::staging::Staging;
use super::{Result, View};
use crate::model::{Decision, Entry, PollRecord, SourceState, Stopped};
use crate::store::pages::{SavedPage, Waiting};
use crate::store::values::Seen;

impl View {
    /// Whether anything is remembered of a source.
    ///
    /// # Errors
    /// [`super::StoreError::Damaged`].
    pub fn knows_source(&self, id: &str) -> Result<bool> {
        if self.raw(TreeName::Source, id.as_bytes())?.is_some() {
            return Ok(true);
        }
        self.scan(TreeName::Seen, &keys::of_source(id))
            .next()
            .transpose()
            .map(|seen| seen.is_some())
    }

    fn has(&self, name: TreeName, key: &[u8]) -> Result<bool> {
        Ok(self.raw(name, key)?.is_some())
    }
}

/// Stages the records of a source under its new id.
pub(super) fn fill(staging: &mut Staging<'_>, was: &str, today: &str) -> Result<()> {
    let view = staging.view();
    state(staging, was, today)?;
    for pair in view.scan(TreeName::Poll, &keys::polls(was)) {
        let (key, record) = pair?;
        let poll: PollRecord = view.decode(TreeName::Poll, &key, &record)?;
        staging.remove(TreeName::Poll, &key);
        if let Some(at) = keys::time_of_poll(&key)
            && !view.has(TreeName::Poll, &keys::poll(today, at))?
        {
            staging.put(TreeName::Poll, &keys::poll(today, at), &poll)?;
        }
    }
    for pair in view.scan(TreeName::Seen, &keys::of_source(was)) {
        let (key, record) = pair?;
        let seen: Seen = view.decode(TreeName::Seen, &key, &record)?;
        staging.remove(TreeName::Seen, &key);
        let hash = keys::split_name(&key).and_then(|(_, hash)| hash.first_chunk().copied());
        let Some(hash) = hash else { continue };
        let new = keys::seen(today, u128::from_be_bytes(hash));
        if !view.has(TreeName::Seen, &new)? {
            staging.put(TreeName::Seen, &new, &seen)?;
        }
    }
    for pair in view.scan(TreeName::Meta, &keys::waiting_of(was)) {
        let (key, record) = pair?;
        let waiting: Waiting = view.decode(TreeName::Meta, &key, &record)?;
        staging.remove(TreeName::Meta, &key);
        let Some((_, hash)) = keys::split_waiting(&key) else { continue };
        if !view.has(TreeName::Meta, &keys::waiting(today, hash))? {
            staging.put(TreeName::Meta, &keys::waiting(today, hash), &waiting)?;
        }
    }
    for pair in view.scan(TreeName::Decision, &keys::of_source(was)) {
        let (key, record) = pair?;
        let decision: Decision = view.decode(TreeName::Decision, &key, &record)?;
        staging.remove(TreeName::Decision, &key);
        let Some((_, hash)) = keys::split_seen(&key) else { continue };
        if !view.has(TreeName::Decision, &keys::seen(today, hash))? {
            staging.put(TreeName::Decision, &keys::seen(today, hash), &decision)?;
        }
    }
    move_meta::<Stopped>(staging, &keys::stopped(was), &keys::stopped(today))?;
    let (old, new) = (keys::horizon(was), keys::horizon(today));
    move_meta::<chrono::DateTime<chrono::Utc>>(staging, &old, &new)?;
    move_meta::<String>(staging, &keys::repetition(was), &keys::repetition(today))?;
    move_meta::<SavedPage>(staging, &keys::page(was), &keys::page(today))?;
    if let Some(mut begun) = view.cleansing()? {
        for source in begun.sources.iter_mut().filter(|source| *source == was) {
            today.clone_into(source);
        }
        staging.put(TreeName::Meta, keys::CLEANSING, &begun)?;
    }
    for pair in view.scan(TreeName::Entry, &[]) {
        let (key, record) = pair?;
        let mut entry: Entry = view.decode(TreeName::Entry, &key, &record)?;
        if entry.source == was {
            today.clone_into(&mut entry.source);
            staging.put(TreeName::Entry, &key, &entry)?;
        }
    }
    organisation(staging, was, today)
}

/// What is remembered between polls. Of two sources that became one the later poll counts.
fn state(staging: &mut Staging<'_>, was: &str, today: &str) -> Result<()> {
    let view = staging.view();
    let old: Option<SourceState> = view.get(TreeName::Source, was.as_bytes())?;
    let new: Option<SourceState> = view.get(TreeName::Source, today.as_bytes())?;
    let Some(old) = old else { return Ok(()) };
    staging.remove(TreeName::Source, was.as_bytes());
    let entries = old.entries.saturating_add(new.as_ref().map_or(0, |new| new.entries));
    let kept = match new {
        Some(new) if new.last_poll >= old.last_poll => new,
        _ => old,
    };
    staging.put(TreeName::Source, today.as_bytes(), &SourceState { entries, ..kept })
}

fn move_meta<T>(staging: &mut Staging<'_>, old: &[u8], new: &[u8]) -> Result<()>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let view = staging.view();
    if let Some(value) = view.get::<T>(TreeName::Meta, old)? {
        staging.remove(TreeName::Meta, old);
        if !view.has(TreeName::Meta, new)? {
            staging.put(TreeName::Meta, new, &value)?;
        }
    }
    Ok(())
}

/// A source that names no organisation is its own, and its organisation's id is kept under its id.
fn organisation(staging: &mut Staging<'_>, was: &str, today: &str) -> Result<()> {
    let view = staging.view();
    let (old, new) = (format!("source {was}"), format!("source {today}"));
    if let Some(id) = view.organisation_id(&old)?
        && view.organisation_id(&new)?.is_none()
    {
        staging.remove(TreeName::Meta, &keys::organisation(&old));
        staging.put(TreeName::Meta, &keys::organisation(&new), &id)?;
        if view.organisation_name(&id)?.is_some_and(|name| name == old) {
            staging.put(TreeName::Meta, &keys::organisation_id(&id), &new)?;
        }
    }
    Ok(())
}
