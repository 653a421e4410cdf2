//! What a module refers to in other packages, by the look of it: references that start at `data` or at an import whose name nothing
//! else in the module bears. No scopes are needed for that, so that it costs little.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::resolve::write_part;
use super::{ImportKind, Module, RuleKind, annotations, builtin, string_value};
use crate::syntax::rego::ast::{Body, Expr, Infix, Ref, RefPart, Rule, With};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// What a module refers to, and whether it is meant to be queried.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Links {
    /// Whether a METADATA block says `entrypoint: true`.
    pub has_entrypoint: bool,
    /// The imports of `data.…`, in source order.
    pub imports: Vec<ImportLink>,
    /// In source order.
    pub references: Vec<Link>,
    /// The package as Regal writes it, where that is not [`super::Facts::package`].
    pub regal_package: Option<Box<str>>,
    /// Index of a rule → its static name as Regal writes it, where that differs from the constant path.
    pub regal_rules: Vec<(u32, Box<str>)>,
    /// The names that links give by index.
    names: Vec<Box<str>>,
}

/// An import of something below `data`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportLink {
    /// The names behind `data`.
    pub path: Vec<Box<str>>,
    /// The keyword.
    pub start: Span,
    /// Where the path is.
    pub span: Span,
}

/// A reference to something below `data`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    path: u32,
    regal: Option<u32>,
    /// The reference; for Regal's copies the start of a chained body.
    pub span: Span,
    /// Index of the import that it starts at, among [`Links::imports`].
    pub import: Option<u32>,
    /// Whether it has no parts but constant names.
    pub is_constant: bool,
    /// Whether `with` replaces it.
    pub is_target: bool,
    /// Whether it is called.
    pub is_called: bool,
    /// Where Regal sees it.
    pub sight: Sight,
}

/// Who finds a reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sight {
    All,
    /// It lies in a branch that Regal does not look into, or in its opinion is no reference to another package.
    NotRegal,
    /// A chained body repeats the head to Regal; or the reference is to `input`.
    OnlyRegal,
}

impl Links {
    /// Gathers the links of a module that parsed.
    #[must_use]
    pub fn new(parse: &Parse, module: &Module<'_>) -> Self {
        let has_entrypoint = !parse.metadata.is_empty() && annotations(parse).any(super::Annotation::is_entrypoint);
        let mut this = Self { has_entrypoint, ..Self::default() };
        let mut gatherer = Gatherer::new(module);
        for import in module.imports.iter().filter(|import| import.kind == ImportKind::Data && import.path.len() > 1) {
            let path = import.path.parts.iter().skip(1).map(|(name, _)| Box::from(name.as_ref())).collect();
            let start = import.import.span();
            this.imports.push(ImportLink { path, start, span: import.import.path().map_or(start, Expr::span) });
        }
        if module.package.parts.iter().any(|(name, _)| !is_plain(name)) {
            let names = module.package.parts.iter().flat_map(|(name, _)| [".", name.as_ref()]);
            this.regal_package = Some(std::iter::once("data").chain(names).collect::<String>().into());
        }
        for (at, rule) in module.rules.iter().enumerate() {
            let rest = rule.head.name().and_then(|name| match name {
                Expr::Ref(reference) if rule.bracket_member.is_none() => Some(reference),
                _ => None,
            });
            if let Some(reference) = rest
                && reference.parts().any(|part| !matches!(part, RefPart::Dot(dot) if dot.name().is_some_and(|n| is_regal_name(n.text()))))
            {
                this.regal_rules.push((at as u32, regal_name(rule.name, reference).into()));
            }
        }
        // most modules without imports refer to nothing outside
        let mentions_data = || memchr::memmem::find(parse.tree.text().as_bytes(), b"data").is_some();
        if module.imports.iter().any(|import| import.name().is_some()) || mentions_data() {
            gatherer.gather(&mut this);
        }
        this
    }

    /// `data.a.b`: the constant names that the reference starts with, imports expanded.
    #[must_use]
    pub fn path(&self, link: &Link) -> &str {
        &self.names[link.path as usize]
    }

    /// The same as Regal writes it up to the first bracket; `None` where it gives up.
    #[must_use]
    pub fn regal_path(&self, link: &Link) -> Option<&str> {
        link.regal.map(|at| &*self.names[at as usize])
    }
}

/// Whether a name is written behind a dot here.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.as_bytes()[0].is_ascii_digit()
}

/// Whether Regal writes a name behind a dot: its pattern has forgotten the digit 0.
fn is_regal_name(name: &str) -> bool {
    is_plain(name) && !name.contains('0')
}

