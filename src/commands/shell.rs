//! `completions`, `man` and `init`: what makes the command pleasant to have.

use std::path::Path;

use clap::CommandFactory;

use super::output::print;
use super::{Error, Outcome};
use crate::cli::{Cli, CompletionsArgs, InitArgs};

pub(super) fn completions(args: &CompletionsArgs) -> Result<Outcome, Error> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ztctl", &mut out);
    print(&out)?;
    Ok(Outcome::Clean)
}

pub(super) fn man() -> Result<Outcome, Error> {
    let mut out = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut out)?;
    for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        let page = command.clone().name(format!("ztctl-{}", command.get_name()).leak() as &'static str);
        clap_mangen::Man::new(page).render(&mut out)?;
    }
    print(&out)?;
    Ok(Outcome::Clean)
}

/// The config that `init` writes: every line but the preset commented out.
const CONFIG: &str = include_str!("init.toml");

pub(super) fn init(args: &InitArgs) -> Result<Outcome, Error> {
    use std::io::Write;
    let path = args.dir.join("ztctl.toml");
    // `create_new`: never overwrite, not even when two runs race
    let mut file = std::fs::File::create_new(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::Path { path: super::discover::display_name(&path), reason: "exists already; it is left as it is".to_owned() }
        }
        _ => Error::path(&path, &error),
    })?;
    file.write_all(CONFIG.as_bytes()).map_err(|error| Error::path(Path::new(&path), &error))?;
    print(format!("wrote {}\n", super::discover::display_name(&path)).as_bytes())?;
    Ok(Outcome::Clean)
}
