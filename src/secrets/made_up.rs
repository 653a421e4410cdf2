//! Values that say themselves that they are none.

/// Whether the body of a token is no random one: a run, a sequence, words for those who read it.
pub(super) fn token(body: &[u8]) -> bool {
    if body.len() < 8 {
        return false;
    }
    let mut seen = [false; 256];
    body.iter().for_each(|b| seen[usize::from(*b)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let hex = body.iter().all(u8::is_ascii_hexdigit);
    let least = if hex {
        5
    } else if body.len() < 20 {
        6
    } else {
        8
    };
    // as AWS writes its examples
    memchr::memmem::find(body, b"EXAMPLE").is_some()
        || distinct < least
        || longest_run(body) >= if hex { 7 } else { 5 }
        || longest_sequence(body) >= if hex { 8 } else { 6 }
        || has_stop_word(body)
}

/// The longest run of one character.
pub(super) fn longest_run(body: &[u8]) -> usize {
    longest(body, |a, b| a == b)
}

/// The longest run of neighbours: `12345`, `abcde`, and downwards.
pub(super) fn longest_sequence(body: &[u8]) -> usize {
    let up = longest(body, |a, b| a.is_ascii_alphanumeric() && (b == a.wrapping_add(1) || a == b'9' && b == b'0'));
    up.max(longest(body, |a, b| a.is_ascii_alphanumeric() && b == a.wrapping_sub(1)))
}

fn longest(body: &[u8], joined: impl Fn(u8, u8) -> bool) -> usize {
    let mut best = 1;
    let mut run = 1;
    for pair in body.windows(2) {
        run = if joined(pair[0], pair[1]) { run + 1 } else { 1 };
        best = best.max(run);
    }
    best
}

const STOP: [&str; 24] = [
    "example",
    "changeme",
    "placeholder",
    "redacted",
    "dummy",
    "fake",
    "sample",
    "insert",
    "replace",
    "your",
    "xxxx",
    "todo",
    "fixme",
    "invalid",
    "notreal",
    "notatoken",
    "notasecret",
    "test",
    "foobar",
    "deadbeef",
    "secret",
    "token",
    "password",
    "here",
];

/// Whether a word for those who read it stands in a text: as a word of its own, or so that the rest is no longer random.
pub(super) fn has_stop_word(body: &[u8]) -> bool {
    let lower = body.to_ascii_lowercase();
    let is_edge = |at: Option<&u8>| at.is_none_or(|b| !b.is_ascii_alphanumeric());
    STOP.iter().any(|word| {
        memchr::memmem::find_iter(&lower, word.as_bytes()).any(|at| {
            let end = at + word.len();
            // `…EXAMPLE` at the end, as AWS writes it; a word between separators
            let whole = is_edge(at.checked_sub(1).and_then(|at| lower.get(at))) && is_edge(lower.get(end));
            whole || word.len() >= 7 && (end == lower.len() || at == 0)
        })
    })
}

/// Whether a value of a person's making is a stand-in: a stop word as a word of its own, and nothing that could be a secret beside it.
pub(super) fn is_placeholder(body: &[u8]) -> bool {
    const WORDS: [&str; 18] = [
        "example",
        "changeme",
        "change",
        "placeholder",
        "redacted",
        "dummy",
        "fake",
        "sample",
        "insert",
        "replace",
        "replaceme",
        "your",
        "xxx",
        "xxxx",
        "todo",
        "fixme",
        "notreal",
        "masked",
    ];
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let words = super::value::words(text);
    let is_stop = |word: &String| WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words.iter().any(is_stop) && words.iter().filter(|word| !is_stop(word)).all(|word| word.len() <= 12 && !is_mixed(word.as_bytes()))
}

/// Whether a word has letters and digits in turns.
fn is_mixed(word: &[u8]) -> bool {
    let turns = word.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    turns >= 2
}
