//! One pass over the bytes of a file.

use super::digest::Salt;
use super::file::Kind;
use super::found::{Check, Checks, Class, Detector, Found, Secret};
use super::prefilter::{Hit, prefilter};
use super::random;
use super::tokens;
use super::{defaults, jwt, made_up, pem};
use crate::text::Span;

/// Scans windows of one file and gathers what they hold.
pub(super) struct Pass<'p> {
    salt: &'p Salt,
    pub(super) now: i64,
    pub(super) kind: Kind,
    pub(super) path: &'p str,
    pub(super) base: usize,
    /// Where the last long finding ends: nothing else starts in it.
    past: usize,
    /// Where the last name ends that was looked at.
    pub(super) named: usize,
    /// How many bytes of values may still be read: texts made of nothing but names are given up at some point.
    pub(super) budget: usize,
    owned: Vec<(usize, usize)>,
    /// Whether the bytes are read, not the structure.
    pub(super) reading_bytes: bool,
    found: Vec<Found>,
}

/// Where a value is, in bytes of the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) key: Option<(usize, usize)>,
}

impl Spot {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start, end, key: None }
    }
}

impl<'p> Pass<'p> {
    pub(super) fn new(salt: &'p Salt, now: i64, kind: Kind, path: &'p str) -> Self {
        Self { salt, now, kind, path, base: 0, past: 0, named: 0, budget: 0, owned: Vec::new(), reading_bytes: false, found: Vec::new() }
    }

    /// Reads a window that starts at `base` of the file.
    pub(super) fn read(&mut self, bytes: &[u8], base: usize) {
        self.base = base;
        (self.past, self.named, self.budget) = (0, 0, 4 * bytes.len() + (1 << 16));
        self.reading_bytes = false;
        self.structure(bytes);
        self.reading_bytes = true;
        self.lines_of_file(bytes);
        let prefilter = prefilter(bytes.len());
        // no web token starts before this
        let mut web = 0;
        for hit in prefilter.automaton.find_overlapping_iter(bytes) {
            let at = hit.start();
            match prefilter.hits[hit.pattern().as_usize()] {
                Hit::Tokens(from, to) => {
                    for rule in &prefilter.rules[from..to] {
                        if let Some(found) = tokens::matches(rule, bytes, at) {
                            self.token(rule, bytes, found);
                        }
                    }
                }
                Hit::Jwt if at >= self.past.max(web) => match jwt::find(bytes, at, self.now) {
                    Some(token) => {
                        self.past = token.end;
                        let spot = Spot::new(token.start, token.end);
                        self.add(token.detector, token.class, token.checks, spot, &bytes[token.start..token.end]);
                    }
                    None => web = jwt::behind(bytes, at),
                },
                Hit::Word if at >= self.named => self.word(bytes, at),
                Hit::Url if at >= self.past => self.url(bytes, at),
                Hit::Scheme if at >= self.past => self.scheme(bytes, at, hit.end()),
                Hit::Curl => self.curl(bytes, hit.end()),
                Hit::Place(place) if at >= self.past => self.place(place, bytes, at, hit.end()),
                Hit::CodedPem if at >= self.past => self.coded_key(bytes, at),
                Hit::Pem if at >= self.past => {
                    if bytes[at..].starts_with(b"-----BEGIN%20") || bytes[at..].starts_with(b"-----BEGIN+") {
                        self.percent_key(bytes, at);
                    } else {
                        self.key(pem::find_at(bytes, at), bytes);
                    }
                }
                Hit::Putty if at >= self.past => self.key(pem::putty(bytes, at), bytes),
                _ => {}
            }
        }
    }

