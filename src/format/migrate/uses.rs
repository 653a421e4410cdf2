//! Where a file names a rule: in heads, by its bare name in its package, by full path, and through imports.

use rustc_hash::{FxHashMap, FxHashSet};

use super::allowed::{Allowed, ImportParts};
use super::names::is_package_use;
use super::packages::{self, Packages};
use super::rename::{Use, prefixes};
use crate::model::rego::{ImportKind, Module, Name, RefPath, Scopes, write_path};
use crate::syntax::rego::ast::Expr;
use crate::syntax::rego::{Kind, Node, Parse};
use crate::syntax::tree::SyntaxKind;
use crate::text::Span;

/// The rules that are looked for, by index.
pub(super) struct Targets<'r> {
    new_names: Vec<&'r str>,
    /// `data.a.b.if` → the rule.
    by_path: FxHashMap<String, usize>,
    by_package: FxHashMap<&'r str, FxHashMap<&'r str, usize>>,
    /// The packages and what is above them.
    prefixes: FxHashSet<&'r str>,
}

/// What a file says of them.
#[derive(Default)]
pub(super) struct FileUses {
    pub(super) uses: Vec<(usize, Use)>,
    /// Documents above a rule that are read as a whole or with a computed name.
    pub(super) dynamic: Vec<(String, Span)>,
    /// What the proof has to allow for imports of a rule.
    pub(super) allowed: Vec<(usize, Allowed)>,
    /// Rules that a file with syntax errors may name.
    pub(super) unreadable: Vec<usize>,
}

impl<'r> Targets<'r> {
    /// `rules`: package, name, new name.
    pub(super) fn new(rules: impl Iterator<Item = (&'r str, &'r str, &'r str)>) -> Self {
        let mut targets =
            Self { new_names: Vec::new(), by_path: FxHashMap::default(), by_package: FxHashMap::default(), prefixes: FxHashSet::default() };
        for (at, (package, name, new)) in rules.enumerate() {
            targets.new_names.push(new);
            let mut path = package.to_owned();
            push(&mut path, name);
            targets.by_path.insert(path, at);
            targets.by_package.entry(package).or_default().insert(name, at);
            targets.prefixes.extend(prefixes(package));
        }
        targets
    }

    fn in_package(&self, package: &str, name: &str) -> Option<usize> {
        self.by_package.get(package)?.get(name).copied()
    }
}

fn push(path: &mut String, name: &str) {
    write_path(path, ["", name].into_iter());
}

impl FileUses {
    /// Reads a file; one that names neither a document nor anything that is looked for costs next to nothing.
    pub(super) fn new(parse: &Parse, packages: &Packages, targets: &Targets<'_>) -> Self {
        let mut found = Self::default();
        let module = Module::new(parse);
        let path = packages::path(&module);
        let is_inside = targets.by_package.contains_key(path.as_str());
        if !parse.formattable {
            found.unreadable = unreadable(parse, &path, targets);
            return found;
        }
        if !is_inside && memchr::memmem::find(parse.tree.text().as_bytes(), b"data").is_none() {
            return found;
        }
        let scopes = Scopes::new(parse, &module);
        let mut reader = Reader { parse, module: &module, targets, path: &path, found, import_names: FxHashMap::default() };
        reader.heads();
        reader.imports();
        let package = packages.of(&module);
        for (id, meaning) in scopes.names() {
            let Some(node) = parse.tree.node(id) else { continue };
            let bare = if is_inside { targets.in_package(&path, node.text()) } else { None };
            match (bare, meaning) {
                (Some(at), _) if is_package_use(&scopes, package, node) => {
                    reader.push(at, node.span(), targets.new_names[at], false);
                }
                // in a package with a rule `data` that rule is meant
                (_, Name::Data) if !is_package_use(&scopes, package, node) => reader.document(node, None),
                (_, Name::Import(import)) => reader.document(node, Some(import as usize)),
                _ => {}
            }
        }
        reader.found
    }
}

struct Reader<'a, 'r, 't> {
    parse: &'t Parse,
    module: &'a Module<'t>,
    targets: &'a Targets<'r>,
    path: &'a str,
    found: FileUses,
    /// Imports that bring another name now.
    import_names: FxHashMap<usize, usize>,
}

