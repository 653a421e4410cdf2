//! Reading files: each once, in parallel, in the order of their names.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::discover::{FileKind, Found, MANIFEST_KINDS, plain};
use crate::diag::{Diagnostic, Place};
use crate::model::code::library;
use crate::syntax::source::{Language, MAX_LEN};
use crate::text::{Location, SourceId, Span};

/// What reading a file gave.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Text(Arc<str>),
    /// Not UTF-8: the text up to the first bad byte, and what is wrong with it.
    NotUtf8 {
        valid: Arc<str>,
        why: String,
    },
    /// Could not be read; the reason.
    Unreadable(String),
    /// A source that is not judged; the reason, where it is worth a word.
    LeftOut(Option<&'static str>),
}

/// A file and what reading it gave.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) file: Found,
    pub(crate) content: Content,
}

/// Reads all files that are not larger than `max_size`; the order stays.
pub(crate) fn read_all(files: Vec<Found>, max_size: u64) -> Vec<Loaded> {
    files.into_par_iter().map(|file| Loaded { content: read(&file, max_size), file }).collect()
}

fn read(file: &Found, max_size: u64) -> Content {
    let bytes = if file.path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        match read_file(&file.path, max_size) {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(size)) => {
                return Content::Unreadable(format!("{size} bytes, more than `--max-file-size` ({max_size} bytes)"));
            }
            Err(error) => Err(error),
        }
    };
    match bytes {
        Ok(bytes) if MANIFEST_KINDS.contains(&file.kind) => match binary(&bytes) {
            Some(content) => content,
            None => match (file.kind, decode(bytes)) {
                // certificates may be in DER, and scripts in any encoding
                (FileKind::Certificates | FileKind::Shell, Content::NotUtf8 { why, .. }) => Content::Unreadable(why),
                (_, content) => content,
            },
        },
        Ok(bytes) if file.kind == FileKind::Source => source(bytes, &file.name),
        Ok(bytes) => decode(bytes),
        Err(error) => Content::Unreadable(plain(&error)),
    }
}

/// A source, if it names a library that is known and somebody wrote it.
fn source(bytes: Vec<u8>, name: &str) -> Content {
    let Some(language) = Language::of(name).filter(|language| library::is_relevant(&bytes, *language)) else {
        return Content::LeftOut(None);
    };
    if bytes.len() > MAX_LEN && language != Language::Properties {
        return Content::LeftOut(Some("longer than sources are that somebody wrote"));
    }
    match decode(bytes) {
        Content::Text(text) => match library::generated(name, &text) {
            Some(why) => Content::LeftOut(Some(why)),
            None => Content::Text(text),
        },
        Content::NotUtf8 { .. } => Content::LeftOut(Some("not UTF-8")),
        other => other,
    }
}

/// The bytes of a file, or its size where that is too large.
fn read_file(path: &Path, max_size: u64) -> std::io::Result<Result<Vec<u8>, u64>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > max_size {
        return Ok(Err(size));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    let mut read = 0;
    // as much as the file said it holds: asking for its end costs as much as reading most files
    while read < bytes.len() {
        match file.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    if size == 0 {
        // files that are made when they are read
        (&mut file).take(max_size.saturating_add(1)).read_to_end(&mut bytes)?;
        let read = bytes.len() as u64;
        if read > max_size {
            return Ok(Err(read));
        }
    }
    Ok(Ok(bytes))
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
            let why = format!("byte `0x{:02x}` is not UTF-8", bytes[at]);
            bytes.truncate(at);
            Content::NotUtf8 { valid: String::from_utf8(bytes).unwrap_or_default().into(), why }
        }
    }
}

/// What a data file that is no text in UTF-8 is; git, too, looks for NUL in the first 8 KiB (8,000 bytes).
fn binary(bytes: &[u8]) -> Option<Content> {
    let is_utf16 = match bytes {
        [0xff, 0xfe, 0, 0, ..] => false,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => bytes.len().is_multiple_of(2),
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] => *a != 0 && *b != 0,
        _ => false,
    };
    if is_utf16 {
        // kubectl looks for `---` in bytes before it decodes them
        return Some(Content::NotUtf8 { valid: Arc::from(""), why: "the text is UTF-16, which kubectl does not read".to_owned() });
    }
    let nul = memchr::memchr(0, &bytes[..bytes.len().min(8 << 10)])?;
    Some(Content::Unreadable(format!("a binary file: byte {nul} is NUL")))
}

/// The finding for a file that is not UTF-8; `source` holds its valid beginning.
pub(crate) fn not_utf8(source: SourceId, valid: &str, why: &str) -> Diagnostic {
    let at = Location { source, span: Span::at(u32::try_from(valid.len()).unwrap_or(u32::MAX)) };
    let mut finding = Diagnostic::syntax(at, why);
    finding.place = Place::At(at);
    finding.with_help("save the file as UTF-8")
}
