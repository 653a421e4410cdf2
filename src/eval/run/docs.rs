//! Documents that rules define.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Flow, Machine, Stop};
use crate::eval::program::{Pattern, Rule};
use crate::eval::value::{Object, Set, Value, to_text};

/// The keys of a reference beyond a node of rules; `None` for one that is not bound.
type Keys = [Option<Value>];

impl<'p> Machine<'p> {
    /// What the rules at `node`, `depth` parts below `data`, define; of partial documents at least what `keys` select.
    pub(super) fn rules_document(&mut self, node: usize, depth: usize, keys: &Keys) -> Result<Option<Value>, Stop> {
        let info = &self.program.nodes[node];
        if info.arity > 0 {
            // functions have no value
            return Ok(None);
        }
        if info.ground && !info.multi {
            return self.complete(node);
        }
        self.partial(node, depth, keys).map(Some)
    }

    /// The one value that complete rules give.
    fn complete(&mut self, node: usize) -> Result<Option<Value>, Stop> {
        if let Some(known) = self.env.cache.borrow().complete.get(&node) {
            return Ok(known.clone());
        }
        let value = self.first_value(node, &[], None)?;
        self.env.cache.borrow_mut().complete.insert(node, value.clone());
        Ok(value)
    }

    /// The result of calling the rules at `node`; `expected`: what the result is compared with.
    pub(super) fn call_rules(&mut self, node: usize, args: Vec<Value>, expected: Option<&Value>) -> Result<Option<Value>, Stop> {
        let key = (node, args);
        if let Some(known) = self.env.cache.borrow().calls.get(&key) {
            return Ok(Some(known.clone()));
        }
        let value = self.first_value(node, &key.1, expected)?;
        if let Some(value) = &value {
            self.env.cache.borrow_mut().calls.insert(key, value.clone());
        }
        Ok(value)
    }

    /// Evaluates rules with their `else` branches and the default; different values are an error.
    fn first_value(&mut self, node: usize, args: &[Value], expected: Option<&Value>) -> Result<Option<Value>, Stop> {
        let program = self.program;
        let info = &program.nodes[node];
        let mut found: Option<Value> = None;
        for first in &info.rules {
            let mut next = Some(*first);
            while let Some(index) = next {
                let rule = &program.rules[index];
                if self.rule_values(rule, args, expected, info.early_exit, &mut found)? {
                    break;
                }
                next = rule.otherwise;
            }
            if info.early_exit && found.is_some() {
                return Ok(found);
            }
        }
        if found.is_none()
            && let Some(default) = info.default
        {
            self.rule_values(&program.rules[default], args, expected, true, &mut found)?;
        }
        Ok(found)
    }

    /// Evaluates one rule; returns whether it holds.
    fn rule_values(
        &mut self,
        rule: &'p Rule,
        args: &[Value],
        expected: Option<&Value>,
        first_only: bool,
        found: &mut Option<Value>,
    ) -> Result<bool, Stop> {
        let Some(value) = &rule.value else { return Ok(false) };
        let mut holds = false;
        self.in_rule(rule, |machine| {
            for (pattern, arg) in rule.args.iter().zip(args) {
                if !machine.matches(pattern, arg)? {
                    return Ok(false);
                }
            }
            if let Some(expected) = expected
                && !machine.matches(value, expected)?
            {
                return Ok(false);
            }
            machine.body(&rule.body, &mut |machine| {
                holds = true;
                machine.reach(rule.at);
                let result = machine.plug(value).ok_or_else(|| unbound_head(rule))?;
                match found {
                    Some(other) if *other != result => return Err(conflict(rule, other, &result)),
                    Some(_) => {}
                    None => *found = Some(result),
                }
                Ok(first_only)
            })
        })?;
        Ok(holds)
    }

    /// Runs `f` with a frame for the rule's variables.
    fn in_rule(&mut self, rule: &'p Rule, f: impl FnOnce(&mut Self) -> Flow) -> Flow {
        self.tick()?;
        let frame = std::mem::replace(&mut self.frame, vec![None; rule.slots]);
        let trail = std::mem::take(&mut self.trail);
        let flow = f(self).map_err(|stop| super::located(stop, rule.at));
        self.frame = frame;
        self.trail = trail;
        flow
    }

