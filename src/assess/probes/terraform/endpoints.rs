//! Listeners, gateways and functions that are called from outside: TLS and who is let in.

use super::{Fact, Node, Observer, Plan, Resource, is_set, is_true, number, refers};

/// Types of actions that authenticate callers of a load balancer.
const AUTHENTICATES: [&str; 3] = ["authenticate-oidc", "authenticate-cognito", "jwt-validation"];

pub(super) fn judge(observer: &mut Observer<'_>, plan: &Plan<'_>, resource: &Resource<'_>) {
    let note = |observer: &mut Observer<'_>, fact: Fact, detail: &str| resource.note(observer, fact, resource.at(), detail);
    match resource.kind {
        "aws_lb_listener" | "aws_alb_listener" => listener(observer, plan, resource),
        "aws_apigatewayv2_api" => {
            note(observer, Fact::EndpointTls, "API Gateway serves HTTPS alone");
            let routes: Vec<&Resource<'_>> = plan
                .of_kind("aws_apigatewayv2_route")
                .filter(|route| refers(route.get(&["api_id"]), resource.kind, resource.name))
                .collect();
            let open = routes.iter().find(|route| {
                matches!(route.text(&["authorization_type"]), None | Some("NONE"))
                    && route.get(&["authorization_type"]).is_none_or(|node| node.as_str().is_some())
            });
            match open {
                Some(route) => route.note(observer, Fact::EndpointAuthUnseen, route.at(), "the route has no authorizer"),
                None if !routes.is_empty() => note(observer, Fact::EndpointAuthenticated, "every route has an authorizer"),
                None => {}
            }
        }
        "aws_apigatewayv2_authorizer" => authorizer(observer, resource),
        "aws_api_gateway_rest_api" => note(observer, Fact::EndpointTls, "API Gateway serves HTTPS alone"),
        "aws_api_gateway_method" => {
            let is_preflight = resource.text(&["http_method"]) == Some("OPTIONS");
            match (resource.text(&["authorization"]), is_true(resource.get(&["api_key_required"]))) {
                _ if is_preflight => {}
                (Some("NONE"), false) => note(observer, Fact::EndpointAuthUnseen, "the method has no authorizer"),
                (Some(_), _) | (None, true) => note(observer, Fact::EndpointAuthenticated, "the method has an authorizer"),
                (None, false) => {}
            }
        }
        "aws_lambda_function_url" => {
            note(observer, Fact::EndpointTls, "function URLs serve HTTPS alone");
            match resource.text(&["authorization_type"]) {
                Some("AWS_IAM") => note(observer, Fact::EndpointAuthenticated, "callers need IAM"),
                Some("NONE") => note(observer, Fact::EndpointAuthUnseen, "anyone may call the function"),
                _ => {}
            }
        }
        "aws_appsync_graphql_api" => {
            note(observer, Fact::EndpointTls, "AppSync serves HTTPS alone");
            match resource.text(&["authentication_type"]) {
                Some("API_KEY") | None => {}
                Some(_) => note(observer, Fact::EndpointAuthenticated, "callers are authenticated"),
            }
        }
        "aws_cloudfront_distribution" => {
            let policies = resource.blocks("default_cache_behavior").chain(resource.blocks("ordered_cache_behavior"));
            for behavior in policies {
                if let Some(node) = behavior.get("viewer_protocol_policy") {
                    match node.as_str() {
                        Some("redirect-to-https" | "https-only") => {
                            resource.note(observer, Fact::EndpointTls, &node.origin, "viewers use HTTPS")
                        }
                        Some("allow-all") => resource.note(observer, Fact::EndpointPlain, &node.origin, "viewers may use plain HTTP"),
                        _ => {}
                    }
                }
            }
        }
        "google_compute_target_https_proxy" | "google_compute_region_target_https_proxy" => {
            note(observer, Fact::EndpointTls, "an HTTPS proxy")
        }
        "google_compute_target_http_proxy" | "google_compute_region_target_http_proxy" => {
            let redirects = plan
                .resources
                .iter()
                .any(|map| map.kind.ends_with("compute_url_map") && is_true(map.get(&["default_url_redirect", "https_redirect"])));
            if !redirects {
                note(observer, Fact::EndpointPlain, "an HTTP proxy without a redirect");
            }
        }
        "google_iap_web_backend_service_iam_member" | "google_iap_web_iam_member" | "google_iap_client" => {
            note(observer, Fact::EndpointAuthenticated, "the identity-aware proxy admits named callers");
        }
        "google_cloud_run_service_iam_member" | "google_cloud_run_v2_service_iam_member" | "google_cloudfunctions_function_iam_member" => {
            match resource.text(&["member"]) {
                Some("allUsers") => {
                    let at = resource.get(&["member"]).map_or(resource.at(), |node| &node.origin);
                    resource.note(observer, Fact::EndpointAuthUnseen, at, "anyone may call it");
                }
                Some("allAuthenticatedUsers") | None => {}
                Some(_) => note(observer, Fact::EndpointAuthenticated, "named callers may call it"),
            }
        }
        "google_cloud_run_service" | "google_cloud_run_v2_service" => note(observer, Fact::EndpointTls, "Cloud Run serves HTTPS alone"),
        "azurerm_application_gateway" => {
            for listener in resource.blocks("http_listener") {
                let part = listener.get("name").and_then(Node::as_str).unwrap_or("listener");
                let redirects = resource.blocks("redirect_configuration").next().is_some();
                match listener.get("protocol").and_then(Node::as_str) {
                    Some("Https") => resource.note_part(observer, Fact::EndpointTls, part, &listener.origin, "an HTTPS listener"),
                    Some("Http") if !redirects => {
                        resource.note_part(observer, Fact::EndpointPlain, part, &listener.origin, "an HTTP listener")
                    }
                    _ => {}
                }
            }
        }
        "azurerm_linux_web_app" | "azurerm_windows_web_app" | "azurerm_app_service" | "azurerm_linux_function_app" => {
            match resource.get(&["https_only"]).map(|node| (node, node.as_bool())) {
                Some((node, Some(true))) => resource.note(observer, Fact::EndpointTls, &node.origin, "`https_only` is on"),
                Some((node, Some(false))) => resource.note(observer, Fact::EndpointPlain, &node.origin, "`https_only` is off"),
                Some(_) => {}
                None => note(observer, Fact::EndpointPlain, "`https_only` is off by default"),
            }
            directories(observer, resource);
            let on = is_true(resource.get(&["auth_settings", "enabled"])) || is_true(resource.get(&["auth_settings_v2", "auth_enabled"]));
            note(
                observer,
                if on { Fact::EndpointAuthenticated } else { Fact::EndpointAuthUnseen },
                if on { "the platform authenticates callers" } else { "the platform authenticates nobody" },
            );
        }
        "aws_cognito_user_pool_client" | "auth0_resource_server" | "okta_app_oauth" => {}
        _ => {}
    }
}

