//! Credentials by their place: the flag of a command, the argument of a call, the user part of a driver's address, a line of `.pgpass`.

use super::detect::{Pass, Spot};
use super::file::Style;
use super::found::Class;
use super::judge::{self, CONNECTION, How};
use super::value::names_secret;

mod columns;
mod places;

pub(super) use places::PLACES;

/// Where the credential stands from what was hit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Behind one of these flags of a command; `true` where it may stand in the same word: `-pX`.
    Flag(&'static str, bool, bool),
    /// The argument of a call, counted from 0.
    Argument(usize, &'static str),
    /// `echo X | tool --password-stdin`
    Stdin,
    /// `user:X@tcp(host)` of Go's driver for MySQL.
    Driver,
    /// `IDENTIFIED BY 'X'`
    Quoted,
    /// The word of a command that is so many behind the mark, flags not counted.
    Word(usize),
    /// The last word of a command, if a flag has this letter: `htpasswd -b file user X`.
    Last(u8),
    /// A name and its value: `config set db.password X`.
    Pair,
    /// `user:X` as a word, between quotes or not.
    Login,
    /// `echo user:X | chpasswd`
    StdinLogin,
    /// `user/X@host` of Oracle.
    Oracle,
    /// `passwd -in pass:X`: what follows the mark, up to a blank.
    Rest,
    /// `send "X\r"` of an expect script, where a password was asked for.
    Sent,
    /// The private part of a JSON web key.
    Jwk,
    /// `INSERT INTO users (name, password) VALUES ('a', 'X')`
    Insert,
    /// What a template takes where nothing is given: `{{ .Values.password | default "X" }}`.
    Default,
}

/// Commands and calls are not longer.
const MAX: usize = 600;

impl Pass<'_> {
    /// What stands at a place that was hit at `at` and whose mark ends at `end`.
    pub(super) fn place(&mut self, place: Place, bytes: &[u8], at: usize, end: usize) {
        if !self.kind.generic || self.budget == 0 {
            return;
        }
        // some read far back and forth
        self.budget = self.budget.saturating_sub(if matches!(place, Place::Jwk | Place::Default) { 1_024 } else { 64 });
        let (value, name) = match place {
            Place::Flag(flag, glued, alone) if begins_word(bytes, at) => (flagged(bytes, end, flag, glued, alone), "password"),
            Place::Argument(nth, name) => (argument(bytes, end, nth), name),
            Place::Stdin => (echoed(bytes, at), "password"),
            Place::Driver => (driver(bytes, at), "password"),
            Place::Quoted => (quoted(bytes, end), "password"),
            Place::Word(nth) if begins_word(bytes, at) => (operand(bytes, end, nth), "password"),
            Place::Last(flag) if begins_word(bytes, at) => (last(bytes, end, flag), "password"),
            Place::Login => (login(bytes, end), "password"),
            Place::StdinLogin if self.kind.style == Style::Yaml && bytes.get(end) == Some(&b':') => {
                for value in logins_below(bytes, end) {
                    self.placed(bytes, value, "password", How::Setting, false);
                }
                return;
            }
            Place::StdinLogin => (echoed(bytes, at).and_then(|word| behind(bytes, word, b':')), "password"),
            Place::Sent => (sent(bytes, at, end), "password"),
            Place::Jwk => {
                if let Some((start, end)) = jwk(bytes, at) {
                    self.add(&JWK, Class::Provider, super::found::Checks::default(), Spot::new(start, end), &bytes[start..end]);
                }
                return;
            }
            Place::Insert => {
                self.insert(bytes, end);
                return;
            }
            Place::Oracle => (oracle(bytes, end), "password"),
            Place::Rest => (rest(bytes, end), "password"),
            Place::Pair => {
                if let Some((name, value)) = pair(bytes, at, end) {
                    let name = String::from_utf8_lossy(&bytes[name.0..name.1]).into_owned();
                    self.placed(bytes, value, &name, How::Setting, false);
                }
                return;
            }
            Place::Default => {
                if let Some((name, value)) = default(bytes, at, end) {
                    let name = String::from_utf8_lossy(&bytes[name.0..name.1]).into_owned();
                    // in a Secret's template the structure knows less
                    let reading = std::mem::replace(&mut self.reading_bytes, false);
                    self.placed(bytes, value, &name, How::Setting, false);
                    self.reading_bytes = reading;
                }
                return;
            }
            Place::Word(_) | Place::Last(_) => return,
            Place::Flag(..) => return,
        };
        let Some(value) = value else { return };
        let written = !matches!(place, Place::Argument(..) | Place::Quoted | Place::Driver);
        self.placed(bytes, value, name, if written { How::Setting } else { How::Code }, matches!(place, Place::Driver));
    }

    fn placed(&mut self, bytes: &[u8], (start, end): (usize, usize), name: &str, how: How, address: bool) {
        let Ok(text) = std::str::from_utf8(&bytes[start..end]) else { return };
        if text.contains('$') && text.trim_start_matches('$').bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'{') {
            return;
        }
        let Some(judged) = judge::judge(name, text, how, self.now) else { return };
        if judged.class == Class::Default && self.kind.style == Style::Code {
            return;
        }
        let detector = if address && judged.class == Class::Password { &CONNECTION } else { judged.detector };
        let (start, end) = (start + judged.start, start + judged.end);
        self.add(detector, judged.class, judged.checks, Spot::new(start, end), &bytes[start..end]);
    }
}

