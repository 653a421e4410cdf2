//! Template actions in YAML: Go's (Helm) and Jinja's.

use crate::text::Span;

/// An action of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Action {
    pub span: Span,
    /// It decides what stands there and writes nothing itself: `if`, `end`, `range`, an assignment, a comment, a whole `define`.
    pub control: bool,
}

/// What a text with template actions looks like around them.
#[derive(Debug)]
pub struct Masked {
    /// As long as the original; every place in it is the same place there. Lines of actions alone are empty lines, other
    /// actions letters or blanks.
    pub text: String,
    /// In text order, disjoint.
    pub actions: Vec<Action>,
}

/// What inline actions that write nothing become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inline {
    Letters,
    Blanks,
}

/// The text with its actions masked; `None` where it has none.
#[must_use]
pub fn mask(text: &str, inline: Inline) -> Option<Masked> {
    let actions = actions(text);
    if actions.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < actions.len() {
        // the actions between which there are only blanks on their lines
        let line_start = memchr::memrchr2(b'\n', b'\r', &text.as_bytes()[..actions[at].span.start as usize]).map_or(0, |at| at + 1);
        let mut end = at;
        let mut from = line_start;
        let mut alone = true;
        let mut line_end = line_start;
        loop {
            let span = actions[end].span.range();
            alone &= is_blank(&text[from..span.start]);
            from = span.end;
            if line_end < from || line_end == line_start {
                line_end = memchr::memchr2(b'\n', b'\r', &text.as_bytes()[from..]).map_or(text.len(), |len| from + len);
            }
            match actions.get(end + 1) {
                Some(next) if (next.span.start as usize) < line_end => end += 1,
                _ => {
                    alone &= is_blank(&text[from..line_end]);
                    break;
                }
            }
        }
        let line = &actions[at..=end];
        at = end + 1;
        if alone {
            // empty lines: blanks could be deeper than the lines of a block scalar around them
            bytes[line_start..line_end].fill(b'\n');
            continue;
        }
        let (before, behind) = around(text, line_start..line_end, line);
        if before > 0 {
            // the key moves to where the line begins
            let indent = text[line_start..].bytes().take_while(|b| *b == b' ').count();
            let blanks = text[line[before - 1].span.end as usize..].bytes().take_while(|b| *b == b' ').count();
            let key = line[before - 1].span.end as usize + blanks;
            bytes[line_start..key - indent].fill(b'\n');
            bytes[key - indent..key].fill(b' ');
        }
        for (nr, action) in line.iter().enumerate().skip(before) {
            let range = action.span.range();
            let blank = nr >= behind || (action.control && inline == Inline::Blanks);
            let after_key = range.start > 0 && bytes[range.start - 1] == b':' && text[range.clone()].starts_with("{{-");
            for (nr, byte) in bytes[range].iter_mut().enumerate() {
                *byte = if blank || (nr == 0 && after_key) { b' ' } else { b'x' };
            }
        }
    }
    let text = String::from_utf8(bytes).unwrap_or_default();
    Some(Masked { text, actions })
}

/// How many of a line's actions that write nothing stand before a key or a dash, and the number of the first one of those behind
/// which nothing follows any more, where they cannot be a part of the value before them.
fn around(text: &str, line: std::ops::Range<usize>, actions: &[Action]) -> (usize, usize) {
    let mut before = 0;
    let mut from = line.start;
    while let Some(action) = actions.get(before).filter(|action| action.control && is_blank(&text[from..action.span.start as usize])) {
        from = action.span.end as usize;
        before += 1;
    }
    let rest = text.get(from..line.end).unwrap_or("").trim_start_matches(' ');
    let key = rest.find([':', '{', '"', '\'', '#', ' ']).filter(|at| rest[*at..].starts_with(':'));
    if !(rest.starts_with("- ") || key.is_some_and(|at| matches!(rest.as_bytes().get(at + 1), None | Some(b' ')))) {
        before = 0;
    }
    let mut behind = actions.len();
    let mut end = line.end;
    while behind > before {
        let action = actions[behind - 1];
        if !action.control || (action.span.end as usize) > end || !is_blank(&text[action.span.end as usize..end]) {
            break;
        }
        end = action.span.start as usize;
        behind -= 1;
    }
    // a plain scalar goes on in them
    let value = text[line.start..end.max(line.start)].trim_end_matches([' ', '\t']);
    if before == 0 && !value.ends_with(['"', '\'', ']', '}', ':']) || value.ends_with("}}") {
        behind = actions.len();
    }
    (before, behind)
}

