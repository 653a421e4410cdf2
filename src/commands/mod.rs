//! The edge: walks, reads, calls, writes and prints. The only module that does.

pub(crate) mod assess;
mod baseline;
mod configs;
mod demo;
mod diff;
mod discover;
mod error;
mod findings;
mod fmt;
mod gate;
mod git;
mod helm;
mod hidden;
mod history;
mod input;
mod lint;
mod moves;
mod output;
mod parse;
mod project;
mod redact;
mod rules;
mod schemas;
mod session;
mod shell;
mod survey;
mod test;
mod verify;
mod version;
mod write;

use std::process::ExitCode;
use std::sync::Mutex;

pub(crate) use error::Error;

use crate::cli::{Cli, Command};

/// How a run ended; the exit code says no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// Nothing to object to: 0.
    Clean,
    /// Findings at or above the fail level, failed tests, files that would change: 1.
    Findings,
    /// ztctl could not do its job: 2.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::Failed => 2,
        })
    }
}

/// Trees are at most `MAX_DEPTH` deep; whoever recurses over one has this much stack.
pub(crate) const STACK: usize = 64 << 20;

/// Where a panic happened, for the error message: what it says may quote any text of the user's files.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Runs a command and gives its exit code. Errors are printed to standard error.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let at = crate::diag::heard(panic);
        if let Ok(mut slot) = PANIC.lock() {
            // those before it were caught
            *slot = Some(format!("panic at {at}"));
        }
    }));
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || dispatch(cli));
    let result = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::Internal(PANIC.lock().ok().and_then(|mut slot| slot.take()).unwrap_or_else(|| "panic".to_owned()))),
        Err(error) => Err(Error::from(error)),
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(Error::BrokenPipe) => Outcome::Clean.into(),
        Err(Error::Config) => Outcome::Failed.into(),
        Err(error) => {
            output::complain(&error.to_string());
            Outcome::Failed.into()
        }
    }
}

/// Fails where a test asks for it, so that tests see what a defect of ztctl does to a whole run. There is no such thing in a release.
#[cfg(debug_assertions)]
pub(crate) fn fail_on_purpose(part: &str) {
    assert!(std::env::var_os("ZTCTL_FAIL").is_none_or(|own| own != *part), "on purpose");
}

#[cfg(not(debug_assertions))]
pub(crate) fn fail_on_purpose(_part: &str) {}

fn dispatch(cli: Cli) -> Result<Outcome, Error> {
    fail_on_purpose("run");
    match &cli.command {
        Command::Fmt(args) => fmt::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Check(args) => lint::check(args),
        Command::Assess(args) => assess::run(args),
        Command::Test(args) => test::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Rules(args) => rules::rules(args),
        Command::Explain(args) => rules::explain(args),
        Command::Baseline(args) => lint::baseline(args),
        Command::Parse(args) => parse::run(args),
        Command::Init(args) => shell::init(args),
        Command::Schema(args) => rules::schema(args),
        Command::Completions(args) => shell::completions(args),
        Command::Man => shell::man(),
        Command::Evaluate => test::evaluate(),
    }
}
