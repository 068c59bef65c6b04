//! Calls `cli`, turns its outcome into an exit code.

use std::process::ExitCode;

use samizdat::cli;
use samizdat::world::World;

fn main() -> anyhow::Result<ExitCode> {
    let world = World::real()?;
    Ok(ExitCode::from(cli::run(std::env::args_os(), &world).code()))
}
