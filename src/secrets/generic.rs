//! What is a credential by its name or place, and by no one's format.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::assign::{self, Written};
use super::detect::{Pass, Spot};
use super::file::Style;
use super::found::{Check, Class};
use super::judge::{self, CONNECTION, How, Judged, REGISTRY};
use super::{connection, context, defaults, detect, name, shape};

/// What a word of a method's name says that it does not take the credential that it is about.
const READERS: [&str; 43] = [
    "get",
    "find",
    "fetch",
    "read",
    "load",
    "is",
    "has",
    "hash",
    "validate",
    "verify",
    "check",
    "compare",
    "test",
    "parse",
    "resolve",
    "generate",
    "delete",
    "remove",
    "encrypt",
    "decrypt",
    "lookup",
    "match",
    "matches",
    "contains",
    "new",
    "update",
    "t",
    "translate",
    "describe",
    "log",
    "equals",
    "split",
    "replace",
    "strip",
    "trim",
    "starts",
    "startswith",
    "ends",
    "endswith",
    "join",
    "concat",
    "includes",
    "substring",
];

impl Pass<'_> {
    /// A word that names credentials, at `at`.
    pub(super) fn word(&mut self, bytes: &[u8], at: usize) {
        let Some(name) = assign::identifier(bytes, at) else { return };
        self.named = name.1;
        if !self.kind.generic || self.budget == 0 {
            return;
        }
        self.family(bytes, name);
        let Some(found) = assign::read(bytes, name, self.kind.style) else { return };
        let range = found.name;
        self.budget = self.budget.saturating_sub(found.value.1 - found.name.0);
        let (Ok(name), Ok(text)) =
            (std::str::from_utf8(&bytes[found.name.0..found.name.1]), std::str::from_utf8(&bytes[found.value.0..found.value.1]))
        else {
            return;
        };
        if bytes.get(found.name.1) == Some(&b'(') && is_reader(name) || is_described(bytes, found.name.0) {
            return;
        }
        let spot = |judged: &Judged| Spot { start: found.value.0 + judged.start, end: found.value.0 + judged.end, key: Some(found.name) };
        if let Some((login, judged)) = self.login(name, text) {
            let value = login.get(judged.start..judged.end).unwrap_or("");
            let spot = Spot { start: found.value.0, end: found.value.1, key: Some(found.name) };
            let checks = if login.as_str() == text { judged.checks } else { judged.checks.with(Check::Encoded) };
            self.add(judged.detector, judged.class, checks, spot, value.as_bytes());
            return;
        }
        // texts that are shown: `<string name="label_password">`
        if is_shown(name) {
            return;
        }
        let how = match (found.how, self.kind.style) {
            (Written::Listed, _) => How::Setting,
            (Written::Quoted, Style::Code) => How::Code,
            (_, Style::Data) if self.is_json() => How::Text,
            (_, Style::Code) => How::Code,
            _ => How::Setting,
        };
        let judged = judge::judge(name, text, how, self.now).or_else(|| context::weak(bytes, range, found.value.0, text));
        let Some(judged) = judged else { return };
        if self.kind.locale && judged.class > Class::Random || self.is_noise(name, text, judged, found.how) {
            return;
        }
        // what a line of settings that is not in force would set
        if judged.class == Class::Default && is_commented(bytes, found.name.0) {
            return;
        }
        // the bytes are judged as a token with what stands around them
        let web = judged.detector.id == "google-api-key" || text.starts_with("AIza") && judged.class == Class::Random;
        if web && detect::is_web_key(bytes, found.value.0) {
            return;
        }
        let (class, checks) = if judged.class == Class::Random && is_search_key(bytes, found.value.0, name) {
            (Class::Public, judged.checks.with(Check::Publishable))
        } else {
            (judged.class, judged.checks)
        };
        let detector = if found.how == Written::Listed && judged.class == Class::Password { &CONNECTION } else { judged.detector };
        self.add(detector, class, checks, spot(&judged), &bytes[spot(&judged).start..spot(&judged).end]);
    }

    /// Whether the file writes JSON.
    fn is_json(&self) -> bool {
        self.path.rsplit('.').next().is_some_and(|extension| extension.to_ascii_lowercase().contains("json"))
    }

    /// Whether the file is the pipeline of a CI service.
    fn is_pipeline(&self) -> bool {
        const MARKS: [&str; 10] = [
            ".github/workflows/",
            ".github/actions/",
            ".gitlab-ci",
            ".circleci/",
            ".buildkite/",
            ".woodpecker",
            "azure-pipelines",
            "bitbucket-pipelines",
            ".travis.yml",
            ".drone.yml",
        ];
        MARKS.iter().any(|mark| self.path.contains(mark))
    }

    /// Whether a finding is none for what else its name says.
    fn is_noise(&self, name: &str, text: &str, judged: Judged, how: Written) -> bool {
        judged.class >= Class::Password && (text.eq_ignore_ascii_case(name) || shape::is_encoding(text))
            || judged.class == Class::Default && self.kind.style == Style::Code
            // of a database that lives as long as a job
            || judged.class == Class::Default && self.is_pipeline()
            // the passcode of a call that everyone is invited to
            || how == Written::Listed && name::is_password(name) && shape::is_uuid(text)
            || judged.class == Class::Default && self.kind.style == Style::Xml && text.starts_with(|c: char| c.is_ascii_uppercase())
    }

    /// `"auth": "dXNlcjpwYXNz"`: the login of a registry.
    fn login(&self, name: &str, text: &str) -> Option<(Zeroizing<String>, Judged)> {
        if let Some(login) = plain_login(name, text, self.now) {
            return Some(login);
        }
        let key = name.trim_start_matches('_');
        if !(key.eq_ignore_ascii_case("auth") || key.ends_with("_auth") || key.ends_with(".auth")) {
            return None;
        }
        basic(text, self.now)
    }

    /// The password in a URL whose `://` is at `at`.
    pub(super) fn url(&mut self, bytes: &[u8], at: usize) {
        let Some((start, end)) = connection::url(bytes, Some(at)) else { return };
        let Ok(text) = std::str::from_utf8(&bytes[start..end]) else { return };
        let Some(judged) = connection::judge_in_url(bytes, at, (start, end), text, self.now) else { return };
        if self.kind.locale && judged.class > Class::Random {
            return;
        }
        let (start, end) = (start + judged.start, start + judged.end);
        self.add(judged.detector, judged.class, judged.checks, Spot::new(start, end), &bytes[start..end]);
    }

    /// What stands behind `Bearer ` or `Basic `.
    pub(super) fn scheme(&mut self, bytes: &[u8], at: usize, end: usize) {
        if !self.kind.generic || at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_') {
            return;
        }
        let rest = &bytes[end..bytes.len().min(end + 1_024)];
        let length =
            rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~')).count();
        let Ok(text) = std::str::from_utf8(&rest[..length]) else { return };
        if length < 8 {
            return;
        }
        if bytes[at..].first().is_some_and(|b| b.eq_ignore_ascii_case(&b'b')) && bytes[at + 1].eq_ignore_ascii_case(&b'a') {
            if let Some((login, judged)) = basic(text, self.now) {
                let value = login.get(judged.start..judged.end).unwrap_or("");
                self.add(judged.detector, judged.class, judged.checks.with(Check::Encoded), Spot::new(end, end + length), value.as_bytes());
            }
            return;
        }
        if let Some(judged) = judge::judge("bearer_token", text, How::Code, self.now).filter(|judged| judged.class <= Class::Random) {
            self.add(
                judged.detector,
                judged.class,
                judged.checks,
                Spot::new(end + judged.start, end + judged.end),
                &text.as_bytes()[judged.start..judged.end],
            );
        }
    }

    /// `curl -u user:password`
    pub(super) fn curl(&mut self, bytes: &[u8], end: usize) {
        if !self.kind.generic {
            return;
        }
        let rest = &bytes[end..bytes.len().min(end + 300)];
        let line = &rest[..rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())];
        for flag in [&b"-u "[..], b"--user ", b"--user=", b"-u\", \"", b"-u', '", b"-u\",\""] {
            let Some(at) = memchr::memmem::find(line, flag) else { continue };
            if at > 0 && !matches!(line[at - 1], b' ' | b'"' | b'\'') {
                continue;
            }
            let from = at + flag.len();
            let from = from + line[from..].iter().take_while(|b| matches!(b, b' ' | b'"' | b'\'' | b'\\')).count();
            let length =
                line[from..].iter().position(|b| matches!(b, b' ' | b'"' | b'\'' | b'\\' | b'|' | b'`')).unwrap_or(line.len() - from);
            let Ok(text) = std::str::from_utf8(&line[from..from + length]) else { return };
            let Some((user, password)) = text.split_once(':') else { return };
            // `user:password` names its parts
            let names_itself = matches!(user, "user" | "username" | "login") && matches!(password, "password" | "passwd" | "pass" | "pw");
            if names_itself || user.contains(['$', '<', '{']) {
                return;
            }
            if let Some(judged) = judge::judge("password", password, How::Code, self.now) {
                let start = end + from + user.len() + 1;
                let spot = Spot::new(start + judged.start, start + judged.end);
                self.add(judged.detector, judged.class, judged.checks, spot, &password.as_bytes()[judged.start..judged.end]);
            }
            return;
        }
    }
}

