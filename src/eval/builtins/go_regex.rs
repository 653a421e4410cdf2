//! Go's regular expressions in Rust's syntax.
//!
//! Both are RE2's language; they differ in classes (`\d` is ASCII in Go, `[a&&b]` no intersection), in what they refuse
//! (`a**`, counts over 1000), and in a few escapes. The pattern is read as Go reads it and written out plainly.

use std::fmt::Write as _;

/// A pattern that Go refuses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refused;

/// The pattern in Rust's syntax, and whether it tells word boundaries of ASCII letters in a way that Rust cannot
/// (`\B`): then it may be used on ASCII text only.
pub(super) fn translate(pattern: &str) -> Result<(String, bool), Refused> {
    let mut reader = Reader {
        text: pattern,
        at: 0,
        out: String::with_capacity(pattern.len() + 16),
        groups: vec![Group::default()],
        names: Vec::new(),
        ascii_only: false,
    };
    reader.run()?;
    Ok((reader.out, reader.ascii_only))
}

/// Groups nested deeper are refused, as in Go.
const MAX_DEPTH: usize = 1000;
/// The largest count, also multiplied through nested ones.
const MAX_COUNT: u32 = 1000;

/// What is known of the group that is being read.
#[derive(Default, Clone, Copy)]
struct Group {
    /// There is something that an operator could repeat.
    has_atom: bool,
    /// The last thing was a repetition.
    repeated: bool,
    /// The product of counts in the last atom, and the largest in the group.
    last: u32,
    largest: u32,
}

