//! The rules of a module as Regal sees them: OPA's syntax tree with its places, and what Regal's queries find in it.
//!
//! Regal's rules walk the whole tree for each question. Here the tree is one preorder table that is made once for a file, when a
//! rule first asks, along with lists of its references, calls, comprehensions, statements and variables.

mod build;
mod place;
mod vars;

use std::ops::Range;

use rustc_hash::FxHashMap;

pub(super) use self::place::{Corner, Region};
pub(super) use self::vars::Context;
use self::vars::VarEntry;
use crate::syntax::rego::{Node, Parse};
use crate::text::Span;

/// Index of an [`Item`].
pub(super) type Id = u32;
/// Index of a variable's name; wildcards are [`WILDCARD`].
pub(super) type NameId = u32;

/// The name of wildcards, of which no two are the same variable.
pub(super) const WILDCARD: NameId = 0;
/// The place of what has none.
const NOWHERE: u32 = u32::MAX;

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Rule,
    Head,
    Expr,
    With,
    Null,
    Boolean,
    Number,
    String,
    Var,
    Ref,
    Call,
    Array,
    Set,
    Object,
    ArrayComprehension,
    SetComprehension,
    ObjectComprehension,
    Template,
}

impl Form {
    pub(super) fn is_scalar(self) -> bool {
        matches!(self, Self::Null | Self::Boolean | Self::Number | Self::String)
    }

    pub(super) fn is_collection(self) -> bool {
        matches!(self, Self::Array | Self::Set | Self::Object)
    }

    pub(super) fn is_comprehension(self) -> bool {
        matches!(self, Self::ArrayComprehension | Self::SetComprehension | Self::ObjectComprehension)
    }

    /// Whether a reference with such a part is not static.
    pub(super) fn is_dynamic(self) -> bool {
        matches!(self, Self::Call | Self::Var | Self::Ref | Self::Template)
    }
}

/// What an item is to its parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Root,
    /// `head`
    Head,
    /// `body[i]`
    Body,
    /// `else`
    Else,
    /// `ref[i]` of a head
    Name,
    /// `args[i]`
    Argument,
    /// `key` of a head
    Key,
    /// `value` of a head
    Value,
    /// `terms[i]`
    Terms,
    /// `terms`
    Term,
    /// `terms.symbols[i]`
    Symbol,
    EveryKey,
    EveryValue,
    Domain,
    /// `terms.body[i]` of `every` and `not`
    Inner,
    Left,
    Right,
    /// `with[i]`
    With,
    Target,
    Replacement,
    /// `value[i]`
    Item,
    /// `value[i][0]` of an object
    ItemKey,
    /// `value[i][1]` of an object
    ItemValue,
    /// `value.term`
    HeadTerm,
    HeadKey,
    HeadValue,
    /// `value.body[i]`
    ComprehensionBody,
    /// `value.parts[i]`
    Part,
}

/// What a statement's terms are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// One term, in [`Slot::Term`]; also of what is no statement.
    Term,
    /// A call: [`Slot::Terms`], the function first.
    Call,
    Some,
    Every,
    Not,
    Logical,
}

/// One object of OPA's tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) form: Form,
    pub(super) slot: Slot,
    pub(super) shape: Shape,
    pub(super) negated: bool,
    pub(super) has_with: bool,
    /// Position among the items of its slot.
    pub(super) index: u32,
    pub(super) parent: Id,
    /// Index after the last item below it.
    pub(super) end: Id,
    /// Where OPA says it stands: row and column, and the text from which Regal takes its end.
    pub(super) at: u32,
    pub(super) text: Span,
    /// Where it is written.
    pub(super) span: Span,
    pub(super) name: NameId,
    /// Id of the node that a variable or statement is.
    source: u32,
}

