//! Imports of each language.

use super::Names;
use crate::syntax::source::{Kind, Language, Node, Role};

/// Packages of Go whose names the ends of their paths do not tell.
const GO_NAMES: [(&str, &str); 3] =
    [("github.com/dgrijalva/jwt-go", "jwt"), ("gopkg.in/dgrijalva/jwt-go", "jwt"), ("github.com/coreos/go-oidc", "oidc")];

impl<'t> Names<'t> {
    pub(super) fn import(&mut self, node: Node<'t>) {
        match self.tree.language {
            Language::Go => self.go_import(node),
            Language::Java => self.java_import(node),
            Language::JavaScript | Language::TypeScript | Language::Tsx => self.script_import(node),
            Language::Python => self.python_import(node),
            Language::Properties => {}
        }
    }

    fn go_import(&mut self, node: Node<'t>) {
        let Some(path) = node.child(Role::Source).and_then(Node::string) else { return };
        let name = match node.child(Role::Name).map(Node::text) {
            Some(".") => return self.wildcards.push(path.to_owned()),
            Some(name) => name,
            None => go_package(path),
        };
        self.imports.insert(name, path.to_owned());
    }

    fn java_import(&mut self, node: Node<'t>) {
        let Some(path) = node.children().find(|child| matches!(child.kind(), Kind::Member | Kind::Name)) else { return };
        let text: String = path.text().split_whitespace().collect();
        if node.child_of(Kind::Wildcard).is_some() {
            self.wildcards.push(text);
        } else if let Some(name) = path.last_name() {
            self.imports.insert(name, text);
        }
    }

    fn script_import(&mut self, node: Node<'t>) {
        let source = node.child(Role::Source).or_else(|| node.descendants().find(|below| below.role() == Role::Source));
        let Some(module) = source.and_then(Node::string) else { return };
        for below in node.descendants() {
            match below.kind() {
                Kind::Specifier => {
                    let Some(name) = below.child(Role::Name) else { continue };
                    let local = below.child(Role::Alias).unwrap_or(name);
                    let name = name.string().unwrap_or(name.text());
                    let path = if name == "default" { module.to_owned() } else { format!("{module}.{name}") };
                    self.imports.insert(local.text(), path);
                }
                // `import x from`, `* as x`, `import x = require()`
                Kind::Name if below.parent().is_some_and(|parent| parent.kind() != Kind::Specifier) => {
                    self.imports.insert(below.text(), module.to_owned());
                }
                _ => {}
            }
        }
    }

    fn python_import(&mut self, node: Node<'t>) {
        let module = node.child(Role::Source).map(Node::text);
        if node.child_of(Kind::Wildcard).is_some() {
            self.wildcards.extend(module.map(str::to_owned));
        }
        for name in node.children().filter(|child| child.role() == Role::Name) {
            let (name, alias) = match name.kind() {
                Kind::Specifier => (name.child(Role::Name).map_or("", Node::text), name.child(Role::Alias).map(Node::text)),
                _ => (name.text(), None),
            };
            match (module, alias) {
                (Some(module), alias) => self.imports.insert(alias.unwrap_or(name), format!("{module}.{name}")),
                (None, Some(alias)) => self.imports.insert(alias, name.to_owned()),
                // `import a.b` binds `a`
                (None, None) => {
                    let first = name.split('.').next().unwrap_or(name);
                    self.imports.insert(first, first.to_owned())
                }
            };
        }
    }

    /// The module that `require("x")` or `import("x")` gives.
    pub(super) fn module_of(&self, node: Node<'t>) -> Option<String> {
        if !self.tree.language.is_script() {
            return None;
        }
        match node.peeled() {
            call if call.kind() == Kind::Call => {
                let callee = call.child(Role::Callee)?;
                matches!(callee.text(), "require" | "import").then(|| call.args().next()?.string().map(str::to_owned))?
            }
            // `require("jsonwebtoken").verify`
            member if member.kind() == Kind::Member => {
                let object = member.child(Role::Object)?;
                let name = member.last_name()?;
                let call = object.peeled();
                let callee = call.child(Role::Callee).filter(|_| call.kind() == Kind::Call)?;
                let module = (callee.text() == "require").then(|| call.args().next()?.string())??;
                Some(if name == "default" { module.to_owned() } else { format!("{module}.{name}") })
            }
            _ => None,
        }
    }
}

/// The name of a package, as its path has it: without the major version.
fn go_package(path: &str) -> &str {
    if let Some((_, name)) = GO_NAMES.iter().find(|(prefix, _)| {
        path.strip_prefix(prefix).is_some_and(|rest| {
            let rest = rest.trim_start_matches(['/', '.', 'v']);
            rest.bytes().all(|byte| byte.is_ascii_digit())
        })
    }) {
        return name;
    }
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version = last.len() > 1 && last.starts_with('v') && last[1..].bytes().all(|byte| byte.is_ascii_digit());
    let name = if is_version { parts.next().unwrap_or(last) } else { last };
    // `gopkg.in/yaml.v3`
    name.split_once(".v").map_or(name, |(name, _)| name)
}
