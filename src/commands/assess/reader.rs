//! Views of an assessment that a reader asks for: an explanation, a framework, the self-check, all steps, a runbook sheet.

use crate::assess::Assessment;
use crate::assess::frameworks::{FRAMEWORKS, Framework, framework};
use crate::assess::runbook::Lookup;
use crate::cli::{AssessArgs, Format};
use crate::commands::Error;
use crate::diag::suggest::list;
use crate::report::assess::{About, explain, explain_json, questions_text, runbook_json, runbook_markdown, runbook_text, steps_text};

/// The framework that is asked for; an error for a name that is none.
pub(super) fn check(args: &AssessArgs) -> Result<Option<&'static Framework>, Error> {
    let Some(name) = args.framework.as_deref() else { return Ok(None) };
    framework(name).map(Some).ok_or_else(|| {
        let names: Vec<&str> = FRAMEWORKS.iter().map(|own| own.aliases.first().copied().unwrap_or(own.id)).collect();
        Error::usage(format!("`{name}` is no framework; there are {}", names.join(", ")))
    })
}

/// What is asked for instead of the report; `None` for the report, of which JSON holds the self-check and all steps.
pub(super) fn view(args: &AssessArgs, format: Format, assessment: &Assessment, about: &About) -> Result<Option<String>, Error> {
    if let Some(id) = &args.explain {
        let text = match format {
            Format::Pretty => explain(assessment, id),
            Format::Json => explain_json(assessment, id, about),
            _ => return Err(Error::usage("`--explain` has the formats `pretty` and `json`")),
        };
        return text.map(Some).ok_or_else(|| {
            let similar = assessment.similar(id);
            let hint = if similar.is_empty() { String::new() } else { format!("; did you mean {similar}?") };
            Error::usage(format!("`{id}` is no criterion, disqualifier, domain, waiver or control of a framework{hint}"))
        });
    }
    if let (Some(name), Some(sheets)) = (&args.runbook, &assessment.runbook) {
        let sheets = sheets.as_ref().map_err(|lookup| unknown(name, lookup))?;
        return match format {
            Format::Pretty => Ok(Some(runbook_text(sheets))),
            Format::Markdown => Ok(Some(runbook_markdown(sheets))),
            Format::Json => Ok(Some(runbook_json(sheets))),
            _ => Err(Error::usage("`--runbook` has the formats `pretty`, `markdown` and `json`")),
        };
    }
    if !matches!(format, Format::Pretty) {
        return Ok(None);
    }
    Ok(if args.questions {
        Some(questions_text(assessment))
    } else if args.all_steps {
        Some(steps_text(assessment, about.framework))
    } else {
        None
    })
}

/// Why there is no sheet.
fn unknown(name: &str, lookup: &Lookup) -> Error {
    Error::usage(match lookup {
        Lookup::Unknown { nearest: Some(near) } => format!("no workload is called `{name}`; did you mean `{near}`?"),
        Lookup::Unknown { nearest: None } => format!("no workload is called `{name}`; `--format json` lists them under `services`"),
        Lookup::Ambiguous { workloads } => {
            let names: Vec<&str> = workloads.iter().map(String::as_str).collect();
            format!("`{name}` may be {}", list(&names))
        }
    })
}
