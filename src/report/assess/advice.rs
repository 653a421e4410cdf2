//! The self-check and the next steps, for the terminal.

use super::layout::{WIDTH, columns, cut, cut_front, line, wrapped};
use crate::assess::Assessment;
use crate::assess::advice::{Answer, Point, Question, Step, Task};
use crate::assess::frameworks::Framework;

/// The questions with their answers and evidence.
#[must_use]
pub fn questions_text(assessment: &Assessment) -> String {
    let mut out = String::new();
    line(&mut out, "SELF-CHECK   as declared in these files; `yes` is the answer to act on");
    for question in &assessment.questions {
        line(&mut out, "");
        line(&mut out, &format!("  {:<11}  {}", question.answer.word(), question.text));
        let lead = " ".repeat(15);
        wrapped(&mut out, &lead, &sentence(&question.because));
        points(&mut out, &question.evidence, 8);
        if !question.unseen.is_empty() {
            wrapped(&mut out, &format!("{lead}not visible here: "), &question.unseen.join("; "));
        }
        if question.answer == Answer::Yes {
            wrapped(&mut out, &format!("{lead}→ "), question.advice);
        }
        wrapped(&mut out, &format!("{lead}see "), &question.criteria.join(", "));
    }
    out
}

/// How many questions have which answer, and those to act on.
pub(super) fn questions_short(out: &mut String, assessment: &Assessment) {
    let answers: Vec<String> = [Answer::Yes, Answer::No, Answer::CannotTell]
        .into_iter()
        .map(|answer| (answer, assessment.questions.iter().filter(|question| question.answer == answer).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(answer, number)| format!("{number} {}", answer.word()))
        .collect();
    if answers.is_empty() {
        return;
    }
    line(out, &format!("  SELF-CHECK   {}   (act on each yes; --questions)", answers.join(", ")));
    for question in assessment.questions.iter().filter(|question| question.answer == Answer::Yes) {
        let head = format!("  yes  {}", question.text);
        let Some(place) = first_place(question) else {
            line(out, &head);
            continue;
        };
        let room = WIDTH.saturating_sub(columns(&head) + 2);
        if room > 24 {
            line(out, &format!("{head}  {}", cut_front(&place, room)));
        } else {
            line(out, &head);
            line(out, &format!("       {}", cut_front(&place, WIDTH - 7)));
        }
    }
}

fn first_place(question: &Question) -> Option<String> {
    question.evidence.iter().find_map(|point| point.spot.as_ref().map(|spot| format!("{}:{}", spot.path, spot.line)))
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn points(out: &mut String, points: &[Point], most: usize) {
    for point in points.iter().take(most) {
        line(out, &format!("                 {}", cut_front(&point.place(), WIDTH - 17)));
        let named = if point.spot.is_some() && !point.subject.is_empty() {
            format!("{}: {}", point.subject, point.detail)
        } else {
            point.detail.clone()
        };
        wrapped(out, "                   ", &named);
    }
    if points.len() > most {
        line(out, &format!("                 … {} more (--format json)", points.len() - most));
    }
}

/// What a step brings, in a few words.
fn gain(step: &Step) -> String {
    if let Some(level) = step.gain.level {
        return format!("→ Level {level}");
    }
    match step.gain.domains.first() {
        Some((domain, from, to)) => format!("{} {from}→{to}", domain.as_str()),
        None => String::new(),
    }
}

/// One line for each of the first steps; of a framework, those that are about its criteria.
pub(super) fn steps_short(out: &mut String, assessment: &Assessment, framework: Option<&Framework>) {
    let steps = numbered(assessment, framework);
    let shown: Vec<&(usize, &Step)> = steps.iter().filter(|(_, step)| step.soon).collect();
    if shown.is_empty() {
        return;
    }
    line(out, "  ROADMAP   in the order in which it can be gone");
    for (number, step) in &shown {
        let right = format!("{}  {}", gain(step), step.effort.as_str());
        let head = format!("  {number:>2}  {:<10}", step.phase.as_str());
        let room = WIDTH.saturating_sub(head.chars().count() + right.chars().count() + 2);
        let title = cut(&step.title, room);
        let fill = " ".repeat(room.saturating_sub(title.chars().count()) + 2);
        line(out, &format!("{head}{title}{fill}{right}"));
    }
    let rest = steps.len() - shown.len();
    let more = if rest > 0 { format!("{rest} more, and ") } else { String::new() };
    wrapped(out, "      ", &format!("… {more}how: `ztctl assess --all-steps`"));
    line(out, "");
}

/// The steps with their numbers in the whole list.
fn numbered<'a>(assessment: &'a Assessment, framework: Option<&Framework>) -> Vec<(usize, &'a Step)> {
    let covered = |step: &Step| framework.is_none_or(|own| step.criteria.iter().any(|id| own.covers(id)));
    assessment.steps.iter().enumerate().map(|(at, step)| (at + 1, step)).filter(|(_, step)| covered(step)).collect()
}

/// Every step, with all that is to be said.
#[must_use]
pub fn steps_text(assessment: &Assessment, framework: Option<&Framework>) -> String {
    let mut out = String::new();
    let steps = numbered(assessment, framework);
    if steps.is_empty() {
        line(&mut out, "ROADMAP   none: nothing that these files declare falls short");
        return out;
    }
    wrapped(&mut out, "ROADMAP   ", "in the order in which they can be taken: what observes comes before what refuses. S, M, L: effort.");
    let mut phase = None;
    for (number, step) in &steps {
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            line(&mut out, "");
            line(&mut out, &format!("{}: {}", step.phase.as_str().to_uppercase(), step.phase.title()));
        }
        whole(&mut out, assessment, *number, step);
    }
    out
}

