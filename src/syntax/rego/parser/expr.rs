//! Terms and expressions.

use super::{Completed, Kind, Marker, Parser};

/// How tight an infix operator binds; all are left-associative.
fn binding(kind: Kind) -> Option<u8> {
    Some(match kind {
        Kind::EqualEqual | Kind::NotEqual | Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => RELATION,
        Kind::Pipe => 2,
        Kind::Ampersand => 3,
        Kind::Plus | Kind::Minus => 4,
        Kind::Star | Kind::Slash | Kind::Percent => 5,
        _ => return None,
    })
}

pub(super) fn is_infix(kind: Kind) -> bool {
    binding(kind).is_some()
}

/// The loosest infix operators below `in`.
const RELATION: u8 = 1;

impl Parser<'_> {
    /// An expression without `=` and `:=`; with `key_value`, `k, v in xs` is one.
    pub(super) fn expr(&mut self, key_value: bool) -> Option<Completed> {
        self.nested(|p| {
            let lhs = p.binary(RELATION)?;
            p.membership(lhs, key_value)
        })
    }

    /// What may follow a term as the rest of the expression it starts.
    pub(super) fn expr_rest(&mut self, lhs: Completed, key_value: bool) -> Option<Completed> {
        let lhs = self.binary_rest(lhs, RELATION)?;
        self.membership(lhs, key_value)
    }

    /// An expression without `in`.
    pub(super) fn relation(&mut self) -> Option<Completed> {
        self.operand(RELATION)
    }

    fn membership(&mut self, mut lhs: Completed, key_value: bool) -> Option<Completed> {
        if key_value && self.at(Kind::Comma) && self.keywords.r#in {
            if !self.member_ahead() {
                let help = if self.open.is_empty() {
                    "write each rule on a line of its own"
                } else {
                    "separate statements with `;`; a membership is written `key, value in collection`"
                };
                self.unclosed("an operator or the end of the expression", Some(help));
                return None;
            }
            let node = self.precede(lhs);
            self.bump();
            self.operand(RELATION)?;
            if !self.at(Kind::InKw) {
                self.unexpected("`in`, as in `key, value in collection`", None);
                return None;
            }
            self.bump();
            self.operand(RELATION)?;
            lhs = self.complete(node, Kind::Membership);
            self.check_depth()?;
        }
        while self.at(Kind::InKw) && !self.at_keyword_ref() || self.in_meant() {
            let node = self.precede(lhs);
            self.bump();
            self.operand(RELATION)?;
            lhs = self.complete(node, Kind::Membership);
            self.check_depth()?;
        }
        // a reference that starts the next statement; after `in` opa does not look for it
        if self.at_keyword_ref() && (lhs.kind != Kind::Membership || self.at(Kind::InKw)) {
            self.current = Kind::Ident;
        }
        Some(lhs)
    }

    /// Whether `in`, being off, follows an operand inside brackets, where a name cannot.
    fn in_meant(&mut self) -> bool {
        let word = self.tokens.get(self.pos).is_some_and(|token| token.kind == Kind::InKw);
        word && !self.keywords.r#in && !self.open.is_empty() && self.keyword_meant(Kind::InKw)
    }

    /// A right operand: its depth counts from here.
    fn operand(&mut self, min: u8) -> Option<Completed> {
        self.nested(|p| p.binary(min))
    }

    /// Infix operators that bind at least as tight as `min`.
    fn binary(&mut self, min: u8) -> Option<Completed> {
        let lhs = self.term()?;
        self.binary_rest(lhs, min)
    }

    fn binary_rest(&mut self, mut lhs: Completed, min: u8) -> Option<Completed> {
        while let Some(power) = binding(self.current).filter(|power| *power >= min) {
            let node = self.precede(lhs);
            self.operator()?;
            self.operand(power + 1)?;
            lhs = self.complete(node, Kind::Infix);
            self.check_depth()?;
        }
        Some(lhs)
    }

    /// Takes an infix operator and looks for operators of other languages.
    fn operator(&mut self) -> Option<()> {
        self.bump();
        self.foreign_operator()
    }

    /// One term with the references and calls that follow it without a blank.
    pub(super) fn term(&mut self) -> Option<Completed> {
        if self.newline && self.past_unclosed() {
            self.unclosed("", None);
            return None;
        }
        let head = match self.current {
            Kind::NullKw | Kind::TrueKw | Kind::FalseKw | Kind::String | Kind::RawString => {
                let node = self.start();
                self.bump();
                self.complete(node, Kind::Scalar)
            }
            Kind::Minus if matches!(self.peek(), Kind::Ident | Kind::ContainsKw) => {
                let node = self.start();
                self.bump();
                let operand = self.var();
                self.postfix(operand)?;
                return Some(self.complete(node, Kind::Negative));
            }
            Kind::Minus | Kind::Dot | Kind::Number => self.number()?,
            Kind::TemplateStart => self.template()?,
            Kind::Ident | Kind::ContainsKw => self.var(),
            // functions, where no operator can stand
            Kind::AndKw | Kind::OrKw if self.touching() == Kind::LeftParen => self.var(),
            Kind::LeftBracket => self.nested(Self::array)?,
            Kind::LeftBrace => self.nested(Self::set_or_object)?,
            Kind::LeftParen => self.nested(Self::paren)?,
            Kind::Unknown => {
                let node = self.start();
                while self.at(Kind::Unknown) {
                    self.bump();
                }
                let broken = self.complete(node, Kind::Error);
                // after `!` and the like the operand that is meant
                return if self.newline || !self.starts_operand() { Some(broken) } else { self.nested(Self::term) };
            }
            _ => {
                self.unexpected_term();
                return None;
            }
        };
        self.postfix(head)
    }

    pub(super) fn var(&mut self) -> Completed {
        let node = self.start();
        self.bump_name();
        self.complete(node, Kind::Var)
    }

    /// `.5`, `5`, `-5`, also with blanks between the parts.
    fn number(&mut self) -> Option<Completed> {
        let node = self.start();
        self.eat(Kind::Minus);
        self.eat(Kind::Dot);
        if !self.at(Kind::Number) {
            self.unexpected("a number", None);
            return None;
        }
        self.bump();
        Some(self.complete(node, Kind::Scalar))
    }

    fn postfix(&mut self, mut lhs: Completed) -> Option<Completed> {
        let mut called = false;
        while self.adjacent() {
            lhs = match self.current {
                Kind::LeftParen if !called => {
                    self.check_ref_head(lhs);
                    called = true;
                    if lhs.kind == Kind::Var && self.peek() == Kind::RightParen && self.is_var(lhs, "set") {
                        self.dissolve(lhs);
                        let node = Marker(lhs.start);
                        self.depth += 1;
                        self.bump();
                        self.bump();
                        self.complete(node, Kind::Set)
                    } else {
                        let node = self.precede(lhs);
                        self.call_args(Kind::CallArgs)?;
                        self.complete(node, Kind::Call)
                    }
                }
                Kind::Dot | Kind::LeftBracket => {
                    self.check_ref_head(lhs);
                    called = false;
                    let node = self.precede(lhs);
                    self.ref_parts()?;
                    self.complete(node, Kind::Ref)
                }
                _ => break,
            };
            self.check_depth()?;
        }
        Some(lhs)
    }

    /// Whether `var`, just completed, is `name`.
    pub(super) fn is_var(&self, var: Completed, name: &str) -> bool {
        var.kind == Kind::Var && self.previous != usize::MAX && self.token_text(self.previous) == name
    }

    /// References start at variables, collections, comprehensions and calls.
    fn check_ref_head(&mut self, head: Completed) {
        let what = match head.inner {
            Kind::Scalar => "a plain value",
            Kind::Template => "a template string",
            Kind::Ref if head.kind == Kind::Paren => "a reference in parentheses",
            _ => return,
        };
        let span = self.token_span(self.pos);
        let message = format!("found `{}` after {what}, which nothing can be taken from", self.token_text(self.pos));
        self.error(span, message, Some("give the value a name first, as in `x := …`"));
    }

    /// One or more of `.name` and `[expr]`; the first may stand apart where the caller allows it.
    pub(super) fn ref_parts(&mut self) -> Option<()> {
        loop {
            let part = self.start();
            if self.eat(Kind::Dot) {
                if !self.adjacent() || !(self.at(Kind::Ident) || self.at_word()) {
                    let span = self.token_span(self.previous);
                    if self.at(Kind::EndOfFile) || !self.adjacent() {
                        self.error(
                            span,
                            "found `.` without a name right after it",
                            Some("write the name on the same line, without a blank"),
                        );
                    } else {
                        self.unexpected("a name after the dot", Some("write `[…]` for keys that are no plain names"));
                    }
                    return None;
                }
                self.bump_name();
                self.complete(part, Kind::RefDot);
            } else {
                self.open_bracket();
                self.expr(true)?;
                if !self.at(Kind::RightBracket) {
                    self.unclosed("`]`", None);
                    return None;
                }
                self.close_bracket();
                self.complete(part, Kind::RefBracket);
            }
            if !(self.adjacent() && matches!(self.current, Kind::Dot | Kind::LeftBracket)) {
                return Some(());
            }
        }
    }

    /// `(` expr, … `)` as a node of `kind`.
    pub(super) fn call_args(&mut self, kind: Kind) -> Option<Completed> {
        let node = self.start();
        self.open_bracket();
        self.list(Kind::RightParen)?;
        Some(self.complete(node, kind))
    }

    /// Expressions separated by commas, up to and with `end`; one comma may trail.
    fn list(&mut self, end: Kind) -> Option<()> {
        if self.at(end) {
            self.close_bracket();
            return Some(());
        }
        loop {
            self.expr(false)?;
            if !self.another(end)? {
                return Some(());
            }
        }
    }

    /// Takes what follows an item, a comma or `end` or both; whether another item comes.
    fn another(&mut self, end: Kind) -> Option<bool> {
        let comma = self.eat(Kind::Comma);
        if self.at(end) {
            self.close_bracket();
            return Some(false);
        }
        if comma {
            return Some(true);
        }
        let (expected, help) = match (end, self.current) {
            (Kind::RightBracket, _) => ("`,` or `]`", None),
            (Kind::RightParen, _) => ("`,` or `)`", None),
            (_, Kind::Colon) => ("`,` or `}`", Some("braces hold either single values, for a set, or pairs, for an object")),
            _ => ("`,` or `}`", None),
        };
        let help = match self.current {
            Kind::Assign | Kind::Equal => Some("assignments are statements, not values; compute the value before"),
            Kind::Semicolon => Some("items are separated with `,`; only statements are separated with `;`"),
            _ => help.or_else(|| self.starts_operand().then_some("separate items with `,`")),
        };
        self.unclosed(expected, help);
        None
    }

    fn paren(&mut self) -> Option<Completed> {
        let node = self.start();
        self.open_bracket();
        let lone = self.current == Kind::Ident && matches!(self.token_text(self.pos), "input" | "data");
        let inner = self.expr(true)?;
        if !self.at(Kind::RightParen) {
            let help = self.at(Kind::Comma).then_some("parentheses hold one expression; write `[…]` for a list");
            self.unclosed("`)`", help);
            return None;
        }
        self.close_bracket();
        let done = self.complete(node, Kind::Paren);
        let inner = if lone && inner.kind == Kind::Var { Kind::Ref } else { inner.inner };
        Some(Completed { inner, ..done })
    }

    fn array(&mut self) -> Option<Completed> {
        let node = self.start();
        self.open_bracket();
        if self.at(Kind::RightBracket) {
            self.close_bracket();
            return Some(self.complete(node, Kind::Array));
        }
        let leading = self.eat(Kind::Comma);
        let first = self.term()?;
        if self.at(Kind::Pipe) && !leading && self.comprehension_ahead(self.pos) {
            self.comprehension_body(Kind::RightBracket)?;
            return Some(self.complete(node, Kind::ArrayComprehension));
        }
        self.expr_rest(first, false)?;
        while self.another(Kind::RightBracket)? {
            self.expr(false)?;
        }
        Some(self.complete(node, Kind::Array))
    }

    /// After the term of a comprehension: `|`, its body and the closing bracket.
    fn comprehension_body(&mut self, end: Kind) -> Option<()> {
        self.bump();
        self.foreign_operator()?;
        let body = self.start();
        self.query(end)?;
        self.complete(body, Kind::Body);
        self.close_bracket();
        Some(())
    }

    fn set_or_object(&mut self) -> Option<Completed> {
        let node = self.start();
        self.open_bracket();
        if self.at(Kind::RightBrace) {
            self.close_bracket();
            return Some(self.complete(node, Kind::Object));
        }
        let leading = self.eat(Kind::Comma);
        let first = self.term()?;
        if self.at(Kind::Pipe) && !leading && self.comprehension_ahead(self.pos) {
            self.comprehension_body(Kind::RightBrace)?;
            return Some(self.complete(node, Kind::SetComprehension));
        }
        let first = self.expr_rest(first, false)?;
        if self.at(Kind::Colon) {
            return self.object(node, first, leading);
        }
        if !matches!(self.current, Kind::Comma | Kind::RightBrace) {
            self.unclosed("`,`, `:` or `}`", None);
            return None;
        }
        while self.another(Kind::RightBrace)? {
            self.expr(false)?;
        }
        Some(self.complete(node, Kind::Set))
    }

    /// From the colon of the first item on.
    fn object(&mut self, node: Marker, key: Completed, leading: bool) -> Option<Completed> {
        let item = self.precede(key);
        self.bump();
        let value = self.term()?;
        if self.at(Kind::Pipe) && !leading && self.comprehension_ahead(self.pos) {
            self.complete(item, Kind::ObjectItem);
            self.comprehension_body(Kind::RightBrace)?;
            return Some(self.complete(node, Kind::ObjectComprehension));
        }
        self.expr_rest(value, false)?;
        self.complete(item, Kind::ObjectItem);
        while self.another(Kind::RightBrace)? {
            let item = self.start();
            self.expr(false)?;
            if !self.at(Kind::Colon) {
                self.unclosed("`:` and a value", Some("braces hold either single values, for a set, or pairs, for an object"));
                return None;
            }
            self.bump();
            self.expr(false)?;
            self.complete(item, Kind::ObjectItem);
        }
        Some(self.complete(node, Kind::Object))
    }

    fn template(&mut self) -> Option<Completed> {
        self.nested(|p| {
            let node = p.start();
            if p.version == super::Version::V0 {
                let span = p.token_span(p.pos);
                p.error(span, "found a template string, which Rego v0 does not have", Some("use `sprintf`, or move the file to Rego v1"));
            }
            p.bump();
            loop {
                match p.current {
                    Kind::TemplateText => p.bump(),
                    Kind::LeftBrace => p.template_expr()?,
                    Kind::TemplateEnd => {
                        p.bump();
                        return Some(p.complete(node, Kind::Template));
                    }
                    // reported by the lexer as not terminated
                    _ => return None,
                }
            }
        })
    }

    fn template_expr(&mut self) -> Option<()> {
        let node = self.start();
        self.open_bracket();
        if self.at(Kind::RightBrace) {
            self.unexpected("an expression", Some("write `\\{` for a brace in a template string"));
            return None;
        }
        let (start, negated) = (self.events.len(), self.at(Kind::NotKw) && !self.at_keyword_ref());
        let not = self.token_span(self.pos);
        let literal = self.literal()?;
        // with `future.keywords.not`, and as an operand, a negation is a value of its own to opa
        if negated && !self.keywords.not && literal.start as usize == start {
            let help = "compute the value before, and name it in the template string";
            self.error(not, "found `not` in a template string, expected an expression with a value", Some(help));
        }
        if !self.at(Kind::RightBrace) {
            self.unclosed("`}` after the expression of the template string", None);
            return None;
        }
        self.close_bracket();
        self.complete(node, Kind::TemplateExpr);
        Some(())
    }
}
