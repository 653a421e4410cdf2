//! Holds every `crate::…` path of the sources against the layer table of ARCHITECTURE.md, and the invariants that can be read off the text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, out: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<_> = fs::read_dir(dir).expect("src is readable").map(|entry| entry.expect("entry").path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("source is readable");
                out.push((path.strip_prefix(root()).expect("below the root").to_owned(), text));
            }
        }
    }
    let mut out = Vec::new();
    walk(&root().join("src"), &mut out);
    out
}

/// The module a file belongs to: `src/lint/engine.rs` and `src/cli.rs` are `lint` and `cli`.
fn module(path: &Path) -> String {
    let first = path.components().nth(1).expect("below src").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The table in ARCHITECTURE.md: `| module, module | may use |`.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = text.split("## Layers").nth(1).expect("a section `Layers`").split("\n## ").next().expect("its text");
    let mut table = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let names = |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        for module in names(cells[1]) {
            table.insert(module, names(cells[2]));
        }
    }
    table
}

/// The modules that a text names as `crate::x`, comments aside.
fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            if let Some(group) = part.strip_prefix('{') {
                let names = group.split('}').next().unwrap_or(group).split(',');
                found.extend(
                    names.map(|name| name.trim().split("::").next().unwrap_or_default().to_owned()).filter(|name| !name.is_empty()),
                );
            } else {
                found.insert(part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    found
}

#[test]
fn every_use_is_allowed() {
    let table = table();
    assert!(table.len() >= 10, "the layer table was not read: {table:?}");
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(allowed) = table.get(&module) else {
            wrong.push(format!("{}: module `{module}` is not in the layer table", path.display()));
            continue;
        };
        for used in uses(&text) {
            if used != module && table.contains_key(&used) && !allowed.contains(&used) {
                wrong.push(format!("{}: `{module}` uses `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_are_not_seen_by_reports() {
    for (path, text) in sources() {
        if module(&path) == "report" {
            assert!(!text.contains("lint::rules"), "{} names lint::rules", path.display());
        }
    }
}

fn only_in(needle: &str, allowed: impl Fn(&str) -> bool) {
    for (path, text) in sources() {
        let name = path.to_string_lossy().replace('\\', "/");
        let named = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(needle));
        assert!(!named || allowed(&name), "{name} names `{needle}`");
    }
}

#[test]
fn engines_and_renderers_stay_behind_their_doors() {
    only_in("regorus::", |name| name.starts_with("src/eval/"));
    only_in("miette::", |name| name == "src/report/pretty.rs");
}

#[test]
fn only_commands_touch_the_world() {
    let edge = |name: &str| name.starts_with("src/commands/") || name == "src/main.rs";
    for needle in
        ["std::fs", "std::env", "std::process", "std::net", "println!", "eprintln!", "std::io::stdin", "std::io::stdout", "std::io::stderr"]
    {
        only_in(needle, edge);
    }
}

#[test]
fn files_stay_readable() {
    let long: Vec<String> = sources()
        .iter()
        .map(|(path, text)| (text.lines().count(), path.display().to_string(), text.starts_with("// @generated")))
        .filter(|(lines, _, generated)| *lines > 700 && !generated)
        .map(|(lines, path, _)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split by meaning:\n{}", long.join("\n"));
}