fn whole(out: &mut String, assessment: &Assessment, number: usize, step: &Step) {
    line(out, "");
    let lead = format!("{number:>3}. ");
    wrapped(out, &lead, &format!("{} ({})", step.title, step.effort.as_str()));
    let mut brings = Vec::new();
    if step.task == Task::Show {
        brings.push("tells".to_owned());
    } else if !step.criteria.is_empty() || !step.disqualifiers.is_empty() {
        brings.push("is for".to_owned());
    }
    let ids: Vec<&str> = step.criteria.iter().chain(&step.disqualifiers).copied().collect();
    let mut about = format!("{} {}", brings.join(" "), ids.join(", "));
    if let Some(level) = step.gain.level {
        about.push_str(&format!("; with the steps before it Level {level}"));
    }
    for (domain, from, to) in &step.gain.domains {
        about.push_str(&format!("; {} {from}→{to}", domain.as_str()));
    }
    if step.subjects > 0 {
        about.push_str(&format!("; {}", super::count(step.subjects, "subject")));
    }
    let indent = "     ";
    wrapped(out, indent, about.trim_start_matches("; ").trim());
    wrapped(out, indent, &step.advice);
    if !step.observe.is_empty() {
        wrapped(out, &format!("{indent}first observe: "), &step.observe);
    }
    let after: Vec<String> = step
        .after
        .iter()
        .filter_map(|id| assessment.steps.iter().position(|other| other.id == *id))
        .map(|at| (at + 1).to_string())
        .collect();
    if !after.is_empty() {
        wrapped(out, indent, &format!("after {}", after.join(", ")));
    }
    wrapped(out, &format!("{indent}why: "), &step.why);
    for point in &step.places {
        line(out, &format!("{indent}· {}", cut_front(&point.place(), WIDTH - 7)));
        let named = if point.spot.is_some() && !point.subject.is_empty() {
            format!("{}: {}", point.subject, point.detail)
        } else {
            point.detail.clone()
        };
        wrapped(out, &format!("{indent}    "), &named);
    }
    if step.subjects > step.places.len() && !step.places.is_empty() {
        let ids = ids.first().copied().unwrap_or("L1.SEC.1");
        line(out, &format!("{indent}… {} more (--explain {ids})", step.subjects - step.places.len()));
    }
    if !step.patch.is_empty() {
        line(out, &format!("{indent}for example:"));
    }
    for row in step.patch.lines() {
        line(out, &format!("{indent}  | {row}"));
    }
}
