//! Where results go: standard output or a file, with or without colour.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use super::{Error, redact};
use crate::cli::{Color, Format, OutputArgs};

/// The destination of a run's report and how it may look.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(super) file: Option<PathBuf>,
    pub(crate) color: bool,
    /// Whether people see it as it is written.
    pub(crate) is_terminal: bool,
    /// Columns for wrapped text.
    pub(crate) width: usize,
    pub(crate) quiet: bool,
}

impl Output {
    pub(crate) fn new(args: &OutputArgs) -> Self {
        let stdout = std::io::stdout();
        let color = match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => args.output.is_none() && anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        };
        let is_terminal = args.output.is_none() && stdout.is_terminal();
        let width = if stdout.is_terminal() { terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)) } else { 100 };
        Self { format: args.format, file: args.output.clone(), color, is_terminal, width: width.clamp(40, 160), quiet: args.quiet }
    }

    /// Writes a whole report to `-o FILE` or standard output.
    pub(crate) fn report(&self, bytes: &[u8]) -> Result<(), Error> {
        match &self.file {
            Some(file) => super::write::create(file, &redact::clean(bytes)),
            None => print(bytes),
        }
    }

    /// A remark for people on standard error; `--quiet` drops it.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            print_error(format!("{text}\n").as_bytes());
        }
    }

    /// Whether the report is for people, so that remarks may stand beside it.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.format, Format::Pretty | Format::Concise)
    }
}

/// Writes to standard output.
///
/// # Errors
/// [`Error::BrokenPipe`] where the reader went away.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&redact::clean(bytes)).and_then(|()| stdout.flush()).map_err(Error::from)
}

/// An error on standard error, control characters made visible.
pub(crate) fn complain(message: &str) {
    let clean: String =
        message.chars().flat_map(|c| if c.is_control() && c != '\n' { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect();
    print_error(format!("error: {clean}\n").as_bytes());
}

/// Why a gate is missed, on standard error, control characters made visible.
pub(crate) fn remark(message: &str) {
    print_error(format!("{}\n", crate::report::visible(message)).as_bytes());
}

/// Findings on standard error, where standard output carries a program's text.
pub(crate) fn print_error(bytes: &[u8]) {
    let _ = std::io::stderr().write_all(&redact::clean(bytes));
}
