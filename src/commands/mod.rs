//! The edge: walks, reads, calls, writes and prints. The only module that does.

mod discover;
mod error;

pub(crate) use error::Error;
