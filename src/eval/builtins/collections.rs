//! Arrays, sets, objects, and what aggregates them.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use super::operand::{array, int, items, number, object, set};
use super::{Context, Failure, Outcome, Run};
use crate::eval::value::{Float, Number, Object, Set, Value};

pub(super) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "count" => count,
        "sum" => |_, a| total(&a[0], BigInt::from(0), |x, y| x + y, Float::ZERO, |x, y| Some(x.add(y))),
        "product" => |_, a| total(&a[0], BigInt::from(1), |x, y| x * y, Float::ONE_53, Float::mul),
        "max" => |_, a| items(&a[0])?.into_iter().max().cloned().ok_or(Failure::Undefined),
        "min" => |_, a| items(&a[0])?.into_iter().min().cloned().ok_or(Failure::Undefined),
        "sort" => |_, a| {
            let mut sorted: Vec<Value> = items(&a[0])?.into_iter().cloned().collect();
            sorted.sort();
            Ok(Value::array(sorted))
        },
        "all" => |_, a| Ok(Value::Bool(items(&a[0])?.into_iter().all(|item| *item == Value::Bool(true)))),
        "any" => |_, a| Ok(Value::Bool(items(&a[0])?.into_iter().any(|item| *item == Value::Bool(true)))),
        "internal.member_2" => |_, a| Ok(Value::Bool(member(&a[0], &a[1]))),
        "internal.member_3" => |_, a| Ok(Value::Bool(member_at(&a[0], &a[1], &a[2]))),
        "array.concat" => |_, a| {
            let mut out = (**array(&a[0])?).clone();
            out.extend(array(&a[1])?.iter().cloned());
            Ok(Value::array(out))
        },
        "array.flatten" => flatten,
        "array.reverse" => |_, a| Ok(Value::array(array(&a[0])?.iter().rev().cloned().collect())),
        "array.slice" => slice,
        "and" => |_, a| Ok(Value::set(set(&a[0])?.intersection(set(&a[1])?).cloned().collect())),
        "or" => |_, a| Ok(Value::set(set(&a[0])?.union(set(&a[1])?).cloned().collect())),
        "set_diff" => |_, a| Ok(Value::set(set(&a[0])?.difference(set(&a[1])?).cloned().collect())),
        "intersection" => intersection,
        "union" => |_, a| {
            let mut out = Set::new();
            for member in set(&a[0])?.iter() {
                out.extend(set(member)?.iter().cloned());
            }
            Ok(Value::set(out))
        },
        "object.get" => get,
        "object.keys" => |_, a| Ok(Value::set(object(&a[0])?.keys().cloned().collect())),
        "object.remove" => |_, a| {
            let (entries, keys) = (object(&a[0])?, keys(&a[1])?);
            Ok(entries.iter().filter(|(key, _)| !keys.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect())
        },
        "object.filter" => |_, a| {
            let (entries, keys) = (object(&a[0])?, keys(&a[1])?);
            Ok(entries.iter().filter(|(key, _)| keys.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect())
        },
        "object.union" => |_, a| Ok(Value::object(merge(object(&a[0])?, object(&a[1])?))),
        "object.union_n" => union_n,
        "object.subset" => subset,
        "graph.reachable" => reachable,
        "graph.reachable_paths" => reachable_paths,
        _ => return None,
    })
}

fn count(_: &mut Context, a: &[Value]) -> Outcome {
    Ok(Value::from(match &a[0] {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        Value::Set(members) => members.len(),
        Value::String(text) => text.chars().count(),
        _ => return Err(Failure::Undefined),
    }))
}

fn total(
    value: &Value,
    start: BigInt,
    exact: fn(BigInt, BigInt) -> BigInt,
    float_start: Float,
    float: fn(Float, Float) -> Option<Float>,
) -> Outcome {
    let numbers: Vec<&Number> = items(value)?.into_iter().map(number).collect::<Result<_, _>>()?;
    if let Some(integers) = numbers.iter().map(|number| number.as_bigint()).collect::<Option<Vec<_>>>() {
        return Ok(Value::Number(integers.into_iter().fold(start, exact).into()));
    }
    let mut out = float_start;
    for number in numbers {
        let too_large = || Failure::Halt("a number whose exponent is too large to compute with".to_owned());
        out = float(out, Float::of(number).ok_or_else(too_large)?).ok_or_else(too_large)?;
    }
    Ok(Value::Number(out.to_number()))
}

fn member(value: &Value, collection: &Value) -> bool {
    match collection {
        Value::Set(members) => members.contains(value),
        Value::Array(items) => items.contains(value),
        Value::Object(entries) => entries.values().any(|item| item == value),
        _ => false,
    }
}

fn member_at(key: &Value, value: &Value, collection: &Value) -> bool {
    match collection {
        Value::Set(members) => members.contains(key) && key == value,
        other => other.get(key) == Some(value),
    }
}

fn flatten(_: &mut Context, a: &[Value]) -> Outcome {
    let mut out = Vec::new();
    for item in array(&a[0])?.iter() {
        match item {
            Value::Array(inner) => out.extend(inner.iter().cloned()),
            other => out.push(other.clone()),
        }
    }
    Ok(Value::array(out))
}

fn slice(_: &mut Context, a: &[Value]) -> Outcome {
    let items = array(&a[0])?;
    let (start, stop) = (int(&a[1])?, int(&a[2])?);
    let stop = usize::try_from(stop).unwrap_or(0).min(items.len());
    let start = usize::try_from(start).unwrap_or(0).min(stop);
    Ok(Value::array(items[start..stop].to_vec()))
}

