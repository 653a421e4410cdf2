//! One automaton over all literals and keywords: what it does not hit is never looked at.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::command::{PLACES, Place};
use super::tokens::{self, Rule};

/// What was hit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hit {
    /// The literal of rules, `RULES[from..to]`.
    Tokens(usize, usize),
    /// A word that names credentials.
    Word,
    /// `://`
    Url,
    /// `-----BEGIN`
    Pem,
    /// `-----BEGIN ` in base 64
    CodedPem,
    /// `PuTTY-User-Key-File-`
    Putty,
    /// `eyJ`
    Jwt,
    /// `Bearer `, `Basic `
    Scheme,
    /// `curl `
    Curl,
    /// A command or a call of which one argument is a credential.
    Place(Place),
}

/// Parts of the names of credentials.
const WORDS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "dsn",
    "pw",
    "psk",
    "bearer",
    "jwt",
    // gossip keys; alone the word stands in most policies
    "encrypt\"",
    "encrypt'",
    "encrypt:",
    "encrypt=",
    "encrypt =",
    "cookie",
    "_salt",
    "pepper",
    "inline_bytes",
    // in other languages: motdepasse and Passwort have one of the above
    "senha",
    "contrase",
    "kennwort",
    "wachtwoord",
];

/// Literals shorter than this are no hits; such rules are tried on values under a credential's name only.
const LEAST: usize = 3;

fn says_enough(rule: &Rule) -> bool {
    rule.literal.len() >= LEAST || rule.literal.contains('~')
}

pub(super) struct Prefilter {
    pub(super) automaton: AhoCorasick,
    pub(super) hits: Vec<Hit>,
    /// Those with a literal that is long enough, by literal.
    pub(super) rules: Vec<&'static Rule>,
}

/// So many bytes are read before it pays to build the automaton that is quickest to run: that takes as long as reading them.
const FEW: usize = 256 << 10;

static FOR_FEW: LazyLock<Prefilter> = LazyLock::new(|| Prefilter::new(AhoCorasickKind::NoncontiguousNFA));
static FOR_MANY: OnceLock<Prefilter> = OnceLock::new();

/// The automaton for so many bytes more; whichever it is, the hits are the same.
pub(super) fn prefilter(len: usize) -> &'static Prefilter {
    static READ: AtomicUsize = AtomicUsize::new(0);
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if let Some(many) = FOR_MANY.get() {
        return many;
    }
    let read = READ.fetch_add(len, Ordering::Relaxed).saturating_add(len);
    // one thread builds it, while the others go on with what they have
    if read > FEW && !BEGUN.swap(true, Ordering::Relaxed) {
        return FOR_MANY.get_or_init(|| Prefilter::new(AhoCorasickKind::DFA));
    }
    &FOR_FEW
}

/// Rules whose literal says too little to look for.
pub(super) static SHORT: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| tokens::rules().filter(|rule| !says_enough(rule)).collect());

impl Prefilter {
    fn new(kind: AhoCorasickKind) -> Self {
        let mut rules: Vec<&'static Rule> = tokens::rules().filter(|rule| says_enough(rule)).collect();
        rules.sort_by_key(|rule| rule.literal);
        let mut patterns: Vec<&str> = Vec::new();
        let mut hits = Vec::new();
        let mut from = 0;
        for same in rules.chunk_by(|a, b| a.literal == b.literal) {
            patterns.push(same[0].literal);
            hits.push(Hit::Tokens(from, from + same.len()));
            from += same.len();
        }
        for &word in WORDS {
            patterns.push(word);
            hits.push(Hit::Word);
        }
        let others = [
            ("://", Hit::Url),
            ("-----BEGIN", Hit::Pem),
            ("LS0tLS1CRUdJTi", Hit::CodedPem),
            ("PuTTY-User-Key-File-", Hit::Putty),
            ("eyJ", Hit::Jwt),
            ("Bearer ", Hit::Scheme),
            ("Basic ", Hit::Scheme),
            ("authorization: token ", Hit::Scheme),
            ("authorization: apikey ", Hit::Scheme),
            ("authorization: geniekey ", Hit::Scheme),
            ("`token ", Hit::Scheme),
            ("'token ", Hit::Scheme),
            ("\"token ", Hit::Scheme),
            ("curl ", Hit::Curl),
            ("curl\"", Hit::Curl),
            ("curl'", Hit::Curl),
        ];
        for (pattern, hit) in others {
            patterns.push(pattern);
            hits.push(hit);
        }
        for (pattern, place) in PLACES {
            patterns.push(pattern);
            hits.push(Hit::Place(*place));
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(kind))
            .build(patterns)
            .expect("a few hundred short patterns");
        Self { automaton, hits, rules }
    }
}
