//! The versions of what manifests are for.

/// A product whose releases decide which API versions there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Product {
    Kubernetes,
    Istio,
    GatewayApi,
    Gatekeeper,
    ExternalSecrets,
    CertManager,
    Linkerd,
}

impl Product {
    pub const ALL: [Self; 7] =
        [Self::Kubernetes, Self::Istio, Self::GatewayApi, Self::Gatekeeper, Self::ExternalSecrets, Self::CertManager, Self::Linkerd];

    /// As `--target` and the config call it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Istio => "istio",
            Self::GatewayApi => "gateway-api",
            Self::Gatekeeper => "gatekeeper",
            Self::ExternalSecrets => "external-secrets",
            Self::CertManager => "cert-manager",
            Self::Linkerd => "linkerd",
        }
    }

    /// As messages call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::Istio => "Istio",
            Self::GatewayApi => "Gateway API",
            Self::Gatekeeper => "Gatekeeper",
            Self::ExternalSecrets => "External Secrets",
            Self::CertManager => "cert-manager",
            Self::Linkerd => "Linkerd",
        }
    }
}

/// A minor release of a product: `1.33`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Release {
    pub major: u16,
    pub minor: u16,
}

impl Release {
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `1.33` and `1.33.2`; the patch is not kept, since no version of an API comes or goes with one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let number = |part: &&str| (part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() <= 4).then(|| part.parse().ok()).flatten();
        let numbers: Vec<u16> = parts.iter().filter_map(number).collect();
        ((2..=3).contains(&parts.len()) && numbers.len() == parts.len()).then(|| Self::new(numbers[0], numbers[1]))
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The releases that are named; of all others nothing is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Targets([Option<Release>; Product::ALL.len()]);

impl Targets {
    #[must_use]
    pub fn get(&self, product: Product) -> Option<Release> {
        self.0[product as usize]
    }

    pub fn set(&mut self, product: Product, release: Release) {
        self.0[product as usize] = Some(release);
    }

    /// These with what `other` names in their place.
    #[must_use]
    pub fn overridden(self, other: Self) -> Self {
        let mut this = self;
        for product in Product::ALL {
            if let Some(release) = other.get(product) {
                this.set(product, release);
            }
        }
        this
    }
}
