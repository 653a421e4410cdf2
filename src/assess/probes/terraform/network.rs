//! What is reachable: security groups, firewalls, public addresses of stores.

use super::{Fact, Node, Observer, Plan, Resource, expression, is_set, is_true, number, texts};
use crate::model::tri::Tri;
use crate::model::value::{Origin, Value};

/// A rule of a security group.
struct Rule<'n> {
    node: &'n Node,
    at: &'n Origin,
    /// The whole world.
    world: Tri,
    /// It names groups, prefix lists, or networks that are not the whole world.
    names_peer: bool,
    /// Other groups, or itself.
    by_group: bool,
    ports: Ports,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ports {
    /// 80 or 443.
    Web,
    Some,
    All,
    Unknown,
}

fn is_world(text: &str) -> bool {
    matches!(text, "0.0.0.0/0" | "::/0" | "*" | "Internet" | "internet" | "any" | "0.0.0.0" | "<nw>/0")
}

/// Whether a list of networks, or one, is the whole world.
fn world(node: Option<&Node>) -> Tri {
    let Some(node) = node else { return Tri::No };
    match &node.value {
        Value::List(items) => Tri::any(items.iter().map(|item| world(Some(item)))),
        _ => match (node.as_str(), expression(node)) {
            (Some(text), _) => is_world(text).into(),
            (None, Some(_)) => Tri::Unknown,
            (None, None) => Tri::No,
        },
    }
}

fn ports(node: &Node) -> Ports {
    let get = |key: &str| node.get(key);
    let protocol = get("protocol")
        .or_else(|| get("ip_protocol"))
        .and_then(|node| node.as_str().map(str::to_owned).or_else(|| number(node).map(|n| n.to_string())));
    if protocol.as_deref().is_some_and(|protocol| matches!(protocol, "-1" | "all" | "ALL")) {
        return Ports::All;
    }
    let known = |key: &str| get(key).and_then(number);
    match (known("from_port"), known("to_port")) {
        (Some(0), Some(65535 | 0)) => Ports::All,
        (Some(80 | 443), Some(80 | 443)) => Ports::Web,
        (Some(_), Some(_)) => Ports::Some,
        _ if get("from_port").is_some() => Ports::Unknown,
        _ => Ports::All,
    }
}

fn rule<'n>(node: &'n Node, at: &'n Origin) -> Rule<'n> {
    let keys = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
    let groups = ["security_groups", "source_security_group_id", "referenced_security_group_id"];
    let by_group = groups.iter().any(|key| is_set(node.get(key))) || is_true(node.get("self"));
    let world = Tri::any(keys.iter().map(|key| world(node.get(key))));
    let named = by_group
        || keys.iter().any(|key| is_set(node.get(key)))
        || is_set(node.get("prefix_list_ids"))
        || is_set(node.get("prefix_list_id"));
    Rule { node, at, world, names_peer: named && !world.is_yes(), by_group, ports: ports(node) }
}

/// Whether a rule of a network ACL takes something away: it refuses, or admits less than the world. What admits all is AWS's default.
fn keeps_out(rule: &Node, action: &str) -> bool {
    match rule.get(action).and_then(Node::as_str) {
        Some(action) if action.eq_ignore_ascii_case("deny") => true,
        Some(action) if action.eq_ignore_ascii_case("allow") => {
            let cidrs = ["cidr_block", "ipv6_cidr_block"];
            is_set(cidrs.iter().find_map(|key| rule.get(key))) && cidrs.iter().all(|key| world(rule.get(key)).is_no())
        }
        _ => false,
    }
}

/// ICMP has no ports that serve anything.
fn is_icmp(node: &Node) -> bool {
    let protocol = node.get("protocol").or_else(|| node.get("ip_protocol")).and_then(Node::as_str);
    protocol.is_some_and(|protocol| protocol.starts_with("icmp") || matches!(protocol, "1" | "58"))
}

