//! Named templates of charts, as their files of helpers define them.

/// So many helpers of one file are kept.
const MAX_HELPERS: usize = 1_000;

/// Longer helpers make no names.
const MAX_BODY: usize = 4_096;

/// The bodies of a text's `define`s without comments, by name.
pub(super) fn read(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    // the name, the body so far, and how many blocks are open in it
    let mut open: Option<(String, String, usize)> = None;
    let mut rest = text;
    while let Some((before, action)) = rest.split_once("{{") {
        if let Some((_, body, _)) = &mut open {
            body.push_str(before);
        }
        let start = action.trim_start_matches(['-', ' ', '\t', '\r', '\n']);
        let comment = start.strip_prefix("/*").and_then(|inside| inside.split_once("*/"));
        let Some((inner, after)) = comment.map_or(action, |(_, after)| after).split_once("}}") else { break };
        rest = after;
        if comment.is_some() {
            continue;
        }
        let words = inner.trim_matches(|c: char| c == '-' || c.is_whitespace());
        let (word, name) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        match (word, &mut open) {
            ("define", None) => open = Some((name.trim().trim_matches(['"', '`']).to_owned(), String::new(), 0)),
            ("end", Some((_, _, 0))) => {
                if let Some((name, body, _)) = open.take().filter(|(_, body, _)| body.len() <= MAX_BODY) {
                    out.push((name, body.trim().to_owned()));
                }
            }
            (_, None) => {}
            (word, Some((_, body, depth))) => {
                match word {
                    "if" | "with" | "range" | "block" => *depth += 1,
                    "end" => *depth -= 1,
                    _ => {}
                }
                if body.len() <= MAX_BODY {
                    body.push_str("{{");
                    body.push_str(inner);
                    body.push_str("}}");
                }
            }
        }
        if out.len() >= MAX_HELPERS {
            break;
        }
    }
    out
}
