//! What stands for an assignment by its place on the line: the variables of commands inside of other texts, the directives of servers.

use crate::secrets::file::Style;

/// Whether `NAME=` at `name` sets a variable of a shell or of a process in a text of another language: in a heredoc, in the list of an
/// environment, behind the flag of a command.
pub(super) fn is_variable(bytes: &[u8], name: (usize, usize), value: usize, style: Style) -> bool {
    let from = name.0.saturating_sub(24);
    let before = &bytes[from..name.0];
    const FLAGS: [&[u8]; 6] = [b"--set ", b"--set-string ", b"--from-literal=", b"--from-literal ", b"-var ", b"--var "];
    let bare = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    if FLAGS.iter().any(|flag| bare.ends_with(flag)) {
        return true;
    }
    let own = &bytes[name.0..name.1];
    if own.len() < 3 || !own.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_') {
        return false;
    }
    const WORDS: [&[u8]; 8] = [b"export ", b"-e ", b"--env ", b"--env=", b"--build-arg ", b"--build-arg=", b"ENV ", b"env "];
    if WORDS.iter().any(|word| bare.ends_with(word)) {
        return true;
    }
    // an item of a list: `"DB_PASSWORD=v"`
    if before.len() > bare.len() && bare.last().is_none_or(|b| matches!(b, b' ' | b'[' | b'{' | b'(' | b',' | b'\n' | b'\t')) {
        return true;
    }
    // a line of a script; what could be an identifier is one
    let line = before.iter().rev().take_while(|b| **b != b'\n');
    let begins = line.clone().all(|b| matches!(b, b' ' | b'\t')) && (from == 0 || line.count() < before.len());
    let text = &bytes[value..bytes.len().min(value + 200)];
    let text = &text[..text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len())];
    begins
        && (style == Style::Data
            || text.iter().any(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'(' | b')' | b',' | b'[' | b']'))))
}

/// Commands whose words are no settings.
const TALK: [&[u8]; 22] = [
    b"echo", b"printf", b"print", b"grep", b"egrep", b"sed", b"awk", b"if", b"elif", b"while", b"test", b"die", b"warn", b"log", b"info",
    b"error", b"fail", b"cat", b"case", b"msg", b"return", b"assert",
];

/// The words before `at` on its line, where they are few and plain.
fn head(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = bytes[..at].iter().rev().take(80).position(|b| *b == b'\n').unwrap_or(at.min(80));
    let head = bytes[at - length..at].trim_ascii();
    let words = head.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let plain = head.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'.'));
    let talk = head.split(|b| *b == b' ').next().is_some_and(|first| TALK.contains(&first));
    (length < 80 && plain && !talk && words.count() <= 3).then_some(head)
}

/// `proxy_set_header X-Api-Key "v";`, `storePassword "v"`: a directive with its value between quotes at its end.
pub(super) fn is_directive(bytes: &[u8], name: (usize, usize), at: usize, style: Style) -> bool {
    if bytes[..name.0].ends_with(b"#define ") {
        return true;
    }
    let Some(head) = head(bytes, name.0) else { return false };
    if style == Style::Code && !head.is_empty() {
        return false;
    }
    let quote = bytes[at];
    let line = &bytes[at + 1..bytes.len().min(at + 400)];
    let line = &line[..line.iter().position(|b| *b == b'\n').unwrap_or(line.len())];
    let Some(close) = line.iter().position(|b| *b == quote) else { return false };
    let rest = line[close + 1..].trim_ascii();
    let rest = rest.strip_prefix(b"always").unwrap_or(rest);
    rest.is_empty() || matches!(rest, b";" | b"," | b"}" | b"};" | b" }") || rest.starts_with(b"#") || rest.starts_with(b"//")
}

/// `insecure-password v`: a password's directive with one word behind it that is more than letters.
pub(super) fn is_plain_directive(bytes: &[u8], name: (usize, usize), at: usize) -> bool {
    if head(bytes, name.0).is_none() || bytes[name.0..name.1].iter().any(u8::is_ascii_uppercase) {
        return false;
    }
    let line = &bytes[at..bytes.len().min(at + 200)];
    let line = line[..line.iter().position(|b| *b == b'\n').unwrap_or(line.len())].trim_ascii();
    let line = line.strip_suffix(b";").unwrap_or(line);
    // neither a further assignment nor a path, a call or the like: `local token status=0`
    let is_word = line.iter().all(|b| b.is_ascii_graphic() && !b"=/\\(){}[]<>$|;&*,`\"'".contains(b));
    line.len() >= 6 && is_word && line.iter().any(u8::is_ascii_digit) && line[0].is_ascii_alphanumeric()
}

