//! A secret that stands in a file of a run, with what stands around it.

use super::Secret;
use crate::text::{Location, Span};

/// One place of a file with a secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leak {
    /// The value as it is written, without quotes; in a file, never in a text embedded in one.
    pub at: Location,
    /// The name that the value stands under, in the same file, or what begins the value's entry.
    pub key: Option<Span>,
    /// That name; empty where there is none that can be shown.
    pub name: String,
    pub secret: Secret,
    /// The rest of the file is encrypted by SOPS.
    pub in_encrypted: bool,
    /// What in the file says that it may stand there: the mark of another tool.
    pub allowed: Option<&'static str>,
}
