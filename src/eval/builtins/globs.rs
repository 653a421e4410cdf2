//! Globs: `glob.match` (`*`, `**`, `?`, `[a-z]`, `{a,b}`), and whether two patterns of `regex.globs_match` have a string
//! in common.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Failure;

/// The glob as an anchored regular expression in Rust's syntax; `None` if it is malformed.
pub(super) fn to_regex(pattern: &str, delimiters: &[char]) -> Option<String> {
    let one = if delimiters.is_empty() {
        ".".to_owned()
    } else {
        let mut class = String::from("[^");
        for c in delimiters {
            let _ = write!(class, "\\x{{{:X}}}", u32::from(*c));
        }
        class.push(']');
        class
    };
    let mut out = String::from("(?s)\\A(?:");
    let mut chars = pattern.chars().peekable();
    let mut depth = 0;
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                if chars.next_if_eq(&'*').is_some() {
                    out.push_str(".*");
                } else {
                    out.push_str(&one);
                    out.push('*');
                }
            }
            '?' => out.push_str(&one),
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '[' => out.push_str(&class(&mut chars)?),
            '\\' => literal(chars.next()?, &mut out),
            c => literal(c, &mut out),
        }
    }
    out.push_str(")\\z");
    (depth == 0).then_some(out)
}

fn literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// After `[`: a range or a list, with `!` in front for the rest.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let negative = chars.next_if_eq(&'!').is_some();
    let mut out = String::from(if negative { "[^" } else { "[" });
    let mut push = |low: char, high: char| {
        let _ = write!(out, "\\x{{{:X}}}-\\x{{{:X}}}", u32::from(low), u32::from(high));
    };
    let first = chars.next()?;
    if chars.next_if_eq(&'-').is_some() {
        let high = chars.next()?;
        if high < first || chars.next()? != ']' {
            return None;
        }
        push(first, high);
        out.push(']');
        return Some(out);
    }
    let mut next = Some(first);
    let mut any = false;
    loop {
        match next? {
            ']' => break,
            '\\' => {
                let c = chars.next()?;
                push(c, c);
            }
            c => push(c, c),
        }
        any = true;
        next = chars.next();
    }
    out.push(']');
    any.then_some(out)
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Symbol {
    Char(char),
    Any,
    Set(BTreeSet<char>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flag {
    None,
    Plus,
    Star,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Token {
    symbol: Symbol,
    flag: Flag,
}

/// Whether some string matches both patterns, decided as OPA's library decides it.
pub(super) fn non_empty(left: &str, right: &str) -> Result<bool, Failure> {
    let (left, right) = (simplify(tokens(left)?), simplify(tokens(right)?));
    let Some((left, right)) = trim(&left, &right) else { return Ok(false) };
    let mut steps = 0;
    normal(left, right, &mut steps)
}

fn tokens(text: &str) -> Result<Vec<Token>, Failure> {
    let mut chars = text.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        let symbol = match c {
            '.' => Symbol::Any,
            '[' => set(&mut chars)?,
            ']' | '+' | '*' => return Err(Failure::Undefined),
            '\\' => Symbol::Char(chars.next().ok_or(Failure::Undefined)?),
            c => Symbol::Char(c),
        };
        let flag = match chars.peek() {
            Some('+') => Flag::Plus,
            Some('*') => Flag::Star,
            _ => Flag::None,
        };
        if flag != Flag::None {
            chars.next();
        }
        out.push(Token { symbol, flag });
    }
    Ok(out)
}

fn set(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Symbol, Failure> {
    let mut out = BTreeSet::new();
    let mut previous: Option<char> = None;
    loop {
        match chars.next().ok_or(Failure::Undefined)? {
            ']' => return Ok(Symbol::Set(out)),
            '-' => {
                let low = previous.take().ok_or(Failure::Undefined)?;
                // the range must not be the last thing of the text
                if chars.clone().nth(1).is_none() {
                    return Err(Failure::Undefined);
                }
                let high = match chars.next().ok_or(Failure::Undefined)? {
                    ']' | '-' => return Err(Failure::Undefined),
                    '\\' => chars.next().ok_or(Failure::Undefined)?,
                    c => c,
                };
                if high < low {
                    return Err(Failure::Undefined);
                }
                out.extend(low..=high);
            }
            c => {
                let c = if c == '\\' { chars.next().ok_or(Failure::Undefined)? } else { c };
                out.insert(c);
                previous = Some(c);
            }
        }
    }
}

/// Repetitions of one symbol next to each other become one.
fn simplify(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let Some(last) = out.last_mut()
            && token.flag != Flag::None
            && last.flag != Flag::None
            && last.symbol == token.symbol
        {
            if token.flag == Flag::Plus {
                last.flag = Flag::Plus;
            }
            continue;
        }
        out.push(token);
    }
    out
}

fn matches(a: &Token, b: &Token) -> bool {
    match (&a.symbol, &b.symbol) {
        (Symbol::Any, _) | (_, Symbol::Any) => true,
        (Symbol::Char(a), Symbol::Char(b)) => a == b,
        (Symbol::Char(c), Symbol::Set(set)) | (Symbol::Set(set), Symbol::Char(c)) => set.contains(c),
        (Symbol::Set(a), Symbol::Set(b)) => a.intersection(b).next().is_some(),
    }
}

/// Takes away plain tokens that match at both ends, leaving one of them; `None` where two do not match.
fn trim<'t>(a: &'t [Token], b: &'t [Token]) -> Option<(&'t [Token], &'t [Token])> {
    let plain = |x: &Token, y: &Token| x.flag == Flag::None && y.flag == Flag::None;
    let mut left = 0;
    while left < a.len() && left < b.len() && plain(&a[left], &b[left]) {
        if !matches(&a[left], &b[left]) {
            return None;
        }
        left += 1;
    }
    left = left.saturating_sub(1);
    let (mut end_a, mut end_b) = (a.len(), b.len());
    while end_a > left && end_b > left && plain(&a[end_a - 1], &b[end_b - 1]) {
        if !matches(&a[end_a - 1], &b[end_b - 1]) {
            return None;
        }
        end_a -= 1;
        end_b -= 1;
    }
    if end_a < a.len() {
        end_a += 1;
        end_b += 1;
    }
    Some((&a[left..end_a], &b[left..end_b]))
}

/// The search branches: bounded.
const MAX_STEPS: u32 = 1_000_000;

fn normal(a: &[Token], b: &[Token], steps: &mut u32) -> Result<bool, Failure> {
    *steps += 1;
    if *steps > MAX_STEPS {
        return Err(Failure::Halt("the globs are too hard to compare".to_owned()));
    }
    for at in 0..a.len().min(b.len()) {
        if a[at].flag != Flag::None || b[at].flag != Flag::None {
            return special(&a[at..], &b[at..], steps);
        }
        if !matches(&a[at], &b[at]) {
            return Ok(false);
        }
    }
    Ok(a.len() == b.len())
}

fn special(a: &[Token], b: &[Token], steps: &mut u32) -> Result<bool, Failure> {
    let (flagged, other) = if a[0].flag == Flag::None { (b, a) } else { (a, b) };
    if flagged[0].flag == Flag::Star {
        return star(flagged, other, steps);
    }
    if !matches(&flagged[0], &other[0]) {
        return Ok(false);
    }
    if star(flagged, &other[1..], steps)? {
        return Ok(true);
    }
    Ok(other[0].flag != Flag::None && normal(&flagged[1..], other, steps)?)
}

fn star(starred: &[Token], other: &[Token], steps: &mut u32) -> Result<bool, Failure> {
    let next = starred.get(1);
    for (at, token) in other.iter().enumerate() {
        if next.is_some_and(|next| matches(token, next)) && normal(&starred[1..], &other[at..], steps)? {
            return Ok(true);
        }
        if !matches(token, &starred[0]) {
            return Ok(false);
        }
    }
    Ok(next.is_none())
}
