//! Reading files: each once, in parallel, in the order of their names.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::discover::{FileKind, Found, MANIFEST_KINDS, plain};
use super::survey::{Glance, Survey, Surveyor, Wants};
use crate::diag::{Diagnostic, Place};
use crate::model::code::library;
use crate::secrets::{self, Scanner};
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
    pub(crate) scan: Scanned,
}

/// What looking for secrets in a file gave.
#[derive(Clone, Default, Debug)]
pub(crate) struct Scanned {
    /// In text order.
    pub(crate) found: Vec<secrets::Found>,
    /// The text that the places are counted in; empty where nothing was found.
    pub(crate) text: Arc<str>,
    /// Why a part of the file, or all of it, was not looked at.
    pub(crate) skipped: Option<secrets::Skipped>,
    /// Nothing of it stands in the file: the pointer of Git LFS.
    pub(crate) is_pointer: bool,
}

/// Who gets the bytes of a file while they are there.
#[derive(Clone, Copy, Default)]
pub(super) struct Readers<'a> {
    /// Finds the secrets of what is reported.
    pub(super) scanner: Option<&'a Scanner>,
    /// Takes what an assessment wants; then all is looked at for secrets.
    pub(super) surveyor: Option<&'a Surveyor>,
}

/// Reads all files that are not larger than `max_size`, each once; the order stays. The text of a file that is read for its secrets
/// or for an assessment is kept only where somebody needs it.
pub(super) fn read_all(files: Vec<Found>, max_size: u64, readers: Readers<'_>) -> (Vec<Loaded>, Survey) {
    let read = |file: Found| {
        let scanner = readers.scanner.filter(|_| readers.surveyor.is_some() || file.reported);
        let wants = readers.surveyor.map_or_else(Wants::default, |surveyor| surveyor.wants(&file));
        let (content, scan, glance) = read(&file, max_size, scanner, wants);
        (Loaded { file, content, scan }, glance)
    };
    let (files, glances): (Vec<Loaded>, Vec<Glance>) = files.into_par_iter().map(read).unzip();
    (files, Survey::of(glances.into_iter()))
}

fn read(file: &Found, max_size: u64, scanner: Option<&Scanner>, wants: Wants) -> (Content, Scanned, Glance) {
    let bytes = if file.path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        match read_file(&file.path, max_size) {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(size)) => {
                let scan = match scanner {
                    // so many bytes at least, that its ends are all that is looked at
                    Some(scanner) => ends(&file.path, size).map(|bytes| scan(scanner, file, &bytes)).unwrap_or_default(),
                    None => Scanned::default(),
                };
                let content = Content::Unreadable(format!("{size} bytes, more than `--max-file-size` ({max_size} bytes)"));
                return (content, scan, wants.look(&file.name, None));
            }
            Err(error) => Err(error),
        }
    };
    let mut scan = match (scanner, &bytes) {
        (Some(scanner), Ok(bytes)) => scan(scanner, file, bytes),
        _ => Scanned::default(),
    };
    let glance = bytes.as_ref().map_or_else(|_| Glance::default(), |bytes| wants.look(&file.name, Some(bytes)));
    if file.scan_only {
        let why = bytes.err().map(|error| plain(&error));
        return (why.map_or(Content::LeftOut(None), Content::Unreadable), scan, glance);
    }
    let content = content(file, bytes);
    if let Content::Text(text) = &content {
        // the same bytes
        if !scan.found.is_empty() {
            scan.text = Arc::clone(text);
        }
    }
    (content, scan, glance)
}

/// Finds the secrets in the bytes of a file.
pub(crate) fn scan(scanner: &Scanner, file: &Found, bytes: &[u8]) -> Scanned {
    if bytes.starts_with(LFS_POINTER) {
        return Scanned { is_pointer: true, ..Scanned::default() };
    }
    let (found, text, skipped) = match utf16(bytes) {
        Some(text) => {
            let scan = scanner.scan(&file.name, text.as_bytes());
            (scan.found, Some(text), scan.skipped)
        }
        None => {
            let scan = scanner.scan(&file.name, bytes);
            let text = (!scan.found.is_empty()).then(|| readable(bytes));
            (scan.found, text, scan.skipped)
        }
    };
    let text = text.filter(|_| !found.is_empty()).map_or_else(|| Arc::from(""), Arc::from);
    Scanned { found, text, skipped, is_pointer: false }
}

/// How the files begin that Git LFS leaves in place of others (git-lfs, docs/spec.md).
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Bytes as a text with the same offsets: a `?` for each byte that is not UTF-8.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '?'));
    }
    out
}

/// A text in UTF-16, by its mark or by its first characters.
fn utf16(bytes: &[u8]) -> Option<String> {
    let big = match encoding(bytes)? {
        Encoding::Utf16Big => true,
        Encoding::Utf16Little => false,
    };
    let unit = |pair: &[u8]| if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) };
    let units = bytes.chunks_exact(2).map(unit).skip(usize::from(matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or('?')).collect())
}

enum Encoding {
    Utf16Big,
    Utf16Little,
}

fn encoding(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(Encoding::Utf16Little),
        [0xfe, 0xff, ..] => Some(Encoding::Utf16Big),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some(Encoding::Utf16Little),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some(Encoding::Utf16Big),
        _ => None,
    }
}

/// The first and the last bytes of a file that is too large, with its line breaks between them, so that lines keep their numbers.
fn ends(path: &Path, size: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = vec![0; END];
    let read = fill(&mut file, &mut bytes)?;
    bytes.truncate(read);
    let mut left = size.saturating_sub((read + END) as u64);
    let mut buffer = vec![0; END];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(END).min(END);
        let read = fill(&mut file, &mut buffer[..wanted])?;
        let breaks = memchr::memchr_iter(b'\n', &buffer[..read]).count();
        // nobody reads the end of such a file
        if read == 0 || bytes.len() + breaks > MAX_BREAKS {
            return Ok(bytes);
        }
        bytes.resize(bytes.len() + breaks, b'\n');
        left -= read as u64;
    }
    let read = fill(&mut file, &mut buffer)?;
    bytes.extend_from_slice(&buffer[..read]);
    Ok(bytes)
}

/// So many line breaks of a file are kept at most.
const MAX_BREAKS: usize = 64 << 20;

/// So much of each end of a file is looked at that is too large.
const END: usize = 256 << 10;

fn content(file: &Found, bytes: std::io::Result<Vec<u8>>) -> Content {
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
pub(super) fn read_file(path: &Path, max_size: u64) -> std::io::Result<Result<Vec<u8>, u64>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > max_size {
        return Ok(Err(size));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    // as much as the file said it holds: asking for its end costs as much as reading most files
    let read = fill(&mut file, &mut bytes)?;
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

/// Reads until `bytes` are full or the file ends, and says how many it read.
fn fill(file: &mut File, bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        match file.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
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
    let has_mark = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    if encoding(bytes).is_some() && (!has_mark || bytes.len().is_multiple_of(2)) {
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
