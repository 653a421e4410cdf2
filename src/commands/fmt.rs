//! `ztctl fmt`.

use std::fmt::Write;
use std::sync::Arc;

use rayon::prelude::*;

use super::discover::FileKind;
use super::input::{self, Content, Loaded};
use super::session::{Files, Session, Versions};
use super::{Error, Outcome, diff, output, session, write};
use crate::cli::{FmtArgs, Format, MigrateArg};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::{Refusal, Target, format};
use crate::lint;
use crate::report::{Concise, Pretty, Report, Reporter, Summary};
use crate::syntax::rego::{Parse, Version};
use crate::text::{Location, SourceId, SourceMap};

/// What formatting a file gave.
enum Formatted {
    Same,
    Changed(String),
    /// Left alone; why.
    Refused(Vec<Diagnostic>),
}

pub(super) fn run(args: &FmtArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let files = session.load(&[FileKind::Rego])?;
    let versions = session.versions(&args.rego)?;
    if files.files.is_empty() {
        session.nothing("no Rego file found")?;
    }
    let sources = files.sources();
    let results: Vec<Formatted> = files
        .files
        .par_iter()
        .zip(sources.iter().map(|(id, _)| id).collect::<Vec<_>>())
        .filter(|(file, _)| file.file.reported)
        .map(|(file, id)| one(file, id, args.migrate, &versions))
        .collect();
    let judged: Vec<(&Loaded, SourceId)> =
        files.files.iter().zip(sources.iter().map(|(id, _)| id)).filter(|(file, _)| file.file.reported).collect();
    let changed: Vec<(&Loaded, SourceId, &str)> = judged
        .iter()
        .zip(&results)
        .filter_map(|((file, id), result)| match result {
            Formatted::Changed(text) => Some((*file, *id, text.as_str())),
            _ => None,
        })
        .collect();
    let refusals: Vec<Diagnostic> = results
        .iter()
        .filter_map(|result| match result {
            Formatted::Refused(why) => Some(why.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let refused = !refusals.is_empty();
    let preview = args.check || args.list || args.diff;

    if session.output.is_text() {
        show(args, &session, &judged, &results, &changed)?;
        explain(&session, &files, &sources, &refusals)?;
    } else {
        let mut findings = refusals;
        findings.extend(changed.iter().filter(|_| preview).map(|(_, id, _)| unformatted(*id)));
        report(&session, &files, &sources, findings)?;
    }
    if !preview && !args.stdout {
        write_back(&session, judged.len(), &changed, refused)?;
    }
    Ok(if refused || preview && !changed.is_empty() { Outcome::Findings } else { Outcome::Clean })
}

fn one(file: &Loaded, id: SourceId, migrate: Option<MigrateArg>, versions: &Versions) -> Formatted {
    let text = match &file.content {
        Content::Text(text) => Arc::clone(text),
        Content::NotUtf8 { valid, why } => return Formatted::Refused(vec![input::not_utf8(id, valid, why)]),
        Content::Unreadable(_) => return Formatted::Same,
    };
    let tree = versions.parse(&file.file, &text);
    let target = match (migrate, tree.version) {
        (Some(MigrateArg::Both), _) => Target::Both,
        (Some(MigrateArg::V1), _) => Target::V1Only,
        (None, Version::V0) => Target::V0,
        (None, Version::V1) => Target::V1,
    };
    match format(&tree, target) {
        Ok(new) if *new == *text => Formatted::Same,
        Ok(new) => Formatted::Changed(new),
        Err(refusal) => Formatted::Refused(refused(id, &tree, refusal)),
    }
}

/// Why a file is left alone, as findings.
fn refused(source: SourceId, tree: &Parse, refusal: Refusal) -> Vec<Diagnostic> {
    let finding = |place, message: String| Diagnostic::new("format-refused", "syntax", Severity::Error, place, message);
    match refusal {
        Refusal::Syntax => super::findings::syntax_errors(source, tree),
        Refusal::Unsupported { span, reason } => vec![finding(Place::At(Location { source, span }), format!("not formatted: {reason}"))],
        Refusal::Migration { span, message, help } => {
            vec![finding(Place::At(Location { source, span }), format!("not migrated: {message}")).with_help(help)]
        }
        Refusal::Proof { reason } => vec![
            finding(Place::File(source), format!("not formatted: {reason}"))
                .with_help("this is a defect of ztctl; please report it with the file"),
        ],
    }
}

fn unformatted(id: SourceId) -> Diagnostic {
    Diagnostic::new("opa-fmt", "style", Severity::Warning, Place::File(id), "file is not formatted").with_help("run `ztctl fmt`")
}

/// What people asked to see: diffs, names, or the new texts.
fn show(
    args: &FmtArgs,
    session: &Session,
    judged: &[(&Loaded, SourceId)],
    results: &[Formatted],
    changed: &[(&Loaded, SourceId, &str)],
) -> Result<(), Error> {
    let mut out = String::new();
    if args.diff || args.list || args.check {
        for (file, _, after) in changed {
            let (Content::Text(before), name) = (&file.content, &file.file.name) else { continue };
            if args.diff {
                out += &diff::unified(name, before, after, session.output.color);
            }
            // writing to a String cannot fail
            let _ = match (args.list, args.diff, session.output.quiet) {
                (true, ..) => writeln!(out, "{}", crate::report::visible(name)),
                (false, false, false) => writeln!(out, "would reformat {}", crate::report::visible(name)),
                _ => Ok(()),
            };
        }
    } else {
        let wanted = |file: &Loaded| args.stdout || file.file.path.as_os_str() == "-";
        for ((file, _), result) in judged.iter().zip(results).filter(|((file, _), _)| wanted(file)) {
            match (result, &file.content) {
                (Formatted::Changed(text), _) => out += text,
                (Formatted::Same, Content::Text(text)) => out += text,
                _ => {}
            }
        }
    }
    if args.common.output.output.is_some() { session.output.report(out.as_bytes()) } else { output::print(out.as_bytes()) }
}

/// Refusals and skipped files, on standard error: standard output may carry a program's text.
fn explain(session: &Session, files: &Files, sources: &SourceMap, refusals: &[Diagnostic]) -> Result<(), Error> {
    let mut summary = Summary { files: files.files.len(), ..Summary::default() };
    summary.skipped.clone_from(&files.skipped);
    let rules: Vec<_> = lint::metas().collect();
    let report = Report { command: "fmt", sources, findings: refusals, rules: &rules, summary: &summary, tests: None };
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

fn report(session: &Session, files: &Files, sources: &SourceMap, mut findings: Vec<Diagnostic>) -> Result<(), Error> {
    crate::diag::sort(sources, &mut findings);
    let mut summary = Summary { files: files.files.len(), ..Summary::default() };
    summary.skipped.clone_from(&files.skipped);
    summary.count(sources, &findings);
    let rules: Vec<_> = lint::metas().collect();
    let report = Report { command: "fmt", sources, findings: &findings, rules: &rules, summary: &summary, tests: None };
    session.output.report(&session::render(&session.output, &report)?)
}

/// Rewrites the files that change; one that cannot be written does not stop the others.
fn write_back(session: &Session, judged: usize, changed: &[(&Loaded, SourceId, &str)], refused: bool) -> Result<(), Error> {
    let tree = session.tree();
    let mut failed = Vec::new();
    let mut written = 0;
    for (file, _, after) in changed.iter().filter(|(file, ..)| file.file.path.as_os_str() != "-") {
        let Content::Text(before) = &file.content else { continue };
        match write::replace(&file.file.path, before, after, &tree) {
            Ok(()) => written += 1,
            Err(error) => failed.push(error),
        }
    }
    if written > 0 || refused {
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
