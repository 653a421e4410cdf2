//! The Rego model: scopes, references, facts, annotations, built-in functions.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use ztctl::model::rego::{
    AnnotationScope, Binding, BindingKind, FactKinds, Facts, Module, Name, RuleKind, Scopes, annotations, builtin, builtins,
    is_builtin_namespace,
};
use ztctl::syntax::rego::{Kind, Parse, Version, parse};
use ztctl::text::SourceId;

fn v1(text: &str) -> Parse {
    let parse = parse(text, Version::V1);
    assert!(parse.errors.is_empty(), "{:?}", parse.errors);
    parse
}

fn v0(text: &str) -> Parse {
    let parse = parse(text, Version::V0);
    assert!(parse.errors.is_empty(), "{:?}", parse.errors);
    parse
}

/// Each variable in rules as `name@offset-of-line`, with what it stands for.
fn names(text: &str) -> Vec<String> {
    let parse = v1(text);
    let module = Module::new(&parse);
    let scopes = Scopes::new(&parse, &module);
    let mut out = Vec::new();
    for node in parse.tree.root().descendants().filter(|node| node.kind() == Kind::Var) {
        let Some(name) = scopes.name(node) else { continue };
        let meaning = match name {
            Name::Local(at) => {
                let Binding { kind, span, .. } = scopes.bindings[at as usize];
                format!("{kind:?}@{}", span.start)
            }
            other => format!("{other:?}"),
        };
        out.push(format!("{}={meaning}", node.text()));
    }
    out
}

fn bindings(text: &str) -> Vec<(String, BindingKind, u32)> {
    let parse = v1(text);
    let module = Module::new(&parse);
    let scopes = Scopes::new(&parse, &module);
    let mut all: Vec<_> = scopes.bindings.iter().map(|b| (b.span.start, b.name.to_owned(), b.kind, b.uses)).collect();
    all.sort_by_key(|(start, ..)| *start);
    all.into_iter().map(|(_, name, kind, uses)| (name, kind, uses)).collect()
}

#[test]
fn kinds_of_rules() {
    let kinds = |parse: &Parse| -> Vec<(String, RuleKind)> {
        Module::new(parse).rules.iter().map(|rule| (rule.path.dotted(), rule.kind)).collect()
    };
    let parse = v1(
        "package a\n\nx := 1\nf(y) := y\ng() := 2\ns contains 1\no[k] := 1 if some k in [1]\nr.s.t := 1\nm[k] if k := 1\nr[\"q\"] := 2\n",
    );
    use RuleKind::{Complete, Function, PartialObject, PartialSet};
    let wanted = [
        ("x", Complete),
        ("f", Function),
        ("g", Complete),
        ("s", PartialSet),
        ("o", PartialObject),
        ("r.s.t", Complete),
        ("m", PartialObject),
        ("r.q", Complete),
    ];
    assert_eq!(kinds(&parse), wanted.map(|(name, kind)| (name.to_owned(), kind)));
    let parse = v0("package a\n\np[x] { x := 1 }\nq.r { input.x }\ns[\"t\"]\nu.v.w { input.x }\nx[k] = 1 { k := 2 }\ny.z = 3\n");
    let wanted = [("p", PartialSet), ("q", PartialSet), ("s", PartialSet), ("u.v.w", Complete), ("x", PartialObject), ("y.z", Complete)];
    assert_eq!(kinds(&parse), wanted.map(|(name, kind)| (name.to_owned(), kind)));
    // with `if` the brackets are an object's
    let parse = v0("package a\n\nimport future.keywords.if\n\np[x] if { x := 1 }\nq.r if input.x\n");
    assert_eq!(kinds(&parse), [("p".to_owned(), PartialObject), ("q.r".to_owned(), Complete)]);
}

