//! Whether a name is that of a credential.

/// A name's words in lower case: split at what is no letter or digit, and where lower case turns to upper.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut last = ' ';
    for c in name.chars().take(200) {
        if !c.is_alphanumeric() {
            out.push(String::new());
        } else {
            if last.is_lowercase() && c.is_uppercase() {
                out.push(String::new());
            }
            out.last_mut().expect("starts with one").extend(c.to_lowercase());
        }
        last = c;
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Whether `word` is one of the words of `text`.
#[must_use]
pub fn has_word(text: &str, word: &str) -> bool {
    words(text).iter().any(|own| own.eq_ignore_ascii_case(word))
}

/// Words that end a name of something about a credential: its file, its place, its settings.
const ABOUT: &[&str] = &[
    "annotation",
    "annotations",
    "labels",
    "key_name",
    "file",
    "path",
    "name",
    "names",
    "url",
    "uri",
    "id",
    "ref",
    "type",
    "ttl",
    "length",
    "enabled",
    "disabled",
    "expiry",
    "expiration",
    "expires",
    "header",
    "endpoint",
    "version",
    "audience",
    "policy",
    "arn",
    "dir",
    "directory",
    "mount",
    "issuer",
    "field",
    "prefix",
    "min",
    "max",
    "namespace",
    "user",
    "username",
    "count",
    "regex",
    "format",
    "timeout",
    "refresh",
    "interval",
    "algorithm",
    "method",
    "provider",
    "class",
    "store",
    "lifetime",
    "validity",
    "minutes",
    "seconds",
    "alg",
    "size",
    "limit",
    "mode",
    "host",
    "port",
    "address",
    "service",
    "server",
    "domain",
    "region",
    "scope",
    "scopes",
    "realm",
    "env",
    "rotation",
    "role",
    "engine",
    "backend",
    "label",
    "required",
    "exists",
    "hours",
    "days",
    "period",
    "duration",
    "age",
    "cache",
    "volume",
    "kind",
    "group",
    "location",
    "suffix",
    "template",
    "source",
    "strategy",
    "allowed",
    "hint",
    "grant",
    "claim",
    "claims",
    "bucket",
    "rules",
    "stdin",
    "chars",
    "charset",
    "alphabet",
    "letters",
    "rule",
    "input",
    "placeholder",
    "error",
    "errors",
    "message",
    "title",
    "description",
    "desc",
    "help",
    "tooltip",
    "pattern",
    "validator",
    "validators",
    "strength",
    "column",
    "param",
    "parameter",
    "selector",
    "icon",
    "button",
    "link",
    "page",
    "prompt",
    "hash",
    "digest",
    "salt",
    "encoder",
    "manager",
    "factory",
    "generator",
    "reader",
    "writer",
    "resolver",
    "loader",
    "helper",
    "separator",
    "delimiter",
    "plural",
    "reset",
    "changed",
    "expired",
    "invalid",
    "missing",
    "algo",
    "derivation",
    "uris",
    "urls",
    "handler",
    "callback",
    "controller",
    "component",
    "plugin",
    "updater",
    "checker",
    "hasher",
    "review",
    "attribute",
    "option",
    "options",
    "text",
];

/// Whether a name is that of something about a credential: its file, its place, a setting of it.
pub(in crate::secrets) fn is_about(name: &str) -> bool {
    words(name).last().is_some_and(|last| ABOUT.contains(&last.as_str()))
}

/// Whether a variable or key of this name holds a credential. Names of files, places, users and settings of credentials do not.
#[must_use]
pub fn is_credential_name(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.last().is_none_or(|last| ABOUT.contains(last)) || words.contains(&"public") || words.contains(&"publishable") {
        return false;
    }
    // the name that the key goes by
    if let [.., before, "key"] = words[..]
        && (before.ends_with("password") || before == "passwd")
    {
        return false;
    }
    let single = [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "secrets",
        "token",
        "apikey",
        "credential",
        "credentials",
        "pat",
        "pass",
        "pw",
        "requirepass",
        "masterauth",
        "passcode",
        "pswd",
        "psswd",
        "passwort",
        "kennwort",
        "contrasena",
        "contraseña",
        "motdepasse",
        "senha",
        "wachtwoord",
        "storepass",
        "keypass",
        "psk",
        "dbpw",
        "rootpw",
        "bindpw",
        "adminpw",
        "dbpass",
        "userpass",
        "rootpass",
        "adminpass",
    ];
    let pairs = [
        ("api", "key"),
        ("access", "key"),
        ("private", "key"),
        ("secret", "key"),
        ("auth", "key"),
        ("signing", "key"),
        ("encryption", "key"),
        ("account", "key"),
        ("license", "key"),
        ("master", "key"),
        ("connection", "string"),
        ("raw", "key"),
        ("hmac", "key"),
        ("crypto", "key"),
        ("cipher", "key"),
        ("aes", "key"),
        ("deploy", "key"),
        ("shared", "key"),
        ("cookie", "key"),
        ("jwt", "key"),
        ("storage", "key"),
        ("webhook", "key"),
        ("subscription", "key"),
        ("app", "key"),
        ("validation", "key"),
        ("decryption", "key"),
        ("routing", "key"),
        ("integration", "key"),
        ("write", "key"),
        ("ingest", "key"),
        ("ingestion", "key"),
        ("session", "key"),
        ("security", "key"),
        ("application", "key"),
        ("fernet", "key"),
        ("unseal", "key"),
        ("recovery", "key"),
        ("preshared", "key"),
        ("admin", "key"),
        ("service", "key"),
        ("server", "key"),
        ("function", "key"),
        ("sas", "key"),
        ("bot", "key"),
        ("sec", "key"),
        ("root", "key"),
    ];
    let glued = |word: &&str| {
        ["password", "passwd", "apikey", "token", "secret", "privatekey", "accesskey", "secretkey", "connectionstring"]
            .iter()
            .any(|end| word.len() > end.len() && word.ends_with(end))
    };
    words
        .iter()
        .any(|word| single.contains(word) || ["privatekey", "accesskey", "secretkey", "connectionstring"].contains(word) || glued(word))
        || words.windows(2).any(|pair| pairs.contains(&(pair[0], pair[1])))
}

/// Whether a variable or key of this name holds a credential, its identifier counted where it is used up with it: the name that an
/// access key goes by, the second half of an AppRole.
#[must_use]
pub fn names_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    if upper.ends_with("ACCESS_KEY_ID")
        || upper.ends_with("ROOT_TOKEN_ID")
        || upper.ends_with("SECRET_ID") && !upper.ends_with("CLIENT_SECRET_ID")
    {
        return true;
    }
    // switches and names of objects: `ALLOW_EMPTY_PASSWORD`, `IMAGE_PULL_SECRET`
    const OTHER: [&str; 8] = [
        "ALLOW_EMPTY",
        "PULL_SECRET",
        "TLS_SECRET",
        "SECRET_STORE",
        "PASSWORD_SECRET",
        "CSRF_TOKEN_HEADER",
        "EXISTING_SECRET",
        "RANDOM_ROOT_PASSWORD",
    ];
    is_credential_name(name) && !OTHER.iter().any(|part| upper.contains(part))
}
