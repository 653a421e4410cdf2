//! What deprecated built-ins are written as.
//!
//! OPA evaluates the arguments of a call before the statement that the call stands in, `not` included. So a call may become
//! another call of the same arguments anywhere, `==` excepted; what is a reference (`{null}[x]`) differs under `not`. An argument that is written twice must be a plain path, since a wildcard in it would iterate twice.

use super::allowed::Allowed;
use super::builtins::{Names, renamed};
use super::form::{Form, Position, Shape, has_operator, identity, is_comprehension, is_path};
use super::step::{Needs, Remedy, Rewrite};
use crate::diag::Applicability;
use crate::model::rego::{BindingKind, Kinds, Name, builtin};
use crate::syntax::rego::ast::{self, Expr};
use crate::syntax::rego::{Kind, Node};
use crate::text::Span;

/// How long a path may be that is written more than once.
const LONGEST_COPY: usize = 80;

/// Writes one call otherwise.
pub(super) struct Writer<'w, 't> {
    pub(super) names: &'w Names<'w, 't>,
    pub(super) call: ast::Call<'t>,
    pub(super) name: &'w str,
}

fn manual(help: impl Into<String>) -> Remedy {
    Remedy::Manual { help: help.into() }
}

impl<'t> Writer<'_, 't> {
    pub(super) fn remedy(&self) -> Remedy {
        let Some(callee) = self.call.callee() else { return manual("write it with the built-ins of v1") };
        if let Some(to) = renamed(self.name) {
            return self.renamed(callee, to);
        }
        let args: Vec<Expr<'t>> = self.call.args().collect();
        let arity = builtin(self.name).map_or(1, |builtin| builtin.args.len());
        let mut position = Position::of(self.call.node());
        let output = match args.len() {
            count if count == arity => None,
            count if count == arity + 1 && position == Position::Statement => {
                let output = args[arity];
                if !self.is_plain_text(output) {
                    return manual(format!("write the result before it: `{} = {}(…)`", "x", self.name));
                }
                position = Position::Value { tight: false, negated: false };
                Some(output)
            }
            _ => return manual(format!("`{}` takes {arity} arguments: correct the call", self.name)),
        };
        if arity == 2 {
            return self.difference(args[0], args[1], position, output);
        }
        let argument = args[0];
        if matches!(self.name, "any" | "all") && self.has_no_truth(argument) {
            return manual(format!("no item can be `true` here, which v1 may refuse: remove `{}(…)` or compare the items", self.name));
        }
        let form = match self.name {
            "any" => Ok(self.any(argument, position)),
            "all" => self.all(argument, position),
            "cast_array" => self.cast_array(argument, position),
            "cast_set" => self.cast_set(argument, position),
            _ => self.cast(argument, position),
        };
        match form {
            Ok(form) => self.rewrite(form, argument, position, output),
            Err(help) => manual(help),
        }
    }

    fn renamed(&self, callee: Expr<'t>, to: &'static str) -> Remedy {
        let first = to.split('.').next().unwrap_or(to);
        let keeps_root = self.name.starts_with(first);
        if !keeps_root && self.names.is_taken(first) {
            return manual(format!("write `{to}(…)`, and call what is named `{first}` here otherwise"));
        }
        let replaced = self.names.is_replaced(self.name) && !self.is_replaced_here();
        if replaced {
            return manual(format!("write `{to}(…)`; a `with {} as …` in another file replaces it: change that too", self.name));
        }
        Remedy::Edit(Rewrite {
            edits: vec![(callee.span(), to.to_owned())],
            needs: Needs::default(),
            applicability: Applicability::Safe,
            help: format!("write `{to}(…)`"),
            allowed: Allowed::default(),
        })
    }

    fn is_replaced_here(&self) -> bool {
        self.names.replaced_here.get_or_init(|| super::packages::replaced(self.names.parse)).iter().any(|name| name == self.name)
    }

    fn kinds(&self, expr: Expr<'t>) -> Kinds {
        self.names.types.kinds(expr)
    }

    /// Whether an argument is a literal whose items are never booleans: OPA's type checker refuses to compare them with `true`.
    fn has_no_truth(&self, argument: Expr<'t>) -> bool {
        let never = |items: &mut dyn Iterator<Item = Expr<'t>>| {
            let mut items = items.peekable();
            items.peek().is_some() && items.all(|item| !self.kinds(item).may_be(Kinds::BOOLEAN))
        };
        match argument.inner() {
            Expr::Array(array) => never(&mut array.items()),
            Expr::Set(set) => never(&mut set.items()),
            _ => false,
        }
    }

    fn any(&self, argument: Expr<'t>, position: Position) -> Form {
        let exact = self.kinds(argument).only(Kinds::ARRAY.or(Kinds::SET));
        let form = match position {
            // opa's formatter takes away the parentheses that `in` needs there
            Position::Value { tight: true, .. } => Form::new("[true in ", "][0]", Shape::Atom, "write `[true in …][0]`"),
            _ => Form::new("true in ", "", Shape::Operator, "write `true in …`"),
        };
        form.with_in().unless(exact, "on an object `any` is undefined while `in` looks at its values, on other values `in` is false")
    }

    fn all(&self, argument: Expr<'t>, position: Position) -> Result<Form, String> {
        let kinds = self.kinds(argument);
        if position == Position::Statement {
            let item = self.names.fresh("item");
            let after = format!(" {{ {item} == true }}");
            let mut form = Form::new(format!("every {item} in "), after, Shape::Statement, "write `every item in … { item == true }`")
                .unless(kinds.only(Kinds::ARRAY.or(Kinds::SET)), "on an object `all` is undefined while `every` looks at its values");
            form.needs.every = true;
            return Ok(form);
        }
        match argument {
            Expr::Array(array) if array.items().next().is_some() => {
                return Ok(Form::new("", " == {true}", Shape::Operator, "compare the set with `{true}`").in_braces());
            }
            Expr::Array(_) => return Ok(Form::new("count(", ") == 0", Shape::Operator, "write `count([]) == 0`").calling(&["count"])),
            Expr::Set(set) if set.items().next().is_some() => {
                return Ok(Form::new("", " == {true}", Shape::Operator, "compare the set with `{true}`"));
            }
            _ => {}
        }
        let counted = Form::new("count(", " - {true}) == 0", Shape::Operator, "write `count(… - {true}) == 0`").calling(&["count"]);
        if matches!(argument, Expr::ArrayComprehension(_)) {
            return Ok(counted.in_braces());
        }
        if kinds.only(Kinds::SET) {
            return Ok(counted.wrapping());
        }
        let help = "compare it with as many `true`s as it has items";
        if let Some(path) = self.path(argument) {
            let after = format!(" == [true | some _ in {path}]");
            // a rule without a value is undefined before `not` and true behind it
            let is_plain = position != Position::Negated || self.is_bound(argument);
            return Ok(if kinds.only(Kinds::ARRAY) && is_plain {
                Form::new("", after, Shape::Operator, help).with_in()
            } else {
                let exact = position != Position::Negated || kinds.only(Kinds::ARRAY.or(Kinds::SET));
                Form::new("sort(", format!("){after}"), Shape::Operator, help)
                    .with_in()
                    .calling(&["sort"])
                    .unless(exact, "on values that are neither arrays nor sets `not all(…)` holds, this does not")
            });
        }
        self.closed(argument)?;
        let values = self.names.fresh("values");
        let ok = self.names.fresh("ok");
        // opa's formatter may take away parentheses round an operator before the `|`
        let before = format!("[{ok} | {values} := ");
        let after = format!("; {ok} := sort({values}) == [true | some _ in {values}]][0]");
        Ok(Form::new(before, after, Shape::Reference, help).with_in().calling(&["sort"]))
    }

    fn cast(&self, argument: Expr<'t>, position: Position) -> Result<Form, String> {
        let (kind, is_kind, calls): (Kinds, &str, &'static [&'static str]) = match self.name {
            "cast_string" => (Kinds::STRING, "is_string", &["is_string"]),
            "cast_boolean" => (Kinds::BOOLEAN, "", &[]),
            "cast_null" => (Kinds::NULL, "is_null", &["is_null"]),
            "cast_object" => (Kinds::OBJECT, "is_object", &["is_object"]),
            _ => return Err("write it with the built-ins of v1".to_owned()),
        };
        let kinds = self.kinds(argument);
        if !kinds.may_be(kind) {
            return Err(self.never());
        }
        let is_condition = matches!(position, Position::Statement | Position::Condition);
        if position.is_statement() {
            return Ok(match is_kind {
                "" if position == Position::Negated => Form::new("true in [", "]", Shape::Operator, "write `true in […]`").with_in(),
                "" if is_condition && kinds.only(kind) => identity(argument),
                "" => Form::new("", " == true", Shape::Operator, "write `… == true`").wrapping(),
                _ => Form::new(format!("{is_kind}("), ")", Shape::Atom, "write what it checks").calling(calls),
            });
        }
        if kinds.only(kind) {
            return Ok(identity(argument));
        }
        Ok(match self.name {
            "cast_string" => Form::new("concat(\"\", [", "])", Shape::Atom, "write `concat(\"\", […])`").calling(&["concat"]),
            "cast_object" => Form::new("object.union(", ", {})", Shape::Atom, "write `object.union(…, {})`").calling(&["object"]),
            "cast_null" => Form::new("{null}[", "]", Shape::Reference, "write `{null}[…]`"),
            _ => Form::new("{true, false}[", "]", Shape::Reference, "write `{true, false}[…]`"),
        })
    }

    fn cast_array(&self, argument: Expr<'t>, position: Position) -> Result<Form, String> {
        if let Some(form) = self.collection(argument, position)? {
            return Ok(form);
        }
        let kinds = self.kinds(argument);
        if kinds.only(Kinds::ARRAY) {
            return Ok(identity(argument));
        }
        if kinds.only(Kinds::SET) {
            return Ok(Form::new("sort(", ")", Shape::Atom, "write `sort(…)`").calling(&["sort"]));
        }
        let help = "choose by `type_name(…)`";
        let form = match self.path(argument) {
            Some(path) => Form::new("{\"array\": ", format!(", \"set\": sort({path})}}[type_name({path})]"), Shape::Reference, help),
            None => {
                self.closed(argument)?;
                let values = self.names.fresh("values");
                let before = format!("[{{\"array\": {values}, \"set\": sort({values})}}[type_name({values})] | {values} := ");
                Form::new(before, "][0]", Shape::Reference, help)
            }
        };
        Ok(form.calling(&["sort", "type_name"]))
    }

    fn cast_set(&self, argument: Expr<'t>, position: Position) -> Result<Form, String> {
        if let Some(form) = self.collection(argument, position)? {
            return Ok(form);
        }
        let is_array = match argument {
            Expr::Array(array) => array.items().next().is_some(),
            Expr::ArrayComprehension(_) => true,
            _ => false,
        };
        if is_array {
            return Ok(Form::new("", "", Shape::Atom, "write a set").in_braces());
        }
        let kinds = self.kinds(argument);
        if kinds.only(Kinds::SET) {
            return Ok(identity(argument));
        }
        let item = self.names.fresh("item");
        let comprehension = format!("{{{item} | some {item} in ");
        let is_array = kinds.only(Kinds::ARRAY);
        if is_array && self.is_bound(argument) {
            return Ok(Form::new(comprehension, "}", Shape::Atom, "write a set comprehension").with_in());
        }
        let help = "choose by `type_name(…)`";
        let form = match self.path(argument) {
            Some(path) => {
                let after = format!("}}, \"set\": {path}}}[type_name({path})]");
                Form::new(format!("{{\"array\": {comprehension}"), after, Shape::Reference, help)
            }
            None => {
                self.closed(argument)?;
                let values = self.names.fresh("values");
                let set = format!("{comprehension}{values}}}");
                let before = format!("[{{\"array\": {set}, \"set\": {values}}}[type_name({values})] | {values} := ");
                Form::new(before, "][0]", Shape::Reference, help)
            }
        };
        Ok(form.with_in().calling(&["type_name"]))
    }

    /// What `cast_array` and `cast_set` have in common.
    fn collection(&self, argument: Expr<'t>, position: Position) -> Result<Option<Form>, String> {
        if !self.kinds(argument).may_be(Kinds::ARRAY.or(Kinds::SET)) {
            return Err(self.never());
        }
        Ok(position.is_statement().then(|| {
            let help = "ask for `type_name(…)`";
            Form::new("type_name(", ") in {\"array\", \"set\"}", Shape::Operator, help).with_in().calling(&["type_name"])
        }))
    }

    fn never(&self) -> String {
        format!("`{}` is always undefined here: remove it, or convert the value", self.name)
    }

    fn difference(&self, left: Expr<'t>, right: Expr<'t>, position: Position, output: Option<Expr<'t>>) -> Remedy {
        let may_be_numbers = self.kinds(left).may_be(Kinds::NUMBER) && self.kinds(right).may_be(Kinds::NUMBER);
        let form = Form::new("", "", Shape::Operator, "write `… - …`")
            .wrapping()
            .unless(!may_be_numbers, "on numbers `set_diff` is undefined while `-` subtracts them");
        let comma = self.tokens().find(|token| token.kind() == Kind::Comma && token.span().start >= left.span().end);
        let Some(comma) = comma else { return manual("write `a - b`") };
        let wrap = |expr: Expr<'t>| if has_operator(expr) { position.brackets() } else { ("", "") };
        let ((open_left, close_left), (open_right, close_right)) = (wrap(left), wrap(right));
        let mut inner = vec![(comma.span(), format!("{close_left} -"))];
        if !open_right.is_empty() {
            inner.push((Span::at(right.span().start), open_right.to_owned()));
        }
        let form = Form { before: open_left.to_owned(), after: close_right.to_owned(), wrap: false, ..form };
        self.assemble(form, right, position, output, inner)
    }

    fn rewrite(&self, mut form: Form, argument: Expr<'t>, position: Position, output: Option<Expr<'t>>) -> Remedy {
        if form.shape == Shape::Reference && matches!(position, Position::Value { negated: true, .. } | Position::Negated) {
            return manual(format!("bind `{}(…)` to a variable in a statement before this one", self.name));
        }
        let must_wrap = matches!(argument, Expr::Membership(_) | Expr::Logical(_)) && form.shape != Shape::Atom;
        if form.wrap && has_operator(argument) || must_wrap {
            let (open, close) = position.brackets();
            form.before.push_str(open);
            form.after.insert_str(0, close);
        }
        let mut inner = Vec::new();
        if form.braces {
            let node = argument.node();
            let (Some(open), Some(close)) = (node.first_token(), node.last_token()) else { return manual("write a set") };
            inner.push((open.span(), "{".to_owned()));
            inner.push((close.span(), "}".to_owned()));
        }
        self.assemble(form, argument, position, output, inner)
    }

    /// Puts the pieces together; `inner` are edits between the parentheses of the call.
    fn assemble(&self, form: Form, last: Expr<'t>, position: Position, output: Option<Expr<'t>>, inner: Vec<(Span, String)>) -> Remedy {
        if let Some(taken) = form.calls.iter().find(|name| self.names.is_taken(name)) {
            return manual(format!("{}; `{taken}` means something else in this module: rename that first", form.help));
        }
        let mut tokens = self.tokens();
        let (Some(open), Some(close)) = (tokens.next(), tokens.next_back()) else { return manual(form.help) };
        let keywords = self.names.parse.keywords;
        let braces_are_bodies = keywords.not || keywords.and || keywords.or;
        let (mut before, mut after) = (form.before, form.after);
        let parens = form.shape == Shape::Operator
            && match position {
                Position::Value { tight, .. } => tight,
                Position::Statement => self.starts_with_brace(&before),
                Position::Negated | Position::Condition => braces_are_bodies,
            };
        if parens {
            let (open, close) = if position == Position::Negated { ("(", ")") } else { position.brackets() };
            before.insert_str(0, open);
            after.push_str(close);
        }
        if let Some(output) = output {
            before.insert_str(0, &format!("{} = ", output.text()));
        }
        let mut edits = vec![(Span::new(self.call.span().start, open.span().end), before)];
        edits.extend(inner);
        // a comma, and the output, after the last argument
        let rest = last.span().end;
        let comma = self.tokens().find(|token| token.kind() == Kind::Comma && token.span().start >= rest);
        if let Some(comma) = comma {
            edits.push((comma.span(), String::new()));
        }
        if let Some(output) = output {
            edits.push((output.span(), String::new()));
            let second = self.tokens().find(|token| token.kind() == Kind::Comma && token.span().start >= output.span().end);
            edits.extend(second.map(|comma| (comma.span(), String::new())));
        }
        edits.push((close.span(), after));
        let (applicability, help) = match form.caveat {
            None => (Applicability::Safe, form.help.to_owned()),
            Some(caveat) => (Applicability::Unsafe, format!("{}; {caveat}", form.help)),
        };
        Remedy::Edit(Rewrite { edits, needs: form.needs, applicability, help, allowed: Allowed::default() })
    }

    /// Whether the new text could be taken for a body where it is a statement.
    fn starts_with_brace(&self, before: &str) -> bool {
        match before.bytes().next() {
            Some(byte) => byte == b'{',
            None => self.call.args().next().is_some_and(|first| first.text().starts_with('{')),
        }
    }

    /// The own tokens of the arguments' list.
    fn tokens(&self) -> std::vec::IntoIter<crate::syntax::rego::Token<'t>> {
        let args = self.call.node().child(Kind::CallArgs);
        args.map_or_else(Vec::new, |args| args.own_tokens().collect()).into_iter()
    }

    /// Whether the text of an expression can stand elsewhere: short, on one line, without calls and comments.
    fn is_plain_text(&self, expr: Expr<'t>) -> bool {
        let text = expr.text();
        text.len() <= LONGEST_COPY && !text.contains(['\n', '#'])
    }

    /// The text of a variable or reference that can be written more than once.
    fn path(&self, argument: Expr<'t>) -> Option<&'t str> {
        (is_path(argument) && self.is_plain_text(argument)).then(|| argument.text())
    }

    /// Whether a variable has a value wherever the call is evaluated.
    fn is_bound(&self, argument: Expr<'t>) -> bool {
        matches!(argument, Expr::Var(var) if matches!(self.names.scopes.name(var.node()), Some(Name::Local(_))))
    }

    /// That an argument has one value at most, and gives no variable its value, so that it may move into a comprehension.
    fn closed(&self, argument: Expr<'t>) -> Result<(), String> {
        let help = || format!("bind the argument of `{}` to a variable first", self.name);
        for node in argument.node().descendants() {
            if let Some(call) = ast::Call::cast(node)
                && call.name().as_deref().and_then(builtin).is_some_and(|builtin| builtin.relation)
            {
                return Err(help());
            }
            let Some(var) = ast::Var::cast(node) else { continue };
            match self.names.scopes.name(node) {
                Some(Name::Wildcard) => {}
                Some(Name::Local(at)) => {
                    let binding = &self.names.scopes.bindings[at as usize];
                    let needs_value = matches!(binding.kind, BindingKind::Implicit | BindingKind::Some);
                    if !needs_value || self.names.types.is_equal_outside(at, self.call.span()) {
                        continue;
                    }
                }
                _ => continue,
            }
            let inside = var.node().ancestors().take_while(|node| *node != argument.node());
            let mut inside = inside.map(Node::kind);
            let local = inside.any(is_comprehension) || is_comprehension(argument.node().kind());
            if !local {
                return Err(help());
            }
        }
        Ok(())
    }
}
