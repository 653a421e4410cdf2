//! Command lines of `spire-agent` and `spire-server`, in containers and in scripts.

use crate::model::k8s::{Container, Pod, pod};
use crate::model::part::Part;
use crate::model::shell::{Arg, Call, Command, Script, Word, container_script};
use crate::model::value::Node;

/// The command lines of a part that hold `name`: those of scripts, and those that containers run without a shell.
#[must_use]
pub fn lines(part: Part<'_>, name: &str) -> Vec<Call> {
    match part {
        Part::Document(_) => Vec::new(),
        Part::Script(script) => lines_of_script(script, name).collect(),
        Part::Object(object) => {
            pod(object).iter().flat_map(Pod::containers).filter_map(|container| line_of_container(&container, name)).collect()
        }
    }
}

/// The commands of a script that have `name` in one of their words: each with all of its words, those of `kubectl exec` and the like
/// too, since functions of scripts pass options on: `register -spiffeID …`.
pub fn lines_of_script<'s>(script: &'s Script, name: &'s str) -> impl Iterator<Item = Call> + use<'s> {
    let has = move |command: &&Command| command.words.iter().any(|word| word.text.contains(name));
    script.commands.iter().filter(has).map(|command| {
        let args = command.words.iter().map(|word| Arg { word: word.clone(), at: script.origin(word.span) }).collect();
        Call { at: script.origin(command.span), args }
    })
}

/// What a container runs without a shell, if one of its words has `name` in it. What it gives to a shell is a script of its own.
#[must_use]
pub fn line_of_container(container: &Container<'_>, name: &str) -> Option<Call> {
    if !container.words().any(|node| node.as_str().is_some_and(|text| text.contains(name))) {
        return None;
    }
    let script = container_script(container);
    let nodes = container.words().filter(|node| script.is_none_or(|script| !std::ptr::eq(*node, script)));
    let args: Vec<Arg> = nodes.flat_map(words).collect();
    let at = args.first()?.at.clone();
    Some(Call { at, args })
}

/// The words that an element gives: itself, or those of a command that is written in one element.
fn words(node: &Node) -> Vec<Arg> {
    let arg = |text: &str, unknown| Arg {
        word: Word { span: node.span(), text: text.to_owned(), unknown, quoted: None },
        at: node.origin.clone(),
    };
    // `$(NAME)` is replaced by the kubelet
    let opaque = |text: &str| text.find('$').into_iter().chain(text.find("{{")).min();
    match (node.as_str(), node.unknown()) {
        (Some(text), _) if text.contains(char::is_whitespace) => {
            text.split_whitespace().map(|word| word.trim_matches(['"', '\'', ';'])).map(|word| arg(word, opaque(word))).collect()
        }
        (Some(text), _) => vec![arg(text, opaque(text))],
        (None, Some(written)) => vec![arg(written, Some(0))],
        (None, None) => vec![arg("", None)],
    }
}

/// Whether a boolean option is set, as Go's `flag` reads it: its value stands behind `=` or is `true`. `None` where it cannot be known;
/// the argument is the option's own.
#[must_use]
pub fn switch<'c>(call: &'c Call, name: &str) -> Option<(&'c Arg, Option<bool>)> {
    let arg = call.flag(name)?;
    let on = match arg.word.key_value() {
        None => Some(true),
        Some((_, None)) => None,
        Some((_, Some(value))) => Some(matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")),
    };
    Some((arg, on))
}

/// What is known of the beginning of an option's value, where `arg` is the argument that holds it.
#[must_use]
pub fn value_start(arg: &Arg) -> &str {
    let written = arg.word.prefix();
    if written.starts_with('-') { written.split_once('=').map_or("", |(_, value)| value) } else { written }
}

/// Whether the command registers a workload: `spire-server entry create`, or a function that passes its options on.
#[must_use]
pub fn registers(call: &Call) -> bool {
    let words: Vec<&str> = call.args.iter().map(|arg| arg.word.prefix()).collect();
    words.windows(2).any(|pair| pair == ["entry", "create"]) || call.flag("spiffeID").is_some() && call.flag("selector").is_some()
}

/// Whether some arguments of a command may be options that are not written out: `"$@"`, `$SELECTORS`.
#[must_use]
pub fn hides_options(call: &Call) -> bool {
    let is_value = |at: usize| {
        at.checked_sub(1)
            .and_then(|at| call.args.get(at))
            .is_some_and(|arg| arg.word.prefix().starts_with('-') && !arg.word.text.contains('='))
    };
    call.args.iter().enumerate().any(|(at, arg)| arg.word.unknown == Some(0) && !is_value(at))
}
