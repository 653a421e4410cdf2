//! Tokens in the formats of those who issue them: a literal that the automaton finds, and what stands before and after it.
//!
//! Lengths and alphabets are those that the providers document or that their secret scanning partners publish; each rule names
//! where. A rule has no regular expression: runs of one alphabet are taken whole, so a longer run is another thing.

mod chat;
mod cloud;
mod code;
pub(super) mod named;
mod saas;

use super::checksum;
use super::found::{Check, Checks, Class, Detector};

/// Which bytes a run is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Set {
    Digit,
    /// `0-9a-f`
    Hex,
    /// `0-9a-fA-F`
    AnyHex,
    /// `A-Z2-7`
    Base32,
    /// `0-9A-Z`
    Upper,
    /// `0-9a-z`
    Lower,
    /// `0-9A-Za-z`
    Alnum,
    /// `0-9A-Za-z_`
    Word,
    /// `0-9A-Za-z_-`
    Url,
    /// `0-9A-Za-z_-.`
    Dotted,
    /// `0-9A-Za-z+/`
    Base64,
    /// `0-9A-Za-z+/=`
    Padded,
    /// `0-9A-Za-z_-=`
    UrlPadded,
    /// `=`
    Pad,
    /// `0-9a-f-`
    Uuid,
    /// Bech32 in upper case
    Bech32,
    /// `0-9A-Za-z_~.-`
    Tilde,
    /// `0-9A-Za-z%+/`: base 64 with percent signs
    Percent,
}

impl Set {
    pub(super) fn has(self, b: u8) -> bool {
        match self {
            Self::Digit => b.is_ascii_digit(),
            Self::Hex => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
            Self::AnyHex => b.is_ascii_hexdigit(),
            Self::Base32 => matches!(b, b'A'..=b'Z' | b'2'..=b'7'),
            Self::Upper => matches!(b, b'0'..=b'9' | b'A'..=b'Z'),
            Self::Lower => matches!(b, b'0'..=b'9' | b'a'..=b'z'),
            Self::Alnum => b.is_ascii_alphanumeric(),
            Self::Word => b.is_ascii_alphanumeric() || b == b'_',
            Self::Url => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'),
            Self::Dotted => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'),
            Self::Padded => b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='),
            Self::Base64 => b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'),
            Self::UrlPadded => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'='),
            Self::Pad => b == b'=',
            Self::Uuid => matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'),
            Self::Bech32 => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".contains(&b),
            Self::Tilde => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'~' | b'.' | b'-'),
            Self::Percent => b.is_ascii_alphanumeric() || matches!(b, b'%' | b'+' | b'/'),
        }
    }
}

/// A part of a token behind its literal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// So many bytes of a set, taken greedily; with a maximum, more of them are no match.
    Run(Set, usize, usize),
    /// Exactly so many, whatever follows.
    Take(Set, usize),
    Text(&'static str),
    /// One of these, or nothing.
    Maybe(&'static str),
}

/// What else has to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Proof {
    /// The last six characters are the CRC-32 of those after the prefix, in base 62 (GitHub, npm).
    Crc62,
    /// Nothing further.
    None,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) detector: Detector,
    /// What the automaton looks for; compared exactly afterwards.
    pub(super) literal: &'static str,
    /// What stands directly before it and belongs to the token.
    pub(super) before: Option<(Set, usize, usize)>,
    pub(super) parts: &'static [Part],
    pub(super) class: Class,
    pub(super) checks: Option<Check>,
    pub(super) proof: Proof,
    /// A word that has to stand within a few hundred bytes before, in any case: for formats that say little.
    pub(super) near: &'static [&'static str],
}

impl Rule {
    const fn new(
        id: &'static str,
        provider: &'static str,
        title: &'static str,
        docs: &'static str,
        literal: &'static str,
        parts: &'static [Part],
    ) -> Self {
        let detector = Detector { id, provider, title, docs };
        Self { detector, literal, before: None, parts, class: Class::Provider, checks: None, proof: Proof::None, near: &[] }
    }

