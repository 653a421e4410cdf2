//! Made-up workspaces in which keywords and documents name everything: opa reads the results as it read the originals.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::names::{after, documents, migrated, without_renames, write_all};
use crate::support::opa;

/// A generator of numbers that is the same everywhere (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}

/// Rules may be called so, and variables, too.
const NAMES: [&str; 8] = ["if", "in", "every", "contains", "input", "p", "q", "r"];

/// How a rule is defined.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Value,
    Set,
    Map,
    Function,
    /// `if.part = …`, a head that v1 accepts.
    Part,
}

/// A rule that others may use.
#[derive(Clone)]
struct Known {
    package: String,
    name: &'static str,
    shape: Shape,
}

struct Workspace<'r> {
    random: &'r mut Random,
    known: Vec<Known>,
    /// What no rule and no import is called, so that `=` binds it.
    free: &'static str,
}

/// What a rule in the making has used.
struct Body {
    package: String,
    /// Imports of the file: name and path.
    imports: Vec<(String, String)>,
    variables: Vec<&'static str>,
    /// Bare names of rules and imports, which the rule must not declare.
    globals: Vec<String>,
}

impl Workspace<'_> {
    /// A value that is always defined.
    fn term(&mut self, body: &mut Body, depth: usize) -> String {
        match self.random.below(9) {
            0 | 1 if !body.variables.is_empty() => self.random.pick(&body.variables.clone()).to_owned(),
            2 | 3 => self.rule_use(body),
            4 => self.random.pick(&["input[\"in\"]", "\"if\"", "`in`", "{\"in\": 1, \"if\": 2}.in"]).replace("input[", "{\"in\": 5}["),
            5 if depth < 2 => format!("[{}, {}]", self.term(body, depth + 1), self.term(body, depth + 1)),
            6 if depth < 2 => format!("{{\"{}\": {}}}", self.random.pick(&["if", "in", "k"]), self.term(body, depth + 1)),
            7 | 8 if depth < 2 => {
                // what the comprehension declares hides nothing that is used outside of it, or all of it
                let (variables, globals) = (body.variables.clone(), std::mem::take(&mut body.globals));
                let mut text = String::new();
                let name = self.random.pick(&["if", "in", "every", "input", "contains"]);
                if !body.variables.contains(&name) && !globals.iter().any(|global| global == name) {
                    let term = self.term(body, depth + 1);
                    if !body.globals.iter().any(|global| global == name) && !term.contains(&format!("{name} |")) {
                        let _ = write!(text, "[{name} | {name} := {term}]");
                    }
                }
                body.variables = variables;
                body.globals.extend(globals);
                if text.is_empty() { "7".to_owned() } else { text }
            }
            _ => self.random.below(9).to_string(),
        }
    }

    fn rule_use(&mut self, body: &mut Body) -> String {
        if self.known.is_empty() {
            return "1".to_owned();
        }
        let rule = self.known[self.random.below(self.known.len())].clone();
        let Known { package, name, shape } = &rule;
        let rest = match shape {
            Shape::Function => "(3)",
            Shape::Part => ".part",
            Shape::Value | Shape::Set | Shape::Map => "",
        };
        let imported = body.imports.iter().find(|(_, path)| *path == format!("{package}.{name}")).cloned();
        let root = body.imports.iter().find(|(_, path)| path == package).cloned();
        let is_free = |first: &str| !body.variables.contains(&first);
        let hidden = body.imports.iter().any(|(import, _)| import == name);
        match self.random.below(5) {
            0 | 1 if *package == body.package && !hidden && is_free(name) => {
                body.globals.push((*name).to_owned());
                format!("{name}{rest}")
            }
            2 if let Some((import, _)) = imported.filter(|(import, _)| is_free(import)) => {
                let text = format!("{import}{rest}");
                body.globals.push(import);
                text
            }
            3 if let Some((import, _)) = root.filter(|(import, _)| is_free(import)) => {
                let text = format!("{import}[\"{name}\"]{rest}");
                body.globals.push(import);
                text
            }
            4 => format!("{package}[\"{name}\"]{rest}"),
            _ => format!("{package}.{name}{rest}"),
        }
    }

    fn rule(&mut self, package: &str, imports: &[(String, String)], name: &'static str, shape: Shape) -> String {
        let mut body = Body { package: package.to_owned(), imports: imports.to_vec(), variables: Vec::new(), globals: Vec::new() };
        if shape == Shape::Function {
            body.variables.push(self.random.pick(&["if", "in", "every", "x"]));
        }
        let arg = body.variables.first().copied();
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            let variable = self.random.pick(&["if", "in", "every", "contains", "input", "x"]);
            let term = self.term(&mut body, 0);
            if body.variables.contains(&variable) || body.globals.iter().any(|global| global == variable) {
                continue;
            }
            let document = variable == "input";
            let _ = match self.random.below(4) {
                0 if variable == self.free || variable == "x" => write!(text, "{variable} = {term}; "),
                1 if !document => write!(text, "some {variable}; [5, 6][{variable}] == 6; "),
                2 if !document => write!(text, "[{variable}, _] := [{term}, 2]; "),
                _ => write!(text, "{variable} := {term}; "),
            };
            body.variables.push(variable);
        }
        let value = if body.variables.is_empty() { "4".to_owned() } else { self.random.pick(&body.variables.clone()).to_owned() };
        text += "true";
        match shape {
            Shape::Value => format!("{name} = [{value}] {{ {text} }}\n"),
            Shape::Set => format!("{name}[{value}] {{ {text} }}\n\n{name}[\"in\"]\n"),
            Shape::Map => format!("{name} = {{\"k\": {value}}} {{ {text} }}\n"),
            Shape::Function => format!("{name}({}) = {value} {{ {text} }}\n", arg.unwrap_or("x")),
            Shape::Part => format!("{name}.part = [{value}] {{ {text} }}\n"),
        }
    }

    fn files(&mut self, number: usize, files: &mut Vec<(String, String)>) {
        for file in 0..3 {
            let package = format!("data.names.w{number}{}", ["a", "a", "b"][file]);
            let mut imports: Vec<(String, String)> = Vec::new();
            let mut text = format!("package {}\n\n", package.trim_start_matches("data."));
            for _ in 0..self.random.below(3) {
                if self.known.is_empty() {
                    break;
                }
                let rule = self.known[self.random.below(self.known.len())].clone();
                let (path, last) = match self.random.below(2) {
                    0 => (rule.package.clone(), rule.package.rsplit('.').next().unwrap_or_default().to_owned()),
                    _ => (format!("{}.{}", rule.package, rule.name), rule.name.to_owned()),
                };
                let alias = self.random.pick(&["", "if", "every", "contains", "other"]);
                let name = if alias.is_empty() { last } else { alias.to_owned() };
                if name == "input" || name == self.free || rule.package == package {
                    continue;
                }
                let _ = writeln!(text, "import {path}{}{alias}", if alias.is_empty() { "" } else { " as " });
                // in v0 the last one counts
                imports.retain(|(known, _)| *known != name);
                imports.push((name, path));
            }
            for _ in 0..=self.random.below(3) {
                let name = NAMES[self.random.below(NAMES.len())];
                let shape = [Shape::Value, Shape::Set, Shape::Map, Shape::Function, Shape::Part][self.random.below(5)];
                if name == self.free || self.known.iter().any(|rule| rule.package == package && rule.name == name) {
                    continue;
                }
                // a rule called `input` is that for all files of the package
                if name == "input" && file < 2 && shape == Shape::Function {
                    continue;
                }
                let rule = self.rule(&package, &imports, name, shape);
                let _ = write!(text, "\n{rule}");
                self.known.push(Known { package: package.clone(), name, shape });
            }
            files.push((format!("w{number}-{file}.rego"), text));
        }
    }
}

