//! Names that say little alone: what holds them says the rest. `"jwt": {"key": v}`, `api_keys = { billing = v }`.

use super::detect::{Pass, Spot};
use super::file::Style;
use super::found::Class;
use super::judge::{self, How, Judged};
use super::value::{is_about, names_secret, words};
use super::{made_up, shape};

/// Holders of keys: `jwt.key`, `encryption: {key: v}`.
const HOLDERS: [&str; 23] = [
    "jwt",
    "hmac",
    "signing",
    "sign",
    "signer",
    "encryption",
    "encrypt",
    "crypt",
    "crypto",
    "api",
    "cipher",
    "aes",
    "session",
    "sessions",
    "cookie",
    "cookies",
    "auth",
    "authentication",
    "secret",
    "secrets",
    "token",
    "tokens",
    "replica",
];

/// Words that end a name under which a random value is a secret, and nothing else is.
const WEAK: [&str; 8] = ["auth", "bearer", "jwt", "cookie", "authorization", "unseal", "encrypt", "pepper"];

/// Most entries of a map of credentials that are read.
const ENTRIES: usize = 60;

/// What `text` is under a name that is a credential's only where the value is random.
pub(super) fn weak(bytes: &[u8], range: (usize, usize), value: usize, text: &str) -> Option<Judged> {
    const ENDS: [&[u8]; 10] = [b"key", b"auth", b"bearer", b"jwt", b"cookie", b"ization", b"unseal", b"encrypt", b"pepper", b"salt"];
    let written = &bytes[range.0..range.1];
    let ends = |end: &[u8]| written.len() >= end.len() && written[written.len() - end.len()..].eq_ignore_ascii_case(end);
    if text.len() < 15 || !(ENDS.iter().any(|end| ends(end)) || written.eq_ignore_ascii_case(b"inline_bytes")) {
        return None;
    }
    let name = std::str::from_utf8(written).ok()?;
    let own = words(name);
    let last = own.last()?;
    let known = WEAK.contains(&last.as_str())
        || last == "key"
            && (is_held(bytes, range, value) || own.iter().any(|word| matches!(word.as_str(), "primary" | "secondary" | "cosmos")))
        || name.eq_ignore_ascii_case("inline_bytes")
        || is_salt_of_sessions(name);
    // neither a pattern nor a template
    let is_plain = !text.contains(['(', '[', '{', '<', '*', '\\', '^', '|']);
    (known && is_plain && is_drawn(text)).then(|| Judged::whole(&judge::RANDOM, Class::Random, text))
}

/// Whether a value was drawn at random, and is neither a hash nor an address.
fn is_drawn(text: &str) -> bool {
    let trimmed = text.trim();
    !trimmed.contains(char::is_whitespace)
        && super::value::verdict(trimmed) == super::value::Verdict::Value
        && !shape::is_call_or_format(trimmed)
        && !shape::is_no_literal(trimmed)
        && !shape::is_hash(trimmed)
        && !shape::is_place(trimmed)
        && judge::is_random(trimmed)
        && !is_coded_text(trimmed)
}

/// Whether a value is a text in base 64, and no random one.
fn is_coded_text(text: &str) -> bool {
    let decoded = data_encoding::BASE64.decode(text.as_bytes()).map(zeroize::Zeroizing::new);
    decoded.is_ok_and(|decoded| {
        let readable = decoded.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
        readable && std::str::from_utf8(&decoded).is_ok_and(|text| !judge::is_random(text.trim()))
    })
}

/// The salts and keys of WordPress, which sign its cookies.
fn is_salt_of_sessions(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let Some(stem) = upper.strip_suffix("_SALT").or_else(|| upper.strip_suffix("_KEY")) else { return false };
    ["SIGNING", "ENCRYPTION", "HASH", "AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"]
        .iter()
        .any(|known| stem == *known || stem.strip_prefix("WP_") == Some(known))
}

