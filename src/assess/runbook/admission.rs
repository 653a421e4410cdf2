//! Which admission policies see the workload when it is created or changed: its own object, or its pods.

use super::{Desk, Line, Section, id_of};
use crate::diag::wildcard;
use crate::model::k8s::selector::selects;
use crate::model::k8s::{Labels, Namespace, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, texts};

const ADMISSION: &str = "admissionregistration.k8s.io";

/// An object as admission sees it: the workload, or a pod of it.
struct Seen<'d> {
    group: &'d str,
    kind: &'d str,
    name: Option<&'d str>,
    labels: Labels<'d>,
}

/// What a policy does to what it matches.
struct Answer<'d> {
    sees: Tri,
    word: String,
    at: &'d crate::model::value::Origin,
}

/// What policies are held against.
struct Target<'d> {
    seen: Vec<Seen<'d>>,
    namespace: &'d str,
    space: Labels<'d>,
}

pub(super) fn admission(desk: &Desk<'_>) -> Section {
    let target = Target::new(desk);
    let mut lines = Vec::new();
    for placed in desk.world.deployed() {
        // what another environment's files declare is not in this one's cluster
        if placed.environment.as_deref().is_some_and(|own| own != desk.workload.environment) {
            continue;
        }
        let object = &*placed.object;
        for answer in target.answers(desk, object) {
            if answer.sees != Tri::No {
                let line = desk.line(format!("{}: {}", id_of(object), answer.word), Some(answer.at));
                lines.push(Line { perhaps: answer.sees == Tri::Unknown, ..line });
            }
        }
    }
    if let Some(space) = desk.unit.cluster().namespace(&desk.workload.namespace) {
        for declared in &space.declared {
            let entries = declared.labels().map_or(&[][..], Node::entries);
            for entry in entries.iter().filter(|entry| &*entry.key == "pod-security.kubernetes.io/enforce") {
                let level = entry.value.as_str().unwrap_or("a template decides");
                lines.push(desk.line(format!("Pod Security Standard `{level}` enforced in its namespace"), Some(&entry.origin)));
            }
        }
    }
    lines.sort_by(|a, b| (&a.text, &a.spot).cmp(&(&b.text, &b.spot)));
    lines.dedup();
    Section { id: "admission", title: "Admission policies that see it or its pods", lines, empty: "none of these files" }
}

impl<'d> Target<'d> {
    fn new(desk: &'d Desk<'_>) -> Self {
        let object = &*desk.workload.object;
        let own =
            Seen { group: &object.group, kind: &object.kind, name: object.name(), labels: Labels::new(object.labels(), object.partial) };
        let mut seen = vec![own];
        if &*object.kind != "Pod" {
            // a pod's name is made up
            let labels = desk.workload.pod().map_or_else(Labels::unknown, |pod| pod.labels());
            seen.push(Seen { group: "", kind: "Pod", name: None, labels });
        }
        let name = &desk.workload.namespace;
        let space = desk.unit.cluster().namespace(name).map_or_else(Labels::unknown, |space| space.labels());
        Self { seen, namespace: name, space }
    }

