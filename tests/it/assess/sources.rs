//! What programs say about their callers and connections.

use ztctl::assess::status::{Kind, Status};
use ztctl::assess::{Assessment, Settings};

use super::assessed;

fn of(files: &[(&str, &str)]) -> Assessment {
    assessed(files, &Settings::default())
}

fn status(assessment: &Assessment, id: &str) -> Status {
    assessment.verdict(id).expect("a criterion").status
}

const INGRESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: shop}\nspec:\n  tls: [{hosts: [shop.example], secretName: tls}]\n  rules: [{host: shop.example}]\n";
const APP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, namespace: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec:\n      serviceAccountName: shop\n      containers: [{name: shop, image: shop, ports: [{containerPort: 8080}]}]\n";

fn shows(assessment: &Assessment, criterion: &str, path: &str, line: u32) {
    let verdict = assessment.verdict(criterion).expect("a criterion");
    let mut spots = verdict.evidence.iter().flat_map(|one| one.observation.places().flatten());
    assert!(spots.any(|spot| spot.path == path && spot.line == line), "{criterion}: {:?}", verdict.evidence);
}

/// A program behind an Ingress.
fn behind(path: &str, text: &str) -> Assessment {
    of(&[("k8s/ingress.yaml", INGRESS), ("k8s/app.yaml", APP), (path, text)])
}

#[test]
fn programs_that_demand_a_login_and_check_roles_count() {
    let cases = [
        (
            "src/main/java/Config.java",
            "class Config {\n  void chain(HttpSecurity http) {\n    http.authorizeHttpRequests(a -> a.requestMatchers(\"/admin\").hasRole(\"ADMIN\").anyRequest().authenticated());\n  }\n}\n",
            3,
        ),
        ("shop/views.py", "@permission_required(\"shop.view_order\")\ndef orders(request):\n    pass\n", 1),
        ("src/app.ts", "const user = await jwtVerify(token, keys);\nif (!user.roles.includes(\"admin\")) throw new Forbidden();\n", 2),
        ("src/Program.cs", "app.UseAuthentication();\napp.MapGet(\"/\", Get).RequireAuthorization(\"orders\");\n", 2),
        ("app/controllers/base.rb", "class Base\n  before_action :authenticate_user!\n  include Pundit::Authorization\nend\n", 3),
    ];
    for (path, text, line) in cases {
        let found = behind(path, text);
        assert_eq!(status(&found, "L1.AUT.1"), Status::Met, "{path}");
        assert_eq!(status(&found, "L1.AUZ.1"), Status::Met, "{path}");
        shows(&found, "L1.AUZ.1", path, line);
        // in comments, in tests, on a developer's machine
        let comment: String = text.lines().map(|line| format!("# {line}\n")).collect();
        assert_ne!(status(&behind(path, &comment), "L1.AUZ.1"), Status::Met, "{path}");
        assert_ne!(status(&behind(&format!("tests/{path}"), text), "L1.AUZ.1"), Status::Met, "{path}");
    }
    // nothing leads to it
    let hidden = of(&[("k8s/app.yaml", APP), ("shop/views.py", "@login_required\ndef orders(request):\n    pass\n")]);
    assert_eq!(status(&hidden, "L1.AUT.1"), Status::NotApplicable);
}

#[test]
fn tokens_need_issuer_and_audience_in_programs_too() {
    let net = "builder.Services.AddAuthentication().AddJwtBearer(o => {\n  o.Authority = \"https://login.example\";\n  o.Audience = \"shop\";\n});\n";
    let found = behind("src/Program.cs", net);
    assert_eq!(status(&found, "L3.AUT.1"), Status::Met);
    let off = net.replace("});", "  o.TokenValidationParameters = new() { ValidateAudience = false };\n});");
    let found = behind("src/Program.cs", &off);
    assert_eq!(status(&found, "L3.AUT.1"), Status::NotMet);
    shows(&found, "L3.AUT.1", "src/Program.cs", 4);
    let spring = "spring:\n  security:\n    oauth2:\n      resourceserver:\n        jwt:\n          issuer-uri: https://login.example\n          audiences: shop\n";
    assert_eq!(status(&behind("src/main/resources/application.yml", spring), "L3.AUT.1"), Status::Met);
    let go = "package main\nfunc check(t string) {\n\tjwt.Parse(t, keys, jwt.WithAudience(\"shop\"), jwt.WithIssuer(\"https://login.example\"))\n}\n";
    assert_eq!(status(&behind("main.go", go), "L3.AUT.1"), Status::Met);
    assert_ne!(status(&behind("main.go", &go.replace("jwt.WithIssuer", "jwt.WithLeeway")), "L3.AUT.1"), Status::Met);
}

