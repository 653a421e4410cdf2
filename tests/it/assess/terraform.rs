//! What Terraform says.

use ztctl::assess::{Assessment, Settings};

use super::assessed;

const FUNCTION: &str = "resource \"aws_lambda_function\" \"orders\" {\n  function_name = \"orders\"\n  role = aws_iam_role.orders.arn\n}\n";

fn with(text: &str) -> Assessment {
    assessed(&[("infra/main.tf", format!("{FUNCTION}{text}"))], &Settings::default())
}

/// The facts that a criterion saw, with their lines behind the function's.
fn facts(text: &str, id: &str) -> Vec<String> {
    let assessment = with(text);
    let verdict = assessment.verdict(id).expect("a criterion");
    let mut out: Vec<String> = verdict
        .evidence
        .iter()
        .map(|evidence| {
            let line = evidence.observation.spot.as_ref().map_or(0, |spot| spot.line);
            format!("{} {}", evidence.observation.fact.as_str(), line.saturating_sub(4))
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

fn has(text: &str, id: &str, fact: &str) -> bool {
    facts(text, id).iter().any(|found| found.split(' ').next() == Some(fact))
}

#[test]
fn groups_open_to_the_world_are_found_wherever_they_are_written() {
    let group = |body: &str| format!("resource \"aws_security_group\" \"web\" {{\n  name = \"web\"\n{body}\n}}\n");
    let rule = |ports: &str, who: &str| format!("  ingress {{\n    {ports}\n    protocol = \"tcp\"\n    {who}\n  }}");
    let ssh = "from_port = 22\n    to_port = 22";
    let https = "from_port = 443\n    to_port = 443";
    let world = "cidr_blocks = [\"0.0.0.0/0\"]";
    let id = "L1.NET.1";
    assert!(has(&group(&rule(ssh, world)), id, "port_exposed"));
    assert!(has(&group(&rule(ssh, "ipv6_cidr_blocks = [\"::/0\"]")), id, "port_exposed"));
    assert!(!has(&group(&rule(https, world)), id, "port_exposed"));
    assert!(!has(&group(&rule(ssh, "cidr_blocks = [\"203.0.113.0/24\"]")), id, "port_exposed"));
    assert!(!has(&group(&rule(ssh, "cidr_blocks = var.admins")), id, "port_exposed"));
    assert!(has(
        &group("  ingress {\n    from_port = 0\n    to_port = 0\n    protocol = \"-1\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }"),
        id,
        "port_exposed"
    ));
    let apart = |kind: &str, body: &str| {
        format!("{}resource \"{kind}\" \"in\" {{\n  security_group_id = aws_security_group.web.id\n{body}\n}}\n", group(""))
    };
    assert!(has(
        &apart(
            "aws_security_group_rule",
            "  type = \"ingress\"\n  from_port = 5432\n  to_port = 5432\n  protocol = \"tcp\"\n  cidr_blocks = [\"0.0.0.0/0\"]"
        ),
        id,
        "port_exposed"
    ));
    assert!(!has(
        &apart(
            "aws_security_group_rule",
            "  type = \"egress\"\n  from_port = 5432\n  to_port = 5432\n  protocol = \"tcp\"\n  cidr_blocks = [\"0.0.0.0/0\"]"
        ),
        id,
        "port_exposed"
    ));
    assert!(has(
        &apart(
            "aws_vpc_security_group_ingress_rule",
            "  from_port = 22\n  to_port = 22\n  ip_protocol = \"tcp\"\n  cidr_ipv4 = \"0.0.0.0/0\""
        ),
        id,
        "port_exposed"
    ));
    // from group to group
    let named = apart(
        "aws_security_group_rule",
        "  type = \"ingress\"\n  from_port = 5432\n  to_port = 5432\n  protocol = \"tcp\"\n  source_security_group_id = aws_security_group.app.id",
    );
    assert!(has(&named, "L2.NET.1", "segmented") && has(&named, "L3.NET.1", "ingress_denied") && has(&named, "L4.NET.1", "both_denied"));
    let out = format!(
        "{named}resource \"aws_security_group_rule\" \"out\" {{\n  security_group_id = aws_security_group.web.id\n  type = \"egress\"\n  from_port = 0\n  to_port = 0\n  protocol = \"-1\"\n  cidr_blocks = [\"0.0.0.0/0\"]\n}}\n"
    );
    assert!(has(&out, "L4.NET.1", "egress_open"));
    let database = "resource \"aws_db_instance\" \"db\" {\n  publicly_accessible = true\n  storage_encrypted = false\n}\n";
    assert!(has(database, id, "datastore_exposed") && has(database, "L2.ENC.1", "store_plain"));
    let google = "resource \"google_compute_firewall\" \"ssh\" {\n  network = \"a\"\n  source_ranges = [\"0.0.0.0/0\"]\n  allow {\n    protocol = \"tcp\"\n    ports = [\"22\"]\n  }\n}\n";
    assert!(has(google, id, "port_exposed") && !has(&google.replace("\"22\"", "\"443\""), id, "port_exposed"));
    let azure = "resource \"azurerm_network_security_rule\" \"ssh\" {\n  direction = \"Inbound\"\n  access = \"Allow\"\n  source_address_prefix = \"*\"\n  destination_port_range = \"22\"\n}\n";
    assert!(has(azure, id, "port_exposed") && !has(&azure.replace("Inbound", "Outbound"), id, "port_exposed"));
}

#[test]
fn grants_are_read_in_every_spelling() {
    let role = "resource \"aws_iam_role\" \"orders\" {\n  assume_role_policy = jsonencode({\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"lambda.amazonaws.com\" } }]\n  })\n}\n";
    let id = "L2.AUZ.1";
    let inline = |policy: &str| {
        format!("{role}resource \"aws_iam_role_policy\" \"orders\" {{\n  role = aws_iam_role.orders.id\n  policy = {policy}\n}}\n")
    };
    let encoded = |action: &str, resource: &str| {
        format!("jsonencode({{\n    Statement = [\n      {{ Effect = \"Allow\", Action = {action}, Resource = {resource} }},\n    ]\n  }})")
    };
    assert!(has(&inline(&encoded("\"*\"", "\"*\"")), id, "role_wildcard"));
    // the statement's own line
    assert_eq!(
        facts(&inline(&encoded("[\"*\"]", "\"*\"")), id).iter().find(|fact| fact.starts_with("role_wildcard")).map(String::as_str),
        Some("role_wildcard 10")
    );
    assert!(has(&inline(&encoded("[\"s3:*\"]", "\"*\"")), id, "role_broad"));
    assert!(has(&inline(&encoded("[\"dynamodb:GetItem\"]", "aws_dynamodb_table.orders.arn")), id, "role_scoped"));
    assert!(has(
        &inline("<<EOF\n{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}\nEOF"),
        id,
        "role_wildcard"
    ));
    assert!(has(
        &inline(
            "<<EOF\n{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"${aws_s3_bucket.a.arn}/*\"}]}\nEOF"
        ),
        id,
        "role_scoped"
    ));
    assert!(!has(
        &inline("<<EOF\n{\"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}]}\nEOF"),
        id,
        "role_wildcard"
    ));
    let data = "data \"aws_iam_policy_document\" \"orders\" {\n  statement {\n    actions = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n";
    assert!(has(&format!("{}{data}", inline("data.aws_iam_policy_document.orders.json")), id, "role_wildcard"));
    // whom it belongs to is not seen: no workload's
    let alone = format!("resource \"aws_iam_policy\" \"a\" {{\n  policy = {}\n}}\n", encoded("\"*\"", "\"*\""));
    assert!(has(&alone, id, "role_broad") && !has(&alone, id, "role_wildcard"));
    let admin = format!(
        "{role}resource \"aws_iam_role_policy_attachment\" \"a\" {{\n  role = aws_iam_role.orders.name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}}\n"
    );
    assert!(has(&admin, id, "role_wildcard"));
    // secrets by name, or all of them
    let secrets = |resource: &str| inline(&encoded("[\"secretsmanager:GetSecretValue\"]", resource));
    assert!(has(&secrets("\"*\""), "L2.SEC.2", "secrets_read_cluster_wide"));
    assert!(has(&secrets("aws_secretsmanager_secret.orders.arn"), "L2.SEC.2", "secrets_read_by_name"));
}

#[test]
fn trust_is_bounded_by_subject_and_audience() {
    let role = |conditions: &str, provider: &str| {
        format!(
            "resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = jsonencode({{\n    Statement = [{{\n      Effect = \"Allow\"\n      Action = \"sts:AssumeRoleWithWebIdentity\"\n      Principal = {{ Federated = {provider} }}\n      Condition = {{ {conditions} }}\n    }}]\n  }})\n}}\n"
        )
    };
    let eks = |conditions: &str| role(conditions, "aws_iam_openid_connect_provider.eks.arn");
    let github = |conditions: &str| role(conditions, "\"arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com\"");
    let (workload, pipeline) = ("L4.AUT.1", "L4.AUT.2");
    let exact =
        "StringEquals = { \"oidc.example:sub\" = \"system:serviceaccount:shop:orders\", \"oidc.example:aud\" = \"sts.amazonaws.com\" }";
    assert!(has(&eks(exact), workload, "workload_identity"));
    assert!(has(&eks("StringEquals = { \"oidc.example:sub\" = \"system:serviceaccount:shop:orders\" }"), workload, "trust_unbounded"));
    assert!(has(
        &eks("StringLike = { \"oidc.example:sub\" = \"system:serviceaccount:*:*\", \"oidc.example:aud\" = \"sts.amazonaws.com\" }"),
        workload,
        "trust_unbounded"
    ));
    let sub = |value: &str| format!("StringLike = {{ \"token.actions.githubusercontent.com:sub\" = \"{value}\" }}");
    assert!(has(&github(&sub("repo:example/orders:ref:refs/heads/main")), pipeline, "ci_federated"));
    assert!(has(&github(&sub("repo:example/orders:*")), pipeline, "ci_federated"));
    assert!(has(&github(&sub("repo:example/*")), pipeline, "ci_trust_unbounded"));
    assert!(has(
        &github("StringEquals = { \"token.actions.githubusercontent.com:aud\" = \"sts.amazonaws.com\" }"),
        pipeline,
        "ci_trust_unbounded"
    ));
}

#[test]
fn endpoints_stores_and_trails() {
    let listener = |body: &str| format!("resource \"aws_lb_listener\" \"web\" {{\n  load_balancer_arn = aws_lb.web.arn\n{body}\n}}\n");
    let forward = "  default_action {\n    type = \"forward\"\n  }";
    assert!(has(&listener(&format!("  port = 443\n  protocol = \"HTTPS\"\n{forward}")), "L1.ENC.1", "endpoint_tls"));
    assert!(has(&listener(&format!("  port = 80\n  protocol = \"HTTP\"\n{forward}")), "L1.ENC.1", "endpoint_plain"));
    let redirect = "  port = 80\n  protocol = \"HTTP\"\n  default_action {\n    type = \"redirect\"\n    redirect {\n      protocol = \"HTTPS\"\n      port = \"443\"\n      status_code = \"HTTP_301\"\n    }\n  }";
    assert!(facts(&listener(redirect), "L1.ENC.1").is_empty());
    let inside = format!(
        "resource \"aws_lb\" \"web\" {{\n  internal = true\n}}\n{}",
        listener(&format!("  port = 80\n  protocol = \"HTTP\"\n{forward}"))
    );
    assert!(facts(&inside, "L1.ENC.1").is_empty());
    let jwt = "resource \"aws_apigatewayv2_authorizer\" \"jwt\" {\n  authorizer_type = \"JWT\"\n  jwt_configuration {\n    issuer = \"https://login.example\"\n    audience = [\"orders\"]\n  }\n}\n";
    assert!(has(jwt, "L3.AUT.1", "jwt_issuer_audience"));
    assert!(has(&jwt.replace("    audience = [\"orders\"]\n", ""), "L3.AUT.1", "jwt_no_audience"));
    let api = |kind: &str| {
        format!(
            "resource \"aws_apigatewayv2_api\" \"a\" {{\n  protocol_type = \"HTTP\"\n}}\nresource \"aws_apigatewayv2_route\" \"r\" {{\n  api_id = aws_apigatewayv2_api.a.id\n  route_key = \"$default\"\n  authorization_type = \"{kind}\"\n}}\n"
        )
    };
    assert!(has(&api("JWT"), "L1.AUT.1", "endpoint_authenticated") && has(&api("NONE"), "L1.AUT.1", "endpoint_auth_unseen"));
    let parameter = |value: &str| {
        format!(
            "resource \"aws_db_parameter_group\" \"p\" {{\n  parameter {{\n    name = \"rds.force_ssl\"\n    value = \"{value}\"\n  }}\n}}\n"
        )
    };
    assert!(has(&parameter("1"), "L2.ENC.1", "hop_encrypted") && has(&parameter("0"), "L2.ENC.1", "hop_plain"));
    assert!(has("resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true\n}\n", "L3.ENC.1", "central_keys"));
    let eks = |types: &str| format!("resource \"aws_eks_cluster\" \"c\" {{\n  enabled_cluster_log_types = [{types}]\n}}\n");
    assert!(has(&eks("\"api\", \"audit\""), "L2.AUD.1", "audit_trail") && !has(&eks("\"api\""), "L2.AUD.1", "audit_trail"));
    let filter = "resource \"aws_cloudwatch_log_metric_filter\" \"f\" {\n  pattern = \"{ ($.errorCode = \\\"AccessDenied*\\\") }\"\n}\n";
    assert!(!has(filter, "L5.AUD.1", "detection"));
    assert!(has(
        &format!("{filter}resource \"aws_cloudwatch_metric_alarm\" \"a\" {{\n  alarm_name = \"denied\"\n}}\n"),
        "L5.AUD.1",
        "detection"
    ));
    let encrypted = "resource \"aws_msk_cluster\" \"k\" {\n  encryption_info {\n    encryption_in_transit {\n      client_broker = \"TLS\"\n    }\n  }\n}\n";
    assert!(
        has(encrypted, "L2.ENC.1", "hop_encrypted") && has(&encrypted.replace("\"TLS\"", "\"TLS_PLAINTEXT\""), "L2.ENC.1", "hop_plain")
    );
}

#[test]
fn odd_expressions_break_nothing() {
    for text in [
        "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode(\n}\n",
        "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode({ Statement = 7 })\n}\n",
        "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode(jsonencode({}))\n}\n",
        "resource \"aws_iam_policy\" \"r\" {\n  policy = <<EOF\n${\n${${\nEOF\n}\n",
        "resource \"aws_security_group\" \"r\" {\n  ingress = 7\n}\n",
        "resource \"aws_security_group\" \"r\" {\n  ingress = [{ from_port = \"x\", cidr_blocks = 7 }]\n}\n",
        "module \"m\" {\n  source = 7\n}\n",
    ] {
        let _ = with(text);
    }
}
