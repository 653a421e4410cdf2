//! Terms on one line as opa's `String()` writes them: parts of rule names are printed so, with operators as calls.

use super::literal_text::{is_name, push_escaped, push_template_string, push_template_text, template_text};
use super::lowered::{Expr, ExprKind, List, Lowered, Op, Operand, Part, TermId, Value};
use super::order::{Order, string_of};

/// Writes terms to `out`.
pub(super) struct Compact<'a, 't> {
    pub(super) ast: &'a Lowered<'t>,
    pub(super) order: &'a Order<'a, 't>,
    pub(super) out: &'a mut String,
    /// The name of a later body of a chain.
    pub(super) is_copy: bool,
}

/// Keywords that opa's references never have after a dot.
fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "not"
            | "package"
            | "import"
            | "as"
            | "default"
            | "else"
            | "with"
            | "null"
            | "true"
            | "false"
            | "some"
            | "if"
            | "contains"
            | "in"
            | "every"
    )
}

/// Appends a number as written, without blanks after its sign.
pub(super) fn push_number(ast: &Lowered<'_>, value: Value, out: &mut String) {
    if let Value::Number { negative, point, digits } = value {
        if negative {
            out.push('-');
        }
        if point {
            out.push('.');
        }
        out.push_str(ast.slice(digits));
    } else {
        out.push('0');
    }
}

/// Appends a string in double quotes.
pub(super) fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    push_escaped(out, text);
    out.push('"');
}

