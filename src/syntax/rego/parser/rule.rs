//! Rules and their heads.

use super::{Completed, Kind, Parser, is_word};

/// What the head of a rule settles for the rest of it.
struct HeadShape {
    /// `contains` was there.
    contains: bool,
    /// A blank before the first part of the name, which only rules with a body may have.
    gap: bool,
    /// A value was there.
    value: bool,
    /// Read as a statement: no body may follow.
    statement: bool,
}

impl Parser<'_> {
    /// A rule; the current token is its name, `default`, or what only an odd rule starts with.
    pub(super) fn rule(&mut self) -> Option<()> {
        let node = self.start();
        let depth = self.depth;
        let result = self.nested(Self::rule_inner);
        self.depth = depth;
        self.complete(node, Kind::Rule);
        result
    }

    fn rule_inner(&mut self) -> Option<()> {
        let default = self.at(Kind::DefaultKw) && !self.at_keyword_ref();
        if default {
            self.bump();
        }
        if self.at_keyword_ref() {
            self.current = Kind::Ident;
        }
        if default && !self.at(Kind::Ident) {
            self.unexpected("the name of a rule after `default`", None);
            return None;
        }
        let start = self.pos;
        let head = self.start();
        let depth = self.depth;
        let shape = self.head(default);
        self.depth = depth;
        self.complete(head, Kind::Head);
        let shape = shape?;
        if default {
            if matches!(self.current, Kind::IfKw | Kind::LeftBrace) {
                let span = self.token_span(self.pos);
                let message = format!("found `{}` after a default rule, which has no body", self.token_text(self.pos));
                self.error(span, message, Some("a default holds where no other rule does; write a further rule with the body"));
                self.rule_bodies()?;
            }
            return Some(());
        }
        if !shape.statement && self.rule_bodies()? {
            return Some(());
        }
        if shape.gap && !shape.contains {
            let word = self.tokens[start].kind;
            let span = self.token_span(start + 1);
            if super::is_word(word) && start > 0 && self.tokens[start - 1].kind == Kind::Whitespace {
                let message = format!("found `{}`, which is no keyword in Rego v0 without an import", self.token_text(start));
                self.error(self.token_span(start), message, Some("add `import rego.v1`, or move the file to Rego v1"));
            } else {
                self.error(span, "found a blank inside the name of a rule without body", Some("write the name without blanks"));
            }
        }
        match self.current {
            Kind::WithKw if shape.value || !self.at_keyword_ref() => {
                let span = self.token_span(self.pos);
                self.error(span, "found `with` after a rule without body", Some("write `name := value if expression with … as …`"));
                None
            }
            Kind::Semicolon => {
                self.unexpected("the end of the rule", Some("remove the `;`; rules need no separator"));
                self.bump();
                Some(())
            }
            _ => Some(()),
        }
    }

    fn head(&mut self, default: bool) -> Option<HeadShape> {
        let mut shape = HeadShape { contains: false, gap: false, value: false, statement: false };
        if !self.at(Kind::Ident) {
            // parentheses, `contains`, `and`, a sign: opa takes what it can read as an equation or a call
            shape.statement = true;
            self.expr(true)?;
            shape.value = self.head_value()?;
            return Some(shape);
        }
        let start = self.pos;
        let (name, args) = self.head_name(&mut shape)?;
        if name.kind == Kind::Var && args.is_none() && !default {
            // a name alone is no rule, so the word after it can only be meant as a keyword
            let _ = self.keyword_meant(Kind::IfKw) || self.keyword_meant(Kind::ContainsKw);
        }
        match self.current {
            Kind::ContainsKw => {
                if args.is_some() {
                    self.unexpected("a value or a body after the arguments", Some("a rule is a function or a set, not both"));
                }
                self.bump();
                shape.contains = true;
                self.expr(true)?;
            }
            Kind::Assign | Kind::Equal => shape.value = self.head_value()?,
            _ if default => {}
            kind if super::expr::is_infix(kind) || matches!(kind, Kind::InKw | Kind::Comma) && !self.at_keyword_ref() => {
                let lhs = match args {
                    None => name,
                    Some(args) => self.call_of(name, args),
                };
                shape.statement = true;
                self.expr_rest(lhs, true)?;
                if !matches!(self.current, Kind::Assign | Kind::Equal) {
                    self.unexpected_since(start, "a rule", "write `name := value` or `name if …`");
                    return Some(shape);
                }
                shape.value = self.head_value()?;
            }
            _ => {}
        }
        Some(shape)
    }

    /// `:=` or `=` and the value, if they come; whether they did.
    fn head_value(&mut self) -> Option<bool> {
        if !matches!(self.current, Kind::Assign | Kind::Equal) {
            return Some(false);
        }
        self.assign_operator()?;
        self.expr(true)?;
        Some(true)
    }

    /// The name of a rule and its arguments.
    fn head_name(&mut self, shape: &mut HeadShape) -> Option<(Completed, Option<Completed>)> {
        let mut name = self.var();
        let mut args = None;
        if super::expr::is_infix(self.current) && self.adjacent() {
            self.unexpected("`:=`, `=`, `if` or a body after the name", None);
            return None;
        }
        let mut first = true;
        while first || self.adjacent() {
            match self.current {
                Kind::Dot | Kind::LeftBracket => {
                    shape.gap |= !self.adjacent();
                    let operand = match args.take() {
                        None => name,
                        Some(args) => self.call_of(name, args),
                    };
                    let node = self.precede(operand);
                    self.ref_parts()?;
                    name = self.complete(node, Kind::Ref);
                }
                Kind::LeftParen if args.is_none() => {
                    shape.gap |= !self.adjacent();
                    args = Some(self.call_args(Kind::Args)?);
                }
                _ => break,
            }
            first = false;
        }
        Some((name, args))
    }

    /// Turns a name and the arguments after it, completed last, into a call.
    fn call_of(&mut self, name: Completed, args: Completed) -> Completed {
        let node = self.precede(name);
        self.retag(args, Kind::CallArgs);
        self.complete(node, Kind::Call)
    }

    /// Bodies and `else` of a rule; whether there was a body.
    fn rule_bodies(&mut self) -> Option<bool> {
        if self.eat(Kind::IfKw) {
            if self.at(Kind::LeftBrace) && !self.value_ahead() {
                self.block()?;
            } else {
                self.lone_body()?;
            }
        } else if self.at(Kind::LeftBrace) {
            self.block()?;
        } else {
            return Some(false);
        }
        let mut last_else = false;
        while self.at(Kind::ElseKw) && (last_else || !self.at_keyword_ref()) {
            last_else = true;
            if !self.else_part()? {
                break;
            }
        }
        while self.at(Kind::LeftBrace) {
            if last_else {
                self.unexpected("`else` before a further body", None);
                return None;
            }
            self.block()?;
        }
        Some(true)
    }

    /// One `else`; whether it had a body, after which another may follow.
    fn else_part(&mut self) -> Option<bool> {
        let node = self.start();
        let depth = self.depth;
        let result = self.nested(Self::else_inner);
        self.depth = depth;
        self.complete(node, Kind::Else);
        result
    }

    fn else_inner(&mut self) -> Option<bool> {
        self.bump();
        match self.current {
            Kind::LeftBrace | Kind::IfKw => {}
            Kind::Assign | Kind::Equal => {
                self.assign_operator()?;
                self.expr(true)?;
            }
            _ => {
                let help = if is_word(self.current) || self.at(Kind::Ident) || self.at(Kind::Number) || self.at(Kind::String) {
                    "write `else := value if …` or `else if …`"
                } else {
                    "write `else := value`, `else if …` or `else := value if …`"
                };
                self.unexpected("`:=` and a value, or a body after `else`", Some(help));
                return None;
            }
        }
        if !matches!(self.current, Kind::IfKw | Kind::LeftBrace) {
            return Some(false);
        }
        if self.eat(Kind::IfKw) && !self.at(Kind::LeftBrace) {
            self.lone_body()?;
        } else {
            self.block()?;
        }
        Some(true)
    }
}
