//! What policy code says by default, and what its tests refer to.

use crate::model::rego::{FactKinds, Facts, Module};
use crate::model::value::Origin;
use crate::syntax::rego::ast::Expr;
use crate::syntax::rego::{Kind, Parse};
use crate::text::{Location, SourceId, SourceMap, Span};

/// A `default` rule whose value is `true` or `false`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DefaultRule {
    pub name: String,
    /// Its value admits: `true` for `allow` and the like, `false` for `deny` and the like.
    pub allows: bool,
    pub at: Origin,
}

/// What assess wants of one module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegoFile {
    pub path: String,
    /// `data.a.b`
    pub package: String,
    /// A test by its package's or file's name.
    pub is_test: bool,
    /// Rules whose names begin with `test_`.
    pub tests: usize,
    pub defaults: Vec<DefaultRule>,
    /// It has a rule that decides: `allow`, `deny`, `violation` or `warn`.
    pub decides: bool,
    /// Inside of a manifest.
    pub is_embedded: bool,
    pub at: Origin,
    /// It reads the claims of a token.
    pub reads_tokens: bool,
    /// What it imports or refers to below `data`.
    refers: Vec<String>,
}

/// Names of rules that admit, and of rules that refuse.
const ADMITS: [&str; 6] = ["allow", "allowed", "authorized", "authorised", "authz", "permit"];
const REFUSES: [&str; 4] = ["deny", "denied", "violation", "forbidden"];

impl RegoFile {
    /// Reads a module that was parsed.
    #[must_use]
    pub fn new(sources: &SourceMap, source: SourceId, parse: &Parse) -> Self {
        let module = Module::new(parse);
        let facts = Facts::new(source, parse, &module, FactKinds { references: true, ..FactKinds::default() });
        let path = sources.get(source).path.clone();
        let origin = |span: Span| Origin { at: Location { source, span }, via: std::sync::Arc::from([]) };
        let last = |path: &str| path.rsplit('.').next().unwrap_or("").to_owned();
        let defaults = module
            .rules
            .iter()
            .filter(|rule| rule.is_default)
            .filter_map(|rule| {
                let name = rule.path.last()?.to_owned();
                let value = match rule.head.value()?.inner() {
                    Expr::Scalar(scalar) => match scalar.token()?.kind() {
                        Kind::TrueKw => true,
                        Kind::FalseKw => false,
                        _ => return None,
                    },
                    _ => return None,
                };
                let admits = ADMITS.iter().any(|word| name == *word || name.starts_with(&format!("{word}_")));
                let refuses = REFUSES.iter().any(|word| name == *word || name.starts_with(&format!("{word}_")));
                (admits || refuses).then(|| DefaultRule { name, allows: if admits { value } else { !value }, at: origin(rule.head.span()) })
            })
            .collect();
        let decides = facts.rules.iter().any(|rule| {
            let name = last(&rule.path);
            ADMITS.contains(&name.as_str()) || REFUSES.contains(&name.as_str()) || name == "warn"
        });
        let mut refers: Vec<String> = facts.references.iter().map(|reference| facts.path(reference).to_owned()).collect();
        refers.extend(facts.imports.iter().map(|import| import.path.clone()));
        refers.sort_unstable();
        refers.dedup();
        let tests = facts.rules.iter().filter(|rule| rule.is_test).count();
        let is_test = facts.is_test() || path.ends_with("_test.rego");
        let code = |line: &&str| !line.trim_start().starts_with('#');
        let reads_tokens = sources
            .get(source)
            .text
            .lines()
            .filter(code)
            .any(|line| ["io.jwt.", "claims", "input.token", "input.jwt"].iter().any(|mark| line.contains(mark)));
        let is_embedded = sources.holder(source).is_some();
        Self {
            path,
            package: facts.package.clone(),
            is_test,
            tests,
            defaults,
            decides,
            is_embedded,
            at: origin(facts.package_span),
            reads_tokens,
            refers,
        }
    }

    /// Whether its tests are about a package: it is the same, or they refer to it.
    #[must_use]
    pub fn covers(&self, package: &str) -> bool {
        let inside = |path: &String| {
            path == package || path.strip_prefix(package).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        };
        self.package == package || self.refers.iter().any(inside)
    }
}
