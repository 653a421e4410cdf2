//! Templates of charts as helm renders them, line by line beside what they are written as.

use std::sync::Arc;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::text::{EmbeddedIn, Mapping, Segment, SourceFile, SourceId, SourceMap, Span, TextStyle};

/// What holds a rendered text, as reports name it.
pub const HELM: &str = "helm";

/// So many pairs of lines are matched; of longer texts only the template is told.
const MAX_PAIRS: usize = 4_000_000;

/// One rendered document of a chart.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The folder of the chart that was rendered, as its files are named.
    pub chart: String,
    /// The template's path.
    pub template: String,
    pub text: Arc<str>,
}

impl Rendered {
    /// The rendered text as one that lies in its template: each line at the line of the template that it comes from.
    #[must_use]
    pub fn source(&self, sources: &SourceMap, template: SourceId) -> SourceFile {
        let outer = &sources.get(template).text;
        let segments = align(outer, &self.text);
        let whole = Span::new(0, u32::try_from(outer.len()).unwrap_or(u32::MAX));
        // what templates compute cannot be written back
        let mapping = Mapping { outer: template, segments, style: TextStyle::ReadOnly, whole };
        let holder = EmbeddedIn { kind: HELM, object: String::new(), key: self.template.clone() };
        SourceFile::embedded(self.template.clone(), self.text.clone(), mapping, holder)
    }
}

/// The documents of what `helm template` prints, each with the template that its comment `# Source:` names: the chart's name, then a
/// path in it.
#[must_use]
pub fn documents(printed: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut rest = printed;
    while !rest.is_empty() {
        let end = boundary(rest);
        let (document, next) = rest.split_at(end);
        if let Some((_, template)) = source_comment(document) {
            out.push((template, document));
        }
        rest = next;
    }
    out
}

/// Where the next document starts: at a line `---`.
fn boundary(text: &str) -> usize {
    let from = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        if line.trim_end() == "---" {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// The comment at the head of a document that names the template that it was rendered from: its place in the document, and the name.
#[must_use]
pub fn source_comment(document: &str) -> Option<(Span, &str)> {
    let mut at = 0;
    for line in document.split_inclusive('\n') {
        let text = line.trim_end();
        if let Some(name) = text.strip_prefix("# Source: ") {
            let span = Span::new(u32::try_from(at).ok()?, u32::try_from(at + text.len()).ok()?);
            return Some((span, name.trim()));
        }
        if !(text.is_empty() || text == "---" || text.starts_with('#')) {
            return None;
        }
        at += line.len();
    }
    None
}

/// The lines of `rendered` that come from lines of `template`, and what the two have in common at their start.
fn align(template: &str, rendered: &str) -> Vec<Segment> {
    let (left, right): (Vec<Line<'_>>, Vec<Line<'_>>) = (lines(template, true), lines(rendered, false));
    if left.len().saturating_mul(right.len()) > MAX_PAIRS {
        return Vec::new();
    }
    let keys = |lines: &[Line<'_>]| lines.iter().map(|line| line.key.to_owned()).collect::<Vec<_>>();
    let mut out = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &keys(&left), &keys(&right)) {
        let DiffOp::Equal { old_index, new_index, len } = operation else { continue };
        for (outer, inner) in left[old_index..old_index + len].iter().zip(&right[new_index..new_index + len]) {
            let same = common(outer.body, inner.body);
            out.push(Segment { inner_start: inner.start, outer_start: outer.start, len: same });
            // the rest of the line stands for the rest of the line
            if (same, same) != (inner.len(), outer.len()) {
                out.push(Segment { inner_start: inner.start + inner.len(), outer_start: outer.start + outer.len(), len: 0 });
            }
        }
    }
    out
}

fn common(a: &str, b: &str) -> u32 {
    let len: usize = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    u32::try_from(len).unwrap_or(0)
}

/// A line with something on it.
struct Line<'t> {
    /// Where it starts, indentation aside.
    start: u32,
    body: &'t str,
    /// What a template and what it gives have in common: the key, or the whole of a line without one.
    key: &'t str,
}

impl Line<'_> {
    fn len(&self) -> u32 {
        u32::try_from(self.body.len()).unwrap_or(0)
    }
}

fn lines(text: &str, is_template: bool) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        let indent = line.len() - line.trim_start().len();
        let known = if is_template { body.find("{{").map_or(body, |action| &body[..action]) } else { body };
        let known = known.trim_end();
        let key = known.find(": ").map_or(known, |colon| &known[..=colon]);
        if !key.is_empty() {
            out.push(Line { start: u32::try_from(at + indent).unwrap_or(u32::MAX), body, key });
        }
        at += line.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_their_template() {
        let template = "{{- if .Values.on }}\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  {{- with .Values.more }}\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\n  hostPID: true\n{{- end }}\n";
        let rendered = "---\n# Source: c/templates/p.yaml\nkind: Pod\nmetadata:\n  name: r\nspec:\n  hostIPC: true\n  hostPID: true\n";
        let mut sources = SourceMap::new();
        let id = sources.add(SourceFile::new("c/templates/p.yaml", template));
        let made = Rendered { chart: "c".to_owned(), template: "c/templates/p.yaml".to_owned(), text: rendered.into() };
        let source = made.source(&sources, id);
        let mapping = source.mapping.as_ref().expect("it lies in the template");
        let line = |needle: &str| {
            let at = u32::try_from(rendered.find(needle).expect("it is there")).expect("it is short");
            let outer = mapping.to_outer(Span::new(at, at + u32::try_from(needle.len()).expect("it is short")));
            sources.get(id).line(outer.start) + 1
        };
        assert_eq!((line("kind"), line("name: r"), line("hostPID"), line("hostIPC")), (2, 4, 9, 5));
    }

    #[test]
    fn documents_are_told_apart() {
        let printed = "---\n# Source: a/templates/x.yaml\nkind: A\n---\n# Source: a/charts/b/templates/y.yaml\nkind: B\ntext: |\n  --- no\n---\nkind: C\n";
        let found: Vec<&str> = documents(printed).into_iter().map(|(template, _)| template).collect();
        assert_eq!(found, ["a/templates/x.yaml", "a/charts/b/templates/y.yaml"]);
    }
}
