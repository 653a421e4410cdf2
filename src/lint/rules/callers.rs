//! What decisions ask of their callers: the conditions of `allow` and of the rules that it rests on, told apart.

use rustc_hash::FxHashSet;

use super::reach::DECISIONS;
use crate::lint::context::WorkspaceCx;
use crate::lint::graph::{Graph, RuleId};
use crate::model::rego::{Attribute, AttributeRoot, RuleKind};
use crate::text::{SourceId, Span};

/// What a condition is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    /// The request, the resource, configuration, or whether the token is a good one.
    Other,
    /// A role or group of the caller.
    Role,
    /// A permission that a token carries.
    TokenPermission,
    /// Anything else about the caller, and whatever is not understood.
    Caller,
}

/// A definition of a decision that may allow.
pub(super) struct Definition {
    pub(super) source: SourceId,
    pub(super) span: Span,
    /// `data.authz.allow`
    pub(super) path: String,
    /// What its conditions are about.
    subjects: Vec<Subject>,
}

impl Definition {
    pub(super) fn asks(&self, subject: Subject) -> bool {
        self.subjects.contains(&subject)
    }
}

/// Rules that are followed from one decision.
const MAX_RULES: usize = 200;
/// Functions and rules inside one another.
const MAX_DEPTH: usize = 8;

/// The decisions of a workspace: by package, each with all its definitions, in the order of the packages.
pub(super) fn decisions(cx: &WorkspaceCx<'_>) -> Vec<Vec<Definition>> {
    let (workspace, graph) = (cx.workspace(), cx.graph());
    let mut out = Vec::new();
    for (package, modules) in workspace.packages() {
        let mut definitions = Vec::new();
        for facts in modules.filter(|facts| !facts.is_test()) {
            let Some(at) = workspace.modules().iter().position(|other| other.source == facts.source) else { continue };
            for (nr, rule) in facts.rules.iter().enumerate() {
                let name = rule.path.strip_prefix(package).and_then(|rest| rest.strip_prefix('.'));
                let decides = name.is_some_and(|name| DECISIONS.contains(&name)) && rule.kind == RuleKind::Complete && !rule.is_default;
                if !decides {
                    continue;
                }
                let mut reader = Reader { graph, seen: FxHashSet::default(), subjects: Vec::new() };
                reader.rule((at as u32, nr as u32), &[], 0);
                definitions.push(Definition { source: facts.source, span: rule.span, path: rule.path.clone(), subjects: reader.subjects });
            }
        }
        if !definitions.is_empty() {
            out.push(definitions);
        }
    }
    out
}

struct Reader<'g, 'a> {
    graph: &'g Graph<'a>,
    seen: FxHashSet<RuleId>,
    subjects: Vec<Subject>,
}

