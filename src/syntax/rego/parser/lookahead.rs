//! Decisions that need more than the next token, by looking over balanced brackets.

use rustc_hash::FxHashMap;

use super::{Keywords, Kind, Parser};
use crate::syntax::tree::{SyntaxKind, TokenData};

/// Where brackets close.
pub(super) struct Brackets {
    /// For an opening bracket the index of its closing one, else `u32::MAX`.
    close: Vec<u32>,
    /// What lies directly in parentheses, where `and`, `or` or `not` are on; made for these keywords.
    groups: Option<(Keywords, FxHashMap<u32, u8>)>,
}

/// `and` or `or` joins operands.
const CHAIN: u8 = 1;
/// Starts with `not`, or holds nothing but a group that does or that is a chain.
const GROUP: u8 = 2;
/// A `with`.
const WITH: u8 = 4;

fn closing(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::LeftBracket => Some(Kind::RightBracket),
        Kind::LeftBrace => Some(Kind::RightBrace),
        Kind::LeftParen => Some(Kind::RightParen),
        Kind::TemplateStart => Some(Kind::TemplateEnd),
        _ => None,
    }
}

fn is_closing(kind: Kind) -> bool {
    matches!(kind, Kind::RightBracket | Kind::RightBrace | Kind::RightParen | Kind::TemplateEnd)
}

/// Whether an operand ends with a token of this kind.
fn ends_operand(kind: Kind) -> bool {
    is_closing(kind)
        || matches!(
            kind,
            Kind::Ident
                | Kind::ContainsKw
                | Kind::Number
                | Kind::String
                | Kind::RawString
                | Kind::NullKw
                | Kind::TrueKw
                | Kind::FalseKw
                | Kind::Unknown
        )
}

/// Pairs up brackets. Where that does not come out even, statements of the module in the first column end what is open.
fn match_brackets(tokens: &[TokenData<Kind>], text: &str) -> Vec<u32> {
    let mut close = vec![u32::MAX; tokens.len()];
    if pair_up(tokens, &mut close, |_| false) {
        return close;
    }
    close.fill(u32::MAX);
    pair_up(tokens, &mut close, |token| super::recover::starts_module_line(text, token.start, token.kind));
    close
}

/// Enters pairs into `close`; `resets` tells the tokens that end all that is open. Whether all brackets have found a partner.
fn pair_up(tokens: &[TokenData<Kind>], close: &mut [u32], resets: impl Fn(&TokenData<Kind>) -> bool) -> bool {
    let mut open: Vec<(u32, Kind)> = Vec::new();
    // how many of each closing kind are awaited, so that a stray one is told without a search
    let mut awaited = [0_u32; 4];
    let mut even = true;
    for (index, token) in tokens.iter().enumerate() {
        if let Some(kind) = closing(token.kind) {
            open.push((index as u32, kind));
            awaited[slot(kind)] += 1;
        } else if is_closing(token.kind) {
            if awaited[slot(token.kind)] == 0 {
                even = false;
                continue;
            }
            while let Some((start, kind)) = open.pop() {
                awaited[slot(kind)] -= 1;
                if kind == token.kind {
                    close[start as usize] = index as u32;
                    break;
                }
                even = false;
            }
        } else if !open.is_empty() && resets(token) {
            open.clear();
            awaited = [0; 4];
        }
    }
    even && open.is_empty()
}

fn slot(closing: Kind) -> usize {
    match closing {
        Kind::RightBracket => 0,
        Kind::RightBrace => 1,
        Kind::RightParen => 2,
        _ => 3,
    }
}

/// What a look over the statement in a brace or after a bar finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seen {
    /// The end of the enclosing bracket.
    Close,
    Comma(usize),
    Colon,
    Pipe(usize),
    In(usize),
    /// What only a statement holds, or the end of one.
    Statement,
}

