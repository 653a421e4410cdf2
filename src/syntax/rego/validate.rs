//! What opa checks of a module once its statements are read.

mod heads;

use super::ast::{self, Expr, Literal, LiteralKind, RefPart, Rule};
use super::{Kind, Node, Parse, SyntaxError, Tree, Version, builtin_names, literal};
use crate::text::Span;

/// Collects what is wrong.
struct Check<'e> {
    errors: &'e mut Vec<SyntaxError>,
    /// The rules of v1 apply: the version, or `import rego.v1`.
    v1: bool,
    version: Version,
}

/// Appends to `errors` what is wrong with the statements of a module; those that start where `broken` says are left alone.
pub(super) fn validate(parse: &Parse, broken: &[u32], errors: &mut Vec<SyntaxError>) {
    let root = parse.tree.root();
    let v1 = parse.version == Version::V1 || parse.rego_v1_import;
    let mut check = Check { errors, v1, version: parse.version };
    check.order(root, broken);
    for node in root.children() {
        if broken.binary_search(&node.span().start).is_ok() {
            continue;
        }
        match node.kind() {
            Kind::Package => check.package(node),
            Kind::Import => check.import(node),
            Kind::Rule => {
                if let Some(rule) = Rule::cast(node) {
                    check.rule(rule);
                }
                check.inside(node);
            }
            _ => {}
        }
    }
}

/// The same for the statements of a query.
pub(super) fn validate_query(tree: &Tree, errors: &mut Vec<SyntaxError>) {
    if errors.is_empty() {
        Check { errors, v1: true, version: Version::V1 }.inside(tree.root());
    }
}