/// The words of a command from `from` on, with those that are flags.
fn words_of(bytes: &[u8], from: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let most = bytes.len().min(from + MAX);
    let mut at = from;
    std::iter::from_fn(move || if at < most { word(bytes, &mut at, most) } else { None })
        .take_while(|(start, end)| !matches!(&bytes[*start..*end], b"|" | b"||" | b"&&" | b";" | b">" | b"<"))
        .take(24)
}

fn operand(bytes: &[u8], from: usize, nth: usize) -> Option<(usize, usize)> {
    words_of(bytes, from).filter(|(start, _)| bytes[*start] != b'-').nth(nth)
}

fn last(bytes: &[u8], from: usize, flag: u8) -> Option<(usize, usize)> {
    let words: Vec<(usize, usize)> = words_of(bytes, from).collect();
    let flagged = words.iter().any(|(start, end)| {
        let text = &bytes[*start..*end];
        text[0] == b'-' && !text.starts_with(b"--") && text.contains(&flag)
    });
    let mut operands = words.iter().filter(|(start, _)| bytes[*start] != b'-');
    (flagged && operands.clone().count() >= 2).then(|| operands.next_back().copied()).flatten()
}

/// What stands behind the first `mark` of a word.
fn behind(bytes: &[u8], (start, end): (usize, usize), mark: u8) -> Option<(usize, usize)> {
    let at = bytes[start..end].iter().position(|b| *b == mark).filter(|at| *at > 0)?;
    (start + at + 1 < end).then_some((start + at + 1, end))
}

/// `user:X`, in a word or a text between quotes.
fn login(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let (start, end) = words_of(bytes, from).next()?;
    // the rest of a call: `"user:X")`
    let end = start + bytes[start..end].iter().position(|b| matches!(b, b'"' | b'\'' | b')')).unwrap_or(end - start);
    behind(bytes, (start, end), b':')
}

fn oracle(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let rest = &bytes[from..bytes.len().min(from + 120)];
    let length = rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'')).unwrap_or(rest.len());
    let at = rest[..length].iter().rposition(|b| *b == b'@')?;
    behind(bytes, (from, from + at), b'/')
}

fn rest(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let rest = &bytes[from..bytes.len().min(from + 120)];
    let length = rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b')')).unwrap_or(rest.len());
    (length > 0).then_some((from, from + length))
}

/// The passwords of the lines `user:X` below `chpasswd:` of cloud-init.
fn logins_below(bytes: &[u8], end: usize) -> Vec<(usize, usize)> {
    let most = bytes.len().min(end + MAX);
    let mut at = end;
    let mut found = Vec::new();
    for _ in 0..12 {
        let Some(length) = bytes[at..most].iter().position(|b| *b == b'\n') else { break };
        at += length + 1;
        let line = &bytes[at..at + bytes[at..most].iter().position(|b| *b == b'\n').unwrap_or(most - at)];
        if !line.starts_with(b" ") {
            break;
        }
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"- ").unwrap_or(text);
        let from = at + (text.as_ptr() as usize - line.as_ptr() as usize);
        if !text.contains(&b' ')
            && let Some(value) = behind(bytes, (from, from + text.len()), b':')
        {
            found.push(value);
        }
    }
    found
}

fn sent(bytes: &[u8], at: usize, end: usize) -> Option<(usize, usize)> {
    let close = literal(bytes, end - 1, b'"', bytes.len().min(end + 100))?;
    let text = &bytes[end..close];
    let value = text.strip_suffix(b"\\r").or_else(|| text.strip_suffix(b"\\n"))?;
    let before = bytes[at.saturating_sub(120)..at].to_ascii_lowercase();
    (memchr::memmem::find(&before, b"assword").is_some() && !value.contains(&b'$')).then_some((end, end + value.len()))
}

pub(super) static JWK: super::found::Detector = super::found::Detector {
    id: "private-jwk",
    provider: "",
    title: "private JSON web key",
    docs: "https://www.rfc-editor.org/rfc/rfc7517",
};

