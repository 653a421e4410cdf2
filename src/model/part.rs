//! What the same thing may be found in: a configuration of its own, a script that sets it up, an object that holds it.

use super::document::Document;
use super::k8s::{Namespace, Object};
use super::shell::Script;
use super::value::Node;
use crate::text::{Location, SourceMap};

/// A document, a script or an object.
#[derive(Clone, Copy, Debug)]
pub enum Part<'m> {
    Document(&'m Document),
    Script(&'m Script),
    Object(&'m Object),
}

impl<'m> Part<'m> {
    /// The whole of it as a value; scripts are none.
    #[must_use]
    pub fn root(self) -> Option<&'m Node> {
        match self {
            Self::Document(document) => Some(&document.root),
            Self::Script(_) => None,
            Self::Object(object) => Some(&object.root),
        }
    }

    /// Where it lies, as far as it is written in one place.
    #[must_use]
    pub fn location(self) -> Option<Location> {
        self.root().map(|root| root.origin.at)
    }

    /// The namespace that it is applied to, of an embedded text that of its holder; `None` where that is not known.
    #[must_use]
    pub fn namespace(self, sources: &'m SourceMap) -> Option<&'m str> {
        let held = |source| sources.holder(source).and_then(|holder| holder.object.split('/').next());
        match self {
            Self::Document(document) => held(document.source),
            Self::Script(script) => held(script.source),
            Self::Object(object) => match object.namespace() {
                Namespace::Named(name) => Some(name),
                Namespace::Cluster | Namespace::Unknown => None,
            },
        }
    }
}
