//! Fixes of Rego inside other files: the same as in a file, and nothing round the text changes.

use std::fs;
use std::path::Path;

use ztctl::diag::{Applicability, Date, RuleSettings};
use ztctl::lint::{self, Commands, RunOptions, Selection};

use crate::support::Sample;

/// Ways to write a text into another one: name of the file, what is in front, what each line begins with, what is behind.
struct Holder {
    path: &'static str,
    head: &'static str,
    lead: &'static str,
    tail: &'static str,
    line_break: &'static str,
}

const HOLDERS: [Holder; 9] = [
    Holder {
        path: "c.yaml",
        head: "# größe\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: |\n",
        lead: "    ",
        tail: "  other: |\n    #x\n",
        line_break: "\n",
    },
    Holder {
        path: "c.yaml",
        head: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: |2 # ä\n",
        lead: "    ",
        tail: "  other: 1\n",
        line_break: "\n",
    },
    Holder {
        path: "c.yaml",
        head: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: |-\n",
        lead: "       ",
        tail: "---\na: 1\n",
        line_break: "\n",
    },
    Holder {
        path: "c.yaml",
        head: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: |\n",
        lead: "   ",
        tail: "  other: 1\n",
        line_break: "\r\n",
    },
    Holder { path: "p.md", head: "# größe\n\n```rego\n", lead: "", tail: "```\n\n#x\n", line_break: "\n" },
    Holder { path: "p.md", head: "1. one\n\n   ~~~~ rego\n", lead: "   ", tail: "   ~~~~\n#x\n", line_break: "\n" },
    Holder { path: "p.md", head: "> ```rego {hl_lines=[1]}\n", lead: "> ", tail: "> ```\n", line_break: "\n" },
    Holder { path: "p.md", head: "text\n\n```rego\n", lead: "", tail: "```\n", line_break: "\r\n" },
    Holder { path: "p.md", head: "- a\n  - b\n\n    ```rego\n", lead: "    ", tail: "    ```\n", line_break: "\r\n" },
];

impl Holder {
    fn parts(&self, text: &str) -> (String, String, String) {
        let body: String = text
            .lines()
            .map(|line| if line.is_empty() { format!("{}\n", self.lead.trim_end()) } else { format!("{}{line}\n", self.lead) })
            .collect();
        let with_break = |text: &str| text.replace('\n', self.line_break);
        (with_break(self.head), with_break(&body), with_break(self.tail))
    }
}

fn options(rule: &str) -> RunOptions {
    RunOptions {
        commands: Commands::Verify,
        selection: Selection::parse(&[rule], &[], &[]).expect("known"),
        preset: None,
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    }
}

fn fixed(path: &str, text: &str, rule: &str) -> String {
    let sample = Sample::new([(path, text)], None);
    let result = lint::fix(&sample.texts, &[RuleSettings::default()], &options(rule), Applicability::Unsafe);
    result.files.into_iter().next().map_or_else(|| text.to_owned(), |file| file.after.to_string())
}

/// The texts that rules with fixes fire on.
fn texts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    let mut out = Vec::new();
    let mut rules: Vec<_> =
        lint::metas().filter(|meta| meta.fix != ztctl::diag::FixKind::None && meta.bad.language.starts_with("rego")).collect();
    rules.sort_by_key(|meta| meta.id);
    for meta in rules.into_iter().filter(|meta| meta.group != "meta") {
        for name in ["fires.rego", "fires_fix.rego"] {
            let Ok(text) = fs::read_to_string(folder.join(meta.id).join(name)) else { continue };
            if !text.contains("# option") && !text.contains("```") {
                out.push((meta.id.to_owned(), text));
            }
        }
    }
    out
}

#[test]
fn fixes_change_nothing_outside_of_the_text() {
    let (mut same, mut all) = (0, 0);
    let mut others = std::collections::BTreeSet::new();
    for (rule, text) in texts() {
        let alone = fixed("a.rego", &text, &rule);
        for holder in &HOLDERS {
            let (head, body, tail) = holder.parts(&text);
            let before = format!("{head}{body}{tail}");
            let after = fixed(holder.path, &before, &rule);
            assert!(after.starts_with(&head) && after.ends_with(&tail), "{rule} in {}:\n{after}", holder.head);
            let mixed = holder.line_break == "\r\n" && after.replace("\r\n", "").contains('\n');
            assert!(!mixed, "{rule} in {}: line ends are mixed", holder.head);
            let (_, wanted, _) = holder.parts(&alone);
            let got = &after[head.len()..after.len() - tail.len()];
            all += usize::from(alone != text);
            if got == wanted {
                same += usize::from(alone != text);
            } else {
                if alone != text {
                    others.insert(format!("{rule} in {:?}", holder.head));
                }
                // what the holder cannot take, or what is not judged there, stays as it is
                assert_eq!(fixed(holder.path, &after, &rule), after, "{rule} in {}: not stable", holder.head);
            }
        }
    }
    assert!(same * 10 >= all * 8, "{same} of {all}: {others:#?}");
}

#[test]
fn scalars_that_cannot_take_a_text_keep_theirs() {
    let module = "package a\n\n#x\np := 1\n";
    let folded = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: >\n    package a\n\n\n    #x\n\n    p := 1\n";
    assert_eq!(fixed("c.yaml", folded, "no-whitespace-comment"), folded);
    let json =
        serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ä"}, "data": {"a.rego": module}}).to_string();
    assert_eq!(fixed("c.json", &json, "no-whitespace-comment"), json.replace("#x", "# x"));
    let quoted = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: \"package a\\n\\n#\\u00e4\\np := 1\\n\"\n";
    assert_eq!(fixed("c.yaml", quoted, "no-whitespace-comment"), quoted.replace("#\\u", "# \\u"));
}
