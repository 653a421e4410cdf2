//! Parser events and how they become a [`Tree`].
//!
//! A parser emits `Start`, `Token` and `Finish`; trivia are attached here, once: a node starts at its first token that is not
//! trivia and ends at its last one.

use std::sync::Arc;

use super::tree::{NodeData, SyntaxKind, TokenData, Tree};

/// One step of a parser.
#[derive(Clone, Copy, Debug)]
pub enum Event<K> {
    /// Opens a node. `forward` is the distance to a later `Start` that becomes its parent, 0 for none.
    Start {
        kind: K,
        forward: u32,
    },
    /// Takes the next token that is not trivia.
    Token,
    Finish,
    /// A `Start` that was given up.
    Tombstone,
}

/// Builds the tree. `tokens` are all tokens of `text` in order, trivia included.
///
/// The events must hold exactly one root node and one `Token` for each token that is not trivia; missing ones are taken at the end.
#[must_use]
pub fn build<K: SyntaxKind>(text: Arc<str>, tokens: Vec<TokenData<K>>, mut events: Vec<Event<K>>) -> Tree<K> {
    let mut nodes: Vec<NodeData<K>> = Vec::with_capacity(events.len() / 3);
    let mut open: Vec<u32> = Vec::new();
    let mut next = 0u32;
    let mut end_of_last = 0u32;
    let mut forwards = Vec::new();
    let mut any_empty = false;
    let skip = |mut at: u32| {
        while tokens.get(at as usize).is_some_and(|token| token.kind.is_trivia()) {
            at += 1;
        }
        at
    };
    for at in 0..events.len() {
        match events[at] {
            Event::Start { .. } => {
                // the chain of forwarded starts opens outermost first
                let mut index = at;
                while let Event::Start { kind, forward } = std::mem::replace(&mut events[index], Event::Tombstone) {
                    forwards.push(kind);
                    if forward == 0 {
                        break;
                    }
                    index += forward as usize;
                }
                let first = if open.is_empty() { 0 } else { skip(next) };
                for kind in forwards.drain(..).rev() {
                    let parent = open.last().copied().unwrap_or(0);
                    open.push(nodes.len() as u32);
                    nodes.push(NodeData { kind, parent, subtree_end: 0, first_token: first, end_token: first });
                }
            }
            Event::Token => {
                next = skip(next) + 1;
                end_of_last = next;
            }
            Event::Finish => {
                let Some(id) = open.pop() else { continue };
                let end = nodes.len() as u32;
                let node = &mut nodes[id as usize];
                node.subtree_end = end;
                if end_of_last <= node.first_token {
                    // no token at all: an empty node right after the last token
                    node.first_token = end_of_last;
                    any_empty = true;
                }
                node.end_token = end_of_last;
            }
            Event::Tombstone => {}
        }
    }
    if let Some(root) = nodes.first_mut() {
        root.end_token = tokens.len() as u32;
    }
    if any_empty {
        // parents come first, so that each empty node finds its place in the one that holds it
        for id in 1..nodes.len() {
            let parent = &nodes[nodes[id].parent as usize];
            let (first, end) = (parent.first_token, parent.end_token);
            let node = &mut nodes[id];
            if node.first_token == node.end_token {
                node.first_token = node.first_token.clamp(first, end);
                node.end_token = node.first_token;
            }
        }
    }
    Tree { nodes, tokens, text }
}