/// The start of a head's reference that Regal holds for static: numbers and booleans are part of it.
fn regal_name(first: &str, reference: Ref<'_>) -> String {
    let mut out = first.to_owned();
    for part in reference.parts() {
        match part {
            RefPart::Dot(dot) => {
                let name = dot.name().map_or("", |name| name.text());
                if is_regal_name(name) {
                    out.push('.');
                    out.push_str(name);
                } else {
                    out.extend(["[\"", name, "\"]"]);
                }
            }
            RefPart::Bracket(bracket) => match bracket.expr().map(Expr::inner) {
                Some(Expr::Scalar(scalar)) => match string_value(scalar) {
                    Some(name) if is_regal_name(&name) => out.extend([".", &*name]),
                    Some(name) => out.extend(["[\"", &*name, "\"]"]),
                    None if scalar.text() == "null" => {}
                    None => out.extend(["[", scalar.text(), "]"]),
                },
                Some(Expr::Array(_) | Expr::Object(_) | Expr::Set(_)) => {}
                _ => break,
            },
        }
    }
    out
}

struct Gatherer<'m, 't> {
    module: &'m Module<'t>,
    known: FxHashMap<Box<str>, u32>,
    /// Names of imports that are something else, too, somewhere in the module → whether Regal sees that.
    hidden: FxHashMap<&'t str, bool>,
}

impl<'m, 't> Gatherer<'m, 't> {
    fn new(module: &'m Module<'t>) -> Self {
        Self { module, known: FxHashMap::default(), hidden: FxHashMap::default() }
    }

    fn gather(&mut self, out: &mut Links) {
        let mut found: Vec<(Ref<'t>, &'t str)> = Vec::new();
        let has_imports = self.module.imports.iter().any(|import| import.name().is_some());
        for rule in &self.module.rules {
            let names_import = rule.kind != RuleKind::Function && rule.path.len() == 1 && self.module.import_named(rule.name).is_some();
            if names_import {
                self.hidden.insert(rule.name, true);
            }
            for node in rule.rule.node().descendants() {
                match node.kind() {
                    Kind::Var if has_imports || node.text() == "data" => {
                        let name = node.text();
                        // a variable `data` hides the documents, which Regal does not know
                        let is_document = name == "data" && node.parent().is_some_and(|p| matches!(p.kind(), Kind::Ref | Kind::RefBracket));
                        if (name == "data" || self.module.import_named(name).is_some())
                            && !is_document
                            && let Some(seen) = declares(node).map(|seen| seen && name != "data")
                        {
                            *self.hidden.entry(name).or_default() |= seen;
                        }
                    }
                    Kind::Ref => {
                        let Some(reference) = Ref::cast(node) else { continue };
                        let Some(Expr::Var(first)) = reference.operand() else { continue };
                        if first.name() == "data" || self.module.import_named(first.name()).is_some() {
                            found.push((reference, first.name()));
                        }
                    }
                    _ => {}
                }
            }
        }
        found.retain(|(reference, first)| self.hidden.get(first) != Some(&true) && !names_a_rule(reference.node()));
        found.iter().for_each(|(reference, first)| self.add(*reference, first, out));
    }

    fn add(&mut self, reference: Ref<'t>, first: &'t str, out: &mut Links) {
        let mut path = String::from("data");
        let mut regal = String::from("data");
        let mut import = None;
        let (mut of_input, mut gave_up) = (false, false);
        if first != "data" {
            let Some(declared) = self.module.import_named(first) else { return };
            of_input = declared.kind == ImportKind::Input;
            // Regal takes imports of all of `input` and `data` for none
            gave_up = declared.path.len() < 2;
            path = declared.path.first().unwrap_or_default().to_owned();
            regal = declared.path.dotted();
            declared.path.parts.iter().skip(1).for_each(|(name, _)| write_part(&mut path, name));
            let start = declared.import.span();
            import = out.imports.iter().position(|link| link.start == start).map(|at| at as u32);
        }
        // what follows the first name, to Regal
        let mut rest = String::new();
        let (mut is_constant, mut goes_on) = (true, true);
        for (at, part) in reference.parts().enumerate() {
            let name = match part {
                RefPart::Dot(dot) => dot.name().map(|name| Cow::Borrowed(name.text())),
                RefPart::Bracket(bracket) => match bracket.expr() {
                    Some(Expr::Scalar(scalar)) => string_value(scalar),
                    _ => None,
                },
            };
            if is_constant {
                match &name {
                    Some(name) => write_part(&mut path, name),
                    None => is_constant = false,
                }
            }
            if goes_on {
                match name.filter(|name| is_regal_name(name)) {
                    Some(name) => rest.extend([".", &*name]),
                    None => {
                        goes_on = false;
                        // a bracket right behind the first name hides where that ends
                        gave_up |= at == 0 && (first == "data" || !is_variable(part));
                        // and so does a line break behind an import's name
                        gave_up |= first != "data" && part.node().text().contains('\n') && !is_variable(part);
                    }
                }
            }
        }
        let local = format!("{first}{rest}");
        regal.push_str(&rest);
        gave_up |= builtin(&local).is_some() || self.module.rules.iter().any(|rule| rule.name == first && rule.path.dotted() == local);
        let node = reference.node();
        let (path, regal) = (self.name(path, out), (!gave_up).then(|| self.name(regal, out)));
        let parent = node.parent();
        let is_called = parent.is_some_and(|parent| parent.kind() == Kind::Call && parent.span().start == node.span().start);
        let is_target = parent.and_then(With::cast).and_then(With::target).is_some_and(|target| target.node() == node);
        let sight = match (of_input || self.hidden.contains_key(first), is_unseen(node)) {
            (true, _) if gave_up => return,
            (true, true) => return,
            (true, false) => Sight::OnlyRegal,
            (false, true) => Sight::NotRegal,
            (false, false) => Sight::All,
        };
        let link = Link { path, regal, span: node.span(), import, is_constant, is_target, is_called, sight };
        out.references.push(link);
        if sight != Sight::NotRegal {
            let bodies = chained(node).map(|body| Span::at(body.span().start));
            out.references.extend(bodies.map(|span| Link { span, sight: Sight::OnlyRegal, ..link }));
        }
    }

