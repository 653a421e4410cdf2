//! Whether a value is a secret: what its name says, and what the value looks like. One place for all who ask.

mod names;

pub(super) use names::is_about;
pub use names::{has_word, is_credential_name, names_secret, words};

/// What a value is, its name left aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Empty, or a switch such as `true`.
    Nothing,
    /// A template, a variable, the place of a value in a store, a value that is encrypted.
    Reference,
    /// Text that says that a value is due here: `<password>`, `xxxx`.
    Placeholder,
    /// A word such as `changeme`, which works as long as nobody changes it.
    Default,
    /// A certificate, a public key.
    Public,
    /// Anything else: secret, where its name says that it is one.
    Value,
}

/// What `text` is. It says nothing of whether it is meant to be secret.
#[must_use]
pub fn verdict(text: &str) -> Verdict {
    let text = text.trim();
    if text.is_empty() || is_switch(text) {
        Verdict::Nothing
    } else if is_reference(text) {
        Verdict::Reference
    } else if is_public(text) {
        Verdict::Public
    } else if text.contains('\n') {
        Verdict::Value
    } else if is_placeholder(text) {
        Verdict::Placeholder
    } else if is_default(text) {
        Verdict::Default
    } else {
        Verdict::Value
    }
}

fn is_switch(text: &str) -> bool {
    text.len() <= 8
        && matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null" | "nil" | "disabled" | "enabled" | "0" | "1"
        )
}

/// Whether a text stands for a value that is kept elsewhere: a variable, a template action, the reference of a tool
/// (Bank-Vaults, vals, argocd-vault-plugin, SOPS, 1Password, App Service), a secret's name at a cloud.
fn is_reference(text: &str) -> bool {
    const INSIDE: [&str; 8] = ["${", "$(", "{{", "<%", "#{", "%{", "ENC[", "@Microsoft.KeyVault("];
    const START: [&str; 17] = [
        "vault:",
        ">>vault:",
        "ref+",
        "secretref+",
        "secretref:",
        "op://",
        "<path:",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "awssm://",
        "aws-sm://",
        "aws-ssm://",
        "gcpsm://",
        "gcp-sm://",
        "azkv://",
        "azure-kv://",
        "bws:",
    ];
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let variable = text
        .strip_prefix('$')
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(named));
    // PowerShell: `$env:NAME`, `$script:name`, `$config.Password`
    let scoped = text.strip_prefix('$').and_then(|rest| rest.split_once([':', '.'])).is_some_and(|(scope, name)| {
        let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        is_name(scope) && scope.chars().all(named) && is_name(name) && name.chars().all(|c| named(c) || c == '.')
    });
    let windows = text.len() > 2 && text.starts_with('%') && text.ends_with('%') && text[1..text.len() - 1].chars().all(named);
    variable
        || scoped
        || windows
        || INSIDE.iter().any(|mark| text.contains(mark))
        || START.iter().any(|mark| text.len() > mark.len() && text.starts_with(mark))
        || text.starts_with("projects/") && text.contains("/secrets/")
}

/// Whether a text has nothing but certificates and public keys.
fn is_public(text: &str) -> bool {
    if ["ssh-rsa AAAA", "ssh-ed25519 AAAA", "ecdsa-sha2-", "ssh-dss AAAA", "sk-ssh-ed25519"].iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let mut labels = text.match_indices("-----BEGIN ").map(|(at, mark)| text[at + mark.len()..].split("-----").next().unwrap_or(""));
    let is_public = |label: &str| !label.contains("PRIVATE KEY") && !label.contains("PGP MESSAGE");
    text.contains("-----BEGIN ") && labels.all(is_public)
}

/// Whether a text says itself that it is none: brackets around words, the same character all over, words for those who fill it in.
fn is_placeholder(text: &str) -> bool {
    let inside = |open: char, close: char| text.len() > 2 && text.starts_with(open) && text.ends_with(close);
    if inside('<', '>') || inside('[', ']') || text.len() > 4 && text.starts_with("__") && text.ends_with("__") || inside('@', '@') {
        return true;
    }
    // the name of what is due: `GOOGLE_API_KEY_VALUE`
    let is_name = text.contains('_') && text.split('_').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase()));
    if is_name {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let same = bytes.len() >= 3 && bytes.windows(2).all(|pair| pair[0] == pair[1]) && !bytes[0].is_ascii_digit();
    let marks = [
        "xxxx",
        "****",
        "....",
        "redacted",
        "placeholder",
        "your-",
        "your_",
        "yourpassword",
        "yoursecret",
        "yourtoken",
        "insert-",
        "insert_",
        "goes-here",
        "goes_here",
        "dummy",
        "fake-",
        "fake_",
        "not-a-secret",
        "notasecret",
        "not-a-real",
        "fill-me",
        "fill_me",
        "fillme",
        "filled-in",
        "set-me",
        "set_me",
        "base64-encoded",
        "base64_encoded",
    ];
    same || matches!(lower.as_str(), "todo" | "fixme" | "tbd" | "n/a" | "xxx" | "fake")
        || lower.starts_with("todo")
        // `primary_password_here`
        || ["-here", "_here"].iter().any(|end| lower.ends_with(end)) && lower.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
        || marks.iter().any(|mark| lower.contains(mark))
}