/// The private part of the JSON web key whose `"kty"` is at `at` (RFC 7518, section 6).
fn jwk(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    const NEAR: usize = 4_096;
    let from = at.saturating_sub(NEAR);
    let open = from + bytes[from..at].iter().rposition(|b| *b == b'{')?;
    let close = at + bytes[at..bytes.len().min(at + NEAR)].iter().position(|b| *b == b'}')?;
    let key = &bytes[open..close];
    let symmetric = memchr::memmem::find(key, b"\"oct\"").is_some();
    let name: &[u8] = if symmetric { b"\"k\"" } else { b"\"d\"" };
    let named = memchr::memmem::find(key, name)? + name.len();
    let gap = key[named..].iter().take(8).take_while(|b| matches!(b, b' ' | b':' | b'\t')).count();
    let start = open + named + gap + 1;
    if gap == 0 || bytes.get(start - 1) != Some(&b'"') {
        return None;
    }
    let length = bytes[start..close].iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    let value = &bytes[start..start + length];
    (length >= 20 && bytes.get(start + length) == Some(&b'"') && !super::made_up::token(value)).then_some((start, start + length))
}

type Range = (usize, usize);

/// `set NAME VALUE`
fn pair(bytes: &[u8], at: usize, end: usize) -> Option<(Range, Range)> {
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let mut words = words_of(bytes, end).filter(|(start, _)| bytes[*start] != b'-');
    let (name, value) = (words.next()?, words.next()?);
    let tail = words.next();
    // prose goes on
    let few = tail.is_none_or(|_| words.next().is_none());
    let own = std::str::from_utf8(&bytes[name.0..name.1]).ok()?;
    (few && names_secret(own)).then_some((name, value))
}

/// `{{ NAME | default "X" }}`, `{{ default "X" NAME }}`
fn default(bytes: &[u8], at: usize, end: usize) -> Option<(Range, Range)> {
    let from = at.saturating_sub(200);
    let head = &bytes[from..at];
    let open = memchr::memmem::rfind(head, b"{{")?;
    if head[open..].contains(&b'}') || head[open..].contains(&b'\n') {
        return None;
    }
    let quote = bytes[end - 1];
    let close = literal(bytes, end - 1, quote, bytes.len().min(end + 200))?;
    let tail = &bytes[close..bytes.len().min(close + 200)];
    let tail = &tail[..memchr::memmem::find(tail, b"}}")?];
    // the key that the action is the value of, and names within the action
    let line = from + head.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let named = |range: Range| {
        let mut start = range.0;
        let mut best = None;
        for piece in bytes[range.0..range.1].split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))) {
            let (left, right) = (start, start + piece.len());
            start = right + 1;
            let own = piece.rsplit(|b| *b == b'.').next().unwrap_or(piece);
            if std::str::from_utf8(own).is_ok_and(names_secret) {
                best = Some((right - own.len(), right));
            } else if left == right {
                continue;
            }
        }
        best
    };
    let name = named((from + open, at)).or_else(|| named((close, close + tail.len()))).or_else(|| named((line, from + open)))?;
    Some((name, (end, close)))
}

fn begins_word(bytes: &[u8], at: usize) -> bool {
    at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'_' | b'-' | b'.'))
}

/// The value of a flag of the command whose arguments start at `from`: up to the end of its line, lines that go on read with it.
fn flagged(bytes: &[u8], from: usize, flag: &str, glued: bool, alone: bool) -> Option<(usize, usize)> {
    let mut at = from;
    let mut next = false;
    let most = bytes.len().min(from + MAX);
    while at < most {
        let word = word(bytes, &mut at, most)?;
        let text = &bytes[word.0..word.1];
        if matches!(text, b"|" | b"||" | b"&&" | b";" | b">" | b"<" | b"--") {
            return None;
        }
        if next {
            return (!text.starts_with(b"-")).then_some(word);
        }
        let Some(rest) = text.strip_prefix(flag.as_bytes()) else { continue };
        if rest.is_empty() {
            if alone {
                next = true;
            }
        } else if glued && !rest.starts_with(b"ort=") && !rest.starts_with(b"rotocol=") {
            let inner = rest.strip_prefix(b"'").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
            return Some((word.1 - inner.len(), word.1));
        }
    }
    None
}