    /// A private key in base 64 once more: `client-key-data` of a kubeconfig, `tls.key`.
    fn coded_key(&mut self, bytes: &[u8], at: usize) {
        let rest = &bytes[at..bytes.len().min(at + (64 << 10))];
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).count();
        self.past = at + length;
        let whole = rest[..length].trim_ascii_end();
        let whole = &whole[..whole.len() / 4 * 4];
        let Ok(decoded) = data_encoding::BASE64.decode(whole).map(zeroize::Zeroizing::new) else { return };
        if let Some(key) = pem::find(&decoded, 0) {
            let spot = Spot::new(at, at + length);
            self.add(key.detector, key.class, key.checks.with(Check::Encoded), spot, &decoded[key.start..key.end]);
        }
    }

    /// A private key as it stands in the query of a URL or in a form.
    fn percent_key(&mut self, bytes: &[u8], at: usize) {
        let rest = &bytes[at..bytes.len().min(at + (64 << 10))];
        let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'%' | b'+' | b'-' | b'/' | b'=' | b'_' | b'.' | b'~');
        let length = rest.iter().take_while(|b| is_plain(b)).count();
        let mut decoded = zeroize::Zeroizing::new(Vec::with_capacity(length));
        let mut next = 0;
        while next < length {
            let hex = rest.get(next + 1..next + 3).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            match (rest[next], hex) {
                (b'%', Some(byte)) => {
                    decoded.push(byte);
                    next += 3;
                }
                (b'+', _) if rest.starts_with(b"-----BEGIN+") => {
                    decoded.push(b' ');
                    next += 1;
                }
                (byte, _) => {
                    decoded.push(byte);
                    next += 1;
                }
            }
        }
        self.past = at + length;
        if let Some(key) = pem::find_at(&decoded, 0) {
            self.add(key.detector, key.class, key.checks.with(Check::Encoded), Spot::new(at, at + length), &decoded[key.start..key.end]);
        }
    }

    /// Notes a part of a document of which only its structure tells what is secret.
    pub(super) fn own(&mut self, span: Span) {
        self.owned.push((self.base + span.start as usize, self.base + span.end as usize));
    }

    fn key(&mut self, key: Option<pem::Key>, bytes: &[u8]) {
        if let Some(key) = key {
            self.past = key.end;
            self.add(key.detector, key.class, key.checks, Spot::new(key.start, key.end), &bytes[key.start..key.end]);
        }
    }

    fn token(&mut self, rule: &'static tokens::Rule, bytes: &[u8], found: tokens::Match) {
        let body = &bytes[found.body..found.end];
        if !found.checks.has(Check::Checksum) && made_up::token(body) {
            return;
        }
        let public = rule.detector.id == "google-api-key" && is_web_key(bytes, found.start);
        let (class, checks) = if public { (Class::Public, found.checks.with(Check::Publishable)) } else { (found.class, found.checks) };
        self.add(&rule.detector, class, checks, Spot::new(found.start, found.end), &bytes[found.start..found.end]);
    }

    /// Notes a finding; `value` is the value, decoded where it is encoded.
    pub(super) fn add(&mut self, detector: &'static Detector, class: Class, checks: Checks, spot: Spot, value: &[u8]) {
        let span = |start: usize, end: usize| {
            let at = |at: usize| u32::try_from(self.base + at).unwrap_or(u32::MAX);
            Span::new(at(start), at(end))
        };
        let secret = secret(self.salt, detector, class, checks, value);
        let (from, to) = (self.base + spot.start, self.base + spot.end);
        let generic = class != Class::Provider && self.reading_bytes;
        if generic && self.owned.iter().any(|(start, end)| *start <= from && to <= *end) {
            return;
        }
        self.found.push(Found { at: span(spot.start, spot.end), key: spot.key.map(|(start, end)| span(start, end)), secret });
    }

    /// The findings in text order; of those that overlap, the one that says more.
    pub(super) fn finish(mut self) -> Vec<Found> {
        self.found.sort_by_key(|found| (found.secret.class, found.at.start, std::cmp::Reverse(found.at.end)));
        let mut kept: Vec<Found> = Vec::with_capacity(self.found.len());
        let mut taken = std::collections::BTreeMap::new();
        for found in self.found {
            let before = taken.range(..found.at.end.max(1)).next_back();
            if before.is_none_or(|(_, end)| *end <= found.at.start) {
                taken.insert(found.at.start, found.at.end);
                kept.push(found);
            }
        }
        kept.sort_by_key(|found| found.at);
        kept
    }
}

/// Whether a key of Google stands among the settings of Firebase for browsers and phones, which everyone may know.
pub(super) fn is_web_key(bytes: &[u8], at: usize) -> bool {
    let near = bytes[at.saturating_sub(80)..at].to_ascii_lowercase();
    if memchr::memmem::find(&near, b"firebase").is_some() {
        return true;
    }
    let window = &bytes[at.saturating_sub(600)..bytes.len().min(at + 600)];
    let marks: [&[u8]; 6] = [b"authDomain", b"messagingSenderId", b"firebaseapp.com", b"current_key", b"GOOGLE_APP_ID", b"storageBucket"];
    marks.iter().any(|mark| memchr::memmem::find(window, mark).is_some())
}

/// A value's traits.
pub(super) fn secret(salt: &Salt, detector: &'static Detector, class: Class, checks: Checks, value: &[u8]) -> Secret {
    let length = std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count());
    let documented = matches!(class, Class::Provider | Class::Random | Class::Password) && defaults::is_documented(value);
    let (class, checks) = if documented { (Class::Public, checks.with(Check::Documented)) } else { (class, checks) };
    // between 0 and 800
    let entropy = (random::entropy(value) * 100.0) as u16;
    Secret { detector, class, checks, length: u32::try_from(length).unwrap_or(u32::MAX), entropy, digest: salt.digest(value) }
}
