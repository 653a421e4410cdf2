use crate::lint::rules::constants::constant_of;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Call, Expr, Literal};

declare_rule! {
    SprintfArgumentsMismatch {
        id: "sprintf-arguments-mismatch",
        group: "bugs",
        summary: "a `sprintf` with more or fewer values than its format has verbs",
        why: "`sprintf` does not fail: the message reads `%!d(MISSING)` or `%!(EXTRA int=1)`, and whoever has to act on it learns nothing.",
        bad: rego("package play\n\nmessage := sprintf(\"%s may not play %s\", [input.user])\n"),
        good: rego("package play\n\nmessage := sprintf(\"%s may not play %s\", [input.user, input.game])\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/sprintf-arguments-mismatch",
        peers: &["regal bugs/sprintf-arguments-mismatch"],
    }
}

impl Rule for SprintfArgumentsMismatch {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node).filter(|call| opa_view::calls(*call, &["sprintf"])) else { return };
        if cx.is_regal() {
            return as_regal(call, cx);
        }
        if cx.module().rule_named("sprintf").is_some() || cx.module().import_named("sprintf").is_some() {
            return;
        }
        let mut args = call.args();
        let (Some(format), Some(values)) = (args.next(), args.next()) else { return };
        let (Some(Expr::Scalar(text)), Some(Expr::Array(array))) = (constant_of(cx, format), constant_of(cx, values)) else { return };
        let Some(text) = string_value(text) else { return };
        let given = array.items().count();
        if let Some(message) = mismatch(&text, given) {
            let span = format.inner().span().cover(values.inner().span());
            cx.report(span, message).help("give one value for each verb; `%%` stands for a percent sign");
        }
    }
}

/// What Go's `fmt.Sprintf` has to say of a format and a number of values; `None` where they fit.
/// Source: `doPrintf` in Go's fmt/print.go.
fn mismatch(format: &str, given: usize) -> Option<String> {
    let usage = usage(format)?;
    let values = |count: usize| if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    if usage.ends_open {
        Some("the format ends in the middle of a verb".to_owned())
    } else if usage.needed > given || (!usage.reordered && usage.needed < given) {
        Some(format!(
            "the format takes {}, and {} given",
            values(usage.needed),
            if given == 1 { "1 is".to_owned() } else { format!("{given} are") }
        ))
    } else {
        None
    }
}

/// What a format takes.
struct Usage {
    /// The number of the last value that it uses.
    needed: usize,
    /// It says which value it uses: Go does not complain about others then.
    reordered: bool,
    /// It ends after `%`.
    ends_open: bool,
}

/// Reads a format; `None` where a value's number makes no sense.
fn usage(format: &str) -> Option<Usage> {
    let mut rest = format;
    let mut next = 0;
    let mut usage = Usage { needed: 0, reordered: false, ends_open: false };
    while let Some(at) = rest.find('%') {
        rest = rest[at + 1..].trim_start_matches(['#', '0', '+', '-', ' ']);
        for is_precision in [false, true] {
            if is_precision {
                let Some(after) = rest.strip_prefix('.') else { break };
                rest = after;
            }
            rest = index(rest, &mut next, &mut usage)?;
            match rest.strip_prefix('*') {
                Some(after) => {
                    rest = after;
                    next += 1;
                    usage.needed = usage.needed.max(next);
                }
                None => rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()),
            }
        }
        rest = index(rest, &mut next, &mut usage)?;
        let Some(verb) = rest.chars().next() else {
            usage.ends_open = true;
            break;
        };
        rest = &rest[verb.len_utf8()..];
        if verb != '%' {
            next += 1;
            usage.needed = usage.needed.max(next);
        }
    }
    Some(usage)
}

/// `[n]`, which says what value is used next.
fn index<'f>(rest: &'f str, next: &mut usize, usage: &mut Usage) -> Option<&'f str> {
    let Some(inside) = rest.strip_prefix('[') else { return Some(rest) };
    let (number, after) = inside.split_once(']')?;
    usage.reordered = true;
    let number: usize = number.parse().ok().filter(|number| (1..=1_000_000).contains(number))?;
    *next = number - 1;
    Some(after)
}

/// Regal counts percent signs. Arguments that are calls do not count as arguments.
fn as_regal(call: Call<'_>, cx: &mut FileCx<'_>) {
    let args: Vec<Expr<'_>> = call.args().map(Expr::inner).filter(|arg| !is_call(*arg)).collect();
    let [format, Expr::Array(array), ..] = args[..] else { return };
    let text = match format {
        Expr::Scalar(scalar) => string_value(scalar).map(|text| text.into_owned()),
        Expr::Var(_) => assigned(cx, format),
        _ => None,
    };
    let Some(text) = text else { return };
    let text = text.replace("%%", "");
    let wanted = text.matches('%').count() + text.matches("%-*s").count();
    if wanted.checked_sub(repeated(&text)) == Some(array.items().count()) {
        return;
    }
    for at in opa_view::regal_places(format.node()) {
        cx.report(at, "the format has more or fewer verbs than there are values").help("give one value for each verb");
    }
}

fn is_call(expr: Expr<'_>) -> bool {
    matches!(expr, Expr::Call(_) | Expr::Infix(_) | Expr::Membership(_) | Expr::Negative(_))
}

/// How often an index of one digit is repeated.
fn repeated(text: &str) -> usize {
    let mut counts = [0usize; 10];
    for (at, _) in text.match_indices("%[") {
        if let [digit @ b'0'..=b'9', b']', ..] = text.as_bytes()[at + 2..] {
            counts[usize::from(digit - b'0')] += 1;
        }
    }
    counts.iter().map(|count| count.saturating_sub(1)).sum()
}

/// The string that Regal takes a variable for: one that the rule assigns to the name on a line above.
fn assigned(cx: &FileCx<'_>, var: Expr<'_>) -> Option<String> {
    let rule = cx.module().rule_at(var.span().start)?;
    let row = cx.file().line(var.span().start);
    if !cx.spend(rule.rule.node().descendants().count()) {
        return None;
    }
    let mut found: Option<(String, String)> = None;
    for node in rule.rule.node().descendants().filter(|node| node.kind() == Kind::Literal && !is_hidden_from_regal(*node)) {
        let Some(literal) = Literal::cast(node).filter(|literal| cx.file().line(literal.span().start) < row) else { continue };
        let Some(binary) = literal.expr().and_then(opa_view::binary).filter(|binary| binary.name == "assign") else { continue };
        let (Expr::Var(left), Expr::Scalar(right)) = (binary.left, binary.right) else { continue };
        if left.text() != var.text() {
            continue;
        }
        let Some(text) = string_value(right) else { continue };
        // the first in the order of places written as text
        let (start, end) = (cx.file().line_column(literal.span().start), cx.file().line_column(literal.span().end));
        let place = format!("{}:{}:{}:{}", start.line, start.column, end.line, end.column);
        if found.as_ref().is_none_or(|(first, _)| place < *first) {
            found = Some((place, text.into_owned()));
        }
    }
    found.map(|(_, text)| text)
}
