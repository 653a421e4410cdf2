//! What the engine that will run a module can read, as `opa capabilities` prints it.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Module;
use super::{Kind, Parse, SyntaxError, Version, ast};

/// The language features, keywords and builtins of a target engine (OPA: "Capabilities").
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capabilities {
    /// `OPA 1.18.2`, where it is a release.
    pub(super) name: Option<String>,
    pub(super) features: BTreeSet<String>,
    pub(super) future_keywords: BTreeSet<String>,
    /// Names of the builtin functions.
    pub builtins: BTreeSet<String>,
    /// How many arguments they take, where the file says so.
    pub arities: BTreeMap<String, usize>,
}

impl Capabilities {
    /// Reads the JSON that `opa capabilities` prints.
    ///
    /// # Errors
    /// Text that is not such JSON; what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let object = value.as_object().ok_or("not a JSON object")?;
        let list = |key: &str| -> Result<BTreeSet<String>, String> {
            let items = match object.get(key) {
                None | Some(serde_json::Value::Null) => return Ok(BTreeSet::new()),
                Some(value) => value.as_array().ok_or_else(|| format!("`{key}` is not a list"))?,
            };
            let names = items.iter().map(|item| item.as_str().or_else(|| item.get("name")?.as_str()).map(str::to_owned));
            names.collect::<Option<_>>().ok_or_else(|| format!("`{key}` has an item without a name"))
        };
        if !object.contains_key("builtins") {
            return Err("`builtins` is missing: this is not what `opa capabilities` prints".to_owned());
        }
        let builtins = object.get("builtins").and_then(serde_json::Value::as_array).into_iter().flatten();
        let arities = builtins.filter_map(|item| {
            let args = item.get("decl")?.get("args").and_then(serde_json::Value::as_array);
            Some((item.get("name")?.as_str()?.to_owned(), args.map_or(0, Vec::len)))
        });
        let arities = arities.collect();
        let (features, future_keywords) = (list("features")?, list("future_keywords")?);
        Ok(Self { name: None, features, future_keywords, builtins: list("builtins")?, arities })
    }

    /// How reports call the engine.
    #[must_use]
    pub fn engine(&self) -> &str {
        self.name.as_deref().unwrap_or("the target engine")
    }

    /// Whether the engine has a language feature: `rego_v1`.
    #[must_use]
    pub fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// What of a module the engine cannot read, in source order.
    #[must_use]
    pub fn unsupported(&self, parse: &Parse) -> Vec<SyntaxError> {
        let Some(module) = Module::cast(parse.tree.root()) else { return Vec::new() };
        let mut errors = Vec::new();
        let engine = self.engine();
        let mut error = |span, message: String, help: &str| errors.push(SyntaxError { span, message, help: Some(help.to_owned()) });
        if parse.version == Version::V1 && !self.has("rego_v1") && !parse.rego_v1_import {
            let span = module.package().map_or_else(|| parse.tree.root().span(), ast::Package::span);
            error(span, format!("{engine} does not read Rego v1"), "write `import rego.v1`, or v0; OPA reads it since 1.0.0");
        }
        for import in module.imports() {
            let Some(path) = import.path().and_then(ast::dotted) else { continue };
            match path.split('.').collect::<Vec<_>>()[..] {
                ["rego", "v1"] if !self.has("rego_v1_import") && !self.has("rego_v1") => {
                    error(
                        import.span(),
                        format!("{engine} does not know `import rego.v1`"),
                        "import the future keywords that are used; OPA knows it since 0.59.0",
                    );
                }
                ["rego", "v2"] if !self.has("rego_v2_import") && !self.has("rego_v2") => {
                    error(
                        import.span(),
                        format!("{engine} does not know `import rego.v2`"),
                        "import the future keywords that are used; OPA knows it since 1.22.0",
                    );
                }
                ["future", "keywords", keyword] if !self.keyword(keyword) => {
                    let help = match keyword {
                        "in" => "write it without the keyword; OPA knows it since 0.34.0",
                        "every" => "write it without the keyword; OPA knows it since 0.38.0",
                        "if" | "contains" => "write it without the keyword; OPA knows it since 0.42.0",
                        "not" => "write it without the keyword; OPA knows it since 1.17.0",
                        "and" | "or" => "write it without the keyword; OPA knows it since 1.20.0",
                        _ => "write it without the keyword",
                    };
                    error(import.span(), format!("{engine} does not know the keyword `{keyword}`"), help);
                }
                _ => {}
            }
        }
        if !self.has("template_strings") {
            for node in parse.tree.root().descendants().filter(|node| node.kind() == Kind::Template) {
                error(
                    node.span(),
                    format!("{engine} does not know template strings"),
                    "use `sprintf` or `concat`; OPA knows them since 1.12.0",
                );
            }
        }
        errors
    }

    /// Whether a keyword can be had, by an import or without.
    #[must_use]
    pub fn keyword(&self, keyword: &str) -> bool {
        let old = matches!(keyword, "in" | "every" | "contains" | "if");
        self.future_keywords.contains(keyword) || old && (self.has("rego_v1") || self.has("rego_v1_import"))
    }
}
