//! What a command line does in the end: whether it runs policy tests, directly or through make, just, npm, a script or pre-commit,
//! and whether their failure is its own.

use std::collections::BTreeMap;

use crate::assess::policy_tests::TextFile;
use crate::model::value::{Format, Node, read};
use crate::text::{Location, SourceId};

/// Whether policy tests are run, and of which paths.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Runs {
    /// Their failure fails the job. Paths from the repository's root; an empty one is all of it.
    pub(super) firm: Vec<String>,
    /// Their failure is swallowed.
    pub(super) lax: Vec<String>,
    /// What swallows it, where one step does.
    pub(super) at: Option<Location>,
}

impl Runs {
    fn add(&mut self, other: Self, swallowed: bool) {
        if swallowed {
            self.lax.extend(other.firm);
        } else {
            self.firm.extend(other.firm);
        }
        self.lax.extend(other.lax);
    }

    pub(super) fn swallow(&mut self) {
        self.lax.append(&mut self.firm);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.firm.is_empty() && self.lax.is_empty()
    }
}

/// How many helpers may call one another.
const DEPTH: usize = 8;

/// The files that commands may lead to, by their path below the root.
pub(super) struct Helpers<'t> {
    files: BTreeMap<&'t str, &'t str>,
}

impl<'t> Helpers<'t> {
    /// `root` is how paths of the run begin.
    pub(super) fn new(texts: &'t [TextFile], root: &str) -> Self {
        let root = root.trim_end_matches('/');
        let below = |path: &'t str| if root.is_empty() || root == "." { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') };
        Self { files: texts.iter().filter_map(|file| Some((below(&file.path)?, &*file.text))).collect() }
    }

    pub(super) fn get(&self, path: &str) -> Option<&'t str> {
        self.files.get(path).copied()
    }

    /// What a script of a shell runs in the folder `dir`. `pipes` says whether a pipe fails with its first command.
    pub(super) fn script(&self, dir: &str, text: &str, pipes: bool, depth: usize) -> Runs {
        let mut out = Runs::default();
        if depth > DEPTH {
            return out;
        }
        let mut dir = dir.to_owned();
        let (mut pipes, mut stops) = (pipes, true);
        for line in logical_lines(text) {
            let commands = split(&line);
            for (at, command) in commands.iter().enumerate() {
                let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
                match &words[..] {
                    ["set", options @ ..] => {
                        pipes |= options.contains(&"pipefail") || options.iter().any(|option| option.contains("pipefail"));
                        stops &= !options.iter().any(|option| option.starts_with('+') && option.contains('e'));
                        stops |= options.iter().any(|option| option.starts_with('-') && !option.starts_with("--") && option.contains('e'));
                        continue;
                    }
                    ["cd" | "pushd", to, ..] => {
                        dir = join(&dir, to);
                        continue;
                    }
                    _ => {}
                }
                let found = self.command(&dir, &words, depth);
                if found.is_empty() {
                    continue;
                }
                let next = commands.get(at + 1).map(|next| next.words.iter().map(String::as_str).collect::<Vec<_>>());
                let forgiving = |words: &[&str]| matches!(words, ["true" | ":" | "echo" | "printf", ..] | ["exit", "0"] | []);
                let swallowed = match command.then {
                    "||" => next.is_none_or(|next| forgiving(&next)),
                    "|" => !pipes,
                    "&" => true,
                    ";" => !stops && commands.len() > at + 1,
                    _ => false,
                };
                out.add(found, swallowed || command.negated || !stops);
            }
        }
        out
    }

    /// What one command runs.
    fn command(&self, dir: &str, words: &[&str], depth: usize) -> Runs {
        let Some((program, args)) = strip(words) else { return Runs::default() };
        let name = program.rsplit('/').next().unwrap_or(program);
        let operands = || args.iter().copied().filter(|arg| !arg.starts_with('-')).collect::<Vec<_>>();
        let direct = |verbs: &[&str]| -> Option<Runs> {
            let operands = operands();
            let (verb, rest) = operands.split_first()?;
            if !verbs.contains(verb) {
                return None;
            }
            // where an absolute path lies, in a container say, is not told
            let place = |path: &&str| if path.starts_with(['/', '~', '$']) { String::new() } else { join(dir, path) };
            let paths: Vec<String> = rest.iter().filter(|path| looks_like_path(path)).map(place).collect();
            // `conftest verify` reads `policy` unless `--policy` says otherwise; what a flag names is not told from other words
            let firm = if paths.is_empty() || name == "conftest" { vec![String::new()] } else { paths };
            Some(Runs { firm, ..Runs::default() })
        };
        match name {
            "opa" => direct(&["test"]).unwrap_or_default(),
            "ztctl" => direct(&["test", "verify"]).unwrap_or_default(),
            "conftest" => direct(&["verify"]).unwrap_or_default(),
            "gator" => direct(&["verify", "test"]).unwrap_or_default(),
            "make" | "gmake" => self.make(dir, args, depth),
            "just" => self.just(dir, args, depth),
            "task" => self.task(dir, args, depth),
            "npm" | "yarn" | "pnpm" | "bun" => self.package(dir, args, depth),
            "pre-commit" | "prek" if args.contains(&"run") => self.pre_commit(dir, depth),
            "bash" | "sh" | "zsh" | "dash" | "source" | "." => match operands().first() {
                Some(script) if args.first().is_none_or(|arg| *arg != "-c") => self.file(&join(dir, script), dir, depth),
                Some(text) => self.script(dir, text, false, depth + 1),
                None => Runs::default(),
            },
            _ if program.contains('/') || program.ends_with(".sh") => self.file(&join(dir, program), dir, depth),
            _ => Runs::default(),
        }
    }

    fn file(&self, path: &str, dir: &str, depth: usize) -> Runs {
        let Some(text) = self.get(path) else { return Runs::default() };
        // a script goes on after a failure unless it says otherwise; the last command decides then
        let strict = text.lines().take(40).any(|line| {
            let line = line.trim();
            line.starts_with("#!") && line.contains(" -e")
                || line.strip_prefix("set ").is_some_and(|rest| {
                    rest.split_whitespace().any(|word| word.starts_with('-') && word.contains('e')) || rest.contains("errexit")
                })
        });
        let mut found = self.script(dir, text, false, depth + 1);
        if !strict && !found.firm.is_empty() {
            let last = logical_lines(text).pop().map(|line| self.script(dir, &line, false, depth + 1)).unwrap_or_default();
            let lost: Vec<String> = found.firm.drain(..).filter(|path| !last.firm.contains(path)).collect();
            found.firm = last.firm;
            found.lax.extend(lost);
        }
        found
    }

    fn make(&self, dir: &str, args: &[&str], depth: usize) -> Runs {
        let mut dir = dir.to_owned();
        let mut file = None;
        let mut targets = Vec::new();
        let mut ignores = false;
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match *arg {
                "-C" | "--directory" => dir = args.next().map_or_else(|| dir.clone(), |to| join(&dir, to)),
                "-f" | "--file" => file = args.next().copied(),
                "-i" | "--ignore-errors" | "-n" | "--dry-run" => ignores = true,
                arg if arg.starts_with('-') || arg.contains('=') => {}
                arg => targets.push(arg),
            }
        }
        let names = file.map_or_else(|| vec!["GNUmakefile", "makefile", "Makefile"], |name| vec![name]);
        let Some(text) = names.iter().find_map(|name| self.get(&join(&dir, name))) else { return Runs::default() };
        // what it includes is looked at as if it stood there
        let included = text.lines().filter_map(|line| line.strip_prefix("include ").or_else(|| line.strip_prefix("-include ")));
        let more: Vec<&str> = included.flat_map(str::split_whitespace).filter_map(|name| self.get(&join(&dir, name))).collect();
        let rules = Recipes::of_make(std::iter::once(text).chain(more));
        let mut found = Runs::default();
        if targets.is_empty() {
            targets.extend(rules.first.as_deref());
        }
        for target in targets {
            found.add(self.recipe(&rules, target, &dir, depth, &mut Vec::new()), ignores);
        }
        found
    }

    fn just(&self, dir: &str, args: &[&str], depth: usize) -> Runs {
        let Some(text) = ["justfile", "Justfile", ".justfile"].iter().find_map(|name| self.get(&join(dir, name))) else {
            return Runs::default();
        };
        let rules = Recipes::of_make(std::iter::once(text));
        let target = args.iter().copied().find(|arg| !arg.starts_with('-')).or(rules.first.as_deref());
        target.map_or_else(Runs::default, |target| self.recipe(&rules, target, dir, depth, &mut Vec::new()))
    }

    fn recipe(&self, rules: &Recipes, target: &str, dir: &str, depth: usize, seen: &mut Vec<String>) -> Runs {
        let mut out = Runs::default();
        if depth > DEPTH || seen.iter().any(|known| known == target) {
            return out;
        }
        seen.push(target.to_owned());
        let Some(rule) = rules.by_name.get(target) else { return out };
        for before in &rule.needs {
            out.add(self.recipe(rules, before, dir, depth + 1, seen), false);
        }
        for line in &rule.lines {
            let text = line.trim_start_matches(['@', '-', '+']);
            let ignored = line.chars().take_while(|c| matches!(c, '@' | '-' | '+')).any(|c| c == '-');
            let text = text.replace("$(MAKE)", "make").replace("${MAKE}", "make");
            out.add(self.script(dir, &text, false, depth + 1), ignored);
        }
        out
    }

    /// Taskfile.yml: `tasks.<name>.cmds` and `deps`.
    fn task(&self, dir: &str, args: &[&str], depth: usize) -> Runs {
        let names = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"];
        let Some(root) = names.iter().find_map(|name| self.get(&join(dir, name))).and_then(yaml) else { return Runs::default() };
        let target = args.iter().copied().find(|arg| !arg.starts_with('-')).unwrap_or("default");
        let mut out = Runs::default();
        let mut waiting = vec![target.to_owned()];
        let mut seen: Vec<String> = Vec::new();
        while let Some(name) = waiting.pop().filter(|_| seen.len() < 64) {
            if seen.contains(&name) {
                continue;
            }
            let Some(task) = root.get("tasks").and_then(|tasks| tasks.get(&name)) else { continue };
            seen.push(name);
            let ignored = task.get("ignore_error").and_then(Node::as_bool) == Some(true);
            let called = |node: &Node| node.as_str().or_else(|| node.get("task")?.as_str()).map(str::to_owned);
            waiting.extend(task.get("deps").map_or(&[][..], Node::items).iter().filter_map(called));
            let commands = match task.items() {
                [] => task.get("cmds").map_or(&[][..], Node::items),
                items => items,
            };
            for command in commands {
                if let Some(name) = command.get("task").and_then(Node::as_str) {
                    waiting.push(name.to_owned());
                } else if let Some(text) = command.as_str().or_else(|| command.get("cmd")?.as_str()) {
                    let own = command.get("ignore_error").and_then(Node::as_bool) == Some(true);
                    out.add(self.script(dir, text, false, depth + 1), ignored || own);
                }
            }
        }
        out
    }

    /// A script of package.json.
    fn package(&self, dir: &str, args: &[&str], depth: usize) -> Runs {
        let operands: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
        let name = match operands[..] {
            ["run" | "run-script", name, ..] => name,
            ["test" | "t", ..] => "test",
            [name, ..] => name,
            [] => return Runs::default(),
        };
        let Some(text) = self.get(&join(dir, "package.json")) else { return Runs::default() };
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return Runs::default() };
        let mut out = Runs::default();
        for name in [format!("pre{name}"), name.to_owned(), format!("post{name}")] {
            if let Some(text) = value["scripts"][&name].as_str() {
                out.add(self.script(dir, text, false, depth + 1), false);
            }
        }
        out
    }

    /// The hooks of pre-commit.
    pub(super) fn pre_commit(&self, dir: &str, depth: usize) -> Runs {
        let mut out = Runs::default();
        let Some(root) = self.get(&join(dir, ".pre-commit-config.yaml")).and_then(yaml) else { return out };
        for repository in root.get("repos").map_or(&[][..], Node::items) {
            for hook in repository.get("hooks").map_or(&[][..], Node::items) {
                let text = |key: &str| hook.get(key).and_then(Node::as_str);
                let manual = hook.get("stages").is_some_and(|stages| stages.items().iter().all(|stage| stage.as_str() == Some("manual")));
                if manual {
                    continue;
                }
                let known =
                    matches!(text("id"), Some("opa-test" | "conftest-verify" | "ztctl" | "ztctl-verify" | "ztctl-test" | "gator-verify"));
                if let Some(entry) = text("entry") {
                    out.add(self.script(dir, entry, false, depth + 1), false);
                } else if known {
                    out.firm.push(String::new());
                }
            }
        }
        out
    }
}