    /// Whether `test` holds for the workload or for its pods.
    fn any(&self, test: impl Fn(&Seen<'d>) -> Tri) -> Tri {
        Tri::any(self.seen.iter().map(test))
    }

    /// Whether a namespaced policy lies in the workload's namespace.
    fn is_beside(&self, object: &Object) -> Tri {
        match object.namespace() {
            Namespace::Named(name) => (name == self.namespace).into(),
            Namespace::Cluster => Tri::Yes,
            Namespace::Unknown => Tri::Unknown,
        }
    }

    fn answers<'o>(&self, desk: &'o Desk<'_>, object: &'o Object) -> Vec<Answer<'o>> {
        match (&*object.group, &*object.kind) {
            ("constraints.gatekeeper.sh", _) => vec![self.constraint(object)],
            ("kyverno.io", "ClusterPolicy" | "Policy") => self.kyverno(object),
            ("policies.kyverno.io", "ValidatingPolicy" | "NamespacedValidatingPolicy" | "ImageValidatingPolicy") => {
                let spec = object.root.get("spec");
                let constraints = spec.and_then(|spec| spec.get("matchConstraints"));
                let sees = self.is_beside(object).and(self.by_rules(constraints, "resourceRules")).and(conditions(spec));
                let actions: Vec<&str> = texts(spec.and_then(|spec| spec.get("validationActions"))).collect();
                let word = if actions.is_empty() { "`Deny`".to_owned() } else { quoted(&actions) };
                vec![Answer { sees, word, at: object.kind_at() }]
            }
            (ADMISSION, "ValidatingAdmissionPolicy") => self.bound(desk, object),
            (ADMISSION, "ValidatingWebhookConfiguration") => self.webhooks(object),
            ("policies.kubewarden.io", "ClusterAdmissionPolicy" | "AdmissionPolicy") => {
                let spec = object.root.get("spec");
                let sees = self.is_beside(object).and(self.by_rules(spec, "rules"));
                let mode = spec.and_then(|spec| spec.get("mode")).map_or(Some("protect"), Node::as_str);
                vec![Answer { sees, word: mode.map_or_else(template, |mode| format!("`{mode}`")), at: object.kind_at() }]
            }
            _ => Vec::new(),
        }
    }

    /// A constraint of Gatekeeper (`spec.match` of open-policy-agent.github.io/gatekeeper, "Constraints").
    fn constraint<'o>(&self, object: &'o Object) -> Answer<'o> {
        let spec = object.root.get("spec");
        let matches = spec.and_then(|spec| spec.get("match"));
        let get = |key: &str| matches.and_then(|node| node.get(key));
        let glob = |key: &str| named(get(key), |pattern| wildcard(pattern, self.namespace));
        let spaces = if get("namespaces").is_some() { glob("namespaces") } else { Tri::Yes };
        let scope = Tri::from(get("scope").and_then(Node::as_str) != Some("Cluster"));
        let own = |seen: &Seen<'_>| {
            let kinds = match get("kinds").filter(|node| !node.is_null()) {
                None => Tri::Yes,
                Some(list) => Tri::any(list.items().iter().map(|item| {
                    let groups = item.get("apiGroups").map_or(Tri::Yes, |node| one_of(node, seen.group));
                    groups.and(item.get("kinds").map_or(Tri::Yes, |node| one_of(node, seen.kind)))
                })),
            };
            let by_name = match (get("name").and_then(Node::as_str), seen.name) {
                (None, _) => Tri::Yes,
                (Some(pattern), Some(name)) => wildcard(pattern, name).into(),
                (Some(_), None) => Tri::Unknown,
            };
            kinds.and(by_name).and(selects(get("labelSelector"), &seen.labels))
        };
        let around = spaces.and(!glob("excludedNamespaces")).and(scope).and(selects(get("namespaceSelector"), &self.space));
        let action = spec.and_then(|spec| spec.get("enforcementAction"));
        let word = match action.filter(|node| !node.is_null()) {
            None => "`deny`".to_owned(),
            Some(node) => match node.as_str() {
                None => template(),
                Some("scoped") => {
                    let items = spec.and_then(|spec| spec.get("scopedEnforcementActions")).map_or(&[][..], Node::items);
                    let one = |item: &Node| {
                        let points = item.get("enforcementPoints").map_or(&[][..], Node::items).iter();
                        let points: Vec<&str> = points.filter_map(|point| point.get("name").and_then(Node::as_str)).collect();
                        format!("`{}` at {}", item.get("action").and_then(Node::as_str).unwrap_or("?"), points.join(", "))
                    };
                    items.iter().map(one).collect::<Vec<_>>().join("; ")
                }
                Some(text) => format!("`{text}`"),
            },
        };
        Answer { sees: around.and(self.any(own)), word, at: action.map_or(object.kind_at(), |node| &node.origin) }
    }

    /// A policy of Kyverno: one answer for all of its rules that do the same.
    fn kyverno<'o>(&self, object: &'o Object) -> Vec<Answer<'o>> {
        let spec = object.root.get("spec");
        let beside = self.is_beside(object);
        let mut out: Vec<(String, Tri, &'o Node, Vec<&'o str>)> = Vec::new();
        for rule in spec.and_then(|spec| spec.get("rules")).map_or(&[][..], Node::items) {
            let word = if rule.get("validate").is_some() {
                self.failure_action(spec, rule)
            } else if rule.get("verifyImages").is_some() {
                "verifies its images".to_owned()
            } else if rule.get("mutate").is_some() {
                "changes it".to_owned()
            } else {
                continue;
            };
            let excluded = rule.get("exclude").filter(|node| !node.is_null() && !node.entries().is_empty());
            let open = if rule.get("preconditions").is_some() { Tri::Unknown } else { Tri::Yes };
            let own = |seen: &Seen<'_>| {
                let matched = rule.get("match").map_or(Tri::No, |node| self.filters(node, seen));
                let left = excluded.map_or(Tri::Yes, |node| !self.filters(node, seen));
                matched.and(left).and(open)
            };
            let sees = beside.and(self.any(own));
            if sees == Tri::No {
                continue;
            }
            let name = rule.get("name").and_then(Node::as_str).unwrap_or("?");
            match out.iter_mut().find(|(known, answer, ..)| *known == word && *answer == sees) {
                Some((.., names)) => names.push(name),
                None => out.push((word, sees, rule, vec![name])),
            }
        }
        let answer = |(word, sees, rule, names): (String, Tri, &'o Node, Vec<&'o str>)| {
            let rules = if names.len() == 1 { "rule" } else { "rules" };
            Answer { sees, word: format!("{word} by {rules} {}", quoted(&names)), at: &rule.origin }
        };
        out.into_iter().map(answer).collect()
    }

    /// What a validating rule does: its own word, the policy's, `Audit` where neither has one; exceptions by namespace win.
    fn failure_action(&self, spec: Option<&Node>, rule: &Node) -> String {
        let own = rule.path(&["validate", "failureAction"]).or_else(|| spec?.get("validationFailureAction"));
        let by_rule = rule.path(&["validate", "failureActionOverrides"]);
        let over = by_rule.or_else(|| spec?.get("validationFailureActionOverrides")).map_or(&[][..], Node::items);
        let here = over.iter().find(|one| texts(one.get("namespaces")).any(|pattern| wildcard(pattern, self.namespace)));
        match here.and_then(|one| one.get("action")).or(own) {
            None => "`Audit`".to_owned(),
            Some(node) => node.as_str().map_or_else(template, |text| format!("`{text}`")),
        }
    }

    /// `match` or `exclude` of a rule of Kyverno.
    fn filters(&self, node: &Node, seen: &Seen<'_>) -> Tri {
        let of = |key: &str| node.get(key).map(|list| list.items().iter().map(|item| self.filter(item, seen)));
        match (of("any"), of("all")) {
            (None, None) => self.filter(node, seen),
            (any, all) => any.map_or(Tri::Yes, Tri::any).and(all.map_or(Tri::Yes, Tri::all)),
        }
    }

    fn filter(&self, node: &Node, seen: &Seen<'_>) -> Tri {
        // who asks is not known
        let who = if ["subjects", "roles", "clusterRoles"].iter().any(|key| node.get(key).is_some()) { Tri::Unknown } else { Tri::Yes };
        let Some(resources) = node.get("resources") else { return who };
        let get = |key: &str| resources.get(key).filter(|node| !node.is_null());
        let kinds = get("kinds").map_or(Tri::Yes, |list| named(Some(list), |text| is_kind(text, seen)));
        let spaces = get("namespaces").map_or(Tri::Yes, |list| named(Some(list), |text| wildcard(text, self.namespace)));
        let is_called = |pattern: &str| seen.name.is_some_and(|name| wildcard(pattern, name));
        // what a pod is called is not known
        let or_open = |answer: Tri| if seen.name.is_some() { answer } else { Tri::Unknown };
        let name = get("name").map_or(Tri::Yes, |node| or_open(node.as_str().map_or(Tri::Unknown, |pattern| is_called(pattern).into())));
        let names = get("names").map_or(Tri::Yes, |list| or_open(named(Some(list), is_called)));
        let operations = get("operations").map_or(Tri::Yes, |list| named(Some(list), |text| matches!(text, "CREATE" | "UPDATE" | "*")));
        let annotations = if get("annotations").is_some() { Tri::Unknown } else { Tri::Yes };
        let selected = selects(get("selector"), &seen.labels).and(selects(get("namespaceSelector"), &self.space));
        Tri::all([who, kinds, spaces, name, names, operations, annotations, selected])
    }

    /// A ValidatingAdmissionPolicy by its bindings; without any it does nothing.
    fn bound<'o>(&self, desk: &'o Desk<'_>, policy: &'o Object) -> Vec<Answer<'o>> {
        let spec = policy.root.get("spec");
        let sees = self.by_rules(spec.and_then(|spec| spec.get("matchConstraints")), "resourceRules").and(conditions(spec));
        let ignores = spec.and_then(|spec| spec.get("failurePolicy")).and_then(Node::as_str) == Some("Ignore");
        let ignores = if ignores { "; what fails to be judged is let in" } else { "" };
        let mut out = Vec::new();
        for placed in desk.world.deployed() {
            let binding = &*placed.object;
            let own = binding.root.get("spec").filter(|_| binding.is(ADMISSION, "ValidatingAdmissionPolicyBinding"));
            let Some(own) = own.filter(|own| own.get("policyName").and_then(Node::as_str) == policy.name()) else { continue };
            if placed.environment.as_deref().is_some_and(|named| named != desk.workload.environment) {
                continue;
            }
            let narrowed = match own.get("matchResources").filter(|node| !node.is_null()) {
                None => Tri::Yes,
                Some(node) if node.get("resourceRules").is_none_or(|rules| rules.items().is_empty()) => self.selected(node),
                node => self.by_rules(node, "resourceRules"),
            };
            let actions: Vec<&str> = texts(own.get("validationActions")).collect();
            let actions = if actions.is_empty() { template() } else { quoted(&actions) };
            let name = binding.name().unwrap_or("?");
            let at = own.get("validationActions").map_or(binding.kind_at(), |node| &node.origin);
            out.push(Answer { sees: sees.and(narrowed), word: format!("{actions} by binding `{name}`{ignores}"), at });
        }
        if out.is_empty() && sees != Tri::No {
            out.push(Answer { sees, word: "does nothing: no binding in these files".to_owned(), at: policy.kind_at() });
        }
        out
    }

    fn webhooks<'o>(&self, object: &'o Object) -> Vec<Answer<'o>> {
        let hooks = object.root.get("webhooks").map_or(&[][..], Node::items).iter();
        hooks
            .map(|hook| {
                let name = hook.get("name").and_then(Node::as_str).unwrap_or("?");
                let ignored = hook.get("failurePolicy").filter(|node| node.as_str() == Some("Ignore"));
                let fails = if ignored.is_some() { "; what it fails to judge is let in" } else { "" };
                let conditions =
                    if hook.get("matchConditions").is_some_and(|node| !node.items().is_empty()) { Tri::Unknown } else { Tri::Yes };
                let sees = self.by_rules(Some(hook), "rules").and(conditions);
                Answer { sees, word: format!("asks the webhook `{name}`{fails}"), at: ignored.map_or(&hook.origin, |node| &node.origin) }
            })
            .collect()
    }

    /// Rules for resources and selectors, as admission webhooks and ValidatingAdmissionPolicies have them.
    fn by_rules(&self, node: Option<&Node>, key: &str) -> Tri {
        let Some(node) = node else { return Tri::No };
        if node.unknown().is_some() {
            return Tri::Unknown;
        }
        let rules =
            |key: &str, seen: &Seen<'_>| Tri::any(node.get(key).map_or(&[][..], Node::items).iter().map(|rule| resource_rule(rule, seen)));
        let own = |seen: &Seen<'_>| {
            let selected = selects(node.get("objectSelector"), &seen.labels);
            rules(key, seen).and(!rules("excludeResourceRules", seen)).and(selected)
        };
        self.any(own).and(selects(node.get("namespaceSelector"), &self.space))
    }

    /// Selectors alone.
    fn selected(&self, node: &Node) -> Tri {
        self.any(|seen| selects(node.get("objectSelector"), &seen.labels)).and(selects(node.get("namespaceSelector"), &self.space))
    }
}

