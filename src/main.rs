//! Calls `cli`, turns its outcome into an exit code.

use std::process::ExitCode;

use samizdat::cli;
use samizdat::world::World;

/// A quarter of the time of a cold poll went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    // The allocator would take memory by 2 MiB for each of many threads that need little. Where the
    // system knows no such pages, there is nothing to do without.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let world = World::real()?;
    Ok(ExitCode::from(cli::run(std::env::args_os(), &world).code()))
}