impl Parser<'_> {
    fn brackets(&mut self) -> &mut Brackets {
        let (tokens, text) = (&self.tokens, self.text);
        self.brackets.get_or_insert_with(|| Brackets { close: match_brackets(tokens, text), groups: None })
    }

    /// The closing bracket of the opening one at `index`.
    pub(super) fn close_of(&mut self, index: usize) -> Option<usize> {
        let close = *self.brackets().close.get(index)?;
        (close != u32::MAX).then_some(close as usize)
    }

    /// Walks over tokens from `index`, where an operand is expected, over brackets in one step, up to the next thing that
    /// decides. With `pair`, what follows is the second part of `k, v in xs`, whose `in` may touch a bracket. Gives what it is, and how many terms and operators went by.
    fn look(&mut self, mut index: usize, pair: bool) -> (Seen, u32) {
        let mut operand = false;
        let mut terms = 0;
        let mut previous = usize::MAX;
        loop {
            while self.tokens.get(index).is_some_and(|token| token.kind.is_trivia()) {
                index += 1;
            }
            let kind = self.resolve(index);
            let touching = previous != usize::MAX && index == previous + 1;
            match kind {
                Kind::RightBracket | Kind::RightBrace | Kind::RightParen => return (Seen::Close, terms),
                Kind::LeftBracket | Kind::LeftBrace | Kind::LeftParen | Kind::TemplateStart => {
                    if operand && !(touching && matches!(kind, Kind::LeftBracket | Kind::LeftParen)) {
                        return (Seen::Statement, terms);
                    }
                    let Some(close) = self.close_of(index) else { return (Seen::Statement, terms) };
                    terms += u32::from(!operand);
                    operand = true;
                    index = close;
                }
                Kind::Dot if operand => {
                    if !touching {
                        return (Seen::Statement, terms);
                    }
                    // the name, whatever it is
                    index += 1;
                }
                Kind::Comma => return (Seen::Comma(index), terms),
                Kind::Colon => return (Seen::Colon, terms),
                Kind::Pipe => return (Seen::Pipe(index), terms),
                Kind::InKw if operand && (pair || !self.touches_ref(index)) => return (Seen::In(index), terms),
                // the sign or the point of a number
                Kind::Minus | Kind::Dot if !operand => {}
                kind if super::expr::is_infix(kind) => {
                    terms += 1;
                    operand = false;
                }
                Kind::AndKw | Kind::OrKw if !operand => {
                    operand = true;
                    terms += 1;
                }
                kind if ends_operand(kind) && !operand => {
                    operand = true;
                    terms += 1;
                }
                _ => return (Seen::Statement, terms),
            }
            previous = index;
            index += 1;
        }
    }

    /// Whether `.` or `[` follows the token at `index` without a blank.
    pub(super) fn touches_ref(&self, index: usize) -> bool {
        matches!(self.resolve(index + 1), Kind::Dot | Kind::LeftBracket)
    }

    /// Whether the bar at `pipe`, right after the first term of a collection, opens a comprehension. It does unless what follows
    /// is the right operand of a set union that ends at a comma, as opa falls back to.
    pub(super) fn comprehension_ahead(&mut self, pipe: usize) -> bool {
        let mut index = pipe + 1;
        let mut comma = false;
        let mut member = false;
        loop {
            match self.look(index, false).0 {
                Seen::Statement => return true,
                Seen::Close => return !comma || member,
                Seen::Colon => return !comma,
                // once the statement is `k, v in xs` or `v in xs`, a comma does not belong to it
                Seen::Comma(_) if comma || member => return false,
                Seen::Comma(at) => {
                    comma = true;
                    index = at + 1;
                }
                Seen::In(at) => {
                    member = true;
                    index = at + 1;
                }
                Seen::Pipe(at) => index = at + 1,
            }
        }
    }

    /// At the brace after `if`: whether it opens a value, the first of an expression, and no body.
    ///
    /// A lone set is a body in any case; an object, a comprehension and a set that is an operand are values.
    pub(super) fn value_ahead(&mut self) -> bool {
        let open = self.pos;
        let Some(close) = self.close_of(open) else { return false };
        if self.logical_active() && self.operand_body_ahead() {
            return true;
        }
        let mut index = self.next_index(open);
        if index == close {
            return true;
        }
        let leading = self.resolve(index) == Kind::Comma;
        if leading {
            index += 1;
        }
        let mut first = !leading;
        loop {
            let (seen, terms) = self.look(index, false);
            match seen {
                Seen::Statement => return false,
                Seen::Close => return self.continues(close),
                Seen::Colon => return true,
                Seen::Pipe(at) if first && terms == 1 && self.comprehension_ahead(at) => return true,
                Seen::Comma(at) | Seen::In(at) | Seen::Pipe(at) => index = at + 1,
            }
            first = false;
        }
    }

    /// Whether the current token starts a literal or a collection that is an operand of something.
    pub(super) fn operand_ahead(&mut self) -> bool {
        match self.current {
            Kind::LeftBracket | Kind::LeftBrace | Kind::TemplateStart => self.close_of(self.pos).is_some_and(|close| self.continues(close)),
            Kind::Number | Kind::String | Kind::RawString | Kind::NullKw | Kind::TrueKw | Kind::FalseKw => self.continues(self.pos),
            _ => false,
        }
    }

    /// At the comma after the first term of an expression: whether `k, v in xs` is meant.
    pub(super) fn member_ahead(&mut self) -> bool {
        self.member_from(self.pos + 1)
    }

    /// [`Self::member_ahead`] for a second part that starts at `index`.
    pub(super) fn member_from(&mut self, mut index: usize) -> bool {
        loop {
            match self.look(index, true).0 {
                Seen::In(_) => return true,
                Seen::Pipe(at) => index = at + 1,
                _ => return false,
            }
        }
    }

    /// Whether what follows the token at `index` makes an operand of the value that ends there.
    fn continues(&self, index: usize) -> bool {
        let next = self.next_index(index);
        match self.resolve(next) {
            Kind::Dot | Kind::LeftBracket | Kind::LeftParen => next == index + 1,
            Kind::InKw => !self.touches_ref(next),
            Kind::Assign | Kind::Equal | Kind::Comma => true,
            kind => super::expr::is_infix(kind),
        }
    }

    /// At a brace: whether it holds an operand of `and` or `or`.
    pub(super) fn operand_body_ahead(&mut self) -> bool {
        let Some(close) = self.close_of(self.pos) else { return false };
        let next = self.next_index(close);
        // `and.x` may also start the next statement, after a value
        matches!(self.resolve(next), Kind::AndKw | Kind::OrKw) && (!self.touches_ref(next) || self.statements_ahead(close))
    }

    /// At a brace that closes at `close`: whether statements may stand inside.
    fn statements_ahead(&mut self, close: usize) -> bool {
        let mut index = self.next_index(self.pos);
        if index == close {
            return false;
        }
        loop {
            match self.look(index, false).0 {
                Seen::Statement | Seen::Close => return true,
                Seen::Colon | Seen::Comma(_) => return false,
                Seen::In(at) | Seen::Pipe(at) => index = at + 1,
            }
        }
    }

    /// At a parenthesis: whether it groups operands of `and` and `or`, and is no term; `operand` where it is such an operand
    /// itself, or that of `not`.
    pub(super) fn group_ahead(&mut self, operand: bool) -> bool {
        let open = self.pos;
        let Some(close) = self.close_of(open) else { return false };
        let flags = self.group_flags(open);
        flags & (CHAIN | GROUP) != 0
            || flags & WITH != 0 && (operand || matches!(self.resolve(self.next_index(close)), Kind::AndKw | Kind::OrKw))
    }

    fn group_flags(&mut self, open: usize) -> u8 {
        let keywords = self.keywords;
        if !self.brackets().groups.as_ref().is_some_and(|(made_for, _)| *made_for == keywords) {
            let groups = self.find_groups();
            self.brackets().groups = Some((keywords, groups));
        }
        self.brackets().groups.as_ref().and_then(|(_, groups)| groups.get(&(open as u32))).copied().unwrap_or(0)
    }

    /// What lies directly in each pair of parentheses.
    fn find_groups(&mut self) -> FxHashMap<u32, u8> {
        struct Open {
            index: usize,
            flags: u8,
            /// The group that is all there is inside so far.
            only: Option<usize>,
        }
        let mut groups = FxHashMap::default();
        let mut open: Vec<Open> = Vec::new();
        let mut previous = Kind::EndOfFile;
        let mut before = usize::MAX;
        for index in 0..self.tokens.len() {
            let mut kind = self.resolve(index);
            if kind.is_trivia() {
                continue;
            }
            if previous == Kind::Dot && super::is_word(kind) {
                // a name, whatever word it is
                kind = Kind::Ident;
            }
            if closing(kind).is_some() {
                if self.close_of(index).is_some() {
                    open.push(Open { index, flags: 0, only: None });
                }
            } else if is_closing(kind) {
                if let Some(group) = open.pop_if(|group| self.brackets().close[group.index] as usize == index) {
                    let mut flags = group.flags;
                    // a group round a chain or a negation is one; round anything else it is a term
                    if group.only.is_some_and(|inner| groups.get(&(inner as u32)).is_some_and(|flags: &u8| flags & (CHAIN | GROUP) != 0)) {
                        flags |= GROUP;
                    }
                    if kind == Kind::RightParen && flags != 0 {
                        groups.insert(group.index as u32, flags);
                    }
                    if let Some(outer) = open.last_mut() {
                        outer.only = (self.next_index(outer.index) == group.index).then_some(group.index);
                    }
                }
            } else if let Some(group) = open.last_mut() {
                group.only = None;
                match kind {
                    Kind::AndKw | Kind::OrKw if ends_operand(previous) => group.flags |= CHAIN,
                    Kind::NotKw if before == group.index && !matches!(self.resolve(index + 1), Kind::Dot | Kind::LeftBracket) => {
                        group.flags |= GROUP
                    }
                    Kind::WithKw if previous != Kind::Dot => group.flags |= WITH,
                    _ => {}
                }
            }
            // a keyword after a dot is a name
            previous = if previous == Kind::Dot && super::is_word(kind) { Kind::Ident } else { kind };
            before = index;
        }
        groups
    }
}