    fn name(&mut self, name: String, out: &mut Links) -> u32 {
        if let Some(at) = self.known.get(name.as_str()) {
            return *at;
        }
        let at = out.names.len() as u32;
        self.known.insert(name.as_str().into(), at);
        out.names.push(name.into());
        at
    }
}

fn is_variable(part: RefPart<'_>) -> bool {
    matches!(part, RefPart::Bracket(bracket) if !matches!(bracket.expr().map(Expr::inner), Some(Expr::Scalar(_))))
}

/// Whether the reference is the name of a rule.
fn names_a_rule(node: Node<'_>) -> bool {
    let head = node.parent().and_then(crate::syntax::rego::ast::Head::cast);
    head.and_then(|head| head.name()).is_some_and(|name| name.node() == node)
}

/// Whether a variable stands where variables are declared, or in brackets: an argument, left of `:=` and `=`, behind `some` and
/// `every`. Gives whether Regal sees it.
fn declares(var: Node<'_>) -> Option<bool> {
    let mut at = var;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            Kind::RefBracket if at == var => return Some(true),
            Kind::Args => {
                return match at.kind() {
                    Kind::Var | Kind::Array => Some(true),
                    Kind::Object => Some(false),
                    _ => None,
                };
            }
            Kind::SomeDecl => return (at == var).then_some(true),
            Kind::SomeIn | Kind::Every => {
                let collection = match parent.kind() {
                    Kind::SomeIn => crate::syntax::rego::ast::SomeIn::cast(parent).and_then(|some| some.collection()),
                    _ => crate::syntax::rego::ast::Every::cast(parent).and_then(|every| every.collection()),
                };
                let in_pattern = at.kind() != Kind::Body && collection.is_none_or(|collection| collection.node() != at);
                return in_pattern.then_some(true);
            }
            Kind::Infix => {
                let infix = Infix::cast(parent)?;
                let assigns = infix.op().is_some_and(|op| matches!(op.kind(), Kind::Assign | Kind::Equal));
                let is_left = infix.left().is_some_and(|left| left.node() == at);
                if assigns && is_left && matches!(at.kind(), Kind::Var | Kind::Array | Kind::Object) {
                    return Some(true);
                }
            }
            Kind::Literal | Kind::Head | Kind::Body | Kind::Rule => return None,
            _ => {}
        }
        at = parent;
    }
    None
}

/// Whether the node lies in an `else` branch without braces, which Regal does not look into.
fn is_unseen(node: Node<'_>) -> bool {
    std::iter::once(node).chain(node.ancestors()).any(|node| {
        node.parent().is_some_and(|parent| parent.kind() == Kind::Else) && Body::cast(node).is_some_and(|body| body.open_token().is_none())
    })
}

/// The chained bodies that repeat the head in which a node lies.
fn chained(node: Node<'_>) -> impl Iterator<Item = Body<'_>> {
    let head = node.ancestors().find(|ancestor| ancestor.kind() == Kind::Head);
    let rule = head.and_then(|head| head.parent()).and_then(Rule::cast);
    rule.into_iter().flat_map(|rule| rule.bodies().skip(1))
}
