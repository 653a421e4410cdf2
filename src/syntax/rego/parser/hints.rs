//! What errors say: what was found, what was expected, what to write.

use super::{Kind, Parser, is_word};
use crate::syntax::rego::{Version, literal};
use crate::text::Span;

impl Parser<'_> {
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>, help: Option<&str>) {
        super::super::push_error(&mut self.errors, span, message.into(), help.map(str::to_owned));
    }

    /// What the current token is, for messages.
    fn found(&self) -> String {
        match self.tokens.get(self.pos) {
            None => "the end of the text".to_owned(),
            Some(_) => format!("`{}`", literal::shorten(self.token_text(self.pos))),
        }
    }

    /// Reports the current token; a token that the lexer has reported is not reported again.
    pub(super) fn unexpected(&mut self, expected: &str, help: Option<&str>) {
        if self.at(Kind::Unknown) {
            return;
        }
        let span = if self.at(Kind::EndOfFile) { self.end_span() } else { self.token_span(self.pos) };
        let message = format!("found {}, expected {expected}", self.found());
        self.error(span, message, help);
    }

    /// The place to point at for what is missing at the end: after the last token that is not trivia.
    fn end_span(&self) -> Span {
        if self.previous == usize::MAX { Span::at(self.text.len() as u32) } else { Span::at(self.token_span(self.previous).end) }
    }

    /// Reports the tokens from `start` up to the current one.
    pub(super) fn unexpected_since(&mut self, start: usize, expected: &str, help: &str) {
        let span = self.token_span(start).cover(self.token_span(self.previous));
        let message = format!("found `{}`, expected {expected}", literal::shorten(&self.text[span.range()]));
        self.error(span, message, Some(help));
    }

    /// Reports the current token where a bracket should close, or the bracket itself if it never does.
    pub(super) fn unclosed(&mut self, expected: &str, help: Option<&str>) {
        match self.open.last().copied() {
            Some(open) if self.close_of(open).is_none() => {
                let close = match self.tokens[open].kind {
                    Kind::LeftBracket => "]",
                    Kind::LeftParen => ")",
                    _ => "}",
                };
                let span = self.token_span(open);
                let message = format!("found `{}` that is never closed", self.token_text(open));
                self.error(span, message, Some(&format!("add the `{close}` that belongs to it")));
            }
            _ => self.unexpected(expected, help),
        }
    }

    pub(super) fn unexpected_term(&mut self) {
        use Kind::*;
        let before = self.previous_kind();
        let operator = super::expr::is_infix(before)
            || matches!(before, Assign | Equal | InKw | NotKw | IfKw | ContainsKw | AsKw | AndKw | OrKw | WithKw);
        if operator && (self.newline || self.at(EndOfFile)) {
            let span = self.token_span(self.previous);
            let message = format!("found `{}` without an expression after it", self.token_text(self.previous));
            return self.error(span, message, Some("write the expression, or remove what stands before it"));
        }
        let help = match self.current {
            Kind::NotKw => Some("`not` stands before whole statements; give the negation a rule of its own"),
            Kind::SomeKw | Kind::EveryKw => Some("it starts a statement of its own"),
            Kind::Semicolon => Some("remove it; one `;` separates two statements"),
            kind if is_word(kind) => Some("keywords cannot be variables; write a key such as `[\"if\"]` in brackets"),
            _ => None,
        };
        if matches!(self.current, Kind::RightBracket | Kind::RightParen | Kind::RightBrace | Kind::EndOfFile) {
            self.unclosed("an expression", help);
        } else {
            self.unexpected("an expression", help);
        }
    }

    pub(super) fn unexpected_statement(&mut self) {
        let v1 = self.version == Version::V1 || self.rego_v1_import;
        let help = match self.current {
            Kind::LeftBracket | Kind::LeftParen if !self.newline => "remove the blank before it if it belongs to what stands before it",
            Kind::ElseKw => "`else` follows the body of a rule; give the rule before it one with `if`",
            Kind::IfKw | Kind::WithKw | Kind::ContainsKw => "it follows the head of a rule, and there is none before it",
            Kind::RightBrace | Kind::RightBracket | Kind::RightParen => "remove it, or add the bracket that it closes",
            Kind::Semicolon | Kind::Comma => "remove it; rules need no separator",
            Kind::Slash if self.touching() == Kind::Slash => "comments start with `#`",
            Kind::Slash if self.touching() == Kind::Star => "comments start with `#`, on each line",
            Kind::SomeKw | Kind::EveryKw | Kind::NotKw => "put the statement into the body of a rule",
            _ if v1 => "write `name := value`, `name if …` or `name contains …`",
            _ => "write `name = value` or `name { … }`",
        };
        self.unexpected("a rule or an import", Some(help));
    }

    pub(super) fn unexpected_after_literal(&mut self, end: Kind) {
        if self.at(Kind::EndOfFile) && end != Kind::EndOfFile {
            return self.unclosed("", None);
        }
        let expected = match end {
            Kind::RightBracket => "a line break, `;` or `]` after the statement",
            Kind::RightBrace => "a line break, `;` or `}` after the statement",
            _ => "a line break or `;` after the statement",
        };
        let imported;
        let help = match self.current {
            Kind::Ident => {
                imported = self.missing_import();
                imported.as_deref()
            }
            Kind::Comma => Some("separate statements with `;`, or write each on a line of its own"),
            Kind::LeftBracket | Kind::LeftParen => Some("remove the blank before it"),
            Kind::Colon => Some("variables are assigned with `:=`"),
            Kind::IfKw | Kind::ElseKw => {
                Some("conditions are statements of a body; write a further rule, or `else` after the body of a rule")
            }
            Kind::AndKw | Kind::OrKw => Some("write the condition without `some` and `every`, or in a rule of its own"),
            Kind::Assign | Kind::Equal => Some("a statement assigns once; write each assignment on a line of its own"),
            _ => None,
        };
        let help = help.or_else(|| self.starts_operand().then_some("separate statements with `;`, or write each on a line of its own"));
        self.unexpected(expected, help);
    }

    /// Whether the current token may start an operand.
    pub(super) fn starts_operand(&self) -> bool {
        use Kind::*;
        matches!(
            self.current,
            Ident
                | Number
                | String
                | RawString
                | TemplateStart
                | LeftBracket
                | LeftBrace
                | LeftParen
                | NullKw
                | TrueKw
                | FalseKw
                | NotKw
                | SomeKw
                | EveryKw
                | ContainsKw
        )
    }

    /// What to import where the current identifier is a keyword that is off.
    fn missing_import(&self) -> Option<std::string::String> {
        let word = self.token_text(self.pos);
        let example = match word {
            "and" => "x and y",
            "or" => "x or y",
            _ => return None,
        };
        Some(format!("add `import future.keywords.{word}` for `{example}`"))
    }

    /// Whether the current token is the word of `keyword`, which is off, where only the keyword makes sense. Reports it, once per
    /// text, and turns the keywords of v1 on, so that the rest is read as it is meant.
    pub(super) fn keyword_meant(&mut self, keyword: Kind) -> bool {
        if self.at(keyword) {
            return true;
        }
        if self.newline || !self.at(Kind::Ident) || self.tokens[self.pos].kind != keyword {
            return false;
        }
        let span = self.token_span(self.pos);
        let message = format!("found `{}`, which is no keyword in Rego v0 without an import", self.token_text(self.pos));
        self.error(span, message, Some("add `import rego.v1`, or move the file to Rego v1"));
        let on = &mut self.keywords;
        (on.r#in, on.every, on.contains, on.r#if) = (true, true, true, true);
        self.current = self.resolve(self.pos);
        true
    }

    /// After an operator has been taken: whether the next character makes an operator of another language of it.
    pub(super) fn foreign_operator(&mut self) -> Option<()> {
        let next = self.tokens.get(self.pos).map(|token| token.kind);
        let starts = matches!(
            next,
            Some(
                Kind::Ampersand
                    | Kind::Pipe
                    | Kind::Slash
                    | Kind::Star
                    | Kind::Equal
                    | Kind::EqualEqual
                    | Kind::Plus
                    | Kind::Greater
                    | Kind::GreaterEqual
                    | Kind::Less
            )
        );
        if !starts || !self.adjacent() {
            return Some(());
        }
        let span = self.token_span(self.previous).cover(self.token_span(self.pos));
        let found = &self.text[span.range()];
        let help = match found {
            "&&" => "write each condition on a line of its own, or separate them with `;`",
            "||" => "write a further rule with the same name for each alternative",
            "//" => "comments start with `#`",
            "/*" => "comments start with `#`, on each line",
            "===" | "!==" => "write `==` or `!=`, which compare values of any type",
            "<>" => "write `!=`",
            "=>" => "write `>=`",
            "=<" => "write `<=`",
            "++" | "+=" | "-=" | "*=" | "/=" | "|=" | "&=" => "variables never change; give the new value a name of its own",
            "**" => "there is no power operator",
            "<<" | ">>" => "use `bits.lsh` and `bits.rsh`",
            _ => return Some(()),
        };
        let what = if found.starts_with("//") || found == "/*" { "which starts no comment" } else { "which is no operator" };
        let message = format!("found `{found}`, {what}");
        self.error(span, message, Some(help));
        None
    }
}
