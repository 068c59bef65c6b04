//! Calls `cli`, turns its outcome into an exit code.

use std::process::ExitCode;

use samizdat::cli;
use samizdat::world::World;

/// A quarter of the time of a cold poll went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    let world = World::real()?;
    Ok(ExitCode::from(cli::run(std::env::args_os(), &world).code()))
}
