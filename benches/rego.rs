//! Speed of the Rego front end and of the rules on a workspace of 200 small modules: `cargo bench`.

use divan::Bencher;
use divan::counter::BytesCount;
use ztctl::diag::{Date, Preset, RuleSettings};
use ztctl::lint::{self, Commands, Input, RunOptions, Selection};
use ztctl::model::rego::{Module, Scopes};
use ztctl::syntax::rego::{Version, parse, parse_auto};
use ztctl::text::{SourceFile, SourceMap};

fn main() {
    divan::main();
}

/// A module as policy repositories have them: METADATA, helpers, sets, comprehensions, tests.
const MODULE: &str = r#"# METADATA
# title: Who may move money
# entrypoint: true
package payments.authz

import data.lib.tokens
import data.limits

default allow := false

# The gateway asks for every call.
allow if {
	tokens.valid
	can_transfer
	within_limit
	not blocked[input.user.id]
}

can_transfer if {
	"payments:transfer" in tokens.claims.permissions
	input.method == "POST"
	some route in data.routes
	glob.match(route.pattern, ["/"], concat("/", input.path))
}

within_limit if input.body.amount <= limits.transfer.max

blocked[id] := reason if {
	some id, entry in data.blocklist
	reason := sprintf("blocked since %s: %s", [entry.since, entry.reason])
}

deny contains msg if {
	not within_limit
	msg := sprintf("amount %d is above the limit", [input.body.amount])
}

deny contains msg if {
	count({account | some account in input.body.accounts; account.frozen}) > 0
	msg := "an account is frozen"
}

roles[user] := {role | some role in data.roles; user in role.members} if {
	some user in object.keys(data.users)
	every group in data.users[user].groups { startswith(group, "bank:") }
}

level(user) := 3 if {
	"admin" in roles[user]
} else := 2 if {
	"clerk" in roles[user]
} else := 1
"#;

/// Texts that differ, so that nothing can be shared between files.
fn workspace() -> (SourceMap, Vec<Input>) {
    let mut sources = SourceMap::new();
    let inputs = (0..200)
        .map(|n| {
            let text = MODULE.replace("payments.authz", &format!("payments.authz{n}"));
            let source = sources.add(SourceFile::new(format!("policies/authz{n}.rego"), text));
            Input { source, version: None, settings: 0, reported: true }
        })
        .collect();
    (sources, inputs)
}

fn bytes(sources: &SourceMap) -> BytesCount {
    BytesCount::new(sources.iter().map(|(_, file)| file.text.len()).sum::<usize>())
}

#[divan::bench]
fn parsing(bencher: Bencher) {
    let (sources, _) = workspace();
    bencher
        .counter(bytes(&sources))
        .bench(|| sources.iter().map(|(_, file)| parse(file.text.clone(), Version::V1).errors.len()).sum::<usize>());
}

#[divan::bench]
fn model(bencher: Bencher) {
    let (sources, _) = workspace();
    let parses: Vec<_> = sources.iter().map(|(_, file)| parse_auto(file.text.clone(), None)).collect();
    bencher
        .counter(bytes(&sources))
        .bench(|| parses.iter().map(|parse| Scopes::new(parse, &Module::new(parse)).bindings.len()).sum::<usize>());
}

#[divan::bench(args = ["recommended", "regal", "all", "recommended without opa-fmt", "syntax alone"])]
fn rules(bencher: Bencher, what: &str) {
    let (sources, inputs) = workspace();
    let selection = match what {
        "recommended without opa-fmt" => Selection::parse(&[], &[], &["opa-fmt"]),
        "syntax alone" => Selection::parse(&["syntax-error"], &[], &[]),
        _ => Selection::parse::<&str>(&[], &[], &[]),
    };
    let preset = match what {
        "regal" => Preset::Regal,
        "all" => Preset::All,
        _ => Preset::Recommended,
    };
    let options = RunOptions {
        commands: Commands::Verify,
        selection: selection.expect("known rules"),
        preset: Some(preset),
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    };
    let settings = [RuleSettings::default()];
    bencher.counter(bytes(&sources)).bench(|| lint::run(&sources, &inputs, &settings, &options, None).diagnostics.len());
}
