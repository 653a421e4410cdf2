//! What v1 refuses in a module that parses: opa's formatter checks it before it writes v1.

use super::Refusal;
use super::lower::Lower;
use super::lowered::{ExprKind, Lowered, Op, Value};
use super::style::{is_refused_variable, is_v1_keyword};
use crate::text::Span;

/// Refuses duplicate imports, rules and variables named `input` or `data`, deprecated built-ins, and rules named by a keyword.
///
/// # Errors
/// The first of them.
pub(super) fn check_v1(lower: &Lower<'_>) -> Result<(), Refusal> {
    let ast = &lower.out;
    duplicate_imports(ast)?;
    if let Some(span) = lower.deprecated {
        return Err(Refusal::Migration {
            span,
            message: format!("built-in `{}` is deprecated", ast.slice(span)),
            help: "write it with the built-ins of v1 before formatting".to_owned(),
        });
    }
    document_names(ast)?;
    rule_names(ast)
}

fn duplicate_imports(ast: &Lowered<'_>) -> Result<(), Refusal> {
    let mut seen = rustc_hash::FxHashMap::default();
    for import in &ast.imports {
        let name = match import.alias {
            Some(alias) => ast.slice(alias).to_owned(),
            None => last_name(ast, import.path),
        };
        let span = import.alias.unwrap_or(ast.term(import.path).place.text);
        // each `_` is a name of its own
        if name != "_" && seen.insert(name.clone(), ()).is_some() {
            return Err(Refusal::Migration {
                span,
                message: format!("import shadows another one named `{name}`"),
                help: "remove it or give it an alias of its own".to_owned(),
            });
        }
    }
    Ok(())
}

fn last_name(ast: &Lowered<'_>, path: u32) -> String {
    match ast.term(path).value {
        Value::Ref(parts) => ast.list(parts).last().map_or(String::new(), |id| match ast.term(*id).value {
            Value::Var(span) => ast.slice(span).to_owned(),
            value => super::order::string_of(ast, value).into_owned(),
        }),
        Value::Var(span) => ast.slice(span).to_owned(),
        _ => String::new(),
    }
}

fn is_document(ast: &Lowered<'_>, id: u32) -> bool {
    let name = |span: Span| matches!(ast.slice(span), "input" | "data");
    match ast.term(id).value {
        Value::Var(span) => name(span),
        Value::Ref(parts) => match ast.list(parts) {
            [only] => matches!(ast.term(*only).value, Value::Var(span) if name(span)),
            _ => false,
        },
        _ => false,
    }
}

fn document_names(ast: &Lowered<'_>) -> Result<(), Refusal> {
    let refuse = |span: Span, what: &str| {
        Err(Refusal::Migration { span, message: format!("{what} shadows `{}`", ast.slice(span)), help: "use a different name".to_owned() })
    };
    for rule in &ast.rules {
        if let Some(first) = ast.list(rule.head.reference).first()
            && is_document(ast, *first)
        {
            return refuse(ast.term(*first).place.text, "rule");
        }
        if let Some(arg) = ast.list(rule.head.args).iter().find(|arg| is_document(ast, **arg)) {
            return refuse(ast.term(*arg).place.text, "argument");
        }
    }
    for expr in &ast.exprs {
        if let ExprKind::Call(call) = expr.kind
            && ast.operator(call) == Some(Op::Assign)
            && let Some(name) = ast.list(call).get(1)
            && is_document(ast, *name)
        {
            return refuse(ast.term(*name).place.text, "variable");
        }
    }
    Ok(())
}

fn rule_names(ast: &Lowered<'_>) -> Result<(), Refusal> {
    for rule in &ast.rules {
        let [only] = ast.list(rule.head.reference) else { continue };
        let Value::Var(span) = ast.term(*only).value else { continue };
        let name = ast.slice(span);
        if is_v1_keyword(name) {
            return Err(Refusal::Migration {
                span,
                message: format!("`{name}` is a keyword in v1 and cannot name a rule"),
                help: "rename the rule".to_owned(),
            });
        }
    }
    Ok(())
}

/// The first variable with a name that v1 reserves.
pub(super) fn keyword_variable(ast: &Lowered<'_>) -> Option<Refusal> {
    let span = ast.terms.iter().find_map(|term| match term.value {
        Value::Var(span) if is_refused_variable(ast.slice(span)) => Some(span),
        _ => None,
    })?;
    Some(Refusal::Migration {
        span,
        message: format!("`{}` is a keyword in v1 and cannot name a variable", ast.slice(span)),
        help: "rename the variable".to_owned(),
    })
}
