//! Any text as Rego of both versions, formatted and migrated to every target: no panic, what is handed out can be read, formats to
//! itself, and no comment is lost.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rayon::{ThreadPool, ThreadPoolBuilder};
use ztctl::format::migrate::{Member, migrate};
use ztctl::format::{Target, format};
use ztctl::syntax::rego::{Kind, Parse, Version, parse};

fn comments(parse: &Parse) -> usize {
    parse.tree.tokens().filter(|token| token.kind() == Kind::Comment).count()
}

/// Holds a result against what it was made of.
fn check(before: &Parse, result: &str, target: Target) {
    let versions: &[Version] = match target {
        Target::V0 => &[Version::V0],
        Target::V1 | Target::V1Only => &[Version::V1],
        Target::Both => &[Version::V0, Version::V1],
    };
    for version in versions {
        let after = parse(result, *version);
        assert!(after.formattable, "{target:?} {version:?}: {:?}\n{result}", after.errors);
        assert_eq!(comments(before), comments(&after), "{target:?}\n{result}");
    }
    let version = if versions.contains(&before.version) { before.version } else { versions[0] };
    let again = format(&parse(result, version), target);
    assert_eq!(again.as_deref(), Ok(result), "{target:?} {version:?}");
}

/// One thread with a stack for deep trees, which sanitizers make larger still.
static POOL: LazyLock<ThreadPool> =
    LazyLock::new(|| ThreadPoolBuilder::new().num_threads(1).stack_size(1 << 30).build().expect("a thread"));

fuzz_target!(|text: &str| POOL.install(|| run(text)));

fn run(text: &str) {
    for version in [Version::V0, Version::V1] {
        let before = parse(text, version);
        let plain = if version == Version::V0 { Target::V0 } else { Target::V1 };
        for target in [plain, Target::Both, Target::V1Only] {
            if let Ok(result) = format(&before, target) {
                check(&before, &result, target);
            }
        }
        for target in [Target::Both, Target::V1Only] {
            for allow_unsafe in [false, true] {
                let formatted = format(&before, target);
                let member = Member { name: "a.rego", parse: &before, said_v1: false, target, formatted: Some(&formatted) };
                for outcome in migrate(&[member], allow_unsafe) {
                    for step in &outcome.steps {
                        assert!(text.get(step.span.range()).is_some(), "{step:?}");
                    }
                    if let Ok(result) = outcome.text {
                        check(&before, &result, target);
                    }
                }
            }
        }
    }
}
