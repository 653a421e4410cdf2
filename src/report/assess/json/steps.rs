//! `steps`: what to do next.

use serde_json::{Value, json};

use super::questions::{point, point_schema};
use crate::assess::Assessment;
use crate::assess::advice::{Phase, Step};
use crate::report::assess::About;

pub(super) fn value(assessment: &Assessment, about: &About) -> Value {
    let asked = |step: &&Step| about.framework.is_none_or(|own| step.criteria.iter().any(|id| own.covers(id)));
    assessment.steps.iter().filter(asked).map(step).collect()
}

fn step(step: &Step) -> Value {
    let domains = step.gain.domains.iter().map(|(domain, from, to)| json!({ "id": domain.as_str(), "from": from, "to": to }));
    json!({
        "id": step.id,
        "phase": step.phase.as_str(),
        "task": step.task.as_str(),
        "soon": step.soon,
        "title": step.title,
        "advice": step.advice,
        "why": step.why,
        "observe_first": step.observe,
        "after": step.after,
        "effort": step.effort.as_str(),
        "criteria": step.criteria,
        "disqualifiers": step.disqualifiers,
        "gain": { "level": step.gain.level, "domains": domains.collect::<Vec<_>>() },
        "subjects": step.subjects,
        "places": step.places.iter().map(point).collect::<Vec<_>>(),
        "patch": step.patch,
    })
}

pub(super) fn schema() -> Value {
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let texts = |doc: &str| json!({ "type": "array", "items": { "type": "string" }, "description": doc });
    let level = |doc: &str| json!({ "type": "integer", "minimum": 0, "maximum": 5, "description": doc });
    json!({
        "type": "array",
        "description": "next steps, in the order in which they can be taken",
        "items": {
            "type": "object",
            "required": [
                "id", "phase", "task", "soon", "title", "advice", "why", "observe_first", "after", "effort", "criteria", "disqualifiers",
                "gain", "subjects", "places", "patch",
            ],
            "properties": {
                "id": text("stable across versions"),
                "phase": { "enum": Phase::ALL.map(Phase::as_str) },
                "task": { "enum": ["change", "show"], "description": "show: nothing is known to be wrong, the files do not show it" },
                "soon": { "type": "boolean", "description": "one of the few to start with" },
                "title": text("an imperative"),
                "advice": text("what to do"),
                "why": text("why"),
                "observe_first": text("what to look at before it is switched on; empty where nothing is refused by it"),
                "after": texts("ids of the steps that come first"),
                "effort": { "enum": ["S", "M", "L"] },
                "criteria": texts("the criteria that it is about"),
                "disqualifiers": texts("the disqualifiers that it removes"),
                "gain": {
                    "type": "object",
                    "required": ["level", "domains"],
                    "properties": {
                        "level": { "anyOf": [{ "type": "null" }, level("the level that it lifts the repository to, once the steps before it are done")] },
                        "domains": { "type": "array", "items": {
                            "type": "object", "required": ["id", "from", "to"],
                            "properties": { "id": text("the domain"), "from": level("its level before"), "to": level("its level afterwards") },
                        } },
                    },
                },
                "subjects": { "type": "integer", "minimum": 0, "description": "how many subjects it is about" },
                "places": { "type": "array", "items": point_schema(), "description": "the first places" },
                "patch": text("an example of what to write; may be empty"),
            },
        },
    })
}
