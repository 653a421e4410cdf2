//! What a value looks like.

use super::judge::How;
use super::made_up;
use super::name;
use super::value::words;
use super::vocabulary::{LABELS, TECHNICAL};

/// Whether a text is a format, a call, a tag, a list: nothing that is used as it stands.
pub(super) fn is_call_or_format(text: &str) -> bool {
    let braces = text.contains('{') && text.contains('}') || text.contains('(') && text.ends_with(')');
    let tag = text.starts_with('<');
    let printf = text.starts_with("%(") || text.starts_with('<') && !text.contains(|c: char| c.is_ascii_digit());
    let format = printf
        || text.starts_with('%') && text.len() <= 4
        || ["%s", "%v", "%d"]
            .iter()
            .any(|mark| text.match_indices(mark).any(|(at, _)| !text[at + 2..].starts_with(|c: char| c.is_ascii_alphanumeric())));
    let bind = text.starts_with([':', '@', '?', '&']) && text[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // `getpwnam(`, where a call is cut
    let call = text
        .strip_suffix('(')
        .is_some_and(|name| name.len() > 2 && name.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.')));
    // a selector of CSS: `input[name="password"]`
    let selector = text.ends_with(']') && text.contains('[') && text.contains('=');
    call || braces
        || selector
        || tag
        || format
        || bind
        || text.starts_with(['[', '\\'])
        || text.starts_with("--") && !text.starts_with("-----")
}

/// Whether a text names how text is written as bytes: what `password.encode("utf-8")` takes.
pub(super) fn is_encoding(text: &str) -> bool {
    const NAMES: [&str; 12] =
        ["utf-8", "utf8", "utf-16", "utf16", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1", "base64", "base64url", "binary"];
    NAMES.iter().any(|name| text.eq_ignore_ascii_case(name))
}

/// Whether a text stands for code or another value: a path of attributes, a variable of a language.
pub(super) fn is_no_literal(text: &str) -> bool {
    const STARTS: [&str; 34] = [
        "process.env",
        "os.environ",
        "os.getenv",
        "env.",
        "env:",
        "ENV[",
        "getenv",
        "System.getenv",
        "config.",
        "settings.",
        "var.",
        "local.",
        "data.",
        "module.",
        "secrets.",
        "secret.",
        "params.",
        "vars.",
        "self.",
        "this.",
        "inputs.",
        "github.",
        "steps.",
        "values.",
        ".Values.",
        "vault:",
        "vault/",
        "arn:",
        "ssm:",
        "secretsmanager:",
        "file:",
        "ref:",
        "http:",
        "https:",
    ];
    STARTS.iter().any(|start| text.len() > start.len() && text.starts_with(start))
        || text.contains("->")
        || text.contains("::")
        || text.contains("=>")
        || text.contains("&&")
        || text.contains("||")
        || text.contains("...")
        || text.ends_with([':', ',', ';', '\\'])
        || is_attribute(text)
}

/// `settings.AWS_KEY`, `user.password`: names joined by dots.
fn is_attribute(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
                && !(part.len() >= 12 && part.bytes().filter(u8::is_ascii_digit).count() >= 3)
        })
}

/// Whether a text is a hash, by its shape.
pub(super) fn is_hash(text: &str) -> bool {
    const STARTS: [&str; 22] = [
        "$2a$",
        "$2b$",
        "$2y$",
        "$2x$",
        "$1$",
        "$5$",
        "$6$",
        "$y$",
        "$7$",
        "$apr1$",
        "$argon2",
        "$pbkdf2",
        "$scrypt",
        "{SSHA",
        "{SHA",
        "{CRYPT}",
        "pbkdf2_",
        "pbkdf2:",
        "argon2",
        "bcrypt",
        "SCRAM-SHA-",
        "scrypt:",
    ];
    let named = ["sha1", "sha256", "sha384", "sha512", "md5"].iter().any(|hash| {
        text.get(..hash.len()).is_some_and(|start| start.eq_ignore_ascii_case(hash)) && text[hash.len()..].starts_with([':', '-', '$'])
    });
    // a fingerprint
    let pairs = text.len() >= 47 - 1 && text.split(':').all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()));
    // an account of Ethereum
    let account = text.len() == 42 && text.starts_with("0x") && text[2..].bytes().all(|b| b.is_ascii_hexdigit());
    STARTS.iter().any(|start| text.starts_with(start)) || named || account || pairs
}

