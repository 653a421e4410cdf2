//! The verdicts of `opa parse` on the fixtures.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use ztctl::syntax::rego::Version;

/// `opa` on the path or where Go installs it, if it is the version whose facts the parser follows.
fn opa() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    [PathBuf::from("opa"), home.join("go/bin/opa")].into_iter().find(|path| {
        let output = Command::new(path).arg("version").stderr(Stdio::null()).output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("Version: 1.22"))
    })
}

#[test]
fn opa_agrees_on_the_fixtures() {
    let Some(opa) = opa() else {
        eprintln!("skipped: no opa 1.22 on the path");
        return;
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rego");
    for (folder, accepted) in [("valid", true), ("invalid", false)] {
        let children: Vec<_> = super::fixtures::texts(folder)
            .into_iter()
            .map(|(name, version, _)| {
                let mut command = Command::new(&opa);
                command.arg("parse").arg(root.join(folder).join(format!("{name}.rego"))).stdout(Stdio::null()).stderr(Stdio::null());
                if version == Version::V0 {
                    command.arg("--v0-compatible");
                }
                (name, command.status().expect("opa runs"))
            })
            .collect();
        for (name, status) in children {
            assert_eq!(status.success(), accepted, "{folder}/{name}");
        }
    }
}
