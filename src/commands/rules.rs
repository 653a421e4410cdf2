//! `ztctl rules`, `ztctl explain`, `ztctl schema`.

use std::fmt::Write;

use serde_json::json;

use super::output::print;
use super::{Error, Outcome};
use crate::cli::{ExplainArgs, RulesArgs, SchemaArg, SchemaArgs};
use crate::diag::{FixKind, RuleMeta};
use crate::lint::{self, Selection};

pub(super) fn rules(args: &RulesArgs) -> Result<Outcome, Error> {
    let selection = Selection::parse(&args.selectors, &[], &[]).map_err(|unknown| Error::usage(unknown.to_string()))?;
    let mut metas: Vec<&RuleMeta> = lint::metas()
        .filter(|meta| selection.select.is_empty() || selection.select.iter().any(|selector| selector.selects(meta)))
        .collect();
    metas.sort_by_key(|meta| (meta.group, meta.id));
    if args.json {
        let rows: Vec<_> = metas.iter().map(|meta| row(meta)).collect();
        let mut text = serde_json::to_string_pretty(&rows).map_err(|error| Error::Internal(error.to_string()))?;
        text.push('\n');
        print(text.as_bytes())?;
        return Ok(Outcome::Clean);
    }
    let width = metas.iter().map(|meta| meta.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut group = "";
    for meta in metas {
        if meta.group != group {
            group = meta.group;
            // writing to a String cannot fail
            let _ = writeln!(out, "{}{group}", if out.is_empty() { "" } else { "\n" });
        }
        let on = if meta.recommended { meta.severity.as_str() } else { "off" };
        let _ = writeln!(out, "  {:width$}  {on:7}  {:4}  {}", meta.id, fix(meta), meta.summary);
    }
    print(out.as_bytes())?;
    Ok(Outcome::Clean)
}

fn fix(meta: &RuleMeta) -> &'static str {
    match meta.fix {
        FixKind::None => "",
        FixKind::Safe => "fix",
        FixKind::Unsafe => "fix!",
    }
}

fn row(meta: &RuleMeta) -> serde_json::Value {
    json!({
        "id": meta.id,
        "group": meta.group,
        "summary": meta.summary,
        "severity": meta.severity.as_str(),
        "recommended": meta.recommended,
        "regal": meta.regal.map(crate::diag::Severity::as_str),
        "fix": match meta.fix { FixKind::None => "none", FixKind::Safe => "safe", FixKind::Unsafe => "unsafe" },
        "options": meta.options.iter().map(|option| json!({ "name": option.name, "doc": option.doc })).collect::<Vec<_>>(),
        "source": meta.source,
        "peers": meta.peers,
        "since": meta.since,
    })
}

pub(super) fn explain(args: &ExplainArgs) -> Result<Outcome, Error> {
    let Some(meta) = lint::meta(&args.rule) else {
        let unknown = match Selection::parse(std::slice::from_ref(&args.rule), &[], &[]) {
            Err(unknown) => unknown.to_string(),
            Ok(_) => format!("`{}` is not one rule; `ztctl rules {}` lists what it selects", args.rule, args.rule),
        };
        return Err(Error::usage(unknown));
    };
    let page = lint::render_rule_page(meta);
    // the first line is for people who would edit the committed page
    let page = page.strip_prefix("<!--").and_then(|rest| rest.split_once("-->\n")).map_or(page.as_str(), |(_, page)| page);
    print(page.as_bytes())?;
    Ok(Outcome::Clean)
}

pub(super) fn schema(args: &SchemaArgs) -> Result<Outcome, Error> {
    let schema = match args.of {
        SchemaArg::Report => crate::report::report_schema(),
        SchemaArg::Assess => crate::report::assess::assess_schema(),
        SchemaArg::AssessOrg => crate::report::assess::org::schema(),
        SchemaArg::Explain => crate::report::assess::explain_schema(),
        SchemaArg::Runbook => crate::report::assess::runbook_schema(),
        SchemaArg::Waivers => crate::report::assess::papers::waivers_schema(),
        SchemaArg::Attestations => crate::report::assess::papers::attestations_schema(),
        SchemaArg::Migration => crate::report::migration::migration_schema(),
        SchemaArg::Config => crate::config::config_schema(&lint::metas().collect::<Vec<_>>()),
    };
    let mut text = serde_json::to_string_pretty(&schema).map_err(|error| Error::Internal(error.to_string()))?;
    text.push('\n');
    print(text.as_bytes())?;
    Ok(Outcome::Clean)
}