#[test]
fn names_are_resolved() {
    let found = names(
        "package a\n\nimport data.lib\nimport input.user as u\n\nallow if {\n\tlib.ok\n\tu.x\n\tinput.y\n\tdata.z\n\tother\n\tcount(lib.xs) > limit\n\tunknown(1)\n\t_ = 1\n}\n\nother := 1\nlimit := 2\n",
    );
    let wanted = [
        "lib=Import(0)",
        "u=Import(1)",
        "input=Input",
        "data=Data",
        "other=Rule(1)",
        "count=Builtin",
        "lib=Import(0)",
        "limit=Rule(2)",
        "unknown=Unknown",
        "_=Wildcard",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn declarations_hide_what_is_outside() {
    // x: argument, then declared anew in the comprehension, then the argument again
    let found = names("package a\n\nf(x) := y if {\n\ty := [x | some x in x]\n\tx == 1\n}\n");
    assert_eq!(found, ["x=Argument@13", "y=Assign@27", "y=Assign@27", "x=SomeIn@42", "x=SomeIn@42", "x=Argument@13", "x=Argument@13"]);
    // a declaration counts from there on, but what the body declares is no rule in front of it either (opa refuses this one)
    let found = names("package a\n\nx := 1\n\np if {\n\tx == 1\n\tx := 2\n\tx == 2\n}\n");
    assert_eq!(found, ["x=Implicit@27", "x=Assign@35", "x=Assign@35"]);
    let found = names("package a\n\nx := 1\n\np := x if {\n\ty := [x | x = 1]\n\tx := 2\n}\n");
    assert_eq!(found, ["x=Assign@50", "y=Assign@32", "x=Implicit@38", "x=Implicit@38", "x=Assign@50"]);
    // and so in the bodies of comprehensions, for themselves alone
    let found = names("package a\n\nx := 1\n\np if {\n\ty := [x | input[x]; z := [x | x := 2]]\n}\n");
    assert_eq!(found[..4], ["y=Assign@27", "x=Rule(0)", "input=Input", "x=Rule(0)"]);
    let calls = "package a\n\np if {\n\tassign(x, input)\n\tx with input.y as input\n\tinput := x\n\tx with input.y as input\n}\n";
    let found = names(calls);
    let wanted = ["assign=Builtin", "x=Assign@26", "input=Input", "x=Assign@26", "input=Input", "input=Input", "input=Assign@62"];
    assert_eq!(found[..7], wanted);
    assert_eq!(found[7..], ["x=Assign@26", "x=Assign@26", "input=Input", "input=Assign@62"]);
}

#[test]
fn what_nothing_declares_lives_in_the_outermost_body() {
    let found = bindings("package a\n\np := z if {\n\ty := [i | data.x[i]; w]\n\tdata.y[j] == {k | k = j}\n\tz = w\n}\n");
    use BindingKind::{Assign, Implicit};
    let wanted = [("z", Implicit, 1), ("y", Assign, 0), ("i", Implicit, 1), ("w", Implicit, 1), ("j", Implicit, 1), ("k", Implicit, 1)];
    assert_eq!(found, wanted.map(|(name, kind, uses)| (name.to_owned(), kind, uses)));
}

#[test]
fn every_and_else_have_scopes_of_their_own() {
    let found = bindings("package a\n\nf(x) := 1 if {\n\tevery k, v in x { k == v }\n\ty := x\n} else := y if {\n\ty := x\n}\n");
    use BindingKind::{Argument, Assign, Every};
    let wanted = [("x", Argument, 3), ("k", Every, 1), ("v", Every, 1), ("y", Assign, 0), ("y", Assign, 1)];
    assert_eq!(found, wanted.map(|(name, kind, uses)| (name.to_owned(), kind, uses)));
}

#[test]
fn patterns_declare_values_and_use_keys() {
    let found = bindings("package a\n\np if {\n\tk := \"a\"\n\t{k: v, \"b\": [w, _]} := input\n\tsome {k: u} in [v, w]\n\tu\n}\n");
    use BindingKind::{Assign, SomeIn};
    let wanted = [("k", Assign, 2), ("v", Assign, 1), ("w", Assign, 1), ("u", SomeIn, 1)];
    assert_eq!(found, wanted.map(|(name, kind, uses)| (name.to_owned(), kind, uses)));
}

#[test]
fn groups_of_and_and_or_are_looked_into() {
    let found =
        names("package a\n\nimport future.keywords.and\nimport future.keywords.or\n\np if { x := 1; (x or input.y) and { y := x; y } }\n");
    assert_eq!(found.iter().filter(|name| name.starts_with("x=Assign")).count(), 3, "{found:?}");
    assert_eq!(found.iter().filter(|name| name.starts_with("y=Assign")).count(), 2, "{found:?}");
}

#[test]
fn facts_name_full_paths() {
    let text = "package a.b\n\nimport data.lib.c as d\n\nallow if {\n\td.x.y[i]\n\tdata.q[\"r-s\"].t\n\thelper(1)\n\tlocal := 1\n\tlocal == maybe\n\tinput.z\n\tallow_too\n}\n\nallow_too := true\n\nf(x, y) := x\n";
    let parse = v1(text);
    let module = Module::new(&parse);
    let facts = Facts::new(SourceId(0), &parse, &module, FactKinds { references: true, ..FactKinds::default() });
    assert_eq!(facts.package, "data.a.b");
    assert_eq!(facts.imports[0].path, "data.lib.c");
    assert_eq!(facts.imports[0].alias.as_deref(), Some("d"));
    let rules: Vec<_> = facts.rules.iter().map(|rule| (rule.path.as_str(), rule.arity)).collect();
    assert_eq!(rules, [("data.a.b.allow", None), ("data.a.b.allow_too", None), ("data.a.b.f", Some(2))]);
    let references: Vec<_> = facts.references.iter().map(|r| (facts.path(r), r.called, r.presumed)).collect();
    let wanted = [
        ("data.lib.c.x.y", false, false),
        ("data.a.b.i", false, true),
        ("data.q[\"r-s\"].t", false, false),
        ("data.a.b.helper", true, true),
        ("data.a.b.maybe", false, true),
        ("data.a.b.allow_too", false, false),
    ];
    assert_eq!(references, wanted);
}

#[test]
fn annotations_have_types() {
    let text = "# METADATA\n# title: The package\n# organizations:\n# - Bank\npackage a\n\n# METADATA\n# title: Who\n# description: Why\n# entrypoint: true\n# authors:\n# - Ann <ann@bank.example>\n# - name: Bob\n# related_resources:\n# - https://bank.example/a\n# - ref: https://bank.example/b\n#   description: more\n# schemas:\n# - input: schema.input\n# custom:\n#   severity: high\nallow if input.x\n\n# METADATA\n# scope: document\n# title: All\ndeny if input.y\n";
    let parse = v1(text);
    let all: Vec<_> = annotations(&parse).collect();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].scope(), AnnotationScope::Package);
    assert_eq!(all[0].organizations().collect::<Vec<_>>(), ["Bank"]);
    assert!(!all[0].is_entrypoint() && !all[0].has_scope());
    let rule = all[1];
    assert_eq!((rule.scope(), rule.is_entrypoint()), (AnnotationScope::Document, true));
    assert_eq!((rule.title(), rule.description()), (Some("Who"), Some("Why")));
    let authors: Vec<_> = rule.authors().map(|author| (author.name, author.email)).collect();
    assert_eq!(authors, [("Ann", "ann@bank.example"), ("Bob", "")]);
    let resources: Vec<_> = rule.related_resources().collect();
    assert_eq!(resources, [("https://bank.example/a", None), ("https://bank.example/b", Some("more"))]);
    assert_eq!(rule.schemas().next().map(|(path, schema)| (path, schema.as_str())), Some(("input", Some("schema.input"))));
    assert_eq!(rule.custom("severity").and_then(|value| value.as_str()), Some("high"));
    assert_eq!(rule.target().and_then(|id| parse.tree.node(id)).map(|node| node.kind()), Some(Kind::Rule));
    assert_eq!((all[2].scope(), all[2].has_scope()), (AnnotationScope::Document, true));
}

