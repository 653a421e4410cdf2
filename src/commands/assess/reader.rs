//! Views of an assessment that a reader asks for: an explanation, a framework, the self-check, all steps, a runbook sheet.

use crate::assess::Assessment;
use crate::assess::criteria::{CRITERIA, disqualifiers};
use crate::assess::frameworks::{FRAMEWORKS, Framework, controls, framework};
use crate::assess::runbook::Lookup;
use crate::cli::{AssessArgs, Format};
use crate::commands::Error;
use crate::diag::suggest::nearest;
use crate::report::assess::{About, explain, questions_text, runbook_json, runbook_markdown, runbook_text, steps_text};

/// The framework that is asked for; an error for a name that is none, or an id that nothing has.
pub(super) fn check(args: &AssessArgs) -> Result<Option<&'static Framework>, Error> {
    if let Some(id) = args.explain.as_deref().filter(|id| !is_known(id)) {
        let ids = CRITERIA.iter().map(|one| one.id).chain(disqualifiers());
        let hint = nearest(id, ids).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Error::usage(format!("`{id}` is neither a criterion nor a disqualifier nor a framework's control{hint}")));
    }
    let Some(name) = args.framework.as_deref() else { return Ok(None) };
    framework(name).map(Some).ok_or_else(|| {
        let names: Vec<&str> = FRAMEWORKS.iter().map(|own| own.aliases.first().copied().unwrap_or(own.id)).collect();
        Error::usage(format!("`{name}` is no framework; there are {}", names.join(", ")))
    })
}

fn is_known(id: &str) -> bool {
    CRITERIA.iter().any(|one| one.id == id) || disqualifiers().any(|one| one == id) || !controls(id).is_empty()
}

/// What is asked for instead of the report; `None` for the report. JSON holds all of it.
pub(super) fn view(args: &AssessArgs, format: Format, assessment: &Assessment, about: &About) -> Result<Option<String>, Error> {
    if let Some(id) = &args.explain {
        return Ok(explain(assessment, id));
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
        Lookup::Ambiguous { workloads } => format!("`{name}` may be {}", workloads.join(", ")),
    })
}
