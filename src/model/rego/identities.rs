//! The SPIFFE IDs that a module names.

use super::{Module, string_value};
use crate::syntax::rego::ast::{Call, Infix, Membership, Scalar};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// A string that begins as a SPIFFE ID.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdentityFact {
    pub id: String,
    pub span: Span,
    /// It stands for one identity: it is no prefix and no pattern.
    pub is_whole: bool,
}

/// The strings of a module that begin as SPIFFE IDs, tests aside.
pub(super) fn identities(parse: &Parse, module: &Module<'_>) -> Vec<IdentityFact> {
    const SCHEME: &str = "spiffe://";
    if memchr::memmem::find(parse.tree.text().as_bytes(), SCHEME.as_bytes()).is_none() {
        return Vec::new();
    }
    let scalars =
        parse.tree.root().descendants().filter(|node| node.kind() == Kind::Scalar).filter_map(|node| Some((node, Scalar::cast(node)?)));
    let ids = scalars.filter_map(|(node, scalar)| {
        let id = string_value(scalar).filter(|id| id.starts_with(SCHEME) && !is_of_test(node, module, ""))?.into_owned();
        Some(IdentityFact { is_whole: stands_for_itself(node, &id), id, span: node.span() })
    });
    ids.collect()
}

/// Whether a string that begins as an ID is one: neither a prefix nor a pattern, and nothing that is handed to a function.
#[must_use]
pub fn stands_for_itself(node: Node<'_>, id: &str) -> bool {
    (operand_of_comparison(node) || !may_be_part(id)) && !is_argument(node)
}

/// Whether a string may be less or more than an ID: a prefix, a pattern, a text with gaps.
fn may_be_part(id: &str) -> bool {
    id.ends_with(['/', ':', '.', '-', '_'])
        || id.contains(['*', '%', '{', '}', '$', '<', '>', '[', ']', '(', ')', '|', '^', '\\', ' ', '\n', '+'])
}

/// Whether the string goes into a call, maybe as part of a collection.
fn is_argument(node: Node<'_>) -> bool {
    node.ancestors()
        .take_while(|node| !matches!(node.kind(), Kind::Literal | Kind::Head | Kind::Else | Kind::Body))
        .any(|node| Call::cast(node).is_some() || matches!(node.kind(), Kind::Template))
}

/// Whether a node belongs to a test: by the package, the file, the rule, or as what `with` puts in.
#[must_use]
pub fn is_of_test(node: Node<'_>, module: &Module<'_>, path: &str) -> bool {
    module.package.last().is_some_and(|last| last == "test" || last.ends_with("_test"))
        || path.ends_with("_test.rego")
        || module.rule_at(node.span().start).is_some_and(|rule| rule.is_test())
        || node.ancestors().any(|node| node.kind() == Kind::With)
}

/// Whether an expression is one side of `==`, `!=` or `=`, or an element of what `in` searches; parentheses aside.
#[must_use]
pub fn operand_of_comparison(node: Node<'_>) -> bool {
    let mut around = node.ancestors().skip_while(|node| node.kind() == Kind::Paren);
    let mut outer = around.next();
    if outer.is_some_and(|node| matches!(node.kind(), Kind::Array | Kind::Set)) {
        // an element of what is searched
        let collection = outer;
        outer = around.find(|node| node.kind() != Kind::Paren);
        if let Some(membership) = outer.and_then(Membership::cast) {
            return membership.collection().map(|expr| expr.inner().node()) == collection;
        }
        return false;
    }
    outer.and_then(Infix::cast).and_then(Infix::op).is_some_and(|op| matches!(op.kind(), Kind::EqualEqual | Kind::NotEqual | Kind::Equal))
}
