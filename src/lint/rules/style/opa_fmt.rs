use crate::format::{Refusal, Target, format};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{reason, rewritten};
use crate::syntax::rego::Version;

declare_rule! {
    OpaFmt {
        id: "opa-fmt",
        group: "style",
        summary: "a module that `opa fmt` would change",
        why: "One format for all modules ends the discussion about formats, and keeps changes small. `ztctl fmt` writes what \
              `opa fmt` writes, byte for byte; a module that it refuses to format is not reported here, and listed as skipped.",
        bad: rego("package play\n\nallow if  input.user==\"alice\"\n"),
        good: rego("package play\n\nallow if input.user == \"alice\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Formats the module. The result is held against the original: it parses, says the same, and has the same comments.",
        source: "https://www.openpolicyagent.org/docs/style-guide",
        peers: &["regal style/opa-fmt", "opa fmt"],
    }
}

impl Rule for OpaFmt {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // `fmt` formats files of Rego; in YAML, the indentation is that of the file
        if cx.is_embedded() {
            return;
        }
        let parse = cx.parse();
        let target = if parse.version == Version::V0 { Target::V0 } else { Target::V1 };
        let text = cx.text();
        let whole = Span::new(0, text.len() as u32);
        match format(parse, target) {
            Ok(formatted) => {
                if let Some(found) = compare(text, &formatted) {
                    let at = if cx.is_regal() { Span::at(0) } else { found.first };
                    let report = cx.report(at, "the module is not formatted").help("run `ztctl fmt`");
                    if let Some(text) = found.text {
                        report.fix("format the module", Applicability::Safe, [(whole, text)]);
                    }
                }
            }
            Err(Refusal::Syntax) => {}
            // to Regal a module is not formatted either where the formatter fails
            Err(_) if cx.is_regal() => _ = cx.report(Span::at(0), "the module is not formatted"),
            Err(refusal) => cx.skip(format!("not formatted: {}", reason(&refusal))),
        }
    }
}

/// How a text differs from its formatted form.
struct Difference {
    /// The first line that differs.
    first: Span,
    text: Option<String>,
}

/// Compares lines: the mark at the start and the way in which lines end are the author's.
fn compare(text: &str, formatted: &str) -> Option<Difference> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_same = if body.contains('\r') { body.replace("\r\n", "\n") == formatted.replace("\r\n", "\n") } else { body == formatted };
    if is_same {
        return None;
    }
    let mut start = text.len() - body.len();
    let mut first = Span::at(text.len() as u32);
    let mut wanted = formatted.split('\n');
    for line in body.split('\n') {
        let shown = line.trim_end_matches('\r');
        if wanted.next().is_none_or(|wanted| wanted.trim_end_matches('\r') != shown) {
            first = Span::new(start as u32, (start + shown.len()) as u32);
            break;
        }
        start += line.len() + 1;
    }
    Some(Difference { first, text: rewritten(text, formatted) })
}