impl Check<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>, help: &str) {
        super::push_error(self.errors, span, message.into(), Some(help.to_owned()));
    }

    /// The package comes first, and once.
    fn order(&mut self, root: Node<'_>, broken: &[u32]) {
        let mut children = root.children();
        match children.next() {
            None if broken.is_empty() => {
                self.error(Span::at(0), "found an empty module, expected `package`", "start the file with `package` and a name");
            }
            Some(first) if !matches!(first.kind(), Kind::Package | Kind::Error) => {
                let span = first.first_token().map_or(first.span(), |token| token.span());
                let message =
                    format!("found `{}`, expected `package` as the first statement", literal::shorten(&root.tree().text()[span.range()]));
                self.error(span, message, "start the file with `package` and a name");
            }
            _ => {}
        }
        for node in children.filter(|node| node.kind() == Kind::Package) {
            let span = node.first_token().map_or(node.span(), |token| token.span());
            self.error(span, "found a further `package`, expected one per file", "move what follows into a file of its own");
        }
    }

    fn package(&mut self, node: Node<'_>) {
        let path = ast::Package::cast(node).and_then(ast::Package::path);
        self.path(path, "package");
    }

    /// A path made of names and strings.
    fn path<'t>(&mut self, path: Option<Expr<'t>>, what: &str) -> Option<Vec<(String, Span)>> {
        let path = path?;
        let mut parts = Vec::new();
        let bad = match path {
            Expr::Var(var) => {
                parts.push((var.name().to_owned(), var.span()));
                None
            }
            Expr::Ref(reference) => match reference.operand() {
                Some(Expr::Var(first)) => {
                    parts.push((first.name().to_owned(), first.span()));
                    let mut bad = None;
                    for part in reference.parts() {
                        match path_part(part) {
                            Some(text) => parts.push(text),
                            None => {
                                bad = Some(part.node().span());
                                break;
                            }
                        }
                    }
                    bad
                }
                other => other.map(Expr::span),
            },
            other => Some(other.span()),
        };
        if let Some(span) = bad {
            let found = literal::shorten(&path.node().tree().text()[span.range()]);
            let message = format!("found `{found}`, expected a path of names and strings after `{what}`");
            self.error(span, message, "write names joined by dots, as in `a.b[\"c-d\"]`");
            return None;
        }
        Some(parts)
    }

    fn import(&mut self, node: Node<'_>) {
        let Some(import) = ast::Import::cast(node) else { return };
        let Some(parts) = self.path(import.path(), "import") else { return };
        let (root, root_span) = &parts[0];
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let span = import.path().map_or(node.span(), Expr::span);
        match names[..] {
            ["data" | "input", ..] => {}
            ["future", "keywords"] => {}
            ["future", "keywords", name] => {
                if !matches!(name, "in" | "every" | "contains" | "if" | "not" | "and" | "or") {
                    let message = format!("found the unknown keyword `{name}`");
                    self.error(parts[2].1, message, "future.keywords has `and`, `contains`, `every`, `if`, `in`, `not` and `or`");
                }
            }
            ["future", "keywords", ..] => {}
            ["future", ..] => {
                let message = format!("found the import `{}`, expected `future.keywords`", names.join("."));
                self.error(span, message, "import `future.keywords` or one keyword of it");
            }
            ["rego", "v1" | "v2"] => {}
            ["rego", ..] => {
                let message = format!("found the import `{}`, expected `rego.v1` or `rego.v2`", names.join("."));
                self.error(span, message, "the versions are written `v1` and `v2`");
            }
            _ => {
                let message = format!("found the import root `{root}`, expected `data`, `input`, `future` or `rego`");
                self.error(*root_span, message, "imports name documents; a package `a.b` is imported as `data.a.b`");
                return;
            }
        }
        if let Some(alias) = import.alias() {
            if matches!(names[0], "future" | "rego") {
                self.error(
                    alias.span(),
                    format!("found the alias `{}` on an import of `{}`, which takes none", alias.text(), names[0]),
                    "remove `as` and the alias",
                );
            } else if matches!(alias.text(), "input" | "data") {
                self.error(
                    alias.span(),
                    format!("found the alias `{}`, which is the name of a document", alias.text()),
                    "choose another alias",
                );
            }
        } else if let Some((last, last_span)) = parts.last()
            && names[0] != "future"
            && is_keyword(last, self.version)
        {
            let message = format!("found the keyword `{last}` at the end of an import path");
            self.error(*last_span, message, "give the import another name with `as`");
        }
    }

    /// What is restricted inside statements.
    fn inside(&mut self, rule: Node<'_>) {
        for node in rule.descendants() {
            match node.kind() {
                Kind::TemplateExpr => self.template_expr(node),
                Kind::Logical => self.logical(node),
                Kind::Literal => self.operand_body(node),
                _ => {}
            }
        }
    }

    fn template_expr(&mut self, node: Node<'_>) {
        let Some(literal) = ast::TemplateExpr::cast(node).and_then(ast::TemplateExpr::literal) else { return };
        if literal.not_token().is_some() {
            // the parser knows whether that is allowed
            return;
        }
        let found = match literal.kind() {
            Some(LiteralKind::Every(_)) => "`every`".to_owned(),
            Some(LiteralKind::SomeDecl(_) | LiteralKind::SomeIn(_)) => "`some`".to_owned(),
            Some(LiteralKind::Expr(Expr::Infix(infix))) => match infix.op() {
                Some(op) if matches!(op.kind(), Kind::Assign | Kind::Equal) => format!("`{}`", op.text()),
                _ => return,
            },
            Some(LiteralKind::Expr(expr)) => match expr.inner() {
                Expr::Call(call) => match call.name().as_deref() {
                    Some(name @ ("eq" | "assign")) => format!("a call of `{name}`"),
                    _ => return,
                },
                _ => return,
            },
            _ => return,
        };
        let message = format!("found {found} in a template string, expected an expression with a value");
        self.error(literal.span(), message, "compute the value before, and name it in the template string");
    }

    /// Operands of `and` and `or` must be able to fail.
    fn logical(&mut self, node: Node<'_>) {
        let Some(logical) = ast::Logical::cast(node) else { return };
        for operand in logical.operands() {
            let void = match operand.kind() {
                Some(LiteralKind::Body(body)) => body.literals().next().is_some() && body.literals().all(is_void_call),
                _ => is_void_call(operand),
            };
            if void {
                let op = logical.op().map_or("and", |op| op.text());
                let message = format!("found an operand of `{op}` that has no value and never fails");
                self.error(operand.span(), message, "move the call out, or add a condition to the operand");
            }
        }
    }

    /// A body that could be a comprehension.
    fn operand_body(&mut self, node: Node<'_>) {
        let Some(Some(LiteralKind::Body(body))) = Literal::cast(node).map(Literal::kind) else { return };
        let Some(first) = body.literals().next() else { return };
        if let Some(Expr::Infix(infix)) = first.expr()
            && infix.op().is_some_and(|op| op.kind() == Kind::Pipe)
            && !first.text().starts_with('(')
        {
            let message = "found `{ … | … }` as an operand, which may be a body or a comprehension";
            self.error(body.span(), message, "put parentheses round the braces for a comprehension, or round the union inside for a body");
        }
    }
}

fn is_void_call(literal: Literal<'_>) -> bool {
    literal.not_token().is_none()
        && match literal.expr().map(Expr::inner) {
            Some(Expr::Call(call)) => call.name().is_some_and(|name| builtin_names::is_void(&name)),
            _ => false,
        }
}

/// The text of one part of a path, if it is a name or a string.
fn path_part(part: RefPart<'_>) -> Option<(String, Span)> {
    match part {
        RefPart::Dot(dot) => dot.name().map(|name| (name.text().to_owned(), name.span())),
        RefPart::Bracket(bracket) => match bracket.expr()?.inner() {
            Expr::Scalar(scalar) => {
                let token = scalar.token()?;
                matches!(token.kind(), Kind::String | Kind::RawString)
                    .then(|| literal::string_value(token.text()))
                    .flatten()
                    .map(|text| (text.into_owned(), token.span()))
            }
            _ => None,
        },
    }
}

/// Whether `name` is a keyword that the version reserves.
fn is_keyword(name: &str, version: Version) -> bool {
    matches!(name, "not" | "package" | "import" | "as" | "default" | "else" | "with" | "null" | "true" | "false" | "some")
        || version == Version::V1 && matches!(name, "if" | "contains" | "in" | "every")
}
