//! Reading files: each once, in parallel, in the order of their names.

use std::io::Read;
use std::sync::Arc;

use rayon::prelude::*;

use super::discover::{Found, plain};
use crate::diag::{Diagnostic, Place};
use crate::text::{Location, SourceId, Span};

/// What reading a file gave.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Text(Arc<str>),
    /// Not UTF-8: the text up to the first bad byte, and that byte.
    NotUtf8 {
        valid: Arc<str>,
        byte: u8,
    },
    /// Could not be read; the reason.
    Unreadable(String),
}

/// A file and what reading it gave.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) file: Found,
    pub(crate) content: Content,
}

/// Reads all files; the order stays.
pub(crate) fn read_all(files: Vec<Found>) -> Vec<Loaded> {
    files.into_par_iter().map(|file| Loaded { content: read(&file), file }).collect()
}

fn read(file: &Found) -> Content {
    let bytes = if file.path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(&file.path)
    };
    match bytes {
        Ok(bytes) => decode(bytes),
        Err(error) => Content::Unreadable(plain(&error)),
    }
}

/// Bytes as text. Spans are `u32`, so 4 GiB is the end of what can be judged.
pub(crate) fn decode(bytes: Vec<u8>) -> Content {
    if u32::try_from(bytes.len()).is_err() {
        return Content::Unreadable(format!("{} bytes, more than ztctl can judge", bytes.len()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text.into()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            let byte = bytes[at];
            bytes.truncate(at);
            Content::NotUtf8 { valid: String::from_utf8(bytes).unwrap_or_default().into(), byte }
        }
    }
}

/// The finding for a file that is not UTF-8; `source` holds its valid beginning.
pub(crate) fn not_utf8(source: SourceId, valid: &str, byte: u8) -> Diagnostic {
    let at = Location { source, span: Span::at(u32::try_from(valid.len()).unwrap_or(u32::MAX)) };
    let mut finding = Diagnostic::syntax(at, format!("byte `0x{byte:02x}` is not UTF-8"));
    finding.place = Place::At(at);
    finding.with_help("save the file as UTF-8")
}
