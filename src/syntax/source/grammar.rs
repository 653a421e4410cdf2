//! tree-sitter's trees → [`Tree`].

use std::ops::ControlFlow;
use std::sync::Arc;

use tree_sitter::{ParseOptions, ParseState, Parser, TreeCursor};

use super::Language;
use super::tree::{Data, Kind, NO_FUNCTION, Role, Tree};
use crate::text::Span;

/// The parser reports every hundred steps. So many reports are allowed for each KiB, and at least, before it counts as stuck: error
/// recovery can take quadratic time. Real sources take under 20 reports for each KiB.
const REPORTS_PER_KIB: usize = 600;
const MIN_REPORTS: usize = 20_000;

pub(super) fn parse(text: &Arc<str>, language: Language) -> Option<Tree> {
    let grammar: tree_sitter::Language = match language {
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::Java => tree_sitter_java::LANGUAGE,
        // it reads JSX too
        Language::JavaScript => tree_sitter_javascript::LANGUAGE,
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::Properties => return None,
    }
    .into();
    let mut parser = Parser::new();
    parser.set_language(&grammar).ok()?;
    let mut left = MIN_REPORTS + text.len() / 1024 * REPORTS_PER_KIB;
    let mut progress = |_: &ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let mut read = |offset: usize, _| bytes.get(offset..).unwrap_or(&[]);
    let options = ParseOptions::new().progress_callback(&mut progress);
    let parsed = parser.parse_with_options(&mut read, None, Some(options))?;
    Some(lower(text, language, &mut parsed.walk()))
}

/// A node of the grammar that is entered: its number, or that of its parent where it has none of its own, and the role that its
/// first child takes over then.
struct Open<'a> {
    node: u32,
    passes: Option<Role>,
    own: bool,
    /// What the grammar calls it: to ask a node for its parent takes a walk from the root.
    name: &'a str,
}

fn lower<'a>(text: &Arc<str>, language: Language, cursor: &mut TreeCursor<'a>) -> Tree {
    let mut tree = Tree { language, text: Arc::clone(text), nodes: Vec::new(), comments: Vec::new() };
    let mut open: Vec<Open<'a>> = Vec::new();
    loop {
        let node = cursor.node();
        let span = Span::new(node.start_byte() as u32, node.end_byte() as u32);
        let name = node.kind();
        let mut entered = false;
        if node.is_named() && !is_comment(name) {
            let (parent, inherited, above) = match open.last_mut() {
                Some(top) => (top.node, top.passes.take(), top.name),
                None => (0, None, ""),
            };
            let role = match cursor.field_name() {
                Some(field) => inherited.unwrap_or_else(|| role_of(field, above)),
                None => inherited.unwrap_or(Role::None),
            };
            let mut kind = if node.is_error() { Some(Kind::Error) } else { kind_of(name, language) };
            if matches!(name, "string" | "template_string") {
                kind = Some(if has_holes(node) { Kind::Template } else { Kind::String });
            }
            if tree.nodes.is_empty() {
                kind = Some(Kind::File);
            }
            // `*p` and `-x` are not `&x`
            if name == "unary_expression" && language == Language::Go && text.as_bytes().get(node.start_byte()) == Some(&b'&') {
                kind = None;
            }
            match kind {
                Some(kind) => {
                    let id = tree.nodes.len() as u32;
                    let function = match tree.nodes.get(parent as usize) {
                        Some(above) if above.kind == Kind::Function => parent,
                        Some(above) => above.function,
                        None => NO_FUNCTION,
                    };
                    tree.nodes.push(Data { kind, role, span, end: 0, parent, function });
                    open.push(Open { node: id, passes: None, own: true, name });
                }
                None => open.push(Open { node: parent, passes: Some(role), own: false, name }),
            }
            // the parts of a text are of no use, those of a template are
            entered = kind != Some(Kind::String) && cursor.goto_first_child();
            if !entered {
                close(&mut tree, &mut open);
            }
        } else if is_comment(name) {
            tree.comments.push(span);
        }
        if entered {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                while !open.is_empty() {
                    close(&mut tree, &mut open);
                }
                return tree;
            }
            close(&mut tree, &mut open);
        }
    }
}

fn close(tree: &mut Tree, open: &mut Vec<Open<'_>>) {
    if let Some(top) = open.pop().filter(|top| top.own) {
        tree.nodes[top.node as usize].end = tree.nodes.len() as u32;
    }
}

/// Whether a text has parts that are computed.
fn has_holes(text: tree_sitter::Node<'_>) -> bool {
    let mut cursor = text.walk();
    text.named_children(&mut cursor).any(|part| matches!(part.kind(), "interpolation" | "template_substitution"))
}

fn is_comment(name: &str) -> bool {
    matches!(name, "comment" | "line_comment" | "block_comment" | "html_comment")
}

