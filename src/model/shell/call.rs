//! A program with its arguments, whether a script calls it or a container runs it.

use super::{Command, Script, Word};
use crate::model::k8s::Container;
use crate::model::value::{Node, Origin};

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where the command begins.
    pub at: Origin,
    /// Behind the program's name.
    pub args: Vec<Arg>,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Arg {
    pub word: Word,
    pub at: Origin,
}

/// Programs that run the command behind them, with those of their options that take a value.
const WRAPPERS: [(&str, &[&str]); 10] = [
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-T", "-r", "-t", "--user", "--group"]),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"]),
    ("exec", &["-a"]),
    ("command", &[]),
    ("nohup", &[]),
    ("time", &["-f", "-o"]),
    ("timeout", &["-k", "-s", "--kill-after", "--signal"]),
    ("nice", &["-n"]),
    ("xargs", &["-I", "-n", "-P", "-L", "-d"]),
    ("retry", &[]),
];

/// Options of `kubectl exec`, `docker exec` and `docker compose exec` that take a value.
const EXEC_OPTIONS: [&str; 19] = [
    "-n",
    "--namespace",
    "-c",
    "--container",
    "--context",
    "--kubeconfig",
    "--cluster",
    "--user",
    "-u",
    "-e",
    "--env",
    "--env-file",
    "-w",
    "--workdir",
    "--index",
    "-f",
    "--file",
    "-p",
    "--project-name",
];

/// The words of a command without the programs that only run it: `sudo`, `env A=b`, `kubectl exec pod --`.
pub(super) fn peeled(words: &[Word]) -> &[Word] {
    let mut words = words;
    // each round takes at least one word
    while let Some(rest) = peel(words) {
        words = rest;
    }
    words
}

fn peel(words: &[Word]) -> Option<&[Word]> {
    let (first, rest) = words.split_first()?;
    let name = first.known()?.rsplit('/').next()?;
    if matches!(name, "kubectl" | "oc" | "docker" | "podman" | "nerdctl" | "docker-compose" | "k3s" | "microk8s" | "minikube") {
        return behind_exec(name, rest);
    }
    let (_, with_value) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name)?;
    let mut rest = options(rest, with_value);
    if matches!(name, "env" | "sudo") {
        let assignments = rest.iter().take_while(|word| !word.prefix().starts_with('-') && word.prefix().contains('=')).count();
        rest = &rest[assignments..];
    }
    if name == "timeout" {
        rest = rest.get(1..)?;
    }
    (!rest.is_empty()).then_some(rest)
}

/// What `kubectl exec` or `docker exec` runs.
fn behind_exec<'w>(name: &str, words: &'w [Word]) -> Option<&'w [Word]> {
    if matches!(name, "k3s" | "microk8s" | "minikube") {
        let tool = words.iter().position(|word| word.text == "kubectl")?;
        return behind_exec("kubectl", &words[tool + 1..]);
    }
    let mut rest = options(words, &EXEC_OPTIONS);
    if rest.first().is_some_and(|word| word.text == "compose") {
        rest = options(&rest[1..], &EXEC_OPTIONS);
    }
    if rest.first().is_none_or(|word| word.text != "exec") {
        return None;
    }
    let rest = &rest[1..];
    if let Some(at) = rest.iter().position(|word| word.text == "--") {
        return rest.get(at + 1..).filter(|rest| !rest.is_empty());
    }
    // the pod or container, further options, the command
    let rest = options(rest, &EXEC_OPTIONS).get(1..)?;
    let rest = if matches!(name, "kubectl" | "oc") { options(rest, &EXEC_OPTIONS) } else { rest };
    (!rest.is_empty()).then_some(rest)
}

/// The words behind options; those in `with_value` take the next word.
fn options<'w>(words: &'w [Word], with_value: &[&str]) -> &'w [Word] {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.prefix().starts_with('-')) {
        at += if word.text == "--" {
            return &words[at + 1..];
        } else if with_value.contains(&word.text.as_str()) {
            2
        } else {
            1
        };
    }
    words.get(at..).unwrap_or(&[])
}

