//! The variables that Regal finds in a rule, and its idea of which of them are set where they stand.

use std::ops::Range;

use super::{Form, Id, NOWHERE, NameId, RegalView, Shape, Slot, WILDCARD};
use crate::model::rego::builtin;
use crate::text::SourceFile;

/// In what way a rule has a variable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::lint::rules) enum Context {
    Argument,
    /// Behind a function's last argument.
    Returned,
    /// To the left of `:=` or `=`.
    Assign,
    Every,
    Some,
    SomeIn,
    /// A part of a reference.
    Ref,
}

/// A variable of a rule; one that is found in two ways is there twice.
#[derive(Clone, Copy, Debug)]
pub(in crate::lint::rules) struct VarEntry {
    rule: u32,
    pub(in crate::lint::rules) name: NameId,
    at: u32,
    pub(in crate::lint::rules) context: Context,
    pub(in crate::lint::rules) id: Id,
}

impl VarEntry {
    fn key(&self) -> (u32, NameId, u32, Context) {
        (self.rule, self.name, self.at, self.context)
    }
}

impl RegalView<'_> {
    /// Finds the variables of all rules. Wildcards are left out: no question is asked about them by name.
    pub(super) fn find_vars(&mut self) {
        let mut out = Vec::with_capacity(self.refs.len());
        for rule in 0..self.rules.len() {
            self.vars_of(rule, &mut out);
        }
        out.sort_unstable_by_key(|entry| (entry.key(), entry.id));
        out.dedup_by_key(|entry| entry.key());
        let mut start = 0;
        for rule in 0..self.rules.len() {
            let end = start + out[start..].partition_point(|entry| entry.rule as usize == rule);
            self.rules[rule].vars = start as u32..end as u32;
            start = end;
        }
        self.vars = out;
    }

    fn vars_of(&self, rule: usize, out: &mut Vec<VarEntry>) {
        let mut add = |id: Id, context: Context| {
            let item = self.item(id);
            if item.form == Form::Var && item.name != WILDCARD && item.at != NOWHERE {
                out.push(VarEntry { rule: rule as u32, name: item.name, at: item.at, context, id });
            }
        };
        for argument in self.in_slot(self.rules[rule].head, Slot::Argument) {
            match self.form(argument) {
                Form::Var => add(argument, Context::Argument),
                Form::Array => self.vars_below(argument).for_each(|var| add(var, Context::Argument)),
                _ => {}
            }
        }
        for reference in self.refs(rule) {
            self.parts(*reference).skip(1).for_each(|part| add(part, Context::Ref));
        }
        for first in self.calls(rule) {
            let operator = self.operator(*first);
            if matches!(operator, "assign" | "eq")
                && let Some(left) = self.list(*first).nth(1)
            {
                match self.form(left) {
                    Form::Var => add(left, Context::Assign),
                    Form::Array | Form::Object => self.vars_below(left).for_each(|var| add(var, Context::Assign)),
                    _ => {}
                }
            }
            if operator != "assign"
                && let Some(arity) = self.arity(*first, operator)
            {
                for argument in self.list(*first).skip(arity + 1) {
                    self.vars_below(argument).for_each(|var| add(var, Context::Returned));
                }
            }
        }
        for expr in self.exprs(rule) {
            match self.item(*expr).shape {
                Shape::Every => {
                    let terms = self.children(*expr).filter(|child| matches!(self.item(*child).slot, Slot::EveryKey | Slot::EveryValue));
                    terms.for_each(|term| add(term, Context::Every));
                }
                Shape::Some => {
                    for symbol in self.in_slot(*expr, Slot::Symbol) {
                        if self.form(symbol) != Form::Call {
                            add(symbol, Context::Some);
                            continue;
                        }
                        let sides: Vec<Id> = self.in_slot(symbol, Slot::Item).skip(1).collect();
                        for side in &sides[..sides.len().saturating_sub(1)] {
                            self.vars_below(*side).for_each(|var| add(var, Context::SomeIn));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// How many arguments the function of a call takes, if the call has more; `None` where it is unknown.
    fn arity(&self, first: Id, operator: &str) -> Option<usize> {
        if operator.is_empty() || operator == "internal" {
            return None;
        }
        let item = self.item(first);
        let given = match item.slot {
            // operators take what they get
            Slot::Terms | Slot::Item => self.list(first).count() - 1,
            _ => return None,
        };
        if given == 0 || (given == 2 && crate::lint::rules::opa_view::is_operator(operator)) {
            return None;
        }
        let of = |name: &str| {
            let own = (!self.functions.is_empty()).then(|| self.functions.get(name).copied()).flatten();
            own.or_else(|| builtin(name).map(|builtin| builtin.args.len()))
        };
        let arity = if self.parts(first).nth(1).is_none() {
            if operator == "print" {
                return None;
            }
            of(operator)?
        } else {
            of(&self.ref_string(self.parts(first), true)?)?
        };
        (given > arity).then_some(arity)
    }

    /// All variables of a rule, by name and place.
    pub(in crate::lint::rules) fn vars(&self, rule: usize) -> &[VarEntry] {
        let Range { start, end } = self.rules[rule].vars.clone();
        &self.vars[start as usize..end as usize]
    }

    /// The variables of one name in a rule, by place.
    pub(in crate::lint::rules) fn named(&self, rule: usize, name: NameId) -> &[VarEntry] {
        let vars = self.vars(rule);
        let start = vars.partition_point(|entry| entry.name < name);
        let count = vars[start..].partition_point(|entry| entry.name == name);
        &vars[start..start + count]
    }

    /// Whether a variable is set where it stands, as Regal sees it: it is a wildcard, or no rule and no import, and nothing above
    /// has the name but one `some`.
    pub(in crate::lint::rules) fn is_output(&self, file: &SourceFile, rule: usize, var: Id) -> bool {
        let item = self.item(var);
        if item.name == WILDCARD {
            return true;
        }
        if self.is_global(item.name) || item.at == NOWHERE {
            return false;
        }
        let named = self.named(rule, item.name);
        let before = named.partition_point(|entry| entry.at < item.at);
        let above = if before < named.len() && self.is_in_head_value(file, rule, item.at) { named.len() } else { before };
        match above {
            0 => true,
            1 => named[0].context == Context::Some,
            _ => false,
        }
    }

    /// Whether another variable of the name stands above, or anywhere in the rule if the place is in the value of its head.
    pub(in crate::lint::rules) fn is_in_local_scope(&self, file: &SourceFile, rule: usize, var: Id) -> bool {
        let item = self.item(var);
        let named = self.named(rule, item.name);
        if named.first().is_some_and(|entry| entry.at < item.at) {
            return true;
        }
        named.iter().any(|entry| entry.at != item.at) && self.is_in_head_value(file, rule, item.at)
    }
}
