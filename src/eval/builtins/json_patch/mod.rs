//! JSON Patch (RFC 6902), and documents with or without what paths select.

mod paths;
mod tree;

use super::operand::{array, object, string};
use super::{Builtin, Context, Failure, Outcome};
use crate::eval::value::Value;
use tree::Tree;

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "json.filter", arity: 2, relation: false, run: Some(filter) },
    Builtin { name: "json.patch", arity: 2, relation: false, run: Some(patch) },
    Builtin { name: "json.remove", arity: 2, relation: false, run: Some(remove) },
];

/// Operations that one call takes, at most: each may move a whole array.
const MAX_OPERATIONS: usize = 20_000;

fn filter(_: &mut Context, args: &[Value]) -> Outcome {
    object(&args[0])?;
    Ok(paths::filter(&args[0], &paths::selection(&args[1])?))
}

fn remove(_: &mut Context, args: &[Value]) -> Outcome {
    object(&args[0])?;
    Ok(paths::remove(&args[0], &paths::selection(&args[1])?))
}

fn patch(context: &mut Context, args: &[Value]) -> Outcome {
    let operations = array(&args[1])?;
    if operations.len() > MAX_OPERATIONS {
        return Err(Failure::Halt("there are too many operations".to_owned()));
    }
    let mut tree = Tree::new(args[0].clone());
    for operation in operations.iter() {
        context.check_time()?;
        apply(&mut tree, operation)?;
    }
    tree.render()?.ok_or_else(|| Failure::Halt("the whole document is removed".to_owned()))
}

fn apply(tree: &mut Tree, operation: &Value) -> Result<(), Failure> {
    let operation = object(operation)?;
    let field = |name: &str| operation.get(&Value::from(name)).ok_or(Failure::Undefined);
    let path = paths::parse(field("path")?)?;
    match string(field("op")?)? {
        "add" => tree.insert_at(&path, field("value")?.clone()),
        "remove" => tree.delete_at(&path),
        "replace" => {
            tree.delete_at(&path)?;
            tree.insert_at(&path, field("value")?.clone())
        }
        op @ ("move" | "copy") => {
            let from = paths::parse(field("from")?)?;
            let value = tree.unfold(&from)?.render()?;
            if op == "move" {
                tree.delete_at(&from)?;
            }
            tree.insert_at(&path, value.ok_or(Failure::Undefined)?)
        }
        "test" => {
            let value = tree.unfold(&path)?.render()?;
            if value.as_ref() == Some(field("value")?) { Ok(()) } else { Err(Failure::Undefined) }
        }
        _ => Err(Failure::Undefined),
    }
}
