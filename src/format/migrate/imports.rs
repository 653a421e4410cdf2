//! Imports with the name of a keyword, and two imports of one name.

use rustc_hash::FxHashMap;

use super::allowed::{Allowed, ImportParts};
use super::names::Fresh;
use super::packages::Package;
use super::step::{Needs, Problem, Remedy, Rewrite, StepKind};
use crate::diag::Applicability;
use crate::format::style::is_new_keyword;
use crate::model::rego::{ImportDecl, ImportKind, Module, Name, Scopes};
use crate::syntax::rego::{Parse, Version};
use crate::text::Span;

/// What is found in a module.
pub(super) fn problems(parse: &Parse, module: &Module<'_>, scopes: &Scopes<'_>, package: &Package) -> Vec<Problem> {
    let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, import) in module.imports.iter().enumerate() {
        // each `_` is a name of its own
        if let Some(name) = import.identifier().filter(|name| *name != "_") {
            by_name.entry(name).or_default().push(at);
        }
    }
    let mut renamed = Vec::new();
    let mut found = Vec::new();
    let v1 = parse.version == Version::V1 || parse.rego_v1_import;
    for (name, group) in by_name {
        let (directives, documents): (Vec<usize>, Vec<usize>) = group.into_iter().partition(|at| is_directive(&module.imports[*at]));
        // all of one name are of one path
        for (at, same) in directives.iter().skip(1).map(|at| (*at, directives[0])) {
            found.push(dropped(parse, module, at, same));
        }
        let Some((last, rest)) = documents.split_last() else { continue };
        let same = rest.iter().all(|at| module.imports[*at].path.same_names(&module.imports[*last].path));
        let kept = if same { documents[0] } else { *last };
        if v1 && !same {
            found.extend(documents.iter().skip(1).map(|at| conflict(module, *at, name)));
            continue;
        }
        // of different ones v0 takes the last
        found.extend(documents.iter().filter(|at| **at != kept).map(|at| dropped(parse, module, *at, kept)));
        if is_new_keyword(name) || !directives.is_empty() {
            renamed.push((name, kept));
        }
    }
    found.extend(aliases(parse, module, scopes, package, &renamed));
    found
}

/// Whether an import says what language is used, and brings no name.
fn is_directive(import: &ImportDecl<'_>) -> bool {
    matches!(import.kind, ImportKind::Future | ImportKind::Rego)
}

/// An import that does nothing, since `other` has its name.
fn dropped(parse: &Parse, module: &Module<'_>, at: usize, other: usize) -> Problem {
    let (import, other) = (&module.imports[at], &module.imports[other]);
    let same = import.path.same_names(&other.path);
    let span = import.import.span();
    Problem {
        kind: StepKind::DuplicateImport,
        span,
        message: if same {
            format!("`{}` is imported twice", import.path.dotted())
        } else {
            format!("import of `{}` is hidden by the later one of `{}`", import.path.dotted(), other.path.dotted())
        },
        remedy: Remedy::Edit(Rewrite {
            edits: vec![(whole_line(parse.tree.text(), span), String::new())],
            needs: Needs::default(),
            applicability: Applicability::Safe,
            help: "remove it".to_owned(),
            allowed: Allowed::import(import, None),
        }),
    }
}

/// The import with its line, as far as nothing else is on it.
fn whole_line(text: &str, span: Span) -> Span {
    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let starts_line = before.len() == indent || before[..before.len() - indent].ends_with('\n');
    let blanks = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
    if starts_line && after[blanks..].starts_with('\n') {
        Span::new(span.start - indent as u32, span.end + blanks as u32 + 1)
    } else {
        span
    }
}

fn conflict(module: &Module<'_>, at: usize, name: &str) -> Problem {
    Problem {
        kind: StepKind::DuplicateImport,
        span: module.imports[at].import.span(),
        message: format!("another import brings the name `{name}`, too"),
        remedy: Remedy::Manual { help: format!("give one of them another name (`import {} as …`)", module.imports[at].path.dotted()) },
    }
}

/// Gives imports a name that v1 accepts, where they are imported and used.
fn aliases(parse: &Parse, module: &Module<'_>, scopes: &Scopes<'_>, package: &Package, renamed: &[(&str, usize)]) -> Vec<Problem> {
    if renamed.is_empty() {
        return Vec::new();
    }
    let fresh = Fresh::new(parse, package);
    let mut uses: FxHashMap<&str, Vec<Span>> = renamed.iter().map(|(name, _)| (*name, Vec::new())).collect();
    for (id, meaning) in scopes.names() {
        if let (Name::Import(_), Some(node)) = (meaning, parse.tree.node(id))
            && let Some(spans) = uses.get_mut(node.text())
        {
            spans.push(node.span());
        }
    }
    let problem = |(name, at): &(&str, usize)| {
        let import = &module.imports[*at];
        let new = fresh.name(name);
        let mut edits: Vec<(Span, String)> = uses[name].iter().map(|span| (*span, new.clone())).collect();
        edits.push(match import.alias {
            Some(alias) => (alias.span(), new.clone()),
            None => (Span::at(import.import.span().end), format!(" as {new}")),
        });
        edits.sort_unstable();
        let mut allowed = Allowed::variable(name, &new);
        allowed.extend(&Allowed::import(import, Some(ImportParts { alias: Some(new.clone()), ..ImportParts::of(import) })));
        let is_reserved = is_new_keyword(name);
        Problem {
            kind: if is_reserved { StepKind::ImportName } else { StepKind::DuplicateImport },
            span: import.import.span(),
            message: match is_reserved {
                true => format!("import brings the name `{name}`, which v1 reserves"),
                false => format!("import brings the name `{name}`, which an import of the language has, too"),
            },
            remedy: Remedy::Edit(Rewrite {
                edits,
                needs: Needs::default(),
                applicability: Applicability::Safe,
                help: format!("import it as `{new}`"),
                allowed,
            }),
        }
    };
    renamed.iter().map(problem).collect()
}
