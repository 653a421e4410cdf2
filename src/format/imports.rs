//! Imports: which ones the target needs, and how they are grouped, sorted and written.

use std::borrow::Cow;

use super::Target;
use super::compact::push_quoted;
use super::literal_text::is_name;
use super::lowered::{ExprKind, Import, Lowered, Op, Value};
use super::order::string_of;
use super::print::{Printer, Written};

/// An import of the output.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) row: u32,
    pub(super) at: u32,
    path: Vec<Cow<'a, str>>,
    /// The parts that were written in double quotes.
    quoted: Vec<bool>,
    alias: &'a str,
    /// Not in the source.
    pub(super) added: bool,
}

impl<'a> Entry<'a> {
    fn of(ast: &Lowered<'a>, import: &Import) -> Self {
        let mut entry = Self {
            row: import.row,
            at: import.at,
            path: Vec::new(),
            quoted: Vec::new(),
            alias: import.alias.map_or("", |span| ast.slice(span)),
            added: false,
        };
        let parts = match &ast.term(import.path).value {
            Value::Ref(parts) => ast.list(*parts),
            _ => std::slice::from_ref(&import.path),
        };
        for part in parts {
            let value = ast.term(*part).value;
            entry.path.push(match value {
                Value::Var(span) => Cow::Borrowed(ast.slice(span)),
                _ => string_of(ast, value),
            });
            entry.quoted.push(matches!(value, Value::String(span) if ast.slice(span).starts_with('"')));
        }
        entry
    }

    fn is(&self, path: &[&str]) -> bool {
        self.path.iter().map(Cow::as_ref).eq(path.iter().copied())
    }

    /// What the import says: its path and alias.
    pub(super) fn said(&self) -> (Vec<String>, String) {
        (self.path.iter().map(|part| part.as_ref().to_owned()).collect(), self.alias.to_owned())
    }

    fn is_future(&self) -> bool {
        self.path.first().is_some_and(|first| first == "future")
    }
}

/// The future keywords that the module's statements need.
fn used_keywords(ast: &Lowered<'_>) -> Vec<&'static str> {
    let mut used = Vec::new();
    if ast.terms.iter().any(|term| matches!(term.value, Value::Operator(Op::Member | Op::MemberWithKey))) {
        used.push("in");
    }
    let mut has = [false; 4];
    for expr in &ast.exprs {
        match expr.kind {
            ExprKind::Every { .. } => has[0] = true,
            ExprKind::Not { .. } => has[1] = true,
            ExprKind::Logical(index) => has[if ast.logicals[index as usize].is_and { 2 } else { 3 }] = true,
            _ => {}
        }
    }
    used.extend(["every", "not", "and", "or"].into_iter().zip(has).filter_map(|(name, has)| has.then_some(name)));
    used
}

/// The imports of the output, with the rows that decide where they go.
pub(super) fn entries<'a>(ast: &Lowered<'a>, target: Target) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = ast.imports.iter().map(|import| Entry::of(ast, import)).collect();
    let has = |entries: &[Entry<'_>], version| entries.iter().any(|entry| entry.is(&["rego", version]));
    let v2 = has(&entries, "v2");
    let drop = target == Target::V1Only;
    if v2 || drop {
        entries.retain(|entry| !entry.is(&["rego", "v1"]));
    } else if target == Target::Both && !has(&entries, "v1") {
        add(&mut entries, &["rego", "v1"]);
    }
    let v1 = v2 || has(&entries, "v1");
    if target == Target::V0 && !v1 {
        for name in used_keywords(ast) {
            ensure(&mut entries, name);
        }
        return entries;
    }
    let used = used_keywords(ast);
    let still_new = |name: &&str| matches!(*name, "not" | "and" | "or") && !v2;
    if drop || v1 {
        entries.retain(|entry| !entry.is_future());
    }
    for name in used.into_iter().filter(still_new) {
        ensure(&mut entries, name);
    }
    entries
}

fn ensure(entries: &mut Vec<Entry<'_>>, name: &'static str) {
    let known = entries.iter().any(|entry| {
        entry.is(&["future", "keywords"])
            || entry.is(&["future", "keywords", name])
            || name == "in" && entry.is(&["future", "keywords", "every"])
    });
    if !known {
        add(entries, &["future", "keywords", name]);
    }
}

/// Adds an import on the row after the last import of a language feature, or before everything.
fn add(entries: &mut Vec<Entry<'_>>, path: &[&'static str]) {
    let last = entries.iter().filter(|entry| entry.is_future() || entry.is(&["rego", "v1"])).map(|entry| entry.row).max();
    entries.push(Entry {
        row: last.map_or(1, |row| row + 1),
        at: u32::MAX,
        path: path.iter().map(|part| Cow::Borrowed(*part)).collect(),
        quoted: vec![false; path.len()],
        alias: "",
        added: true,
    });
}

impl Printer<'_, '_> {
    /// Writes imports in groups: those without a row between them, sorted.
    pub(super) fn imports(&mut self, imports: &[Entry<'_>]) -> Written {
        let mut comments: Vec<Option<u32>> = imports.iter().map(|entry| self.comment_of(entry)).collect();
        let mut rest = 0;
        while rest < imports.len() {
            let mut end = rest + 1;
            while end < imports.len() && imports[end].row <= imports[end - 1].row + 1 {
                end += 1;
            }
            // the row of an added import may be inside a rule; no comment can wait here
            if let Some(entry) = imports[rest..end].iter().find(|entry| self.as_opa || !entry.added) {
                let _ = self.take_comments(entry.row);
            }
            let mut group: Vec<usize> = (rest..end).collect();
            group.sort_by(|a, b| {
                let (a, b) = (&imports[*a], &imports[*b]);
                a.path.cmp(&b.path).then(a.alias.cmp(b.alias))
            });
            for at in group {
                self.start_line();
                self.import(&imports[at]);
                if let Some(comment) = comments[at].take() {
                    self.write(" ");
                    self.write_source(self.ast.comments[comment as usize].text);
                }
                self.end_line();
            }
            self.blank_line();
            rest = end;
        }
        Ok(())
    }

    /// Takes the comment on the row of an import; one that is added has none.
    fn comment_of(&mut self, import: &Entry<'_>) -> Option<u32> {
        if import.added && !self.as_opa {
            return None;
        }
        let row = import.row;
        let comments = &self.ast.comments;
        let at = self.next + comments[self.next..].partition_point(|comment| comment.row < row);
        let own = comments.get(at).is_some_and(|comment| comment.row == row) && !self.taken[at];
        own.then(|| {
            self.taken[at] = true;
            at as u32
        })
    }

    fn import(&mut self, import: &Entry<'_>) {
        self.write("import ");
        let keyword = import.path.len() == 3 && import.path[0] == "future" && import.path[1] == "keywords";
        for (at, (part, quoted)) in import.path.iter().zip(&import.quoted).enumerate() {
            if at == 0 {
                self.write(part);
            } else if is_name(part) && !(*quoted && (keyword && part == "not" || !keyword && self.style.is_keyword(part))) {
                self.write(".");
                self.write(part);
            } else {
                self.write("[");
                push_quoted(part, &mut self.out);
                self.write("]");
            }
        }
        if !import.alias.is_empty() {
            self.write(" as ");
            self.write(import.alias);
        }
    }
}
