//! For people at a terminal. The only place that names the renderer.

mod plain;

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
    ThemeCharacters, ThemeStyles,
};

use rayon::prelude::*;

use super::concise::style;
use super::escape::brief;
use super::excerpt::{CONTEXT, Excerpt};
use super::place::Position;
use super::preview::{self, Change};
use super::{Report, Reporter, TestRow, Verdict, visible};
use crate::diag::{Applicability, Diagnostic, Place, Severity};
use crate::text::{SourceFile, SourceMap, Span};

/// More related places than these are left out.
const MAX_LABELS: usize = 12;
/// More skipped files than these are counted, not named.
const MAX_SKIPPED: usize = 10;
/// More lines of a test's output than these are left out.
const MAX_OUTPUT: usize = 40;

/// So many findings are drawn by one thread at a time.
const PARALLEL: usize = 64;

/// A place to underline, and what to say of it.
type Mark<'a> = (Span, Option<&'a str>);

/// `--format pretty`.
#[derive(Clone, Copy, Debug)]
pub struct Pretty {
    pub color: bool,
    /// Draw with characters beyond ASCII.
    pub unicode: bool,
    /// Columns to wrap and cut at.
    pub width: usize,
    /// Say only what is wrong: no summary.
    pub quiet: bool,
}

impl Default for Pretty {
    fn default() -> Self {
        Self { color: false, unicode: true, width: 100, quiet: false }
    }
}

impl Reporter for Pretty {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        // drawing takes longer than finding
        let drawn = |findings: &[Diagnostic]| {
            let mut text = String::new();
            for finding in findings {
                self.finding(report.sources, finding, &mut text)?;
                text.push('\n');
            }
            Ok(text)
        };
        let drawn: Result<Vec<String>, fmt::Error> = report.findings.par_chunks(PARALLEL).map(drawn).collect();
        for text in drawn.map_err(io::Error::other)? {
            out.write_all(text.as_bytes())?;
        }
        for row in report.tests.iter().flat_map(|tests| tests.bad()) {
            self.test(row, out)?;
        }
        if self.quiet {
            return Ok(());
        }
        for line in report.summary.skipped_lines(MAX_SKIPPED) {
            writeln!(out, "{line}")?;
        }
        let summary = report.summary;
        let worst = [(summary.errors, Severity::Error), (summary.warnings, Severity::Warning), (summary.infos, Severity::Info)];
        let worst = worst.into_iter().find(|(number, _)| *number > 0).map(|(_, severity)| severity);
        if let Some(tests) = report.tests {
            let bad = tests.bad().next().is_some();
            let style = self.verdict_style(bad.then_some(Severity::Error));
            writeln!(out, "{style}{}{style:#}", tests.line())?;
        }
        let style = self.verdict_style(worst);
        writeln!(out, "{style}{}{style:#}", summary.line())
    }
}

