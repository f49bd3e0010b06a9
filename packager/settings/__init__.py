"""The workflows that a caller names, each with its settings: what the caller sets, then the environment, a target, `packager.toml`, defaults."""
