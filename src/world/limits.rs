//! What this process may still take from the operating system.

use std::sync::Arc;

/// How many more files and sockets may be opened.
#[derive(Clone)]
pub struct Limits(Arc<dyn Fn() -> usize + Send + Sync>);

impl Limits {
    /// Those of the operating system (`ulimit -n`), less what is open.
    pub fn real() -> Self {
        Self::new(|| {
            let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
            let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
            // Where it cannot be counted, most programs have few files open.
            let open = std::fs::read_dir("/proc/self/fd").map_or(64, Iterator::count);
            limit.saturating_sub(open)
        })
    }

    /// Limits of one's own.
    pub fn new(files_left: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        Self(Arc::new(files_left))
    }

    /// How many more files and sockets may be opened now.
    pub fn files_left(&self) -> usize {
        (self.0)()
    }
}