/// One rule of OPA: each chained body is one.
#[derive(Clone, Debug)]
pub(super) struct RuleView {
    pub(super) root: Id,
    pub(super) head: Id,
    /// Index of the definition in the module.
    pub(super) def: usize,
    pub(super) is_chained: bool,
    /// Whether OPA's rule has a body of its own.
    pub(super) has_body: bool,
    pub(super) is_function: bool,
    refs: Range<u32>,
    calls: Range<u32>,
    comprehensions: Range<u32>,
    exprs: Range<u32>,
    vars: Range<u32>,
}

/// The rules of a module.
#[derive(Debug, Default)]
pub(in crate::lint) struct RegalView<'t> {
    text: &'t str,
    items: Vec<Item>,
    pub(super) rules: Vec<RuleView>,
    names: Vec<&'t str>,
    by_name: FxHashMap<&'t str, NameId>,
    refs: Vec<Id>,
    /// First items of lists that start with a reference, as calls do.
    calls: Vec<Id>,
    comprehensions: Vec<Id>,
    exprs: Vec<Id>,
    /// By rule, name, place.
    vars: Vec<VarEntry>,
    /// By name: whether it is a rule (no function) or an import of the module.
    global: Vec<bool>,
    /// By name: whether it is a function of the module.
    function: Vec<bool>,
    /// The names of the module's functions and how many arguments their first definitions have.
    functions: FxHashMap<String, usize>,
}

impl<'t> RegalView<'t> {
    pub(super) fn item(&self, id: Id) -> &Item {
        &self.items[id as usize]
    }

    pub(super) fn form(&self, id: Id) -> Form {
        self.item(id).form
    }

    pub(super) fn span(&self, id: Id) -> Span {
        self.item(id).span
    }

    /// Where a finding about the item is reported; `None` where it has no place.
    pub(super) fn place(&self, id: Id) -> Option<Span> {
        let item = self.item(id);
        // the head of a chained body stands at its brace
        (item.at != NOWHERE).then(|| Span::new(item.at, if item.span.end > item.at { item.span.end } else { item.at + 1 }))
    }

