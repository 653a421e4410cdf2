//! The secrets in all files, as findings: what each value is, where it stands, and what that does to the level.

use std::collections::{BTreeMap, BTreeSet};

use super::values::Value;
use super::{Effect, Finding, Inventory};
use crate::assess::observe::{Reach, Spot, Subject};
use crate::assess::settings::{PlainSecret, Settings};
use crate::assess::world::{Placed, World, below, by_path, class_of, name_of};
use crate::assess::{Departed, Leaks};
use crate::model::k8s::Namespace;
use crate::secrets::{self, Class, Leak, Place, Verdict};
use crate::text::{SourceId, SourceMap, Span};

/// Finds out what the secrets of a run do to the level.
pub(super) fn find(
    inventory: &mut Inventory,
    sources: &SourceMap,
    world: &World,
    leaks: &Leaks<'_>,
    settings: &Settings,
    roots: &[String],
) {
    let holders = holders(sources, world);
    let mut places: BTreeMap<secrets::Digest, usize> = BTreeMap::new();
    leaks.found.iter().for_each(|leak| *places.entry(leak.secret.digest).or_default() += 1);
    for (number, leak) in leaks.found.iter().enumerate() {
        let file = sources.get(leak.at.source);
        let holding: Vec<&Placed> = holders.get(&leak.at.source).map_or(Vec::new(), |all| holding(all, leak));
        let reaches = reaches(&holding, &file.path, world, settings, roots);
        let place = place(&file.path, &reaches, settings, roots);
        let Some(verdict) = secrets::verdict(&leak.secret, place) else { continue };
        let holder = holding.first().copied();
        let mark = leak.allowed.or_else(|| leaks.allowed.binary_search(&number).is_ok().then_some("ztctl: ignore"));
        let effect = effect(verdict, leak, holder, settings);
        let rule = rule(leak, holder);
        inventory.findings.push(Finding {
            rule,
            value: value(leak.secret.class),
            is_sample: place == Place::Sample,
            effect,
            subject: subject(leak, holder, &file.path),
            reach: if is_everywhere(leak, effect) { Reach::everywhere() } else { reaches[0].clone() },
            reaches: if is_everywhere(leak, effect) { vec![Reach::everywhere()] } else { reaches },
            spot: Spot::of(sources, sources.first_line(leak.at)),
            length: leak.secret.length as usize,
            is_private_key: leak.secret.class == Class::Provider && leak.secret.detector.id.contains("private-key"),
            place,
            detector: leak.secret.detector.id,
            title: title(leak),
            entropy: leak.secret.entropy,
            digest: id(leak),
            id: String::new(),
            places: places.get(&leak.secret.digest).copied().unwrap_or(1),
            // a live token of production stays one whatever stands beside it
            allowed: mark.filter(|_| settings.allow_secret_waivers || leak.secret.class != Class::Provider || place != Place::Deployable),
            commit: None,
        });
    }
    for departed in leaks.departed {
        inventory.findings.extend(departed_finding(departed, roots));
    }
    inventory.findings.iter_mut().for_each(|finding| finding.sign(&sources.anchor));
}

/// What is not in the tree any more.
fn departed_finding(departed: &Departed, roots: &[String]) -> Option<Finding> {
    // what was never deployed did not give anything away
    let was_sample = secrets::is_sample(below(&departed.spot.path, roots));
    let effect = match secrets::verdict(&departed.secret, Place::History)? {
        Verdict::Leaked if was_sample => Effect::Info,
        Verdict::Leaked => Effect::Leaked,
        _ => Effect::Info,
    };
    let secret = &departed.secret;
    let leak = Leak {
        at: crate::text::Location { source: SourceId(0), span: Span::default() },
        key: None,
        name: departed.name.clone(),
        secret: *secret,
        in_encrypted: false,
        allowed: None,
    };
    let part = if departed.name.is_empty() { secret.detector.id.to_owned() } else { departed.name.clone() };
    Some(Finding {
        rule: rule(&leak, None),
        value: value(secret.class),
        is_sample: was_sample,
        effect,
        subject: Subject::new("", "File", departed.spot.path.clone()).with_part(part),
        reach: Reach::everywhere(),
        reaches: vec![Reach::everywhere()],
        spot: departed.spot.clone(),
        length: secret.length as usize,
        is_private_key: secret.detector.id.contains("private-key"),
        place: Place::History,
        detector: secret.detector.id,
        title: title(&leak),
        entropy: secret.entropy,
        digest: id(&leak),
        id: String::new(),
        places: departed.places,
        allowed: departed.allowed,
        commit: Some(departed.commit.clone()),
    })
}

fn is_everywhere(leak: &Leak, effect: Effect) -> bool {
    leak.secret.class == Class::Provider && effect == Effect::Cap0
}

/// A digest of a value that can be guessed would give it away.
fn id(leak: &Leak) -> String {
    match leak.secret.class {
        Class::Provider | Class::Random => leak.secret.digest.to_string(),
        Class::Password | Class::Default | Class::Public => String::new(),
    }
}

fn title(leak: &Leak) -> &'static str {
    match leak.secret.class {
        Class::Provider if !leak.secret.detector.title.is_empty() => leak.secret.detector.title,
        class => class.describe(),
    }
}