#[test]
fn settings_of_stores_say_whether_connections_are_encrypted() {
    let django = |mode: &str| format!("DATABASES = {{\"default\": {{\"OPTIONS\": {{\"sslmode\": \"{mode}\"}}}}}}\n");
    assert_eq!(status(&behind("shop/settings.py", &django("verify-full")), "L2.ENC.1"), Status::Met);
    assert_eq!(status(&behind("shop/settings.py", &django("disable")), "L2.ENC.1"), Status::NotMet);
    assert_ne!(status(&behind("shop/settings_dev.py", &django("disable")), "L2.ENC.1"), Status::NotMet);
    let rails = "development:\n  sslmode: disable\nproduction:\n  sslmode: verify-full\n";
    let found = behind("config/database.yml", rails);
    assert_eq!(status(&found, "L2.ENC.1"), Status::Met);
    shows(&found, "L2.ENC.1", "config/database.yml", 4);
    let net = |rest: &str| format!("{{\n  \"Shop\": \"Server=sql.shop.example;Database=shop;{rest}\"\n}}\n");
    assert_eq!(status(&behind("src/appsettings.json", &net("Encrypt=True")), "L2.ENC.1"), Status::Met);
    let found = behind("src/appsettings.json", &net("Encrypt=True;TrustServerCertificate=True"));
    assert_eq!(status(&found, "L2.ENC.1"), Status::NotMet);
    shows(&found, "L2.ENC.1", "src/appsettings.json", 2);
    assert_ne!(status(&behind("src/appsettings.Development.json", &net("Encrypt=False")), "L2.ENC.1"), Status::NotMet);
}

#[test]
fn applications_of_rails_are_services_and_policies_of_cedar_a_bundle() {
    let rails = of(&[
        ("Gemfile", "gem \"rails\"\n"),
        ("config/application.rb", "module Shop\n  class Application < Rails::Application\n  end\nend\n"),
        ("config/database.yml", "production:\n  password: <%= ENV[\"SHOP_DATABASE_PASSWORD\"] %>\n"),
    ]);
    assert_eq!(rails.kind, Kind::Service);
    assert_eq!(status(&rails, "L2.SEC.1"), Status::NotMet);
    shows(&rails, "L2.SEC.1", "config/database.yml", 2);
    let cedar = of(&[("policies/shop.cedar", "permit (principal == User::\"ada\", action, resource);\n"), ("README.md", "# policies\n")]);
    assert_eq!(cedar.kind, Kind::PolicyBundle);
    assert_eq!(status(&cedar, "L5.AUZ.1"), Status::Unknown);
    assert_eq!(status(&cedar, "L3.AUZ.1"), Status::Met);
}

#[test]
fn servers_of_linkerd_on_every_port_refuse_plain_traffic() {
    let mesh = |port: &str, annotation: &str| {
        let files = [
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {linkerd.io/inject: enabled}}\n".to_owned(),
            format!(
                "apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {{name: http, namespace: shop}}\nspec: {{podSelector: {{matchLabels: {{app: shop}}}}, port: {port}}}\n"
            ),
            "apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: http, namespace: shop}\nspec:\n  targetRef: {group: policy.linkerd.io, kind: Server, name: http}\n  requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: web}]\n".to_owned(),
            APP.replace("metadata: {labels: {app: shop}}", &format!("metadata: {{labels: {{app: shop}}{annotation}}}")),
        ];
        of(&[("mesh.yaml", &files.join("---\n"))])
    };
    assert_eq!(status(&mesh("8080", ""), "L5.ENC.1"), Status::Met);
    assert_eq!(status(&mesh("9090", ""), "L5.ENC.1"), Status::Unknown);
    let skipped = mesh("8080", ", annotations: {config.linkerd.io/skip-inbound-ports: \"8000-8100\"}");
    assert_eq!(status(&skipped, "L5.ENC.1"), Status::NotMet);
    assert_eq!(status(&skipped, "L5.AUZ.1"), Status::NotMet);
}
