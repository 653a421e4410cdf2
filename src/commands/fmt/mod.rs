//! `ztctl fmt`.

mod embedded;
mod migration;
mod show;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::text::{Formatted, Text, Wanted, format_all};
use super::discover::FileKind;
use super::input::{self, Content, Loaded};
use super::session::Session;
use super::{Error, Outcome, output, write};
use crate::cli::FmtArgs;
use crate::diag::Diagnostic;
use crate::syntax::rego::Version;
use crate::text::SourceId;

/// A file that is to be formatted, and what came of it.
struct Judged<'f> {
    file: &'f Loaded,
    id: SourceId,
    /// The texts that it holds.
    texts: Vec<Formatted>,
    /// The new text, where it differs.
    new: Option<String>,
    findings: Vec<Diagnostic>,
    /// The file, or a text in it, is left alone although it is not as it should be.
    refused: bool,
    /// Whether the file holds the new text now.
    written: bool,
    /// There is nothing in it to format.
    passed_over: bool,
}

impl<'f> Judged<'f> {
    /// A file of Rego; `formatted` is `None` where it is no text.
    fn new(file: &'f Loaded, id: SourceId, formatted: Option<Formatted>) -> Self {
        let mut judged = Self::untouched(file, id);
        match (&file.content, formatted) {
            (Content::NotUtf8 { valid, why }, _) => {
                judged.findings.push(input::not_utf8(id, valid, why));
                judged.refused = true;
            }
            (_, Some(mut formatted)) => {
                judged.new = formatted.new.take();
                judged.findings.clone_from(&formatted.findings);
                judged.refused = formatted.is_refused();
                judged.texts.push(formatted);
            }
            _ => {}
        }
        judged
    }

    /// A file that nothing has been done to.
    fn untouched(file: &'f Loaded, id: SourceId) -> Self {
        Self { file, id, texts: Vec::new(), new: None, findings: Vec::new(), refused: false, written: false, passed_over: false }
    }

    fn is_stdin(&self) -> bool {
        self.file.file.path.as_os_str() == "-"
    }
}

pub(super) fn run(args: &FmtArgs) -> Result<Outcome, Error> {
    migration::usage(args)?;
    let session = Session::new(&args.common)?;
    let kinds: &[FileKind] = if args.embedded { &[FileKind::Rego, FileKind::Data, FileKind::Markdown] } else { &[FileKind::Rego] };
    let mut files = session.load(kinds)?;
    let versions = session.versions(&args.rego)?;
    let mut sources = files.sources();
    let hosts = if args.embedded { embedded::hosts(&mut files, &mut sources) } else { Vec::new() };
    let wanted = Wanted { migrate: args.migrate, allow_unsafe: args.unsafe_fixes };
    let mut hosted = embedded::format_hosts(&hosts, &files, &sources, wanted, &versions);
    let with_ids = || files.files.iter().zip(sources.iter().map(|(id, _)| id));
    let is_rego = |file: &Loaded| !args.embedded || embedded::kind_of(file).is_none();
    let texts: Vec<Text<'_>> = with_ids()
        .filter(|(file, _)| is_rego(file))
        .filter_map(|(file, id)| match &file.content {
            Content::Text(text) => Some(Text {
                id,
                text: Arc::clone(text),
                file: &file.file,
                writable: file.file.reported,
                said_v1: wanted.migrate.is_some() && versions.of(&file.file) == Some(Version::V1),
            }),
            Content::NotUtf8 { .. } | Content::Unreadable(_) | Content::LeftOut(_) => None,
        })
        .collect();
    let results = format_all(&texts, wanted, &|text| versions.parse_syntax(text.file, &text.text));
    let mut results: BTreeMap<SourceId, Formatted> = results.into_iter().flatten().map(|result| (result.id, result)).collect();
    let mut judged: Vec<Judged<'_>> = with_ids()
        .filter(|(file, _)| file.file.reported)
        .map(|(file, id)| match embedded::kind_of(file).filter(|_| args.embedded) {
            None => Judged::new(file, id, results.remove(&id)),
            Some(kind) => Judged::host(file, id, kind, hosted.remove(&id)),
        })
        .collect();
    if judged.iter().all(|judged| judged.passed_over) {
        session.nothing("no Rego file found")?;
    }
    let mut findings: Vec<Diagnostic> = judged.iter().flat_map(|judged| judged.findings.iter().cloned()).collect();
    let refused = judged.iter().any(|judged| judged.refused);
    let changed = judged.iter().any(|judged| judged.new.is_some());
    let preview = args.check || args.list || args.diff;

    let written = if preview || args.stdout { Ok(()) } else { write_back(&session, &mut judged) };
    if args.report {
        migration::report(args, &session, &files, &sources, &judged)?;
        if session.output.file.is_some() {
            show::show(args, &session, &judged)?;
        }
    } else if session.output.is_text() {
        show::show(args, &session, &judged)?;
        show::explain(&session, &files, &sources, &findings)?;
    } else {
        let unformatted = judged.iter().filter(|judged| preview && judged.new.is_some());
        findings.extend(unformatted.map(|judged| show::unformatted(judged.id)));
        show::report(&session, &files, &sources, findings)?;
    }
    if !preview && !args.stdout {
        show::count(&session, &judged);
    }
    if !args.report {
        migration::remark(&session, &judged);
    }
    written?;
    Ok(if refused || preview && changed { Outcome::Findings } else { Outcome::Clean })
}

/// Rewrites the files that change; one that cannot be written does not stop the others.
fn write_back(session: &Session, judged: &mut [Judged<'_>]) -> Result<(), Error> {
    let tree = session.tree();
    let mut failed = Vec::new();
    for judged in judged.iter_mut().filter(|judged| !judged.is_stdin()) {
        let (Content::Text(before), Some(after)) = (&judged.file.content, &judged.new) else { continue };
        match write::replace(&judged.file.file.path, before, after, &tree) {
            Ok(()) => judged.written = true,
            Err(error) => failed.push(error),
        }
    }
    match failed.pop() {
        None => Ok(()),
        Some(last) => {
            failed.iter().for_each(|error| output::complain(&error.to_string()));
            Err(last)
        }
    }
}
