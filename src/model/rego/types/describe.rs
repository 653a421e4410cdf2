//! Errors in words, with the place that is to blame.

use super::errors::Found;
use super::refs::Invalid;
use super::ty::{Function, Maybe, Type, is_unknown};
use super::words::{key_list, key_text, many, one};
use crate::model::rego::builtins::builtin;
use crate::model::rego::compile::hir::{Expr, Loc, Term, TermKind, Vars, With};
use crate::model::rego::compile::{Class, is_name};
use crate::model::rego::value::{Value, to_text};
use crate::text::Span;

/// Longer source text is not quoted.
const QUOTED: usize = 50;

/// Knows the names of variables and the text of a module.
#[derive(Clone, Copy)]
pub(super) struct Describe<'d> {
    pub(super) vars: &'d Vars,
    pub(super) text: &'d str,
}

type Operand<'t> = (&'t Term, Option<&'t Type>);

impl Describe<'_> {
    /// `data.a["b-c"][x]`
    pub(super) fn path(&self, parts: &[Term]) -> String {
        let mut out = String::new();
        for (index, part) in parts.iter().enumerate() {
            let text = match &part.kind {
                TermKind::Var(var) if index == 0 && self.vars.is_anonymous(*var) => self.quote(part.at).unwrap_or("_").to_owned(),
                TermKind::Var(var) => Some(self.vars.name(*var)).filter(|name| is_name(name)).unwrap_or("_").to_owned(),
                TermKind::Value(Value::String(name)) if is_name(name) => {
                    out.push('.');
                    out.push_str(name);
                    continue;
                }
                TermKind::Value(value) => to_text(value),
                _ => self.quote(part.at).unwrap_or("…").to_owned(),
            };
            if index == 0 { out.push_str(&text) } else { out.push_str(&format!("[{text}]")) }
        }
        out
    }

    fn quote(&self, at: Loc) -> Option<&str> {
        let text = self.text.get(at.span.start as usize..at.span.end as usize)?;
        (!text.is_empty() && text.len() <= QUOTED && !text.contains('\n')).then_some(text)
    }

    /// The first parts of a reference as they are written, else as they are read.
    fn written(&self, parts: &[Term]) -> String {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return String::new() };
        let (start, end) = (first.at.span.start, last.at.span.end);
        let text = || {
            let open = parts.len() > 1 && self.text.as_bytes().get(end as usize) == Some(&b']');
            let at = Loc { span: Span::new(start, end + u32::from(open)), ..first.at };
            self.quote(at).filter(|text| text.matches('[').count() == text.matches(']').count())
        };
        let ordered = start < end && parts.windows(2).all(|pair| pair[0].at == pair[1].at || pair[0].at.span.end <= pair[1].at.span.start);
        let written = if ordered { text() } else { None };
        written.map_or_else(|| self.path(parts), str::to_owned)
    }

    /// What a term is called in a message: as it is written, if that is short.
    fn term(&self, term: &Term) -> Option<String> {
        self.quote(term.at).map(|text| format!("`{text}`"))
    }

    fn function_name(&self, operator: &Term) -> String {
        let parts = operator.as_ref().unwrap_or_default();
        let name = self.path(parts);
        match builtin(&name).and_then(|builtin| builtin.infix) {
            Some(infix) => infix.to_owned(),
            None if parts.len() > 1 => self.written(parts),
            None => name,
        }
    }

    pub(super) fn function_as_value(&self, parts: &[Term], ty: &Type) -> Found {
        let name = self.written(parts);
        Found {
            at: self.whole(parts),
            opa_at: parts[0].at,
            class: Class::UndefinedReference,
            message: format!("`{name}` is a function, and is used as a value"),
            help: match ty {
                Type::Function(function) => format!("call it with its {}", count(function.args.len(), "argument")),
                _ => String::new(),
            },
            opa: format!("function {} used as reference, not called", self.path(parts)),
            unknown: false,
        }
    }

    /// From the first part of a reference to the last.
    fn whole(&self, parts: &[Term]) -> Loc {
        let (first, last) = (parts[0].at, parts[parts.len() - 1].at);
        if first.span.start <= last.span.end && first.module == last.module {
            Loc { span: Span::new(first.span.start, last.span.end.max(first.span.end)), ..first }
        } else {
            first
        }
    }

    /// The part at `index`, if it is written as a part; else what it selects from.
    fn part(&self, parts: &[Term], index: usize) -> Loc {
        let (first, part) = (parts[0].at, parts[index].at);
        let around = part.span.start <= first.span.start && part.span.end >= first.span.end;
        if around || part.module != first.module { first } else { part }
    }

    pub(super) fn unsupported(&self, parts: &[Term], index: usize, have: Option<&Type>) -> Found {
        let base = self.written(&parts[..=index]);
        let message = match have {
            Some(Type::Function(_)) => format!("`{base}` is a function: nothing can be selected from it"),
            _ => format!("`{base}` is {}: nothing can be selected from it", one(have)),
        };
        Found {
            at: self.part(parts, (index + 1).min(parts.len() - 1)),
            opa_at: parts[0].at,
            class: Class::UndefinedReference,
            message,
            help: String::new(),
            opa: match have {
                Some(Type::Function(_)) => format!("function {} used as reference, not called", self.path(parts)),
                _ => format!("undefined ref: {}", self.path(parts)),
            },
            unknown: false,
        }
    }

    pub(super) fn invalid(&self, invalid: &Invalid<'_>) -> Found {
        let Invalid { parts, at, have, want, keys, from } = invalid;
        let base = self.written(&parts[..*at]);
        let part = &parts[*at];
        let constant = part.constant();
        let is_set = matches!(from.as_ref().map(Type::unwrapped), Some(Type::Set(_)));
        let mut help = String::new();
        let message = match (&constant, have) {
            _ if want.is_none() => format!("`{base}` is {}: there is no {} in it", one(from.as_ref()), key_or_item(constant.as_ref())),
            (Some(key), None) if !keys.is_empty() => {
                help = match similar(key, keys) {
                    Some(other) => format!("did you mean `{}`?", key_text(other)),
                    None => format!("there {} {}", if keys.len() == 1 { "is" } else { "are" }, key_list(keys)),
                };
                format!("`{base}` has no key `{}`", key_text(key))
            }
            (Some(key), _) if is_set => format!("`{base}` is {}: `{}` is never in it", one(from.as_ref()), key_text(key)),
            (Some(key), _) => match from.as_ref().map(Type::unwrapped) {
                Some(Type::Array(array)) if matches!(key, Value::Number(_)) => {
                    format!("`{base}` has {}: there is none at {}", count(array.fixed.len(), "item"), key_text(key))
                }
                Some(own @ Type::Array(_)) => format!("`{base}` is {}, which has no key `{}`", one(Some(own)), key_text(key)),
                _ => format!("`{base}` has no key `{}`", key_text(key)),
            },
            (None, have) => {
                let what = self.term(part).unwrap_or_else(|| "the key".to_owned());
                let wanted = want.as_ref().map_or_else(|| "nothing".to_owned(), many);
                let kind = if is_set { "members" } else { "keys" };
                if !keys.is_empty() {
                    help = format!("there {} {}", if keys.len() == 1 { "is" } else { "are" }, key_list(keys));
                }
                format!("{what} is {}, but the {kind} of `{base}` are {wanted}", one(have.as_ref()))
            }
        };
        Found {
            at: self.part(parts, *at),
            opa_at: parts[0].at,
            class: Class::UndefinedReference,
            message,
            help,
            opa: format!("undefined ref: {}", self.path(parts)),
            unknown: false,
        }
    }

    pub(super) fn mismatch(&self, expr: &Expr, left: Operand<'_>, right: Operand<'_>) -> Found {
        // of two sides the one that is written in the statement and is no constant is the one to look at
        let at = if left.0.as_value().is_some() || expr.generated { right.0.at } else { left.0.at };
        let side = |(term, ty): Operand<'_>| match self.term(term) {
            Some(text) if !matches!(term.kind, TermKind::Value(_)) => format!("{text} is {}", one(ty)),
            Some(text) => format!("{text} is {}", one(ty)),
            None => format!("this is {}", one(ty)),
        };
        Found {
            at: inside(at, expr.at),
            opa_at: expr.at,
            class: Class::NeverMatches,
            message: match (left.1, right.1) {
                (Some(a), Some(b)) if one(Some(a)) != one(Some(b)) => {
                    format!("{}, and {}: they are never equal", side(left), side(right))
                }
                _ => format!("{} and {} are never equal", self.name(left.0), self.name(right.0)),
            },
            help: String::new(),
            opa: "match error".to_owned(),
            unknown: is_unknown(left.1) || is_unknown(right.1),
        }
    }

    fn name(&self, term: &Term) -> String {
        self.term(term).unwrap_or_else(|| "this".to_owned())
    }

    pub(super) fn no_member(&self, expr: &Expr, (term, have): Operand<'_>, want: Option<&Type>, collection: &Term, is_key: bool) -> Found {
        let holds = want.map_or_else(|| "nothing".to_owned(), many);
        let what = if is_key { "keys" } else { "values" };
        Found {
            at: inside(term.at, expr.at),
            opa_at: expr.at,
            class: Class::NeverMatches,
            message: format!(
                "{} is {}, but the {what} of {} are {holds}: it is never among them",
                self.name(term),
                one(have),
                self.term(collection).unwrap_or_else(|| "the collection".to_owned())
            ),
            help: String::new(),
            opa: "match error".to_owned(),
            unknown: is_unknown(have) || is_unknown(want),
        }
    }

    pub(super) fn no_function(&self, expr: &Expr, operator: &Term) -> Found {
        let name = self.path(operator.as_ref().unwrap_or_default());
        Found {
            at: operator.at,
            opa_at: expr.at,
            class: Class::ArgumentType,
            message: format!("`{name}` is no function"),
            help: String::new(),
            opa: format!("undefined function {name}"),
            unknown: false,
        }
    }

    pub(super) fn operand_count(&self, expr: &Expr, have: usize, want: usize) -> Found {
        let too = if have < want { "few" } else { "many" };
        Found {
            at: expr.at,
            opa_at: expr.at,
            class: Class::ArgumentType,
            message: format!("`=` takes {want} operands, and is given {have}"),
            help: String::new(),
            opa: format!("eq: too {too} arguments"),
            unknown: false,
        }
    }

    pub(super) fn argument_count(&self, expr: &Expr, operator: &Term, have: usize, function: &Function, many: bool) -> Found {
        let name = self.function_name(operator);
        let too = if many { "many" } else { "few" };
        Found {
            at: expr.at,
            opa_at: expr.at,
            class: Class::ArgumentType,
            message: if many && function.result.is_none() && have == function.args.len() + 1 {
                format!("`{name}` gives no value")
            } else {
                format!("`{name}` takes {}, and is given {have}", count(function.args.len(), "argument"))
            },
            help: String::new(),
            opa: format!("{}: too {too} arguments", self.path(operator.as_ref().unwrap_or_default())),
            unknown: false,
        }
    }

    pub(super) fn argument(&self, expr: &Expr, operator: &Term, args: &[Term], have: &[Maybe], index: usize, function: &Function) -> Found {
        let path = self.path(operator.as_ref().unwrap_or_default());
        let name = self.function_name(operator);
        let known = builtin(&path);
        let have_type = have.get(index).and_then(Option::as_ref);
        let want = super::calls::wanted_at(function, index);
        let is_result = index == function.args.len() && function.result.is_some();
        let arg = &args[index];
        let what = match known {
            _ if is_result => String::new(),
            Some(builtin) if builtin.infix.is_some() && args.len() >= 2 => {
                format!("the {} operand of `{name}`", if index == 0 { "left" } else { "right" })
            }
            Some(builtin) => match builtin.args.get(index) {
                Some((label, _)) if !label.is_empty() && builtin.args.len() > 1 => {
                    format!("argument {} of `{name}` (`{label}`)", index + 1)
                }
                _ if builtin.args.len() > 1 => format!("argument {} of `{name}`", index + 1),
                _ => format!("the argument of `{name}`"),
            },
            None if function.args.len() > 1 => format!("argument {} of `{name}`", index + 1),
            None => format!("the argument of `{name}`"),
        };
        let message = if is_result {
            format!("`{name}` gives {}, which is never {}", one(want), self.name(arg))
        } else {
            match have_type {
                Some(have) if !have.is_unknown() => format!("{what} is {}, but must be {}", one(Some(have)), one(want)),
                _ => format!("{what} must be {}", one(want)),
            }
        };
        Found {
            at: inside(arg.at, expr.at),
            opa_at: expr.at,
            class: Class::ArgumentType,
            message,
            help: difference(have_type, want),
            opa: format!("{path}: invalid argument(s)"),
            unknown: have.iter().any(|ty| is_unknown(ty.as_ref())),
        }
    }

    pub(super) fn replacement(&self, with: &With, own: &Type, new: &Type) -> Found {
        let (target, value) = (self.name(&with.target), self.name(&with.value));
        let path = self.path(with.target.as_ref().unwrap_or_default());
        let message = match (own, new) {
            (Type::Function(own), Type::Function(new)) if own.args.len() != new.args.len() => {
                format!("{value} takes {}, but {target}, which it replaces, takes {}", count(new.args.len(), "argument"), own.args.len())
            }
            _ => format!("{value} takes other arguments than {target}, which it replaces"),
        };
        Found {
            at: with.value.at,
            opa_at: with.at,
            class: Class::ArgumentType,
            message,
            help: String::new(),
            opa: format!("{path}: arity mismatch"),
            unknown: match (own, new) {
                (_, Type::Function(new)) => new.args.iter().any(|ty| is_unknown(ty.as_ref())),
                _ => false,
            },
        }
    }
}