    pub(super) fn name(&self, name: NameId) -> &'t str {
        self.names[name as usize]
    }

    /// The name of a variable.
    pub(super) fn var_name(&self, id: Id) -> &'t str {
        self.name(self.item(id).name)
    }

    pub(super) fn is_wildcard(&self, id: Id) -> bool {
        self.item(id).name == WILDCARD
    }

    /// The id of a name that stands in the module.
    pub(super) fn name_id(&self, name: &str) -> Option<NameId> {
        self.by_name.get(name).copied()
    }

    /// Whether a rule that is no function, or an import, has the name.
    pub(super) fn is_global(&self, name: NameId) -> bool {
        self.global[name as usize]
    }

    /// Whether a function of the module has the name.
    pub(super) fn is_function(&self, name: NameId) -> bool {
        self.function[name as usize]
    }

    /// The node that a variable or statement is.
    pub(super) fn node<'p>(&self, parse: &'p Parse, id: Id) -> Option<Node<'p>> {
        let source = self.item(id).source;
        parse.tree.node(source).filter(|_| source != 0)
    }

    /// The text of an item.
    pub(super) fn source(&self, id: Id) -> &'t str {
        &self.text[self.span(id).range()]
    }

    /// Whether some variable has a name like that.
    pub(super) fn any_name(&self, wanted: fn(&str) -> bool) -> bool {
        self.names.iter().any(|name| wanted(name))
    }

    /// Whether some rule has a part of its name like that.
    pub(super) fn any_name_part(&self, wanted: fn(&str) -> bool) -> bool {
        let strings = |head: Id| self.in_slot(head, Slot::Name).filter(|part| self.form(*part) == Form::String);
        self.rules.iter().any(|rule| strings(rule.head).any(|part| wanted(&self.string(part))))
    }

    /// Whether the name of a function of the module is `name`.
    pub(super) fn is_function_name(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// Whether the name of a function of the module starts with `name`.
    pub(super) fn starts_function(&self, name: NameId) -> bool {
        let name = self.name(name);
        self.functions.keys().any(|function| function.split('.').next() == Some(name))
    }

    /// The term of a comprehension, or its key and value.
    pub(super) fn head_terms(&self, comprehension: Id) -> impl Iterator<Item = Id> + '_ {
        let is_term = |id: &Id| matches!(self.item(*id).slot, Slot::HeadTerm | Slot::HeadKey | Slot::HeadValue);
        self.children(comprehension).filter(is_term)
    }

    /// All items of the tree below `id`, itself first.
    pub(super) fn subtree(&self, id: Id) -> Range<Id> {
        id..self.item(id).end
    }

    /// The variables below `id`, itself among them.
    pub(super) fn vars_below(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        self.subtree(id).filter(|id| self.form(*id) == Form::Var)
    }

    /// Whether a variable of the name stands below `id`.
    pub(super) fn has_var(&self, id: Id, name: NameId) -> bool {
        name != WILDCARD && self.vars_below(id).any(|var| self.item(var).name == name)
    }

    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let end = self.item(id).end;
        let mut next = id + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = next;
                next = self.item(child).end;
                child
            })
        })
    }

    pub(super) fn in_slot(&self, id: Id, slot: Slot) -> impl Iterator<Item = Id> + '_ {
        self.children(id).filter(move |child| self.item(*child).slot == slot)
    }

    pub(super) fn child(&self, id: Id, slot: Slot) -> Option<Id> {
        self.in_slot(id, slot).next()
    }

    /// The item's parent, its parent, up to the rule.
    pub(super) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let mut at = id;
        std::iter::from_fn(move || {
            let item = self.item(at);
            (item.slot != Slot::Root).then(|| {
                at = item.parent;
                at
            })
        })
    }

    /// The parts of a reference, its first one included.
    pub(super) fn parts(&self, reference: Id) -> impl Iterator<Item = Id> + '_ {
        self.in_slot(reference, Slot::Item)
    }

    /// The list that starts with `first`.
    pub(super) fn list(&self, first: Id) -> impl Iterator<Item = Id> + '_ {
        let Item { slot, parent, index, .. } = *self.item(first);
        let end = self.item(parent).end;
        let mut next = first;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let id = next;
                next = self.item(id).end;
                id
            })
        })
        .take_while(move |id| {
            let item = self.item(*id);
            if slot == Slot::ItemKey {
                item.index == index && matches!(item.slot, Slot::ItemKey | Slot::ItemValue)
            } else {
                item.slot == slot
            }
        })
    }

    pub(super) fn refs(&self, rule: usize) -> &[Id] {
        slice(&self.refs, &self.rules[rule].refs)
    }

    pub(super) fn calls(&self, rule: usize) -> &[Id] {
        slice(&self.calls, &self.rules[rule].calls)
    }

    pub(super) fn comprehensions(&self, rule: usize) -> &[Id] {
        slice(&self.comprehensions, &self.rules[rule].comprehensions)
    }

    /// All statements of a rule, nested ones included.
    pub(super) fn exprs(&self, rule: usize) -> &[Id] {
        slice(&self.exprs, &self.rules[rule].exprs)
    }

    /// The statements of a rule's own body.
    pub(super) fn body(&self, rule: usize) -> impl Iterator<Item = Id> + '_ {
        self.in_slot(self.rules[rule].root, Slot::Body)
    }

    pub(super) fn head_value(&self, rule: usize) -> Option<Id> {
        self.child(self.rules[rule].head, Slot::Value)
    }

    /// The variable that a reference starts with.
    pub(super) fn base(&self, reference: Id) -> Option<NameId> {
        let first = self.item(self.parts(reference).next()?);
        (first.form == Form::Var).then_some(first.name)
    }

    /// The variable that the function of a call starts with; empty where it is none.
    pub(super) fn operator(&self, first: Id) -> &'t str {
        self.base(first).map_or("", |name| self.name(name))
    }

    /// What a statement calls: the variable that the function's name starts with.
    pub(super) fn called(&self, expr: Id) -> &'t str {
        if self.item(expr).shape != Shape::Call {
            return "";
        }
        self.child(expr, Slot::Terms).map_or("", |first| self.operator(first))
    }

    /// Both sides of a `:=` statement.
    pub(super) fn assignment(&self, expr: Id) -> Option<(Id, Id)> {
        if self.called(expr) != "assign" {
            return None;
        }
        let mut terms = self.in_slot(expr, Slot::Terms).skip(1);
        Some((terms.next()?, terms.next()?))
    }

    /// The text of a string's value.
    pub(super) fn string(&self, id: Id) -> String {
        let text = &self.text[self.span(id).range()];
        if text.starts_with(['"', '`']) {
            crate::syntax::rego::literal::string_value(text).unwrap_or_default().into_owned()
        } else {
            text.to_owned()
        }
    }

    /// Whether two terms are the same to Regal, which compares the places of what is inside of them.
    pub(super) fn same(&self, a: Id, b: Id) -> bool {
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
    pub(super) fn starts(&self, prefix: Id, reference: Id) -> bool {
        let mut parts = self.parts(reference);
        self.parts(prefix).all(|part| parts.next().is_some_and(|other| self.same(part, other)))
    }

    /// Whether a reference has constant parts only.
    pub(super) fn is_static(&self, reference: Id) -> bool {
        !self.parts(reference).skip(1).any(|part| self.form(part).is_dynamic())
    }

    /// The text of a reference, up to its first part that is not constant if `constant`; `None` where Regal has none.
    pub(super) fn ref_string(&self, parts: impl Iterator<Item = Id>, constant: bool) -> Option<String> {
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

    /// The name of the function that a list calls, as Regal writes it; `None` for what it takes for no call.
    pub(super) fn function_name(&self, first: Id) -> Option<String> {
        if self.item(first).at == NOWHERE {
            return None;
        }
        self.ref_string(self.parts(first), false)
    }

    /// The arguments of a call without those that are calls, and without what `:=` assigns to.
    pub(super) fn arguments(&self, first: Id) -> impl Iterator<Item = Id> + '_ {
        let assigns = self.operator(first) == "assign" && self.parts(first).count() == 1;
        self.list(first).skip(if assigns { 2 } else { 1 }).filter(|argument| self.form(*argument) != Form::Call)
    }

    /// Whether a term names the variable: it is it, or a collection or reference that holds it.
    pub(super) fn names_var(&self, id: Id, name: NameId) -> bool {
        let item = self.item(id);
        match item.form {
            Form::Var => item.name == name && name != WILDCARD,
            Form::Array | Form::Object | Form::Set | Form::Ref | Form::Template => self.has_var(id, name),
            _ => false,
        }
    }

    /// Whether the name stands in a head's key, value, or name.
    pub(super) fn is_in_head(&self, head: Id, name: NameId) -> bool {
        self.children(head).any(|child| match self.item(child).slot {
            Slot::Key | Slot::Value => self.names_var(child, name),
            Slot::Name => self.item(child).index > 0 && self.names_var(child, name),
            _ => false,
        })
    }

    /// Whether an argument of a call names the variable.
    pub(super) fn is_in_call(&self, rule: usize, name: NameId) -> bool {
        self.calls(rule).iter().any(|call| {
            self.item(*call).at != NOWHERE
                && self.base(*call).is_some()
                && self.arguments(*call).any(|argument| self.names_var(argument, name))
        })
    }

    /// A scalar, or a collection without variables.
    pub(super) fn is_constant(&self, id: Id) -> bool {
        let form = self.form(id);
        form.is_scalar() || (form.is_collection() && self.vars_below(id).next().is_none())
    }
}

fn slice<'a, T>(list: &'a [T], range: &Range<u32>) -> &'a [T] {
    &list[range.start as usize..range.end as usize]
}

/// `^[a-zA-Z_][a-zA-Z1-9_]*$`, Regal's idea of a name that needs no quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'1'..=b'9' | b'_'))
}