/// What a single resource exposes.
pub(super) fn judge(observer: &mut Observer<'_>, plan: &Plan<'_>, resource: &Resource<'_>) {
    let get = |path: &[&str]| resource.get(path);
    match resource.kind {
        "aws_db_instance"
        | "aws_rds_cluster_instance"
        | "aws_redshift_cluster"
        | "aws_mq_broker"
        | "aws_dms_replication_instance"
        | "aws_docdb_cluster_instance" => match get(&["publicly_accessible"]) {
            Some(node) if is_true(Some(node)) => resource.note(observer, Fact::DatastoreExposed, &node.origin, "publicly accessible"),
            Some(node) if node.as_bool() == Some(false) => {
                resource.note(observer, Fact::NotExposed, &node.origin, "not publicly accessible")
            }
            Some(_) => {}
            None if resource.kind != "aws_redshift_cluster" => {
                resource.note(observer, Fact::NotExposed, resource.at(), "not publicly accessible by default");
            }
            None => {}
        },
        "aws_network_acl" | "aws_default_network_acl" if plan.without_cluster => {
            if let Some(rule) = resource.blocks("ingress").find(|rule| keeps_out(rule, "action")) {
                resource.note(observer, Fact::Segmented, &rule.origin, "a network ACL says who may come in");
            }
        }
        "aws_network_acl_rule" if plan.without_cluster && !is_true(get(&["egress"])) && keeps_out(resource.body, "rule_action") => {
            resource.note(observer, Fact::Segmented, resource.at(), "a network ACL says who may come in");
        }
        "google_sql_database_instance" => {
            let networks =
                get(&["settings", "ip_configuration"]).into_iter().flat_map(|node| node.blocks("authorized_networks")).collect::<Vec<_>>();
            let listed = get(&["settings"])
                .into_iter()
                .flat_map(|node| node.blocks("ip_configuration"))
                .flat_map(|node| node.blocks("authorized_networks"));
            let open = networks.into_iter().chain(listed).find(|network| world(network.get("value")).is_yes());
            match (open, get(&["settings", "ip_configuration", "ipv4_enabled"])) {
                (Some(network), _) => resource.note(observer, Fact::DatastoreExposed, &network.origin, "open to the whole world"),
                (None, Some(node)) if node.as_bool() == Some(false) => {
                    resource.note(observer, Fact::NotExposed, &node.origin, "no public address")
                }
                _ => {}
            }
        }
        "google_compute_firewall" => firewall(observer, plan, resource),
        "azurerm_network_security_rule" => azure_rule(observer, resource, resource.body),
        "azurerm_network_security_group" => {
            for rule in resource.blocks("security_rule") {
                azure_rule(observer, resource, rule);
            }
        }
        "azurerm_mssql_firewall_rule"
        | "azurerm_postgresql_firewall_rule"
        | "azurerm_postgresql_flexible_server_firewall_rule"
        | "azurerm_mysql_flexible_server_firewall_rule"
        | "azurerm_mysql_firewall_rule" => {
            let whole =
                resource.text(&["start_ip_address"]) == Some("0.0.0.0") && resource.text(&["end_ip_address"]) == Some("255.255.255.255");
            if whole {
                resource.note(observer, Fact::DatastoreExposed, resource.at(), "open to the whole world");
            }
        }
        "azurerm_mssql_server"
        | "azurerm_postgresql_server"
        | "azurerm_postgresql_flexible_server"
        | "azurerm_mysql_flexible_server"
        | "azurerm_redis_cache"
        | "azurerm_cosmosdb_account" => {
            if let Some(node) = get(&["public_network_access_enabled"]) {
                match node.as_bool() {
                    Some(true) => resource.note(observer, Fact::DatastoreExposed, &node.origin, "public network access is on"),
                    Some(false) => resource.note(observer, Fact::NotExposed, &node.origin, "public network access is off"),
                    None => {}
                }
            }
        }
        "aws_s3_bucket_public_access_block" => {
            let keys = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
            match keys.iter().find(|key| get(&[key]).and_then(Node::as_bool) == Some(false)) {
                Some(key) => resource.note(observer, Fact::PortExposed, resource.at(), format!("`{key}` is off")),
                None => resource.note(observer, Fact::NotExposed, resource.at(), "public access is blocked"),
            }
        }
        "aws_s3_bucket_acl" | "aws_s3_bucket" => {
            if let Some(node) = get(&["acl"]).filter(|node| matches!(node.as_str(), Some("public-read" | "public-read-write"))) {
                resource.note(observer, Fact::PortExposed, &node.origin, "the bucket is public");
            }
        }
        _ if resource.is_module => {
            for key in ["publicly_accessible"] {
                match get(&[key]).map(|node| (node, node.as_bool())) {
                    Some((node, Some(true))) => resource.note(observer, Fact::DatastoreExposed, &node.origin, "publicly accessible"),
                    Some((node, Some(false))) => resource.note(observer, Fact::NotExposed, &node.origin, "not publicly accessible"),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn firewall(observer: &mut Observer<'_>, plan: &Plan<'_>, resource: &Resource<'_>) {
    let inbound = resource.text(&["direction"]).is_none_or(|direction| direction.eq_ignore_ascii_case("ingress"));
    let allows: Vec<&Node> = resource.blocks("allow").collect();
    if !inbound || allows.is_empty() || is_true(resource.get(&["disabled"])) {
        return;
    }
    let sources = resource.get(&["source_ranges"]);
    let by_tag = ["source_tags", "source_service_accounts"].iter().any(|key| is_set(resource.get(&[key])));
    let web = |allow: &&Node| {
        let listed = allow.get("ports").map_or(&[][..], Node::items);
        !listed.is_empty()
            && listed.iter().all(|port| matches!(port.as_str(), Some("80" | "443")) || matches!(number(port), Some(80 | 443)))
    };
    let icmp = |allow: &&Node| allow.get("protocol").and_then(Node::as_str).is_some_and(|protocol| protocol.starts_with("icmp"));
    if world(sources).is_yes() || (sources.is_none() && !by_tag) {
        if let Some(allow) = allows.iter().find(|allow| !web(allow) && !icmp(allow)) {
            resource.note(observer, Fact::PortExposed, &allow.origin, "open to the whole world on ports beyond 80 and 443");
        } else {
            resource.note(observer, Fact::NotExposed, resource.at(), "open to the world on 80 and 443 only");
        }
    } else if plan.without_cluster {
        resource.note(observer, Fact::Segmented, resource.at(), "a firewall rule names who may come in");
        resource.note(observer, Fact::IngressDenied, resource.at(), "the network denies ingress that no rule allows");
    }
}

fn azure_rule(observer: &mut Observer<'_>, resource: &Resource<'_>, rule: &Node) {
    let text = |key: &str| rule.get(key).and_then(Node::as_str);
    let inbound = text("direction").is_some_and(|text| text.eq_ignore_ascii_case("inbound"));
    let allowed = text("access").is_some_and(|text| text.eq_ignore_ascii_case("allow"));
    if !inbound || !allowed {
        return;
    }
    let from = world(rule.get("source_address_prefix")).or(world(rule.get("source_address_prefixes")));
    let one = |node: &Node| matches!(node.as_str(), Some("80" | "443")) || matches!(number(node), Some(80 | 443));
    let listed = rule.get("destination_port_ranges").map_or(&[][..], Node::items);
    let web = rule.get("destination_port_range").is_some_and(one) || (!listed.is_empty() && listed.iter().all(one));
    let name = text("name").unwrap_or(resource.name);
    if from.is_yes() && !web {
        resource.note_part(observer, Fact::PortExposed, name, &rule.origin, "open to the whole world on ports beyond 80 and 443");
    } else if from.is_no() {
        resource.note_part(observer, Fact::Segmented, name, &rule.origin, "a security rule names who may come in");
    }
}

/// Security groups with all their rules, inline and apart.
pub(super) fn groups(observer: &mut Observer<'_>, plan: &Plan<'_>) {
    for group in plan.of_kind("aws_security_group").chain(plan.of_kind("aws_default_security_group")) {
        let (mut ingress, mut egress): (Vec<Rule<'_>>, Vec<Rule<'_>>) = (Vec::new(), Vec::new());
        for (key, list) in [("ingress", &mut ingress), ("egress", &mut egress)] {
            list.extend(group.blocks(key).map(|node| rule(node, &node.origin)));
            // `dynamic "ingress"`: nobody knows how many
            for dynamic in group.blocks("dynamic") {
                for body in dynamic.blocks(key).flat_map(|node| node.blocks("content")) {
                    list.push(rule(body, &body.origin));
                }
            }
        }
        for other in &plan.resources {
            let (own, inbound) = match other.kind {
                "aws_security_group_rule" => (other.get(&["security_group_id"]), other.text(&["type"]) == Some("ingress")),
                "aws_vpc_security_group_ingress_rule" => (other.get(&["security_group_id"]), true),
                "aws_vpc_security_group_egress_rule" => (other.get(&["security_group_id"]), false),
                _ => continue,
            };
            if super::refers(own, group.kind, group.name) {
                let list = if inbound { &mut ingress } else { &mut egress };
                list.push(rule(other.body, other.at()));
            }
        }
        judge_group(observer, plan, group, &ingress, &egress);
    }
    // rules of groups that are declared elsewhere
    for other in &plan.resources {
        let inbound = match other.kind {
            "aws_security_group_rule" => other.text(&["type"]) == Some("ingress"),
            "aws_vpc_security_group_ingress_rule" => true,
            _ => continue,
        };
        let known =
            plan.of_kind("aws_security_group").any(|group| super::refers(other.get(&["security_group_id"]), group.kind, group.name));
        if inbound && !known {
            let found = rule(other.body, other.at());
            if let Some(at) = exposed(&found) {
                other.note(observer, Fact::PortExposed, at, "open to the whole world on ports beyond 80 and 443");
            }
        }
    }
    for module in plan.resources.iter().filter(|resource| resource.is_module && resource.kind.contains("security-group")) {
        let open = world(module.get(&["ingress_cidr_blocks"])).is_yes();
        let rules: Vec<&str> = texts(module.get(&["ingress_rules"])).collect();
        if open && rules.iter().any(|rule| !rule.starts_with("http")) {
            module.note(observer, Fact::PortExposed, module.at(), "open to the whole world on ports beyond 80 and 443");
        }
    }
}

/// The place of a rule that lets the whole world in where it should not.
fn exposed<'n>(rule: &Rule<'n>) -> Option<&'n Origin> {
    (rule.world.is_yes() && matches!(rule.ports, Ports::Some | Ports::All) && !is_icmp(rule.node)).then_some(rule.at)
}

fn judge_group(observer: &mut Observer<'_>, plan: &Plan<'_>, group: &Resource<'_>, ingress: &[Rule<'_>], egress: &[Rule<'_>]) {
    let open = ingress.iter().find_map(exposed);
    match open {
        Some(at) => group.note(observer, Fact::PortExposed, at, "open to the whole world on ports beyond 80 and 443"),
        None if ingress.iter().any(|rule| rule.world.is_unknown()) => {}
        None => group.note(observer, Fact::NotExposed, group.at(), "not open to the world beyond 80 and 443"),
    }
    // where a cluster runs, its policies are what isolates workloads
    if !plan.without_cluster {
        return;
    }
    if let Some(rule) = ingress.iter().find(|rule| rule.names_peer) {
        let detail = if rule.by_group { "it admits other groups only" } else { "it names who may come in" };
        group.note(observer, Fact::Segmented, rule.at, detail);
    }
    if ingress.iter().any(|rule| rule.world.is_unknown()) {
        group.note(observer, Fact::NetworkUnseen, group.at(), "an expression decides who may come in");
        return;
    }
    match open {
        Some(at) => {
            group.note(observer, Fact::IngressOpen, at, "the whole world may come in");
            return;
        }
        None => group.note(observer, Fact::IngressDenied, group.at(), "what no rule admits is denied"),
    }
    let loose = egress.iter().find(|rule| rule.world.is_yes() && matches!(rule.ports, Ports::All));
    match loose {
        Some(rule) => group.note(observer, Fact::EgressOpen, rule.at, "everything may go out"),
        None if egress.iter().any(|rule| rule.world.is_unknown() && rule.ports == Ports::All) => {}
        None => group.note(observer, Fact::BothDenied, group.at(), "what may come in and go out is named"),
    }
}