fn workspaces(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut random = Random(seed);
    let mut files = Vec::new();
    for number in 0..count {
        Workspace { random: &mut random, known: Vec::new(), free: ["if", "in", "every"][number % 3] }.files(number, &mut files);
    }
    files
}

#[test]
fn results_have_the_values_of_the_originals() {
    let Some(opa) = opa() else { return };
    let root = tempfile::tempdir().expect("folder");
    let files = workspaces(0x5eed, 120);
    let outcomes = migrated(&files, true);
    // people decide some of them; a package's files go together
    let left: Vec<&str> = files
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.text.is_err())
        .filter_map(|((name, _), _)| name.split('-').next())
        .collect();
    assert!(left.len() < 60, "{} are left alone", left.len());
    let results = after(&files, &outcomes);
    let keep = |files: &[(String, String)]| -> Vec<(String, String)> {
        files.iter().filter(|(name, _)| !left.contains(&name.split('-').next().expect("number"))).cloned().collect()
    };
    let (before, migrated) = (root.path().join("before"), root.path().join("after"));
    write_all(&before, &keep(&files));
    write_all(&migrated, &keep(&results));
    if let Some(folder) = std::env::var_os("ZTCTL_KEEP") {
        write_all(std::path::Path::new(&folder), &files);
    }
    let wanted = without_renames(&documents(&opa, &before, true).expect("what we generate compiles"), 0);
    for v0 in [true, false] {
        let found = documents(&opa, &migrated, v0).unwrap_or_else(|error| panic!("{error}"));
        let found = without_renames(&found, 0);
        for (package, wanted) in wanted.as_object().expect("packages") {
            assert_eq!(found.get(package), Some(wanted), "{package}");
        }
    }
}

