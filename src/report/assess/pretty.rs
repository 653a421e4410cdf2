//! The terminal's report: 80 columns, readable without colour.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{About, against, count, place};
use crate::assess::Assessment;
use crate::assess::evaluate::Verdict;
use crate::assess::inventory::Effect;
use crate::assess::result::DomainResult;
use crate::assess::status::{LEVELS, Status};
use crate::report::visible;

/// How the terminal is written to.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub color: bool,
}

const WIDTH: usize = 80;

impl Terminal {
    fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

const BOLD: Style = Style::new().bold();

fn coloured(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

/// The report.
#[must_use]
pub fn pretty(assessment: &Assessment, about: &About, terminal: Terminal) -> String {
    let mut out = String::new();
    head(&mut out, assessment, about, terminal);
    gauge(&mut out, assessment, terminal);
    if let Some(framework) = about.framework {
        super::frameworks::table(&mut out, assessment, framework);
        super::advice::steps_short(&mut out, assessment, about.framework);
        return out;
    }
    domains(&mut out, assessment);
    next_step(&mut out, assessment, terminal);
    super::advice::steps_short(&mut out, assessment, None);
    super::advice::questions_short(&mut out, assessment);
    remarks(&mut out, assessment);
    out
}

/// Cuts a text to `width` characters.
fn cut(text: &str, width: usize) -> String {
    let text = visible(text);
    if text.chars().count() <= width {
        return text.into();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Cuts a path's front away, so that its end stays.
fn cut_front(text: &str, width: usize) -> String {
    let text = visible(text);
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    let kept: String = text.chars().skip(length - width.saturating_sub(1)).collect();
    format!("…{kept}")
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn head(out: &mut String, assessment: &Assessment, about: &About, terminal: Terminal) {
    let mut title = format!("ztctl assess  {}", cut(&assessment.target, 30));
    if let Some(commit) = &about.commit {
        let _ = write!(title, " @ {}{}", commit.chars().take(7).collect::<String>(), if about.dirty == Some(true) { "+" } else { "" });
    }
    line(out, &terminal.paint(BOLD, &title));
    let facts = format!(
        "{}, {}, {}, {}",
        assessment.kind.as_str(),
        count(assessment.scanned, "file"),
        count(assessment.workloads, "workload"),
        count(assessment.environments.len(), "environment")
    );
    line(out, &format!("  {facts}"));
    line(out, "");
    line(out, "  ZERO TRUST MATURITY   as declared in these files, not the running system");
    line(out, "");
}

fn gauge(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    let overall = &assessment.overall;
    let Some(level) = overall.level else {
        line(out, &terminal.paint(BOLD, "  NOT RATED"));
        wrapped(out, "  ", &overall.reason);
        line(out, "");
        return;
    };
    let scale: Vec<String> = (0..=5u8).map(|at| if at == level { format!("[{at}]") } else { at.to_string() }).collect();
    let color = match level {
        0 | 1 => AnsiColor::Red,
        2 | 3 => AnsiColor::Yellow,
        _ => AnsiColor::Green,
    };
    let title = format!("LEVEL {level}");
    line(out, &format!("   {}   {}", scale.join(" ── "), terminal.paint(coloured(color).bold(), &title)));
    line(out, &format!("   {}", LEVELS[usize::from(level)]));
    let confidence = overall.confidence.word();
    match overall.progress {
        Some((next, percent)) => {
            let filled = (percent / 10) as usize;
            let bar = format!("{}{}", "█".repeat(filled), "░".repeat(10 - filled.min(10)));
            line(out, &format!("   {bar} {percent}% of Level {next}        confidence: {confidence}"));
        }
        None => line(out, &format!("   confidence: {confidence}")),
    }
    wrapped(out, "   ", &overall.reason);
    if let Some(without) = overall.level_without_waivers.filter(|without| Some(*without) != overall.level) {
        line(out, &format!("   without waivers: {without}"));
    }
    line(out, "");
}

fn bar(level: Option<u8>) -> String {
    match level {
        Some(level) => format!("{}{} {level}", "█".repeat(usize::from(level)), "░".repeat(5 - usize::from(level.min(5)))),
        None => "  –    ".to_owned(),
    }
}

fn domains(out: &mut String, assessment: &Assessment) {
    let shown: Vec<&str> = assessment.environments.iter().take(3).map(|environment| environment.id.as_str()).collect();
    let mut head = format!("  {:<15}", "domain");
    for name in &shown {
        let _ = write!(head, "{:<9}", cut(name, 8));
    }
    head.push_str(if assessment.overall.level == Some(5) { "" } else { "why not higher" });
    line(out, &head);
    let least = assessment.domains.iter().filter_map(|domain| domain.level).min();
    let lagging = |domain: &DomainResult| {
        let far = assessment.overall.level.is_some_and(|level| domain.level.is_some_and(|own| own + 1 < level));
        far && domain.level == least
    };
    for domain in &assessment.domains {
        let mut row = format!("  {:<15}", domain.domain.as_str());
        for name in &shown {
            let level = domain.by_environment.get(*name).copied().flatten();
            let _ = write!(row, "{:<9}", bar(level));
        }
        let mark = if lagging(domain) { "  << lagging" } else { "" };
        let room = WIDTH - 17 - 9 * shown.len() - mark.chars().count();
        row.push_str(&cut(&domain.why, room));
        row.push_str(mark);
        line(out, &row);
    }
    let more = assessment.environments.len() - shown.len();
    if more > 0 {
        line(out, &format!("  … and {} (--format json)", count(more, "more environment")));
    }
    line(out, "");
}

fn next_step(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    let overall = &assessment.overall;
    let Some((next, _)) = overall.progress else { return };
    let spine: Vec<&Verdict> =
        assessment.combined.iter().filter(|verdict| verdict.criterion.spine && verdict.criterion.level == next).collect();
    let unmet: Vec<&&Verdict> = spine.iter().filter(|verdict| !verdict.is_satisfied()).collect();
    let effort = unmet
        .iter()
        .map(|verdict| verdict.criterion.effort)
        .max()
        .map_or(String::new(), |effort| format!("   effort: {}", effort.as_str()));
    let caps: Vec<_> = overall.caps.iter().filter(|cap| Some(cap.headline) <= overall.level).collect();
    let needs = if unmet.is_empty() { format!("Level {next}") } else { format!("Level {next} needs {} of {}", unmet.len(), spine.len()) };
    line(out, &terminal.paint(BOLD, &format!("  NEXT STEP  → {needs}{effort}")));
    for cap in caps {
        line(out, &format!("  {} {}  {}", terminal.paint(coloured(AnsiColor::Red), "✗"), cap.disqualifier, cap.title));
        for evidence in cap.evidence.iter().take(3) {
            let at = evidence.spot.as_ref().map_or_else(|| evidence.subject.to_string(), |spot| format!("{}:{}", spot.path, spot.line));
            line(out, &format!("      {}", cut_front(&at, WIDTH - 6)));
            line(out, &format!("        {}", cut(&evidence.detail, WIDTH - 8)));
        }
        more(out, cap.evidence.len(), cap.disqualifier);
    }
    for verdict in &spine {
        criterion(out, verdict, terminal);
    }
    if unmet.is_empty() && overall.caps.iter().all(|cap| Some(cap.headline) > overall.level) {
        wrapped(out, "    ", &format!("{}.", overall.reason));
    }
    line(out, "");
}

fn more(out: &mut String, total: usize, id: &str) {
    if total > 3 {
        line(out, &format!("      … {} more   (ztctl assess --explain {id})", total - 3));
    }
}

fn criterion(out: &mut String, verdict: &Verdict, terminal: Terminal) {
    let (glyph, color) = match verdict.status {
        Status::Met => ("✓", AnsiColor::Green),
        Status::Waived | Status::Attested => ("~", AnsiColor::Yellow),
        Status::NotApplicable => ("-", AnsiColor::BrightBlack),
        Status::Unknown | Status::Error => ("?", AnsiColor::Yellow),
        Status::Partial | Status::NotMet => ("✗", AnsiColor::Red),
    };
    let (met, of) = verdict.coverage();
    let share = match verdict.status {
        Status::NotApplicable => "nothing to judge".to_owned(),
        Status::Waived => "waived".to_owned(),
        Status::Attested => "stated by the owner".to_owned(),
        Status::Error => "ztctl failed on it".to_owned(),
        Status::Unknown => verdict.reason.map_or_else(|| "unknown".to_owned(), |reason| format!("unknown: {}", reason.as_str())),
        _ => format!("{met}/{of}"),
    };
    line(out, &format!("  {} {}  {:<42} {share}", terminal.paint(coloured(color), glyph), verdict.criterion.id, verdict.criterion.title));
    if verdict.is_satisfied() {
        return;
    }
    let mut last = String::new();
    for evidence in against(verdict).take(3) {
        let at = place(evidence);
        if at != last {
            line(out, &format!("      {}", cut_front(&at, WIDTH - 6)));
            last = at;
        }
        let named = format!("{}: {}", evidence.observation.subject, evidence.observation.detail);
        line(out, &format!("        {}", cut(&named, WIDTH - 8)));
    }
    for (part, scope) in verdict.subjects.missing.iter().take(3) {
        line(out, &format!("      {}", cut(&format!("no {part} in {scope}"), WIDTH - 6)));
    }
    more(out, against(verdict).count(), verdict.criterion.id);
    wrapped(out, "      → ", verdict.criterion.pass);
}

/// Words under an indent of the width of `lead`.
fn wrapped(out: &mut String, lead: &str, text: &str) {
    let indent = " ".repeat(lead.chars().count());
    let mut row = lead.to_owned();
    let mut empty = true;
    for word in visible(text).split_whitespace() {
        if !empty && row.chars().count() + word.chars().count() + 1 > WIDTH {
            line(out, &row);
            row.clone_from(&indent);
            empty = true;
        }
        if !empty {
            row.push(' ');
        }
        row.push_str(word);
        empty = false;
    }
    line(out, &row);
}

fn remarks(out: &mut String, assessment: &Assessment) {
    for environment in assessment.environments.iter().filter(|environment| !environment.class.counts()) {
        let worse = assessment.overall.level.zip(environment.level).filter(|(level, own)| own < level);
        if let Some((_, level)) = worse {
            line(out, &format!("  ! {} is Level {level}; it does not count for the headline", cut(&environment.id, 30)));
        }
    }
    let review = assessment.findings.iter().filter(|finding| finding.effect == Effect::Review && finding.allowed.is_none()).count();
    if review > 0 {
        line(out, &format!("  ! {} to review: possible credentials in tests, documents or examples", count(review, "value")));
    }
    if assessment.samples > 0 {
        line(out, &format!("  ? {} below tests, docs, examples or samples: taken for not deployed", count(assessment.samples, "object")));
    }
    let waivers = &assessment.waivers;
    let parts = [
        (waivers.active.len(), "active"),
        (waivers.unmatched.len(), "unmatched"),
        (waivers.expired.len(), "expired"),
        (waivers.rejected(), "rejected"),
    ];
    if parts.iter().any(|(number, _)| *number > 0) {
        let parts: Vec<String> = parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
        line(out, &format!("  ~ waivers: {}", parts.join(", ")));
        for waiver in &waivers.invalid {
            line(
                out,
                &format!(
                    "      {}",
                    cut(&format!("{}: {}", if waiver.id.is_empty() { "?" } else { &waiver.id }, waiver.reason), WIDTH - 6)
                ),
            );
        }
    }
    if !assessment.skipped.is_empty() {
        line(out, &format!("  ? {} not read (--format json lists them)", count(assessment.skipped.len(), "file")));
    }
    let open: std::collections::BTreeSet<&str> = assessment.unknown.iter().map(|(criterion, ..)| *criterion).collect();
    if !open.is_empty() {
        wrapped(out, "  ? ", &format!("unknown here: {}", open.into_iter().collect::<Vec<_>>().join(", ")));
    }
    wrapped(out, "  ? ", "cannot be seen here: whether rotation happens, logs arrive, policies are loaded (--limits)");
}
