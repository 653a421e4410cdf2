//! Fixtures: `before.*` and what becomes of it when it is formatted (`after.*`) and migrated (`v1.*`, `both.*`), byte for byte, with
//! what is said about it. Each also with `\r\n` and with a byte order mark. `ZTCTL_UPDATE=1` writes what is found.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::cli::Scene;

const MODES: [(&str, &[&str]); 3] = [("after", &[]), ("v1", &["--migrate", "v1"]), ("both", &["--migrate", "both"])];

struct Fixture {
    folder: PathBuf,
    name: String,
    extension: String,
    before: String,
}

fn fixtures() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/embedded");
    let mut fixtures: Vec<Fixture> = std::fs::read_dir(root)
        .expect("fixtures")
        .map(|entry| {
            let folder = entry.expect("an entry").path();
            let files = std::fs::read_dir(&folder).expect("a folder");
            let before = files.map(|file| file.expect("a file").path()).find(|file| file.file_stem().is_some_and(|stem| stem == "before"));
            let before = before.unwrap_or_else(|| panic!("{folder:?} has no before.*"));
            Fixture {
                name: folder.file_name().expect("a name").to_string_lossy().into_owned(),
                extension: before.extension().expect("an extension").to_string_lossy().into_owned(),
                before: std::fs::read_to_string(&before).expect("readable"),
                folder,
            }
        })
        .collect();
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

impl Fixture {
    fn file(&self) -> String {
        format!("{}.{}", self.name, self.extension)
    }

    fn expected(&self, mode: &str) -> PathBuf {
        self.folder.join(format!("{mode}.{}", self.extension))
    }

    fn said(&self, mode: &str) -> PathBuf {
        self.folder.join(format!("{mode}.said"))
    }
}

/// The findings of a run in the format `concise`, for one file, without its name.
fn said(stderr: &str, file: &str) -> String {
    stderr.lines().filter_map(|line| line.strip_prefix(&format!("{file}:"))).fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{line}");
        out
    })
}

fn check(variant: impl Fn(&str) -> String) {
    let fixtures = fixtures();
    assert!(fixtures.len() > 15);
    for (mode, flags) in MODES {
        let scene = Scene::new(&[]);
        for fixture in &fixtures {
            scene.write(&fixture.file(), variant(&fixture.before));
        }
        let args = [&["fmt", "--embedded", "--no-config", "--format", "concise"][..], flags].concat();
        let run = scene.run(&args).expect(1);
        assert!(!run.stderr.contains("defect"), "{mode}: {}", run.stderr);
        for fixture in &fixtures {
            let (new, said) = (scene.read(&fixture.file()), said(&run.stderr, &fixture.file()));
            if std::env::var_os("ZTCTL_UPDATE").is_some() && variant("\n") == "\n" {
                std::fs::write(fixture.expected(mode), &new).expect("written");
                if said.is_empty() {
                    drop(std::fs::remove_file(fixture.said(mode)))
                } else {
                    std::fs::write(fixture.said(mode), &said).expect("written")
                }
            }
            let expected = std::fs::read_to_string(fixture.expected(mode)).expect("what is expected");
            assert_eq!(new, variant(&expected), "{} {mode}", fixture.name);
            let expected = std::fs::read_to_string(fixture.said(mode)).unwrap_or_default();
            assert_eq!(said, expected, "{} {mode}", fixture.name);
        }
        // a second run has nothing to do
        let again = scene.run(&[&args[..], &["-l"]].concat()).expect(1);
        assert_eq!(again.stdout, "", "{mode}");
    }
}

#[test]
fn are_formatted_in_place() {
    check(str::to_owned);
}

#[test]
fn keep_their_line_breaks() {
    check(|text| text.replace('\n', "\r\n"));
}

#[test]
fn keep_their_byte_order_mark() {
    check(|text| format!("\u{feff}{text}"));
}
