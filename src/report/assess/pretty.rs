//! The terminal's report: 80 columns, readable without colour.

mod change;
mod next;
mod remarks;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::layout::{WIDTH, columns, cut, line, padded, rows, wrapped};
use super::{About, capital, count};
use crate::assess::Assessment;
use crate::assess::result::{DomainResult, EnvironmentResult};
use crate::assess::status::LEVELS;

/// How the terminal is written to.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub color: bool,
}

impl Terminal {
    fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// In the colour of a level; what has none stays plain.
    fn level(self, level: Option<u8>, text: &str) -> String {
        let color = match level {
            None => return text.to_owned(),
            Some(0 | 1) => AnsiColor::Red,
            Some(2 | 3) => AnsiColor::Yellow,
            Some(_) => AnsiColor::Green,
        };
        self.paint(coloured(color), text)
    }
}

const BOLD: Style = Style::new().bold();

fn coloured(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

/// Environments that have a column.
const COLUMNS: usize = 3;
/// Columns of a domain's name, and of an environment.
const NAME: usize = 17;
const CELL: usize = 9;
/// Where what stands right of the ladder begins.
const RIGHT: usize = 34;

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
    change::change(&mut out, assessment, terminal);
    domains(&mut out, assessment, terminal);
    next::next_step(&mut out, assessment, terminal);
    remarks::remarks(&mut out, assessment);
    super::advice::steps_short(&mut out, assessment, None);
    super::advice::questions_short(&mut out, assessment);
    out
}

/// What was assessed: one line, or two where one is too short.
fn head(out: &mut String, assessment: &Assessment, about: &About, terminal: Terminal) {
    let at = about.commit.as_ref().map_or_else(String::new, |commit| {
        format!(" @ {}{}", cut(commit, 8).trim_end_matches('…'), if about.dirty == Some(true) { ", files changed" } else { "" })
    });
    let title = format!("ztctl assess  {}{at}", cut(&assessment.target, 30));
    let facts = format!(
        "{}   {}, {}, {}",
        assessment.kind.as_str(),
        count(assessment.scanned, "file"),
        count(assessment.workloads, "workload"),
        count(assessment.environments.len(), "environment")
    );
    if columns(&title) + columns(&facts) + 3 <= WIDTH {
        line(out, &format!("{}   {facts}", terminal.paint(BOLD, &title)));
    } else {
        line(out, &terminal.paint(BOLD, &title));
        line(out, &format!("  {facts}"));
    }
    line(out, "");
    line(out, "  ZERO TRUST MATURITY   as declared in this repository, not the running system");
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
    let title = terminal.paint(BOLD, &terminal.level(Some(level), &format!("LEVEL {level}")));
    let name = capital(LEVELS[usize::from(level)]);
    let scale = padded(&format!("   {}", scale.join(" ── ")), RIGHT);
    let is_short = RIGHT + 9 + columns(&name) <= WIDTH;
    line(out, &format!("{scale}{title}  {}", if is_short { name.as_str() } else { "" }));
    if !is_short {
        line(out, &format!("{}{}", " ".repeat(RIGHT), cut(&name, WIDTH - RIGHT)));
    }
    let confidence = overall.confidence.word();
    match overall.progress {
        Some((next, percent)) => {
            let filled = (percent / 10).min(10) as usize;
            let bar = format!("{}{}{}", " ".repeat(3 + 5 * usize::from(level.min(4))), "█".repeat(filled), "░".repeat(10 - filled));
            line(out, &format!("{}{percent}% of Level {next}     confidence: {confidence}", padded(&bar, RIGHT)));
        }
        None => line(out, &format!("{}confidence: {confidence}", " ".repeat(RIGHT))),
    }
    for (what, other) in [("waivers", overall.level_without_waivers), ("attestations", assessment.governance.level_without_attestations)] {
        if let Some(other) = other.filter(|other| *other != level) {
            line(out, &format!("{}without {what}: Level {other}", " ".repeat(RIGHT)));
        }
    }
    line(out, "");
}

