//! Templates of ClusterSPIFFEIDs
//! (<https://github.com/spiffe/spire-controller-manager/blob/main/docs/clusterspiffeid-crd.md>).

use crate::model::tri::Tri;

/// A template, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template<'t> {
    parts: Vec<Part<'t>>,
}

/// A part of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part<'t> {
    Text(&'t str),
    TrustDomain,
    Namespace,
    Account,
    /// Something else of the pod or its namespace: its name, a label.
    OfPod,
    /// Something of the cluster or the node.
    Shared,
    /// Not to be told: another engine's variable, a function, a condition.
    Unknown,
}

impl<'t> Template<'t> {
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let Some((action, after)) = behind.split_once("}}") else {
                parts.push(Part::Unknown);
                return Self { parts };
            };
            parts.push(Part::Text(before));
            parts.push(part(action.trim_matches('-').trim()));
            rest = after;
        }
        parts.push(if rest.contains('$') { Part::Unknown } else { Part::Text(rest) });
        Self { parts }
    }

    /// Whether what it gives depends on the pod or on its namespace.
    #[must_use]
    pub fn is_of_pods(&self) -> Tri {
        let of = |part: &Part<'_>| match part {
            Part::Namespace | Part::Account | Part::OfPod => Tri::Yes,
            Part::Unknown => Tri::Unknown,
            Part::Text(_) | Part::TrustDomain | Part::Shared => Tri::No,
        };
        Tri::any(self.parts.iter().map(of))
    }

    /// Whether namespace and service account are in it.
    #[must_use]
    pub fn names_account(&self) -> Tri {
        let has = |wanted: Part<'_>| {
            Tri::any(self.parts.iter().map(|part| match part {
                Part::Unknown => Tri::Unknown,
                part => (*part == wanted).into(),
            }))
        };
        has(Part::Namespace).and(has(Part::Account))
    }

    /// What it gives: texts that stand for themselves, and `None` for what each pod has of its own; the namespace and the service
    /// account where they are given.
    #[must_use]
    pub fn pattern(&self, trust_domain: Option<&str>) -> Vec<Option<String>> {
        let of = |part: &Part<'_>| match part {
            Part::Text(text) => Some((*text).to_owned()),
            Part::TrustDomain => trust_domain.map(str::to_owned),
            _ => None,
        };
        self.parts.iter().map(of).collect()
    }
}

fn part(action: &str) -> Part<'static> {
    match action {
        ".TrustDomain" => Part::TrustDomain,
        ".PodMeta.Namespace" => Part::Namespace,
        ".PodSpec.ServiceAccountName" => Part::Account,
        ".ClusterName" | ".ClusterDomain" => Part::Shared,
        _ if action.contains(".PodMeta") || action.contains(".PodSpec") => Part::OfPod,
        _ if action.starts_with(".NodeMeta") || action.starts_with(".NodeSpec") => Part::Shared,
        _ => Part::Unknown,
    }
}
