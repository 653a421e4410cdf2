//! What a rule is.

use super::context::{FileCx, WorkspaceCx};
use crate::diag::{Example, RuleMeta, Severity};
use crate::model::rego::FactKinds;
use crate::syntax::rego::{Kind, Node};

/// Gives a rule its metadata; implemented by [`declare_rule!`](crate::lint::rule::declare_rule).
pub trait Described {
    fn meta(&self) -> &'static RuleMeta;
}

/// A rule sees one file at a time (`node`, `file`), or facts of all files (`workspace`). It does no I/O and reports through its
/// context. The engine calls the hooks of rules that are on for a file, and none of them on a file that does not parse, but for
/// `syntax-error`'s.
pub trait Rule: Described + Sync {
    /// The nodes that `node` is called with.
    fn kinds(&self) -> &'static [Kind] {
        &[]
    }

    /// One node; called in preorder.
    fn node<'t>(&self, _node: Node<'t>, _cx: &mut FileCx<'t>) {}

    /// The file as a whole; called once, before the nodes.
    fn file<'t>(&self, _cx: &mut FileCx<'t>) {}

    /// All files; called once after all files.
    fn workspace(&self, _cx: &mut WorkspaceCx<'_>) {}

    /// The facts that `workspace` needs; `None` for rules without that hook.
    fn facts(&self) -> Option<FactKinds> {
        None
    }
}

/// Metadata that most rules share; a declaration overwrites the rest.
pub(crate) const DEFAULT_META: RuleMeta = RuleMeta {
    id: "",
    group: "",
    summary: "",
    why: "",
    bad: Example { language: "rego", text: "", options: &[] },
    good: Example { language: "rego", text: "", options: &[] },
    severity: Severity::Warning,
    recommended: false,
    regal: None,
    fix: crate::diag::FixKind::None,
    fix_safety: "",
    options: &[],
    source: "",
    peers: &[],
    since: "0.1.0",
};

/// Declares a rule's unit struct and metadata: `declare_rule! { TodoComment { id: "todo-comment", … } }`. Fields that are left out
/// come from [`DEFAULT_META`].
macro_rules! declare_rule {
    ($name:ident { $($field:ident: $value:expr),* $(,)? }) => {
        pub(crate) struct $name;

        impl $crate::lint::rule::Described for $name {
            fn meta(&self) -> &'static $crate::diag::RuleMeta {
                static META: $crate::diag::RuleMeta =
                    $crate::diag::RuleMeta { $($field: $value,)* ..$crate::lint::rule::DEFAULT_META };
                &META
            }
        }
    };
}
pub(crate) use declare_rule;
