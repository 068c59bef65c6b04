//! The daily backup, at the end of a round.

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Config;
use crate::store::{BackupError, Changes, Store, StoreError, backups, rotate_backups};
use crate::world::World;

/// A backup is made when the newest one is older than this.
const EVERY: TimeDelta = TimeDelta::days(1);

/// Where one fails, the next is tried after this, so that a full disk does not cost every round
/// the time of a backup.
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::hours(6);

/// Makes the daily backup if it is time for it. What stands in its way is given as words; the store
/// is as it was then, and so are earlier backups.
///
/// # Errors
/// Where the store cannot be used, or a backup of it shows that it is damaged.
pub fn back_up(
    store: &Store,
    config: &Config,
    world: &World,
) -> Result<Option<String>, StoreError> {
    let settings = &config.store;
    let now = world.clock.now();
    if settings.backups == 0 || !is_due(store, config, world, now)? {
        return Ok(None);
    }
    let mut writing = store.writing();
    let changes = Changes { at: Some(now), backup_tried: Some(now), ..Changes::default() };
    writing.commit(&changes)?;
    writing.flush()?;
    drop(writing);
    match rotate_backups(&store.reading(), &world.files, settings, now) {
        Ok(path) => {
            tracing::info!(path = %path.display(), "backed up");
            Ok(None)
        }
        Err(BackupError::Store(error)) => Err(error),
        Err(BackupError::Write(error)) => Ok(Some(format!(
            "the daily backup cannot be written into {}: {error}; make room there, or set [store] backups = 0 if you back up otherwise",
            settings.path.join("backups").display()
        ))),
    }
}

fn is_due(
    store: &Store,
    config: &Config,
    world: &World,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let store = store.reading();
    if store.counters()?.next_entry == 0 {
        return Ok(false);
    }
    // A time ahead is that of a clock that was set back since.
    let is_past = |time: DateTime<Utc>, span| (now - time).abs() >= span;
    if store.backup_tried()?.is_some_and(|tried| !is_past(tried, TRY_AGAIN_AFTER)) {
        return Ok(false);
    }
    let newest = backups(&world.files, &config.store).unwrap_or_default().pop();
    Ok(newest.is_none_or(|(made, _)| is_past(made, EVERY)))
}
