//! What the engine that will run a module can read, as `opa capabilities` prints it.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Module;
use super::{Kind, Parse, SyntaxError, Version, ast};

/// The language features, keywords and builtins of a target engine (OPA: "Capabilities").
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capabilities {
    features: BTreeSet<String>,
    future_keywords: BTreeSet<String>,
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
        Ok(Self { features: list("features")?, future_keywords: list("future_keywords")?, builtins: list("builtins")?, arities })
    }

    fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// What of a module the engine cannot read, in source order.
    #[must_use]
    pub fn unsupported(&self, parse: &Parse) -> Vec<SyntaxError> {
        let Some(module) = Module::cast(parse.tree.root()) else { return Vec::new() };
        let mut errors = Vec::new();
        let mut error = |span, message: String, help: &str| errors.push(SyntaxError { span, message, help: Some(help.to_owned()) });
        if parse.version == Version::V1 && !self.has("rego_v1") && !parse.rego_v1_import {
            let span = module.package().map_or_else(|| parse.tree.root().span(), ast::Package::span);
            error(span, "the target engine does not read Rego v1".to_owned(), "write `import rego.v1`, or v0");
        }
        for import in module.imports() {
            let Some(path) = import.path().and_then(ast::dotted) else { continue };
            match path.split('.').collect::<Vec<_>>()[..] {
                ["rego", "v1"] if !self.has("rego_v1_import") && !self.has("rego_v1") => {
                    error(
                        import.span(),
                        "the target engine does not know `import rego.v1`".to_owned(),
                        "import the future keywords that are used",
                    );
                }
                ["rego", "v2"] if !self.has("rego_v2_import") && !self.has("rego_v2") => {
                    error(
                        import.span(),
                        "the target engine does not know `import rego.v2`".to_owned(),
                        "import the future keywords that are used",
                    );
                }
                ["future", "keywords", keyword] if !self.keyword(keyword) => {
                    error(
                        import.span(),
                        format!("the target engine does not know the keyword `{keyword}`"),
                        "write it without the keyword",
                    );
                }
                _ => {}
            }
        }
        if !self.has("template_strings") {
            for node in parse.tree.root().descendants().filter(|node| node.kind() == Kind::Template) {
                error(node.span(), "the target engine does not know template strings".to_owned(), "use `sprintf` or `concat`");
            }
        }
        errors
    }

    fn keyword(&self, keyword: &str) -> bool {
        let old = matches!(keyword, "in" | "every" | "contains" | "if");
        self.future_keywords.contains(keyword) || old && self.has("rego_v1")
    }
}
