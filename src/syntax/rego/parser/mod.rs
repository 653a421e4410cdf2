//! Tokens → events → tree.
//!
//! A predictive recursive descent. Where opa tries one reading and falls back to another (a brace after `if`, a bar after the
//! first term of a collection, a parenthesis before `and`), the decision is made by looking ahead over balanced brackets, so
//! that no text is parsed twice.

mod body;
mod expr;
mod hints;
mod logical;
mod lookahead;
mod module;
mod recover;
mod rule;

use std::sync::{Arc, OnceLock};

use super::lexer::{self, Lexed};
use super::{Keywords, Kind, Parse, SyntaxError, Version};
use crate::syntax::event::{Event, build};
use crate::syntax::tree::{SyntaxKind, TokenData};
use crate::text::Span;
use lookahead::Brackets;

/// No tree is deeper; a text that nests deeper (brackets, bodies, chains of operators) has an error there.
///
/// opa's limit is far higher; consumers of the tree recurse over it, and no policy comes near. Parsing to this depth needs less than
/// 2 MiB of stack, also without optimisation.
pub const MAX_DEPTH: u32 = 1000;

/// Levels that may be opened between two checks of the depth.
const SLACK: u32 = 8;

/// Errors kept per text; more say nothing new.
const MAX_ERRORS: usize = 20;

/// A node that is open; dropped without being completed it leaves its children to its parent.
struct Marker(u32);

/// A node that is complete.
#[derive(Clone, Copy)]
struct Completed {
    start: u32,
    kind: Kind,
    /// What it is without parentheses; a lone `input` or `data` in parentheses is a reference.
    inner: Kind,
}

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<TokenData<Kind>>,
    /// The current token, never trivia; the number of tokens at the end.
    pos: usize,
    /// The token before the current one, trivia left out.
    previous: usize,
    /// The kind of the current token, opt-in keywords that are off being identifiers.
    current: Kind,
    /// A line break lies between the previous token and the current one.
    newline: bool,
    events: Vec<Event<Kind>>,
    errors: Vec<SyntaxError>,
    version: Version,
    keywords: Keywords,
    rego_v1_import: bool,
    /// Open nodes, and the deepest level reached in the part being parsed.
    depth: u32,
    reach: u32,
    /// Set by an error after which only the next top-level statement is worth parsing.
    abort: bool,
    /// Where the statements start that are broken beyond what the lexer says.
    broken: Vec<u32>,
    /// The brackets that are open here, by token.
    open: Vec<usize>,
    brackets: Option<Brackets>,
}

/// Parses `text` as `version`. See [`super::parse`].
pub(super) fn parse(text: Arc<str>, version: Version) -> Parse {
    let mut parse = untidy(text, version);
    let mut errors = Vec::new();
    parse.metadata = super::metadata::find(&parse.tree, &mut errors);
    // it has not been asked for yet
    let _ = parse.broken_metadata.set(!errors.is_empty());
    parse.errors.extend(errors);
    tidy(&mut parse.errors);
    parse
}

/// Parses `text` as `version`, without METADATA. See [`super::parse_syntax`].
pub(super) fn parse_syntax(text: Arc<str>, version: Version) -> Parse {
    let mut parse = untidy(text, version);
    tidy(&mut parse.errors);
    parse
}

fn untidy(text: Arc<str>, version: Version) -> Parse {
    let (mut parse, broken) = run(text, version, |parser| parser.module());
    let mut errors = Vec::new();
    super::validate::validate(&parse, &broken, &mut errors);
    parse.errors.extend(errors);
    parse.formattable = parse.errors.is_empty();
    parse
}

/// Parses a query. See [`super::parse_query`].
pub(super) fn parse_query(text: Arc<str>, version: Version) -> Parse {
    let (mut parse, _) = run(text, version, |parser| parser.lone_query());
    super::validate::validate_query(&parse.tree, &mut parse.errors);
    tidy(&mut parse.errors);
    parse
}

