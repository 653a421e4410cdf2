//! A sheet for an incident: what a workload is, holds and reaches, and what to revoke in which order.

mod access;
mod admission;
mod find;
mod identity;
mod policies;
mod revoke;
mod variants;

use super::Input;
use super::observe::{Observation, Spot, Subject};
use super::result::Assessment;
use super::world::{Workload, World, name_of};
use crate::model::k8s::{Namespace, Object};
use crate::model::units::{Unit, UnitKind};
use crate::model::value::Origin;

pub use find::Lookup;

/// One line of a sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub text: String,
    pub spot: Option<Spot>,
    /// Only perhaps: something decides it that the files leave open.
    pub perhaps: bool,
}

/// A part of a sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Stable.
    pub id: &'static str,
    pub title: &'static str,
    pub lines: Vec<Line>,
    /// What is to be said where there are no lines.
    pub empty: &'static str,
}

/// A thing to do in an incident.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    pub title: &'static str,
    /// What to do here, in the order in which to do it.
    pub lines: Vec<Line>,
    /// Commands as text, to be checked before they are run; none of them is run by ztctl.
    pub commands: Vec<String>,
}

/// The sheet of a workload in an environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// `namespace/Kind/name`
    pub workload: String,
    pub environment: String,
    pub app: String,
    pub place: Option<Spot>,
    pub sections: Vec<Section>,
    /// In the order of an incident.
    pub actions: Vec<Action>,
    /// What the files do not show.
    pub unseen: Vec<&'static str>,
}

/// The sheets of the workload that is called `name`: one for each environment that it runs in.
///
/// # Errors
/// Where no workload has the name, or several.
pub(super) fn sheets(
    input: &Input<'_>,
    world: &World,
    found: &[Observation],
    assessment: &Assessment,
    name: &str,
) -> Result<Vec<Sheet>, Lookup> {
    let workloads = find::find(world, name)?;
    Ok(workloads.into_iter().map(|workload| Desk::new(input, world, found, assessment, workload).sheet()).collect())
}

/// What a sheet is written from.
struct Desk<'a> {
    input: &'a Input<'a>,
    world: &'a World,
    found: &'a [Observation],
    assessment: &'a Assessment,
    workload: &'a Workload,
    /// What is deployed to the workload's environment, as one unit.
    unit: Unit,
}

impl<'a> Desk<'a> {
    fn new(input: &'a Input<'a>, world: &'a World, found: &'a [Observation], assessment: &'a Assessment, workload: &'a Workload) -> Self {
        let here = |environment: &Option<String>| environment.as_deref().is_none_or(|own| own == workload.environment);
        let objects = world.deployed().filter(|placed| here(&placed.environment)).map(|placed| placed.object.clone()).collect();
        let unit = Unit::new(UnitKind::Plain, String::new(), objects);
        Self { input, world, found, assessment, workload, unit }
    }

    fn sheet(&self) -> Sheet {
        Sheet {
            workload: self.workload.subject.to_string(),
            environment: self.workload.environment.clone(),
            app: self.workload.app.clone(),
            place: Some(self.spot(self.workload.object.kind_at())),
            sections: variants::variants(self)
                .into_iter()
                .chain([
                    identity::identity(self),
                    identity::tokens(self),
                    access::credentials(self),
                    access::readable(self),
                    policies::authorization(self),
                    policies::network(self),
                    admission::admission(self),
                    policies::incoming(self),
                    policies::outgoing(self),
                ])
                .collect(),
            actions: revoke::actions(self),
            unseen: vec![
                "what runs now: pods, tokens, leases and sessions",
                "policies, roles and credentials that are applied by hand or from another repository",
                "who else uses a credential outside of these files",
            ],
        }
    }

    fn spot(&self, at: &Origin) -> Spot {
        Spot::of(self.input.sources, self.input.sources.first_line(at.at))
    }

    fn line(&self, text: impl Into<String>, at: Option<&Origin>) -> Line {
        Line { text: text.into(), spot: at.map(|at| self.spot(at)), perhaps: false }
    }

    /// The observations about the workload.
    fn about(&self) -> impl Iterator<Item = &'a Observation> {
        let (subject, environment) = (&self.workload.subject, &self.workload.environment);
        self.found.iter().filter(move |one| {
            let own = &one.subject;
            own.namespace == subject.namespace
                && own.kind == subject.kind
                && own.name == subject.name
                && one.reach.environment.as_deref().is_none_or(|named| named == environment)
        })
    }
}

/// An object as `namespace/Kind/name`.
fn id_of(object: &Object) -> String {
    let namespace = match object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    };
    Subject::new(namespace, &*object.kind, name_of(object)).to_string()
}

/// A place of an observation or credential as a line.
fn told(text: String, spot: Option<&Spot>) -> Line {
    Line { text, spot: spot.cloned(), perhaps: false }
}