/// The next word of a command, without quotes; `None` at the end of the command.
fn word(bytes: &[u8], at: &mut usize, most: usize) -> Option<(usize, usize)> {
    loop {
        match bytes.get(*at).filter(|_| *at < most)? {
            b' ' | b'\t' | b',' => *at += 1,
            b'\\' if matches!(bytes.get(*at + 1), Some(b'\n' | b'\r')) => *at += 2,
            b'\n' | b'\r' => return None,
            _ => break,
        }
    }
    let start = *at;
    let mut quote = bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\''));
    let inner = start + usize::from(quote.is_some());
    let opened = quote.is_some();
    *at = inner;
    while *at < most {
        let b = bytes[*at];
        match quote {
            Some(open) if b == open => {
                let end = *at;
                *at += 1;
                return Some((inner, end));
            }
            Some(_) if b == b'\n' => return None,
            Some(_) => {}
            None if b.is_ascii_whitespace() => break,
            // quotes that open within a word: `-p'X'`
            None if matches!(b, b'"' | b'\'') && *at == inner + 2 && bytes[inner] == b'-' => quote = Some(b),
            // a quote that was opened before the command, the end of a substitution
            None if matches!(b, b'"' | b'\'' | b'`' | b')' | b';') => break,
            None => {}
        }
        *at += 1;
    }
    let end = *at;
    if bytes.get(end).is_some_and(|b| matches!(b, b'"' | b'\'' | b'`' | b')' | b';')) {
        *at = most;
    }
    (!opened && end > inner).then_some((inner, end))
}

/// The `nth` argument of a call, where it is a literal of one line.
fn argument(bytes: &[u8], from: usize, nth: usize) -> Option<(usize, usize)> {
    let most = bytes.len().min(from + MAX);
    let (mut at, mut count, mut depth) = (from, 0, 0_usize);
    loop {
        while at < most && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        if count == nth && depth == 0 {
            break;
        }
        match bytes.get(at).filter(|_| at < most)? {
            quote @ (b'"' | b'\'' | b'`') => at = literal(bytes, at, *quote, most)? + 1,
            b'(' | b'[' | b'{' => (at, depth) = (at + 1, depth + 1),
            b')' | b']' | b'}' if depth == 0 => return None,
            b')' | b']' | b'}' => (at, depth) = (at + 1, depth - 1),
            b',' if depth == 0 => (at, count) = (at + 1, count + 1),
            _ => at += 1,
        }
    }
    // what makes bytes of a text: `b"X"`, `[]byte("X")`, `Encoding.UTF8.GetBytes("X")`
    let wrapped = bytes[at..most]
        .iter()
        .take(48)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'[' | b']' | b'(' | b':' | b'&' | b' '))
        .count();
    let at = match bytes.get(at + wrapped) {
        Some(b'"' | b'\'' | b'`') if wrapped == 0 || matches!(bytes[at + wrapped - 1], b'(' | b'b' | b'&' | b'r') => at + wrapped,
        _ => return None,
    };
    let quote = *bytes.get(at).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let end = literal(bytes, at, quote, most)?;
    let behind = bytes[end + 1..].iter().find(|b| !b.is_ascii_whitespace()).unwrap_or(&b'\n');
    // a call without parentheses ends with its line
    let is_last = bytes[from - 1] == b':' && bytes[end + 1..].iter().find(|b| !matches!(b, b' ' | b'\t')).is_none_or(|b| *b == b'\n');
    (is_last || matches!(behind, b',' | b')' | b'.')).then_some((at + 1, end))
}

/// Where the literal ends that `quote` opens at `at`.
fn literal(bytes: &[u8], at: usize, quote: u8, most: usize) -> Option<usize> {
    let mut end = at + 1;
    while end < most {
        match bytes[end] {
            b'\\' => end += 1,
            b'\n' => return None,
            b if b == quote => return Some(end),
            _ => {}
        }
        end += 1;
    }
    None
}

/// What `echo` gives to the command on whose line `at` is.
fn echoed(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let line = bytes[..at].iter().rev().take(MAX).position(|b| *b == b'\n').map_or(at.saturating_sub(MAX), |back| at - back);
    let head = &bytes[line..at];
    let from = [&b"echo "[..], b"printf "].iter().filter_map(|tool| Some(memchr::memmem::rfind(head, tool)? + tool.len())).max()?;
    if !head[from..].contains(&b'|') {
        return None;
    }
    let mut next = line + from;
    loop {
        let found = word(bytes, &mut next, at)?;
        if !matches!(&bytes[found.0..found.1], b"-n" | b"-e" | b"%s" | b"%s\\n") {
            return Some(found);
        }
    }
}

/// The password before `@tcp(`.
fn driver(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let back = bytes[..at].iter().rev().take(200).take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'=')).count();
    let login = &bytes[at - back..at];
    let colon = login.iter().position(|b| *b == b':')?;
    (colon > 0 && !login.starts_with(b"//")).then_some((at - back + colon + 1, at))
}

fn quoted(bytes: &[u8], end: usize) -> Option<(usize, usize)> {
    let close = literal(bytes, end - 1, bytes[end - 1], bytes.len().min(end + 200))?;
    Some((end, close))
}