impl Compact<'_, '_> {
    pub(super) fn term(&mut self, id: TermId) {
        let value = self.ast.term(id).value;
        match value {
            Value::Null => self.out.push_str("null"),
            Value::True => self.out.push_str("true"),
            Value::False => self.out.push_str("false"),
            Value::Number { .. } | Value::Zero => push_number(self.ast, value, self.out),
            Value::String(_) | Value::Name(_) => push_quoted(&string_of(self.ast, value), self.out),
            Value::Var(span) => self.out.push_str(self.ast.slice(span)),
            Value::Wildcard => self.out.push_str(&self.ast.wildcard(id, self.is_copy)),
            Value::Operator(op) => self.out.push_str(op.name()),
            Value::Ref(parts) => self.reference(parts),
            Value::Call(call) => self.call(call),
            Value::Array(items) => {
                self.out.push('[');
                self.separated(self.ast.list(items));
                self.out.push(']');
            }
            Value::Object(items) if items.is_empty() => self.out.push_str("{}"),
            Value::Object(_) => {
                self.out.push('{');
                let sorted = self.order.sorted(id);
                for (index, [key, item]) in sorted.as_chunks::<2>().0.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.term(*key);
                    self.out.push_str(": ");
                    self.term(*item);
                }
                self.out.push('}');
            }
            Value::Set(items) if items.is_empty() => self.out.push_str("set()"),
            Value::Set(_) => {
                self.out.push('{');
                let sorted = self.order.sorted(id);
                self.separated(&sorted);
                self.out.push('}');
            }
            Value::ArrayComprehension { term, body } => {
                self.out.push('[');
                self.comprehension(&[term], body);
                self.out.push(']');
            }
            Value::SetComprehension { term, body } => {
                self.out.push('{');
                self.comprehension(&[term], body);
                self.out.push('}');
            }
            Value::ObjectComprehension { item, body } => {
                self.out.push('{');
                self.comprehension(self.ast.list(List { start: item, len: 2 }), body);
                self.out.push('}');
            }
            Value::Template { parts, multi_line } => self.template(parts, multi_line),
        }
    }

    fn separated(&mut self, ids: &[TermId]) {
        for (index, id) in ids.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.term(*id);
        }
    }

    fn call(&mut self, call: List) {
        let [callee, args @ ..] = self.ast.list(call) else { return };
        self.term(*callee);
        self.out.push('(');
        self.separated(args);
        self.out.push(')');
    }

    fn reference(&mut self, parts: List) {
        let [first, rest @ ..] = self.ast.list(parts) else { return };
        self.term(*first);
        for part in rest {
            let value = self.ast.term(*part).value;
            if let Value::String(_) | Value::Name(_) = value {
                let name = string_of(self.ast, value);
                if is_name(&name) && !is_keyword(&name) {
                    self.out.push('.');
                    self.out.push_str(&name);
                    continue;
                }
                self.out.push('[');
                if name.chars().any(|c| c.is_control() || c == '\\' || c == '"') {
                    push_quoted(&name, self.out);
                } else {
                    self.out.push('"');
                    self.out.push_str(&name);
                    self.out.push('"');
                }
                self.out.push(']');
            } else {
                self.out.push('[');
                self.term(*part);
                self.out.push(']');
            }
        }
    }

    fn comprehension(&mut self, terms: &[TermId], body: List) {
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                self.out.push_str(": ");
            }
            self.comprehension_term(*term);
        }
        self.out.push_str(" | ");
        self.body(body);
    }

    /// Operators stand between their operands here, in parentheses.
    fn comprehension_term(&mut self, id: TermId) {
        if let Value::Call(call) = self.ast.term(id).value
            && let Some(op) = self.ast.operator(call).filter(|op| !op.is_membership())
            && let [_, left, right] = *self.ast.list(call)
        {
            self.out.push('(');
            self.comprehension_term(left);
            self.infix(op);
            self.comprehension_term(right);
            self.out.push(')');
        } else {
            self.term(id);
        }
    }

    fn infix(&mut self, op: Op) {
        self.out.push(' ');
        self.out.push_str(op.symbol());
        self.out.push(' ');
    }

    fn template(&mut self, parts: List, multi_line: bool) {
        self.out.push_str("$\"");
        for part in self.ast.parts(parts) {
            match part {
                Part::Text { text, .. } if multi_line => {
                    push_template_string(&template_text(self.ast.slice(*text), true), self.out);
                }
                Part::Text { text, .. } => push_template_text(self.ast.slice(*text), false, self.out),
                Part::Scalar(id) => match self.ast.term(*id).value {
                    value @ Value::String(_) => {
                        push_template_string(&string_of(self.ast, value), self.out);
                    }
                    _ => self.term(*id),
                },
                Part::Expr(id) => {
                    self.out.push('{');
                    self.expr(self.ast.expr(*id));
                    self.out.push('}');
                }
            }
        }
        self.out.push('"');
    }

    fn body(&mut self, body: List) {
        for (index, id) in self.ast.list(body).iter().enumerate() {
            if index > 0 {
                self.out.push_str("; ");
            }
            self.expr(self.ast.expr(*id));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if expr.negated {
            self.out.push_str("not ");
        }
        match expr.kind {
            ExprKind::Term(id) => self.term(id),
            ExprKind::Call(call) => match (self.ast.operator(call), self.ast.list(call)) {
                (Some(op @ Op::Unify), [_, left, right]) => {
                    self.term(*left);
                    self.infix(op);
                    self.term(*right);
                }
                _ => self.call(call),
            },
            ExprKind::Some { symbols, .. } => {
                self.out.push_str("some ");
                match self.ast.list(symbols) {
                    [only] if matches!(self.ast.term(*only).value, Value::Call(_)) => {
                        if let Value::Call(call) = self.ast.term(*only).value {
                            self.membership(&self.ast.list(call)[1..]);
                        }
                    }
                    symbols => self.separated(symbols),
                }
            }
            ExprKind::Every { terms, body, .. } => {
                self.out.push_str("every ");
                self.membership(self.ast.list(terms));
                self.out.push_str(" { ");
                self.body(body);
                self.out.push_str(" }");
            }
            ExprKind::Not { body, braces } => {
                let only = self.ast.list(body).first().map(|id| self.ast.expr(*id)).filter(|_| !braces);
                let parens = only.is_some_and(|only| {
                    let nested = matches!(only.kind, ExprKind::Not { .. } | ExprKind::Logical(_));
                    nested || only.withs.len > 0 || self.starts_with_brace(only)
                });
                let (open, close) = match (braces, parens) {
                    (true, _) => ("not {", "}"),
                    (false, true) => ("not (", ")"),
                    (false, false) => ("not ", ""),
                };
                self.out.push_str(open);
                self.body(body);
                self.out.push_str(close);
            }
            ExprKind::Logical(index) => {
                let logical = self.ast.logicals[index as usize];
                self.operand(logical.left, logical.is_and, false);
                self.out.push_str(if logical.is_and { " and " } else { " or " });
                self.operand(logical.right, logical.is_and, true);
            }
        }
        for with in self.ast.withs(expr) {
            self.out.push_str(" with ");
            self.term(with.target);
            self.out.push_str(" as ");
            self.term(with.value);
        }
    }

    fn operand(&mut self, operand: Operand, in_and: bool, is_right: bool) {
        let parens = self.ast.list(operand.body).first().map(|id| self.ast.expr(*id)).is_some_and(|only| match only.kind {
            _ if only.withs.len > 0 => true,
            ExprKind::Logical(index) if self.ast.logicals[index as usize].is_and => in_and && is_right,
            ExprKind::Logical(_) => in_and || is_right,
            _ => self.starts_with_brace(only),
        });
        let (open, close) = match (operand.brace.is_some(), parens) {
            (true, _) => ("{ ", " }"),
            (false, true) => ("(", ")"),
            (false, false) => ("", ""),
        };
        self.out.push_str(open);
        self.body(operand.body);
        self.out.push_str(close);
    }

    /// Whether a statement is a term that starts with a brace here, where calls start with their names.
    fn starts_with_brace(&self, expr: &Expr) -> bool {
        matches!(expr.kind, ExprKind::Term(id) if self.ast.starts_with_brace(id, false))
    }

    fn membership(&mut self, terms: &[TermId]) {
        if let [variables @ .., domain] = terms {
            self.separated(variables);
            self.out.push_str(" in ");
            self.term(*domain);
        }
    }
}