fn bar(level: Option<u8>) -> String {
    match level {
        Some(level) => format!("{}{} {level}", "█".repeat(usize::from(level)), "░".repeat(5 - usize::from(level.min(5)))),
        None => "      –".to_owned(),
    }
}

/// The environments that have a column: those that count, the lowest first; shown in the report's order.
fn shown(assessment: &Assessment) -> Vec<&EnvironmentResult> {
    let mut all: Vec<(usize, &EnvironmentResult)> = assessment.environments.iter().enumerate().collect();
    all.sort_by_key(|(at, one)| (!one.class.counts(), one.level.unwrap_or(6), *at));
    all.truncate(COLUMNS);
    all.sort_by_key(|(at, one)| (!one.class.counts(), *at));
    all.into_iter().map(|(_, one)| one).collect()
}

fn domains(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    let shown = shown(assessment);
    let mut head = padded("  domain", NAME);
    for environment in &shown {
        head.push_str(&padded(&cut(&environment.id, CELL - 1), CELL));
    }
    let counting: Vec<&str> = assessment.environments.iter().filter(|one| one.class.counts()).map(|one| one.id.as_str()).collect();
    let room = WIDTH - NAME - CELL * shown.len();
    match counting[..] {
        _ if assessment.domains.iter().all(|domain| domain.why.is_empty()) => {}
        [one] => head.push_str(&cut(&format!("why not higher ({one})"), room)),
        _ => head.push_str("why not higher"),
    }
    line(out, &head);
    let least = assessment.domains.iter().filter_map(|domain| domain.level).min();
    let lagging = |domain: &DomainResult| {
        let far = assessment.overall.level.is_some_and(|level| domain.level.is_some_and(|own| own + 1 < level));
        far && domain.level == least
    };
    for domain in &assessment.domains {
        let mut row = padded(&format!("  {}", domain.domain.as_str()), NAME);
        for environment in &shown {
            let level = domain.by_environment.get(&environment.id).copied().flatten();
            row.push_str(&terminal.level(level, &padded(&bar(level), CELL)));
        }
        // a domain without environments has its level here
        if shown.is_empty() {
            row.push_str(&terminal.level(domain.level, &padded(&bar(domain.level), CELL)));
        }
        let room = if shown.is_empty() { room - CELL } else { room };
        let mark = if lagging(domain) { " << lagging" } else { "" };
        let why = rows(&domain.why, room - mark.len(), 2);
        let first = why.first().map_or("", String::as_str);
        let first = if mark.is_empty() { first.to_owned() } else { padded(first, room - mark.len()) };
        line(out, &format!("{row}{first}{mark}"));
        for more in why.iter().skip(1) {
            line(out, &format!("{}{more}", " ".repeat(WIDTH - room)));
        }
    }
    others(out, assessment, &shown);
    line(out, "");
}

/// The environments that have no column, by level.
fn others(out: &mut String, assessment: &Assessment, shown: &[&EnvironmentResult]) {
    let ids: BTreeSet<&str> = shown.iter().map(|one| one.id.as_str()).collect();
    let mut levels: BTreeMap<Option<u8>, usize> = BTreeMap::new();
    for environment in assessment.environments.iter().filter(|one| !ids.contains(one.id.as_str())) {
        *levels.entry(environment.level).or_default() += 1;
    }
    let all: usize = levels.values().sum();
    if all == 0 {
        return;
    }
    let words: Vec<String> = levels
        .iter()
        .map(|(level, number)| {
            let level = level.map_or_else(|| "not rated".to_owned(), |level| format!("Level {level}"));
            format!("{number} at {level}").replace("at not", "not")
        })
        .collect();
    let mut text = String::new();
    let _ = write!(text, "{}: {} (--format json)", count(all, "more environment"), words.join(", "));
    wrapped(out, "  … ", &text);
}