/// `8-4-4-4-12` in hex.
pub(super) fn is_uuid(text: &str) -> bool {
    let text = text.trim_matches(['{', '}']);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

/// A path, an address, a name with a domain, a version, a date.
pub(super) fn is_place(text: &str) -> bool {
    let slashes = text.matches('/').count();
    let segments = || text.split('/').filter(|part| !part.is_empty());
    let path = text.starts_with(['/', '~']) && slashes >= 2 && segments().all(is_plain_segment)
        || text.starts_with("./")
        || text.starts_with("../")
        || text.starts_with("@/")
        || text.starts_with("@./")
        || text.contains("://")
        || text.get(1..3) == Some(":\\")
        || slashes >= 1 && segments().count() >= 2 && segments().all(is_plain_segment);
    let email = text.split_once('@').is_some_and(|(user, host)| {
        user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'))
            && host.contains('.')
            && !host.ends_with('.')
            && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
    });
    let number = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'+' | b'T' | b'Z' | b'v'))
        && text.contains(['.', ':', '-']);
    let file = text.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && matches!(
                extension,
                "pem"
                    | "key"
                    | "crt"
                    | "cer"
                    | "txt"
                    | "json"
                    | "yaml"
                    | "yml"
                    | "jks"
                    | "p12"
                    | "pfx"
                    | "env"
                    | "go"
                    | "js"
                    | "ts"
                    | "py"
                    | "java"
                    | "html"
                    | "php"
                    | "rb"
                    | "sh"
                    | "xml"
                    | "conf"
                    | "ini"
                    | "tf"
                    | "md"
                    | "com"
                    | "org"
                    | "io"
                    | "net"
                    | "local"
                    | "svc"
                    | "internal"
                    | "png"
                    | "svg"
                    | "css"
                    | "asc"
                    | "gpg"
                    | "pub"
                    | "toml"
                    | "properties"
                    | "tpl"
                    | "cfg"
                    | "kdbx"
            )
    });
    path || email || number || file
}

/// A segment that a path has: words, numbers, versions.
fn is_plain_segment(part: &str) -> bool {
    part.len() <= 40
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
        && (part.bytes().all(|b| !b.is_ascii_digit()) && is_case_of_words(part)
            || part.bytes().all(|b| !b.is_ascii_uppercase()) && part.bytes().filter(u8::is_ascii_digit).count() * 3 <= part.len())
}

/// Upper case at the starts of words only.
fn is_case_of_words(text: &str) -> bool {
    let bytes = text.as_bytes();
    let turns = bytes.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    text.bytes().all(|b| !b.is_ascii_lowercase()) || turns * 4 <= text.len()
}