impl Reader<'_, '_> {
    /// The conditions of a rule; `arguments` are those of the call, if it is a function.
    fn rule(&mut self, id: RuleId, arguments: &[Vec<Attribute>], depth: usize) {
        // a function may be called with other arguments
        if depth > MAX_DEPTH || self.subjects.len() > MAX_RULES || (arguments.is_empty() && !self.seen.insert(id)) {
            return;
        }
        let policy = &self.graph.facts(id).policy;
        if !policy.has_attributes {
            // what it asks is not known
            self.subjects.push(Subject::Caller);
            return;
        }
        let rule = &policy.rules[id.1 as usize];
        if !rule.replaced.is_empty() || !rule.with_input.is_empty() {
            self.subjects.push(Subject::Caller);
            return;
        }
        for attribute in &rule.attributes {
            self.attribute(attribute, arguments, depth);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, arguments: &[Vec<Attribute>], depth: usize) {
        if depth > MAX_DEPTH || self.subjects.len() > MAX_RULES {
            self.subjects.push(Subject::Caller);
            return;
        }
        match attribute.root {
            AttributeRoot::Argument(index) => {
                let Some(given) = arguments.get(index as usize) else {
                    self.subjects.push(Subject::Caller);
                    return;
                };
                for path in given {
                    self.attribute(&extended(path, &attribute.names), &[], depth + 1);
                }
            }
            AttributeRoot::Data => self.data(attribute, arguments, depth),
            AttributeRoot::Input | AttributeRoot::Token => self.subjects.push(subject(attribute)),
        }
    }

    /// A rule, a function or a document.
    fn data(&mut self, attribute: &Attribute, arguments: &[Vec<Attribute>], depth: usize) {
        let Some((definitions, rest)) = self.definitions(&attribute.names) else {
            // a document: what is looked up there is told by what it is looked up with
            self.subjects.push(Subject::Other);
            return;
        };
        let given: Vec<Vec<Attribute>> = match &attribute.arguments {
            // what stands in this call may be an argument of the rule that calls
            Some(given) => given.iter().map(|paths| paths.iter().flat_map(|path| substituted(path, arguments)).collect()).collect(),
            None => Vec::new(),
        };
        for id in definitions {
            self.rule(id, &given, depth + 1);
            let values = match self.graph.facts(id).policy.rules.get(id.1 as usize) {
                Some(rule) => rule.values.clone(),
                None => Vec::new(),
            };
            // a value that is only asked for as a whole, as a boolean is, says nothing
            let is_boolean = self.graph.facts(id).rules[id.1 as usize].is_boolean;
            for value in values.iter().filter(|_| !is_boolean) {
                for path in substituted(&extended(value, &rest), &given) {
                    self.attribute(&path, &[], depth + 1);
                }
            }
        }
    }

    /// The definitions of the rule that a path leads into, and the names behind it.
    fn definitions(&self, names: &[String]) -> Option<(Vec<RuleId>, Vec<String>)> {
        let mut path = "data".to_owned();
        let mut found = None;
        for (at, name) in names.iter().enumerate() {
            path.push('.');
            path.push_str(name);
            let ids: Vec<RuleId> =
                self.graph.definitions(&path).iter().copied().filter(|id| !self.graph.facts(*id).rules[id.1 as usize].is_default).collect();
            if !ids.is_empty() {
                found = Some((ids, names[at + 1..].to_vec()));
                break;
            }
        }
        found
    }
}

fn extended(path: &Attribute, names: &[String]) -> Attribute {
    let mut path = path.clone();
    path.names.extend(names.iter().cloned());
    path
}

/// A path that starts at an argument, with what the call gives in its place.
fn substituted(path: &Attribute, arguments: &[Vec<Attribute>]) -> Vec<Attribute> {
    match path.root {
        AttributeRoot::Argument(index) => match arguments.get(index as usize) {
            Some(given) => given.iter().map(|given| extended(given, &path.names)).collect(),
            None => vec![path.clone()],
        },
        _ => vec![path.clone()],
    }
}

/// First names below `input` of what is not the caller.
const NOT_CALLER: [&str; 26] = [
    "action",
    "operation",
    "method",
    "path",
    "parsed_path",
    "parsed_body",
    "parsed_query",
    "request",
    "resource",
    "object",
    "target",
    "verb",
    "http_method",
    "type",
    "kind",
    "api",
    "endpoint",
    "uri",
    "url",
    "route",
    "host",
    "port",
    "resource_type",
    "http",
    "body",
    "query",
];
/// Claims and flags that tell whether a token is a good one.
const TOKEN_CHECKS: [&str; 18] = [
    "exp",
    "iss",
    "aud",
    "nbf",
    "iat",
    "jti",
    "typ",
    "alg",
    "kid",
    "valid",
    "is_valid",
    "verified",
    "is_verified",
    "authenticated",
    "is_authenticated",
    "authorization",
    "Authorization",
    "azp",
];
/// Parts of paths that lead to a token's claims.
const TOKENS: [&str; 8] = ["token", "claims", "jwt", "payload", "access_token", "id_token", "jwt_payload", "verified_jwt"];

/// What a path below `input` or a token is about.
fn subject(attribute: &Attribute) -> Subject {
    let mut names: Vec<&str> = attribute.names.iter().map(String::as_str).filter(|name| *name != "*").collect();
    if attribute.root == AttributeRoot::Token {
        // `[_, claims, _]`: the place in the result
        match names.first() {
            Some(&"0") if names.len() == 1 => return Subject::Other,
            Some(&("0" | "1" | "2")) => _ = names.remove(0),
            _ => {}
        }
    }
    let Some(last) = names.last() else { return Subject::Caller };
    let is_token = attribute.root == AttributeRoot::Token || names.iter().any(|name| TOKENS.contains(name));
    if attribute.root == AttributeRoot::Input {
        let mut first = names[0];
        // Envoy's check request
        if first == "attributes" && names.len() > 1 {
            first = names[1];
        }
        let header = names.contains(&"headers");
        if NOT_CALLER.contains(&first) && !header && !is_token && !names.iter().any(|name| is_identity(name)) {
            return Subject::Other;
        }
    }
    let ends = |words: &[&str]| {
        names.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            words.iter().any(|word| name.ends_with(word))
        })
    };
    if TOKEN_CHECKS.contains(last) {
        Subject::Other
    } else if ends(&["permission", "permissions", "scope", "scopes", "scp", "entitlements", "authorities", "privileges"]) {
        if is_token { Subject::TokenPermission } else { Subject::Role }
    } else if ends(&["role", "roles", "group", "groups"]) {
        Subject::Role
    } else {
        Subject::Caller
    }
}

/// Names under which a request carries its caller.
fn is_identity(name: &str) -> bool {
    matches!(name, "user" | "userInfo" | "subject" | "principal" | "caller" | "identity" | "auth" | "session" | "context")
}
