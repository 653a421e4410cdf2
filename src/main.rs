use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    ztctl::commands::run(ztctl::cli::Cli::parse())
}
