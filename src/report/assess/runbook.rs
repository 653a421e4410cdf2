//! A workload's sheet: terminal, Markdown, JSON.

use serde_json::{Value, json};

use super::json::shape::{flag, list, nullable, object, optional, text};
use super::layout::{WIDTH, cut_front, line, wrapped};
use crate::assess::runbook::{Line, Sheet};
use crate::report::visible;

const SCHEMA: &str = "ztctl.dev/runbook/v1";

/// What is said above commands.
const CHECK: &str = "check before you run them; ztctl runs none";

fn place(line: &Line) -> Option<String> {
    line.spot.as_ref().map(|spot| format!("{}:{}", spot.path, spot.line))
}

fn mark(line: &Line) -> char {
    if line.perhaps { '?' } else { '·' }
}

/// The sheets for the terminal.
#[must_use]
pub fn runbook_text(sheets: &[Sheet]) -> String {
    let mut out = String::new();
    for (at, sheet) in sheets.iter().enumerate() {
        if at > 0 {
            line(&mut out, "");
        }
        line(&mut out, &format!("RUNBOOK  {}  in {}", visible(&sheet.workload), visible(&sheet.environment)));
        line(&mut out, "  as declared in these files, not the running system");
        if let Some(spot) = &sheet.place {
            line(&mut out, &format!("  {}", cut_front(&format!("{}:{}", spot.path, spot.line), WIDTH - 2)));
        }
        for section in &sheet.sections {
            line(&mut out, "");
            line(&mut out, &format!("  {}", section.title.to_uppercase()));
            if section.lines.is_empty() {
                line(&mut out, &format!("    {}", section.empty));
            }
            lines(&mut out, &section.lines);
        }
        line(&mut out, "");
        line(&mut out, "  IN AN INCIDENT, in this order");
        for (number, action) in sheet.actions.iter().enumerate() {
            line(&mut out, "");
            line(&mut out, &format!("  {}. {}", number + 1, action.title));
            lines(&mut out, &action.lines);
            if !action.commands.is_empty() {
                line(&mut out, &format!("    commands ({CHECK}):"));
                for command in &action.commands {
                    line(&mut out, &format!("      {}", visible(command)));
                }
            }
        }
        line(&mut out, "");
        wrapped(&mut out, "  not visible here: ", &sheet.unseen.join("; "));
    }
    out
}

fn lines(out: &mut String, lines: &[Line]) {
    for one in lines {
        wrapped(out, &format!("    {} ", mark(one)), &one.text);
        if let Some(place) = place(one) {
            line(out, &format!("        {}", cut_front(&place, WIDTH - 8)));
        }
    }
}

/// The sheets as Markdown.
#[must_use]
pub fn runbook_markdown(sheets: &[Sheet]) -> String {
    let mut out = String::new();
    for sheet in sheets {
        out.push_str(&format!("# Runbook: {} in {}\n\nAs declared in these files", code(&sheet.workload), code(&sheet.environment)));
        if let Some(spot) = &sheet.place {
            out.push_str(&format!(", {}", code(&format!("{}:{}", spot.path, spot.line))));
        }
        out.push_str(". A `?` marks what the files leave open.\n");
        for section in &sheet.sections {
            out.push_str(&format!("\n## {}\n\n", section.title));
            if section.lines.is_empty() {
                out.push_str(&format!("{}.\n", capital(section.empty)));
            }
            items(&mut out, &section.lines);
        }
        out.push_str("\n## In an incident, in this order\n");
        for (number, action) in sheet.actions.iter().enumerate() {
            out.push_str(&format!("\n### {}. {}\n\n", number + 1, action.title));
            items(&mut out, &action.lines);
            if !action.commands.is_empty() {
                out.push_str(&format!("\nCommands ({CHECK}):\n\n"));
                for command in &action.commands {
                    out.push_str(&format!("    {}\n", visible(command)));
                }
            }
        }
        out.push_str(&format!("\nNot visible here: {}.\n\n", sheet.unseen.join("; ")));
    }
    out
}

fn items(out: &mut String, lines: &[Line]) {
    for one in lines {
        let open = if one.perhaps { "? " } else { "" };
        let at = place(one).map_or_else(String::new, |place| format!(" — {}", code(&place)));
        out.push_str(&format!("- {open}{}{at}\n", escaped(&one.text)));
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Text from files as Markdown that says no more than the text; back quotes that ztctl set stay.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        if matches!(c, '<' | '>' | '&' | '|' | '[' | ']' | '*' | '#' | '\\' | '!') {
            out.push_str(&format!("&#{};", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Text in back quotes.
fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'"))
}

/// The sheets as JSON: `ztctl.dev/runbook/v1`.
#[must_use]
pub fn runbook_json(sheets: &[Sheet]) -> String {
    let one = |line: &Line| {
        json!({
            "text": line.text,
            "path": line.spot.as_ref().map(|spot| &spot.path),
            "line": line.spot.as_ref().map(|spot| spot.line),
            "perhaps": line.perhaps,
        })
    };
    let sheets: Vec<Value> = sheets
        .iter()
        .map(|sheet| {
            json!({
                "workload": sheet.workload,
                "environment": sheet.environment,
                "app": sheet.app,
                "path": sheet.place.as_ref().map(|spot| &spot.path),
                "line": sheet.place.as_ref().map(|spot| spot.line),
                "sections": sheet.sections.iter().map(|section| json!({
                    "id": section.id, "title": section.title, "lines": section.lines.iter().map(one).collect::<Vec<_>>(),
                    "empty": section.empty,
                })).collect::<Vec<_>>(),
                "incident": sheet.actions.iter().map(|action| json!({
                    "title": action.title, "lines": action.lines.iter().map(one).collect::<Vec<_>>(), "commands_to_check": action.commands,
                })).collect::<Vec<_>>(),
                "not_visible": sheet.unseen,
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&json!({ "schema": SCHEMA, "sheets": sheets })).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON schema (2020-12) of the sheets, as `ztctl schema runbook` prints it. Objects are open: changes within v1 only add keys.
#[must_use]
pub fn runbook_schema() -> Value {
    let line = object(json!({
        "text": text("what the files show"),
        "path": optional("the file that shows it; null where none does"),
        "line": nullable("1-based"),
        "perhaps": flag("something decides it that the files leave open"),
    }));
    let ids = ["identity", "tokens", "credentials", "readable_secrets", "authorization", "network", "admission", "incoming", "outgoing"];
    let sheet = object(json!({
        "workload": text("namespace/Kind/name"),
        "environment": text("the environment that the sheet is about"),
        "app": text("the application that it is part of"),
        "path": optional("the file that declares it"),
        "line": nullable("1-based"),
        "sections": list(object(json!({
            "id": { "type": "string", "examples": ids, "description": "stable; others may come" },
            "title": text("for people"), "lines": list(line.clone()), "empty": text("what it means that there are no lines"),
        }))),
        "incident": list(object(json!({
            "title": text("what to do"), "lines": list(line), "commands_to_check": list(text("a command; ztctl runs none")),
        }))),
        "not_visible": list(text("what the files do not show")),
    }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/runbook.v1.json",
        "title": "ztctl runbook",
        "description": "What `ztctl assess --runbook WORKLOAD --format json` prints: a sheet for each environment that the workload runs in. No value of a credential is in it.",
        "type": "object",
        "required": ["schema", "sheets"],
        "properties": { "schema": { "const": SCHEMA }, "sheets": list(sheet) },
    })
}
