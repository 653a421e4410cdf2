//! Rules: heads, and what v1 requires.

use super::super::ast::{Call, Else, Expr, Head, Ref, RefPart, Rule};
use super::{Check, Kind, Node, Version, builtin_names, is_keyword, literal};

/// The name of a rule as opa reads it.
enum Name<'t> {
    Var(&'t str),
    /// A reference that starts at a variable, with this many parts after it.
    Ref(Ref<'t>, usize),
    /// A reference that starts at something else.
    OddRef(usize),
    /// An operator or a call in the place of a name, read as a function.
    Call(Option<Call<'t>>),
    Other(&'static str),
}

impl Check<'_> {
    pub(super) fn rule(&mut self, rule: Rule<'_>) {
        let Some(head) = rule.head() else { return };
        let Some(name) = head.name() else { return };
        if head.node().descendants().any(|node| node.kind() == Kind::Error) {
            // the lexer has said what is wrong
            return;
        }
        let has_body = rule.bodies().next().is_some();
        let kind = self.name_of(head, name);
        if rule.default_token().is_some() {
            self.default(rule, head, &kind);
        } else if has_body || head.contains_token().is_some() {
            self.with_body(rule, head, &kind);
        } else {
            self.without_body(rule, head, &kind);
        }
    }

    fn name_of<'t>(&self, head: Head<'t>, name: Expr<'t>) -> Name<'t> {
        if head.args().is_some_and(|args| args.exprs().next().is_none()) && name.text() == "set" {
            return Name::Other("a set");
        }
        match name.inner() {
            Expr::Var(var) => Name::Var(var.name()),
            Expr::Ref(reference) => {
                let parts = reference.parts().count();
                if starts_at_var(reference) { Name::Ref(reference, parts) } else { Name::OddRef(parts) }
            }
            Expr::Call(call) if is_named(call) => Name::Call(Some(call)),
            Expr::Call(_) => Name::Other("the result of a call"),
            Expr::Infix(_) | Expr::Membership(_) | Expr::Negative(_) => Name::Call(None),
            Expr::Scalar(_) => Name::Other("a plain value"),
            Expr::Array(_) => Name::Other("an array"),
            Expr::Object(_) => Name::Other("an object"),
            Expr::Set(_) => Name::Other("a set"),
            Expr::Template(_) => Name::Other("a template string"),
            _ => Name::Other("an expression"),
        }
    }

    fn bad_name(&mut self, head: Head<'_>, what: &str) {
        let span = head.name().map_or(head.span(), Expr::span);
        let found = literal::shorten(head.name().map_or("", Expr::text));
        let message = format!("found `{found}`, {what}, expected the name of a rule");
        let help = self.rule_help();
        self.error(span, message, help);
    }

    fn rule_help(&self) -> &'static str {
        if self.v1 { "write `name := value`, `name if …` or `name contains …`" } else { "write `name = value` or `name { … }`" }
    }

    fn keyword_name(&mut self, head: Head<'_>, name: &str) {
        if self.v1 && is_keyword(name, Version::V1) {
            let span = head.name().map_or(head.span(), Expr::span);
            self.error(span, format!("found the keyword `{name}`, expected the name of a rule"), "choose another name");
        }
    }

    fn default(&mut self, rule: Rule<'_>, head: Head<'_>, name: &Name<'_>) {
        let args: Vec<_> = head.args().into_iter().flat_map(|args| args.exprs()).collect();
        if let Name::Other(what) = name {
            return self.bad_name(head, what);
        }
        let two_parts = matches!(name, Name::Ref(_, 1) | Name::OddRef(1));
        if head.contains_token().is_some() || head.value().is_none() && two_parts && args.is_empty() {
            return self.error(rule.span(), "found a default rule without value", "write `default name := value`");
        }
        if let Some(value) = head.value()
            && let Some(bad) = dynamic_part(value.node())
        {
            let found = literal::shorten(bad.text());
            let message = format!("found `{found}` in the value of a default rule, expected a constant");
            self.error(bad.span(), message, "use literals and comprehensions; compute other values in a rule");
        }
        let mut names = Vec::new();
        for arg in args {
            match arg.inner() {
                Expr::Var(var) if !matches!(var.name(), "input" | "data") => {
                    if var.name() != "_" && names.contains(&var.name()) {
                        let message = format!("found `{}` twice among the arguments of a default function", var.name());
                        self.error(arg.span(), message, "give each argument a name of its own, or write `_`");
                    }
                    names.push(var.name());
                }
                _ => {
                    let message =
                        format!("found `{}` as argument of a default function, expected a variable", literal::shorten(arg.text()));
                    self.error(arg.span(), message, "a default holds for all arguments; write variables or `_`");
                }
            }
        }
        if let Name::Var(name) = name {
            self.keyword_name(head, name);
        }
    }

    fn with_body(&mut self, rule: Rule<'_>, head: Head<'_>, name: &Name<'_>) {
        let contains = head.contains_token().is_some();
        let has_if = rule.if_token().is_some();
        let args = head.args().is_some_and(|args| args.exprs().next().is_some());
        let value = head.value().is_some();
        match name {
            Name::Other(what) => return self.bad_name(head, what),
            Name::OddRef(parts) if head.args().is_some() || *parts == 1 && !contains && (!has_if || value) => {
                return self.bad_name(head, "a part of the result of a call");
            }
            _ => {}
        }
        let one_part = matches!(name, Name::Ref(_, 1)) && !args;
        let member = one_part && !has_if && !contains;
        self.else_allowed(rule, head, name, contains || member || one_part && key_like(name));
        if !self.v1 {
            return;
        }
        match name {
            Name::Var(name) => self.keyword_name(head, name),
            Name::Ref(reference, 1) if member && !value => self.keyword_name(head, reference.operand().map_or("", Expr::text)),
            _ => {}
        }
        if rule.bodies().next().is_some() && !has_if {
            let what = if args { "function" } else { "rule" };
            let open = rule.bodies().find_map(|body| body.open_token()).map_or(rule.span(), |token| token.span());
            let (message, help) = if member && !value {
                ("found `{`, expected `contains` and `if` before the body of a set", "write `name contains member if { … }`".to_owned())
            } else {
                let message = if args {
                    "found `{`, expected `if` before the body of a function"
                } else {
                    "found `{`, expected `if` before the body of a rule"
                };
                (message, format!("write `if` before the body of the {what}"))
            };
            self.error(open, message, &help);
        }
        for part in rule.elses() {
            self.else_if(part);
        }
    }

    fn else_if(&mut self, part: Else<'_>) {
        if part.if_token().is_none()
            && let Some(open) = part.body().and_then(|body| body.open_token())
        {
            self.error(open.span(), "found `{`, expected `if` before the body of `else`", "write `else := value if { … }`");
        }
    }

    fn else_allowed(&mut self, rule: Rule<'_>, head: Head<'_>, name: &Name<'_>, key: bool) {
        let Some(first) = rule.elses().next() else { return };
        let span = first.node().first_token().map_or(first.span(), |token| token.span());
        if head.contains_token().is_some() {
            self.error(span, "found `else` on a rule that builds a set", "write a further rule with `contains`");
        } else if let Name::Ref(reference, _) = name
            && !is_ground(reference.node())
        {
            self.error(span, "found `else` on a rule with variables in its head", "write a further rule, or a function with `else`");
        } else if key {
            self.error(span, "found `else` on a rule that builds a set or an object", "write a further rule, or a function with `else`");
        }
    }

    fn without_body(&mut self, rule: Rule<'_>, head: Head<'_>, name: &Name<'_>) {
        let args = head.args();
        let value = head.value().is_some();
        match name {
            Name::Other(what) => return self.bad_name(head, what),
            Name::OddRef(_) => return self.bad_name(head, "a part of the result of a call"),
            _ => {}
        }
        if let Some(args) = args {
            if !value {
                self.bare_call(rule, head, head.name(), args.exprs().collect());
            } else if let Name::Var(name) = name {
                self.keyword_name(head, name);
            }
            return;
        }
        match name {
            Name::Var(name) if value => self.keyword_name(head, name),
            Name::Var(name) => {
                let help = self.rule_help();
                self.error(head.span(), format!("found `{name}` alone, expected a value or a body"), help);
            }
            Name::Call(None) if !value => self.bad_name(head, "an expression"),
            Name::Call(Some(call)) if !value => self.bare_call(rule, head, call.callee(), call.args().collect()),
            Name::Call(Some(call)) => {
                if let Some(Expr::Var(name)) = call.callee() {
                    self.keyword_name(head, name.name());
                }
            }
            Name::Ref(..) if value || !self.v1 => {}
            Name::Ref(_, 1) => {
                let help = "write `name contains member`, or `name.key := value`";
                self.error(head.span(), format!("found `{}`, expected `contains` or a value", literal::shorten(head.text())), help);
            }
            Name::Ref(..) => {
                let message = format!("found `{}`, expected a value or a body", literal::shorten(head.text()));
                self.error(head.span(), message, "write `name := value`, or `name if …`");
            }
            _ => {}
        }
    }

    /// A call that stands alone is a function that is always true.
    fn bare_call(&mut self, rule: Rule<'_>, head: Head<'_>, callee: Option<Expr<'_>>, args: Vec<Expr<'_>>) {
        let name = callee.map(Expr::inner).and_then(super::ast::dotted).unwrap_or_default();
        if matches!(name.as_str(), "eq" | "assign") {
            // the function form of an equation defines its first argument
            let target = args.first().map(|arg| arg.inner());
            let ok = args.len() > 1
                && match target {
                    Some(Expr::Var(_)) => true,
                    Some(Expr::Ref(reference)) => starts_at_var(reference),
                    Some(Expr::Call(call)) => is_named(call),
                    Some(Expr::Infix(_) | Expr::Membership(_) | Expr::Negative(_)) => true,
                    _ => false,
                };
            if let Some(Expr::Var(name)) = target {
                self.keyword_name(head, name.name());
            }
            if !ok {
                self.bad_name(head, "a call");
            }
            return;
        }
        if builtin_names::is_builtin(&name) {
            let message = format!("found a call of the built-in function `{name}`, expected a rule");
            self.error(rule.span(), message, "put the call into the body of a rule");
        } else if args.is_empty() {
            let message = format!("found `{}`, expected a value or a body after the empty argument list", literal::shorten(head.text()));
            self.error(head.span(), message, "write `name := value`, or `name if …`");
        } else {
            self.keyword_name(head, &name);
        }
    }
}

/// Whether a reference starts at a variable, also one in parentheses.
fn starts_at_var(reference: Ref<'_>) -> bool {
    matches!(reference.operand().map(Expr::inner), Some(Expr::Var(_)))
}

/// Whether what is called is a variable or a reference that starts at one.
fn is_named(call: Call<'_>) -> bool {
    match call.callee().map(Expr::inner) {
        Some(Expr::Var(_)) => true,
        Some(Expr::Ref(callee)) => starts_at_var(callee),
        _ => false,
    }
}

/// Whether opa takes the part of a name of two parts for a key: a variable in it, or a reference.
fn key_like(name: &Name<'_>) -> bool {
    let Name::Ref(reference, 1) = name else { return false };
    match reference.parts().next() {
        Some(RefPart::Bracket(bracket)) => match bracket.expr().map(Expr::inner) {
            Some(Expr::Ref(_)) => true,
            Some(Expr::Var(_)) => true,
            Some(expr) => !is_ground(expr.node()),
            None => false,
        },
        _ => false,
    }
}

/// Whether no variable stands inside `node`, the heads of references and calls left out. To opa a template string is never ground.
fn is_ground(node: Node<'_>) -> bool {
    node.descendants().all(|inner| match inner.kind() {
        Kind::Template => false,
        Kind::Var => {
            let head = inner
                .parent()
                .is_some_and(|parent| matches!(parent.kind(), Kind::Ref | Kind::Call) && parent.children().next() == Some(inner));
            head || matches!(inner.text(), "input" | "data")
        }
        _ => true,
    })
}

/// The first part of a default value that is no constant; comprehensions are closed.
fn dynamic_part(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension => None,
        Kind::Var | Kind::Ref | Kind::Call | Kind::Infix | Kind::Membership | Kind::Negative => Some(node),
        _ => node.children().find_map(dynamic_part),
    }
}