fn listener(observer: &mut Observer<'_>, plan: &Plan<'_>, resource: &Resource<'_>) {
    let balancer = plan
        .referred(resource.get(&["load_balancer_arn"]), "aws_lb")
        .or_else(|| plan.referred(resource.get(&["load_balancer_arn"]), "aws_alb"));
    if balancer.is_some_and(|balancer| is_true(balancer.get(&["internal"]))) {
        return;
    }
    let actions: Vec<&Node> = resource.blocks("default_action").collect();
    let kinds = || actions.iter().filter_map(|action| action.get("type")?.as_str());
    let redirects = actions.iter().any(|action| {
        action
            .blocks("redirect")
            .any(|redirect| redirect.get("protocol").and_then(Node::as_str).is_none_or(|text| text == "HTTPS" || text == "#{protocol}"))
    });
    let protocol = resource.text(&["protocol"]);
    let port = resource.get(&["port"]).and_then(number);
    match protocol {
        Some("HTTPS" | "TLS") => resource.note(observer, Fact::EndpointTls, resource.at(), "an HTTPS listener"),
        Some("HTTP") if redirects => return,
        Some("HTTP") => resource.note(observer, Fact::EndpointPlain, resource.at(), "an HTTP listener without a redirect"),
        None if port == Some(80) && !redirects => {
            resource.note(observer, Fact::EndpointPlain, resource.at(), "an HTTP listener without a redirect")
        }
        None if is_set(resource.get(&["certificate_arn"])) => {
            resource.note(observer, Fact::EndpointTls, resource.at(), "a listener with a certificate")
        }
        _ => resource.note(observer, Fact::EndpointTlsUnseen, resource.at(), "a listener of another protocol"),
    }
    let rules = || plan.of_kind("aws_lb_listener_rule").filter(|rule| refers(rule.get(&["listener_arn"]), resource.kind, resource.name));
    let by_rule = rules().any(|rule| {
        rule.blocks("action").any(|action| action.get("type").and_then(Node::as_str).is_some_and(|kind| AUTHENTICATES.contains(&kind)))
    });
    if kinds().any(|kind| AUTHENTICATES.contains(&kind)) || by_rule {
        resource.note(observer, Fact::EndpointAuthenticated, resource.at(), "the load balancer authenticates callers");
        let oidc = actions
            .iter()
            .flat_map(|action| action.blocks("authenticate_oidc"))
            .any(|oidc| is_set(oidc.get("issuer")) && is_set(oidc.get("client_id")));
        if oidc {
            resource.note(observer, Fact::JwtIssuerAudience, resource.at(), "issuer and client are named");
        }
    } else if kinds().any(|kind| kind == "forward") {
        resource.note(observer, Fact::EndpointAuthUnseen, resource.at(), "the load balancer authenticates nobody");
    }
}

/// Providers of logins of an Azure web app. Where no audience is listed, the client's own id is the audience
/// (<https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad>).
fn directories(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    if resource.get(&["auth_settings_v2", "auth_enabled"]).is_some_and(|node| node.as_bool() == Some(false)) {
        return;
    }
    for settings in resource.blocks("auth_settings_v2") {
        for (key, issuer) in [("active_directory_v2", "tenant_auth_endpoint"), ("custom_oidc_v2", "openid_configuration_endpoint")] {
            for directory in settings.blocks(key) {
                if is_set(directory.get(issuer)) && is_set(directory.get("client_id")) {
                    resource.note(observer, Fact::JwtIssuerAudience, &directory.origin, "issuer and audience are named");
                }
            }
        }
    }
}

fn authorizer(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    if resource.text(&["authorizer_type"]) != Some("JWT") {
        return;
    }
    let config = |key: &str| resource.get(&["jwt_configuration", key]);
    match (is_set(config("issuer")), is_set(config("audience"))) {
        (true, true) => resource.note(observer, Fact::JwtIssuerAudience, resource.at(), "issuer and audience are named"),
        _ => resource.note(observer, Fact::JwtNoAudience, resource.at(), "tokens of any audience are taken"),
    }
}
