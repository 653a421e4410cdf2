//! Reads regular expressions in Go's syntax (RE2 with Perl classes), with the limits that Go's parser has.
//!
//! Source of the rules: the documentation of Go's `regexp/syntax` package.

use super::names;
use super::node::{Assertion, Class, Item, Kind, Node};

/// A parsed expression.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) root: Node,
    /// Names of the groups, the whole match first; empty where there is none.
    pub(crate) names: Vec<String>,
}

/// The expression is not one that Go takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid;

const MAX_REPEAT: u32 = 1000;
const MAX_HEIGHT: u32 = 1000;
/// Go refuses programs of more than 128 MiB, 40 bytes for each instruction.
const MAX_SIZE: u64 = (128 << 20) / 40;
/// Go refuses expressions whose character classes hold more than 32 Mi code points' bounds;
/// no property has more than this many.
const MAX_PROPERTIES: usize = (32 << 20) / 1500;

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// A group whose end has not been seen, or the whole expression.
struct Frame {
    alternatives: Vec<Node>,
    sequence: Vec<Node>,
    capture: bool,
    /// In force before the group.
    flags: Flags,
}

impl Frame {
    fn new(capture: bool, flags: Flags) -> Self {
        Self { alternatives: Vec::new(), sequence: Vec::new(), capture, flags }
    }

    fn end_sequence(&mut self) {
        let mut sequence = std::mem::take(&mut self.sequence);
        let node = match sequence.len() {
            0 => Node::new(Kind::Empty),
            1 => sequence.remove(0),
            _ => Node::new(Kind::Concat(sequence)),
        };
        self.alternatives.push(node);
    }

    fn finish(mut self) -> Node {
        self.end_sequence();
        if self.alternatives.len() == 1 {
            return self.alternatives.remove(0);
        }
        Node::new(Kind::Alternate(self.alternatives))
    }
}

struct Parser<'t> {
    rest: &'t str,
    flags: Flags,
    frames: Vec<Frame>,
    names: Vec<String>,
    properties: usize,
}

/// Parses an expression.
pub(crate) fn parse(text: &str) -> Result<Parsed, Invalid> {
    let flags = Flags::default();
    let mut parser = Parser { rest: text, flags, frames: vec![Frame::new(false, flags)], names: vec![String::new()], properties: 0 };
    parser.run()?;
    let frame = parser.frames.pop().filter(|_| parser.frames.is_empty()).ok_or(Invalid)?;
    let root = check(frame.finish())?;
    Ok(Parsed { root, names: parser.names })
}

fn check(node: Node) -> Result<Node, Invalid> {
    if node.height > MAX_HEIGHT || node.size > MAX_SIZE { Err(Invalid) } else { Ok(node) }
}

impl<'t> Parser<'t> {
    fn run(&mut self) -> Result<(), Invalid> {
        let mut after_repeat = false;
        while let Some(c) = self.rest.chars().next() {
            let repeat = match c {
                '(' => {
                    self.open()?;
                    false
                }
                '|' => {
                    self.eat(1);
                    self.frame()?.end_sequence();
                    false
                }
                ')' => {
                    self.eat(1);
                    self.close()?;
                    false
                }
                '^' => {
                    self.eat(1);
                    let kind = if self.flags.multi_line { Assertion::LineStart } else { Assertion::TextStart };
                    self.push(Kind::Assert(kind))?;
                    false
                }
                '$' => {
                    self.eat(1);
                    let kind = if self.flags.multi_line { Assertion::LineEnd } else { Assertion::TextEnd };
                    self.push(Kind::Assert(kind))?;
                    false
                }
                '.' => {
                    self.eat(1);
                    self.push(Kind::Any { newline: self.flags.dot_newline })?;
                    false
                }
                '[' => {
                    let class = self.class()?;
                    self.push(Kind::Class(class))?;
                    false
                }
                '*' | '+' | '?' => {
                    self.eat(1);
                    let (min, max) = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(min, max, false, after_repeat)?;
                    true
                }
                '{' => match self.count()? {
                    Some((min, max)) => {
                        self.repeat(min, max, true, after_repeat)?;
                        true
                    }
                    None => {
                        self.eat(1);
                        self.literal('{')?;
                        false
                    }
                },
                '\\' => {
                    self.escaped()?;
                    false
                }
                c => {
                    self.eat(c.len_utf8());
                    self.literal(c)?;
                    false
                }
            };
            after_repeat = repeat;
        }
        Ok(())
    }

