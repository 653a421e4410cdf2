//! What is known where: types of documents by path, and of variables, in layers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::declared::Declared;
use super::ty::{self, Maybe, Type, or};
use crate::model::rego::compile::hir::{DATA, INPUT, Term, TermKind, Var};
use crate::model::rego::value::Value;

/// Types of documents by path; node 0 is above `data` and `input`.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    ty: Maybe,
    by_key: BTreeMap<Value, u32>,
    by_var: FxHashMap<Var, u32>,
    /// What the node is as an object; forgotten when something below changes.
    extent: RefCell<Option<Type>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    pub(super) const ROOT: u32 = 0;

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    pub(super) fn ty(&self, at: u32) -> Option<&Type> {
        self.node(at).ty.as_ref()
    }

    /// The node below `at` for a part of a reference.
    pub(super) fn child(&self, at: u32, part: &Term) -> Option<u32> {
        let node = self.node(at);
        match &part.kind {
            TermKind::Value(value) => node.by_key.get(value).copied(),
            TermKind::Var(var) => node.by_var.get(var).copied(),
            _ => node.by_key.get(&part.constant()?).copied(),
        }
    }

    pub(super) fn child_var(&self, at: u32, var: Var) -> Option<u32> {
        self.node(at).by_var.get(&var).copied()
    }

    /// The constant keys below a node, in order.
    pub(super) fn keys(&self, at: u32) -> impl Iterator<Item = &Value> {
        self.node(at).by_key.keys()
    }

    fn child_or_new(&mut self, at: u32, part: &Term) -> u32 {
        if let Some(child) = self.child(at, part) {
            return child;
        }
        let child = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let node = &mut self.nodes[at as usize];
        match (&part.kind, part.constant()) {
            (TermKind::Var(var), _) => node.by_var.insert(*var, child),
            (_, Some(key)) => node.by_key.insert(key, child),
            // no other part can stand in the path of a rule
            _ => return at,
        };
        self.nodes.push(Node::default());
        child
    }

    /// Sets the type of the document at `path`.
    pub(super) fn put<'t>(&mut self, path: impl IntoIterator<Item = &'t Term>, ty: Type) {
        let mut at = Self::ROOT;
        for part in path {
            *self.nodes[at as usize].extent.get_mut() = None;
            at = self.child_or_new(at, part);
        }
        *self.nodes[at as usize].extent.get_mut() = None;
        self.nodes[at as usize].ty = Some(ty);
    }

    /// Adds a rule's type at a constant path: to what other rules are there, and to the objects that it lies in.
    pub(super) fn insert(&mut self, path: &[Term], ty: &Type) {
        let mut at = Self::ROOT;
        for (index, part) in path.iter().enumerate() {
            *self.nodes[at as usize].extent.get_mut() = None;
            let old = self.child(at, part);
            let child = self.child_or_new(at, part);
            let rest = &path[index + 1..];
            if old.is_some() && !rest.is_empty() {
                let keys: Vec<Value> = rest.iter().filter_map(Term::constant).collect();
                let node = &mut self.nodes[child as usize];
                if let Some(object) = node.ty.as_ref().map(|ty| ty.unwrapped().clone()).filter(|ty| matches!(ty, Type::Object(_))) {
                    node.ty = Some(insert_into(&object, &keys, ty));
                }
            }
            at = child;
        }
        let node = &mut self.nodes[at as usize];
        *node.extent.get_mut() = None;
        node.ty = merge(node.ty.take(), Some(ty.clone()));
        let has_children = !node.by_key.is_empty() || !node.by_var.is_empty();
        if matches!(ty.unwrapped(), Type::Object(_)) && has_children {
            let mut merged = node.ty.clone();
            for (path, leaf) in self.leaves(at) {
                if let Some(object @ Type::Object(_)) = merged.as_ref().map(Type::unwrapped) {
                    merged = Some(insert_into(object, &path, &leaf));
                }
            }
            self.nodes[at as usize].ty = merged;
        }
    }

    /// The types set below a node, nearest only, with the keys that lead to them.
    fn leaves(&self, at: u32) -> Vec<(Vec<Value>, Type)> {
        let mut out = Vec::new();
        let mut todo: Vec<(u32, Vec<Value>)> = vec![(at, Vec::new())];
        while let Some((at, path)) = todo.pop() {
            for (key, child) in &self.node(at).by_key {
                let mut path = path.clone();
                path.push(key.clone());
                match &self.node(*child).ty {
                    Some(ty) => out.push((path, ty.clone())),
                    None => todo.push((*child, path)),
                }
            }
        }
        out
    }

    /// The type of everything at and below a node.
    pub(super) fn extent(&self, at: u32) -> Type {
        let node = self.node(at);
        if let Some(ty) = &node.ty {
            return ty.clone();
        }
        if let Some(known) = &*node.extent.borrow() {
            return known.clone();
        }
        let scalar = |key: &&Value| matches!(key, Value::String(_) | Value::Number(_) | Value::Bool(_));
        let children = node.by_key.iter().filter(|(key, _)| scalar(key));
        let fixed = children.map(|(key, child)| (key.clone(), Some(self.extent(*child)))).collect();
        // data beside the rules can hold anything
        let ty = Type::object(fixed, Some((Some(Type::String), Some(Type::Any))));
        *node.extent.borrow_mut() = Some(ty.clone());
        ty
    }

    /// The type of the document that `tail` selects below `at`; `None` where the tree ends before it.
    fn descend(&self, mut at: u32, mut tail: &[Term]) -> Option<Maybe> {
        loop {
            let Some((first, rest)) = tail.split_first() else { return Some(Some(self.extent(at))) };
            if let Some(ty) = &self.node(at).ty {
                match self.child(at, first) {
                    Some(child) => (at, tail) = (child, rest),
                    None => return Some(select_ref(Some(ty.clone()), tail)),
                }
                continue;
            }
            if first.constant().is_none() {
                return Some(select_ref(Some(self.extent(at)), tail));
            }
            (at, tail) = (self.child(at, first)?, rest);
        }
    }
}