fn role_of(field: &str, parent: &str) -> Role {
    match field {
        "function" | "constructor" => Role::Callee,
        "arguments" => Role::Arguments,
        "object" | "operand" | "scope" | "package" => Role::Object,
        // Python's `object[index]`
        "value" if parent == "subscript" => Role::Object,
        "field" | "property" | "attribute" => Role::Name,
        "name" if matches!(parent, "keyword_argument") => Role::Key,
        "name" => Role::Name,
        "key" => Role::Key,
        "value" => Role::Value,
        "left" => Role::Left,
        "right" => Role::Right,
        "body" | "consequence" => Role::Body,
        "type" => Role::Type,
        "condition" => Role::Condition,
        "source" | "path" | "module_name" => Role::Source,
        "alias" => Role::Alias,
        "index" | "subscript" => Role::Index,
        "parameters" | "parameter" => Role::Parameters,
        "result" | "return_type" => Role::Result,
        _ => Role::None,
    }
}

/// `None`: what is in the node stands in its place.
fn kind_of(name: &str, language: Language) -> Option<Kind> {
    Some(match name {
        "parenthesized_expression" | "await_expression" | "await" | "literal_element" | "expression_statement" | "import_spec_list" => {
            return None;
        }
        "cast_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" | "type_assertion" => Kind::Cast,
        "import_statement" | "import_from_statement" | "import_spec" | "import_require_clause" => Kind::Import,
        "import_declaration" if language == Language::Java => Kind::Import,
        "import_specifier" | "aliased_import" => Kind::Specifier,
        "namespace_import" => Kind::Namespace,
        "wildcard_import" | "asterisk" => Kind::Wildcard,
        "function_declaration"
        | "method_declaration"
        | "func_literal"
        | "function_expression"
        | "function"
        | "arrow_function"
        | "method_definition"
        | "generator_function"
        | "generator_function_declaration"
        | "function_definition"
        | "lambda"
        | "lambda_expression"
        | "constructor_declaration" => Kind::Function,
        "class_declaration" | "class" | "class_definition" | "abstract_class_declaration" | "enum_declaration" | "record_declaration" => {
            Kind::Class
        }
        "class_body" => Kind::ClassBody,
        "class_heritage" | "superclass" | "super_interfaces" => Kind::Heritage,
        "parameter_list" | "formal_parameters" | "parameters" | "lambda_parameters" | "inferred_parameters" => Kind::Parameters,
        "call_expression" | "call" | "method_invocation" | "explicit_constructor_invocation" => Kind::Call,
        "new_expression" | "object_creation_expression" => Kind::New,
        "arguments" | "argument_list" => Kind::Arguments,
        "selector_expression"
        | "qualified_type"
        | "member_expression"
        | "attribute"
        | "field_access"
        | "scoped_identifier"
        | "scoped_type_identifier"
        | "nested_identifier" => Kind::Member,
        "index_expression" | "subscript_expression" | "subscript" | "array_access" => Kind::Index,
        "identifier"
        | "field_identifier"
        | "package_identifier"
        | "type_identifier"
        | "property_identifier"
        | "private_property_identifier"
        | "shorthand_property_identifier_pattern"
        | "dotted_name"
        | "this"
        | "super"
        | "dot" => Kind::Name,
        "shorthand_property_identifier" => Kind::Shorthand,
        "interpreted_string_literal" | "raw_string_literal" | "string_literal" => Kind::String,
        "concatenated_string" => Kind::Template,
        "int_literal" | "float_literal" | "number" | "integer" | "float" | "decimal_integer_literal" | "decimal_floating_point_literal" => {
            Kind::Number
        }
        "true" => Kind::True,
        "false" => Kind::False,
        "nil" | "null" | "undefined" | "none" | "null_literal" => Kind::Null,
        "object" | "dictionary" | "literal_value" => Kind::Map,
        "composite_literal" => Kind::Composite,
        "pair" | "keyed_element" | "pair_pattern" => Kind::Pair,
        "object_pattern" => Kind::Pattern,
        "array" | "list" | "tuple" | "set" | "array_initializer" | "array_pattern" => Kind::List,
        "spread_element" | "variadic_argument" | "dictionary_splat" | "list_splat" => Kind::Spread,
        "keyword_argument" => Kind::Keyword,
        "assignment" | "assignment_expression" | "assignment_statement" | "short_var_declaration" | "named_expression" => Kind::Assign,
        "variable_declarator" | "var_spec" | "const_spec" | "field_definition" | "public_field_definition" => Kind::Declare,
        "unary_expression" | "not_operator" | "unary_operator" => Kind::Unary,
        "binary_expression" | "comparison_operator" | "boolean_operator" | "binary_operator" | "instanceof_expression" => Kind::Binary,
        "ternary_expression" | "conditional_expression" => Kind::Ternary,
        "if_statement" | "elif_clause" => Kind::If,
        "return_statement" => Kind::Return,
        "throw_statement" | "raise_statement" => Kind::Throw,
        "block" | "statement_block" | "constructor_body" | "statement_list" => Kind::Block,
        "expression_list" | "pattern_list" => Kind::Several,
        _ => Kind::Other,
    })
}