#[test]
fn builtins_are_sorted_and_found() {
    assert!(builtins().is_sorted_by_key(|builtin| builtin.name));
    assert!(builtins().len() > 180);
    let count = builtin("count").expect("count");
    assert!(!count.is_boolean() && count.args.len() == 1 && !count.deprecated);
    assert!(builtin("any").expect("any").deprecated);
    assert!(builtin("walk").expect("walk").relation);
    assert!(builtin("time.now_ns").expect("now").nondeterministic);
    assert_eq!(builtin("equal").expect("equal").infix, Some("=="));
    assert!(builtin("nothing").is_none());
    assert!(is_builtin_namespace("io") && is_builtin_namespace("count") && !is_builtin_namespace("io.jwt"));
}

/// The table in `src/model/rego/builtins_table.rs`, as `opa capabilities --current` would have it. With `ZTCTL_UPDATE` set it is
/// written, else compared if the installed opa is the one that the table came from.
#[test]
fn the_table_of_builtins_is_fresh() {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let opa = [home.join("go/bin/opa"), PathBuf::from("opa")]
        .into_iter()
        .find(|opa| Command::new(opa).arg("version").output().is_ok_and(|output| output.status.success()));
    let Some(opa) = opa else {
        eprintln!("skipped: opa is not installed");
        return;
    };
    let run = |args: &[&str]| Command::new(&opa).args(args).output().expect("opa runs").stdout;
    let version = String::from_utf8(run(&["version"])).expect("text");
    let version = version.lines().find_map(|line| line.strip_prefix("Version: ")).expect("a version").to_owned();
    let capabilities: serde_json::Value = serde_json::from_slice(&run(&["capabilities", "--current"])).expect("capabilities");
    let table = table(&version, &capabilities);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/model/rego/builtins_table.rs");
    let old = std::fs::read_to_string(&path).expect("the table");
    if old == table {
        return;
    }
    if std::env::var_os("ZTCTL_UPDATE").is_some() {
        std::fs::write(&path, table).expect("the table is written");
    } else if old.contains(&format!("OPA {version};")) {
        panic!("{} is not what opa {version} says: run ZTCTL_UPDATE=1 cargo test --test it model", path.display());
    } else {
        eprintln!("skipped: the table is not of opa {version}");
    }
}

