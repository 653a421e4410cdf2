use crate::lint::rules::names;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::{builtin, operator_name};
use crate::syntax::rego::ast::{Call, Infix, Membership, SomeIn};

const FORBIDDEN: &[std::borrow::Cow<'static, str>] = &[std::borrow::Cow::Borrowed("io.jwt.verify_hs256")];

declare_rule! {
    ForbiddenFunctionCall {
        id: "forbidden-function-call",
        group: "custom",
        summary: "a call of a function that the configuration forbids",
        why: "Some functions have no place in a project: those that reach the network, weak algorithms, or what it has a function of its own for.",
        bad: rego_with(
            &[("forbidden-functions", OptionValue::StringList(std::borrow::Cow::Borrowed(FORBIDDEN)))],
            "package play\n\nallow if io.jwt.verify_hs256(input.token, \"secret\")\n",
        ),
        good: rego_with(
            &[("forbidden-functions", OptionValue::StringList(std::borrow::Cow::Borrowed(FORBIDDEN)))],
            "package play\n\nallow if io.jwt.verify_rs256(input.token, data.key)\n",
        ),
        options: &[OptionMeta {
            name: "forbidden-functions",
            kind: OptionKind::StringList,
            default: OptionValue::StringList(std::borrow::Cow::Borrowed(&[])),
            doc: "The names of the functions, such as `http.send`; operators by the names of their functions.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/forbidden-function-call",
        peers: &["regal custom/forbidden-function-call"],
    }
}

impl Rule for ForbiddenFunctionCall {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let forbidden = cx.list("forbidden-functions");
        if forbidden.is_empty() {
            return;
        }
        let mut found: Vec<(Span, String)> = Vec::new();
        for node in cx.parse().tree.root().descendants() {
            let Some((name, at)) = called(node, cx.is_regal()) else { continue };
            if !forbidden.iter().any(|forbidden| *forbidden == name) {
                continue;
            }
            if !cx.is_regal() {
                found.push((at, name));
                continue;
            }
            let mut places = opa_view::regal_places(node);
            places.iter_mut().take(1).for_each(|place| *place = at);
            found.extend(places.into_iter().map(|place| (place, name.clone())));
        }
        // Regal looks at other functions only where a builtin is forbidden and called
        if cx.is_regal() && !found.iter().any(|(_, name)| builtin(name).is_some()) {
            return;
        }
        for (at, name) in found {
            cx.report(at, format!("`{name}` is forbidden here")).help("the configuration of this rule lists it");
        }
    }
}

/// The name of the function that is called at a node, and where it or its operator stands.
fn called(node: Node<'_>, regal: bool) -> Option<(String, Span)> {
    match node.kind() {
        Kind::Call => {
            let callee = Call::cast(node)?.callee()?;
            let name = if regal { names::ref_name(callee)? } else { Call::cast(node)?.name()? };
            Some((name, callee.span()))
        }
        Kind::Infix => {
            let op = Infix::cast(node)?.op()?;
            Some((operator_name(op.kind())?.to_owned(), op.span()))
        }
        Kind::Membership => {
            let membership = Membership::cast(node)?;
            let name = if membership.key().is_some() { "internal.member_3" } else { "internal.member_2" };
            Some((name.to_owned(), node.token(Kind::InKw)?.span()))
        }
        Kind::SomeIn if regal => {
            let name = if SomeIn::cast(node)?.key().is_some() { "internal.member_3" } else { "internal.member_2" };
            Some((name.to_owned(), node.token(Kind::InKw)?.span()))
        }
        _ => None,
    }
}