fn tidy(errors: &mut Vec<SyntaxError>) {
    errors.sort_by(|a, b| (a.span.start, a.span.end, &a.message).cmp(&(b.span.start, b.span.end, &b.message)));
    errors.dedup_by(|later, earlier| later.span == earlier.span);
    errors.truncate(MAX_ERRORS);
}

/// Parses, and tells where the statements start that are broken.
fn run(text: Arc<str>, version: Version, read: fn(&mut Parser<'_>)) -> (Parse, Vec<u32>) {
    let Lexed { tokens, mut errors } = lexer::lex(&text);
    let v1 = version == Version::V1;
    let keywords = Keywords { r#in: v1, every: v1, contains: v1, r#if: v1, ..Keywords::default() };
    let mut parser = Parser {
        text: &text,
        pos: 0,
        previous: usize::MAX,
        current: Kind::EndOfFile,
        newline: true,
        events: Vec::with_capacity(tokens.len() + tokens.len() / 2),
        tokens,
        errors: Vec::new(),
        version,
        keywords,
        rego_v1_import: false,
        depth: 0,
        reach: 0,
        abort: false,
        broken: Vec::new(),
        open: Vec::new(),
        brackets: None,
    };
    parser.skip_trivia();
    read(&mut parser);
    let Parser { tokens, events, errors: found, keywords, rego_v1_import, broken, .. } = parser;
    errors.extend(found);
    let tree = build(Arc::clone(&text), tokens, events);
    (
        Parse {
            tree,
            version,
            keywords,
            rego_v1_import,
            metadata: Vec::new(),
            formattable: false,
            errors,
            broken_metadata: OnceLock::new(),
        },
        broken,
    )
}

impl<'t> Parser<'t> {
    // -- tokens

    /// Moves to the next token at or after `pos` that is not trivia.
    fn skip_trivia(&mut self) {
        let mut newline = false;
        while let Some(token) = self.tokens.get(self.pos) {
            match token.kind {
                Kind::Whitespace => {}
                Kind::Newline => newline = true,
                Kind::Comment => {}
                _ => break,
            }
            self.pos += 1;
        }
        self.newline = newline;
        self.current = self.resolve(self.pos);
    }

    /// The kind of a token under the keywords that are on.
    fn resolve(&self, index: usize) -> Kind {
        let Some(token) = self.tokens.get(index) else { return Kind::EndOfFile };
        let on = match token.kind {
            Kind::IfKw => self.keywords.r#if,
            Kind::ContainsKw => self.keywords.contains,
            Kind::InKw => self.keywords.r#in,
            Kind::EveryKw => self.keywords.every,
            Kind::AndKw => self.keywords.and,
            Kind::OrKw => self.keywords.or,
            kind => return kind,
        };
        if on { token.kind } else { Kind::Ident }
    }

    /// Takes the current token.
    fn bump(&mut self) {
        if self.pos >= self.tokens.len() {
            return;
        }
        // a keyword that is used as a name is one
        self.tokens[self.pos].kind = self.current;
        self.events.push(Event::Token);
        self.previous = self.pos;
        self.pos += 1;
        self.skip_trivia();
    }

    /// Takes the current token as a name.
    fn bump_name(&mut self) {
        self.current = Kind::Ident;
        self.bump();
    }

    /// Takes an opening bracket.
    fn open_bracket(&mut self) {
        self.open.push(self.pos);
        self.bump();
    }

    /// Takes the closing bracket of the innermost open one.
    fn close_bracket(&mut self) {
        self.open.pop();
        self.bump();
    }

    fn at(&self, kind: Kind) -> bool {
        self.current == kind
    }

    fn eat(&mut self, kind: Kind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Whether nothing lies between the previous token and the current one.
    fn adjacent(&self) -> bool {
        self.previous != usize::MAX && self.pos == self.previous + 1
    }

    /// The kind of the token right after the current one, trivia included.
    fn touching(&self) -> Kind {
        self.resolve(self.pos + 1)
    }

    /// The index of the next token after `index` that is not trivia.
    fn next_index(&self, index: usize) -> usize {
        let mut next = index + 1;
        while self.tokens.get(next).is_some_and(|token| token.kind.is_trivia()) {
            next += 1;
        }
        next
    }

    /// The kind of the token after the current one.
    fn peek(&self) -> Kind {
        self.resolve(self.next_index(self.pos))
    }

    /// The kind of the token before the current one, trivia left out.
    fn previous_kind(&self) -> Kind {
        self.tokens.get(self.previous).map_or(Kind::EndOfFile, |token| token.kind)
    }

    fn offset(&self, index: usize) -> u32 {
        self.tokens.get(index).map_or(self.text.len() as u32, |token| token.start)
    }

    fn token_span(&self, index: usize) -> Span {
        Span::new(self.offset(index), self.offset(index + 1))
    }

    fn token_text(&self, index: usize) -> &'t str {
        &self.text[self.token_span(index).range()]
    }

    /// Whether the current token is a word that may start a reference, being followed by `.` or `[` without a blank.
    fn at_keyword_ref(&self) -> bool {
        self.at_word() && matches!(self.touching(), Kind::Dot | Kind::LeftBracket)
    }

    /// Whether the current token is a keyword. Where `and` is one, opa takes `&` for it, and `|` for `or`.
    fn at_word(&self) -> bool {
        match self.current {
            Kind::Ampersand => self.keywords.and,
            Kind::Pipe => self.keywords.or,
            kind => is_word(kind),
        }
    }

    // -- nodes

    fn start(&mut self) -> Marker {
        self.depth += 1;
        self.reach = self.reach.max(self.depth);
        self.events.push(Event::Tombstone);
        Marker((self.events.len() - 1) as u32)
    }

    fn complete(&mut self, marker: Marker, kind: Kind) -> Completed {
        self.depth = self.depth.saturating_sub(1);
        self.events[marker.0 as usize] = Event::Start { kind, forward: 0 };
        self.events.push(Event::Finish);
        Completed { start: marker.0, kind, inner: kind }
    }

    /// Opens a node that holds `child` as its first child.
    fn precede(&mut self, child: Completed) -> Marker {
        let marker = self.start();
        self.reach += 1;
        if let Event::Start { forward, .. } = &mut self.events[child.start as usize] {
            *forward = marker.0 - child.start;
        }
        marker
    }

    fn retag(&mut self, node: Completed, kind: Kind) -> Completed {
        if let Event::Start { kind: old, .. } = &mut self.events[node.start as usize] {
            *old = kind;
        }
        Completed { kind, inner: kind, ..node }
    }

    /// Takes back the node completed last, leaving its children to the open node.
    fn dissolve(&mut self, node: Completed) {
        self.events[node.start as usize] = Event::Tombstone;
        if matches!(self.events.last(), Some(Event::Finish)) {
            self.events.pop();
        }
    }

    // -- depth

    /// Runs `parse` for a nested part, whose depth counts on its own; nothing remains open if it fails.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.check_depth()?;
        let depth = self.depth;
        let reach = std::mem::replace(&mut self.reach, depth);
        let result = parse(self);
        self.depth = depth;
        self.reach = self.reach.max(reach);
        result
    }

    fn check_depth(&mut self) -> Option<()> {
        if self.reach.max(self.depth) + SLACK <= MAX_DEPTH {
            return Some(());
        }
        if !self.abort {
            let span = self.token_span(self.pos);
            let message = format!("found nesting of more than {MAX_DEPTH} levels");
            self.error(span, message, Some("split the expression into several rules or variables"));
            self.abort = true;
        }
        None
    }
}

/// Whether `kind` is a keyword, reserved or opt-in.
fn is_word(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        PackageKw
            | ImportKw
            | AsKw
            | DefaultKw
            | ElseKw
            | NotKw
            | SomeKw
            | WithKw
            | NullKw
            | TrueKw
            | FalseKw
            | IfKw
            | ContainsKw
            | InKw
            | EveryKw
            | AndKw
            | OrKw
    )
}