/// `password v` alone on a line of a text within a document.
pub(super) fn is_password_directive(bytes: &[u8], name: (usize, usize), at: usize) -> bool {
    matches!(&bytes[name.0..name.1], b"password" | b"passwd" | b"requirepass" | b"masterauth")
        && head(bytes, name.0).is_some_and(<[u8]>::is_empty)
        && is_last_word(bytes, at)
        && is_plain_directive(bytes, name, at)
}

/// Whether the line before `at` is the beginning of a statement about users: `ALTER ROLE app WITH`, and no sentence.
pub(super) fn is_statement(bytes: &[u8], at: usize) -> bool {
    let length = bytes[..at].iter().rev().take(200).take_while(|b| **b != b'\n').count();
    let head = bytes[at - length..at].to_ascii_lowercase();
    let words = [&b"alter "[..], b"create ", b"with ", b"set ", b"identified ", b"encrypted ", b"login "];
    head.trim_ascii().is_empty() || words.iter().any(|word| memchr::memmem::find(&head, word).is_some())
}

/// Whether `:` makes a name a keyword of its own: ` :password`.
pub(super) fn is_keyword(bytes: &[u8], name: (usize, usize)) -> bool {
    let Some(head) = bytes[..name.0].strip_suffix(b":") else { return false };
    head.last().is_none_or(|b| matches!(b, b' ' | b'\n' | b'\t' | b'{' | b'(' | b'['))
}

/// `ENV KEY value` of a Dockerfile, `requirepass value` of Redis, `password value` of `.netrc`.
pub(super) fn is_spaced_setting(bytes: &[u8], name: (usize, usize)) -> bool {
    let line = bytes[..name.0].iter().rev().take(120).position(|b| *b == b'\n').unwrap_or(name.0.min(120));
    let head = bytes[name.0 - line..name.0].trim_ascii();
    let own = &bytes[name.0..name.1];
    head.eq_ignore_ascii_case(b"ENV")
        || head.is_empty()
            && is_last_word(bytes, name.1)
            && matches!(own, b"requirepass" | b"masterauth" | b"password" | b"passwd" | b"bindpw" | b"rootpw")
        || own == b"password"
            && (head.starts_with(b"machine ") || head.starts_with(b"login ") || memchr::memmem::find(head, b" login ").is_some())
}

/// Whether one word and no more stands behind `at` on its line.
fn is_last_word(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at..bytes.len().min(at + 200)];
    let line = rest[..rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())].trim_ascii();
    !line.iter().any(u8::is_ascii_whitespace) || line.starts_with(b"\"") || line.starts_with(b"'")
}

/// Whether a name stands in a connection string or the query of a URL.
pub(super) fn is_listed(bytes: &[u8], name: (usize, usize), value: usize) -> bool {
    let Some(before) = name.0.checked_sub(1).map(|at| bytes[at]) else { return false };
    if matches!(before, b';' | b'&' | b'?') {
        return true;
    }
    if !matches!(before, b' ' | b'"' | b'\'' | b',') {
        return false;
    }
    const BESIDE: [&[u8]; 11] = [
        b"host=",
        b"server=",
        b"data source=",
        b"user=",
        b"uid=",
        b"user id=",
        b"dbname=",
        b"database=",
        b"port=",
        b"abortconnect=",
        b",ssl=",
    ];
    let from = bytes[..name.0].iter().rev().take(160).position(|b| *b == b'\n').map_or(name.0.saturating_sub(160), |back| name.0 - back);
    let to = bytes[value..].iter().take(160).position(|b| *b == b'\n').map_or((value + 160).min(bytes.len()), |length| value + length);
    let window = bytes[from..to].to_ascii_lowercase();
    BESIDE.iter().any(|word| memchr::memmem::find(&window, word).is_some())
}