/// A text as YAML, at most its first document.
pub(super) fn yaml(text: &str) -> Option<Node> {
    read(SourceId(u32::MAX), text, Format::Yaml).documents.into_iter().find_map(|document| document.root)
}

/// Rules of a Makefile or justfile.
#[derive(Default)]
struct Recipes {
    by_name: BTreeMap<String, Recipe>,
    first: Option<String>,
}

#[derive(Default)]
struct Recipe {
    needs: Vec<String>,
    lines: Vec<String>,
}

impl Recipes {
    fn of_make<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut this = Self::default();
        for text in texts {
            let mut current: Vec<String> = Vec::new();
            for line in logical_lines_of_make(text) {
                if line.starts_with(['\t', ' ']) {
                    let body = line.trim();
                    if !body.is_empty() && !body.starts_with('#') {
                        for name in &current {
                            this.by_name.entry(name.clone()).or_default().lines.push(body.to_owned());
                        }
                    }
                    continue;
                }
                let line = line.split(" #").next().unwrap_or("").trim_end();
                let Some((names, rest)) = line.split_once(':').filter(|(names, rest)| !rest.starts_with('=') && !names.contains('='))
                else {
                    if !line.is_empty() {
                        current.clear();
                    }
                    continue;
                };
                if names.starts_with('#') {
                    continue;
                }
                // `target: need ; command`; of a justfile's `test arg='x':` the first word is the name
                let (needs, inline) = rest.split_once(';').map_or((rest, None), |(needs, command)| (needs, Some(command)));
                current = names.trim_start_matches('@').split_whitespace().map(str::to_owned).collect();
                for name in &current {
                    let rule = this.by_name.entry(name.clone()).or_default();
                    rule.needs
                        .extend(needs.trim_start_matches(':').split_whitespace().map(|need| need.trim_matches(['(', ')']).to_owned()));
                    rule.lines.extend(inline.map(|command| command.trim().to_owned()));
                }
                if this.first.is_none() {
                    this.first = current.first().filter(|name| !name.starts_with('.')).cloned();
                }
            }
        }
        this
    }
}

