//! Named templates of a chart (`define`), as far as they make simple text.

use super::expression::Call;
use super::template::Template;

/// The most blocks inside one another.
const MAX_BLOCKS: usize = 16;

/// The most text that one named template makes.
const MAX_TEXT: usize = 16_384;

/// A part of a template's text.
enum Part<'t> {
    Text(&'t str),
    /// An action without its braces.
    Action(&'t str),
}

/// The text and the actions of a template, with the blanks gone that actions take away.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut trims = false;
    while let Some((before, action)) = rest.split_once("{{") {
        let Some((inner, after)) = action.split_once("}}") else { break };
        let before = if trims { before.trim_start() } else { before };
        let opens = inner.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace));
        out.push(Part::Text(if opens.is_some() { before.trim_end() } else { before }));
        let inner = opens.unwrap_or(inner);
        let closes = inner.strip_suffix('-').filter(|rest| rest.ends_with(char::is_whitespace));
        trims = closes.is_some();
        out.push(Part::Action(closes.unwrap_or(inner).trim()));
        rest = after;
    }
    out.push(Part::Text(if trims { rest.trim_start() } else { rest }));
    out
}

fn word(action: &str) -> (&str, &str) {
    action.split_once(char::is_whitespace).map_or((action, ""), |(word, rest)| (word, rest.trim()))
}

/// What a named template makes; `None` where it is not understood.
pub(super) fn render(template: &Template<'_>, body: &str, depth: usize) -> Option<String> {
    let parts = parts(body);
    let mut run = Run { template, parts: &parts, at: 0, variables: Vec::new(), depth, out: String::new() };
    let closed = run.block(true, 0)?;
    closed.is_none().then(|| run.out.trim().to_owned())
}

struct Run<'a, 'r> {
    template: &'a Template<'r>,
    parts: &'a [Part<'a>],
    at: usize,
    /// Variables, and `.` where a `with` sets it, with their texts.
    variables: Vec<(String, String)>,
    depth: usize,
    out: String,
}

impl<'a> Run<'a, '_> {
    /// Runs up to an `else`, an `end` or the end of the text, and gives the action that it ended with; `on`: it writes.
    fn block(&mut self, on: bool, depth: usize) -> Option<Option<&'a str>> {
        while let Some(part) = self.parts.get(self.at) {
            self.at += 1;
            let action = match part {
                Part::Text(text) => {
                    if on {
                        self.out.push_str(text);
                    }
                    continue;
                }
                Part::Action(action) => *action,
            };
            if self.out.len() > MAX_TEXT || depth > MAX_BLOCKS {
                return None;
            }
            match word(action) {
                ("end" | "else", _) => return Some(Some(action)),
                ("if" | "with", rest) => self.choice(action, rest, on, depth)?,
                ("range" | "block" | "define", _) if !on => while self.block(false, depth + 1)?? != "end" {},
                ("range" | "block" | "define", _) => return None,
                (first, _) if first.starts_with("/*") || !on => {}
                _ => self.action(action)?,
            }
        }
        Some(None)
    }

    /// `if … else if … else … end`, and `with`.
    fn choice(&mut self, action: &str, rest: &str, on: bool, depth: usize) -> Option<()> {
        let mut taken = false;
        let (mut first, mut condition) = (word(action).0.to_owned(), rest.to_owned());
        loop {
            let mut holds = false;
            let known = self.variables.len();
            if on && !taken {
                if first == "else" && condition.is_empty() {
                    holds = true;
                } else {
                    let (name, expression) = match condition.split_once(":=") {
                        Some((name, expression)) => (Some(name.trim().to_owned()), expression.trim().to_owned()),
                        None => (None, condition.clone()),
                    };
                    let value = self.evaluate(&expression)?;
                    let truth = value.is_true();
                    if truth.is_unknown() {
                        return None;
                    }
                    holds = truth.is_yes();
                    if holds && let Some(text) = value.into_text() {
                        self.variables.extend(name.map(|name| (name, text.clone())));
                        if first == "with" {
                            self.variables.push((".".to_owned(), text));
                        }
                    } else if holds && first == "with" {
                        return None;
                    }
                }
            }
            taken |= holds;
            let end = self.block(on && holds, depth + 1)??;
            self.variables.truncate(known);
            let (closes, rest) = word(end);
            if closes == "end" {
                return Some(());
            }
            let (next, rest) = word(rest);
            (first, condition) = match next {
                "if" | "with" => (next.to_owned(), rest.to_owned()),
                _ => ("else".to_owned(), String::new()),
            };
        }
    }

    /// An assignment, or an expression whose text is written.
    fn action(&mut self, action: &str) -> Option<()> {
        let parts = action.split_once(":=").map(|parts| (parts, true)).or_else(|| Some((action.split_once(" = ")?, false)));
        if let Some(((name, expression), declares)) = parts.filter(|_| action.starts_with('$')) {
            let text = self.evaluate(expression.trim())?.into_text()?;
            let name = name.trim();
            if declares {
                self.variables.push((name.to_owned(), text));
            } else {
                self.variables.iter_mut().rev().find(|(known, _)| known == name)?.1 = text;
            }
        } else {
            let text = self.evaluate(action)?.into_text()?;
            self.out.push_str(&text);
        }
        Some(())
    }

    fn evaluate(&self, expression: &str) -> Option<Call<'_>> {
        self.template.evaluate_with(&self.filled(expression)?, &self.variables, self.depth)
    }

    /// Whether an expression asks for nothing but what is known here: below a `with`, `.a` is not the chart's.
    fn filled(&self, expression: &str) -> Option<String> {
        let inside = self.variables.iter().any(|(name, _)| name == ".");
        let asks = expression.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|'));
        let other = |word: &str| word.len() > 1 && word.starts_with('.') || matches!(word, "include" | "template");
        (!inside || !asks.into_iter().any(other)).then(|| expression.to_owned())
    }
}