/// Whether the line of `at` is a comment.
fn is_commented(bytes: &[u8], at: usize) -> bool {
    let length = bytes[..at].iter().rev().take(400).take_while(|b| **b != b'\n').count();
    let head = bytes[at - length..at].trim_ascii_start();
    [&b"#"[..], b";", b"//", b"-- ", b"<!--"].iter().any(|mark| head.starts_with(mark))
}

/// Whether a key is that of a documentation's search box, which the page shows to everyone.
fn is_search_key(bytes: &[u8], at: usize, name: &str) -> bool {
    let window = bytes[at.saturating_sub(300)..bytes.len().min(at + 300)].to_ascii_lowercase();
    let has = |mark: &[u8]| memchr::memmem::find(&window, mark).is_some();
    super::value::words(name).iter().any(|word| word == "api" || word == "apikey")
        && (has(b"algolia") || has(b"docsearch"))
        && has(b"index")
}

/// Whether what stands before a name says that its value is shown or computed: `checksum/secret`, `lang['password']`.
fn is_described(bytes: &[u8], at: usize) -> bool {
    const MARKS: [&[u8]; 9] = [b"checksum/", b"sha256/", b"lang[", b"label", b"i18n", b"trans[", b"msg[", b"messages[", b"hash/"];
    let before = bytes[at.saturating_sub(16)..at].to_ascii_lowercase();
    MARKS.iter().any(|mark| memchr::memmem::find(&before, mark).is_some())
}

