//! Whether two patterns of characters, `.`, `[…]`, `+` and `*` have a match in common.
//!
//! The search follows `github.com/yashtewari/glob-intersection`, which OPA uses, also where it is not exact
//! (`[ab]+c` and `[bc]+`): results must be the same.

use super::super::Failure;

/// Steps after which the search ends: it is exponential.
const MAX_STEPS: u32 = 2_000_000;
const MAX_DEPTH: u32 = 2_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    None,
    Plus,
    Star,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Char(char),
    Dot,
    /// Sorted ranges that do not touch.
    Set(Vec<(u32, u32)>),
}

#[derive(Clone)]
struct Token {
    kind: Kind,
    flag: Flag,
}

/// Whether the patterns' matches intersect; undefined where one of them is malformed.
pub(super) fn intersect(one: &str, other: &str) -> Result<bool, Failure> {
    let one = simplify(tokens(one).ok_or(Failure::Undefined)?);
    let other = simplify(tokens(other).ok_or(Failure::Undefined)?);
    let Some((one, other)) = trim(&one, &other) else { return Ok(false) };
    Search { steps: 0, depth: 0 }.normal(one, other)
}

/// A character and whether it is escaped; `Err` for a backslash at the end.
fn next(text: &[char], at: &mut usize) -> Result<Option<(char, bool)>, ()> {
    let Some(c) = text.get(*at).copied() else { return Ok(None) };
    *at += 1;
    if c != '\\' {
        return Ok(Some((c, false)));
    }
    let c = text.get(*at).copied().ok_or(())?;
    *at += 1;
    Ok(Some((c, true)))
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some((c, escaped)) = next(&text, &mut at).ok()? {
        let kind = match c {
            c if escaped => Kind::Char(c),
            '.' => Kind::Dot,
            '[' => Kind::Set(set(&text, &mut at)?),
            ']' | '+' | '*' => return None,
            c => Kind::Char(c),
        };
        let flag = match text.get(at) {
            Some('+') => Flag::Plus,
            Some('*') => Flag::Star,
            // where a flag may stand
            Some('\\') if at + 1 == text.len() => return None,
            _ => Flag::None,
        };
        at += usize::from(flag != Flag::None);
        tokens.push(Token { kind, flag });
    }
    Some(tokens)
}

fn set(text: &[char], at: &mut usize) -> Option<Vec<(u32, u32)>> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut previous = None;
    loop {
        match next(text, at).ok()?? {
            (']', false) => break,
            ('-', false) => {
                let low: char = previous.take()?;
                if *at + 1 >= text.len() {
                    return None;
                }
                let (high, escaped) = next(text, at).ok()??;
                if !escaped && (high == ']' || high == '-') || high < low {
                    return None;
                }
                ranges.push((u32::from(low), u32::from(high)));
            }
            (c, _) => {
                ranges.push((u32::from(c), u32::from(c)));
                previous = Some(c);
            }
        }
    }
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    Some(merged)
}

/// Merges neighbours that repeat the same.
fn simplify(tokens: Vec<Token>) -> Vec<Token> {
    let mut simple: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let Some(last) = simple.last_mut()
            && token.flag != Flag::None
            && last.flag != Flag::None
            && token.kind == last.kind
        {
            if token.flag == Flag::Plus {
                last.flag = Flag::Plus;
            }
            continue;
        }
        simple.push(token);
    }
    simple
}

fn overlap(one: &Token, other: &Token) -> bool {
    let within = |c: char, set: &[(u32, u32)]| set.iter().any(|(low, high)| (*low..=*high).contains(&u32::from(c)));
    match (&one.kind, &other.kind) {
        (Kind::Dot, _) | (_, Kind::Dot) => true,
        (Kind::Char(a), Kind::Char(b)) => a == b,
        (Kind::Char(c), Kind::Set(set)) | (Kind::Set(set), Kind::Char(c)) => within(*c, set),
        (Kind::Set(a), Kind::Set(b)) => {
            let (mut i, mut j) = (0, 0);
            while let (Some((a_low, a_high)), Some((b_low, b_high))) = (a.get(i), b.get(j)) {
                if a_high < b_low {
                    i += 1;
                } else if b_high < a_low {
                    j += 1;
                } else {
                    return true;
                }
            }
            false
        }
    }
}

/// Both without common ends, of which one token each stays; `None` where the ends differ.
fn trim<'t>(one: &'t [Token], other: &'t [Token]) -> Option<(&'t [Token], &'t [Token])> {
    let plain = |token: &Token| token.flag == Flag::None;
    let mut start = 0;
    while let (Some(a), Some(b)) = (one.get(start), other.get(start)) {
        if !plain(a) || !plain(b) {
            break;
        }
        if !overlap(a, b) {
            return None;
        }
        start += 1;
    }
    start = start.saturating_sub(1);
    let (mut end, mut other_end) = (one.len(), other.len());
    while end > start && other_end > start && plain(&one[end - 1]) && plain(&other[other_end - 1]) {
        if !overlap(&one[end - 1], &other[other_end - 1]) {
            return None;
        }
        end -= 1;
        other_end -= 1;
    }
    if end < one.len() {
        end += 1;
        other_end += 1;
    }
    Some((&one[start..end], &other[start..other_end]))
}

struct Search {
    steps: u32,
    depth: u32,
}

impl Search {
    fn step(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return Err(Failure::Halt("the patterns are too complex".to_owned()));
        }
        Ok(())
    }

    fn normal(&mut self, one: &[Token], other: &[Token]) -> Result<bool, Failure> {
        self.depth += 1;
        let mut result = Ok(one.len() == other.len());
        for (index, (a, b)) in one.iter().zip(other).enumerate() {
            self.step()?;
            if a.flag != Flag::None || b.flag != Flag::None {
                result = self.special(&one[index..], &other[index..]);
                break;
            }
            if !overlap(a, b) {
                result = Ok(false);
                break;
            }
        }
        self.depth -= 1;
        result
    }

    fn special(&mut self, one: &[Token], other: &[Token]) -> Result<bool, Failure> {
        match (one[0].flag, other[0].flag) {
            (Flag::Plus, _) => self.plus(one, other),
            (Flag::Star, _) => self.star(one, other),
            (Flag::None, Flag::Plus) => self.plus(other, one),
            (Flag::None, _) => self.star(other, one),
        }
    }

    fn plus(&mut self, plussed: &[Token], other: &[Token]) -> Result<bool, Failure> {
        if !overlap(&plussed[0], &other[0]) {
            return Ok(false);
        }
        if self.star(plussed, &other[1..])? {
            return Ok(true);
        }
        Ok(other[0].flag != Flag::None && self.normal(&plussed[1..], other)?)
    }

    fn star(&mut self, starred: &[Token], other: &[Token]) -> Result<bool, Failure> {
        let after = starred.get(1);
        for (index, token) in other.iter().enumerate() {
            self.step()?;
            if after.is_some_and(|after| overlap(token, after)) && self.normal(&starred[1..], &other[index..])? {
                return Ok(true);
            }
            if !overlap(token, &starred[0]) {
                return Ok(false);
            }
        }
        Ok(after.is_none())
    }
}