fn intersection(_: &mut Context, a: &[Value]) -> Outcome {
    let mut out: Option<Set> = None;
    for member in set(&a[0])?.iter() {
        let members = set(member)?;
        out = Some(match out {
            None => (**members).clone(),
            Some(out) => out.intersection(members).cloned().collect(),
        });
    }
    Ok(Value::set(out.unwrap_or_default()))
}

fn get(_: &mut Context, a: &[Value]) -> Outcome {
    let entries = object(&a[0])?;
    let found = match &a[1] {
        Value::Array(path) => path.iter().try_fold(&a[0], |value, key| value.get(key)),
        key => entries.get(key),
    };
    Ok(found.unwrap_or(&a[2]).clone())
}

/// Keys as a set, an array, or an object's.
fn keys(value: &Value) -> Result<BTreeSet<&Value>, Failure> {
    match value {
        Value::Object(entries) => Ok(entries.keys().collect()),
        other => Ok(items(other)?.into_iter().collect()),
    }
}

/// The second object's values win; objects are merged.
fn merge(a: &Object, b: &Object) -> Object {
    let mut out = a.clone();
    for (key, value) in b {
        let merged = match (out.get(key), value) {
            (Some(Value::Object(x)), Value::Object(y)) => Value::object(merge(x, y)),
            _ => value.clone(),
        };
        out.insert(key.clone(), merged);
    }
    out
}

/// Later objects win. Unlike [`merge`] one by one, a value that is no object hides the earlier ones for good.
fn union_n(_: &mut Context, a: &[Value]) -> Outcome {
    let objects: Vec<&Object> = array(&a[0])?.iter().map(|item| object(item).map(|o| &**o)).collect::<Result<_, _>>()?;
    let mut out = Object::new();
    let mut frozen = BTreeSet::new();
    for object in objects.into_iter().rev() {
        merge_below(&mut out, object, &mut Vec::new(), &mut frozen);
    }
    Ok(Value::object(out))
}

fn merge_below(target: &mut Object, source: &Object, path: &mut Vec<Value>, frozen: &mut BTreeSet<Vec<Value>>) {
    for (key, value) in source {
        path.push(key.clone());
        match (target.get_mut(key), value) {
            (None, value) => {
                target.insert(key.clone(), value.clone());
            }
            (Some(Value::Object(own)), Value::Object(other)) => {
                if !frozen.contains(path) {
                    merge_below(std::sync::Arc::make_mut(own), other, path, frozen);
                }
            }
            (Some(_), _) => {
                frozen.insert(path.clone());
            }
        }
        path.pop();
    }
}

fn subset(_: &mut Context, a: &[Value]) -> Outcome {
    Ok(Value::Bool(match (&a[0], &a[1]) {
        (Value::Object(over), Value::Object(under)) => object_subset(over, under),
        (Value::Set(over), Value::Set(under)) => under.is_subset(over),
        (Value::Array(over), Value::Array(under)) => array_subset(over, under),
        (Value::Array(over), Value::Set(under)) => {
            // every occurrence counts, as OPA counts them
            let mut missing = i64::try_from(under.len()).unwrap_or(i64::MAX);
            over.iter().any(|item| {
                missing -= i64::from(under.contains(item));
                missing == 0
            })
        }
        _ => return Err(Failure::Undefined),
    }))
}

fn object_subset(over: &Object, under: &Object) -> bool {
    under.iter().all(|(key, value)| match (over.get(key), value) {
        (None, _) => false,
        (Some(own), value) if own == value => true,
        (Some(Value::Object(x)), Value::Object(y)) => object_subset(x, y),
        (Some(Value::Set(x)), Value::Set(y)) => y.is_subset(x),
        (Some(Value::Array(x)), Value::Array(y)) => array_subset(x, y),
        _ => false,
    })
}

fn array_subset(over: &[Value], under: &[Value]) -> bool {
    under.is_empty() || over.windows(under.len()).any(|window| window == under)
}

/// The neighbours of a graph's node: an array or a set, else none.
fn edges(value: &Value) -> Vec<&Value> {
    items(value).unwrap_or_default()
}

fn reachable(_: &mut Context, a: &[Value]) -> Outcome {
    let graph = object(&a[0])?;
    let mut queue: Vec<&Value> = items(&a[1])?;
    let mut reached = Set::new();
    while let Some(node) = queue.pop() {
        if let Some(next) = graph.get(node)
            && reached.insert(node.clone())
        {
            queue.extend(edges(next));
        }
    }
    Ok(Value::set(reached))
}

fn reachable_paths(context: &mut Context, a: &[Value]) -> Outcome {
    let graph = object(&a[0])?;
    let mut out = Set::new();
    for node in items(&a[1])? {
        let Some(next) = graph.get(node) else { continue };
        let next = edges(next);
        if next.is_empty() {
            out.insert(Value::array(vec![node.clone()]));
        }
        for neighbour in next {
            paths(context, graph, neighbour, &mut vec![node.clone()], &mut vec![node.clone()], &mut out)?;
        }
    }
    Ok(Value::set(out))
}

fn paths(
    context: &mut Context,
    graph: &Object,
    root: &Value,
    path: &mut Vec<Value>,
    reached: &mut Vec<Value>,
    out: &mut Set,
) -> Result<(), Failure> {
    context.check_time()?;
    let Some(next) = graph.get(root) else {
        out.insert(Value::array(path.clone()));
        return Ok(());
    };
    path.push(root.clone());
    let next = edges(next);
    if next.is_empty() {
        out.insert(Value::array(path.clone()));
    }
    reached.push(root.clone());
    for neighbour in next {
        if reached.contains(neighbour) {
            out.insert(Value::array(path.clone()));
        } else {
            paths(context, graph, neighbour, path, reached, out)?;
        }
    }
    reached.pop();
    path.pop();
    Ok(())
}
