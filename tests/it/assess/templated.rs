//! Charts that helm did not render: what a template decides is open, neither met nor missing.

use ztctl::assess::status::{Reason, Status};
use ztctl::assess::{Assessment, Settings};

use super::assessed;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
/// Nothing in sight evaluates this.
const UNKNOWN: &str = "lookup \"v1\" \"ConfigMap\" \"shop\" \"policy\"";

fn workload(account: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web, sidecar.istio.io/inject: \"true\"}}}}\n    spec:\n      serviceAccountName: {account}\n      containers: [{{name: web, image: web:1, ports: [{{containerPort: 8080}}]}}]\n"
    )
}

/// A chart with a workload and one more template; `UNKNOWN` stands for what cannot be evaluated.
fn with(template: &str, values: &str) -> Assessment {
    with_account(template, values, "web")
}

fn with_account(template: &str, values: &str, account: &str) -> Assessment {
    let template = template.replace("UNKNOWN", UNKNOWN);
    let files = [
        ("chart/Chart.yaml", CHART),
        ("chart/values.yaml", values),
        ("chart/templates/web.yaml", &workload(account).replace("UNKNOWN", UNKNOWN)),
        ("chart/templates/more.yaml", &template),
    ];
    assessed(&files, &Settings::default())
}

fn status(assessment: &Assessment, id: &str) -> Status {
    assessment.verdict(id).expect("a criterion").status
}

/// Holds that a criterion is open because of a template, and that nothing holds the level down for it.
fn open(assessment: &Assessment, ids: &[&str]) {
    for id in ids {
        let verdict = assessment.verdict(id).expect("a criterion");
        assert_eq!((verdict.status, verdict.reason), (Status::Unknown, Some(Reason::UnrenderedTemplate)), "{id}");
    }
    assert_eq!(assessment.overall.caps, []);
}

fn policy(rules: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: web, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  rules: {rules}\n"
    )
}

#[test]
fn policies_whose_rules_a_template_writes_are_open() {
    let ids = ["L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"];
    open(&with(&policy("{{ UNKNOWN }}"), ""), &ids);
    // what values say is known
    let named = "rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]}]\n";
    let known = with(&policy("{{ toYaml .Values.rules | nindent 4 }}"), named);
    assert_eq!(status(&known, "L4.AUZ.1"), Status::Met);
    assert_eq!(status(&known, "L3.AUZ.1"), Status::NotMet);
    // and so is what is written
    let address = with(&policy("[{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]"), "");
    assert_eq!(status(&address, "L4.AUZ.1"), Status::NotMet);
    // without any policy there is none
    let none = with("# nothing\n", "");
    assert_eq!((status(&none, "L3.AUZ.1"), status(&none, "L4.AUZ.1")), (Status::NotMet, Status::NotMet));
}

#[test]
fn what_a_condition_may_leave_out_counts_neither_way() {
    let deny = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny-all, namespace: shop}\nspec: {}\n";
    let network = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n";
    let all = format!("{deny}---\n{network}");
    let ids = ["L3.AUZ.1", "L2.NET.1", "L3.NET.1", "L4.NET.1"];
    let unknown = with(&format!("{{{{- if UNKNOWN }}}}\n{all}{{{{- end }}}}\n"), "");
    open(&unknown, &ids);
    let at = |values: &str| with(&format!("{{{{- if .Values.policies.enabled }}}}\n{all}{{{{- end }}}}\n"), values);
    for id in ids {
        assert_eq!(status(&at("policies: {enabled: true}\n"), id), Status::Met, "{id}");
        assert_eq!(status(&at("policies: {enabled: false}\n"), id), Status::NotMet, "{id}");
    }
    // a policy that admits everyone, if it is there
    let loose = with(&format!("{{{{- if UNKNOWN }}}}\n{}{{{{- end }}}}\n", policy("[{}]")), "");
    assert!(loose.overall.caps.is_empty());
    assert_eq!(status(&loose, "L5.AUZ.1"), Status::Unknown);
    let sure = with(&policy("[{}]"), "");
    assert_eq!(sure.overall.caps.iter().map(|cap| cap.disqualifier).collect::<Vec<_>>(), ["DQ.AUZ.2"]);
}

#[test]
fn roles_whose_rules_a_template_writes_are_open() {
    let bound = |rules: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: web, namespace: shop}}\nrules: {rules}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: web, namespace: shop}}\nroleRef: {{kind: Role, name: web, apiGroup: rbac.authorization.k8s.io}}\nsubjects: [{{kind: ServiceAccount, name: web, namespace: shop}}]\n"
        )
    };
    open(&with(&bound("{{ UNKNOWN }}"), ""), &["L2.AUZ.1"]);
    open(&with(&bound("[{apiGroups: [\"\"], resources: [pods], verbs: [\"{{ UNKNOWN }}\"]}]"), ""), &["L2.AUZ.1"]);
    assert_eq!(status(&with(&bound("[{apiGroups: [\"\"], resources: [pods], verbs: [get]}]"), ""), "L2.AUZ.1"), Status::Met);
    // one rule that is too much is enough, whatever else a template adds
    let wide = with(&bound("[{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}, \"{{ UNKNOWN }}\"]"), "");
    assert_eq!(status(&wide, "L2.AUZ.1"), Status::NotMet);
    // labels of the role say nothing of its rules
    let labelled = bound("[{apiGroups: [\"\"], resources: [pods], verbs: [get]}]").replace(
        "metadata: {name: web, namespace: shop}\nrules",
        "metadata:\n  name: web\n  namespace: shop\n  labels:\n    {{- UNKNOWN | nindent 4 }}\nrules",
    );
    assert_eq!(status(&with(&labelled, ""), "L2.AUZ.1"), Status::Met);
}

