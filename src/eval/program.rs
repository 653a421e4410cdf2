//! A compiled program: what the machine runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builtins::Builtin;
use super::value::Value;
use crate::model::rego::compile::hir::{Loc, Shape};

/// A variable's place in a rule's frame.
pub(super) type Slot = u32;

/// A term: evaluated, or matched against a value.
#[derive(Debug)]
pub(super) enum Pattern {
    Constant(Value),
    Slot(Slot),
    Array(Vec<Pattern>),
    Object(Vec<(Pattern, Pattern)>),
    Set(Vec<Pattern>),
    Reference(Box<Reference>),
    Comprehension(Box<Comprehension>),
}

#[derive(Debug)]
pub(super) enum Base {
    Input,
    Data,
    Slot(Slot),
    /// `some x in "abc"`
    Constant(Value),
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) base: Base,
    pub(super) parts: Vec<Pattern>,
}

#[derive(Debug)]
pub(super) struct Comprehension {
    pub(super) shape: Shape,
    pub(super) key: Option<Pattern>,
    pub(super) term: Pattern,
    pub(super) body: Vec<Step>,
    pub(super) at: Loc,
}

/// What is called.
#[derive(Clone, Debug)]
pub(super) enum Callee {
    Builtin(&'static Builtin),
    /// Declared in the capabilities, without an implementation here.
    Declared {
        name: Arc<str>,
        arity: usize,
    },
    /// The rules at a node of the tree.
    Rules {
        node: usize,
        arity: usize,
        name: Arc<str>,
    },
}

impl Callee {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Builtin(builtin) => builtin.name,
            Self::Declared { name, .. } | Self::Rules { name, .. } => name,
        }
    }

    pub(super) fn arity(&self) -> usize {
        match self {
            Self::Builtin(builtin) => builtin.arity,
            Self::Declared { arity, .. } | Self::Rules { arity, .. } => *arity,
        }
    }
}

#[derive(Debug)]
pub(super) enum StepKind {
    Unify(Pattern, Pattern),
    /// Arguments, then where the result goes; without a place the result must not be `false`.
    Call {
        callee: Callee,
        args: Vec<Pattern>,
        output: Option<Pattern>,
    },
    Term(Pattern),
    Every {
        key: Pattern,
        value: Pattern,
        domain: Pattern,
        body: Vec<Step>,
    },
    Not(Vec<Step>),
    And(Vec<Step>, Vec<Step>),
    Or(Vec<Step>, Vec<Step>),
}

/// A statement.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Loc,
    pub(super) negated: bool,
    pub(super) kind: StepKind,
    pub(super) withs: Vec<With>,
}

#[derive(Debug)]
pub(super) enum Target {
    Input(Vec<Value>),
    Data(Vec<Value>),
    /// A function's name, and its path if it is a rule.
    Function(Arc<str>, Option<Vec<Value>>),
}

#[derive(Debug)]
pub(super) enum Replacement {
    Term(Pattern),
    Function(Callee),
}

#[derive(Debug)]
pub(super) struct With {
    pub(super) target: Target,
    pub(super) value: Replacement,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) at: Loc,
    /// From `data` on, without it: package, name, parts.
    pub(super) path: Vec<Pattern>,
    pub(super) args: Vec<Pattern>,
    /// The member of a set.
    pub(super) key: Option<Pattern>,
    /// `None` for sets.
    pub(super) value: Option<Pattern>,
    pub(super) body: Vec<Step>,
    pub(super) slots: usize,
    /// Index of the `else` branch.
    pub(super) otherwise: Option<usize>,
}

impl Rule {
    pub(super) fn is_multi(&self) -> bool {
        self.value.is_none()
    }
}

/// The rules at one path.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) children: BTreeMap<Value, usize>,
    /// Rules in order, without the default.
    pub(super) rules: Vec<usize>,
    pub(super) default: Option<usize>,
    pub(super) hidden: bool,
    /// All heads are constant paths.
    pub(super) ground: bool,
    pub(super) multi: bool,
    /// Functions: number of arguments.
    pub(super) arity: usize,
    /// All rules give one constant: the first that holds decides.
    pub(super) early_exit: bool,
}

impl Node {
    pub(super) fn has_rules(&self) -> bool {
        !self.rules.is_empty() || self.default.is_some()
    }
}

/// A test as the program declares it.
#[derive(Clone, Debug)]
pub struct TestRule {
    /// Index of the module.
    pub module: usize,
    /// The rule's place in it.
    pub span: crate::text::Span,
    /// `data.a.b`
    pub package: String,
    /// `test_x`, `test_x#01`, `group.test_x`
    pub name: String,
    /// Starts with `todo_`: listed, not run.
    pub todo: bool,
    /// The path below `data`.
    pub(super) path: Vec<Value>,
    /// Its head has keys: each is a case.
    pub(super) table: bool,
}

impl TestRule {
    /// Whether its head has keys, each of which is a case.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.table
    }

    /// `data.a.b.test_x`, as `--run` patterns see it.
    #[must_use]
    pub fn full_name(&self) -> String {
        crate::model::rego::compile::path_name(&self.path)
    }
}

/// Compiled modules with their data; evaluation does not change it.
#[derive(Debug)]
pub struct Program {
    pub(super) rules: Vec<Rule>,
    /// Node 0 is `data`.
    pub(super) nodes: Vec<Node>,
    pub(super) data: Value,
    pub(super) tests: Vec<TestRule>,
}

impl Program {
    /// The test rules in the order of the modules and of their text.
    #[must_use]
    pub fn tests(&self) -> &[TestRule] {
        &self.tests
    }
}