#[test]
fn many_uses_take_little_time() {
    let mut text = "package a\n\nimport data.b.in\n\nif = 1\n".to_owned();
    for at in 0..10_000 {
        let _ = write!(text, "\np{at} = [every, if, in.x, input] {{ every := data.a.if; input := {at} }}\n");
    }
    let mut wide = "package b\n\np = [x | some_value := 1] {\n".to_owned();
    for at in 0..10_000 {
        let _ = writeln!(wide, "\tevery{at} := [in | in := data.a.if; in == data.a[\"if\"]]");
    }
    wide += "}\n";
    let imports = format!("package c\n\n{}", "import data.a.if as z\n".repeat(5_000));
    let files = [("a.rego", text), ("b.rego", wide), ("c.rego", imports)].map(|(name, text)| (name.to_owned(), text));
    let started = Instant::now();
    let outcomes = migrated(&files, true);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    for (outcome, (name, _)) in outcomes.iter().zip(&files) {
        assert!(outcome.text.is_ok(), "{name}: {:?}", outcome.text.as_ref().err());
    }
}

#[test]
fn what_is_no_rego_is_left_alone() {
    let texts = [
        "",
        "package",
        "package a\nimport",
        "package a\nif",
        "package a\nif = ",
        "package a\nimport data.in as\nin {",
        "package a\nf(input",
        "package a\np { some in in in }",
        "package a\ninput := input := input",
        "package a\n(if) := 1",
        "package a\nif[in][every] = if",
        "package a\nimport data[\"\"]\nimport data[\"\"]\np = 1",
        "package a[\"\\u0000\"]\nif = 1",
        "\u{feff}package a\nif = in { in := 1 }",
        "package a\r\n\r\nif = in {\r\n\tin := 1\r\n}\r\n",
        "package a\nimport data\nimport data.data\ndata = data { data := data }",
        "package if.in\nif = data.if.in.if",
        "package a\nif = 1 import data.in import data.in p = in",
    ];
    let files: Vec<(String, String)> = texts.iter().enumerate().map(|(at, text)| (format!("{at}.rego"), (*text).to_owned())).collect();
    for unsafe_too in [false, true] {
        assert_eq!(migrated(&files, unsafe_too).len(), files.len());
        for file in &files {
            assert_eq!(migrated(std::slice::from_ref(file), unsafe_too).len(), 1);
        }
    }
}
