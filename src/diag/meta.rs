use super::Severity;

/// Whether a rule can mend what it finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixKind {
    None,
    /// Some or all findings carry a safe fix.
    Safe,
    /// Some or all findings carry a fix, none of them safe.
    Unsafe,
}

/// The type of a rule's option, as config validation, docs and schema need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OptionKind {
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    String,
    /// A regular expression, compiled when the config is read.
    Regex,
    StringList,
    OneOf(&'static [&'static str]),
    /// A list of tables that take these options.
    Tables(&'static [OptionMeta]),
}

/// What a table among the items of an option of kind [`OptionKind::Tables`] sets.
pub type OptionTable = std::borrow::Cow<'static, [(&'static str, OptionValue)]>;

/// A default or configured value of an option.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OptionValue {
    Bool(bool),
    Integer(i64),
    String(std::borrow::Cow<'static, str>),
    StringList(std::borrow::Cow<'static, [std::borrow::Cow<'static, str>]>),
    Tables(std::borrow::Cow<'static, [OptionTable]>),
    Unset,
}

/// An option that a rule takes in `[rules]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OptionMeta {
    pub name: &'static str,
    pub kind: OptionKind,
    pub default: OptionValue,
    /// One sentence.
    pub doc: &'static str,
}

/// A text that a rule fires on or stays silent on; both run as tests.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Example {
    /// The fence's language, `rego`, `rego-v0` or `yaml`.
    pub language: &'static str,
    /// Lines `# file: name.rego` start the files of an example that needs several.
    pub text: &'static str,
    /// Options of the rule that the example is judged with.
    pub options: &'static [(&'static str, OptionValue)],
}

/// All that is known of a rule without running it: docs, config schema and `ztctl rules` are made of it.
#[derive(Debug)]
pub struct RuleMeta {
    /// Kebab-case, names the smell.
    pub id: &'static str,
    pub group: &'static str,
    /// One line, lower case, no final stop.
    pub summary: &'static str,
    /// Markdown: why the smell matters.
    pub why: &'static str,
    pub bad: Example,
    pub good: Example,
    pub severity: Severity,
    /// On in the `recommended` preset.
    pub recommended: bool,
    /// The level in the `regal` preset; `None` where Regal has no such rule or leaves it off.
    pub regal: Option<Severity>,
    pub fix: FixKind,
    /// Why the fix is safe or not; empty without a fix.
    pub fix_safety: &'static str,
    pub options: &'static [OptionMeta],
    /// Where the claim comes from: a specification section or a document's address.
    pub source: &'static str,
    /// What other tools call it: `regal style/opa-fmt`.
    pub peers: &'static [&'static str],
    /// What it points at may be a secret: reports show neither the line nor what a fix would change.
    pub is_secret: bool,
    /// The version that brought the rule.
    pub since: &'static str,
}

impl RuleMeta {
    /// Where the rule's page is read: the link that every finding carries.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://ztctl.dev/rules/{}", self.id)
    }
}
