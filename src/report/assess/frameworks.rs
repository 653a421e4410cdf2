//! A framework's table, and its controls one by one.

use std::fmt::Write as _;

use super::layout::{WIDTH, cut, cut_front, line, wrapped};
use crate::assess::Assessment;
use crate::assess::evaluate::{Evidence, Polarity};
use crate::assess::frameworks::support::{Row, Support, row, rows};
use crate::assess::frameworks::{Basis, Control, FOOTER, Framework};
use crate::report::visible;

/// The table: control, what the files show for it, evidence for, against and open.
pub(super) fn table(out: &mut String, assessment: &Assessment, framework: &Framework) {
    let rows = rows(assessment, framework);
    line(out, &format!("  {}   what these files support", cut(framework.name, 50).to_uppercase()));
    line(out, "");
    let wide = rows.iter().map(|row| row.control.id.chars().count()).max().unwrap_or(0).clamp(10, 34);
    line(out, &format!("  {:<wide$}  {:<17} {:>4} {:>7} {:>5}  criteria met", framework.unit, "", "for", "against", "open"));
    for row in &rows {
        let id = cut(row.control.id, wide);
        let (positive, contrary, open) = row.evidence;
        let word = row.stage.filter(|_| row.support != Support::NoSubject).map_or_else(|| row.support.word().to_owned(), stage);
        line(out, &format!("  {id:<wide$}  {:<17} {positive:>4} {contrary:>7} {open:>5}  {}", cut(&word, 17), met(row)));
    }
    line(out, "");
    line(out, "  outside of what a repository shows");
    for outside in framework.outside {
        wrapped(out, "  - ", &format!("{}: {} ({})", outside.id, outside.what, outside.why));
    }
    line(out, "");
    if framework.id == "cisa_ztmm_2_0" {
        wrapped(out, "  ", "A stage is what the evidence is consistent with, not what is reached.");
    }
    wrapped(out, "  ", framework.note);
    let unverified = rows.iter().filter(|row| !row.control.is_verified()).count();
    if unverified > 0 {
        let text = format!("{} of {} rows are from general knowledge: check their text before you rely on them.", unverified, rows.len());
        wrapped(out, "  ", &text);
    }
    wrapped(out, "  ", FOOTER);
    line(out, "");
}

/// `~ Initial`: consistent with it.
fn stage(stage: &'static str) -> String {
    format!("~ {}", stage.replace("Initial to Advanced", "Initial/Adv."))
}

fn met(row: &Row<'_>) -> String {
    if row.control.criteria.is_empty() {
        return super::count(row.waivers, "waiver");
    }
    let applies = row.verdicts.iter().filter(|verdict| verdict.status.as_str() != "not_applicable");
    let (met, of) = applies.fold((0, 0), |(met, of), verdict| (met + usize::from(verdict.status.claims()), of + 1));
    if of == 0 { "–".to_owned() } else { format!("{met} of {of}") }
}

/// One control in full.
#[must_use]
pub(super) fn control_text(assessment: &Assessment, framework: &Framework, control: &'static Control) -> String {
    let row = row(assessment, framework, control);
    let mut out = String::new();
    line(&mut out, &format!("{}  {}", control.id, framework.name));
    line(&mut out, "");
    wrapped(&mut out, "asks: ", &format!("{}.", control.asks));
    wrapped(&mut out, "supported by: ", control.supports);
    match control.source {
        Some(source) if control.basis == Basis::Text => wrapped(&mut out, "text read at: ", source),
        Some(source) if control.basis == Basis::Outline => wrapped(&mut out, "title and outline read at: ", source),
        _ => wrapped(&mut out, "", "The control's text was not read: from general knowledge, check it before you rely on it."),
    }
    line(&mut out, "");
    let (positive, contrary, open) = row.evidence;
    line(&mut out, &format!("in these files: {} ({positive} for, {contrary} against, {open} open)", row.support.word()));
    if let Some(stage) = row.stage {
        line(&mut out, &format!("evidence consistent with: {stage}"));
    }
    if control.waivers {
        line(&mut out, &format!("waivers in force: {}", row.waivers));
    }
    for verdict in &row.verdicts {
        let (met, of) = verdict.coverage();
        let share = if of > 0 { format!(", {met} of {of}") } else { String::new() };
        line(&mut out, "");
        line(&mut out, &format!("{}  {}: {}{share}", verdict.criterion.id, verdict.criterion.title, verdict.status.as_str()));
        for (part, scope) in &verdict.subjects.missing {
            line(&mut out, &format!("  - no {part} in {}", visible(scope)));
        }
        for polarity in [Polarity::Contrary, Polarity::Positive, Polarity::Unknown] {
            let of: Vec<&Evidence> = verdict.evidence.iter().filter(|evidence| evidence.polarity == polarity).collect();
            for evidence in of.iter().take(3) {
                let _ = writeln!(out, "  {} {}", glyph(polarity), cut_front(&super::place(evidence), WIDTH - 4));
                let named = format!("{}: {}", evidence.observation.subject, evidence.observation.detail);
                wrapped(&mut out, "      ", &named);
            }
            if of.len() > 3 {
                line(&mut out, &format!("  {} … {} more (--explain {})", glyph(polarity), of.len() - 3, verdict.criterion.id));
            }
        }
    }
    line(&mut out, "");
    wrapped(&mut out, "", FOOTER);
    out
}

fn glyph(polarity: Polarity) -> char {
    match polarity {
        Polarity::Contrary => '-',
        Polarity::Positive => '+',
        Polarity::Unknown => '?',
    }
}