impl Script {
    /// The calls of `program`, by name or path, with the commands that make them.
    pub fn calls<'s>(&'s self, program: &'s str) -> impl Iterator<Item = (&'s Command, Call)> + use<'s> {
        self.commands.iter().filter_map(move |command| {
            let words = peeled(&command.words);
            let (first, args) = words.split_first()?;
            if first.known()?.rsplit('/').next() != Some(program) {
                return None;
            }
            let args = args.iter().map(|word| Arg { word: word.clone(), at: self.origin(word.span) }).collect();
            Some((command, Call { at: self.origin(command.span), args }))
        })
    }
}

/// The call of `program` that a container makes without a shell: `command` and `args`, or `args` alone where its image is named after
/// the program.
#[must_use]
pub fn container_call(container: &Container<'_>, program: &str) -> Option<Call> {
    let list = |key: &str| container.node.get(key).map_or(&[][..], Node::items);
    let is_program = |node: &Node| node.as_str().is_some_and(|text| text.rsplit('/').next() == Some(program));
    let (command, args) = (list("command"), list("args"));
    let words: Vec<&Node> = command.iter().chain(args).collect();
    let image = || {
        let name = container.image()?.rsplit('/').next()?;
        name.split([':', '@']).next()
    };
    let words = match words.split_first() {
        Some((first, rest)) if is_program(first) => rest,
        Some((first, rest))
            if first.as_str().is_some_and(|text| text.ends_with("docker-entrypoint.sh") || text.ends_with("dumb-init"))
                && rest.first().is_some_and(|next| is_program(next)) =>
        {
            &rest[1..]
        }
        Some(_) if command.is_empty() && image().is_some_and(|name| name.strip_suffix("-enterprise").unwrap_or(name) == program) => &words,
        _ => return None,
    };
    let arg = |node: &&Node| {
        let (text, unknown) = match (node.as_str(), node.unknown()) {
            // `$(NAME)` is replaced by the kubelet
            (Some(text), _) => (text.to_owned(), text.find("$(")),
            (None, Some(written)) => (written.to_owned(), Some(0)),
            (None, None) => (String::new(), None),
        };
        Arg { word: Word { span: node.span(), text, unknown, quoted: None }, at: node.origin.clone() }
    };
    let at = words.first().map_or_else(|| container.node.origin.clone(), |node| node.origin.clone());
    Some(Call { at, args: words.iter().map(arg).collect() })
}

impl Call {
    /// The arguments that are no options, in order, as far as they are known; an unknown one as `None`.
    pub fn operands(&self) -> impl Iterator<Item = Option<&str>> {
        self.args.iter().filter(|arg| !arg.word.prefix().starts_with('-')).map(|arg| arg.word.known())
    }

    /// The first argument that is no option; those in `with_value` take the next word.
    #[must_use]
    pub fn subcommand(&self, with_value: &[&str]) -> Option<&str> {
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            if !arg.word.prefix().starts_with('-') {
                return arg.word.known();
            }
            if with_value.contains(&arg.word.text.as_str()) {
                args.next();
            }
        }
        None
    }

    /// The values of an option of Go's `flag` or of `pflag`, with one or two hyphens: `-name=value`, or the next word. The value is
    /// `None` where it is not known; the argument is the one that holds it.
    pub fn option<'c>(&'c self, names: &'c [&'c str]) -> impl Iterator<Item = (&'c Arg, Option<&'c str>)> + use<'c> {
        self.args.iter().enumerate().filter_map(move |(at, arg)| {
            let rest = arg.word.prefix().strip_prefix('-')?;
            let rest = rest.strip_prefix('-').unwrap_or(rest);
            if let Some((name, _)) = rest.split_once('=') {
                let value = arg.word.key_value().and_then(|(_, value)| value);
                return names.contains(&name).then_some((arg, value));
            }
            if !names.contains(&rest) || arg.word.is_unknown() {
                return None;
            }
            let next = self.args.get(at + 1)?;
            Some((next, next.word.known()))
        })
    }

    /// Whether the option is there, with whatever value.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|arg| {
            let rest = arg.word.prefix().trim_start_matches('-');
            arg.word.prefix().starts_with('-') && rest.split('=').next() == Some(name)
        })
    }
}
