use crate::lint::rules::prelude::*;
use crate::model::k8s::rbac::{RoleRule, rules};
use crate::model::tri::Tri;

declare_rule! {
    RbacEscalation {
        id: "rbac-escalation",
        group: "rbac",
        summary: "a role that can be turned into more than it grants",
        why: "Some rights are ways to others: `bind` and `escalate` on roles, `impersonate`, `exec` into and `attach` to pods, the kubelet's \
              API (`nodes/proxy`, for which `get` is enough), new tokens of service accounts, admission webhooks that may change any object, \
              approved client certificates. Who may create pods runs them as any service account of the namespace (a warning).\n\n\
              A rule that is limited to names (`resourceNames`) is not reported, unless it names `cluster-admin` or `system:masters`, or is \
              about `escalate`. A `*` among the resources is `rbac-wildcard`'s.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: support\n  namespace: shop\nrules:\n- apiGroups: [\"\"]\n  resources: [pods/exec]\n  verbs: [create]\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: support\n  namespace: shop\nrules:\n- apiGroups: [\"\"]\n  resources: [pods/log]\n  verbs: [get]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",
        peers: &["kube-linter access-to-create-pods", "checkov CKV_K8S_155", "checkov CKV_K8S_156", "checkov CKV_K8S_157", "checkov CKV_K8S_158", "kubescape C-0188", "kubescape C-0191", "kubescape C-0063", "trivy KSV-0047", "trivy KSV-0050", "trivy KSV-0054"],
    }
}

/// A right that leads to others.
struct Way {
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// What `*` stands for: the resources where the verbs are about nothing else, and the verbs where the resources are named.
    star: Star,
    /// Names that it is no better to be limited to; `*` stands for all.
    names: &'static [&'static str],
    what: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Star {
    Nothing,
    Resources,
    Verbs,
    Both,
}

const RBAC: &[&str] = &["rbac.authorization.k8s.io"];
const ROLES: &[&str] = &["roles", "clusterroles"];

const WAYS: &[Way] = &[
    Way {
        groups: RBAC,
        resources: ROLES,
        verbs: &["escalate"],
        star: Star::Both,
        names: &["*"],
        what: "write roles that grant more than their own",
    },
    Way {
        groups: RBAC,
        resources: ROLES,
        verbs: &["bind"],
        star: Star::Both,
        names: &["cluster-admin"],
        what: "bind roles that grant more than their own",
    },
    Way {
        groups: &["", "authentication.k8s.io"],
        resources: &["users", "groups", "serviceaccounts", "uids"],
        verbs: &["impersonate"],
        star: Star::Resources,
        names: &["system:masters", "system:admin", "kubernetes-admin"],
        what: "act as someone else",
    },
    Way {
        groups: &[""],
        resources: &["pods/exec", "pods/attach"],
        verbs: &["create"],
        star: Star::Verbs,
        names: &[],
        what: "run commands in every pod",
    },
    Way {
        groups: &[""],
        resources: &["nodes/proxy"],
        verbs: &["create", "get"],
        star: Star::Verbs,
        names: &[],
        what: "run commands through the kubelet",
    },
    Way {
        groups: &[""],
        resources: &["serviceaccounts/token"],
        verbs: &["create"],
        star: Star::Verbs,
        names: &[],
        what: "make tokens of every service account",
    },
    Way {
        groups: &["admissionregistration.k8s.io"],
        resources: &["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
        verbs: &["update", "patch"],
        star: Star::Verbs,
        names: &[],
        what: "change admission webhooks",
    },
    Way {
        groups: &["certificates.k8s.io"],
        resources: &["certificatesigningrequests/approval"],
        verbs: &["update", "patch"],
        star: Star::Verbs,
        names: &[],
        what: "approve client certificates",
    },
    Way {
        groups: &["certificates.k8s.io"],
        resources: &["signers"],
        verbs: &["approve"],
        star: Star::Resources,
        names: &["kubernetes.io/*", "kubernetes.io/kube-apiserver-client"],
        what: "approve client certificates",
    },
];

/// The weakest of them.
const PODS: Way = Way {
    groups: &[""],
    resources: &["pods"],
    verbs: &["create"],
    star: Star::Nothing,
    names: &[],
    what: "run pods as any service account of the namespace",
};

impl Way {
    /// Whether a rule goes this way.
    fn of(&self, rule: RoleRule<'_>) -> Tri {
        let is_star = |word: &str| word == "*";
        let verb = rule.verbs().any(|word| self.verbs.contains(&word));
        let resource = rule.resources().any(|word| self.resources.contains(&word));
        let every_verb = Tri::from(matches!(self.star, Star::Verbs | Star::Both)).and(rule.verbs().any(is_star));
        let every_resource = Tri::from(matches!(self.star, Star::Resources | Star::Both)).and(rule.resources().any(is_star));
        let goes = verb.and(resource.or(every_resource)).or(every_verb.and(resource));
        if goes.is_no() {
            return Tri::No;
        }
        let groups = Tri::any(self.groups.iter().map(|group| rule.is_for(group)));
        let free = rule.names().is_empty() || self.names == ["*"];
        let names = if free { Tri::Yes } else { rule.names().any(|name| self.names.contains(&name)) };
        goes.and(groups).and(names)
    }
}

impl Rule for RbacEscalation {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        for rule in rules(object) {
            let Some(verbs) = rule.verbs().entry() else { continue };
            let mut answer = Tri::No;
            let mut found: Option<&str> = None;
            for way in WAYS.iter().chain([&PODS]) {
                let this = way.of(rule);
                answer = answer.or(this);
                if this.is_yes() {
                    found = found.or(Some(way.what));
                }
            }
            let Some(what) = found else {
                if answer.is_unknown() {
                    cx.withhold();
                }
                continue;
            };
            let severity = if what == PODS.what { Severity::Warning } else { Severity::Error };
            let message = format!("whoever holds the role may {what}");
            if let Some(report) = cx.report_as(severity, verbs.place(), message) {
                report.help("leave the right out, or limit it to names with `resourceNames`");
            }
        }
    }
}
