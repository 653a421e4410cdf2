//! What `ztctl fmt` prints.

use std::fmt::Write;

use super::Judged;
use crate::cli::{FmtArgs, Format};
use crate::commands::discover::FileKind;
use crate::commands::input::Content;
use crate::commands::session::{self, Files, Session};
use crate::commands::{Error, diff, output};
use crate::diag::{Diagnostic, Place, Severity};
use crate::lint;
use crate::report::{Concise, Pretty, Report, Reporter, Summary};
use crate::text::{SourceId, SourceMap};

/// A file that would change.
pub(super) fn unformatted(id: SourceId) -> Diagnostic {
    Diagnostic::new("opa-fmt", "style", Severity::Warning, Place::File(id), "file is not formatted").with_help("run `ztctl fmt`")
}

/// What people asked to see: diffs, names, or the new texts.
pub(super) fn show(args: &FmtArgs, session: &Session, judged: &[Judged<'_>]) -> Result<(), Error> {
    let mut out = String::new();
    if args.diff || args.list || args.check {
        for Judged { file, new, .. } in judged {
            let (Content::Text(before), Some(after), name) = (&file.content, new, &file.file.name) else { continue };
            if args.diff {
                out += &diff::unified(name, before, after, &session.output);
            }
            // writing to a String cannot fail
            let _ = match (args.list, args.diff, session.output.quiet) {
                (true, ..) => writeln!(out, "{}", crate::report::visible(name)),
                (false, false, false) => writeln!(out, "would reformat {}", crate::report::visible(name)),
                _ => Ok(()),
            };
        }
    } else {
        let wanted = |judged: &&Judged<'_>| judged.is_stdin() || args.stdout && !judged.passed_over;
        for Judged { file, new, refused, .. } in judged.iter().filter(wanted) {
            match (new, &file.content) {
                (Some(text), _) => out += text,
                // a file that holds refused Rego among other things is still a file
                (None, Content::Text(text)) if !refused || file.file.kind != FileKind::Rego => out += text,
                _ => {}
            }
        }
    }
    if session.output.file.is_some() && !args.report { session.output.report(out.as_bytes()) } else { output::print(out.as_bytes()) }
}

/// Findings and skipped files, on standard error: standard output may carry a program's text.
pub(super) fn explain(session: &Session, files: &Files, sources: &SourceMap, findings: &[Diagnostic]) -> Result<(), Error> {
    let mut summary = Summary { files: files.files.len(), ..Summary::default() };
    summary.skipped.clone_from(&files.skipped);
    let rules: Vec<_> = lint::metas().collect();
    let report = Report { command: "fmt", sources, findings, rules: &rules, summary: &summary, tests: None };
    let mut out = Vec::new();
    // the summary line speaks of findings; here it would only repeat what was just said
    let (color, quiet) = (session.output.color, true);
    match session.output.format {
        Format::Concise => Concise { color, quiet }.write(&report, &mut out)?,
        _ => Pretty { color, unicode: true, width: session.output.width, quiet }.write(&report, &mut out)?,
    }
    output::print_error(&out);
    for skipped in &files.skipped {
        session.output.note(&format!("skipped {}: {}", crate::report::visible(&skipped.path), crate::report::visible(&skipped.reason)));
    }
    Ok(())
}

/// The report that `--format` asks for.
pub(super) fn report(session: &Session, files: &Files, sources: &SourceMap, mut findings: Vec<Diagnostic>) -> Result<(), Error> {
    crate::diag::sort(sources, &mut findings);
    let mut summary = Summary { files: files.files.len(), ..Summary::default() };
    summary.skipped.clone_from(&files.skipped);
    summary.count(sources, &findings);
    let rules: Vec<_> = lint::metas().collect();
    let report = Report { command: "fmt", sources, findings: &findings, rules: &rules, summary: &summary, tests: None };
    session.output.report(&session::render(&session.output, &report)?)
}

/// How many files were rewritten.
pub(super) fn count(session: &Session, judged: &[Judged<'_>]) {
    let written = judged.iter().filter(|judged| judged.written).count();
    if written > 0 || judged.iter().any(|judged| judged.refused) {
        let files = judged.iter().filter(|judged| !judged.passed_over).count();
        session.output.note(&format!("{written} of {files} file{} reformatted", if files == 1 { "" } else { "s" }));
    }
}