/// Whether a text is made of words: letters in the case of words, numbers at their ends, separators.
pub(super) fn is_words(text: &str) -> bool {
    let parts: Vec<String> = words(text);
    let letters = |part: &String| part.bytes().filter(u8::is_ascii_alphabetic).count();
    let word = |part: &String| {
        let digits = part.len() - letters(part);
        let stem = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.is_ascii()
            && (digits == 0 && is_pronounceable(part)
                || digits == part.len() && part.len() <= 4
                || digits <= 2 && !stem.is_empty() && is_pronounceable(stem) && stem.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    !parts.is_empty()
        && parts.iter().all(word)
        && parts.iter().map(letters).sum::<usize>() * 2 >= text.len()
        && parts.iter().map(String::len).sum::<usize>() >= parts.len() * 3
}

/// Vowels and consonants in the turns that words have. Short ones pass: abbreviations.
fn is_pronounceable(word: &str) -> bool {
    if word.len() <= 4 {
        return true;
    }
    let vowel = |b: u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let mut run = 0;
    let mut vowels = 0;
    let mut longest = 0;
    for b in word.bytes() {
        if vowel(b) {
            vowels += 1;
            run = 0;
        } else {
            run += 1;
            longest = longest.max(run);
        }
    }
    longest <= 4 && vowels * 5 >= word.len()
}

/// Whether a text is a word that names something.
pub(super) fn is_label(text: &str) -> bool {
    LABELS.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a text is a word that configurations are made of, and no default password.
pub(super) fn is_common_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    (LABELS.contains(&&*lower) || TECHNICAL.contains(&&*lower)) && !super::defaults::is_known(text)
}

/// Whether a value under a password's name is one that a person made.
pub(super) fn is_password(name: &str, text: &str, how: How) -> bool {
    let count = text.chars().count();
    if !(5..=80).contains(&count) || is_made_up(text) {
        return false;
    }
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    // letters of other scripts, and their marks, are those of words: `Contraseña`
    let symbol = text.chars().any(|c| c.is_ascii_punctuation() && !matches!(c, '_' | '-' | '.' | '/' | ':'));
    let parts = words(text);
    let bare = |part: &String| part.trim_matches(|c: char| c.is_ascii_digit()).to_owned();
    let own = words(name);
    let is_label = |part: &String| {
        let part = bare(part);
        part.is_empty() || LABELS.contains(&part.as_str()) || own.contains(&part)
    };
    let labels = parts.iter().filter(|part| is_label(part)).count();
    if symbol {
        // `min:8|max:64`, a pattern, a sentence in some encoding; not `Winter|2024!`
        let list = text.matches('|').count() >= 2 || text.contains("[0-9]") || text.contains("[a-z]") || text.contains("[A-Z]");
        return !list;
    }
    if digit {
        // `password2`, `db_password_1` are names; `Password2024` is not
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let upper = text.bytes().any(|b| b.is_ascii_uppercase());
        let joined = text.contains(['_', '-', '.']) && !upper;
        let named = parts.iter().any(|part| !bare(part).is_empty() && is_label(part));
        // `postgres_s3cur3` is no name
        let is_mixed =
            |part: &String| bare(part).len() >= 4 && bare(part).bytes().any(|b| b.is_ascii_digit()) && !TECHNICAL.contains(&part.as_str());
        if joined && named && !parts.iter().any(is_mixed) {
            return false;
        }
        return labels < parts.len() || digits >= 3 && upper && !text.contains(['_', '-', '.']);
    }
    // letters alone
    if is_passphrase(text) && name::is_password(name) {
        return true;
    }
    match how {
        How::Code | How::Text => false,
        How::Secret => true,
        How::Setting if text.contains(['-', '_', '.']) => {
            parts.len() >= 4 && labels == 0 && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b'.'))
        }
        How::Setting => labels == 0 && name::is_password(name) && count >= 6 && text.bytes().all(|b| b.is_ascii_alphanumeric()),
    }
}

/// `copper-lantern-maple`: three words or more that name nothing.
fn is_passphrase(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { '_' };
    let parts: Vec<&str> = text.split(separator).collect();
    parts.len() >= 3
        && parts.len() <= 10
        && parts.iter().all(|part| {
            (4..=12).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_lowercase())
                && is_pronounceable(part)
                && !LABELS.contains(part)
                && !TECHNICAL.contains(part)
        })
        && parts.iter().enumerate().all(|(at, part)| !parts[..at].contains(part))
}

/// Whether a text is one word of letters and digits in turns, which nobody has for a name: `k8Xv01mqPZ77`, `t0psecret`.
pub(super) fn is_mixed_word(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let inside = text.bytes().skip(1).zip(text.bytes().skip(2)).any(|(a, b)| a.is_ascii_digit() && b.is_ascii_alphabetic());
    (8..=80).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'!' | b'#' | b'*'))
        && letters >= 3
        && inside
        && !is_words(text)
        && !is_hash(text)
        && !is_place(text)
        && !is_made_up(text)
}

/// Whether a value under the name of another credential is a strong password: three kinds of characters.
pub(super) fn is_strong_password(text: &str) -> bool {
    if !(8..=80).contains(&text.len()) || is_made_up(text) || !text.is_ascii() {
        return false;
    }
    let lower = text.bytes().any(|b| b.is_ascii_lowercase());
    let upper = text.bytes().any(|b| b.is_ascii_uppercase());
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    let symbol = text.bytes().any(|b| b.is_ascii_punctuation() && !matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b','));
    let kinds = [lower, upper, digit, symbol].iter().filter(|has| **has).count();
    kinds >= 3 && digit && symbol
}

fn is_made_up(text: &str) -> bool {
    let bytes = text.as_bytes();
    made_up::longest_run(bytes) >= 4
        || bytes.len() >= 6 && made_up::longest_sequence(bytes) >= bytes.len()
        || made_up::is_placeholder(bytes)
}
