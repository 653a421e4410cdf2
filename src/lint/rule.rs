//! What a rule is.

use super::context::{FileCx, WorkspaceCx};
use super::manifest::ManifestCx;
use super::registry::is_manifest_group;
use super::source::SourceCx;
use crate::diag::{Example, RuleMeta, Severity};
use crate::model::code::Code;
use crate::model::document::Document;
use crate::model::k8s::Object;
use crate::model::part::Part;
use crate::model::rego::FactKinds;
use crate::model::rego::compile::Class;
use crate::model::shell::Script;
use crate::model::units::Unit;
use crate::secrets::Leak;
use crate::syntax::rego::{Kind, Node};

/// Gives a rule its metadata; implemented by [`declare_rule!`](crate::lint::rule::declare_rule).
pub trait Described {
    fn meta(&self) -> &'static RuleMeta;
}

/// A rule sees one file at a time (`node`, `file`), or facts of all files (`workspace`). It does no I/O and reports through its
/// context. Rules about manifests see documents, objects, and build units instead. The engine calls the hooks of rules that are on
/// for a file, and none of them on a file that does not parse, but for `syntax-error`'s.
pub trait Rule: Described + Sync {
    /// The nodes that `node` is called with.
    fn kinds(&self) -> &'static [Kind] {
        &[]
    }

    /// Whether Regal reports what is in the head of a rule with several bodies at each of them.
    fn repeats_in_chains(&self) -> bool {
        true
    }

    /// One node; called in preorder.
    fn node<'t>(&self, _node: Node<'t>, _cx: &mut FileCx<'t>) {}

    /// The file as a whole; called once, before the nodes.
    fn file<'t>(&self, _cx: &mut FileCx<'t>) {}

    /// The errors of the compile stages that the rule stands for: the stages find them, and a rule without hooks reports them.
    fn classes(&self) -> &'static [Class] {
        &[]
    }

    /// All files; called once after all files.
    fn workspace(&self, _cx: &mut WorkspaceCx<'_>) {}

    /// Whether the rule sees manifests: the hooks below, up to `manifests`, are called for such rules alone.
    fn reads_manifests(&self) -> bool {
        is_manifest_group(self.meta().group)
    }

    /// A document that is no object, as it is written: a configuration of SPIRE or Envoy, a workflow.
    fn document(&self, _document: &Document, _cx: &mut ManifestCx<'_>) {}

    /// A shell script that may run something that is judged.
    fn script(&self, _script: &Script, _cx: &mut ManifestCx<'_>) {}

    /// An object as a build unit makes it; called once for each unit that applies it.
    fn object(&self, _object: &Object, _cx: &mut ManifestCx<'_>) {}

    /// Whether findings of `object` or `part` may lie, or be decided, in other files than the object's own: only such rules are shown
    /// the objects of plain files that are not reported.
    fn names_deciders(&self) -> bool {
        false
    }

    /// Each document, script and object: for what may be found in any of the three.
    fn part(&self, _part: Part<'_>, _cx: &mut ManifestCx<'_>) {}

    /// A build unit: what needs more than one object.
    fn unit(&self, _unit: &Unit, _cx: &mut ManifestCx<'_>) {}

    /// Everything that was read; called once.
    fn manifests(&self, _cx: &mut ManifestCx<'_>) {}

    /// Whether the rule is about sources in other languages: the hook below is called for such rules alone.
    fn reads_sources(&self) -> bool {
        self.meta().group == "source"
    }

    /// A source; called once for each.
    fn source(&self, _code: &Code, _cx: &mut SourceCx<'_>) {}

    /// Whether a secret that was found in a file is one for this rule; asked of the rules of group `secrets`, in the order of the list,
    /// until one says yes.
    fn leak(&self, _leak: &Leak) -> bool {
        false
    }

    /// As [`Rule::leak`], for rules of any group that look at the file's path as well; where they are on, they are asked first.
    fn leak_in(&self, _leak: &Leak, _path: &str) -> bool {
        false
    }

    /// The facts that `workspace` needs; `None` for rules without that hook.
    fn facts(&self) -> Option<FactKinds> {
        None
    }

    /// Those of them that it needs to find what Regal finds.
    fn facts_as_regal(&self) -> Option<FactKinds> {
        self.facts()
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
    is_secret: false,
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
