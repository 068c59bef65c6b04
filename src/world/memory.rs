//! How much memory the system hands out at a time.

/// Has this process take its memory by small pages from now on. By pages of 2 MiB each of the many threads
/// that a round has would take as much for the little that it needs; a short run is faster with them.
/// Where the system knows no such pages there is nothing to do without.
pub fn take_small_pages() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "memory is taken as the system likes");
    }
}
