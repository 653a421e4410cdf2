//! What the configuration decides.

use std::fmt;
use std::sync::Arc;

use super::status::Class;
use crate::diag::CheckSettings;

/// Namespaces of operators and tools, beside those that `check` takes for the platform's, where the configuration names none.
const PLATFORM_NAMESPACES: [&str; 8] =
    ["istio-ingress", "external-secrets", "argocd", "flux-system", "vault", "spire", "spire-system", "monitoring"];

/// Services whose credentials cannot be federated, where the configuration names none.
pub const STATIC_BY_NATURE: [&str; 8] = ["stripe", "twilio", "sendgrid", "datadog", "pagerduty", "slack", "mailgun", "newrelic"];

/// An entry of `[environments]`.
#[derive(Clone)]
pub struct EnvironmentRule {
    pub name: String,
    pub class: Option<Class>,
    /// Names, or patterns with `*` and `?`.
    pub namespaces: Vec<String>,
    /// Whether a path, as reports name it, belongs to it.
    pub holds: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl fmt::Debug for EnvironmentRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvironmentRule").field("name", &self.name).field("class", &self.class).finish_non_exhaustive()
    }
}

/// What a plain Secret value in a file does to the level.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PlainSecret {
    #[default]
    Cap0,
    Cap1,
    Warn,
}

/// For whom next steps are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// A cloud's secret manager and federation; a managed mesh or none.
    Small,
    /// Dynamic credentials, SPIFFE identities, central policy.
    Enterprise,
}

/// `[environments]`, `[check]` and `[assess]`.
#[derive(Clone, Debug)]
pub struct Settings {
    pub environments: Vec<EnvironmentRule>,
    pub check: CheckSettings,
    pub plain_secret: PlainSecret,
    /// In lower case.
    pub static_by_nature: Vec<String>,
    /// Periodic refresh of what is synchronised does not count as rotation.
    pub strict: bool,
    /// Every scope decides the level, not those of production alone.
    pub all_scopes: bool,
    /// Waivers and marks also cover credentials in a provider's format in production.
    pub allow_secret_waivers: bool,
    /// For whom next steps are written; `None`: for anyone.
    pub profile: Option<Profile>,
    /// The workload that a sheet for an incident is wanted of.
    pub runbook: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            environments: Vec::new(),
            check: CheckSettings::default(),
            plain_secret: PlainSecret::default(),
            static_by_nature: STATIC_BY_NATURE.iter().map(|&name| name.to_owned()).collect(),
            strict: false,
            all_scopes: false,
            allow_secret_waivers: false,
            profile: None,
            runbook: None,
        }
    }
}

impl Settings {
    /// Whether a namespace belongs to the platform, so that what runs in it is no subject. `root` is the mesh's root namespace.
    #[must_use]
    pub fn is_platform(&self, namespace: &str, root: &str) -> bool {
        let usual = self.check.system_namespaces.is_none() && PLATFORM_NAMESPACES.contains(&namespace);
        usual || self.check.is_system_namespace(namespace, root)
    }
}