/// Whether what holds `key` is about signing or encryption, or the value is made into bytes where it stands.
fn is_held(bytes: &[u8], range: (usize, usize), value: usize) -> bool {
    let made = &bytes[value.saturating_sub(12)..value];
    if memchr::memmem::find(made, b"byte(").is_some() || made.ends_with(b"GetBytes(\"") || made.ends_with(b"b\"") || made.ends_with(b"b'") {
        return true;
    }
    let own = std::str::from_utf8(&bytes[range.0..range.1]).unwrap_or("");
    // `sort_key` in a map of sessions is none
    if words(own).len() > 1 && !words(own).iter().any(|word| HOLDERS.contains(&word.as_str())) {
        return false;
    }
    let holder = holder(bytes, range.0).and_then(|(start, end)| std::str::from_utf8(&bytes[start..end]).ok()).unwrap_or("");
    words(holder).into_iter().chain(words(own)).any(|word| HOLDERS.contains(&word.as_str()))
}

/// The name of the map that the name at `at` stands in.
fn holder(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = at.saturating_sub(600);
    let head = &bytes[from..at];
    // within braces
    let (mut depth, mut next) = (0_usize, head.len());
    let line = head.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let indent = head[line..].iter().take_while(|b| matches!(b, b' ' | b'"' | b'\'' | b'-')).count();
    while next > 0 {
        next -= 1;
        match head[next] {
            b'}' => depth += 1,
            b'{' if depth == 0 => return name_before(bytes, from + next),
            b'{' => depth -= 1,
            // a map of PHP: `'crypt' => ['key' => v]`
            b'[' if depth == 0 && head[..next].trim_ascii_end().ends_with(b"=>") => {
                return name_before(bytes, from + head[..next].trim_ascii_end().len());
            }
            // a section: `[jwt]`
            b']' if depth == 0 && head[..next].iter().rev().take_while(|b| **b != b'\n').all(|b| *b != b'=' && *b != b':') => {
                let open = head[..next].iter().rposition(|b| *b == b'[')?;
                return (head[..open].last().is_none_or(|b| *b == b'\n')).then_some((from + open + 1, from + next));
            }
            b'\n' if depth == 0 => {
                // a line of YAML with less before it
                let start = head[..next].iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
                let text = &head[start..next];
                let less = text.iter().take_while(|b| matches!(b, b' ' | b'-')).count() < indent;
                if less && text.trim_ascii_end().ends_with(b":") && !text.trim_ascii_start().starts_with(b"#") {
                    return name_before(bytes, from + next);
                }
            }
            _ => {}
        }
    }
    None
}

/// The name that ends before `at`, an operator and quotes between them.
fn name_before(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let head = &bytes[at.saturating_sub(100)..at];
    let skipped = head.iter().rev().take_while(|b| matches!(b, b' ' | b':' | b'=' | b'"' | b'\'' | b'>' | b'\r')).count();
    let end = at - skipped;
    let length = bytes[..end].iter().rev().take(80).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
    (length > 0).then_some((end - length, end))
}

