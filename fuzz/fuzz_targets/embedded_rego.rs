//! Any text as a file that holds Rego: no panic, every place lies in the text, and what is put in is what is found there afterwards.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rayon::{ThreadPool, ThreadPoolBuilder};
use ztctl::format::embedded::{Change, Kind, find, put};
use ztctl::format::{Target, format};
use ztctl::syntax::rego::parse_auto;
use ztctl::text::{SourceFile, SourceId};

/// One thread with a stack for deep trees, which sanitizers make larger still.
static POOL: LazyLock<ThreadPool> =
    LazyLock::new(|| ThreadPoolBuilder::new().num_threads(1).stack_size(1 << 30).build().expect("a thread"));

fuzz_target!(|text: &str| POOL.install(|| [Kind::Yaml, Kind::Json, Kind::Markdown].into_iter().for_each(|kind| run(text, kind))));

fn run(text: &str, kind: Kind) {
    let file = |text: &str| SourceFile::new("a", text);
    let before = file(text);
    let found = find(SourceId(0), &before, kind);
    if found.texts.is_empty() {
        return;
    }
    let formatted = |text: &ztctl::format::embedded::Text| {
        assert!(before.text.get(text.span.range()).is_some(), "{text:?}");
        let parse = parse_auto(&*text.file.text, text.version);
        format(&parse, Target::V1Only).ok().filter(|new| *new != *text.file.text)
    };
    let texts: Vec<Option<String>> = found.texts.iter().map(formatted).collect();
    for is_raised in [false, true] {
        let raise = found.groups.iter().map(|group| is_raised && group.is_template).collect();
        let result = put(&before, kind, Change { texts: texts.clone(), raise, together: is_raised });
        let Some(new) = result.text else { continue };
        let after = find(SourceId(0), &file(&new), kind);
        assert_eq!(after.texts.len(), found.texts.len(), "{new}");
        for (text, changed) in after.texts.iter().zip(&result.change.texts) {
            if let Some(changed) = changed {
                assert_eq!(*text.file.text, **changed, "{new}");
            }
        }
    }
}
