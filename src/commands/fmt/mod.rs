//! `ztctl fmt`.

mod show;
mod text;

use std::sync::Arc;

use rayon::prelude::*;

use self::text::Wanted;
use super::discover::FileKind;
use super::input::{self, Content, Loaded};
use super::session::{Session, Versions};
use super::{Error, Outcome, output, write};
use crate::cli::FmtArgs;
use crate::diag::Diagnostic;
use crate::text::SourceId;

/// What formatting a file gave.
#[derive(Default)]
struct Formatted {
    /// The new text, where it differs.
    new: Option<String>,
    findings: Vec<Diagnostic>,
    /// The file, or a text in it, is left alone although it is not as it should be.
    refused: bool,
}

impl Formatted {
    fn refused(findings: Vec<Diagnostic>) -> Self {
        Self { new: None, findings, refused: true }
    }
}

/// A file that is to be formatted, and what came of it.
struct Judged<'f> {
    file: &'f Loaded,
    id: SourceId,
    result: Formatted,
}

pub(super) fn run(args: &FmtArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let files = session.load(&[FileKind::Rego])?;
    let versions = session.versions(&args.rego)?;
    if files.files.is_empty() {
        session.nothing("no Rego file found")?;
    }
    let sources = files.sources();
    let wanted = Wanted { migrate: args.migrate };
    let reported: Vec<(&Loaded, SourceId)> =
        files.files.iter().zip(sources.iter().map(|(id, _)| id)).filter(|(file, _)| file.file.reported).collect();
    let judged: Vec<Judged<'_>> =
        reported.into_par_iter().map(|(file, id)| Judged { file, id, result: one(file, id, wanted, &versions) }).collect();
    let mut findings: Vec<Diagnostic> = judged.iter().flat_map(|judged| judged.result.findings.iter().cloned()).collect();
    let refused = judged.iter().any(|judged| judged.result.refused);
    let changed = judged.iter().any(|judged| judged.result.new.is_some());
    let preview = args.check || args.list || args.diff;

    if session.output.is_text() {
        show::show(args, &session, &judged)?;
        show::explain(&session, &files, &sources, &findings)?;
    } else {
        let unformatted = judged.iter().filter(|judged| preview && judged.result.new.is_some());
        findings.extend(unformatted.map(|judged| show::unformatted(judged.id)));
        show::report(&session, &files, &sources, findings)?;
    }
    if !preview && !args.stdout {
        write_back(&session, &judged, refused)?;
    }
    Ok(if refused || preview && changed { Outcome::Findings } else { Outcome::Clean })
}

fn one(file: &Loaded, id: SourceId, wanted: Wanted, versions: &Versions) -> Formatted {
    let text = match &file.content {
        Content::Text(text) => Arc::clone(text),
        Content::NotUtf8 { valid, why } => return Formatted::refused(vec![input::not_utf8(id, valid, why)]),
        Content::Unreadable(_) => return Formatted::default(),
    };
    let tree = versions.parse(&file.file, &text);
    match wanted.format(&tree) {
        Ok(new) if *new == *text => Formatted::default(),
        Ok(new) => Formatted { new: Some(new), ..Formatted::default() },
        Err(refusal) => Formatted::refused(text::refused(id, &tree, refusal)),
    }
}

/// Rewrites the files that change; one that cannot be written does not stop the others.
fn write_back(session: &Session, judged: &[Judged<'_>], refused: bool) -> Result<(), Error> {
    let tree = session.tree();
    let mut failed = Vec::new();
    let mut written = 0;
    for Judged { file, result, .. } in judged.iter().filter(|judged| judged.file.file.path.as_os_str() != "-") {
        let (Content::Text(before), Some(after)) = (&file.content, &result.new) else { continue };
        match write::replace(&file.file.path, before, after, &tree) {
            Ok(()) => written += 1,
            Err(error) => failed.push(error),
        }
    }
    if written > 0 || refused {
        let judged = judged.len();
        session.output.note(&format!("{written} of {judged} file{} reformatted", if judged == 1 { "" } else { "s" }));
    }
    match failed.pop() {
        None => Ok(()),
        Some(last) => {
            failed.iter().for_each(|error| output::complain(&error.to_string()));
            Err(last)
        }
    }
}
