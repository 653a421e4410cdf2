//! The built binary as a user runs it.

mod bad_input;
mod check;
mod fmt;
mod helm;
mod lint;
mod migrate;
mod misc;
mod pages;
mod secrets;
mod verdicts;
mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own with files in it, and the binary run there.
pub(crate) struct Scene {
    dir: tempfile::TempDir,
}

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scene {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let scene = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        for (path, text) in files {
            scene.write(path, text);
        }
        scene
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).expect("readable")
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, None)
    }

    pub(crate) fn run_with(&self, args: &[&str], stdin: Option<&[u8]>) -> Run {
        self.run_in(&[], args, stdin)
    }

    /// As [`Scene::run_with`], with `variables` set.
    pub(crate) fn run_in(&self, variables: &[(&str, &str)], args: &[&str], stdin: Option<&[u8]>) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ztctl"));
        command.args(args).current_dir(self.root()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        // what a user's shell may set must not decide a test
        for name in
            ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM", "GITHUB_ACTIONS", "RUST_BACKTRACE", "RAYON_NUM_THREADS"]
        {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        let mut child = command.spawn().expect("the binary starts");
        if let Some(bytes) = stdin {
            // a run that fails early closes its input
            let _ = child.stdin.take().expect("piped").write_all(bytes);
        }
        let output = child.wait_with_output().expect("the binary ends");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs with `--format json` and gives `(rule, path, line)` of each finding.
    pub(crate) fn findings(&self, args: &[&str]) -> Vec<(String, String, u64)> {
        let run = self.run(&[args, &["--format", "json"]].concat());
        assert!(run.code < 2, "exit {}: {}", run.code, run.stderr);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout));
        report["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|f| {
                let text = |key: &str| f[key].as_str().unwrap_or_default().to_owned();
                (text("rule"), text("path"), f["start"]["line"].as_u64().unwrap_or(0))
            })
            .collect()
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}
