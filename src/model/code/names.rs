//! What names in a source stand for: imports, and values in the same file.

mod imports;
mod index;

use std::cell::{Cell, OnceCell};

use rustc_hash::FxHashMap;

use super::claims::Memo;
use crate::syntax::source::{Kind, Language, Node, Role, Tree};

/// So many names are followed from one to the next.
const MAX_STEPS: usize = 8;

/// So deep in a type are names known as a part of it.
const MAX_TYPE: usize = 8;

/// So many nodes of a list of parameters are looked at.
const MAX_PARAMETERS: usize = 256;

/// So many functions of one name are looked into.
const MAX_FUNCTIONS: usize = 24;

/// So many functions inside one another are looked at for a name.
const MAX_NESTING: usize = 64;

/// So many steps are taken in following names through one file, so that no text makes it quadratic.
const MAX_WORK: usize = 1_000_000;

/// Classes that are looked for, by their packages.
const JAVA_CLASSES: [(&str, &[&str]); 6] = [
    ("io.jsonwebtoken", &["Jwts"]),
    ("com.auth0.jwt", &["JWT"]),
    ("com.nimbusds.jwt", &["SignedJWT", "PlainJWT", "JWTParser"]),
    ("com.nimbusds.jwt.proc", &["DefaultJWTClaimsVerifier", "DefaultJWTProcessor"]),
    ("org.springframework.security.oauth2.jwt", &["NimbusJwtDecoder", "NimbusReactiveJwtDecoder", "JwtDecoders", "ReactiveJwtDecoders"]),
    ("io.spiffe.provider", &["SpiffeTrustManager"]),
];

/// The values that a name has in a scope.
#[derive(Default)]
struct Bound<'t> {
    values: Vec<Node<'t>>,
    /// One is not visible here, as a parameter's.
    hidden: bool,
}

/// The names of one file.
pub(super) struct Names<'t> {
    pub(super) tree: &'t Tree,
    /// Local name → what it is: `jwt` → `github.com/golang-jwt/jwt/v5`, `verify` → `jsonwebtoken.verify`.
    imports: FxHashMap<&'t str, String>,
    /// What is imported as a whole: packages of Java, dots of Go.
    wildcards: Vec<String>,
    /// By name and the function that it belongs to; `None`: the file or a class.
    bindings: FxHashMap<(&'t str, Option<u32>), Bound<'t>>,
    /// Values of fields and members, by the last name.
    members: FxHashMap<&'t str, Vec<Node<'t>>>,
    functions: FxHashMap<&'t str, Vec<Node<'t>>>,
    index: OnceCell<index::Index<'t>>,
    /// Paths of all that is imported, in order, to find beginnings in.
    imported: Vec<String>,
    pub(super) memo: Memo<'t>,
    work: Cell<usize>,
}

/// What a name stands for at a place.
enum Meaning<'a, 't> {
    Nothing,
    /// Something that is not visible.
    Hidden,
    Values(&'a [Node<'t>]),
}

