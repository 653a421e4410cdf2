//! Flags of `spire-agent` and `spire-server` on command lines.

use crate::model::value::Node;

/// A flag, and the element of `command` or `args` that findings about it point at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag<'o> {
    /// Without the one or two hyphens in front.
    pub name: String,
    /// What follows `=`, or the next word.
    pub value: Option<String>,
    /// Whether the value is joined to the flag by `=`.
    pub joined: bool,
    /// Where the flag stands.
    pub at: &'o Node,
    /// Where its value stands; the flag's own place where there is none.
    pub value_at: &'o Node,
}

/// The flags among the words of a command line, in order, as Go's `flag` package reads them. An element may be a whole shell
/// command: it is split at blanks, quotes are taken off, and comments are left out.
pub fn flags<'o>(elements: impl Iterator<Item = &'o Node>) -> Vec<Flag<'o>> {
    let words: Vec<(String, &'o Node)> = elements.flat_map(|node| words(node).into_iter().map(move |word| (word, node))).collect();
    let mut out = Vec::new();
    for (at, (word, node)) in words.iter().enumerate() {
        let Some(rest) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        if let Some((name, value)) = rest.split_once('=') {
            let value = value.trim_matches(['"', '\'']).to_owned();
            out.push(Flag { name: name.to_owned(), value: Some(value), joined: true, at: node, value_at: node });
            continue;
        }
        let next = words.get(at + 1);
        out.push(Flag {
            name: rest.to_owned(),
            value: next.map(|(word, _)| word.clone()),
            joined: false,
            at: node,
            value_at: next.map_or(*node, |(_, node)| *node),
        });
    }
    out
}

fn words(node: &Node) -> Vec<String> {
    let Some(text) = node.as_str() else { return node.unknown().map(|_| vec!["$".to_owned()]).unwrap_or_default() };
    let mut out = Vec::new();
    for line in text.lines() {
        for word in line.split_whitespace() {
            if word.starts_with('#') {
                break;
            }
            if word != "\\" {
                out.push(word.trim_matches(['"', '\'', ';']).to_owned());
            }
        }
    }
    out
}
