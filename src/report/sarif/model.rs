//! The part of SARIF's object model that is written.

use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub(in crate::report) struct Document {
    #[serde(rename = "$schema")]
    pub(in crate::report) schema: &'static str,
    pub(in crate::report) version: &'static str,
    pub(in crate::report) runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Run {
    pub(in crate::report) tool: Tool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) version_control_provenance: Vec<Value>,
    pub(in crate::report) invocations: [Invocation; 1],
    pub(in crate::report) automation_details: Automation,
    pub(in crate::report) original_uri_base_ids: Value,
    pub(in crate::report) column_kind: &'static str,
    pub(in crate::report) results: Vec<SarifResult>,
}

#[derive(Serialize)]
pub(in crate::report) struct Tool {
    pub(in crate::report) driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Driver {
    pub(in crate::report) name: &'static str,
    pub(in crate::report) semantic_version: &'static str,
    pub(in crate::report) rules: Vec<ReportingDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct ReportingDescriptor {
    pub(in crate::report) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) short_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) full_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) help: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) help_uri: Option<String>,
    pub(in crate::report) default_configuration: Value,
    pub(in crate::report) properties: Value,
}

impl ReportingDescriptor {
    /// A rule that no registry describes: broken input, a custom rule.
    pub(in crate::report) fn unknown(id: &str, group: &str, level: &str) -> Self {
        Self {
            id: id.to_owned(),
            short_description: Some(Message::text(id)),
            full_description: None,
            help: None,
            help_uri: None,
            default_configuration: serde_json::json!({ "level": level }),
            properties: serde_json::json!({ "tags": [group] }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Invocation {
    pub(in crate::report) execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
pub(in crate::report) struct Notification {
    pub(in crate::report) level: &'static str,
    pub(in crate::report) message: Message,
    pub(in crate::report) locations: Vec<Location>,
}

#[derive(Serialize)]
pub(in crate::report) struct Automation {
    pub(in crate::report) id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct SarifResult {
    pub(in crate::report) rule_id: String,
    pub(in crate::report) rule_index: usize,
    pub(in crate::report) level: &'static str,
    pub(in crate::report) message: Message,
    pub(in crate::report) locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) related_locations: Vec<Location>,
    pub(in crate::report) partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) fixes: Vec<Fix>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) suppressions: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) properties: Option<Value>,
}

#[derive(Serialize)]
pub(in crate::report) struct Message {
    text: String,
}

impl Message {
    pub(in crate::report) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

#[derive(Serialize)]
pub(in crate::report) struct Description {
    pub(in crate::report) text: String,
    pub(in crate::report) markdown: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) id: Option<usize>,
    pub(in crate::report) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct PhysicalLocation {
    pub(in crate::report) artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct LogicalLocation {
    pub(in crate::report) fully_qualified_name: String,
    pub(in crate::report) kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct ArtifactLocation {
    pub(in crate::report) uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) uri_base_id: Option<&'static str>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Region {
    pub(in crate::report) start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) end_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) byte_offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) byte_length: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Fix {
    pub(in crate::report) description: Message,
    pub(in crate::report) artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct ArtifactChange {
    pub(in crate::report) artifact_location: ArtifactLocation,
    pub(in crate::report) replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Replacement {
    pub(in crate::report) deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) inserted_content: Option<Message>,
}
