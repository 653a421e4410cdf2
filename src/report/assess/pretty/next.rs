//! What the next level needs: what holds the level down, the criteria, and the first places of each.

use anstyle::AnsiColor;

use super::super::layout::{WIDTH, columns, cut, cut_front, line, padded, rows, wrapped};
use super::super::{against, place};
use super::{BOLD, Terminal, coloured};
use crate::assess::Assessment;
use crate::assess::criteria::DISQUALIFIERS;
use crate::assess::evaluate::Verdict;
use crate::assess::score::Cap;
use crate::assess::status::Status;

/// Places shown of each.
const PLACES: usize = 3;

pub(super) fn next_step(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    let overall = &assessment.overall;
    let Some((next, _)) = overall.progress else { return };
    let spine: Vec<&Verdict> =
        assessment.combined.iter().filter(|verdict| verdict.criterion.spine && verdict.criterion.level == next).collect();
    let (met, unmet): (Vec<&Verdict>, Vec<&Verdict>) = spine.iter().partition(|verdict| verdict.is_satisfied());
    let effort =
        unmet.iter().map(|verdict| verdict.criterion.effort).max().map_or(String::new(), |effort| format!("effort: {}", effort.as_str()));
    let caps: Vec<&Cap> = assessment.holding().collect();
    let needs = if unmet.is_empty() { format!("Level {next}") } else { format!("Level {next} needs {} of {}", unmet.len(), spine.len()) };
    let title = padded(&format!("  NEXT STEP  → {needs}"), WIDTH - columns(&effort));
    line(out, &format!("{}{effort}", terminal.paint(BOLD, &title)));
    for cap in &caps {
        // the places of what it stands for are those of the criterion below
        let is_told = |id: &str| unmet.iter().any(|verdict| verdict.criterion.id == id && against(verdict).next().is_some());
        let told = DISQUALIFIERS.iter().any(|row| row.id == cap.disqualifier && row.stands_for.iter().any(|id| is_told(id)));
        held(out, cap, terminal, !told);
    }
    for verdict in &unmet {
        criterion(out, verdict, terminal);
    }
    if unmet.is_empty() && caps.is_empty() {
        wrapped(out, "    ", &format!("{}.", overall.reason));
    }
    satisfied(out, &met, terminal);
    line(out, "");
}

/// A disqualifier with its first places.
fn held(out: &mut String, cap: &Cap, terminal: Terminal, places: bool) {
    let glyph = terminal.paint(coloured(AnsiColor::Red), "✗");
    let number = if cap.evidence.len() > 1 { format!("  {} places", cap.evidence.len()) } else { String::new() };
    line(out, &format!("  {glyph} {}  {}{number}", cap.disqualifier, cut(cap.title, WIDTH - 24 - number.len())));
    if !places {
        return;
    }
    for evidence in cap.evidence.iter().take(PLACES) {
        let at = evidence.spot.as_ref().map_or_else(|| evidence.subject.to_string(), |spot| format!("{}:{}", spot.path, spot.line));
        spot(out, &at, &evidence.detail);
    }
    more(out, cap.evidence.len(), cap.disqualifier);
}

/// A place and what is there: in one line where it fits.
fn spot(out: &mut String, at: &str, detail: &str) {
    let at = cut_front(at, WIDTH - 6);
    let room = WIDTH.saturating_sub(6 + columns(&at) + 3);
    let told = rows(detail, WIDTH - 8, 2);
    match &told[..] {
        [one] if columns(one) <= room => line(out, &format!("      {at}   {one}")),
        told => {
            line(out, &format!("      {at}"));
            told.iter().for_each(|row| line(out, &format!("        {row}")));
        }
    }
}

fn more(out: &mut String, total: usize, id: &str) {
    if total > PLACES {
        line(out, &format!("      … {} more   (ztctl assess --explain {id})", total - PLACES));
    }
}

fn criterion(out: &mut String, verdict: &Verdict, terminal: Terminal) {
    let (glyph, color) = match verdict.status {
        Status::Unknown | Status::Error => ("?", AnsiColor::Yellow),
        _ => ("✗", AnsiColor::Red),
    };
    let (met, of) = verdict.coverage();
    let share = match verdict.status {
        Status::Error => "ztctl failed on it".to_owned(),
        Status::Unknown => verdict.reason.map_or_else(|| "unknown".to_owned(), |reason| format!("unknown: {}", reason.as_str())),
        _ => format!("{met}/{of}"),
    };
    let room = WIDTH.saturating_sub("  ? L1.SEC.1    ".len() + share.chars().count()).min(38);
    let title = padded(&cut(verdict.criterion.title, room), room);
    line(out, &format!("  {} {}  {title}  {share}", terminal.paint(coloured(color), glyph), verdict.criterion.id));
    let mut shown = 0;
    for (part, scope) in verdict.subjects.missing.iter().take(PLACES) {
        line(out, &format!("      {}", cut(&format!("no {part} in {scope}"), WIDTH - 6)));
        shown += 1;
    }
    for evidence in against(verdict).take(PLACES - shown) {
        let observation = &evidence.observation;
        let named = if observation.spot.is_some() {
            format!("{}: {}", observation.subject, observation.detail)
        } else {
            observation.detail.clone()
        };
        spot(out, &place(evidence), &named);
        shown += 1;
    }
    let all = against(verdict).count() + verdict.subjects.missing.len();
    more(out, if all > shown { PLACES + all - shown } else { 0 }, verdict.criterion.id);
    wrapped(out, "      → ", verdict.criterion.pass);
}

/// What the level needs and has already, two in a line where they fit.
fn satisfied(out: &mut String, met: &[&Verdict], terminal: Terminal) {
    let mut row = String::new();
    let mut used = 0;
    for verdict in met {
        let (glyph, color) = match verdict.status {
            Status::Met => ("✓", Some(AnsiColor::Green)),
            Status::NotApplicable => ("-", None),
            _ => ("~", Some(AnsiColor::Yellow)),
        };
        let (count, of) = verdict.coverage();
        let share = match verdict.status {
            Status::NotApplicable => ": nothing to judge".to_owned(),
            Status::Waived => ": waived".to_owned(),
            Status::Attested => ": stated by the owner".to_owned(),
            _ if of == 0 => ": met".to_owned(),
            _ => format!(" {count}/{of}"),
        };
        let text = format!("{}  {}{share}", verdict.criterion.id, verdict.criterion.title);
        let glyph = color.map_or_else(|| glyph.to_owned(), |color| terminal.paint(coloured(color), glyph));
        let width = columns(&text) + 2;
        if used > 0 && used + 5 + width > WIDTH {
            line(out, &row);
            (row, used) = (String::new(), 0);
        }
        let lead = if used == 0 { "  " } else { "     " };
        row.push_str(&format!("{lead}{glyph} {}", cut(&text, WIDTH - 4)));
        used += lead.len() + width;
    }
    if used > 0 {
        line(out, &row);
    }
}