impl<'t> Names<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let mut this = Self {
            tree,
            imports: FxHashMap::default(),
            wildcards: Vec::new(),
            bindings: FxHashMap::default(),
            members: FxHashMap::default(),
            functions: FxHashMap::default(),
            index: OnceCell::new(),
            imported: Vec::new(),
            memo: Memo::default(),
            work: Cell::new(MAX_WORK),
        };
        for node in tree.nodes() {
            match node.kind() {
                Kind::Import => this.import(node),
                Kind::Function => this.function(node),
                Kind::Assign => this.assign(node, node.child(Role::Left), node.child(Role::Right)),
                Kind::Declare => this.declare(node),
                Kind::Pair => {
                    if let (Some(key), Some(value)) = (node.key(), pair_value(node)) {
                        this.members.entry(key).or_default().push(value);
                    }
                }
                _ => {}
            }
        }
        this.imported = this.imports.values().chain(&this.wildcards).cloned().collect();
        this.imported.sort_unstable();
        this.imported.dedup();
        this
    }

    fn function(&mut self, node: Node<'t>) {
        if let Some(name) = node.child(Role::Name) {
            self.functions.entry(name.text()).or_default().push(node);
        }
        let lists = node.children().filter(|child| child.kind() == Kind::Parameters || child.role() == Role::Parameters);
        for list in lists {
            let below = std::iter::once(list).chain(list.descendants().take(MAX_PARAMETERS));
            let names = below.filter(|name| name.kind() == Kind::Name);
            let is_type = |name: Node<'t>| {
                let above = name.ancestors().take(MAX_TYPE).take_while(|above| list.holds(*above));
                name.role() == Role::Type || above.into_iter().any(|above| above.role() == Role::Type)
            };
            for name in names.filter(|name| !is_type(*name)) {
                if !self.spend(MAX_TYPE) {
                    return;
                }
                self.bindings.entry((name.text(), Some(node.id()))).or_default().hidden = true;
            }
        }
    }

    fn declare(&mut self, node: Node<'t>) {
        let value = node.child(Role::Value);
        let names: Vec<Node<'t>> = node.children().filter(|child| child.role() == Role::Name).collect();
        let in_class = node.ancestors().take(2).any(|above| above.kind() == Kind::ClassBody);
        match (names.as_slice(), value) {
            ([name], Some(value)) => {
                // Go's values stand in a list
                let mut several = value.children();
                let value = if value.kind() == Kind::Several { several.next().unwrap_or(value) } else { value };
                if in_class && name.kind() == Kind::Name {
                    self.members.entry(name.text()).or_default().push(value);
                }
                self.bind(*name, Some(value));
            }
            // declared, to be assigned later
            ([_], None) => {}
            (_, value) => {
                let values: Vec<Node<'t>> = value.map(|value| value.children().collect()).unwrap_or_default();
                for (at, name) in names.iter().enumerate() {
                    self.bind(*name, values.get(at).copied());
                }
            }
        }
    }

    fn assign(&mut self, node: Node<'t>, left: Option<Node<'t>>, right: Option<Node<'t>>) {
        let (left, right) = match (left, right) {
            (Some(left), right) => (left, right),
            // `(name := value)`
            _ => match (node.child(Role::Name), node.child(Role::Value)) {
                (Some(name), value) => (name, value),
                _ => return,
            },
        };
        if left.kind() != Kind::Several {
            return self.bind(left, right);
        }
        let targets: Vec<Node<'t>> = left.children().collect();
        let values: Vec<Node<'t>> = match right {
            Some(right) if matches!(right.kind(), Kind::Several | Kind::List) => right.children().collect(),
            Some(right) => vec![right],
            None => Vec::new(),
        };
        for (at, target) in targets.iter().enumerate() {
            // of what one call returns, the first is what it is about
            self.bind(*target, values.get(at).copied());
        }
    }

    fn bind(&mut self, target: Node<'t>, value: Option<Node<'t>>) {
        match target.kind() {
            Kind::Name => {
                let name = target.text();
                // a second assignment does not declare: it belongs to where the name was bound first
                let is_plain = self.tree.language.is_script() && target.parent().is_some_and(|parent| parent.kind() == Kind::Assign);
                let known = || scopes(target).find(|scope| self.bindings.contains_key(&(name, *scope)));
                let scope = if is_plain { known() } else { None }.unwrap_or_else(|| function_of(target).map(Node::id));
                // an attribute of a class, in Python
                let holder = target.ancestors().nth(2).filter(|_| self.tree.language == Language::Python);
                if let (Some(value), Some(Kind::Class)) = (value, holder.map(Node::kind)) {
                    self.members.entry(name).or_default().push(value);
                }
                let bound = self.bindings.entry((name, scope)).or_default();
                match value {
                    Some(value) => bound.values.push(value),
                    None => bound.hidden = true,
                }
                if let (true, Some(value)) = (scope.is_none(), value)
                    && let Some(path) = self.module_of(value)
                {
                    self.imports.insert(name, path);
                }
            }
            Kind::Member => {
                if let (Some(name), Some(value)) = (target.last_name(), value) {
                    self.members.entry(name).or_default().push(value);
                }
            }
            // `const { verify: check } = require("jsonwebtoken")`
            Kind::Pattern => {
                let module = value.and_then(|value| self.module_of(value).or_else(|| self.path(value)));
                for part in target.children() {
                    let (key, name) = match part.kind() {
                        Kind::Pair => (part.key(), part.child(Role::Value).map(Node::text)),
                        _ => (Some(part.text()), Some(part.text())),
                    };
                    let (Some(key), Some(name)) = (key, name) else { continue };
                    match &module {
                        Some(module) => {
                            let path = if key == "default" { module.clone() } else { format!("{module}.{key}") };
                            self.imports.insert(name, path);
                        }
                        None => {
                            let scope = function_of(target).map(Node::id);
                            self.bindings.entry((name, scope)).or_default().hidden = true;
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn meaning(&self, name: &'t str, at: Node<'t>) -> Meaning<'_, 't> {
        // the map's keys live as long as the tree
        let found = scopes(at).find_map(|scope| self.bindings.get(&(name, scope)));
        match found {
            None => Meaning::Nothing,
            Some(bound) if bound.hidden => Meaning::Hidden,
            Some(bound) => Meaning::Values(&bound.values),
        }
    }

    /// Takes `steps` of the work that the file is allowed; whether there was as much left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.work.get();
        self.work.set(left.saturating_sub(steps));
        left >= steps
    }

    /// Whether nothing is left of the work: what was found since may lack what was not looked at.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work.get() == 0
    }

    /// All values that a name or a member has in this file; `None` where one is not visible.
    pub(super) fn values(&self, node: Node<'t>) -> Option<&[Node<'t>]> {
        if !self.spend(1) {
            return None;
        }
        match node.kind() {
            Kind::Name => match self.meaning(node.text(), node) {
                Meaning::Values(values) => Some(values),
                Meaning::Hidden => None,
                // a field, in Java
                Meaning::Nothing => self.members.get(node.text()).map(Vec::as_slice),
            },
            Kind::Member => self.members.get(node.last_name()?).map(Vec::as_slice),
            _ => None,
        }
    }

    /// What stands behind names, members and casts; the last thing that is visible.
    pub(super) fn resolve(&self, node: Node<'t>) -> Node<'t> {
        let mut at = node.peeled();
        for _ in 0..MAX_STEPS {
            match self.values(at) {
                Some([value]) if !value.holds(at) => at = value.peeled(),
                _ => break,
            }
        }
        at
    }

    /// The functions of this file that a call or a reference may mean.
    pub(super) fn functions_of(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let target = self.resolve(node);
        match target.kind() {
            Kind::Function => vec![target],
            Kind::Name | Kind::Member => {
                let named = self.functions_named(target.last_name().unwrap_or(""));
                named.iter().take(MAX_FUNCTIONS).copied().collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn functions_named(&self, name: &str) -> &[Node<'t>] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// What an expression is by its imports: `github.com/golang-jwt/jwt/v5.Parse`, `jsonwebtoken.verify`, `jose.jwt.decode`,
    /// `io.jsonwebtoken.Jwts.parser`.
    pub(super) fn path(&self, node: Node<'t>) -> Option<String> {
        self.path_within(node, MAX_STEPS)
    }

    fn path_within(&self, node: Node<'t>, steps: usize) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let node = node.peeled();
        match node.kind() {
            Kind::Name => match self.meaning(node.text(), node) {
                Meaning::Values(values) => match self.imports.get(node.text()) {
                    Some(path) => Some(path.clone()),
                    None => match values {
                        [value] if !value.holds(node) => {
                            let value = value.peeled();
                            let through = matches!(value.kind(), Kind::Name | Kind::Member) || self.wrapped(value).is_some();
                            if through { self.path_within(value, steps) } else { None }
                        }
                        _ => None,
                    },
                },
                Meaning::Hidden => None,
                Meaning::Nothing => match self.imports.get(node.text()) {
                    Some(path) => Some(path.clone()),
                    None if self.tree.language == Language::Java => self.java_name(node.text()),
                    None => None,
                },
            },
            Kind::Member => {
                let name = node.last_name()?;
                let object = match node.child(Role::Object) {
                    Some(object) => self.path_within(object, steps),
                    None => None,
                };
                match object {
                    Some(object) if name == "default" => Some(object),
                    Some(object) => Some(format!("{object}.{name}")),
                    // written out in full
                    None if self.tree.language == Language::Java && node.text().contains('.') => {
                        Some(node.text().split_whitespace().collect())
                    }
                    None => None,
                }
            }
            Kind::Call => match self.module_of(node) {
                Some(module) => Some(module),
                None => self.path_within(self.wrapped(node)?, steps),
            },
            _ => None,
        }
    }

    /// A class by its simple name, where its package is imported as a whole.
    fn java_name(&self, name: &str) -> Option<String> {
        let (package, _) = JAVA_CLASSES.iter().find(|(package, classes)| {
            classes.contains(&name) && self.imported.binary_search_by(|path| path.as_str().cmp(package)).is_ok()
        })?;
        Some(format!("{package}.{name}"))
    }

    /// The function in `promisify(function)`.
    fn wrapped(&self, node: Node<'t>) -> Option<Node<'t>> {
        (node.kind() == Kind::Call && node.callee_name() == Some("promisify")).then(|| node.args().next())?
    }

    /// The path of what a call calls.
    pub(super) fn callee(&self, call: Node<'t>) -> Option<String> {
        if let Some(callee) = call.child(Role::Callee) {
            return self.path(callee);
        }
        let name = call.child(if call.kind() == Kind::New { Role::Type } else { Role::Name })?;
        if call.kind() == Kind::New {
            let simple = name.text().split(['<', '{']).next().unwrap_or("").trim();
            return self.imports.get(simple).cloned().or_else(|| self.java_name(simple)).or_else(|| Some(simple.to_owned()));
        }
        let object = call.child(Role::Object)?;
        Some(format!("{}.{}", self.path(object)?, name.text()))
    }

    /// Whether something is imported whose path begins with one of these.
    pub(super) fn imports_any(&self, prefixes: &[&str]) -> bool {
        prefixes.iter().any(|prefix| {
            let at = self.imported.partition_point(|path| path.as_str() < *prefix);
            self.imported.get(at).is_some_and(|path| path.starts_with(prefix))
        })
    }
}

/// The value of a pair, wherever the grammar has it.
pub(super) fn pair_value(pair: Node<'_>) -> Option<Node<'_>> {
    pair.child(Role::Value).map(Node::peeled)
}

/// The nearest function around a node.
pub(super) fn function_of(node: Node<'_>) -> Option<Node<'_>> {
    node.functions().next()
}

/// The functions around a node, the nearest first, and the file.
fn scopes(node: Node<'_>) -> impl Iterator<Item = Option<u32>> {
    node.functions().take(MAX_NESTING).map(|function| Some(function.id())).chain([None])
}