/// CEL decides beside what is matched.
fn conditions(spec: Option<&Node>) -> Tri {
    let some = spec.and_then(|spec| spec.get("matchConditions")).is_some_and(|node| !node.items().is_empty());
    if some { Tri::Unknown } else { Tri::Yes }
}

/// A rule with `apiGroups`, `resources` and `operations`.
fn resource_rule(rule: &Node, seen: &Seen<'_>) -> Tri {
    let plural = format!("{}s", seen.kind.to_ascii_lowercase());
    let groups = rule.get("apiGroups").map_or(Tri::Yes, |node| one_of(node, seen.group));
    let resources = rule.get("resources").map_or(Tri::No, |node| named(Some(node), |text| text == "*" || text == "*/*" || text == plural));
    let operations = rule.get("operations").map_or(Tri::Yes, |node| named(Some(node), |text| matches!(text, "*" | "CREATE" | "UPDATE")));
    let names = match rule.get("resourceNames").filter(|node| !node.items().is_empty()) {
        None => Tri::Yes,
        Some(node) => seen.name.map_or(Tri::Unknown, |name| named(Some(node), |text| text == name)),
    };
    groups.and(resources).and(operations).and(names)
}

/// Whether a text of the list fits; unknown where none does and a template may.
fn named(list: Option<&Node>, fits: impl Fn(&str) -> bool) -> Tri {
    let Some(list) = list else { return Tri::No };
    if texts(Some(list)).any(fits) {
        Tri::Yes
    } else if list.has_unknown() {
        Tri::Unknown
    } else {
        Tri::No
    }
}

fn one_of(list: &Node, wanted: &str) -> Tri {
    named(Some(list), |text| text == "*" || text == wanted)
}

/// Whether a kind as Kyverno writes it fits: `Pod`, `v1/Pod`, `apps/v1/Deployment`, `*/Pod`, `*`; `Pod/exec` is about something else.
fn is_kind(text: &str, seen: &Seen<'_>) -> bool {
    let is_sub = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase()) && !part.starts_with('v');
    let parts: Vec<&str> = text.split('/').collect();
    let (groups, kind) = match &parts[..] {
        [.., before, last] if is_sub(last) && before.starts_with(|c: char| c.is_ascii_uppercase() || c == '*') => return false,
        [before @ .., kind] => (before, *kind),
        [] => return false,
    };
    // a group, a version or both
    let group = match groups {
        [group, _] => wildcard(group, seen.group),
        [one] if one.contains('.') || *one == "apps" || *one == "batch" => wildcard(one, seen.group),
        _ => true,
    };
    group && wildcard(kind, seen.kind)
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn template() -> String {
    "a template decides what it does".to_owned()
}