struct Reader<'p> {
    text: &'p str,
    at: usize,
    out: String,
    groups: Vec<Group>,
    names: Vec<String>,
    ascii_only: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Result<char, Refused> {
        let c = self.peek().ok_or(Refused)?;
        self.at += c.len_utf8();
        Ok(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn group(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn atom(&mut self, count: u32) {
        let group = self.group();
        group.largest = group.largest.max(group.last);
        *group = Group { has_atom: true, repeated: false, last: count, largest: group.largest };
    }

    fn literal(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.out.push_str(&regex::escape(c.encode_utf8(&mut buffer)));
        self.atom(1);
    }

    fn run(&mut self) -> Result<(), Refused> {
        while let Some(c) = self.peek() {
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    let group = self.group();
                    group.largest = group.largest.max(group.last);
                    group.has_atom = false;
                    group.repeated = false;
                }
                '^' | '$' | '.' => {
                    self.at += 1;
                    self.out.push(c);
                    self.atom(1);
                }
                '[' => {
                    let class = self.class()?;
                    self.out.push_str(&class);
                    self.atom(1);
                }
                '*' | '+' | '?' => {
                    self.at += 1;
                    self.repeat(&c.to_string(), 1)?;
                }
                '{' => match self.count() {
                    Some((text, count)) => {
                        if count > MAX_COUNT {
                            return Err(Refused);
                        }
                        self.repeat(&text, count.max(1))?;
                    }
                    None => {
                        self.at += 1;
                        self.literal('{');
                    }
                },
                '\\' => self.escape()?,
                c => {
                    self.at += c.len_utf8();
                    self.literal(c);
                }
            }
        }
        if self.groups.len() == 1 { Ok(()) } else { Err(Refused) }
    }

    fn repeat(&mut self, operator: &str, count: u32) -> Result<(), Refused> {
        let lazy = self.eat("?");
        let group = self.group();
        if !group.has_atom || group.repeated {
            return Err(Refused);
        }
        group.repeated = true;
        group.last = group.last.saturating_mul(count);
        if group.last > MAX_COUNT {
            return Err(Refused);
        }
        self.out.push_str(operator);
        if lazy {
            self.out.push('?');
        }
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}` and the larger number; anything else is literal text. A range the wrong way round is refused
    /// by the count.
    fn count(&mut self) -> Option<(String, u32)> {
        let rest = &self.rest()[1..];
        let close = rest.find('}')?;
        let inner = &rest[..close];
        let number = |text: &str| {
            let valid = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
            valid.then(|| text.parse().unwrap_or(u32::MAX))
        };
        let (low, high) = match inner.split_once(',') {
            Some((low, "")) => (number(low)?, None),
            Some((low, high)) => (number(low)?, Some(number(high)?)),
            None => (number(inner)?, None),
        };
        let text = format!("{{{inner}}}");
        self.at += 1 + close + 1;
        let largest = match high {
            Some(high) if high < low => u32::MAX,
            Some(high) => high,
            None => low,
        };
        Some((text, largest))
    }

    fn open(&mut self) -> Result<(), Refused> {
        if self.groups.len() > MAX_DEPTH {
            return Err(Refused);
        }
        self.at += 1;
        if !self.eat("?") {
            self.out.push('(');
            self.groups.push(Group::default());
            return Ok(());
        }
        if self.eat("P<") || self.rest().starts_with('<') && self.eat("<") {
            let end = self.rest().find('>').ok_or(Refused)?;
            let name = self.rest()[..end].to_owned();
            let valid = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
            if !valid || self.names.contains(&name) {
                return Err(Refused);
            }
            self.at += end + 1;
            // a digit may come first in Go; the name itself does not matter to matching
            let _ = write!(self.out, "(?P<g{}_{name}>", self.names.len());
            self.names.push(name);
            self.groups.push(Group::default());
            return Ok(());
        }
        // flags
        let mut flags = String::new();
        let (mut negative, mut any) = (false, false);
        loop {
            match self.next()? {
                c @ ('i' | 'm' | 's' | 'U') => {
                    flags.push(c);
                    any = true;
                }
                '-' if !negative => {
                    negative = true;
                    flags.push('-');
                    any = false;
                }
                end @ (':' | ')') => {
                    if negative && !any {
                        return Err(Refused);
                    }
                    let flags = distinct(&flags);
                    if end == ':' {
                        let _ = write!(self.out, "(?{flags}:");
                        self.groups.push(Group::default());
                    } else if !flags.is_empty() {
                        let _ = write!(self.out, "(?{flags})");
                    }
                    return Ok(());
                }
                _ => return Err(Refused),
            }
        }
    }

    fn close(&mut self) -> Result<(), Refused> {
        if self.groups.len() < 2 {
            return Err(Refused);
        }
        self.at += 1;
        self.out.push(')');
        let inner = self.groups.pop().unwrap_or_default();
        self.atom(inner.largest.max(inner.last).max(1));
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Refused> {
        let rest = &self.rest()[1..];
        let plain = |reader: &mut Self, text: &str| {
            reader.at += 2;
            reader.out.push_str(text);
            reader.atom(1);
        };
        match rest.chars().next().ok_or(Refused)? {
            'A' => plain(self, "\\A"),
            'z' => plain(self, "\\z"),
            'b' => plain(self, "(?-u:\\b)"),
            'B' => {
                self.ascii_only = true;
                plain(self, "\\B");
            }
            'Q' => {
                self.at += 2;
                let literal = self.rest();
                let (literal, skip) = match literal.find("\\E") {
                    Some(end) => (literal[..end].to_owned(), 2),
                    None => (literal.to_owned(), 0),
                };
                self.at += literal.len() + skip;
                for c in literal.chars() {
                    self.literal(c);
                }
            }
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P' => {
                let class = self.class_escape()?.ok_or(Refused)?;
                self.out.push_str(&class);
                self.atom(1);
            }
            _ => {
                let c = self.escaped_char()?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// `\d`, `\pL` and their like, as a class in brackets; `None` for other escapes.
    fn class_escape(&mut self) -> Result<Option<String>, Refused> {
        let mut chars = self.rest().chars();
        if chars.next() != Some('\\') {
            return Ok(None);
        }
        let Some(c) = chars.next() else { return Ok(None) };
        let negated = |class: &str, negative: bool| if negative { format!("[^{class}]") } else { format!("[{class}]") };
        let perl = match c.to_ascii_lowercase() {
            'd' => DIGITS,
            's' => "\\t\\n\\x0C\\r ",
            'w' => "0-9A-Za-z_",
            'p' => {
                self.at += 2;
                return self.unicode_class(c == 'P').map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 2;
        Ok(Some(negated(perl, c.is_ascii_uppercase())))
    }

    /// After `\p`: a letter or a name in braces.
    fn unicode_class(&mut self, negative: bool) -> Result<String, Refused> {
        let name = if self.eat("{") {
            let end = self.rest().find('}').ok_or(Refused)?;
            let name = self.rest()[..end].to_owned();
            self.at += end + 1;
            name
        } else {
            self.next()?.to_string()
        };
        let (name, flipped) = match name.strip_prefix('^') {
            Some(name) => (name.to_owned(), true),
            None => (name, false),
        };
        let class = if name == "Any" {
            "\\x{0}-\\x{10FFFF}".to_owned()
        } else if CATEGORIES.contains(&name.as_str()) {
            format!("\\p{{{name}}}")
        } else if name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') && name.len() > 2 {
            format!("\\p{{Script={name}}}")
        } else {
            return Err(Refused);
        };
        Ok(if negative == flipped { format!("[{class}]") } else { format!("[^{class}]") })
    }

    /// An escape that stands for one character.
    fn escaped_char(&mut self) -> Result<char, Refused> {
        self.at += 1;
        let c = self.next()?;
        Ok(match c {
            'a' => '\x07',
            'f' => '\x0c',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\x0b',
            // octal: a lone 1 to 7 would refer back to a group
            '1'..='7' if !self.peek().is_some_and(|c| ('0'..='7').contains(&c)) => return Err(Refused),
            '0'..='7' => {
                let mut code = c.to_digit(8).ok_or(Refused)?;
                for _ in 0..2 {
                    match self.peek().and_then(|c| c.to_digit(8)) {
                        Some(digit) => {
                            code = code * 8 + digit;
                            self.at += 1;
                        }
                        None => break,
                    }
                }
                char::from_u32(code).ok_or(Refused)?
            }
            'x' => {
                let digits = if self.eat("{") {
                    let end = self.rest().find('}').ok_or(Refused)?;
                    let digits = self.rest()[..end].to_owned();
                    self.at += end + 1;
                    digits
                } else {
                    let digits = self.rest().get(..2).ok_or(Refused)?.to_owned();
                    self.at += 2;
                    digits
                };
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(Refused);
                }
                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or(Refused)?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return Err(Refused),
        })
    }

    /// A class in brackets.
    fn class(&mut self) -> Result<String, Refused> {
        self.at += 1;
        let mut out = String::from("[");
        if self.eat("^") {
            out.push('^');
        }
        let mut first = true;
        loop {
            if self.rest().is_empty() {
                return Err(Refused);
            }
            if !first && self.eat("]") {
                out.push(']');
                return Ok(out);
            }
            first = false;
            if self.rest().starts_with("[:")
                && let Some(end) = self.rest()[2..].find(":]")
            {
                let name = &self.rest()[2..2 + end];
                let (name, negative) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
                let class = posix(name).ok_or(Refused)?;
                let _ = write!(out, "[{}{class}]", if negative { "^" } else { "" });
                self.at += 2 + end + 2;
                continue;
            }
            if let Some(class) = self.class_escape()? {
                out.push_str(&class);
                continue;
            }
            let low = self.class_char()?;
            let range = self.rest().starts_with('-') && self.rest().len() >= 2 && !self.rest()[1..].starts_with(']');
            let high = if range {
                self.at += 1;
                self.class_char()?
            } else {
                low
            };
            if high < low {
                return Err(Refused);
            }
            let _ = write!(out, "\\x{{{:X}}}-\\x{{{:X}}}", u32::from(low), u32::from(high));
        }
    }

    fn class_char(&mut self) -> Result<char, Refused> {
        if self.peek() == Some('\\') { self.escaped_char() } else { self.next() }
    }
}

const DIGITS: &str = "0-9";

/// Each flag once: Go takes repeated ones.
fn distinct(flags: &str) -> String {
    let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
    let once = |text: &str| {
        let mut out = String::new();
        for c in text.chars() {
            if !out.contains(c) {
                out.push(c);
            }
        }
        out
    };
    let (on, off) = (once(on), once(off));
    // what is turned on and off again is off
    let on: String = on.chars().filter(|c| !off.contains(*c)).collect();
    if off.is_empty() { on } else { format!("{on}-{off}") }
}

const CATEGORIES: [&str; 38] = [
    "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "LC", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => "\\x00-\\x7F",
        "blank" => "\\t ",
        "cntrl" => "\\x00-\\x1F\\x7F",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => "!-/:-@\\[-`\\{-~",
        "space" => "\\t\\n\\x0B\\x0C\\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => return None,
    })
}
