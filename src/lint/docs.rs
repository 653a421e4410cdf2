//! Pages about rules, made of their metadata alone.

use std::fmt::Write;

use super::registry;
use crate::diag::{Example, FixKind, OptionKind, OptionMeta, OptionTable, OptionValue, RuleMeta, Severity};

/// The Markdown page of a rule: what `docs/rules/<id>.md` holds and `ztctl explain` prints.
#[must_use]
pub fn render_rule_page(meta: &RuleMeta) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    line("<!-- generated from the rule's metadata: `ZTCTL_UPDATE=1 cargo test --test it docs` -->");
    line(&format!("# `{}`", meta.id));
    line("");
    line(&format!("Finds {}.", meta.summary));
    line("");
    line(&format!(
        "Group `{}` · severity `{}` · {} · {} · since {}",
        meta.group,
        meta.severity.as_str(),
        presets(meta),
        fix_words(meta.fix),
        meta.since
    ));
    line("");
    line("## Why");
    line("");
    line(meta.why);
    line("");
    line("## Example");
    line("");
    line(&format!("Reported{}:", version_words(meta.bad)));
    line("");
    line(&fence(meta.bad));
    line("");
    line(&format!("Not reported{}:", version_words(meta.good)));
    line("");
    line(&fence(meta.good));
    if meta.fix != FixKind::None {
        line("");
        line("## Fix");
        line("");
        line(meta.fix_safety);
    }
    if !meta.options.is_empty() {
        line("");
        line("## Options");
        line("");
        line("| option | type | default | meaning |");
        line("|---|---|---|---|");
        for option in meta.options {
            line(&option_row(option));
        }
        line("");
        line("```toml");
        line("[rules]");
        line(&format!("{} = {{ {} }}", meta.id, meta.options.iter().map(example_option).collect::<Vec<_>>().join(", ")));
        line("```");
    }
    line("");
    line("## See also");
    line("");
    line(&format!("* Source: {}", if meta.source.starts_with("http") { format!("<{}>", meta.source) } else { meta.source.to_owned() }));
    if !meta.peers.is_empty() {
        line(&format!("* Elsewhere: {}", meta.peers.iter().map(|peer| format!("`{peer}`")).collect::<Vec<_>>().join(", ")));
    }
    out
}

/// The table of all rules, `docs/rules.md`.
#[must_use]
pub fn render_rule_index() -> String {
    let mut out = String::from("<!-- generated from the rules' metadata: `ZTCTL_UPDATE=1 cargo test --test it docs` -->\n# Rules\n\n");
    out.push_str(
        "A rule is on in the presets named here unless `ztctl.toml` says otherwise. `fix`: what `--fix` (safe) or\n\
         `--unsafe-fixes` (unsafe) can mend.\n",
    );
    for group in registry::groups() {
        // writing to a string cannot fail
        _ = write!(out, "\n## {group}\n\n| rule | finds | severity | recommended | regal | fix |\n|---|---|---|---|---|---|\n");
        let mut metas: Vec<_> = registry::metas().filter(|meta| meta.group == *group).collect();
        metas.sort_by_key(|meta| meta.id);
        for meta in metas {
            let regal = meta.regal.map_or("", Severity::as_str);
            let fix = match meta.fix {
                FixKind::None => "",
                FixKind::Safe => "safe",
                FixKind::Unsafe => "unsafe",
            };
            _ = writeln!(
                out,
                "| [`{id}`](rules/{id}.md) | {} | {} | {} | {regal} | {fix} |",
                cell(meta.summary),
                meta.severity.as_str(),
                if meta.recommended { "on" } else { "" },
                id = meta.id,
            );
        }
    }
    out
}

fn presets(meta: &RuleMeta) -> String {
    let recommended = if meta.recommended { "on in `recommended`" } else { "off in `recommended`" };
    match (meta.regal, meta.group) {
        (Some(_), _) => format!("{recommended}, on in `regal`"),
        (None, "syntax") => "always on".to_owned(),
        (None, _) => recommended.to_owned(),
    }
}