fn logical_lines_of_make(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let (body, continues) = line.strip_suffix('\\').map_or((line, false), |body| (body, true));
        match out.last_mut().filter(|_| open) {
            Some(last) => {
                last.push(' ');
                last.push_str(body.trim());
            }
            None => out.push(body.to_owned()),
        }
        open = continues;
    }
    out
}

/// Lines with continuations joined, without comments and here-documents' bodies told apart from them by their first word.
fn logical_lines(text: &str) -> Vec<String> {
    let joined = logical_lines_of_make(text);
    joined.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// One command, and the operator behind it.
struct Command {
    words: Vec<String>,
    then: &'static str,
    negated: bool,
}

/// Splits a line of shell at its operators; quotes are taken off.
fn split(line: &str) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut some = false;
    let mut chars = line.chars().peekable();
    let mut finish = |words: &mut Vec<String>, then: &'static str| {
        let mut words = std::mem::take(words);
        let negated = words.first().is_some_and(|word| word == "!");
        while words.first().is_some_and(|word| matches!(word.as_str(), "!" | "if" | "then" | "do" | "else" | "elif" | "while" | "{" | "("))
        {
            words.remove(0);
        }
        out.push(Command { words, then, negated });
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                some = true;
                for inner in chars.by_ref() {
                    if inner == c {
                        break;
                    }
                    word.push(inner);
                }
            }
            '\\' => word.extend(chars.next()),
            '#' if word.is_empty() && !some => break,
            c if c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(' | ')') => {
                if !word.is_empty() || some {
                    words.push(std::mem::take(&mut word));
                    some = false;
                }
                let double = matches!(c, '|' | '&') && chars.peek() == Some(&c);
                if double {
                    chars.next();
                }
                match c {
                    // `2>&1`, `&>`
                    '&' if !double && (words.last().is_some_and(|last| last.ends_with('>')) || chars.peek() == Some(&'>')) => {}
                    ';' => finish(&mut words, ";"),
                    '|' => finish(&mut words, if double { "||" } else { "|" }),
                    '&' => finish(&mut words, if double { "&&" } else { "&" }),
                    _ => {}
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() || some {
        words.push(word);
    }
    if !words.is_empty() {
        finish(&mut words, "");
    }
    out
}

