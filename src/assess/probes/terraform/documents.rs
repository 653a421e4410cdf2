//! Policies of IAM: `jsonencode`, texts, heredocs and `aws_iam_policy_document`, as statements.

use std::borrow::Cow;

use crate::model::value::{Format, Node, Origin, Scalar, Value, read};
use crate::text::SourceId;

/// A policy that is longer than this is not read.
const MAX_LEN: usize = 256 << 10;

/// A statement of a policy.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) allows: bool,
    /// In lower case; an expression is `${…}`.
    pub(super) actions: Vec<String>,
    pub(super) has_not_actions: bool,
    pub(super) resources: Vec<String>,
    /// Of a trust policy: type and identifier, `Service` and `lambda.amazonaws.com`.
    pub(super) principals: Vec<(String, String)>,
    pub(super) conditions: Vec<Condition>,
    pub(super) at: Origin,
}

/// A condition: test, variable, values.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) test: String,
    pub(super) variable: String,
    pub(super) values: Vec<String>,
}

/// What an expression that cannot be followed is read as.
const OPEN: &str = "${…}";

fn text_of(node: &Node) -> String {
    match &node.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => text.to_string(),
        Value::Scalar(Scalar::Bool(value)) => value.to_string(),
        // interpolations keep what stands around them
        Value::Scalar(Scalar::Unknown(text)) if text.starts_with('"') => interpolated(text.trim_matches('"')).into_owned(),
        _ => OPEN.to_owned(),
    }
}

/// One text or a list of them.
fn list(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| (node, &node.value)) {
        None | Some((_, Value::Scalar(Scalar::Null))) => Vec::new(),
        Some((_, Value::List(items))) => items.iter().map(text_of).collect(),
        Some((node, _)) => vec![text_of(node)],
    }
}

/// The statements of a policy that a field holds; none where it is an expression that cannot be followed.
pub(super) fn of_field(node: &Node) -> Vec<Statement> {
    let Some(policy) = policy(node) else { return Vec::new() };
    let statements = policy.get("Statement");
    let one = statements.filter(|node| matches!(node.value, Value::Map(_)));
    let all = one.into_iter().chain(statements.map_or(&[][..], Node::items));
    all.map(|statement| {
        // a text has no places of its own
        let inside = statement.origin.at.span.start >= node.origin.at.span.start && statement.origin.at.span.end <= node.origin.at.span.end;
        let at = if inside && node.as_str().is_none() { statement.origin.clone() } else { node.origin.clone() };
        of_json(statement, at)
    })
    .collect()
}

fn of_json(node: &Node, at: Origin) -> Statement {
    let mut principals = Vec::new();
    match node.get("Principal").map(|node| (node, &node.value)) {
        Some((_, Value::Map(entries))) => {
            for entry in entries {
                principals.extend(list(Some(&entry.value)).into_iter().map(|id| (entry.key.to_string(), id)));
            }
        }
        Some((node, _)) => principals.push(("AWS".to_owned(), text_of(node))),
        None => {}
    }
    let mut conditions = Vec::new();
    for test in node.get("Condition").map_or(&[][..], Node::entries) {
        for variable in test.value.entries() {
            conditions.push(Condition {
                test: test.key.to_string(),
                variable: variable.key.to_string(),
                values: list(Some(&variable.value)),
            });
        }
    }
    Statement {
        allows: node.get("Effect").and_then(Node::as_str).is_none_or(|effect| effect.eq_ignore_ascii_case("allow")),
        actions: list(node.get("Action")).into_iter().map(|text| text.to_ascii_lowercase()).collect(),
        has_not_actions: node.get("NotAction").is_some(),
        resources: list(node.get("Resource")),
        principals,
        conditions,
        at,
    }
}

/// The statements of an `aws_iam_policy_document`.
pub(super) fn of_data(body: &Node) -> Vec<Statement> {
    body.blocks("statement")
        .map(|node| {
            let mut principals = Vec::new();
            for block in node.blocks("principals") {
                let kind = block.get("type").map(text_of).unwrap_or_default();
                principals.extend(list(block.get("identifiers")).into_iter().map(|id| (kind.clone(), id)));
            }
            let condition = |block: &Node| Condition {
                test: block.get("test").map(text_of).unwrap_or_default(),
                variable: block.get("variable").map(text_of).unwrap_or_default(),
                values: list(block.get("values")),
            };
            Statement {
                allows: node.get("effect").and_then(Node::as_str).is_none_or(|effect| effect.eq_ignore_ascii_case("allow")),
                actions: list(node.get("actions")).into_iter().map(|text| text.to_ascii_lowercase()).collect(),
                has_not_actions: node.get("not_actions").is_some(),
                resources: list(node.get("resources")),
                principals,
                conditions: node.blocks("condition").map(condition).collect(),
                at: node.origin.clone(),
            }
        })
        .collect()
}

/// The policy that a field holds: JSON as a text or a heredoc, or the argument of `jsonencode`.
fn policy(node: &Node) -> Option<Node> {
    let source = node.origin.at.source;
    if let Some(text) = node.as_str() {
        return parsed(source, text, Format::Json);
    }
    let text = node.unknown()?;
    if text.len() > MAX_LEN {
        return None;
    }
    if text.starts_with("<<") {
        let body = text.split_once('\n')?.1;
        let body = body.rsplit_once('\n').map_or(body, |(body, _)| body);
        return parsed(source, &interpolated(body), Format::Json);
    }
    encoded(node)
}

/// The argument of `jsonencode`, with the places of the file.
pub(super) fn encoded(node: &Node) -> Option<Node> {
    let text = node.unknown()?.trim_end();
    let argument = text.strip_prefix("jsonencode")?.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    // the argument stands where it stands in the file, so that its places are right
    let start = node.origin.at.span.start as usize + (text.len() - argument.len() - 1);
    let attribute = "v = ";
    let padding = start.saturating_sub(attribute.len());
    let padded =
        if padding <= MAX_LEN { format!("{}{attribute}{argument}", " ".repeat(padding)) } else { format!("{attribute}{argument}") };
    let root = parsed(node.origin.at.source, &padded, Format::Terraform)?;
    root.get("v").cloned()
}

fn parsed(source: SourceId, text: &str, format: Format) -> Option<Node> {
    if text.len() > 2 * MAX_LEN {
        return None;
    }
    read(source, text, format).documents.into_iter().next()?.root
}

/// A template with its interpolations replaced.
fn interpolated(text: &str) -> Cow<'_, str> {
    if !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push_str(OPEN);
        let mut depth = 1usize;
        let end = after.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        rest = end.map_or("", |(at, _)| &after[at + 1..]);
    }
    out.push_str(rest);
    Cow::Owned(out)
}
