//! Names of rules and functions as Regal writes them.

use std::fmt::Write;

use crate::model::rego::{RuleDef, string_value};
use crate::syntax::rego::Kind;
use crate::syntax::rego::ast::{Expr, RefPart, Var};

/// The constant start of a rule's name: `p.q` of `p.q[x].r`.
pub(super) fn static_name(def: &RuleDef<'_>) -> String {
    let mut out = def.name.to_owned();
    if let (Some(Expr::Ref(reference)), None) = (def.head.name(), def.bracket_member) {
        for part in reference.parts() {
            if !write_part(&mut out, part) {
                break;
            }
        }
    }
    out
}

/// The whole name of what is called, variables included; `None` where it does not start with a name.
pub(super) fn ref_name(callee: Expr<'_>) -> Option<String> {
    match callee {
        Expr::Var(var) => Some(var.name().to_owned()),
        Expr::Ref(reference) => {
            let Expr::Var(first) = reference.operand()? else { return None };
            let mut out = first.name().to_owned();
            for part in reference.parts() {
                if let (false, RefPart::Bracket(bracket)) = (write_part(&mut out, part), part)
                    && let Some(Expr::Var(var)) = bracket.expr()
                {
                    _ = write!(out, "[{}]", var.name());
                }
            }
            Some(out)
        }
        _ => None,
    }
}

/// The variable that is the only part behind a rule's name, or its member.
pub(super) fn key_variable<'t>(def: &RuleDef<'t>) -> Option<Var<'t>> {
    let key = match (def.head.member(), def.bracket_member) {
        (Some(member), _) => member,
        (None, Some(RefPart::Bracket(bracket))) => bracket.expr()?,
        (None, Some(RefPart::Dot(_))) => return None,
        (None, None) => {
            let Some(Expr::Ref(reference)) = def.head.name().filter(|_| def.head.args().is_none()) else { return None };
            let mut parts = reference.parts();
            match (parts.next(), parts.next()) {
                (Some(RefPart::Bracket(bracket)), None) => bracket.expr()?,
                _ => return None,
            }
        }
    };
    match key.inner() {
        Expr::Var(var) => Some(var),
        _ => None,
    }
}

/// Appends a constant part; whether it is one.
fn write_part(out: &mut String, part: RefPart<'_>) -> bool {
    // writing to a string cannot fail
    match part {
        RefPart::Dot(dot) => write_name(out, dot.name().map_or("", |name| name.text())),
        RefPart::Bracket(bracket) => match bracket.expr().map(Expr::inner) {
            Some(Expr::Scalar(scalar)) => match (string_value(scalar), scalar.token().map(|token| token.kind())) {
                (Some(name), _) => write_name(out, &name),
                (None, Some(Kind::NullKw)) => {}
                _ => _ = write!(out, "[{}]", scalar.text()),
            },
            Some(Expr::Array(_) | Expr::Object(_) | Expr::Set(_)) => {}
            _ => return false,
        },
    }
    true
}

/// Regal's pattern for names that need no brackets is `^[a-zA-Z_][a-zA-Z1-9_]*$`, without zero.
fn write_name(out: &mut String, name: &str) {
    let mut bytes = name.bytes();
    let is_plain = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'1'..=b'9'));
    if is_plain {
        out.push('.');
        out.push_str(name);
    } else {
        _ = write!(out, "[\"{name}\"]");
    }
}
