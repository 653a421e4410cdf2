//! The page `docs/frameworks.md`, made of the frameworks' data alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::capital;
use crate::assess::criteria::CRITERIA;
use crate::assess::frameworks::{Basis, Control, FOOTER, FRAMEWORKS, Framework, mappings};

/// What stands above the tables.
const HEAD: &str = "<!-- generated from the frameworks' data: `ZTCTL_UPDATE=1 cargo test --test it docs` -->
# Frameworks

`ztctl assess` says which controls of known frameworks its evidence supports: `--framework NAME` for one table, `--explain ID` for one
control with its evidence (`--explain pci:8.6.3` where several frameworks have the id), the tabs of the HTML report, and `frameworks` in
JSON.

A criterion *supports* a control: it is evidence that an assessor may look at. It never says that a control is satisfied. The words are
ours; read the framework's own text before you rely on a row. The column *checked* says what was looked up, at the source that its
number names below the table:

- **text**: the control's own text was read there;
- **outline**: its title and an outline were read there, as the text is sold;
- **no**: nothing was; the row is from general knowledge.

";

/// The page: every framework with its controls, what each rests on, and what lies outside of a repository; then each criterion with the
/// controls that it supports.
#[must_use]
pub fn frameworks_page() -> String {
    let mut out = HEAD.to_owned();
    put(&mut out, "| framework | `--framework` | controls | checked |\n|---|---|---|---|\n");
    for own in FRAMEWORKS {
        let names: Vec<String> = own.aliases.iter().map(|name| format!("`{name}`")).collect();
        let checked = own.controls.iter().filter(|control| control.is_verified()).count();
        let anchor = anchor(own.name);
        let _ = writeln!(out, "| [{}](#{anchor}) | {} | {} | {checked} |", own.name, names.join(", "), own.controls.len());
    }
    FRAMEWORKS.iter().for_each(|own| framework(&mut out, own));
    put(&mut out, "\n## By criterion\n\n| criterion | supports |\n|---|---|\n");
    for criterion in CRITERIA {
        let of = |(own, controls): (&Framework, Vec<&Control>)| {
            let ids: Vec<&str> = controls.iter().map(|control| control.id).collect();
            format!("{}: {}", own.aliases.first().copied().unwrap_or(own.id), ids.join(", "))
        };
        let rows: Vec<String> = mappings(criterion.id).into_iter().map(of).collect();
        let _ = writeln!(out, "| `{}` {} | {} |", criterion.id, cell(criterion.title), rows.join("<br>"));
    }
    let _ = writeln!(out, "\n{FOOTER}");
    out
}

fn put(out: &mut String, text: &str) {
    out.push_str(text);
}

/// The anchor that a heading gets on GitHub.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn framework(out: &mut String, own: &Framework) {
    let _ = writeln!(out, "\n## {}\n", own.name);
    let _ = writeln!(out, "{}\n", own.note);
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for source in own.controls.iter().filter_map(|control| control.source) {
        let next = sources.len() + 1;
        sources.entry(source).or_insert(next);
    }
    let _ = writeln!(out, "| {} | asks | what evidence supports | criteria | checked |\n|---|---|---|---|---|", own.unit);
    for control in own.controls {
        let mut criteria: Vec<String> = control.criteria.iter().map(|id| format!("`{id}`")).collect();
        if control.waivers {
            criteria.push("waivers".to_owned());
        }
        let number = control.source.and_then(|source| sources.get(source));
        let checked = match (control.basis, number) {
            (Basis::Memory, _) | (_, None) => "no".to_owned(),
            (basis, Some(number)) => format!("{} [{number}]", basis.as_str()),
        };
        let (asks, supports) = (cell(&capital(control.asks)), cell(control.supports));
        let _ = writeln!(out, "| {} | {asks} | {supports} | {} | {checked} |", control.id, criteria.join(" "));
    }
    let mut sources: Vec<(usize, &str)> = sources.into_iter().map(|(source, number)| (number, source)).collect();
    sources.sort_unstable();
    if !sources.is_empty() {
        put(out, "\nSources:\n\n");
    }
    for (number, source) in sources {
        let _ = writeln!(out, "{number}. <{source}>");
    }
    put(out, "\nOutside of what a repository shows:\n\n");
    for one in own.outside {
        let _ = writeln!(out, "- {}: {} ({})", one.id, one.what, one.why);
    }
}