    const fn crc(self) -> Self {
        Self { proof: Proof::Crc62, ..self }
    }

    const fn test(self) -> Self {
        Self { checks: Some(Check::Test), ..self }
    }

    const fn publishable(self) -> Self {
        Self { checks: Some(Check::Publishable), class: Class::Public, ..self }
    }

    const fn after(self, set: Set, least: usize, most: usize) -> Self {
        Self { before: Some((set, least, most)), ..self }
    }

    const fn near(self, near: &'static [&'static str]) -> Self {
        Self { near, ..self }
    }
}

/// All rules, in the order in which they are tried.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    code::RULES.iter().chain(cloud::RULES).chain(chat::RULES).chain(saas::RULES)
}

/// A token: where it is, and what the rule says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the part that nobody can guess begins.
    pub(super) body: usize,
    pub(super) class: Class,
    pub(super) checks: Checks,
}

/// How far a word that has to be near may stand before a token.
const NEAR: usize = 160;

/// The token of `rule` whose literal starts at `at`.
pub(super) fn matches(rule: &Rule, bytes: &[u8], at: usize) -> Option<Match> {
    let rest = bytes[at..].strip_prefix(rule.literal.as_bytes())?;
    let mut start = at;
    if let Some((set, least, most)) = rule.before {
        let count = bytes[..at].iter().rev().take(most + 1).take_while(|b| set.has(**b)).count();
        if count < least || count > most {
            return None;
        }
        start = at - count;
    }
    // a token starts a word; `_` and `-` may join it to a name only where the literal does not begin a longer one
    if start > 0 && (bytes[start - 1].is_ascii_alphanumeric() && !escape_before(bytes, start)) {
        return None;
    }
    let mut end = bytes.len() - rest.len();
    let mut last = None;
    for part in rule.parts {
        let rest = &bytes[end..];
        match *part {
            Part::Run(set, least, most) => {
                let count = rest.iter().take(most + 1).take_while(|b| set.has(**b)).count();
                if count < least || count > most {
                    return None;
                }
                end += count;
                last = Some(set);
            }
            Part::Take(set, count) => {
                if rest.len() < count || !rest[..count].iter().all(|b| set.has(*b)) {
                    return None;
                }
                end += count;
                last = None;
            }
            Part::Text(text) => {
                rest.strip_prefix(text.as_bytes())?;
                end += text.len();
                last = None;
            }
            Part::Maybe(text) => {
                if rest.starts_with(text.as_bytes()) {
                    end += text.len();
                }
            }
        }
    }
    // a word goes on
    if last != Some(Set::Pad) && bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        return None;
    }
    if !rule.near.is_empty() {
        let window = &bytes[start.saturating_sub(NEAR)..start];
        if !rule.near.iter().any(|word| contains_word(window, word.as_bytes())) {
            return None;
        }
    }
    let mut checks = rule.checks.map(Checks::from).unwrap_or_default();
    let body = if rule.before.is_some() { start } else { at + rule.literal.len() };
    if rule.proof == Proof::Crc62 && checksum::crc62(&bytes[body..end]) {
        checks = checks.with(Check::Checksum);
    }
    Some(Match { start, end, body, class: rule.class, checks })
}

/// Whether the letter before `at` belongs to an escape: `\n`, `\t`, `%3D`.
fn escape_before(bytes: &[u8], at: usize) -> bool {
    let two = at >= 2 && bytes[at - 2] == b'\\' && matches!(bytes[at - 1], b'n' | b't' | b'r');
    let three = at >= 3 && bytes[at - 3] == b'%' && bytes[at - 2].is_ascii_hexdigit() && bytes[at - 1].is_ascii_hexdigit();
    two || three
}

/// Whether `word` (in lower case) stands in `bytes` in any case.
pub(super) fn contains_word(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}