    fn eat(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn frame(&mut self) -> Result<&mut Frame, Invalid> {
        self.frames.last_mut().ok_or(Invalid)
    }

    fn push(&mut self, kind: Kind) -> Result<(), Invalid> {
        let node = check(Node::new(kind))?;
        self.frame()?.sequence.push(node);
        Ok(())
    }

    fn literal(&mut self, c: char) -> Result<(), Invalid> {
        self.push(Kind::Char(u32::from(c), self.flags.fold))
    }

    fn open(&mut self) -> Result<(), Invalid> {
        let flags = self.flags;
        if self.rest.starts_with("(?") {
            return self.perl_group();
        }
        self.eat(1);
        self.names.push(String::new());
        self.frames.push(Frame::new(true, flags));
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` or `(?flags:`.
    fn perl_group(&mut self) -> Result<(), Invalid> {
        let named = self.rest.strip_prefix("(?P<").or_else(|| self.rest.strip_prefix("(?<"));
        if let Some(after) = named.filter(|after| !after.is_empty()) {
            let (name, rest) = after.split_once('>').ok_or(Invalid)?;
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return Err(Invalid);
            }
            self.rest = rest;
            self.names.push(name.to_owned());
            self.frames.push(Frame::new(true, self.flags));
            return Ok(());
        }
        self.eat(2);
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        while let Some(c) = self.rest.chars().next() {
            self.eat(c.len_utf8());
            match c {
                'i' => (flags.fold, seen) = (on, true),
                'm' => (flags.multi_line, seen) = (on, true),
                's' => (flags.dot_newline, seen) = (on, true),
                'U' => (flags.lazy, seen) = (on, true),
                '-' if on => (on, seen) = (false, false),
                ':' | ')' if on || seen => {
                    if c == ':' {
                        self.frames.push(Frame::new(false, self.flags));
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => return Err(Invalid),
            }
        }
        Err(Invalid)
    }

    fn close(&mut self) -> Result<(), Invalid> {
        let frame = self.frames.pop().filter(|_| !self.frames.is_empty()).ok_or(Invalid)?;
        self.flags = frame.flags;
        let capture = frame.capture;
        let node = check(frame.finish())?;
        if capture {
            return self.push(Kind::Capture(Box::new(node)));
        }
        self.frame()?.sequence.push(node);
        Ok(())
    }

    fn repeat(&mut self, min: u32, max: Option<u32>, counted: bool, after_repeat: bool) -> Result<(), Invalid> {
        let mut greedy = !self.flags.lazy;
        if self.rest.starts_with('?') {
            self.eat(1);
            greedy = !greedy;
        }
        if after_repeat {
            return Err(Invalid);
        }
        let node = Box::new(self.frame()?.sequence.pop().ok_or(Invalid)?);
        let node = check(Node::new(Kind::Repeat { node, min, max, greedy, counted }))?;
        if counted && (min >= 2 || max.is_some_and(|max| max >= 2)) && !node.repeats_within(MAX_REPEAT) {
            return Err(Invalid);
        }
        self.frame()?.sequence.push(node);
        Ok(())
    }

    /// `{n}`, `{n,}` or `{n,m}`; `None` where the brace is a literal.
    fn count(&mut self) -> Result<Option<(u32, Option<u32>)>, Invalid> {
        let Some((min, rest)) = number(&self.rest[1..]) else { return Ok(None) };
        let (max, rest) = match rest.strip_prefix(',') {
            None => (Some(min), rest),
            Some(rest) if rest.starts_with('}') => (None, rest),
            Some(rest) => match number(rest) {
                Some((max, rest)) => (Some(max), rest),
                None => return Ok(None),
            },
        };
        let Some(rest) = rest.strip_prefix('}') else { return Ok(None) };
        self.rest = rest;
        let max_fits = max.is_none_or(|max| max <= MAX_REPEAT && min <= max);
        if min <= MAX_REPEAT && max_fits { Ok(Some((min, max))) } else { Err(Invalid) }
    }

    fn escaped(&mut self) -> Result<(), Invalid> {
        let assertion = match self.rest.as_bytes().get(1) {
            Some(b'A') => Assertion::TextStart,
            Some(b'z') => Assertion::TextEnd,
            Some(b'b') => Assertion::Word,
            Some(b'B') => Assertion::NotWord,
            Some(b'Q') => {
                let after = &self.rest[2..];
                let (text, rest) = after.split_once("\\E").unwrap_or((after, ""));
                self.rest = rest;
                return text.chars().try_for_each(|c| self.literal(c));
            }
            _ => {
                if let Some(item) = self.class_escape()? {
                    return self.push(Kind::Class(Class { negated: false, fold: self.flags.fold, items: vec![item] }));
                }
                let c = self.char_escape()?;
                return self.push(Kind::Char(c, self.flags.fold));
            }
        };
        self.eat(2);
        self.push(Kind::Assert(assertion))
    }

    /// `\d`, `\pN`, `\p{Name}` and their like.
    fn class_escape(&mut self) -> Result<Option<Item>, Invalid> {
        let Some(c) = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) else { return Ok(None) };
        if let Some((ranges, negated)) = names::perl_class(c) {
            self.eat(2);
            return Ok(Some(Item::Ascii(ranges, negated)));
        }
        if c != 'p' && c != 'P' {
            return Ok(None);
        }
        let after = &self.rest[2..];
        let (name, rest) = match after.strip_prefix('{') {
            Some(after) => after.split_once('}').ok_or(Invalid)?,
            None => after.split_at(after.chars().next().ok_or(Invalid)?.len_utf8()),
        };
        self.rest = rest;
        let (name, inverted) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        self.properties += 1;
        if self.properties > MAX_PROPERTIES {
            return Err(Invalid);
        }
        let property = names::property(name).ok_or(Invalid)?;
        Ok(Some(Item::Property(property, (c == 'P') != inverted)))
    }

    /// An escape of one character.
    fn char_escape(&mut self) -> Result<u32, Invalid> {
        self.eat(1);
        let c = self.next()?;
        match c {
            '1'..='7' if !self.rest.starts_with(|d| matches!(d, '0'..='7')) => Err(Invalid),
            '0'..='7' => {
                let mut value = c.to_digit(8).ok_or(Invalid)?;
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|d| d.to_digit(8)) else { break };
                    self.eat(1);
                    value = value * 8 + digit;
                }
                Ok(value)
            }
            'x' => self.hex(),
            'a' => Ok(7),
            'f' => Ok(12),
            'n' => Ok(10),
            'r' => Ok(13),
            't' => Ok(9),
            'v' => Ok(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(u32::from(c)),
            _ => Err(Invalid),
        }
    }

    fn hex(&mut self) -> Result<u32, Invalid> {
        let first = self.next()?;
        if first != '{' {
            let second = self.next()?;
            return Ok(first.to_digit(16).ok_or(Invalid)? * 16 + second.to_digit(16).ok_or(Invalid)?);
        }
        let (mut value, mut digits) = (0u32, false);
        loop {
            match self.next()? {
                '}' if digits => return Ok(value),
                c => {
                    value = value * 16 + c.to_digit(16).ok_or(Invalid)?;
                    digits = true;
                    if value > u32::from(char::MAX) {
                        return Err(Invalid);
                    }
                }
            }
        }
    }

    fn next(&mut self) -> Result<char, Invalid> {
        let c = self.rest.chars().next().ok_or(Invalid)?;
        self.eat(c.len_utf8());
        Ok(c)
    }

    /// `[…]`.
    fn class(&mut self) -> Result<Class, Invalid> {
        self.eat(1);
        let mut class = Class { negated: false, fold: self.flags.fold, items: Vec::new() };
        if self.rest.starts_with('^') {
            self.eat(1);
            class.negated = true;
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.starts_with("[:")
                && let Some(end) = self.rest[2..].find(":]")
            {
                let (ranges, negated) = names::posix_class(&self.rest[2..2 + end]).ok_or(Invalid)?;
                self.eat(end + 4);
                class.items.push(Item::Ascii(ranges, negated));
                continue;
            }
            if let Some(item) = self.class_escape()? {
                class.items.push(item);
                continue;
            }
            let low = self.class_char()?;
            let mut high = low;
            if self.rest.starts_with('-') && self.rest.len() >= 2 && !self.rest.starts_with("-]") {
                self.eat(1);
                high = self.class_char()?;
                if high < low {
                    return Err(Invalid);
                }
            }
            class.items.push(Item::Range(low, high));
        }
        self.eat(1);
        Ok(class)
    }

    fn class_char(&mut self) -> Result<u32, Invalid> {
        if self.rest.starts_with('\\') { self.char_escape() } else { self.next().map(u32::from) }
    }
}

/// A decimal number without leading zeros, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}
