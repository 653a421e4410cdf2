use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SecretInEncryptedFile {
        id: "secret-in-encrypted-file",
        group: "secrets",
        summary: "a secret in clear in a file that SOPS encrypts",
        why: "A file with a block of SOPS looks encrypted, and the values that `encrypted_regex` or `unencrypted_suffix` leave out stand in it as they are. Whoever reads the repository has them. Widen the rule in `.sops.yaml`, encrypt the file anew, and change the value: history keeps it.",
        bad: yaml("db:\n  password: correct-horse-7\n  user: ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]\nsops:\n  version: 3.9.0\n  encrypted_regex: ^user$\n"),
        good: yaml("db:\n  password: ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]\nsops:\n  version: 3.9.0\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://getsops.io/docs/#encrypting-only-parts-of-a-file",
        peers: &[],
    }
}

impl Rule for SecretInEncryptedFile {
    fn leak(&self, leak: &Leak) -> bool {
        leak.in_encrypted && leak.secret.class != Class::Public
    }
}
