use crate::lint::rules::prelude::*;
use crate::model::rego::RuleDef;
use crate::syntax::rego::ast::Body;

declare_rule! {
    RegoComplexRule {
        id: "rego-complex-rule",
        group: "authz",
        summary: "a rule with so many conditions that nobody can say what it allows",
        why: "A decision that hangs on dozens of conditions, or on conditions inside loops inside loops, can be neither reviewed nor \
              tested: each condition doubles the cases. Name groups of conditions by rules of their own and test those.\n\n\
              Conditions of a body are counted, those inside `every`, `not` and comprehensions too; the depth is how many of these \
              lie inside one another. Each body and `else` branch counts for itself. Tests are not judged.",
        bad: rego_with(
            &[("max-expressions", OptionValue::Integer(3))],
            "package play\n\nallow if {\n\tinput.method == \"GET\"\n\tinput.user.active\n\tinput.user.team == input.resource.team\n\tnot input.resource.locked\n}\n"
        ),
        good: rego_with(
            &[("max-expressions", OptionValue::Integer(3))],
            "package play\n\nallow if {\n\tinput.method == \"GET\"\n\tmember\n\tnot input.resource.locked\n}\n\nmember if {\n\tinput.user.active\n\tinput.user.team == input.resource.team\n}\n"
        ),
        severity: Severity::Info,
        recommended: true,
        options: &[
            OptionMeta {
                name: "max-expressions",
                kind: OptionKind::Integer { min: 1, max: 10_000 },
                default: OptionValue::Integer(20),
                doc: "Conditions that a body may have.",
            },
            OptionMeta {
                name: "max-depth",
                kind: OptionKind::Integer { min: 1, max: 100 },
                default: OptionValue::Integer(4),
                doc: "Bodies that may lie inside one another, the rule's own counted.",
            },
        ],
        source: "https://www.openpolicyagent.org/docs/style-guide",
    }
}

impl Rule for RegoComplexRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let (most, deepest) = (cx.integer("max-expressions"), cx.integer("max-depth"));
        let module = cx.module();
        if module.package.last().is_some_and(|last| last == "test" || last.ends_with("_test")) {
            return;
        }
        for rule in module.rules.iter().filter(|rule| !rule.is_test()) {
            // each condition takes two bytes at least
            if i64::from(rule.rule.span().len()) / 2 < most.min(deepest) {
                continue;
            }
            let bodies = rule.rule.bodies().chain(rule.rule.elses().filter_map(|branch| branch.body()));
            for (nr, body) in bodies.enumerate() {
                judge(rule, body, nr == 0, (most, deepest), cx);
            }
        }
    }
}

fn judge<'t>(rule: &RuleDef<'t>, body: Body<'t>, is_first: bool, (most, deepest): (i64, i64), cx: &mut FileCx<'t>) {
    let mut size = Size { conditions: 0, depth: 0 };
    size.add(body.node(), 0);
    let Size { conditions: count, depth } = size;
    let message = match (count > most, depth > deepest) {
        (true, _) => format!("`{}` has {count} conditions in one body, more than {most}", rule.path.dotted()),
        (_, true) => format!("`{}` has bodies {depth} levels deep, more than {deepest}", rule.path.dotted()),
        _ => return,
    };
    let span = if is_first { rule.head.span() } else { Span::at(body.span().start) };
    cx.report(span, message).help("name groups of conditions by rules of their own");
}

/// How large a body is.
struct Size {
    conditions: i64,
    depth: i64,
}

impl Size {
    /// `depth`: the bodies round the node. The parser bounds how deep trees are.
    fn add(&mut self, node: Node<'_>, depth: i64) {
        let inside = depth + i64::from(node.kind() == Kind::Body);
        self.depth = self.depth.max(inside);
        self.conditions += i64::from(node.kind() == Kind::Literal && node.child(Kind::SomeDecl).is_none());
        node.children().for_each(|child| self.add(child, inside));
    }
}
