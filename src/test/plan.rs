//! From a job to a list of tests: parses, compiles, and keeps what cannot be compiled from spoiling the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regex::Regex;

use super::cases::{self, Case};
use super::{Failure, Job, Problem, Site, TestResult, Verdict};
use crate::eval::{Capabilities, CompileError, Options, Program, Source, TestRule, Value, compile, from_json};
use crate::syntax::rego::ast::{self, Expr, RefPart};
use crate::syntax::rego::{Kind, Parse, Version, parse};
use crate::text::{SourceFile, SourceId};

/// The tests of a job, in the order of files and of their text.
pub(super) struct Plan {
    pub(super) program: Option<Program>,
    pub(super) items: Vec<Item>,
    pub(super) problems: Vec<Problem>,
    /// The texts of the program's modules, for places in them; those of the cases' queries are not among them.
    files: Vec<SourceFile>,
}

/// One test.
pub(super) enum Item {
    /// Decided without running it.
    Known(Box<TestResult>),
    Rule {
        rule: TestRule,
        at: Site,
    },
    Case {
        case: Box<Case>,
        at: Site,
        path: Vec<Value>,
    },
}

/// A module that was read.
struct Module {
    file: SourceFile,
    parse: Parse,
    /// Its package and the packages that it refers to; `None` where that cannot be told.
    package: Option<Vec<String>>,
    refers_to: Option<Vec<Vec<String>>>,
}

/// The package of the modules that hold the cases' queries.
const CASE_PACKAGE: &str = "__ztctl_case__";

impl Plan {
    pub(super) fn new(job: &Job) -> Result<Self, String> {
        let filter = job.filter.as_deref().map(Regex::new).transpose().map_err(|error| error.to_string())?;
        let wanted = |name: &str| filter.as_ref().is_none_or(|filter| filter.is_match(name));
        let data = from_json(&job.data).map_err(|error| format!("data documents: {}", error.message))?;
        let capabilities = match &job.capabilities {
            Some(text) => Capabilities::from_json(&serde_json::from_str(text).map_err(|error| error.to_string())?)?,
            None => Capabilities::default(),
        };
        let options = Options { capabilities, tests: true };
        let modules: Vec<Module> = job.modules.iter().map(Module::read).collect();
        let mut plan = Self { program: None, items: Vec::new(), problems: Vec::new(), files: Vec::new() };

        let mut left_out: BTreeSet<usize> = (0..modules.len()).filter(|at| !modules[*at].parse.errors.is_empty()).collect();
        plan.problems.extend(left_out.iter().flat_map(|at| modules[*at].syntax_problems()));
        let queries = Queries::read(job);
        let mut broken_queries: BTreeSet<usize> = BTreeSet::new();
        // each round leaves out what did not compile, so there are at most as many rounds as modules
        loop {
            let members: Vec<usize> = (0..modules.len()).filter(|at| !left_out.contains(at)).collect();
            let asked: Vec<usize> = (0..queries.modules.len()).filter(|at| !broken_queries.contains(at)).collect();
            let sources: Vec<Source<'_>> = members
                .iter()
                .map(|at| Source { path: &modules[*at].file.path, parse: &modules[*at].parse })
                .chain(asked.iter().map(|at| Source { path: CASE_PACKAGE, parse: &queries.modules[*at] }))
                .collect();
            match compile(&sources, data.clone(), &options) {
                Ok(program) => {
                    plan.tests(&program, &modules, &members, &wanted);
                    plan.program = Some(program);
                    let copy = |at: &usize| SourceFile::new(modules[*at].file.path.clone(), modules[*at].file.text.clone());
                    plan.files = members.iter().map(copy).collect();
                    break;
                }
                Err(errors) => {
                    let before = (left_out.len(), broken_queries.len());
                    for error in &errors {
                        match members.get(error.module) {
                            Some(at) => {
                                left_out.insert(*at);
                                plan.problems.push(modules[*at].problem(error));
                            }
                            None => broken_queries.extend(asked.get(error.module - members.len())),
                        }
                    }
                    if before == (left_out.len(), broken_queries.len()) {
                        return Err(errors.first().map_or_else(String::new, |error| error.message.clone()));
                    }
                }
            }
        }
        plan.dependants(&modules, &left_out, &wanted);
        plan.cases(job, &queries, &broken_queries, &modules, &left_out, &wanted);
        Ok(plan)
    }

    /// The place of a byte in a module of the program.
    pub(super) fn site(&self, module: usize, offset: u32) -> Option<Site> {
        self.files.get(module).map(|file| site(file, offset))
    }

    /// Of each module the lines with something to evaluate, and whether a test reached all that begins there.
    pub(super) fn lines(&self, program: &Program, covered: &BTreeSet<(usize, u32)>) -> Vec<(String, Vec<(u32, bool)>)> {
        let mut out: Vec<BTreeMap<u32, bool>> = vec![BTreeMap::new(); self.files.len()];
        for place in program.statements() {
            // queries of cases are modules behind those of files
            let (Some(file), Some(lines)) = (self.files.get(place.0), out.get_mut(place.0)) else { continue };
            *lines.entry(file.line_column(place.1).line).or_insert(true) &= covered.contains(&place);
        }
        let paths = self.files.iter().map(|file| file.path.clone());
        paths.zip(out.into_iter().map(|lines| lines.into_iter().collect())).collect()
    }

