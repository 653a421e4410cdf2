//! Logs, trails, sinks and detections of clouds.

use super::documents::encoded;
use super::{Fact, Node, Observer, Plan, Resource, expression, is_set, is_true, mentions, texts};
use crate::assess::traces::is_signal;

/// Words of events on identity, policy and secrets in the clouds' own logs.
const EVENTS: [&str; 22] = [
    "unauthorized",
    "accessdenied",
    "consolelogin",
    "root",
    "signin",
    "iam",
    "sts",
    "assumerole",
    "policy",
    "kms",
    "secretsmanager",
    "getsecretvalue",
    "guardduty",
    "securityhub",
    "cloudtrail",
    "deletetrail",
    "authorizesecuritygroup",
    "createaccesskey",
    "setiampolicy",
    "roleassignments",
    "keyvault",
    "403",
];

fn is_event(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    EVENTS.iter().any(|word| text.contains(word))
}

pub(super) fn judge(observer: &mut Observer<'_>, plan: &Plan<'_>, resource: &Resource<'_>) {
    let get = |path: &[&str]| resource.get(path);
    let note = |observer: &mut Observer<'_>, fact: Fact, detail: &str| resource.note(observer, fact, resource.at(), detail);
    match resource.kind {
        "aws_cloudtrail" if get(&["enable_logging"]).and_then(Node::as_bool) == Some(false) => {
            note(observer, Fact::AuditNothing, "the trail is switched off")
        }
        "aws_cloudtrail" | "aws_cloudtrail_event_data_store" => {
            note(observer, Fact::AuditTrail, "an audit trail");
            note(observer, Fact::AuditAttributable, "the trail names who acts");
            if is_set(get(&["cloud_watch_logs_group_arn"])) {
                note(observer, Fact::LogsShipped, "the trail is sent to the log service");
            }
        }
        "vault_audit" => {
            note(observer, Fact::AuditTrail, "Vault's audit device");
            note(observer, Fact::AuditAttributable, "Vault's audit names who acts");
            if matches!(resource.text(&["type"]), Some("socket" | "syslog")) {
                note(observer, Fact::LogsShipped, "Vault's audit is sent on");
            }
        }
        "aws_eks_cluster" => control_plane(observer, resource, get(&["enabled_cluster_log_types"])),
        _ if resource.is_module => {
            let types = get(&["cluster_enabled_log_types"]).or_else(|| get(&["enabled_log_types"]));
            control_plane(observer, resource, types);
        }
        "google_container_cluster" => {
            if let Some(node) = get(&["logging_service"]).filter(|node| node.as_str() == Some("none")) {
                resource.note(observer, Fact::AuditNothing, &node.origin, "the cluster's logs are switched off");
            }
            let components = get(&["logging_config", "enable_components"]);
            if let Some(node) = components.filter(|node| texts(Some(node)).next().is_some()) {
                resource.note(observer, Fact::LogConfigured, &node.origin, "the cluster's logs");
                if texts(Some(node)).any(|name| name == "APISERVER") {
                    resource.note(observer, Fact::AuditTrail, &node.origin, "the control plane's log");
                }
            }
        }
        "google_project_iam_audit_config" | "google_folder_iam_audit_config" | "google_organization_iam_audit_config" => {
            note(observer, Fact::AuditTrail, "data access is audited");
            note(observer, Fact::AuditAttributable, "the audit log names who acts");
        }
        "azurerm_monitor_diagnostic_setting" => diagnostics(observer, resource),
        "aws_cloudwatch_log_group"
        | "azurerm_log_analytics_workspace"
        | "azurerm_application_insights"
        | "aws_flow_log"
        | "google_logging_project_bucket_config" => {
            note(observer, Fact::LogConfigured, "a log group");
        }
        "aws_cloudwatch_log_subscription_filter"
        | "aws_cloudwatch_log_account_policy"
        | "google_logging_project_sink"
        | "google_logging_organization_sink"
        | "google_logging_folder_sink"
        | "azurerm_log_analytics_data_export_rule" => {
            note(observer, Fact::LogConfigured, "a log subscription");
            note(observer, Fact::LogsShipped, "logs are sent on");
        }
        "aws_kinesis_firehose_delivery_stream" => {
            let sink = ["splunk", "opensearch", "elasticsearch", "http_endpoint"]
                .iter()
                .any(|name| resource.text(&["destination"]).is_some_and(|text| text.starts_with(name)));
            if sink {
                note(observer, Fact::LogsShipped, "a delivery stream to a sink");
            }
        }
        "aws_lb" | "aws_alb" if is_true(get(&["access_logs", "enabled"])) => {
            note(observer, Fact::LogConfigured, "access logs of the load balancer");
        }
        "aws_apigatewayv2_stage" | "aws_api_gateway_stage" if get(&["access_log_settings"]).is_some() => {
            note(observer, Fact::LogConfigured, "access logs of the gateway");
        }
        "aws_wafv2_web_acl_logging_configuration" | "aws_s3_bucket_logging" => note(observer, Fact::LogConfigured, "access logs"),
        "aws_cloudfront_distribution" if get(&["logging_config"]).is_some() => note(observer, Fact::LogConfigured, "access logs"),
        "aws_lambda_function" if get(&["logging_config"]).is_some() => note(observer, Fact::LogConfigured, "the function's logs"),
        "aws_ecs_task_definition" => {
            if let Some(node) = get(&["container_definitions"]) {
                containers(observer, resource, node);
            }
        }
        "aws_db_instance" | "aws_rds_cluster" | "aws_docdb_cluster" => {
            if let Some(node) = get(&["enabled_cloudwatch_logs_exports"]).filter(|node| texts(Some(node)).next().is_some()) {
                resource.note(observer, Fact::LogConfigured, &node.origin, "the database's logs");
                if texts(Some(node)).any(|name| name == "audit") {
                    resource.note(observer, Fact::AuditTrail, &node.origin, "the database's audit log");
                }
            }
        }
        "aws_db_parameter_group" | "aws_rds_cluster_parameter_group" => {
            let pgaudit = resource.blocks("parameter").find(|parameter| {
                let name = parameter.get("name").and_then(Node::as_str).unwrap_or("");
                name.starts_with("pgaudit")
                    || (name == "shared_preload_libraries" && parameter.get("value").is_some_and(|node| mentions(node, "pgaudit")))
            });
            if let Some(parameter) = pgaudit {
                resource.note(observer, Fact::AuditTrail, &parameter.origin, "PostgreSQL's pgaudit");
            }
        }
        "aws_cloudwatch_log_metric_filter" => {
            let alarmed = plan.of_kind("aws_cloudwatch_metric_alarm").next().is_some();
            if let Some(node) = get(&["pattern"])
                && alarmed
                && node.as_str().or_else(|| expression(node)).is_some_and(is_event)
            {
                resource.note(observer, Fact::Detection, &node.origin, "a metric filter with an alarm");
            }
        }
        "aws_cloudwatch_event_rule" => {
            if let Some(node) = get(&["event_pattern"])
                && node.as_str().or_else(|| expression(node)).is_some_and(is_event)
            {
                resource.note(observer, Fact::Detection, &node.origin, "a rule on events of identity or secrets");
            }
        }
        "aws_guardduty_detector" if get(&["enable"]).and_then(Node::as_bool) != Some(false) => note(observer, Fact::Detection, "GuardDuty"),
        "aws_securityhub_account" | "google_scc_notification_config" => {
            note(observer, Fact::Detection, "findings of the cloud's own detection")
        }
        kind if kind.starts_with("azurerm_sentinel_alert_rule") || kind == "datadog_security_monitoring_rule" => {
            note(observer, Fact::Detection, "a rule of the security monitoring");
        }
        "azurerm_monitor_activity_log_alert"
        | "azurerm_monitor_scheduled_query_rules_alert_v2"
        | "google_monitoring_alert_policy"
        | "google_logging_metric"
        | "datadog_monitor" => {
            let mut found = None;
            super::super::walk(resource.body, &mut |entry| {
                let named = matches!(&*entry.key, "filter" | "query" | "operation_name" | "category" | "condition_matched_log");
                let text = entry.value.as_str().or_else(|| expression(&entry.value));
                if named
                    && text.is_some_and(|text| is_signal(text) || text.contains("Microsoft.Authorization") || text.contains("SetIamPolicy"))
                {
                    found = found.or(Some(&entry.origin));
                }
            });
            // a metric alone raises no alarm
            let alarmed = resource.kind != "google_logging_metric" || plan.of_kind("google_monitoring_alert_policy").next().is_some();
            if let Some(at) = found.filter(|_| alarmed) {
                resource.note(observer, Fact::Detection, at, "an alert on identity or policy");
            }
        }
        _ => {}
    }
}

