//! Calico's selectors: `app == 'a' && has(tier) || !(zone in {'x', 'y'})`
//! (<https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selector>).

use crate::model::k8s::Labels;
use crate::model::tri::Tri;

/// Deeper nesting than this is not read.
const MAX_DEPTH: u32 = 100;

/// Whether a selector matches labels; an empty one matches everything, one that cannot be read is unknown.
#[must_use]
pub fn matches(text: &str, labels: &Labels<'_>) -> Tri {
    if text.trim().is_empty() {
        return Tri::Yes;
    }
    let mut parser = Parser { rest: text, labels, depth: 0 };
    let answer = parser.or();
    match answer {
        Some(answer) if parser.rest.trim_start().is_empty() => answer,
        _ => Tri::Unknown,
    }
}

/// Reads and evaluates at once; `None` is a syntax error.
struct Parser<'t, 'l> {
    rest: &'t str,
    labels: &'l Labels<'l>,
    depth: u32,
}

impl<'t> Parser<'t, '_> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Option<Tri> {
        let mut answer = self.and()?;
        while self.take("||") {
            answer = answer.or(self.and()?);
        }
        Some(answer)
    }

    fn and(&mut self) -> Option<Tri> {
        let mut answer = self.not()?;
        while self.take("&&") {
            answer = answer.and(self.not()?);
        }
        Some(answer)
    }

    fn not(&mut self) -> Option<Tri> {
        let mut negated = false;
        while self.take("!") {
            negated = !negated;
        }
        let answer = self.term()?;
        Some(if negated { !answer } else { answer })
    }

    fn term(&mut self) -> Option<Tri> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let answer = self.or()?;
            self.depth -= 1;
            return self.take(")").then_some(answer);
        }
        let name = self.name()?;
        if self.take("(") {
            let answer = match name {
                "all" => Tri::Yes,
                // things without a namespace, which pods are not
                "global" => Tri::No,
                "has" => {
                    let key = self.name()?;
                    self.labels.has(key)
                }
                _ => return None,
            };
            return self.take(")").then_some(answer);
        }
        if self.take("==") {
            let value = self.string()?;
            return Some(self.labels.is_one_of(name, &[Some(value)]));
        }
        if self.take("!=") {
            let value = self.string()?;
            return Some(!self.labels.is_one_of(name, &[Some(value)]));
        }
        match self.name()? {
            "in" => Some(self.set(name)?),
            "not" => match self.name()? {
                "in" => Some(!self.set(name)?),
                _ => None,
            },
            "contains" => self.text(name, |value, part| value.contains(part)),
            "starts" => (self.name()? == "with").then(|| self.text(name, |value, part| value.starts_with(part)))?,
            "ends" => (self.name()? == "with").then(|| self.text(name, |value, part| value.ends_with(part)))?,
            _ => None,
        }
    }

    fn text(&mut self, key: &str, fits: fn(&str, &str) -> bool) -> Option<Tri> {
        let part = self.string()?;
        Some(match self.labels.value(key) {
            Ok(value) => fits(value, part).into(),
            Err(answer) => answer,
        })
    }

    fn set(&mut self, key: &str) -> Option<Tri> {
        if !self.take("{") {
            return None;
        }
        let mut values = Vec::new();
        while !self.take("}") {
            values.push(Some(self.string()?));
            if !self.take(",") {
                if !self.take("}") {
                    return None;
                }
                break;
            }
        }
        Some(self.labels.is_one_of(key, &values))
    }

    fn name(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_./-".contains(c))).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        self.rest = after;
        (!name.is_empty()).then_some(name)
    }

    fn string(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = rest[1..].split_once(quote)?;
        self.rest = after;
        Some(value)
    }
}