#[test]
fn accounts_and_exposure_that_a_template_decides_are_open() {
    open(&with_account("# nothing\n", "", "{{ UNKNOWN }}"), &["L2.AUT.1"]);
    assert_eq!(status(&with_account("# nothing\n", "", "{{ .Values.account }}"), "L2.AUT.1"), Status::Unknown, "no value says it");
    assert_eq!(status(&with_account("# nothing\n", "account: web\n", "{{ .Values.account }}"), "L2.AUT.1"), Status::Met);
    let store = |kind: &str| {
        format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    spec:\n      serviceAccountName: db\n      containers: [{{name: db, image: postgres:17, ports: [{{containerPort: 5432}}]}}]\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: db, namespace: shop}}\nspec: {{type: {kind}, selector: {{app: db}}, ports: [{{port: 5432}}]}}\n"
        )
    };
    let unknown = with(&store("{{ UNKNOWN }}"), "");
    let verdict = unknown.verdict("L1.NET.1").expect("a criterion");
    assert_eq!(verdict.subjects.unknown.keys().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["db"]);
    assert_eq!(status(&with(&store("{{ .Values.kind }}"), "kind: LoadBalancer\n"), "L1.NET.1"), Status::Partial);
    assert_eq!(status(&with(&store("{{ .Values.kind }}"), "kind: ClusterIP\n"), "L1.NET.1"), Status::Met);
}

#[test]
fn verification_and_logs_that_a_template_decides_are_open() {
    let constraint = |action: &str| {
        format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels\nmetadata: {{name: owner}}\nspec: {{enforcementAction: {action}}}\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  destination: {{namespace: shop}}\n  syncPolicy: {{automated: {{selfHeal: true}}}}\n"
        )
    };
    open(&with(&constraint("{{ UNKNOWN }}"), ""), &["L5.AUZ.3"]);
    assert_eq!(status(&with(&constraint("{{ .Values.action }}"), "action: deny\n"), "L5.AUZ.3"), Status::Met);
    assert_eq!(status(&with(&constraint("{{ .Values.action }}"), "action: dryrun\n"), "L5.AUZ.3"), Status::Partial);
    let telemetry = |logging: &str| {
        format!(
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {{name: logs, namespace: shop}}\nspec:\n  accessLogging: {logging}\n"
        )
    };
    open(&with(&telemetry("{{ UNKNOWN }}"), ""), &["L1.AUD.1", "L3.AUD.1", "L4.AUD.1"]);
    let console = with(&telemetry("{{ toYaml .Values.logs | nindent 4 }}"), "logs: [{providers: [{name: envoy}]}]\n");
    assert_eq!((status(&console, "L1.AUD.1"), status(&console, "L3.AUD.1")), (Status::Met, Status::NotMet));
}

#[test]
fn actions_on_lines_of_their_own_are_the_values_of_their_keys() {
    let pod = |more: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: api, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: api}}}}\n  template:\n    metadata: {{labels: {{app: api}}}}\n    spec:\n      containers:\n        - name: api\n          image: api:1\n{more}"
        )
    };
    let of = |more: &str, values: &str| with(&pod(more), values);
    let accounts = |assessment: &Assessment| {
        let verdict = assessment.verdict("L2.AUT.1").expect("a criterion");
        (verdict.subjects.failing.len(), verdict.subjects.unknown.len())
    };
    // what is said of resources, or not at all, names no account
    let resources = "          resources:\n{{ toYaml .Values.resources | indent 12 }}\n";
    let affinity = "    {{- with .Values.affinity }}\n      affinity:\n{{ toYaml . | indent 8 }}\n    {{- end }}\n{{ toYaml .Values.more | indent 6 }}\n";
    assert_eq!(accounts(&of(&format!("{resources}{affinity}"), "resources: {limits: {cpu: 1}}\naffinity: {}\nmore: {}\n")), (1, 0));
    // what cannot be evaluated, and stands beside the account's key, may name one
    assert_eq!(accounts(&of("{{ UNKNOWN | indent 6 }}\n", "")), (0, 1));
    // variables that values hold
    let env = "          env:\n{{ toYaml .Values.env | indent 12 }}\n";
    let values = "env:\n  - name: DB_PASSWORD\n    valueFrom: {secretKeyRef: {name: db, key: password}}\n";
    let found = of(env, values);
    assert!(found.credentials.iter().any(|one| one.subject.part == "DB_PASSWORD"), "{:?}", found.credentials);
}

#[test]
fn of_the_branches_of_a_condition_the_one_that_is_taken_counts() {
    let account = "{{- if .Values.account.create }}\n      serviceAccountName: {{ .Values.account.name }}\n      {{- else }}\n      serviceAccountName: default\n      {{- end }}";
    let pod = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: api, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: api}}}}\n  template:\n    metadata: {{labels: {{app: api}}}}\n    spec:\n      {account}\n      containers: [{{name: api, image: api:1}}]\n"
    );
    let of = |create: &str| {
        let text = pod.replace(".Values.account.create", create);
        let found = with(&text, "account: {create: true, none: false, name: api}\n");
        let verdict = found.verdict("L2.AUT.1").expect("a criterion").subjects.clone();
        (verdict.met.len(), verdict.failing.len(), verdict.unknown.len())
    };
    // `web` has an account of its own
    assert_eq!(of(".Values.account.create"), (2, 0, 0));
    assert_eq!(of(".Values.account.none"), (1, 1, 0));
    assert_eq!(of("UNKNOWN"), (1, 0, 1));
}