    /// The test rules of the program.
    fn tests(&mut self, program: &Program, modules: &[Module], members: &[usize], wanted: &dyn Fn(&str) -> bool) {
        for rule in program.tests() {
            // a query's module holds no test
            let Some(module) = members.get(rule.module).map(|at| &modules[*at]) else { continue };
            if wanted(&rule.full_name()) {
                let at = module.site(rule.span.start);
                self.items.push(if rule.todo {
                    Item::Known(Box::new(TestResult::new(rule.package.clone(), rule.name.clone(), at, Verdict::Skip)))
                } else {
                    Item::Rule { rule: rule.clone(), at }
                });
            }
        }
    }

    /// Tests in modules that cannot be run, and tests that depend on one: no verdict rather than a wrong one.
    fn dependants(&mut self, modules: &[Module], left_out: &BTreeSet<usize>, wanted: &dyn Fn(&str) -> bool) {
        if left_out.is_empty() {
            return;
        }
        let tainted = tainted(modules, left_out);
        let why = |path: &str| format!("a module that `{path}` depends on cannot be run");
        let of_path = |path: &str| modules.iter().position(|module| module.file.path == path);
        for item in &mut self.items {
            if let Item::Rule { rule, at } = item
                && of_path(&at.path).is_none_or(|module| tainted.contains(&module))
            {
                let result = TestResult::new(rule.package.clone(), rule.name.clone(), at.clone(), Verdict::Error);
                *item = Item::Known(Box::new(result.with_error("rego_compile_error", why(&at.path))));
            }
        }
        for at in left_out {
            let module = &modules[*at];
            let problem = self.problems.iter().find(|problem| problem.path == module.file.path);
            let failure = problem.map(|problem| Failure {
                code: problem.code.clone(),
                message: problem.message.clone(),
                at: Some(module.site(problem.start)),
            });
            for (name, start) in module.test_names() {
                let package = format!("data.{}", module.package.clone().unwrap_or_default().join("."));
                if wanted(&format!("{package}.{name}")) {
                    let mut result = TestResult::new(package, name, module.site(start), Verdict::Error);
                    result.error.clone_from(&failure);
                    self.items.push(Item::Known(Box::new(result)));
                }
            }
        }
        let key = |item: &Item| {
            let at = match item {
                Item::Known(result) => &result.at,
                Item::Rule { at, .. } | Item::Case { at, .. } => at,
            };
            (at.path.clone(), at.row, at.column)
        };
        self.items.sort_by_key(key);
    }

    fn cases(
        &mut self,
        job: &Job,
        queries: &Queries,
        broken: &BTreeSet<usize>,
        modules: &[Module],
        left_out: &BTreeSet<usize>,
        wanted: &dyn Fn(&str) -> bool,
    ) {
        let tainted = tainted(modules, left_out);
        for (number, (file, case)) in queries.cases.iter().enumerate() {
            let source = SourceFile::new(job.cases[*file].path.clone(), job.cases[*file].text.clone());
            let at = site(&source, case.name_span.start);
            if !wanted(&format!("{}: {}", at.path, case.name)) && !wanted(&case.name) {
                continue;
            }
            let known = |verdict| {
                let mut result = TestResult::new(at.path.clone(), case.name.clone(), at.clone(), verdict);
                result.is_case = true;
                result
            };
            if let Some(reason) = &case.skip {
                let mut result = known(Verdict::Skip);
                result.output.clone_from(reason);
                self.items.push(Item::Known(Box::new(result)));
                continue;
            }
            let spoiled = || {
                let query = &queries.modules[number];
                let refers = refers_to(query);
                let touches = |module: &usize| {
                    modules[*module]
                        .package
                        .as_ref()
                        .is_none_or(|package| refers.as_ref().is_none_or(|refers| refers.iter().any(|other| related(package, other))))
                };
                tainted.iter().any(touches)
            };
            if let Some(problem) = queries.problem(number, broken) {
                self.items.push(Item::Known(Box::new(known(Verdict::Error).with_error("rego_parse_error", problem))));
            } else if spoiled() {
                let message = "a module that the query depends on cannot be run";
                self.items.push(Item::Known(Box::new(known(Verdict::Error).with_error("rego_compile_error", message))));
            } else {
                let path = vec![Value::string(CASE_PACKAGE), Value::string(format!("c{number}")), Value::string("result")];
                self.items.push(Item::Case { case: Box::new(case.clone()), at, path });
            }
        }
    }
}

/// The cases of a job and a module for each query.
struct Queries {
    cases: Vec<(usize, Case)>,
    modules: Vec<Parse>,
}