impl Pretty {
    /// A renderer that draws `labels` in order of place: the first of them, the primary one, in the severity's colour.
    fn handler(&self, severity: Severity, labels: &[Range<usize>]) -> GraphicalReportHandler {
        let mut styles = if self.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let primary = labels.iter().filter(|label| label.start < labels[0].start).count();
        styles.highlights = vec![styles.advice; labels.len().max(1)];
        styles.highlights[primary] = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Info => styles.advice,
        };
        let characters = if self.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(self.width.clamp(40, 500))
            .with_links(false)
            .with_context_lines(CONTEXT)
            .without_syntax_highlighting()
    }

    /// Characters of a source line that fit beside the line number.
    fn line_width(&self) -> usize {
        self.width.clamp(40, 500) - 12
    }

    fn verdict_style(&self, worst: Option<Severity>) -> Style {
        match worst {
            Some(severity) => style(severity, self.color),
            None if self.color => Style::new().fg_color(Some(AnsiColor::Green.into())).bold(),
            None => Style::new(),
        }
    }

    fn finding(&self, sources: &SourceMap, finding: &Diagnostic, out: &mut String) -> fmt::Result {
        use fmt::Write;
        let place = Position::of(sources, finding.place);
        // labels of the finding's file are drawn together, those of each other file below
        let mut home: Vec<Mark<'_>> = Vec::new();
        let mut others: Vec<(&SourceFile, Vec<Mark<'_>>)> = Vec::new();
        let labels = finding.labels.iter().take(MAX_LABELS).map(|label| (Position::at(sources, label.at), label.message.as_str()));
        for (position, message) in labels {
            let Some(range) = position.range else { continue };
            let label = (range.span, Some(message));
            if place.range.is_some_and(|home| std::ptr::eq(home.file, range.file)) {
                home.push(label);
            } else if let Some((_, there)) = others.iter_mut().find(|(file, _)| std::ptr::eq(*file, range.file)) {
                there.push(label);
            } else {
                others.push((range.file, vec![label]));
            }
        }
        let style = style(finding.severity, self.color);
        let severity = finding.severity.as_str();
        writeln!(out, "{style}{severity}[{}]{style:#} {}", visible(&finding.rule), brief(&finding.message))?;
        match place.range {
            // what a secret is must not be shown
            Some(_) if finding.is_secret => self.note(out, "in", &place.label())?,
            Some(range) => {
                home.insert(0, (range.span, None));
                self.snippet(range.file, &home, finding.severity, out)?;
            }
            None if place.path.is_empty() => {}
            None => self.note(out, "in", &place.label())?,
        }
        if finding.is_secret {
            for label in finding.labels.iter().take(MAX_LABELS) {
                self.note(out, "also", &format!("{}: {}", Position::at(sources, label.at).label(), brief(&label.message)))?;
            }
            others.clear();
        }
        for (file, labels) in &others {
            self.snippet(file, labels, Severity::Info, out)?;
        }
        if finding.labels.len() > MAX_LABELS {
            self.note(out, "more", &super::summary::plural(finding.labels.len() - MAX_LABELS, "place"))?;
        }
        if let Some(help) = &finding.help {
            self.note(out, "help", &super::escape::visible_lines(help))?;
        }
        self.context(out, sources, finding)?;
        if let Some(url) = &finding.url {
            self.note(out, "see", &visible(url))?;
        }
        self.fix(out, sources, finding, place.path)
    }

    /// What holds the place, and which variants show the finding.
    fn context(&self, out: &mut String, sources: &SourceMap, finding: &Diagnostic) -> fmt::Result {
        let source = match finding.place {
            Place::Run => None,
            Place::File(id) => Some(id),
            Place::At(at) => Some(at.source),
        };
        if let Some(holder) = source.and_then(|id| sources.holder(id)) {
            let parts = [holder.kind, holder.object.as_str(), holder.key.as_str()];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            self.note(out, "inside", &visible(&parts.join(" ")))?;
        }
        if !finding.variants.is_empty() {
            self.note(out, "seen in", &visible(&finding.variants.join(", ")))?;
        }
        Ok(())
    }

    fn fix(&self, out: &mut String, sources: &SourceMap, finding: &Diagnostic, home: &str) -> fmt::Result {
        use fmt::Write;
        let Some(fix) = finding.fix.as_ref().filter(|_| !finding.is_secret) else { return Ok(()) };
        let changes = preview::changes(sources, fix, home, self.line_width());
        let how = match fix.applicability {
            _ if changes.is_empty() => "by hand",
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--fix --unsafe-fixes",
            Applicability::DisplayOnly => "by hand",
        };
        self.note(out, "fix", &format!("{} ({how})", brief(&fix.title)))?;
        let dye = |color: AnsiColor| if self.color { Style::new().fg_color(Some(color.into())) } else { Style::new() };
        let (minus, plus) = (dye(AnsiColor::Red), dye(AnsiColor::Green));
        let number = |change: &Change| match change {
            Change::Removed { line, .. } | Change::Added { line, .. } => *line,
            _ => 0,
        };
        let width = changes.iter().map(number).max().unwrap_or_default().to_string().len();
        let more = if self.unicode { "…" } else { "..." };
        for change in &changes {
            match change {
                Change::File(path) => writeln!(out, "    {path}:")?,
                Change::Removed { line, text } => writeln!(out, "    {line:width$} {minus}- {text}{minus:#}")?,
                Change::Added { line, text } => writeln!(out, "    {line:width$} {plus}+ {text}{plus:#}")?,
                Change::MoreLines(number) => writeln!(out, "    {:width$} {more} {}", "", super::summary::plural(*number, "more line"))?,
                Change::MorePlaces(number) => writeln!(out, "    {more} {}", super::summary::plural(*number, "more place"))?,
            }
        }
        Ok(())
    }

    /// `  name: text`, wrapped.
    fn note(&self, out: &mut String, name: &str, text: &str) -> fmt::Result {
        use fmt::Write;
        let style = if self.color { Style::new().fg_color(Some(AnsiColor::Cyan.into())) } else { Style::new() };
        let indent = name.len() + 4;
        write!(out, "  {style}{name}:{style:#} ")?;
        if text.len() <= self.width.clamp(40, 500) - indent && !text.contains('\n') {
            return writeln!(out, "{text}");
        }
        for (nr, line) in wrap(text, self.width.clamp(40, 500) - indent).iter().enumerate() {
            let lead = if nr == 0 { 0 } else { indent };
            writeln!(out, "{:lead$}{line}", "")?;
        }
        Ok(())
    }

    /// The first of `labels` is the primary one.
    fn snippet(&self, file: &SourceFile, labels: &[Mark<'_>], severity: Severity, out: &mut String) -> fmt::Result {
        match labels {
            [(label, None)] if !self.color && plain::draw(file, *label, self.line_width(), self.unicode, out) => Ok(()),
            _ => self.rendered(file, labels, severity, out),
        }
    }

    fn rendered(&self, file: &SourceFile, labels: &[Mark<'_>], severity: Severity, out: &mut String) -> fmt::Result {
        let spans: Vec<Span> = labels.iter().map(|(span, _)| *span).collect();
        let (excerpt, places) = Excerpt::new(file, &spans, self.line_width());
        let labels = places.iter().zip(labels).enumerate().map(|(nr, (place, (_, text)))| label(place, *text, nr == 0));
        let card = Card { severity, labels: labels.collect(), excerpt };
        let mut text = String::new();
        self.handler(severity, &places).render_report(&mut text, &card)?;
        // the renderer's own header is a line for the message, of which there is none
        out.push_str(text.split_once('\n').map_or("", |(_, snippet)| snippet));
        Ok(())
    }

    fn test(&self, row: &TestRow, out: &mut dyn Write) -> io::Result<()> {
        let style = style(Severity::Error, self.color);
        let word = if row.verdict == Verdict::Failed { "FAIL" } else { "ERROR" };
        let place = match (row.path.as_str(), row.line) {
            ("", _) => String::new(),
            (path, 0) => format!(" ({})", visible(path)),
            (path, line) => format!(" ({}:{line})", visible(path)),
        };
        writeln!(out, "{style}{word}{style:#} {}{place}", visible(&row.title()))?;
        for text in [&row.message, &row.output] {
            let text = super::escape::visible_lines(text);
            let lines: Vec<&str> = text.lines().collect();
            for line in lines.iter().take(MAX_OUTPUT) {
                writeln!(out, "  {line}")?;
            }
            if lines.len() > MAX_OUTPUT {
                writeln!(out, "  ({} more lines)", lines.len() - MAX_OUTPUT)?;
            }
        }
        writeln!(out)
    }
}

/// The lines of `text`, broken at blanks where they are longer than `width`.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut current = String::new();
        let mut used = 0;
        for word in line.split(' ') {
            let len = word.chars().count();
            if used > 0 && used + 1 + len > width {
                lines.push(std::mem::take(&mut current));
                used = 0;
            } else if used > 0 {
                current.push(' ');
                used += 1;
            }
            current.push_str(word);
            used += len;
        }
        lines.push(current);
    }
    lines
}

/// What the renderer wants to know.
struct Card {
    severity: Severity,
    labels: Vec<LabeledSpan>,
    excerpt: Excerpt,
}

fn label(place: &Range<usize>, text: Option<&str>, primary: bool) -> LabeledSpan {
    let text = text.filter(|text| !text.is_empty()).map(|text| brief(text).into_owned());
    let span = SourceSpan::new(place.start.into(), place.len());
    if primary { LabeledSpan::new_primary_with_span(text, span) } else { LabeledSpan::new_with_span(text, span) }
}

impl fmt::Display for Card {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.excerpt.name)
    }
}

impl std::error::Error for Card {}

impl miette::Diagnostic for Card {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let label = span.offset()..span.offset() + span.len();
        let window = self.window(label, before, after).ok_or(MietteError::OutOfBounds)?;
        let covered = SourceSpan::new(window.start.into(), window.text.len());
        let (name, text) = (self.name.clone(), window.text.as_bytes());
        Ok(Box::new(MietteSpanContents::new_named(name, text, covered, window.line, window.column, window.lines)))
    }
}
