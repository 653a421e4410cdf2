//! The rules that see one module.

use super::compile::Built;
use super::context::{FileCx, Skipped};
use super::crash::one_by_one;
use super::engine::Input;
use super::plan::{Home, Plan};
use super::suppress::Suppressions;
use crate::diag::{Date, Diagnostic, Place, Preset, guard};
use crate::model::rego::{FactKinds, Facts, LazyScopes, Module, RuleDef};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::{SourceFile, SourceId, Span};

/// What is known of a file once its tree is gone.
pub(super) struct Outcome {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) suppressed: usize,
    pub(super) withheld: usize,
    pub(super) suppressions: Option<Suppressions>,
    pub(super) facts: Option<Facts>,
    pub(super) built: Option<Built>,
    pub(super) crashes: usize,
}

/// The rules that see one file.
pub(super) fn judge(input: &Input, file: &SourceFile, parse: &Parse, plan: &Plan, as_of: Date, wanted: Option<FactKinds>) -> Outcome {
    let module = Module::new(parse);
    // a code block is a module of its own, which shares no package with others
    let wanted = wanted.filter(|_| parse.errors.is_empty() && Home::of(file) != Home::Page);
    let scopes = LazyScopes::default();
    let facts = wanted.map(|kinds| Facts::with_scopes(input.source, parse, &module, kinds, &scopes));
    if !input.reported {
        return Outcome {
            diagnostics: Vec::new(),
            skipped: Vec::new(),
            suppressed: 0,
            withheld: 0,
            suppressions: None,
            facts,
            built: None,
            crashes: 0,
        };
    }
    let mut checked = check_file(input.source, file, parse, &module, scopes, plan);
    let mut suppressions = Suppressions::read(parse, file, plan, as_of);
    let before = checked.diagnostics.len();
    if let Some(suppressions) = &mut suppressions {
        checked.diagnostics.retain(|diagnostic| !suppressions.silences(diagnostic, file));
    }
    let suppressed = before - checked.diagnostics.len();
    let Checked { diagnostics, skipped, withheld, crashes } = checked;
    Outcome { diagnostics, skipped, suppressed, withheld, suppressions, facts, built: None, crashes }
}

/// What the rules say of one file, suppressions aside.
pub(super) struct Checked {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) withheld: usize,
    /// How many rules failed.
    pub(super) crashes: usize,
}

/// Runs a plan's rules on one parsed file. Where one of them fails each is run by itself, so that the others are heard.
pub(super) fn check_file<'t>(
    source: SourceId,
    file: &'t SourceFile,
    parse: &'t Parse,
    module: &'t Module<'t>,
    scopes: LazyScopes<'t>,
    plan: &'t Plan,
) -> Checked {
    let run = |scopes, only: Option<usize>| {
        let mut cx = FileCx::new(source, file, parse, module, scopes, plan);
        run_rules(&mut cx, parse, module, plan, only);
        cx.into_parts()
    };
    let (mut diagnostics, skipped, withheld, crashes) = match guard(|| run(scopes, None)) {
        Ok((diagnostics, skipped, withheld)) => (diagnostics, skipped, withheld, 0),
        Err(_) => one_by_one(plan, source, |only| run(LazyScopes::default(), Some(only))),
    };
    let clauses = Clauses::new(module);
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.subject.is_empty()) {
        diagnostic.subject = clauses.of(diagnostic);
    }
    Checked { diagnostics, skipped, withheld, crashes }
}

/// Runs the rules of a plan on one file, or only the one with this number.
fn run_rules<'t>(cx: &mut FileCx<'t>, parse: &'t Parse, module: &'t Module<'t>, plan: &'t Plan, only: Option<usize>) {
    let runs = |at: usize| only.is_none_or(|only| only == at);
    if parse.errors.is_empty() {
        for at in (0..plan.active.len()).filter(|at| runs(*at)) {
            cx.enter(at).rule.file(cx);
        }
        let repeated = if plan.preset == Preset::Regal { RepeatedHead::all(module) } else { Vec::new() };
        for node in parse.tree.root().descendants() {
            for at in plan.for_kind(node.kind()).iter().filter(|at| runs(usize::from(**at))) {
                let before = cx.found().len();
                cx.enter(usize::from(*at)).rule.node(node, cx);
                if cx.found().len() > before
                    && plan.active[usize::from(*at)].rule.repeats_in_chains()
                    && let Some(head) = repeated.iter().find(|head| head.repeats(node))
                {
                    cx.repeat(before, &head.places);
                }
            }
        }
    } else if let Some(at) = plan.active.iter().position(|active| active.rule.meta().id == "syntax-error")
        && runs(at)
    {
        cx.enter(at).rule.file(cx);
    }
}

