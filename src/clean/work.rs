//! Counts steps of work, so that tests tell linear time from worse without a clock. Outside of
//! tests it does nothing.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// So many bytes or elements were looked at or moved.
#[inline]
pub(super) fn steps(count: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get().saturating_add(count)));
    #[cfg(not(test))]
    let _ = count;
}

/// What came of it, and the steps that it took.
#[cfg(test)]
pub(super) fn measured<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = STEPS.with(Cell::get);
    let result = run();
    (result, STEPS.with(Cell::get).saturating_sub(before))
}
