use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::{RuleDef, RuleKind, builtin};
use crate::syntax::rego::ast::{Call, Expr, Infix, Literal, LiteralKind, Ref, RefPart, Rule as RuleNode};

declare_rule! {
    PreferSnakeCase {
        id: "prefer-snake-case",
        group: "style",
        summary: "a package, rule or variable name with upper-case letters",
        why: "Rego names are snake_case throughout OPA's own libraries and documentation, its built-in functions included. Names \
              that follow one pattern can be guessed.",
        bad: rego("package play\n\nisAdmin if \"admin\" in input.roles\n"),
        good: rego("package play\n\nis_admin if \"admin\" in input.roles\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/prefer-snake-case",
        peers: &["regal style/prefer-snake-case"],
    }
}

impl Rule for PreferSnakeCase {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // most modules have no such letter outside of strings and comments, and most of the others few
        let mut names = Names { regal: cx.is_regal(), found: Vec::new(), functions: None };
        let module = cx.module();
        for (name, span) in &module.package.parts {
            names.add(name, *span);
        }
        for rule in &module.rules {
            names.head(rule);
            names.rule(rule.rule, cx);
        }
        let mut known: FxHashSet<(String, usize)> = FxHashSet::default();
        let mut found = names.found;
        found.sort_unstable();
        found.dedup();
        for (span, name) in found {
            // one finding for a rule's name, and one for a variable in a rule
            let rule = module.rules.partition_point(|rule| rule.rule.span().start <= span.start);
            let is_head = rule > 0 && module.rules[rule - 1].path.parts.iter().any(|(_, part)| *part == span);
            let scope = if is_head { usize::MAX } else { rule };
            if cx.is_regal() || known.insert((name.clone(), scope)) {
                cx.report(span, format!("`{name}` is not snake_case")).help(format!("call it `{}`", snake_case(&name)));
            }
        }
    }
}

struct Names {
    regal: bool,
    found: Vec<(Span, String)>,
    /// The number of arguments of the module's own functions; filled when first asked for.
    functions: Option<FxHashMap<String, usize>>,
}

impl Names {
    fn add(&mut self, name: &str, span: Span) {
        if name.chars().any(|c| c.to_lowercase().next() != Some(c)) {
            self.found.push((span, name.to_owned()));
        }
    }

    fn head(&mut self, rule: &RuleDef<'_>) {
        let Some(name) = rule.head.name() else { return };
        match name {
            Expr::Var(var) => self.add(var.name(), var.span()),
            Expr::Ref(reference) => {
                if let Some(Expr::Var(var)) = reference.operand() {
                    self.add(var.name(), var.span());
                }
                // the member of a v0 set is no part of its name
                for part in reference.parts().filter(|part| rule.bracket_member != Some(*part)) {
                    self.head_part(part);
                }
            }
            _ => {}
        }
    }

    fn head_part(&mut self, part: RefPart<'_>) {
        match part {
            RefPart::Dot(dot) => {
                if let Some(name) = dot.name() {
                    self.add(name.text(), name.span());
                }
            }
            RefPart::Bracket(bracket) => match bracket.expr() {
                Some(Expr::Var(var)) => self.add(var.name(), var.span()),
                Some(Expr::Scalar(scalar)) => {
                    if let Some(name) = crate::model::rego::string_value(scalar) {
                        self.add(&name, scalar.span());
                    }
                }
                _ => {}
            },
        }
    }

