//! `ztctl.toml` and `.regal/config.yaml`. Mistakes in them are diagnostics.