impl<'t> Reader<'_, '_, 't> {
    fn push(&mut self, at: usize, span: Span, text: &str, is_definition: bool) {
        self.found.uses.push((at, Use { span, text: text.to_owned(), is_definition }));
    }

    /// Writes the new name where a part of a path is written, in quotes if it was.
    fn part(&mut self, at: usize, span: Span) {
        let new = self.targets.new_names[at];
        let quoted = self.parse.tree.text()[span.range()].starts_with(['"', '`']);
        let text = if quoted { format!("\"{new}\"") } else { new.to_owned() };
        self.push(at, span, &text, false);
    }

    fn heads(&mut self) {
        for rule in &self.module.rules {
            if let (Some(at), Some(name)) = (self.targets.in_package(self.path, rule.name), rule.head.name()) {
                let start = name.span().start;
                self.push(at, Span::new(start, start + rule.name.len() as u32), self.targets.new_names[at], true);
            }
        }
    }

    fn imports(&mut self) {
        for (index, import) in self.module.imports.iter().enumerate().filter(|(_, import)| import.kind == ImportKind::Data) {
            let mut path = "data".to_owned();
            for (part, (name, span)) in import.path.parts.iter().enumerate().skip(1) {
                push(&mut path, name);
                let Some(at) = self.targets.by_path.get(&path).copied() else { continue };
                self.part(at, *span);
                let mut new = ImportParts::of(import);
                self.targets.new_names[at].clone_into(&mut new.path[part]);
                let mut allowed = Allowed::import(import, Some(new));
                if part + 1 == import.path.len() && import.alias.is_none() {
                    self.import_names.insert(index, at);
                    allowed.extend(&Allowed::variable(name, self.targets.new_names[at]));
                }
                self.found.allowed.push((at, allowed));
            }
        }
    }

    /// A reference that starts at `data` or at an import.
    fn document(&mut self, node: Node<'t>, import: Option<usize>) {
        let outer = node.parent().filter(|parent| parent.kind() == Kind::Ref && parent.span().start == node.span().start).unwrap_or(node);
        let Some(expr) = Expr::cast(outer) else { return };
        let (written, _) = RefPath::of(expr);
        let mut path = "data".to_owned();
        let mut is_hit = false;
        if let Some(index) = import {
            let import = &self.module.imports[index];
            if import.kind != ImportKind::Data {
                return;
            }
            for (name, _) in import.path.parts.iter().skip(1) {
                push(&mut path, name);
                is_hit |= self.targets.by_path.contains_key(&path);
            }
            if let Some(at) = self.import_names.get(&index).copied() {
                let new = self.targets.new_names[at];
                self.push(at, node.span(), new, false);
            }
        }
        for (name, span) in written.parts.iter().skip(1) {
            push(&mut path, name);
            if let Some(at) = self.targets.by_path.get(&path).copied() {
                is_hit = true;
                self.part(at, *span);
            }
        }
        if !is_hit && self.targets.prefixes.contains(path.as_str()) {
            self.found.dynamic.push((path, outer.span()));
        }
    }
}

/// What a broken file may name: all that it writes of its own package, and elsewhere names together with their package's.
fn unreadable(parse: &Parse, package: &str, targets: &Targets<'_>) -> Vec<usize> {
    let words: FxHashSet<&str> =
        parse.tree.tokens().filter(|token| !token.kind().is_trivia()).map(|token| token.text().trim_matches(['"', '`'])).collect();
    let mut found = Vec::new();
    for (path, rules) in &targets.by_package {
        let last = path.rsplit(['.', '[']).next().map_or("", |name| name.trim_matches(['"', ']']));
        if *path == package || words.contains(last) && words.contains("data") {
            found.extend(rules.iter().filter(|(name, _)| words.contains(*name)).map(|(_, at)| *at));
        }
    }
    found.sort_unstable();
    found
}