    /// A set, or an object whose keys are in the rules' references: what `keys` select, or all of it.
    fn partial(&mut self, node: usize, depth: usize, keys: &Keys) -> Result<Value, Stop> {
        let whole = (node, Vec::new());
        if let Some(known) = self.env.cache.borrow().partial.get(&whole) {
            return Ok(known.clone());
        }
        let program = self.program;
        // keys beyond the longest rule select inside values
        let longest = program.nodes[node].rules.iter().map(|rule| {
            let rule = &program.rules[*rule];
            rule.path.len() + usize::from(rule.is_multi()) - depth
        });
        let used = keys.len().min(longest.max().unwrap_or(0));
        let mut wanted = keys[..used].to_vec();
        while wanted.last().is_some_and(Option::is_none) {
            wanted.pop();
        }
        if wanted.first().is_none_or(Option::is_none) {
            wanted.clear();
        }
        let key = (node, wanted);
        if let Some(known) = self.env.cache.borrow().partial.get(&key) {
            return Ok(known.clone());
        }
        let value = self.collect(node, depth, &key.1)?;
        self.env.cache.borrow_mut().partial.insert(key, value.clone());
        Ok(value)
    }

    fn collect(&mut self, node: usize, depth: usize, wanted: &Keys) -> Result<Value, Stop> {
        let program = self.program;
        let info = &program.nodes[node];
        let mut result = Collected { set: (info.multi && info.ground).then(Set::new), object: Object::new(), paths: BTreeSet::new() };
        for index in &info.rules {
            let rule = &program.rules[*index];
            let parts = &rule.path[depth..];
            self.in_rule(rule, |machine| {
                for (part, wanted) in parts.iter().zip(wanted) {
                    if let Some(wanted) = wanted
                        && !machine.matches(part, wanted)?
                    {
                        return Ok(false);
                    }
                }
                if let (Some(key), Some(Some(wanted))) = (&rule.key, wanted.get(parts.len()))
                    && !machine.matches(key, wanted)?
                {
                    return Ok(false);
                }
                machine.body(&rule.body, &mut |machine| {
                    machine.reach(rule.at);
                    machine.reduce(rule, parts, &mut result)?;
                    Ok(false)
                })
            })?;
        }
        Ok(match result.set {
            Some(set) => Value::set(set),
            None => Value::object(result.object),
        })
    }

    fn reduce(&mut self, rule: &'p Rule, parts: &'p [Pattern], result: &mut Collected) -> Result<(), Stop> {
        let member = match &rule.key {
            Some(key) => Some(self.plug(key).ok_or_else(|| unbound_head(rule))?),
            None => None,
        };
        if let Some(set) = &mut result.set {
            set.extend(member);
            return Ok(());
        }
        let path: Vec<Value> = parts.iter().map(|part| self.plug(part)).collect::<Option<_>>().ok_or_else(|| unbound_head(rule))?;
        // a value cannot lie inside another rule's value
        let collides = (1..path.len()).any(|len| result.paths.contains(&path[..len]));
        if collides {
            return Err(key_conflict(rule));
        }
        let Some((last, outer)) = path.split_last() else { return Err(key_conflict(rule)) };
        let mut target = &mut result.object;
        for key in outer {
            let child = target.entry(key.clone()).or_insert_with(Value::empty_object);
            match child {
                Value::Object(entries) => target = Arc::make_mut(entries),
                _ => return Err(key_conflict(rule)),
            }
        }
        match (&rule.value, member) {
            (Some(value), _) => {
                let value = self.plug(value).ok_or_else(|| unbound_head(rule))?;
                if let Some(known) = target.get(last) {
                    if *known != value {
                        return Err(key_conflict(rule));
                    }
                } else {
                    target.insert(last.clone(), value);
                }
            }
            (None, Some(member)) => match target.entry(last.clone()).or_insert_with(|| Value::set(Set::new())) {
                Value::Set(members) => {
                    Arc::make_mut(members).insert(member);
                }
                _ => return Err(key_conflict(rule)),
            },
            (None, None) => return Err(unbound_head(rule)),
        }
        result.paths.insert(path);
        Ok(())
    }
}

struct Collected {
    set: Option<Set>,
    object: Object,
    /// Where values have been put.
    paths: BTreeSet<Vec<Value>>,
}

fn conflict(rule: &Rule, one: &Value, other: &Value) -> Stop {
    let name = path_text(rule);
    let what = if rule.args.is_empty() { "rule" } else { "function" };
    let message = format!("{what} {name} produced conflicting values: {}, {}", to_text(one), to_text(other));
    Stop::Error { code: "eval_conflict_error", message, at: Some(rule.at) }
}

fn key_conflict(rule: &Rule) -> Stop {
    let message = format!("object keys of {} must be unique", path_text(rule));
    Stop::Error { code: "eval_conflict_error", message, at: Some(rule.at) }
}

fn unbound_head(rule: &Rule) -> Stop {
    let message = format!("a variable in the head of {} is not bound", path_text(rule));
    Stop::Error { code: "eval_internal_error", message, at: Some(rule.at) }
}

fn path_text(rule: &Rule) -> String {
    let keys: Vec<Value> = rule
        .path
        .iter()
        .map_while(|part| match part {
            Pattern::Constant(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    crate::model::rego::compile::path_name(&keys)
}