fn fix_words(fix: FixKind) -> &'static str {
    match fix {
        FixKind::None => "no fix",
        FixKind::Safe => "safe fix",
        FixKind::Unsafe => "unsafe fix",
    }
}

/// How the example is read, in words.
fn version_words(example: Example) -> String {
    let mut out = if example.language == "rego-v0" { " (Rego v0)".to_owned() } else { String::new() };
    for (name, value) in example.options {
        out.push_str(&format!(", with `{name} = {}`", toml_value(value)));
    }
    out
}

/// A fenced block; the fence is longer than any run of backquotes in the text.
fn fence(example: Example) -> String {
    let mut longest = 2;
    let mut run = 0;
    for c in example.text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let language = if example.language.starts_with("rego") { "rego" } else { example.language };
    format!("{fence}{language}\n{}\n{fence}", example.text.trim_end_matches('\n'))
}

fn option_row(option: &OptionMeta) -> String {
    let kind = match option.kind {
        OptionKind::Bool => "boolean".to_owned(),
        OptionKind::Integer { min, max } if max == i64::MAX => format!("integer, at least {min}"),
        OptionKind::Integer { min, max } => format!("integer, {min} to {max}"),
        OptionKind::String => "string".to_owned(),
        OptionKind::Regex => "regular expression".to_owned(),
        OptionKind::StringList => "list of strings".to_owned(),
        OptionKind::OneOf(names) => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "),
        OptionKind::Tables(options) => {
            let keys: Vec<String> = options.iter().map(|option| format!("`{}`", option.name)).collect();
            format!("list of tables with {}", keys.join(", "))
        }
    };
    let default = match &option.default {
        OptionValue::Unset => "not set".to_owned(),
        value => format!("`{}`", toml_value(value)),
    };
    format!("| `{}` | {} | {} | {} |", option.name, cell(&kind), cell(&default), cell(option.doc))
}

/// `name = value` with the default, or a value of the right type.
fn example_option(option: &OptionMeta) -> String {
    let value = match (&option.default, option.kind) {
        (OptionValue::Unset, OptionKind::Bool) => "true".to_owned(),
        (OptionValue::Unset, OptionKind::Integer { min, .. }) => min.max(1).to_string(),
        (OptionValue::Unset, OptionKind::String | OptionKind::Regex) => "'^x'".to_owned(),
        (OptionValue::Unset, OptionKind::StringList) => "[]".to_owned(),
        (OptionValue::Unset, OptionKind::OneOf(names)) => format!("'{}'", names.first().unwrap_or(&"")),
        (OptionValue::Unset, OptionKind::Tables(_)) => "[]".to_owned(),
        (OptionValue::Tables(tables), OptionKind::Tables(options)) if tables.is_empty() => {
            format!("[{{ {} }}]", options.iter().map(example_option).collect::<Vec<_>>().join(", "))
        }
        (value, _) => toml_value(value),
    };
    format!("{} = {value}", option.name)
}

fn toml_value(value: &OptionValue) -> String {
    match value {
        OptionValue::Bool(value) => value.to_string(),
        OptionValue::Integer(value) => value.to_string(),
        OptionValue::String(value) => format!("'{value}'"),
        OptionValue::StringList(values) => {
            format!("[{}]", values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(", "))
        }
        OptionValue::Tables(tables) => {
            let entry = |(name, value): &(&str, OptionValue)| format!("{name} = {}", toml_value(value));
            let table = |table: &OptionTable| format!("{{ {} }}", table.iter().map(entry).collect::<Vec<_>>().join(", "));
            format!("[{}]", tables.iter().map(table).collect::<Vec<_>>().join(", "))
        }
        OptionValue::Unset => String::new(),
    }
}

/// A text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