/// The head of a rule with several bodies.
struct RepeatedHead {
    span: Span,
    /// The value, which has no place where the head is repeated.
    value: Option<u32>,
    /// Where the bodies behind the first start: OPA repeats the head there, and Regal what it finds in it.
    places: Vec<Span>,
}

impl RepeatedHead {
    fn all(module: &Module<'_>) -> Vec<Self> {
        let starts = |rule: &RuleDef<'_>| -> Vec<Span> {
            rule.rule.bodies().skip(1).map(|body| Span::new(body.span().start, body.span().start + 1)).collect()
        };
        let heads = module.rules.iter().map(|rule| Self {
            span: rule.head.span(),
            value: rule.head.value().map(|value| value.inner().node().id()),
            places: starts(rule),
        });
        heads.filter(|head| !head.places.is_empty()).collect()
    }

    /// Whether what is found at `node` is found again; calls have the place of the function's name.
    fn repeats(&self, node: Node<'_>) -> bool {
        self.span.covers(node.span()) && (self.value != Some(node.id()) || matches!(node.kind(), Kind::Call | Kind::Infix))
    }
}

/// Names what a finding is about, for fingerprints: `package.rule`.
struct Clauses<'m, 't> {
    module: &'m Module<'t>,
    package: String,
}

impl<'m, 't> Clauses<'m, 't> {
    fn new(module: &'m Module<'t>) -> Self {
        Self { module, package: module.package.dotted() }
    }

    fn of(&self, diagnostic: &Diagnostic) -> String {
        let rule = match diagnostic.place {
            Place::At(at) => self.module.rule_at(at.span.start),
            _ => None,
        };
        match rule {
            Some(rule) => format!("{}.{}", self.package, rule.path.dotted()),
            None => self.package.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{RuleMeta, RuleSettings};
    use crate::lint::engine::{Commands, RunOptions};
    use crate::lint::registry::registry;
    use crate::lint::rule::{Described, Rule};
    use crate::lint::selector::Selection;
    use crate::syntax::rego;

    /// A rule with a defect, under the name of the first one.
    struct Broken;

    impl Described for Broken {
        fn meta(&self) -> &'static RuleMeta {
            registry()[0].meta()
        }
    }

    impl Rule for Broken {
        fn file<'t>(&self, cx: &mut FileCx<'t>) {
            panic!("{}", cx.text());
        }
    }

    #[test]
    fn a_rule_that_fails_hides_nothing_that_others_find() {
        let options = RunOptions {
            commands: Commands::Lint,
            selection: Selection::default(),
            preset: Some(Preset::Regal),
            as_of: Date::parse("2026-01-01").expect("a date"),
            capabilities: None,
            schemas: None,
        };
        let file = SourceFile::new("p.rego", "package p\n\nimport rego.v1\n\nx = \"quoted\"\n");
        let parse = rego::parse_auto(file.text.clone(), None);
        let module = Module::new(&parse);
        let check = |plan: &Plan| {
            let checked = check_file(SourceId(0), &file, &parse, &module, LazyScopes::default(), plan);
            let mut ids: Vec<String> = checked.diagnostics.iter().map(|finding| finding.rule.to_string()).collect();
            ids.sort();
            (ids, checked)
        };
        let mut plan = Plan::new(&RuleSettings::default(), &[], Home::File, &options);
        let (whole, _) = check(&plan);
        assert!(whole.iter().any(|id| id == "use-assignment-operator"), "{whole:?}");
        let broken = plan.active.len() - 1;
        plan.active[broken].rule = &Broken;
        let (ids, checked) = check(&plan);
        assert_eq!(checked.crashes, 1);
        let id = registry()[0].meta().id;
        assert!(whole.iter().all(|id| ids.contains(id)), "{ids:?}");
        let crash = checked.diagnostics.iter().find(|finding| finding.rule == id).expect("a finding about the rule");
        assert!(!format!("{crash:?}").contains("quoted"), "{crash:?}");
    }
}