/// Whether a text asks to be changed.
fn is_default(text: &str) -> bool {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let marks = ["changeme", "changethis", "changeit", "replaceme", "replacethis", "replacewith", "pleasechange", "tobechanged"];
    text.len() <= 80 && (marks.iter().any(|mark| plain.contains(mark)) || plain == "replace" || plain == "change")
}

/// The password in the user part of a URL or connection string, where there is one.
#[must_use]
pub fn url_password(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#', ' ', '\n', '"']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    (!password.is_empty()).then_some(password)
}

/// The password in a connection string: a URL's, or the attribute `Password=` of a list.
#[must_use]
pub fn connection_password(text: &str) -> Option<&str> {
    url_password(text).or_else(|| {
        let parts = text.split(if text.contains(';') { ';' } else { ' ' }).filter_map(|part| part.split_once('='));
        let known: Vec<(&str, &str)> = parts.map(|(key, value)| (key.trim(), value.trim())).collect();
        let has = |names: &[&str]| known.iter().find(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name)));
        // beside the server that it is for
        has(&["server", "host", "data source", "addr", "address", "accountname", "endpoint", "dbname", "database"])?;
        has(&["password", "pwd", "accountkey", "sharedaccesskey"]).map(|(_, value)| *value).filter(|value| !value.is_empty())
    })
}

/// Whether a text holds a private key in PEM.
#[must_use]
pub fn has_private_key(text: &str) -> bool {
    text.match_indices("-----BEGIN ").any(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let Some((label, body)) = rest.split_once("-----") else { return false };
        // a header alone, or one around a template, is an example
        let written = body.split("-----END").next().unwrap_or("").replace("\\n", "");
        let key = written.trim();
        label.len() < 40 && label.ends_with("PRIVATE KEY") && key.len() >= 16 && verdict(key) == Verdict::Value
    })
}

/// Whether the value under a credential's name is a setting of it and not the credential: a path, an address, a number of seconds,
/// the name of an object, a sentence.
#[must_use]
pub fn is_setting(name: &str, text: &str) -> bool {
    let text = text.trim();
    let is_password = words(name).iter().any(|word| word.contains("pass") || word == "pwd");
    let number = text.len() < 8 && text.trim_end_matches(['s', 'm', 'h', 'd']).bytes().all(|b| b.is_ascii_digit());
    let object = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let domain = |text: &str| text.contains('.') && text.split('.').all(object);
    let qualified = text.split_once('/').is_some_and(|(prefix, name)| {
        name.len() < 64
            && (object(prefix) && object(name)
                || domain(prefix) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))
    });
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    text.starts_with('/') && text.len() > 1 && text.chars().all(is_path)
        || text.starts_with("./")
        || text.starts_with("projects/")
        || text.starts_with("file:")
        || text.contains("://") && url_password(text).is_none() && !text.contains("AccountKey=")
        || number && !is_password
        || qualified && !is_password
        || text.contains(' ') && !text.contains(['=', ';']) && text.split(' ').count() > 3
}

/// The line-by-line secrets of a text that is more than one value: a configuration, a script, a bundle. Byte ranges of the
/// lines, blanks around them left out.
pub fn secret_lines(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut start = 0;
    let mut key_open = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start;
        start += line.len();
        let content = line.trim();
        let at = from + line.find(content).unwrap_or(0);
        if !key_open && content.contains("-----BEGIN ") && content.contains("PRIVATE KEY-----") {
            // no key is longer
            let end = text.len().min(from + (1 << 14));
            key_open = text.get(from..end).is_none_or(has_private_key);
            return key_open.then(|| (at, at + content.len()));
        }
        if content.contains("-----END ") {
            key_open = false;
            return None;
        }
        (!key_open && is_secret_line(content)).then_some((at, at + content.len()))
    })
}

/// Whether a line sets a credential: `name = value`, `name: value`, `export NAME=value`, or has a URL with a password.
fn is_secret_line(line: &str) -> bool {
    if line.len() > 4_096 || line.starts_with(['#', ';']) || line.starts_with("//") {
        return false;
    }
    if let Some(password) = url_password(line) {
        return matches!(verdict(password), Verdict::Value | Verdict::Default);
    }
    let Some(at) = line.find(['=', ':']) else { return false };
    let (name, value) = (&line[..at], line[at + 1..].trim_start_matches(['=', '>']).trim());
    let name = name.trim().trim_start_matches("export ").trim_start_matches("- ").trim().trim_matches(['"', '\'']);
    let value = value.trim_end_matches([',', ';']).trim_matches(['"', '\'']);
    let is_name = !name.is_empty() && name.len() <= 80 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let one_word =
        !value.contains(char::is_whitespace) && !value.starts_with(['|', '>', '{', '[', '&', '*', '(', '!', '$']) && !value.contains('(');
    is_name && one_word && names_secret(name) && !is_setting(name, value) && verdict(value) == Verdict::Value && value.len() >= 4
}