    /// The variables that a rule declares, and those in the brackets of references.
    fn rule<'t>(&mut self, rule: RuleNode<'t>, cx: &FileCx<'t>) {
        let before = self.found.len();
        // searching the text is far cheaper than walking the tree
        if !rule.text().chars().any(|c| c.is_ascii_uppercase()) {
            return;
        }
        for argument in rule.head().and_then(|head| head.args()).into_iter().flat_map(|args| args.exprs()) {
            match argument.inner() {
                Expr::Var(_) => self.vars(argument.node()),
                Expr::Array(_) => self.vars(argument.node()),
                other if !self.regal => self.vars(other.node()),
                _ => {}
            }
        }
        // to Regal each chained body repeats the arguments
        if self.regal && self.found.len() > before {
            let arguments = rule.head().and_then(|head| head.args()).map(|args| args.span());
            if let Some((_, name)) = self.found[before..].iter().find(|(span, _)| arguments.is_some_and(|args| args.covers(*span))).cloned()
            {
                let chained = rule.bodies().skip(1).map(|body| (Span::new(body.span().start, body.span().start + 1), name.clone()));
                self.found.extend(chained);
            }
        }
        for node in rule.node().descendants() {
            match node.kind() {
                Kind::Literal => self.literal(node),
                Kind::Infix => self.infix(node),
                Kind::Ref => self.reference(node),
                Kind::Call => self.returned(node, cx),
                _ => {}
            }
        }
        if self.regal {
            // what lies in an unseen branch is not there
            let bodies = rule.elses().filter_map(|branch| branch.body());
            let unseen: Vec<Span> = bodies.filter(|body| is_hidden_from_regal(body.node())).map(|body| body.span()).collect();
            let seen = |span: Span| {
                let at = unseen.partition_point(|body| body.start <= span.start);
                at == 0 || !unseen[at - 1].covers(span)
            };
            let tail = self.found.split_off(before);
            self.found.extend(tail.into_iter().filter(|(span, _)| seen(*span)));
        }
    }

    fn literal(&mut self, node: Node<'_>) {
        match Literal::cast(node).and_then(Literal::kind) {
            Some(LiteralKind::SomeDecl(some)) => some.vars().for_each(|var| self.vars(var.node())),
            Some(LiteralKind::SomeIn(some)) => [some.key(), some.value()].into_iter().flatten().for_each(|var| self.vars(var.node())),
            Some(LiteralKind::Every(every)) => [every.key(), every.value()].into_iter().flatten().for_each(|var| self.vars(var.node())),
            _ => {}
        }
    }

    /// What stands to the left of `:=` and `=`.
    fn infix(&mut self, node: Node<'_>) {
        let Some(infix) = Infix::cast(node) else { return };
        if infix.op().is_some_and(|op| matches!(op.kind(), Kind::Assign | Kind::Equal))
            && let Some(left @ (Expr::Var(_) | Expr::Array(_) | Expr::Object(_))) = infix.left().map(Expr::inner)
        {
            self.vars(left.node());
        }
    }

    /// Variables in brackets.
    fn reference(&mut self, node: Node<'_>) {
        let Some(reference) = Ref::cast(node) else { return };
        // a rule's name is no reference in a body
        if node.parent().is_some_and(|parent| parent.kind() == Kind::Head)
            && node
                .parent()
                .and_then(crate::syntax::rego::ast::Head::cast)
                .and_then(|head| head.name())
                .is_some_and(|name| name.node() == node)
        {
            return;
        }
        for part in reference.parts() {
            if let RefPart::Bracket(bracket) = part
                && let Some(Expr::Var(var)) = bracket.expr()
            {
                self.add(var.name(), var.span());
            }
        }
    }

    /// Variables behind a function's last argument, which take the result.
    fn returned<'t>(&mut self, node: Node<'t>, cx: &FileCx<'t>) {
        let Some(call) = Call::cast(node) else { return };
        let Some(name) = call.name().filter(|name| name != "print") else { return };
        let functions = self.functions.get_or_insert_with(|| {
            let mut functions = FxHashMap::default();
            for rule in cx.module().rules.iter().filter(|rule| rule.kind == RuleKind::Function) {
                let arity = rule.head.args().map_or(0, |args| args.exprs().count());
                functions.entry(rule.path.dotted()).or_insert(arity);
            }
            functions
        });
        let Some(arity) = functions.get(&name).copied().or_else(|| builtin(&name).map(|builtin| builtin.args.len())) else {
            return;
        };
        for argument in call.args().skip(arity) {
            self.vars(argument.node());
        }
    }

    fn vars(&mut self, node: Node<'_>) {
        for var in node.descendants().filter(|node| node.kind() == Kind::Var) {
            self.add(var.text(), var.span());
        }
    }
}

/// `isAdmin` → `is_admin`, `HTTPServer` → `http_server`.
fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && chars.get(at + 1).is_some_and(|next| next.is_lowercase()))
            });
        if starts_word {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
