//! The rules of a module as Regal sees them: OPA's syntax tree with its places, and what Regal's queries find in it.
//!
//! Regal's rules walk the whole tree for each question. Here the tree is one preorder table that is made once for a file, when a
//! rule first asks, along with lists of its references, calls, comprehensions, statements and variables.

mod build;
mod place;
mod queries;
mod terms;
mod vars;

use std::ops::Range;

use rustc_hash::FxHashMap;

pub(super) use self::place::{Corner, Region};
pub(super) use self::queries::is_plain_name;
pub(super) use self::vars::{Context, VarEntry};
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
    /// By name: whether the name of a function of the module starts with it.
    function_root: Vec<bool>,
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
        self.function_root[name as usize]
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
}

fn slice<'a, T>(list: &'a [T], range: &Range<u32>) -> &'a [T] {
    &list[range.start as usize..range.end as usize]
}