fn control_plane(observer: &mut Observer<'_>, resource: &Resource<'_>, types: Option<&Node>) {
    if let Some(types) = types.filter(|node| texts(Some(node)).any(|kind| kind == "audit")) {
        resource.note(observer, Fact::AuditTrail, &types.origin, "the control plane's audit log");
        resource.note(observer, Fact::AuditAttributable, &types.origin, "the control plane's audit names who acts");
        resource.note(observer, Fact::LogsShipped, &types.origin, "the control plane's logs go to CloudWatch");
    } else if let Some(types) = types.filter(|node| !node.items().is_empty() && !node.has_unknown()) {
        resource.note(observer, Fact::AuditNothing, &types.origin, "the control plane's logs leave out `audit`");
    }
}

/// Azure's diagnostic settings: categories, and where they go.
fn diagnostics(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    let keys =
        ["log_analytics_workspace_id", "eventhub_name", "eventhub_authorization_rule_id", "storage_account_id", "partner_solution_id"];
    let sent = keys.iter().any(|key| resource.get(&[key]).is_some());
    let logs: Vec<&Node> = resource.blocks("enabled_log").chain(resource.blocks("log")).collect();
    if logs.is_empty() {
        return;
    }
    resource.note(observer, Fact::LogConfigured, resource.at(), "diagnostic logs");
    if sent {
        resource.note(observer, Fact::LogsShipped, resource.at(), "diagnostic logs are sent to a sink");
    }
    let audit = logs.iter().find(|log| {
        let name = log.get("category").or_else(|| log.get("category_group")).and_then(Node::as_str).unwrap_or("");
        name.contains("audit") || name.contains("Audit") || name == "allLogs"
    });
    if let Some(log) = audit {
        resource.note(observer, Fact::AuditTrail, &log.origin, "audit events");
        resource.note(observer, Fact::AuditAttributable, &log.origin, "audit events name who acts");
    }
}

/// Log drivers of an ECS task's containers.
fn containers(observer: &mut Observer<'_>, resource: &Resource<'_>, node: &Node) {
    let text = node.as_str().or_else(|| expression(node)).unwrap_or("");
    let root = encoded(node);
    let mut driver = None;
    if let Some(root) = &root {
        super::super::walk(root, &mut |entry| {
            if &*entry.key == "logDriver" {
                driver = driver.clone().or_else(|| Some((entry.value.as_str().unwrap_or("").to_owned(), entry.origin.clone())));
            }
        });
    } else if text.contains("logDriver") {
        let name = text.split("logDriver").nth(1).and_then(|rest| rest.split('"').nth(2)).unwrap_or("");
        driver = Some((name.to_owned(), node.origin.clone()));
    }
    if let Some((name, at)) = driver.filter(|(name, _)| name != "none") {
        resource.note(observer, Fact::LogConfigured, &at, "the task's logs");
        if matches!(name.as_str(), "awsfirelens" | "splunk" | "fluentd" | "gelf" | "syslog") {
            resource.note(observer, Fact::LogsShipped, &at, format!("logs are sent on by the driver `{name}`"));
        }
    }
}