fn insert_into(object: &Type, path: &[Value], ty: &Type) -> Type {
    let Type::Object(own) = object else { return object.clone() };
    let Some((first, rest)) = path.split_first() else { return object.clone() };
    let child = if rest.is_empty() { ty.clone() } else { insert_into(&Type::object(Vec::new(), None), rest, ty) };
    let key = Some(Type::of_value(first));
    let dynamic = match &own.rest {
        Some((keys, values)) => (or(keys.clone(), key), or(values.clone(), Some(child))),
        None => (key, Some(child)),
    };
    Type::object(own.fixed.clone(), Some(dynamic))
}

/// The type of a document that several rules define.
fn merge(a: Maybe, b: Maybe) -> Maybe {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a.unwrapped().clone(), b.unwrapped().clone()),
        (a, b) => return a.or(b),
    };
    match (&a, &b) {
        (Type::Object(x), Type::Object(y)) if x.fixed.is_empty() && y.fixed.is_empty() => match (&x.rest, &y.rest) {
            (None, _) => Some(b),
            (_, None) => Some(a),
            (Some(x), Some(y)) => {
                let rest = (or(x.0.clone(), y.0.clone()), merge(x.1.clone(), y.1.clone()));
                Some(Type::object(Vec::new(), Some(rest)))
            }
        },
        (Type::Object(object), Type::Union(_)) => merge_into_union(object, &a, &b),
        (Type::Union(_), Type::Object(object)) => merge_into_union(object, &b, &a),
        (Type::Set(x), Type::Set(y)) => Some(Type::set(or(x.of.clone(), y.of.clone()))),
        _ => or(Some(a), Some(b)),
    }
}

/// An object without known keys is merged with the first such member of a union.
fn merge_into_union(object: &ty::Object, a: &Type, b: &Type) -> Maybe {
    if let (Some((keys, values)), true, Type::Union(union)) = (&object.rest, object.fixed.is_empty(), b) {
        let open = |member: &Type| matches!(member, Type::Object(own) if own.fixed.is_empty() && own.rest.is_some());
        if let Some(at) = union.members.iter().position(open)
            && let Type::Object(own) = &union.members[at]
            && let Some((own_keys, own_values)) = &own.rest
        {
            let rest = (or(own_keys.clone(), keys.clone()), or(own_values.clone(), values.clone()));
            let merged = Type::object(Vec::new(), Some(rest));
            let others = union.members.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, member)| member.clone());
            return Some(Type::one_of(others.chain([merged])));
        }
    }
    or(Some(b.clone()), Some(a.clone()))
}

