//! What Regal asks of references, calls and terms.

use super::{Form, Id, NOWHERE, NameId, RegalView, Shape, Slot, WILDCARD};

impl<'t> RegalView<'t> {
    /// The variable that a reference starts with.
    pub(in crate::lint::rules) fn base(&self, reference: Id) -> Option<NameId> {
        let first = self.item(self.parts(reference).next()?);
        (first.form == Form::Var).then_some(first.name)
    }

    /// The variable that the function of a call starts with; empty where it is none.
    pub(in crate::lint::rules) fn operator(&self, first: Id) -> &'t str {
        self.base(first).map_or("", |name| self.name(name))
    }

    /// What a statement calls: the variable that the function's name starts with.
    pub(in crate::lint::rules) fn called(&self, expr: Id) -> &'t str {
        if self.item(expr).shape != Shape::Call {
            return "";
        }
        self.child(expr, Slot::Terms).map_or("", |first| self.operator(first))
    }

    /// Both sides of a `:=` statement.
    pub(in crate::lint::rules) fn assignment(&self, expr: Id) -> Option<(Id, Id)> {
        if self.called(expr) != "assign" {
            return None;
        }
        let mut terms = self.in_slot(expr, Slot::Terms).skip(1);
        Some((terms.next()?, terms.next()?))
    }

    /// The text of a string's value.
    pub(in crate::lint::rules) fn string(&self, id: Id) -> String {
        let text = &self.text[self.span(id).range()];
        if text.starts_with(['"', '`']) {
            crate::syntax::rego::literal::string_value(text).unwrap_or_default().into_owned()
        } else {
            text.to_owned()
        }
    }

    /// Whether two terms are the same to Regal, which compares the places of what is inside of them.
    pub(in crate::lint::rules) fn same(&self, a: Id, b: Id) -> bool {
        let (x, y) = (self.item(a), self.item(b));
        x.form == y.form
            && match x.form {
                Form::Var => x.name == y.name && x.name != WILDCARD,
                Form::Null => true,
                Form::Boolean | Form::Number => self.text[x.span.range()] == self.text[y.span.range()],
                Form::String => self.string(a) == self.string(b),
                _ => a == b,
            }
    }

    /// Whether all terms of one reference start the other one.
    pub(in crate::lint::rules) fn starts(&self, prefix: Id, reference: Id) -> bool {
        let mut parts = self.parts(reference);
        self.parts(prefix).all(|part| parts.next().is_some_and(|other| self.same(part, other)))
    }

    /// Whether a reference has constant parts only.
    pub(in crate::lint::rules) fn is_static(&self, reference: Id) -> bool {
        !self.parts(reference).skip(1).any(|part| self.form(part).is_dynamic())
    }

    /// The text of a reference, up to its first part that is not constant if `constant`; `None` where Regal has none.
    pub(in crate::lint::rules) fn ref_string(&self, parts: impl Iterator<Item = Id>, constant: bool) -> Option<String> {
        let mut out = String::new();
        for (at, part) in parts.enumerate() {
            let item = self.item(part);
            match item.form {
                Form::Var if at == 0 => out.push_str(self.name(item.name)),
                _ if at == 0 => return None,
                form if form.is_dynamic() && constant => break,
                Form::String => {
                    let name = self.string(part);
                    if is_plain_name(&name) {
                        out.push('.');
                        out.push_str(&name);
                    } else {
                        out.push_str("[\"");
                        out.push_str(&name);
                        out.push_str("\"]");
                    }
                }
                Form::Var | Form::Number | Form::Boolean => {
                    out.push('[');
                    out.push_str(&self.text[item.span.range()]);
                    out.push(']');
                }
                _ => {}
            }
        }
        Some(out)
    }

    /// Whether Regal takes the list for a call.
    pub(in crate::lint::rules) fn is_call(&self, first: Id) -> bool {
        self.item(first).at != NOWHERE && self.base(first).is_some()
    }

    /// Whether the list calls the function, which has a name without dots.
    pub(in crate::lint::rules) fn calls_function(&self, first: Id, name: &str) -> bool {
        self.is_call(first) && self.operator(first) == name && self.ref_string(self.parts(first), false).as_deref() == Some(name)
    }

    /// The arguments of a call without those that are calls, and without what `:=` assigns to.
    pub(in crate::lint::rules) fn arguments(&self, first: Id) -> impl Iterator<Item = Id> + '_ {
        let assigns = self.operator(first) == "assign" && self.parts(first).count() == 1;
        self.list(first).skip(if assigns { 2 } else { 1 }).filter(|argument| self.form(*argument) != Form::Call)
    }

    /// Whether a term names the variable: it is it, or a collection or reference that holds it.
    pub(in crate::lint::rules) fn names_var(&self, id: Id, name: NameId) -> bool {
        let item = self.item(id);
        match item.form {
            Form::Var => item.name == name && name != WILDCARD,
            Form::Array | Form::Object | Form::Set | Form::Ref | Form::Template => self.has_var(id, name),
            _ => false,
        }
    }

    /// Whether the name stands in a head's key, value, or name.
    pub(in crate::lint::rules) fn is_in_head(&self, head: Id, name: NameId) -> bool {
        self.children(head).any(|child| match self.item(child).slot {
            Slot::Key | Slot::Value => self.names_var(child, name),
            Slot::Name => self.item(child).index > 0 && self.names_var(child, name),
            _ => false,
        })
    }

    /// Whether an argument of a call names the variable.
    pub(in crate::lint::rules) fn is_in_call(&self, rule: usize, name: NameId) -> bool {
        let names = |call: Id| self.arguments(call).any(|argument| self.names_var(argument, name));
        self.calls(rule).iter().any(|call| self.is_call(*call) && names(*call))
    }

    /// A scalar, or a collection without variables.
    pub(in crate::lint::rules) fn is_constant(&self, id: Id) -> bool {
        let form = self.form(id);
        form.is_scalar() || (form.is_collection() && self.vars_below(id).next().is_none())
    }
}

/// `^[a-zA-Z_][a-zA-Z1-9_]*$`, Regal's idea of a name that needs no quotes.
pub(in crate::lint::rules) fn is_plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'1'..=b'9' | b'_'))
}
