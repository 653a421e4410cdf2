use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{BlockComment, METADATA_FIELDS};

declare_rule! {
    InvalidMetadataAttribute {
        id: "invalid-metadata-attribute",
        group: "bugs",
        summary: "an attribute that METADATA does not have",
        why: "OPA ignores attributes that it does not know. A misspelt `entrypoint` or `schemas` is without effect, and nothing says so.",
        bad: rego("package play\n\n# METADATA\n# title: Who may play\n# entrypiont: true\nallow if input.user.admin\n"),
        good: rego("package play\n\n# METADATA\n# title: Who may play\n# entrypoint: true\n# custom:\n#   team: games\nallow if input.user.admin\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Writes the attribute that the name resembles, which then takes effect.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/invalid-metadata-attribute",
        peers: &["regal bugs/invalid-metadata-attribute"],
    }
}

impl Rule for InvalidMetadataAttribute {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if memchr::memmem::find(cx.text().as_bytes(), b"METADATA").is_none() {
            return;
        }
        let mut found: Vec<(Span, String)> = Vec::new();
        if cx.is_regal() {
            cx.comment_blocks().iter().for_each(|block| as_regal(block, &mut found));
        } else {
            for block in &cx.parse().metadata {
                for (name, _) in block.value.iter().filter_map(serde_yaml::Value::as_mapping).flatten() {
                    let Some(name) = name.as_str().filter(|name| !METADATA_FIELDS.contains(name)) else { continue };
                    let line = block.lines.iter().find(|line| is_key(cx.file().slice(**line), name));
                    found.push((line.copied().unwrap_or(block.header), name.to_owned()));
                }
            }
        }
        for (at, name) in found {
            let similar = METADATA_FIELDS.into_iter().find(|known| resembles(&name, known));
            let written = cx.file().slice(at).find(name.as_str()).map(|start| at.start + start as u32);
            let report = cx.report(at, format!("METADATA has no attribute `{name}`"));
            match (similar, written) {
                (Some(similar), Some(start)) => {
                    report.help(format!("did you mean `{similar}`?")).fix(
                        format!("write `{similar}`"),
                        Applicability::Unsafe,
                        [(Span::new(start, start + name.len() as u32), similar.to_owned())],
                    );
                }
                _ => _ = report.help("put it below `custom`"),
            }
        }
    }
}

/// What Regal finds in a block of comments: the first line that starts with the attribute, if one does.
fn as_regal(block: &[BlockComment<'_>], found: &mut Vec<(Span, String)>) {
    let Some((first, rest)) = block.split_first() else { return };
    let heading = first.text.strip_prefix('#').unwrap_or(first.text).trim_start_matches([' ', '\t', '\x0c', '\r', '\n']);
    if !heading.starts_with("METADATA") {
        return;
    }
    if !block.iter().any(|line| may_be_unknown(line.text)) {
        return;
    }
    let mut yaml = String::new();
    for line in rest {
        yaml.push_str(line.text.strip_prefix('#').unwrap_or(line.text));
        yaml.push('\n');
    }
    let Ok(serde_yaml::Value::Mapping(mapping)) = serde_yaml::from_str(&yaml) else { return };
    for name in mapping.keys() {
        let name = match name {
            serde_yaml::Value::String(name) => name.clone(),
            serde_yaml::Value::Number(number) => number.to_string(),
            serde_yaml::Value::Bool(value) => value.to_string(),
            serde_yaml::Value::Null => "null".to_owned(),
            _ => continue,
        };
        // what YAML 1.1 takes for a truth value has another name when Regal sees it
        if METADATA_FIELDS.contains(&name.as_str()) || ["on", "off", "yes", "no"].contains(&name.to_ascii_lowercase().as_str()) {
            continue;
        }
        let start = format!("# {name}:");
        if let Some(line) = block.iter().find(|line| line.text.starts_with(&start)) {
            found.push((line.span, name));
        }
    }
}

/// Whether a comment may start with an attribute that is not known, as Regal looks for it: reading YAML takes long.
fn may_be_unknown(comment: &str) -> bool {
    let Some((name, rest)) = comment.strip_prefix("# ").and_then(|text| text.split_once(':')) else { return false };
    // what is below an attribute, or in a list, is none
    let is_inside = name.starts_with([' ', '\t']) || name.starts_with("- ");
    !is_inside && (!METADATA_FIELDS.contains(&name) || !rest.is_empty() && !rest.starts_with([' ', '\t']))
}

/// Whether a line of YAML gives the key at the top level.
fn is_key(line: &str, name: &str) -> bool {
    let bare = line.strip_prefix(['"', '\'']).unwrap_or(line);
    bare.strip_prefix(name).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
}

/// Whether one name is the other with a letter more, less or changed, or with two neighbours swapped, or differs in case alone.
fn resembles(name: &str, known: &str) -> bool {
    if name.eq_ignore_ascii_case(known) {
        return true;
    }
    let (a, b) = (name.as_bytes(), known.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    matches!((a, b), ([], [_]) | ([_], [] | [_])) || matches!((a, b), ([a1, a2], [b1, b2]) if a1 == b2 && a2 == b1)
}
