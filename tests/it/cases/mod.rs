//! Files of cases, the YAML they are written in, recording, differences, data documents.

mod data;
mod diff;
mod read;
mod record;
mod yaml;

use std::sync::Arc;

use ztctl::diag::Diagnostic;
use ztctl::test::cases::{self, Case};
use ztctl::text::SourceId;

/// The cases of a text that names no files.
fn cases_of(text: &str) -> (Vec<Case>, Vec<Diagnostic>) {
    cases::read(SourceId(0), "a/x.ztest.yaml", text, &|_| None)
}

/// A file of the fixtures, by its path from there.
fn fixture(path: &str) -> Option<Arc<str>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/test/cases");
    std::fs::read_to_string(root.join(path)).ok().map(Into::into)
}
