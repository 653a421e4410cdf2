//! Credentials by their place: the flag of a command, the argument of a call, the user part of a driver's address, a line of `.pgpass`.

use super::detect::{Pass, Spot};
use super::file::Style;
use super::found::Class;
use super::judge::{self, CONNECTION, How};

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
}

/// What is looked for. A flag's second mark says whether it may stand in a word of its own.
pub(super) const PLACES: &[(&str, Place)] = &[
    ("mysql ", Place::Flag("-p", true, false)),
    ("mysqldump ", Place::Flag("-p", true, false)),
    ("mysqladmin ", Place::Flag("-p", true, false)),
    ("mysqlimport ", Place::Flag("-p", true, false)),
    ("mariadb ", Place::Flag("-p", true, false)),
    ("mariadb-dump ", Place::Flag("-p", true, false)),
    ("sshpass ", Place::Flag("-p", true, true)),
    ("redis-cli ", Place::Flag("-a", false, true)),
    ("docker login ", Place::Flag("-p", false, true)),
    ("podman login ", Place::Flag("-p", false, true)),
    ("nerdctl login ", Place::Flag("-p", false, true)),
    ("buildah login ", Place::Flag("-p", false, true)),
    ("crane auth login ", Place::Flag("-p", false, true)),
    ("helm registry login ", Place::Flag("-p", false, true)),
    ("az login ", Place::Flag("-p", false, true)),
    ("oc login ", Place::Flag("-p", false, true)),
    ("ldapsearch ", Place::Flag("-w", false, true)),
    ("ldapadd ", Place::Flag("-w", false, true)),
    ("ldapmodify ", Place::Flag("-w", false, true)),
    ("mongo ", Place::Flag("-p", false, true)),
    ("mongosh ", Place::Flag("-p", false, true)),
    ("mongodump ", Place::Flag("-p", false, true)),
    ("mongorestore ", Place::Flag("-p", false, true)),
    ("sqlcmd ", Place::Flag("-P", true, true)),
    ("--password-stdin", Place::Stdin),
    ("auth=(", Place::Argument(1, "password")),
    ("BasicAuth(", Place::Argument(1, "password")),
    ("basic_auth(", Place::Argument(1, "password")),
    ("NetworkCredential(", Place::Argument(1, "password")),
    ("UsernamePasswordCredentials(", Place::Argument(1, "password")),
    ("PasswordAuthentication(", Place::Argument(1, "password")),
    ("BasicCredentials(", Place::Argument(1, "password")),
    ("PlainAuth(", Place::Argument(2, "password")),
    ("getConnection(", Place::Argument(2, "password")),
    ("new PDO(", Place::Argument(2, "password")),
    ("new mysqli(", Place::Argument(2, "password")),
    ("mysqli_connect(", Place::Argument(2, "password")),
    ("bearer_auth(", Place::Argument(0, "token")),
    ("bearerAuth(", Place::Argument(0, "token")),
    ("@tcp(", Place::Driver),
    ("@unix(", Place::Driver),
    ("identified by '", Place::Quoted),
    ("identified by \"", Place::Quoted),
];

/// Commands and calls are not longer.
const MAX: usize = 600;

impl Pass<'_> {
    /// What stands at a place that was hit at `at` and whose mark ends at `end`.
    pub(super) fn place(&mut self, place: Place, bytes: &[u8], at: usize, end: usize) {
        if !self.kind.generic {
            return;
        }
        let (value, name) = match place {
            Place::Flag(flag, glued, alone) if begins_word(bytes, at) => (flagged(bytes, end, flag, glued, alone), "password"),
            Place::Argument(nth, name) => (argument(bytes, end, nth), name),
            Place::Stdin => (echoed(bytes, at), "password"),
            Place::Driver => (driver(bytes, at), "password"),
            Place::Quoted => (quoted(bytes, end), "password"),
            Place::Flag(..) => return,
        };
        let Some(value) = value else { return };
        let written = matches!(place, Place::Flag(..) | Place::Stdin);
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

    /// The last field of the lines of `.pgpass`, and passwords of `.netrc` below their machine.
    pub(super) fn lines_of_file(&mut self, bytes: &[u8]) {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or("").to_ascii_lowercase();
        if !matches!(name.as_str(), ".pgpass" | "pgpass" | "pgpass.conf") {
            return;
        }
        let mut from = 0;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let start = from;
            from += line.len();
            let line = line.trim_ascii_end();
            if line.first().is_none_or(|b| *b == b'#') {
                continue;
            }
            let colons: Vec<usize> =
                (0..line.len()).filter(|at| line[*at] == b':' && at.checked_sub(1).is_none_or(|before| line[before] != b'\\')).collect();
            if let Some(last) = colons.get(3) {
                self.placed(bytes, (start + last + 1, start + line.len()), "password", How::Setting, false);
            }
        }
    }
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
            b' ' | b'\t' => *at += 1,
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
    let quote = *bytes.get(at).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let end = literal(bytes, at, quote, most)?;
    let behind = bytes[end + 1..].iter().find(|b| !b.is_ascii_whitespace())?;
    matches!(behind, b',' | b')' | b'.').then_some((at + 1, end))
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
