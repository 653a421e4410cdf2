//! What shell scripts run: those of `.sh` files, of workflows and pipelines, of ConfigMaps and containers.

mod call;
mod makefile;
mod sources;

use std::sync::Arc;

use crate::model::value::{Format, Node, Origin, Value, read};
use crate::syntax::shell::{self, read_part};
use crate::text::{EmbeddedIn, Location, Mapping, SourceFile, SourceId, Span};

pub use crate::syntax::shell::{Assignment, Command, Text, Word};
pub use call::{Arg, Call, container_call};
pub use makefile::is_makefile;
pub use sources::{container_script, has_shebang, in_container, in_gitlab, in_workflow, is_shell_key};

/// A script that may run something that is judged.
#[derive(Clone, Debug)]
pub struct Script {
    pub source: SourceId,
    /// The scripts given to `sh -c` are part of it.
    pub commands: Vec<Command>,
    via: Arc<[Location]>,
}

/// Words of which a script that is judged has one.
const WORDS: [&str; 10] = ["vault", "VAULT_", "istioctl", "kubectl", "helm", "spire-server", "spire-agent", "hvs.", "oc apply", "opa run"];

/// Scripts within scripts are read so far.
const MAX_DEPTH: usize = 4;

/// Whether a script may run something that is judged. A search costs less than reading.
#[must_use]
pub fn is_wanted(text: &str) -> bool {
    WORDS.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

impl Script {
    /// Reads the text of `source`.
    #[must_use]
    pub fn read(source: SourceId, text: &str) -> Self {
        let mut commands = shell::read(text).commands;
        let mut from = 0;
        for _ in 0..MAX_DEPTH {
            let to = commands.len();
            for at in from..to {
                let Some(part) = inner(&commands[at]) else { continue };
                let base = commands.len();
                let inner = read_part(text, part).commands;
                commands.extend(inner.into_iter().map(|command| Command { piped_from: command.piped_from.map(|at| at + base), ..command }));
            }
            if commands.len() == to {
                break;
            }
            from = to;
        }
        Self { source, commands, via: Arc::from([]) }
    }

    /// Reads the recipes of the Makefile `source`.
    #[must_use]
    pub fn of_makefile(source: SourceId, text: &str) -> Self {
        Self::read(source, &makefile::recipes(text))
    }

    /// A place of the script, for reports.
    #[must_use]
    pub fn origin(&self, span: Span) -> Origin {
        Origin { at: Location { source: self.source, span }, via: Arc::clone(&self.via) }
    }

    /// What a command reads: its heredoc or here-string, or the text that is piped into it by `cat <<EOF` or `echo '…'`.
    #[must_use]
    pub fn input(&self, command: &Command) -> Option<Text> {
        if let Some(input) = command.input {
            return Some(input);
        }
        let from = self.commands.get(command.piped_from?)?;
        let text_of = |word: &Word| word.quoted.map(|span| Text { span, expands: word.is_unknown(), strips_tabs: false, is_lines: false });
        match from.words.first().map(Word::prefix)? {
            "cat" if from.words[1..].iter().all(|word| word.text == "-") => from.input,
            "echo" | "printf" => from.words.iter().rev().find_map(text_of),
            _ => None,
        }
    }

    /// The JSON value that is written in the script's text at `text`.
    #[must_use]
    pub fn json(&self, file: &SourceFile, text: Text) -> Option<Node> {
        let written = file.slice(text.span);
        if !written.trim_start().starts_with('{') {
            return None;
        }
        let document = read(self.source, written, Format::Json).documents.into_iter().next()?;
        let mut root = document.root.filter(|_| document.complete)?;
        shift(&mut root, text.span.start);
        Some(root)
    }

    /// The texts that commands read or pass on, as sources of their own: configurations in heredocs.
    pub(in crate::model) fn texts(&self, file: &SourceFile) -> Vec<SourceFile> {
        let words = |command: &Command| -> Vec<Text> {
            let echoes = matches!(command.words.first().map(Word::prefix), Some("echo" | "printf"));
            let quoted = command.words.iter().filter(|_| echoes).filter_map(|word| Some((word.quoted?, word.is_unknown())));
            quoted.map(|(span, expands)| Text { span, expands, strips_tabs: false, is_lines: false }).collect()
        };
        let applies = |command: &Command| Some((applied_namespace(command)?, self.input(command)?));
        let applied: Vec<(String, Text)> = self.commands.iter().filter_map(applies).collect();
        let all = self.commands.iter().flat_map(|command| command.input.into_iter().chain(words(command)));
        let others = all.filter(|text| applied.iter().all(|(_, other)| other != text)).filter_map(|text| self.text(file, text));
        others.chain(applied.iter().filter_map(|(namespace, text)| self.manifests(file, namespace, *text))).collect()
    }

    /// The manifests that a script hands to `kubectl`, with the namespace that the command names.
    fn manifests(&self, file: &SourceFile, namespace: &str, text: Text) -> Option<SourceFile> {
        let written = file.slice(text.span);
        if !(written.contains("apiVersion") && written.contains("kind")) {
            return None;
        }
        let (inner, mapping) = self.taken(file, text)?;
        let key = if text.expands { EXPANDED } else { "manifests.yaml" };
        let holder = EmbeddedIn { kind: MANIFESTS, object: namespace.to_owned(), key: key.to_owned() };
        Some(SourceFile::embedded(file.path.clone(), inner, mapping, holder))
    }

    fn taken(&self, file: &SourceFile, text: Text) -> Option<(String, Mapping)> {
        if !text.is_lines {
            return Some(Mapping::verbatim(self.source, &file.text, text.span));
        }
        let first = file.slice(text.span).lines().find(|line| !line.trim().is_empty())?;
        let tabs = if text.strips_tabs { first.len() - first.trim_start_matches('\t').len() } else { 0 };
        Some(Mapping::lines(self.source, &file.text, text.span, &"\t".repeat(tabs), ""))
    }

    fn text(&self, file: &SourceFile, text: Text) -> Option<SourceFile> {
        let written = file.slice(text.span);
        if !(written.contains("capabilities") || written.contains("listener") || written.contains("trust_domain")) {
            return None;
        }
        let (inner, mapping) = self.taken(file, text)?;
        let key = if inner.trim_start().starts_with('{') { "heredoc.json" } else { "heredoc.hcl" };
        let kind = if text.expands { "shell-expanded" } else { "shell" };
        let holder = EmbeddedIn { kind, object: String::new(), key: key.to_owned() };
        Some(SourceFile::embedded(file.path.clone(), inner, mapping, holder))
    }
}

/// What holds manifests that a script applies, and their key where the shell puts something into them.
pub(in crate::model) const MANIFESTS: &str = "manifests";
pub(in crate::model) const EXPANDED: &str = "expanded.yaml";

/// The namespace that a command names, if it applies what it reads, `kubectl apply -n shop -f -`; empty where it names none.
fn applied_namespace(command: &Command) -> Option<String> {
    let (first, rest) = call::peeled(&command.words).split_first()?;
    let is_kubectl = matches!(first.prefix().rsplit('/').next(), Some("kubectl" | "oc" | "k"));
    if !is_kubectl || !rest.iter().any(|word| matches!(word.prefix(), "apply" | "create" | "replace")) {
        return None;
    }
    let value = |short: &str, long: &str| {
        rest.iter().enumerate().find_map(|(at, word)| {
            let text = word.text.as_str();
            if text == short || text == long {
                return rest.get(at + 1).map(|next| next.text.as_str());
            }
            let behind = text.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
            behind.or_else(|| text.strip_prefix(short).filter(|_| !text.starts_with("--")).map(|rest| rest.trim_start_matches('=')))
        })
    };
    matches!(value("-f", "--filename"), Some("-" | "/dev/stdin")).then(|| value("-n", "--namespace").unwrap_or("").to_owned())
}

/// The script that a command gives to another shell: behind `-c`, or as its input.
fn inner(command: &Command) -> Option<Span> {
    let words = call::peeled(&command.words);
    let (first, rest) = words.split_first()?;
    if !is_shell(first.prefix()) {
        return None;
    }
    match rest.iter().position(|word| is_c(&word.text)) {
        Some(at) => rest.get(at + 1)?.quoted,
        None => command.input.filter(|input| input.is_lines && rest.iter().all(|word| word.text.starts_with('-'))).map(|input| input.span),
    }
}

/// Whether a word names a shell.
fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "ksh" | "zsh"))
}

/// `-c`, or several options of a shell with `c` as the last: `-ec`.
fn is_c(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| letters.ends_with('c') && letters.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Moves all places of a value.
fn shift(node: &mut Node, by: u32) {
    let moved = |origin: &mut Origin| {
        let span = origin.at.span;
        origin.at.span = Span::new(span.start + by, span.end + by);
    };
    moved(&mut node.origin);
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                moved(&mut entry.origin);
                shift(&mut entry.value, by);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Scalar(_) => {}
    }
}
