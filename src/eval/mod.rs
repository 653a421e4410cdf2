//! Evaluation of Rego behind a narrow interface; the only module that names the engine.