/// The program and its arguments, without what runs it: variables, `sudo`, a container's image.
fn strip<'w, 'a>(words: &'a [&'w str]) -> Option<(&'w str, &'a [&'w str])> {
    let mut rest = words;
    loop {
        let (first, args) = rest.split_first()?;
        let assigns =
            first.split_once('=').is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        match *first {
            _ if assigns => rest = args,
            "sudo" | "time" | "exec" | "env" | "command" | "nice" | "npx" | "bunx" | "xargs" => rest = args,
            "go" if args.first() == Some(&"tool") => rest = &args[1..],
            "uv" | "poetry" | "pipenv" | "hatch" if args.first() == Some(&"run") => rest = &args[1..],
            "pnpm" | "yarn" | "mise" | "asdf" if matches!(args.first(), Some(&("exec" | "dlx"))) => rest = &args[1..],
            "--" => rest = args,
            "docker" | "podman" | "nerdctl" if args.first() == Some(&"run") => {
                let image = args.iter().position(|word| {
                    ["openpolicyagent/opa", "openpolicyagent/conftest", "openpolicyagent/gator", "instrumenta/conftest", "ztctl"]
                        .iter()
                        .any(|image| word.contains(image) && !word.starts_with('-'))
                })?;
                let program = ["conftest", "gator", "ztctl", "opa"].into_iter().find(|name| args[image].contains(name))?;
                let args = &args[image + 1..];
                return Some((program, args));
            }
            program => return Some((program, args)),
        }
    }
}

fn looks_like_path(word: &str) -> bool {
    // a number is a flag's value: `--timeout 5s`, `--threshold 80`
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && !matches!(word, "json" | "pretty" | "table" | "full" | "notes" | "fails" | "off")
}

/// A path below a folder; up to its first pattern or variable, which is all that is below.
pub(super) fn join(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { dir.split('/').filter(|part| !part.is_empty()).collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part if part.contains(['*', '?', '$', '{', '[', '`']) => break,
            part => parts.push(part),
        }
    }
    parts.join("/")
}