impl Queries {
    fn read(job: &Job) -> Self {
        let mut out = Self { cases: Vec::new(), modules: Vec::new() };
        for (file, content) in job.cases.iter().enumerate() {
            let files = |path: &str| content.files.get(path).map(|text| Arc::from(text.as_str()));
            // mistakes in the file have been reported by the process that asks
            let (cases, _) = cases::read(SourceId(0), &content.path, &content.text, &files);
            for case in cases {
                let text =
                    format!("package {CASE_PACKAGE}.c{}\n\nimport future.keywords\n\nresult := {}\n", out.modules.len(), case.query.trim());
                out.modules.push(parse(text, Version::V1));
                out.cases.push((file, case));
            }
        }
        out
    }

    /// Why a query cannot be asked.
    fn problem(&self, number: usize, broken: &BTreeSet<usize>) -> Option<String> {
        let query = &self.modules[number];
        if let Some(error) = query.errors.first() {
            return Some(format!("the query is not one Rego expression: {}", error.message));
        }
        let mut rules = query.tree.root().children().filter_map(ast::Rule::cast);
        let plain = |rule: ast::Rule<'_>| rule.bodies().next().is_none() && rule.elses().next().is_none();
        let one = rules.next().is_some_and(plain) && rules.next().is_none();
        if !one {
            return Some("the query is more than one expression".to_owned());
        }
        broken.contains(&number).then(|| "the query does not compile: it uses a variable or function that does not exist".to_owned())
    }
}

impl Module {
    fn read(module: &super::ModuleText) -> Self {
        let version = if module.v0 { Version::V0 } else { Version::V1 };
        let parse = parse(module.text.as_str(), version);
        let package = package(&parse);
        let refers_to = refers_to(&parse);
        Self { file: SourceFile::new(module.path.clone(), module.text.clone()), parse, package, refers_to }
    }

    fn site(&self, offset: u32) -> Site {
        site(&self.file, offset)
    }

    fn problem(&self, error: &CompileError) -> Problem {
        Problem {
            path: self.file.path.clone(),
            start: error.span.start,
            end: error.span.end,
            code: error.code.to_owned(),
            message: error.message.clone(),
        }
    }

    fn syntax_problems(&self) -> Vec<Problem> {
        let error = |error: &crate::syntax::rego::SyntaxError| Problem {
            path: self.file.path.clone(),
            start: error.span.start,
            end: error.span.end,
            code: "rego_parse_error".to_owned(),
            message: error.message.clone(),
        };
        self.parse.errors.iter().map(error).collect()
    }

    /// Names and places of what look like tests in a module that was not compiled.
    fn test_names(&self) -> Vec<(String, u32)> {
        let rules = self.parse.tree.root().children().filter_map(ast::Rule::cast);
        rules
            .filter_map(|rule| {
                let name = rule.head()?.name()?;
                let name = match name {
                    Expr::Ref(reference) => reference.operand()?.text().to_owned(),
                    other => ast::dotted(other)?,
                };
                name.starts_with("test_").then(|| (name, rule.span().start))
            })
            .collect()
    }
}

fn site(file: &SourceFile, offset: u32) -> Site {
    let place = file.line_column(offset);
    Site { path: file.path.clone(), row: place.line, column: place.column }
}

fn package(parse: &Parse) -> Option<Vec<String>> {
    let path = parse.tree.root().children().find_map(ast::Package::cast)?.path()?;
    ast::dotted(path).map(|path| path.split('.').map(str::to_owned).collect())
}

/// The constant beginnings of all references to `data`, without `data` itself; `None` where one starts with something unknown.
fn refers_to(parse: &Parse) -> Option<Vec<Vec<String>>> {
    let mut out = Vec::new();
    for node in parse.tree.root().descendants() {
        match node.kind() {
            Kind::Ref => {
                let reference = ast::Ref::cast(node)?;
                let Some(Expr::Var(first)) = reference.operand() else { continue };
                if first.name() != "data" {
                    continue;
                }
                let names = reference.parts().map_while(|part| match part {
                    RefPart::Dot(dot) => dot.name().map(|name| name.text().to_owned()),
                    RefPart::Bracket(bracket) => match bracket.expr()? {
                        Expr::Scalar(scalar) => Some(scalar.text().trim_matches(['"', '`']).to_owned()),
                        _ => None,
                    },
                });
                out.push(names.collect());
            }
            // `data` as a whole
            Kind::Var if node.text() == "data" && node.parent().is_none_or(|parent| parent.kind() != Kind::Ref) => out.push(Vec::new()),
            _ => {}
        }
    }
    Some(out)
}

/// Whether one path is a beginning of the other.
fn related(a: &[String], b: &[String]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// The modules that cannot be run, and those that depend on one, directly or through others.
fn tainted(modules: &[Module], left_out: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut tainted = left_out.clone();
    let mut work: Vec<usize> = left_out.iter().copied().collect();
    while let Some(bad) = work.pop() {
        for (at, module) in modules.iter().enumerate() {
            let depends = match (&modules[bad].package, &module.refers_to, &module.package) {
                (Some(package), Some(refers), Some(own)) => own == package || refers.iter().any(|other| related(package, other)),
                _ => true,
            };
            if depends && tainted.insert(at) {
                work.push(at);
            }
        }
    }
    tainted
}