/// Whether the actions are those of a chart or a playbook, so that a text that is no YAML by itself is no mistake.
#[must_use]
pub fn is_engine_template(text: &str) -> bool {
    let own = [".Values", ".Release", ".Chart", ".Capabilities", ".Files", "toYaml", "include "];
    actions(text).iter().any(|action| {
        let written = &text[action.span.range()];
        action.control || own.iter().any(|name| written.contains(name))
    })
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t'))
}

/// The actions of a text; a `define` is one action up to its `end`.
fn actions(text: &str) -> Vec<Action> {
    let bytes = text.as_bytes();
    let mut out: Vec<Action> = Vec::new();
    // for each open block: where its `define` began, if it is one
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'{', &bytes[at..]) {
        let start = at + found;
        let end = match bytes.get(start + 1) {
            Some(b'{') => action_end(text, start + 2),
            Some(b'%') => text[start + 2..].find("%}").map(|len| start + 2 + len + 2),
            _ => {
                at = start + 1;
                continue;
            }
        };
        // an action without its end: nothing behind it can be told
        let Some(end) = end else { break };
        let inner = text[start + 2..end - 2].trim_matches(|c: char| c == '-' || c.is_whitespace());
        let word = &inner[..inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len())];
        let jinja = bytes[start + 1] == b'%';
        let control = jinja
            || inner.starts_with("/*")
            || matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "block" | "break" | "continue")
            || (inner.starts_with('$') && is_assignment(inner));
        out.push(Action { span: span(start, end), control });
        if !jinja {
            match word {
                "define" => open.push(Some(start)),
                "if" | "range" | "with" | "block" => open.push(None),
                "end" => {
                    if let Some(Some(from)) = open.pop() {
                        out.truncate(out.partition_point(|action| (action.span.start as usize) < from));
                        out.push(Action { span: span(from, end), control: true });
                    }
                }
                _ => {}
            }
        }
        at = end;
    }
    out
}

/// `$x := …`, `$x = …`, `$i, $x := …`.
fn is_assignment(inner: &str) -> bool {
    let names = inner.find(|c: char| !(c.is_alphanumeric() || matches!(c, '$' | '_' | ',' | ' '))).unwrap_or(inner.len());
    let rest = &inner[names..];
    rest.starts_with(":=") || (rest.starts_with('=') && !rest.starts_with("=="))
}

/// Where the action whose `{{` ends at `from` ends.
fn action_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let body = text[from..].trim_start_matches('-').trim_start();
    if body.starts_with("/*") {
        let comment = text.len() - body.len();
        let close = comment + 2 + text[comment + 2..].find("*/")? + 2;
        let rest = text[close..].trim_start().trim_start_matches('-');
        return rest.starts_with("}}").then(|| text.len() - rest.len() + 2);
    }
    let mut at = from;
    loop {
        at += memchr::memchr3(b'"', b'`', b'}', &bytes[at..])?;
        match bytes[at] {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            b'}' => at += 1,
            b'`' => at += 1 + memchr::memchr(b'`', &bytes[at + 1..])? + 1,
            _ => {
                // a string ends on its line; else it is none
                let mut end = at + 1;
                while !matches!(bytes.get(end), None | Some(b'"' | b'\n')) {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                at = (end + usize::from(bytes.get(end) == Some(&b'"'))).min(bytes.len());
            }
        }
    }
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}