/// Where two collections of one kind differ.
fn difference(have: Option<&Type>, want: Option<&Type>) -> String {
    let (Some(have), Some(want)) = (have, want) else { return String::new() };
    if let (Type::Object(have), Type::Object(want)) = (have.unwrapped(), want.unwrapped()) {
        for (key, ty) in &want.fixed {
            match have.select(key) {
                None => return format!("the key `{}` is missing", key_text(key)),
                own if !super::unify::unifies(own, ty.as_ref()) => {
                    return format!("`{}` is {}, but must be {}", key_text(key), one(own), one(ty.as_ref()));
                }
                _ => {}
            }
        }
    }
    String::new()
}

/// The place of an operand, if it lies in the statement.
fn inside(at: Loc, statement: Loc) -> Loc {
    let within = at.module == statement.module && at.span.start >= statement.span.start && at.span.end <= statement.span.end;
    if within { at } else { statement }
}

fn key_or_item(key: Option<&Value>) -> String {
    key.map_or_else(|| "such key".to_owned(), |key| format!("`{}`", key_text(key)))
}

/// `1 argument`, `2 arguments`
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The key that was probably meant.
fn similar<'k>(key: &Value, keys: &'k [Value]) -> Option<&'k Value> {
    // more keys are rarer than hostile texts
    const MAX_KEYS: usize = 200;
    let text = key.as_str().filter(|text| text.len() <= 60 && keys.len() <= MAX_KEYS)?;
    let limit = (text.chars().count() / 3).max(1);
    let candidates = keys.iter().filter_map(|other| Some((strsim::damerau_levenshtein(text, other.as_str()?), other)));
    candidates.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
}
