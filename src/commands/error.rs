use std::fmt;
use std::path::Path;

/// Why ztctl could not do its job: exit code 2. Bad input is never one of these but a finding.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line asks for something that cannot be.
    Usage { message: String, help: Option<String> },
    /// A file or directory could not be opened, read or written.
    Path { path: String, reason: String },
    /// The config is wrong; its diagnostics have been reported.
    Config,
    /// The reader of our output went away: not an error for the user.
    BrokenPipe,
    /// A defect of ztctl.
    Internal(String),
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    pub(crate) fn path(path: &Path, error: &std::io::Error) -> Self {
        Self::Path { path: super::discover::display_name(path), reason: super::discover::plain(error) }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Path { path: String::new(), reason: super::discover::plain(&error) }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, help: None } => write!(f, "{message}"),
            Self::Usage { message, help: Some(help) } => write!(f, "{message}\n  help: {help}"),
            Self::Path { path, reason } if path.is_empty() => write!(f, "{reason}"),
            Self::Path { path, reason } => write!(f, "`{path}`: {reason}"),
            Self::Config => write!(f, "the configuration is not usable"),
            Self::BrokenPipe => write!(f, "the output was closed"),
            Self::Internal(message) => {
                write!(f, "internal error: {message}\n  help: this is a defect of ztctl; please report it with the input that shows it")
            }
        }
    }
}

impl std::error::Error for Error {}