fn value(class: Class) -> Value {
    match class {
        Class::Provider => Value::Provider,
        Class::Random => Value::Random,
        Class::Password => Value::Password,
        Class::Default => Value::Default,
        Class::Public => Value::Plain,
    }
}

/// The objects as they are deployed, by the file that they are written in.
fn holders<'w>(sources: &SourceMap, world: &'w World) -> BTreeMap<SourceId, Vec<(Span, &'w Placed)>> {
    let mut out: BTreeMap<SourceId, Vec<(Span, &Placed)>> = BTreeMap::new();
    for placed in &world.placed {
        let at = sources.outer(placed.object.location());
        out.entry(at.source).or_default().push((at.span, placed));
    }
    out
}

/// The objects that a secret stands in: the innermost, in all their variants.
fn holding<'w>(holders: &[(Span, &'w Placed)], leak: &Leak) -> Vec<&'w Placed> {
    let around = || holders.iter().filter(|(span, _)| span.covers(leak.at.span));
    let Some(least) = around().map(|(span, _)| span.end - span.start).min() else { return Vec::new() };
    around().filter(|(span, _)| span.end - span.start == least).map(|(_, placed)| *placed).collect()
}

/// The scopes that a value speaks for: those of its objects, else those of the environment that its path names, else all.
fn reaches(holding: &[&Placed], path: &str, world: &World, settings: &Settings, roots: &[String]) -> Vec<Reach> {
    let known = |environment: &str| world.scopes.iter().any(|scope| scope.environment == environment);
    let mut out: BTreeSet<Reach> = BTreeSet::new();
    for placed in holding {
        let mut reach = placed.reach.clone();
        let is_scope = |name: &str| {
            world
                .scopes
                .iter()
                .any(|scope| scope.namespace == name && placed.environment.as_deref().is_none_or(|own| own == scope.environment))
        };
        if reach.namespace.as_deref().is_some_and(|name| !is_scope(name)) {
            reach.namespace = None;
        }
        out.insert(reach);
    }
    if out.is_empty() {
        out.insert(Reach { environment: environment_of(path, settings, roots), namespace: None });
    }
    out.into_iter()
        .map(|mut reach| {
            // an environment that counts and shows no workload here counts for all of them
            if reach.environment.as_deref().is_some_and(|name| !known(name) && class_of(settings, name).counts()) {
                reach.environment = None;
            }
            reach
        })
        .collect()
}

fn environment_of(path: &str, settings: &Settings, roots: &[String]) -> Option<String> {
    let configured = settings.environments.iter().find(|rule| (rule.holds)(path)).map(|rule| rule.name.clone());
    configured.or_else(|| by_path(path, roots))
}

fn place(path: &str, reaches: &[Reach], settings: &Settings, roots: &[String]) -> Place {
    if secrets::is_sample(below(path, roots)) {
        return Place::Sample;
    }
    let counts = |reach: &Reach| reach.environment.as_deref().is_none_or(|name| class_of(settings, name).counts());
    if reaches.iter().any(counts) { Place::Deployable } else { Place::NonProduction }
}

/// What the verdict is once `k8s-plain-secret` has its say.
fn effect(verdict: Verdict, leak: &Leak, holder: Option<&Placed>, settings: &Settings) -> Effect {
    let effect = match verdict {
        Verdict::Cap0 => Effect::Cap0,
        Verdict::Cap1 => Effect::Cap1,
        Verdict::Review => Effect::Review,
        Verdict::Leaked => Effect::Leaked,
        Verdict::Info => Effect::Info,
    };
    let in_secret = holder.is_some_and(|placed| placed.object.is("", "Secret"));
    match (effect, settings.plain_secret) {
        _ if !in_secret || leak.secret.class == Class::Provider => effect,
        (Effect::Cap0, PlainSecret::Cap1) => Effect::Cap1,
        (Effect::Cap0 | Effect::Cap1, PlainSecret::Warn) => Effect::Review,
        _ => effect,
    }
}

/// The rule of `check` that reports the value.
fn rule(leak: &Leak, holder: Option<&Placed>) -> &'static str {
    match holder {
        Some(placed) if placed.object.is("", "Secret") => "k8s-secret-manifest-in-git",
        Some(placed) if placed.object.is("", "ConfigMap") => "k8s-configmap-secret",
        Some(placed) if crate::model::k8s::pod(&placed.object).is_some() => "k8s-plaintext-secret-env",
        _ if leak.in_encrypted => "secret-in-encrypted-file",
        _ => match leak.secret.class {
            Class::Provider if leak.secret.detector.id.contains("private-key") => "secret-private-key",
            Class::Provider | Class::Public => "secret-token",
            Class::Random => "secret-random-value",
            Class::Password => "secret-password",
            Class::Default => "secret-default-password",
        },
    }
}

fn subject(leak: &Leak, holder: Option<&Placed>, path: &str) -> Subject {
    let part = if leak.name.is_empty() { leak.secret.detector.id.to_owned() } else { leak.name.clone() };
    match holder {
        Some(placed) => {
            let object = &placed.object;
            let namespace = match object.namespace() {
                Namespace::Named(name) => name,
                Namespace::Cluster | Namespace::Unknown => "",
            };
            Subject::new(namespace, &*object.kind, name_of(object)).with_part(part)
        }
        None => Subject::new("", "File", path).with_part(part),
    }
}
