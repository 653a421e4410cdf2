//! Files that are cut, flipped and shuffled: nothing panics, and nothing changes but Rego.

use std::path::Path;

use rayon::prelude::*;

use super::support::{done, kind_of, outside};
use ztctl::format::embedded::{Kind, find};
use ztctl::text::{SourceFile, SourceMap};

/// More with `ZTCTL_RUNS`; other ones with `ZTCTL_SEED`.
const RUNS: usize = 500;

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % below.max(1)
    }
}

/// The files of all fixtures.
fn seeds() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/embedded");
    let mut seeds: Vec<(String, String)> = std::fs::read_dir(root)
        .expect("fixtures")
        .flat_map(|folder| std::fs::read_dir(folder.expect("an entry").path()).expect("a folder"))
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "said"))
        .map(|path| (path.to_string_lossy().into_owned(), std::fs::read_to_string(&path).expect("readable")))
        .collect();
    seeds.sort();
    seeds
}

fn mutated(text: &str, random: &mut Random) -> String {
    const PIECES: [&str; 24] = [
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "|",
        ">",
        "-",
        "'",
        "\"",
        "\\",
        "{{",
        "}}",
        "{",
        "}",
        "```",
        "> ",
        "#",
        "---\n",
        "<<: *rego\n",
        "&a ",
        "*lib",
        "\u{feff}",
        "é\u{2028}",
    ];
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..=random.next(3) {
        let at = random.next(lines.len());
        match random.next(8) {
            0 => drop(lines.drain(at..)),
            1 if !lines.is_empty() => drop(lines.remove(at)),
            2 if !lines.is_empty() => {
                let line = lines.remove(at);
                let to = random.next(lines.len() + 1);
                lines.insert(to, line);
            }
            3 if !lines.is_empty() => lines.insert(at, lines[at].clone()),
            _ => {
                let Some(line) = lines.get_mut(at) else { continue };
                let mut at = random.next(line.len() + 1);
                while !line.is_char_boundary(at) {
                    at -= 1;
                }
                if random.next(2) == 0 {
                    line.insert_str(at, PIECES[random.next(PIECES.len())]);
                } else if at < line.len() {
                    line.remove(at);
                }
            }
        }
    }
    lines.concat()
}

/// The lines without blanks at their starts and commas, sorted: what moving Rego to another key may not change.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn mutated_files_keep_all_but_their_rego() {
    let seeds = seeds();
    let (runs, seed) = (number("ZTCTL_RUNS", RUNS), number("ZTCTL_SEED", 1) as u64);
    let changed: usize = (0..runs)
        .into_par_iter()
        .map(|run| {
            let mut random = Random((seed << 32 | run as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
            let (path, text) = &seeds[random.next(seeds.len())];
            let text = mutated(text, &mut random);
            let first = done(path, &text, false);
            let defects: Vec<_> = first.put.problems.iter().filter(|problem| problem.is_defect).collect();
            assert!(defects.is_empty(), "{run} {path}: {defects:?}\n{text}");
            if let Some(new) = &first.put.text {
                let mut sources = SourceMap::new();
                let id = sources.add(SourceFile::new(path, new.as_str()));
                let again = find(id, sources.get(id), kind_of(path));
                assert_eq!(outside(&text, &first.found), outside(new, &again), "{run} {path}\n{text}");
            }
            let raised = done(path, &text, true);
            let defects: Vec<_> = raised.put.problems.iter().filter(|problem| problem.is_defect).collect();
            assert!(defects.is_empty(), "{run} {path}: {defects:?}\n{text}");
            if let (Some(new), true) = (&raised.put.text, kind_of(path) == Kind::Yaml) {
                let mut sources = SourceMap::new();
                let id = sources.add(SourceFile::new(path, new.as_str()));
                let again = find(id, sources.get(id), kind_of(path));
                let (before, after) = (outside(&text, &raised.found), outside(new, &again));
                let after = lines(&after);
                for line in lines(&before).into_iter().filter(|line| !line.contains(['{', '['])) {
                    // a key that is no longer the first of its item
                    let bare = line.trim_start_matches(['-', ' ']);
                    let is_there = |line: &str| after.binary_search(&line).is_ok();
                    let is_version = line.contains("version");
                    assert!(
                        is_there(line) || is_there(bare) || is_there(&format!("- {bare}")) || is_version,
                        "{run} {path} {line:?}\n{text}"
                    );
                }
            }
            usize::from(first.put.text.is_some()) + usize::from(raised.put.text.is_some())
        })
        .sum();
    assert!(changed > runs / 2, "only {changed} of {runs} files changed");
}

#[test]
fn large_files_take_linear_time() {
    let lib = "        - &l |\n          package lib.a\n          p=1\n";
    let target = "    - target: a\n      rego: |\n        package a\n        p=1\n      libs:\n        - *l\n";
    let head = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: a}\nspec:\n  targets:\n";
    let shared = format!("{head}    - rego: |\n        package a\n      libs:\n{lib}{}", target.repeat(300));
    let quotes = format!("{}```rego\npackage a\np:=1\n```\n", "> ".repeat(20_000));
    let items = format!("{}\n{}```rego\npackage a\np:=1\n```\n", "- ".repeat(20_000), "\n".repeat(20_000));
    let comments = format!("{}```rego\npackage a\np:=1\n```\n", "a <!-- b\n".repeat(20_000));
    let fences = "```rego\npackage a\np:=1\n```\n".repeat(2_000);
    for (path, text) in [("a.yaml", shared), ("a.md", quotes), ("b.md", items), ("c.md", comments), ("d.md", fences)] {
        let start = std::time::Instant::now();
        done(path, &text, path == "a.yaml");
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 20.0, "{path}: {seconds} s");
    }
}