fn is_reader(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    super::value::words(last).first().is_some_and(|first| READERS.contains(&first.as_str()))
}

/// `user:password` in base 64; the range is of the decoded text.
fn basic(text: &str, now: i64) -> Option<(Zeroizing<String>, Judged)> {
    if !(8..=1_024).contains(&text.len()) {
        return None;
    }
    let decoded = Zeroizing::new(BASE64.decode(text.as_bytes()).ok()?);
    let login = Zeroizing::new(std::str::from_utf8(&decoded).ok()?.to_owned());
    let (user, password) = login.split_once(':')?;
    if user.is_empty() || !login.chars().all(|c| c.is_ascii_graphic()) || password.len() < 3 {
        return None;
    }
    let at = user.len() + 1;
    let judged = judge::judge("password", password, How::Secret, now)?;
    let known = defaults::is_known(password) || matches!(user, "user" | "username" | "foo" | "test");
    if known && shape::is_label(password) || password.starts_with("pass") && password.len() < 10 {
        return None;
    }
    let class = if known { Class::Default } else { judged.class };
    let detector = if judged.class == Class::Provider { judged.detector } else { &REGISTRY };
    let judged = Judged { detector, class, start: judged.start + at, end: judged.end + at, ..judged };
    debug_assert!(name::is_password("password"));
    Some((login, judged))
}

/// Whether a name is that of a text which is shown to people.
fn is_shown(name: &str) -> bool {
    const SHOWN: [&str; 12] =
        ["label", "lbl", "title", "hint", "error", "msg", "message", "text", "txt", "placeholder", "prompt", "tooltip"];
    super::value::words(name).first().is_some_and(|first| SHOWN.contains(&first.as_str()))
}

/// `user:password` under a name that says that it is a login: `cloud.auth`, `npmAuthIdent`, `basic.auth.user.info`.
fn plain_login(name: &str, text: &str, now: i64) -> Option<(Zeroizing<String>, Judged)> {
    let own = super::value::words(name);
    let last = own.last()?.as_str();
    let says = own.iter().any(|word| word == "auth") && matches!(last, "auth" | "info" | "ident" | "user" | "login" | "basic")
        || matches!(last, "userinfo" | "userpwd" | "userpass");
    let (user, password) = text.split_once(':').filter(|_| says)?;
    let plain = user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'+'));
    if user.is_empty() || user.len() > 60 || !plain || password.len() < 6 || password.contains([':', '/', ' ']) {
        return None;
    }
    let judged = judge::judge("password", password, How::Setting, now).filter(|judged| judged.class <= Class::Password)?;
    let at = user.len() + 1;
    let judged = Judged { start: judged.start + at, end: judged.end + at, ..judged };
    Some((Zeroizing::new(text.to_owned()), judged))
}
