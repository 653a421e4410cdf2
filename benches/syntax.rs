//! Lexing and parsing of generated policy: `cargo bench --bench syntax`.

use std::fmt::Write;
use std::sync::Arc;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ztctl::syntax::rego::{Version, parse, parse_auto, tokens};

fn main() {
    divan::main();
}

/// A module of about `len` bytes with the mix that policies have: comments, METADATA, rules, functions, comprehensions.
fn module(len: usize, metadata: bool) -> Arc<str> {
    let mut text = String::from("package bench.policies.kubernetes\n\nimport data.lib.containers\nimport rego.v1\n\n");
    let mut number = 0;
    while text.len() < len {
        number += 1;
        if metadata {
            let _ = write!(
                text,
                "# METADATA\n# title: Containers must not run as root {number}\n# description: |\n#   A process that runs as root in a container\n#   is root on the node when it escapes.\n# custom:\n#   severity: HIGH\n#   id: KSV{number:04}\n"
            );
        }
        let _ = write!(
            text,
            r#"deny contains result if {{
	some container in containers.all(input.request.object, "initContainers")
	not container.securityContext.runAsNonRoot # unset counts as false
	limits := [limit | some limit in container.resources.limits; limit > {number}]
	count(limits) >= 2 * {number} - 1
	message := sprintf("container %q of %s/%s runs as root", [container.name, input.namespace, input.name])
	result := {{"msg": message, "severity": "high", "number": {number}, "labels": {{"team": input.team}}}}
}}

# whether the image comes from a registry that is allowed
allowed_{number}(image) := startswith(image, prefix) if {{
	prefix := data.config.registries[_]
	every part in split(image, "/") {{
		regex.match(`^[a-z0-9.-]+$`, part)
	}}
}} else := false

default level_{number} := "low"

level_{number} := "high" if {{
	input.spec.hostNetwork == true
	{{name | some name, _ in input.metadata.labels}} & data.config.critical != set()
}}

"#
        );
    }
    text.into()
}

const SIZES: [usize; 3] = [1_400, 40_000, 1_000_000];

#[divan::bench(args = SIZES)]
fn lex(bencher: Bencher<'_, '_>, len: usize) {
    let text = module(len, false);
    bencher.counter(BytesCount::of_str(&*text)).bench(|| tokens(black_box(&text)));
}

#[divan::bench(args = SIZES)]
fn parse_plain(bencher: Bencher<'_, '_>, len: usize) {
    let text = module(len, false);
    bencher.counter(BytesCount::of_str(&*text)).bench(|| parse(Arc::clone(black_box(&text)), Version::V1));
}

#[divan::bench(args = SIZES)]
fn parse_metadata(bencher: Bencher<'_, '_>, len: usize) {
    let text = module(len, true);
    bencher.counter(BytesCount::of_str(&*text)).bench(|| parse(Arc::clone(black_box(&text)), Version::V1));
}

/// A v0 file of unknown version is parsed twice.
#[divan::bench(args = SIZES)]
fn parse_v0_of_unknown_version(bencher: Bencher<'_, '_>, len: usize) {
    let text: Arc<str> =
        module(len, false).replace("import rego.v1", "import future.keywords").replace(" contains result if {", "[result] {").into();
    bencher.counter(BytesCount::of_str(&*text)).bench(|| parse_auto(Arc::clone(black_box(&text)), None));
}