fn table(version: &str, capabilities: &serde_json::Value) -> String {
    let mut all: Vec<&serde_json::Value> = capabilities["builtins"].as_array().expect("a list").iter().collect();
    all.sort_by_key(|builtin| builtin["name"].as_str());
    let mut out = format!(
        "// @generated by the recipe in builtins.rs from `opa capabilities --current` of OPA {version}; do not edit\nuse super::builtins::{{Builtin, Type::*}};\n\n#[rustfmt::skip]\npub(super) static BUILTINS: &[Builtin] = &[\n"
    );
    for builtin in all {
        let declaration = &builtin["decl"];
        let empty = Vec::new();
        let args: Vec<String> = declaration["args"]
            .as_array()
            .unwrap_or(&empty)
            .iter()
            .map(|arg| format!("({:?}, {})", arg["name"].as_str().unwrap_or_default(), ty(arg)))
            .collect();
        let variadic = declaration.get("variadic").map_or("None".to_owned(), |variadic| format!("Some(&{})", ty(variadic)));
        let result = declaration
            .get("result")
            .map_or("None".to_owned(), |result| format!("Some(({:?}, &{}))", result["name"].as_str().unwrap_or_default(), ty(result)));
        let infix = builtin["infix"].as_str().map_or("None".to_owned(), |infix| format!("Some({infix:?})"));
        let flag = |name: &str| builtin[name].as_bool().unwrap_or(false);
        writeln!(
            out,
            "    Builtin {{ name: {:?}, args: &[{}], variadic: {variadic}, result: {result}, infix: {infix}, deprecated: {}, nondeterministic: {}, relation: {} }},",
            builtin["name"].as_str().expect("a name"),
            args.join(", "),
            flag("deprecated"),
            flag("nondeterministic"),
            flag("relation"),
        )
        .expect("a string takes all");
    }
    out.push_str("];\n");
    out
}

/// A type of the capabilities as the table writes it.
fn ty(value: &serde_json::Value) -> String {
    let list = |key: &str, write: &dyn Fn(&serde_json::Value) -> String| {
        value[key].as_array().map_or(String::new(), |items| items.iter().map(write).collect::<Vec<_>>().join(", "))
    };
    match value["type"].as_str().expect("a type") {
        "null" => "Null".to_owned(),
        "boolean" => "Boolean".to_owned(),
        "number" => "Number".to_owned(),
        "string" => "String".to_owned(),
        "any" if value["of"].as_array().is_none_or(Vec::is_empty) => "Any".to_owned(),
        "any" => format!("Union(&[{}])", list("of", &ty)),
        "array" => {
            let dynamic = value.get("dynamic").map_or("None".to_owned(), |dynamic| format!("Some(&{})", ty(dynamic)));
            format!("Array(&[{}], {dynamic})", list("static", &ty))
        }
        "set" => format!("Set(&{})", ty(&value["of"])),
        "object" => {
            let dynamic = value
                .get("dynamic")
                .map_or("None".to_owned(), |dynamic| format!("Some((&{}, &{}))", ty(&dynamic["key"]), ty(&dynamic["value"])));
            let fields = list("static", &|field| format!("({}, {})", field["key"], ty(&field["value"])));
            format!("Object(&[{fields}], {dynamic})")
        }
        other => panic!("unknown type {other}"),
    }
}
