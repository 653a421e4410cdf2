//! What the name of a value says.

use super::value::words;

/// Keys that say nothing themselves: what holds them names the value.
const GENERAL: [&str; 12] =
    ["value", "default", "data", "content", "val", "text", "plain", "literal", "stringvalue", "secret_string", "plaintext", "raw"];

/// The name that a value goes by: the last key that says something.
pub(super) fn of_path<'p>(path: &[&'p str]) -> &'p str {
    let says = |key: &&&str| !GENERAL.contains(&key.to_ascii_lowercase().as_str()) && key.parse::<usize>().is_err();
    path.iter().rev().find(says).or(path.last()).copied().unwrap_or("")
}

/// Whether a name is that of a password, by one of its words.
pub(super) fn is_password(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "password"
                | "passwd"
                | "pwd"
                | "passphrase"
                | "pass"
                | "pw"
                | "passcode"
                | "requirepass"
                | "masterauth"
                | "pswd"
                | "psswd"
                | "passwort"
                | "kennwort"
                | "contrasena"
                | "contraseña"
                | "motdepasse"
                | "senha"
                | "wachtwoord"
                | "storepass"
                | "keypass"
                | "psk"
                | "dbpw"
                | "rootpw"
                | "bindpw"
                | "adminpw"
                | "dbpass"
                | "userpass"
                | "rootpass"
                | "adminpass"
        ) || word.ends_with("password")
            || word.ends_with("passwd")
            || word.ends_with("passphrase")
    })
}

/// Whether a name is that of a hash, a key's name, an id.
pub(super) fn is_about_hashes(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "hash"
                | "hashes"
                | "hashed"
                | "sha"
                | "sha1"
                | "sha256"
                | "sha512"
                | "md5"
                | "digest"
                | "checksum"
                | "fingerprint"
                | "thumbprint"
                | "commit"
                | "revision"
                | "etag"
                | "integrity"
                | "crc"
                | "encrypted"
                | "sealed"
                | "bcrypt"
                | "ciphertext"
                | "encoded"
                | "masked"
                | "redacted"
                | "cipher"
                | "fingerprints"
        ) || ["md5", "sha1", "sha256", "sha512"].iter().any(|hash| word.starts_with(hash))
    })
}
