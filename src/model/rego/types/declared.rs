//! The types of builtins.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::ty::{Maybe, Type};
use crate::model::rego::builtins::{self, Builtin, builtin};
use crate::model::rego::compile::Capabilities;
use crate::model::rego::compile::hir::{Term, Vars, dotted};

/// The types of the builtins that a program may call.
pub(super) struct Declared<'d> {
    pub(super) capabilities: &'d Capabilities,
    /// The variables of the module at hand.
    pub(super) vars: &'d Vars,
    /// Gatekeeper runs the module at hand, and adds a builtin of its own.
    pub(super) gatekeeper: bool,
    known: RefCell<FxHashMap<String, Maybe>>,
}

impl<'d> Declared<'d> {
    pub(super) fn new(capabilities: &'d Capabilities, vars: &'d Vars) -> Self {
        Self { capabilities, vars, gatekeeper: false, known: RefCell::default() }
    }

    /// The type of the builtin that a reference names.
    pub(super) fn reference(&self, parts: &[Term]) -> Maybe {
        let name = dotted(parts, self.vars)?;
        if self.gatekeeper && name == "external_data" {
            return Some(Type::Any);
        }
        if let Some(known) = self.known.borrow().get(&name) {
            return known.clone();
        }
        let listed = self.capabilities.get(&name);
        let ty = listed.map(|_| builtin(&name).map_or(Type::Any, function));
        self.known.borrow_mut().insert(name, ty.clone());
        ty
    }
}

fn function(builtin: &Builtin) -> Type {
    let args = builtin.args.iter().map(|(_, ty)| Some(Type::from(ty))).collect();
    Type::function(args, builtin.variadic.map(Type::from), builtin.result.map(|(_, ty)| Type::from(ty)))
}

impl From<&builtins::Type> for Type {
    fn from(declared: &builtins::Type) -> Self {
        use builtins::Type as D;
        match declared {
            D::Any => Self::Any,
            D::Null => Self::Null,
            D::Boolean => Self::Boolean,
            D::Number => Self::Number,
            D::String => Self::String,
            D::Array(fixed, rest) => Self::array(fixed.iter().map(|ty| Some(ty.into())).collect(), rest.map(Self::from)),
            D::Object(fixed, rest) => Self::object(
                fixed.iter().map(|(key, ty)| ((*key).into(), Some(ty.into()))).collect(),
                rest.map(|(key, value)| (Some(key.into()), Some(value.into()))),
            ),
            D::Set(of) => Self::set(Some((*of).into())),
            D::Union(members) => Self::one_of(members.iter().map(Self::from)),
        }
    }
}