impl Pass<'_> {
    /// The entries of a map or list that is named for the credentials in it; `name` ends before its operator.
    pub(super) fn family(&mut self, bytes: &[u8], name: (usize, usize)) {
        let written = &bytes[name.0..name.1];
        let plural = matches!(written.last(), Some(b's' | b'S'))
            || written.len() >= 6 && written[written.len() - 6..].eq_ignore_ascii_case(b"bearer");
        let Some(text) = std::str::from_utf8(written).ok().filter(|_| plural) else { return };
        let own = words(text);
        let Some(last) = own.last() else { return };
        let keys = last == "keys" && own.len() > 1 && names_secret(text.strip_suffix('s').unwrap_or(text));
        // `cookieSession({ keys: […] })`
        let before = bytes[name.0.saturating_sub(48)..name.0].to_ascii_lowercase();
        let signs = last == "keys"
            && own.len() == 1
            && [&b"session("[..], b"cookie"].iter().any(|mark| memchr::memmem::find(&before, mark).is_some());
        if !(keys || signs || matches!(last.as_str(), "tokens" | "secrets" | "passwords" | "apikeys" | "credentials" | "bearer")) {
            return;
        }
        let most = bytes.len().min(name.1 + 4_096);
        let mut at = name.1;
        while at < most && matches!(bytes[at], b'"' | b'\'' | b' ' | b':' | b'=' | b'>') {
            at += 1;
        }
        match bytes.get(at).filter(|_| at < most && at > name.1) {
            Some(b'{' | b'[') => {
                self.budget = self.budget.saturating_sub(256);
                self.entries(bytes, at + 1, most, last == "passwords");
            }
            Some(b'\n' | b'\r') if self.kind.style == Style::Yaml => {
                self.budget = self.budget.saturating_sub(256);
                self.lines_below(bytes, name.0, at, most, last == "passwords");
            }
            _ => {}
        }
    }

    /// Values between quotes, up to the end of the innermost bracket.
    fn entries(&mut self, bytes: &[u8], from: usize, most: usize, passwords: bool) {
        let (mut at, mut count) = (from, 0);
        let mut key = (from, from);
        while at < most && count < ENTRIES {
            match bytes[at] {
                b'}' | b']' | b'{' | b'[' | b'(' => return,
                quote @ (b'"' | b'\'' | b'`') => {
                    let Some(length) = bytes[at + 1..most].iter().position(|b| *b == quote || *b == b'\n') else { return };
                    let (start, end) = (at + 1, at + 1 + length);
                    at = end + 1;
                    let next = bytes[at.min(most)..most].iter().find(|b| !b.is_ascii_whitespace());
                    if matches!(next, Some(b':')) || bytes[at.min(most)..most].trim_ascii_start().starts_with(b"=>") {
                        key = (start, end);
                    } else {
                        self.member(bytes, key, (start, end), passwords);
                        count += 1;
                        key = (at, at);
                    }
                }
                b'=' => {
                    key = name_before(bytes, at).unwrap_or((at, at));
                    at += 1;
                }
                b':' => {
                    if key.0 == key.1 {
                        key = name_before(bytes, at).unwrap_or((at, at));
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// `name: value` and `- value` in the lines that are indented below.
    fn lines_below(&mut self, bytes: &[u8], name: usize, from: usize, most: usize, passwords: bool) {
        let own = bytes[..name].iter().rev().take(120).take_while(|b| matches!(b, b' ' | b'-' | b'"' | b'\'')).count();
        // the last word of a text is no key of a map
        if bytes[..name - own].last().is_some_and(|b| *b != b'\n') {
            return;
        }
        let mut next = from;
        for _ in 0..ENTRIES {
            let Some(end) = bytes[next..most].iter().position(|b| *b == b'\n') else { return };
            next += end + 1;
            let line = &bytes[next..next + bytes[next..most].iter().position(|b| *b == b'\n').unwrap_or(most - next)];
            let indent = line.iter().take_while(|b| **b == b' ').count();
            let text = line[indent..].trim_ascii_end();
            if text.is_empty() || text[0] == b'#' {
                continue;
            }
            if indent < own || indent == own && !text.starts_with(b"- ") {
                return;
            }
            let item = text.strip_prefix(b"- ").unwrap_or(text);
            let colon = memchr::memmem::find(item, b": ");
            let start = next + indent + text.len() - item.len();
            let key = colon.map_or((start, start), |colon| (start, start + colon));
            let value = &item[colon.map_or(0, |colon| colon + 2)..];
            let left = value.iter().take_while(|b| matches!(b, b' ' | b'"' | b'\'')).count();
            let right = value[left..].iter().rev().take_while(|b| matches!(b, b' ' | b'"' | b'\'')).count();
            let begin = start + item.len() - value.len() + left;
            self.member(bytes, key, (begin, begin + value.len() - left - right), passwords);
        }
    }

    fn member(&mut self, bytes: &[u8], key: (usize, usize), value: (usize, usize), passwords: bool) {
        let (Ok(name), Ok(text)) = (std::str::from_utf8(&bytes[key.0..key.1]), std::str::from_utf8(&bytes[value.0..value.1])) else {
            return;
        };
        // names of credentials are looked at themselves
        if is_about(name) || names_secret(name) || super::name::is_about_hashes(name) || made_up::token(text.as_bytes()) {
            return;
        }
        if !(passwords || is_drawn(text) || shape::is_uuid(text) && key.0 < key.1) {
            return;
        }
        let judged = judge::judge(if passwords { "password" } else { "token" }, text, How::Code, self.now);
        if let Some(judged) = judged.filter(|judged| judged.class == Class::Random || passwords && judged.class == Class::Password) {
            let spot = Spot { start: value.0 + judged.start, end: value.0 + judged.end, key: (key.0 < key.1).then_some(key) };
            self.add(judged.detector, judged.class, judged.checks, spot, &bytes[spot.start..spot.end]);
        }
    }
}