/// The type of `ty[parts…]`; a part that is no constant can be any key.
pub(super) fn select_ref(mut ty: Maybe, parts: &[Term]) -> Maybe {
    for part in parts {
        let own = ty?;
        ty = match &part.kind {
            TermKind::Value(key) => ty::select(&own, key),
            TermKind::Var(_) | TermKind::Ref(_) | TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) => {
                if own.is_empty_collection() {
                    return Some(Type::Any);
                }
                ty::values(Some(&own))
            }
            _ => None,
        };
    }
    ty
}

/// What is known within a body, or about documents that a `with` or a schema describes.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// `None`: variables go to the layer below.
    vars: Option<FxHashMap<Var, Maybe>>,
    pub(super) tree: Option<Rc<Tree>>,
    /// Grows with every change of any layer.
    stamp: u64,
}

/// All layers, innermost last; the first has the rules.
pub(super) struct Env<'e> {
    layers: Vec<Layer>,
    stamps: u64,
    pub(super) declared: Declared<'e>,
}

impl<'e> Env<'e> {
    pub(super) fn new(declared: Declared<'e>) -> Self {
        Self { layers: vec![Layer { vars: None, tree: Some(Rc::new(Tree::default())), stamp: 0 }], stamps: 0, declared }
    }

    /// The rules' types; nothing else may hold them.
    pub(super) fn rules(&mut self) -> &mut Tree {
        Rc::get_mut(self.layers[0].tree.get_or_insert_default()).expect("layers share trees of their own only")
    }

    pub(super) fn depth(&self) -> usize {
        self.layers.len()
    }

    pub(super) fn truncate(&mut self, depth: usize) {
        self.layers.truncate(depth);
    }

    pub(super) fn push_body(&mut self) {
        self.push(Some(FxHashMap::default()), None);
    }

    pub(super) fn push_tree(&mut self, tree: Rc<Tree>) {
        self.push(None, Some(tree));
    }

    fn push(&mut self, vars: Option<FxHashMap<Var, Maybe>>, tree: Option<Rc<Tree>>) {
        self.stamps += 1;
        self.layers.push(Layer { vars, tree, stamp: self.stamps });
    }

    /// Two moments with the same state know the same.
    pub(super) fn state(&self) -> (u64, usize) {
        (self.layers.iter().map(|layer| layer.stamp).max().unwrap_or(0), self.layers.len())
    }

    /// Says what a variable is, in the innermost body.
    pub(super) fn put(&mut self, var: Var, ty: Maybe) {
        self.stamps += 1;
        let stamp = self.stamps;
        if let Some(layer) = self.layers.iter_mut().rev().find(|layer| layer.vars.is_some()) {
            layer.stamp = stamp;
            layer.vars.get_or_insert_default().insert(var, ty);
        }
    }

    pub(super) fn var(&self, var: Var) -> Maybe {
        self.layers.iter().rev().find_map(|layer| layer.vars.as_ref()?.get(&var)).cloned().flatten()
    }

    /// What a layer knows of the variable that a reference starts with.
    pub(super) fn var_in(&self, layer: usize, var: Var) -> Option<&Maybe> {
        self.layers[layer].vars.as_ref()?.get(&var)
    }

    pub(super) fn tree_in(&self, layer: usize) -> Option<&Rc<Tree>> {
        self.layers[layer].tree.as_ref()
    }

    /// The type of a reference's value.
    pub(super) fn reference(&self, parts: &[Term]) -> Maybe {
        self.reference_below(self.layers.len(), parts)
    }

    /// The same for the first `depth` layers alone.
    pub(super) fn reference_below(&self, depth: usize, parts: &[Term]) -> Maybe {
        let head = parts.first()?.as_var()?;
        let tail = &parts[1..];
        for layer in self.layers[..depth].iter().rev() {
            let found = match (layer.vars.as_ref().and_then(|vars| vars.get(&head)), &layer.tree) {
                (Some(Some(ty)), _) => Some(select_ref(Some(ty.clone()), tail)),
                // a variable of which nothing is known stands there like a document
                (Some(None), _) => Tree::default().descend(Tree::ROOT, tail),
                (None, Some(tree)) => tree.child_var(Tree::ROOT, head).and_then(|node| tree.descend(node, tail)),
                (None, None) => None,
            };
            if let Some(found) = found {
                return found;
            }
        }
        match head {
            INPUT | DATA => Some(Type::Any),
            _ => self.declared.reference(parts),
        }
    }
}
